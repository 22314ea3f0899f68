"""The edge to the file system, as far as a step writes: whole files, and the undo as it runs."""

import contextlib
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from codeartifact_status.model import Batch, Outcome, Plan, Request
from codeartifact_status.planning.undo import document, expected, joined, undo
from codeartifact_status.reporting.documents import compact
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.run import Run
from codeartifact_status.runner import bounded
from codeartifact_status.runner.workflow import Workflow


def write(path: str, text: str) -> None:
    """Write a file, so that at any time there is the old one or the new one.

    What the job names in full and is no file, such as ``/dev/stderr``, is written to as it is.

    Raises:
        OSError: it can't be written.
    """
    target = Path(path)
    if target.is_absolute() and target.exists() and not target.is_file():
        bounded.append(path, text)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if not _replace(target, text.encode()):
        _replace_by_name(target, text.encode())


def _replace(target: Path, content: bytes) -> bool:
    """Put a new file in the place of ``target``; False where the file system can't do it like this.

    The file has no name while it is written, so that a kill leaves nothing. Then it gets one beside
    its place, always the same, for as long as it takes to move it there. What has that name already
    is taken away first: the new file of a step that was killed or runs at the same time, whole in
    any case, or a link that somebody has put there (the link, not what it leads to).
    """
    nameless = getattr(os, "O_TMPFILE", None)
    if nameless is None:
        # A system other than Linux.
        return False
    aside = target.with_name(f".{target.name}.new")
    with contextlib.suppress(OSError):
        for _ in range(_MOST_RIVALS):
            unnamed = os.open(target.parent, nameless | os.O_WRONLY, 0o666)
            with os.fdopen(unnamed, "wb") as file:
                file.write(content)
                file.flush()
                aside.unlink(missing_ok=True)
                # Another step may do the same just now: then one of us has to begin again.
                with contextlib.suppress(FileExistsError, FileNotFoundError):
                    # open(2): so a file that was opened with O_TMPFILE gets its name.
                    os.link(f"/proc/self/fd/{unnamed}", aside, src_dir_fd=unnamed)
                    aside.replace(target)
                    return True
    return False


_MOST_RIVALS = 100
"""How often another step may come in between."""


def _replace_by_name(target: Path, content: bytes) -> None:
    """The same by a file that has a name of its own from the start, which a kill leaves behind."""
    aside = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        # "x": never through a link that somebody has put there.
        with aside.open("xb") as file:
            file.write(content)
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
        self._entries: list[dict[str, Any]] = []

    def begin(self, plan: Plan, run: Run) -> None:
        """Write the whole way back, before anything of ``plan`` is sent.

        Raises:
            OSError: it can't be written.
        """
        if self._path is None or not plan.batches:
            return
        entries = document(expected(plan))
        self._write(entries, run.requests)
        # Kept only where there is more to come before the end.
        self._entries = entries if run.unread else []

    def settled(self, batch: Batch, outcomes: Mapping[str, Outcome], run: Run) -> None:
        """A batch has ended: a change that was confirmed vouches for what wasn't read."""
        if self._path is None or batch.package not in run.unread:
            return
        sent = Request(package=batch.package, versions=batch.versions, target=batch.target)
        ended = {(batch.package, version): outcome for version, outcome in outcomes.items()}
        # Entries of their own: to put them together with all others took longer with each batch.
        self._entries += undo([sent], ended, unread=run.unread)
        try:
            self._write(self._entries, run.requests)
        except OSError as error:
            self._workflow.line(f"The undo-file could not be written: {error}")

    def end(self, report: Report) -> None:
        """Write exactly what was changed, or what was there before if nothing was.

        Raises:
            OSError: it can't be written.
        """
        if self._path is not None:
            self._write(report.undo, report.run.requests)

    def _write(self, entries: Sequence[Mapping[str, Any]], requests: Sequence[Request]) -> None:
        stays = self._former and not entries
        text = self._former_text if stays else compact(joined(entries, self._former, requests))
        write(str(self._path), self._workflow.clean(text))


def _way_back_in(path: str) -> tuple[str, list[dict[str, Any]]]:
    """What a file holds, and the entries of an undo in it; none if it is no undo."""
    try:
        text = bounded.read(path, stop=None).decode()
        entries = json.loads(text)
    except (OSError, ValueError, RecursionError):
        return "", []
    is_undo = isinstance(entries, list) and all(map(_is_entry, entries))
    return (text, entries) if is_undo else ("", [])


def _is_entry(entry: Any) -> bool:
    """Whether it has what an entry of an undo has, as far as that is looked at."""
    if not isinstance(entry, dict) or not isinstance(entry.get("versions"), list):
        return False
    names = ("repository", "format", "namespace", "package")
    place = [entry[name] for name in names if entry.get(name) is not None]
    pins = entry.get("version-revisions", {})
    return isinstance(pins, dict) and all(
        isinstance(text, str) for text in (*place, *entry["versions"])
    )
