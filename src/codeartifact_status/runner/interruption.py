"""The edge to whoever ends a step early: signals, and its own deadline."""

import os
import signal
import threading
from dataclasses import dataclass, field
from types import FrameType

from codeartifact_status.errors import Interrupted
from codeartifact_status.runner import signals


@dataclass(slots=True)
class Interruption:
    """What asks the step to end before it is done: the first signal that comes, or its deadline."""

    stop: threading.Event = field(default_factory=threading.Event)
    signal: int | None = None
    overdue: bool = False

    def listen(self) -> None:
        """Take the signals from now on, and those that came while the program was loaded.

        A handler runs between any two steps of the main thread, which may hold the event's own lock
        just then; so it only writes to a pipe, and a thread sets the event.
        """
        reading, writing = os.pipe()

        def heard(number: int, _frame: FrameType | None) -> None:
            if self.signal is None:
                self.signal = number
                os.write(writing, b"!")

        def pass_on() -> None:
            os.read(reading, 1)
            self.stop.set()

        threading.Thread(target=pass_on, daemon=True).start()
        signals.take(heard)
        for number in signals.early:
            heard(number, None)

    def expire_after(self, seconds: float) -> None:
        """Ask the step to end when ``seconds`` have passed from now."""

        def expire() -> None:
            self.overdue = True
            self.stop.set()

        timer = threading.Timer(seconds, expire)
        timer.daemon = True
        timer.start()

    def check(self) -> None:
        """Raise Interrupted if the step was asked to end, while nothing was sent yet."""
        reason = self.reason()
        if reason is not None:
            raise reason

    def reason(self) -> Interrupted | None:
        """Who asked the step to end; None if nobody did."""
        if self.signal is not None:
            return Interrupted(signal.Signals(self.signal).name)
        if self.overdue:
            return Interrupted("the deadline (timeout-seconds) has passed")
        return None
