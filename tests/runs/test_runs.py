"""Whole runs: the action as a process, through OIDC, looked at from four sides.

The exit code, the outputs, the summary, and what the store holds afterwards. One for each promise;
all cases of a promise are in the other files of this folder, most of them without a process.
"""

import json
import re

import pytest

from codeartifact_emulator import Drop, Emulator, Fault
from harness.acting import Act
from harness.runs import Runner, calls_of, put_core, statuses

UPDATE = "UpdatePackageVersionsStatus"
CHANGING = (UPDATE, "DisposePackageVersions", "DeletePackageVersions")


# --- What is asked for. --------------------------------------------------------------------------


def test_a_promotion_publishes_the_versions(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.2.3", "1.2.4", "1.3.0")

    done = run_action(versions="1.2.3\n1.2.4", expected_status="Unlisted")

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.2.3": "Published", "1.2.4": "Published", "1.3.0": "Unlisted"}
    done.assert_complete()
    assert done.outputs["outcome"] == "changed"
    assert done.counts == (2, 0, 0, 0)
    successful, failed = done.successful, done.failed
    assert {version: entry["status"] for version, entry in successful.items()} == {
        "1.2.3": "Published",
        "1.2.4": "Published",
    }
    assert failed == {}
    assert "2 versions of `@acme/core` set to **Published**" in done.summary
    assert "Unlisted → Published" in done.summary
    assert not done.annotations("error")
    assert not done.annotations("warning")
    assert done.stderr == ""


def test_a_second_run_is_green_and_sends_nothing(
    emulator: Emulator, act: Act, run_action: Runner
) -> None:
    put_core(emulator, "1.2.3", "1.2.4")
    act(versions="1.2.3 1.2.4", expected_status="Unlisted")
    before = len(calls_of(emulator, UPDATE))

    again = run_action(versions="1.2.3 1.2.4", expected_status="Unlisted")

    assert again.exit_code == 0
    assert again.outputs["outcome"] == "unchanged"
    assert again.counts == (0, 2, 0, 0)
    assert set(again.successful) == {"1.2.3", "1.2.4"}
    assert again.outputs["undo"] == "[]"
    assert "Nothing to do" in again.summary
    assert len(calls_of(emulator, UPDATE)) == before


def test_two_hundred_and_fifty_versions_take_three_pinned_calls(
    emulator: Emulator, run_action: Runner
) -> None:
    versions = [f"1.0.{number}" for number in range(250)]
    put_core(emulator, *versions)
    before = emulator.store.snapshot()

    done = run_action(versions=json.dumps(versions), concurrency="1")

    assert done.exit_code == 0
    assert set(statuses(emulator).values()) == {"Published"}
    assert done.counts == (250, 0, 0, 0)
    sent = [call.params for call in calls_of(emulator, UPDATE)]
    assert [len(params["versions"]) for params in sent] == [100, 100, 50]
    assert [version for params in sent for version in params["versions"]] == versions
    for params in sent:
        assert params["expectedStatus"] == "Unlisted"
        assert params["versionRevisions"] == {
            version: before["acme", "npm-store", "npm", "acme", "core", version][1]
            for version in params["versions"]
        }
    assert "(250 versions) | Unlisted → Published |" in done.summary
    assert len(done.summary.splitlines()) < 60


def test_undo_fed_back_as_packages_restores_the_store(
    emulator: Emulator, act: Act, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0", "1.0.1", status="Unlisted")
    put_core(emulator, "1.0.2", status="Archived")
    put_core(emulator, "1.0.3", status="Published")
    before = emulator.store.snapshot()
    done = act(versions="1.0.0 1.0.1 1.0.2 1.0.3")
    assert emulator.store.snapshot() != before

    undone = run_action(packages=done.outputs["undo"], package=None, target_status=None)

    assert undone.exit_code == 0, undone.stdout
    assert undone.counts == (3, 0, 0, 0)
    assert emulator.store.snapshot() == before


# --- What can't be done, or goes wrong. ----------------------------------------------------------


def test_one_missing_version_of_three_keeps_all_from_being_sent(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0", "1.0.2")
    before = emulator.store.snapshot()

    done = run_action(versions="1.0.0,1.0.1,1.0.2")

    assert done.exit_code == 1
    assert emulator.store.snapshot() == before
    assert not calls_of(emulator, *CHANGING)
    done.assert_complete()
    assert done.outputs["outcome"] == "failed"
    assert done.codes == {"1.0.0": "SKIPPED", "1.0.1": "NOT_FOUND", "1.0.2": "SKIPPED"}
    assert done.outputs["undo"] == "[]"
    assert (
        "`@acme/core 1.0.1` can't be set to **Published** in `npm-store` (`NOT_FOUND`)"
        in done.summary
    )
    titles = [error.properties["title"] for error in done.annotations("error")]
    assert titles == ["NOT_FOUND: 1 version"]


def test_all_wrong_inputs_are_reported_together(emulator: Emulator, run_action: Runner) -> None:
    done = run_action(
        domain="Not_A_Domain",
        format="nmp",
        versions=None,
        target_status="Unfinished",
        role_duration_seconds="5",
        dry_run="maybe",
        concurrency="0",
    )

    assert done.exit_code == 2
    assert emulator.calls == []
    wrong = (
        "domain",
        "format",
        "versions",
        "target-status",
        "role-duration-seconds",
        "dry-run",
        "concurrency",
    )
    for name in wrong:
        assert f"{name}: " in done.messages
        assert f"`{name}`" in done.summary
    assert "did you mean npm?" in done.messages
    done.assert_complete()
    assert done.outputs["outcome"] == "failed"


def test_a_lost_answer_after_the_change_is_found_to_be_a_change(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0", "1.0.1")
    emulator.inject(Fault(UPDATE, Drop(), times=1))

    done = run_action(versions="1.0.0 1.0.1")

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.0.0": "Published", "1.0.1": "Published"}
    assert done.outcomes == {"1.0.0": "changed", "1.0.1": "changed"}
    (entry,) = done.undo
    assert entry["target-status"] == "Unlisted"


# --- What leaves the process. --------------------------------------------------------------------


@pytest.mark.parametrize("debug", ["false", "true"])
def test_no_secret_leaves_the_process_also_where_debug_shows_requests_and_answers(
    emulator: Emulator, run_action: Runner, debug: str
) -> None:
    put_core(emulator, "1.0.0")

    done = run_action(versions="1.0.0 1.0.1", debug=debug, allow_failed_versions="true")

    assert done.exit_code == 0
    # The request token, the OIDC token, and three parts of the credentials.
    assert len(done.secrets) == 5
    for secret in done.secrets:
        assert len(secret) > 10
        assert secret not in done.unmasked
    assert not re.search(r"eyJ[\w-]+\.eyJ", done.unmasked)
    assert not re.search(r"\bASIA[A-Z0-9]{12,}", done.unmasked)
    assert (done.workspace.parent / "env").read_text() == ""
    assert list(done.workspace.iterdir()) == []
    for text in ("update_status", "debug:"):
        assert (text in done.stdout) is (debug == "true")


def test_keys_at_hand_are_kept_out_as_well(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.0.0")
    variables = emulator.environment(user=True)

    done = run_action(
        versions="1.0.0", role_to_assume=None, debug="true", environment=dict(variables)
    )

    assert done.exit_code == 0
    assert variables["AWS_SECRET_ACCESS_KEY"] in done.secrets
    assert variables["AWS_SECRET_ACCESS_KEY"] not in done.unmasked
    assert variables["AWS_ACCESS_KEY_ID"] not in done.unmasked
