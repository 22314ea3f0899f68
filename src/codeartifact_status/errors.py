"""What can stop a run, sorted by who can mend it, each with its exit code and its remedy.

A refused version is not here: it is data (``model.Outcome``). An exception means that the run
can't go on, and it is raised only before the first write. This module imports nothing of ours.
One text a cause, kept beside its class: what happened, what that generally means, what to paste.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from enum import IntEnum
from typing import Any, ClassVar


class ExitCode(IntEnum):
    """What the process exits with; a signal exits with 128 + its number instead."""

    SUCCESS = 0
    FAILED_VERSIONS = 1
    WRONG_INPUT = 2
    NO_IDENTITY = 3
    NOT_ASKED = 4
    OUR_BUG = 70  # EX_SOFTWARE of sysexits.h


class StepError(Exception):
    """The run can't go on.

    ``title`` names the kind of trouble in a few words, ``str(error)`` says what happened, and
    ``remedy`` what it generally means and what to paste, as Markdown.
    """

    exit_code: ClassVar[ExitCode]
    title: ClassVar[str]

    @property
    def remedy(self) -> str:
        """What to do about it, as Markdown; empty where the message says all."""
        return ""


# --- The inputs: the author of the workflow can mend these. ---------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong input, with what was expected.

    ``entry`` is the number of the entry of ``packages`` that it is in, from 1; 0 is the step
    itself. ``missing`` says that the input is absent. ``typed`` is what the user calls the input,
    where that isn't its name in a workflow.
    """

    field: str
    text: str
    _: KW_ONLY
    entry: int = 0
    missing: bool = False
    typed: str | None = None

    @property
    def name(self) -> str:
        """The input in the user's words; one of an entry with the entry's number."""
        name = self.typed or self.field.replace("_", "-")
        if not self.entry:
            return name
        entry = f"packages, entry {self.entry}"
        return entry if self.field == "packages" else f"{entry}: {name}"

    def __str__(self) -> str:
        """``name: text``, as it stands in the log."""
        return f"{self.name}: {self.text}"


MAX_PROBLEMS = 50
"""Wrong inputs that are told one by one; ``packages`` may hold thousands."""


class InputError(StepError):
    """One or more inputs are wrong; all of them are reported together, and nothing was sent."""

    exit_code = ExitCode.WRONG_INPUT
    title = "Wrong input"

    def __init__(self, problems: Sequence[Problem]) -> None:
        """``problems`` in the order in which they are to be read, at least one."""
        self.problems = tuple(problems)
        count = len(self.problems)
        head = "1 input is wrong" if count == 1 else f"{count} inputs are wrong"
        lines = "\n".join(f"  {problem}" for problem in self.problems[:MAX_PROBLEMS])
        if count > MAX_PROBLEMS:
            lines += f"\n  … and {count - MAX_PROBLEMS} more"
        super().__init__(f"{head}; nothing was sent.\n{lines}")


class BadSetting(StepError):
    """A setting of the AWS SDK makes no sense, so that no client can be made."""

    exit_code = ExitCode.WRONG_INPUT
    title = "Wrong setting"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The AWS SDK can't work with its settings: {reason}")

    @property
    def remedy(self) -> str:
        return (
            "Look at `endpoint-url`, `aws-region` and the environment variables of the job that "
            "start with `AWS_`, and at the profile, if there is one."
        )


# --- The identity: whoever keeps the workflow's permissions or the role can mend these. ------


class IdentityError(StepError):
    """There is no identity to call CodeArtifact with."""

    exit_code = ExitCode.NO_IDENTITY
    title = "No identity"


class NoTokenPermission(IdentityError):
    """GitHub gave the job no means to ask for an OIDC token."""

    def __init__(self) -> None:
        super().__init__("This job may not ask GitHub for an OIDC token.")

    @property
    def remedy(self) -> str:
        return (
            "This generally means that the job lacks the permission `id-token: write`, without "
            "which the role can't be assumed. Give it to the job:\n\n"
            "```yaml\n"
            "permissions:\n"
            "  contents: read\n"
            "  id-token: write\n"
            "```\n\n"
            "A reusable workflow needs it in the job that calls it, too."
        )


class ForkPullRequest(IdentityError):
    """The event is a pull request from a fork, which never gets an OIDC token."""

    def __init__(self) -> None:
        super().__init__(
            "This run was started by a pull request from a fork, and GitHub gives such runs no "
            "OIDC token."
        )

    @property
    def remedy(self) -> str:
        return (
            "No permission changes that, not even `id-token: write`: code from outside must not "
            "change what is published. Run this step where forks can't start it:\n\n"
            "```yaml\n"
            "on:\n"
            "  push:\n"
            '    tags: ["v*"]\n'
            "```\n\n"
            "or skip it there with "
            "`if: github.event.pull_request.head.repo.full_name == github.repository`."
        )


class NoTokenHere(IdentityError):
    """``role-to-assume`` was given, and nothing here hands out OIDC tokens."""

    def __init__(self, *, half_github: bool) -> None:
        """``half_github`` says that GitHub's variables for a token are there, but not GitHub."""
        note = ""
        if half_github:
            note = " ACTIONS_ID_TOKEN_REQUEST_URL is set, but GITHUB_ACTIONS is not true."
        super().__init__(
            f"There is a role-to-assume, but nothing here hands out an OIDC token.{note}"
        )

    @property
    def remedy(self) -> str:
        return (
            "Tokens are found on GitHub, GitLab, CircleCI, Buildkite and Google Cloud. Elsewhere, "
            "name a file that holds one in `web-identity-token-file`, or set `role-chaining: true` "
            "to assume the role with the AWS credentials at hand."
        )


class TokenUnavailable(IdentityError):
    """An OIDC token should be to be had here, and it wasn't."""

    def __init__(self, reason: str, *, passes: bool) -> None:
        self.passes = passes
        super().__init__(f"The OIDC token could not be fetched: {reason}")

    @property
    def remedy(self) -> str:
        if not self.passes:
            return (
                "This generally means that the job may not ask for a token: look at its "
                "permissions, and at `audience`."
            )
        return (
            "This generally passes: run the job again, and look at the status page of your CI "
            "system if it doesn't."
        )


class NoGitLabToken(IdentityError):
    """The job runs on GitLab, which makes a token only where the job declares one."""

    def __init__(self, *, variable: str, audience: str) -> None:
        self.variable, self.audience = variable, audience
        super().__init__(f"This GitLab job has no OIDC token: {variable} is not set.")

    @property
    def remedy(self) -> str:
        return (
            "GitLab makes a token for each audience that the job declares, and the variable's name "
            "is the audience's. Declare it in the job:\n\n"
            "```yaml\n"
            "id_tokens:\n"
            f"  {self.variable}:\n"
            f"    aud: {self.audience}\n"
            "```"
        )


class NoTokenTool(IdentityError):
    """The CI system hands out tokens by a command of its own, which isn't there."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The OIDC token could not be fetched: {reason}")

    @property
    def remedy(self) -> str:
        return (
            "This generally means that the step runs in a container that doesn't have the CI "
            "system's own command. On Buildkite, let the docker plugin bring it in "
            "(`mount-buildkite-agent: true`); on CircleCI, use the image as the job's own. Or "
            "fetch the token before, and name its file in `web-identity-token-file`."
        )


class TokenFileUnreadable(IdentityError):
    """The file named by ``web-identity-token-file`` holds no token."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"web-identity-token-file: {path}: {reason}")

    @property
    def remedy(self) -> str:
        return (
            "The file has to be written by an earlier step, or by the machine that runs the job, "
            "and its path is relative to the workspace."
        )


class TokenRefused(IdentityError):
    """STS refused ``AssumeRoleWithWebIdentity``: the role's trust policy doesn't fit the token."""

    def __init__(self, *, role: str, code: str, message: str, claims: Mapping[str, Any]) -> None:
        self.role = role
        self.claims = dict(claims)
        super().__init__(f"{role} could not be assumed with the OIDC token: {code}: {message}")

    SHOWN: ClassVar = (
        "iss",
        "aud",
        "sub",
        "repository",
        "ref",
        "environment",
        "event_name",
        "job_workflow_ref",
    )

    @property
    def remedy(self) -> str:
        issuer = str(self.claims.get("iss", "https://token.actions.githubusercontent.com"))
        provider = issuer.removeprefix("https://").removeprefix("http://").rstrip("/")
        account = self.role.split(":")[4]
        partition = self.role.split(":")[1]
        shown = {name: self.claims[name] for name in self.SHOWN if name in self.claims}
        statement = {
            "Effect": "Allow",
            "Principal": {
                "Federated": f"arn:{partition}:iam::{account}:oidc-provider/{provider}",
            },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {
                    f"{provider}:{name}": self.claims[name]
                    for name in ("aud", "sub")
                    if name in self.claims
                },
            },
        }
        return (
            "This generally means that the role's trust policy doesn't match the token, that the "
            f"role doesn't exist, or that account {account} has no OIDC provider for the issuer. "
            "The token's claims:\n\n"
            f"```json\n{json.dumps(shown, indent=2)}\n```\n\n"
            "A statement of the trust policy that would match them. Paste it only if this job is "
            "one that should be able to assume the role:\n\n"
            f"```json\n{json.dumps(statement, indent=2)}\n```"
        )


class RoleRefused(IdentityError):
    """STS refused ``AssumeRole`` (role chaining)."""

    def __init__(self, *, role: str, code: str, message: str) -> None:
        super().__init__(f"{role} could not be assumed: {code}: {message}")

    @property
    def remedy(self) -> str:
        return (
            "With `role-chaining: true` the credentials at hand must be allowed `sts:AssumeRole` "
            "on the role, and the role's trust policy must name them; if it asks for an external "
            "id, give `role-external-id`."
        )


class PolicyTooLarge(IdentityError):
    """STS refused the session policy for its size."""

    def __init__(self, message: str) -> None:
        super().__init__(f"STS refused the session policy: {message}")

    @property
    def remedy(self) -> str:
        return (
            "Give a shorter `session-policy`, or `session-policy: none` to let the role's own "
            "policies be the only limit."
        )


class PolicyMalformed(IdentityError):
    """STS refused the session policy for what it says."""

    def __init__(self, message: str) -> None:
        super().__init__(f"STS refused the session policy: {message}")

    @property
    def remedy(self) -> str:
        return "Look at `session-policy`: it is not a policy document that IAM understands."


class RequestRefused(IdentityError):
    """STS refused a request for what it asks, not for who asks."""

    def __init__(self, *, role: str, code: str, message: str) -> None:
        super().__init__(f"{role} could not be assumed: {code}: {message}")

    @property
    def remedy(self) -> str:
        return (
            "This generally means that `role-duration-seconds` is longer than the role's maximum "
            "session duration (one hour, with role chaining), that the token has expired (the "
            "clock of the machine may be wrong), or that the region is not enabled."
        )


class StsUnreachable(IdentityError):
    """STS gave no usable answer, after every try."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"STS gave no answer: {reason}")

    @property
    def remedy(self) -> str:
        return "This generally passes: run the job again. If it doesn't, look at `aws-region`."


class CallerRefused(IdentityError):
    """STS refused to say whose the credentials are."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"STS did not accept the credentials: {code}: {message}")

    @property
    def remedy(self) -> str:
        return (
            "This generally means that they have expired or were revoked. Get new ones in this "
            "job: name a role in `role-to-assume`, or move "
            "`aws-actions/configure-aws-credentials` closer to this step."
        )


class NoCredentials(IdentityError):
    """No role was named and the AWS credential chain found nothing."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"There are no AWS credentials: {reason}")

    @property
    def remedy(self) -> str:
        return (
            "Name a role that trusts this workflow (recommended):\n\n"
            "```yaml\n"
            "permissions:\n"
            "  id-token: write\n"
            "steps:\n"
            "  - uses: OWNER/codeartifact-status@v0\n"
            "    with:\n"
            "      role-to-assume: arn:aws:iam::111122223333:role/release\n"
            "```\n\n"
            "or run `aws-actions/configure-aws-credentials` in an earlier step. Outside GitHub, "
            "what the AWS CLI would find serves: environment variables, a profile, "
            "`aws sso login`, or the role of the machine."
        )


class WrongAccount(IdentityError):
    """The credentials belong to an account that ``allowed-account-ids`` doesn't name."""

    def __init__(self, *, account: str, allowed: Sequence[str]) -> None:
        super().__init__(
            f"The credentials belong to account {account}, and allowed-account-ids allows only "
            f"{', '.join(allowed)}. CodeArtifact was not called."
        )

    @property
    def remedy(self) -> str:
        return (
            "Look at `role-to-assume`, or at the credentials that an earlier step put into the "
            "environment; add the account to `allowed-account-ids` if it is the right one."
        )


# --- The service: whoever keeps the repository, or AWS, can mend these. -----------------------


class NotAsked(StepError):
    """CodeArtifact could not be asked what is there, so nothing was sent."""

    exit_code = ExitCode.NOT_ASKED
    title = "CodeArtifact could not be asked"

    def __init__(self, *, where: str, code: str, message: str, hint: str = "") -> None:
        """``where`` is the repository or package that was being read."""
        self.hint = hint
        super().__init__(f"{where} could not be read: {code}: {message}")

    @property
    def remedy(self) -> str:
        return self.hint


class Interrupted(StepError):
    """A signal came before anything was sent."""

    exit_code = ExitCode.FAILED_VERSIONS  # replaced by 128 + the signal's number
    title = "Interrupted"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The step was stopped before anything was sent: {reason}.")
