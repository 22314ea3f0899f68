"""The workflows of `examples/`, whole, on a real runner: jobs, conditions, outputs, artifacts.

Looked at from four sides: what the jobs came to, what later steps saw, what was kept, and what the
store holds.
"""

import json
import re
from pathlib import Path

import pytest

from codeartifact_emulator import Emulator
from codeartifact_emulator.faults import Fault, Meanwhile, Reply
from container import docker
from workflows import EXAMPLES, Done, Runner, load

HOSTILE = load(Path(__file__).parent / "hostile.yml")
RELEASED = [{"name": "@acme/core", "version": "1.3.0"}, {"name": "@acme/ui", "version": "2.0.0"}]
UPDATE = "UpdatePackageVersionsStatus"


def put(account: Emulator, status: str, **versions: str) -> None:
    for package, version in versions.items():
        place = {"domain": "acme", "repository": "npm-store", "format": "npm", "namespace": "acme"}
        account.store.put(**place, package=package, version=version, status=status)


def now(account: Emulator) -> dict[str, str]:
    held = account.store.snapshot().items()
    return {f"{place[-2]} {place[-1]}": status for place, (status, _) in held}


def changes(account: Emulator) -> list[str]:
    """The statuses that were asked for, in order; calls side by side count once."""
    asked = [str(call.params["targetStatus"]) for call in account.calls if call.operation == UPDATE]
    return [status for number, status in enumerate(asked) if asked[number - 1 : number] != [status]]


def roll_back(github: Runner, run: int, **inputs: str) -> Done:
    """Run the workflow for a run, approvals given."""
    return github.run(
        EXAMPLES["roll-back"],
        event="workflow_dispatch",
        inputs={"run-id": str(run), "artifact": "undo-*", **inputs},
    )


@pytest.fixture
def released(github: Runner) -> Runner:
    """A repository of which changesets publishes two packages."""
    github.variables = {**github.variables, "RELEASED": json.dumps(RELEASED)}
    return github


def test_a_release_is_hidden_tried_and_promoted_and_rolled_back_and_forth(
    released: Runner, account: Emulator
) -> None:
    put(account, "Published", core="1.3.0", ui="2.0.0")

    done = released.run(EXAMPLES["after-release"])

    assert done.exit_code == 0, done.log
    assert done.jobs == dict.fromkeys(("publish", "smoke-test", "promote"), "success")
    assert changes(account) == ["Unlisted", "Published"]
    assert now(account) == {"core 1.3.0": "Published", "ui 2.0.0": "Published"}
    hidden = done.seen["publish.hide"]
    assert (hidden["step"], hidden["outcome"], hidden["first"]) == (
        "success",
        "changed",
        "Unlisted",
    )
    assert json.loads(done.seen["npm.smoke-test"]["packages"]) == RELEASED
    promoted = done.seen["promote.promote"]
    assert (promoted["step"], promoted["outcome"], promoted["result"]) == (
        "success",
        "changed",
        "changed",
    )
    assert (promoted["changed"], promoted["packages"]) == ("2", "core ui")
    assert (promoted["first"], promoted["back-to"]) == ("Published", "Unlisted")
    assert len(done.summaries) == 2
    assert "2 versions of 2 packages set to **Published**" in done.summaries["promote.promote"]
    # Neither tokens nor keys stand in the log; the runner has put asterisks in their place.
    assert re.search(r"eyJ[\w-]{9}|ASIA[A-Z0-9]{9}", done.log) is None
    assert "***" in done.log
    release = released.last_run
    kept = json.loads(str(released.artifact("undo-1/undo.json")))
    assert {entry["target-status"] for entry in kept} == {"Unlisted"}

    assert released.artifact("hidden-1/undo.json") is not None

    back = roll_back(released, release)

    assert back.exit_code == 0, back.log
    assert back.jobs == {"show": "success", "undo": "success"}
    shown = back.seen["show.show"]
    assert (shown["outcome"], shown["planned"]) == ("planned", "2")
    assert (back.seen["undo.undo"]["outcome"], back.seen["undo.undo"]["changed"]) == (
        "changed",
        "2",
    )
    assert changes(account) == ["Unlisted", "Published", "Unlisted"]
    assert now(account) == {"core 1.3.0": "Unlisted", "ui 2.0.0": "Unlisted"}

    # An undo can be undone, by its own number.
    forth = roll_back(released, released.last_run)

    assert forth.exit_code == 0, forth.log
    assert now(account) == {"core 1.3.0": "Published", "ui 2.0.0": "Published"}


def test_where_nothing_was_published_nothing_is_touched(github: Runner, account: Emulator) -> None:
    put(account, "Published", core="1.3.0")

    done = github.run(EXAMPLES["after-release"])

    assert done.exit_code == 0, done.log
    assert done.jobs["publish"] == "success"
    assert account.calls == []


def test_a_smoke_test_that_fails_leaves_the_release_unlisted(
    released: Runner, account: Emulator
) -> None:
    put(account, "Published", broken="1.0.0")
    broken = [{"name": "@acme/broken", "version": "1.0.0"}]
    released.variables = {**released.variables, "RELEASED": json.dumps(broken)}

    done = released.run(EXAMPLES["after-release"])

    assert done.exit_code == 1
    assert (done.jobs["publish"], done.jobs["smoke-test"]) == ("success", "failure")
    assert "promote.promote" not in done.seen
    assert now(account) == {"broken 1.0.0": "Unlisted"}


def test_a_promotion_that_is_refused_halfway_is_put_back_and_keeps_no_way_back(
    released: Runner, account: Emulator
) -> None:
    put(account, "Published", core="1.3.0", ui="2.0.0")
    # The first of the two is hiding it.
    refused = Reply(status=403, code="AccessDeniedException", message="no")
    account.inject(Fault(UPDATE, refused, package="ui", skip=1, times=1))

    done = released.run(EXAMPLES["after-release"])

    assert done.exit_code == 1
    assert done.jobs["promote"] == "failure"
    seen = done.seen["promote.promote"]
    assert (seen["step"], seen["outcome"], seen["changed"]) == ("failure", "rolled-back", "0")
    assert now(account) == {"core 1.3.0": "Unlisted", "ui 2.0.0": "Unlisted"}
    assert released.artifact("undo-1/undo.json") is None
    assert any(level == "error" and "permission" in text for level, text in done.annotations)
    assert "AccessDeniedException" in done.summaries["promote.promote"]


def test_a_tag_promotes_its_version_and_a_second_run_leaves_the_way_back_alone(
    github: Runner, account: Emulator
) -> None:
    put(account, "Unlisted", core="1.3.0")
    put(account, "Unlisted", core="1.4.0")

    done = github.run(EXAMPLES["promote-on-tag"], ref="refs/tags/v1.3.0")

    assert done.exit_code == 0, done.log
    assert done.seen["promote.promote"]["outcome"] == "changed"
    assert now(account) == {"core 1.3.0": "Published", "core 1.4.0": "Unlisted"}
    first = github.last_run
    assert github.artifact("undo-1/undo.json") is not None

    again = github.run(EXAMPLES["promote-on-tag"], ref="refs/tags/v1.3.0")

    assert again.exit_code == 0, again.log
    assert again.seen["promote.promote"]["outcome"] == "unchanged"
    assert github.artifact("undo-1/undo.json") is None

    # What somebody else has changed since is refused when it is shown already.
    put(account, "Archived", core="1.3.0")
    back = roll_back(github, first)

    assert back.exit_code == 1
    assert back.jobs["show"] == "failure"
    assert "undo.undo" not in back.seen
    assert now(account) == {"core 1.3.0": "Archived", "core 1.4.0": "Unlisted"}


def test_a_package_of_a_monorepo_is_promoted_by_a_tag_of_its_own(
    github: Runner, account: Emulator
) -> None:
    put(account, "Unlisted", core="1.3.0", ui="1.3.0")

    done = github.run(EXAMPLES["promote-package-tag"], ref="refs/tags/@acme/core@1.3.0")

    assert done.exit_code == 0, done.log
    assert done.seen["promote.promote"]["outcome"] == "changed"
    assert now(account) == {"core 1.3.0": "Published", "ui 1.3.0": "Unlisted"}
    assert github.artifact("undo-1/undo.json") is not None


def test_an_approved_plan_is_carried_out_and_can_be_rolled_back(
    github: Runner, account: Emulator
) -> None:
    candidates = [f"1.3.0-rc.{number}" for number in range(1, 5)]
    for version in ("1.2.0", *candidates):
        put(account, "Unlisted", core=version)
    before = now(account)

    done = github.run(
        EXAMPLES["approve-plan"], event="workflow_dispatch", inputs={"package": "@acme/core"}
    )

    assert done.exit_code == 0, done.log
    assert (done.seen["plan.plan"]["outcome"], done.seen["plan.plan"]["planned"]) == (
        "planned",
        "1",
    )
    assert (done.seen["apply.apply"]["outcome"], done.seen["apply.apply"]["changed"]) == (
        "changed",
        "1",
    )
    # The newest three stay, and releases don't match.
    assert now(account) == {**before, "core 1.3.0-rc.1": "Archived"}

    back = roll_back(github, github.last_run)

    assert back.exit_code == 0, back.log
    assert now(account) == before


def test_a_run_of_a_pull_request_from_a_fork_is_refused(github: Runner, account: Emulator) -> None:
    put(account, "Unlisted", core="1.3.0")
    github.run(EXAMPLES["promote-on-tag"], ref="refs/tags/v1.3.0")
    run = github.last_run
    said = github.answers[f"repos/{github.repository}/actions/runs/{run}"]
    said["head_repository"] = {"full_name": "mallory/my-repo"}
    said["event"] = "pull_request"
    sent = len(account.calls)

    back = roll_back(github, run)

    assert back.exit_code == 1
    assert back.jobs == {"show": "failure"}
    assert ("error", "Nothing is taken from this run: it is of mallory/my-repo.") in (
        back.annotations
    )
    assert len(account.calls) == sent


def test_what_was_shown_is_applied_though_the_other_run_keeps_something_else_meanwhile(
    github: Runner, account: Emulator
) -> None:
    put(account, "Unlisted", core="1.3.0")
    put(account, "Published", ui="2.0.0")
    github.run(EXAMPLES["promote-on-tag"], ref="refs/tags/v1.3.0")
    run = github.last_run
    other = json.loads(str(github.artifact("undo-1/undo.json")))
    other[0] |= {"package": "ui", "versions": ["2.0.0"]}
    del other[0]["version-revisions"]
    meddled = json.loads(json.dumps(EXAMPLES["roll-back"]))
    meddled["jobs"]["undo"]["needs"] = ["show", "meddle"]
    meddled["jobs"]["meddle"] = {
        "needs": "show",
        "runs-on": "ubuntu-latest",
        "steps": [
            {
                "run": f'echo "$OTHER" > /artifacts/{run}/undo-1/undo.json',
                "env": {"OTHER": json.dumps(other)},
            }
        ],
    }

    back = github.run(
        meddled, event="workflow_dispatch", inputs={"run-id": str(run), "artifact": "undo-*"}
    )

    assert back.exit_code == 0, back.log
    assert json.loads(str(github.artifact("undo-1/undo.json", run=run))) == other
    assert now(account) == {"core 1.3.0": "Unlisted", "ui 2.0.0": "Published"}


def test_a_step_that_is_killed_has_kept_its_way_back_and_so_has_its_second_attempt(
    released: Runner, account: Emulator, image: str
) -> None:
    """Killed between the change of one package and that of the other, in the promotion."""
    put(account, "Published", core="1.3.0", ui="2.0.0")

    def kill(_: object) -> None:
        docker("kill", *docker("ps", "--quiet", "--filter", f"ancestor={image}").split())

    # Each is changed once before, when it is hidden.
    account.inject(Fault(UPDATE, Meanwhile(after=kill), package="core", skip=1, times=1))
    refused = Reply(status=503, code="ServiceUnavailable", message="later")
    account.inject(Fault(UPDATE, refused, package="ui", skip=1))

    first = released.run(EXAMPLES["after-release"])

    assert first.exit_code == 1
    seen = first.seen["promote.promote"]
    assert (seen["step"], seen["outcome"], seen["changed"]) == ("failure", "", "")
    assert now(account) == {"core 1.3.0": "Published", "ui 2.0.0": "Unlisted"}
    kept = json.loads(str(released.artifact("undo-1/undo.json")))
    assert {(entry["package"], entry["target-status"]) for entry in kept} == {
        ("core", "Unlisted"),
        ("ui", "Unlisted"),
    }

    account.clear_faults()
    again = json.loads(json.dumps(EXAMPLES["after-release"]))
    tested = json.dumps(
        [{**entry, "expected-status": "Unlisted", "target-status": "Published"} for entry in kept]
    )
    again["jobs"] = {"promote": {**again["jobs"]["promote"], "needs": []}}
    again["jobs"]["promote"]["steps"][0]["with"]["packages"] = tested
    second = released.run(again, attempt=2)

    assert second.exit_code == 0, second.log
    assert second.seen["promote.promote"]["changed"] == "1"
    (entry,) = json.loads(str(released.artifact("undo-2/undo.json")))
    assert entry["package"] == "ui"

    # The run goes back by what both have kept.
    back = roll_back(released, released.last_run)

    assert back.exit_code == 0, back.log
    assert now(account) == {"core 1.3.0": "Unlisted", "ui 2.0.0": "Unlisted"}


def test_where_all_is_back_already_nobody_is_asked_for_an_approval(
    github: Runner, account: Emulator
) -> None:
    put(account, "Unlisted", core="1.3.0")
    github.run(EXAMPLES["promote-on-tag"], ref="refs/tags/v1.3.0")
    run = github.last_run
    roll_back(github, run)

    again = roll_back(github, run)

    assert again.exit_code == 0, again.log
    assert again.jobs["show"] == "success"
    assert "undo.undo" not in again.seen
    assert now(account) == {"core 1.3.0": "Unlisted"}


def test_a_branch_is_not_a_tag_and_says_so(github: Runner, account: Emulator) -> None:
    put(account, "Unlisted", core="1.3.0")

    done = github.run(EXAMPLES["promote-on-tag"], ref="refs/heads/main")

    assert done.exit_code == 1
    assert done.seen["promote.promote"]["outcome"] == "failed"
    assert any(level == "error" and "tag" in text for level, text in done.annotations)
    assert account.calls == []


def test_an_environment_that_the_trust_policy_does_not_name_gets_no_role(
    github: Runner, account: Emulator
) -> None:
    put(account, "Unlisted", core="1.3.0")
    workflow = json.loads(json.dumps(EXAMPLES["promote-on-tag"]))
    workflow["jobs"]["promote"]["environment"] = "elsewhere"

    done = github.run(workflow, ref="refs/tags/v1.3.0")

    assert done.exit_code == 1
    assert done.seen["promote.promote"]["outcome"] == "failed"
    assert any("environment:elsewhere" in text for _, text in done.annotations)
    assert now(account) == {"core 1.3.0": "Unlisted"}


# --- Surroundings that nobody would wish for. ----------------------------------------------------

TRAP = """
import sys
print("the workspace was imported: ", __name__)
open("trapped", "w").close()
sys.exit(99)
"""


@pytest.fixture
def hostile(github: Runner) -> Runner:
    """A repository whose files stand in the way of whoever imports or runs what it finds there."""
    modules = ("boto3", "sitecustomize", "usercustomize", "json", "yaml", "pydantic")
    files = dict.fromkeys((f"{module}.py" for module in modules), TRAP)
    files["codeartifact_status/__init__.py"] = TRAP
    files["bin/python"] = files["bin/sh"] = "#!/bin/sh\ntouch trapped\nexit 99\n"
    files[".env"] = "AWS_ENDPOINT_URL=http://127.0.0.1:1\n"
    for name, text in files.items():
        path = github.directory / "repository" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    return github


def test_a_failure_that_is_caught_is_seen_by_later_steps_in_hostile_surroundings(
    hostile: Runner, account: Emulator
) -> None:
    put(account, "Unlisted", core="1.3.0")
    put(account, "Published", core="1.2.0")

    done = hostile.run(HOSTILE)

    assert done.exit_code == 0, done.log
    assert "the workspace was imported" not in done.log
    fails = done.seen["caught.fails"]
    assert (fails["step"], fails["goes-on-as"]) == ("failure", "success")
    assert (fails["outcome"], fails["result"], fails["changed"]) == ("failed", "failed", "0")
    passes = done.seen["caught.passes"]
    assert (passes["step"], passes["outcome"], passes["first"]) == (
        "success",
        "changed",
        "Published",
    )
    assert done.seen["caught"] == {
        "missing": "NOT_FOUND",
        "skipped": "SKIPPED",
        "trapped": "no",
    }
    # The other job, of which PATH is nonsense altogether, as its successor sees it.
    assert done.seen["after"] == {"outcome": "changed", "status": "Archived", "count": "1"}
    assert now(account) == {"core 1.3.0": "Published", "core 1.2.0": "Archived"}
    assert "nothing was changed" in done.summaries["caught.fails"]
    assert "NOT_FOUND" in done.summaries["caught.fails"]
    assert "**Published**" in done.summaries["caught.passes"]
    assert "**Archived**" in done.summaries["everywhere.archive"]
    (error,) = [text for level, text in done.annotations if level == "error"]
    assert "9.9.9" in error
