"""The action, started in a directory with an emulator: by inputs, by flags, or to undo."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from codeartifact_status.action import tell
from codeartifact_status.inputs.command_line import CommandLine
from codeartifact_status.runner.interruption import Interruption
from codeartifact_status.runner.surroundings import Surroundings
from codeartifact_status.runner.telling import say
from codeartifact_status.runner.workflow import Workflow
from harness.acting import as_if_started
from harness.chaos.scripts import Step
from harness.chaos.seen import SeenStep
from harness.chaos.turns import USERS, Served
from harness.runs import BARE, ENTRYPOINT, ROLE, parse_outputs


@dataclass(frozen=True, slots=True)
class Place:
    """Where steps run, and what they leave there."""

    directory: Path
    emulator: Served

    def prepare(self, step: Step) -> None:
        """Put there what stands in a step's undo-file before it begins."""
        if step.former is not None:
            self.write(step.undo_file, json.dumps(step.former))

    def write(self, name: str, text: str) -> None:
        (self.directory / name).write_text(text, encoding="utf-8")

    def read(self, name: str) -> str | None:
        file = self.directory / name
        return file.read_text(encoding="utf-8") if file.exists() else None

    def by_inputs(self, step: Step, interruption: Interruption, *, mute: bool) -> int:
        """Run a step of a workflow; ``mute`` has no file for its outputs."""
        role = {"role-to-assume": ROLE} if step.assumes_role else {}
        variables = self._variables(mute=mute, keys=not step.assumes_role)
        with as_if_started(variables | _as_variables(step.inputs() | role), self.directory):
            return _run(Workflow(on_github=True), interruption, CommandLine())

    def for_commands(self) -> dict[str, str]:
        """Write what the commands of a script share, and give their environment."""
        profiles = "".join(
            f"[{name}]\naws_access_key_id = {user['access-key-id']}\n"
            f"aws_secret_access_key = {user['secret-access-key']}\n"
            for name, user in USERS.items()
        )
        self.write("credentials", profiles)
        return {
            "AWS_MAX_ATTEMPTS": "3",
            "AWS_SHARED_CREDENTIALS_FILE": str(self.directory / "credentials"),
            **self.emulator.environment(),
        }

    def by_flags(self, step: Step) -> int:
        """Run a command of a script, one of several in the same environment."""
        given = {
            **step.inputs(),
            "profile": step.name,
            "output-file": f"outputs-{step.name}",
            "summary-file": f"summary-{step.name}",
        }
        flags = [part for name, text in given.items() if text for part in _as_flag(name, text)]
        workflow = Workflow(on_github=False, answers=True)
        return _run(workflow, Interruption(), CommandLine.read(flags))

    def undo(self, packages: str, *, in_process: bool = False) -> int:
        """Run the step that applies an ``undo``, in here or as a process."""
        inputs = {"domain": "acme", "packages": packages, "on-failure": "continue"}
        environment = self._variables() | _as_variables(inputs)
        if not in_process:
            with as_if_started(environment, self.directory):
                return _run(Workflow(on_github=True), Interruption(), CommandLine())
        done = subprocess.run(
            [sys.executable, "-I", str(ENTRYPOINT)],
            cwd=self.directory,
            env={**BARE, **environment},
            capture_output=True,
            timeout=60,
            check=False,
        )
        return done.returncode

    def seen(self, step: Step, exit_code: int, *, alone: bool) -> SeenStep:
        """What a step has left, which ran ``alone`` by inputs or beside another by flags."""
        outputs = parse_outputs(self.read("output" if alone else f"outputs-{step.name}") or "")
        calls = self.emulator.calls if alone else self.emulator.made[step.name]
        return SeenStep(
            step=step,
            exit_code=exit_code,
            outputs={name.lower().replace("_", "-"): value for name, value in outputs.items()},
            undo_file=self.read(step.undo_file),
            result_file=self.read(step.result_file),
            calls=list(calls),
        )

    def _variables(self, *, mute: bool = False, keys: bool = True) -> dict[str, str]:
        self.write("summary", "")
        if not mute:
            self.write("output", "")
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "acme/widgets",
            "GITHUB_RUN_ID": "1000000001",
            "GITHUB_OUTPUT": str(self.directory / ("nowhere/output" if mute else "output")),
            "GITHUB_STEP_SUMMARY": str(self.directory / "summary"),
            "AWS_MAX_ATTEMPTS": "3",
            **self.emulator.environment(user=keys),
        }


def _run(workflow: Workflow, interruption: Interruption, command: CommandLine) -> int:
    return say(workflow, *tell(workflow, Surroundings.read(), interruption, command))


def _as_variables(inputs: Mapping[str, str]) -> dict[str, str]:
    return {f"INPUT_{name.upper()}": text for name, text in inputs.items()}


def _as_flag(name: str, text: str) -> list[str]:
    if name == "allow-failed-versions":
        return [f"--{name}", *re.split(r"\s+", text)]
    if text in {"true", "false"}:
        return [f"--{name}"] if text == "true" else []
    return [f"--{name}", text]
