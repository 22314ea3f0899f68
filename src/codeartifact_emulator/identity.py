"""Who calls, and what they may: users, roles, sessions, SigV4 signatures, and STS.

Signatures are always verified, with botocore's own signer run once more over what arrived. Errors
are those of the service that is asked: CodeArtifact and STS name the same refusals differently.
"""

import base64
import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from .errors import Json, ServiceError
from .issuer import Issuer
from .policies import Context, Policy, PolicyError, Verdict, judge, judge_trust, parse_policy
from .wire import Request

Service: TypeAlias = Literal["codeartifact", "sts"]

#: A credential scope: access key, day, region, service, `aws4_request`.
_SCOPE_PARTS = 5
#: How far a request's time may be from the server's, in seconds.
CLOCK_SKEW = 300
#: The plain text of a session policy (AssumeRole, AssumeRoleWithWebIdentity: Policy).
MAX_SESSION_POLICY = 2048
#: "role chaining limits your … role session to a maximum of one hour" (IAM User Guide).
MAX_CHAINED_SECONDS = 3600
DEFAULT_SESSION_SECONDS = 3600

#: How each service names the refusals of a signature: (code, HTTP status).
_REFUSALS: Mapping[Service, Mapping[str, tuple[str, int]]] = {
    "codeartifact": {
        "missing": ("MissingAuthenticationTokenException", 403),
        "unknown": ("UnrecognizedClientException", 403),
        "signature": ("InvalidSignatureException", 403),
        "expired": ("ExpiredTokenException", 403),
    },
    "sts": {
        "missing": ("MissingAuthenticationToken", 403),
        "unknown": ("InvalidClientTokenId", 403),
        "signature": ("SignatureDoesNotMatch", 403),
        "expired": ("ExpiredToken", 403),
    },
}

#: Members of STS requests that would narrow or prove something that is not emulated.
_NOT_EMULATED = ("PolicyArns", "SerialNumber", "TokenCode", "ProviderId", "ProvidedContexts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whoever signs: a user, or a session of a role."""

    arn: str
    """As in messages: `arn:aws:iam::…:user/…` or `arn:aws:sts::…:assumed-role/…/…`."""
    unique_id: str
    policies: tuple[Policy, ...]
    session_policy: Policy | None = None
    role_arn: str | None = None

    @property
    def partition(self) -> str:
        """Give `aws`, or `aws-cn`, `aws-us-gov` and so on."""
        return self.arn.split(":")[1]

    @property
    def account(self) -> str:
        """Give the twelve digits."""
        return self.arn.split(":")[4]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An access key and whose it is. `expires` is in seconds since 1970."""

    principal: Principal
    access_key_id: str
    secret: str
    token: str | None = None
    expires: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role that STS can give out."""

    arn: str
    trust: Policy
    policies: tuple[Policy, ...]
    max_session_seconds: int = 3600


class _Signer(SigV4Auth):
    """botocore's signer, over exactly the headers that the client says it signed."""

    def __init__(self, key: Key, service: str, region: str, signed: Iterable[str]) -> None:
        super().__init__(Credentials(key.access_key_id, key.secret), service, region)
        self._signed = list(signed)

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        headers = HTTPHeaders()
        for name in self._signed:
            headers[name] = request.headers.get(name, "")
        return headers


class Identity:
    """The accounts' users and roles, and the sessions that STS has given out. Thread-safe."""

    def __init__(
        self, *, users: Iterable[Key], roles: Iterable[Role], issuer: Issuer, region: str
    ) -> None:
        """Start with no session."""
        self.issuer = issuer
        self.region = region
        self.roles = {role.arn: role for role in roles}
        self._keys = {key.access_key_id: key for key in users}
        self._lock = threading.Lock()

    def expire_sessions(self, at: float | None = None) -> None:
        """Let every session given out so far end at a time (seconds since 1970), or now."""
        moment = time.time() if at is None else at
        with self._lock:
            for access_key_id, key in self._keys.items():
                if key.token is not None:
                    self._keys[access_key_id] = replace(key, expires=moment)

    # Signatures

    def authenticate(self, request: Request, service: Service) -> Principal:
        """Verify a request's signature and tell whose it is. Raises ServiceError."""
        header = request.headers.get("authorization", "")
        algorithm, _, rest = header.partition(" ")
        fields = dict(part.strip().partition("=")[::2] for part in rest.split(","))
        scope = fields.get("Credential", "").split("/")
        if algorithm != "AWS4-HMAC-SHA256" or len(scope) != _SCOPE_PARTS:
            if not header:
                raise _refusal(service, "missing", "Missing Authentication Token")
            raise _refusal(
                service,
                "signature",
                "Authorization header requires a complete AWS4-HMAC-SHA256 credential",
            )
        access_key_id, day, region, signed_for, _ = scope
        with self._lock:
            key = self._keys.get(access_key_id)
        token = request.headers.get("x-amz-security-token")
        if key is None or key.token != token:
            raise _refusal(
                service, "unknown", "The security token included in the request is invalid."
            )
        if signed_for != service:
            raise _refusal(
                service,
                "signature",
                f"Credential should be scoped to correct service: '{service}'.",
            )
        if service == "codeartifact" and region != self.region:
            raise _refusal(
                service,
                "signature",
                f"Credential should be scoped to a valid region, not '{region}'. "
                f"(The emulator is in {self.region}.)",
            )
        self._verify(request, service, key, region, day, fields)
        if key.expires is not None and key.expires <= time.time():
            raise _refusal(
                service, "expired", "The security token included in the request is expired"
            )
        return key.principal

    def _verify(
        self,
        request: Request,
        service: Service,
        key: Key,
        region: str,
        day: str,
        fields: Mapping[str, str],
    ) -> None:
        stamp = request.headers.get("x-amz-date", "")
        try:
            moment = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        except ValueError:
            raise _refusal(
                service, "signature", "The request needs an X-Amz-Date such as 20260101T000000Z"
            ) from None
        if abs(moment.timestamp() - time.time()) > CLOCK_SKEW or not stamp.startswith(day):
            raise _refusal(
                service,
                "signature",
                f"Signature expired: {stamp} is more than {CLOCK_SKEW} s from the server's time",
            )
        signed = fields.get("SignedHeaders", "").split(";")
        said = request.headers.get("x-amz-content-sha256")
        body_hash = hashlib.sha256(request.body).hexdigest()
        url = f"http://{request.headers.get('host', '')}{request.path}?{request.query}"
        again = AWSRequest(method=request.method, url=url, data=request.body)
        for name in {*signed, "x-amz-content-sha256"} & request.headers.keys():
            again.headers[name] = request.headers[name]
        again.context["timestamp"] = stamp
        signer = _Signer(key, service, region, signed)
        text = signer.string_to_sign(again, signer.canonical_request(again))
        right = hmac.compare_digest(
            signer.signature(text, again).encode(), fields.get("Signature", "").encode()
        )
        if not right or "host" not in signed or said not in {None, body_hash, "UNSIGNED-PAYLOAD"}:
            raise _refusal(
                service,
                "signature",
                "The request signature we calculated does not match the signature you provided. "
                "Check your AWS Secret Access Key and signing method. "
                "Consult the service documentation for details.",
            )

    # Permissions

    def authorize(self, principal: Principal, action: str, resource: str) -> None:
        """Let pass what the principal's policies, and its session's, both allow.

        Raises ServiceError AccessDeniedException with the reason that AWS gives (IAM User Guide,
        "Troubleshoot access denied error messages").
        """
        context = _principal_context(principal, self.region)
        identity = judge(principal.policies, action, resource, context)
        session = Verdict.ALLOWED
        if principal.session_policy is not None:
            session = judge([principal.session_policy], action, resource, context)
        if identity is Verdict.DENIED:
            reason = "with an explicit deny in an identity-based policy"
        elif session is Verdict.DENIED:
            reason = "with an explicit deny in a session policy"
        elif identity is Verdict.SILENT:
            reason = f"because no identity-based policy allows the {action} action"
        elif session is Verdict.SILENT:
            reason = f"because no session policy allows the {action} action"
        else:
            return
        raise ServiceError(
            "AccessDeniedException",
            403,
            f"User: {principal.arn} is not authorized to perform: {action} on resource: "
            f"{resource} {reason}",
        )

    # STS

    def assume_role_with_web_identity(self, params: Mapping[str, Any]) -> Json:
        """AssumeRoleWithWebIdentity: the caller is known by its token alone."""
        policy = _session_policy(params)
        claims = self.issuer.verify(params["WebIdentityToken"])
        role = self.roles.get(params["RoleArn"])
        provider = self.issuer.url.removeprefix("https://")
        context = {f"{provider}:{name}".lower(): _values(value) for name, value in claims.items()}
        action = "sts:AssumeRoleWithWebIdentity"
        if role is not None:
            partition, account = role.arn.split(":")[1], role.arn.split(":")[4]
            arn = f"arn:{partition}:iam::{account}:oidc-provider/{provider}"
            verdict = judge_trust(role.trust, action, "Federated", [arn], context)
        if role is None or verdict is not Verdict.ALLOWED:
            raise ServiceError(
                "AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity"
            )
        result = self._session(role, params, policy, chained=False)
        audience = claims["aud"] if isinstance(claims["aud"], str) else claims["aud"][0]
        result |= {
            "SubjectFromWebIdentityToken": claims["sub"],
            "Provider": arn,
            "Audience": audience,
        }
        return result

    def assume_role(self, principal: Principal, params: Mapping[str, Any]) -> Json:
        """AssumeRole: being named in the trust suffices; trust of the account needs a policy."""
        policy = _session_policy(params)
        role = self.roles.get(params["RoleArn"])
        action = "sts:AssumeRole"
        refused = ServiceError(
            "AccessDenied",
            403,
            f"User: {principal.arn} is not authorized to perform: {action} on resource: "
            f"{params['RoleArn']}",
        )
        if role is None:
            raise refused
        context = {**_principal_context(principal, self.region)}
        if "ExternalId" in params:
            context["sts:externalid"] = (params["ExternalId"],)
        own = [name for name in (principal.arn, principal.role_arn) if name]
        account = [principal.account, f"arn:{principal.partition}:iam::{principal.account}:root"]
        by_name = judge_trust(role.trust, action, "AWS", own, context)
        by_account = judge_trust(role.trust, action, "AWS", account, context)
        if Verdict.DENIED in {by_name, by_account}:
            raise refused
        allowed = self._allows(principal, action, role.arn)
        # Within an account a trust policy that names the caller is enough of a grant.
        named = by_name is Verdict.ALLOWED and principal.account == role.arn.split(":")[4]
        if allowed is Verdict.DENIED or not (
            (named and principal.session_policy is None)
            or (Verdict.ALLOWED in {by_name, by_account} and allowed is Verdict.ALLOWED)
        ):
            raise refused
        return self._session(role, params, policy, chained=principal.role_arn is not None)

    def _allows(self, principal: Principal, action: str, resource: str) -> Verdict:
        context = _principal_context(principal, self.region)
        verdicts = [judge(principal.policies, action, resource, context)]
        if principal.session_policy is not None:
            verdicts.append(judge([principal.session_policy], action, resource, context))
        if Verdict.DENIED in verdicts:
            return Verdict.DENIED
        return Verdict.SILENT if Verdict.SILENT in verdicts else Verdict.ALLOWED

    def _session(
        self, role: Role, params: Mapping[str, Any], policy: Policy | None, *, chained: bool
    ) -> Json:
        seconds = params.get("DurationSeconds", DEFAULT_SESSION_SECONDS)
        if seconds > role.max_session_seconds:
            raise _sts_invalid(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            )
        if chained and seconds > MAX_CHAINED_SECONDS:
            raise _sts_invalid(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed "
                "by role chaining"
            )
        partition, account = role.arn.split(":")[1], role.arn.split(":")[4]
        name = role.arn.rpartition("/")[2]
        session_name = params["RoleSessionName"]
        role_id = (
            "AROA" + base64.b32encode(hashlib.sha256(role.arn.encode()).digest())[:17].decode()
        )
        principal = Principal(
            arn=f"arn:{partition}:sts::{account}:assumed-role/{name}/{session_name}",
            unique_id=f"{role_id}:{session_name}",
            policies=role.policies,
            session_policy=policy,
            role_arn=role.arn,
        )
        key = Key(
            principal=principal,
            access_key_id="ASIA" + base64.b32encode(secrets.token_bytes(10)).decode(),
            secret=secrets.token_urlsafe(30),
            token=secrets.token_urlsafe(150),
            expires=time.time() + seconds,
        )
        with self._lock:
            self._keys[key.access_key_id] = key
        ends = datetime.fromtimestamp(key.expires or 0.0, UTC)
        result: Json = {
            "Credentials": {
                "AccessKeyId": key.access_key_id,
                "SecretAccessKey": key.secret,
                "SessionToken": key.token,
                "Expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
            "AssumedRoleUser": {"AssumedRoleId": principal.unique_id, "Arn": principal.arn},
        }
        if policy is not None:
            result["PackedPolicySize"] = -(-len(params["Policy"]) * 100 // MAX_SESSION_POLICY)
        return result


def caller_identity(principal: Principal) -> Json:
    """GetCallerIdentity, which needs no permission."""
    return {"UserId": principal.unique_id, "Account": principal.account, "Arn": principal.arn}


def _sts_invalid(message: str) -> ServiceError:
    return ServiceError("ValidationError", 400, message)


def _session_policy(params: Mapping[str, Any]) -> Policy | None:
    """Read the request's Policy; refuse what would narrow a session in another way."""
    for name in _NOT_EMULATED:
        if name in params:
            raise _sts_invalid(f"{name} is not emulated by codeartifact_emulator")
    text = params.get("Policy")
    if text is None:
        return None
    if len(text) > MAX_SESSION_POLICY:
        raise _sts_invalid(
            "1 validation error detected: Value at 'policy' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAX_SESSION_POLICY}"
        )
    try:
        return parse_policy(text)
    except PolicyError as error:
        raise ServiceError("MalformedPolicyDocument", 400, str(error)) from None


def _principal_context(principal: Principal, region: str) -> Context:
    return {
        "aws:principalarn": (principal.role_arn or principal.arn,),
        "aws:principalaccount": (principal.account,),
        "aws:requestedregion": (region,),
    }


def _values(claim: object) -> tuple[str, ...]:
    listed = claim if isinstance(claim, list) else [claim]
    return tuple(str(v).lower() if isinstance(v, bool) else str(v) for v in listed)


def _refusal(service: Service, kind: str, message: str) -> ServiceError:
    code, status = _REFUSALS[service][kind]
    return ServiceError(code, status, message)
