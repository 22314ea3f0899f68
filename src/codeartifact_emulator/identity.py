"""Who calls, and what they may: the accounts' users and roles, and the sessions given out."""

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from .errors import ServiceError
from .issuer import Issuer
from .messages import Request
from .names import Place
from .patterns import Context
from .policies import Policy, Verdict, judge, judge_named
from .principals import Key, Principal, Role
from .signatures import Service, verify


class Identity:
    """Everyone there is. Thread-safe."""

    def __init__(
        self,
        *,
        users: Iterable[Key],
        roles: Iterable[Role],
        issuer: Issuer,
        region: str,
        resource_policies: Mapping[tuple[str, str], Policy] | None = None,
        organizations: Mapping[str, str] | None = None,
    ) -> None:
        """Start with no session.

        `resource_policies` are by owner and end of the ARN (`repository/acme/npm-store`),
        `organizations` by account.
        """
        self.issuer = issuer
        self.region = region
        self._resource_policies = {**(resource_policies or {})}
        self._organizations = {**(organizations or {})}
        self.roles = {role.arn: role for role in roles}
        self._keys = {key.access_key_id: key for key in users}
        self._lock = threading.Lock()

    def authenticate(self, request: Request, service: Service) -> Principal:
        """Verify a request's signature and tell whose it is. Raises ServiceError."""
        return verify(request, service, region=self.region, find=self._find).principal

    def _find(self, access_key_id: str) -> Key | None:
        with self._lock:
            return self._keys.get(access_key_id)

    def add_session(self, key: Key) -> None:
        """Let a session's key sign from now on."""
        with self._lock:
            self._keys[key.access_key_id] = key

    def expire_sessions(self, at: float | None = None) -> None:
        """Let every session given out so far end at a time (seconds since 1970), or now."""
        moment = time.time() if at is None else at
        with self._lock:
            for access_key_id, key in self._keys.items():
                if key.token is not None:
                    self._keys[access_key_id] = replace(key, expires=moment)

    def context(
        self, request: Request, caller: Principal | None, *, owner: str | None = None
    ) -> Context:
        """Give the condition keys of a request about what an account owns.

        It counts as sent over TLS, as every request to AWS is (IAM User Guide, "AWS global
        condition context keys").
        """
        now = time.time()
        found: dict[str, str | None] = {
            "aws:requestedregion": self.region,
            "aws:currenttime": datetime.fromtimestamp(now, UTC).isoformat(),
            "aws:epochtime": str(int(now)),
            "aws:sourceip": request.peer,
            "aws:securetransport": "true",
            "aws:useragent": request.headers.get("user-agent"),
            "aws:resourceaccount": owner,
            "aws:resourceorgid": self._organizations.get(owner or ""),
            "aws:principalorgid": self._organizations.get(caller.account) if caller else None,
        }
        keys = {key: (value,) for key, value in found.items() if value is not None}
        return {**keys, **(caller.context() if caller else {})}

    def judge(
        self, principal: Principal, action: str, resource: str, context: Context
    ) -> tuple[Verdict, Verdict]:
        """Give what the principal's own policies say, and what its session's says."""
        own = judge(principal.policies, action, resource, context)
        if principal.session_policy is None:
            return own, Verdict.ALLOWED
        return own, judge([principal.session_policy], action, resource, context)

    def authorize(
        self, request: Request, principal: Principal, action: str, *, place: Place, kind: str
    ) -> None:
        """Let a call on a domain, a repository or a package pass.

        Within the owner's account a policy of the principal or of the resource allows it; from
        another account both must, and the resource's may be that of the domain or that of the
        repository. A Deny in any wins (UG repo-policies, "Interaction between repository and domain
        policies"). A session policy narrows all of it, but for what a resource policy gives to the
        session by its own name (IAM User Guide, "Session policies").

        Raises ServiceError AccessDeniedException with the reason that AWS gives (IAM User Guide,
        "Troubleshoot access denied error messages").
        """
        partition, ending = principal.partition, place.resource(kind)
        resource = f"arn:{partition}:codeartifact:{self.region}:{place.domain_owner}:{ending}"
        context = self.context(request, principal, owner=place.domain_owner)
        own, session = self.judge(principal, action, resource, context)
        guards = ["domain"] if kind == "domain" else ["domain", "repository"]
        attached = [(place.domain_owner, place.resource(guard)) for guard in guards]
        policies = [self._resource_policies[at] for at in attached if at in self._resource_policies]

        def given(*names: str) -> Verdict:
            return judge_named(
                policies, action=action, resource=resource, principals=names, context=context
            )

        owners = given(*principal.names, *principal.account_names)
        at_home = principal.account == place.domain_owner
        if at_home and Verdict.DENIED not in {own, session, owners}:
            if given(principal.arn) is Verdict.ALLOWED and principal.role_arn:
                return
            own = Verdict.ALLOWED if owners is Verdict.ALLOWED else own
            owners = Verdict.ALLOWED
        reason = _refusal(action, own=own, session=session, owners=owners)
        if reason is None:
            return
        raise ServiceError(
            "AccessDeniedException",
            403,
            f"User: {principal.arn} is not authorized to perform: {action} on resource: "
            f"{resource} {reason}",
        )


def _refusal(action: str, *, own: Verdict, session: Verdict, owners: Verdict) -> str | None:
    match own, session, owners:
        case Verdict.DENIED, _, _:
            return "with an explicit deny in an identity-based policy"
        case _, Verdict.DENIED, _:
            return "with an explicit deny in a session policy"
        case _, _, Verdict.DENIED:
            return "with an explicit deny in a resource-based policy"
        case Verdict.SILENT, _, _:
            return f"because no identity-based policy allows the {action} action"
        case _, Verdict.SILENT, _:
            return f"because no session policy allows the {action} action"
        case _, _, Verdict.SILENT:
            return f"because no resource-based policy allows the {action} action"
        case _:
            return None
