"""The edge to the file system, as far as inputs name files: paths checked, texts read."""

import contextlib
import os
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from codeartifact_status.inputs import values
from codeartifact_status.runner import bounded
from codeartifact_status.runner.isolation import flaw_of_bundle


def _as_path(parse: Callable[[str], str]) -> Callable[[object], str]:
    """A parser of paths: what the file system itself refuses is a wrong value, too."""

    def check(value: object) -> str:
        text = values.text(value)
        try:
            return parse(text)
        except (OSError, RuntimeError) as error:
            # A name that is too long, a link to itself, a directory that may not be entered.
            reason = error.strerror if isinstance(error, OSError) else "a link points to itself"
            raise ValueError(f"{values.shown(text)} is not a usable path: {reason}") from None

    return check


@_as_path
def certificates(text: str) -> str:
    """The path of a file of CA certificates."""
    if not Path(text).is_file():
        raise ValueError(f"there is no file {values.shown(text)}")
    if (flaw := flaw_of_bundle(text)) is not None:
        raise ValueError(f"{values.shown(text)} is not a CA bundle: {flaw}")
    return text


@_as_path
def workspace_path(text: str) -> str:
    """A path that stays inside of the workspace, which is where the runner starts the step."""
    workspace = Path.cwd().resolve()
    path = Path(text)
    # An anchor is a root or, on Windows, a drive; either alone is no absolute path there.
    if path.anchor or ".." in path.parts:
        raise ValueError(f"must be a relative path inside the workspace (got {values.shown(text)})")
    if not (workspace / path).resolve().is_relative_to(workspace):
        raise ValueError(f"{values.shown(text)} leads outside the workspace through a link")
    if (workspace / path).is_dir():
        raise ValueError(f"{values.shown(text)} is a directory")
    return text


@_as_path
def report_path(text: str) -> str:
    """Where to report to: a path inside of the workspace, or one that the job names in full.

    An absolute path is taken as it is, because it stands in for one that GitHub's runner would
    name; the workspace may hold links that somebody else has put there.
    """
    if not Path(text).is_absolute():
        return workspace_path(text)
    if Path(text).is_dir():
        raise ValueError(f"{values.shown(text)} is a directory")
    return text


def is_device(path: str) -> bool:
    """Whether a path leads to something that is there and is no file, such as ``/dev/stderr``."""
    return Path(path).exists() and not Path(path).is_file()


def is_file(path: str) -> bool:
    """Whether there is a file of that name."""
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        # A text that is no path at all.
        return False


def read_file_url(text: str) -> str:
    """What the file holds that ``file://`` names, as in the AWS CLI; other text as it is.

    Raises:
        ValueError: there is no such file, or it is not UTF-8.
    """
    if not text.startswith("file://"):
        return text
    path = os.path.expandvars(text.removeprefix("file://"))
    try:
        return read_file(str(Path(path).expanduser()))
    except RuntimeError as error:
        raise ValueError(f"{values.shown(text)} can't be read: {error}") from None


def read_file(path: str) -> str:
    """A file's text.

    Raises:
        ValueError: it can't be read, or is not UTF-8.
    """
    try:
        return _content(path).decode("utf-8-sig")
    except FileNotFoundError:
        raise ValueError(f"there is no file {values.shown(path)}") from None
    except OSError as error:
        raise ValueError(f"{values.shown(path)} can't be read: {error.strerror}") from None
    except ValueError:
        raise ValueError(f"{values.shown(path)} can't be read: it is not UTF-8") from None


# --- How long a file is waited for. ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reading:
    """What ends the wait for files, and those that were read: nothing comes twice out of a pipe."""

    stop: Event
    contents: dict[str, bytes] = field(default_factory=dict)


# pydantic, which calls what reads files, hands over nothing but values.
_reading: ContextVar[_Reading | None] = ContextVar("reading", default=None)


@contextlib.contextmanager
def reading_until(stop: Event) -> Iterator[None]:
    """Read the files that inputs name once each, and wait for what comes until ``stop``.

    Without this, nothing is waited for.
    """
    before = _reading.set(_Reading(stop))
    try:
        yield
    finally:
        _reading.reset(before)


def _content(path: str) -> bytes:
    reading = _reading.get()
    if reading is None:
        return bounded.read(path, stop=None)
    if path not in reading.contents:
        reading.contents[path] = bounded.read(path, stop=reading.stop)
    return reading.contents[path]
