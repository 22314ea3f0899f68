"""The edge to the file system, as far as a step writes: whole files, and the undo as it runs."""

import os
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from codeartifact_status.model import Batch, Key, Outcome, Plan, Verdict
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.run import Run
from codeartifact_status.runner.workflow import Workflow


def write(path: str, text: str) -> None:
    """Write a file, so that at any time there is the old one or the new one.

    What the job names in full and is no file, such as ``/dev/stderr``, is written to as it is.

    Raises:
        OSError: it can't be written.
    """
    target = Path(path)
    if target.is_absolute() and target.exists() and not target.is_file():
        # Not to be waited for: a pipe that nobody reads is refused at once.
        opened = os.open(target, os.O_WRONLY | os.O_NONBLOCK)
        os.set_blocking(opened, True)
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            file.write(text)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        # "x": never through a link that somebody has put there.
        with aside.open("x", encoding="utf-8") as file:
            file.write(text)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


@dataclass(slots=True)
class UndoFile:
    """The ``undo-file``, true at every moment, so that even a kill leaves a way back.

    It holds what was changed, and what is on its way: to undo what was not changed after all is to
    find it at its former status, which is a success. Without a ``path`` there is none.
    """

    workflow: Workflow
    plan: Plan
    run: Run
    path: str | None
    _outcomes: dict[Key, Outcome] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def sending(self, batch: Batch) -> None:
        """A batch is about to be sent."""
        if self.path is None:
            return
        expected = {
            (batch.package, version): Outcome(
                verdict=Verdict.CHANGED,
                before=state.status if state else batch.expected_status,
                after=batch.target,
                revision=state.revision if state else None,
            )
            for version in batch.versions
            for state in [self.plan.state(batch.package, version)]
        }
        self._update(expected)

    def settled(self, batch: Batch, outcomes: Mapping[str, Outcome]) -> None:
        """A batch has ended."""
        self._update({(batch.package, version): o for version, o in outcomes.items()})

    def write(self) -> None:
        """Write the file as it is now, in a step that wants one.

        Raises:
            OSError: it can't be written.
        """
        if self.path is not None:
            known = replace(self.run, outcomes=dict(self._outcomes))
            write(self.path, self.workflow.clean(Report(run=known).undo_json))

    def _update(self, outcomes: Mapping[Key, Outcome]) -> None:
        with self._lock:
            self._outcomes |= outcomes
            try:
                self.write()
            except OSError as error:
                self.workflow.line(f"The undo-file could not be written: {error}")
