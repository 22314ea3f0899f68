"""Who calls, and what they may: the accounts' users and roles, and the sessions given out."""

import threading
import time
from collections.abc import Iterable
from dataclasses import replace

from .errors import ServiceError
from .issuer import Issuer
from .messages import Request
from .policies import Verdict, judge
from .principals import Key, Principal, Role
from .signatures import Service, verify


class Identity:
    """Everyone there is. Thread-safe."""

    def __init__(
        self, *, users: Iterable[Key], roles: Iterable[Role], issuer: Issuer, region: str
    ) -> None:
        """Start with no session."""
        self.issuer = issuer
        self.region = region
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

    def judge(self, principal: Principal, action: str, resource: str) -> tuple[Verdict, Verdict]:
        """Give what the principal's own policies say, and what its session's says."""
        context = principal.context(self.region)
        own = judge(principal.policies, action, resource, context)
        if principal.session_policy is None:
            return own, Verdict.ALLOWED
        return own, judge([principal.session_policy], action, resource, context)

    def authorize(self, principal: Principal, action: str, resource: str) -> None:
        """Let pass what the principal's policies, and its session's, both allow.

        Raises ServiceError AccessDeniedException with the reason that AWS gives (IAM User Guide,
        "Troubleshoot access denied error messages").
        """
        match self.judge(principal, action, resource):
            case Verdict.DENIED, _:
                reason = "with an explicit deny in an identity-based policy"
            case _, Verdict.DENIED:
                reason = "with an explicit deny in a session policy"
            case Verdict.SILENT, _:
                reason = f"because no identity-based policy allows the {action} action"
            case _, Verdict.SILENT:
                reason = f"because no session policy allows the {action} action"
            case _:
                return
        raise ServiceError(
            "AccessDeniedException",
            403,
            f"User: {principal.arn} is not authorized to perform: {action} on resource: "
            f"{resource} {reason}",
        )
