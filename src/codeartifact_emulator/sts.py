"""STS: a token, or another principal, becomes a session of a role.

Each operation takes its parameters, checked, the caller, who is None where the model wants no
signature, and the condition keys of the request.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from . import providers
from .errors import Json, ServiceError
from .identity import Identity
from .patterns import Context, PolicyError
from .policies import Policy, Verdict, judge_named, parse_policy
from .principals import Key, Principal, Role, is_role_arn

#: The plain text of a session policy (AssumeRole, AssumeRoleWithWebIdentity: Policy).
MAX_SESSION_POLICY = 2048
#: "role chaining limits your … role session to a maximum of one hour" (IAM User Guide).
MAX_CHAINED_SECONDS = 3600
DEFAULT_SESSION_SECONDS = 3600

#: Members of requests that would narrow or prove something that is not emulated.
_NOT_EMULATED = ("PolicyArns", "SerialNumber", "TokenCode", "ProviderId", "ProvidedContexts")


def assume_role_with_web_identity(
    identity: Identity, params: Mapping[str, Any], _caller: Principal | None, context: Context
) -> Json:
    """AssumeRoleWithWebIdentity: the caller is known by its token alone."""
    context = {**context, **_request_keys(params)}
    policy = _session_policy(params)
    claims = identity.issuer.verify(params["WebIdentityToken"])
    refused = ServiceError(
        "AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    )
    role = identity.roles.get(params["RoleArn"])
    if role is None:
        raise refused
    provider = identity.issuer.url.removeprefix("https://")
    context |= providers.claim_keys(provider, claims)
    arn = f"arn:{role.partition}:iam::{role.account}:oidc-provider/{provider}"
    action = "sts:AssumeRoleWithWebIdentity"
    verdict = judge_named(
        [role.trust], action=action, kind="Federated", principals=[arn], context=context
    )
    if verdict is not Verdict.ALLOWED:
        raise refused
    audience = claims["aud"] if isinstance(claims["aud"], str) else claims["aud"][0]
    keys = {"aws:federatedprovider": (arn,), **providers.session_keys(provider, claims)}
    return _session(identity, role, params, policy, keys=keys) | {
        "SubjectFromWebIdentityToken": claims["sub"],
        "Provider": arn,
        "Audience": audience,
    }


def assume_role(
    identity: Identity, params: Mapping[str, Any], caller: Principal, context: Context
) -> Json:
    """AssumeRole: being named in the trust suffices; trust of the account needs a policy."""
    context = {**context, **_request_keys(params)}
    policy = _session_policy(params)
    action = "sts:AssumeRole"
    role = identity.roles.get(params["RoleArn"])
    if role is None or not _may_assume(identity, caller, role, action, context):
        raise ServiceError(
            "AccessDenied",
            403,
            f"User: {caller.arn} is not authorized to perform: {action} on resource: "
            f"{params['RoleArn']}",
        )
    seconds = params.get("DurationSeconds", DEFAULT_SESSION_SECONDS)
    if caller.role_arn is not None and seconds > MAX_CHAINED_SECONDS:
        raise _invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed "
            "by role chaining"
        )
    return _session(identity, role, params, policy, keys={})


def get_caller_identity(
    _identity: Identity, _params: Mapping[str, Any], caller: Principal, _context: Context
) -> Json:
    """GetCallerIdentity, which needs no permission."""
    return {"UserId": caller.unique_id, "Account": caller.account, "Arn": caller.arn}


#: The operations served, by their names in the model.
OPERATIONS: Mapping[str, Callable[[Identity, Mapping[str, Any], Any, Context], Json]] = {
    operation.__name__.title().replace("_", ""): operation
    for operation in (assume_role_with_web_identity, assume_role, get_caller_identity)
}


def _may_assume(
    identity: Identity, caller: Principal, role: Role, action: str, context: Context
) -> bool:
    by_name, by_account = (
        judge_named([role.trust], action=action, principals=names, context=context)
        for names in (caller.names, caller.account_names)
    )
    policies = identity.judge(caller, action, role.arn, context)
    if Verdict.DENIED in {by_name, by_account, *policies}:
        return False
    # Within an account a trust policy that names the caller is enough of a grant.
    named = by_name is Verdict.ALLOWED and caller.account == role.account
    if named and caller.session_policy is None:
        return True
    return Verdict.ALLOWED in {by_name, by_account} and {*policies} == {Verdict.ALLOWED}


def _session(
    identity: Identity,
    role: Role,
    params: Mapping[str, Any],
    policy: Policy | None,
    *,
    keys: Context,
) -> Json:
    seconds = params.get("DurationSeconds", DEFAULT_SESSION_SECONDS)
    if seconds > role.max_session_seconds:
        raise _invalid(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    name, session = role.arn.rpartition("/")[2], params["RoleSessionName"]
    role_id = "AROA" + base64.b32encode(hashlib.sha256(role.arn.encode()).digest())[:17].decode()
    principal = Principal(
        arn=f"arn:{role.partition}:sts::{role.account}:assumed-role/{name}/{session}",
        unique_id=f"{role_id}:{session}",
        policies=role.policies,
        session_policy=policy,
        role_arn=role.arn,
        session_keys={
            "aws:tokenissuetime": (datetime.now(UTC).isoformat(timespec="seconds"),),
            "aws:multifactorauthpresent": ("false",),
            **keys,
        },
    )
    ends = time.time() + (seconds if role.session_seconds is None else role.session_seconds)
    key = Key(
        principal=principal,
        access_key_id="ASIA" + base64.b32encode(secrets.token_bytes(10)).decode(),
        secret=secrets.token_urlsafe(30),
        token=secrets.token_urlsafe(150),
        expires=ends,
    )
    identity.add_session(key)
    result: Json = {
        "Credentials": {
            "AccessKeyId": key.access_key_id,
            "SecretAccessKey": key.secret,
            "SessionToken": key.token,
            "Expiration": datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "AssumedRoleUser": {"AssumedRoleId": principal.unique_id, "Arn": principal.arn},
    }
    if policy is not None:
        result["PackedPolicySize"] = -(-len(params["Policy"]) * 100 // MAX_SESSION_POLICY)
    return result


def _request_keys(params: Mapping[str, Any]) -> Context:
    """Give the condition keys of a request for a role (IAM User Guide, "Available keys for STS").

    Raises ServiceError for what is no role's ARN: STS looks no further.
    """
    if not is_role_arn(params["RoleArn"]):
        raise _invalid("Request ARN is invalid")
    keys = {"sts:rolesessionname": (params["RoleSessionName"],)}
    if "ExternalId" in params:
        keys["sts:externalid"] = (params["ExternalId"],)
    return keys


def _session_policy(params: Mapping[str, Any]) -> Policy | None:
    """Read the request's Policy; refuse what would narrow a session in another way."""
    for name in _NOT_EMULATED:
        if name in params:
            raise _invalid(f"{name} is not emulated by codeartifact_emulator")
    text = params.get("Policy")
    if text is None:
        return None
    if len(text) > MAX_SESSION_POLICY:
        raise _invalid(
            "1 validation error detected: Value at 'policy' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAX_SESSION_POLICY}"
        )
    try:
        return parse_policy(text)
    except PolicyError as error:
        raise ServiceError("MalformedPolicyDocument", 400, str(error)) from None


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationError", 400, message)
