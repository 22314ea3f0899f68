"""How GitHub, and whoever speaks as it does, hands out a token, over real HTTP."""

import base64
import json
from collections.abc import Callable

import pytest

from codeartifact_emulator import Drop, Emulator, Fault, Reply
from codeartifact_status.identity import github
from codeartifact_status.identity.refusals import TokenUnavailable
from codeartifact_status.service.connection import Connection
from harness.runs import calls_of

AUDIENCE = "sts.amazonaws.com"


def ask(connection: Connection, audience: str = AUDIENCE) -> str:
    return github.ask(audience, connection, seconds=5)


@pytest.mark.parametrize(
    "audience", ["api://AzureADTokenExchange", "a&b=c", "a b+c", "ünï", "https://x/?a=1#f", "%41"]
)
@pytest.mark.parametrize("query", ["?api-version=2.0", ""])
def test_an_audience_arrives_as_it_was_given(
    emulators: Callable[..., Emulator],
    at: Callable[..., None],
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    audience: str,
    query: str,
) -> None:
    emulator = emulators(seed={"oidc": {"audiences": [audience]}})
    at(emulator)
    monkeypatch.setenv(github.URL, f"{emulator.url}/_oidc/token{query}")

    payload = ask(connection, audience).split(".")[1]

    assert json.loads(base64.urlsafe_b64decode(payload + "=="))["aud"] == audience
    (call,) = calls_of(emulator, "oidc")
    assert call.params["audience"] == audience


@pytest.mark.parametrize(
    ("effect", "passes", "text"),
    [
        (Reply(status=500), True, "answered 500 Internal Server Error"),
        (Reply(status=503, body="<html>down</html>"), True, "answered 503 Service Unavailable"),
        (Reply(status=429), True, "answered 429 Too Many Requests"),
        (Reply(status=408), True, "answered 408 Request Timeout"),
        (Reply(status=400), False, "answered 400 Bad Request"),
        (Reply(status=401, body="the bearer's token"), False, "answered 401 Unauthorized"),
        (Reply(status=407), False, "answered 407 Proxy Authentication Required"),
        (Reply(status=599), True, "answered 599"),
        (
            Reply(status=302, headers={"Location": "https://me:x@login.corp.test/?token=1"}),
            False,
            "answered 302 Found (a redirect to login.corp.test, not followed)",
        ),
        (Reply(status=401, headers={"Location": "http://["}), False, "answered 401"),
        (Reply(status=307), False, "answered 307 Temporary Redirect"),
        (Reply(status=200, body="<html>"), True, "answered with an HTML page"),
        (Reply(status=200, body=""), True, "answered without a token"),
        (Reply(status=200, body="[" * 200_000), True, "answered without a token"),
        (Reply(status=200, body="[]"), True, "answered without a token"),
        (Reply(status=200, body="null"), True, "answered without a token"),
        (Reply(status=200, body='{"value": 1}'), True, "answered without a token"),
        (Reply(status=200, body='{"value": "a.b"}'), True, "answered without a token"),
        (Reply(status=200, body='{"value": "a.b.c\\nd"}'), True, "answered without a token"),
        (Reply(status=200, body='{"value": "\\ud800.b.c"}'), True, "answered without a token"),
        (Drop(), True, "closed the connection without an answer"),
    ],
    ids=repr,
)
def test_what_came_of_a_request_is_told_by_its_status(
    emulator: Emulator,
    at: Callable[..., None],
    connection: Connection,
    effect: Reply | Drop,
    *,
    passes: bool,
    text: str,
) -> None:
    at(emulator)
    emulator.inject(Fault("oidc", effect))

    with pytest.raises(TokenUnavailable) as none:
        ask(connection)

    assert none.value.passes is passes
    assert text in str(none.value)
    assert emulator.url.removeprefix("http://") in str(none.value)
    assert "bearer's" not in str(none.value)
    assert "token=1" not in str(none.value)
    assert len(calls_of(emulator, "oidc")) == 1


@pytest.mark.parametrize(
    "url", ["nowhere", "ftp://issuer.test/x", "https://", "http://[", "http://issuer.test:port/"]
)
def test_an_address_that_is_none_is_told_by_its_variable(
    emulator: Emulator,
    at: Callable[..., None],
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
) -> None:
    at(emulator)
    monkeypatch.setenv(github.URL, url)

    with pytest.raises(TokenUnavailable, match=github.URL) as none:
        ask(connection)
    assert not none.value.passes
