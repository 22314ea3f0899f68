"""The run: what goes wrong is arranged, the steps are started, and their ways back applied.

The ways back are applied by the action itself, and nothing goes wrong any more then.
"""

import contextlib
import errno
import os
import random
import signal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from codeartifact_emulator import Fault, Meanwhile, Reply, Store
from codeartifact_status.runner.interruption import Interruption
from harness.acting import as_if_started
from harness.chaos.scripts import CHANGING, LIST, Script, Step
from harness.chaos.seen import Kill, Seen
from harness.chaos.starting import Place
from harness.chaos.turns import USERS, Served, Turns


def carry_out(script: Script, directory: Path) -> Seen:
    """Run a script, and apply the ways back that it leaves."""
    for file in directory.iterdir():
        file.unlink()
    with Served.start(seed={"users": list(USERS.values())}) as emulator:
        emulator.store = script.store
        return _Run(script, Place(directory, emulator)).go()


@dataclass(slots=True)
class _Run:
    script: Script
    place: Place
    seen: Seen = field(init=False)
    interruption: Interruption = field(default_factory=Interruption)
    killed: Store | None = None
    renames: int = 0

    def __post_init__(self) -> None:
        self.seen = Seen(script=self.script, before=self.script.store.snapshot())

    def go(self) -> Seen:
        steps, emulator = self.script.steps, self.place.emulator
        self._inject()
        for step in steps:
            self.place.prepare(step)
        with self._disk():
            ended = self._steps()
        emulator.catch_up()
        self.seen.after = emulator.store.snapshot()
        self.seen.steps = [
            self.place.seen(step, ended[step.name], alone=len(steps) == 1) for step in steps
        ]
        self._go_back(list(ended))
        if self.seen.kill is not None and self.killed is not None:
            self._recover(self.seen.kill, self.killed)
        return self.seen

    # What goes wrong.

    def _inject(self) -> None:
        script, inject = self.script, self.place.emulator.inject
        for kind, fault in script.faults:
            counting = Meanwhile(before=lambda _, kind=kind: self.seen.struck.update([kind]))
            inject(replace(fault, effect=counting))
            inject(fault)
        match script.kill:
            case when, "call", number:
                looking = Meanwhile(**{when: self._look})
                for operation in CHANGING:
                    inject(Fault(operation, looking, skip=number, times=1))
        if script.stop is not None:
            inject(Fault("*", Meanwhile(before=self._end_early), skip=script.stop[1], times=1))

    def _end_early(self, _: Store) -> None:
        assert self.script.stop is not None
        cause = self.script.stop[0]
        self.seen.struck[cause] += 1
        self.seen.stopped_at = len(self.place.emulator.calls)
        if cause == "deadline":
            self.interruption.overdue = True
        else:
            self.interruption.signal = int(getattr(signal, cause))
        self.interruption.stop.set()

    def _look(self, store: Store) -> None:
        """What would be left if the process were killed now."""
        if self.killed is not None:
            return
        # The store first: what is sent later is in the file already, and harmless there.
        self.killed = copy_of(store)
        text = self.place.read(self.script.steps[0].undo_file) or "[]"
        self.seen.kill = Kill(held=self.killed.snapshot(), undo_file=text)

    @contextlib.contextmanager
    def _disk(self) -> Iterator[None]:
        """Every file is put in place by a rename: one may fail, and one is looked at."""
        rename, script = os.replace, self.script
        refused: list[Path] = []

        def put_in_place(source: Any, target: Any) -> None:
            if refused and not str(source).endswith(".new") and Path(target) == refused.pop():
                # The other way to put the same file in place: the disk is as full for it.
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            number, self.renames = self.renames, self.renames + 1
            if script.kill == ("before", "rename", number):
                self._look(script.store)
            if number == script.full_disk:
                self.seen.struck["full disk"] += 1
                sent = sum(call.operation in CHANGING for call in self.place.emulator.calls)
                self.seen.unwritten.append((Path(target).name, sent))
                if str(source).endswith(".new"):
                    refused.append(Path(target))
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            rename(source, target)
            if script.kill == ("after", "rename", number):
                self._look(script.store)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "replace", put_in_place)
            yield

    # The steps.

    def _steps(self) -> dict[str, int]:
        """Run them; the exit code of each, in the order in which they ended."""
        if len(self.script.steps) == 1:
            (step,) = self.script.steps
            mute = self.script.mute
            return {step.name: self.place.by_inputs(step, self.interruption, mute=mute)}
        turns = Turns(random.Random(self.script.seed))  # noqa: S311 - it guards nothing
        turns.begin(step.name for step in self.script.steps)
        ended: dict[str, int] = {}

        def run(step: Step) -> None:
            try:
                ended[step.name] = self.place.by_flags(step)
            finally:
                turns.end(step.name)

        self.place.emulator.turns = turns
        with as_if_started(self.place.for_commands(), self.place.directory):
            threads = [threading.Thread(target=run, args=[step]) for step in self.script.steps]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.place.emulator.turns = None
        return ended

    # The ways back.

    def _go_back(self, ended: Sequence[str]) -> None:
        """Undo the steps, the one that ended last first."""
        by_name = {seen.step.name: seen for seen in self.seen.steps}
        for name in reversed(ended):
            seen = by_name[name]
            if seen.undo != "[]":
                is_whole = self.script.undo_from_file and seen.undo_file == seen.undo
                packages = f"@{seen.step.undo_file}" if is_whole else seen.undo
                self.seen.undone.append(self._undo(packages))
        self.seen.restored = self.place.emulator.store.snapshot()

    def _recover(self, kill: Kill, store: Store) -> None:
        """Let the step be run again after its end, or not; then apply the way back it has left."""
        step, emulator = self.script.steps[0], self.place.emulator
        emulator.store = store
        self.place.write(step.undo_file, kill.undo_file)
        if self.script.runs_again:
            emulator.clear_faults()
            again = replace(step, on_failure="stop")
            self.place.by_inputs(again, Interruption(), mute=self.script.mute)
            kill.ran_again = True
        if self.place.read(step.undo_file) != "[]":
            self._undo(f"@{step.undo_file}")
        kill.restored = emulator.store.snapshot()

    def _undo(self, packages: str) -> int:
        self.place.emulator.clear_faults()
        if self.script.undo_is_denied:
            denied = Reply(status=403, code="AccessDeniedException")
            self.place.emulator.inject(Fault(LIST, denied))
        return self.place.undo(packages, in_process=self.script.undo_in_process)


def copy_of(store: Store) -> Store:
    """A store that holds the same."""
    copy = Store(account=store.account, region=store.region, switches=store.switches)
    with store.lock:
        copy.domains = {place: dict(held) for place, held in store.domains.items()}
        copy.packages = {place: held.copy() for place, held in store.packages.items()}
    return copy
