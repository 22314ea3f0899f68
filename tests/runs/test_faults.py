"""Every fault that the service can have, by the whole action over real HTTP: a table.

After each: one outcome for every version, outcome and store agree, ``undo`` holds exactly what this
run changed and gives back the former store, and the exit code is right. What the edges do in detail
stands in the tests of ``service`` and ``identity``; what a process does, in ``test_runs``.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from codeartifact_emulator import (
    Delay,
    Drop,
    Emulator,
    Expire,
    Fault,
    Meanwhile,
    Misreport,
    Omit,
    Replace,
    Reply,
    Reset,
    Store,
    Switches,
    Truncate,
)
from codeartifact_status import model
from codeartifact_status.errors import Interrupted
from codeartifact_status.reporting.outputs import OUTPUTS
from harness.acting import Act
from harness.runs import CORE, DEFAULT_INPUTS, Finished, calls_of, put_core, statuses
from harness.scripts import Script, plan_for, send, told

LIST = "ListPackageVersions"
UPDATE = "UpdatePackageVersionsStatus"
ASSUME = "AssumeRoleWithWebIdentity"
HTML = "<html><head><title>502 Bad Gateway</title></head></html>"
BOTH = ("1.0", "1.1")


@dataclass(slots=True)
class Checked:
    """Calls the action, and looks at the promises after each run."""

    act: Act

    def __call__(
        self, *, on: Emulator | None = None, undoes: bool = True, **inputs: str | None
    ) -> Finished:
        emulator = on or self.act.emulator
        before = emulator.store.snapshot()
        ended = self.unchecked(on=emulator, **inputs)
        after = emulator.store.snapshot()
        rows = {
            (package["repository"], package["package"], row["version"]): row
            for package in ended.result["packages"]
            for row in package["versions"]
        }
        assert sum(ended.counts) == len(rows)
        for key, state in after.items():
            row = rows.get((key[1], key[4], key[5]))
            assert row is None or row["after"] in {state[0], None}, row
            assert state == before[key] or row is not None
        listed = {(e["repository"], e["package"], v) for e in ended.undo for v in e["versions"]}
        changed = {key for key, row in rows.items() if row["outcome"] == "changed"}
        doubtful = {key for key, row in rows.items() if row["errorCode"] == "UNREPORTED"}
        assert changed <= listed <= changed | doubtful
        if listed and undoes:
            emulator.clear_faults()
            again = {"packages": json.dumps(ended.undo), "package": None, "versions": None}
            assert self.unchecked(on=emulator, **{**inputs, **again}).exit_code == 0
            restored = emulator.store.snapshot()
            assert {key for key in before if restored.get(key) != before[key]} == {
                key
                for key in before
                if (key[1], key[4], key[5]) not in listed and after.get(key) != before[key]
            }
            for key, state in after.items():
                emulator.store.put(**place(key), status=state[0], revision=state[1])
        return ended

    def unchecked(self, *, on: Emulator | None = None, **inputs: str | None) -> Finished:
        """For a store that moves by itself, and where nobody can know what is there."""
        emulator = on or self.act.emulator
        given = {"versions": "1.0 1.1", "role_to_assume": None, "cli_read_timeout": "1"}
        keys = emulator.environment(user=emulator.has_user)
        ended = self.act(
            on=emulator, environment={**keys, "AWS_MAX_ATTEMPTS": "3"}, **{**given, **inputs}
        )
        assert set(ended.outputs) == set(OUTPUTS)
        return ended


def place(key: tuple[Any, ...]) -> dict[str, Any]:
    names = ("domain", "repository", "format", "namespace", "package", "version")
    return dict(zip(names, key, strict=True))


@pytest.fixture
def checked(act: Act) -> Checked:
    return Checked(act)


# --- One fault of an answer, on reading or on writing, once or for good. -------------------------

CHANGED = dict.fromkeys(BOTH, "changed")


def all_are(code: str) -> dict[str, str]:
    return dict.fromkeys(BOTH, code)


@pytest.mark.parametrize(
    ("effect", "writing", "reading"),
    # What it leads to for good: the code of each version where writing meets it, and whether
    # reading it means that CodeArtifact could not be asked (4), or goes on without (0).
    [
        (Reply(status=429, code="ThrottlingException"), "ThrottlingException", 4),
        (Reply(status=500, code="InternalServerException"), "InternalServerException", 4),
        (Reply(status=500, body=HTML), "500", 4),
        (Reply(status=502, body=HTML), "502", 4),
        (Reply(status=503, body=HTML), "503", 4),
        (Reset(), "UNREPORTED", 4),
        # Carried out, and found out by reading again.
        (Drop(), "changed", 4),
        (Truncate(keep=20), "changed", 4),
        (Truncate(keep=20, announced=True), "changed", 4),
        (Replace(body='{"successfulVersions": {<'), "changed", 4),
        (Replace(body="[]"), "changed", 4),
        (Replace(body=HTML), "changed", 4),
        (Meanwhile(after=lambda _: time.sleep(1.1)), "changed", 4),
    ],
    ids=[
        *("throttled", "500", "500 of HTML", "502 of HTML", "503 of HTML", "reset", "dropped"),
        *("truncated", "truncated, announced", "malformed", "a list", "HTML with 200", "slow"),
    ],
)
def test_what_may_pass_is_tried_again_and_then_told(
    checked: Checked, emulator: Emulator, effect: Any, writing: str, reading: int
) -> None:
    put_core(emulator, *BOTH)
    is_slow = isinstance(effect, Meanwhile)
    for operation in (UPDATE, LIST):
        emulator.inject(Fault(operation, effect, times=1))
    once = checked()
    assert (once.exit_code, once.versions) == (0, CHANGED)
    if is_slow:
        return

    put_core(emulator, *BOTH)
    emulator.clear_faults()
    emulator.inject(Fault(UPDATE, effect))
    for_good = checked()
    assert for_good.versions == all_are(writing)
    assert for_good.exit_code == (0 if writing == "changed" else 1)

    put_core(emulator, *BOTH)
    emulator.clear_faults()
    emulator.inject(Fault(LIST, effect))
    sent = len(calls_of(emulator, UPDATE))
    unread = checked()
    assert (unread.exit_code, unread.versions) == (reading, all_are("SKIPPED"))
    assert len(calls_of(emulator, UPDATE)) == sent


@pytest.mark.parametrize(
    ("effect", "code"),
    [
        (Reply(status=400, code="ValidationException", message="no"), "ValidationException"),
        (Reply(status=402, code="PaymentRequiredException"), "PaymentRequiredException"),
        (Reply(status=418, body="{}"), "418"),
        (Reply(status=403, code="AccessDeniedException"), "AccessDeniedException"),
        (Reply(status=403, code="ExpiredTokenException"), "ExpiredTokenException"),
        (Reply(status=404, code="ResourceNotFoundException"), "ResourceNotFoundException"),
    ],
    ids=["400", "402", "418", "denied", "expired", "404"],
)
def test_a_refusal_is_told_with_its_code_and_not_tried_again(
    checked: Checked, emulator: Emulator, effect: Reply, code: str
) -> None:
    put_core(emulator, *BOTH)
    emulator.inject(Fault(UPDATE, effect))

    ended = checked()

    assert (ended.exit_code, ended.versions) == (1, all_are(code))
    assert len(calls_of(emulator, UPDATE)) == 1


@pytest.mark.parametrize(
    ("times", "exit_code", "outcome"), [(1, 0, "changed"), (None, 1, "ConflictException")]
)
def test_a_conflict_is_sent_again_after_reading_and_told_in_the_end(
    checked: Checked, emulator: Emulator, times: int | None, exit_code: int, outcome: str
) -> None:
    put_core(emulator, *BOTH)
    busy = Reply(status=409, code="ConflictException", message="busy")
    emulator.inject(Fault(UPDATE, busy, times=times))

    ended = checked()

    assert (ended.exit_code, ended.versions) == (exit_code, all_are(outcome))


# --- Answers that are whole, and odd. ------------------------------------------------------------


def test_a_version_in_neither_map_is_what_reading_again_says(
    checked: Checked, emulator: Emulator
) -> None:
    put_core(emulator, *BOTH)
    emulator.inject(Fault(UPDATE, Omit(version="1.0")))

    assert checked().versions == CHANGED


def test_an_unknown_code_of_a_version_is_passed_on(checked: Checked, emulator: Emulator) -> None:
    put_core(emulator, *BOTH)
    odd = {"1.0": {"errorCode": "TOO_PRETTY", "errorMessage": "x"}, "1.1": {"errorCode": "SKIPPED"}}
    body = json.dumps({"successfulVersions": {}, "failedVersions": odd})
    emulator.inject(Fault(UPDATE, Reply(status=200, body=body)))

    ended = checked()

    assert (ended.exit_code, ended.versions) == (1, {"1.0": "TOO_PRETTY", "1.1": "SKIPPED"})


def test_an_unknown_status_is_pinned_and_has_no_undo(checked: Checked, emulator: Emulator) -> None:
    put_core(emulator, *BOTH)
    emulator.inject(Fault(LIST, Misreport(version="1.0", status="Quarantined"), times=1))

    entries = [{"version": "1.0", "name": "@acme/core"}]
    ended = checked.unchecked(
        on=emulator, packages=json.dumps(entries), package=None, versions=None
    )

    # The emulator knows no such status, and refuses it.
    assert (ended.exit_code, ended.versions) == (1, {"1.0": "ValidationException"})
    (call,) = calls_of(emulator, UPDATE)
    assert call.params["expectedStatus"] == "Quarantined"
    assert ended.outputs["undo"] == "[]"


def test_a_revision_that_the_answer_makes_up_does_not_spoil_the_undo(
    checked: Checked, emulator: Emulator
) -> None:
    put_core(emulator, *BOTH)
    emulator.inject(Fault(UPDATE, Misreport(version="1.0", revision="made-up")))

    assert checked().exit_code == 0


# --- Somebody else, between reading and sending. -------------------------------------------------


def somebody(version: str, **what: str) -> Meanwhile:
    """Somebody else, who changes a version just before a call."""

    def move(store: Store) -> None:
        status = what.get("status", "Unlisted")
        store.set_status(**CORE, version=version, status=status, revision=what.get("revision"))

    return Meanwhile(before=move)


@pytest.mark.parametrize(
    ("what", "mode", "partial", "expected"),
    [
        ({"status": "Archived"}, "stop", False, ("SKIPPED", "MISMATCHED_STATUS")),
        ({"status": "Archived"}, "continue", False, ("changed", "MISMATCHED_STATUS")),
        ({"status": "Archived"}, "rollback", False, ("SKIPPED", "MISMATCHED_STATUS")),
        ({"status": "Archived"}, "stop", True, ("changed", "MISMATCHED_STATUS")),
        ({"status": "Archived"}, "rollback", True, ("ROLLED_BACK", "MISMATCHED_STATUS")),
        ({"revision": "other"}, "stop", False, ("SKIPPED", "MISMATCHED_REVISION")),
        ({"revision": "other"}, "continue", False, ("changed", "MISMATCHED_REVISION")),
        ({"status": "Published"}, "continue", False, ("changed", "unchanged")),
        ({"status": "Deleted"}, "continue", False, ("changed", "NOT_FOUND")),
    ],
    ids=str,
)
def test_what_somebody_else_changed_meanwhile_is_left_to_them(
    emulators: Callable[..., Emulator],
    checked: Checked,
    what: dict[str, str],
    mode: str,
    partial: bool,  # noqa: FBT001
    expected: tuple[str, str],
) -> None:
    emulator = emulators(switches=Switches(partial_success=partial))
    put_core(emulator, *BOTH)
    move = somebody("1.1", **what)
    emulator.inject(Fault(UPDATE, move, times=1))

    ended = checked.unchecked(on=emulator, on_failure=mode)

    assert tuple(ended.versions.values()) == expected
    assert ended.exit_code == (0 if expected[1] == "unchanged" else 1)
    undo = ended.undo
    assert [v for entry in undo for v in entry["versions"]] == (
        ["1.0"] if expected[0] == "changed" else []
    )
    held = statuses(emulator)
    assert held["1.0"] == ("Published" if expected[0] == "changed" else "Unlisted")


# --- Credentials and permissions in the middle. --------------------------------------------------


@pytest.mark.parametrize(("mode", "skipped"), [("stop", "SKIPPED"), ("continue", "Expired")])
def test_credentials_that_expire_in_the_middle_leave_what_was_done(
    checked: Checked, emulator: Emulator, mode: str, skipped: str
) -> None:
    versions = [f"1.0.{number}" for number in range(250)]
    put_core(emulator, *versions)
    emulator.inject(Fault(UPDATE, Expire(), skip=1, times=1))

    ended = checked(
        versions=" ".join(versions),
        on_failure=mode,
        concurrency="1",
        role_to_assume=str(DEFAULT_INPUTS["role_to_assume"]),
    )

    assert ended.exit_code == 1
    codes = list(ended.versions.values())
    assert codes[:200] == ["changed"] * 100 + ["ExpiredTokenException"] * 100
    assert set(codes[200:]) == {"SKIPPED" if skipped == "SKIPPED" else "ExpiredTokenException"}


@pytest.mark.parametrize(
    ("mode", "core"), [("stop", "changed"), ("continue", "changed"), ("rollback", "ROLLED_BACK")]
)
def test_one_package_of_many_that_may_not_be_written(
    checked: Checked, emulator: Emulator, mode: str, core: str
) -> None:
    put_core(emulator, "1.0")
    put_core(emulator, "2.0", package="ui")
    put_core(emulator, "3.0", package="zoo")
    emulator.inject(Fault(UPDATE, Reply(status=403, code="AccessDeniedException"), package="ui"))
    entries = [
        {"package": f"@acme/{name}", "version": version}
        for name, version in (("core", "1.0"), ("ui", "2.0"), ("zoo", "3.0"))
    ]

    ended = checked(
        packages=json.dumps(entries), package=None, versions=None, on_failure=mode, concurrency="1"
    )

    assert ended.exit_code == 1
    last = "changed" if mode == "continue" else "SKIPPED"
    assert ended.versions == {"1.0": core, "2.0": "AccessDeniedException", "3.0": last}


def test_one_package_of_many_that_may_not_be_read_goes_unpinned(
    checked: Checked, emulator: Emulator
) -> None:
    put_core(emulator, "1.0")
    put_core(emulator, "2.0", package="ui")
    emulator.inject(Fault(LIST, Reply(status=403, code="AccessDeniedException"), package="ui"))
    entries = [
        {"package": "@acme/core", "version": "1.0"},
        {"package": "@acme/ui", "version": "2.0", "expected-status": "Unlisted"},
    ]

    ended = checked(packages=json.dumps(entries), package=None, versions=None)

    assert (ended.exit_code, set(ended.versions.values())) == (0, {"changed"})
    pins = {c.params["package"]: "versionRevisions" in c.params for c in calls_of(emulator, UPDATE)}
    assert pins["core"]


@pytest.mark.parametrize(
    ("operation", "effect"),
    [(LIST, Reply(status=403, code="AccessDeniedException")), (LIST, Reset())],
    ids=["denied", "reset"],
)
@pytest.mark.parametrize("target", ["Published", "Deleted"])
def test_a_lost_answer_that_can_not_be_read_again_is_not_called_unsent(
    checked: Checked, emulator: Emulator, operation: str, effect: Any, target: str
) -> None:
    """Neither SKIPPED nor NOT_FOUND is true of what was sent and may have been carried out."""
    put_core(emulator, *BOTH)
    before = "DeletePackageVersions" if target == "Deleted" else UPDATE
    emulator.inject(Fault(before, Drop(), times=1))
    emulator.inject(Fault(operation, effect, skip=1))

    ended = checked.unchecked(on=emulator, target_status=target, allow_irreversible="true")

    assert (ended.exit_code, ended.versions) == (1, all_are("UNREPORTED"))


def test_the_undo_holds_what_may_have_been_changed(checked: Checked, emulator: Emulator) -> None:
    """To undo what was not changed after all is a success, so that it may as well stand there."""
    put_core(emulator, *BOTH)
    emulator.inject(Fault(UPDATE, Drop(), times=1))
    emulator.inject(Fault(LIST, Reset(), skip=1))

    ended = checked.unchecked()

    assert set(statuses(emulator).values()) == {"Published"}
    (entry,) = ended.undo
    assert entry["versions"] == list(BOTH)


def test_a_stop_between_two_pages_of_reading_again_is_no_bug() -> None:
    lost = model.Reply(error=model.Failure("UNREPORTED", "lost"), doubt=model.Doubt.OUT)

    sent = send(Script([lost], [Interrupted("while the repository was being read")]), plan_for())

    assert sent.bugs == []
    assert told(sent) == dict.fromkeys("123", "UNREPORTED")


# --- Who we are. ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "effect", "times", "exit_code"),
    [
        (ASSUME, Reply(status=400, code="Throttling"), 2, 0),
        (ASSUME, Reply(status=400, code="IDPCommunicationError"), 2, 0),
        (ASSUME, Reply(status=400, code="IDPCommunicationError"), None, 3),
        (ASSUME, Reply(status=403, code="AccessDenied"), None, 3),
        (ASSUME, Replace(body="<garbage"), None, 3),
        ("oidc", Reply(status=503, body=HTML), 2, 0),
        ("oidc", Reply(status=200, body="garbage"), 2, 0),
        ("oidc", Reply(status=200, body='{"value": 7}'), None, 3),
        ("oidc", Delay(seconds=1.3), None, 3),
    ],
    ids=[
        *("STS throttled", "IDP twice", "IDP for good", "STS denies", "STS garbage"),
        *("OIDC twice", "OIDC garbage twice", "OIDC garbage for good", "OIDC hangs"),
    ],
)
def test_an_identity_is_got_or_nothing_is_sent(
    checked: Checked,
    emulator: Emulator,
    operation: str,
    effect: Any,
    times: int | None,
    exit_code: int,
) -> None:
    put_core(emulator, *BOTH)
    emulator.inject(Fault(operation, effect, times=times))
    began = time.monotonic()

    ended = checked(role_to_assume=str(DEFAULT_INPUTS["role_to_assume"]), undoes=False)

    assert ended.exit_code == exit_code
    assert ended.versions == all_are("SKIPPED" if exit_code else "changed")
    assert bool(calls_of(emulator, LIST, UPDATE)) == (exit_code == 0)
    assert time.monotonic() - began < 10


# --- A listing that shifts while it is read. -----------------------------------------------------


def test_pages_that_shift_lose_no_version_that_was_there_all_the_time(
    checked: Checked, emulator: Emulator
) -> None:
    """Versions come and go before and behind the page's end while the second one is fetched."""
    there = [f"2.0.{number}" for number in range(1100)]
    put_core(emulator, *there)

    def shift(store: Store) -> None:
        for number in range(20):
            store.put(**CORE, version=f"1.0.{number}", status="Unlisted")
            store.put(**CORE, version=f"3.0.{number}", status="Unlisted")
        store.set_status(**CORE, version="2.0.999", status="Deleted")
        store.set_status(**CORE, version="2.0.100", status="Deleted")

    emulator.inject(Fault(LIST, Meanwhile(after=shift), times=1))
    asked = ["2.0.0", "2.0.1", "2.0.500", "2.0.998", "2.0.1099"]

    ended = checked.unchecked(on=emulator, versions=" ".join(asked))

    assert (ended.exit_code, set(ended.versions.values())) == (0, {"changed"})


def test_a_page_that_brings_nothing_new_is_no_circle(checked: Checked, emulator: Emulator) -> None:
    """A service may answer an empty page with a token that leads on."""
    row = {"version": "1.0", "status": "Published", "revision": "r"}
    pages = [
        {"versions": [row], "nextToken": "a"},
        {"versions": [], "nextToken": "b"},
        {"versions": [{**row, "version": "1.1"}]},
    ]
    for number, page in enumerate(pages):
        answer = Reply(status=200, body=json.dumps(page))
        emulator.inject(Fault(LIST, answer, skip=number, times=1))

    ended = checked.unchecked()

    assert (ended.exit_code, ended.versions) == (0, all_are("unchanged"))
