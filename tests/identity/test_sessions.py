"""Who we are: the token, STS, the session and its policy, over real HTTP."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from codeartifact_emulator import Delay, Drop, Emulator, Fault, Reply, Truncate
from codeartifact_status.errors import (
    CallerRefused,
    ForkPullRequest,
    IdentityError,
    Interrupted,
    NoCredentials,
    NoTokenHere,
    NoTokenPermission,
    PolicyMalformed,
    PolicyTooLarge,
    RequestRefused,
    RoleRefused,
    StsUnreachable,
    TokenFileUnreadable,
    TokenRefused,
    TokenUnavailable,
    WrongAccount,
)
from codeartifact_status.identity import sessions as identity
from codeartifact_status.identity.sessions import Identity, Means, Role, least_privilege
from codeartifact_status.model import Format, Package, Request, Status
from codeartifact_status.service.codeartifact import Connection, connect
from harness.runs import CORE_PACKAGE, ROLE, calls_of, put_core

ASSUME = "AssumeRoleWithWebIdentity"
PROVIDER = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
CORE_REQUEST = Request(package=CORE_PACKAGE, versions=("1.0",), target=Status.PUBLISHED)
USER = {
    "name": "demo",
    "access-key-id": "AKIAIOSFODNN7EXAMPLE",
    "secret-access-key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "policy": EVERYTHING,
}


ANSWER_WITHOUT_KEYS = (
    '<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
    "<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId></AccessKeyId>"
    "<SecretAccessKey></SecretAccessKey><SessionToken></SessionToken></Credentials>"
    "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
)


def trust(principal: Mapping[str, str], action: str, **condition: Any) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": principal, "Action": action}
    if condition:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement]}


def web_trust(**condition: Any) -> dict[str, Any]:
    return trust({"Federated": PROVIDER}, "sts:AssumeRoleWithWebIdentity", **condition)


def role(**parts: Any) -> Role:
    given: dict[str, Any] = {
        "arn": ROLE,
        "session_name": "run-1",
        "duration": 900,
        "policy": None,
        "audience": "sts.amazonaws.com",
        "token_file": None,
        "chained": False,
        "external_id": None,
        "from_fork": False,
        **parts,
    }
    return Role(**given)


@pytest.fixture
def masked() -> list[str]:
    """What was masked, in order."""
    return []


@pytest.fixture
def means(masked: list[str]) -> Means:
    return Means(
        region="eu-west-1",
        profile=None,
        config=Config(
            connect_timeout=2, read_timeout=1, region_name="eu-west-1",
            retries={"total_max_attempts": 1},
        ),
        verify=None,
        attempts=3,
        timeout=1.0,
        mask=masked.append,
        stop=threading.Event(),
    )  # fmt: skip


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Makes this process a job that finds an emulator; no other AWS setting is left."""

    def surround(emulator: Emulator, **given: Any) -> None:
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ROLE_ARN",
                     "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):  # fmt: skip
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        for name, value in emulator.environment(**given).items():
            monkeypatch.setenv(name, value)

    return surround


def can_read(emulator: Emulator, who: Identity, package: str = "core") -> bool:
    """Whether an identity may list the versions of a package."""
    connection = Connection(
        region="eu-west-1",
        endpoint_url=emulator.url,
        verify=None,
        sign=True,
        connect_timeout=2,
        read_timeout=2,
        concurrency=1,
    )
    client = connect(who.session, connection)
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


# --- OIDC. ---------------------------------------------------------------------------------------


def test_a_token_becomes_a_session(
    emulator: Emulator, at: Callable[..., None], means: Means, masked: list[str]
) -> None:
    at(emulator)

    who = identity.assume(role(), means)

    assert who.account == "111122223333"
    assert can_read(emulator, who)
    (call,) = calls_of(emulator, ASSUME)
    assert call.principal == "anonymous"
    credentials = who.session.get_credentials().get_frozen_credentials()
    assert set(masked) == {call.params["WebIdentityToken"], *credentials[:3]}


def test_the_audience_is_passed_on(
    emulators: Callable[..., Emulator], at: Callable[..., None], means: Means
) -> None:
    trusting = {"name": "release", "trust": web_trust(), "policy": EVERYTHING}
    oidc = {"audiences": ["sts.amazonaws.com.cn"]}
    emulator = emulators(seed={"oidc": oidc, "roles": [trusting]})
    at(emulator)

    identity.assume(role(audience="sts.amazonaws.com.cn"), means)

    assert [call.params["audience"] for call in calls_of(emulator, "oidc")] == [
        "sts.amazonaws.com.cn"
    ]


def test_a_refusal_of_the_trust_policy_is_final_and_shows_the_claims(
    emulators: Callable[..., Emulator], at: Callable[..., None], means: Means
) -> None:
    wanted = {"token.actions.githubusercontent.com:sub": "repo:acme/widgets:environment:prod"}
    refusing = {"name": "release", "trust": web_trust(StringEquals=wanted), "policy": EVERYTHING}
    emulator = emulators(seed={"roles": [refusing]})
    at(emulator)

    with pytest.raises(TokenRefused) as refused:
        identity.assume(role(), means)

    assert "AccessDenied" in str(refused.value)
    assert refused.value.claims["sub"] == "repo:acme/widgets:ref:refs/tags/v1.3.0"
    assert len(calls_of(emulator, ASSUME)) == 1


def test_a_role_that_is_not_there_is_refused_at_once(
    emulator: Emulator, at: Callable[..., None], means: Means
) -> None:
    at(emulator)

    with pytest.raises(TokenRefused):
        identity.assume(role(arn="arn:aws:iam::111122223333:role/nobody"), means)
    assert len(calls_of(emulator, ASSUME)) == 1


@pytest.mark.parametrize(
    "effect",
    [
        Reply(status=400, code="IDPCommunicationError", message="unreachable"),
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
    emulator: Emulator, at: Callable[..., None], means: Means, effect: object
) -> None:
    at(emulator)
    emulator.inject(Fault(ASSUME, effect, times=1))

    who = identity.assume(role(), means)

    assert who.account == "111122223333"
    tokens = [call.params["WebIdentityToken"] for call in calls_of(emulator, ASSUME)]
    assert len(tokens) == len(set(tokens)) == len(calls_of(emulator, "oidc")) == 2


def test_what_does_not_pass_ends_after_so_many_tries(
    emulator: Emulator, at: Callable[..., None], means: Means
) -> None:
    at(emulator)
    emulator.inject(Fault(ASSUME, Reply(status=500, code="InternalFailure")))

    with pytest.raises(StsUnreachable):
        identity.assume(role(), means)
    assert len(calls_of(emulator, ASSUME)) == 3


@pytest.mark.parametrize(
    "effect",
    [
        Reply(status=500),
        Reply(status=429),
        Reply(status=200, body="<html>"),
        Reply(status=200, body="{}"),
        Reply(status=200, body='{"value": ""}'),
        Drop(),
    ],
    ids=repr,
)
def test_a_token_that_does_not_come_is_asked_for_again(
    emulator: Emulator, at: Callable[..., None], means: Means, effect: object
) -> None:
    at(emulator)
    emulator.inject(Fault("oidc", effect, times=1))

    assert identity.assume(role(), means).account == "111122223333"


def test_a_token_that_never_comes_is_not_waited_for_for_ever(
    emulator: Emulator, at: Callable[..., None], means: Means
) -> None:
    at(emulator)
    emulator.inject(Fault("oidc", Delay(seconds=2)))
    began = time.monotonic()

    with pytest.raises(TokenUnavailable, match="no answer within"):
        identity.assume(role(), replace(means, timeout=0.2, attempts=2))
    assert time.monotonic() - began < 2


def test_a_refused_request_token_is_final(
    emulator: Emulator,
    at: Callable[..., None],
    means: Means,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at(emulator)
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "not-of-this-run")

    with pytest.raises(TokenUnavailable) as refused:
        identity.assume(role(), means)
    assert "not-of-this-run" not in str(refused.value)
    assert len(calls_of(emulator, "oidc")) == 1


@pytest.mark.parametrize(
    ("from_fork", "error"), [(False, NoTokenPermission), (True, ForkPullRequest)]
)
def test_without_the_permission_there_is_no_token(
    emulator: Emulator,
    at: Callable[..., None],
    means: Means,
    monkeypatch: pytest.MonkeyPatch,
    *,
    from_fork: bool,
    error: type[Exception],
) -> None:
    at(emulator)
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_URL")
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN")

    with pytest.raises(error):
        identity.assume(role(from_fork=from_fork), means)
    assert emulator.calls == []


def test_where_nothing_hands_out_tokens_that_is_said(
    emulator: Emulator, at: Callable[..., None], means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(emulator)
    for name in ("GITHUB_ACTIONS", "ACTIONS_ID_TOKEN_REQUEST_URL"):
        monkeypatch.delenv(name)

    with pytest.raises(NoTokenHere) as nowhere:
        identity.assume(role(), means)
    assert "web-identity-token-file" in nowhere.value.remedy


# --- A token from a file. ------------------------------------------------------------------------


def test_a_token_may_come_from_a_file(
    emulator: Emulator,
    at: Callable[..., None],
    means: Means,
    masked: list[str],
    tmp_path: Path,
) -> None:
    at(emulator)
    token = emulator.identity_token()
    file = tmp_path / "token"
    file.write_text(f"{token}\n")

    who = identity.assume(role(token_file=str(file)), means)

    assert who.account == "111122223333"
    assert token in masked
    assert calls_of(emulator, "oidc") == []


@pytest.mark.parametrize("content", [None, b"", b"  \n", b"\xff\xfe"])
def test_a_file_without_a_token_is_named(
    emulator: Emulator,
    at: Callable[..., None],
    means: Means,
    tmp_path: Path,
    content: bytes | None,
) -> None:
    at(emulator)
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(TokenFileUnreadable, match=str(file)):
        identity.assume(role(token_file=str(file)), means)
    assert emulator.calls == []


def test_an_expired_token_of_a_file_is_refused(
    emulator: Emulator, at: Callable[..., None], means: Means, tmp_path: Path
) -> None:
    at(emulator)
    file = tmp_path / "token"
    file.write_text(emulator.identity_token(exp=int(time.time()) - 60))

    with pytest.raises(RequestRefused, match="ExpiredToken") as refused:
        identity.assume(role(token_file=str(file)), means)
    assert "the token has expired" in refused.value.remedy
    assert "trust policy" not in refused.value.remedy
    assert len(calls_of(emulator, ASSUME)) == 1


# --- The job's own AWS settings have no say. -----------------------------------------------------


@pytest.mark.parametrize("chained", [False, True])
def test_a_profile_and_broken_files_of_the_job_have_no_say(
    emulators: Callable[..., Emulator],
    at: Callable[..., None],
    means: Means,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    chained: bool,
) -> None:
    principal = {"AWS": "arn:aws:iam::111122223333:user/demo"}
    trusted = trust(principal, "sts:AssumeRole") if chained else web_trust()
    emulator = emulators(
        seed={"roles": [{"name": "release", "trust": trusted, "policy": EVERYTHING}]}
    )
    at(emulator, user=True)
    garbage = tmp_path / "garbage"
    garbage.write_bytes(b"[profile x\n\xff")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(garbage))
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "nobody")

    who = identity.assume(role(chained=chained), means)

    assert can_read(emulator, who)


# --- Role chaining. ------------------------------------------------------------------------------


def chaining(emulators: Callable[..., Emulator], **condition: Any) -> Emulator:
    principal = {"AWS": "arn:aws:iam::111122223333:user/demo"}
    trusted = trust(principal, "sts:AssumeRole", **condition)
    return emulators(seed={"roles": [{"name": "release", "trust": trusted, "policy": EVERYTHING}]})


def test_a_role_can_be_assumed_with_the_credentials_at_hand(
    emulators: Callable[..., Emulator],
    at: Callable[..., None],
    means: Means,
    masked: list[str],
) -> None:
    emulator = chaining(emulators, StringEquals={"sts:ExternalId": "acme-7"})
    at(emulator, user=True)

    who = identity.assume(role(chained=True, external_id="acme-7"), means)

    assert who.account == "111122223333"
    assert can_read(emulator, who)
    assert emulator.environment(user=True)["AWS_SECRET_ACCESS_KEY"] in masked
    assert calls_of(emulator, "oidc") == []


def test_a_wrong_external_id_is_refused_at_once(
    emulators: Callable[..., Emulator], at: Callable[..., None], means: Means
) -> None:
    emulator = chaining(emulators, StringEquals={"sts:ExternalId": "acme-7"})
    at(emulator, user=True)

    with pytest.raises(RoleRefused) as refused:
        identity.assume(role(chained=True), means)
    assert "external id" in refused.value.remedy
    assert len(calls_of(emulator, "AssumeRole")) == 1


def test_chaining_without_credentials_says_that_there_are_none(
    emulator: Emulator, at: Callable[..., None], means: Means
) -> None:
    at(emulator)

    with pytest.raises(NoCredentials):
        identity.assume(role(chained=True), means)


# --- Credentials at hand. ------------------------------------------------------------------------


def test_the_credential_chain_is_used_without_a_role(
    emulator: Emulator, at: Callable[..., None], means: Means, masked: list[str]
) -> None:
    at(emulator, user=True)

    who = identity.ambient(means, sign=True)

    assert can_read(emulator, who)
    assert emulator.environment(user=True)["AWS_SECRET_ACCESS_KEY"] in masked


def test_no_credentials_at_all_is_said_with_what_to_do(
    emulator: Emulator, at: Callable[..., None], means: Means
) -> None:
    at(emulator)

    with pytest.raises(NoCredentials) as none:
        identity.ambient(means, sign=True)
    assert "id-token: write" in none.value.remedy


def test_a_profile_that_is_not_there_is_no_credentials(
    emulator: Emulator, at: Callable[..., None], means: Means
) -> None:
    at(emulator)

    with pytest.raises(NoCredentials, match="nobody"):
        identity.ambient(replace(means, profile="nobody"), sign=True)


def test_a_profile_is_taken_from_the_files(
    emulator: Emulator,
    at: Callable[..., None],
    means: Means,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    at(emulator)
    keys = emulator.environment(user=True)
    file = tmp_path / "credentials"
    file.write_text(
        f"[ours]\naws_access_key_id = {keys['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {keys['AWS_SECRET_ACCESS_KEY']}\n"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))

    assert can_read(emulator, identity.ambient(replace(means, profile="ours"), sign=True))


def test_unsigned_requests_need_no_credentials(
    emulator: Emulator, at: Callable[..., None], means: Means
) -> None:
    at(emulator)

    assert identity.ambient(means, sign=False).account is None


# --- The account. --------------------------------------------------------------------------------


def test_the_account_of_a_role_is_known_without_asking(
    emulator: Emulator, at: Callable[..., None], means: Means
) -> None:
    at(emulator)
    who = identity.assume(role(), means)

    assert identity.check_account(who, ["111122223333"], means) == who
    with pytest.raises(WrongAccount, match="111122223333"):
        identity.check_account(who, ["999999999999"], means)
    assert calls_of(emulator, "GetCallerIdentity") == []


def test_the_account_of_credentials_at_hand_is_asked_for(
    emulator: Emulator, at: Callable[..., None], means: Means
) -> None:
    at(emulator, user=True)
    who = identity.ambient(means, sign=True)

    assert identity.check_account(who, ["111122223333"], means).account == "111122223333"
    with pytest.raises(WrongAccount, match="not called"):
        identity.check_account(who, ["999999999999"], means)


def test_an_account_that_cannot_be_asked_for_is_no_identity(
    emulator: Emulator, at: Callable[..., None], means: Means
) -> None:
    at(emulator, user=True)
    emulator.inject(Fault("GetCallerIdentity", Reply(status=403, code="InvalidClientTokenId")))
    who = identity.ambient(means, sign=True)

    with pytest.raises(CallerRefused, match="InvalidClientTokenId"):
        identity.check_account(who, ["111122223333"], means)
    assert len(calls_of(emulator, "GetCallerIdentity")) == 1


# --- The session policy. -------------------------------------------------------------------------


def request_for(
    name: str, *, namespace: str = "acme", repository: str = "npm-store", **parts: Any
) -> Request:
    package = Package(
        domain="acme", repository=repository, format=Format.NPM, namespace=namespace, name=name
    )
    given: dict[str, Any] = {"versions": ("1.0",), "target": Status.PUBLISHED, **parts}
    return Request(package=package, **given)


def assumed_with(requests: list[Request], means: Means) -> tuple[Identity, bool]:
    policy, widened = least_privilege(requests, region="eu-west-1", account="111122223333")
    assert len(policy) <= 2048
    return identity.assume(role(policy=policy), means), widened


def test_the_session_may_touch_nothing_but_its_packages(
    emulator: Emulator, at: Callable[..., None], means: Means
) -> None:
    at(emulator)

    who, widened = assumed_with([CORE_REQUEST], means)

    assert not widened
    assert can_read(emulator, who)
    assert not can_read(emulator, who, "other")


def test_packages_that_the_size_limit_does_not_hold_are_met_by_wider_patterns(
    emulator: Emulator, at: Callable[..., None], means: Means
) -> None:
    at(emulator)
    requests = [request_for(f"package-{number}") for number in range(100)]

    who, widened = assumed_with(requests, means)

    assert widened
    assert can_read(emulator, who, "package-99")
    assert can_read(emulator, who, "not-of-this-step")


@pytest.mark.parametrize(
    "requests",
    [
        [request_for("x" * 255, namespace=f"{n}" * 250) for n in range(1)],
        [request_for("core", namespace=f"scope-{n}") for n in range(200)],
        [request_for("core", repository=f"repository-{n}") for n in range(100)],
        [request_for("x" * 255, namespace="*" * 255)],
    ],
    ids=["long names", "many scopes", "many repositories", "nothing but wildcards"],
)
def test_a_policy_of_its_own_always_fits(requests: list[Request]) -> None:
    policy, _ = least_privilege(requests, region="eu-west-1", account="111122223333")

    assert len(policy) <= 2048
    (statement,) = json.loads(policy)["Statement"]
    assert all(arn.startswith("arn:aws:codeartifact:") for arn in statement["Resource"])


def test_wildcards_in_a_name_are_no_wildcards_in_the_policy(
    emulator: Emulator, at: Callable[..., None], means: Means
) -> None:
    policy, _ = least_privilege([request_for("*")], region="eu-west-1", account="111122223333")

    (statement,) = json.loads(policy)["Statement"]
    assert statement["Resource"] == [
        "arn:aws:codeartifact:eu-west-1:111122223333:package/acme/npm-store/npm/acme/${*}"
    ]
    at(emulator)
    assert not can_read(emulator, identity.assume(role(policy=policy), means))


def test_only_the_calls_of_this_step_are_allowed() -> None:
    requests = [
        request_for("a", target=Status.DELETED),
        request_for("b", target=Status.DISPOSED),
        request_for("c"),
    ]
    policy, _ = least_privilege(requests, region="us-gov-west-1", account="111122223333")

    (statement,) = json.loads(policy)["Statement"]
    assert statement["Action"] == [
        "codeartifact:ListPackageVersions",
        "codeartifact:DeletePackageVersions",
        "codeartifact:DisposePackageVersions",
        "codeartifact:UpdatePackageVersionsStatus",
    ]
    assert statement["Resource"][0].startswith("arn:aws-us-gov:codeartifact:us-gov-west-1:")


def test_the_domain_owners_account_stands_in_the_policy() -> None:
    theirs = Request(
        package=replace(CORE_PACKAGE, domain_owner="999988887777"),
        versions=("1.0",),
        target=Status.PUBLISHED,
    )
    policy, _ = least_privilege([theirs], region="eu-west-1", account="111122223333")

    assert ":999988887777:package/" in policy
    assert ":111122223333:" not in policy


@pytest.mark.parametrize("code", ["PackedPolicyTooLarge", "PackedPolicyTooLargeException"])
def test_a_policy_that_is_too_large_when_packed_is_explained(
    emulator: Emulator, at: Callable[..., None], means: Means, code: str
) -> None:
    at(emulator)
    emulator.inject(Fault(ASSUME, Reply(status=400, code=code, message="too large")))

    with pytest.raises(PolicyTooLarge) as refused:
        identity.assume(role(policy=json.dumps(EVERYTHING)), means)
    assert "session-policy: none" in refused.value.remedy


def test_a_duration_beyond_the_roles_own_is_not_blamed_on_the_trust_policy(
    emulator: Emulator, at: Callable[..., None], means: Means
) -> None:
    at(emulator)

    with pytest.raises(RequestRefused, match="MaxSessionDuration") as refused:
        identity.assume(role(duration=7200), means)
    assert "trust policy" not in refused.value.remedy
    assert "role-duration-seconds" in refused.value.remedy


def test_a_malformed_session_policy_is_not_blamed_on_the_trust_policy(
    emulator: Emulator, at: Callable[..., None], means: Means
) -> None:
    at(emulator)

    with pytest.raises(PolicyMalformed, match="Syntax errors in policy") as refused:
        identity.assume(role(policy='{"Version":"2012-10-17"}'), means)
    assert "`session-policy`" in refused.value.remedy
    assert "trust policy" not in refused.value.remedy


def test_a_wrong_audience_is_named_in_the_remedy(
    emulator: Emulator, at: Callable[..., None], means: Means
) -> None:
    at(emulator)

    with pytest.raises(IdentityError, match="Incorrect token audience") as refused:
        identity.assume(role(audience="sts.amazonaws.com.cn"), means)
    assert "sts.amazonaws.com.cn" in refused.value.remedy


# --- The rest. -----------------------------------------------------------------------------------


def test_a_stop_ends_the_pauses(emulator: Emulator, at: Callable[..., None], means: Means) -> None:
    at(emulator)
    emulator.inject(
        Fault(ASSUME, Reply(status=429, code="Throttling", headers={"Retry-After": "60"}))
    )
    threading.Timer(0.3, means.stop.set).start()

    with pytest.raises(Interrupted):
        identity.assume(role(), means)


def test_claims_are_read_from_a_token() -> None:
    token = jwt.encode({"sub": "repo:a/b", "ünï": "ç"}, "k" * 32, algorithm="HS256")

    assert identity.read_claims(token) == {"sub": "repo:a/b", "ünï": "ç"}


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "a.e30", "a.W10=.c", "a.\u00e9.c", "..."])
def test_claims_of_what_is_no_token_are_none(token: str) -> None:
    assert identity.read_claims(token) == {}
