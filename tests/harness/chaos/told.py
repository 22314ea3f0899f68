"""What each step of a run told, beside what was asked of it and what its calls show."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.chaos.evidence import Evidence, evidence
from harness.chaos.scripts import Coordinates, Wish, at
from harness.chaos.seen import Seen, SeenStep

ABSENT = ("Deleted", "")


@dataclass(slots=True, kw_only=True)
class Told:
    """What one step told, beside what was asked of it and what its calls show."""

    seen: Seen
    own: SeenStep
    shown: Evidence
    moved: set[Coordinates]
    """What somebody else may have changed meanwhile, another step included."""
    rows: Mapping[Coordinates, Mapping[str, Any]]
    wishes: Mapping[Coordinates, Wish]

    def now(self, key: Coordinates) -> str:
        return self.seen.after.get(key, ABSENT)[0]

    def was(self, key: Coordinates) -> str:
        return self.seen.before.get(key, ABSENT)[0]


def told_by_steps(seen: Seen) -> list[Told]:
    shown = [evidence(one.step, one.calls) for one in seen.steps]
    told: list[Told] = []
    for own, its in zip(seen.steps, shown, strict=True):
        others = {key for one in shown if one is not its for key in one.there}
        rows = {
            at(package, row["version"]): {**row, "target": package["targetStatus"]}
            for package in own.result["packages"]
            for row in package["versions"]
        }
        # What patterns select isn't known yet where a step ends before it has read all.
        meant = own.step.wishes(its.read)
        if not own.changes and set(meant) != set(rows):
            meant = own.step.wishes(None)
        moved = others | set(seen.script.touched)
        told.append(Told(seen=seen, own=own, shown=its, moved=moved, rows=rows, wishes=meant))
    return told
