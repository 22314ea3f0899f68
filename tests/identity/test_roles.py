"""The role to assume: its request to STS, and what a refusal means, over real HTTP."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeartifact_emulator import Drop, Emulator, Fault, Reply, Truncate
from codeartifact_status.arns import RoleArn
from codeartifact_status.errors import Interrupted
from codeartifact_status.identity.refusals import (
    EveryPolicyTooLarge,
    IdentityError,
    NotAssumed,
    PolicyTooLarge,
    StsUnreachable,
)
from codeartifact_status.identity.roles import session_name
from codeartifact_status.identity.session_policy import Policy
from codeartifact_status.service.connection import Connection
from harness.identity import (
    ASSUME,
    EVERYTHING,
    SHORT,
    assume,
    can_read,
    chaining,
    role,
    web_trust,
    with_sessions_of,
)
from harness.runs import PLACE, calls_of

NO_KEY = (
    "Couldn't retrieve verification key from your identity provider,  please reference "
    "AssumeRoleWithWebIdentity documentation for requirements"
)

ANSWER_WITHOUT_KEYS = (
    '<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
    "<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId></AccessKeyId>"
    "<SecretAccessKey></SecretAccessKey><SessionToken></SessionToken></Credentials>"
    "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
)


def test_a_refusal_of_the_trust_policy_is_final_at_once_and_shows_the_claims(
    emulators: Callable[..., Emulator], at: Callable[..., None], connection: Connection
) -> None:
    wanted = {"token.actions.githubusercontent.com:sub": "repo:acme/widgets:environment:prod"}
    refusing = {"name": "release", "trust": web_trust(StringEquals=wanted), "policy": EVERYTHING}
    emulator = emulators(seed={"roles": [refusing]})
    at(emulator)
    began = time.monotonic()

    with pytest.raises(NotAssumed) as refused:
        assume(role(), connection)

    assert time.monotonic() - began < 3
    assert "AccessDenied" in str(refused.value)
    assert refused.value.refusal.claims["sub"] == "repo:acme/widgets:ref:refs/tags/v1.3.0"
    assert len(calls_of(emulator, ASSUME)) == 1


def test_a_role_that_is_not_there_is_refused_at_once(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator)

    with pytest.raises(NotAssumed):
        assume(role(arn=RoleArn.parse("arn:aws:iam::111122223333:role/nobody")), connection)
    assert len(calls_of(emulator, ASSUME)) == 1


@pytest.mark.parametrize(
    "effect",
    [
        Reply(status=400, code="IDPCommunicationError", message="unreachable"),
        Reply(status=400, code="InvalidIdentityToken", message=NO_KEY),
        Reply(status=400, code="InvalidIdentityTokenException", message=NO_KEY),
        Reply(status=503, code="ServiceUnavailable"),
        Reply(status=400, code="Throttling", message="Rate exceeded"),
        Reply(status=429, code="TooManyRequestsException", headers={"Retry-After": "0"}),
        Reply(status=200, body="<html>a proxy's page</html>"),
        Reply(status=200, body=""),
        Reply(status=200, body=ANSWER_WITHOUT_KEYS),
        Drop(),
        Truncate(keep=200),
    ],
    ids=repr,
)
def test_what_passes_is_tried_again_with_a_fresh_token(
    emulator: Emulator, at: Callable[..., None], connection: Connection, effect: object
) -> None:
    at(emulator)
    emulator.inject(Fault(ASSUME, effect, times=1))

    who = assume(role(), connection)

    assert who.account == "111122223333"
    tokens = [call.params["WebIdentityToken"] for call in calls_of(emulator, ASSUME)]
    assert len(tokens) == len(set(tokens)) == len(calls_of(emulator, "oidc")) == 2


def test_what_does_not_pass_ends_after_so_many_tries(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator)
    emulator.inject(Fault(ASSUME, Reply(status=500, code="InternalFailure")))

    with pytest.raises(StsUnreachable):
        assume(role(), connection)
    assert len(calls_of(emulator, ASSUME)) == 3


@pytest.mark.parametrize(
    ("code", "message"),
    [("IDPCommunicationError", "unreachable"), ("InvalidIdentityToken", NO_KEY)],
)
def test_an_issuer_that_aws_never_reaches_is_not_laid_to_the_trust_policy(
    emulator: Emulator, at: Callable[..., None], connection: Connection, code: str, message: str
) -> None:
    at(emulator)
    emulator.inject(Fault(ASSUME, Reply(status=400, code=code, message=message)))

    with pytest.raises((NotAssumed, StsUnreachable), match=code) as unreachable:
        assume(role(), connection)
    assert "trust policy" not in unreachable.value.remedy(PLACE)
    assert unreachable.value.passes
    assert len(calls_of(emulator, ASSUME)) == 3


@pytest.mark.parametrize(
    "message", ["Incorrect token audience", "No OpenIDConnect provider found in your account for x"]
)
def test_any_other_token_that_is_refused_is_refused_for_good(
    emulator: Emulator, at: Callable[..., None], connection: Connection, message: str
) -> None:
    at(emulator)
    emulator.inject(Fault(ASSUME, Reply(status=400, code="InvalidIdentityToken", message=message)))

    with pytest.raises(IdentityError, match=message) as refused:
        assume(role(), connection)
    assert not refused.value.passes
    assert len(calls_of(emulator, ASSUME)) == 1


def test_an_expired_token_of_a_file_is_refused(
    emulator: Emulator, at: Callable[..., None], connection: Connection, tmp_path: Path
) -> None:
    at(emulator)
    file = tmp_path / "token"
    file.write_text(emulator.identity_token(exp=int(time.time()) - 60))

    with pytest.raises(NotAssumed, match="ExpiredToken") as refused:
        assume(role(token_file=str(file)), connection)
    assert "is too old" in refused.value.remedy(PLACE)
    assert "trust policy" not in refused.value.remedy(PLACE)
    assert len(calls_of(emulator, ASSUME)) == 1


def test_a_role_can_be_assumed_with_the_credentials_at_hand(
    emulators: Callable[..., Emulator], at: Callable[..., None], connection: Connection
) -> None:
    masked: list[str] = []
    emulator = chaining(emulators, StringEquals={"sts:ExternalId": "acme-7"})
    at(emulator, user=True)

    who = assume(role(chained=True, external_id="acme-7"), connection, mask=masked.append)

    assert who.account == "111122223333"
    assert can_read(emulator, who)
    assert emulator.environment(user=True)["AWS_SECRET_ACCESS_KEY"] in masked
    assert calls_of(emulator, "oidc") == []


def test_a_wrong_external_id_is_refused_at_once(
    emulators: Callable[..., Emulator], at: Callable[..., None], connection: Connection
) -> None:
    emulator = chaining(emulators, StringEquals={"sts:ExternalId": "acme-7"})
    at(emulator, user=True)

    with pytest.raises(NotAssumed) as refused:
        assume(role(chained=True), connection)
    assert "external id" in refused.value.remedy(PLACE)
    assert len(calls_of(emulator, "AssumeRole")) == 1


@pytest.mark.parametrize("code", ["PackedPolicyTooLarge", "PackedPolicyTooLargeException"])
def test_a_policy_that_is_too_large_when_packed_is_explained(
    emulator: Emulator, at: Callable[..., None], connection: Connection, code: str
) -> None:
    at(emulator)
    emulator.inject(Fault(ASSUME, Reply(status=400, code=code, message="too large")))

    with pytest.raises(PolicyTooLarge) as refused:
        assume(role(policy=json.dumps(EVERYTHING)), connection)
    assert "Shorten `session-policy`" in refused.value.remedy(PLACE)


TOO_LARGE = Reply(
    status=400,
    code="PackedPolicyTooLarge",
    message="Packed policy consumes 157% of allotted space, please use smaller policy.",
)
WIDTHS = tuple(
    Policy(json.dumps({**EVERYTHING, "Id": name}), name) for name in ("this", "that", "any")
)


def test_a_policy_of_our_own_that_is_too_large_gives_way_to_the_next(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    told: list[str] = []
    at(emulator)
    emulator.inject(Fault(ASSUME, TOO_LARGE, times=2))

    assume(role(policies=WIDTHS), connection, tell=told.append)

    sent = [json.loads(call.params["Policy"])["Id"] for call in calls_of(emulator, ASSUME)]
    assert sent == ["this", "that", "any"]
    assert told == [
        "STS refused the session policy: Packed policy consumes 157% of allotted space, please use "
        f"smaller policy. Trying one that allows {allows}."
        for allows in ("that", "any")
    ] + ["Assumed arn:aws:iam::111122223333:role/release as run-1"]


def test_a_session_is_renewed_with_the_policy_that_served(
    emulators: Callable[..., Emulator], at: Callable[..., None], connection: Connection
) -> None:
    emulator = with_sessions_of(SHORT, emulators)
    at(emulator)
    emulator.inject(Fault(ASSUME, TOO_LARGE, times=1))

    who = assume(role(policies=WIDTHS), connection)
    assert can_read(emulator, who)

    sent = [json.loads(call.params["Policy"])["Id"] for call in calls_of(emulator, ASSUME)]
    assert sent == ["this", *["that"] * (len(sent) - 1)]
    assert len(sent) > 2


def test_the_widest_policy_is_tried_once_and_never_none(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator)
    emulator.inject(Fault(ASSUME, TOO_LARGE))

    with pytest.raises(EveryPolicyTooLarge, match="157%") as refused:
        assume(role(policies=WIDTHS), connection)

    assert [bool(call.params["Policy"]) for call in calls_of(emulator, ASSUME)] == [True] * 3
    assert "`session-policy: none`" in refused.value.remedy(PLACE)
    assert "shorter" not in refused.value.remedy(PLACE)


def test_no_policy_makes_room_for_the_tags_of_a_session(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator)
    message = "Packed size of session tags consumes 112% of allotted space."
    emulator.inject(Fault(ASSUME, Reply(status=400, code="PackedPolicyTooLarge", message=message)))

    with pytest.raises(PolicyTooLarge, match="session tags"):
        assume(role(policies=WIDTHS), connection)
    assert len(calls_of(emulator, ASSUME)) == 1


def test_a_duration_beyond_the_roles_own_is_not_blamed_on_the_trust_policy(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator)

    with pytest.raises(NotAssumed, match="MaxSessionDuration") as refused:
        assume(role(duration=7200), connection)
    assert "trust policy" not in refused.value.remedy(PLACE)
    assert "role-duration-seconds" in refused.value.remedy(PLACE)


def test_a_malformed_session_policy_is_not_blamed_on_the_trust_policy(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator)

    with pytest.raises(NotAssumed, match="Syntax errors in policy") as refused:
        assume(role(policy='{"Version":"2012-10-17"}'), connection)
    assert "`session-policy`" in refused.value.remedy(PLACE)
    assert "trust policy" not in refused.value.remedy(PLACE)


def test_a_wrong_audience_is_named_in_the_remedy(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator)

    with pytest.raises(NotAssumed, match="Incorrect token audience") as refused:
        assume(role(audience="sts.amazonaws.com.cn"), connection)
    assert "sts.amazonaws.com.cn" in refused.value.remedy(PLACE)


def test_a_stop_ends_the_pauses(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator)
    emulator.inject(
        Fault(ASSUME, Reply(status=429, code="Throttling", headers={"Retry-After": "60"}))
    )
    threading.Timer(0.3, connection.stop.set).start()

    with pytest.raises(Interrupted):
        assume(role(), connection)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("acme/widgets-1-1", "acme-widgets-1-1"),
        ("", "codeartifact-status"),
        ("x", "codeartifact-status-x"),
        ("a" * 80, "a" * 64),
        ("ünïcødé", "n-c-d"),
    ],
)
def test_a_session_name_is_made_valid(text: str, name: str) -> None:
    assert session_name(text) == name


@given(st.text())
def test_whatever_it_is_made_of_a_session_name_is_valid(text: str) -> None:
    name = session_name(text)

    assert 2 <= len(name) <= 64
    assert name.isascii()
    assert all(char.isalnum() or char in "_+=,.@-" for char in name)
