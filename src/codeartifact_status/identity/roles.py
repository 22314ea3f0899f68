"""The role to assume: the name of its session, the request to STS, and what a refusal means.

A token is fetched anew for each try at STS: it lives for minutes only. The keys of the session are
masked before anything else happens to them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, assert_never

from codeartifact_status.arns import RoleArn
from codeartifact_status.identity.refusals import (
    IdentityError,
    PolicyMalformed,
    PolicyTooLarge,
    RequestRefused,
    RoleRefused,
    TokenRefused,
)
from codeartifact_status.identity.secrets import usable
from codeartifact_status.identity.sts import ask
from codeartifact_status.identity.tokens import WebIdentity, fresh_token, read_claims
from codeartifact_status.model import Failure
from codeartifact_status.service.connection import Connection
from codeartifact_status.service.crew import in_time

if TYPE_CHECKING:
    from types_boto3_sts.client import STSClient

MAX_NAME = 64
"""Characters of a session's name (STS API Reference, AssumeRole, ``RoleSessionName``)."""

SECRETS = ("SecretAccessKey", "SessionToken", "AccessKeyId")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chaining:
    """The credentials at hand as the proof of who asks."""

    external_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """The role to assume, and how; ``duration`` in seconds, ``policy`` as JSON."""

    arn: RoleArn
    session_name: str
    duration: int
    policy: str | None
    proof: WebIdentity | Chaining


def session_name(text: object) -> str:
    r"""A role session name made of any text: 2 to 64 of ``[\w+=,.@-]`` (STS API Reference)."""
    name = re.sub(r"[^\w+=,.@\-]+", "-", str(text), flags=re.ASCII).strip("-")[-MAX_NAME:]
    return name if len(name) > 1 else f"codeartifact-status-{name}".strip("-")


def session_name_of(*, repository: str, run: str) -> str:
    """A role session name that leads back to a run of the CI system, whose end is the run's id."""
    kept = run[2 - MAX_NAME :]
    return session_name(f"{repository[: MAX_NAME - 2 - len(kept)]}-{kept}")


def assume(
    role: Role, sts: "STSClient", connection: Connection, *, mask: Callable[[str], None]
) -> Mapping[str, Any]:
    """The keys of a new session of the role, masked.

    Raises:
        IdentityError: there is no token, or STS refused.
        Interrupted: the step was stopped meanwhile.
    """
    request: dict[str, Any] = {
        "RoleArn": str(role.arn),
        "RoleSessionName": role.session_name,
        "DurationSeconds": role.duration,
    }
    if role.policy is not None:
        request["Policy"] = role.policy
    claims: Mapping[str, Any] = {}

    def send() -> Mapping[str, Any]:
        nonlocal claims
        proof: dict[str, Any]
        call: Callable[..., Any]
        match role.proof:
            case Chaining(external_id=external_id):
                call = sts.assume_role
                proof = {} if external_id is None else {"ExternalId": external_id}
            case WebIdentity() as source:
                token = fresh_token(source, connection, mask=mask)
                claims = read_claims(token)
                call = sts.assume_role_with_web_identity
                proof = {"WebIdentityToken": token}
            case unknown:
                assert_never(unknown)
        answer = in_time(
            lambda: call(**request, **proof), seconds=connection.patience, stop=connection.stop
        )
        credentials: Mapping[str, Any] = answer["Credentials"]
        if not all(credentials[name] for name in SECRETS):
            raise KeyError("Credentials")
        return credentials

    credentials = ask(send, connection, refusal=lambda failure: _refusal(role, failure, claims))
    keys = {
        name: usable(credentials[name], named=f"The {name} that STS gave", mask=mask)
        for name in SECRETS
    }
    return {**credentials, **keys}


def _refusal(role: Role, failure: Failure, claims: Mapping[str, Any]) -> IdentityError:
    """What a refusal of STS means, by its code (STS API Reference, Errors)."""
    code, message = failure.code, failure.message
    match code.removesuffix("Exception"), role.proof:
        case "PackedPolicyTooLarge", _:
            return PolicyTooLarge(message)
        case "MalformedPolicyDocument", _:
            return PolicyMalformed(message)
        case "ValidationError" | "ExpiredToken" | "RegionDisabled", _:
            return RequestRefused(role=role.arn, code=code, message=message)
        case _, Chaining():
            return RoleRefused(role=role.arn, code=code, message=message)
        case _, WebIdentity():
            return TokenRefused(role=role.arn, code=code, message=message, claims=claims)
        case _, unknown:
            assert_never(unknown)
