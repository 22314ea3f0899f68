"""Whose a request is."""

import json
import time
import urllib.request
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from codeartifact_emulator import Emulator
from harness.accounts import ACCOUNT, refusal
from harness.clients import CORE, connect, put_core


def test_a_user_is_known_by_its_signature(emulator: Emulator) -> None:
    with connect(emulator, "sts") as sts:
        who = sts.get_caller_identity()
    assert who["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/demo"
    assert who["Account"] == ACCOUNT


@pytest.mark.parametrize(
    ("credentials", "codeartifact", "sts"),
    [
        ({}, "MissingAuthenticationTokenException", "MissingAuthenticationToken"),
        (
            {"AccessKeyId": "AKIANOBODY", "SecretAccessKey": "x"},
            "UnrecognizedClientException",
            "InvalidClientTokenId",
        ),
        (
            {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "wrong"},
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
        ),
        (
            {
                "AccessKeyId": "AKIAIOSFODNN7EXAMPLE",
                "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                "SessionToken": "not of this key",
            },
            "UnrecognizedClientException",
            "InvalidClientTokenId",
        ),
    ],
)
def test_each_service_refuses_bad_credentials_in_its_own_words(
    emulator: Emulator, credentials: dict[str, str], codeartifact: str, sts: str
) -> None:
    put_core(emulator, v1="Published")
    with connect(emulator, credentials=credentials) as client, pytest.raises(ClientError) as error:
        client.list_package_versions(**CORE)
    assert refusal(error) == (codeartifact, 403)
    with connect(emulator, "sts", credentials) as client, pytest.raises(ClientError) as error:
        client.get_caller_identity()
    assert refusal(error) == (sts, 403)
    assert {call.principal for call in emulator.calls} == {"anonymous"}


def signed(emulator: Emulator, *, region: str = "eu-west-1", service: str = "codeartifact") -> Any:
    variables = emulator.environment(user=True)
    request = AWSRequest(
        "POST",
        f"{emulator.url}/v1/package/versions?domain=acme&repository=npm-store&format=npm"
        "&namespace=acme&package=core",
    )
    keys = Credentials(variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"])
    SigV4Auth(keys, service, region).add_auth(request)
    return request


def send(url: str, headers: Mapping[str, str], body: bytes = b"") -> tuple[int, str]:
    request = urllib.request.Request(url, headers=dict(headers), data=body, method="POST")  # noqa: S310
    opener = urllib.request.build_opener(_NoErrors)
    with opener.open(request) as answer:
        return answer.status, json.load(answer).get("message", "")


class _NoErrors(urllib.request.HTTPErrorProcessor):
    def http_response(self, request: Any, response: Any) -> Any:  # noqa: ARG002
        return response


def test_a_signature_is_for_one_request_one_service_one_region_and_now(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_core(emulator, v1="Published")
    good = signed(emulator)
    assert send(good.url, good.headers) == (200, "")

    assert "does not match" in send(good.url + "&status=Archived", good.headers)[1]
    assert "does not match" in send(good.url, good.headers, b"{}")[1]
    altered = {**good.headers, "X-Amz-Date": "20200101T000000Z"}
    assert "Signature expired" in send(good.url, altered)[1]
    elsewhere = signed(emulator, region="us-east-1")
    assert "valid region" in send(elsewhere.url, elsewhere.headers)[1]
    other = signed(emulator, service="s3")
    assert "correct service" in send(other.url, other.headers)[1]
    assert "complete" in send(good.url, {"Authorization": "Basic x"})[1]
    unnamed = {**good.headers, "Authorization": "AWS4-HMAC-SHA256 SignedHeaders=host"}
    status, message = send(good.url, unnamed)
    assert status == 400
    assert "requires 'Credential' parameter. Authorization header requires 'Sig" in message
    assert "X-Amz-Date" in send(good.url, {"Authorization": good.headers["Authorization"]})[1]

    began = time.time()
    for distance, text in ((400, "Signature expired: "), (-400, "Signature not yet current: ")):
        now = began + distance
        monkeypatch.setattr("codeartifact_emulator.signatures.time.time", lambda now=now: now)
        assert send(good.url, good.headers)[1].startswith(text)
