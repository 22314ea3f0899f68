"""Random runs: what a seed makes of a store, a request and faults, and what is seen of the run."""

import contextlib
import json
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from codeartifact_emulator import (
    Drop,
    Emulator,
    Fault,
    Meanwhile,
    Omit,
    Replace,
    Reply,
    Reset,
    Store,
    Switches,
    Truncate,
)
from codeartifact_status.action import tell
from codeartifact_status.inputs.command_line import CommandLine
from codeartifact_status.runner.interruption import Interruption
from codeartifact_status.runner.surroundings import Surroundings
from codeartifact_status.runner.telling import say
from codeartifact_status.runner.workflow import Workflow
from harness.acting import as_if_started
from harness.runs import parse_outputs

LIST = "ListPackageVersions"
UPDATE = "UpdatePackageVersionsStatus"
OPERATION = {"Disposed": "DisposePackageVersions", "Deleted": "DeletePackageVersions"}
CHANGING = {UPDATE, *OPERATION.values()}


Coordinates: TypeAlias = tuple[str, str, str, str | None, str, str]
Snapshot: TypeAlias = Mapping[Coordinates, tuple[str, str]]


PACKAGES: list[dict[str, Any]] = [
    {"repository": repository, "format": kind, "namespace": namespace, "package": name}
    for repository in ("npm-store", "npm-prod")
    for kind, namespace, name in (
        ("npm", "acme", "core"),
        ("pypi", None, "client"),
        ("maven", "com.acme", "lib"),
        ("generic", "tools", "cli"),
    )
]


# --- What a seed makes. --------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class Script:
    """One run, as its seed has it: the store, what is asked for, and what goes wrong."""

    seed: int
    store: Store
    entries: list[dict[str, Any]]
    on_failure: str
    allowed: str
    concurrency: int
    faults: list[tuple[str, Fault]] = field(default_factory=list)
    stop_at: int | None = None
    """The call before which the step gets its SIGTERM."""
    kill_at: int = 0
    """The changing call at which one looks what a SIGKILL would leave."""
    kill_before: bool = False
    touched: set[Coordinates] = field(default_factory=set)
    """What somebody else has changed."""
    unread: set[Coordinates] = field(default_factory=set)
    """Packages (with an empty version) that can't be read."""
    blind: bool = False
    """Reading may fail from the first write on, so that a lost answer stays lost."""

    asked: dict[Coordinates, dict[str, Any]] = field(init=False)
    """Every version that is asked for, with its entry."""

    def __post_init__(self) -> None:
        self.asked = {
            at(entry, name): entry for entry in self.entries for name in entry["versions"]
        }

    def __str__(self) -> str:
        asked = [{**entry, "versions": len(entry["versions"])} for entry in self.entries]
        lines = [f"{asked}", f"on-failure {self.on_failure}, allowed {self.allowed}"]
        lines += [f"{kind}: {fault}" for kind, fault in self.faults]
        return "\n".join([*lines, f"SIGTERM at {self.stop_at}"])


def at(entry: Mapping[str, Any], version: str) -> Coordinates:
    parts = (entry[name] for name in ("repository", "format", "namespace", "package"))
    return ("acme", *parts, version)  # type: ignore[return-value]


def script_of(seed: int) -> Script:
    """The run that belongs to a seed."""
    pick = random.Random(seed)  # noqa: S311 - it makes tests, it guards nothing
    store = Store(switches=Switches(partial_success=pick.random() < 0.25))
    for repository in ("npm-store", "npm-prod"):
        store.add_repository(domain="acme", repository=repository)
    entries = [
        _entry(pick, store, package) for package in pick.sample(PACKAGES, pick.randint(1, 4))
    ]
    script = Script(
        seed=seed,
        store=store,
        entries=entries,
        on_failure=pick.choice(["stop", "stop", "continue", "rollback", "rollback"]),
        allowed=pick.choice(["false", "false", "true", "NOT_FOUND", "MISMATCHED_STATUS SKIPPED"]),
        concurrency=pick.choice([1, 1, 2, 4]),
        kill_at=pick.randint(0, 4),
        kill_before=pick.random() < 0.5,
    )
    for _ in range(pick.choice([0, 1, 1, 2, 3, 5])):
        script.faults += _fault(pick, script, pick.choice(entries))
    if script.on_failure == "rollback":
        # So that there is something to put back: the last package meets somebody else.
        moved = _somebody(pick, script, entries[-1])
        where = {name: entries[-1][name] for name in ("package", "repository")}
        operation = OPERATION.get(entries[-1]["target-status"], UPDATE)
        script.faults.append(("somebody else", Fault(operation, moved, **where, times=1)))
    if pick.random() < 0.3:
        script.stop_at = pick.randint(0, 8)
    return script


def _entry(pick: random.Random, store: Store, package: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked of one package: mostly what can be done, so that not every plan is withheld."""
    target = pick.choice(
        ["Published", "Published", "Unlisted", "Archived", "Archived", "Disposed", "Deleted"]
    )
    names = [
        f"1.0.{number}"
        for number in range(pick.choice([1, 2, 3, 4, 5, 8, 8, 13, 21, 34, 101, 250]))
    ]
    froms = pick.sample(["Unlisted", "Published", "Archived", "Unfinished"], pick.randint(1, 3))
    entry: dict[str, Any] = {**package, "versions": names, "target-status": target}
    for name in names:
        store.put(domain="acme", **package, version=name, status=pick.choice(froms))
    store.put(domain="acme", **package, version="0.0.1-unasked", status="Unlisted")
    if pick.random() < 0.12:
        entry["versions"] = [*names, "9.9.9"]
    if pick.random() < 0.05:
        store.put(domain="acme", **package, version=names[0], status="Disposed")
    if pick.random() < 0.2:
        held = store.snapshot()
        entry["version-revisions"] = {name: held[at(entry, name)][1] for name in names}
        if pick.random() < 0.2:
            entry["version-revisions"][names[-1]] = "not-the-one"
        if entry["versions"] != names:
            entry["version-revisions"]["9.9.9"] = "of-none"
    if pick.random() < 0.2:
        entry["expected-status"] = pick.choice(froms)
    return entry


HTML = "<html><body>Bad Gateway</body></html>"
EFFECTS: dict[str, Callable[[], Any]] = {
    "throttled": lambda: Reply(status=429, code="ThrottlingException"),
    "throttled, Retry-After": lambda: Reply(
        status=429, code="ThrottlingException", headers={"Retry-After": "0"}
    ),
    "500": lambda: Reply(status=500, code="InternalServerException", message="oops"),
    "502 of HTML": lambda: Reply(status=502, body=HTML),
    "503 of HTML": lambda: Reply(status=503, body=HTML),
    "reset": Reset,
    "dropped after the change": Drop,
    "truncated": lambda: Truncate(keep=12),
    "truncated, announced": lambda: Truncate(keep=12, announced=True),
    "malformed": lambda: Replace(body='{"successfulVersions": {<'),
    "slow": lambda: Meanwhile(after=lambda _: time.sleep(1.2)),
    "conflict": lambda: Reply(status=409, code="ConflictException", message="busy"),
    "unknown code": lambda: Reply(status=418, code="TeapotException", message="short and stout"),
    "denied": lambda: Reply(status=403, code="AccessDeniedException", message="not authorized"),
    "expired": lambda: Reply(status=403, code="ExpiredTokenException", message="expired"),
}
ON_CHANGES = {
    "says nothing": lambda: Replace(body='{"successfulVersions": {}, "failedVersions": {}}'),
}
WEIGHTS = {"slow": 0.15, "denied": 0.5, "expired": 0.5, "unknown code": 0.5, "somebody else": 3.0}


def _fault(
    pick: random.Random, script: Script, entry: Mapping[str, Any]
) -> Iterator[tuple[str, Fault]]:
    """One thing that goes wrong with the calls for a package."""
    where = {"package": entry["package"], "repository": entry["repository"]}
    changing = OPERATION.get(entry["target-status"], UPDATE)
    skip, times = pick.choice([0, 0, 1, 2]), pick.choice([1, 1, 1, 2, 3, None])
    kinds = {**EFFECTS, **ON_CHANGES, "left out": None, "somebody else": None, "unreadable": None}
    kind = pick.choices(list(kinds), [WEIGHTS.get(kind, 1.0) for kind in kinds])[0]
    match kind:
        case "left out":
            effect: Any = Omit(version=pick.choice(entry["versions"]))
            operation = changing
        case "somebody else":
            effect, operation, times = _somebody(pick, script, entry), changing, 1
        case "unreadable":
            effect, operation, skip, times = EFFECTS["denied"](), LIST, 0, None
            script.unread.add(at(entry, ""))
        case _:
            effect = kinds[kind]()  # type: ignore[misc]
            operation = changing if kind in ON_CHANGES or pick.random() < 0.75 else LIST
            if operation == LIST and kind == "denied":
                operation = changing
            times = 1 if kind == "slow" else times
    script.blind |= operation == LIST
    yield kind, Fault(operation, effect, **where, skip=skip, times=times)


def _somebody(pick: random.Random, script: Script, entry: Mapping[str, Any]) -> Meanwhile:
    version = pick.choice(entry["versions"])
    status = pick.choice(["Published", "Unlisted", "Archived", "Disposed", "Deleted"])
    revision = pick.choice([None, None, "another-content"])
    place = {name: entry[name] for name in ("repository", "format", "namespace", "package")}

    def move(store: Store) -> None:
        script.touched.add(at(entry, version))
        with contextlib.suppress(KeyError):
            store.set_status(
                domain="acme", **place, version=version, status=status, revision=revision
            )

    return Meanwhile(before=move)


# --- The run. ------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class Seen:
    """What can be seen of a run from outside."""

    script: Script
    before: Snapshot
    after: Snapshot
    exit_code: int
    outputs: Mapping[str, str]
    undo_file: str | None
    calls: Sequence[Any]
    killed: tuple[Snapshot, str] | None
    struck: Counter[str]


def carry_out(script: Script, directory: Path) -> Seen:
    """Run the whole action against an emulator that has the script's store and faults."""
    before = script.store.snapshot()
    struck: Counter[str] = Counter()
    interruption = Interruption()
    killed: list[tuple[Snapshot, str]] = []
    output, summary, undo_file = (directory / name for name in ("output", "summary", "undo.json"))
    for file in (output, summary):
        file.write_text("")
    undo_file.unlink(missing_ok=True)

    def terminate(_: Store) -> None:
        struck["SIGTERM"] += 1
        interruption.signal = int(signal.SIGTERM)
        interruption.stop.set()

    def look(store: Store) -> None:
        # The store first: what is sent later is in the file already, and harmless there.
        held = store.snapshot()
        text = undo_file.read_text(encoding="utf-8") if undo_file.exists() else "[]"
        killed.append((held, text))

    with Emulator.start() as emulator:
        emulator.store = script.store
        for kind, fault in script.faults:
            counting = Meanwhile(before=lambda _, kind=kind: struck.update([kind]))
            emulator.inject(replace(fault, effect=counting))
            emulator.inject(fault)
        looking = Meanwhile(before=look) if script.kill_before else Meanwhile(after=look)
        for operation in CHANGING:
            emulator.inject(Fault(operation, looking, skip=script.kill_at, times=1))
        if script.stop_at is not None:
            emulator.inject(Fault("*", Meanwhile(before=terminate), skip=script.stop_at, times=1))
        variables = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            "AWS_MAX_ATTEMPTS": "3",
            **emulator.environment(user=True),
            "INPUT_DOMAIN": "acme",
            "INPUT_PACKAGES": json.dumps(script.entries),
            "INPUT_ON-FAILURE": script.on_failure,
            "INPUT_ALLOW-FAILED-VERSIONS": script.allowed,
            "INPUT_ALLOW-IRREVERSIBLE": "true",
            "INPUT_CONCURRENCY": str(script.concurrency),
            "INPUT_CLI-READ-TIMEOUT": "1",
            "INPUT_UNDO-FILE": "undo.json",
        }
        with as_if_started(variables, directory):
            workflow = Workflow(on_github=True)
            exit_code = say(
                workflow, *tell(workflow, Surroundings.read(), interruption, CommandLine())
            )
        calls = [call for call in emulator.calls if call.operation in CHANGING]
    return Seen(
        script=script,
        before=before,
        after=script.store.snapshot(),
        exit_code=exit_code,
        outputs=parse_outputs(output.read_text(encoding="utf-8")),
        undo_file=undo_file.read_text(encoding="utf-8") if undo_file.exists() else None,
        calls=calls,
        killed=killed[0] if killed else None,
        struck=struck,
    )
