"""The scripts of ``roll-back.yml``, as the runner runs them: whose run is taken, and what of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.examples import ROOT, WORKFLOWS, Done, run_script

HERE = "repos/my-org/my-repo"
OURS: Mapping[str, Any] = {
    "head_repository": {"full_name": "my-org/my-repo"},
    "event": "push",
    "path": ".github/workflows/promote-on-tag.yml",
    "head_sha": "c0ffee",
}
"""What GitHub says of a promotion."""


def judged(
    directory: Path, said: Mapping[str, Any], *, identifier: str = "1001", place: str = "behind"
) -> Done:
    """What the workflow makes of a run, of which GitHub says this."""
    (directory / "bin").mkdir()
    (directory / "bin" / "gh").symlink_to(ROOT / "tests" / "harness" / "gh.py")
    answers = {
        f"{HERE}/actions/runs/1001": said,
        f"{HERE}/compare/main...c0ffee": {"status": place},
    }
    (directory / "answers.json").write_text(json.dumps(answers))
    return run_script(
        "roll-back",
        "Refuse a run that isn't one of ours",
        directory,
        GH_TOKEN="a token",
        GH_ANSWERS=str(directory / "answers.json"),
        GITHUB_REPOSITORY="my-org/my-repo",
        RUN_ID=identifier,
    )


# --- Whose run it is. ----------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["identical", "behind"])
@pytest.mark.parametrize("event", ["push", "schedule", "workflow_dispatch"])
@pytest.mark.parametrize(
    "path", [OURS["path"], "my-org/my-repo/.github/workflows/promote-on-tag.yml@refs/heads/main"]
)
def test_a_run_of_our_own_workflows_of_a_commit_on_main_is_taken(
    tmp_path: Path, event: str, path: str, place: str
) -> None:
    done = judged(tmp_path, {**OURS, "event": event, "path": path}, place=place)

    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize(
    ("said", "place", "why"),
    [
        ({"head_repository": {"full_name": "mallory/my-repo"}}, "behind", "it is of mallory/"),
        ({"head_repository": None}, "behind", "it is of ."),
        ({"event": "pull_request"}, "behind", "it was started by pull_request."),
        ({"event": "pull_request_target"}, "behind", "it was started by pull_request_target."),
        ({"event": "workflow_run"}, "behind", "it was started by workflow_run."),
        ({"path": ".github/workflows/ci.yml"}, "behind", "it is of .github/workflows/ci.yml."),
        ({}, "ahead", "its commit is not on main."),
        ({}, "diverged", "its commit is not on main."),
    ],
)
def test_any_other_run_is_refused_and_why_is_said(
    tmp_path: Path, said: Mapping[str, Any], place: str, why: str
) -> None:
    done = judged(tmp_path, {**OURS, **said}, place=place)

    assert done.returncode == 1
    assert done.stdout.startswith(f"::error::Nothing is taken from this run: {why}")


@pytest.mark.parametrize("identifier", ["", "x", "1001/../1002", "1001 ", "$(id)", "1\n2"])
def test_what_is_no_number_is_no_run(tmp_path: Path, identifier: str) -> None:
    done = judged(tmp_path, OURS, identifier=identifier)

    assert done.returncode == 1
    assert "its id is not a number" in done.stdout


def test_a_run_that_is_not_there_is_refused(tmp_path: Path) -> None:
    done = judged(tmp_path, OURS, identifier="7")

    assert done.returncode == 1
    assert "Not Found" in done.stderr


def test_the_workflows_whose_runs_are_taken_are_those_that_keep_a_way_back() -> None:
    steps = WORKFLOWS["roll-back"]["jobs"]["show"]["steps"]
    (named,) = [step["env"]["WORKFLOWS"] for step in steps if "WORKFLOWS" in step.get("env", {})]
    keeping = [f"{name}.yml" for name, text in WORKFLOWS.items() if "undo.json" in json.dumps(text)]

    assert sorted(named.split()) == sorted(keeping)


# --- What it has kept. ---------------------------------------------------------------------------

JOIN = "Join what its attempts have kept"


@pytest.mark.parametrize("names", [["."], ["undo-1", "undo-2"]], ids=["one", "several"])
def test_what_all_attempts_have_kept_is_one_document(tmp_path: Path, names: list[str]) -> None:
    """A single artifact is put into the directory itself, several each into one of its own."""
    for name in names:
        (tmp_path / "former" / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / "former" / name / "undo.json").write_text(f'[{{"package": "{name}"}}]')

    done = run_script("roll-back", JOIN, tmp_path)

    assert done.returncode == 0, done.stderr
    text = (tmp_path / "former.json").read_text()
    assert all(f'[{{"package": "{name}"}}]' in text for name in names)


def test_a_run_that_has_kept_nothing_is_said_to_have_kept_nothing(tmp_path: Path) -> None:
    done = run_script("roll-back", JOIN, tmp_path)

    assert done.returncode == 1
    assert done.stdout.startswith("::error::This run has kept no way back")
