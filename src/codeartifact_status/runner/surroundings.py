"""The edge to the CI system: which one the step runs on, and what that says about the run.

A system is known by the variable that it always sets; what it calls a repository, a run and a tag
stands in one table. Nothing here is asked of anyone but the environment, and the event's file.
"""

import json
import os
import re
from dataclasses import dataclass

from codeartifact_status.errors import System
from codeartifact_status.reporting.run import ACTION
from codeartifact_status.runner import bounded


@dataclass(frozen=True, slots=True, kw_only=True)
class _System:
    """The variables of one CI system: by which it is known, and what it says about a run.

    It gives the run's Git ref, or the bare name of a tag.
    """

    system: System
    marker: str
    repository: tuple[str, ...]
    run: tuple[str, ...]
    ref: str = ""
    tag: str = ""


_GITHUB = _System(  # GitHub Docs, "Variables reference"
    system=System.GITHUB,
    marker="GITHUB_ACTIONS",
    repository=("GITHUB_REPOSITORY",),
    run=("GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"),
    ref="GITHUB_REF",
)
_OTHERS = (
    _System(  # GitLab Docs, "Predefined CI/CD variables reference"
        system=System.GITLAB,
        marker="GITLAB_CI",
        repository=("CI_PROJECT_PATH",),
        run=("CI_JOB_ID",),
        tag="CI_COMMIT_TAG",
    ),
    _System(  # CircleCI Docs, "Project values and variables"
        system=System.CIRCLECI,
        marker="CIRCLECI",
        repository=("CIRCLE_PROJECT_USERNAME", "CIRCLE_PROJECT_REPONAME"),
        run=("CIRCLE_BUILD_NUM",),
        tag="CIRCLE_TAG",
    ),
    _System(  # Buildkite Docs, "Environment variables"
        system=System.BUILDKITE,
        marker="BUILDKITE",
        repository=("BUILDKITE_ORGANIZATION_SLUG", "BUILDKITE_PIPELINE_SLUG"),
        run=("BUILDKITE_BUILD_NUMBER",),
        tag="BUILDKITE_TAG",
    ),
    _System(  # CodeBuild User Guide, "Environment variables in build environments"
        system=System.CODEBUILD,
        marker="CODEBUILD_BUILD_ID",
        repository=(),
        run=("CODEBUILD_BUILD_ID",),
        ref="CODEBUILD_WEBHOOK_HEAD_REF",
    ),
    _System(  # Jenkins, "Pipeline: Multibranch" and the core's own variables
        system=System.JENKINS,
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
    workflow wrote after ``uses:``, or a stand-in for it. ``on_github`` says that a runner of
    GitHub's kind reads what is printed; Forgejo's is one.
    """

    on_github: bool
    system: System
    repository: str
    run: str
    ref: str
    action: str
    from_fork: bool
    by_dependabot: bool
    tag_example: str
    """The variable that names the tag of a run that a tag triggered, with a value."""

    @classmethod
    def read(cls) -> "Surroundings":
        """Read them from the environment."""
        get = os.environ.get
        on_github = get(_GITHUB.marker, "").lower() == "true"
        # Where there is none, GitHub's variables serve: they can be set to try a step out.
        others = (system for system in _OTHERS if get(system.marker))
        found = None if on_github else next(others, None)
        system = found or _GITHUB
        tag = get(system.tag, "")
        return cls(
            on_github=on_github,
            system=_name(found, on_github=on_github),
            repository="/".join(filter(None, map(get, system.repository))),
            run="-".join(filter(None, map(get, system.run))),
            ref=f"refs/tags/{tag}" if tag else get(system.ref, ""),
            action=_action(get("GITHUB_ACTION_REPOSITORY", ""), get("GITHUB_ACTION_REF", "")),
            from_fork=_is_from_fork(get("GITHUB_EVENT_NAME", ""), get("GITHUB_EVENT_PATH", "")),
            by_dependabot=on_github and get("GITHUB_ACTOR") == "dependabot[bot]",
            tag_example=(
                f"{system.tag}=v1.3.0" if system.tag else f"{system.ref}=refs/tags/v1.3.0"
            ),
        )


def _name(found: _System | None, *, on_github: bool) -> System:
    if not on_github:
        return found.system if found is not None else System.SHELL
    # Forgejo's runner sets GitHub's variables, and its own beside them (forgejo/runner).
    is_forgejo = os.environ.get("FORGEJO_ACTIONS", "").lower() == "true"
    return System.FORGEJO if is_forgejo else System.GITHUB


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
        pull = json.loads(bounded.read(path, stop=None))["pull_request"]
        head = pull["head"]["repo"] or {"full_name": "(deleted)"}
        return bool(head["full_name"] != pull["base"]["repo"]["full_name"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        # GitHub's own file; where it can't be read, the general text has to do.
        return False
