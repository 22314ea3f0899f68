"""What stands in the workflows of ``examples``, and what their steps do against the emulator."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml

from codeartifact_emulator import Emulator
from harness.acting import Act
from harness.examples import (
    ACTION,
    README,
    WORKFLOWS,
    apply,
    jobs,
    our_steps,
    plan_of,
    readme_roles,
    run_in,
    run_step,
    show,
    step_of,
)
from harness.pages import blocks
from harness.runs import CORE, calls_of, put_core, statuses

TESTED = "needs.publish.outputs.tested"
"""What the job that hides a release hands on to the one that promotes it."""


@pytest.fixture
def emulator(emulators: Callable[..., Emulator]) -> Emulator:
    """The emulator of an account that has the README's roles, and nothing more."""
    return emulators(seed={"roles": readme_roles()})


# --- What stands in them. ------------------------------------------------------------------------


def test_the_readme_names_every_workflow() -> None:
    named = re.findall(r"\[([\w-]+)\]\(examples/workflows/([\w-]+)\.yml\)", README)
    assert sorted(named) == [(name, name) for name in sorted(WORKFLOWS)]


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_a_workflow_runs_one_at_a_time_and_none_that_waits_is_cancelled(workflow: str) -> None:
    """Nor does a release wait for the approval of a plan, or a quarantine for a release."""
    own = workflow in {"quarantine", "retention"}
    group = workflow if own else "release"
    concurrency = WORKFLOWS[workflow]["concurrency"]
    assert concurrency == {"group": group, "cancel-in-progress": False, "queue": "max"}


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
        if any(step["with"].get("dry-run") is not True for step in our_steps(job))
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
    (trusted,) = re.findall(r'StringEquals": {\n[^}]*:sub": \[([^]]*)\]', README)
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


def test_every_role_is_one_that_the_readme_tells_to_make() -> None:
    named = set(re.findall(r":role/([\w-]+)", json.dumps(WORKFLOWS)))
    assert named == {role["name"] for role in readme_roles()}


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
            # There is no way back to Unfinished.
            if ours["with"].get("dry-run") is True or (
                ours["with"].get("expected-status") == "Unfinished"
            ):
                continue
            changing += 1
            (kept,) = [step for step in job["steps"] if step.get("name", "").startswith("Keep")]
            # A step that was killed has no outputs, and one that changed nothing says so.
            assert kept["if"] == f"always() && steps.{ours['id']}.outputs.undo != '[]'"
            given = dict(kept["with"])
            assert given.pop("name").endswith("-${{ github.run_attempt }}")
            assert given == {"path": ours["with"]["undo-file"], "if-no-files-found": "ignore"}
    assert changing == 10


def test_a_plan_goes_from_job_to_job_by_its_id() -> None:
    planning = 0
    for workflow, document in WORKFLOWS.items():
        for name, job in document["jobs"].items():
            for step in our_steps(job):
                if step["with"].get("dry-run") is not True:
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
    assert planning == 4


# --- What they do. -------------------------------------------------------------------------------


def test_after_a_release_it_is_hidden_promoted_and_rolled_back(
    emulator: Emulator, act: Act
) -> None:
    for name, versions in {"core": ["1.2.0", "1.3.0"], "ui": ["2.0.0"]}.items():
        put_core(emulator, *versions, package=name, status="Published")

    def now() -> tuple[str, str, str]:
        core, other = statuses(emulator), statuses(emulator, package="ui")
        return core["1.2.0"], core["1.3.0"], other["2.0.0"]

    hidden = run_step(act, "after-release", "Take it out of sight")
    assert hidden.exit_code == 0, hidden.stdout
    assert now() == ("Published", "Unlisted", "Unlisted")

    tested = hidden.outputs["undo"]
    promoted = run_step(act, "after-release", "Promote", given={TESTED: tested})
    assert promoted.exit_code == 0, promoted.stdout
    assert now() == ("Published", "Published", "Published")
    undo = (promoted.workspace / "undo.json").read_text()
    assert undo == promoted.outputs["undo"] != "[]"

    # A re-run changes nothing, and so keeps no way back in place of the other.
    again = run_step(act, "after-release", "Promote", given={TESTED: tested})
    assert (again.exit_code, again.outputs["undo"]) == (0, "[]")

    shown = show(act, undo)
    assert shown.exit_code == 0, shown.stdout
    assert shown.outputs["planned-count"] == "2"
    assert now() == ("Published", "Published", "Published")

    undone = apply(act, shown)
    assert undone.exit_code == 0, undone.stdout
    assert now() == ("Published", "Unlisted", "Unlisted")
    redo = (undone.workspace / "undo.json").read_text()

    redone = apply(act, show(act, redo))
    assert redone.exit_code == 0, redone.stdout
    assert now() == ("Published", "Published", "Published")


def test_a_release_that_is_not_whole_is_not_promoted(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.3.0", status="Published")
    put_core(emulator, "2.0.0", package="ui", status="Published")
    hidden = run_step(act, "after-release", "Take it out of sight")
    put_core(emulator, "2.0.0", package="ui", status="Archived")
    sent = len(calls_of(emulator, "UpdatePackageVersionsStatus"))

    done = run_step(act, "after-release", "Promote", given={TESTED: hidden.outputs["undo"]})

    assert done.exit_code == 1
    assert len(calls_of(emulator, "UpdatePackageVersionsStatus")) == sent
    assert (done.workspace / "undo.json").read_text() == done.outputs["undo"] == "[]"


def test_what_was_published_again_after_it_was_tested_is_not_promoted(
    emulator: Emulator, act: Act
) -> None:
    for name, version in (("core", "1.3.0"), ("ui", "2.0.0")):
        put_core(emulator, version, package=name, status="Published")
    hidden = run_step(act, "after-release", "Take it out of sight")
    emulator.store.set_status(**CORE, version="1.3.0", status="Unlisted", revision="another")

    done = run_step(act, "after-release", "Promote", given={TESTED: hidden.outputs["undo"]})

    assert done.exit_code == 1
    assert "MISMATCHED_REVISION" in done.messages
    assert statuses(emulator) == {"1.3.0": "Unlisted"}


def test_an_approved_plan_changes_what_was_planned_and_nothing_that_matches_since(
    emulator: Emulator, act: Act
) -> None:
    old = [f"1.0.0-rc.{number}" for number in range(1, 6)]
    put_core(emulator, *old, "1.0.0", status="Published")
    planned = run_step(act, "approve-plan", "Plan")
    assert planned.exit_code == 0, planned.stdout
    assert planned.outputs["planned-count"] == "2"
    put_core(emulator, "2.0.0-rc.1", "1.0.0-rc.0", status="Published")

    done = run_step(act, "approve-plan", "Apply", files=plan_of(planned))

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
    emulator: Emulator, act: Act, moved: Mapping[str, str], code: str
) -> None:
    put_core(emulator, *(f"1.0.0-rc.{number}" for number in range(1, 6)), status="Published")
    planned = run_step(act, "approve-plan", "Plan")
    emulator.store.set_status(**CORE, version="1.0.0-rc.1", **moved)

    done = run_step(act, "approve-plan", "Apply", files=plan_of(planned))

    assert done.exit_code == 1
    assert code in done.messages
    assert calls_of(emulator, "UpdatePackageVersionsStatus") == []


def test_a_tag_promotes_its_version_and_the_undo_takes_it_back(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.3.0", "1.4.0")
    tag = {"GITHUB_REF": "refs/tags/v1.3.0"}

    promoted = run_step(act, "promote-on-tag", "Promote", **tag)
    assert promoted.exit_code == 0, promoted.stdout
    assert statuses(emulator) == {"1.3.0": "Published", "1.4.0": "Unlisted"}

    undo = (promoted.workspace / "undo.json").read_text()
    undone = apply(act, show(act, undo))
    assert undone.exit_code == 0, undone.stdout
    assert statuses(emulator) == {"1.3.0": "Unlisted", "1.4.0": "Unlisted"}


def test_a_tag_that_names_a_package_promotes_that_one(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.3.0")
    put_core(emulator, "1.3.0", package="ui")

    done = run_step(act, "promote-package-tag", "Promote", GITHUB_REF="refs/tags/@acme/core@1.3.0")

    assert done.exit_code == 0, done.stdout
    assert statuses(emulator) == {"1.3.0": "Published"}
    assert statuses(emulator, package="ui") == {"1.3.0": "Unlisted"}


MODULES = [f"module-{number}" for number in range(40)]
MAVEN = {"format": "maven", "namespace": "com.acme"}
STORES = ("maven-internal", "maven-partners")
MODULES_OF_TAG = {
    "files": {"release-modules.txt": "".join(f"com.acme:{module}\n" for module in MODULES)},
    "GITHUB_REF": "refs/tags/v1.3.0",
}


def put_modules(emulator: Emulator, *, without: tuple[str, str] | None = None) -> None:
    """Version 1.3.0 of forty modules in two repositories, one of them perhaps with another only."""
    for store in STORES:
        for module in MODULES:
            version = "1.2.0" if (store, module) == without else "1.3.0"
            put_core(emulator, version, **MAVEN, repository=store, package=module)


def held_of_modules(emulator: Emulator) -> set[str]:
    return {
        status
        for store in STORES
        for module in MODULES
        for status in statuses(emulator, **MAVEN, repository=store, package=module).values()
    }


def test_a_tag_promotes_forty_modules_in_two_repositories(emulator: Emulator, act: Act) -> None:
    put_modules(emulator)

    done = run_step(act, "promote-modules", "Promote", **MODULES_OF_TAG)

    assert done.exit_code == 0, done.stdout
    assert done.outputs["changed-count"] == "80"
    assert held_of_modules(emulator) == {"Published"}


def test_one_module_that_is_withdrawn_in_one_repository_holds_back_both(
    emulator: Emulator, act: Act
) -> None:
    put_modules(emulator)
    place = {**MAVEN, "repository": STORES[1], "package": MODULES[0]}
    put_core(emulator, "1.3.0", status="Archived", **place)

    done = run_step(act, "promote-modules", "Promote", **MODULES_OF_TAG)

    assert done.exit_code == 1
    assert held_of_modules(emulator) == {"Archived", "Unlisted"}


def test_one_module_that_lacks_the_version_in_one_repository_holds_back_both(
    emulator: Emulator, act: Act
) -> None:
    put_modules(emulator, without=(STORES[1], MODULES[0]))

    done = run_step(act, "promote-modules", "Promote", **MODULES_OF_TAG)

    assert done.exit_code == 1
    assert "NOT_FOUND" in done.messages
    assert held_of_modules(emulator) == {"Unlisted"}


def test_by_patterns_a_module_that_lacks_the_version_is_left_alone(
    emulator: Emulator, act: Act
) -> None:
    """As the page says, whose patterns take the groups below, and no other that begins alike."""
    (shown,) = blocks("docs/many-packages.md", "yaml", "by-name-patterns-what-has-the-version")
    put_modules(emulator, without=(STORES[1], MODULES[0]))
    for group in ("com.acme.billing", "com.acmefoo"):
        put_core(emulator, "1.3.0", **{**MAVEN, "namespace": group}, repository=STORES[0])
    job, step = step_of("promote-modules", "Promote")
    place = {key: step["with"][key] for key in ("role-to-assume", "aws-region", "domain")}

    done = run_in(
        act,
        job,
        {"with": {**place, **yaml.safe_load(shown)}},
        GITHUB_REF="refs/tags/v1.3.0",
    )

    assert done.exit_code == 0, done.stdout
    assert done.outputs["changed-count"] == "80"
    left = statuses(emulator, **{**MAVEN, "namespace": "com.acmefoo"}, repository=STORES[0])
    assert left == {"1.3.0": "Unlisted"}


def test_a_workflow_of_a_tag_can_be_started_by_hand_for_one() -> None:
    """With a branch chosen it ends, and says that a tag is to be chosen."""
    found = 0
    for workflow in WORKFLOWS.values():
        # YAML 1.1 takes the key `on` for a boolean.
        events = workflow[True]
        if "tags" in (events.get("push") or {}):
            found += 1
            assert "workflow_dispatch" in events
    assert found == 5


def test_started_by_hand_for_a_branch_it_says_that_a_tag_is_to_be_chosen(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.3.0")

    done = run_step(act, "promote-on-tag", "Promote", GITHUB_REF="refs/heads/main")

    assert done.exit_code == 2
    assert "choose the tag in Run workflow" in done.messages
    assert statuses(emulator) == {"1.3.0": "Unlisted"}


def test_a_roll_back_of_what_somebody_else_changed_is_refused_already_when_shown(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.3.0")
    promoted = run_step(act, "promote-on-tag", "Promote")
    put_core(emulator, "1.3.0", status="Archived")

    shown = show(act, (promoted.workspace / "undo.json").read_text())

    assert shown.exit_code == 1
    assert "MISMATCHED_STATUS" in shown.messages
    assert statuses(emulator) == {"1.3.0": "Archived"}


def test_what_is_applied_is_what_was_shown_whatever_matches_or_moves_since(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.3.0")
    promoted = run_step(act, "promote-on-tag", "Promote", GITHUB_REF="refs/tags/v1.3.0")
    shown = show(act, (promoted.workspace / "undo.json").read_text())
    emulator.store.set_status(**CORE, version="1.3.0", status="Published", revision="another")

    undone = apply(act, shown)

    assert undone.exit_code == 1
    assert "MISMATCHED_REVISION" in undone.messages
    assert statuses(emulator) == {"1.3.0": "Published"}


def test_a_run_goes_back_by_what_all_of_its_attempts_have_kept(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.3.0")
    first = run_step(act, "promote-on-tag", "Promote", GITHUB_REF="refs/tags/v1.3.0")
    kept = (first.workspace / "undo.json").read_text()

    shown = show(act, kept, kept)

    assert shown.exit_code == 0, shown.stdout
    assert shown.outputs["planned-count"] == "1"


def test_attempts_that_contradict_each_other_are_not_undone_by_guessing(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.3.0")
    first = run_step(act, "promote-on-tag", "Promote", GITHUB_REF="refs/tags/v1.3.0")
    kept = (first.workspace / "undo.json").read_text()

    shown = show(act, kept, kept.replace("Unlisted", "Archived"))

    assert shown.exit_code == 2
    assert "with another status or revision" in shown.messages
