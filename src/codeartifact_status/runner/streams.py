"""The edge to stdout and stderr, which may be closed, full, or read by nobody any more."""

import contextlib
import os
import sys


def prepare() -> None:
    """Make both streams fit for any text; one that whoever started us has closed takes it, too."""
    for stream in ("stdout", "stderr"):
        if getattr(sys, stream) is None:
            silence(stream)
        # A name may hold bytes that are no UTF-8, and must not end the run for it.
        getattr(sys, stream).reconfigure(encoding="utf-8", errors="backslashreplace")


def put(stream: str, text: str) -> None:
    """Write to a stream, at once.

    Raises:
        OSError: it can't be written.
    """
    getattr(sys, stream).write(text)
    getattr(sys, stream).flush()


def show(text: str) -> None:
    """Write an answer to stdout, as it is: it has been made for a reader or a program.

    Raises:
        OSError: it can't be written; that nobody reads any more is no error.
    """
    try:
        put("stdout", f"{text}\n")
    except BrokenPipeError:
        silence("stdout")
    except OSError:
        silence("stdout")
        raise


def silence(stream: str) -> None:
    """Let nothing more come of a stream; what is buffered would fail again at the process' end."""
    setattr(sys, stream, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115


def flush() -> None:
    """Write what is buffered, as far as that can be."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
