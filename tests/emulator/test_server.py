"""What the emulator takes from the network before it knows who sends it."""

import http.client

import pytest

from codeartifact_emulator import Emulator


def status_of(emulator: Emulator, **headers: str) -> int:
    host, port = emulator.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=5)
    connection.putrequest("POST", "/v1/package/versions", skip_host=True)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in {"Host": f"127.0.0.1:{port}", "Content-Length": "0", **named}.items():
        connection.putheader(name, value)
    connection.endheaders()
    try:
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:4566", "127.0.0.1", "[::1]:1", "x.localhost"]
)
def test_a_loopback_name_is_served(emulator: Emulator, host: str) -> None:
    assert status_of(emulator, Host=host) == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", "", "a b"])
def test_a_name_that_a_web_page_may_have_is_not(emulator: Emulator, host: str) -> None:
    assert status_of(emulator, Host=host) == 421
    assert emulator.calls == []


@pytest.mark.parametrize("length", [str(10**12), "9" * 40, "-1", "many"])
def test_a_body_without_bound_is_not_read(emulator: Emulator, length: str) -> None:
    assert status_of(emulator, Content_Length=length) == 413
