"""What is worth another try, and after how long. Pure.

botocore's own retries are switched off, because they ignore ``Retry-After`` (seen with 1.44.5) and
because a second sending has to be known about: it can turn a success into a mismatch.
"""

import email.utils
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

ATTEMPTS = 5
"""How often a call is sent at most, unless ``AWS_MAX_ATTEMPTS`` says otherwise."""

SAVED_HEADER = "x-saved-retry-after"
"""Where the edge puts a ``Retry-After`` that botocore's parser can't take."""

LONGEST_PAUSE = 300.0
"""Seconds; a ``Retry-After`` beyond this is a refusal, not an invitation."""

# The codes that botocore's standard retry mode knows as throttling.
THROTTLING = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "SlowDown",
        "EC2ThrottledException",
        "PriorRequestNotComplete",
        "TransactionInProgressException",
    }
)


def is_throttling(status: int, code: str) -> bool:
    """Whether an answer says that too much was asked in too short a time."""
    return status == 429 or code in THROTTLING  # noqa: PLR2004 - HTTP's Too Many Requests


def is_transient(status: int, code: str) -> bool:
    """Whether the same request may succeed a little later; never for 400, 403 and 404."""
    return status >= 500 or is_throttling(status, code)  # noqa: PLR2004 - HTTP's server errors


def retry_after(response: Mapping[str, Any], *, now: datetime) -> float | None:
    """The pause, in seconds, that the service asked for; None if it didn't.

    ``response`` is that of a botocore ClientError: the modeled ``retryAfterSeconds`` of
    CodeArtifact's ThrottlingException, or the ``Retry-After`` header (RFC 9110, 10.2.3), which
    holds seconds or a date.
    """
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    header = headers.get("retry-after") or headers.get(SAVED_HEADER) or ""
    text = str(response.get("retryAfterSeconds") or header).strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", text):
        return float(text)
    try:
        until: datetime = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return None if until.tzinfo is None else max(0.0, (until - now).total_seconds())


def pause(attempt: int, *, throttled: bool, asked: float | None, jitter: float) -> float | None:
    """Seconds to wait after failed attempt number ``attempt``, from 1; None to give up.

    Exponential, with ``jitter`` (0 to 1) taking off up to a half, so that clients that failed
    together don't come back together. What the service ``asked`` for is the least it gets.
    """
    if asked is not None and asked > LONGEST_PAUSE:
        return None
    base = 0.5 if throttled else 0.1
    own = min(20.0, base * 2.0 ** (attempt - 1)) * (1 - jitter / 2)
    return max(own, asked or 0.0)
