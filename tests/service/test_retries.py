"""What is worth another try, after how long; and the loop that tries."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from codeartifact_status.errors import Interrupted
from codeartifact_status.model import Doubt
from codeartifact_status.service import retries
from codeartifact_status.service.retries import Pace, Tries, Unanswered

NOW = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "code", "is_one"),
    [
        (429, "ThrottlingException", True),
        (429, "429", True),
        (400, "Throttling", True),
        (400, "RequestLimitExceeded", True),
        (500, "InternalServerException", True),
        (503, "503", True),
        (599, "x", True),
        (400, "ValidationException", False),
        (403, "AccessDeniedException", False),
        (404, "ResourceNotFoundException", False),
        (409, "ConflictException", False),
        (402, "ServiceQuotaExceededException", False),
        (0, "", False),
    ],
)
def test_what_passes_by_itself(status: int, code: str, is_one: bool) -> None:  # noqa: FBT001
    assert retries.is_transient(status, code) is is_one


def response(header: str | None = None, member: Any = None) -> dict[str, Any]:
    headers = {} if header is None else {"retry-after": header}
    modeled = {} if member is None else {"retryAfterSeconds": member}
    return {"ResponseMetadata": {"HTTPHeaders": headers}, **modeled}


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (response(), None),
        ({}, None),
        (response("7"), 7.0),
        (response(" 7 "), 7.0),
        (response("0"), 0.0),
        (response(member=3), 3.0),
        (response("9", member=3), 3.0),
        (response("Sat, 31 Jan 2026 12:00:30 GMT"), 30.0),
        (response("Sat, 31 Jan 2026 11:00:00 GMT"), 0.0),
        (response("Sat, 31 Jan 2026 12:00:30 -0000"), None),
        (response("soon"), None),
        (response("-5"), None),
        (response("1e9"), None),
        (response(" nan "), None),
        (response("1.5"), 1.5),
        (response("٣"), None),
        (response("Sat, 99 Jan 2026 12:00:30 GMT"), None),
        (response("Sat, 31 Jan 99999999999999999999 12:00:30 GMT"), None),
        (response("Sat, 31 Jan 2026 12:00:30 +99999999999999999999"), None),
        (response("9" * 5000), float("inf")),
    ],
)
def test_the_pause_that_is_asked_for(answer: dict[str, Any], seconds: float | None) -> None:
    assert retries.retry_after(answer, now=NOW) == seconds


@given(st.text(max_size=30))
def test_no_header_makes_it_fail(text: str) -> None:
    asked = retries.retry_after(response(text), now=NOW)

    assert asked is None or asked >= 0


@given(st.integers(1, 100), st.booleans(), st.floats(0, 300) | st.none(), st.floats(0, 1))
def test_a_pause_is_never_shorter_than_asked_and_never_endless(
    attempt: int,
    throttled: bool,  # noqa: FBT001
    asked: float | None,
    jitter: float,
) -> None:
    seconds = retries.pause(attempt, throttled=throttled, asked=asked, jitter=jitter)

    assert seconds is not None
    assert (asked or 0) <= seconds <= max(20, asked or 0)


def test_pauses_grow() -> None:
    pauses = [retries.pause(n, throttled=False, asked=None, jitter=0) for n in (1, 2, 3)]

    assert pauses == [0.1, 0.2, 0.4]
    assert retries.pause(1, throttled=True, asked=None, jitter=1) == 0.25


def test_a_pause_beyond_all_bounds_is_a_refusal() -> None:
    assert retries.pause(1, throttled=True, asked=301, jitter=0) is None


# --- The loop. -----------------------------------------------------------------------------------

UNSENT = EndpointConnectionError(endpoint_url="https://x.example/")
LOST = ReadTimeoutError(endpoint_url="https://x.example/")


def refusal(status: int, code: str) -> ClientError:
    metadata: Any = {"HTTPStatusCode": status, "HTTPHeaders": {}}
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": metadata}, "X")


def script(*troubles: Exception) -> Callable[[], str]:
    """A request that fails so, one try after the other, and is answered then."""
    left = list(troubles)

    def send() -> str:
        if left:
            raise left.pop(0)
        return "answered"

    return send


@pytest.mark.parametrize(
    ("troubles", "sends", "doubt"),
    [
        ([], 1, Doubt.NONE),
        ([UNSENT], 2, Doubt.NONE),
        ([refusal(429, "ThrottlingException")], 2, Doubt.NONE),
        ([LOST], 2, Doubt.OUT),
        ([refusal(500, "X"), UNSENT], 3, Doubt.PAST),
        ([LOST, refusal(500, "X")], 3, Doubt.OUT),
        ([ValueError("a body that is none")], 2, Doubt.PAST),
    ],
)
def test_what_was_sent_and_what_it_may_have_done_is_counted(
    troubles: list[Exception], sends: int, doubt: Doubt
) -> None:
    tries = Tries(attempts=3, stop=threading.Event())

    assert tries.answer(script(*troubles)) == "answered"
    assert (tries.sends, tries.doubt) == (sends, doubt)


# --- What one call learns holds for all. ---------------------------------------------------------

THROTTLED = refusal(429, "ThrottlingException")


def test_a_throttling_costs_no_attempt_while_others_get_through() -> None:
    pace = Pace()
    tries = Tries(attempts=2, stop=threading.Event(), pace=pace)
    busy = script(*[THROTTLED] * 6)

    def send() -> str:
        pace.note_through()
        return busy()

    assert tries.answer(send) == "answered"
    assert tries.sends == 7


def test_a_throttling_that_lets_nobody_through_is_given_up() -> None:
    tries = Tries(attempts=3, stop=threading.Event())

    with pytest.raises(Unanswered):
        tries.answer(script(*[THROTTLED] * 6))
    assert tries.sends == 3


def test_what_one_call_was_told_to_wait_all_wait() -> None:
    pace = Pace()
    pace.hold(0.2)
    before = time.monotonic()

    Tries(attempts=1, stop=threading.Event(), pace=pace).answer(script())

    assert time.monotonic() - before >= 0.19


def test_a_step_that_is_stopped_while_it_is_held_back_sends_nothing() -> None:
    stop = threading.Event()
    stop.set()
    pace = Pace()
    pace.hold(60)
    tries = Tries(attempts=3, stop=stop, pace=pace)

    with pytest.raises(Unanswered) as end:
        tries.answer(script())
    assert (tries.sends, end.value.stopped) == (0, True)


def test_the_last_try_says_why_there_is_no_answer() -> None:
    tries = Tries(attempts=2, stop=threading.Event())

    with pytest.raises(Unanswered) as end:
        tries.answer(script(LOST, refusal(503, "Busy"), LOST))
    assert (end.value.trouble.failure.code, end.value.stopped) == ("Busy", False)
    assert tries.sends == 2


def test_a_refusal_is_final() -> None:
    tries = Tries(attempts=3, stop=threading.Event())

    with pytest.raises(Unanswered):
        tries.answer(script(refusal(400, "ValidationException")))
    assert tries.doubt is Doubt.NONE


def test_after_a_stop_or_a_halt_there_is_no_other_try() -> None:
    stop = threading.Event()
    stop.set()

    for tries in (
        Tries(attempts=3, stop=stop),
        Tries(attempts=3, stop=threading.Event(), halted=lambda: True),
    ):
        with pytest.raises(Unanswered) as end:
            tries.answer(script(UNSENT))
        assert end.value.stopped
        assert tries.sends == 1


def test_what_stops_the_step_is_not_tried_again() -> None:
    tries = Tries(attempts=3, stop=threading.Event())

    with pytest.raises(Interrupted):
        tries.answer(script(Interrupted("SIGTERM")))
    assert tries.sends == 1
