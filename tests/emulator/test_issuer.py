"""The tokens of a run, and what STS reads in them."""

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import rsa

from codeartifact_emulator import Emulator
from codeartifact_emulator.documents import SeedError
from codeartifact_emulator.issuer import subject
from harness.accounts import GITHUB, assume, refusal


def test_the_issuer_publishes_the_key_that_verifies_its_tokens(emulator: Emulator) -> None:
    base = f"{emulator.url}/_oidc/.well-known"
    with urllib.request.urlopen(f"{base}/openid-configuration") as answer:  # noqa: S310
        discovered = json.load(answer)
    assert discovered["issuer"] == f"https://{GITHUB}"
    assert discovered["jwks_uri"] == f"{base}/jwks"
    key = jwt.PyJWKClient(discovered["jwks_uri"]).get_signing_key_from_jwt(
        emulator.identity_token()
    )
    claims = jwt.decode(
        emulator.identity_token(), key, algorithms=["RS256"], audience="sts.amazonaws.com"
    )
    assert claims["sub"] == "repo:acme/widgets:ref:refs/tags/v1.3.0"
    assert claims["exp"] - claims["iat"] == 300
    assert {"repository_id", "job_workflow_ref", "run_id", "actor", "event_name", "nbf"} <= set(
        claims
    )
    assert {"check_run_id", "workflow_sha", "job_workflow_sha"} <= set(claims)


def test_every_token_is_a_fresh_one(emulator: Emulator) -> None:
    def unverified() -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            emulator.identity_token(), options={"verify_signature": False}
        )
        return claims

    assert unverified()["jti"] != unverified()["jti"]


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"environment": "release"}, "repo:acme/widgets:environment:release"),
        ({"event_name": "pull_request"}, "repo:acme/widgets:pull_request"),
        ({"ref": "refs/heads/main"}, "repo:acme/widgets:ref:refs/heads/main"),
    ],
)
def test_the_subject_follows_the_run(claims: dict[str, str], expected: str) -> None:
    assert subject({"repository": "acme/widgets", "ref": "refs/tags/v1", **claims}) == expected


def test_an_immutable_subject_has_the_ids_of_owner_and_repository() -> None:
    claims = {
        "repository": "acme/widgets",
        "repository_owner_id": "1",
        "repository_id": "2",
        "environment": "release",
    }

    assert subject(claims, immutable=True) == "repo:acme@1/widgets@2:environment:release"


@pytest.mark.parametrize("immutable", [True, False])
def test_a_seed_says_which_form_the_subject_has(
    emulators: Callable[..., Emulator],
    *,
    immutable: bool,
) -> None:
    emulator = emulators(seed={"oidc": {"immutable": str(immutable).lower()}})

    claims = jwt.decode(emulator.identity_token(), options={"verify_signature": False})

    repository = "acme@123456/widgets@789012" if immutable else "acme/widgets"
    assert claims["sub"] == f"repo:{repository}:ref:refs/tags/v1.3.0"
    # The demo's role trusts both.
    assert assume(emulator)["SubjectFromWebIdentityToken"] == claims["sub"]


def test_a_form_that_is_none_is_a_mistake_of_the_seed() -> None:
    with pytest.raises(SeedError, match=r"oidc\.immutable: true or false"):
        Emulator.start(seed={"oidc": {"immutable": "yes"}})


def test_a_run_can_have_claims_of_its_own(emulator: Emulator) -> None:
    variables = emulator.environment(claims={"repository": "acme/other"})
    request = urllib.request.Request(  # noqa: S310
        variables["ACTIONS_ID_TOKEN_REQUEST_URL"],
        headers={"Authorization": f"Bearer {variables['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        token = json.load(answer)["value"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["sub"] == "repo:acme/other:ref:refs/tags/v1.3.0"
    assert claims["aud"] == "https://github.com/acme"


def forged(emulator: Emulator) -> str:
    claims = jwt.decode(emulator.identity_token(), options={"verify_signature": False})
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return jwt.encode(claims, key, "RS256", headers={"kid": "codeartifact-emulator"})


@pytest.mark.parametrize(
    ("token", "code", "message"),
    [
        (lambda _: "not a token", "InvalidIdentityToken", "not a valid JWT"),
        (forged, "InvalidIdentityToken", "Signature verification failed"),
        (
            lambda e: e.identity_token(iss="https://gitlab.example"),
            "InvalidIdentityToken",
            "No OpenIDConnect provider found in your account for https://gitlab.example",
        ),
        (
            lambda _: jwt.encode({"iss": f"https://{GITHUB}"}, "s" * 32, "HS256"),
            "InvalidIdentityToken",
            "Couldn't retrieve verification key",
        ),
        (
            lambda e: e.identity_token("sigstore"),
            "InvalidIdentityToken",
            "Incorrect token audience",
        ),
        (lambda e: e.identity_token(exp=1000), "ExpiredTokenException", "Token expired"),
        (
            lambda e: e.identity_token(nbf=time.time() + 900),
            "InvalidIdentityToken",
            "not yet valid",
        ),
    ],
)
def test_a_bad_token_is_refused_with_the_reason(
    emulator: Emulator, token: Any, code: str, message: str
) -> None:
    with pytest.raises(ClientError, match=message) as error:
        assume(emulator, token(emulator))
    assert refusal(error) == (code, 400)
