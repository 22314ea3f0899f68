"""From a role or the credentials at hand to a session, over real HTTP."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from codeartifact_emulator import Emulator, Fault, Reply
from codeartifact_status.identity import sessions
from codeartifact_status.identity.refusals import (
    CallerRefused,
    NoCredentials,
    WrongAccount,
)
from codeartifact_status.service.connection import Connection
from harness.identity import ASSUME, EVERYTHING, ambient, assume, can_read, role, trust, web_trust
from harness.runs import PLACE, calls_of


def test_a_token_becomes_a_session(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    masked: list[str] = []
    at(emulator)

    who = assume(role(), connection, mask=masked.append)

    assert who.account == "111122223333"
    assert can_read(emulator, who)
    (call,) = calls_of(emulator, ASSUME)
    assert call.principal == "anonymous"
    credentials = who.session.get_credentials().get_frozen_credentials()
    assert set(masked) == {call.params["WebIdentityToken"], *credentials[:3]}


@pytest.mark.parametrize("chained", [False, True])
def test_a_profile_and_broken_files_of_the_job_have_no_say(
    emulators: Callable[..., Emulator],
    at: Callable[..., None],
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    chained: bool,
) -> None:
    principal = {"AWS": "arn:aws:iam::111122223333:user/demo"}
    trusted = trust(principal, "sts:AssumeRole") if chained else web_trust()
    emulator = emulators(
        seed={"roles": [{"name": "release", "trust": trusted, "policy": EVERYTHING}]}
    )
    at(emulator, user=True)
    garbage = tmp_path / "garbage"
    garbage.write_bytes(b"[profile x\n\xff")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(garbage))
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "nobody")

    who = assume(role(chained=chained), connection)

    assert can_read(emulator, who)


def test_chaining_without_credentials_says_that_there_are_none(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator)

    with pytest.raises(NoCredentials):
        assume(role(chained=True), connection)


def test_the_credential_chain_is_used_without_a_role(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    masked: list[str] = []
    at(emulator, user=True)

    who = ambient(connection, mask=masked.append)

    assert can_read(emulator, who)
    assert emulator.environment(user=True)["AWS_SECRET_ACCESS_KEY"] in masked


def test_no_credentials_at_all_is_said_with_what_to_do(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator)

    with pytest.raises(NoCredentials) as none:
        ambient(connection)
    assert "id-token: write" in none.value.remedy(PLACE)


def test_a_profile_that_is_not_there_is_no_credentials(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator)

    with pytest.raises(NoCredentials, match="nobody"):
        ambient(replace(connection, profile="nobody"))


def test_a_profile_is_taken_from_the_files(
    emulator: Emulator,
    at: Callable[..., None],
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    at(emulator)
    keys = emulator.environment(user=True)
    file = tmp_path / "credentials"
    file.write_text(
        f"[ours]\naws_access_key_id = {keys['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {keys['AWS_SECRET_ACCESS_KEY']}\n"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))

    assert can_read(emulator, ambient(replace(connection, profile="ours")))


def test_unsigned_requests_need_no_credentials(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator)

    assert ambient(replace(connection, sign=False)).account is None


def test_the_account_of_a_role_is_known_without_asking(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator)
    who = assume(role(), connection)

    assert sessions.check_account(who, ["111122223333"], connection) == who
    with pytest.raises(WrongAccount, match="111122223333"):
        sessions.check_account(who, ["999999999999"], connection)
    assert calls_of(emulator, "GetCallerIdentity") == []


def test_the_account_of_credentials_at_hand_is_asked_for(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator, user=True)
    who = ambient(connection)

    assert sessions.check_account(who, ["111122223333"], connection).account == "111122223333"
    with pytest.raises(WrongAccount, match="not called"):
        sessions.check_account(who, ["999999999999"], connection)


def test_an_account_that_cannot_be_asked_for_is_no_identity(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator, user=True)
    emulator.inject(Fault("GetCallerIdentity", Reply(status=403, code="InvalidClientTokenId")))
    who = ambient(connection)

    with pytest.raises(CallerRefused, match="InvalidClientTokenId"):
        sessions.check_account(who, ["111122223333"], connection)
    assert len(calls_of(emulator, "GetCallerIdentity")) == 1
