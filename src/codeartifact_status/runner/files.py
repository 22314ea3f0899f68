"""The edge to the file system, as far as a step writes: whole files, and the undo as it runs."""

import json
import os
import secrets
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from codeartifact_status.model import Key, Outcome, Plan
from codeartifact_status.planning.undo import expected, joined, undo
from codeartifact_status.reporting.documents import compact
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


class UndoFile:
    """The ``undo-file``: the whole way back before the first call, exactly what was changed after.

    To undo what was not changed is to find it at its former status, which is a success; so a kill
    leaves a way back, too. A file with a way back in it is never replaced by one without.
    """

    def __init__(self, workflow: Workflow, path: str | None) -> None:
        """Read what is there already; without a ``path`` there is no file."""
        self._workflow, self._path = workflow, path
        self._former_text, self._former = _way_back_in(path) if path is not None else ("", [])
        self._lock = threading.Lock()

    def begin(self, plan: Plan, run: Run) -> None:
        """Write the whole way back, before anything of ``plan`` is sent.

        Raises:
            OSError: it can't be written.
        """
        if self._path is not None and plan.batches:
            self._write(run, expected(plan))

    def settled(self, plan: Plan, run: Run, outcomes: Mapping[Key, Outcome]) -> None:
        """Batches have ended: a change that was confirmed vouches for what wasn't read."""
        if self._path is not None and run.unread:
            with self._lock:
                try:
                    self._write(run, {**expected(plan), **outcomes})
                except OSError as error:
                    self._workflow.line(f"The undo-file could not be written: {error}")

    def end(self, run: Run) -> None:
        """Write exactly what was changed, or what was there before if nothing was.

        Raises:
            OSError: it can't be written.
        """
        self._write(run, run.outcomes)

    def _write(self, run: Run, outcomes: Mapping[Key, Outcome]) -> None:
        if self._path is None:
            return
        entries = undo(run.requests, outcomes, unread=run.unread)
        stays = self._former and not entries
        text = self._former_text if stays else compact(joined(entries, self._former, run.requests))
        write(self._path, self._workflow.clean(text))


def _way_back_in(path: str) -> tuple[str, list[dict[str, Any]]]:
    """What a file holds, and the entries of an undo in it; none if it is no undo."""
    try:
        text = Path(path).read_text(encoding="utf-8") if Path(path).is_file() else ""
        entries = json.loads(text)
    except (OSError, ValueError, RecursionError):
        return "", []
    is_undo = isinstance(entries, list) and all(
        isinstance(entry, dict)
        and isinstance(entry.get("versions"), list)
        and isinstance(entry.get("version-revisions", {}), dict)
        for entry in entries
    )
    return (text, entries) if is_undo else ("", [])
