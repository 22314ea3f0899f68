"""Policy documents, and the emulator's accounts as a caller meets them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from codeartifact_emulator import Emulator
from harness.clients import ROLE, connect

ACCOUNT = "111122223333"

PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"

GITHUB = "token.actions.githubusercontent.com"

PACKAGE = f"arn:aws:codeartifact:eu-west-1:{ACCOUNT}:package/acme/npm-store/npm/acme/core"


def statement(**parts: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **parts}]}


def allow(action: str | list[str], resource: str = "*") -> dict[str, Any]:
    return statement(Action=action, Resource=resource)


def trust(**condition: Any) -> dict[str, Any]:
    """A trust of GitHub's provider under this condition, and one that IAM lets nobody leave out."""
    like = {f"{GITHUB}:sub": "repo:acme/widgets:*", **condition.get("StringLike", {})}
    return statement(
        Principal={"Federated": PROVIDER},
        Action="sts:AssumeRoleWithWebIdentity",
        Condition={**condition, "StringLike": like},
    )


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def assume(emulator: Emulator, token: str | None = None, **params: Any) -> dict[str, Any]:
    request = {
        "RoleArn": ROLE,
        "RoleSessionName": "run-1",
        "WebIdentityToken": emulator.identity_token() if token is None else token,
        **params,
    }
    with connect(emulator, "sts", {}, parameter_validation=False) as sts:
        answer: dict[str, Any] = sts.assume_role_with_web_identity(**request)
    return answer


def starting(policy: Any, trusted: Any = None, **role: Any) -> Emulator:
    named = {"name": "release", "trust": trusted or trust(), "policy": policy, **role}
    return Emulator.start(seed={"roles": [named]})


UPDATE = "codeartifact:UpdatePackageVersionsStatus"

DENY = {"Effect": "Deny", "Action": UPDATE, "Resource": "*"}

DENYING = {
    "Version": "2012-10-17",
    "Statement": [*allow("*")["Statement"], DENY],
}
