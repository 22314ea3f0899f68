"""What a trust policy has to say to let an OIDC token in, made of the token's own claims. Pure.

Sources: GitHub Docs, "OpenID Connect reference"; GitLab, Buildkite and CircleCI on the claims of
their tokens; IAM User Guide, "Create a role for OpenID Connect federation".
"""

import re
from collections.abc import Mapping
from typing import Any

from codeartifact_status.arns import RoleArn
from codeartifact_status.remedies.cause import quotable

GITHUB = "https://token.actions.githubusercontent.com"

SHOWN = (
    *("iss", "aud", "sub", "repository", "repository_id", "repository_owner_id", "ref"),
    *("environment", "event_name", "job_workflow_ref"),
)
"""The claims that are shown, for whoever compares them with a trust policy."""

_OLD = re.compile(r"repo:(?P<owner>[^/@:]+)/(?P<name>[^/@:]+):(?P<rest>.+)")
"""GitHub's ``sub`` before 2026-07-15, which names a repository but not its ids."""

_PASSING = (
    # Buildkite's has the commit and the step in it.
    (re.compile(r":commit:.*"), ":commit:*"),
    # A tag is of one release: what precedes its number is of all.
    (re.compile(r"((?::ref:refs/tags/|:ref_type:tag:ref:)[^0-9:*?]*)[0-9].*"), r"\1*"),
    # CircleCI's has the user in it who started the job.
    (re.compile(r"(^org/[^/]+/project/[^/]+/user/)[^/]+"), r"\1*"),
)
"""Parts of a ``sub`` that another run won't have, and what stands for them in a condition."""


def shown(claims: Mapping[str, Any]) -> dict[str, Any]:
    """The claims to compare, in order."""
    return {name: claims[name] for name in SHOWN if name in claims}


def issuer_of(claims: Mapping[str, Any]) -> str:
    """The issuer's URL, as IAM wants it: without a slash at its end."""
    return quotable(claims.get("iss") or GITHUB).rstrip("/")


def provider_of(claims: Mapping[str, Any]) -> str:
    """The issuer as IAM names its provider, and the condition keys of its tokens."""
    return re.sub(r"^https?://", "", issuer_of(claims))


def provider_arn(role: RoleArn, claims: Mapping[str, Any]) -> str:
    """The provider in the role's account."""
    return f"arn:{role.partition}:iam::{role.account}:oidc-provider/{provider_of(claims)}"


def subjects(claims: Mapping[str, Any]) -> list[str]:
    """The ``sub`` of this run and of those like it, in each form that GitHub may give it.

    A repository that is renamed or moved gets the form with its ids (`repo:O@1/R@2:…`), so a
    token in the old form has both; GitHub Enterprise Server has only the old one.
    """
    sub = str(claims["sub"])
    forms = [sub]
    old = _OLD.fullmatch(sub)
    ids = claims.get("repository_owner_id"), claims.get("repository_id")
    if old and all(ids) and issuer_of(claims).startswith(GITHUB):
        forms.append("repo:{owner}@{}/{name}@{}:{rest}".format(*ids, **old.groupdict()))
    for passing, lasting in _PASSING:
        forms = [passing.sub(lasting, form) for form in forms]
    return forms


def trusting(role: RoleArn, claims: Mapping[str, Any]) -> dict[str, Any] | None:
    """A statement for the role's trust policy; None for a token that doesn't say whose it is."""
    if not claims.get("sub"):
        return None
    provider, wanted = provider_of(claims), subjects(claims)
    is_pattern = any("*" in form for form in wanted) and wanted[0] != claims["sub"]
    sub = {f"{provider}:sub": wanted if len(wanted) > 1 else wanted[0]}
    exact = {f"{provider}:aud": claims["aud"]} if "aud" in claims else {}
    condition: dict[str, Any] = (
        {"StringEquals": exact, "StringLike": sub} if is_pattern else {"StringEquals": exact | sub}
    )
    return {
        "Effect": "Allow",
        "Principal": {"Federated": provider_arn(role, claims)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {test: keys for test, keys in condition.items() if keys},
    }
