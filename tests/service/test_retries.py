"""What is worth another try, and after how long."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeartifact_status.service import retries

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
