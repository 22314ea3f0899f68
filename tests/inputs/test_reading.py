"""The environment becomes inputs, and inputs become requests; all that is wrong is told at once."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeartifact_status.errors import InputError
from codeartifact_status.formats.names import package_title
from codeartifact_status.inputs.options import INPUTS
from codeartifact_status.inputs.reading import Step, read, time_limit
from codeartifact_status.inputs.sources import Flags, read_api_request
from codeartifact_status.model import Format, OnFailure, Package, Request, Status
from harness.inputs import read_inputs

GOOD = {
    "domain": "acme",
    "repository": "npm-store",
    "format": "npm",
    "package": "@acme/core",
    "versions": "1.0",
    "target-status": "Published",
    "aws-region": "eu-west-1",
}
REQUEST = {
    "domain": "acme",
    "domainOwner": "111122223333",
    "repository": "npm-store",
    "format": "npm",
    "namespace": "acme",
    "package": "core",
    "versions": ["1.0", "1.1"],
    "versionRevisions": {"1.0": "a", "1.1": "b"},
    "expectedStatus": "Unlisted",
    "targetStatus": "Published",
}


@pytest.fixture(autouse=True)
def nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No input or region of whoever runs the tests; an empty working directory."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_MAX_ATTEMPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def inputs(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Step]:
    """Reads inputs from an environment with these over the good ones; None leaves one out."""

    def read_them(only: dict[str, str] | None = None, **given: str | None) -> Step:
        named = {name.replace("_", "-"): value for name, value in given.items()}
        for name, value in {**(GOOD if only is None else only), **named}.items():
            if value is not None:
                monkeypatch.setenv(f"INPUT_{name.upper()}", value)
        step = read(None, ref="")
        step.check()
        return step

    return read_them


@pytest.fixture
def problems(inputs: Callable[..., Step]) -> Callable[..., dict[str, str]]:
    """What is wrong with inputs, by name."""

    def read_them(only: dict[str, str] | None = None, **given: str | None) -> dict[str, str]:
        with pytest.raises(InputError) as wrong:
            inputs(only, **given)
        found = wrong.value.problems
        names = [problem.name for problem in found]
        assert len(names) == len(set(names)), "an input is blamed twice"
        return {problem.name: problem.text for problem in found}

    return read_them


# --- How inputs are found. -----------------------------------------------------------------------


def test_what_is_not_given_has_its_default(inputs: Callable[..., Step]) -> None:
    read = inputs().inputs

    assert (read.dry_run, read.allow_irreversible, read.debug) == (False, False, False)
    assert (read.concurrency, read.aws_max_attempts) == (8, 5)
    assert (read.cli_read_timeout, read.cli_connect_timeout) == (60, 60)
    assert (read.role_duration_seconds, read.audience) == (None, "sts.amazonaws.com")
    assert (read.session_policy, read.on_failure) == ("least-privilege", OnFailure.STOP)
    assert read.expected_status is read.role_to_assume is read.profile is None


def test_the_spelling_of_the_runner_outranks_that_of_a_shell(
    inputs: Callable[..., Step], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INPUT_EXPECTED_STATUS", "Archived")
    assert inputs().inputs.expected_status is Status.ARCHIVED
    both = inputs(expected_status="Unlisted")
    assert both.inputs.expected_status is Status.UNLISTED
    assert both.warnings == (
        "expected-status is set by two different variables; INPUT_EXPECTED-STATUS was used.",
    )
    assert inputs(expected_status="Archived").warnings == ()


@pytest.mark.parametrize("empty", ["", " ", "\n"])
def test_an_empty_value_is_an_absent_one(
    inputs: Callable[..., Step], monkeypatch: pytest.MonkeyPatch, empty: str
) -> None:
    monkeypatch.setenv("INPUT_EXPECTED_STATUS", "Archived")

    read = inputs(dry_run=empty, expected_status=empty, concurrency=empty).inputs

    assert (read.dry_run, read.concurrency) == (False, 8)
    assert read.expected_status is Status.ARCHIVED


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_region_may_come_from_the_environment(
    inputs: Callable[..., Step], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv(name, "eu-central-1")

    assert inputs(aws_region=None).inputs.aws_region == "eu-central-1"


def test_a_file_of_settings_in_the_checkout_is_not_read(
    inputs: Callable[..., Step], tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("INPUT_DRY-RUN=true\nINPUT_DRY_RUN=true\ndry_run=true\n")

    assert inputs().inputs.dry_run is False


def test_a_variable_without_the_prefix_is_no_input(
    inputs: Callable[..., Step], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRY_RUN", "true")
    monkeypatch.setenv("DOMAIN", "other")

    read = inputs().inputs
    assert (read.dry_run, read.domain) == (False, "acme")


# --- What they ask for. --------------------------------------------------------------------------


def test_inputs_become_a_request_for_each_repository(inputs: Callable[..., Step]) -> None:
    read = inputs(
        repository="npm-store, npm-prod",
        domain_owner="111122223333",
        versions="1.0 1.1 1.0",
        version_revisions="1.1=b 1.0=a",
        expected_status="unlisted",
    )

    assert read.requests == tuple(
        Request(
            package=Package(
                domain="acme",
                domain_owner="111122223333",
                repository=repository,
                format=Format.NPM,
                namespace="acme",
                name="core",
            ),
            versions=("1.0", "1.1"),
            target=Status.PUBLISHED,
            revisions={"1.0": "a", "1.1": "b"},
            expected_status="Unlisted",
        )
        for repository in ("npm-store", "npm-prod")
    )


@pytest.mark.parametrize(
    ("kind", "namespace", "package", "found"),
    [
        ("npm", "@acme", "core", ("acme", "core")),
        ("npm", "acme", "@acme/core", ("acme", "core")),
        ("npm", None, "core", (None, "core")),
        ("maven", None, "com.acme:core", ("com.acme", "core")),
        ("maven", "com.acme", "core", ("com.acme", "core")),
        ("pypi", None, "Acme_Client", (None, "acme-client")),
        ("nuget", None, "Acme.Client", (None, "acme.client")),
        ("swift", "Apple", "NIO", ("apple", "nio")),
        ("generic", "acme", "tool", ("acme", "tool")),
        ("cargo", None, "serde_json", (None, "serde_json")),
    ],
)
def test_a_package_is_found_however_it_is_written(
    inputs: Callable[..., Step],
    kind: str,
    namespace: str | None,
    package: str,
    found: tuple[str | None, str],
) -> None:
    (request,) = inputs(format=kind, namespace=namespace, package=package).requests

    assert (request.package.namespace, request.package.name) == found


def test_revisions_stand_for_versions(inputs: Callable[..., Step]) -> None:
    (request,) = inputs(versions=None, version_revisions="1.1: b\n1.0: a").requests

    assert request.versions == ("1.1", "1.0")


def test_spellings_of_one_nuget_version_are_one_version(inputs: Callable[..., Step]) -> None:
    read = inputs(
        format="nuget", package="lib", versions="1.2.3.0 01.2.3", version_revisions="1.2.3=r"
    )

    (request,) = read.requests
    assert (request.versions, dict(request.revisions)) == (("1.2.3",), {"1.2.3": "r"})


def test_two_revisions_for_spellings_of_one_nuget_version_are_refused(
    problems: Callable[..., dict[str, str]],
) -> None:
    found = problems(
        format="nuget", package="lib", versions=None, version_revisions="1.2.3=a 1.2.3.0=b"
    )

    assert set(found) == {"version-revisions"}


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ({"versions": "1.1"}, "1.1"),
        ({"versions": " 2\n"}, "2"),
        ({"versions": "1.1 1.2"}, None),
        ({"versions": None, "version-from-tag": "v{version}"}, None),
        ({"versions": None, "cli-input-json": '{"versions": ["1.1"]}'}, None),
        ({"versions": None, "version-revisions": "1.1=r"}, None),
    ],
)
def test_only_the_input_versions_holds_numbers_of_yaml(
    given: dict[str, str | None], number: str | None
) -> None:
    (request,) = read_inputs({**GOOD, **given}, ref="refs/tags/v1.1").requests
    assert request.number == number


def test_a_number_of_a_command_line_is_as_it_was_typed() -> None:
    typed = {name.replace("-", "_"): value for name, value in GOOD.items()} | {"versions": "1.1"}
    (request,) = read(Flags(given=typed, typed={}), ref="").requests
    assert (request.versions, request.number) == (("1.1",), None)


def test_versions_are_as_many_as_one_likes(inputs: Callable[..., Step]) -> None:
    versions = [f"1.{number}" for number in range(5000)]

    assert inputs(versions=json.dumps(versions)).requests[0].versions == tuple(versions)


# --- cli-input-json. -----------------------------------------------------------------------------


def test_the_request_of_the_api_is_enough(inputs: Callable[..., Step]) -> None:
    read = inputs({"cli-input-json": json.dumps(REQUEST), "aws-region": "eu-west-1"})

    (request,) = read.requests
    assert request.package.domain_owner == "111122223333"
    assert package_title(request.package) == "@acme/core"
    assert request.versions == ("1.0", "1.1")
    assert request.revisions == {"1.0": "a", "1.1": "b"}
    assert (request.expected_status, request.target) == ("Unlisted", "Published")


def test_the_request_may_be_in_a_file(inputs: Callable[..., Step], tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text(json.dumps(REQUEST))

    read = inputs({"cli-input-json": "file://request.json", "aws-region": "eu-west-1"})

    assert read.inputs.domain == "acme"


def test_other_inputs_override_the_request(inputs: Callable[..., Step]) -> None:
    read = inputs(
        {"cli-input-json": json.dumps(REQUEST), "aws-region": "eu-west-1"},
        target_status="Archived",
        expected_status="Published",
    )

    (request,) = read.requests
    assert (request.target, request.expected_status) == ("Archived", "Published")


def test_members_that_are_null_are_absent() -> None:
    assert read_api_request('{"domain": "acme", "namespace": null}') == {"domain": "acme"}


def test_all_that_is_wrong_in_a_request_is_told_at_once(
    problems: Callable[..., dict[str, str]],
) -> None:
    wrong = {**REQUEST, "targetStaus": "x", "zzz": "y", "format": "rpm"}

    found = problems({"cli-input-json": json.dumps(wrong), "aws-region": "eu-west-1"})

    assert set(found) == {"cli-input-json", "format (format in cli-input-json)"}
    assert found["cli-input-json"] == (
        'unknown member "targetStaus"; did you mean targetStatus?; unknown member "zzz"'
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not JSON"),
        ("[]", "must be a JSON object"),
        ('{"targetStaus": "x"}', "did you mean targetStatus"),
        ('{"zzz": "x"}', 'unknown member "zzz"'),
        ('{"domain": "a", "domain": "b"}', "is given twice"),
        ("file://nowhere.json", "there is no file"),
        ("file://", "can't be read"),
        ("[" * 100_000, "nested"),
    ],
)
def test_a_request_that_cannot_be_read_is_told(
    problems: Callable[..., dict[str, str]], text: str, why: str
) -> None:
    assert why in problems(cli_input_json=text)["cli-input-json"]


def test_a_file_that_is_no_text_is_told(
    problems: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    (tmp_path / "request.json").write_bytes(b"\xff\xfe")

    assert "UTF-8" in problems(cli_input_json="file://request.json")["cli-input-json"]


def test_what_is_wrong_inside_of_the_request_is_named_as_it_stands_there(
    problems: Callable[..., dict[str, str]],
) -> None:
    wrong = json.dumps({**REQUEST, "targetStatus": "Unfinished", "domain": "X", "versions": "a/b"})

    found = problems({"cli-input-json": wrong, "aws-region": "eu-west-1"})

    assert set(found) == {
        "target-status (targetStatus in cli-input-json)",
        "domain (domain in cli-input-json)",
        "versions (versions in cli-input-json)",
    }


@pytest.mark.parametrize(
    "member", ["domain", "repository", "format", "package", "versions", "versionRevisions",
               "expectedStatus", "targetStatus", "namespace", "domainOwner"]
)  # fmt: skip
@pytest.mark.parametrize("value", [{}, [], 5, True, [[]], {"a": []}, ""])
def test_a_member_of_another_type_is_an_error_and_no_crash(
    inputs: Callable[..., Step], member: str, value: object
) -> None:
    wrong = json.dumps({**REQUEST, member: value})

    try:
        inputs({"cli-input-json": wrong, "aws-region": "eu-west-1"})
    except InputError as error:
        assert error.problems  # noqa: PT017 - one way to end among two


# --- What is wrong. ------------------------------------------------------------------------------


def test_all_that_is_wrong_is_told_at_once(problems: Callable[..., dict[str, str]]) -> None:
    found = problems(
        domain="X",
        repository="",
        format="docker",
        versions="a/b",
        target_status="Unfinished",
        dry_run="maybe",
        concurrency="many",
        role_to_assume="release",
        allow_irreversible="x",
    )

    assert set(found) == {
        "domain", "repository", "format", "versions", "target-status", "dry-run", "concurrency",
        "role-to-assume", "allow-irreversible",
    }  # fmt: skip


def test_nothing_at_all_lacks_what_is_required(problems: Callable[..., dict[str, str]]) -> None:
    found = problems({})

    assert set(found) == {
        "domain", "repository", "format", "package", "target-status", "versions", "aws-region",
    }  # fmt: skip
    assert all("required" in text for text in found.values())


@pytest.mark.parametrize(
    ("given", "blamed", "why"),
    [
        ({"format": "maven", "package": "core"}, "namespace", "groupId"),
        ({"format": "swift", "package": "core"}, "namespace", "scope"),
        ({"format": "generic", "package": "core"}, "namespace", "required"),
        ({"format": "pypi", "package": "x", "namespace": "acme"}, "namespace", "no namespace"),
        ({"format": "nuget", "package": "x", "namespace": "acme"}, "namespace", "no namespace"),
        ({"format": "ruby", "package": "x", "namespace": "acme"}, "namespace", "no namespace"),
        ({"format": "cargo", "package": "x", "namespace": "acme"}, "namespace", "no namespace"),
        ({"format": "pypi", "package": "@acme/x"}, "package", "not a package name"),
        ({"package": "acme/core"}, "package", "@scope/name"),
        ({"package": "@acme/"}, "package", "not a package name"),
        ({"package": "@/core"}, "package", "not a scope"),
        ({"package": "a#b"}, "package", "not a package name"),
        ({"namespace": "other"}, "namespace", "contradicts"),
        ({"namespace": "a b", "package": "x"}, "namespace", "not a scope"),
        ({"format": "maven", "package": "a:b:c d"}, "package", "not a package name"),
        ({"target-status": "Disposed"}, "target-status", "allow-irreversible"),
        ({"target-status": "Deleted"}, "target-status", "allow-irreversible"),
        ({"version-revisions": "1.1=a"}, "version-revisions", 'missing: "1.0"'),
        ({"version-revisions": "1.0=a 1.1=b"}, "version-revisions", "unexpected"),
        ({"role-chaining": "true"}, "role-chaining", "needs role-to-assume"),
        ({"web-identity-token-file": "x"}, "web-identity-token-file", "needs role-to-assume"),
        ({"role-external-id": "abc"}, "role-external-id", "role-chaining"),
        ({"ca-bundle": "nowhere.pem"}, "ca-bundle", "there is no file"),
        ({"ca-bundle": "/dev/null"}, "ca-bundle", "there is no file"),
        ({"endpoint-url": "localhost:1"}, "endpoint-url", "http"),
        ({"role-duration-seconds": "899"}, "role-duration-seconds", "900 to 43200"),
        ({"allowed-account-ids": "1"}, "allowed-account-ids", "12 digits"),
        ({"aws-region": ""}, "aws-region", "required"),
        ({"on-failure": "panic"}, "on-failure", "stop"),
        ({"allowed-account-ids": "1" * 12, "no-sign-request": "true"},
         "allowed-account-ids", "no-sign-request"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_name(
    problems: Callable[..., dict[str, str]], given: dict[str, str], blamed: str, why: str
) -> None:
    found = problems({**GOOD, **given})

    assert set(found) == {blamed}
    assert why in found[blamed]


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("format", ["npm", "NPM", " Npm"], ["nmp", "docker"]),
        ("expected-status", ["published", "UNFINISHED", "Deleted"], ["gone"]),
        ("target-status", ["published", "ARCHIVED\n"], ["unfinished", "x"]),
        ("on-failure", ["stop", "STOP"], ["go", "stopp"]),
        ("output", ["json", "Table"], ["yaml"]),
        ("concurrency", ["1", " 64 "], ["0", "65", "-1", "1.5", "٣", "1e1", "9" * 130, "9" * 5000]),
    ],
)
def test_a_word_is_taken_in_any_case_and_a_number_within_its_bounds(
    inputs: Callable[..., Step],
    problems: Callable[..., dict[str, str]],
    name: str,
    good: list[str],
    bad: list[str],
) -> None:
    for text in good:
        inputs({**GOOD, name: text})
    for text in bad:
        assert set(problems({**GOOD, name: text})) == {name}


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("format", "nmp", "did you mean npm"),
        ("expected-status", "publishd", "did you mean Published"),
        ("target-status", "Unfinished", "back to Unfinished"),
        ("concurrency", "9" * 130, "must be an integer from 1 to 64 (got "),
    ],
)
def test_a_wrong_word_or_number_is_told_with_what_was_expected(
    problems: Callable[..., dict[str, str]], name: str, text: str, why: str
) -> None:
    assert why in problems({**GOOD, name: text})[name]


@pytest.mark.parametrize("text", ["Deprecated", "Delete", "Dispose"])
def test_nobody_is_led_to_what_can_not_be_undone(
    problems: Callable[..., dict[str, str]], text: str
) -> None:
    said = problems({**GOOD, "target-status": text})["target-status"]
    assert said.startswith("must be one of Published, Unlisted, Archived, Disposed, Deleted")


ROLE = "arn:aws:iam::111122223333:role/x"


@pytest.mark.parametrize(
    ("given", "blamed"),
    [
        ({"profile": "ours"}, "profile"),
        ({"no-sign-request": "true"}, "role-to-assume"),
        ({"role-external-id": "abc"}, "role-external-id"),
        ({"role-chaining": "true", "web-identity-token-file": "x"}, "web-identity-token-file"),
    ],
)
def test_what_contradicts_a_role_is_told(
    problems: Callable[..., dict[str, str]], given: dict[str, str], blamed: str
) -> None:
    assert set(problems({**GOOD, "role-to-assume": ROLE, **given})) == {blamed}


def test_a_profile_stands_for_the_region(inputs: Callable[..., Step]) -> None:
    assert inputs(aws_region=None, profile="ours").inputs.aws_region is None


@pytest.mark.parametrize("name", ["external-id", "role-external-id"])
def test_a_wrong_external_id_is_not_shown(
    problems: Callable[..., dict[str, str]], name: str
) -> None:
    found = problems(
        {**GOOD, "role-to-assume": ROLE, "role-chaining": "true", "role-external-id": "se cret"}
    )

    assert "cret" not in str(found), name


def test_an_unknown_input_that_is_near_to_none_is_only_named(
    inputs: Callable[..., Step],
) -> None:
    assert inputs(who_knows_what_this_is="x").warnings == (
        "who-knows-what-this-is is not an input of this action; it was ignored.",
    )


def test_a_misspelled_input_is_wrong(problems: Callable[..., dict[str, str]]) -> None:
    found = problems(verions="1.0", target_statuss="x")

    assert found == {
        "verions": "there is no such input; did you mean versions?",
        "target-statuss": "there is no such input; did you mean target-status?",
    }


def test_what_the_runner_itself_sets_is_not_unknown(inputs: Callable[..., Step]) -> None:
    assert inputs(args="x", entrypoint="y").warnings == ()


FIELDS = [name for names in INPUTS.values() for name in names]


@given(st.sampled_from(FIELDS), st.text(st.characters(exclude_characters="\0"), max_size=30))
def test_whatever_an_input_says_it_is_taken_or_refused(name: str, text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for known, value in GOOD.items():
            patch.setenv(f"INPUT_{known.upper()}", value)
        patch.setenv(
            f"INPUT_{name.upper().replace('_', '-')}", text.encode(errors="ignore").decode()
        )
        try:
            read(None, ref="").check()
        except InputError as error:
            assert error.problems  # noqa: PT017 - one way to end among two


@pytest.mark.parametrize(
    ("variable", "value"), [("AWS_MAX_ATTEMPTS", "many"), ("AWS_REGION", "Europe")]
)
def test_a_wrong_variable_is_told_by_the_name_that_was_typed(
    problems: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
) -> None:
    monkeypatch.setenv(variable, value)

    (name,) = problems(aws_region=None if variable == "AWS_REGION" else "eu-west-1")
    assert variable in name


def test_a_bundle_of_certificates_is_a_file(inputs: Callable[..., Step], tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")

    assert inputs(ca_bundle="ca.pem").inputs.ca_bundle == "ca.pem"


# --- Entries of packages: requests or problems, never both and never neither. --------------------

STEP = {
    **{name: GOOD[name] for name in ("domain", "repository", "format", "aws-region")},
    "target-status": "Published",
}


def test_all_that_is_wrong_with_an_entry_is_said_with_its_number(
    problems: Callable[..., dict[str, str]],
) -> None:
    entry = {"versions": ["a b"], "format": "rpm", "target-status": "Unfinished"}
    good = {"package": "core", "versions": "1.0"}

    found = problems({**STEP, "packages": json.dumps([good, good, entry])})

    assert list(found) == [
        "packages, entry 3: format",
        "packages, entry 3: versions",
        "packages, entry 3: target-status",
    ]


WORDS = st.one_of(st.sampled_from(["@acme/core", "core", "a:b", "1.0", "", "@", "#"]), st.text())
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "package": WORDS,
        "versions": st.one_of(WORDS, st.lists(WORDS, max_size=3), st.none()),
        "version-revisions": st.one_of(WORDS, st.dictionaries(WORDS, WORDS, max_size=2)),
        "namespace": st.one_of(st.none(), WORDS),
        "format": st.one_of(st.sampled_from(list(Format)), WORDS),
        "repository": st.one_of(st.sampled_from(["one", "one,two"]), WORDS),
        "expected-status": st.one_of(st.sampled_from(list(Status)), WORDS),
        "target-status": st.one_of(st.sampled_from(list(Status)), WORDS),
    },
)


@given(st.lists(ENTRIES, min_size=1, max_size=3))
def test_entries_become_requests_or_problems_with_their_numbers(
    found: list[dict[str, object]],
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**STEP, "packages": json.dumps(found)}.items():
            patch.setenv(f"INPUT_{name.upper()}", value)
        step = read(None, ref="")

    assert all(problem.name.startswith("packages, entr") for problem in step.problems)
    keys = [(r.package, version) for r in step.requests for version in r.versions]
    assert bool(keys) is not bool(step.problems)
    assert len(keys) == len(set(keys))


# --- The deadline, which counts before anything else is known. -----------------------------------


@pytest.mark.parametrize(
    ("variables", "arguments", "seconds"),
    [
        ({}, [], 600),
        ({"INPUT_TIMEOUT-SECONDS": "7"}, [], 7),
        ({"INPUT_TIMEOUT_SECONDS": " 7 "}, [], 7),
        ({"INPUT_TIMEOUT-SECONDS": "7"}, ["--timeout-seconds", "8"], 8),
        ({}, ["--timeout-seconds=8", "--debug"], 8),
        ({}, ["--timeout-seconds", "8", "--timeout-seconds", "9"], 9),
        ({}, ["--timeout-seconds"], 600),
        ({"INPUT_TIMEOUT-SECONDS": "0"}, [], 600),
        ({"INPUT_TIMEOUT-SECONDS": "86401"}, [], 600),
        ({"INPUT_TIMEOUT-SECONDS": "soon"}, [], 600),
        ({"INPUT_TIMEOUT-SECONDS": "9" * 5000}, [], 600),
    ],
)
def test_the_deadline_is_known_before_all_else(
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    arguments: list[str],
    seconds: int,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert time_limit(arguments) == seconds
