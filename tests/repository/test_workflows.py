"""What our own workflows and the examples may do, beyond what zizmor and actionlint see to."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from codeartifact_status import REPOSITORY

ROOT = Path(__file__).parents[2]
OURS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FILES = [*OURS, *sorted((ROOT / "examples" / "workflows").glob("*.yml"))]
WORKFLOWS: dict[str, dict[str, Any]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in OURS
}
EXAMPLE = f"{REPOSITORY}@"
"""This action in an example: a commit isn't known before the release that it is about."""


def used(path: Path) -> Iterator[tuple[str, str]]:
    """Every action that a workflow takes from elsewhere, and the comment after it."""
    for action, comment in re.findall(
        r"^\s*(?:- )?uses: *(\S+) *(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE
    ):
        if not action.startswith(("./", "$/", EXAMPLE)):
            yield action, comment


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every job of our own workflows."""
    for workflow, document in WORKFLOWS.items():
        for name, job in document["jobs"].items():
            yield f"{workflow}.{name}", job


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_pinned_action_says_which_version_that_is(path: Path) -> None:
    for action, comment in used(path):
        assert re.fullmatch(r"# v\d+\.\d+\.\d+", comment), f"{action} {comment}"


def test_the_same_action_is_the_same_commit_everywhere() -> None:
    pins: dict[str, set[tuple[str, str]]] = {}
    for path in FILES:
        for action, comment in used(path):
            name, commit = action.split("@")
            pins.setdefault(name, set()).add((commit, comment))

    assert {name: found for name, found in pins.items() if len(found) != 1} == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_workflow_may_nothing_but_what_its_jobs_say(path: Path) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))

    assert document["permissions"] == {}
    assert all(job["permissions"] for job in document["jobs"].values())


def test_four_jobs_of_all_may_write_or_have_a_token() -> None:
    writing = {
        name: {scope for scope, access in job["permissions"].items() if access == "write"}
        for name, job in jobs()
    }

    assert {name: scopes for name, scopes in writing.items() if scopes} == {
        "release.image": {"packages", "id-token", "attestations"},
        "release.publish": {"contents"},
        "release.pypi": {"id-token"},
        "conformance.conformance": {"id-token"},
    }


def test_nothing_is_written_before_somebody_has_approved() -> None:
    release = WORKFLOWS["release"]["jobs"]

    assert release["image"]["environment"] == "release"
    assert {"image", "try"} <= set(release["publish"]["needs"])
    assert {"plan", "ci"} <= set(release["image"]["needs"])
    assert "publish" in release["pypi"]["needs"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_checkout_leaves_its_token_behind(path: Path) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    checkouts = [
        step
        for job in document["jobs"].values()
        for step in job.get("steps", ())
        if str(step.get("uses", "")).startswith("actions/checkout@")
    ]

    assert [step["with"]["persist-credentials"] for step in checkouts] == [False] * len(checkouts)


@pytest.mark.parametrize(("name", "job"), list(jobs()))
def test_every_job_has_an_end(name: str, job: dict[str, Any]) -> None:
    # A called workflow has its own limits.
    assert "uses" in job or job["timeout-minutes"] <= 30, name


def test_the_base_image_that_is_watched_is_the_one_that_is_built_on() -> None:
    watched = (ROOT / ".github" / "base" / "Dockerfile").read_text(encoding="utf-8")
    built_on = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert re.findall(r"^FROM (.*)$", watched, re.MULTILINE) == re.findall(
        r"^ARG PYTHON_IMAGE=(.*)$", built_on, re.MULTILINE
    )
