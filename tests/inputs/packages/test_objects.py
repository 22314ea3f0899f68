"""The keys of an entry: what each means, what is refused, and what is passed over."""

from typing import Any

import pytest

from codeartifact_status.inputs.packages.objects import of_object

NAMED = {"name": "core", "version": "1.0"}


def wrong(entry: dict[str, Any]) -> list[str]:
    return [f"{field}: {text}" for field, text in of_object(entry).wrong]


@pytest.mark.parametrize(
    ("entry", "values"),
    [
        ({"package": "a", "versions": ["1", "2"]}, {"package": "a", "versions": ["1", "2"]}),
        ({"packageName": "a", "version": "1,2"}, {"package": "a", "versions": ["1,2"]}),
        ({"package_name": "a", "newVersion": "1"}, {"package": "a", "versions": ["1"]}),
        ({"groupId": "g", "artifactId": "a", "version": "1"},
         {"namespace": "g", "package": "a", "versions": ["1"]}),
        ({"group": "@acme", "name": "a", "version": "1"},
         {"namespace": "@acme", "package": "a", "versions": ["1"]}),
        ({"name": "a", "version": "1", "revision": "r"},
         {"package": "a", "versions": ["1"], "version_revisions": {"1": "r"}}),
        ({"package": "a", "versions": "1", "revision": "r"},
         {"package": "a", "versions": "1", "version_revisions": {"1": "r"}}),
        ({"name": "a", "expectedStatus": "x", "target_status": "y", "versionRevisions": {"1": "r"}},
         {"package": "a", "expected_status": "x", "target_status": "y",
          "version_revisions": {"1": "r"}}),
        ({"name": "a", "packageName": "a", "version": "1", "newVersion": "1"},
         {"package": "a", "versions": ["1"]}),
        ({"name": "a", "namespace": None, "format": None},
         {"package": "a", "namespace": None}),
    ],
)  # fmt: skip
def test_a_key_means_a_field(entry: dict[str, Any], values: dict[str, Any]) -> None:
    raw = of_object(entry)
    assert (dict(raw.values), raw.wrong, raw.keys) == (values, (), ())


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("target-staus", "did you mean target-status?"),
        ("targetState", "did you mean target-status?"),
        ("target", "did you mean target-status?"),
        ("expected", "did you mean expected-status?"),
        ("repositry", "did you mean repository?"),
        ("regstry", "did you mean repository?"),
        ("scop", "did you mean namespace?"),
        ("repos", "did you mean repository?"),
        ("repoName", ""),
        ("exclude-versions", ""),
        ("versionsMatching", ""),
        ("keep-latest", ""),
        ("older-than", ""),
        ("min-age", ""),
        ("max-changes", ""),
        ("dry-run", ""),
        ("from", ""),
        ("to", ""),
        ("scopeName", ""),
        ("newStatus", ""),
        ("rev", "did you mean revision?"),
        ("versoin", "did you mean version?"),
        ("namspace", "did you mean namespace?"),
        ("scope", "use namespace"),
        ("repo", "use repository"),
        ("registry", "use repository"),
        ("status", "use expected-status or target-status"),
        ("domain", "use the step's own input domain"),
    ],
)
@pytest.mark.parametrize("entry", [NAMED, {"package": "core", "versions": ["1.0"]}])
def test_what_may_narrow_the_change_is_refused_even_where_a_tool_printed_it(
    entry: dict[str, Any], key: str, meant: str
) -> None:
    (said,) = wrong({**entry, key: "x"})
    assert said.startswith(f'packages: there is no key "{key}"')
    assert said.endswith(meant)


@pytest.mark.parametrize("key", ["location", "filename", "integrity", "size", "gitHead", "bom-ref"])
def test_any_other_key_is_passed_over_where_a_tool_printed_it_and_there_alone(key: str) -> None:
    assert of_object({**NAMED, key: "x"}).keys == (key,)
    for ours in ({"format": "npm"}, {"target-status": "Archived"}, {"repository": "r"}):
        assert wrong({**NAMED, **ours, key: "x"})
    assert wrong({"name": "core", key: "x"}), "without a version nobody printed it"
    assert wrong({"package": "core", "version": "1.0", key: "x"})


@pytest.mark.parametrize(
    ("tag", "is_passed"),
    [("v1.0", True), ("core@1.0", True), ("1.0", True), ("latest", False), ("v1.0.1", False),
     ("", False), (None, False)],
)  # fmt: skip
def test_a_tag_is_passed_over_where_it_ends_in_the_version(tag: object, *, is_passed: bool) -> None:
    for entry in ({"tag": tag, **NAMED}, {**NAMED, "tag": tag}):
        assert (wrong(entry) == []) is is_passed


@pytest.mark.parametrize("key", ["version", "versions", "revision", "expectedStatus"])
def test_a_condition_that_came_to_nothing_is_refused(key: str) -> None:
    raw = of_object({"package": "core", key: ""})
    assert [text for _, text in raw.wrong] == [f'it is empty; leave "{key}" out, or guard the step']


def test_a_key_that_contradicts_another_is_refused() -> None:
    assert wrong({"name": "a", "packageName": "b", "version": "1"}) == [
        'packages: "packageName" contradicts another key with the same meaning'
    ]
    assert wrong({"name": "a", "version": "1", "newVersion": "2"}) == [
        'packages: "newVersion" contradicts another key with the same meaning'
    ]


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "a", "revision": "r"},
        {"name": "a", "versions": ["1", "2"], "revision": "r"},
        {"name": "a", "version": "1", "revision": "r", "version-revisions": {"1": "q"}},
    ],
)
def test_a_revision_is_that_of_one_version(entry: dict[str, Any]) -> None:
    assert wrong(entry) == ["revision: needs exactly one version in the same entry"]


@pytest.mark.parametrize(
    "entry",
    [
        {**NAMED, "private": True},
        {**NAMED, "private": "true"},
        {"name": "core", "newVersion": None},
        {"name": "core", "newVersion": "1.0", "oldVersion": "1.0", "type": "none"},
    ],
)
def test_what_was_not_published_is_skipped(entry: dict[str, Any]) -> None:
    raw = of_object(entry)
    assert raw.skipped
    assert raw.values["package"] == "core"
    assert raw.wrong == ()


def test_what_is_not_private_is_not_skipped() -> None:
    assert of_object({**NAMED, "private": False}).skipped is None


# --- Package URLs beside other keys. -------------------------------------------------------------

COMPONENT = {
    "type": "library",
    "bom-ref": "pkg:npm/%40acme/core@1.2.3",
    "group": "@acme",
    "name": "core",
    "version": "1.2.3",
    "hashes": [{"alg": "SHA-1", "content": "x"}],
    "licenses": [],
    "purl": "pkg:npm/%40acme/core@1.2.3?vcs_url=x",
    "externalReferences": [],
}


@pytest.mark.parametrize("left_out", [None, "purl", "group", "version"])
def test_a_component_of_cyclonedx_is_the_scoped_package(left_out: str | None) -> None:
    raw = of_object({key: value for key, value in COMPONENT.items() if key != left_out})
    assert raw.wrong == ()
    if left_out != "group":
        assert raw.values["namespace"] == "@acme"
    assert (raw.values["package"], raw.values["versions"]) == ("core", ["1.2.3"])
    assert raw.values.get("format") == (None if left_out == "purl" else "npm")
    assert raw.qualifiers == (() if left_out == "purl" else ("vcs_url",))


@pytest.mark.parametrize(
    ("otherwise", "field"),
    [
        ({"name": "other"}, "package"),
        ({"name": "@other/core"}, "namespace"),
        ({"group": "other"}, "namespace"),
        ({"version": "1.2.4"}, "versions"),
        ({"format": "pypi"}, "format"),
        ({"purl": "pkg:npm/core@1.2.3"}, "namespace"),
        ({"purl": "pkg:npm/%40acme/core@1.2.3?repository=one", "repository": "two"}, "repository"),
    ],
)
def test_a_package_url_that_contradicts_the_other_keys_is_refused(
    otherwise: dict[str, Any], field: str
) -> None:
    ours = {key: COMPONENT[key] for key in ("group", "name", "version", "purl")}
    assert wrong({**ours, **otherwise}) == [f"purl: it contradicts {field}"]


@pytest.mark.parametrize("name", ["core", "@acme/core"])
def test_a_package_url_fills_in_what_the_other_keys_leave_out(name: str) -> None:
    raw = of_object({"name": name, "purl": "pkg:npm/%40acme/core@1.2.3"})
    assert raw.wrong == ()
    assert dict(raw.values) == {
        "format": "npm", "namespace": "@acme", "package": "core", "versions": ["1.2.3"],
    }  # fmt: skip


@pytest.mark.parametrize("purl", ["core", "pkg:golang/x@1", 5, ["x"]])
def test_what_is_no_package_url_is_refused(purl: object) -> None:
    assert [said.partition(":")[0] for said in wrong({**NAMED, "purl": purl})] == ["purl"]
