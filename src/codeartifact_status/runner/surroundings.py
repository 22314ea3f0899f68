"""The edge to the CI system: which one the step runs on, and what that says about the run.

A system is known by the variable that it always sets; what it calls a repository, a run and a tag
stands in one table. Nothing here is asked of anyone but the environment, and the event's file.
"""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from codeartifact_status.reporting.run import ACTION


@dataclass(frozen=True, slots=True, kw_only=True)
class _System:
    """The variables of one CI system: by which it is known, and what it says about a run.

    It gives the run's Git ref, or the bare name of a tag.
    """

    marker: str
    repository: tuple[str, ...]
    run: tuple[str, ...]
    ref: str = ""
    tag: str = ""


_GITHUB = _System(  # GitHub Docs, "Variables reference"
    marker="GITHUB_ACTIONS",
    repository=("GITHUB_REPOSITORY",),
    run=("GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"),
    ref="GITHUB_REF",
)
_GITLAB = _System(  # GitLab Docs, "Predefined CI/CD variables reference"
    marker="GITLAB_CI",
    repository=("CI_PROJECT_PATH",),
    run=("CI_JOB_ID",),
    tag="CI_COMMIT_TAG",
)
_OTHERS = (
    _System(  # CircleCI Docs, "Project values and variables"
        marker="CIRCLECI",
        repository=("CIRCLE_PROJECT_USERNAME", "CIRCLE_PROJECT_REPONAME"),
        run=("CIRCLE_BUILD_NUM",),
        tag="CIRCLE_TAG",
    ),
    _System(  # Buildkite Docs, "Environment variables"
        marker="BUILDKITE",
        repository=("BUILDKITE_ORGANIZATION_SLUG", "BUILDKITE_PIPELINE_SLUG"),
        run=("BUILDKITE_BUILD_NUMBER",),
        tag="BUILDKITE_TAG",
    ),
    _System(  # CodeBuild User Guide, "Environment variables in build environments"
        marker="CODEBUILD_BUILD_ID",
        repository=(),
        run=("CODEBUILD_BUILD_ID",),
        ref="CODEBUILD_WEBHOOK_HEAD_REF",
    ),
    _System(  # Jenkins, "Pipeline: Multibranch" and the core's own variables
        marker="JENKINS_URL",
        repository=("JOB_NAME",),
        run=("BUILD_NUMBER",),
        tag="TAG_NAME",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the CI system says about the run; what it doesn't say is empty.

    ``ref`` is a Git ref, ``refs/tags/…`` where a tag triggered the run. ``action`` is what the
    workflow wrote after ``uses:``, or a stand-in for it.
    """

    on_github: bool
    on_gitlab: bool
    repository: str
    run: str
    ref: str
    action: str
    from_fork: bool

    @classmethod
    def read(cls) -> "Surroundings":
        """Read them from the environment."""
        get = os.environ.get
        on_github = get(_GITHUB.marker, "").lower() == "true"
        # Where there is none, GitHub's variables serve: they can be set to try a step out.
        others = (system for system in (_GITLAB, *_OTHERS) if get(system.marker))
        system = _GITHUB if on_github else next(others, _GITHUB)
        tag = get(system.tag, "")
        return cls(
            on_github=on_github,
            on_gitlab=system is _GITLAB,
            repository="/".join(filter(None, map(get, system.repository))),
            run="-".join(filter(None, map(get, system.run))),
            ref=f"refs/tags/{tag}" if tag else get(system.ref, ""),
            action=_action(get("GITHUB_ACTION_REPOSITORY", ""), get("GITHUB_ACTION_REF", "")),
            from_fork=_is_from_fork(get("GITHUB_EVENT_NAME", ""), get("GITHUB_EVENT_PATH", "")),
        )


def _action(repository: str, ref: str) -> str:
    """The action as a workflow names it; GitHub leaves both empty for ``uses: ./``."""
    name = f"{repository}@{ref}"
    return name if re.fullmatch(r"[\w.-]+/[\w.-]+@[\w./-]+", name, re.ASCII) else ACTION


def _is_from_fork(event: str, path: str) -> bool:
    """Whether a pull request from another repository started the run, on GitHub."""
    if (
        event not in {"pull_request", "pull_request_review", "pull_request_review_comment"}
        or not path
    ):
        # pull_request_target runs in the repository itself, and may well have a token.
        return False
    try:
        pull = json.loads(Path(path).read_bytes())["pull_request"]
        head = pull["head"]["repo"] or {"full_name": "(deleted)"}
        return bool(head["full_name"] != pull["base"]["repo"]["full_name"])
    except (OSError, ValueError, LookupError, TypeError):
        # GitHub's own file; where it can't be read, the general text has to do.
        return False
