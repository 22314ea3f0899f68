"""The edge to signals from the first moment on: remembered until somebody can act on them.

Loading the rest of the program takes a third of a second; a job that is cancelled meanwhile
still gets its outputs. So this is loaded first, and loads nothing itself that takes time.
"""

import signal
from collections.abc import Callable
from types import FrameType

NUMBERS = tuple(
    int(getattr(signal, name))
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
)
"""What runners send to cancel a job, and a terminal that goes away. Windows has no SIGHUP, but
SIGBREAK, which GitHub's runner sends there for SIGTERM (actions/runner, ``ProcessInvoker``)."""

early: list[int] = []
"""The signals that came before anybody could act on them, in order."""


def remember() -> None:
    """Take the signals from now on, and only remember them."""
    take(_remember)


def take(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    """Hand the signals to ``handler`` from now on."""
    for number in NUMBERS:
        # What somebody chose to ignore, as `nohup` does, stays ignored.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def _remember(number: int, _frame: FrameType | None) -> None:
    early.append(number)
