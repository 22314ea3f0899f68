"""Inputs that this action doesn't have, and what was probably meant by them. Pure."""

import difflib

from codeartifact_status.inputs.fields import Inputs
from codeartifact_status.inputs.sources import kebab

RUNNERS_OWN = frozenset({"args", "entrypoint"})
"""What the runner itself sets for a container action that is given ``with: args``."""

ELSEWHERE = {
    # actions/delete-package-versions
    "package-name": "package",
    "package-type": "format",
    "package-version-ids": "versions",
    "num-old-versions-to-delete": "keep-latest",
    "delete-only-pre-release-versions": "versions-matching",
    # snok/container-retention-policy
    "image-names": "packages",
    "image-tags": "versions-matching",
    "filter-tags": "versions-matching",
    "tag-selection": "versions-matching",
    "cut-off": "older-than",
    "timestamp-to-use": "older-than",
    # dataaxiom/ghcr-cleanup-action
    "delete-tags": "versions-matching",
    # smartsquaregmbh/delete-old-packages
    "names": "packages",
    "semver-pattern": "versions-matching",
    # aws-actions/configure-aws-credentials
    "aws-profile": "profile",
    "inline-session-policy": "session-policy",
    "action-timeout-s": "timeout-seconds",
    "aws-account-id": "domain-owner",
    # AWS, and everyday words
    "region": "aws-region",
    "role": "role-to-assume",
    "role-arn": "role-to-assume",
    "aws-role": "role-to-assume",
    "aws-role-arn": "role-to-assume",
    "role-to-assume-arn": "role-to-assume",
    "session-name": "role-session-name",
    "account-id": "domain-owner",
    "owner": "domain-owner",
    "endpoint": "endpoint-url",
    "repo": "repository",
    "registry": "repository",
    "scope": "namespace",
    "group": "namespace",
    "group-id": "namespace",
    "name": "package",
    "package-names": "packages",
    "version": "versions",
    "tag": "version-from-tag",
    "tag-pattern": "version-from-tag",
    "package-pattern": "packages-matching",
    "packages-pattern": "packages-matching",
    "package-glob": "packages-matching",
    "include-packages": "packages-matching",
    "all-repositories": "repository",
    "repositories": "repository",
    "include": "versions-matching",
    "include-versions": "versions-matching",
    "version-range": "versions-matching",
    "revision": "version-revisions",
    "revisions": "version-revisions",
    "status": "target-status",
    "new-status": "target-status",
    "to": "target-status",
    "current-status": "expected-status",
    "from": "expected-status",
    "age": "older-than",
    "min-age": "older-than",
    "min-age-days": "older-than",
    "max-age": "older-than",
    "older-than-days": "older-than",
    "keep-days": "older-than",
    "retention-days": "older-than",
    "limit": "max-changes",
    "parallelism": "concurrency",
    "timeout": "timeout-seconds",
    "wait": "wait-seconds",
    "fail-on-error": "on-failure",
    "continue-on-error": "on-failure",
}
"""What other actions and everyday words call an input that there is."""

_BY_WORD = {
    **dict.fromkeys(
        ("skip", "skipped", "ignore", "ignored", "exclude", "excluded"), "exclude-versions"
    ),
    **dict.fromkeys(("except", "omit", "protect", "protected"), "exclude-versions"),
    **dict.fromkeys(("keep", "retain", "newest"), "keep-latest"),
}
"""What a word in a name means; the nearest input may do the very opposite."""

_OF_PACKAGES = {"package", "packages"}
"""Words that say of an exclusion that it is one of packages."""

_NEAR = 0.85
"""How like an input a name has to be to be taken for a slip of the finger, out of 1."""


def problem_with(name: str, *, on_github: bool) -> str | None:
    """What is wrong with an input that there isn't; None where it may be somebody else's.

    On GitHub it was written for this action. Elsewhere any program may have its ``INPUT_*``, so
    that only what is near to a known input is taken for one.
    """
    near = _nearest(name, _NEAR)
    if near is None and not on_github:
        return None
    words = name.split("-")
    by_word = next((_BY_WORD[word] for word in words if word in _BY_WORD), None)
    if by_word == "exclude-versions" and not _OF_PACKAGES.isdisjoint(words):
        by_word = "exclude-packages"
    meant = ELSEWHERE.get(name) or near or by_word or _nearest(name, 0.6)
    return f"there is no such input; did you mean {meant}?" if meant else "there is no such input"


def _nearest(name: str, cutoff: float) -> str | None:
    known = map(kebab, Inputs.model_fields)
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=cutoff)), None)
