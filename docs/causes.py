"""`docs/troubleshooting.md`, made from the program's own tables: symptom, cause, what to do.

Every remedy is the one that the program shows, for an example of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from codeartifact_status.arns import RoleArn
from codeartifact_status.errors import Place, StepError, System
from codeartifact_status.identity.refusals import (
    ForkPullRequest,
    NoCredentials,
    NoGitLabToken,
    NoTokenHere,
    NoTokenPermission,
)
from codeartifact_status.identity.ways import ROLE as ARN
from codeartifact_status.model import Failure
from codeartifact_status.remedies.asking import NOT_THERE
from codeartifact_status.remedies.cause import Cause
from codeartifact_status.remedies.denials import DENIALS, UNNAMED, Denial
from codeartifact_status.remedies.keys import KEYS
from codeartifact_status.remedies.network import NETWORK, Reach
from codeartifact_status.remedies.role import Refusal
from codeartifact_status.remedies.sts import ROLE
from codeartifact_status.reporting.run import ACTION

HERE = Place(action=ACTION)
CLAIMS = {
    "iss": "https://token.actions.githubusercontent.com",
    "aud": "sts.amazonaws.com",
    "sub": "repo:my-org/my-repo:environment:release",
    "repository": "my-org/my-repo",
    "repository_id": "789012",
    "repository_owner_id": "123456",
    "ref": "refs/tags/v1.3.0",
    "environment": "release",
}
ELSEWHERE = {**CLAIMS, "iss": "https://git.example.com/_services/token"}
_OF_OTHERS = {"The thumbprint is another one", "AWS can't reach the issuer"}
"""What is worth telling of an issuer other than GitHub's own."""
_OF_FILES = {"It is no OIDC token", "The token has expired"}
"""What is worth telling of a token in a file."""

PACKAGE = "arn:aws:codeartifact:eu-west-1:111122223333:package/acme/npm-store/npm/acme/core"
REGIONS = ("eu-west-1", "us-east-1", "…")

_SYSTEMS: Sequence[tuple[str, System, StepError]] = (
    ("GitHub: the job may not ask for a token", System.GITHUB, NoTokenPermission()),
    ("GitHub: a pull request from a fork", System.GITHUB, ForkPullRequest()),
    (
        "GitHub: no role, and no credentials",
        System.GITHUB,
        NoCredentials("boto3's credential chain found none."),
    ),
    ("Forgejo: the job may not ask for a token", System.FORGEJO, NoTokenPermission()),
    (
        "GitLab: the job has no token",
        System.GITLAB,
        NoGitLabToken(variable="STS_AMAZONAWS_COM_ID_TOKEN", audience="sts.amazonaws.com"),
    ),
    *(
        (f"{system}: no token", system, NoTokenHere(half_github=False))
        for system in (System.CIRCLECI, System.BUILDKITE, System.JENKINS, System.CODEBUILD)
    ),
    (
        "Elsewhere: no role, and no credentials",
        System.SHELL,
        NoCredentials("boto3's credential chain found none."),
    ),
)


def _section(title: str, says: str, what_to_do: str) -> str:
    return f"### {title}\n\n> `{says}`\n\n{what_to_do}"


def _of_role(cause: Cause[Refusal]) -> str:
    code, _, message = cause.says[0].partition(": ")
    by_keys = "sts:AssumeRole on" in message
    claims: dict[str, str] = {} if by_keys else CLAIMS
    if cause.name in _OF_OTHERS:
        claims = ELSEWHERE
    refusal = Refusal(
        role=RoleArn.parse(ARN),
        failure=Failure(code, message),
        claims=claims,
        token_file=cause.name in _OF_FILES,
    )
    return cause.advice(refusal, HERE)


def _of_denial(cause: Cause[Denial]) -> str:
    denial = Denial(
        message=cause.says[0],
        actions=["codeartifact:UpdatePackageVersionsStatus"],
        resources=[PACKAGE],
        narrowed=True,
    )
    return cause.advice(denial, HERE)


def _of_network(cause: Cause[Any]) -> str:
    said = cause.says[0]
    reach = Reach(
        service="CodeArtifact",
        url="https://codeartifact.eu-west-1.amazonaws.com",
        region="us-west-1" if "us-west-1" in said else "eu-west-1",
        regions=REGIONS,
        proxies={"HTTPS_PROXY": "proxy.example:3128"},
        chosen_by="AWS_ENDPOINT_URL" if said.startswith("the answer is") else None,
        message=said,
    )
    return cause.advice(reach, HERE)


def _chapters() -> Iterator[tuple[str, str, list[str]]]:
    keys = set(map(id, KEYS))
    yield (
        "No identity",
        "The step has neither a token nor credentials. What helps is a matter of the CI system.",
        [
            _section(title, str(error), error.remedy(replace(HERE, system=system)))
            for title, system, error in _SYSTEMS
        ],
    )
    yield (
        "STS refuses the role",
        "The step exits with 3, at once: trying again doesn't change it.",
        [
            _section(cause.name, cause.says[0], _of_role(cause))
            for cause in ROLE
            if id(cause) not in keys
        ],
    )
    yield (
        "The credentials aren't accepted",
        "STS and CodeArtifact say the same of them. The step exits with 3 or 4.",
        [_section(cause.name, cause.says[0], cause.advice(None, HERE)) for cause in KEYS],
    )
    yield (
        "CodeArtifact can't be asked",
        "The step exits with 4; with 3, if it is STS that can't be reached.",
        [
            _section(cause.name, cause.says[0], _of_network(cause))
            for cause in (NOT_THERE, *NETWORK)
        ],
    )
    yield (
        "Access denied",
        (
            "AWS names the policy that denies, at the end of its message. Only where an Allow is "
            "missing does a statement help, and only in the policy that lacks it."
        ),
        [_section(cause.name, cause.says[0], _of_denial(cause)) for cause in (*DENIALS, UNNAMED)],
    )


def troubleshooting() -> str:
    """The page: a list of what is there, then each cause with what to do."""
    chapters = list(_chapters())
    contents = [f"- [{title}](#{_anchor(title)})" for title, _, _ in chapters]
    parts = ["\n".join(contents)]
    for title, text, sections in chapters:
        parts += [f"## {title}", text, *sections]
    return "\n\n".join(parts)


def _anchor(title: str) -> str:
    """A heading's address, as GitHub makes it."""
    return title.lower().replace(" ", "-").replace("'", "")
