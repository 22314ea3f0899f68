"""Whatever the service does, and whenever the step is stopped: the promises of the contract hold.

A seed makes a store, a request for some of it, faults for the service, somebody else who changes
things meanwhile, and a moment at which the step is stopped or killed. The whole action runs against
the emulator over HTTP, and what came of it is held against the store by ``broken``, which knows the
outputs, the calls and the store, and nothing of how the action works.

A seed that breaks a promise is run again with ``make chaos SEED=… RUNS=1``.
"""

import json
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from codeartifact_emulator import Drop, Emulator, Fault, Meanwhile
from codeartifact_status import action
from codeartifact_status.model import DENIED, OnFailure, Plan, Reading
from codeartifact_status.planning.plan import make_plan
from codeartifact_status.reporting import report
from codeartifact_status.runner.files import UndoFile
from codeartifact_status.service.sending import Sender
from harness.chaos import UPDATE, Seen, at, carry_out, script_of
from harness.promises import apply, broken, told
from harness.runs import Runner

# --- Many of them. -------------------------------------------------------------------------------


@dataclass(slots=True)
class Figures:
    """What many runs came to."""

    runs: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    exits: Counter[int] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    killed: int = 0
    broken: dict[int, list[str]] = field(default_factory=dict)

    def add(self, seen: Seen) -> None:
        self.runs += 1
        self.faults += seen.struck
        self.exits[seen.exit_code] += 1
        self.outcomes.update(row["outcome"] for row in told(seen).values())
        self.calls += len(seen.calls)
        self.killed += seen.killed is not None
        if found := broken(seen):
            self.broken[seen.script.seed] = found

    def __str__(self) -> str:
        count = sum(map(len, self.broken.values()))
        lines = [
            (
                f"chaos: {self.runs} runs, {sum(self.faults.values())} faults injected, "
                f"{self.calls} changing calls, {self.killed} looks at what a kill would leave, "
                f"{count} promises broken"
            ),
            "faults: " + ", ".join(f"{n} {kind}" for kind, n in self.faults.most_common()),
            "exit codes: " + ", ".join(f"{n} x {code}" for code, n in sorted(self.exits.items())),
            "versions: " + ", ".join(f"{n} {what}" for what, n in self.outcomes.most_common()),
        ]
        for seed, found in self.broken.items():
            lines += [f"make chaos SEED={seed} RUNS=1", *(f"    {one}" for one in found[:5])]
        return "\n".join(lines)


def many(seeds: Sequence[int]) -> Figures:
    figures = Figures()
    with tempfile.TemporaryDirectory() as directory:
        for seed in seeds:
            figures.add(carry_out(script_of(seed), Path(directory)))
    return figures


@pytest.mark.parametrize("first", range(0, 60, 10))
def test_every_promise_holds_whatever_goes_wrong(first: int) -> None:
    figures = many(range(first, first + 10))

    assert not figures.broken, str(figures)


# --- The check is one: each of these breaks a promise, and is found out. -------------------------


class Credulous(Sender):
    """Believes every answer, and takes none that is lost for anything but a failure."""

    def _read_again(self, *_: object) -> Reading:
        return DENIED


def forgetful(*given: Any, **named: Any) -> Plan:
    """Plans without pins."""
    plan = make_plan(*given, **named)
    return replace(plan, batches=tuple(replace(batch, revisions=None) for batch in plan.batches))


def heedless(*given: Any, **named: Any) -> Plan:
    """Sends what it can, whatever else is sure to fail."""
    return make_plan(*given, **{**named, "on_failure": OnFailure.CONTINUE})


@pytest.mark.parametrize(
    ("module", "name", "sabotage", "promise"),
    [
        (action, "Sender", Credulous, "truth"),
        (action, "make_plan", forgetful, "calls"),
        (action, "make_plan", heedless, "all or nothing"),
        (report.Report, "exit_code", property(lambda _: 0), "exit code"),
        (report, "undo", lambda *_, **__: [], "undo"),
        (UndoFile, "begin", lambda *_: None, "kill"),
    ],
    ids=["credulous", "forgetful", "heedless", "always green", "no way back", "late undo-file"],
)
def test_a_broken_promise_is_found_out(
    module: Any,
    name: str,
    sabotage: Any,
    promise: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(module, name, sabotage)
    found: set[str] = set()
    for seed in range(60):
        seen = carry_out(script_of(seed), tmp_path)
        found |= {sentence.partition(":")[0] for sentence in broken(seen)}
        if promise in found:
            break

    assert promise in found


# --- Processes, and signals that come in the middle of 20 batches. -------------------------------


@pytest.mark.parametrize(
    ("number", "when"),
    [
        (signal.SIGTERM, 1),
        (signal.SIGTERM, 8),
        (signal.SIGTERM, 19),
        (signal.SIGKILL, 1),
        (signal.SIGKILL, 9),
        (signal.SIGKILL, 18),
    ],
)
def test_a_process_that_is_stopped_in_the_middle_leaves_a_way_back(
    emulator: Emulator, run_action: Runner, number: signal.Signals, when: int
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
    if number == signal.SIGTERM:
        assert done.exit_code == 128 + number
        assert text == done.outputs["undo"]
        assert int(done.outputs["changed-count"]) == len(changed)
        assert int(done.outputs["changed-count"]) + int(done.outputs["failed-count"]) == 2000
        listed = {at(entry, v) for entry in json.loads(text) for v in entry["versions"]}
        assert listed == changed
    else:
        assert done.exit_code == -number
    apply(json.loads(text), emulator.store)
    assert emulator.store.snapshot() == before


def main() -> int:
    """``make chaos``: so many seeds from one on, and what they came to."""
    first, runs = int(sys.argv[1]), int(sys.argv[2])
    if runs == 1:
        sys.stdout.write(f"{script_of(first)}\n")
    figures = many(range(first, first + runs))
    sys.stdout.write(f"{figures}\n")
    return 1 if figures.broken else 0


if __name__ == "__main__":
    sys.exit(main())
