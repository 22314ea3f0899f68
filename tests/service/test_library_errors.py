"""What is told of a library's exception, and what isn't."""

from http.client import HTTPConnection

import pytest
from botocore.exceptions import EndpointConnectionError, HTTPClientError, ProxyConnectionError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import InvalidHeader, LocationParseError

from codeartifact_status.service.library_errors import text_of

PROXY = "http://me:s3cret#word@host:3128"


def refused_header() -> ValueError:
    """What http.client raises, which quotes the header."""
    connection = HTTPConnection("127.0.0.1", 9)
    connection.auto_open = 0
    connection.putrequest("GET", "/")
    with pytest.raises(ValueError, match="s3cret") as refused:
        connection.putheader("Authorization", "bearer s3cret\n")
    return refused.value


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (refused_header(), "ValueError"),
        (HTTPClientError(error=refused_header()), "HTTPClientError: ValueError"),
        (InvalidHeader("s3cret"), "InvalidHeader"),
        (ResponseParserError("<SessionToken>s3cret"), "an answer that could not be read"),
        (KeyError("s3cret"), "an answer that could not be read"),
        (ConnectionResetError(104, "reset"), "ConnectionResetError: [Errno 104] reset"),
        (
            HTTPClientError(error=ConnectionResetError(104, "reset")),
            "HTTPClientError: ConnectionResetError: [Errno 104] reset",
        ),
        (
            EndpointConnectionError(endpoint_url="https://host/v1"),
            'EndpointConnectionError: Could not connect to the endpoint URL: "https://host/v1"',
        ),
        (
            ProxyConnectionError(proxy_url=PROXY),
            'ProxyConnectionError: Failed to connect to proxy URL: "http://***@host:3128"',
        ),
    ],
)
def test_an_exception_is_told_without_what_it_may_quote(error: Exception, text: str) -> None:
    assert text_of(error) == text


def test_a_url_that_cannot_be_read_is_told_with_what_to_escape() -> None:
    text = text_of(HTTPClientError(error=LocationParseError("'me:s3cret' is not a valid host")))

    assert "s3cret" not in text
    assert "%23 for #" in text
