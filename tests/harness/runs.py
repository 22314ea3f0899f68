"""The action as a process, as a runner starts it, and what the emulator holds before and after.

Where a fact needs no process, ``acting`` calls the same program in this one.
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

from codeartifact_emulator import Emulator
from codeartifact_status.errors import Place
from codeartifact_status.model import Format, Package
from codeartifact_status.reporting.outputs import OUTPUTS
from codeartifact_status.reporting.run import ACTION
from codeartifact_status.service.codeartifact import CodeArtifact
from codeartifact_status.service.connection import Connection

ENTRYPOINT = Path(__file__).parents[2] / "entrypoint.py"
BARE = {
    name: value
    for name, value in os.environ.items()
    if name == "PATH" or name.startswith("COVERAGE_")
}
"""What a process has of our own environment: where programs are, and what `make coverage` sets."""
ROLE = "arn:aws:iam::111122223333:role/release"
PLACE = Place(action=ACTION)
"""A workflow on GitHub: what most remedies are read for."""
CORE = {
    "domain": "acme",
    "repository": "npm-store",
    "format": "npm",
    "namespace": "acme",
    "package": "core",
}
"""The package of most tests, in the words of ``Store.put``; ``CORE_PACKAGE`` in the action's."""
CORE_PACKAGE = Package(
    domain="acme", repository="npm-store", format=Format.NPM, namespace="acme", name="core"
)


def put_core(emulator: Emulator, *versions: str, status: str = "Unlisted", **place: str) -> None:
    """Place versions of ``CORE``; ``place`` says where else or what else."""
    for version in versions:
        emulator.store.put(**{**CORE, **place}, version=version, status=status)


def statuses(emulator: Emulator, **place: str) -> dict[str, str]:
    """What the store holds of ``CORE``: each version's status."""
    wanted = {**CORE, **place}
    key = tuple(wanted[name] for name in ("domain", "repository", "format", "namespace", "package"))
    held = emulator.store.snapshot().items()
    return {place[-1]: status for place, (status, _) in held if place[:-1] == key}


def calls_of(emulator: Emulator, *operations: str) -> list[Any]:
    """The calls of these operations that the emulator served, in order."""
    return [call for call in emulator.calls if call.operation in operations]


# --- The real client, over real HTTP. ------------------------------------------------------------


def service_of(
    emulator: Emulator,
    *,
    attempts: int = 3,
    stop: threading.Event | None = None,
    url: str | None = None,
    read_timeout: float = 5,
    keys: Mapping[str, str] | None = None,
) -> CodeArtifact:
    """The action's own client of the emulator, signing as the seed's user."""
    variables = keys or emulator.environment(user=True)
    session = boto3.Session(
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        region_name=emulator.store.region,
    )
    connection = Connection(
        region=emulator.store.region,
        endpoint_url=url or emulator.url,
        connect_timeout=2,
        read_timeout=read_timeout,
        concurrency=4,
        attempts=attempts,
        stop=stop or threading.Event(),
    )
    return CodeArtifact(session, connection)


# --- The action as a process. --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Command:
    """A workflow command as the runner understands it."""

    name: str
    properties: Mapping[str, str]
    message: str


def _unescaped(text: str, extra: Sequence[tuple[str, str]] = ()) -> str:
    for escape, char in (*extra, ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(escape, char)
    return text


def runner_commands(text: str) -> list[Command]:
    """The commands that GitHub's runner finds in a log (actions/runner, ``ActionCommand``).

    ``::name k=v::message`` at a line's start, after trimming; ``##[name k=v]message`` anywhere.
    Stricter than the runner: a name that it doesn't know counts, too.
    """
    found: list[Command] = []
    for line in re.split(r"\r\n|\r|\n", text):
        bare = line.strip()
        if bare.startswith("::") and "::" in bare[2:]:
            head, _, message = bare[2:].partition("::")
            separator = ","
        elif (old := re.search(r"##\[([^\]]*)\](.*)", line)) is not None:
            head, message = old.groups()
            separator = ";"
        else:
            continue
        name, _, rest = head.partition(" ")
        pairs = (pair.partition("=") for pair in rest.split(separator) if "=" in pair)
        properties = {
            key.strip(): _unescaped(value, (("%3A", ":"), ("%2C", ","))) for key, _, value in pairs
        }
        found.append(Command(name, properties, _unescaped(message)))
    return found


def parse_outputs(text: str) -> dict[str, str]:
    """A runner's file of outputs: ``name<<DELIMITER``, lines, ``DELIMITER``; or ``name=value``."""
    outputs: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        if "<<" in line and ("=" not in line or line.index("<<") < line.index("=")):
            name, _, delimiter = line.partition("<<")
            value: list[str] = []
            for part in lines:
                if part == delimiter:
                    break
                value.append(part)
            else:
                raise AssertionError(f"the value of {name} doesn't end")
            outputs[name] = "\n".join(value)
        else:
            name, _, outputs[name] = line.partition("=")
    return outputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a run left behind: its exit code, its outputs, its summary, its log."""

    exit_code: int
    outputs: Mapping[str, str]
    summary: str
    stdout: str
    stderr: str
    output_file: str
    workspace: Path

    @property
    def commands(self) -> list[Command]:
        """What the runner takes for commands, in either stream."""
        return [*runner_commands(self.stdout), *runner_commands(self.stderr)]

    def annotations(self, level: str) -> list[Command]:
        """The errors, or the warnings."""
        return [command for command in self.commands if command.name == level]

    @property
    def result(self) -> dict[str, Any]:
        """The output ``result``."""
        return json.loads(self.outputs["result"])  # type: ignore[no-any-return]

    @property
    def undo(self) -> list[dict[str, Any]]:
        """The output ``undo``."""
        return json.loads(self.outputs["undo"])  # type: ignore[no-any-return]

    @property
    def successful(self) -> dict[str, dict[str, str]]:
        """The output ``successful-versions``."""
        return json.loads(self.outputs["successful-versions"])  # type: ignore[no-any-return]

    @property
    def failed(self) -> dict[str, dict[str, str]]:
        """The output ``failed-versions``."""
        return json.loads(self.outputs["failed-versions"])  # type: ignore[no-any-return]

    @property
    def codes(self) -> dict[str, str]:
        """The code of each version that failed."""
        return {version: failure["errorCode"] for version, failure in self.failed.items()}

    @property
    def rows(self) -> list[tuple[str, str, str, str]]:
        """Repository, package, version and outcome, in the order of the result."""
        return [
            (package["repository"], package["package"], version["version"], version["outcome"])
            for package in self.result["packages"]
            for version in package["versions"]
        ]

    @property
    def outcomes(self) -> dict[str, str]:
        """The outcome of each version of a step with one package."""
        return {version: outcome for *_, version, outcome in self.rows}

    @property
    def versions(self) -> dict[str, str]:
        """The outcome of each version, or the code of one that failed."""
        return {
            version["version"]: version["errorCode"] or version["outcome"]
            for package in self.result["packages"]
            for version in package["versions"]
        }

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Changed, unchanged, planned, failed."""
        names = ("changed", "unchanged", "planned", "failed")
        changed, unchanged, planned, failed = (int(self.outputs[f"{n}-count"]) for n in names)
        return changed, unchanged, planned, failed

    def assert_complete(self) -> None:
        """Find all outputs there, and in agreement with each other."""
        assert set(self.outputs) >= set(OUTPUTS)
        for value in (self.successful, self.failed, self.undo, self.result):
            assert value is not None
        assert sum(self.counts) == len(self.outcomes)
        assert self.result["outcome"] == self.outputs["outcome"]

    @property
    def messages(self) -> str:
        """All annotations as one text."""
        found = [*self.annotations("error"), *self.annotations("warning")]
        return "\n".join(f"{c.properties.get('title', '')}\n{c.message}" for c in found)

    @property
    def secrets(self) -> list[str]:
        """What the runner was told to mask."""
        return [command.message for command in self.commands if command.name == "add-mask"]

    @property
    def unmasked(self) -> str:
        """All that leaves the process, without the lines that tell the runner what to mask."""
        log = [line for line in self.stdout.splitlines() if not line.startswith("::add-mask::")]
        return "\n".join([*log, self.stderr, self.output_file, self.summary])


DEFAULT_INPUTS: Mapping[str, object] = {
    "domain": "acme",
    "repository": "npm-store",
    "format": "npm",
    "package": "@acme/core",
    "target_status": "Published",
    "role_to_assume": ROLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What GitHub's runner has for a step: an environment, a workspace, and files to write to."""

    home: Path
    environment: Mapping[str, str]

    @classmethod
    def prepare(
        cls,
        emulator: Emulator,
        home: Path,
        *,
        environment: Mapping[str, str | None] | None = None,
        claims: Mapping[str, Any] | None = None,
        files: Mapping[str, str] | None = None,
        **inputs: object,
    ) -> "Job":
        """Prepare a job in a new directory; an input or a variable that is None is left out.

        ``claims`` are those of the run's OIDC token, ``files`` what the workspace holds.
        """
        workspace = home / "workspace"
        workspace.mkdir(parents=True)
        for name, text in (files or {}).items():
            (workspace / name).parent.mkdir(exist_ok=True)
            (workspace / name).write_text(text, encoding="utf-8")
        for name in ("output", "summary", "env", "path", "state"):
            (home / name).touch()
        whole: dict[str, str | None] = {
            **BARE,
            "HOME": str(home),
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "acme/widgets",
            "GITHUB_RUN_ID": "1000000001",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_REF": "refs/tags/v1.3.0",
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_OUTPUT": str(home / "output"),
            "GITHUB_STEP_SUMMARY": str(home / "summary"),
            "GITHUB_ENV": str(home / "env"),
            "GITHUB_PATH": str(home / "path"),
            "GITHUB_STATE": str(home / "state"),
            **emulator.environment(claims=claims),
            **{
                f"INPUT_{name.upper().replace('_', '-')}": None if value is None else str(value)
                for name, value in {**DEFAULT_INPUTS, **inputs}.items()
            },
            **(environment or {}),
        }
        return cls(
            home=home,
            environment={name: value for name, value in whole.items() if value is not None},
        )

    @property
    def workspace(self) -> Path:
        return self.home / "workspace"

    def ended(self, exit_code: int, *, stdout: str, stderr: str) -> Finished:
        """What a run left behind here."""
        output = (self.home / "output").read_bytes().decode()
        return Finished(
            exit_code=exit_code,
            outputs=parse_outputs(output),
            summary=(self.home / "summary").read_bytes().decode(),
            stdout=stdout,
            stderr=stderr,
            output_file=output,
            workspace=self.workspace,
        )


@dataclass(slots=True)
class Running:
    """A run that has not ended yet."""

    process: subprocess.Popen[str]
    job: Job

    @property
    def directory(self) -> Path:
        """Where the runner's files are."""
        return self.job.home

    def wait(self, *, seconds: float = 60) -> Finished:
        """Wait for its end; what it left behind."""
        try:
            stdout, stderr = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise
        return self.job.ended(self.process.returncode, stdout=stdout, stderr=stderr)

    def terminate_when(self, has_come: Callable[[], object], *, seconds: float = 20) -> None:
        """Send SIGTERM as soon as something has come to pass."""
        until = time.monotonic() + seconds
        while not has_come():
            if time.monotonic() > until or self.process.poll() is not None:
                raise AssertionError("it never came to that")
            time.sleep(0.01)
        self.process.send_signal(signal.SIGTERM)


@dataclass(slots=True)
class Runner:
    """Starts the action as GitHub's runner does: inputs and files in the environment."""

    emulator: Emulator
    directory: Path
    runs: list[Running] = field(default_factory=list)

    def start(
        self, *, on: Emulator | None = None, arguments: Sequence[str] = (), **given: Any
    ) -> Running:
        """Start a run, with what ``Job.prepare`` takes."""
        job = Job.prepare(on or self.emulator, self.directory / f"run-{len(self.runs)}", **given)
        process = subprocess.Popen(
            [sys.executable, "-I", str(ENTRYPOINT), *arguments],
            cwd=job.workspace,
            env=job.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="surrogateescape",
        )
        running = Running(process, job)
        self.runs.append(running)
        return running

    def __call__(self, **given: Any) -> Finished:
        """Run to the end."""
        return self.start(**given).wait()
