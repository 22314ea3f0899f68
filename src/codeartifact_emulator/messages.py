"""What goes over HTTP, as values: requests, answers, and the lack of one.

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
    peer: str = "127.0.0.1"
    """The address that it came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer, whole or cut short."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    keep: int | None = None
    """How many bytes of the body are sent before the connection is closed; None: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """No answer at all: the connection is closed, or reset."""

    reset: bool
    status: int = 0
    """What the client sees of an HTTP status."""


Sending: TypeAlias = Answer | Cut
