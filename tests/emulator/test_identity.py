"""What a caller may do, and for how long."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from codeartifact_emulator import Emulator
from harness.accounts import (
    ACCOUNT,
    DENYING,
    PACKAGE,
    UPDATE,
    allow,
    assume,
    refusal,
    starting,
    statement,
)
from harness.clients import CORE, ROLE, connect, put_core


def test_a_session_ends(emulator: Emulator) -> None:
    put_core(emulator, v1="Published")
    credentials = assume(emulator)["Credentials"]
    with connect(emulator, credentials=credentials) as client:
        client.list_package_versions(**CORE)
        emulator.identity.expire_sessions(time.time() + 60)
        client.list_package_versions(**CORE)
        emulator.expire_sessions()
        with pytest.raises(ClientError) as error:
            client.list_package_versions(**CORE)
    assert refusal(error) == ("ExpiredTokenException", 403)
    with connect(emulator, "sts", credentials) as sts, pytest.raises(ClientError) as error:
        sts.get_caller_identity()
    assert refusal(error) == ("ExpiredToken", 403)
    with connect(emulator) as client:
        client.list_package_versions(**CORE)


def denial(policy: Any, session_policy: Any = None) -> str | None:
    """Give the reason for which an update is denied, or None if it isn't."""
    with starting(policy) as emulator:
        put_core(emulator, v1="Published")
        params = {} if session_policy is None else {"Policy": json.dumps(session_policy)}
        credentials = assume(emulator, **params)["Credentials"]
        with connect(emulator, credentials=credentials) as client:
            try:
                client.update_package_versions_status(
                    **CORE, versions=["1"], targetStatus="Archived"
                )
            except ClientError as error:
                said = error.response["Error"]
            else:
                return None
    start = (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/release/run-1 is not authorized to "
        f"perform: codeartifact:UpdatePackageVersionsStatus on resource: {PACKAGE} "
    )
    assert said["Code"] == "AccessDeniedException"
    assert said["Message"].startswith(start)
    return said["Message"].removeprefix(start)


NO_IDENTITY = f"because no identity-based policy allows the {UPDATE} action"

NO_SESSION = f"because no session policy allows the {UPDATE} action"


@pytest.mark.parametrize(
    ("policy", "session", "reason"),
    [
        (allow(UPDATE, PACKAGE), None, None),
        (allow("codeartifact:Update*", f"{PACKAGE[:-4]}*"), None, None),
        (allow("CODEARTIFACT:updatepackageversionsstatus"), None, None),
        (statement(NotAction="codeartifact:Delete*", Resource="*"), None, None),
        (statement(NotAction="codeartifact:*", Resource="*"), None, NO_IDENTITY),
        (statement(Action="*", NotResource=PACKAGE), None, NO_IDENTITY),
        (allow(UPDATE, PACKAGE + "2"), None, NO_IDENTITY),
        (allow(UPDATE, PACKAGE.replace("eu-west-1", "us-east-1")), None, NO_IDENTITY),
        (allow(UPDATE, "arn:aws:codeartifact:*:package/*"), None, NO_IDENTITY),
        (allow(UPDATE, "arn:aws:codeartifact:*"), None, None),
        ([], None, NO_IDENTITY),
        (DENYING, None, "with an explicit deny in an identity-based policy"),
        (allow("*"), allow(UPDATE, PACKAGE), None),
        (allow("*"), allow("codeartifact:List*"), NO_SESSION),
        (allow("*"), DENYING, "with an explicit deny in a session policy"),
        (allow("codeartifact:List*"), allow("*"), NO_IDENTITY),
    ],
)
def test_a_call_needs_the_roles_policies_and_the_sessions(
    policy: Any, session: Any, reason: str | None
) -> None:
    assert denial(policy, session) == reason


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ({"format": "npm", "package": "chalk"}, "npm//chalk"),
        ({"format": "pypi", "package": "My_Pkg"}, "pypi//my-pkg"),
        ({"format": "nuget", "package": "Newtonsoft.JSON"}, "nuget//newtonsoft.json"),
        ({"format": "swift", "namespace": "Apple", "package": "NIO"}, "swift/apple/nio"),
        (
            {"format": "maven", "namespace": "com.acme", "package": "Client"},
            "maven/com.acme/Client",
        ),
    ],
)
def test_a_packages_arn_is_normalized_and_keeps_its_slashes(
    place: dict[str, str], path: str
) -> None:
    with starting([]) as emulator:
        credentials = assume(emulator)["Credentials"]
        with connect(emulator, credentials=credentials) as client, pytest.raises(ClientError) as no:
            client.list_package_versions(domain="acme", repository="store", **place)
    arn = f"arn:aws:codeartifact:eu-west-1:{ACCOUNT}:package/acme/store/{path}"
    assert f"on resource: {arn} because" in str(no.value)


def test_a_copy_needs_to_read_its_source() -> None:
    copy = {
        "domain": "acme",
        "sourceRepository": "npm-store",
        "destinationRepository": "other",
        "format": "npm",
        "namespace": "acme",
        "package": "core",
        "versions": ["1"],
    }
    source = f"arn:aws:codeartifact:eu-west-1:{ACCOUNT}:repository/acme/npm-store"
    for policy, allowed in [
        (allow("codeartifact:CopyPackageVersions"), False),
        (allow(["codeartifact:CopyPackageVersions", "codeartifact:ReadFromRepository"]), True),
    ]:
        with starting(policy) as emulator:
            put_core(emulator, v1="Published")
            emulator.store.add_repository(domain="acme", repository="other")
            credentials = assume(emulator)["Credentials"]
            with connect(emulator, credentials=credentials) as client:
                if allowed:
                    assert client.copy_package_versions(**copy)["successfulVersions"]
                    continue
                with pytest.raises(ClientError) as error:
                    client.copy_package_versions(**copy)
                assert f"codeartifact:ReadFromRepository on resource: {source}" in str(error.value)


def test_without_an_owner_the_domain_is_the_callers() -> None:
    foreign = "444455556666"
    shared = statement(Principal={"AWS": ACCOUNT}, Action="codeartifact:*", Resource="*")
    seed = {"domains": {"acme": {"owner": foreign, "policy": shared}}}
    with Emulator.start(seed=seed) as emulator, connect(emulator) as client:
        emulator.store.put(**CORE, version="1", domain_owner=foreign)
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.list_package_versions(**CORE)
        assert client.list_package_versions(**CORE, domainOwner=foreign)["versions"]
        assert ("444455556666/acme", "npm-store", "npm", "acme", "core", "1") in (
            emulator.store.snapshot()
        )


PARTNER = "444455556666"
ROLE_THERE = f"arn:aws:iam::{PARTNER}:role/release"


def shared(*actions: str, effect: str = "Allow", **parts: Any) -> Any:
    """A resource policy that speaks of everybody in the partner's account."""
    principal = {"AWS": f"arn:aws:iam::{PARTNER}:root"}
    said = {"Effect": effect, "Principal": principal, "Action": list(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [{**said, **parts}]}


def reading(
    policy: Any, *, arn: str = ROLE_THERE, domain: Any = None, repository: Any = None
) -> str | None:
    """Give the reason for which a role may not list the versions of a package, or None."""
    trusted = statement(Principal={"AWS": "*"}, Action="sts:*")
    guarded = {"repositories": {"npm-store": {"policy": repository}}, "policy": domain}
    seed = {
        "domains": {"acme": guarded},
        "roles": [{"arn": arn, "trust": trusted, "policy": policy}],
        "organizations": {"o-exampleorgid": [ACCOUNT, PARTNER]},
    }
    with Emulator.start(seed=seed) as emulator:
        put_core(emulator, v1="Published")
        with connect(emulator, "sts") as sts:
            made = sts.assume_role(RoleArn=arn, RoleSessionName="run-1")["Credentials"]
        with connect(emulator, credentials=made) as client:
            try:
                client.list_package_versions(**CORE, domainOwner=ACCOUNT)
            except ClientError as error:
                return str(error).partition(f"{PACKAGE} ")[2]
    return None


LIST = "codeartifact:ListPackageVersions"
NO_RESOURCE = f"because no resource-based policy allows the {LIST} action"
NO_OWN = f"because no identity-based policy allows the {LIST} action"
DENIED_THERE = "with an explicit deny in a resource-based policy"
OURS = shared(LIST, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}})
OTHERS = shared(LIST, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-other"}})


@pytest.mark.parametrize(
    ("policy", "guards", "reason"),
    [
        (allow(LIST), {}, NO_RESOURCE),
        ([], {"domain": shared(LIST)}, NO_OWN),
        (allow(LIST), {"domain": shared(LIST)}, None),
        (allow(LIST), {"repository": shared(LIST)}, None),
        (allow(LIST), {"domain": shared("codeartifact:Describe*")}, NO_RESOURCE),
        (
            allow(LIST),
            {"domain": shared(LIST), "repository": shared(LIST, effect="Deny")},
            DENIED_THERE,
        ),
        (
            allow(LIST),
            {"domain": shared(LIST, effect="Deny"), "repository": shared(LIST)},
            DENIED_THERE,
        ),
        (allow(LIST), {"domain": OURS}, None),
        (allow(LIST), {"domain": OTHERS}, NO_RESOURCE),
    ],
)
def test_another_account_needs_a_policy_of_its_own_and_one_of_domain_or_repository(
    policy: Any, guards: Any, reason: str | None
) -> None:
    assert reading(policy, **guards) == reason


@pytest.mark.parametrize(
    ("policy", "effect", "reason"),
    [([], "Allow", None), (allow(LIST), "Deny", DENIED_THERE), ([], "Skip", NO_OWN)],
)
def test_within_the_account_one_of_both_is_enough(
    policy: Any, effect: str, reason: str | None
) -> None:
    principal = {"AWS": ROLE}
    guard = None if effect == "Skip" else shared(LIST, effect=effect, Principal=principal)

    assert reading(policy, arn=ROLE, repository=guard) == reason


@pytest.mark.parametrize(
    ("denied", "reason"),
    [
        ({"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}, True),
        ({"StringNotEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}, False),
        ({"StringEquals": {"aws:PrincipalType": "AssumedRole"}}, True),
        ({"StringEquals": {"aws:PrincipalType": "User"}}, False),
        ({"StringLike": {"aws:userid": "*:run-1"}}, True),
        ({"NumericLessThan": {"aws:EpochTime": "1000000"}}, False),
        ({"DateLessThanIfExists": {"aws:TokenIssueTime": "2999-01-01T00:00:00Z"}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/team": "x"}}, False),
    ],
)
def test_a_deny_is_under_the_conditions_that_aws_knows(denied: Any, reason: bool) -> None:  # noqa: FBT001
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": denied}
    policy = {"Version": "2012-10-17", "Statement": [*allow("*")["Statement"], deny]}

    said = reading(policy, arn=ROLE)

    assert said == ("with an explicit deny in an identity-based policy" if reason else None)
