"""The edge to whoever says who we are: OIDC token, assumed role, boto3 session.

A token or a key is masked before anything else happens to it. A token is fetched anew for each
try at STS: it lives for minutes only. A refusal is final at once; only what passes by itself is
tried again.
"""

import base64
import json
import os
import random
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
import botocore
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from codeartifact_status.arns import MAX_POLICY, literal, package_arn
from codeartifact_status.errors import (
    BadSetting,
    CallerRefused,
    ForkPullRequest,
    IdentityError,
    Interrupted,
    NoCredentials,
    NoGitLabToken,
    NoTokenHere,
    NoTokenPermission,
    NoTokenTool,
    PolicyMalformed,
    PolicyTooLarge,
    RequestRefused,
    RoleRefused,
    StepError,
    StsUnreachable,
    TokenFileUnreadable,
    TokenRefused,
    TokenUnavailable,
    WrongAccount,
)
from codeartifact_status.model import Operation, Request
from codeartifact_status.service import retries
from codeartifact_status.service.crew import in_time

if TYPE_CHECKING:
    from types_boto3_sts.client import STSClient

TOKEN_TIMEOUT = 30.0
"""Seconds for one request of an OIDC token at most; ``id`` itself may try for minutes."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """The role to assume, and how."""

    arn: str
    session_name: str
    duration: int
    policy: str | None
    audience: str
    token_file: str | None
    chained: bool
    external_id: str | None
    from_fork: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What getting an identity takes from its surroundings.

    ``mask`` is told of every secret before it is used; ``stop`` ends every pause.
    """

    region: str | None
    profile: str | None
    config: Config
    verify: bool | str | None
    attempts: int
    timeout: float
    mask: Callable[[str], None]
    stop: threading.Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A session of boto3 with credentials, and the account that they belong to, if it is known.

    ``proven`` says that STS named the account; else it is what the configuration says of itself
    (``AWS_ACCOUNT_ID``, for one), which is good enough for a link and not for a check.
    """

    session: boto3.Session
    account: str | None
    proven: bool


def assume(role: Role, means: Means) -> Identity:
    """Assume a role, with an OIDC token or with the credentials at hand.

    ``AWS_PROFILE`` and the AWS configuration files of the job have no say, unless ``profile``
    names one of them for role chaining.

    Raises:
        IdentityError: there is no token, or STS refused.
        Interrupted: the step was stopped meanwhile.
    """
    if role.chained:
        base = _ambient_session(means) if means.profile else _isolated_session(means.region)
        _settle_credentials(base, means)
        sts = _sts(base, means, means.config)
    else:
        unsigned = means.config.merge(Config(signature_version=botocore.UNSIGNED))
        sts = _sts(_isolated_session(means.region), means, unsigned)
    answer = _ask_sts(role, means, sts)
    credentials = answer["Credentials"]
    for secret in ("SecretAccessKey", "SessionToken", "AccessKeyId"):
        means.mask(credentials[secret])
    session = boto3.Session(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        region_name=means.region,
        botocore_session=_isolated(),
    )
    arn = str(answer.get("AssumedRoleUser", {}).get("Arn") or role.arn)
    return Identity(session=session, account=arn.split(":")[4], proven=True)


def ambient(means: Means, *, sign: bool) -> Identity:
    """The credentials that boto3's own chain finds; none where requests aren't signed.

    Raises:
        NoCredentials: it finds none, or its configuration is broken.
    """
    session = _ambient_session(means)
    if not sign:
        return Identity(session=session, account=None, proven=False)
    account = _settle_credentials(session, means)
    return Identity(session=session, account=account, proven=False)


def check_account(identity: Identity, allowed: Sequence[str], means: Means) -> Identity:
    """The same identity, its account known, if ``allowed`` names it or names none.

    Raises:
        WrongAccount: the account is another.
        IdentityError: STS didn't say which account it is.
    """
    if not allowed:
        return identity
    account = identity.account
    if account is None or not identity.proven:
        sts = _sts(identity.session, means, means.config)
        account = _persist(
            means, lambda: str(_sent(means, sts.get_caller_identity)["Account"]), CallerRefused
        )
    if account not in allowed:
        raise WrongAccount(account=account, allowed=allowed)
    return Identity(session=identity.session, account=account, proven=True)


def region_of(profile: str | None) -> str | None:
    """The region that a profile of the AWS configuration files names, or the one in effect.

    Raises:
        NoCredentials: there is no such profile, or the files are broken.
    """
    try:
        return boto3.Session(profile_name=profile).region_name or None
    except BotoCoreError as error:
        raise NoCredentials(str(error)) from error


def output_of(profile: str | None) -> str | None:
    """The AWS CLI's output format, by ``AWS_DEFAULT_OUTPUT`` or its configuration files."""
    if chosen := os.environ.get("AWS_DEFAULT_OUTPUT"):
        return chosen
    try:
        configured: str | None = (
            botocore.session.Session(profile=profile).get_scoped_config().get("output")
        )
    except BotoCoreError:
        # What is wrong with the files is told when credentials are looked for in them.
        return None
    return configured


def least_privilege(requests: Iterable[Request], *, region: str, account: str) -> tuple[str, bool]:
    """A session policy for just these calls on just these packages.

    Where STS's size limit doesn't hold all packages, wider patterns stand for them: those of one
    namespace, of one repository, of the domain.

    Returns:
        The policy as JSON, and whether it was widened.
    """
    requests = list(requests)
    operations = sorted({Operation.to_reach(request.target).value for request in requests})
    actions = [f"codeartifact:{name}" for name in ("ListPackageVersions", *operations)]
    exact = [
        literal(
            package_arn(
                request.package, region=region, account=request.package.domain_owner or account
            )
        )
        for request in requests
    ]
    for widen in _WIDER:
        resources = sorted({"/".join(widen(*arn.split("/", 5))) for arn in exact})
        statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        policy = json.dumps(document, separators=(",", ":"))
        if len(policy) <= MAX_POLICY:
            return policy, widen is not _WIDER[0]
    raise AssertionError("one pattern for the domain always fits")


_WIDER: tuple[Callable[..., tuple[str, ...]], ...] = (
    lambda domain, name, repository, *package: (domain, name, repository, *package),
    lambda domain, name, _, *package: (domain, name, "*", *package),
    lambda domain, name, repository, format_, namespace, _: (
        *(domain, name, repository, format_, namespace),
        "*",
    ),
    lambda domain, name, _, format_, namespace, __: (domain, name, "*", format_, namespace, "*"),
    lambda domain, name, repository, *_: (domain, name, repository, "*"),
    lambda domain, name, *_: (domain, name, "*"),
)
"""A package ARN, taken apart at its slashes, ever wider: any repository, any name, and so on."""


def _isolated() -> botocore.session.Session:
    """A botocore session that the job's AWS configuration files and profile have no say in."""
    nowhere: Any = (None, None, os.devnull, None)
    return botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": nowhere,
            "credentials_file": nowhere,
        }
    )


def _isolated_session(region: str | None) -> boto3.Session:
    return boto3.Session(region_name=region, botocore_session=_isolated())


def _ambient_session(means: Means) -> boto3.Session:
    try:
        return boto3.Session(profile_name=means.profile, region_name=means.region)
    except BotoCoreError as error:
        raise NoCredentials(str(error)) from error


def _sts(session: boto3.Session, means: Means, config: Config) -> "STSClient":
    try:
        return session.client("sts", config=config, verify=means.verify)
    except (BotoCoreError, ValueError) as error:
        raise BadSetting(str(error)) from error


def _settle_credentials(session: boto3.Session, means: Means) -> str | None:
    """Mask what the credential chain found and hold on to it; return its account, if it says.

    Held, because credentials that renew themselves would bring secrets that nobody has masked.
    """

    def find() -> Any:
        credentials = session.get_credentials()
        return credentials.get_frozen_credentials() if credentials is not None else None

    try:
        frozen = in_time(find, seconds=means.timeout * means.attempts, stop=means.stop)
    except StepError:
        raise
    except Exception as error:  # noqa: BLE001 - botocore's parser errors are of no one family
        # An answer of STS that can't be parsed is quoted whole by botocore, keys and all.
        raise NoCredentials(_harmless(error)) from None
    if frozen is None or not frozen.access_key or not frozen.secret_key:
        raise NoCredentials("boto3's credential chain found none.")
    for secret in (frozen.secret_key, frozen.token, frozen.access_key):
        means.mask(secret or "")
    session._session.set_credentials(frozen.access_key, frozen.secret_key, frozen.token)  # noqa: SLF001 - boto3 has no other way to its botocore session
    return getattr(frozen, "account_id", None)


def _harmless(error: BaseException) -> str:
    """What an exception says, if it can't quote an answer of STS, which holds the keys."""
    match error:
        case ResponseParserError():
            return "an answer that could not be read"
        case BotoCoreError() | ClientError() | OSError():
            return f"{type(error).__name__}: {error}"
        case _:
            return type(error).__name__


def _ask_sts(role: Role, means: Means, sts: "STSClient") -> Mapping[str, Any]:
    request: dict[str, Any] = {
        "RoleArn": role.arn,
        "RoleSessionName": role.session_name,
        "DurationSeconds": role.duration,
    }
    if role.policy is not None:
        request["Policy"] = role.policy
    claims: Mapping[str, Any] = {}

    def send() -> Mapping[str, Any]:
        nonlocal claims
        if role.chained:
            if role.external_id is not None:
                request["ExternalId"] = role.external_id
            answer = _sent(means, sts.assume_role, **request)
        else:
            token = _token(role, means)
            claims = read_claims(token)
            answer = _sent(
                means, sts.assume_role_with_web_identity, WebIdentityToken=token, **request
            )
        credentials = answer["Credentials"]
        if not all(
            credentials[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")
        ):
            raise KeyError("Credentials")
        return dict(answer)

    return _persist(means, send, lambda code, message: _refusal(role, code, message, claims))


def _refusal(role: Role, code: str, message: str, claims: Mapping[str, Any]) -> IdentityError:
    """What a refusal of STS means, by its code (STS API Reference, Errors)."""
    match code.removesuffix("Exception"):
        case "PackedPolicyTooLarge":
            return PolicyTooLarge(message)
        case "MalformedPolicyDocument":
            return PolicyMalformed(message)
        case "ValidationError" | "ExpiredToken" | "RegionDisabled":
            return RequestRefused(role=role.arn, code=code, message=message)
        case _ if role.chained:
            return RoleRefused(role=role.arn, code=code, message=message)
        case _:
            return TokenRefused(role=role.arn, code=code, message=message, claims=claims)


# "IDPCommunicationError … You can retry the request a limited number of times" (STS API Reference,
# AssumeRoleWithWebIdentity); it comes with status 400.
_PASSES = {"IDPCommunicationError", "IDPCommunicationErrorException"}


def _sent(means: Means, call: Callable[..., Any], **request: Any) -> Mapping[str, Any]:
    """The answer of STS to one request; the time that its token took doesn't count."""
    answer: Mapping[str, Any] = in_time(
        lambda: call(**request), seconds=means.timeout, stop=means.stop
    )
    return answer


def _persist(
    means: Means, call: Callable[[], T], refused: Callable[[str, str], IdentityError]
) -> T:
    """What ``call`` returns, tried again while its failure is one that passes by itself."""
    attempt = 0
    while True:
        attempt += 1
        throttled, asked = False, None
        try:
            return call()
        except TokenUnavailable as error:
            failure: IdentityError = error
            transient = error.passes
        except ClientError as error:
            details = error.response.get("Error", {})
            status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            code = details.get("Code") or str(status)
            failure = refused(code, details.get("Message") or "STS gave no message")
            throttled = retries.is_throttling(status, code)
            transient = retries.is_transient(status, code) or code in _PASSES
            asked = retries.retry_after(error.response, now=datetime.now(UTC))
            if transient:
                failure = StsUnreachable(f"{code}: {details.get('Message', '')}")
        except StepError:
            raise
        except Exception as error:  # noqa: BLE001 - an answer that botocore can't read is none
            failure = StsUnreachable(_harmless(error))
            transient = True
        pause = retries.pause(
            attempt,
            throttled=throttled,
            asked=asked,
            jitter=random.random(),  # noqa: S311 - it spreads retries, it guards nothing
        )
        if not transient or pause is None or attempt >= means.attempts:
            raise failure from None
        if means.stop.wait(pause):
            raise Interrupted("while an identity was being fetched") from None


def _token(role: Role, means: Means) -> str:
    """A fresh OIDC token, masked."""
    token = (
        _token_from_file(role.token_file) if role.token_file else _token_from_system(role, means)
    )
    means.mask(token)
    return token


def _token_from_file(path: str) -> str:
    if not Path(path).is_file():
        raise TokenFileUnreadable(path, "there is no such file")
    try:
        token = Path(path).read_text(encoding="ascii").strip()
    except OSError as error:
        raise TokenFileUnreadable(path, error.strerror or str(error)) from error
    except ValueError as error:
        raise TokenFileUnreadable(path, "it holds no token") from error
    if not token:
        raise TokenFileUnreadable(path, "it is empty")
    return token


def _token_from_system(role: Role, means: Means) -> str:
    """The token that the CI system hands out, by ``id``, in bounded time."""
    # Loaded here because role chaining and ambient credentials have no use for it.
    import id  # noqa: A004, PLC0415 - the package has that name

    try:
        token = in_time(
            lambda: id.detect_credential(role.audience),
            seconds=min(TOKEN_TIMEOUT, means.timeout),
            stop=means.stop,
        )
    except id.GitHubOidcPermissionCredentialError as error:
        raise (ForkPullRequest() if role.from_fork else NoTokenPermission()) from error
    except id.IdentityError as error:
        if (missing := _GITLAB_VARIABLE.search(str(error))) is not None:
            raise NoGitLabToken(variable=missing[1], audience=role.audience) from error
        if _NO_TOOL.search(str(error)):
            raise NoTokenTool(str(error)) from error
        raise TokenUnavailable(_without_body(str(error)), passes=_passes(str(error))) from error
    except Interrupted:
        raise
    except Exception as error:
        raise TokenUnavailable(f"{type(error).__name__}: {error}", passes=True) from error
    if token is None:
        raise NoTokenHere(half_github="ACTIONS_ID_TOKEN_REQUEST_URL" in os.environ)
    return token


# `id` tells these apart by its messages only.
_GITLAB_VARIABLE = re.compile(r"GitLab: Environment variable (\w+) not found")
_NO_TOOL = re.compile(r"(CircleCI|Buildkite): could not find ")


def _without_body(message: str) -> str:
    """``id`` quotes the whole body of an answer, which may hold anything."""
    return message.partition(", body=")[0] + (")" if ", body=" in message else "")


def _passes(message: str) -> bool:
    """Whether the endpoint failed, rather than refused. ``id`` tells only by its message."""
    return "code=4" not in message or "code=429" in message or "code=408" in message


def read_claims(token: str) -> Mapping[str, Any]:
    """The claims of a token, unverified, to be shown; empty if it has none that can be read."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
