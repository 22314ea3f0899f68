"""What keeps a run from an identity, each with its remedy. Pure.

Whoever keeps the workflow's permissions, the role or the credentials can mend these. What STS says
is told apart in ``remedies.sts``, which is loaded once it has refused; how a job gets a token is
the system's, in ``ways``.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from codeartifact_status.errors import ExitCode, Place, Remedy, StepError, System
from codeartifact_status.identity.ways import credentials_at, token_at

if TYPE_CHECKING:
    from codeartifact_status.remedies.cause import Cause
    from codeartifact_status.remedies.role import Refusal


class IdentityError(StepError):
    """There is no identity to call CodeArtifact with."""

    exit_code = ExitCode.NO_IDENTITY
    title = "No identity"
    passes: bool = False
    """Whether the same may succeed a little later; a refusal is final."""


class NoTokenPermission(IdentityError):
    """GitHub, or a Forgejo, gave the job no means to ask for an OIDC token."""

    title = "No OIDC token"

    def __init__(self) -> None:
        super().__init__("This job is not allowed to request an OIDC token.")

    def remedy(self, place: Place, /) -> str:
        """The permission, as the system has it."""
        return (
            "The role can't be assumed without a token. This generally means that a permission is "
            f"missing. {token_at(place.system)}"
        )


class ForkPullRequest(IdentityError):
    """The event is a pull request from a fork, which never gets an OIDC token."""

    title = "No OIDC token"

    advice = (
        "No permission changes that, not even `id-token: write`: code from a fork must not be able "
        "to change what is published. Run this step where forks can't trigger it:\n\n"
        "```yaml\n"
        "on:\n"
        "  push:\n"
        '    tags: ["v*"]\n'
        "```\n\n"
        "or skip it for forks with "
        "`if: github.event.pull_request.head.repo.full_name == github.repository`."
    )

    def __init__(self) -> None:
        super().__init__(
            "This run was started by a pull request from a fork, and GitHub gives such runs no "
            "OIDC token."
        )


class NoTokenHere(IdentityError):
    """``role-to-assume`` was given, and nothing here hands out OIDC tokens."""

    title = "No OIDC token"

    def __init__(self, *, half_github: bool) -> None:
        """``half_github`` says that GitHub's variables for a token are there, but not GitHub."""
        note = ""
        if half_github:
            note = " ACTIONS_ID_TOKEN_REQUEST_URL is set, but GITHUB_ACTIONS is not true."
        super().__init__(f"role-to-assume is set, but no OIDC token is available here.{note}")

    def remedy(self, place: Place, /) -> str:
        """How the system gives one; else what does without."""
        return token_at(place.system)


class TokenUnavailable(IdentityError):
    """The CI system hands out OIDC tokens, and didn't; ``passes`` says that it may yet."""

    title = "No OIDC token"

    def __init__(self, reason: str, *, passes: bool) -> None:
        self.passes = passes
        self.advice = (
            "This is generally temporary: run the job again. If it persists, check the status page "
            "of your CI system."
            if passes
            else "This generally means that the job is not allowed to request a token: check its "
            "permissions, and `audience`."
        )
        super().__init__(f"The OIDC token could not be fetched: {reason}")


class NoGitLabToken(IdentityError):
    """The job runs on GitLab, which makes a token only where the job declares one."""

    title = "No OIDC token"

    def __init__(self, *, variable: str, audience: str) -> None:
        self.advice = token_at(System.GITLAB, variable=variable, audience=audience)
        super().__init__(f"This GitLab job has no OIDC token: {variable} is not set.")


class NoTokenTool(IdentityError):
    """The CI system hands out tokens by a command of its own, which isn't there."""

    title = "No OIDC token"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The OIDC token could not be fetched: {reason}")

    def remedy(self, place: Place, /) -> str:
        """How the command gets to where the step runs."""
        return (
            "This generally means that the step runs in a container without the CI system's own "
            f"command. {token_at(place.system)}"
        )


class TokenFileUnreadable(IdentityError):
    """The file named by ``web-identity-token-file`` holds no token."""

    title = "No OIDC token"

    advice = (
        "An earlier step, or the machine that runs the job, has to write this file. The path is "
        "relative to the workspace, and the file holds one token and nothing else."
    )

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"web-identity-token-file: {path}: {reason}")


class SecretUnusable(IdentityError):
    """A key or a token is none, as it stands; it was never sent, and isn't shown."""

    advice = (
        "This generally means that it was pasted with quotes, with a line break, or together with "
        "something else. Set it again, as one word. It was not sent anywhere, and isn't shown."
    )

    def __init__(self, *, named: str, reason: str) -> None:
        """``named`` is what the user calls it: a variable, for one."""
        super().__init__(f"{named} can't be used: {reason}.")


class NotAssumed(IdentityError):
    """STS refused to give a session of the role; ``cause`` is why, if that is known."""

    title = "STS refused the role"

    def __init__(self, refusal: "Refusal") -> None:
        from codeartifact_status.remedies.cause import cause_of
        from codeartifact_status.remedies.sts import ROLE

        self.refusal = refusal
        self.cause: Cause[Refusal] | None = cause_of(ROLE, refusal.said)
        proof = " with the OIDC token" if refusal.claims else ""
        super().__init__(f"{refusal.role} could not be assumed{proof}: {refusal.said}")

    def remedy(self, place: Place, /) -> str:
        """What the cause means, and what to do about it."""
        return self.cause.advice(self.refusal, place) if self.cause is not None else ""


class PolicyTooLarge(NotAssumed):
    """STS refused the session for the size of its policy and tags, packed.

    ``of_tags`` says that no policy, however short, would fit.
    """

    def __init__(self, refusal: "Refusal") -> None:
        super().__init__(refusal)
        self.message = refusal.failure.message
        self.of_tags = "session tags" in self.message


def not_assumed(refusal: "Refusal") -> NotAssumed:
    """The error for what STS said."""
    from codeartifact_status.remedies.sts import PACKED

    return PolicyTooLarge(refusal) if PACKED.search(refusal.said) else NotAssumed(refusal)


class EveryPolicyTooLarge(IdentityError):
    """STS refused each session policy of our own for its size, up to the widest."""

    title = "STS refused the session policy"

    advice = (
        "Set `session-policy: none` to let the role's own policies be the only limit, or give a "
        "`session-policy` of your own."
    )

    def __init__(self, message: str) -> None:
        super().__init__(f"STS refused even the widest session policy of this step: {message}")


class CallerRefused(IdentityError):
    """STS refused to say whose the credentials are."""

    title = "STS refused the credentials"

    def __init__(self, *, code: str, message: str) -> None:
        self._said = f"{code}: {message}"
        super().__init__(f"STS did not accept the credentials: {self._said}")

    def remedy(self, place: Place, /) -> str:
        """What is wrong with the credentials, as far as STS says it."""
        from codeartifact_status.remedies.cause import cause_of
        from codeartifact_status.remedies.keys import KEYS

        cause = cause_of(KEYS, self._said)
        return cause.advice(None, place) if cause is not None else ""


class StsUnreachable(IdentityError):
    """STS gave no usable answer, after every try."""

    title = "STS could not be reached"

    passes = True

    def __init__(self, reason: str, remedy: Remedy | None = None) -> None:
        self._remedy = remedy
        super().__init__(f"STS gave no answer: {reason}")

    def remedy(self, place: Place, /) -> str:
        """Why it generally can't be reached; else that it passes."""
        if self._remedy is not None:
            return self._remedy(place)
        return "This is generally temporary: run the job again. If it persists, check `aws-region`."


class NoCredentials(IdentityError):
    """No role was named and the AWS credential chain found nothing."""

    title = "No AWS credentials"

    def __init__(self, reason: str) -> None:
        self._lacks_profile = _NO_PROFILE.search(reason) is not None
        super().__init__(f"There are no AWS credentials: {reason}")

    def remedy(self, place: Place, /) -> str:
        """A step, or a command, that names a role; and what else serves there."""
        if not self._lacks_profile:
            return credentials_at(place)
        return (
            "No AWS configuration file that this step can see has the profile that `profile`, "
            "`AWS_PROFILE` or `AWS_DEFAULT_PROFILE` names. A container doesn't see its host's "
            f"files. Remove the name, or do without a profile.\n\n{credentials_at(place)}"
        )


_NO_PROFILE = re.compile(r"config profile \(.*\) could not be found")
"""`botocore.exceptions.ProfileNotFound`."""


class WrongAccount(IdentityError):
    """The credentials belong to an account that ``allowed-account-ids`` doesn't name."""

    title = "Wrong AWS account"

    advice = (
        "Check `role-to-assume`, or the credentials that an earlier step put into the environment. "
        "If this is the right account, add it to `allowed-account-ids`."
    )

    def __init__(self, *, account: str, allowed: Sequence[str]) -> None:
        super().__init__(
            f"The credentials belong to account {account}, but allowed-account-ids allows only "
            f"{', '.join(allowed)}. CodeArtifact was not called."
        )


class CredentialsEnded(IdentityError):
    """AWS says that the credentials have expired.

    ``whose`` names them, such as ``AWS_SESSION_TOKEN of the environment``; ``renewed`` says whether
    this step renews them before they end.
    """

    title = "Credentials have expired"

    def __init__(self, *, whose: str, reason: str, renewed: bool) -> None:
        how = "has expired early" if renewed else "has expired, and can't be renewed here"
        self.advice = (
            "This step renews it in time, going by the machine's clock. So this generally means "
            "that the clock is wrong, or that the session was revoked."
            if renewed
            else "Get new credentials right before this step, valid for as long as it takes. Or "
            "set `role-to-assume`: this step renews the sessions that it opens itself."
        )
        super().__init__(f"{whose} {how}: {reason}")


class NotRenewed(IdentityError):
    """Credentials were about to end, and whatever renews them didn't; ``cause`` says why."""

    title = "Credentials could not be renewed"

    def __init__(self, *, whose: str, cause: str | IdentityError) -> None:
        self.cause = cause
        self.passes = not isinstance(cause, IdentityError) or cause.passes
        super().__init__(f"{whose} could not be renewed: {cause}")

    def remedy(self, place: Place, /) -> str:
        """What mends the cause."""
        if isinstance(self.cause, IdentityError):
            return self.cause.remedy(place)
        return (
            "Run the step again with new credentials; versions that are already at the target "
            "count as a success."
        )
