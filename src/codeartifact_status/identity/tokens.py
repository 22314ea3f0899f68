"""Where OIDC tokens come from: a file, or the CI system; and what is to be read in them.

A token is checked and masked before anything else happens to it. Nothing here knows what it is
good for.
"""

import base64
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Any

from urllib3.exceptions import HTTPError

from codeartifact_status.identity import github, secrets
from codeartifact_status.identity.refusals import (
    ForkPullRequest,
    NoGitLabToken,
    NoTokenHere,
    NoTokenPermission,
    NoTokenTool,
    SecretUnusable,
    TokenFileUnreadable,
    TokenUnavailable,
)
from codeartifact_status.runner import bounded, secret_variables
from codeartifact_status.service.connection import Connection
from codeartifact_status.service.crew import begin, in_time, result_of
from codeartifact_status.service.library_errors import text_of

if TYPE_CHECKING:
    from concurrent.futures import Future

TIMEOUT = 30.0
"""Seconds for one request of a token at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebIdentity:
    """A token as the proof of who asks: that of ``file``, or one of the CI system's."""

    audience: str
    file: str | None
    from_fork: bool
    """Whether a pull request from a fork started the run, which says why there is no token."""


class Tokens:
    """The tokens of a source, each masked.

    A CI system is asked for the first at once, and it is waited for later: there is much to load.
    """

    def __init__(
        self, source: WebIdentity, connection: Connection, *, mask: Callable[[str], None]
    ) -> None:
        """``mask`` is told of every token before it is used."""
        self._source = source
        self._connection = connection
        self._mask = mask
        self._first: Future[str] | None = None if source.file else begin(self._fresh)

    def __call__(self) -> str:
        """A token of now.

        Raises:
            IdentityError: there is none; a TokenUnavailable says whether that passes.
            Interrupted: the step was stopped meanwhile.
        """
        first, self._first = self._first, None
        return self._fresh() if first is None else result_of(first, stop=self._connection.stop)

    def _fresh(self) -> str:
        if self._source.file:
            token = _read(self._source.file, stop=self._connection.stop)
        else:
            secrets.check_all(secret_variables.of_ci())
            token = _checked(_ask_system(self._source, self._connection))
        self._mask(token)
        return token


def read_claims(token: str) -> Mapping[str, Any]:
    """The claims of a token, unverified, to be shown; empty if it has none that can be read."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _read(path: str, *, stop: Event) -> str:
    try:
        # PowerShell begins a file with a byte order mark.
        return secrets.one_token(bounded.read(path, stop=stop).decode("utf-8-sig"))
    except OSError as error:
        raise TokenFileUnreadable(path, error.strerror or str(error)) from error
    except UnicodeError:
        raise TokenFileUnreadable(path, "it is not UTF-8") from None
    except ValueError as error:
        raise TokenFileUnreadable(path, str(error)) from None


def _checked(text: str) -> str:
    """The token that the CI system gave, if it is one."""
    try:
        return secrets.one_token(text)
    except ValueError as error:
        raise TokenUnavailable(f"the CI system gave something else: {error}", passes=True) from None


def _ask_system(source: WebIdentity, connection: Connection) -> str:
    """The token that the CI system hands out, in bounded time."""
    seconds = min(TIMEOUT, connection.patience)
    if os.environ.get("GITHUB_ACTIONS", "").lower() == "true":
        if not github.may_ask():
            raise ForkPullRequest() if source.from_fork else NoTokenPermission()
        return github.ask(source.audience, connection, seconds=seconds)
    if os.environ.get("GITLAB_CI"):
        return _read_gitlab(source.audience)
    return _ask_other(source.audience, connection, seconds=seconds)


def _read_gitlab(audience: str) -> str:
    """The token in GitLab's variable for an audience, named as ``id`` names it."""
    variable = re.sub(r"[^A-Z0-9_]|^[0-9]", "_", audience.upper()) + "_ID_TOKEN"
    token = os.environ.get(variable, "")
    if not token:
        raise NoGitLabToken(variable=variable, audience=audience)
    try:
        return secrets.one_token(token)
    except ValueError as error:
        raise SecretUnusable(named=variable, reason=str(error)) from None


def _ask_other(audience: str, connection: Connection, *, seconds: float) -> str:
    """The token of CircleCI, Buildkite or Google Cloud, by ``id``.

    The first two hand it out by a command, the third on this very machine: no proxy is in the way.
    """
    # Loaded here because most runs have no use for it.
    import id  # noqa: A004 - the package has that name

    try:
        token = in_time(
            lambda: id.detect_credential(audience), seconds=seconds, stop=connection.stop
        )
    except id.IdentityError as error:
        if _NO_TOOL.search(str(error)):
            raise NoTokenTool(str(error)) from error
        raise TokenUnavailable(_without_body(str(error)), passes=_passes(str(error))) from error
    except (HTTPError, OSError, ValueError, AttributeError) as error:
        # What `id` lets through: urllib3's errors and our own timeout, a command that can't be
        # started, and a body that isn't JSON, not UTF-8 or no object.
        raise TokenUnavailable(text_of(error), passes=True) from error
    if token is None:
        raise NoTokenHere(half_github=github.may_ask())
    return token


# `id` tells these apart by its messages only.
_NO_TOOL = re.compile(r"(CircleCI|Buildkite): could not find ")


def _without_body(message: str) -> str:
    """``id`` quotes the whole body of an answer, and what Buildkite's agent printed: a token, both.

    CircleCI's command prints its errors to stderr, which is what ``id`` quotes of it.
    """
    if message.startswith("Buildkite: "):
        return message.partition(": ")[2].partition(":")[0]
    return message.partition(", body=")[0] + (")" if ", body=" in message else "")


def _passes(message: str) -> bool:
    """Whether the endpoint failed, rather than refused. ``id`` tells only by its message."""
    return "code=4" not in message or "code=429" in message or "code=408" in message
