"""What is worth another try, after how long; and the one loop that tries, for every AWS service.

botocore's own retries are switched off, because they ignore ``Retry-After`` (seen with 1.44.5) and
because a second sending has to be known about: it can turn a success into a mismatch. Nothing here
knows which service it is that answers.
"""

import email.utils
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from threading import Event, Lock
from typing import Any, TypeVar

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    ProxyConnectionError,
    ResponseStreamingError,
    SSLError,
)
from urllib3.exceptions import IncompleteRead, ProtocolError

from codeartifact_status.errors import StepError
from codeartifact_status.model import Code, Doubt, Failure
from codeartifact_status.service.library_errors import text_of

T = TypeVar("T")

TICK = 0.1
"""Seconds between two looks at whether a pause is to end."""

SAVED_HEADER = "x-saved-retry-after"
"""Where the edge puts a ``Retry-After`` that botocore's parser can't take."""

LONGEST_PAUSE = 300.0
"""Seconds; a ``Retry-After`` beyond this is a refusal, not an invitation."""

UNSENT = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError, SSLError)
"""The connection was never made, so the service can't have done anything."""

# The codes that botocore's standard retry mode knows as throttling.
THROTTLING = frozenset(
    {
        *("Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException"),
        *("RequestThrottled", "RequestThrottledException", "RequestLimitExceeded", "SlowDown"),
        *("BandwidthLimitExceeded", "LimitExceededException", "EC2ThrottledException"),
        *("PriorRequestNotComplete", "TransactionInProgressException"),
    }
)


def is_throttling(status: int, code: str) -> bool:
    """Whether an answer says that too much was asked in too short a time."""
    return status == HTTPStatus.TOO_MANY_REQUESTS or code in THROTTLING


def is_transient(status: int, code: str) -> bool:
    """Whether the same request may succeed a little later; for 400, 403 and 404 by code only."""
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or is_throttling(status, code)


def retry_after(response: Mapping[str, Any], *, now: datetime) -> float | None:
    """The pause, in seconds, that the service asked for; None if it didn't.

    ``response`` is that of a botocore ClientError: the modeled ``retryAfterSeconds`` of
    CodeArtifact's ThrottlingException, or the ``Retry-After`` header (RFC 9110, 10.2.3), which
    holds seconds or a date.
    """
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    header = headers.get("retry-after") or headers.get(SAVED_HEADER) or ""
    text = str(response.get("retryAfterSeconds") or header).strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return float(text)
    try:
        until: datetime = email.utils.parsedate_to_datetime(text)
    except (ValueError, OverflowError):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What a failed try means; ``asked`` is the pause, in seconds, that the service asked for.

    ``doubt`` is whether the request may have been carried out all the same; ``resource``, what
    isn't there, if that is it.
    """

    failure: Failure
    transient: bool
    throttled: bool = False
    asked: float | None = None
    doubt: Doubt = Doubt.NONE
    resource: str | None = None


HELD = Trouble(
    failure=Failure(Code.SKIPPED, "the service had asked to wait"), transient=True, throttled=True
)
"""What keeps a request from being sent for the first time."""


class Unreadable(Exception):
    """An answer that is none: it was cut short, or isn't what the service's model says."""


def judge(error: Exception) -> Trouble:
    """What an exception on the way to an answer of AWS means.

    Raises:
        StepError: it is one; no try can mend it.
    """
    match error:
        case StepError():
            raise error
        case ClientError():
            details = error.response.get("Error", {})
            status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            code = str(details.get("Code") or status)
            resource = error.response.get("resourceType")
            return Trouble(
                failure=Failure(code, str(details.get("Message") or "")),
                transient=is_transient(status, code),
                throttled=is_throttling(status, code),
                asked=retry_after(error.response, now=datetime.now(UTC)),
                doubt=Doubt.PAST if status >= HTTPStatus.INTERNAL_SERVER_ERROR else Doubt.NONE,
                resource=resource if isinstance(resource, str) else None,
            )
        case Unreadable():
            text = str(error)
        case _:
            text = text_of(error)
    is_final = _is_final(error)
    doubt = Doubt.NONE if is_final else _doubt_of(error)
    return Trouble(failure=Failure(Code.UNREPORTED, text), transient=not is_final, doubt=doubt)


def _is_final(error: Exception) -> bool:
    """Whether what got no answer would get none a little later, either."""
    match error:
        case ParamValidationError() | NoCredentialsError():
            return True
        case SSLError():
            return "CERTIFICATE_VERIFY_FAILED" in str(error)
        case ProxyConnectionError():
            # What a proxy answers to CONNECT, as the standard library tells it: 403, 407.
            said = re.search(r"Tunnel connection failed: 4(?!08|29)", str(error.kwargs["error"]))
            return said is not None
        case _:
            return False


def _doubt_of(error: Exception) -> Doubt:
    """Whether the service may have done what it was asked, where its answer is none."""
    match error:
        case _ if isinstance(error, UNSENT):
            return Doubt.NONE
        case HTTPClientError() if not _had_begun(error):
            return Doubt.OUT
        case _:
            # An answer that was cut short, or can't be read, for which botocore's parser has many
            # exceptions: the service is done.
            return Doubt.PAST


def _had_begun(error: HTTPClientError) -> bool:
    """Whether a connection broke in the middle of an answer."""
    cause = error.kwargs.get("error")
    parts = cause.args if isinstance(cause, ProtocolError) else ()
    return isinstance(error, ResponseStreamingError) or any(
        isinstance(part, IncompleteRead) for part in parts
    )


class Unanswered(Exception):
    """A request got no answer that counts; its cause is the exception of the last try.

    ``stopped`` says that there would have been another try, had the step not been told to end.
    """

    def __init__(self, trouble: Trouble, *, stopped: bool) -> None:
        """``trouble`` is that of the last try."""
        self.trouble, self.stopped = trouble, stopped
        super().__init__(trouble.failure.message)


@dataclass(slots=True)
class Pace:
    """What one call learns of the service's limits, for all calls that share it. Thread-safe.

    A call that is throttled holds back all others, and is only given up where none gets through.
    """

    _until: float = 0.0
    _through: int = 0
    _lock: Lock = field(default_factory=Lock)

    @property
    def through(self) -> int:
        """How many calls were answered with anything but a throttling."""
        return self._through

    def note_through(self) -> None:
        """A call was answered."""
        with self._lock:
            self._through += 1

    def hold(self, seconds: float) -> None:
        """Let nothing be sent for so long."""
        with self._lock:
            self._until = max(self._until, time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds until something may be sent again."""
        return self._until - time.monotonic()


@dataclass(slots=True, kw_only=True)
class Tries:
    """The tries of one request: ``attempts`` at most, and none once it is told to end.

    ``stop`` and ``halted`` say so, and end a pause. ``sends`` counts what was sent; ``doubt`` is
    whether one of them may have been carried out without an answer. A throttling counts as an
    attempt only if no call of the same ``pace`` got through since the one before.
    """

    attempts: int
    stop: Event
    halted: Callable[[], bool] = lambda: False
    pace: Pace = field(default_factory=Pace)
    sends: int = 0
    doubt: Doubt = Doubt.NONE
    _spent: int = 0
    _through: int = -1

    def answer(self, send: Callable[[], T], judge: Callable[[Exception], Trouble] = judge) -> T:
        """What ``send`` returns, sent again as long as that is worth it.

        Raises:
            Unanswered: it failed for good.
            StepError: the step can't go on.
        """
        trouble: Trouble | None = None
        cause: Exception | None = None
        while True:
            if (left := self.pace.left) > 0 and self._is_told_to_end(left):
                raise Unanswered(trouble or HELD, stopped=True) from cause
            self.sends += 1
            try:
                answer = send()
            except Exception as error:  # noqa: BLE001 - botocore's parser raises exceptions of any family for an answer that it can't read
                trouble, cause = judge(error), error
            else:
                self.pace.note_through()
                return answer
            seconds = self._pause_after(trouble)
            if seconds is None or self._is_told_to_end(seconds):
                raise Unanswered(trouble, stopped=seconds is not None) from cause

    def _pause_after(self, trouble: Trouble) -> float | None:
        """Count a try that failed; the seconds until the next, or None if it was the last."""
        self.doubt = max(self.doubt, trouble.doubt)
        if not trouble.throttled:
            self.pace.note_through()
            self._spent += 1
        elif self._through == self.pace.through or self._through < 0:
            self._spent += 1
        if trouble.throttled:
            self._through = self.pace.through
        if not trouble.transient or self._spent >= self.attempts:
            return None
        seconds = pause(
            self._spent,
            throttled=trouble.throttled,
            asked=trouble.asked,
            jitter=random.random(),  # noqa: S311 - it spreads retries, it guards nothing
        )
        if trouble.throttled and seconds is not None:
            self.pace.hold(seconds)
        return seconds

    def _is_told_to_end(self, seconds: float) -> bool:
        """Wait; True as soon as the step is stopped, or soon after it is ``halted``."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if self.halted() or self.stop.wait(min(left, TICK)):
                return True
        return self.halted() or self.stop.is_set()
