"""What is said again and again while a step is at work: by time, however much or little happens."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SECONDS = 5.0
"""Between two lines of progress."""


@contextmanager
def every(seconds: float, say: Callable[[], None]) -> Iterator[None]:
    """Call ``say`` each time that so many ``seconds`` have passed, as long as the body runs."""
    done = threading.Event()

    def tick() -> None:
        while not done.wait(seconds):
            say()

    threading.Thread(target=tick, daemon=True).start()
    try:
        yield
    finally:
        done.set()
