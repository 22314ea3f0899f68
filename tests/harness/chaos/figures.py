"""What many runs came to."""

import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from harness.chaos.drawing import script_of
from harness.chaos.findings import Findings
from harness.chaos.promises import findings
from harness.chaos.running import carry_out
from harness.chaos.seen import Seen

LIMITS = (
    "a call that is carried out only after its undo was applied",
    "an answer that lies",
    "a machine that loses power while it writes a file",
)
"""What no run does, because nobody could keep a promise then."""


@dataclass(slots=True)
class Figures:
    """What was done, what was found, and what could not be checked."""

    runs: int = 0
    calls: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    exits: Counter[int] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    checked: Counter[str] = field(default_factory=Counter)
    unchecked: Counter[str] = field(default_factory=Counter)
    broken: dict[int, list[str]] = field(default_factory=dict)

    def add(self, seen: Seen, found: Findings) -> None:
        """Count one run."""
        self.runs += 1
        self.struck += seen.struck
        for one in seen.steps:
            self.calls += len(one.changes)
            self.exits[one.exit_code] += 1
            rows = (row for package in one.result["packages"] for row in package["versions"])
            self.outcomes.update(
                "in doubt" if row["errorCode"] == "UNREPORTED" else row["outcome"] for row in rows
            )
        self.kinds.update(_kinds(seen))
        self.checked += found.checked
        self.unchecked += found.unchecked
        if found.broken:
            self.broken[seen.script.seed] = found.broken

    def join(self, other: "Figures") -> None:
        """Count what another process has counted."""
        self.runs += other.runs
        self.calls += other.calls
        for name in ("struck", "exits", "outcomes", "kinds", "checked", "unchecked"):
            getattr(self, name).update(getattr(other, name))
        self.broken |= other.broken

    def __str__(self) -> str:
        count = sum(map(len, self.broken.values()))
        lines = [
            (
                f"chaos: {self.runs} runs, {sum(self.struck.values())} faults, {self.calls} "
                f"changing calls, {sum(self.checked.values())} checks, {count} promises broken"
            ),
            f"runs: {_told(self.kinds)}",
            f"faults: {_told(self.struck)}",
            "exit codes: " + ", ".join(f"{n} x {code}" for code, n in sorted(self.exits.items())),
            f"versions: {_told(self.outcomes)}",
            f"checked: {_told(self.checked)}",
            f"not checked, because nobody can know: {_told(self.unchecked) or 'nothing'}",
            f"not tried: {'; '.join(LIMITS)}",
        ]
        for seed, found in sorted(self.broken.items()):
            lines += [f"make chaos SEED={seed} RUNS=1", *(f"    {one}" for one in found[:5])]
        return "\n".join(lines)


def _told(counter: Counter[str]) -> str:
    return ", ".join(f"{n} {what}" for what, n in counter.most_common())


def _kinds(seen: Seen) -> Iterable[str]:
    """What kinds of run one is."""
    script = seen.script
    (first, *others) = script.steps
    told = {
        "two steps at once": bool(others),
        "by pattern": first.selection is not None,
        "with a query": first.query is not None,
        "dry": first.dry_run,
        "with a role": first.assumes_role,
        "killed": seen.kill is not None and not seen.kill.ran_again,
        "killed and run again": seen.kill is not None and seen.kill.ran_again,
        "undone": bool(seen.undone),
        "undone without reading": bool(seen.undone) and script.undo_is_denied,
        "undone by a process": bool(seen.undone) and script.undo_in_process,
        "without outputs": script.mute,
    }
    return (kind for kind, is_one in told.items() if is_one)


def many(seeds: Iterable[int]) -> Figures:
    """Run them, and count."""
    figures = Figures()
    with tempfile.TemporaryDirectory() as directory:
        for seed in seeds:
            try:
                seen = carry_out(script_of(seed), Path(directory))
                figures.add(seen, findings(seen))
            except Exception as error:
                error.add_note(f"make chaos SEED={seed} RUNS=1")
                raise
    return figures
