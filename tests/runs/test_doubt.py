"""What is told where answers are lost: only what may be ours is claimed, and all that may be.

By the whole action; every sequence of answers is in ``service/test_truth``.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from codeartifact_emulator import Drop, Emulator, Fault, Late, Meanwhile, Reply, Store
from harness.acting import Act
from harness.runs import CORE, Finished, put_core, statuses

LIST = "ListPackageVersions"
UPDATE = "UpdatePackageVersionsStatus"
DENIED = Reply(status=403, code="AccessDeniedException", message="not authorized")
THROTTLED = Reply(status=429, code="ThrottlingException")
CONFLICT = Reply(status=409, code="ConflictException")
UI = {"package": "ui", "repository": "npm-prod"}
TWO = json.dumps(
    [
        {"name": "@acme/core", "versions": ["1.0.0", "1.1.0"]},
        {"name": "@acme/ui", "version": "1.0.0", "repository": "npm-prod"},
    ]
)
TWO_OR_NONE = {"packages": TWO, "package": None, "versions": None, "on_failure": "rollback"}


def published(store: Store) -> None:
    """Somebody else does what the step is about to do."""
    store.set_status(**CORE, version="1.0.0", status="Published")


@pytest.fixture
def run(emulator: Emulator, act: Act) -> Callable[..., Finished]:
    """A step with faults, each of which hits the next call: what comes late does so after it."""

    def run(*faults: tuple[str, Any], **inputs: Any) -> Finished:
        place: dict[str, int] = {}
        for operation, effect in faults:
            skip = place.get(operation, 0)
            place[operation] = skip + 1
            emulator.inject(Fault(operation, effect, skip=skip, times=1))
        keys = {**emulator.environment(user=True), "AWS_MAX_ATTEMPTS": "3"}
        given = {"versions": "1.0.0", "role_to_assume": None, "concurrency": "1", **inputs}
        done = act(environment=keys, **given)
        emulator.clear_faults()
        emulator.catch_up()
        return done

    return run


@pytest.fixture
def undo(emulator: Emulator, act: Act) -> Callable[[Finished], int]:
    """The step that takes back what another one did."""

    def undo(done: Finished) -> int:
        return act(
            environment=emulator.environment(user=True),
            packages=done.outputs["undo"],
            package=None,
            role_to_assume=None,
        ).exit_code

    return undo


def test_a_throttled_call_claims_nothing_that_somebody_else_did(
    emulator: Emulator, run: Callable[..., Finished]
) -> None:
    put_core(emulator, "1.0.0")

    done = run((UPDATE, THROTTLED), (UPDATE, Meanwhile(before=published)), on_failure="rollback")

    assert (done.exit_code, done.outcomes, done.undo) == (0, {"1.0.0": "unchanged"}, [])
    assert statuses(emulator) == {"1.0.0": "Published"}


@pytest.mark.parametrize("later", [CONFLICT, Reply(status=500)], ids=["conflict", "500"])
def test_a_lost_call_that_completes_after_a_refusal_is_ours(
    emulator: Emulator, run: Callable[..., Finished], undo: Callable[[Finished], int], later: Reply
) -> None:
    put_core(emulator, "1.0.0")

    done = run((UPDATE, Late(calls=1)), (UPDATE, later), undo_file="undo.json")

    assert done.outcomes == {"1.0.0": "changed"}
    assert json.loads((done.workspace / "undo.json").read_text()) == done.undo
    assert statuses(emulator) == {"1.0.0": "Published"}
    assert undo(done) == 0
    assert statuses(emulator) == {"1.0.0": "Unlisted"}


@pytest.mark.parametrize(
    "later",
    [
        Reply(status=503),
        Reply(status=403, code="ExpiredTokenException"),
        DENIED,
        THROTTLED,
        CONFLICT,
        Reply(status=400, code="ValidationException"),
    ],
    ids=["503", "expired", "denied", "throttled", "conflict", "400"],
)
@pytest.mark.parametrize("lost", [Drop(), Late()], ids=["carried out", "carried out at the end"])
def test_no_later_error_erases_a_doubt(
    emulator: Emulator,
    run: Callable[..., Finished],
    undo: Callable[[Finished], int],
    lost: Drop | Late,
    later: Reply,
) -> None:
    put_core(emulator, "1.0.0")

    faults = [(UPDATE, lost), *[(UPDATE, later)] * 4, (LIST, Meanwhile()), *[(LIST, later)] * 9]
    done = run(*faults, undo_file="undo.json")

    assert done.codes == {"1.0.0": "UNREPORTED"}
    assert "may have changed it, or may still do so" in done.failed["1.0.0"]["errorMessage"]
    assert json.loads((done.workspace / "undo.json").read_text()) == done.undo
    assert statuses(emulator) == {"1.0.0": "Published"}
    assert undo(done) == 0
    assert statuses(emulator) == {"1.0.0": "Unlisted"}
    # To undo what isn't changed any more is a success.
    assert undo(done) == 0


def test_what_nobody_read_is_vouched_for_only_by_an_answer(
    emulator: Emulator, run: Callable[..., Finished]
) -> None:
    """It is Published, the user expects Archived, and nothing that says so may be left behind."""
    put_core(emulator, "1.0.0", status="Published")
    put_core(emulator, "2.0.0", status="Archived")

    done = run(
        *[(LIST, DENIED)] * 9,
        *[(UPDATE, Drop())] * 3,
        versions="1.0.0 2.0.0",
        target_status="Unlisted",
        expected_status="Archived",
        undo_file="undo.json",
    )

    assert done.codes == dict.fromkeys(("1.0.0", "2.0.0"), "UNREPORTED")
    assert done.undo == []
    assert json.loads((done.workspace / "undo.json").read_text()) == []


@pytest.mark.parametrize("lost", [Drop(), Late()], ids=["carried out", "carried out at the end"])
def test_a_rollback_whose_answers_are_lost_is_in_doubt(
    emulator: Emulator,
    run: Callable[..., Finished],
    undo: Callable[[Finished], int],
    lost: Drop | Late,
) -> None:
    put_core(emulator, "1.0.0", "1.1.0")
    put_core(emulator, "1.0.0", **UI)

    done = run(
        (UPDATE, Meanwhile()),
        (UPDATE, DENIED),
        *[(UPDATE, lost)] * 3,
        *[(LIST, Meanwhile())] * 2,
        *[(LIST, DENIED)] * 9,
        **TWO_OR_NONE,
    )

    codes = [row["errorCode"] for package in done.result["packages"] for row in package["versions"]]
    assert codes == ["UNREPORTED", "UNREPORTED", "AccessDeniedException"]
    assert set(statuses(emulator).values()) == {"Unlisted"}
    assert undo(done) == 0
    assert set(statuses(emulator).values()) == {"Unlisted"}


def test_what_is_put_back_while_a_call_for_it_is_out_is_in_doubt_still(
    emulator: Emulator, run: Callable[..., Finished], undo: Callable[[Finished], int]
) -> None:
    put_core(emulator, "1.0.0", "1.1.0")
    put_core(emulator, "1.0.0", **UI)

    done = run(
        # Its answer is lost, and it is carried out at the very end; the next one changes both
        # versions and is answered, and the last one puts them back.
        (UPDATE, Late()),
        (UPDATE, Meanwhile()),
        (UPDATE, DENIED),
        **TWO_OR_NONE,
    )

    assert set(statuses(emulator).values()) == {"Published"}
    (first, _) = done.result["packages"][0]["versions"]
    assert (first["outcome"], first["errorCode"]) == ("failed", "UNREPORTED")
    assert first["errorMessage"].startswith("put back to Unlisted")
    assert first["errorMessage"].endswith("a call without an answer may yet change it again")
    assert undo(done) == 0
    assert set(statuses(emulator).values()) == {"Unlisted"}
