"""How GitHub hands out a token: a request to an address of the job, with a bearer's token.

GitHub Enterprise Server and Forgejo do the same (GitHub Docs, "OpenID Connect reference"; Forgejo
Docs, "Forgejo Actions | Security OpenID Connect"). What came of a request is told by its status,
and nothing is quoted of what was sent or answered.
"""

import json
import os
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from codeartifact_status.identity.refusals import TokenUnavailable
from codeartifact_status.identity.secrets import one_token
from codeartifact_status.service.connection import Answer, Connection, Unreachable, route
from codeartifact_status.service.crew import in_time
from codeartifact_status.service.retries import is_transient

URL, BEARER = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"


def may_ask() -> bool:
    """Whether the job was given an address and a token to ask with."""
    return bool(os.environ.get(URL) and os.environ.get(BEARER))


def ask(audience: str, connection: Connection, *, seconds: float) -> str:
    """A token for an audience, asked for once, in at most so many seconds.

    Raises:
        TokenUnavailable: there is none.
        Interrupted: the step was stopped meanwhile.
    """
    url = os.environ[URL]
    if not _is_http(url):
        raise TokenUnavailable(f"{URL} is not an HTTP URL", passes=False)
    address = f"{url}{'&' if '?' in url else '?'}audience={quote(audience, safe='')}"
    headers = {"Authorization": f"Bearer {os.environ[BEARER]}", "Accept": "application/json"}
    try:
        answer = in_time(
            lambda: connection.get(address, headers), seconds=seconds, stop=connection.stop
        )
    except TimeoutError:
        raise TokenUnavailable(f"{route(url)} did not answer in time", passes=True) from None
    except Unreachable as error:
        raise TokenUnavailable(str(error), passes=error.passes) from None
    return _token_of(answer, place=str(route(url)))


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _token_of(answer: Answer, *, place: str) -> str:
    if answer.status != HTTPStatus.OK:
        reason = f"{place} answered {_status_of(answer)}"
        raise TokenUnavailable(reason, passes=_passes(answer.status))
    try:
        return one_token(str(json.loads(answer.body)["value"]))
    except (ValueError, LookupError, TypeError, RecursionError):
        said = "without a token"
        if "html" in answer.headers.get("content-type", "") or answer.body.lstrip()[:1] == b"<":
            said = "with an HTML page, as a proxy or a network's sign-in page does"
        raise TokenUnavailable(f"{place} answered {said}", passes=True) from None


def _status_of(answer: Answer) -> str:
    """A status with its phrase, and the host that a redirect leads to."""
    try:
        text = f"{answer.status} {HTTPStatus(answer.status).phrase}"
        host = urlsplit(answer.headers.get("location", "")).netloc.rpartition("@")[2]
    except ValueError:
        return str(answer.status)
    return f"{text} (a redirect to {host}, not followed)" if host else text


def _passes(status: int) -> bool:
    return status == HTTPStatus.REQUEST_TIMEOUT or is_transient(status, "")
