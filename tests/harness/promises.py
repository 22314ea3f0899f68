"""The promises of the contract, held against what is seen of a run: outputs, calls and the store.

Nothing here knows how the action works.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from codeartifact_emulator import Store
from codeartifact_status.model import MAX_BATCH, Allowed, OnFailure
from codeartifact_status.planning.plan import make_plan
from codeartifact_status.reporting.outputs import OUTPUTS
from codeartifact_status.service.listing import read_all
from codeartifact_status.service.sending import Sender
from harness.chaos import OPERATION, Coordinates, Script, Seen, Snapshot, at
from harness.worlds import RulesService, as_requests

SETTABLE = {"Published", "Unlisted", "Archived"}


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


def _all_or_nothing(seen: Seen) -> Iterator[str]:
    doomed = {key: _doom(seen, key) for key in seen.script.asked if not is_unread(seen.script, key)}
    fatal = [key for key, code in doomed.items() if code and not is_allowed(seen.script, code)]
    if fatal and seen.script.on_failure != "continue" and seen.calls:
        yield f"all or nothing: {fatal[0]} was sure to fail, and something was sent"
    if seen.exit_code in {2, 3, 4} and seen.calls:
        yield f"all or nothing: exit code {seen.exit_code}, and something was sent"


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
