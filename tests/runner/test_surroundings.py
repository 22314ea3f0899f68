"""Which CI system it is, and what that says about the run."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from codeartifact_status.errors import System
from codeartifact_status.identity.roles import session_name_of
from codeartifact_status.reporting.run import ACTION
from codeartifact_status.runner.surroundings import Surroundings


def surroundings(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Surroundings:
    for name in os.environ:
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return Surroundings.read()


def name_of(found: Surroundings) -> str:
    return session_name_of(repository=found.repository, run=found.run)


def test_a_session_leads_back_to_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    found = surroundings(
        monkeypatch,
        GITHUB_REPOSITORY="acme/" + "x" * 100,
        GITHUB_RUN_ID="1000000001",
        GITHUB_RUN_ATTEMPT="2",
    )

    assert len(name_of(found)) <= 64
    assert name_of(found).startswith("acme-xxx")
    assert name_of(found).endswith("-1000000001-2")


def test_without_a_run_a_session_has_a_name_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    assert name_of(surroundings(monkeypatch)) == "codeartifact-status"


def test_secrets_are_not_shown_by_accident(monkeypatch: pytest.MonkeyPatch) -> None:
    found = surroundings(monkeypatch, ACTIONS_ID_TOKEN_REQUEST_TOKEN="secret-of-the-run")

    assert "secret-of-the-run" not in repr(found)


PULL = {"head": {"repo": {"full_name": "m/x"}}, "base": {"repo": {"full_name": "a/x"}}}


@pytest.mark.parametrize(
    ("name", "event", "is_fork"),
    [
        ("pull_request", {"pull_request": PULL}, True),
        ("pull_request_review", {"pull_request": PULL}, True),
        # It runs in the repository itself, and may well have a token.
        ("pull_request_target", {"pull_request": PULL}, False),
        ("push", {"pull_request": PULL}, False),
        ("pull_request", {"pull_request": {**PULL, "head": PULL["base"]}}, False),
        # A fork that was deleted since.
        ("pull_request", {"pull_request": {**PULL, "head": {"repo": None}}}, True),
        ("pull_request", [], False),
        ("pull_request", None, False),
    ],
)
def test_a_fork_is_known_by_its_event(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    event: Any,
    is_fork: bool,  # noqa: FBT001
) -> None:
    path = tmp_path / "event.json"
    if event is not None:
        path.write_text(json.dumps(event))

    found = surroundings(monkeypatch, GITHUB_EVENT_NAME=name, GITHUB_EVENT_PATH=str(path))

    assert found.from_fork is is_fork


SYSTEMS: Mapping[str, tuple[Mapping[str, str], str]] = {
    "GitHub": (
        {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "acme/widgets",
            "GITHUB_RUN_ID": "7",
            "GITHUB_RUN_ATTEMPT": "2",
            "GITHUB_REF": "refs/tags/v1.3.0",
        },
        "acme-widgets-7-2",
    ),
    "GitLab": (
        {
            "GITLAB_CI": "true",
            "CI_PROJECT_PATH": "acme/widgets",
            "CI_JOB_ID": "7",
            "CI_COMMIT_TAG": "v1.3.0",
        },
        "acme-widgets-7",
    ),
    "CircleCI": (
        {
            "CIRCLECI": "true",
            "CIRCLE_PROJECT_USERNAME": "acme",
            "CIRCLE_PROJECT_REPONAME": "widgets",
            "CIRCLE_BUILD_NUM": "7",
            "CIRCLE_TAG": "v1.3.0",
        },
        "acme-widgets-7",
    ),
    "Buildkite": (
        {
            "BUILDKITE": "true",
            "BUILDKITE_ORGANIZATION_SLUG": "acme",
            "BUILDKITE_PIPELINE_SLUG": "widgets",
            "BUILDKITE_BUILD_NUMBER": "7",
            "BUILDKITE_TAG": "v1.3.0",
        },
        "acme-widgets-7",
    ),
    "CodeBuild": (
        {
            "CODEBUILD_BUILD_ID": "widgets:7f1c",
            "CODEBUILD_WEBHOOK_HEAD_REF": "refs/tags/v1.3.0",
        },
        "widgets-7f1c",
    ),
    "Jenkins": (
        {
            "JENKINS_URL": "https://ci.acme.example/",
            "JOB_NAME": "acme/widgets",
            "BUILD_NUMBER": "7",
            "TAG_NAME": "v1.3.0",
        },
        "acme-widgets-7",
    ),
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_system_is_known_and_names_run_and_tag(
    system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables, session_name = SYSTEMS[system]

    found = surroundings(monkeypatch, **variables)

    assert name_of(found) == session_name
    assert found.ref == "refs/tags/v1.3.0"
    assert found.on_github is (system == "GitHub")
    assert found.system == system


@pytest.mark.parametrize("system", [*SYSTEMS, "a shell"])
def test_it_is_known_which_variable_would_name_a_tag(
    system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables, _ = SYSTEMS.get(system, ({}, ""))
    example = surroundings(monkeypatch, **variables).tag_example

    name, _, value = example.partition("=")

    assert surroundings(monkeypatch, **{**variables, name: value}).ref == "refs/tags/v1.3.0"
    assert system == "a shell" or variables[name] == value


def test_a_long_name_leaves_room_for_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    build = "7f1c4d3a-0000-1111-2222-333344445555"
    found = surroundings(monkeypatch, CODEBUILD_BUILD_ID=f"{'p' * 100}:{build}")

    assert name_of(found).endswith(f"p-{build}")
    assert len(name_of(found)) <= 64


def test_what_is_not_github_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    found = surroundings(monkeypatch, GITHUB_ACTIONS="false", **SYSTEMS["GitLab"][0])

    assert found.system is System.GITLAB
    assert found.ref == "refs/tags/v1.3.0"


def test_forgejos_runner_is_known_by_its_own_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    found = surroundings(monkeypatch, FORGEJO_ACTIONS="true", **SYSTEMS["GitHub"][0])

    assert found.system is System.FORGEJO
    assert found.on_github


def test_where_no_system_says_so_it_is_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    assert surroundings(monkeypatch, GITHUB_REPOSITORY="acme/x").system is System.SHELL


def test_dependabot_is_known_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    github = SYSTEMS["GitHub"][0]
    assert surroundings(monkeypatch, GITHUB_ACTOR="dependabot[bot]", **github).by_dependabot
    assert not surroundings(monkeypatch, GITHUB_ACTOR="octocat", **github).by_dependabot


def test_without_a_tag_there_is_no_ref(monkeypatch: pytest.MonkeyPatch) -> None:
    assert surroundings(monkeypatch, GITLAB_CI="true", CI_COMMIT_BRANCH="main").ref == ""


def test_a_ref_is_taken_as_it_is_and_a_tag_as_a_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    assert surroundings(monkeypatch, GITHUB_REF="main").ref == "main"
    tag = surroundings(monkeypatch, GITLAB_CI="true", CI_COMMIT_TAG="refs/heads/main")
    assert tag.ref == "refs/tags/refs/heads/main"


def test_githubs_own_variables_count_before_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    # A runner of GitHub's on a machine of Jenkins', for one.
    found = surroundings(
        monkeypatch,
        **SYSTEMS["GitHub"][0],
        JENKINS_URL="https://ci.acme.example/",
        JOB_NAME="other",
    )

    assert found.repository == "acme/widgets"


def test_nowhere_githubs_variables_serve_to_try_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    assert surroundings(monkeypatch, GITHUB_REF="refs/tags/v1").ref == "refs/tags/v1"


@pytest.mark.parametrize(
    ("repository", "ref", "action"),
    [
        ("acme/codeartifact-status", "v1", "acme/codeartifact-status@v1"),
        ("acme/codeartifact-status", "refs/heads/x.y", "acme/codeartifact-status@refs/heads/x.y"),
        ("", "", ACTION),
        ("acme/x\n  - run: evil", "v1", ACTION),
        ("acme/x", "`v1`", ACTION),
    ],
)
def test_the_action_is_named_as_the_workflow_names_it(
    repository: str, ref: str, action: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = surroundings(monkeypatch, GITHUB_ACTION_REPOSITORY=repository, GITHUB_ACTION_REF=ref)

    assert found.action == action
