"""Whatever the service does, and whenever the step is stopped: the promises of the contract hold.

A seed makes a store, a request for some of it, faults for the service, somebody else who changes
things meanwhile, and a moment at which the step is stopped or killed. The whole action runs against
the emulator over HTTP, and what came of it is held against the store by ``broken``, which knows the
outputs, the calls and the store, and nothing of how the action works.

A seed that breaks a promise is run again with ``make chaos SEED=… RUNS=1``.
"""

import contextlib
import io
import json
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from botocore.loaders import JSONFileLoader

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
from codeartifact_status import action
from codeartifact_status.action import tell
from codeartifact_status.inputs.command_line import CommandLine
from codeartifact_status.model import DENIED, MAX_BATCH, Allowed, OnFailure, Plan, Reading
from codeartifact_status.planning.plan import make_plan
from codeartifact_status.reporting import report
from codeartifact_status.reporting.outputs import OUTPUTS
from codeartifact_status.runner.files import UndoFile
from codeartifact_status.runner.interruption import Interruption
from codeartifact_status.runner.surroundings import Surroundings
from codeartifact_status.runner.telling import say
from codeartifact_status.runner.workflow import Workflow
from codeartifact_status.service import retries, sending
from codeartifact_status.service.listing import read_all
from codeartifact_status.service.sending import Sender
from harness.runs import Runner, parse_outputs
from harness.worlds import RulesService, as_requests

LIST = "ListPackageVersions"
UPDATE = "UpdatePackageVersionsStatus"
OPERATION = {"Disposed": "DisposePackageVersions", "Deleted": "DeletePackageVersions"}
CHANGING = {UPDATE, *OPERATION.values()}
SETTABLE = {"Published", "Unlisted", "Archived"}

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


@contextlib.contextmanager
def quickly() -> Iterator[pytest.MonkeyPatch]:
    """Pauses between tries of a fiftieth of their length, so that hundreds of runs take seconds."""
    whole = retries.pause

    def short(*given: Any, **named: Any) -> float | None:
        pause = whole(*given, **named)
        return None if pause is None else pause / 50

    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as directory:
        patch.setattr(retries, "pause", short)
        patch.setattr(sending, "CONFLICT_PAUSE", 0.005)
        # botocore's models, which are megabytes, are read once.
        read = cache(partial(JSONFileLoader.load_file, JSONFileLoader()))
        patch.setattr(JSONFileLoader, "load_file", lambda _, path: read(path))
        patch.chdir(directory)
        patch.setenv("NO_PROXY", "*")
        patch.setenv("no_proxy", "*")
        yield patch


def carry_out(script: Script, patch: pytest.MonkeyPatch) -> Seen:
    """Run the whole action against an emulator that has the script's store and faults."""
    before = script.store.snapshot()
    struck: Counter[str] = Counter()
    interruption = Interruption()
    killed: list[tuple[Snapshot, str]] = []
    for name in ("output", "summary", "undo.json"):
        Path(name).unlink(missing_ok=True)
        if name != "undo.json":
            Path(name).touch()

    def terminate(_: Store) -> None:
        struck["SIGTERM"] += 1
        interruption.signal = int(signal.SIGTERM)
        interruption.stop.set()

    def look(store: Store) -> None:
        # The store first: what is sent later is in the file already, and harmless there.
        held = store.snapshot()
        with contextlib.suppress(FileNotFoundError):
            left = Path("undo.json")
            killed.append((held, left.read_text(encoding="utf-8") if left.exists() else "[]"))

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
            "GITHUB_OUTPUT": str(Path("output").resolve()),
            "GITHUB_STEP_SUMMARY": str(Path("summary").resolve()),
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
        for name, value in variables.items():
            patch.setenv(name, value)
        log = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        with contextlib.redirect_stdout(log):
            workflow = Workflow(on_github=True)
            exit_code = say(
                workflow, *tell(workflow, Surroundings.read(), interruption, CommandLine())
            )
        calls = [call for call in emulator.calls if call.operation in CHANGING]
    undo_file = Path("undo.json")
    return Seen(
        script=script,
        before=before,
        after=script.store.snapshot(),
        exit_code=exit_code,
        outputs=parse_outputs(Path("output").read_text(encoding="utf-8")),
        undo_file=undo_file.read_text(encoding="utf-8") if undo_file.exists() else None,
        calls=calls,
        killed=killed[0] if killed else None,
        struck=struck,
    )


# --- The promises. -------------------------------------------------------------------------------


def broken(seen: Seen) -> list[str]:
    """Every promise that a run has broken, each in a sentence that starts with its name."""
    return [
        *_outcomes(seen),
        *_exit_code(seen),
        *_truth(seen),
        *_calls(seen),
        *_all_or_nothing(seen),
        *_undo(seen),
        *_kill(seen),
    ]


def told(seen: Seen) -> dict[Coordinates, dict[str, Any]]:
    """What the ``result`` says of each version, and what was asked of it."""
    return {
        at(package, version["version"]): {**version, "target": package["targetStatus"]}
        for package in json.loads(seen.outputs["result"])["packages"]
        for version in package["versions"]
    }


def is_allowed(script: Script, code: str) -> bool:
    return script.allowed == "true" or code.upper() in script.allowed.split()


def is_unread(script: Script, key: Coordinates) -> bool:
    return (*key[:5], "") in script.unread


def _outcomes(seen: Seen) -> Iterator[str]:
    packages = json.loads(seen.outputs["result"])["packages"]
    listed = [at(package, row["version"]) for package in packages for row in package["versions"]]
    if Counter(listed) != Counter(list(seen.script.asked)):
        yield "outcomes: not exactly one for each version that was asked for"
    counted = (
        int(seen.outputs[f"{n}-count"]) for n in ("changed", "unchanged", "planned", "failed")
    )
    if sum(counted) != len(listed):
        yield "outcomes: the counts don't add up"
    if set(seen.outputs) != set(OUTPUTS):
        yield "outcomes: an output is missing"
    if seen.exit_code == 70:
        yield "outcomes: a bug of the action"


def _exit_code(seen: Seen) -> Iterator[str]:
    rows = told(seen)
    failed = {key: row["errorCode"] for key, row in rows.items() if row["errorCode"]}
    fatal = [key for key, code in failed.items() if not is_allowed(seen.script, code)]
    if seen.exit_code == 0:
        for key, row in rows.items():
            held = seen.after.get(key, ("Deleted", ""))[0]
            if key not in seen.script.touched and key not in failed and held != row["target"]:
                yield f"exit code: 0, and {key} is {held}"
        if fatal:
            yield f"exit code: 0, and {fatal[0]} failed"
    elif seen.exit_code == 1 and not fatal:
        yield "exit code: 1, and nothing failed that isn't allowed"
    if (seen.outputs["outcome"] in {"failed", "rolled-back"}) is (seen.exit_code == 0):
        yield "exit code: it and the outcome contradict each other"


def _truth(seen: Seen) -> Iterator[str]:
    asked = seen.script.asked
    for key, row in told(seen).items():
        if key in seen.script.touched:
            continue
        was, now = (held.get(key, ("Deleted", ""))[0] for held in (seen.before, seen.after))
        match row["outcome"]:
            case "changed" | "unchanged" if now != row["target"]:
                yield f"truth: {key} is said to be {row['target']}, and is {now}"
            case "failed" | "rolled-back" if now != was and not _is_unknowable(seen, key, row):
                yield f"truth: {key} is said to be as before, {row['errorCode']}, and is {now}"
            case _:
                pass
        if row["outcome"] == "changed" and row["before"] not in {was, None}:
            yield f"truth: {key} was {was}, not {row['before']}"
    for key, state in seen.before.items():
        if key not in asked and seen.after.get(key) != state:
            yield f"truth: {key} was never asked for, and was changed"


def _is_unknowable(seen: Seen, key: Coordinates, row: Mapping[str, Any]) -> bool:
    """Whether nobody could tell: reading failed as well. Then it must not be said to be unsent."""
    can_not_read = seen.script.blind or is_unread(seen.script, key)
    return can_not_read and row["errorCode"] not in {"SKIPPED", "NOT_FOUND", "MISMATCHED_STATUS"}


def _calls(seen: Seen) -> Iterator[str]:
    for call in seen.calls:
        params = call.params
        entry = {
            name: params.get(name) for name in ("repository", "format", "namespace", "package")
        }
        if not 1 <= len(params["versions"]) <= MAX_BATCH:
            yield f"calls: one of {len(params['versions'])} versions"
        for version in params["versions"]:
            key = at(entry, version)
            wrong = _how_wrong(seen, key, call) if key in seen.script.asked else "never asked for"
            if wrong:
                yield f"calls: {key} was sent {wrong}"


def _how_wrong(seen: Seen, key: Coordinates, call: Any) -> str | None:
    """What is wrong with a call for one of its versions: it has to be pinned to what was read."""
    wish, params = seen.script.asked[key], call.params
    by_operation = {name: status for status, name in OPERATION.items()}
    target = params.get("targetStatus") or by_operation[call.operation]
    move = (params.get("expectedStatus"), target)
    may_go_back = seen.script.on_failure == "rollback"
    if is_unread(seen.script, key):
        is_back = may_go_back and move[0] == wish["target-status"]
        is_as_asked = move == (wish.get("expected-status"), wish["target-status"])
        return None if is_back or is_as_asked else f"as {move}, which is not what was asked"
    was, revision = seen.before.get(key, ("absent", ""))
    forth = (was, wish["target-status"])
    if move != forth and not (may_go_back and move == forth[::-1]):
        return f"as {move}, and was {was}"
    pins = params.get("versionRevisions") or {}
    if call.operation != "DeletePackageVersions" and pins.get(key[5]) != revision:
        return "unpinned"
    return "and known to fail" if move == forth and _doom(seen, key) else None


def _doom(seen: Seen, key: Coordinates) -> str | None:
    """The code with which a version is sure to fail, by what was there at first."""
    wish, state = seen.script.asked[key], seen.before.get(key)
    if state is None:
        return "NOT_FOUND"
    if wish.get("version-revisions", {}).get(key[5], state[1]) != state[1]:
        return "MISMATCHED_REVISION"
    if state[0] == wish["target-status"]:
        return None
    if wish.get("expected-status", state[0]) != state[0]:
        return "MISMATCHED_STATUS"
    return "NOT_ALLOWED" if state[0] == "Disposed" and wish["target-status"] != "Deleted" else None


def _all_or_nothing(seen: Seen) -> Iterator[str]:
    doomed = {key: _doom(seen, key) for key in seen.script.asked if not is_unread(seen.script, key)}
    fatal = [key for key, code in doomed.items() if code and not is_allowed(seen.script, code)]
    if fatal and seen.script.on_failure != "continue" and seen.calls:
        yield f"all or nothing: {fatal[0]} was sure to fail, and something was sent"
    if seen.exit_code in {2, 3, 4} and seen.calls:
        yield f"all or nothing: exit code {seen.exit_code}, and something was sent"


def _undo(seen: Seen) -> Iterator[str]:
    text = seen.outputs["undo"]
    if seen.undo_file is not None and seen.undo_file != text:
        yield "undo: the file and the output differ"
    listed = {at({"namespace": None, **e}, v) for e in json.loads(text) for v in e["versions"]}
    changed = {
        key
        for key, row in told(seen).items()
        if row["outcome"] == "changed" and row["before"] in SETTABLE and row["target"] in SETTABLE
    }
    # Of these nobody could say whether they were changed; to undo what wasn't is a success.
    in_doubt = {key for key, row in told(seen).items() if row["errorCode"] == "UNREPORTED"}
    wrong = (listed ^ changed) - in_doubt
    if wrong:
        yield f"undo: it lists {sorted(wrong)[:2]}, or doesn't, wrongly"
    rows = told(seen)
    restored = _undone(seen.after, text)
    for key, row in rows.items():
        was, now = seen.before.get(key), restored.get(key)
        settled = row["target"] in SETTABLE and was is not None and was[0] in SETTABLE
        if now != was and settled and key not in seen.script.touched:
            unvouched = is_unread(seen.script, key) and row["before"] is None
            if not unvouched and not _is_unknowable(seen, key, row):
                yield f"undo: {key} was {was}, and comes back as {now}"


def _kill(seen: Seen) -> Iterator[str]:
    """What a SIGKILL would have left at some moment: a file that restores the store."""
    if seen.killed is None:
        return
    held, text = seen.killed
    restored = _undone(held, text)
    for key, entry in seen.script.asked.items():
        was = seen.before.get(key)
        if entry["target-status"] not in SETTABLE or was is None or was[0] not in SETTABLE:
            continue
        unvouched = is_unread(seen.script, key) and "expected-status" not in entry
        if restored.get(key) != was and key not in seen.script.touched and not unvouched:
            yield f"kill: {key} was {was}, and comes back as {restored.get(key)}"


def _undone(held: Snapshot, text: str) -> Snapshot:
    """A store that holds ``held``, after an ``undo`` was applied to it."""
    store = Store()
    for (domain, repository, kind, namespace, package, version), (status, revision) in held.items():
        store.put(
            domain=domain,
            repository=repository,
            format=kind,
            namespace=namespace,
            package=package,
            version=version,
            status=status,
            revision=revision,
        )
    apply(json.loads(text), store)
    return store.snapshot()


def apply(entries: Sequence[Mapping[str, Any]], store: Store) -> None:
    """Carry an ``undo`` out on a store, where nothing goes wrong."""
    service, requests = RulesService(store), as_requests(entries)
    stop = threading.Event()
    packages = [request.package for request in requests]
    Sender(
        service=service,
        allowed=Allowed(),
        on_failure=OnFailure.CONTINUE,
        concurrency=1,
        attempts=1,
        stop=stop,
    ).carry_out(
        make_plan(
            requests,
            read_all(service, packages, concurrency=1, stop=stop),
            allowed=Allowed(),
            on_failure=OnFailure.CONTINUE,
        )
    )


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
    with quickly() as patch:
        for seed in seeds:
            figures.add(carry_out(script_of(seed), patch))
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
def test_a_broken_promise_is_found_out(module: Any, name: str, sabotage: Any, promise: str) -> None:
    found: set[str] = set()
    with quickly() as patch:
        patch.setattr(module, name, sabotage)
        for seed in range(60):
            seen = carry_out(script_of(seed), patch)
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
