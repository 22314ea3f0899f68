"""Trust, sessions and session policies."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from codeartifact_emulator import Emulator, Fault, Reply
from harness.accounts import (
    ACCOUNT,
    GITHUB,
    PROVIDER,
    allow,
    assume,
    refusal,
    starting,
    statement,
    trust,
)
from harness.clients import CORE, ROLE, connect, put_core

NOT_AUTHORIZED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"


def test_a_trusted_run_becomes_the_role(emulator: Emulator) -> None:
    put_core(emulator, v1="Published")
    answer = assume(emulator)

    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/release/run-1"
    assert answer["SubjectFromWebIdentityToken"] == "repo:acme/widgets:ref:refs/tags/v1.3.0"
    assert (answer["Provider"], answer["Audience"]) == (PROVIDER, "sts.amazonaws.com")
    assert answer["Credentials"]["Expiration"].timestamp() == pytest.approx(
        time.time() + 3600, abs=5
    )
    with connect(emulator, "sts", answer["Credentials"]) as sts:
        assert sts.get_caller_identity()["Arn"] == answer["AssumedRoleUser"]["Arn"]
    with connect(emulator, credentials=answer["Credentials"]) as client:
        assert client.list_package_versions(**CORE)["versions"]


@pytest.mark.parametrize(
    ("condition", "trusted"),
    [
        ({}, True),
        ({"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}}, True),
        ({"StringEquals": {f"{GITHUB}:aud": "other"}}, False),
        ({"StringEquals": {f"{GITHUB}:sub": "repo:acme/widgets:*"}}, False),
        ({"StringLike": {"sts:RoleSessionName": "run-*"}}, True),
        ({"StringEquals": {"sts:RoleSessionName": "other"}}, False),
        ({"StringEquals": {f"{GITHUB}:actor_id": "583231"}}, True),
        # STS makes no condition keys of these claims.
        ({"StringEquals": {f"{GITHUB}:event_name": "push"}}, False),
        ({"StringEquals": {f"{GITHUB}:repository_owner": "acme"}}, False),
        ({"StringLike": {f"{GITHUB}:sub": "repo:acme/widgets:*"}}, True),
        ({"StringLike": {f"{GITHUB}:sub": "repo:acme/widget?:ref:refs/tags/v*"}}, True),
        ({"StringLike": {f"{GITHUB}:sub": ["repo:a/b:*", "repo:acme/*"]}}, True),
        ({"StringEqualsIgnoreCase": {f"{GITHUB}:repository": "Acme/Widgets"}}, True),
        ({"StringEquals": {f"{GITHUB}:repository_id": "1"}}, False),
        ({"StringNotEquals": {f"{GITHUB}:ref": "refs/heads/main"}}, True),
        ({"StringNotLike": {f"{GITHUB}:ref": "refs/tags/*"}}, False),
        ({"StringEquals": {f"{GITHUB}:environment": "release"}}, False),
        ({"StringEqualsIfExists": {f"{GITHUB}:environment": "release"}}, True),
        ({"ForAnyValue:StringEquals": {f"{GITHUB}:environment": "release"}}, False),
        ({"ForAllValues:StringEquals": {f"{GITHUB}:environment": "release"}}, True),
        ({"ForAllValues:StringLike": {f"{GITHUB}:sub": "repo:other/*"}}, False),
        ({"Null": {f"{GITHUB}:environment": "true"}}, True),
        ({"Null": {f"{GITHUB}:sub": True}}, False),
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "127.0.0.1"]}}, False),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, True),
        ({"NumericGreaterThan": {"aws:EpochTime": 1577836800}}, True),
        ({"Bool": {"aws:SecureTransport": False}}, False),
        (
            {
                "StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"},
                "StringLike": {f"{GITHUB}:sub": "repo:other/*"},
            },
            False,
        ),
    ],
)
def test_trust_conditions_are_on_the_tokens_claims(condition: Any, trusted: bool) -> None:  # noqa: FBT001
    with starting(allow("codeartifact:*"), trust(**condition)) as emulator:
        if trusted:
            assert assume(emulator)["Credentials"]
            return
        with pytest.raises(ClientError, match=NOT_AUTHORIZED) as error:
            assume(emulator)
        assert refusal(error) == ("AccessDenied", 403)


@pytest.mark.parametrize(
    "arn",
    [
        "not-an-arn-but-long-enough",
        f"arn:aws:iam::{ACCOUNT}:user/demo",
        f"arn:aws:iam:eu-west-1:{ACCOUNT}:role/release",
        "arn:aws:iam::not-an-account:role/release",
        f"arn:aws:iam::{ACCOUNT}:role/release:bad",
        f"arn:aws:iam::{ACCOUNT}:role/",
    ],
)
def test_what_is_no_roles_arn_is_told_from_a_role_that_does_not_trust(
    emulator: Emulator, arn: str
) -> None:
    with pytest.raises(ClientError, match="Request ARN is invalid") as error:
        assume(emulator, token="no.token.yet", RoleArn=arn)
    assert refusal(error) == ("ValidationError", 400)
    with connect(emulator, "sts") as sts, pytest.raises(ClientError) as error:
        sts.assume_role(RoleArn=arn, RoleSessionName="run-1")
    assert refusal(error) == ("ValidationError", 400)


def test_roles_and_users_by_name_are_in_the_partition_of_the_region() -> None:
    with Emulator.start(seed={"region": "cn-north-1"}) as emulator:
        assert [*emulator.identity.roles] == [ROLE.replace("aws", "aws-cn")]
        with connect(emulator, "sts") as sts:
            me = sts.get_caller_identity()["Arn"]
        assert me == f"arn:aws-cn:iam::{ACCOUNT}:user/demo"
        assert assume(emulator, RoleArn=ROLE.replace("aws", "aws-cn"))["Credentials"]


def test_a_session_has_the_tokens_subject_among_its_own_keys() -> None:
    tags = {"StringLike": {f"{GITHUB}:sub": "repo:acme/widgets:ref:refs/tags/*"}}
    policy = statement(Action="codeartifact:*", Resource="*", Condition=tags)
    with starting(policy) as emulator:
        put_core(emulator, v1="Published")
        for ref, allowed in (("refs/tags/v1", True), ("refs/heads/main", False)):
            made = assume(emulator, token=emulator.identity_token(ref=ref))["Credentials"]
            with connect(emulator, credentials=made) as client:
                if allowed:
                    assert client.list_package_versions(**CORE)["versions"]
                    continue
                with pytest.raises(ClientError, match="no identity-based policy"):
                    client.list_package_versions(**CORE)


def test_a_role_that_is_not_there_looks_like_one_that_does_not_trust(emulator: Emulator) -> None:
    with pytest.raises(ClientError, match=NOT_AUTHORIZED):
        assume(emulator, RoleArn=f"arn:aws:iam::{ACCOUNT}:role/other")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"RoleSessionName": "a b"}, "at 'roleSessionName'"),
        ({"RoleSessionName": "x" * 65}, "length less than or equal to 64"),
        ({"DurationSeconds": 899}, "value greater than or equal to 900"),
        ({"DurationSeconds": 43201}, "value less than or equal to 43200"),
        ({"DurationSeconds": 3601}, "exceeds the MaxSessionDuration"),
        ({"Policy": json.dumps(allow("*")) + " " * 2048}, "length less than or equal to 2048"),
        (
            {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/ReadOnly"}]},
            "PolicyArns is not emulated",
        ),
    ],
)
def test_sts_checks_what_it_is_asked(
    emulator: Emulator, params: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message) as error:
        assume(emulator, **params)
    assert refusal(error) == ("ValidationError", 400)
    assert "eyJ" not in str(error.value)


@pytest.mark.parametrize(
    "policy",
    [
        "{",
        "{}",
        '{"Version": "2012", "Statement": []}',
        json.dumps(allow("codeartifact:*", "package/acme")),
        json.dumps(statement(Action="*")),
        json.dumps(statement(Action="*", NotAction="*", Resource="*")),
        json.dumps(statement(Action="*", Resource="*", Conditions={})),
        json.dumps(statement(Action="*", Resource="*", Condition={"StringIs": {"a": "b"}})),
        json.dumps(statement(Action=[], Resource="*")),
    ],
)
def test_a_malformed_session_policy_is_refused(emulator: Emulator, policy: str) -> None:
    with pytest.raises(ClientError) as error:
        assume(emulator, Policy=policy)
    assert refusal(error) == ("MalformedPolicyDocument", 400)


@pytest.fixture
def two_roles() -> Iterator[Emulator]:
    third = {"name": "third", "trust": statement(Principal={"AWS": "*"}, Action="sts:AssumeRole")}
    partner = statement(
        Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/demo"},
        Action="sts:AssumeRole",
        Condition={"StringEquals": {"sts:ExternalId": "secret-1"}},
    )
    account = statement(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, Action="sts:AssumeRole")
    roles = [
        {"name": "release", "trust": trust(), "policy": allow("sts:*")},
        {"name": "partner", "trust": partner, "policy": allow("codeartifact:List*")},
        {"name": "chained", "trust": account, "max-session-duration": 7200},
        third,
    ]
    users = [
        {"name": "demo", "access-key-id": "AKIADEMO", "secret-access-key": "s1"},
        {"name": "other", "access-key-id": "AKIAOTHER", "secret-access-key": "s2"},
    ]
    with Emulator.start(seed={"roles": roles, "users": users}) as emulator:
        yield emulator


def role(name: str) -> dict[str, str]:
    return {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{name}", "RoleSessionName": "run-1"}


def test_an_external_id_is_a_condition(two_roles: Emulator) -> None:
    with connect(two_roles, "sts") as sts:
        assert sts.assume_role(**role("partner"), ExternalId="secret-1")["Credentials"]
        with pytest.raises(ClientError) as error:
            sts.assume_role(**role("partner"), ExternalId="secret-2")
        assert refusal(error) == ("AccessDenied", 403)
        assert str(error.value).endswith(
            f"User: arn:aws:iam::{ACCOUNT}:user/demo is not authorized to perform: sts:AssumeRole "
            f"on resource: arn:aws:iam::{ACCOUNT}:role/partner"
        )
        for name in ("chained", "release", "absent"):
            with pytest.raises(ClientError, match="not authorized to perform: sts:AssumeRole"):
                sts.assume_role(**role(name))
    other = {"AccessKeyId": "AKIAOTHER", "SecretAccessKey": "s2"}
    with connect(two_roles, "sts", other) as sts, pytest.raises(ClientError):
        sts.assume_role(**role("partner"), ExternalId="secret-1")


def test_a_chained_session_lasts_an_hour_at_most(two_roles: Emulator) -> None:
    first = assume(two_roles)["Credentials"]
    with connect(two_roles, "sts", first) as sts:
        chained = sts.assume_role(**role("chained"))
        assert chained["AssumedRoleUser"]["Arn"].endswith("assumed-role/chained/run-1")
        with pytest.raises(ClientError, match="1 hour session limit"):
            sts.assume_role(**role("chained"), DurationSeconds=7200)


def test_a_session_policy_narrows_assume_role_too(two_roles: Emulator) -> None:
    narrow = assume(
        two_roles, Policy=json.dumps(allow("sts:AssumeRole", role("chained")["RoleArn"]))
    )
    with connect(two_roles, "sts", narrow["Credentials"]) as sts:
        assert sts.assume_role(**role("chained"))
    nothing = assume(two_roles, Policy=json.dumps(allow("codeartifact:*")))
    assert nothing["PackedPolicySize"] == 6
    with connect(two_roles, "sts", nothing["Credentials"]) as sts, pytest.raises(ClientError):
        sts.assume_role(**role("chained"))


def test_a_role_can_be_in_any_partition_and_account() -> None:
    arn = "arn:aws-us-gov:iam::444455556666:role/ci/release"
    provider = PROVIDER.replace("aws", "aws-us-gov", 1).replace(ACCOUNT, "444455556666")
    sub = {"StringLike": {f"{GITHUB}:sub": "repo:acme/*"}}
    trusted = statement(Principal={"Federated": provider}, Action="sts:*", Condition=sub)
    package = "arn:aws-us-gov:codeartifact:eu-west-1:444455556666:package/acme/*"
    policy = allow("codeartifact:*", package)
    with Emulator.start(
        seed={"roles": [{"arn": arn, "trust": trusted, "policy": policy}]}
    ) as emulator:
        emulator.store.put(**CORE, version="1", domain_owner="444455556666")
        answer = assume(emulator, RoleArn=arn)
        assert answer["AssumedRoleUser"]["Arn"] == (
            "arn:aws-us-gov:sts::444455556666:assumed-role/release/run-1"
        )
        with connect(emulator, credentials=answer["Credentials"]) as client:
            assert client.list_package_versions(**CORE)["versions"]


def test_the_sessions_of_a_role_may_be_short_whatever_is_asked_for() -> None:
    short = {"name": "release", "trust": trust(), "session-duration": 30}
    with Emulator.start(seed={"roles": [short]}) as emulator:
        credentials = assume(emulator, DurationSeconds=900)["Credentials"]
        assert credentials["Expiration"].timestamp() < time.time() + 31


def test_an_error_of_sts_can_be_injected(emulator: Emulator) -> None:
    fault = Reply(status=400, code="IDPCommunicationError", message="try again")
    emulator.inject(Fault("AssumeRoleWithWebIdentity", fault, times=1))
    with (
        connect(emulator, "sts", {}) as sts,
        pytest.raises(sts.exceptions.IDPCommunicationErrorException, match="try again"),
    ):
        sts.assume_role_with_web_identity(
            RoleArn=ROLE, RoleSessionName="run-1", WebIdentityToken=emulator.identity_token()
        )
    assert assume(emulator)["Credentials"]


def test_a_trust_that_denies_the_caller_outweighs_its_policies() -> None:
    trusting = statement(Principal={"AWS": ACCOUNT}, Action="sts:AssumeRole")
    denying = {**trusting["Statement"][0], "Effect": "Deny"}
    refusing = {**trusting, "Statement": [*trusting["Statement"], denying]}
    roles = [{"name": "open", "trust": trusting}, {"name": "shut", "trust": refusing}]
    with Emulator.start(seed={"roles": roles}) as emulator, connect(emulator, "sts") as sts:
        assert sts.assume_role(**role("open"))["Credentials"]
        with pytest.raises(ClientError):
            sts.assume_role(**role("shut"))
