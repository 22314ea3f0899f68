"""STS: a token, or another principal, becomes a session of a role.

Each operation takes its parameters, checked, and the caller: None where the model wants no
signature.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from .errors import Json, ServiceError
from .identity import Identity
from .policies import Policy, PolicyError, Verdict, judge_trust, parse_policy
from .principals import Key, Principal, Role

#: The plain text of a session policy (AssumeRole, AssumeRoleWithWebIdentity: Policy).
MAX_SESSION_POLICY = 2048
#: "role chaining limits your … role session to a maximum of one hour" (IAM User Guide).
MAX_CHAINED_SECONDS = 3600
DEFAULT_SESSION_SECONDS = 3600

#: Members of requests that would narrow or prove something that is not emulated.
_NOT_EMULATED = ("PolicyArns", "SerialNumber", "TokenCode", "ProviderId", "ProvidedContexts")


def assume_role_with_web_identity(
    identity: Identity, params: Mapping[str, Any], _caller: Principal | None
) -> Json:
    """AssumeRoleWithWebIdentity: the caller is known by its token alone."""
    policy = _session_policy(params)
    claims = identity.issuer.verify(params["WebIdentityToken"])
    refused = ServiceError(
        "AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    )
    role = identity.roles.get(params["RoleArn"])
    if role is None:
        raise refused
    provider = identity.issuer.url.removeprefix("https://")
    context = {f"{provider}:{name}".lower(): _values(value) for name, value in claims.items()}
    arn = f"arn:{role.partition}:iam::{role.account}:oidc-provider/{provider}"
    action = "sts:AssumeRoleWithWebIdentity"
    if judge_trust(role.trust, action, "Federated", [arn], context) is not Verdict.ALLOWED:
        raise refused
    audience = claims["aud"] if isinstance(claims["aud"], str) else claims["aud"][0]
    return _session(identity, role, params, policy, chained=False) | {
        "SubjectFromWebIdentityToken": claims["sub"],
        "Provider": arn,
        "Audience": audience,
    }


def assume_role(identity: Identity, params: Mapping[str, Any], caller: Principal) -> Json:
    """AssumeRole: being named in the trust suffices; trust of the account needs a policy."""
    policy = _session_policy(params)
    action = "sts:AssumeRole"
    role = identity.roles.get(params["RoleArn"])
    if role is None or not _may_assume(identity, caller, role, action, params.get("ExternalId")):
        raise ServiceError(
            "AccessDenied",
            403,
            f"User: {caller.arn} is not authorized to perform: {action} on resource: "
            f"{params['RoleArn']}",
        )
    return _session(identity, role, params, policy, chained=caller.role_arn is not None)


def get_caller_identity(_identity: Identity, _params: Mapping[str, Any], caller: Principal) -> Json:
    """GetCallerIdentity, which needs no permission."""
    return {"UserId": caller.unique_id, "Account": caller.account, "Arn": caller.arn}


#: The operations served, by their names in the model.
OPERATIONS: Mapping[str, Callable[[Identity, Mapping[str, Any], Any], Json]] = {
    operation.__name__.title().replace("_", ""): operation
    for operation in (assume_role_with_web_identity, assume_role, get_caller_identity)
}


def _may_assume(
    identity: Identity, caller: Principal, role: Role, action: str, external_id: str | None
) -> bool:
    context = {**caller.context(identity.region)}
    if external_id is not None:
        context["sts:externalid"] = (external_id,)
    own = [name for name in (caller.arn, caller.role_arn) if name]
    account = [caller.account, f"arn:{caller.partition}:iam::{caller.account}:root"]
    by_name = judge_trust(role.trust, action, "AWS", own, context)
    by_account = judge_trust(role.trust, action, "AWS", account, context)
    policies = identity.judge(caller, action, role.arn)
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
    chained: bool,
) -> Json:
    seconds = params.get("DurationSeconds", DEFAULT_SESSION_SECONDS)
    if seconds > role.max_session_seconds:
        raise _invalid(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    if chained and seconds > MAX_CHAINED_SECONDS:
        raise _invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed "
            "by role chaining"
        )
    name, session = role.arn.rpartition("/")[2], params["RoleSessionName"]
    role_id = "AROA" + base64.b32encode(hashlib.sha256(role.arn.encode()).digest())[:17].decode()
    principal = Principal(
        arn=f"arn:{role.partition}:sts::{role.account}:assumed-role/{name}/{session}",
        unique_id=f"{role_id}:{session}",
        policies=role.policies,
        session_policy=policy,
        role_arn=role.arn,
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


def _values(claim: object) -> tuple[str, ...]:
    listed = claim if isinstance(claim, list) else [claim]
    return tuple(str(v).lower() if isinstance(v, bool) else str(v) for v in listed)


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationError", 400, message)
