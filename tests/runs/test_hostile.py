"""Text, surroundings and sizes that are out to break the step, or to leak what it knows.

``test_runs`` has hostile names of versions and messages of CodeArtifact, ``test_laws`` hostile text
in every medium by itself; here is what comes in by other doors.
"""

import json
import re
import time
from typing import Any

import pytest

from codeartifact_emulator import Delay, Emulator, Fault, Reply, Truncate
from codeartifact_status.arns import RoleArn
from codeartifact_status.identity.refusals import TokenRefused
from codeartifact_status.reporting.annotations import MAX_ANNOTATIONS, Level, annotations
from codeartifact_status.reporting.outputs import OUTPUTS, fitted, outputs
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.run import Run
from codeartifact_status.reporting.summary import summary
from harness.rendering import OURS as ELEMENTS
from harness.rendering import assert_harmless, rendered
from harness.reports import changed, failed, report_of
from harness.runs import ROLE, Finished, Runner, calls_of, put_core, statuses

LIST = "ListPackageVersions"
UPDATE = "UpdatePackageVersionsStatus"
ASSUME = "AssumeRoleWithWebIdentity"
MIB = 1024 * 1024
OURS = {"add-mask", "group", "endgroup", "error", "warning"}
CONSOLE = "https://eu-west-1.console.aws.amazon.com/codesuite/codeartifact/"

EVIL = (
    "::error::pwned",
    "\n::set-env name=PATH::x",
    "\r\n::add-mask::a",
    "##[error]pwned",
    "%0A::error::x",
    "%250A",
    "a|b|c",
    "`x` ``y`` ```z",
    "[link](http://evil.example/)",
    "![image](http://evil.example/x.png)",
    "<script>alert(1)</script><img src=x onerror=y>",
    "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "\u202egnp.exe\u2066",
    "\x00\x08\x7f\x85\u2028\u2029",
    "</details>\n\n# heading\n\n- [ ] box",
    "${{ secrets.TOKEN }}",
)
ALL_EVIL = "\n".join(EVIL)


def assert_tame(done: Finished, *, errors: int) -> None:
    """Find no command and no element that isn't ours, and as many errors as there should be."""
    assert {command.name for command in done.commands} <= OURS
    assert len(done.annotations("error")) == errors
    elements = rendered(done.summary)
    assert elements.oddities == []
    assert {tag for tag, _ in elements.found} <= ELEMENTS
    # Where the account isn't known, the link leads to the list of domains.
    links = [str(attributes["href"]) for tag, attributes in elements.found if tag == "a"]
    assert all(link.startswith(CONSOLE) for link in links)
    for stream in (done.stdout, done.stderr):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\x85\u202a-\u202e\u2066-\u2069]", stream)
    assert set(done.outputs) >= set(OUTPUTS)


# --- (a) What is said to be what it isn't. -------------------------------------------------------


@pytest.mark.parametrize(
    "inputs",
    [
        {
            name: ALL_EVIL.replace("\x00", "")
            for name in ("target_status", "repository", "package", "role_to_assume", "query")
        },
        {"packages": json.dumps([{ALL_EVIL: 1, "name": ALL_EVIL}]), "package": None},
        {"on\n::error::x": "y", "versions": "1", "dry_run": "\ud800::error::x\udcff"},
        {"version_revisions": "=\n::error::=" + ALL_EVIL.replace("\x00", ""), "versions": "1"},
    ],
    ids=["values", "packages", "names and surrogates", "revisions"],
)
def test_hostile_inputs_are_told_as_text(
    emulator: Emulator, run_action: Runner, inputs: dict[str, str]
) -> None:
    encodable = {
        name: value and value.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
        for name, value in inputs.items()
    }

    done = run_action(**encodable)

    assert done.exit_code == 2, done.stdout
    assert {command.name for command in done.commands} <= OURS
    assert_harmless(done.summary)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", done.stdout + done.stderr)
    assert emulator.calls == []


def test_hostile_surroundings_are_told_as_text(run_action: Runner) -> None:
    evil = "acme/::error::x\n::error::y"

    done = run_action(
        version_from_tag="v{version}",
        environment={
            "GITHUB_REPOSITORY": evil,
            "GITHUB_REF": "refs/tags/w1\n::error::x\n##[error]y`<img>",
            "GITHUB_RUN_ID": "\x1b[31m",
        },
    )

    assert done.exit_code == 2
    assert {command.name for command in done.commands} <= OURS
    assert_harmless(done.summary)


def test_hostile_statuses_and_revisions_of_the_service_are_told_as_text(
    emulator: Emulator, run_action: Runner
) -> None:
    rows = [
        {"version": f"1.{number}", "status": text, "revision": text}
        for number, text in enumerate([*EVIL, "\ud800\udfff\udc80"])
    ]
    versions = " ".join(row["version"] for row in rows)
    body = json.dumps({"versions": rows})
    emulator.inject(Fault(LIST, Reply(status=200, body=body)))

    done = run_action(versions=versions, expected_status="Unlisted")

    assert done.exit_code == 1
    assert_tame(done, errors=1)
    result = json.loads(done.outputs["result"])["packages"][0]["versions"]
    assert [row["after"] for row in result] == [
        row["status"] for row in json.loads(body)["versions"]
    ]


def test_hostile_codes_and_messages_of_versions_are_told_as_text(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, *(f"1.{number}" for number, _ in enumerate(EVIL)))
    answers = {
        f"1.{number}": {"errorCode": text, "errorMessage": ALL_EVIL}
        for number, text in enumerate(EVIL)
    }
    body = json.dumps({"successfulVersions": {}, "failedVersions": answers})
    emulator.inject(Fault(UPDATE, Reply(status=200, body=body)))

    done = run_action(versions=" ".join(answers))

    assert done.exit_code == 1
    assert_tame(done, errors=MAX_ANNOTATIONS)
    told = json.loads(done.outputs["failed-versions"])
    assert {v: entry["errorCode"] for v, entry in told.items()} == {
        v: entry["errorCode"] for v, entry in answers.items()
    }


def test_hostile_messages_and_claims_of_an_identity_are_told_as_text(
    emulator: Emulator, run_action: Runner
) -> None:
    message = "".join(char for char in ALL_EVIL if char in "\n\r\t" or char >= " ")
    emulator.inject(Fault(ASSUME, Reply(status=403, code="AccessDenied", message=message)))

    done = run_action(
        versions="1.0", claims={"ref": ALL_EVIL, "environment": ALL_EVIL, "repository": ALL_EVIL}
    )

    assert done.exit_code == 3
    assert_tame(done, errors=1)
    assert "pwned" in done.summary
    assert calls_of(emulator, LIST) == []


def test_claims_can_not_end_the_block_that_shows_them() -> None:
    claims = {"sub": "```\n</code></pre><img src=x>\n```", "aud": "~~~\n# x", "iss": "\n```\n"}
    error = TokenRefused(role=RoleArn.parse(ROLE), code="AccessDenied", message="no", claims=claims)

    report = Report(run=Run(error=error))
    assert_harmless(summary(report))
    for annotation in annotations(report):
        assert "\n```\n</code>" not in annotation.message


# --- (b) Secrets. --------------------------------------------------------------------------------


def assert_no_secret(done: Finished) -> None:
    """Find nothing that looks like a token or a key outside of the lines that mask it."""
    files = [
        path.read_text(errors="replace") for path in done.workspace.iterdir() if path.is_file()
    ]
    everything = "\n".join([done.unmasked, *files])
    for secret in done.secrets:
        assert secret not in everything
    assert not re.search(r"eyJ[\w-]{8,}\.eyJ", everything)
    assert not re.search(r"\b(ASIA|AKIA)[A-Z0-9]{12,}", everything)
    assert not re.search(r"<(SecretAccessKey|SessionToken)>\w", everything)


@pytest.mark.parametrize("keep", [320, 420, 560])
def test_an_answer_of_sts_that_is_cut_short_shows_no_key(
    emulator: Emulator, run_action: Runner, keep: int
) -> None:
    emulator.inject(Fault(ASSUME, Truncate(keep=keep)))

    done = run_action(
        versions="1.0",
        debug="true",
        undo_file="undo.json",
        result_file="result.json",
        environment={"AWS_MAX_ATTEMPTS": "2"},
    )

    assert done.exit_code == 3
    assert "STS gave no answer" in done.messages
    assert_no_secret(done)


@pytest.mark.parametrize("keep", [None, 420])
def test_credentials_that_could_renew_themselves_stay_in_the_process(
    emulator: Emulator, run_action: Runner, keep: int | None
) -> None:
    """boto3's own chain assumes a role, and would do so again, past everything that masks."""
    put_core(emulator, "1.0")
    if keep is not None:
        emulator.inject(Fault(ASSUME, Truncate(keep=keep)))

    done = run_action(
        versions="1.0 1.1",
        role_to_assume=None,
        debug="true",
        undo_file="undo.json",
        result_file="result.json",
        files={"token": emulator.identity_token()},
        environment={
            "AWS_ROLE_ARN": ROLE,
            "AWS_WEB_IDENTITY_TOKEN_FILE": "token",
            "AWS_ROLE_SESSION_NAME": "ci",
            "AWS_MAX_ATTEMPTS": "1",
        },
    )
    (done.workspace / "token").unlink()

    assert done.exit_code == (1 if keep is None else 3), done.stdout
    assert_no_secret(done)


# --- (c) What the job has in its environment and its checkout. -----------------------------------


def test_the_step_does_the_same_whatever_the_job_has_around_it(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0")
    trap = "raise SystemExit('the checkout was imported')"
    modules = ("boto3", "yaml", "id", "sitecustomize", "usercustomize", "requests", "pydantic")

    done = run_action(
        versions="1.0",
        files={f"{name}.py": trap for name in modules} | {"config": "[default\nca_bundle=/no"},
        environment={
            "PYTHONPATH": ".",
            "PYTHONHOME": None,
            "AWS_CONFIG_FILE": "config",
            "AWS_PROFILE": "nobody",
            "AWS_CA_BUNDLE": "no/such.pem",
            "REQUESTS_CA_BUNDLE": "no/such.pem",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "HTTPS_PROXY": "http://localhost:9",
            "https_proxy": "localhost:9",
            "AWS_DATA_PATH": ".",
        },
    )

    assert done.exit_code == 0, done.stdout + done.stderr
    assert statuses(emulator) == {"1.0": "Published"}
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "https_proxy"):
        assert re.search(rf"^{name} of the job .* was ignored", done.stdout, re.MULTILINE), name


# --- (d) Sizes. ----------------------------------------------------------------------------------

LONG = [f"{number:05}-" + "v" * 200 for number in range(20_000)]


def utf16(values: dict[str, str]) -> int:
    return sum(len(value.encode("utf-16-le")) for value in values.values())


@pytest.mark.parametrize("ending", ["changed", "failed"])
def test_20000_versions_with_long_names_stay_under_every_limit(ending: str) -> None:
    kinds = [f"CODE_{number}" for number in range(30)]
    report = report_of(
        {
            version: changed()
            if ending == "changed"
            else failed(kinds[number % 30], "m" * 1000, status="Unlisted")
            for number, version in enumerate(LONG)
        }
    )
    began = time.process_time()

    values, text, shown = fitted(outputs(report)), summary(report), annotations(report)

    assert time.process_time() - began < 10
    assert len(text.encode()) < MIB
    assert utf16(values) <= MIB
    for value in values.values():
        assert not value or value[0] not in "[{" or json.loads(value) is not None
    for level in Level:
        assert sum(one.level is level for one in shown) <= 10
    assert "undo-file" in values["undo"] or values["undo"] == "[]"


def test_a_summary_of_many_packages_with_wide_characters_stays_under_a_mebibyte() -> None:
    wide = ["🦀" * 390 + f"{number}" for number in range(6)]
    report = report_of(
        *(
            (package, {version: ending() for version in wide})
            for ending in (changed, lambda: failed("NO", "🦀" * 1000, status="Unlisted"))
            for package in _packages(60, ending.__name__)
        )
    )

    assert len(summary(report).encode()) < MIB


def _packages(count: int, salt: str) -> list[Any]:
    from dataclasses import replace

    from harness.runs import CORE_PACKAGE

    return [replace(CORE_PACKAGE, name="🦀" * 240 + salt + str(n)) for n in range(count)]


# --- (e) Time: what is final ends at once. -------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "code", "exit_code"),
    [(UPDATE, "AccessDeniedException", 1), (ASSUME, "AccessDenied", 3)],
)
def test_what_is_final_ends_at_once(
    emulator: Emulator, run_action: Runner, operation: str, code: str, exit_code: int
) -> None:
    put_core(emulator, "1.0")
    emulator.inject(Fault(operation, Reply(status=403, code=code, message="no")))

    done = run_action(versions="1.0")

    # From the first request, because a busy machine starts processes slowly.
    first, *_, last = [call.at for call in emulator.calls]
    assert done.exit_code == exit_code
    assert len(calls_of(emulator, operation)) == 1
    assert last - first < 3


# --- (f) The deadline. ---------------------------------------------------------------------------


@pytest.mark.parametrize("operation", [LIST, UPDATE, ASSUME])
def test_a_deadline_ends_the_step_with_all_that_was_reached(
    emulator: Emulator, run_action: Runner, operation: str
) -> None:
    versions = [f"1.{number}" for number in range(150)]
    put_core(emulator, *versions)
    emulator.inject(Fault(operation, Delay(seconds=2.5)))
    began = time.monotonic()

    done = run_action(versions=" ".join(versions), timeout_seconds="1", concurrency="1")

    assert done.exit_code == 1
    assert time.monotonic() - began < 8
    assert set(done.outputs) >= set(OUTPUTS)
    published = [v for v, status in statuses(emulator).items() if status == "Published"]
    assert int(done.outputs["changed-count"]) == len(published)
    assert len(published) == (100 if operation == UPDATE else 0)
    assert int(done.outputs["failed-count"]) == 150 - len(published)
    assert "timeout-seconds" in done.summary


def test_credentials_that_never_come_do_not_outlast_the_deadline(
    emulator: Emulator, run_action: Runner
) -> None:
    """boto3's own chain asks STS in its own time; a runner kills the step before it writes."""
    put_core(emulator, "1.0")
    emulator.inject(Fault(ASSUME, Delay(seconds=6)))
    began = time.monotonic()

    done = run_action(
        versions="1.0",
        role_to_assume=None,
        timeout_seconds="1",
        files={"token": emulator.identity_token()},
        environment={"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": "token"},
    )

    assert time.monotonic() - began < 5
    assert done.exit_code == 1
    assert json.loads(done.outputs["failed-versions"])["1.0"]["errorCode"] == "SKIPPED"
