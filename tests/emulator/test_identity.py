"""Who may do what: signatures, tokens, trust, sessions and policies."""

import json
import time
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

import jwt
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import rsa

from codeartifact_emulator import Emulator, Fault, Reply
from codeartifact_emulator.issuer import subject
from codeartifact_emulator.policies import (
    Policy,
    PolicyError,
    Verdict,
    judge,
    judge_trust,
    parse_policy,
)
from harness.clients import CORE, ROLE, connect, put_core

ACCOUNT = "111122223333"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
GITHUB = "token.actions.githubusercontent.com"
PACKAGE = f"arn:aws:codeartifact:eu-west-1:{ACCOUNT}:package/acme/npm-store/npm/acme/core"
NOT_AUTHORIZED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"


def statement(**parts: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **parts}]}


def allow(action: str | list[str], resource: str = "*") -> dict[str, Any]:
    return statement(Action=action, Resource=resource)


def trust(**condition: Any) -> dict[str, Any]:
    return statement(
        Principal={"Federated": PROVIDER},
        Action="sts:AssumeRoleWithWebIdentity",
        Condition=condition,
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


# Signatures


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
    assert "X-Amz-Date" in send(good.url, {"Authorization": good.headers["Authorization"]})[1]

    later = time.time() + 400
    monkeypatch.setattr("codeartifact_emulator.signatures.time.time", lambda: later)
    assert "Signature expired" in send(good.url, good.headers)[1]


# Tokens


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


# Trust


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


# Sessions


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
    trusted = statement(Principal={"Federated": provider}, Action="sts:*")
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


# Permissions


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


UPDATE = "codeartifact:UpdatePackageVersionsStatus"
DENY = {"Effect": "Deny", "Action": UPDATE, "Resource": "*"}
DENYING = {
    "Version": "2012-10-17",
    "Statement": [*allow("*")["Statement"], DENY],
}
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


def test_a_trust_that_denies_the_caller_outweighs_its_policies() -> None:
    trusting = statement(Principal={"AWS": ACCOUNT}, Action="sts:AssumeRole")
    denying = {**trusting["Statement"][0], "Effect": "Deny"}
    refusing = {**trusting, "Statement": [*trusting["Statement"], denying]}
    roles = [{"name": "open", "trust": trusting}, {"name": "shut", "trust": refusing}]
    with Emulator.start(seed={"roles": roles}) as emulator, connect(emulator, "sts") as sts:
        assert sts.assume_role(**role("open"))["Credentials"]
        with pytest.raises(ClientError):
            sts.assume_role(**role("shut"))


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
    with Emulator.start() as emulator, connect(emulator) as client:
        emulator.store.put(**CORE, version="1", domain_owner=foreign)
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.list_package_versions(**CORE)
        assert client.list_package_versions(**CORE, domainOwner=foreign)["versions"]
        assert ("444455556666/acme", "npm-store", "npm", "acme", "core", "1") in (
            emulator.store.snapshot()
        )


# The policy language, without a server


def test_a_deny_outweighs_every_allow() -> None:
    policies = [parse_policy(allow("*")), parse_policy(DENYING)]
    assert judge(policies, UPDATE, PACKAGE) is Verdict.DENIED
    assert judge(policies, "codeartifact:ListPackages", PACKAGE) is Verdict.ALLOWED
    assert judge([], UPDATE, PACKAGE) is Verdict.SILENT


def test_a_trust_policy_can_deny() -> None:
    document = trust()
    document["Statement"].append({**document["Statement"][0], "Effect": "Deny"})
    verdict = judge_trust(
        parse_policy(document, trust=True),
        "sts:AssumeRoleWithWebIdentity",
        "Federated",
        [PROVIDER],
        {},
    )
    assert verdict is Verdict.DENIED


def test_a_trust_policy_can_trust_everyone() -> None:
    policy = parse_policy(statement(Principal="*", Action="sts:*"), trust=True)
    verdict = judge_trust(policy, "sts:AssumeRole", "AWS", ["whoever"], {})
    assert verdict is Verdict.ALLOWED


def test_a_key_with_several_values_is_asked_about_any_or_all_of_them() -> None:
    def holds(operator: str, *values: str) -> bool:
        condition = {operator: {"key": ["a", "b"]}}
        policy: Policy = parse_policy(statement(Action="*", Resource="*", Condition=condition))
        return judge([policy], "a:b", "*", {"key": values}) is Verdict.ALLOWED

    assert holds("ForAnyValue:StringEquals", "a", "x")
    assert not holds("ForAllValues:StringEquals", "a", "x")
    assert holds("ForAllValues:StringEquals", "a", "b")
    assert not holds("StringNotEquals", "a", "x")
    assert holds("ForAnyValue:StringNotEquals", "a", "x")


@pytest.mark.parametrize(("operator", "held"), [("ArnLike", True), ("ArnNotEquals", False)])
def test_an_arn_is_compared_with_wildcards(operator: str, held: bool) -> None:  # noqa: FBT001
    condition = {operator: {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/re*"}}
    policy = parse_policy(statement(Action="*", Resource="*", Condition=condition))
    verdict = judge([policy], UPDATE, PACKAGE, {"aws:principalarn": (ROLE,)})
    assert (verdict is Verdict.ALLOWED) is held


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"Statement": ["x"]},
        {"Statement": {"Effect": "Maybe"}},
        statement(Action="*"),
        statement(Action="*", Principal="*", Resource="*"),
        statement(Action="*", Principal="*", Condition=[]),
    ],
)
def test_a_malformed_trust_policy_is_refused(document: Any) -> None:
    with pytest.raises(PolicyError):
        parse_policy(document, trust=True)
