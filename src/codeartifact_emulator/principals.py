"""Who there is: users, roles and sessions, with what each may do. Values only."""

from dataclasses import dataclass

from .policies import Context, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    arn: str

    @property
    def partition(self) -> str:
        """Give `aws`, or `aws-cn`, `aws-us-gov` and so on."""
        return self.arn.split(":")[1]

    @property
    def account(self) -> str:
        """Give the twelve digits."""
        return self.arn.split(":")[4]


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(_Named):
    """A role that STS can give out."""

    trust: Policy
    policies: tuple[Policy, ...]
    max_session_seconds: int = 3600
    session_seconds: int | None = None
    """How long a session lasts, whatever was asked for: AWS has no such thing. For clients that
    renew their sessions, and would have to be waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal(_Named):
    """Whoever signs: a user, or a session of a role.

    `arn` is as in messages: `arn:aws:iam::…:user/…` or `arn:aws:sts::…:assumed-role/…/…`.
    """

    unique_id: str
    policies: tuple[Policy, ...]
    session_policy: Policy | None = None
    role_arn: str | None = None

    def context(self, region: str) -> Context:
        """Give the condition keys that a request of this principal has."""
        return {
            "aws:principalarn": (self.role_arn or self.arn,),
            "aws:principalaccount": (self.account,),
            "aws:requestedregion": (region,),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An access key and whose it is. `expires` is in seconds since 1970."""

    principal: Principal
    access_key_id: str
    secret: str
    token: str | None = None
    expires: float | None = None
