"""The runs whose summaries and logs are looked at: scenes, each with an emulator of its own.

Names, revisions and ids are fixed, and nothing that is shown has a time in it: a scene reads the
same on every machine.
"""

import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codeartifact_emulator import Emulator, Fault, Meanwhile, Reply
from harness.acting import Act
from harness.runs import Finished, Runner, put_core

UPDATE = "UpdatePackageVersionsStatus"
ACTION = {"GITHUB_ACTION_REPOSITORY": "my-org/codeartifact-status", "GITHUB_ACTION_REF": "v1"}
"""A name of its own: who publishes it in which version is no reason to draw a picture anew."""


@dataclass(frozen=True, slots=True)
class Stage:
    """An emulator, and the action before it: as a step on GitHub, or as a command at a terminal."""

    emulator: Emulator
    directory: Path
    at_terminal: bool

    def run(self, **inputs: Any) -> Finished:
        """Run the action to the end, in this process."""
        return Act(self.emulator, self._new())(**self._given(inputs))

    def run_until(self, has_come: Callable[[], object], **inputs: Any) -> Finished:
        """Run it as a process, which is sent SIGTERM as soon as something has come to pass."""
        running = Runner(self.emulator, self._new()).start(**self._given(inputs))
        running.terminate_when(has_come)
        return running.wait()

    def put(self, *versions: str, status: str = "Unlisted", **place: str) -> None:
        """Place versions of ``@acme/core`` in ``npm-store``, or where ``place`` says."""
        put_core(self.emulator, *versions, status=status, **place)

    def _new(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self.directory))

    def _given(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        if not self.at_terminal:
            return {**inputs, "environment": ACTION}
        keys = {**self.emulator.environment(user=True), "GITHUB_ACTIONS": None}
        flags = ("--color", "on", "--output", "text")
        return {"role_to_assume": None, **inputs, "environment": keys, "arguments": flags}


Scene = Callable[[Stage], Finished]


def _promotion(stage: Stage) -> Finished:
    stage.put("1.3.0")
    return stage.run(versions="1.3.0", expected_status="Unlisted")


RELEASE = [
    {"name": "@acme/core", "version": "1.3.0"},
    {"name": "@acme/icons", "version": "4.0.0"},
    {"name": "@acme/ui", "version": "2.0.0"},
]


def _release(stage: Stage) -> Finished:
    stage.put("1.3.0")
    stage.put("4.0.0", package="icons", status="Published")
    stage.put("2.0.0", package="ui")
    return stage.run(package=None, packages=json.dumps(RELEASE))


def _three_failures(stage: Stage) -> Finished:
    stage.put("1.2.0", "1.3.0")
    stage.put("2.0.0", package="ui", status="Archived")
    stage.put("4.0.0", package="icons", status="Disposed")
    packages = [
        {"name": "@acme/core", "versions": ["1.2.0", "1.3.0", "1.30"]},
        {"name": "@acme/icons", "version": "4.0.0"},
        {"name": "@acme/ui", "version": "2.0.0", "expected-status": "Unlisted"},
    ]
    return stage.run(package=None, packages=json.dumps(packages))


def _two_repositories(stage: Stage) -> Finished:
    names = [f"widget-{number:03}" for number in range(1, 121)]
    for repository in ("npm-store", "npm-prod"):
        for name in names:
            stage.put("1.3.0", package=name, repository=repository)
    packages = [{"name": f"@acme/{name}", "version": "1.3.0"} for name in names]
    return stage.run(repository="npm-store npm-prod", package=None, packages=json.dumps(packages))


def _retention(stage: Stage) -> Finished:
    stage.put(*(f"0.{minor}.{patch}" for minor in range(18) for patch in range(8)),
              status="Published")  # fmt: skip
    return stage.run(
        versions=None,
        versions_matching="0.*",
        keep_latest=3,
        max_changes=200,
        target_status="Archived",
    )


def _quarantine(stage: Stage) -> Finished:
    for repository in ("npm-store", "npm-prod", "npm-legacy"):
        stage.put("1.4.1", "1.4.2", status="Published", repository=repository)
    stage.put("2.0.1", package="ui", status="Published")
    stage.put("2.0.1", package="ui", status="Archived", repository="npm-prod")
    stage.put("2.0.1", package="ui", status="Published", repository="npm-legacy")
    packages = [
        {"name": "@acme/core", "versions": ["1.4.1", "1.4.2"]},
        {"name": "@acme/ui", "version": "2.0.1"},
    ]
    return stage.run(
        repository="npm-store npm-prod npm-legacy",
        package=None,
        packages=json.dumps(packages),
        target_status="Archived",
    )


def _disposal(stage: Stage) -> Finished:
    stage.put("1.4.1", "1.4.2", status="Archived")
    return stage.run(versions="1.4.1 1.4.2", target_status="Disposed", allow_irreversible="true")


def _rollback(stage: Stage) -> Finished:
    stage.put("1.3.0")
    stage.put("4.0.0", package="icons")
    stage.put("2.0.0", package="ui")
    refused = Reply(
        status=400, code="ValidationException", message="The package group doesn't allow this."
    )
    stage.emulator.inject(Fault(UPDATE, refused, package="ui"))
    return stage.run(
        package=None, packages=json.dumps(RELEASE), on_failure="rollback", concurrency=1
    )


def _dry_run(stage: Stage) -> Finished:
    stage.put("1.3.0")
    stage.put("4.0.0", package="icons", status="Published")
    stage.put("2.0.0", package="ui", status="Archived")
    return stage.run(package=None, packages=json.dumps(RELEASE), dry_run="true")


def _undo(stage: Stage) -> Finished:
    stage.put("1.2.0", "1.2.1")
    stage.put("1.3.0", status="Archived")
    done = stage.run(versions="1.2.0 1.2.1 1.3.0")
    return stage.run(package=None, target_status=None, packages=done.outputs["undo"])


def _refused_identity(stage: Stage) -> Finished:
    stage.put("1.3.0")
    message = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    for call in ("AssumeRoleWithWebIdentity", "ListPackageVersions"):
        refused = Reply(status=403, code="AccessDenied", message=message)
        stage.emulator.inject(Fault(call, refused))
    return stage.run(versions="1.3.0")


def _denied(stage: Stage) -> Finished:
    stage.put("1.3.0")
    stage.put("2.0.0", package="ui")
    message = (
        "User: arn:aws:sts::111122223333:assumed-role/release/acme-widgets-1000000001-1 is not "
        f"authorized to perform: codeartifact:{UPDATE} on resource: arn:aws:codeartifact:eu-west-1:"
        "111122223333:package/acme/npm-store/npm/acme/core because no identity-based policy "
        f"allows the codeartifact:{UPDATE} action"
    )
    stage.emulator.inject(
        Fault(UPDATE, Reply(status=403, code="AccessDeniedException", message=message))
    )
    return stage.run(package=None, packages=json.dumps([RELEASE[0], RELEASE[2]]), concurrency=1)


def _wrong_inputs(stage: Stage) -> Finished:
    packages = [
        {"name": "@acme/core", "verison": "1.3.0"},
        {"name": "@acme/ui", "version": "2.0.0", "target-status": "Publish"},
    ]
    return stage.run(
        package=None,
        packages=json.dumps(packages),
        target_status="Disposed",
        keep_newest="3",
        on_failure="ignore",
        concurrency="0",
    )


def _stopped(stage: Stage) -> Finished:
    versions = [f"1.0.{number}" for number in range(150)]
    stage.put(*versions)
    under_way: list[bool] = []
    slow = Meanwhile(before=lambda _: (under_way.append(True), time.sleep(0.5)))
    stage.emulator.inject(Fault(UPDATE, slow))
    return stage.run_until(lambda: under_way, versions=" ".join(versions), concurrency="1")


def _allowed_failures(stage: Stage) -> Finished:
    stage.put("1.3.0", "1.3.1", "1.3.2", "1.3.3")
    stage.put("2.0.0", package="ui")
    versions = [f"1.{minor}.{patch}" for minor in range(3, 23) for patch in range(60)]
    return stage.run(
        versions=" ".join(versions), allow_failed_versions="NOT_FOUND", max_changes=2000
    )


SCENES: Mapping[str, Scene] = {
    "promotion": _promotion,
    "release": _release,
    "three-failures": _three_failures,
    "two-repositories": _two_repositories,
    "retention": _retention,
    "quarantine": _quarantine,
    "disposal": _disposal,
    "rollback": _rollback,
    "dry-run": _dry_run,
    "undo": _undo,
    "refused-identity": _refused_identity,
    "denied": _denied,
    "wrong-inputs": _wrong_inputs,
    "stopped": _stopped,
    "allowed-failures": _allowed_failures,
}


def play(scene: Scene, *, at_terminal: bool = False) -> Finished:
    """Play a scene on a stage of its own."""
    with tempfile.TemporaryDirectory() as directory, Emulator.start() as emulator:
        emulator.store.add_repository(domain="acme", repository="npm-store")
        return scene(Stage(emulator, Path(directory), at_terminal))


README = ("three-failures", "retention", "undo")
"""The scenes whose summaries the README and its pages show."""

SHOWN = Path(__file__).parents[2] / "docs" / "pictures"
RECORD = SHOWN / "pictures.json"


def record(summaries: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What the README's pictures were drawn from, and what they are: SHA-256 of both."""
    return {
        name: {
            "summary": hashlib.sha256(summaries[name].encode()).hexdigest(),
            "picture": hashlib.sha256((SHOWN / f"{name}.png").read_bytes()).hexdigest(),
        }
        for name in README
    }
