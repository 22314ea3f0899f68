"""Whatever the service does, and whenever the step is stopped: the promises of the contract hold.

A seed makes a store, one step or two at once, faults for the service and the identity, somebody
else who changes things meanwhile, and a moment at which the step is stopped or killed. The whole
action runs against the emulator over HTTP, the ways back that it leaves are applied by the action
itself, and what came of it is held against the store (``harness/chaos``).

A seed that breaks a promise is run again with ``make chaos SEED=… RUNS=1``.
"""

import contextlib
import json
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from codeartifact_emulator import Drop, Emulator, Fault, Meanwhile
from codeartifact_status import action
from codeartifact_status.model import (
    DENIED,
    Code,
    Doubt,
    Key,
    OnFailure,
    Outcome,
    Plan,
    Reading,
    Request,
    Verdict,
)
from codeartifact_status.planning.plan import make_plan
from codeartifact_status.planning.undo import document, expected
from codeartifact_status.reporting import report
from codeartifact_status.reporting.documents import compact
from codeartifact_status.reporting.run import Run
from codeartifact_status.runner import files
from codeartifact_status.runner.files import UndoFile
from codeartifact_status.service import outcomes, sending
from codeartifact_status.service.sending import Sender
from harness.acting import Act
from harness.chaos.drawing import script_of
from harness.chaos.figures import many
from harness.chaos.promises import findings
from harness.chaos.running import carry_out
from harness.chaos.scripts import UPDATE, at
from harness.runs import Runner


@pytest.mark.parametrize("first", range(0, 30, 10))
def test_every_promise_holds_whatever_goes_wrong(first: int) -> None:
    figures = many(range(first, first + 10))

    assert not figures.broken, str(figures)


# --- The check is one: each of these breaks a promise, and is found out. -------------------------


class Credulous(Sender):
    """Believes every answer, and takes none that is lost for anything but a failure."""

    def _read_again(self, *_: object) -> Reading:
        return DENIED


class Deaf(Sender):
    """Goes on when it is told to end."""

    def _send(self, plan: Plan) -> dict[Key, Outcome]:
        told, self.stop = self.stop, threading.Event()
        try:
            return super()._send(plan)
        finally:
            self.stop = told


def forgetful(*given: Any, **named: Any) -> Plan:
    """Plans without pins."""
    plan = make_plan(*given, **named)
    return replace(plan, batches=tuple(replace(batch, revisions=None) for batch in plan.batches))


def heedless(*given: Any, **named: Any) -> Plan:
    """Sends what it can, whatever else is sure to fail."""
    return make_plan(*given, **{**named, "on_failure": OnFailure.CONTINUE})


def boundless(*given: Any, **named: Any) -> Plan:
    """Changes more than it may."""
    return make_plan(*given, **{**named, "max_changes": None})


def unrehearsed(plan: Plan) -> Plan:
    """Sends what it has only planned."""
    return replace(_rehearse(plan), batches=plan.batches)


_rehearse, _doubts_of, _rolled_back = action.rehearse, sending.doubts_of, sending.rolled_back
_put_back = outcomes._put_back  # noqa: SLF001 - a bug may be anywhere


def greedy(*given: Any) -> dict[str, Doubt]:
    """Takes every call that fails for one that may have been carried out."""
    return dict.fromkeys(_doubts_of(*given), Doubt.OUT)


def light_hearted(*given: Any) -> dict[str, Doubt]:
    """Forgets a doubt with the next answer."""
    batch, reply, _ = given
    return _doubts_of(batch, reply, {})


def too_sure(outcome: Outcome, end: Outcome) -> Outcome:
    """Takes what it has put back for safe from a call that is out."""
    return _put_back(replace(outcome, doubt=Doubt.NONE), end)


def unmoved(ended: Mapping[Key, Outcome], *given: Any) -> tuple[dict[Key, Outcome], Any]:
    """Takes a way back that got no answer for one that was never gone."""
    found, stuck = _rolled_back(ended, *given)
    still = {
        key: replace(one, verdict=Verdict.CHANGED, failure=None)
        for key, one in found.items()
        if one.failure and one.failure.code == Code.UNREPORTED
        if ended[key].verdict is Verdict.CHANGED
    }
    return found | still, stuck


def gullible(plan: Plan) -> list[Request]:
    """Vouches for what the user merely expects."""
    return expected(replace(plan, readings={package: {} for package in plan.readings}))


def overwriting(file: UndoFile, entries: Sequence[Mapping[str, Any]], _: Any) -> None:
    """Writes what this step has changed, whatever the file held."""
    files.write(str(file._path), compact(entries))  # noqa: SLF001


def careless(file: UndoFile, plan: Plan, run: Run) -> None:
    """Sends also where the way back could not be written."""
    if file._path is not None:  # noqa: SLF001
        with contextlib.suppress(OSError):
            file._write(document(expected(plan)), run.requests)  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class Sabotage:
    """A bug that is put in; the promise that it breaks, and a seed from which on it is found."""

    module: Any
    name: str
    bug: Any
    promise: str
    since: int = 0


SABOTAGE = {
    "believes every answer": Sabotage(action, "Sender", Credulous, "doubt"),
    "doesn't hear a signal": Sabotage(action, "Sender", Deaf, "calls", 39),
    "plans without pins": Sabotage(action, "make_plan", forgetful, "calls"),
    "sends what it can": Sabotage(action, "make_plan", heedless, "all or nothing"),
    "changes too much": Sabotage(action, "make_plan", boundless, "calls", 10),
    "sends in a dry run": Sabotage(action, "rehearse", unrehearsed, "calls", 36),
    "claims what is refused": Sabotage(sending, "doubts_of", greedy, "truth", 7),
    "forgets a doubt": Sabotage(sending, "doubts_of", light_hearted, "doubt", 416),
    "is too sure of a rollback": Sabotage(outcomes, "_put_back", too_sure, "doubt", 345),
    "thinks a rollback undone": Sabotage(sending, "rolled_back", unmoved, "truth", 345),
    "is always green": Sabotage(report.Report, "exit_code", property(lambda _: 0), "exit code"),
    "has no way back": Sabotage(report, "undo", lambda *_, **__: [], "undo"),
    "writes it too late": Sabotage(UndoFile, "begin", lambda *_: None, "kill", 13),
    "vouches for wishes": Sabotage(files, "expected", gullible, "kill", 280),
    "replaces a way back": Sabotage(UndoFile, "_write", overwriting, "undo-file", 11),
    "sends without one": Sabotage(UndoFile, "begin", careless, "undo-file", 9),
}


@pytest.mark.parametrize("bug", SABOTAGE)
def test_a_broken_promise_is_found_out(
    bug: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sabotage = SABOTAGE[bug]
    monkeypatch.setattr(sabotage.module, sabotage.name, sabotage.bug)
    found: set[str] = set()
    for seed in range(sabotage.since, sabotage.since + 300):
        sentences = findings(carry_out(script_of(seed), tmp_path)).broken
        found |= {sentence.partition(":")[0] for sentence in sentences}
        if sabotage.promise in found:
            break

    assert sabotage.promise in found


# --- Processes, and signals that come in the middle of 20 batches. -------------------------------


@pytest.mark.parametrize(
    ("number", "when"),
    [
        (signal.SIGTERM, 1),
        (signal.SIGTERM, 8),
        (signal.SIGTERM, 19),
        (signal.SIGINT, 8),
        (signal.SIGKILL, 1),
        (signal.SIGKILL, 9),
        (signal.SIGKILL, 18),
    ],
)
def test_a_process_that_is_stopped_in_the_middle_leaves_a_way_back(
    emulator: Emulator, run_action: Runner, act: Act, number: signal.Signals, when: int
) -> None:
    packages = [f"p{place}" for place in range(5)]
    versions = [f"1.0.{place}" for place in range(400)]
    place = {"repository": "npm-store", "format": "npm", "namespace": "acme"}
    for package in packages:
        for count, version in enumerate(versions):
            status = ("Unlisted", "Archived")[count % 2]
            emulator.store.put(
                domain="acme", **place, package=package, version=version, status=status
            )
    before = emulator.store.snapshot()
    under_way: list[bool] = []
    slow = Meanwhile(before=lambda _: (under_way.append(True), time.sleep(0.03)))
    emulator.inject(Fault(UPDATE, slow))
    emulator.inject(Fault(UPDATE, Drop(), skip=when, times=1))

    running = run_action.start(
        packages=json.dumps([{**place, "package": p, "versions": versions} for p in packages]),
        package=None,
        role_to_assume=None,
        environment=emulator.environment(user=True),
        concurrency="3",
        undo_file="undo.json",
    )
    until = time.monotonic() + 20
    while len(under_way) < when and time.monotonic() < until:
        time.sleep(0.002)
    running.process.send_signal(number)
    done = running.wait()
    # What a killed process has sent is carried out all the same.
    time.sleep(0.2)

    text = (done.workspace / "undo.json").read_text(encoding="utf-8")
    changed = {key for key, state in emulator.store.snapshot().items() if before[key] != state}
    if number != signal.SIGKILL:
        assert done.exit_code == 128 + number
        assert text == done.outputs["undo"]
        assert int(done.outputs["changed-count"]) == len(changed)
        assert int(done.outputs["changed-count"]) + int(done.outputs["failed-count"]) == 2000
        listed = {at(entry, v) for entry in json.loads(text) for v in entry["versions"]}
        assert listed == changed
    else:
        assert done.exit_code == -number
    emulator.clear_faults()
    # To undo what wasn't changed is a success.
    back = act(
        packages=text,
        package=None,
        role_to_assume=None,
        environment=emulator.environment(user=True),
    )
    assert back.exit_code == 0
    assert emulator.store.snapshot() == before
