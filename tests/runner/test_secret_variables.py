"""Which variables of the environment hold a secret, and what of them is masked."""

import base64
import os

import pytest

from codeartifact_status.runner import secret_variables


@pytest.mark.parametrize(
    "name",
    [
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"),
        *("AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_BEARER_TOKEN_CODEARTIFACT"),
        *("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "STS_AMAZONAWS_COM_ID_TOKEN"),
    ],
)
def test_a_secret_is_masked_and_trimmed_in_place(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, " s3cret-token\r\n")

    assert " s3cret-token\r\n" in secret_variables.to_mask()
    (note,) = [note for note in secret_variables.trim() if name in note]
    assert "s3cret" not in note
    assert os.environ[name] == "s3cret-token"
    assert list(secret_variables.trim()) == []


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("http://me:s3cret@host:3128", {"http://me:s3cret@", "s3cret"}),
        ("me:s3cret@host:3128", {"me:s3cret@"}),
        ("http://me:pa#s3cret-word@host", {"pa#s3cret-word", "s3cret-word"}),
        ("http://me:pa@s3cret-word@host", {"http://me:pa@s3cret-word@", "pa@s3cret-word"}),
        ("http://me:s3cret%2Fword@host", {"s3cret%2Fword", "s3cret/word"}),
        ("http://me:s3cret/word@host", {"s3cret%2Fword", "s3cret/word"}),
        ("http://token-alone@host", {"http://token-alone@"}),
    ],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy", "AWS_ENDPOINT_URL_STS"])
def test_a_password_in_a_url_is_masked_as_it_may_be_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, url: str, masked: set[str]
) -> None:
    monkeypatch.setenv(name, url)

    assert masked <= set(secret_variables.to_mask())


def test_a_password_is_masked_as_the_header_that_is_made_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:s3cret%20word@host")

    assert base64.b64encode(b"me:s3cret word").decode() in secret_variables.to_mask()


@pytest.mark.parametrize("url", ["http://host:3128", "https://host/path", "host"])
def test_a_url_without_a_password_has_nothing_to_mask(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    for name in list(os.environ):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HTTPS_PROXY", url)

    assert list(secret_variables.to_mask()) == []


def test_bytes_that_are_no_text_are_masked_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:s3cret\udcff@host")

    assert "s3cret\udcff" in secret_variables.to_mask()
