"""The run: the whole action against an emulator over HTTP, and what is seen of it from outside.

The ways back that it left are carried out as well, by the action itself, where nothing goes wrong.
"""

import contextlib
import errno
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from codeartifact_emulator import Call, Emulator, Fault, Meanwhile, Reply, Store
from codeartifact_status.action import tell
from codeartifact_status.inputs.command_line import CommandLine
from codeartifact_status.runner.interruption import Interruption
from codeartifact_status.runner.surroundings import Surroundings
from codeartifact_status.runner.telling import say
from codeartifact_status.runner.workflow import Workflow
from harness.acting import as_if_started
from harness.chaos.scripts import CHANGING, LIST, Script, Snapshot, Step
from harness.chaos.turns import Turns
from harness.runs import BARE, ENTRYPOINT, ROLE, parse_outputs

EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["codeartifact:*", "sts:*"], "Resource": "*"}],
}
USERS = {
    name: {
        "name": name,
        "access-key-id": f"AKIAIOSFODNN7{name:>07}".replace(" ", "X"),
        "secret-access-key": f"wJalrXUtnFEMI/K7MDENG/{name}",
        "policy": EVERYTHING,
    }
    for name in ("one", "two")
}


# --- What is seen. -------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class SeenStep:
    """What one step came to, and the calls it made."""

    step: Step
    exit_code: int
    outputs: Mapping[str, str]
    undo_file: str | None
    result_file: str | None
    calls: Sequence[Call]

    @property
    def result(self) -> dict[str, Any]:
        """Where the runner's file of outputs can't be written, there are the others."""
        return json.loads(self.outputs.get("result") or self.result_file or "")  # type: ignore[no-any-return]

    @property
    def undo(self) -> str:
        return self.outputs.get("undo") or self.undo_file or "[]"

    @property
    def changes(self) -> list[Call]:
        """The calls that were to change something."""
        return [call for call in self.calls if call.operation in CHANGING]


@dataclass(slots=True, kw_only=True)
class Kill:
    """What a SIGKILL would have left, and what came of it."""

    held: Snapshot
    undo_file: str
    ran_again: bool = False
    restored: Snapshot = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Seen:
    """What can be seen of a run from outside."""

    script: Script
    before: Snapshot
    after: Snapshot = field(default_factory=dict)
    steps: list[SeenStep] = field(default_factory=list)
    restored: Snapshot = field(default_factory=dict)
    """The store after every way back, the last step's first."""
    undone: list[int] = field(default_factory=list)
    """The exit codes of the steps that applied them."""
    kill: Kill | None = None
    struck: Counter[str] = field(default_factory=Counter)
    stopped_at: int | None = None
    """How many calls had been made when the step was told to end."""
    unwritten: list[tuple[str, int]] = field(default_factory=list)
    """The files that could not be put in place, each with the changing calls made by then."""


# --- The run. ------------------------------------------------------------------------------------


class Served(Emulator):
    """An emulator that lets the calls of two steps through in turns, and tells them apart."""

    turns: Turns | None = None

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.made: dict[str, list[Call]] = {name: [] for name in USERS}

    def respond(self, request: Any) -> Any:
        signature = request.headers.get("authorization", "")
        keys = {str(user["access-key-id"]): name for name, user in USERS.items()}
        who = next((name for key, name in keys.items() if f"={key}/" in signature), None)
        if self.turns is None or who is None:
            return super().respond(request)
        with self.turns.of(who):
            answer = super().respond(request)
            self.made[who].append(self.calls[-1])
            return answer


def carry_out(script: Script, directory: Path) -> Seen:
    """Run a script, and apply the ways back that it leaves."""
    for file in directory.iterdir():
        file.unlink()
    with Served.start(seed={"users": list(USERS.values())}) as emulator:
        return _Run(script, directory, emulator).go()


@dataclass(slots=True)
class _Run:
    script: Script
    directory: Path
    emulator: Served
    seen: Seen = field(init=False)
    interruption: Interruption = field(default_factory=Interruption)
    killed: Store | None = None
    renames: int = 0

    def __post_init__(self) -> None:
        self.emulator.store = self.script.store
        self.seen = Seen(script=self.script, before=self.script.store.snapshot())

    def go(self) -> Seen:
        self._inject()
        for step in self.script.steps:
            if step.former is not None:
                text = json.dumps(step.former)
                (self.directory / step.undo_file).write_text(text, encoding="utf-8")
        with self._disk():
            ended = self._steps()
        self.emulator.catch_up()
        self.seen.after = self.emulator.store.snapshot()
        self.seen.steps = [self._step_seen(step, ended[step.name]) for step in self.script.steps]
        self._go_back(list(ended))
        if self.seen.kill is not None and self.killed is not None:
            self._recover(self.seen.kill, self.killed)
        return self.seen

    # What goes wrong.

    def _inject(self) -> None:
        script, inject = self.script, self.emulator.inject
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
        self.seen.stopped_at = len(self.emulator.calls)
        if cause == "deadline":
            self.interruption.overdue = True
        else:
            self.interruption.signal = int(getattr(signal, cause))
        self.interruption.stop.set()

    def _look(self, store: Store) -> None:
        if self.killed is not None:
            return
        # The store first: what is sent later is in the file already, and harmless there.
        self.killed = copy_of(store)
        file = self.directory / self.script.steps[0].undo_file
        text = file.read_text(encoding="utf-8") if file.exists() else "[]"
        self.seen.kill = Kill(held=self.killed.snapshot(), undo_file=text)

    @contextlib.contextmanager
    def _disk(self) -> Iterator[None]:
        """Every file is put in place by a rename: one may fail, and one is looked at."""
        rename = os.replace
        script = self.script

        def put_in_place(source: Any, target: Any) -> None:
            number, self.renames = self.renames, self.renames + 1
            here = script.kill is not None and script.kill[1:] == ("rename", number)
            if here and script.kill is not None and script.kill[0] == "before":
                self._look(self.emulator.store)
            if number == script.full_disk:
                self.seen.struck["full disk"] += 1
                self.seen.unwritten.append((Path(target).name, self._changes()))
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            rename(source, target)
            if here:
                self._look(self.emulator.store)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "replace", put_in_place)
            yield

    def _changes(self) -> int:
        return sum(call.operation in CHANGING for call in list(self.emulator.calls))

    # The steps.

    def _steps(self) -> dict[str, int]:
        """Run them; the exit code of each, in the order in which they ended."""
        if len(self.script.steps) == 1:
            (step,) = self.script.steps
            return {step.name: self._by_inputs(step)}
        turns = self.emulator.turns = Turns(random.Random(self.script.seed))  # noqa: S311
        turns.begin(step.name for step in self.script.steps)
        ended: dict[str, int] = {}

        def run(step: Step) -> None:
            try:
                ended[step.name] = self._by_flags(step)
            finally:
                turns.end(step.name)

        profiles = "".join(
            f"[{name}]\naws_access_key_id = {user['access-key-id']}\n"
            f"aws_secret_access_key = {user['secret-access-key']}\n"
            for name, user in USERS.items()
        )
        (self.directory / "credentials").write_text(profiles, encoding="utf-8")
        shared = {
            "AWS_MAX_ATTEMPTS": "3",
            "AWS_SHARED_CREDENTIALS_FILE": str(self.directory / "credentials"),
            **self.emulator.environment(),
        }
        with as_if_started(shared, self.directory):
            threads = [threading.Thread(target=run, args=[step]) for step in self.script.steps]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.emulator.turns = None
        return ended

    def _by_inputs(self, step: Step) -> int:
        """One step of a workflow."""
        role = {"role-to-assume": ROLE} if step.assumes_role else {}
        variables = {
            **self._variables(mute=self.script.mute, keys=not step.assumes_role),
            **_as_variables({**step.inputs(), **role}),
        }
        with as_if_started(variables, self.directory):
            workflow = Workflow(on_github=True)
            return say(
                workflow, *tell(workflow, Surroundings.read(), self.interruption, CommandLine())
            )

    def _by_flags(self, step: Step) -> int:
        """One of several commands of a script."""
        given = {
            **step.inputs(),
            "profile": step.name,
            "output-file": f"outputs-{step.name}",
            "summary-file": f"summary-{step.name}",
        }
        flags = [part for name, text in given.items() if text for part in _as_flag(name, text)]
        workflow = Workflow(on_github=False, answers=True)
        return say(
            workflow, *tell(workflow, Surroundings.read(), Interruption(), CommandLine.read(flags))
        )

    def _variables(self, *, mute: bool = False, keys: bool = True) -> dict[str, str]:
        output = self.directory / ("nowhere/output" if mute else "output")
        if not mute:
            output.write_text("")
        (self.directory / "summary").write_text("")
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "acme/widgets",
            "GITHUB_RUN_ID": "1000000001",
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.directory / "summary"),
            "AWS_MAX_ATTEMPTS": "3",
            **self.emulator.environment(user=keys),
        }

    def _step_seen(self, step: Step, exit_code: int) -> SeenStep:
        alone = len(self.script.steps) == 1
        output = self._text("output" if alone else f"outputs-{step.name}") or ""
        outputs = {
            name.lower().replace("_", "-"): value for name, value in parse_outputs(output).items()
        }
        return SeenStep(
            step=step,
            exit_code=exit_code,
            outputs=outputs,
            undo_file=self._text(step.undo_file),
            result_file=self._text(f"result-{step.name}.json"),
            calls=list(self.emulator.calls if alone else self.emulator.made[step.name]),
        )

    def _text(self, name: str) -> str | None:
        file = self.directory / name
        return file.read_text(encoding="utf-8") if file.exists() else None

    # The ways back.

    def _go_back(self, ended: Sequence[str]) -> None:
        """Undo the steps, the one that ended last first."""
        by_name = {seen.step.name: seen for seen in self.seen.steps}
        for name in reversed(ended):
            seen = by_name[name]
            if seen.undo != "[]":
                file = seen.step.undo_file
                whole = self.script.undo_from_file and seen.undo_file == seen.undo
                self.seen.undone.append(self._undo(f"@{file}" if whole else seen.undo))
        self.seen.restored = self.emulator.store.snapshot()

    def _recover(self, kill: Kill, store: Store) -> None:
        """Let the step be run again after its end, or not; then apply the way back it has left."""
        step = self.script.steps[0]
        self.emulator.store = store
        (self.directory / step.undo_file).write_text(kill.undo_file, encoding="utf-8")
        if self.script.runs_again:
            self.emulator.clear_faults()
            self.interruption = Interruption()
            again = replace(step, on_failure="stop")
            kill.ran_again = self._by_inputs(again) in {0, 1}
        if self._text(step.undo_file) != "[]":
            self._undo(f"@{step.undo_file}")
        kill.restored = self.emulator.store.snapshot()

    def _undo(self, packages: str) -> int:
        self.emulator.clear_faults()
        if self.script.undo_is_denied:
            self.emulator.inject(Fault(LIST, Reply(status=403, code="AccessDeniedException")))
        variables = self._variables()
        return undo(variables, self.directory, packages, in_process=self.script.undo_in_process)


def undo(
    variables: Mapping[str, str], directory: Path, packages: str, *, in_process: bool = False
) -> int:
    """Apply an ``undo`` by a step of its own; what it exits with."""
    inputs = {"domain": "acme", "packages": packages, "on-failure": "continue"}
    environment = {**variables, **_as_variables(inputs)}
    if in_process:
        done = subprocess.run(
            [sys.executable, "-I", str(ENTRYPOINT)],
            cwd=directory,
            env={**BARE, **environment},
            capture_output=True,
            timeout=60,
            check=False,
        )
        return done.returncode
    with as_if_started(environment, directory):
        workflow = Workflow(on_github=True)
        return say(workflow, *tell(workflow, Surroundings.read(), Interruption(), CommandLine()))


def copy_of(store: Store) -> Store:
    """A store that holds the same."""
    copy = Store(account=store.account, region=store.region, switches=store.switches)
    with store.lock:
        copy.domains = {place: dict(held) for place, held in store.domains.items()}
        copy.packages = {place: dict(held) for place, held in store.packages.items()}
    return copy


def _as_variables(inputs: Mapping[str, str]) -> dict[str, str]:
    return {f"INPUT_{name.upper()}": text for name, text in inputs.items()}


def _as_flag(name: str, text: str) -> list[str]:
    if text in {"true", "false"} and name != "allow-failed-versions":
        return [f"--{name}"] if text == "true" else []
    return [f"--{name}", *(re.split(r"[\s]+", text) if name == "allow-failed-versions" else [text])]
