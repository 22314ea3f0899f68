"""Credentials that last: renewed before they end, masked before they are used, over real HTTP."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from codeartifact_emulator import Emulator, Expire, Fault, Reply
from codeartifact_status.identity import sessions
from codeartifact_status.identity.refusals import (
    CredentialsEnded,
    IdentityError,
    NotAssumed,
    NotRenewed,
)
from codeartifact_status.identity.roles import Sessions
from codeartifact_status.identity.sessions import Identity
from codeartifact_status.identity.tokens import Tokens, WebIdentity
from codeartifact_status.service.connection import Connection
from harness.identity import (
    ASSUME,
    SHORT,
    ambient,
    assume,
    can_read,
    chaining,
    earlier_session,
    role,
    with_sessions_of,
)
from harness.runs import PLACE, calls_of

REFUSED = Reply(status=403, code="AccessDenied", message="Not authorized")
DOWN = Reply(status=503, code="ServiceUnavailable")


def keys_of(who: Identity) -> Any:
    """The keys that a request of now is signed with."""
    return who.session.get_credentials().get_frozen_credentials()


# --- A role's session. ---------------------------------------------------------------------------


@pytest.mark.parametrize("chained", [False, True])
def test_a_session_that_is_about_to_end_is_renewed_and_masked_before_it_is_used(
    emulators: Callable[..., Emulator],
    at: Callable[..., None],
    connection: Connection,
    *,
    chained: bool,
) -> None:
    masked: list[str] = []
    told: list[str] = []
    emulator = with_sessions_of(SHORT, emulators, chained=chained)
    at(emulator, user=chained)

    who = assume(role(chained=chained), connection, mask=masked.append, tell=told.append)
    first, second = keys_of(who), keys_of(who)

    assert first != second
    assert {*first[:3], *second[:3]} <= {*masked}
    assert can_read(emulator, who)
    assert told[0] == "Assumed arn:aws:iam::111122223333:role/release as run-1"
    assert {*told[1:]} == {"Renewed the session of arn:aws:iam::111122223333:role/release as run-1"}


def test_each_session_is_asked_for_with_a_fresh_token(
    emulators: Callable[..., Emulator], at: Callable[..., None], connection: Connection
) -> None:
    emulator = with_sessions_of(SHORT, emulators)
    at(emulator)

    keys_of(assume(role(), connection))

    tokens = [call.params["WebIdentityToken"] for call in calls_of(emulator, ASSUME)]
    assert len(tokens) == len(set(tokens)) > 1


def test_the_shortest_session_that_aws_gives_is_not_renewed_with_each_request(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator)

    who = assume(role(duration=900), connection)

    assert keys_of(who) == keys_of(who)
    assert len(calls_of(emulator, ASSUME)) == 1


def test_a_session_ends_by_the_clock_that_it_is_watched_with(
    emulators: Callable[..., Emulator], at: Callable[..., None], connection: Connection
) -> None:
    # What AWS says of a session of 900 seconds to a machine whose clock is two hours slow.
    emulator = with_sessions_of(2 * 3600, emulators)
    at(emulator)
    sts = replace(connection, sign=False).client(boto3.Session(), "sts")
    proof = WebIdentity(audience="sts.amazonaws.com", file=None, from_fork=False)
    assumed = Sessions(
        role=role(duration=900),
        proof=Tokens(proof, connection, mask=lambda _: None),
        sts=sts,
        connection=connection,
        tell=lambda _: None,
    )

    ends = datetime.fromisoformat(assumed()["expiry_time"])

    assert ends <= datetime.now(UTC) + timedelta(seconds=900)


def test_a_refusal_a_while_before_the_end_is_final_and_the_session_is_used_on(
    emulators: Callable[..., Emulator], at: Callable[..., None], connection: Connection
) -> None:
    emulator = with_sessions_of(200, emulators)
    at(emulator)
    emulator.inject(Fault(ASSUME, REFUSED, skip=1))

    who = assume(role(), connection)

    assert keys_of(who) == keys_of(who) == keys_of(who)
    assert len(calls_of(emulator, ASSUME)) == 2


def test_what_passes_a_while_before_the_end_is_tried_again_with_the_next_request(
    emulators: Callable[..., Emulator], at: Callable[..., None], connection: Connection
) -> None:
    emulator = with_sessions_of(200, emulators)
    at(emulator)
    emulator.inject(Fault(ASSUME, DOWN, skip=1, times=connection.attempts))

    who = assume(role(), connection)
    first, second = keys_of(who), keys_of(who)

    assert first != second


def test_a_refusal_at_the_end_is_told_with_what_mends_it(
    emulators: Callable[..., Emulator], at: Callable[..., None], connection: Connection
) -> None:
    emulator = with_sessions_of(SHORT, emulators)
    at(emulator)
    # One is renewed as soon as it is there, which no session of AWS is short enough for.
    emulator.inject(Fault(ASSUME, REFUSED, skip=2))

    who = assume(role(), connection)

    for _ in range(2):
        with pytest.raises(NotRenewed) as refused:
            can_read(emulator, who)
        assert str(refused.value).startswith(
            "The session of arn:aws:iam::111122223333:role/release could not be renewed: "
            "arn:aws:iam::111122223333:role/release could not be assumed"
        )
        assert isinstance(refused.value.cause, NotAssumed)
        assert refused.value.remedy(PLACE) == refused.value.cause.remedy(PLACE)
    assert len(calls_of(emulator, ASSUME)) == 3


# --- What renews itself by other means, and what can't be renewed. -------------------------------


@pytest.fixture
def profile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, at: Callable[..., None]
) -> Callable[..., None]:
    """Writes a profile ``ours`` of the AWS configuration files, of these settings."""

    def write(emulator: Emulator, **settings: str) -> None:
        at(emulator)
        file = tmp_path / "config"
        lines = [f"{name} = {value}" for name, value in settings.items()]
        file.write_text("\n".join(["[profile ours]", *lines, ""]))
        monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
        monkeypatch.setenv("AWS_PROFILE", "ours")

    return write


def a_process(emulator: Emulator, directory: Path) -> str:
    """A credential_process that gives another session each time, each about to end; then none."""
    found = directory / "sessions"
    found.mkdir()
    ends = datetime.now(UTC) + timedelta(minutes=5)
    for number in range(3):
        variables = earlier_session(emulator)
        answer = {
            "Version": 1,
            "AccessKeyId": variables["AWS_ACCESS_KEY_ID"],
            "SecretAccessKey": variables["AWS_SECRET_ACCESS_KEY"],
            "SessionToken": variables["AWS_SESSION_TOKEN"],
            "Expiration": ends.isoformat(),
        }
        (found / str(number)).write_text(json.dumps(answer))
    script = directory / "process.py"
    script.write_text(
        "import pathlib\n"
        f"first = min(pathlib.Path({str(found)!r}).iterdir())\n"
        "print(first.read_text())\n"
        "first.unlink()\n"
    )
    return f"{sys.executable} {script}"


def test_what_renews_itself_is_masked_each_time(
    emulator: Emulator,
    profile: Callable[..., None],
    connection: Connection,
    tmp_path: Path,
) -> None:
    masked: list[str] = []
    profile(emulator, credential_process=a_process(emulator, tmp_path))

    who = ambient(connection, mask=masked.append)
    keys = keys_of(who)
    assert {*keys[:3]} <= {*masked}
    with pytest.raises(NotRenewed, match="profile ours, by its credential_process, could not"):
        can_read(emulator, who)


ENDED = {
    "environment": "AWS_SESSION_TOKEN of the environment has expired, and can't be renewed here: ",
    "profile": "The session token of profile ours has expired, and can't be renewed here: ",
}


@pytest.mark.parametrize("place", ENDED)
def test_credentials_that_end_are_named_with_that_they_cannot_be_renewed(
    emulator: Emulator,
    at: Callable[..., None],
    profile: Callable[..., None],
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    keys = earlier_session(emulator)
    at(emulator)
    if place == "profile":
        profile(emulator, **{name.lower(): value for name, value in keys.items()})
    for name, value in keys.items() if place == "environment" else ():
        monkeypatch.setenv(name, value)
    who = ambient(connection)
    emulator.expire_sessions()

    with pytest.raises(CredentialsEnded) as reading:
        can_read(emulator, who)
    with pytest.raises(CredentialsEnded) as checking:
        sessions.check_account(who, ["111122223333"], connection)

    assert str(reading.value) == (
        f"{ENDED[place]}ExpiredTokenException: "
        "The security token included in the request is expired"
    )
    assert str(checking.value).startswith(f"{ENDED[place]}ExpiredToken: ")
    assert "role-to-assume" in reading.value.remedy("a")


@pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException", "RequestExpired"])
def test_each_code_of_aws_for_credentials_that_ended_is_known(
    emulator: Emulator, at: Callable[..., None], connection: Connection, code: str
) -> None:
    at(emulator, user=True)
    emulator.inject(Fault("*", Reply(status=403, code=code, message="expired")))

    with pytest.raises(CredentialsEnded, match=f"{code}: expired"):
        can_read(emulator, ambient(connection))


def test_credentials_that_end_before_a_role_is_assumed_with_them_are_named(
    emulators: Callable[..., Emulator],
    at: Callable[..., None],
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    emulator = chaining(emulators)
    at(emulator, user=True)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-an-earlier-step")
    expired = Reply(status=403, code="ExpiredToken", message="expired")
    emulator.inject(Fault("AssumeRole", expired))

    with pytest.raises(CredentialsEnded, match="AWS_SESSION_TOKEN of the environment"):
        assume(role(chained=True), connection)


def test_a_session_that_ends_before_its_time_is_laid_to_the_clock(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator)
    emulator.inject(Fault("ListPackageVersions", Expire()))

    with pytest.raises(IdentityError, match="has expired early") as ended:
        can_read(emulator, assume(role(), connection))
    assert "clock" in ended.value.remedy("a")
