"""Where OIDC tokens come from, over real HTTP."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jwt
import pytest

from codeartifact_emulator import Delay, Drop, Emulator, Fault, Reply
from codeartifact_status.errors import System
from codeartifact_status.identity.refusals import (
    ForkPullRequest,
    NoGitLabToken,
    NoTokenHere,
    NoTokenPermission,
    SecretUnusable,
    TokenFileUnreadable,
    TokenUnavailable,
)
from codeartifact_status.identity.tokens import read_claims
from codeartifact_status.service.connection import Connection
from harness.identity import EVERYTHING, assume, role, web_trust
from harness.runs import PLACE, calls_of


def test_the_audience_is_passed_on(
    emulators: Callable[..., Emulator], at: Callable[..., None], connection: Connection
) -> None:
    trusting = {"name": "release", "trust": web_trust(), "policy": EVERYTHING}
    oidc = {"audiences": ["sts.amazonaws.com.cn"]}
    emulator = emulators(seed={"oidc": oidc, "roles": [trusting]})
    at(emulator)

    assume(role(audience="sts.amazonaws.com.cn"), connection)

    assert [call.params["audience"] for call in calls_of(emulator, "oidc")] == [
        "sts.amazonaws.com.cn"
    ]


@pytest.mark.parametrize(
    "effect",
    [
        Reply(status=500),
        Reply(status=429),
        Reply(status=200, body="<html>"),
        Reply(status=200, body="{}"),
        Reply(status=200, body='{"value": ""}'),
        Drop(),
    ],
    ids=repr,
)
def test_a_token_that_does_not_come_is_asked_for_again(
    emulator: Emulator, at: Callable[..., None], connection: Connection, effect: object
) -> None:
    at(emulator)
    emulator.inject(Fault("oidc", effect, times=1))

    assert assume(role(), connection).account == "111122223333"


def test_a_token_that_never_comes_is_not_waited_for_for_ever(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator)
    emulator.inject(Fault("oidc", Delay(seconds=2)))
    began = time.monotonic()

    with pytest.raises(TokenUnavailable, match="did not answer in time"):
        assume(role(), replace(connection, read_timeout=0.2, attempts=2))
    assert time.monotonic() - began < 2


def test_a_refused_request_token_is_final(
    emulator: Emulator,
    at: Callable[..., None],
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at(emulator)
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "not-of-this-run")

    with pytest.raises(TokenUnavailable) as refused:
        assume(role(), connection)
    assert "not-of-this-run" not in str(refused.value)
    assert len(calls_of(emulator, "oidc")) == 1


@pytest.mark.parametrize(
    ("from_fork", "error"), [(False, NoTokenPermission), (True, ForkPullRequest)]
)
def test_without_the_permission_there_is_no_token(
    emulator: Emulator,
    at: Callable[..., None],
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    *,
    from_fork: bool,
    error: type[Exception],
) -> None:
    at(emulator)
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_URL")
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN")

    with pytest.raises(error):
        assume(role(from_fork=from_fork), connection)
    assert emulator.calls == []


def test_where_nothing_hands_out_tokens_that_is_said(
    emulator: Emulator,
    at: Callable[..., None],
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at(emulator)
    for name in ("GITHUB_ACTIONS", "ACTIONS_ID_TOKEN_REQUEST_URL"):
        monkeypatch.delenv(name)

    with pytest.raises(NoTokenHere) as nowhere:
        assume(role(), connection)
    assert "web-identity-token-file" in nowhere.value.remedy(replace(PLACE, system=System.SHELL))


def test_a_token_may_come_from_a_file(
    emulator: Emulator,
    at: Callable[..., None],
    connection: Connection,
    tmp_path: Path,
) -> None:
    masked: list[str] = []
    at(emulator)
    token = emulator.identity_token()
    file = tmp_path / "token"
    file.write_text(f"{token}\n")

    who = assume(role(token_file=str(file)), connection, mask=masked.append)

    assert who.account == "111122223333"
    assert token in masked
    assert calls_of(emulator, "oidc") == []


@pytest.mark.parametrize("content", [None, b"", b"  \n", b"\xff\xfe"])
def test_a_file_without_a_token_is_named(
    emulator: Emulator,
    at: Callable[..., None],
    connection: Connection,
    tmp_path: Path,
    content: bytes | None,
) -> None:
    at(emulator)
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(TokenFileUnreadable, match=str(file)):
        assume(role(token_file=str(file)), connection)
    assert emulator.calls == []


def test_claims_are_read_from_a_token() -> None:
    token = jwt.encode({"sub": "repo:a/b", "ünï": "ç"}, "k" * 32, algorithm="HS256")

    assert read_claims(token) == {"sub": "repo:a/b", "ünï": "ç"}


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "a.e30", "a.W10=.c", "a.\u00e9.c", "..."])
def test_claims_of_what_is_no_token_are_none(token: str) -> None:
    assert read_claims(token) == {}


# --- GitLab, which puts a token into a variable for each audience. -------------------------------


@pytest.fixture
def on_gitlab(at: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes this process a job of GitLab's, which has these variables."""

    def surround(emulator: Emulator, **variables: str) -> None:
        at(emulator)
        monkeypatch.delenv("GITHUB_ACTIONS")
        for name, value in {"GITLAB_CI": "true", **variables}.items():
            monkeypatch.setenv(name, value)

    return surround


@pytest.mark.parametrize(
    ("audience", "variable"),
    [
        ("sts.amazonaws.com", "STS_AMAZONAWS_COM_ID_TOKEN"),
        ("https://gitlab.corp.test", "HTTPS___GITLAB_CORP_TEST_ID_TOKEN"),
        ("1password", "_PASSWORD_ID_TOKEN"),
    ],
)
def test_the_variable_of_gitlab_is_named_after_the_audience(
    emulators: Callable[..., Emulator],
    on_gitlab: Callable[..., None],
    connection: Connection,
    audience: str,
    variable: str,
) -> None:
    trusting = {"name": "release", "trust": web_trust(), "policy": EVERYTHING}
    emulator = emulators(seed={"oidc": {"audiences": [audience]}, "roles": [trusting]})
    on_gitlab(emulator, **{variable: emulator.identity_token(audience)})

    assert assume(role(audience=audience), connection).account == "111122223333"
    assert calls_of(emulator, "oidc") == []


def test_a_variable_of_gitlab_that_is_not_there_is_named(
    emulator: Emulator, on_gitlab: Callable[..., None], connection: Connection
) -> None:
    on_gitlab(emulator)

    with pytest.raises(NoGitLabToken, match="STS_AMAZONAWS_COM_ID_TOKEN is not set"):
        assume(role(), connection)


def test_a_variable_of_gitlab_that_holds_no_token_is_named_and_not_sent(
    emulator: Emulator, on_gitlab: Callable[..., None], connection: Connection
) -> None:
    on_gitlab(emulator, STS_AMAZONAWS_COM_ID_TOKEN="$OTHER_TOKEN")

    with pytest.raises(SecretUnusable, match="STS_AMAZONAWS_COM_ID_TOKEN can't be used: it is no"):
        assume(role(), connection)
    assert emulator.calls == []
