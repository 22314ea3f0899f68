"""What is seen of a run from outside: exit codes, outputs, files, calls and the store."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from codeartifact_emulator import Call
from harness.chaos.scripts import CHANGING, Script, Snapshot, Step


@dataclass(slots=True, kw_only=True)
class SeenStep:
    """What one step came to, and the calls it made."""

    step: Step
    exit_code: int
    outputs: Mapping[str, str]
    undo_file: str | None
    result_file: str | None
    calls: Sequence[Call]

    @property
    def result(self) -> dict[str, Any]:
        """Where the runner's file of outputs can't be written, there are the others."""
        return json.loads(self.outputs.get("result") or self.result_file or "")  # type: ignore[no-any-return]

    @property
    def undo(self) -> str:
        return self.outputs.get("undo") or self.undo_file or "[]"

    @property
    def changes(self) -> list[Call]:
        """The calls that were to change something."""
        return [call for call in self.calls if call.operation in CHANGING]


@dataclass(slots=True, kw_only=True)
class Kill:
    """What a SIGKILL would have left, and what came of it."""

    held: Snapshot
    undo_file: str
    ran_again: bool = False
    restored: Snapshot = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Seen:
    """What can be seen of a run from outside."""

    script: Script
    before: Snapshot
    after: Snapshot = field(default_factory=dict)
    steps: list[SeenStep] = field(default_factory=list)
    restored: Snapshot = field(default_factory=dict)
    """The store after every way back, the last step's first."""
    undone: list[int] = field(default_factory=list)
    """The exit codes of the steps that applied them."""
    kill: Kill | None = None
    struck: Counter[str] = field(default_factory=Counter)
    stopped_at: int | None = None
    """How many calls had been made when the step was told to end."""
    unwritten: list[tuple[str, int]] = field(default_factory=list)
    """The files that could not be put in place, each with the changing calls made by then."""
