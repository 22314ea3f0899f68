"""Why AWS says AccessDenied: the policy that it names, and what to add to it. Pure.

AWS names one policy that denies, and none where the caller is of another organization than the
resource. Only where an Allow is missing, and in the policy that lacks it, does a statement help: no
Allow outweighs a Deny. Source: IAM User Guide, "Troubleshoot access denied error messages".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from codeartifact_status.arns import ACCOUNT
from codeartifact_status.errors import Place
from codeartifact_status.remedies.cause import Cause, json_block

_TOLD = re.compile(
    r"User: (?P<caller>\S+) is not authorized to perform: \S+"
    r"(?: on resource: \"?(?P<resource>arn:[^\s\"]+))?"
)
_ACCOUNT = 4
"""The part of an ARN that is its account."""
_NAMED = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:(?P<who>(?:user|role)/[\w+=,.@/-]+)", re.ASCII)
"""A user, or a role; the characters are those of IAM's names and paths."""
_ASSUMED = re.compile(r"arn:(aws[a-z-]*):sts::([0-9]{12}):assumed-role/([^/]+)/.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """A call that was denied: what it is about, and what is known of who made it.

    ``actions`` on ``resources``, IAM literals, are what a statement is to allow. ``message`` is
    AWS's. ``of_caller`` is who made it, in words, where that is not to be as AWS names it.
    ``narrowed`` says that this step made the session's policy, and ``by_user`` that its input did.
    """

    message: str
    actions: Sequence[str]
    resources: Sequence[str]
    of_caller: str | None = None
    narrowed: bool = False
    by_user: bool = False

    @property
    def is_explicit(self) -> bool:
        """Whether a statement denies, rather than that none allows."""
        return "explicit deny" in self.message

    @property
    def owner(self) -> str | None:
        """The account of the resource, if the message names it."""
        told = _TOLD.search(self.message)
        parts = (told["resource"] or "").split(":") if told else []
        return next(filter(ACCOUNT.fullmatch, parts[_ACCOUNT : _ACCOUNT + 1]), None)

    @property
    def caller(self) -> str | None:
        """The caller as a policy names it: a session by its role, as far as its ARN says it."""
        told = _TOLD.search(self.message)
        if told is None or not told["caller"].startswith("arn:"):
            return None
        found = _ASSUMED.fullmatch(told["caller"])
        return "arn:{}:iam::{}:role/{}".format(*found.groups()) if found else told["caller"]

    @property
    def subject(self) -> str:
        """Who made the call, in words: as AWS names it."""
        named = _NAMED.fullmatch(self.caller or "")
        if self.of_caller is not None or named is None:
            return self.of_caller or "the caller"
        return f"`{named['who']}`"

    @property
    def with_path(self) -> str:
        """What to say of the caller's ARN: a session's doesn't have the path of its role."""
        is_user = self.caller is not None and ":user/" in self.caller
        return "" if is_user else " (the role's ARN with its path, if it has one)"

    @property
    def crosses(self) -> bool:
        """Whether caller and resource are of different accounts."""
        return bool(self.caller and self.owner and self.owner not in self.caller.split(":"))

    @property
    def what(self) -> str:
        """The action, or actions, in a sentence."""
        return " and ".join(f"`{action}`" for action in self.actions)

    @property
    def statement(self) -> str:
        """What an identity-based policy, or a boundary, needs."""
        return json_block(
            {"Effect": "Allow", "Action": list(self.actions), "Resource": list(self.resources)}
        )

    @property
    def grant(self) -> str:
        """What the policy of the repository needs; in there, ``*`` is the repository.

        CodeArtifact User Guide, "Repository policies".
        """
        return json_block(
            {
                "Effect": "Allow",
                "Principal": {"AWS": self.caller or "arn:aws:iam::111122223333:role/release"},
                "Action": list(self.actions),
                "Resource": "*",
            }
        )


def _of(kind: str) -> re.Pattern[str]:
    return re.compile(rf"explicit deny in (?:an?|the) {kind}|because no {kind} allows")


_USER = (
    "User: arn:aws:sts::111122223333:assumed-role/release/acme-widgets-7-1 is not authorized to "
    "perform: codeartifact:UpdatePackageVersionsStatus on resource: "
    "arn:aws:codeartifact:eu-west-1:111122223333:package/acme/npm-store/npm/acme/core"
)
_ELSEWHERE = _USER.replace("eu-west-1:111122223333", "eu-west-1:999988887777")
_ALLOWS = "allows the codeartifact:UpdatePackageVersionsStatus action"


def _says(kind: str, *, user: str = _USER) -> tuple[str, ...]:
    article = "an" if kind.startswith("identity") else "a"
    return (
        f"AccessDeniedException: {user} because no {kind} {_ALLOWS}",
        f"AccessDeniedException: {user} with an explicit deny in {article} {kind}",
    )


def _organization(kind: str) -> Cause[Denial]:
    return Cause(
        name=f"A {kind} denies it",
        says=tuple(reversed(_says(kind))),
        pattern=_of(kind),
        means=(
            f"A {kind} of AWS Organizations denies the call. It outranks every policy in the "
            "account, of the domain and of the repository."
        ),
        remedy=lambda denial, _: (
            f"Ask whoever manages the organization to allow {denial.what} for {denial.subject} in "
            "this region."
        ),
    )


def _endpoint(denial: Denial, _: Place) -> str:
    # `com.amazonaws.REGION.codeartifact.api` (CodeArtifact User Guide, "VPC endpoints").
    change = "remove the Deny for" if denial.is_explicit else "allow"
    return (
        "Ask whoever manages the VPC: in the policy of the endpoint (for CodeArtifact, "
        f"`com.amazonaws.REGION.codeartifact.api`), {change} {denial.what}. Policies of "
        f"{denial.subject} don't help."
    )


def _boundary(denial: Denial, _: Place) -> str:
    if denial.is_explicit:
        return (
            "The boundary has a Deny, which overrides every Allow. Ask whoever manages the account "
            f"to exempt {denial.what} for {denial.subject}."
        )
    return (
        "Ask whoever manages the account to add this to the boundary; a policy of "
        f"{denial.subject} has to allow it as well:\n\n{denial.statement}"
    )


def _session(denial: Denial, _: Place) -> str:
    if denial.by_user:
        return f"Add this statement to the JSON policy in `session-policy`:\n\n{denial.statement}"
    if denial.narrowed:
        return (
            "This step made the policy itself, and it should allow exactly what the step does. So "
            "this is a bug in this action: please report the message. Until it is fixed, "
            "`session-policy: none` does without the policy."
        )
    return (
        "The policy was set where the session was created, for example by `inline-session-policy` "
        "of `aws-actions/configure-aws-credentials`. Add this statement to it:\n\n"
        f"{denial.statement}"
    )


def _resource_based(denial: Denial, _: Place) -> str:
    if denial.is_explicit:
        return (
            "The policy of the domain or the repository has a Deny, which overrides every Allow. "
            f"Ask the domain's owner to exempt {denial.subject} from it for {denial.what}."
        )
    return (
        "The domain belongs to another account, which has to allow it: paste this into the policy "
        f"of the repository there{denial.with_path}:\n\n{denial.grant}"
    )


def _identity_based(denial: Denial, _: Place) -> str:
    if denial.is_explicit:
        return (
            f"A policy of {denial.subject} has a Deny, which overrides every Allow: remove it, or "
            f"exempt {denial.what} from it."
        )
    text = f"Add this statement to the policy of {denial.subject}:\n\n{denial.statement}"
    return f"{text}\n\n{_there_too(denial)}" if denial.crosses else text


def _there_too(denial: Denial) -> str:
    return (
        "The domain belongs to another account, so both sides have to allow it: the policy of the "
        f"repository there needs this{denial.with_path}:\n\n{denial.grant}"
    )


def _unnamed(denial: Denial, _: Place) -> str:
    text = f"Add this statement to the policy of {denial.subject}:\n\n{denial.statement}"
    if denial.crosses:
        return f"{text}\n\n{_there_too(denial)}"
    if denial.owner is None:
        return (
            f"{text}\n\nIf the domain belongs to another account, the policy of the repository "
            "there has to allow it as well."
        )
    return text


DENIALS: tuple[Cause[Denial], ...] = (
    _organization("service control policy"),
    _organization("resource control policy"),
    Cause(
        name="The policy of a VPC endpoint denies it",
        says=_says("VPC endpoint policy"),
        pattern=_of("VPC endpoint policy"),
        means=(
            "The runner reaches AWS through a VPC endpoint, and the endpoint's policy doesn't "
            "allow the call."
        ),
        remedy=_endpoint,
    ),
    Cause(
        name="A permissions boundary denies it",
        says=_says("permissions boundary"),
        pattern=_of("permissions boundary"),
        means=(
            "The caller has a permissions boundary, which limits what its policies can allow, and "
            "the boundary doesn't allow the call."
        ),
        remedy=_boundary,
    ),
    Cause(
        name="The session policy denies it",
        says=_says("session policy"),
        pattern=_of("session policy"),
        means="The session has a policy of its own, so it may do less than its role.",
        remedy=_session,
    ),
    Cause(
        name="The policy of the domain or the repository denies it",
        says=_says("resource-based policy", user=_ELSEWHERE),
        pattern=_of("resource-based policy"),
        means="The resource's own policy decides here, not the caller's.",
        remedy=_resource_based,
    ),
    Cause(
        name="A permission is missing",
        says=_says("identity-based policy"),
        pattern=_of("identity-based policy"),
        means="No policy of the caller allows the call, or one of them denies it.",
        remedy=_identity_based,
    ),
)
"""The policies that AWS names."""

UNNAMED: Cause[Denial] = Cause(
    name="Access is denied, and AWS doesn't say why",
    says=(f"AccessDeniedException: {_ELSEWHERE}",),
    pattern=re.compile(r"^AccessDenied"),
    means=(
        "The caller lacks a permission, or the policy of the domain or the repository doesn't "
        "grant it; across accounts, both are needed. AWS doesn't tell a caller from another "
        "organization which one is missing."
    ),
    remedy=_unnamed,
)
"""The rest of what is denied."""
