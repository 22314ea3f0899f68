"""The action called in this process, for facts that need none of their own.

What a process has to itself is laid out anew for each call: the environment, the directory, the
streams, the filter of warnings, the loggers of ``debug``. What can't be is left to ``runs``:
signals, and what Python reads as it starts. Pauses between tries are a fiftieth of what they are.
"""

import contextlib
import inspect
import io
import logging
import os
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import botocore.session
import pytest
from botocore import hooks

from codeartifact_emulator import Emulator
from codeartifact_status.action import main
from codeartifact_status.runner.interruption import Interruption
from codeartifact_status.runner.workflow import WIRE
from codeartifact_status.service import retries, sending
from harness.runs import Finished, Job

_loader = cache(botocore.session.create_loader)
_takes_keywords = hooks.accepts_kwargs
_event_name = hooks.EventAliaser._alias_event_name  # noqa: SLF001 - nothing public is called by name
_event_names: dict[str, str] = {}
_pause = retries.pause


def _short(*given: Any, **named: Any) -> float | None:
    pause = _pause(*given, **named)
    return None if pause is None else pause / 50


def _takes_keywords_by_code(handler: Any) -> Any:
    code = getattr(handler, "__code__", None)
    return _takes_keywords(handler) if code is None else code.co_flags & inspect.CO_VARKEYWORDS


def _event_name_once(aliaser: hooks.EventAliaser, name: str) -> str:
    if name not in _event_names:
        _event_names[name] = _event_name(aliaser, name)
    return _event_names[name]


@contextlib.contextmanager
def models_read_once() -> Iterator[pytest.MonkeyPatch]:
    """What every session of botocore finds out anew, once for all of them.

    Its models are megabytes; and for a hundred handlers it takes signatures and names apart.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", _loader)
        patch.setattr(hooks, "accepts_kwargs", _takes_keywords_by_code)
        patch.setattr(hooks.EventAliaser, "_alias_event_name", _event_name_once)
        yield patch


@contextlib.contextmanager
def quickly() -> Iterator[pytest.MonkeyPatch]:
    """Short pauses between tries, so that hundreds of runs take seconds."""
    with models_read_once() as patch:
        patch.setattr(retries, "pause", _short)
        patch.setattr(sending, "CONFLICT_PAUSE", 0.005)
        yield patch


class Stream(io.TextIOWrapper):
    """A stream of a process, and all that was written to it."""

    def __init__(self) -> None:
        self._written = io.BytesIO()
        super().__init__(self._written, encoding="utf-8", write_through=True)

    @property
    def text(self) -> str:
        return self._written.getvalue().decode("utf-8", "surrogateescape")


@contextlib.contextmanager
def as_if_started(
    environment: Mapping[str, str], directory: Path
) -> Iterator[tuple[Stream, Stream]]:
    """Let this process be one that was just started there, with nothing but this environment.

    Give its stdout and stderr.
    """
    ours, running = dict(os.environ), set(threading.enumerate())
    stdout, stderr = Stream(), Stream()
    os.environ.clear()
    os.environ.update(environment)
    try:
        with (
            contextlib.chdir(directory),
            contextlib.redirect_stdout(stdout),
            contextlib.redirect_stderr(stderr),
            warnings.catch_warnings(),
            quickly() as patch,
        ):
            warnings.simplefilter("default")
            # A signal is the whole process' affair.
            patch.setattr(Interruption, "listen", lambda _: None)
            yield stdout, stderr
    finally:
        logging.captureWarnings(capture=False)
        for name in WIRE:
            # What `debug` brought into the log of a run that has ended.
            logger = logging.getLogger(name)
            logger.handlers.clear()
            logger.setLevel(logging.NOTSET)
            logger.propagate = True
        os.environ.clear()
        os.environ.update(ours)
        for thread in set(threading.enumerate()) - running:
            if isinstance(thread, threading.Timer):
                # The deadline of a step that has ended.
                thread.cancel()


def called(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    directory: Path,
    program: Callable[[Sequence[str]], int] = main,
) -> CompletedProcess[str]:
    """Call a program, ours if nothing else is said; what it came to, as that of a process."""
    with as_if_started(environment, directory) as (stdout, stderr):
        exit_code = program(arguments)
    return CompletedProcess(arguments, exit_code, stdout.text, stderr.text)


@dataclass(slots=True)
class Act:
    """Calls the action with what GitHub's runner would start it with: a ``Runner`` in here."""

    emulator: Emulator
    directory: Path
    runs: int = 0

    def __call__(
        self, *, on: Emulator | None = None, arguments: Sequence[str] = (), **given: Any
    ) -> Finished:
        """Run to the end, with what ``Job.prepare`` takes."""
        job = Job.prepare(on or self.emulator, self.directory / f"act-{self.runs}", **given)
        self.runs += 1
        done = called(arguments, job.environment, job.workspace)
        return job.ended(done.returncode, stdout=done.stdout, stderr=done.stderr)
