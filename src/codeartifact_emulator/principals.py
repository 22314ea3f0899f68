"""Who there is: users, roles and sessions, with what each may do. Values only."""

import re
from dataclasses import dataclass, field

from .patterns import Context
from .policies import Policy

#: A path is of any printable ASCII, a name of fewer (IAM User Guide, "IAM identifiers").
_ROLE_ARN = re.compile(r"arn:[\w-]+:iam::\d{12}:role/(?:[!-~]+/)?[\w+=,.@-]+", re.ASCII)


def is_role_arn(arn: str) -> bool:
    """Tell whether an ARN is a role's."""
    return _ROLE_ARN.fullmatch(arn) is not None


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
    session_keys: Context = field(default_factory=dict)
    """Condition keys that a session has from how it came about."""

    @property
    def names(self) -> tuple[str, ...]:
        """Give its own names, by which a policy may mean it and nobody else."""
        return (self.arn, self.role_arn) if self.role_arn else (self.arn,)

    @property
    def account_names(self) -> tuple[str, ...]:
        """Give those of its account, which mean everybody in it."""
        return (self.account, f"arn:{self.partition}:iam::{self.account}:root")

    def context(self) -> Context:
        """Give the condition keys that say who asks (IAM User Guide, "Principal key values")."""
        kind = {"user": "User", "assumed-role": "AssumedRole"}
        named, _, name = self.arn.rpartition(":")[2].partition("/")
        keys = {
            "aws:principalarn": (self.role_arn or self.arn,),
            "aws:principalaccount": (self.account,),
            "aws:principaltype": (kind.get(named, "Account"),),
            "aws:principalisawsservice": ("false",),
            "aws:viaawsservice": ("false",),
            "aws:userid": (self.unique_id,),
        }
        if named == "user":
            keys["aws:username"] = (name.rpartition("/")[2],)
        return {**keys, **self.session_keys}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An access key and whose it is. `expires` is in seconds since 1970."""

    principal: Principal
    access_key_id: str
    secret: str
    token: str | None = None
    expires: float | None = None
