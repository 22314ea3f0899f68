"""The edge to what somebody else named and need not be a file: read and written within bounds.

A shell hands over pipes, as ``/dev/stdin`` or by ``<(…)``, so they are taken. But what has no end
is not read on, and what never comes, or is never taken, is not waited for beyond the step's end.
"""

import errno
import os
import select
import stat
import time
from threading import Event

MOST = 32 * 2**20
"""Bytes of a file that are read. The way back from 100,000 changes has 8 million."""

PATIENCE = 5.0
"""Seconds for a reader to take what is written to a pipe. A runner that cancels a job kills it
after ten, and the other files have to be written, too."""

TICK = 0.1
"""Seconds between two looks at whether the step was stopped."""

_PART = 2**20
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Neither opening nor reading waits; Windows has no pipes that could be opened by a name here."""


def read(path: str, *, stop: Event | None) -> bytes:
    """What a file holds, or what comes out of a pipe until its end.

    ``stop`` ends the wait for what comes; without one, nothing is waited for.

    Raises:
        OSError: it can't be read, there is too much in it, or too little came in time.
    """
    whole = bytearray()
    with open(path, "rb", buffering=0, opener=_open) as file:
        waits = not stat.S_ISREG(os.fstat(file.fileno()).st_mode)
        while True:
            if waits:
                _await(file.fileno(), stop)
            part = file.read(_PART)
            if not part:
                return bytes(whole)
            whole += part
            if len(whole) > MOST:
                raise OSError(errno.EFBIG, f"it has more than {MOST // 2**20} MiB")


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | _AT_ONCE)


def _await(pipe: int, stop: Event | None) -> None:
    """Wait until there is something in a pipe, or its end."""
    while not select.select([pipe], [], [], TICK if stop is not None else 0)[0]:
        if stop is None:
            raise BlockingIOError(errno.EAGAIN, "it is a pipe, and nothing comes from it")
        if stop.is_set():
            raise InterruptedError(
                errno.EINTR, "it is a pipe that was still open when the step had to stop"
            )


def append(path: str, text: str) -> None:
    """Add to what is there, be it a file, a pipe or a device.

    Raises:
        OSError: it isn't there, can't be written, or nobody reads what is written to it.
    """
    try:
        opened = os.open(path, os.O_WRONLY | os.O_APPEND | _AT_ONCE)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(errno.ENXIO, "nobody reads from it", path) from None
        raise
    rest = memoryview(text.encode())
    until = time.monotonic() + PATIENCE
    with open(opened, "wb", buffering=0) as file:  # noqa: PTH123 - it is open already
        while rest:
            written = file.write(rest)
            if written is None:
                left = until - time.monotonic()
                if left <= 0 or not select.select([], [opened], [], left)[1]:
                    text = f"nobody has read from it for {PATIENCE:g} seconds"
                    raise TimeoutError(errno.ETIMEDOUT, text, path)
            else:
                rest = rest[written:]
