"""The promises about the way back: what ``undo`` lists, what it restores, what a kill leaves."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from harness.chaos.findings import Findings
from harness.chaos.scripts import SETTABLE, Coordinates, at
from harness.chaos.seen import Kill, Seen
from harness.chaos.told import Told


def check_undo(found: Findings, told: Told) -> None:
    """The output lists what the step has changed, and what it may have; nothing else."""
    listed = _keys(json.loads(told.own.undo))
    for key, row in told.rows.items():
        shown, target = told.shown, row["target"]
        can_go_back = row["before"] in SETTABLE and target in SETTABLE
        if row["outcome"] == "changed":
            right = (key in listed) is can_go_back
            found.check("undo", right, f"{key} was changed, and is listed: {key in listed}")
        elif row["errorCode"] == "UNREPORTED":
            if can_go_back and _is_surely_open(told, key):
                found.check("undo", key in listed, f"{key} is in doubt, and not listed")
            allowed = can_go_back and shown.is_open(key)
            found.check("undo", key not in listed or allowed, f"{key} is no doubt, and listed")
        else:
            found.check("undo", key not in listed, f"{key} is {row['outcome']}, and listed")
    beside = listed - set(told.rows)
    found.check("undo", not beside, f"it lists {beside}, which nobody asked for")


def _is_surely_open(told: Told, key: Coordinates) -> bool:
    there, back = told.shown.there[key], told.shown.back[key]
    is_gone = key in told.seen.script.replaced
    return not is_gone and (there.lost or back.lost or there.unsettled or back.unsettled)


def check_undo_file(found: Findings, told: Told) -> None:
    """The file holds what the output holds, and a way back is never replaced by none."""
    own, step = told.own, told.own.step
    unwritten = [when for name, when in told.seen.unwritten if name == step.undo_file]
    if unwritten:
        found.check("undo-file", own.exit_code != 0 or own.undo_file, "not written, and 0")
        if 0 in unwritten:
            found.check("undo-file", not own.changes, "not to be written, and something was sent")
        return
    if not own.outputs:
        return
    entries = json.loads(own.undo)
    if step.former is None:
        same = own.undo_file == own.undo or (own.undo_file is None and not entries)
        found.check("undo-file", same, "it is not what the output is")
    elif not entries:
        kept = own.undo_file == json.dumps(step.former)
        found.check("undo-file", kept, "a way back was replaced by none")
    else:
        whole = json.loads(own.undo_file or "[]")
        former = _keys(step.former) & set(told.wishes)
        found.check("undo-file", entries == whole[: len(entries)], "it lacks what was changed")
        found.check("undo-file", former <= _keys(whole), "it lacks what an earlier attempt left")


def check_restored(found: Findings, seen: Seen, told: Sequence[Told]) -> None:
    """After the ways back, everything is as it was, as far as it was this run that changed it."""
    for key in {key for one in told for key in one.wishes}:
        was, now, end = (held.get(key) for held in (seen.before, seen.after, seen.restored))
        rows = [one.rows[key] for one in told if key in one.rows]
        if key in seen.script.touched:
            found.pass_over("undo", "somebody else has moved it, too")
            known = [was, now, *(one.shown.read.get(key) for one in told)]
            fair = end is None or end[0] in {state[0] for state in known if state}
            found.check("undo", fair, f"{key} comes back as {end}, which it never was")
        elif len({row["target"] for row in rows}) > 1:
            found.pass_over("undo", "two steps want it at different statuses")
        elif not _settable(was) or rows[0]["target"] not in SETTABLE:
            found.check("undo", end == now, f"{key} was {now}, and there was no way back")
        elif end != was and end == now and any(_is_unvouched(one, key) for one in told):
            found.pass_over("undo", "its former status was never read")
        else:
            found.check("undo", end == was, f"{key} was {was}, and comes back as {end}")
    _check_exit_codes(found, seen, told)


def _check_exit_codes(found: Findings, seen: Seen, told: Sequence[Told]) -> None:
    """To undo what wasn't changed is a success; who may not read can't tell that it wasn't."""
    codes = [row["errorCode"] for one in told for row in one.rows.values()]
    blind = seen.script.undo_is_denied and (len(told) > 1 or "UNREPORTED" in codes)
    crossed = len(told) > 1 and any(
        one.rows[key]["target"] != told[1].rows[key]["target"]
        for one in told
        for key in one.rows
        if key in told[1].rows
    )
    for code in seen.undone:
        if blind:
            found.pass_over("undo's exit code", "it may not read, and something is in doubt")
        elif seen.script.touched or crossed:
            found.pass_over("undo's exit code", "somebody else has moved something, too")
        else:
            found.check("undo", code == 0, f"the step that applied it exits with {code}")


def check_kill(found: Findings, seen: Seen, told: Told) -> None:
    """What a SIGKILL would have left at some moment restores the store, also after a re-run."""
    kill = seen.kill
    if kill is None:
        return
    found.check("kill", _is_whole(kill), "the undo-file is no JSON")
    for key, wish in told.wishes.items():
        was, held, end = (one.get(key) for one in (seen.before, kill.held, kill.restored))
        if key in seen.script.touched:
            found.pass_over("kill", "somebody else has moved it, too")
        elif wish.target not in SETTABLE or not _settable(was):
            if not kill.ran_again:
                found.check("kill", end == held, f"{key} was {held}, and there was no way back")
        elif end != was and end == held and not told.shown.was_read(key):
            found.pass_over("kill", "its former status was never read")
        else:
            found.check("kill", end == was, f"{key} was {was}, and comes back as {end}")


def _is_whole(kill: Kill) -> bool:
    try:
        json.loads(kill.undo_file)
    except ValueError:
        return False
    return True


def _is_unvouched(told: Told, key: Coordinates) -> bool:
    row = told.rows.get(key)
    return row is not None and row["before"] is None and not told.shown.was_read(key)


def _settable(state: tuple[str, str] | None) -> bool:
    return state is not None and state[0] in SETTABLE


def _keys(entries: Sequence[Mapping[str, Any]]) -> set[Coordinates]:
    return {at(entry, version) for entry in entries for version in entry["versions"]}
