"""Requests against botocore's model: what is refused, and what is said."""

import http.client
import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from codeartifact_emulator import Emulator, ServiceError, model
from harness.clients import connect

MODEL = model.service_model("codeartifact")


def violation(operation: str, **params: Any) -> str:
    with pytest.raises(ServiceError) as refused:
        model.check(MODEL.operation_model(operation), params)
    assert refused.value.extra == {"reason": "FIELD_VALIDATION_FAILED"}
    return refused.value.message


ANY = {"domain": "acme", "repository": "npm-store", "format": "npm", "package": "core"}


@pytest.mark.parametrize(
    ("params", "complaint"),
    [
        (
            {"domain": "my_domain"},
            "at 'domain' failed to satisfy constraint: Member must satisfy reg",
        ),
        ({"domain": "a"}, "Member must have length greater than or equal to 2"),
        ({"domain": "a" * 51}, "Member must have length less than or equal to 50"),
        ({"domainOwner": "12345"}, "at 'domainOwner'"),
        ({"repository": "-store"}, "at 'repository'"),
        ({"format": "conan"}, "Member must satisfy enum value set: [npm, pypi,"),
        ({"package": "@acme/core"}, "Value '@acme/core' at 'packageName'"),
        ({"namespace": "a b"}, "at 'namespace'"),
        ({"versions": ["1"] * 101}, "at 'versions' failed to satisfy constraint: Member must have"),
        ({"versions": ["1", "a#b"]}, "Value 'a#b' at 'versions.2.member'"),
        ({"versionRevisions": {"1": "x" * 51}}, "at 'versionRevisions.1.member'"),
        ({"versionRevisions": {"a/b": "x"}}, "at 'versionRevisions.key'"),
        ({"expectedStatus": "published"}, "at 'expectedStatus'"),
        ({"targetStatus": "Retired"}, "at 'targetStatus'"),
    ],
)
def test_what_the_model_does_not_allow_is_refused(params: dict[str, Any], complaint: str) -> None:
    valid = {**ANY, "versions": ["1"], "targetStatus": "Published"}
    model.check(MODEL.operation_model("UpdatePackageVersionsStatus"), valid)

    message = violation("UpdatePackageVersionsStatus", **{**valid, **params})

    assert re.match(r"(1 validation error|2 validation errors) detected: Value", message)
    assert complaint in message


def test_every_violation_is_in_the_message() -> None:
    message = violation("UpdatePackageVersionsStatus", domain="A", format="npm")
    assert message.startswith("6 validation errors detected: ")
    assert "Value null at 'targetStatus' failed to satisfy constraint: Member must not be null" in (
        message
    )


@pytest.mark.parametrize(
    ("method", "path", "complaint"),
    [
        ("POST", "/v1/domain", "CreateDomain is not emulated"),
        ("GET", "/v2/nothing", "No operation of CodeArtifact is GET /v2/nothing"),
    ],
)
def test_what_is_not_emulated_says_so(
    emulator: Emulator, method: str, path: str, complaint: str
) -> None:
    connection = http.client.HTTPConnection(emulator.url.removeprefix("http://"))
    connection.request(method, path)
    answer = connection.getresponse()
    said = json.load(answer)
    connection.close()
    assert answer.status == 404
    assert answer.headers["x-amzn-ErrorType"] == "ValidationException"
    assert said["reason"] == "UNKNOWN_OPERATION"
    assert complaint in said["message"]
    assert "it serves ListRepositoriesInDomain, ListPackages, List" in said["message"]
    assert emulator.calls[0].operation == f"{method} {path}"


def test_sts_says_what_it_serves(emulator: Emulator) -> None:
    with connect(emulator, "sts") as sts, pytest.raises(ClientError) as refused:
        sts.get_session_token()
    assert refused.value.response["Error"]["Code"] == "InvalidAction"
    assert "AssumeRoleWithWebIdentity" in refused.value.response["Error"]["Message"]
