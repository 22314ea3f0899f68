"""The role to assume: the name of its session, the request to STS, and what a refusal means.

A token is fetched anew for each try at STS: it lives for minutes only.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, assert_never

from codeartifact_status.arns import RoleArn
from codeartifact_status.identity.refusals import (
    EveryPolicyTooLarge,
    IdentityError,
    PolicyTooLarge,
    not_assumed,
)
from codeartifact_status.identity.session_policy import Policy
from codeartifact_status.identity.sts import ask
from codeartifact_status.identity.tokens import Tokens, WebIdentity, read_claims
from codeartifact_status.model import Failure
from codeartifact_status.service.connection import Connection
from codeartifact_status.service.crew import in_time

if TYPE_CHECKING:
    from types_boto3_sts.client import STSClient

MAX_NAME = 64
"""Characters of a session's name (STS API Reference, AssumeRole, ``RoleSessionName``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chaining:
    """The credentials at hand as the proof of who asks."""

    external_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """The role to assume, and how; ``duration`` in seconds.

    ``policies`` are the session policies that serve, the best first; where there is none, the
    session may do what the role may.
    """

    arn: RoleArn
    session_name: str
    duration: int
    policies: tuple[Policy, ...]
    proof: WebIdentity | Chaining

    @property
    def own_policy(self) -> bool:
        """Whether the session policy is one that this step makes, and not the user's."""
        return bool(self.policies) and self.policies[0].allows is not None


def session_name(text: object) -> str:
    r"""A role session name made of any text: 2 to 64 of ``[\w+=,.@-]`` (STS API Reference)."""
    name = re.sub(r"[^\w+=,.@\-]+", "-", str(text), flags=re.ASCII).strip("-")[-MAX_NAME:]
    return name if len(name) > 1 else f"codeartifact-status-{name}".strip("-")


def session_name_of(*, repository: str, run: str) -> str:
    """A role session name that leads back to a run of the CI system, whose end is the run's id."""
    kept = run[2 - MAX_NAME :]
    return session_name(f"{repository[: MAX_NAME - 2 - len(kept)]}-{kept}")


@dataclass(slots=True, kw_only=True)
class Sessions:
    """The sessions of a role, one after the other: each call asks STS for a new one.

    ``tell`` is told of what is worth a line of the log. A refusal is final for those that would
    follow, too.
    """

    role: Role
    proof: Tokens | Chaining
    sts: "STSClient"
    connection: Connection
    tell: Callable[[str], None]
    _refused: IdentityError | None = None
    _has_assumed: bool = False

    def __call__(self) -> dict[str, str]:
        """The keys of a new session and when it ends, as ``credentials.renewable`` takes them.

        Raises:
            IdentityError: there is no token, or STS refused.
            Interrupted: the step was stopped meanwhile.
        """
        if self._refused is not None:
            raise self._refused
        try:
            keys = self._narrowest()
        except IdentityError as refused:
            if not refused.passes:
                self._refused = refused
            raise
        name = f"{self.role.arn} as {self.role.session_name}"
        self.tell(f"{'Renewed the session of' if self._has_assumed else 'Assumed'} {name}")
        self._has_assumed = True
        return keys

    def _narrowest(self) -> dict[str, str]:
        """A session with the first policy that STS takes; no policy is sent twice in vain."""
        while True:
            try:
                return _assume(self.role, self.proof, self.sts, self.connection)
            except PolicyTooLarge as refused:
                policy, *wider = self.role.policies
                # No policy makes room for tags of the session ("Packed size of session tags …").
                if policy.allows is None or refused.of_tags:
                    raise
                if not wider:
                    raise EveryPolicyTooLarge(refused.message) from None
                self.tell(
                    f"STS refused the session policy: {refused.message} Trying one that allows "
                    f"{wider[0].allows}."
                )
                self.role = replace(self.role, policies=tuple(wider))


def _assume(
    role: Role, shown: Tokens | Chaining, sts: "STSClient", connection: Connection
) -> dict[str, str]:
    request: dict[str, Any] = {
        "RoleArn": str(role.arn),
        "RoleSessionName": role.session_name,
        "DurationSeconds": role.duration,
    }
    if role.policies:
        request["Policy"] = role.policies[0].document
    claims: Mapping[str, Any] = {}

    def send() -> dict[str, str]:
        nonlocal claims
        proof: dict[str, Any]
        call: Callable[..., Any]
        match shown:
            case Chaining(external_id=external_id):
                call = sts.assume_role
                proof = {} if external_id is None else {"ExternalId": external_id}
            case Tokens():
                token = shown()
                claims = read_claims(token)
                call = sts.assume_role_with_web_identity
                proof = {"WebIdentityToken": token}
            case unknown:
                assert_never(unknown)
        # By our own clock, which may be slow: it is what the end is compared with.
        latest = datetime.now(UTC) + timedelta(seconds=role.duration)
        answer = in_time(
            lambda: call(**request, **proof), seconds=connection.patience, stop=connection.stop
        )
        return _keys(answer["Credentials"], latest)

    return ask(send, connection, refusal=lambda failure: _refusal(role, failure, claims))


def _keys(credentials: Mapping[str, Any], latest: datetime) -> dict[str, str]:
    """The keys of an answer; ``latest`` is when they end at the latest.

    Raises:
        KeyError: one of them is missing.
    """
    keys = {
        "access_key": str(credentials["AccessKeyId"]),
        "secret_key": str(credentials["SecretAccessKey"]),
        "token": str(credentials["SessionToken"]),
    }
    if not all(keys.values()):
        raise KeyError("Credentials")
    return {**keys, "expiry_time": min(credentials["Expiration"], latest).isoformat()}


def _refusal(role: Role, failure: Failure, claims: Mapping[str, Any]) -> IdentityError:
    """What a refusal of STS means, by what it says."""
    from codeartifact_status.remedies.role import Refusal

    proof = role.proof
    return not_assumed(
        Refusal(
            role=role.arn,
            failure=failure,
            claims=claims,
            token_file=isinstance(proof, WebIdentity) and proof.file is not None,
            own_policy=role.own_policy,
            with_external_id=isinstance(proof, Chaining) and proof.external_id is not None,
        )
    )
