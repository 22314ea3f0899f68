"""The promises of the contract, held against what is seen of a run: outputs, calls and the store.

Nothing here knows how the action works. What a step can't know has to be told as such; whether it
could is read off the calls (``evidence``).
"""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from codeartifact_emulator import Call
from codeartifact_status.model import MAX_BATCH
from codeartifact_status.reporting.outputs import OUTPUTS
from harness.chaos.evidence import keys_of
from harness.chaos.findings import Findings
from harness.chaos.scripts import CHANGING, Coordinates, at
from harness.chaos.seen import Seen, SeenStep
from harness.chaos.told import ABSENT, Told, told_by_steps
from harness.chaos.ways_back import check_kill, check_restored, check_undo, check_undo_file

SIGNALS = {"SIGTERM": 143, "SIGINT": 130}


def findings(seen: Seen) -> Findings:
    """Everything that was checked of a run."""
    found = Findings()
    told = told_by_steps(seen)
    for one in told:
        _outcomes(found, one)
        _exit_code(found, one)
        _truth(found, one)
        _calls(found, one)
        _all_or_nothing(found, one)
        check_undo(found, one)
        check_undo_file(found, one)
    asked = {key for one in told for key in one.wishes}
    for key, state in seen.before.items():
        if key not in asked and key not in seen.script.touched:
            found.check(
                "truth", seen.after.get(key) == state, f"{key} was never asked for, and was changed"
            )
    check_restored(found, seen, told)
    check_kill(found, seen, told[0])
    return found


def _outcomes(found: Findings, told: Told) -> None:
    own = told.own
    listed = [
        at(package, row["version"])
        for package in own.result["packages"]
        for row in package["versions"]
    ]
    complete = Counter(listed) == Counter(list(told.wishes))
    found.check("outcomes", complete, "not exactly one for each version that was asked for")
    found.check("outcomes", own.exit_code != 70, "a bug of the action")
    if not own.outputs:
        found.pass_over("outcomes", "the file of outputs could not be written")
        return
    counts = (int(own.outputs[f"{n}-count"]) for n in ("changed", "unchanged", "planned", "failed"))
    found.check("outcomes", sum(counts) == len(listed), "the counts don't add up")
    found.check("outcomes", set(own.outputs) == set(OUTPUTS), "an output is missing")
    names = ["successful-versions", "failed-versions", "undo", "result"]
    for name in [*names, *["query-result"] * (own.step.query is not None)]:
        found.check("outcomes", _is_json(own.outputs[name]), f"{name} is no JSON")


def _is_json(text: str) -> bool:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True


def _exit_code(found: Findings, told: Told) -> None:
    own, script = told.own, told.seen.script
    failed = {key: row["errorCode"] for key, row in told.rows.items() if row["errorCode"]}
    fatal = [key for key, code in failed.items() if not own.step.allows(code)]
    stopped = next((cause for cause in SIGNALS if told.seen.struck[cause]), None)
    if stopped is not None:
        code = SIGNALS[stopped]
        found.check("exit code", own.exit_code == code, f"{own.exit_code} after {stopped}")
    elif own.exit_code == 0:
        for key, row in told.rows.items():
            if key not in told.moved and key not in failed and not own.step.dry_run:
                right = told.now(key) == row["target"]
                found.check("exit code", right, f"0, and {key} is {told.now(key)}")
        found.check("exit code", not fatal, f"0, and {fatal[:1]} failed")
        found.check("exit code", not script.mute, "0, and the outputs could not be written")
        found.check("exit code", not _query_failed(own), "0, and the query has no answer")
    elif own.exit_code == 1:
        reasons = (
            *(fatal, script.mute, told.seen.unwritten, _query_failed(own)),
            *(told.seen.struck["deadline"], own.step.max_changes is not None),
        )
        found.check("exit code", any(reasons), "1, and nothing failed that isn't allowed")
    outcome = own.result["outcome"]
    if not (script.mute or told.seen.unwritten):
        agrees = (outcome in {"failed", "rolled-back"}) is (own.exit_code != 0)
        found.check("exit code", agrees, f"{own.exit_code}, and the outcome {outcome}")


def _query_failed(own: SeenStep) -> bool:
    answer = own.outputs.get("query-result", "")
    return answer.startswith('{"error":')


def _truth(found: Findings, told: Told) -> None:
    for key, row in told.rows.items():
        there, back = told.shown.there[key], told.shown.back[key]
        was, now, target = told.was(key), told.now(key), row["target"]
        moved = key in told.moved
        match row["outcome"], row["errorCode"]:
            case "changed", _:
                found.check("truth", moved or now == target, f"{key} is not {target}, but {now}")
                ours = told.shown.may_be_ours(key)
                found.check("truth", ours, f"{key} was changed by somebody else, and is claimed")
                found.check("truth", row["before"] != target, f"{key} was {target} already")
                _before(found, told, key, row)
            case "unchanged", _:
                right = moved or (was == now == target)
                found.check("truth", right, f"{key} was {was}, is {now}, and is told unchanged")
                # Where it could not be read, a call may have shown that it was there already.
                ours = there.may_be and told.wishes[key].expected != target
                found.check("truth", not ours, f"{key} is ours, and told unchanged")
            case "planned", _:
                found.check("truth", told.own.step.dry_run, f"{key} is planned, in no dry run")
                found.check("truth", now == was, f"{key} is planned, and was changed")
            case _, "UNREPORTED":
                doubtful = there.cut or there.lost or back.cut or back.lost
                found.check("doubt", doubtful, f"{key} is told to be in doubt, and is not")
                # After a stop nobody waits; and a confirmed way back has nothing to look for.
                looked = there.looked or back.looked or back.done
                stopped = told.seen.stopped_at is not None
                found.check("doubt", looked or stopped, f"{key} is in doubt, and nobody looked")
                if told.shown.is_open(key):
                    _before(found, told, key, row)
            case outcome, code:
                right = moved or now == was
                found.check("truth", right, f"{key} is told as it was, {code}, and is {now}")
                if outcome == "rolled-back":
                    found.check("truth", back.sent, f"{key} was never put back")
                    sure = not there.lost
                    found.check("doubt", sure, f"{key} is put back, and a call for it is out")
                elif not back.sent and key not in told.seen.script.replaced:
                    sure = not there.may_be
                    found.check("doubt", sure, f"{key} may be ours, and is told {code}")


def _before(found: Findings, told: Told, key: Coordinates, row: Mapping[str, Any]) -> None:
    """A former status is told if it was read, or if a confirmed change has shown it."""
    said, shown = row["before"], told.shown
    if shown.was_read(key):
        status = shown.read.get(key, ABSENT)[0]
        found.check("truth", said == status, f"{key} was {status}, and told to have been {said}")
    elif said is not None:
        vouched = shown.there[key].done and said == told.wishes[key].expected
        found.check("truth", vouched, f"{key} was never read, and told to have been {said}")
    else:
        lacks = shown.there[key].done and told.wishes[key].expected is not None
        found.check("truth", not lacks, f"{key}'s former status was confirmed, and isn't told")


def _calls(found: Findings, told: Told) -> None:
    own = told.own
    for call in own.changes:
        count = len(call.params["versions"])
        found.check("calls", 1 <= count <= MAX_BATCH, f"one of {count} versions")
        for key, target in keys_of(call):
            wrong = (
                _how_wrong(told, key, call, target) if key in told.wishes else "and never asked for"
            )
            found.check("calls", not wrong, f"{key} was sent {wrong}")
    unfounded = told.shown.unfounded
    found.check("calls", not unfounded, f"{unfounded[:1]} is put back, and not ours")
    sent = {key for call in own.changes for key, _ in keys_of(call)}
    found.check("calls", not (sent and own.step.dry_run), "something was sent in a dry run")
    if own.step.max_changes is not None:
        found.check("calls", len(sent) <= own.step.max_changes, "more than max-changes were sent")
    if told.seen.stopped_at is not None and own.step.concurrency == 1:
        later = {call.operation for call in own.calls[told.seen.stopped_at + 1 :]}
        found.check("calls", not later & CHANGING, "one was made after the step was told to end")


def _how_wrong(told: Told, key: Coordinates, call: Call, target: str) -> str | None:
    """What is wrong with a call for one of its versions: it has to be pinned to what was read."""
    wish, params, shown = told.wishes[key], call.params, told.shown
    expected = params.get("expectedStatus")
    pin = (params.get("versionRevisions") or {}).get(key[5])
    back = target != wish.target
    if back and (told.own.step.on_failure != "rollback" or expected != wish.target):
        return f"from {expected} to {target}, which was not asked"
    if not shown.was_read(key):
        right = (
            target == wish.expected if back else (expected, pin) == (wish.expected, wish.revision)
        )
        return None if right else f"from {expected} to {target} at {pin}, which was not asked"
    status, revision = shown.read.get(key, ABSENT)
    if (target if back else expected) != status:
        return f"from {expected} to {target}, and was read as {status}"
    if call.operation != "DeletePackageVersions" and pin != revision:
        return "unpinned"
    return "and known to fail" if not back and _doom(told, key) else None


def _all_or_nothing(found: Findings, told: Told) -> None:
    own = told.own
    if own.exit_code in {2, 3, 4}:
        found.check("all or nothing", not own.changes, f"{own.exit_code}, and something was sent")
    if own.step.on_failure == "continue":
        return
    doomed = {key: code for key in told.wishes if (code := _doom(told, key)) is not None}
    fatal = [key for key, code in doomed.items() if not own.step.allows(code)]
    held = not (fatal and own.changes)
    found.check("all or nothing", held, f"{fatal[:1]} was sure to fail, and something was sent")


def _doom(told: Told, key: Coordinates) -> str | None:
    """The code with which a version is sure to fail, by what was there at first."""
    wish, shown = told.wishes[key], told.shown
    if not shown.was_read(key):
        # A deletion can't be pinned to a revision, so that only reading could tell.
        unsafe = wish.revision is not None and wish.target == "Deleted"
        return "AccessDeniedException" if unsafe else None
    state = shown.read.get(key)
    if state is None:
        return "NOT_FOUND"
    if wish.revision not in {None, state[1]}:
        return "MISMATCHED_REVISION"
    if state[0] == wish.target:
        return None
    if wish.expected not in {None, state[0]}:
        return "MISMATCHED_STATUS"
    return "NOT_ALLOWED" if state[0] == "Disposed" and wish.target != "Deleted" else None
