"""How AWS and an issuer are reached: the way, what comes back, and what is said where none does."""

import inspect
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    HTTPClientError,
    ReadTimeoutError,
)
from botocore.httpsession import URLLib3Session

from codeartifact_emulator import Drop, Emulator, Fault, Reply
from codeartifact_status.errors import BadSetting
from codeartifact_status.service.connection import (
    MAX_BODY,
    Connection,
    Route,
    Unreachable,
    explained,
    route,
)
from harness.proxies import proxy_to

URL = "https://sts.eu-west-1.amazonaws.com/?Action=x"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def connection() -> Connection:
    return Connection(
        region="eu-west-1", connect_timeout=2, read_timeout=1, attempts=1, stop=threading.Event()
    )


def get(connection: Connection, url: str, **headers: str) -> str:
    """Why an address gives no answer."""
    with pytest.raises(Unreachable) as none:
        connection.get(url, headers)
    return str(none.value)


# --- A request of our own. -----------------------------------------------------------------------


def test_an_answer_is_its_status_headers_and_body(
    emulator: Emulator, connection: Connection
) -> None:
    reply = Reply(status=404, body="{}", headers={"X-Why": "none"})
    emulator.inject(Fault("oidc", reply))

    answer = connection.get(f"{emulator.url}/_oidc/token", {})

    assert (answer.status, answer.body, answer.headers["x-why"]) == (404, b"{}", "none")


def test_a_body_without_an_end_is_not_read_to_it(
    emulator: Emulator, connection: Connection
) -> None:
    emulator.inject(Fault("oidc", Reply(status=200, body="x" * (MAX_BODY * 2))))

    assert len(connection.get(f"{emulator.url}/_oidc/token", {}).body) == MAX_BODY


def test_a_header_that_cannot_be_sent_is_not_quoted(
    emulator: Emulator, connection: Connection
) -> None:
    for secret in ("line\nbreak", "tökén \u2713"):
        reason = get(connection, f"{emulator.url}/_oidc/token", Authorization=f"Bearer {secret}")
        assert secret not in reason
        assert "break" not in reason
        assert "the request to 127.0.0.1" in reason


def test_what_passes_is_told_from_what_does_not(
    emulator: Emulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.inject(Fault("oidc", Drop()))
    with pytest.raises(Unreachable) as dropped:
        connection.get(f"{emulator.url}/_oidc/token", {})
    assert dropped.value.passes

    for status, passes in ((403, False), (407, False), (429, True), (502, True)):
        with proxy_to({}, refusal=status) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            with pytest.raises(Unreachable, match=str(status)) as refused:
                connection.get("https://issuer.corp.test/", {})
        assert refused.value.passes is passes


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_certificates_that_are_none_are_a_wrong_setting(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    monkeypatch.setenv(variable, str(tmp_path))

    with pytest.raises(BadSetting, match=variable):
        connection.get("https://issuer.corp.test/", {})


# --- The way, in words. --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "url", "way"),
    [
        ({}, URL, Route(host="sts.eu-west-1.amazonaws.com")),
        ({}, "http://user:secret@127.0.0.1:9?q=@", Route(host="127.0.0.1:9")),
        (
            {"HTTPS_PROXY": "http://user:se@cret@proxy.corp.test:3128/"},
            "https://[fd00::1]:8443/x",
            Route(host="[fd00::1]:8443", proxy="proxy.corp.test:3128", variable="HTTPS_PROXY"),
        ),
        (
            {"HTTPS_PROXY": "a:1", "https_proxy": "b:2"},
            "HTTPS://issuer.test",
            Route(host="issuer.test", proxy="b:2", variable="https_proxy"),
        ),
        ({"HTTPS_PROXY": "a:1", "NO_PROXY": "test"}, "https://a.test", Route(host="a.test")),
        ({"HTTP_PROXY": "a:1", "ALL_PROXY": "a:1"}, "https://a.test", Route(host="a.test")),
    ],
)
def test_a_route_is_the_host_and_the_proxy_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str, way: Route
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert route(url) == way


def test_a_route_names_its_proxy_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:secret@proxy.corp.test:3128")

    assert str(route("https://a.test/x")) == (
        "a.test through the proxy proxy.corp.test:3128 (HTTPS_PROXY)"
    )


HOST = "sts.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ConnectTimeoutError(endpoint_url=URL), f"the connection to {HOST} timed out"),
        (ReadTimeoutError(endpoint_url=URL), f"{HOST} did not answer in time"),
        (
            ConnectionClosedError(endpoint_url=URL),
            f"{HOST} closed the connection without an answer",
        ),
        (
            HTTPClientError(error=ValueError("Invalid header value b'secret'")),
            f"the request to {HOST} failed: ValueError",
        ),
        (OSError("secret"), f"the request to {HOST} failed: OSError"),
    ],
)
def test_why_there_was_no_answer(error: Exception, text: str) -> None:
    assert explained(error, URL) == text


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield unused.getsockname()[1]


def test_nobody_there_is_told_by_what_the_system_says(
    connection: Connection, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "could not be reached" in get(connection, f"http://127.0.0.1:{closed_port}/")

    monkeypatch.setenv("HTTPS_PROXY", f"http://user:secret@127.0.0.1:{closed_port}")
    reason = get(connection, "https://issuer.corp.test/")
    assert reason.startswith(
        f"the proxy 127.0.0.1:{closed_port} (HTTPS_PROXY) did not connect to issuer.corp.test: "
    )
    assert "Connection refused" in reason
    assert "secret" not in reason
    assert "object at" not in reason


def test_a_request_of_our_own_goes_by_the_proxy(
    emulators: Callable[..., Emulator], connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator = emulators(host="127.0.0.2")
    port = int(emulator.url.rpartition(":")[2])
    with proxy_to({"127.0.0.2": ("127.0.0.2", port)}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        connection.get(f"{emulator.url}/_oidc/.well-known/jwks", {})

    assert proxy.asked == [f"GET {emulator.url}/_oidc/.well-known/jwks"]


def test_botocore_still_has_what_a_request_of_our_own_is_made_of() -> None:
    # None of it is documented; what it does is in `runs/test_networks`.
    assert {"verify", "proxies", "timeout"} <= set(inspect.signature(URLLib3Session).parameters)
    assert callable(URLLib3Session.send)
    assert callable(URLLib3Session.close)
