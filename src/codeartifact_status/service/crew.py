"""Work side by side and in bounded time, on threads that can't keep the process from ending.

A runner that cancels a job waits for a few seconds; so a request that never ends is left behind.
The threads are daemons, which die with the process.
"""

import math
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextvars import copy_context
from typing import TypeVar

from codeartifact_status.errors import Interrupted

T = TypeVar("T")
R = TypeVar("R")

TICK = 0.1
"""Seconds between two looks at whether the step was stopped."""


def side_by_side(
    job: Callable[[T], R],
    todo: Sequence[T],
    *,
    workers: int,
    stop: threading.Event,
    grace: float,
) -> Iterator[tuple[T, R | Exception]]:
    """Each of ``todo`` with what ``job`` returned or raised, as they end.

    At most ``workers`` run at once. Once ``stop`` is set nothing more is begun, and what was begun
    is waited for ``grace`` seconds. What doesn't come out was not begun, or did not end.
    """
    waiting: queue.SimpleQueue[T] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[T, R | Exception] | None] = queue.SimpleQueue()
    for one in todo:
        waiting.put(one)
    working = _start(lambda: _work(job, waiting, done, stop), min(workers, len(todo)))
    end: float | None = None
    while working:
        try:
            result = done.get(timeout=TICK)
        except queue.Empty:
            if stop.is_set():
                end = end or time.monotonic() + grace
                if time.monotonic() >= end:
                    return
            continue
        if result is None:
            working -= 1
        else:
            yield result


def each(
    job: Callable[[T], R], todo: Sequence[T], *, workers: int, stop: threading.Event
) -> dict[T, R]:
    """What ``job`` returned for each of ``todo``, in order, before anything has been sent.

    So a stop doesn't wait for answers that are on their way, and nothing is begun after an error.

    Raises:
        Exception: what the job raised, for the first in order.
        Interrupted: the step was stopped meanwhile.
    """
    over = threading.Event()

    def attempt(one: T) -> R:
        if over.is_set():
            raise _NotBegun
        try:
            return job(one)
        except Exception:
            over.set()
            raise

    answers = dict(side_by_side(attempt, todo, workers=workers, stop=stop, grace=0.0))
    in_order = [(one, answers.get(one, _NotBegun())) for one in todo]
    for _, answer in in_order:
        if isinstance(answer, Exception) and not isinstance(answer, _NotBegun):
            raise answer
    found = {one: answer for one, answer in in_order if not isinstance(answer, Exception)}
    if len(found) < len(in_order):
        raise Interrupted("while the repository was being read")
    return found


class _NotBegun(Exception):
    """Stands for what was not begun, after an error or a stop."""


def _start(work: Callable[[], None], count: int) -> int:
    """Start ``count`` threads, or as many as the machine gives, which is how many it returns."""
    for started in range(count):
        try:
            threading.Thread(target=work, daemon=True).start()
        except RuntimeError:
            if started == 0:
                raise
            return started
    return count


def _work(
    job: Callable[[T], R],
    waiting: queue.SimpleQueue[T],
    done: queue.SimpleQueue[tuple[T, R | Exception] | None],
    stop: threading.Event,
) -> None:
    """Do what is waiting, one after the other; None says that this worker has ended."""
    while not stop.is_set():
        try:
            one = waiting.get_nowait()
        except queue.Empty:
            break
        try:
            done.put((one, job(one)))
        except Exception as error:  # noqa: BLE001 - handed over to the waiting thread
            done.put((one, error))
    done.put(None)


def in_time(call: Callable[[], T], *, seconds: float, stop: threading.Event) -> T:
    """What ``call`` returns or raises, in bounded time; it runs in the caller's context.

    The timeouts of a connection bound each wait for a byte, not the whole.

    Raises:
        TimeoutError: it takes longer than ``seconds``.
        Interrupted: the step was stopped meanwhile.
    """
    return result_of(begin(call), seconds=seconds, stop=stop)


def begin(call: Callable[[], T]) -> Future[T]:
    """Make a call on a thread of its own, in the caller's context."""
    answer: Future[T] = Future()
    context = copy_context()

    def run() -> None:
        try:
            answer.set_result(context.run(call))
        except BaseException as error:  # noqa: BLE001 - handed over to the waiting thread
            answer.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return answer


def result_of(answer: Future[T], *, seconds: float = math.inf, stop: threading.Event) -> T:
    """What a call that was begun returns or raises.

    Raises:
        TimeoutError: it takes ``seconds`` more.
        Interrupted: the step was stopped meanwhile.
    """
    deadline = time.monotonic() + seconds
    while not wait([answer], timeout=TICK).done:
        if stop.is_set():
            raise Interrupted("while an answer was awaited")
        if time.monotonic() > deadline:
            raise TimeoutError(f"no answer within {seconds:g} seconds")
    return answer.result()
