"""The workflows of ``examples``, step by step as they stand, against the emulator.

Each step of this action is run with the inputs that the workflow gives it, its expressions replaced
by what a release would put there; files go from one job to the next as artifacts do.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from codeartifact_emulator import Emulator
from harness.runs import CORE, DEFAULT_INPUTS, Finished, Runner, calls_of, put_core, statuses

ROOT = Path(__file__).parents[2]
WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text())
    for path in sorted((ROOT / "examples" / "workflows").glob("*.yml"))
}
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
OURS = "OWNER/codeartifact-status@"
RELEASED = json.dumps(
    [{"name": "@acme/core", "version": "1.3.0"}, {"name": "@acme/ui", "version": "2.0.0"}]
)
"""What changesets says that it published."""

CONTEXT = {
    "steps.changesets.outputs.published-packages": RELEASED,
    "inputs.package": "@acme/core",
}


def jobs() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every job of every workflow: the workflow's name, the job's, the job."""
    for workflow, document in WORKFLOWS.items():
        for name, job in document["jobs"].items():
            yield workflow, name, job


def our_steps(job: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [step for step in job["steps"] if str(step.get("uses", "")).startswith(OURS)]


def step_of(workflow: str, name: str) -> Mapping[str, Any]:
    """The step of ours that has this name."""
    (step,) = [
        step
        for job in WORKFLOWS[workflow]["jobs"].values()
        for step in our_steps(job)
        if step["name"] == name
    ]
    return step


def as_given(value: object, context: Mapping[str, str]) -> str:
    """An input as the runner hands it over: expressions replaced, booleans in lower case."""
    if isinstance(value, bool):
        return str(value).lower()
    return re.sub(r"\$\{\{\s*(.*?)\s*\}\}", lambda found: context[found[1]], str(value))


def run_step(
    run_action: Runner,
    workflow: str,
    name: str,
    *,
    files: Mapping[str, str] | None = None,
    tested: str = "",
    **environment: str,
) -> Finished:
    """Run a step with its own inputs and the defaults of action.yml, and nothing else.

    ``tested`` is what the job ``publish`` hands on.
    """
    context = {**CONTEXT, "needs.publish.outputs.tested": tested}
    defaults = {
        key: declared["default"]
        for key, declared in ACTION["inputs"].items()
        if declared.get("default") is not None
    }
    inputs = {**defaults, **step_of(workflow, name)["with"]}
    return run_action(
        files=files,
        environment={"AWS_REGION": None, "AWS_DEFAULT_REGION": None, **environment},
        **{
            **dict.fromkeys(DEFAULT_INPUTS),
            **{key.replace("-", "_"): as_given(value, context) for key, value in inputs.items()},
        },
    )


def show(run_action: Runner, *undos: str) -> Finished:
    """The dry run of a roll back, of what so many attempts of a run have kept."""
    files = {"former.json": "".join(undos)}
    return run_step(run_action, "roll-back", "Show what would be undone", files=files)


def apply(run_action: Runner, shown: Finished) -> Finished:
    """The roll back that was shown."""
    files = {"plan.json": (shown.workspace / "plan.json").read_text()}
    return run_step(run_action, "roll-back", "Undo", files=files)


# --- What stands in them. ------------------------------------------------------------------------


def test_the_readme_names_every_workflow() -> None:
    readme = (ROOT / "README.md").read_text()
    assert set(WORKFLOWS) == {"after-release", "approve-plan", "promote-on-tag", "roll-back"}
    for name in WORKFLOWS:
        assert f"examples/workflows/{name}.yml" in readme


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_a_workflow_runs_one_at_a_time_and_none_that_waits_is_cancelled(workflow: str) -> None:
    concurrency = WORKFLOWS[workflow]["concurrency"]
    assert concurrency == {"group": "release", "cancel-in-progress": False, "queue": "max"}


def test_every_job_ends_but_not_before_its_step_has_told_what_it_did() -> None:
    deadline = int(ACTION["inputs"]["timeout-seconds"]["default"]) / 60
    for workflow, name, job in jobs():
        assert deadline < job["timeout-minutes"] <= 30, f"{name} of {workflow}"


def test_a_job_of_ours_may_have_a_token() -> None:
    for workflow, name, job in jobs():
        if our_steps(job):
            assert job["permissions"]["id-token"] == "write", f"{name} of {workflow}"


@pytest.mark.parametrize(
    ("workflow", "name", "job"),
    [
        (workflow, name, job)
        for workflow, name, job in jobs()
        if any(not step["with"].get("dry-run") for step in our_steps(job))
    ],
)
def test_a_job_that_changes_something_has_an_environment(
    workflow: str, name: str, job: Mapping[str, Any]
) -> None:
    assert job.get("environment"), f"{name} of {workflow}"


def test_no_expression_is_put_into_a_script() -> None:
    for workflow, name, job in jobs():
        for step in job["steps"]:
            assert "${{" not in step.get("run", ""), f"{name} of {workflow}"


def test_the_trust_policy_of_the_readme_lets_every_job_in_that_takes_the_role() -> None:
    readme = (ROOT / "README.md").read_text()
    (trusted,) = re.findall(r'StringEquals": {\n[^}]*:sub": \[([^]]*)\]', readme)
    subjects = {
        f"environment:{job['environment']}" if "environment" in job else "ref:refs/heads/main"
        for _, _, job in jobs()
        if our_steps(job)
    }
    for repository in ("my-org/my-repo", "my-org@123456/my-repo@789012"):
        wanted = {f"repo:{repository}:{subject}" for subject in subjects}
        assert {subject for subject in wanted if f'"{subject}"' not in trusted} == set()


def test_every_input_exists_and_every_step_says_its_region_role_and_domain() -> None:
    for workflow, name, job in jobs():
        for step in our_steps(job):
            given = step["with"].keys()
            assert given <= ACTION["inputs"].keys(), f"{name} of {workflow}"
            assert given >= {"role-to-assume", "aws-region", "domain"}


def test_every_output_of_ours_that_is_used_exists() -> None:
    for _, _, job in jobs():
        ours = {step["id"] for step in our_steps(job) if "id" in step}
        for step, output in re.findall(r"steps\.([\w-]+)\.outputs\.([\w-]+)", json.dumps(job)):
            if step in ours:
                assert output in ACTION["outputs"]


def test_every_change_keeps_its_way_back_also_when_the_step_is_killed() -> None:
    changing = 0
    for _, _, job in jobs():
        for ours in our_steps(job):
            if ours["with"].get("dry-run"):
                continue
            changing += 1
            (kept,) = [step for step in job["steps"] if step.get("name", "").startswith("Keep")]
            # A step that was killed has no outputs, and one that changed nothing says so.
            assert kept["if"] == f"always() && steps.{ours['id']}.outputs.undo != '[]'"
            given = dict(kept["with"])
            assert given.pop("name").endswith("-${{ github.run_attempt }}")
            assert given == {"path": ours["with"]["undo-file"], "if-no-files-found": "ignore"}
    assert changing == 5


def test_a_plan_goes_from_job_to_job_by_its_id() -> None:
    planning = 0
    for workflow, document in WORKFLOWS.items():
        for name, job in document["jobs"].items():
            for step in our_steps(job):
                if not step["with"].get("dry-run"):
                    continue
                planning += 1
                (kept,) = [step for step in job["steps"] if step.get("id") == "keep"]
                assert kept["with"]["path"] == step["with"]["result-file"]
                assert job["outputs"] == {"plan": "${{ steps.keep.outputs.artifact-id }}"}
                (applying,) = [job for job in document["jobs"].values() if job.get("needs") == name]
                assert applying["if"] == f"needs.{name}.outputs.plan", workflow
                given = applying["steps"][0]["with"]
                assert given == {"artifact-ids": f"${{{{ needs.{name}.outputs.plan }}}}"}
                (ours,) = our_steps(applying)
                assert ours["with"]["packages"] == f"@{step['with']['result-file']}"
    assert planning == 2


# --- What they do. -------------------------------------------------------------------------------


def test_after_a_release_it_is_hidden_promoted_and_rolled_back(
    emulator: Emulator, run_action: Runner
) -> None:
    for name, versions in {"core": ["1.2.0", "1.3.0"], "ui": ["2.0.0"]}.items():
        put_core(emulator, *versions, package=name, status="Published")

    def now() -> tuple[str, str, str]:
        core, other = statuses(emulator), statuses(emulator, package="ui")
        return core["1.2.0"], core["1.3.0"], other["2.0.0"]

    hidden = run_step(run_action, "after-release", "Take it out of sight")
    assert hidden.exit_code == 0, hidden.stdout
    assert now() == ("Published", "Unlisted", "Unlisted")

    tested = hidden.outputs["undo"]
    promoted = run_step(run_action, "after-release", "Promote", tested=tested)
    assert promoted.exit_code == 0, promoted.stdout
    assert now() == ("Published", "Published", "Published")
    undo = (promoted.workspace / "undo.json").read_text()
    assert undo == promoted.outputs["undo"] != "[]"

    # A re-run changes nothing, and so keeps no way back in place of the other.
    again = run_step(run_action, "after-release", "Promote", tested=tested)
    assert (again.exit_code, again.outputs["undo"]) == (0, "[]")

    shown = show(run_action, undo)
    assert shown.exit_code == 0, shown.stdout
    assert shown.outputs["planned-count"] == "2"
    assert now() == ("Published", "Published", "Published")

    undone = apply(run_action, shown)
    assert undone.exit_code == 0, undone.stdout
    assert now() == ("Published", "Unlisted", "Unlisted")
    redo = (undone.workspace / "undo.json").read_text()

    redone = apply(run_action, show(run_action, redo))
    assert redone.exit_code == 0, redone.stdout
    assert now() == ("Published", "Published", "Published")


def test_a_release_that_is_not_whole_is_not_promoted(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.3.0", status="Published")
    put_core(emulator, "2.0.0", package="ui", status="Published")
    hidden = run_step(run_action, "after-release", "Take it out of sight")
    put_core(emulator, "2.0.0", package="ui", status="Archived")
    sent = len(calls_of(emulator, "UpdatePackageVersionsStatus"))

    done = run_step(run_action, "after-release", "Promote", tested=hidden.outputs["undo"])

    assert done.exit_code == 1
    assert len(calls_of(emulator, "UpdatePackageVersionsStatus")) == sent
    assert (done.workspace / "undo.json").read_text() == done.outputs["undo"] == "[]"


def test_what_was_published_again_after_it_was_tested_is_not_promoted(
    emulator: Emulator, run_action: Runner
) -> None:
    for name, version in (("core", "1.3.0"), ("ui", "2.0.0")):
        put_core(emulator, version, package=name, status="Published")
    hidden = run_step(run_action, "after-release", "Take it out of sight")
    emulator.store.set_status(**CORE, version="1.3.0", status="Unlisted", revision="another")

    done = run_step(run_action, "after-release", "Promote", tested=hidden.outputs["undo"])

    assert done.exit_code == 1
    assert "MISMATCHED_REVISION" in done.messages
    assert statuses(emulator) == {"1.3.0": "Unlisted"}


def test_an_approved_plan_changes_what_was_planned_and_nothing_that_matches_since(
    emulator: Emulator, run_action: Runner
) -> None:
    old = [f"1.0.0-rc.{number}" for number in range(1, 6)]
    put_core(emulator, *old, "1.0.0", status="Published")
    planned = run_step(run_action, "approve-plan", "Plan")
    assert planned.exit_code == 0, planned.stdout
    assert planned.outputs["planned-count"] == "2"
    plan = {"plan.json": (planned.workspace / "plan.json").read_text()}
    put_core(emulator, "2.0.0-rc.1", "1.0.0-rc.0", status="Published")

    done = run_step(run_action, "approve-plan", "Apply", files=plan)

    assert done.exit_code == 0, done.stdout
    archived = {version for version, status in statuses(emulator).items() if status == "Archived"}
    assert archived == set(old[:2])


@pytest.mark.parametrize(
    ("moved", "code"),
    [
        ({"status": "Unlisted"}, "MISMATCHED_STATUS"),
        ({"status": "Published", "revision": "another"}, "MISMATCHED_REVISION"),
    ],
)
def test_what_moved_since_a_plan_was_made_is_refused(
    emulator: Emulator, run_action: Runner, moved: Mapping[str, str], code: str
) -> None:
    put_core(emulator, *(f"1.0.0-rc.{number}" for number in range(1, 6)), status="Published")
    planned = run_step(run_action, "approve-plan", "Plan")
    plan = {"plan.json": (planned.workspace / "plan.json").read_text()}
    emulator.store.set_status(**CORE, version="1.0.0-rc.1", **moved)

    done = run_step(run_action, "approve-plan", "Apply", files=plan)

    assert done.exit_code == 1
    assert code in done.messages
    assert calls_of(emulator, "UpdatePackageVersionsStatus") == []


def test_a_tag_promotes_its_version_and_the_undo_takes_it_back(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.3.0", "1.4.0")
    tag = {"GITHUB_REF": "refs/tags/v1.3.0"}

    promoted = run_step(run_action, "promote-on-tag", "Promote", **tag)
    assert promoted.exit_code == 0, promoted.stdout
    assert statuses(emulator) == {"1.3.0": "Published", "1.4.0": "Unlisted"}

    undo = (promoted.workspace / "undo.json").read_text()
    undone = apply(run_action, show(run_action, undo))
    assert undone.exit_code == 0, undone.stdout
    assert statuses(emulator) == {"1.3.0": "Unlisted", "1.4.0": "Unlisted"}


def test_a_roll_back_of_what_somebody_else_changed_is_refused_already_when_shown(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.3.0")
    promoted = run_step(run_action, "promote-on-tag", "Promote")
    put_core(emulator, "1.3.0", status="Archived")

    shown = show(run_action, (promoted.workspace / "undo.json").read_text())

    assert shown.exit_code == 1
    assert "MISMATCHED_STATUS" in shown.messages
    assert statuses(emulator) == {"1.3.0": "Archived"}


def test_what_is_applied_is_what_was_shown_whatever_matches_or_moves_since(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.3.0")
    promoted = run_step(run_action, "promote-on-tag", "Promote", GITHUB_REF="refs/tags/v1.3.0")
    shown = show(run_action, (promoted.workspace / "undo.json").read_text())
    emulator.store.set_status(**CORE, version="1.3.0", status="Published", revision="another")

    undone = apply(run_action, shown)

    assert undone.exit_code == 1
    assert "MISMATCHED_REVISION" in undone.messages
    assert statuses(emulator) == {"1.3.0": "Published"}


def test_a_run_goes_back_by_what_all_of_its_attempts_have_kept(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.3.0")
    first = run_step(run_action, "promote-on-tag", "Promote", GITHUB_REF="refs/tags/v1.3.0")
    kept = (first.workspace / "undo.json").read_text()

    shown = show(run_action, kept, kept)

    assert shown.exit_code == 0, shown.stdout
    assert shown.outputs["planned-count"] == "1"


def test_attempts_that_contradict_each_other_are_not_undone_by_guessing(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.3.0")
    first = run_step(run_action, "promote-on-tag", "Promote", GITHUB_REF="refs/tags/v1.3.0")
    kept = (first.workspace / "undo.json").read_text()

    shown = show(run_action, kept, kept.replace("Unlisted", "Archived"))

    assert shown.exit_code == 2
    assert "asks something else" in shown.messages
