"""What goes over HTTP, as values: requests, answers, and answers that go wrong.

Nothing here knows a service or a socket.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An HTTP request, read whole. Header names are in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer, whole."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """An answer that ends before its Content-Length: after `keep` bytes of its body."""

    answer: Answer
    keep: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """No answer at all: the connection is closed, or reset."""

    reset: bool


Sending: TypeAlias = Answer | Short | Cut


def status_of(sending: Sending) -> int:
    """Give the HTTP status that the client sees, 0 if it sees none."""
    match sending:
        case Answer():
            return sending.status
        case Short(answer=answer):
            return answer.status
        case Cut():
            return 0
