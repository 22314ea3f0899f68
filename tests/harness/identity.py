"""The identity's edge under test: roles to assume, trust policies, and sessions that are tried."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from codeartifact_emulator import Emulator, Expire, Fault
from codeartifact_status.arns import RoleArn
from codeartifact_status.identity import sessions
from codeartifact_status.identity.roles import Chaining, Role
from codeartifact_status.identity.session_policy import Policy
from codeartifact_status.identity.sessions import Identity
from codeartifact_status.identity.tokens import WebIdentity
from codeartifact_status.service.connection import Connection
from harness.runs import ROLE, put_core

ASSUME = "AssumeRoleWithWebIdentity"
GITHUB = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}"
EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def trust(principal: Mapping[str, str], action: str, **condition: Any) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": principal, "Action": action}
    if condition:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement]}


def web_trust(**condition: Any) -> dict[str, Any]:
    """A trust of GitHub's provider under this condition, and one that IAM lets nobody leave out."""
    like = {"StringLike": {f"{GITHUB}:sub": "repo:acme/*"}}
    return trust({"Federated": PROVIDER}, "sts:AssumeRoleWithWebIdentity", **like, **condition)


def chaining(emulators: Callable[..., Emulator], **condition: Any) -> Emulator:
    principal = {"AWS": "arn:aws:iam::111122223333:user/demo"}
    trusted = trust(principal, "sts:AssumeRole", **condition)
    return emulators(seed={"roles": [{"name": "release", "trust": trusted, "policy": EVERYTHING}]})


SHORT = 30
"""Seconds of a session that is too short to be used a second time without being renewed."""


def with_sessions_of(
    seconds: int, emulators: Callable[..., Emulator], *, chained: bool = False
) -> Emulator:
    """An emulator whose role has such sessions, whatever is asked for; ``chained``: for the user.

    Whenever it gives out a session, all of those that it gave out before have ended.
    """
    user = trust({"AWS": "arn:aws:iam::111122223333:user/demo"}, "sts:AssumeRole")
    release = {
        "name": "release",
        "trust": user if chained else web_trust(),
        "policy": EVERYTHING,
        "session-duration": seconds,
    }
    emulator = emulators(seed={"roles": [release]})
    emulator.inject(Fault("AssumeRole" if chained else ASSUME, Expire()))
    return emulator


def earlier_session(emulator: Emulator) -> dict[str, str]:
    """The environment variables of a session, as an earlier step may have left them."""
    made = boto3.client(
        "sts",
        region_name="eu-west-1",
        endpoint_url=emulator.url,
        config=Config(signature_version=UNSIGNED),
    ).assume_role_with_web_identity(
        RoleArn=ROLE, RoleSessionName="earlier", WebIdentityToken=emulator.identity_token()
    )["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
        "AWS_SESSION_TOKEN": made["SessionToken"],
    }


def role(
    *,
    chained: bool = False,
    external_id: str | None = None,
    audience: str = "sts.amazonaws.com",
    token_file: str | None = None,
    from_fork: bool = False,
    policy: str | None = None,
    **parts: Any,
) -> Role:
    """The role of most tests, for an OIDC token of the CI system; ``parts`` are others of it."""
    proof = (
        Chaining(external_id=external_id)
        if chained
        else WebIdentity(audience=audience, file=token_file, from_fork=from_fork)
    )
    given: dict[str, Any] = {
        "arn": RoleArn.parse(ROLE),
        "session_name": "run-1",
        "duration": 900,
        "policies": () if policy is None else (Policy(policy),),
        "proof": proof,
        **parts,
    }
    return Role(**given)


def assume(
    role: Role,
    connection: Connection,
    *,
    mask: Callable[[str], None] = lambda _: None,
    tell: Callable[[str], None] = lambda _: None,
) -> Identity:
    """Assume a role; most tests don't look at what is masked or told."""
    return sessions.assume(role, connection, mask=mask, tell=tell)


def ambient(connection: Connection, *, mask: Callable[[str], None] = lambda _: None) -> Identity:
    """Take the credentials at hand; likewise."""
    return sessions.ambient(connection, mask=mask)


def can_read(emulator: Emulator, who: Identity, package: str = "core") -> bool:
    """Whether an identity may list the versions of a package."""
    connection = Connection(
        region="eu-west-1",
        endpoint_url=emulator.url,
        connect_timeout=2,
        read_timeout=2,
        attempts=1,
        stop=threading.Event(),
    )
    client = connection.client(who.session, "codeartifact")
    put_core(emulator, "1.0", package=package)
    try:
        client.list_package_versions(
            domain="acme", repository="npm-store", format="npm", namespace="acme", package=package
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDeniedException":
            raise
        return False
    finally:
        client.close()
    return True
