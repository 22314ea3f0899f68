"""Text and surroundings that are out to break the step, or to leak what it knows.

``test_laws`` has hostile text in every medium by itself; here is what comes in by each door.
"""

import json
import re

import pytest

from codeartifact_emulator import Emulator, Fault, Reply, Truncate
from codeartifact_status.reporting.annotations import MAX_ANNOTATIONS
from codeartifact_status.reporting.outputs import OUTPUTS
from harness.acting import Act
from harness.rendering import OURS as ELEMENTS
from harness.rendering import assert_harmless, rendered
from harness.runs import ROLE, Finished, Runner, calls_of, put_core, statuses

LIST = "ListPackageVersions"
UPDATE = "UpdatePackageVersionsStatus"
ASSUME = "AssumeRoleWithWebIdentity"
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


# --- What is said to be what it isn't. -----------------------------------------------------------


@pytest.mark.parametrize(
    "inputs",
    [
        {
            name: ALL_EVIL.replace("\x00", "")
            for name in ("target_status", "repository", "package", "role_to_assume", "query")
        },
        {"packages": json.dumps([{ALL_EVIL: 1, "name": ALL_EVIL}]), "package": None},
        {"version_revisions": "=\n::error::=" + ALL_EVIL.replace("\x00", ""), "versions": "1"},
    ],
    ids=["values", "packages", "revisions"],
)
def test_hostile_inputs_are_told_as_text(
    emulator: Emulator, act: Act, inputs: dict[str, str]
) -> None:
    done = act(**inputs)

    assert done.exit_code == 2, done.stdout
    assert {command.name for command in done.commands} <= OURS
    assert_harmless(done.summary)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", done.stdout + done.stderr)
    assert emulator.calls == []


def test_hostile_names_of_inputs_and_surrogates_are_told_as_text(
    emulator: Emulator, run_action: Runner
) -> None:
    """What a process is given as bytes that are no UTF-8."""
    surrogates = "\ud800::error::x\udcff".encode("utf-8", "surrogatepass")

    done = run_action(
        **{"on\n::error::x": "y"},
        versions="1",
        dry_run=surrogates.decode("utf-8", "surrogateescape"),
    )

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


HOSTILE = [
    "::set-output",
    "::error::x",
    "::add-mask::Published",
    "a|b",
    "<img",
    "<img\u00a0src=x>",
    "`code`",
    "``",
    "](javascript:x)",
    "[x](http:evil.example)",
    "![x](y)",
    "**b**",
    "@octocat",
    "$(id)",
    "${{github.token}}",
    "%0A::error::x",
    "\u202e",
    "\u200b::error::x",
    "x\u2028::error::x",
    "<br>",
    "<!--",
    "&lt;",
    "\\",
    "-",
    "🦀",
]


def test_hostile_names_stay_text_wherever_they_go(emulator: Emulator, act: Act) -> None:
    put_core(emulator, *HOSTILE[::2])

    done = act(versions=json.dumps(HOSTILE), allow_failed_versions="NOT_FOUND")

    assert done.exit_code == 0, done.stdout
    assert list(done.outcomes) == HOSTILE
    assert set(statuses(emulator).values()) == {"Published"}
    ours = {"add-mask", "group", "endgroup", "warning", "error"}
    assert {command.name for command in done.commands} <= ours
    assert done.annotations("error") == []
    assert_harmless(done.summary)


def test_hostile_messages_of_the_service_stay_text(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")
    message = "##[error]x\r\n::set-output name=x::y\n<img src=x> `a` | b | ![i](http://e.example)"
    emulator.inject(Fault(UPDATE, Reply(status=400, code="ValidationException", message=message)))

    done = act(versions="1.0.0")

    assert done.exit_code == 1
    assert {command.name for command in done.commands} <= {"add-mask", "group", "endgroup", "error"}
    assert len(done.annotations("error")) == 1
    assert_harmless(done.summary)
    assert done.failed["1.0.0"]["errorMessage"] == message


def test_hostile_statuses_and_revisions_of_the_service_are_told_as_text(
    emulator: Emulator, act: Act
) -> None:
    rows = [
        {"version": f"1.{number}", "status": text, "revision": text}
        for number, text in enumerate([*EVIL, "\ud800\udfff\udc80"])
    ]
    versions = " ".join(row["version"] for row in rows)
    body = json.dumps({"versions": rows})
    emulator.inject(Fault(LIST, Reply(status=200, body=body)))

    done = act(versions=versions, expected_status="Unlisted")

    assert done.exit_code == 1
    assert_tame(done, errors=1)
    result = done.result["packages"][0]["versions"]
    assert [row["after"] for row in result] == [
        row["status"] for row in json.loads(body)["versions"]
    ]


def test_hostile_codes_and_messages_of_versions_are_told_as_text(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, *(f"1.{number}" for number, _ in enumerate(EVIL)))
    answers = {
        f"1.{number}": {"errorCode": text, "errorMessage": ALL_EVIL}
        for number, text in enumerate(EVIL)
    }
    body = json.dumps({"successfulVersions": {}, "failedVersions": answers})
    emulator.inject(Fault(UPDATE, Reply(status=200, body=body)))

    done = act(versions=" ".join(answers))

    assert done.exit_code == 1
    assert_tame(done, errors=MAX_ANNOTATIONS)
    told = done.failed
    assert {v: entry["errorCode"] for v, entry in told.items()} == {
        v: entry["errorCode"] for v, entry in answers.items()
    }


def test_hostile_messages_and_claims_of_an_identity_are_told_as_text(
    emulator: Emulator, act: Act
) -> None:
    message = "".join(char for char in ALL_EVIL if char in "\n\r\t" or char >= " ")
    emulator.inject(Fault(ASSUME, Reply(status=403, code="AccessDenied", message=message)))

    done = act(
        versions="1.0", claims={"ref": ALL_EVIL, "environment": ALL_EVIL, "repository": ALL_EVIL}
    )

    assert done.exit_code == 3
    assert_tame(done, errors=1)
    assert "pwned" in done.summary
    assert calls_of(emulator, LIST) == []


# --- Secrets. ------------------------------------------------------------------------------------


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


# --- What the job has in its environment and its checkout. ---------------------------------------


def test_the_step_does_the_same_whatever_the_job_has_around_it(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0")
    trap = "raise SystemExit('the checkout was imported')"
    modules = (
        "boto3",
        "json",
        "yaml",
        "id",
        "sitecustomize",
        "usercustomize",
        "requests",
        "pydantic",
    )

    done = run_action(
        versions="1.0",
        files={
            **{f"{name}.py": trap for name in modules},
            "config": "[default\nca_bundle=/no",
            ".env": "INPUT_TARGET-STATUS=Archived\nINPUT_DRY-RUN=true\n",
        },
        environment={
            "PYTHONPATH": ".",
            "PYTHONHOME": None,
            "PYTHONSTARTUP": "boto3.py",
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
