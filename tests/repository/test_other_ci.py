"""The examples for other CI systems, run: their very commands, as each system runs them."""

import json
import os
import re
import shlex
import time
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from codeartifact_emulator import Emulator
from codeartifact_emulator.accounts import demo
from codeartifact_status.inputs.command_line import CommandLine
from harness.commands import PACKAGE, TARGET, ours
from harness.pages import blocks
from harness.runs import CORE, ROLE, calls_of, put_core, statuses
from harness.systems import (
    BUILDKITE,
    BUILDSPEC,
    CIRCLECI,
    EXAMPLES,
    GITLAB,
    IMAGE,
    JENKINSFILE,
    OF_GITLAB,
    PROMOTE,
    RETENTION,
    ROLL_BACK,
    SESSION_NAMES,
    Machine,
    Step,
    buildkite_step,
    circleci_jobs,
    of_buildkite,
    of_circleci,
    of_docker_run,
    of_gitlab,
    text_of,
)

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "other-ci.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
REPORTS = {"status.env", "status.md", "result.json", "undo.json"}


@pytest.fixture
def machine(emulator: Emulator, tmp_path: Path, request: pytest.FixtureRequest) -> Machine:
    """A machine of the system that the test is about."""
    return Machine(emulator, tmp_path, request.param)


every_system = pytest.mark.parametrize("machine", PROMOTE, indirect=True)


# --- What they do. -------------------------------------------------------------------------------


@every_system
def test_a_tag_promotes_its_version_and_leaves_the_reports(machine: Machine) -> None:
    put_core(machine.emulator, "1.3.0", "1.4.0")

    done = machine.run(PROMOTE[machine.system])

    assert done.returncode == 0, done.stdout + done.stderr
    assert statuses(machine.emulator) == {"1.3.0": "Published", "1.4.0": "Unlisted"}
    assert {path.name for path in machine.workspace.iterdir()} == REPORTS
    outputs = machine.outputs()
    assert (outputs["OUTCOME"], outputs["CHANGED_COUNT"]) == ("changed", "1")
    assert machine.summary().startswith("### ✅ `@acme/core 1.3.0` is **Published** in ")
    (undo,) = json.loads((machine.workspace / "undo.json").read_text())
    assert undo["target-status"] == "Unlisted"
    result = json.loads((machine.workspace / "result.json").read_text())
    assert result["outcome"] == "changed"
    assert (machine.home / "token").read_text() not in done.stdout + done.stderr
    # Where a role is assumed, its session leads back to the job.
    sessions = calls_of(machine.emulator, "AssumeRoleWithWebIdentity")
    names = [call.params["RoleSessionName"] for call in sessions]
    assert names == list(filter(None, [SESSION_NAMES.get(machine.system)]))


@every_system
def test_a_version_that_is_not_there_fails_the_job_and_the_reports_say_so(
    machine: Machine,
) -> None:
    put_core(machine.emulator, "1.4.0")

    done = machine.run(PROMOTE[machine.system])

    assert done.returncode == 1, done.stdout + done.stderr
    assert statuses(machine.emulator) == {"1.4.0": "Unlisted"}
    assert {path.name for path in machine.workspace.iterdir()} == REPORTS
    outputs = machine.outputs()
    assert (outputs["OUTCOME"], outputs["FAILED_COUNT"]) == ("failed", "1")
    assert "NOT_FOUND" in machine.summary()
    assert (machine.workspace / "undo.json").read_text() == "[]"
    if machine.system == "buildspec.yml":  # its variables are exported all the same
        assert done.stdout.endswith("OUTCOME=failed\nCHANGED_COUNT=0\n")


@pytest.mark.parametrize("machine", ROLL_BACK, indirect=True)
def test_a_roll_back_puts_each_version_back(machine: Machine) -> None:
    put_core(machine.emulator, "1.3.0")
    line = (*PACKAGE, "--versions", "1.3.0", *TARGET, "--undo-file", "undo.json")
    assert ours(line, machine.emulator, machine.workspace).returncode == 0

    done = machine.run(ROLL_BACK[machine.system])

    assert done.returncode == 0, done.stdout + done.stderr
    assert statuses(machine.emulator) == {"1.3.0": "Unlisted"}
    assert machine.summary().startswith("### ✅ `@acme/core 1.3.0` is **Unlisted** in ")
    (redo,) = json.loads((machine.workspace / "redo.json").read_text())
    assert redo["target-status"] == "Published"


@pytest.mark.parametrize("machine", ROLL_BACK, indirect=True)
def test_a_roll_back_of_nothing_is_not_green(machine: Machine) -> None:
    """Of what a promotion leaves that changed or found nothing."""
    put_core(machine.emulator, "1.3.0", status="Published")
    (machine.workspace / "undo.json").write_text("[]", encoding="utf-8")

    done = machine.run(ROLL_BACK[machine.system])

    assert done.returncode != 0
    assert not (machine.workspace / "redo.json").exists()


@pytest.fixture
def at_night(emulators: Callable[..., Emulator], tmp_path: Path) -> Machine:
    """A machine of GitLab's, with the role for whole repositories, and twelve old versions."""
    (role,) = demo()["roles"]
    emulator = emulators(seed={"roles": [{**role, "name": "domain-wide"}]})
    for number in range(12):
        place = {**CORE, "version": f"1.{number}.0", "status": "Published"}
        emulator.store.put(**place, published=time.time() - 100 * 86400)
    return Machine(emulator, tmp_path, "gitlab-ci.yml")


def archived(machine: Machine) -> set[str]:
    held = statuses(machine.emulator).items()
    return {version for version, status in held if status == "Archived"}


def test_on_gitlab_what_is_old_is_planned_at_night_and_archived_by_hand(at_night: Machine) -> None:
    planned = at_night.run(of_gitlab("plan-retention"))

    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert "Dry run: 2 versions of `@acme/core` would be set to **Archived**" in at_night.summary()
    assert archived(at_night) == set()

    applied = at_night.run(of_gitlab("apply-retention"))

    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert archived(at_night) == {"1.0.0", "1.1.0"}
    (undo,) = json.loads((at_night.workspace / "undo.json").read_text())
    assert undo["target-status"] == "Published"


def test_on_gitlab_what_is_old_is_archived_without_an_approval_and_put_back_by_hand(
    at_night: Machine,
) -> None:
    done = at_night.run(of_gitlab("retention"))

    assert done.returncode == 0, done.stdout + done.stderr
    assert archived(at_night) == {"1.0.0", "1.1.0"}

    back = at_night.run(of_gitlab("rollback-retention"))

    assert back.returncode == 0, back.stdout + back.stderr
    assert archived(at_night) == set()
    (at_night.workspace / "undo.json").write_text("[]", encoding="utf-8")
    assert at_night.run(of_gitlab("rollback-retention")).returncode != 0


def test_on_gitlab_only_a_schedule_of_main_starts_a_retention() -> None:
    for name in OF_GITLAB:
        (rule,) = {**GITLAB, **RETENTION}[name]["rules"]
        assert rule["if"] == '$CI_PIPELINE_SOURCE == "schedule" && $CI_COMMIT_BRANCH == "main"'
        by_hand = name in {"apply-retention", "rollback-retention"}
        assert rule.get("when") == ("manual" if by_hand else None)


@pytest.mark.parametrize("machine", ["gitlab-ci.yml"], indirect=True)
def test_on_gitlab_a_later_job_has_the_outputs_as_variables(machine: Machine) -> None:
    outputs = {"OUTCOME": "changed", "CHANGED_COUNT": "1", "UNCHANGED_COUNT": "0"}

    done = machine.run(of_gitlab("announce"), **outputs)

    assert done.stdout == "v1.3.0 is changed, 1 changed, 0 were there already\n"


@pytest.mark.parametrize("machine", ["circleci.yml"], indirect=True)
def test_on_circleci_a_later_job_reads_the_outputs(machine: Machine) -> None:
    (machine.workspace / "status.env").write_text("OUTCOME=changed\nCHANGED_COUNT=1\nUNDO=[$(x)]\n")

    done = machine.run(of_circleci("announce"))

    assert (done.returncode, done.stdout) == (0, "v1.3.0 is changed, 1 changed\n")


@pytest.mark.parametrize("machine", ["circleci.yml"], indirect=True)
def test_on_circleci_the_program_asks_for_a_token_if_it_is_given_none(machine: Machine) -> None:
    put_core(machine.emulator, "1.3.0")
    step = PROMOTE[machine.system]
    call = step.script[step.script.index("codeartifact-status") :]

    done = machine.run(Step(call.replace('--web-identity-token-file "$token"', ""), step.shell))

    assert done.returncode == 0, done.stdout + done.stderr
    assert statuses(machine.emulator) == {"1.3.0": "Published"}


@pytest.mark.parametrize("machine", ["buildkite.yml"], indirect=True)
def test_on_buildkite_the_summary_becomes_an_annotation_also_when_it_failed(
    machine: Machine,
) -> None:
    summary = "### ❌ `@acme/core 1.3.0` can't be set to **Published**\n"
    (machine.workspace / "status.md").write_text(summary, encoding="utf-8")
    for name in REPORTS - {"status.md"}:
        (machine.workspace / name).touch()
    machine.keep_artifacts(buildkite_step("promote")["artifact_paths"])

    done = machine.run(of_buildkite("summary"))

    assert done.returncode == 0, done.stderr
    assert (machine.home / "annotation").read_text(encoding="utf-8") == summary
    assert buildkite_step("summary")["allow_dependency_failure"] is True


@pytest.mark.parametrize("machine", ["docker-run.sh"], indirect=True)
def test_docker_run_takes_a_token_from_a_file_instead_of_keys(machine: Machine) -> None:
    put_core(machine.emulator, "1.3.0")
    machine.secrets = {"ID_TOKEN_FILE": str(machine.home / "token"), "ROLE": ROLE}

    done = machine.run(PROMOTE[machine.system])

    assert done.returncode == 0, done.stdout + done.stderr
    assert statuses(machine.emulator) == {"1.3.0": "Published"}


@pytest.mark.parametrize("machine", ["docker-run.sh"], indirect=True)
def test_docker_run_without_a_tag_says_what_it_wants(machine: Machine) -> None:
    done = machine.run(of_docker_run())

    assert done.returncode != 0
    assert "which tag" in done.stderr


@pytest.mark.parametrize("machine", ["docker-run.sh"], indirect=True)
def test_docker_run_never_overwrites_a_way_back(machine: Machine) -> None:
    put_core(machine.emulator, "1.3.0")
    first = machine.run(of_docker_run("v1.3.0"))
    kept = machine.workspace / "codeartifact-v1.3.0" / "undo.json"
    undo = kept.read_text(encoding="utf-8")

    again = machine.run(of_docker_run("v1.3.0"))
    elsewhere = machine.run(of_docker_run("v1.3.0", "second run"))

    assert (first.returncode, again.returncode, elsewhere.returncode) == (0, 2, 0)
    assert kept.read_text(encoding="utf-8") == undo != "[]"


# --- What stands in them. ------------------------------------------------------------------------


def our_words(step: Step) -> list[list[str]]:
    """The arguments of each call of the program in a script."""
    calls: list[list[str]] = []
    for command in re.split(r"(?<!\\)\n", step.script.replace("\\\n", " ")):
        words = shlex.split(command, comments=True)
        starts = [n for n, word in enumerate(words) if word in {"codeartifact-status", IMAGE}]
        starts += [n for n, word in enumerate(words) if word in {"$IMAGE", "$image"}]
        starts += [1] if words[:2] == ["set", "--"] else []
        calls += [[w for w in words[start + 1 :] if w != "$@"] for start in starts[:1]]
    return calls


def all_calls() -> Iterator[list[str]]:
    for step in [*PROMOTE.values(), *ROLL_BACK.values(), *map(of_gitlab, OF_GITLAB)]:
        found = our_words(step)
        assert found, step.script
        yield from found


def test_every_flag_exists() -> None:
    used = 0
    for words in all_calls():
        used += sum(word.startswith("--") for word in words)
        assert CommandLine.read(words).problems == ()
    assert used > 60


@pytest.mark.parametrize("system", sorted(path.name for path in EXAMPLES.iterdir()))
def test_every_example_names_the_image_once_and_says_how_to_pin_it(system: str) -> None:
    text = text_of(system)
    assert text.count(IMAGE) == 1
    assert "@sha256:" in text
    assert "docs/other-ci.md" in text or system == "docker-run.sh"


def test_every_example_writes_the_four_reports() -> None:
    for system, step in PROMOTE.items():
        for name in REPORTS:
            assert name in step.script, system


def test_the_reports_are_kept_also_when_it_failed() -> None:
    kept = GITLAB["promote"]["artifacts"]
    assert kept["when"] == "always"
    assert {*kept["paths"], kept["reports"]["dotenv"]} == REPORTS
    (archived,) = re.findall(r"always \{\s*archiveArtifacts artifacts: '(.*?)'", JENKINSFILE)
    assert set(archived.split(", ")) == REPORTS
    assert set(BUILDSPEC["artifacts"]["files"]) == REPORTS
    assert set(buildkite_step("promote")["artifact_paths"]) == REPORTS
    steps = CIRCLECI["jobs"]["promote"]["steps"]
    stored = {step["store_artifacts"]["path"] for step in steps if "store_artifacts" in step}
    assert stored == REPORTS - {"status.env"}


def test_one_release_runs_at_a_time_where_the_system_can_see_to_it() -> None:
    assert GITLAB["promote"]["resource_group"] == GITLAB["rollback"]["resource_group"]
    assert "lock(resource: " in JENKINSFILE
    # Else every branch would wait for the lock, only to see that it is no tag.
    assert "beforeOptions true" in JENKINSFILE
    assert buildkite_step("promote")["concurrency"] == 1
    jobs = circleci_jobs()
    assert jobs["promote"]["serial-group"] == jobs["rollback"]["serial-group"]


def test_only_a_tag_starts_them_and_only_a_person_a_roll_back() -> None:
    for job in ("promote", "announce", "rollback"):
        (rule,) = GITLAB[job]["rules"]
        assert rule["if"] == "$CI_COMMIT_TAG =~ /^v/"
        assert rule.get("when") == ("manual" if job == "rollback" else None)
    assert "tag 'v*'" in JENKINSFILE
    assert {step["if"] for step in BUILDKITE["steps"]} == {"build.tag =~ /^v/"}
    jobs = circleci_jobs()
    for job in jobs.values():
        assert job["filters"] == {"tags": {"only": "/^v.*/"}, "branches": {"ignore": "/.*/"}}
    (asked,) = jobs["rollback"]["requires"]
    assert jobs[asked]["type"] == "approval"


# --- What the page says. -------------------------------------------------------------------------


def test_the_page_names_every_example_and_the_readme_names_the_page() -> None:
    examples = {path.name for path in EXAMPLES.iterdir()}
    assert examples == {*PROMOTE, "gitlab-retention.yml"}
    for name in examples:
        assert f"(../examples/ci/{name})" in DOCS
    assert "(docs/other-ci.md)" in README


SUBJECTS = {
    "gitlab.com": (
        "project_path:my-group/my-project:ref_type:tag:ref:v1.3.0",
        "project_path:my-group/my-project:ref_type:branch:ref:v1.3.0",
    ),
    "ci.example.com/oidc": (
        "https://ci.example.com/job/widgets/job/v1.3.0/",
        "https://ci.example.com/job/gadgets/job/v1.3.0/",
    ),
    "agent.buildkite.com": (
        "organization:my-org:pipeline:my-pipeline:ref:refs/tags/v1.3.0:commit:9f31:step:promote",
        "organization:my-org:pipeline:my-pipeline:ref:refs/heads/v1.3.0:commit:9f31:step:promote",
    ),
    "oidc.circleci.com/org/ORGANIZATION_ID": (
        "org/ORGANIZATION_ID/project/PROJECT_ID/user/USER_ID",
        "org/ORGANIZATION_ID/project/OTHER_ID/user/USER_ID",
    ),
}
"""By issuer: a subject that a release has, and one that nobody should let in."""


@pytest.mark.parametrize("issuer", SUBJECTS)
def test_a_trust_policy_of_the_page_lets_the_release_in_and_nothing_else(issuer: str) -> None:
    fragments = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", DOCS, re.DOTALL)]
    conditions, *_ = [
        statement["Condition"]
        for statement in fragments
        if statement["Principal"]["Federated"].endswith(f":oidc-provider/{issuer}")
    ]
    assert conditions["StringEquals"] == {f"{issuer}:aud": "sts.amazonaws.com"}
    pattern = conditions["StringLike"][f"{issuer}:sub"]
    release, other = SUBJECTS[issuer]

    assert fnmatchcase(release, pattern)
    assert not fnmatchcase(other, pattern)


def test_on_gitlab_the_role_for_whole_repositories_is_for_schedules_of_main() -> None:
    (statement,) = map(json.loads, blocks("docs/other-ci.md", "json", "retention-on-gitlab"))
    project = "project_path:my-group/my-project"

    assert statement["Condition"] == {
        "StringEquals": {
            "gitlab.com:aud": "sts.amazonaws.com",
            "gitlab.com:sub": f"{project}:ref_type:branch:ref:main",
        }
    }
    jobs = {**GITLAB, **RETENTION}
    roles = {name: re.findall(r":role/([\w-]+)", json.dumps(job)) for name, job in jobs.items()}
    assert {name for name, found in roles.items() if "domain-wide" in found} == set(OF_GITLAB)


def test_no_example_has_a_path_of_a_machine_in_it() -> None:
    for system in PROMOTE:
        assert os.fspath(ROOT) not in text_of(system)
