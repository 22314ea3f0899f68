"""What keeps a run from an identity, each with its remedy. Pure.

Whoever keeps the workflow's permissions, the role or the credentials can mend these.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from codeartifact_status.arns import RoleArn
from codeartifact_status.errors import ExitCode, StepError


class IdentityError(StepError):
    """There is no identity to call CodeArtifact with."""

    exit_code = ExitCode.NO_IDENTITY
    title = "No identity"


class NoTokenPermission(IdentityError):
    """GitHub gave the job no means to ask for an OIDC token."""

    advice = (
        "This generally means that the job lacks the permission `id-token: write`, without "
        "which the role can't be assumed. Give it to the job:\n\n"
        "```yaml\n"
        "permissions:\n"
        "  contents: read\n"
        "  id-token: write\n"
        "```\n\n"
        "A reusable workflow needs it in the job that calls it, too."
    )

    def __init__(self) -> None:
        super().__init__("This job may not ask GitHub for an OIDC token.")


class ForkPullRequest(IdentityError):
    """The event is a pull request from a fork, which never gets an OIDC token."""

    advice = (
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

    def __init__(self) -> None:
        super().__init__(
            "This run was started by a pull request from a fork, and GitHub gives such runs no "
            "OIDC token."
        )


class NoTokenHere(IdentityError):
    """``role-to-assume`` was given, and nothing here hands out OIDC tokens."""

    advice = (
        "Tokens are found on GitHub, GitLab, CircleCI, Buildkite and Google Cloud. Elsewhere, "
        "name a file that holds one in `web-identity-token-file`, or set `role-chaining: true` "
        "to assume the role with the AWS credentials at hand."
    )

    def __init__(self, *, half_github: bool) -> None:
        """``half_github`` says that GitHub's variables for a token are there, but not GitHub."""
        note = ""
        if half_github:
            note = " ACTIONS_ID_TOKEN_REQUEST_URL is set, but GITHUB_ACTIONS is not true."
        super().__init__(
            f"There is a role-to-assume, but nothing here hands out an OIDC token.{note}"
        )


class TokenUnavailable(IdentityError):
    """The CI system hands out OIDC tokens, and didn't; ``passes`` says that it may yet."""

    def __init__(self, reason: str, *, passes: bool) -> None:
        self.passes = passes
        self.advice = (
            "This generally passes: run the job again, and look at the status page of your CI "
            "system if it doesn't."
            if passes
            else "This generally means that the job may not ask for a token: look at its "
            "permissions, and at `audience`."
        )
        super().__init__(f"The OIDC token could not be fetched: {reason}")


class NoGitLabToken(IdentityError):
    """The job runs on GitLab, which makes a token only where the job declares one."""

    def __init__(self, *, variable: str, audience: str) -> None:
        self.advice = (
            "GitLab makes a token for each audience that the job declares, and the variable's name "
            "is the audience's. Declare it in the job:\n\n"
            "```yaml\n"
            "id_tokens:\n"
            f"  {variable}:\n"
            f"    aud: {audience}\n"
            "```"
        )
        super().__init__(f"This GitLab job has no OIDC token: {variable} is not set.")


class NoTokenTool(IdentityError):
    """The CI system hands out tokens by a command of its own, which isn't there."""

    advice = (
        "This generally means that the step runs in a container that doesn't have the CI "
        "system's own command. On Buildkite, let the docker plugin bring it in "
        "(`mount-buildkite-agent: true`); on CircleCI, use the image as the job's own. Or "
        "fetch the token before, and name its file in `web-identity-token-file`."
    )

    def __init__(self, reason: str) -> None:
        super().__init__(f"The OIDC token could not be fetched: {reason}")


class TokenFileUnreadable(IdentityError):
    """The file named by ``web-identity-token-file`` holds no token."""

    advice = (
        "The file has to be written by an earlier step, or by the machine that runs the job, "
        "and its path is relative to the workspace. It holds one token and nothing else."
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


class TokenRefused(IdentityError):
    """STS refused ``AssumeRoleWithWebIdentity``: the role's trust policy doesn't fit the token."""

    SHOWN: ClassVar = (
        *("iss", "aud", "sub", "repository", "ref"),
        *("environment", "event_name", "job_workflow_ref"),
    )

    def __init__(
        self, *, role: RoleArn, code: str, message: str, claims: Mapping[str, Any]
    ) -> None:
        self.claims = {name: claims[name] for name in self.SHOWN if name in claims}
        issuer = str(claims.get("iss", "https://token.actions.githubusercontent.com"))
        provider = issuer.removeprefix("https://").removeprefix("http://").rstrip("/")
        wanted = {f"{provider}:{name}": claims[name] for name in ("aud", "sub") if name in claims}
        arn = f"arn:{role.partition}:iam::{role.account}:oidc-provider/{provider}"
        statement = {
            "Effect": "Allow",
            "Principal": {"Federated": arn},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": wanted},
        }
        self.advice = (
            "This generally means that the role's trust policy doesn't match the token, that the "
            f"role doesn't exist, or that account {role.account} has no OIDC provider for the "
            "issuer. The token's claims:\n\n"
            f"```json\n{json.dumps(self.claims, indent=2)}\n```\n\n"
            "A statement of the trust policy that would match them. Paste it only if this job is "
            "one that should be able to assume the role:\n\n"
            f"```json\n{json.dumps(statement, indent=2)}\n```"
        )
        super().__init__(f"{role} could not be assumed with the OIDC token: {code}: {message}")


class NotAssumed(IdentityError):
    """STS gave no session of the role."""

    def __init__(self, *, role: RoleArn, code: str, message: str) -> None:
        super().__init__(f"{role} could not be assumed: {code}: {message}")


class RoleRefused(NotAssumed):
    """STS refused ``AssumeRole`` (role chaining)."""

    advice = (
        "With `role-chaining: true` the credentials at hand must be allowed `sts:AssumeRole` "
        "on the role, and the role's trust policy must name them; if it asks for an external "
        "id, give `role-external-id`."
    )


class RequestRefused(NotAssumed):
    """STS refused a request for what it asks, not for who asks."""

    advice = (
        "This generally means that `role-duration-seconds` is longer than the role's maximum "
        "session duration (one hour, with role chaining), that the token has expired (the "
        "clock of the machine may be wrong), or that the region is not enabled."
    )


class PolicyRefused(IdentityError):
    """STS refused the session policy."""

    def __init__(self, message: str) -> None:
        super().__init__(f"STS refused the session policy: {message}")


class PolicyTooLarge(PolicyRefused):
    """STS refused the session policy for its size."""

    advice = (
        "Give a shorter `session-policy`, or `session-policy: none` to let the role's own "
        "policies be the only limit."
    )


class PolicyMalformed(PolicyRefused):
    """STS refused the session policy for what it says."""

    advice = "Look at `session-policy`: it is not a policy document that IAM understands."


class CallerRefused(IdentityError):
    """STS refused to say whose the credentials are."""

    advice = (
        "This generally means that they have expired or were revoked. Get new ones in this "
        "job: name a role in `role-to-assume`, or move "
        "`aws-actions/configure-aws-credentials` closer to this step."
    )

    def __init__(self, *, code: str, message: str) -> None:
        super().__init__(f"STS did not accept the credentials: {code}: {message}")


class StsUnreachable(IdentityError):
    """STS gave no usable answer, after every try."""

    advice = "This generally passes: run the job again. If it doesn't, look at `aws-region`."

    def __init__(self, reason: str) -> None:
        super().__init__(f"STS gave no answer: {reason}")


class NoCredentials(IdentityError):
    """No role was named and the AWS credential chain found nothing."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"There are no AWS credentials: {reason}")

    def remedy(self, action: str, /) -> str:
        """A step that names a role, and what else serves."""
        return (
            "Name a role that trusts this workflow (recommended):\n\n"
            "```yaml\n"
            "permissions:\n"
            "  id-token: write\n"
            "steps:\n"
            f"  - uses: {action}\n"
            "    with:\n"
            "      role-to-assume: arn:aws:iam::111122223333:role/release\n"
            "```\n\n"
            "or run `aws-actions/configure-aws-credentials` in an earlier step. Outside GitHub, "
            "what the AWS CLI would find serves: environment variables, a profile, "
            "`aws sso login`, or the role of the machine."
        )


class WrongAccount(IdentityError):
    """The credentials belong to an account that ``allowed-account-ids`` doesn't name."""

    advice = (
        "Look at `role-to-assume`, or at the credentials that an earlier step put into the "
        "environment; add the account to `allowed-account-ids` if it is the right one."
    )

    def __init__(self, *, account: str, allowed: Sequence[str]) -> None:
        super().__init__(
            f"The credentials belong to account {account}, and allowed-account-ids allows only "
            f"{', '.join(allowed)}. CodeArtifact was not called."
        )
