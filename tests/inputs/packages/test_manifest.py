"""The documents of ``packages``, as people and tools write them, become requests by reading.

Every error names the input and, where there is one, the entry.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codeartifact_status.errors import InputError
from codeartifact_status.formats.names import package_title
from codeartifact_status.inputs.packages.manifest import read_packages
from codeartifact_status.model import Request
from harness.inputs import read_inputs

Read: TypeAlias = Callable[..., tuple[Request, ...]]


STEP: dict[str, str | None] = {
    "domain": "acme",
    "repository": "npm-store",
    "format": "npm",
    "target_status": "Published",
    "aws_region": "eu-west-1",
}


@pytest.fixture
def read() -> Read:
    """Reads inputs in the environment of a job."""

    def of_step(
        packages: str | None = None, *, ref: str = "refs/tags/v1.3.0", **given: str | None
    ) -> tuple[Request, ...]:
        return read_inputs({**STEP, "packages": packages, **given}, ref=ref).requests

    return of_step


def asked(requests: tuple[Request, ...]) -> list[tuple[str, tuple[str, ...]]]:
    """Titles and versions, in order."""
    return [(package_title(request.package), request.versions) for request in requests]


def problems(read: Read, packages: str | None, **given: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(packages, **given)
    return [str(problem) for problem in caught.value.problems]


# --- What goes in as it is. ----------------------------------------------------------------------


def test_yaml_as_people_write_it(read: Read) -> None:
    document = """
    # the release
    - {name: "@acme/core", version: 1.10}
    - package: "@acme/ui"
      versions: [2.0.0, 2.0.1]
      repository: npm-internal
    - package: icons
      namespace: acme
      versions: |
        3.0.0
        3.1.0
    - pkg:npm/%40acme/cli@1.2.3
    """
    requests = read(document)
    assert asked(requests) == [
        ("@acme/core", ("1.10",)),
        ("@acme/ui", ("2.0.0", "2.0.1")),
        ("@acme/icons", ("3.0.0", "3.1.0")),
        ("@acme/cli", ("1.2.3",)),
    ]
    assert [request.package.repository for request in requests] == [
        "npm-store", "npm-internal", "npm-store", "npm-store",
    ]  # fmt: skip


def test_the_names_of_the_api_serve_as_keys(read: Read) -> None:
    document = """[{"package": "core", "namespace": "acme", "versionRevisions": {"1.0": "r"},
                    "expectedStatus": "Unlisted", "targetStatus": "Archived"}]"""
    (request,) = read(document)
    assert request.versions == ("1.0",)
    assert request.revisions == {"1.0": "r"}
    assert (request.expected_status, request.target) == ("Unlisted", "Archived")


@pytest.mark.parametrize(
    ("url", "format_", "title", "version"),
    [
        ("pkg:npm/%40acme/core@1.2.3", "npm", "@acme/core", "1.2.3"),
        ("pkg:npm/core@1.0%2Bbuild", "npm", "core", "1.0+build"),
        ("pkg:pypi/Foo_Bar@1.10", "pypi", "foo-bar", "1.10"),
        ("pkg:maven/com.acme/lib@1.0", "maven", "com.acme:lib", "1.0"),
        ("pkg:nuget/Acme.Core@1.0.0.0", "nuget", "acme.core", "1.0.0"),
        ("pkg:generic/tools/cli@1.0", "generic", "tools/cli", "1.0"),
        ("pkg:gem/rails@7.1.0", "ruby", "rails", "7.1.0"),
        ("pkg:swift/acme/Core@1.0.0", "swift", "acme.core", "1.0.0"),
        ("pkg:cargo/serde@1.0.0", "cargo", "serde", "1.0.0"),
    ],
)
def test_a_package_url_says_all(
    read: Read, url: str, format_: str, title: str, version: str
) -> None:
    # The step's namespace is not for a package URL, which says that it has none.
    (request,) = read(json.dumps([url]), format=None, namespace="other")
    assert request.package.format == format_
    assert asked((request,)) == [(title, (version,))]


def test_a_package_url_may_name_the_repository(read: Read) -> None:
    (request,) = read("- pkg:npm/core@1.0?repository=npm-prod")
    assert request.package.repository == "npm-prod"


@pytest.mark.parametrize(
    "document",
    [
        "- {package: core, version: 1.10}",
        "- {package: core, versions: [1.10]}",
        '[{"package": "core", "version": 1.10}]',
        '[{"package": "core", "versions": [1.10]}]',
        '- {package: core, version: "1.10"}',
        "- pkg:npm/core@1.10",
        "- {package: core, version-revisions: {1.10: r}}",
    ],
)
def test_a_version_is_text_whatever_it_looks_like(read: Read, document: str) -> None:
    assert asked(read(document)) == [("core", ("1.10",))]


@pytest.mark.parametrize("version", ["1e3", "0x10", "1_000", "2024-01-01", "1:30", "yes", "1.0e5"])
def test_yaml_makes_nothing_else_of_a_version(read: Read, version: str) -> None:
    assert asked(read(f"- {{package: core, version: {version}}}")) == [("core", (version,))]


def test_a_single_version_is_not_taken_apart(read: Read) -> None:
    assert asked(read('- {name: core, version: "1,2"}')) == [("core", ("1,2",))]
    assert asked(read('- {name: core, versions: "1,2"}')) == [("core", ("1", "2"))]


def test_an_entry_may_go_to_several_repositories(read: Read) -> None:
    requests = read("- {name: core, version: 1.0, repository: [one, two]}")
    assert [request.package.repository for request in requests] == ["one", "two"]


def test_a_package_that_is_listed_twice_is_one_request(read: Read) -> None:
    document = "[pkg:npm/core@1.0, pkg:npm/other@1.0, {name: core, version: 2.0}, pkg:npm/core@1.0]"
    assert asked(read(document)) == [("core", ("1.0", "2.0")), ("other", ("1.0",))]


def test_entries_may_say_all_and_the_step_nothing(read: Read) -> None:
    document = "- {name: x, version: 1, format: pypi, repository: py, target-status: Archived}"
    (request,) = read(document, format=None, repository=None, target_status=None)
    assert (request.package.repository, request.target) == ("py", "Archived")


@pytest.mark.parametrize("empty", ["[]", " [ ] ", "[\n]", "# nothing\n[]"])
def test_an_empty_list_asks_for_nothing(read: Read, empty: str) -> None:
    assert read(empty, format=None, repository=None, target_status=None) == ()


def test_a_file_may_hold_it_with_a_byte_order_mark(read: Read, tmp_path: Path) -> None:
    (tmp_path / "release.json").write_text('\ufeff[{"name":"core","version":"1.0"}]', "utf-8")
    assert asked(read(f"@{tmp_path / 'release.json'}")) == [("core", ("1.0",))]


@pytest.mark.parametrize("count", [1, 5000])
def test_a_file_may_be_of_any_size(read: Read, tmp_path: Path, count: int) -> None:
    entries = [{"name": f"@acme/p{n}", "version": "1.0", "pad": "x" * 100} for n in range(count)]
    (tmp_path / "release.json").write_text(json.dumps(entries))
    requests = read(f"@{tmp_path / 'release.json'}")
    assert len(requests) == count
    assert requests[-1].package.name == f"p{count - 1}"


# --- With version-from-tag. ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "tag", "expected"),
    [
        ("{package}@{version}", "@acme/core@1.3.0", ("@acme/core", ("1.3.0",))),
        ("{package}@{version}", "core@1.3.0-rc.1", ("core", ("1.3.0-rc.1",))),
        ("{package}/v{version}", "@acme/core/v1.3.0", ("@acme/core", ("1.3.0",))),
    ],
)
def test_a_tag_may_say_package_and_version(
    read: Read, pattern: str, tag: str, expected: tuple[str, tuple[str, ...]]
) -> None:
    assert asked(read(version_from_tag=pattern, ref=f"refs/tags/{tag}")) == [expected]


def test_a_tags_version_is_for_the_entries_without_one(read: Read) -> None:
    document = "[{package: a}, {package: b, version: 2.0}]"
    assert asked(read(document, version_from_tag="v{version}")) == [
        ("a", ("1.3.0",)),
        ("b", ("2.0",)),
    ]


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("refs/heads/main", "the run was triggered by refs/heads/main, not by a tag"),
        ("", "no tag is known: GITHUB_REF is not set (for example, GITHUB_REF=refs/tags/v1.3.0)"),
        ("refs/tags/nightly", "the tag nightly does not match"),
    ],
)
def test_a_ref_that_gives_no_version_is_the_only_thing_that_is_wrong(
    read: Read, ref: str, said: str
) -> None:
    found = problems(read, None, package="core", version_from_tag="v{version}", ref=ref)
    assert found == [f'version-from-tag: "v{{version}}": {said}']


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"version_from_tag": "v{version}", "versions": "1.0"}, "version-from-tag"),
        ({"version_from_tag": "{package}@{version}"}, "version-from-tag"),
        ({"version_from_tag": "{tag}"}, "version-from-tag"),
        ({"keep_latest": "2", "versions": "1.0"}, "keep-latest"),
        ({"versions_matching": ">>1"}, "versions-matching"),
        ({"versions": "1.0", "exclude_versions": "[["}, "exclude-versions"),
        ({"versions": "1.0", "query": "packages[?"}, "query"),
        ({"versions": "1.0", "on_failure": "rolback"}, "on-failure"),
        ({"versions": "1.0", "max_changes": "-1"}, "max-changes"),
        ({"versions": "1.0", "wait_seconds": "1m"}, "wait-seconds"),
    ],
)
def test_an_input_that_is_wrong_or_contradicts_another_is_named(
    read: Read, given: dict[str, str], name: str
) -> None:
    found = problems(read, None, package="core", ref="refs/tags/core@1.0", **given)
    assert name in {problem.partition(":")[0] for problem in found}


def test_a_version_of_a_tag_is_checked_like_any_other(read: Read) -> None:
    (said,) = problems(
        read, None, package="core", version_from_tag="v{version}", ref="refs/tags/v1.0#x"
    )
    assert "1.0#x" in said


# --- Wrappers, lines and lines of JSON. ----------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        "core@1.0\n@acme/ui@2.0",
        "# the release\n\n  core@1.0  # first\n@acme/ui@2.0\n",
        "core@1.0\r\n@acme/ui@2.0\r\n",
        "@acme/ui@2.0\ncore@1.0\n@acme/ui@2.0",
        '- core@1.0\n- "@acme/ui@2.0"',
        '["core@1.0", "@acme/ui@2.0"]',
        '"core@1.0"\n"@acme/ui@2.0"',
        '{"name": "core", "version": "1.0"}\n{"name": "@acme/ui", "version": 2.0}\n',
        '[{"name": "core", "version": "1.0"}]\n["@acme/ui@2.0"]',
        '{"core": "1.0", "@acme/ui": 2.0}',
        'core: 1.0\n"@acme/ui": 2.0',
        '- core: 1.0\n- "@acme/ui": 2.0',
        '{"core": ["1.0"], "@acme/ui": {"newVersion": "2.0"}}',
        '{"core": {"version": 1.0}}\n{"@acme/ui": {"name": "@acme/ui", "version": "2.0"}}',
        '{"publishedPackages": {"core": "1.0", "@acme/ui": "2.0"}}',
        "pkg:npm/core@1.0\npkg:npm/%40acme/ui@2.0",
    ],
)
def test_a_list_may_be_written_in_many_ways(read: Read, document: str, tmp_path: Path) -> None:
    expected = [("core", ("1.0",)), ("@acme/ui", ("2.0",))]
    assert sorted(asked(read(document))) == sorted(expected)
    (tmp_path / "list").write_text(document)
    assert sorted(asked(read(f"@{tmp_path / 'list'}"))) == sorted(expected)


@pytest.mark.parametrize("document", ["{name: core, version: 1.0}", "core@1.0", '"core@1.0"'])
def test_a_list_of_one_needs_no_list(read: Read, document: str) -> None:
    assert asked(read(document)) == [("core", ("1.0",))]


def test_maven_coordinates(read: Read) -> None:
    document = "com.acme:lib:1.0\ncom.acme:core\npkg:maven/com.acme/ui@2.0?type=jar"
    requests = read(document, format="maven", versions="3.0")
    assert asked(requests) == [
        ("com.acme:lib", ("1.0",)),
        ("com.acme:core", ("3.0",)),
        ("com.acme:ui", ("2.0",)),
    ]


@pytest.mark.parametrize("name", ["@acme/core@1.2.3", "@acme/core"])
def test_a_name_that_begins_like_a_file_is_told_how_a_list_looks(read: Read, name: str) -> None:
    (problem,) = problems(read, name)
    head = f'packages: there is no file "{name[1:]}"; '
    assert problem == f'{head}for a package of that name, give a list: - "{name}"'


@pytest.mark.parametrize("path", ["nope.txt", "dist/packages.json", "/nowhere", "./nowhere"])
def test_a_path_that_is_no_name_is_just_missing(read: Read, path: str) -> None:
    assert problems(read, f"@{path}") == [f'packages: there is no file "{path}"']


def test_a_file_without_its_mark_is_taken_for_one(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "quarantine").write_text("core@1.0")
    for name in ("quarantine", "nowhere.txt"):
        assert problems(read, name, target_status="Published") == [
            f'packages: "{name}" is not a package; did you mean "@{name}"?'
        ]


def test_a_package_that_is_called_like_a_file_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "core").touch()
    step = read_inputs({**STEP, "packages": "core", "versions": "1.0"})
    assert asked(step.requests) == [("core", ("1.0",))]
    assert step.warnings == (
        'packages: "core" was read as a package; to read the file, write "@core".',
    )


def test_an_empty_file_is_no_list(read: Read, tmp_path: Path) -> None:
    (tmp_path / "release.json").write_text("\n")
    (problem,) = problems(read, f"@{tmp_path / 'release.json'}")
    assert problem.endswith("is empty; a list of no packages is []")


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ('{"releases": [], "target-status": "Unlisted"}',
         'packages: beside "releases", there is no key "target-status"'),
        ('{"releases": [], "repo": "x"}', 'there is no key "repo"; use repository'),
        ('{"core": {"name": "ui", "version": "1.0"}}', 'the entry under "core" is named "ui"'),
        ('{"dependencies": {"left-pad": "^1.0"}}', 'there is no key "left-pad"'),
        ('{"truncated": true, "message": "…"}', "must be a list of packages"),
        ('[{"package": "acme-*", "version": "1.0"}]', "for a pattern, use packages-matching"),
    ],
)  # fmt: skip
def test_what_a_wrapper_can_not_be(read: Read, document: str, said: str) -> None:
    (problem,) = problems(read, document)
    assert said in problem


def test_a_target_that_every_entry_overrules_is_warned_of() -> None:
    step = {**STEP, "target_status": "Archived"}
    entry = {"name": "core", "version": "1.0", "target-status": "Unlisted"}
    for target, warned in (("Unlisted", True), ("Archived", False), ("archived", False)):
        said = read_inputs({**step, "packages": json.dumps([{**entry, "target-status": target}])})
        assert bool(said.warnings) is warned
    half = [entry, {"name": "ui", "version": "1.0"}]
    assert read_inputs({**step, "packages": json.dumps(half)}).warnings == ()


def test_twenty_thousand_package_urls_of_one_package_are_one_request(
    read: Read, tmp_path: Path
) -> None:
    (tmp_path / "list").write_text("".join(f"pkg:npm/core@1.0.{n}\n" for n in range(20_000)))
    (request,) = read(f"@{tmp_path / 'list'}")
    assert len(request.versions) == 20_000


# --- What is refused, and how it is named. -------------------------------------------------------


def third(entry: str) -> str:
    """A document whose third entry is this."""
    return f"- {{name: a, version: 1}}\n- {{name: b, version: 1}}\n- {entry}\n"


AT_ONCE = [
    ("{package: c, version: 1, targt-status: Archived}", '"targt-status"; did you mean target-st'),
    ("{package: c, versoin: 1}", '"versoin"; did you mean version?'),
    ("{name: c, versions: [1], tag: latest}", 'there is no key "tag"'),
    ("{name: c, package: d, version: 1}", '"package" contradicts another key'),
    ("{name: c, version: 1, versions: [2]}", '"versions" contradicts another key'),
    ("[c, 1]", "must be an object or a text"),
    ("core@", '"core@" is not a package: write name@version'),
    ("pkg:golang/x@1", 'has the type "golang", which CodeArtifact doesn\'t support'),
    ("pkg:npm/c@1?repositry=x", 'unknown qualifier "repositry"; did you mean repository?'),
]
LATER = [
    ("{name: c}", "versions: it is required"),
    ("{version: 1}", "package: it is required"),
    ("pkg:npm/c", "versions: it is required"),
    ("{name: c, version: 1 2}", 'versions: "1 2" is not a version'),
    ("{name: c, versions: []}", "versions: it is empty"),
    ("{name: c, version: {a: b}}", "versions: "),
    ("{name: c, version: 1, format: rpm}", "format: must be one of npm"),
    ("{name: c, version: 1, repository: a/b}", 'repository: "a/b" is not a repository name'),
    ("{name: c, version: 1, expected-status: Gone}", "expected-status: must be one of"),
    ("{name: c, version: 1, target-status: Unfinished}", "target-status: Unfinished can't be"),
    ("{name: c, version: 1, target-status: Deleted}", "target-status: Deleted can't be undone"),
    (
        "{name: c, version: 1, version-revisions: {2: r}}",
        "version-revisions: must name the same versions",
    ),
    ('{name: "@acme/c/d", version: 1}', "package: "),
    ('{name: "@acme/c", version: 1, namespace: other}', 'namespace: "other" contradicts'),
    ("{name: c, version: 1, format: maven}", "namespace: it is required for maven"),
    (
        "{name: a, version: 1, target-status: Archived}",
        "is also in entry 1, with another",
    ),
]


@pytest.mark.parametrize(("entry", "said"), [*AT_ONCE, *LATER])
def test_every_error_names_the_entry_and_what_is_wrong(read: Read, entry: str, said: str) -> None:
    (problem,) = problems(read, third(entry))
    assert re.match(r"packages, entry 3( \(.+?\))?: ", problem)
    assert said in problem


@pytest.mark.parametrize("entry", [entry for entry, _ in AT_ONCE[:2]])
def test_every_error_names_the_entry_in_the_same_way(read: Read, entry: str) -> None:
    (problem,) = problems(read, third(entry))
    assert problem.startswith("packages, entry 3 (c): ")


def test_an_entry_is_named_as_it_is_written(read: Read) -> None:
    found = problems(read, "- pkg:npm/left-pad\n- {name: '@acme/core', version: 1, format: rpm}")
    assert [one.partition("): ")[0] for one in found] == [
        "packages, entry 1 (pkg:npm/left-pad",
        "packages, entry 2 (@acme/core",
    ]


def test_an_entry_that_its_problem_shows_is_not_shown_twice(read: Read) -> None:
    (problem,) = problems(read, "- core@1.0\n- core@")
    assert problem.startswith('packages, entry 2: "core@" is not a package')


def test_an_entry_that_may_be_a_secret_is_not_shown(read: Read) -> None:
    (problem,) = problems(read, "- core@1.0\n- AKIAIOSFODNN7EXAMPLE")
    assert problem.startswith("packages, entry 2: versions: it is required")


def test_of_an_entry_not_much_is_shown_and_harmless(read: Read) -> None:
    name = "x" * 100
    (problem,) = problems(read, json.dumps([{"name": f"\u202e{name}", "version": "1 2"}]))
    assert problem.startswith(rf"packages, entry 1 (\u202e{name[:54]}…): ")


def test_entries_that_are_wrong_are_reported_together_with_the_step(read: Read) -> None:
    document = "- {name: a, version: 1, format: rpm}\n- {name: b}\n- {name: c, version: a b}"
    found = problems(read, document, domain="A", on_failure="never")
    assert {problem.rpartition(": ")[0].partition(": ")[0] for problem in found} >= {
        "domain",
        "on-failure",
        "packages, entry 1 (a)",
        "packages, entry 3 (c)",
    }


def test_all_that_is_wrong_with_all_entries_is_reported_together(read: Read) -> None:
    document = "[{package: a, versoin: 1, fromat: npm}, {package: b, version: a b, format: rpm}]"
    assert [problem.partition(", did")[0][:44] for problem in problems(read, document)] == [
        'packages, entry 1 (a): there is no key "vers',
        'packages, entry 1 (a): there is no key "from',
        "packages, entry 2 (b): format: must be one o",
        'packages, entry 2 (b): versions: "a b" is no',
    ]


def test_the_same_mistake_in_many_entries_is_reported_once(read: Read) -> None:
    entries = [{"package": f"p{n}", "version": "1.0", "repositry": "x"} for n in range(40)]
    wrong, missing = problems(read, json.dumps([*entries, {"package": "q"}, {"package": "r"}]))
    assert wrong.startswith('packages, entries 1 to 40: there is no key "repositry"; did you mean')
    assert missing.startswith("packages, entries 41 and 42: versions: it is required")


def test_package_beside_packages_is_an_error(read: Read) -> None:
    found = problems(read, "- pkg:npm/core@1.0", package="core")
    assert found == ["package: can't be combined with packages; name the package in an entry"]


BESIDE = {
    "versions": "1.0",
    "version_revisions": "1.0=r",
    "versions_matching": "1.*",
    "version_from_tag": "v{version}",
}


IN_VAIN = "has no effect, because every entry of packages names its own versions; remove it"


@pytest.mark.parametrize("beside", BESIDE)
def test_versions_that_no_entry_needs_are_an_error(read: Read, beside: str) -> None:
    document = "[pkg:npm/core@1.0, {package: ui, version-revisions: {2.0: r}}]"
    found = problems(read, document, **{beside: BESIDE[beside]})
    assert found == [f"{beside.replace('_', '-')}: {IN_VAIN}"]


@pytest.mark.parametrize("beside", BESIDE)
def test_versions_of_the_step_are_for_the_entries_without(read: Read, beside: str) -> None:
    first, second = read("[pkg:npm/core@3.0, {package: ui}]", **{beside: BESIDE[beside]})
    assert (first.versions, first.selection) == (("3.0",), None)
    if beside == "versions_matching":
        assert second.selection is not None
        assert second.selection.matching == ("1.*",)
    else:
        assert second.versions in {("1.0",), ("1.3.0",)}


def test_nobody_needs_versions_where_there_is_nothing_to_do(read: Read) -> None:
    assert read("[]", versions="1.0") == ()


def test_two_bare_entries_take_the_versions_of_the_step(read: Read) -> None:
    assert asked(read("[{package: a}, b]", versions="2.1.0")) == [
        ("a", ("2.1.0",)),
        ("b", ("2.1.0",)),
    ]


def test_what_is_excluded_is_excluded_from_entries_with_versions_too(read: Read) -> None:
    first, second = read(
        "[core@1.0, core@2.0-rc.1, ui]", versions_matching="1.*", exclude_versions="*-rc*"
    )
    assert first.versions == ("1.0", "2.0-rc.1")
    assert first.selection is not None
    assert (first.selection.matching, first.selection.excluding) == ((), ("*-rc*",))
    assert second.selection is not None
    assert (second.selection.matching, second.selection.excluding) == (("1.*",), ("*-rc*",))


def test_a_package_is_not_both_named_and_selected(read: Read) -> None:
    for document in ("[core@2.0, core]", "[core, core@2.0]"):
        (problem,) = problems(read, document, versions_matching="1.*")
        assert ": package: core is also in entry 1;" in problem


def test_a_tags_package_beside_packages_is_an_error(read: Read) -> None:
    found = problems(
        read, "- pkg:npm/core@1.0", version_from_tag="{package}@{version}", ref="refs/tags/a@1"
    )
    assert found == ["version-from-tag: {package} can't be combined with package or packages"]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{}", "must be a list of packages"),
        ("null", "it holds nothing; a list of no packages is []"),
        ('""', "must be a list of packages"),
        ("core 1.0", "must be a list of packages, such as - "),
        ("# nothing", "it holds nothing; a list of no packages is []"),
        ("[@acme/core@1.0]", "put quotes around what starts with @"),
        ("- {name: core", "not YAML"),
        ('[{"name": "core"', "not "),
        ('[{"name": "a", "name": "b", "version": "1"}]', '"name" is given twice'),
        ("- {name: a, version: 1, version: 2}", '"version" is given twice'),
        ("- &a {name: a, version: 1}\n- *a", "alias at line 2"),
        ("- !!python/object:os.x {}", "tag"),
        ("- {name: a, version: !!float 1.10}", "tag"),
        ("- {[1]: 2}", ""),
        ("[" * 2_000, ""),
        ("- " * 2_000, ""),
        ("\x00", ""),
        ("- a\n---\n- b", ""),
    ],
)
def test_what_is_no_list_of_packages_is_an_error_of_packages(
    read: Read, document: str, said: str, tmp_path: Path
) -> None:
    # By a file, because an environment holds no NUL and not any size.
    (tmp_path / "packages").write_text(document)
    (problem,) = problems(read, f"@{tmp_path / 'packages'}")
    assert problem.startswith("packages: ")
    assert said in problem
    assert len(problem) < 500


@pytest.mark.parametrize("entry", ["k@" + "k" * 100_000, {"package": "a", "k" * 100_000: "1"}])
def test_what_is_wrong_is_shown_short_enough_to_be_read(
    read: Read, tmp_path: Path, entry: object
) -> None:
    (tmp_path / "packages").write_text(json.dumps([entry]))
    (problem,) = problems(read, f"@{tmp_path / 'packages'}")
    assert len(problem) < 500


def test_a_file_that_can_not_be_read_is_named(read: Read, tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe[")
    for name, said in (("nowhere", "there is no file"), ("bytes", "UTF-8"), (".", "directory")):
        (problem,) = problems(read, f"@{tmp_path / name}")
        assert problem.startswith("packages: ")
        assert said in problem


# --- Whatever stands there: requests, or an InputError that names the input. ---------------------

JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
        st.sampled_from(["core", "@acme/core", "pkg:npm/core@1", "Published", "pypi"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(
                st.sampled_from(
                    ["name", "package", "version", "versions", "format", "namespace", "repository",
                     "version-revisions", "targetStatus", "expected_status"]
                ),
                st.text(max_size=5),
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=10,
)  # fmt: skip
DOCUMENTS = st.one_of(
    st.lists(JSON, max_size=3).map(json.dumps),
    JSON.map(json.dumps),
    st.text(alphabet="-[]{}:,\n '\"&*!|>#%@pkgnm/1.?", max_size=30),
    st.text(max_size=30),
)


@given(document=DOCUMENTS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_document_is_requests_or_an_input_error_that_names_the_input(
    read: Read, tmp_path: Path, document: str
) -> None:
    path = tmp_path / "packages"
    path.write_text(document, "utf-8", errors="surrogatepass")
    try:
        requests = read(f"@{path}")
    except InputError as error:
        names = [problem.name for problem in error.problems]
        assert names
        assert all(name.startswith("packages") for name in names)
    else:
        assert all(request.versions for request in requests)


INLINE = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30)


@given(name=st.sampled_from(["version_from_tag", "versions_matching", "exclude_versions"]),
       value=st.one_of(INLINE, st.text(alphabet="{}versionpackg@/", max_size=20)),
       tag=INLINE)  # fmt: skip
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_pattern_is_requests_or_an_input_error_that_names_the_input(
    read: Read, name: str, value: str, tag: str
) -> None:
    given = dict.fromkeys(["version_from_tag", "versions_matching", "exclude_versions"])
    versions = None if name == "version_from_tag" else "1.0"
    try:
        read(
            None,
            package="core",
            **{**given, "versions": versions, name: value},
            ref=f"refs/tags/{tag}",
        )
    except InputError as error:
        names = {problem.name for problem in error.problems}
        assert names <= {name.replace("_", "-"), "versions"}


def test_two_lists_in_one_document_are_refused() -> None:
    core = {"name": "core", "version": "1.0"}
    document = {"publishedPackages": [core], "releases": [core]}
    with pytest.raises(ValueError, match='it has lists under "publishedPackages" and "releases"'):
        read_packages(json.dumps(document))
