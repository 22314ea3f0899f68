"""Whole runs: the action as a process, through OIDC, looked at from four sides.

The exit code, the outputs, the summary, and what the store holds afterwards.
"""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from codeartifact_emulator import Delay, Drop, Emulator, Expire, Fault, Meanwhile, Reply, Switches
from codeartifact_status.reporting import outputs as report
from harness.rendering import assert_harmless
from harness.runs import CORE, ROLE, Finished, Runner, calls_of, put_core, statuses
from harness.tls import make_certificate, tls_server

UPDATE = "UpdatePackageVersionsStatus"
CHANGING = (UPDATE, "DisposePackageVersions", "DeletePackageVersions")
CODEARTIFACT = (*CHANGING, "ListPackageVersions", "DescribePackageVersion")
ARN = "arn:aws:codeartifact:eu-west-1:111122223333:package/acme/npm-store/npm/acme/core"
PROVIDER = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"


def trust(**condition: Any) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": PROVIDER},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": condition,
            }
        ],
    }


def policy(*actions: str) -> dict[str, Any]:
    allowed = [f"codeartifact:{action}" for action in actions]
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": allowed, "Resource": "*"}],
    }


def seed(*actions: str, **condition: Any) -> dict[str, Any]:
    """A seed whose role may do just these actions, under just this condition of trust."""
    role = {"name": "release", "trust": trust(**condition), "policy": policy(*actions)}
    return {"roles": [role]}


def maps(finished: Finished) -> tuple[dict[str, Any], dict[str, Any]]:
    outputs = finished.outputs
    return json.loads(outputs["successful-versions"]), json.loads(outputs["failed-versions"])


def codes(finished: Finished) -> dict[str, str]:
    return {version: entry["errorCode"] for version, entry in maps(finished)[1].items()}


def outcomes(finished: Finished) -> dict[str, str]:
    result = json.loads(finished.outputs["result"])
    return {
        version["version"]: version["outcome"]
        for package in result["packages"]
        for version in package["versions"]
    }


def counts(finished: Finished) -> tuple[int, int, int, int]:
    """Changed, unchanged, planned, failed."""
    names = ("changed", "unchanged", "planned", "failed")
    changed, unchanged, planned, failed = (int(finished.outputs[f"{n}-count"]) for n in names)
    return changed, unchanged, planned, failed


def assert_outputs_are_complete(finished: Finished) -> None:
    assert set(finished.outputs) >= set(report.OUTPUTS)
    for name in ("successful-versions", "failed-versions", "undo", "result"):
        json.loads(finished.outputs[name])
    assert sum(counts(finished)) == len(outcomes(finished))
    assert json.loads(finished.outputs["result"])["outcome"] == finished.outputs["outcome"]


# --- The way it should go. -----------------------------------------------------------------------


def test_a_promotion_publishes_the_versions(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.2.3", "1.2.4", "1.3.0")

    done = run_action(versions="1.2.3\n1.2.4", expected_status="Unlisted")

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.2.3": "Published", "1.2.4": "Published", "1.3.0": "Unlisted"}
    assert_outputs_are_complete(done)
    assert done.outputs["outcome"] == "changed"
    assert counts(done) == (2, 0, 0, 0)
    successful, failed = maps(done)
    assert {version: entry["status"] for version, entry in successful.items()} == {
        "1.2.3": "Published",
        "1.2.4": "Published",
    }
    assert failed == {}
    assert "2 versions set to **Published**" in done.summary
    assert "`Unlisted` → `Published`" in done.summary
    assert not done.annotations("error")
    assert not done.annotations("warning")
    assert done.stderr == ""


def test_a_second_run_is_green_and_sends_nothing(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.2.3", "1.2.4")
    run_action(versions="1.2.3 1.2.4", expected_status="Unlisted")
    before = len(calls_of(emulator, UPDATE))

    again = run_action(versions="1.2.3 1.2.4", expected_status="Unlisted")

    assert again.exit_code == 0
    assert again.outputs["outcome"] == "unchanged"
    assert counts(again) == (0, 2, 0, 0)
    assert set(maps(again)[0]) == {"1.2.3", "1.2.4"}
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
    assert counts(done) == (250, 0, 0, 0)
    sent = [call.params for call in calls_of(emulator, UPDATE)]
    assert [len(params["versions"]) for params in sent] == [100, 100, 50]
    assert [version for params in sent for version in params["versions"]] == versions
    for params in sent:
        assert params["expectedStatus"] == "Unlisted"
        assert params["versionRevisions"] == {
            version: before["acme", "npm-store", "npm", "acme", "core", version][1]
            for version in params["versions"]
        }
    assert len(done.summary.splitlines()) < 150
    assert "more" in done.summary


def test_versions_of_several_statuses_go_in_calls_of_one_status(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0", "1.0.2", status="Unlisted")
    put_core(emulator, "1.0.1", status="Archived")
    put_core(emulator, "1.0.3", status="Unfinished")

    done = run_action(versions="1.0.0 1.0.1 1.0.2 1.0.3")

    assert done.exit_code == 0
    assert set(statuses(emulator).values()) == {"Published"}
    sent = {
        tuple(c.params["versions"]): c.params["expectedStatus"] for c in calls_of(emulator, UPDATE)
    }
    assert sent == {
        ("1.0.0", "1.0.2"): "Unlisted",
        ("1.0.1",): "Archived",
        ("1.0.3",): "Unfinished",
    }
    # There is no way back to Unfinished, and that is said.
    assert [entry["target-status"] for entry in json.loads(done.outputs["undo"])] == [
        "Unlisted",
        "Archived",
    ]
    assert "1 version is not possible to undo" in done.summary
    assert "1 version is not possible to undo" in done.stdout


def test_two_repositories_are_told_apart_by_package_urls(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.2.3")
    put_core(emulator, "1.2.3", repository="npm-prod", status="Archived")

    done = run_action(repository="npm-store, npm-prod", versions="1.2.3")

    assert done.exit_code == 0
    assert set(maps(done)[0]) == {
        "pkg:npm/%40acme/core@1.2.3?repository=npm-store",
        "pkg:npm/%40acme/core@1.2.3?repository=npm-prod",
    }
    assert [p["repository"] for p in json.loads(done.outputs["result"])["packages"]] == [
        "npm-store",
        "npm-prod",
    ]
    assert statuses(emulator) == {"1.2.3": "Published"}
    assert statuses(emulator, repository="npm-prod") == {"1.2.3": "Published"}
    assert [e["target-status"] for e in json.loads(done.outputs["undo"])] == [
        "Unlisted",
        "Archived",
    ]


def test_all_or_nothing_holds_across_repositories(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.2.3")
    put_core(emulator, "9.9.9", repository="npm-prod")

    done = run_action(repository="npm-store\nnpm-prod", versions="1.2.3")

    assert done.exit_code == 1
    assert codes(done) == {
        "pkg:npm/%40acme/core@1.2.3?repository=npm-store": "SKIPPED",
        "pkg:npm/%40acme/core@1.2.3?repository=npm-prod": "NOT_FOUND",
    }
    assert statuses(emulator) == {"1.2.3": "Unlisted"}


def test_undo_fed_back_as_packages_restores_the_store(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0", "1.0.1", status="Unlisted")
    put_core(emulator, "1.0.2", status="Archived")
    put_core(emulator, "1.0.3", status="Published")
    before = emulator.store.snapshot()
    done = run_action(versions="1.0.0 1.0.1 1.0.2 1.0.3")
    assert emulator.store.snapshot() != before

    undone = run_action(packages=done.outputs["undo"], package=None, target_status=None)

    assert undone.exit_code == 0, undone.stdout
    assert counts(undone) == (3, 0, 0, 0)
    assert emulator.store.snapshot() == before


def test_the_request_of_the_api_serves_as_input_and_inputs_override_it(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0", "1.0.1")
    request = {
        "domain": "acme",
        "repository": "nowhere",
        "format": "npm",
        "namespace": "acme",
        "package": "core",
        "versions": ["1.0.0", "1.0.1"],
        "targetStatus": "Published",
    }

    done = run_action(
        cli_input_json="file://request.json",
        files={"request.json": json.dumps(request)},
        domain=None,
        format=None,
        package=None,
        target_status="Archived",
    )

    assert done.exit_code == 0, done.stdout
    assert statuses(emulator) == {"1.0.0": "Archived", "1.0.1": "Archived"}


def test_inputs_may_be_spelled_as_a_shell_can_set_them(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0")

    done = run_action(
        versions="1.0.0",
        target_status=None,
        environment={"INPUT_TARGET_STATUS": "archived"},
    )

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.0.0": "Archived"}


def test_without_a_role_the_credentials_at_hand_are_used(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0")

    done = run_action(
        versions="1.0.0", role_to_assume=None, environment=dict(emulator.environment(user=True))
    )

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.0.0": "Published"}
    assert not calls_of(emulator, "AssumeRoleWithWebIdentity")


# --- What can't change. --------------------------------------------------------------------------


def test_one_missing_version_of_three_keeps_all_from_being_sent(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0", "1.0.2")
    before = emulator.store.snapshot()

    done = run_action(versions="1.0.0,1.0.1,1.0.2")

    assert done.exit_code == 1
    assert emulator.store.snapshot() == before
    assert not calls_of(emulator, *CHANGING)
    assert_outputs_are_complete(done)
    assert done.outputs["outcome"] == "failed"
    assert codes(done) == {"1.0.0": "SKIPPED", "1.0.1": "NOT_FOUND", "1.0.2": "SKIPPED"}
    assert done.outputs["undo"] == "[]"
    assert "1 of 3 versions can't be set to **Published**" in done.summary
    titles = [error.properties["title"] for error in done.annotations("error")]
    assert titles == ["NOT_FOUND: 1 version"]


def test_a_version_that_is_only_upstream_does_not_count(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0", repository="npm-mirror")
    put_core(emulator, "2.0.0")
    emulator.store.add_repository(domain="acme", repository="npm-store", upstreams=["npm-mirror"])

    done = run_action(versions="1.0.0")

    assert done.exit_code == 1
    assert codes(done) == {"1.0.0": "NOT_FOUND"}
    assert "upstream" in done.messages
    assert statuses(emulator, repository="npm-mirror") == {"1.0.0": "Unlisted"}


def test_an_allowed_failure_lets_the_others_through(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.0.0", "1.0.2")

    done = run_action(versions="1.0.0,1.0.1,1.0.2", allow_failed_versions="not_found")

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.0.0": "Published", "1.0.2": "Published"}
    assert done.outputs["outcome"] == "changed"
    assert counts(done) == (2, 0, 0, 1)
    assert codes(done) == {"1.0.1": "NOT_FOUND"}
    assert not done.annotations("error")
    assert len(done.annotations("warning")) == 1
    assert "allowed" in done.summary


def test_a_wrong_revision_and_a_wrong_status_are_told_in_the_services_words(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0", revision="right")
    put_core(emulator, "1.0.1", status="Archived", revision="other")

    done = run_action(version_revisions="1.0.0=wrong\n1.0.1=other", expected_status="Unlisted")

    assert done.exit_code == 1
    failed = maps(done)[1]
    assert failed == {
        "1.0.0": {
            "errorCode": "MISMATCHED_REVISION",
            "errorMessage": "current revision: right, expected revision: wrong",
        },
        "1.0.1": {
            "errorCode": "MISMATCHED_STATUS",
            "errorMessage": "current status: Archived, expected status: Unlisted",
        },
    }
    assert len(done.annotations("error")) == 2


def test_a_disposed_version_can_only_be_deleted(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.0.0", status="Disposed")

    refused = run_action(versions="1.0.0")
    assert refused.exit_code == 1
    assert codes(refused) == {"1.0.0": "NOT_ALLOWED"}

    deleted = run_action(versions="1.0.0", target_status="Deleted", allow_irreversible="true")
    assert deleted.exit_code == 0
    assert statuses(emulator) == {}
    assert maps(deleted)[0]["1.0.0"]["status"] == "Deleted"


def test_what_is_irreversible_has_to_be_allowed(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.0.0", status="Published")

    refused = run_action(versions="1.0.0", target_status="Deleted")

    assert refused.exit_code == 2
    assert "allow-irreversible" in refused.messages
    assert statuses(emulator) == {"1.0.0": "Published"}


@pytest.mark.parametrize("target", ["Disposed", "Deleted"])
def test_what_is_irreversible_is_done_and_said_where_it_is_allowed(
    emulator: Emulator, run_action: Runner, target: str
) -> None:
    put_core(emulator, "1.0.0", "1.0.1", status="Published")

    done = run_action(versions="1.0.0", target_status=target, allow_irreversible="true")
    assert done.exit_code == 0
    assert statuses(emulator).get("1.0.0", "Deleted") == target
    assert statuses(emulator)["1.0.1"] == "Published"
    assert done.outputs["undo"] == "[]"
    assert "1 version is not possible to undo" in done.summary
    assert "1 version is not possible to undo" in done.stdout


def test_the_service_s_refusal_after_reading_fails_the_step(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0", "1.0.1")
    archive = Meanwhile(before=lambda s: s.set_status(**CORE, version="1.0.1", status="Archived"))
    emulator.inject(Fault(UPDATE, archive, times=1))

    done = run_action(versions="1.0.0 1.0.1")

    assert done.exit_code == 1
    assert statuses(emulator) == {"1.0.0": "Unlisted", "1.0.1": "Archived"}
    assert codes(done) == {"1.0.0": "SKIPPED", "1.0.1": "MISMATCHED_STATUS"}


def test_an_allowed_refusal_after_reading_does_not_sink_the_batch(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0", "1.0.1")
    archive = Meanwhile(before=lambda s: s.set_status(**CORE, version="1.0.1", status="Archived"))
    emulator.inject(Fault(UPDATE, archive, times=1))

    done = run_action(versions="1.0.0 1.0.1", allow_failed_versions="MISMATCHED_STATUS")

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.0.0": "Published", "1.0.1": "Archived"}
    assert outcomes(done) == {"1.0.0": "changed", "1.0.1": "failed"}


def test_partial_success_is_taken_as_it_comes(
    emulators: Callable[..., Emulator], run_action: Runner
) -> None:
    emulator = emulators(switches=Switches(partial_success=True))
    put_core(emulator, "1.0.0", "1.0.1")
    archive = Meanwhile(before=lambda s: s.set_status(**CORE, version="1.0.1", status="Archived"))
    emulator.inject(Fault(UPDATE, archive, times=1))

    done = run_action(on=emulator, versions="1.0.0 1.0.1")

    assert done.exit_code == 1
    assert statuses(emulator) == {"1.0.0": "Published", "1.0.1": "Archived"}
    assert outcomes(done) == {"1.0.0": "changed", "1.0.1": "failed"}
    (entry,) = json.loads(done.outputs["undo"])
    assert entry["versions"] == ["1.0.0"]
    assert "1 version changed" in done.summary


# --- Dry runs. -----------------------------------------------------------------------------------


def test_a_dry_run_plans_and_sends_nothing(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.0.0", "1.0.1")
    put_core(emulator, "1.0.2", status="Published")
    before = emulator.store.snapshot()

    done = run_action(versions="1.0.0 1.0.1 1.0.2", dry_run="true")

    assert done.exit_code == 0
    assert emulator.store.snapshot() == before
    assert not calls_of(emulator, *CHANGING)
    assert done.outputs["outcome"] == "planned"
    assert counts(done) == (0, 1, 2, 0)
    assert maps(done) == ({"1.0.2": maps(done)[0]["1.0.2"]}, {})
    assert done.outputs["undo"] == "[]"
    assert json.loads(done.outputs["result"])["dryRun"] is True
    assert "Dry run: 2 versions would be set to **Published**" in done.summary


def test_a_dry_run_of_what_would_fail_fails(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.0.0")
    before = emulator.store.snapshot()

    done = run_action(versions="1.0.0 1.0.1", dry_run="true")

    assert done.exit_code == 1
    assert done.outputs["outcome"] == "failed"
    assert emulator.store.snapshot() == before
    assert codes(done) == {"1.0.0": "SKIPPED", "1.0.1": "NOT_FOUND"}


def test_a_dry_run_says_before_what_could_not_be_undone(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0", status="Unfinished")

    done = run_action(versions="1.0.0", dry_run="true")

    assert done.exit_code == 0
    assert "will not be possible to undo" in done.summary


# --- Who we are. ---------------------------------------------------------------------------------


def test_without_id_token_write_the_yaml_to_paste_is_shown(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0")

    done = run_action(
        versions="1.0.0",
        environment={"ACTIONS_ID_TOKEN_REQUEST_URL": None, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": None},
    )

    assert done.exit_code == 3
    for text in (done.messages, done.summary):
        assert "permissions:\n  contents: read\n  id-token: write\n" in text
    assert_outputs_are_complete(done)
    assert outcomes(done) == {"1.0.0": "failed"}
    assert emulator.calls == []


def test_a_pull_request_from_a_fork_gets_a_text_of_its_own(
    run_action: Runner, tmp_path: Any
) -> None:
    event = tmp_path / "event.json"
    pull = {
        "head": {"repo": {"full_name": "mallory/widgets"}},
        "base": {"repo": {"full_name": "acme/widgets"}},
    }
    event.write_text(json.dumps({"pull_request": pull}))

    done = run_action(
        versions="1.0.0",
        environment={
            "ACTIONS_ID_TOKEN_REQUEST_URL": None,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": None,
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(event),
        },
    )

    assert done.exit_code == 3
    assert "pull request from a fork" in done.messages
    assert "permissions:\n" not in done.messages


def test_a_refusing_trust_policy_is_shown_with_the_condition_that_would_match(
    emulators: Callable[..., Emulator], run_action: Runner
) -> None:
    wanted = {"token.actions.githubusercontent.com:sub": "repo:acme/widgets:environment:prod"}
    emulator = emulators(seed=seed("*", StringEquals=wanted))

    done = run_action(on=emulator, versions="1.0.0")

    assert done.exit_code == 3
    for text in (done.messages, done.summary):
        assert '"repository": "acme/widgets"' in text
        assert (
            '"token.actions.githubusercontent.com:sub": "repo:acme/widgets:ref:refs/tags/v1.3.0"'
            in text
        )
    assert len(calls_of(emulator, "AssumeRoleWithWebIdentity")) == 1
    assert not calls_of(emulator, *CODEARTIFACT)


def test_another_account_is_refused_before_codeartifact_is_called(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0")

    done = run_action(versions="1.0.0", allowed_account_ids="999999999999")

    assert done.exit_code == 3
    assert "111122223333" in done.messages
    assert not calls_of(emulator, *CODEARTIFACT)


# --- What is wrong with the inputs or the surroundings. ------------------------------------------


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
    assert_outputs_are_complete(done)
    assert done.outputs["outcome"] == "failed"


def test_a_misspelled_input_is_named_with_the_right_one(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0")

    done = run_action(versions="1.0.0", exspected_status="Published")

    assert done.exit_code == 2
    assert (
        "exspected-status: there is no such input; did you mean expected-status?" in done.messages
    )
    assert statuses(emulator) == {"1.0.0": "Unlisted"}


def test_an_input_of_another_action_is_not_ignored(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.0.0")

    done = run_action(versions="1.0.0", keep_n_most_recent="2")

    assert done.exit_code == 2
    said = "keep-n-most-recent: there is no such input; did you mean keep-latest?"
    assert said in done.messages
    assert statuses(emulator) == {"1.0.0": "Unlisted"}


def test_an_unknown_repository_means_that_codeartifact_could_not_be_asked(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0")

    done = run_action(repository="npm-stroe", versions="1.0.0")

    assert done.exit_code == 4
    assert "npm-stroe" in done.messages
    assert "`domain-owner`" in done.messages
    assert_outputs_are_complete(done)
    assert codes(done) == {"1.0.0": "SKIPPED"}


def test_reading_denied_goes_on_unpinned_with_one_warning(
    emulators: Callable[..., Emulator], run_action: Runner
) -> None:
    emulator = emulators(seed=seed(UPDATE))
    put_core(emulator, "1.0.0", "1.0.1")

    done = run_action(on=emulator, versions="1.0.0 1.0.1", expected_status="Unlisted")

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.0.0": "Published", "1.0.1": "Published"}
    (call,) = calls_of(emulator, UPDATE)
    assert "versionRevisions" not in call.params
    assert call.params["expectedStatus"] == "Unlisted"
    (warning,) = done.annotations("warning")
    assert "codeartifact:ListPackageVersions" in warning.message
    assert ARN in warning.message
    (entry,) = json.loads(done.outputs["undo"])
    assert entry["target-status"] == "Unlisted"
    assert "version-revisions" not in entry


def test_a_dry_run_that_could_not_read_does_not_say_that_it_sent(
    emulators: Callable[..., Emulator], run_action: Runner
) -> None:
    emulator = emulators(seed=seed(UPDATE))
    put_core(emulator, "1.0.0")

    done = run_action(on=emulator, versions="1.0.0", dry_run="true")

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.0.0": "Unlisted"}
    assert "were sent" not in done.messages + done.summary


def test_what_nobody_read_and_nobody_vouched_for_has_no_undo(
    emulators: Callable[..., Emulator], run_action: Runner
) -> None:
    emulator = emulators(seed=seed(UPDATE))
    put_core(emulator, "1.0.0")

    done = run_action(on=emulator, versions="1.0.0")

    assert done.exit_code == 0
    assert done.outputs["undo"] == "[]"
    assert "could not be read" in done.summary


def test_writing_denied_shows_the_statement_that_is_missing(
    emulators: Callable[..., Emulator], run_action: Runner
) -> None:
    emulator = emulators(seed=seed("ListPackageVersions"))
    put_core(emulator, "1.0.0")

    done = run_action(on=emulator, versions="1.0.0")

    assert done.exit_code == 1
    assert codes(done) == {"1.0.0": "AccessDeniedException"}
    for text in (done.messages, done.summary):
        assert f'"codeartifact:{UPDATE}"' in text
        assert f'"{ARN}"' in text
    assert len(calls_of(emulator, UPDATE)) == 1


# --- What goes wrong on the way. -----------------------------------------------------------------


def test_a_lost_answer_after_the_change_is_found_to_be_a_change(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0", "1.0.1")
    emulator.inject(Fault(UPDATE, Drop(), times=1))

    done = run_action(versions="1.0.0 1.0.1")

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.0.0": "Published", "1.0.1": "Published"}
    assert outcomes(done) == {"1.0.0": "changed", "1.0.1": "changed"}
    (entry,) = json.loads(done.outputs["undo"])
    assert entry["target-status"] == "Unlisted"


def test_throttling_and_server_errors_are_ridden_out(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0")
    emulator.inject(Fault("ListPackageVersions", Reply(status=503, body="<html>"), times=1))
    throttled = Reply(status=429, code="ThrottlingException", headers={"Retry-After": "0"})
    emulator.inject(Fault(UPDATE, throttled, times=1))
    emulator.inject(Fault("oidc", Reply(status=500), times=1))

    done = run_action(versions="1.0.0")

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.0.0": "Published"}
    assert outcomes(done) == {"1.0.0": "changed"}


def test_a_cancelled_job_writes_down_what_it_did(emulator: Emulator, run_action: Runner) -> None:
    versions = [f"1.0.{number}" for number in range(150)]
    put_core(emulator, *versions)
    emulator.inject(Fault(UPDATE, Delay(seconds=0.4)))

    running = run_action.start(versions=" ".join(versions), concurrency="1")
    # The call is in flight when the emulator has listed and a moment has passed.
    running.terminate_when(
        lambda: "ListPackageVersions" in [call.operation for call in list(emulator.calls)]
    )
    done = running.wait()

    assert done.exit_code == 143
    assert_outputs_are_complete(done)
    changed, unchanged, planned, failed = counts(done)
    assert (changed + failed, unchanged, planned) == (150, 0, 0)
    # What is said is what is: changed versions are published, and no others.
    published = {v for v, status in statuses(emulator).items() if status == "Published"}
    assert {v for v, outcome in outcomes(done).items() if outcome == "changed"} == published
    assert set(codes(done).values()) == {"SKIPPED"}
    undone = [v for entry in json.loads(done.outputs["undo"]) for v in entry["versions"]]
    assert set(undone) == published
    assert done.summary.startswith("### ❌")


def test_a_call_in_flight_is_let_finish_when_the_job_is_cancelled(
    emulator: Emulator, run_action: Runner
) -> None:
    versions = [f"1.0.{number}" for number in range(150)]
    put_core(emulator, *versions)
    under_way: list[bool] = []
    slow = Meanwhile(before=lambda _: (under_way.append(True), time.sleep(0.5)))
    emulator.inject(Fault(UPDATE, slow))

    running = run_action.start(versions=" ".join(versions), concurrency="1")
    running.terminate_when(lambda: under_way)
    done = running.wait()

    assert done.exit_code == 143
    assert counts(done) == (100, 0, 0, 50)
    assert set(codes(done).values()) == {"SKIPPED"}
    assert len(calls_of(emulator, UPDATE)) == 1


def test_a_lost_answer_after_the_last_version_was_deleted_is_a_change(
    emulator: Emulator, run_action: Runner
) -> None:
    """The package goes with its last version, so that the second sending is answered 404."""
    put_core(emulator, "1.0.0")
    emulator.inject(Fault("DeletePackageVersions", Drop(), times=1))

    done = run_action(versions="1.0.0", target_status="Deleted", allow_irreversible="true")

    assert done.exit_code == 0
    assert outcomes(done) == {"1.0.0": "changed"}
    assert statuses(emulator) == {}


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_nobody_but_the_action_sends_again(
    emulator: Emulator, run_action: Runner, mode: str
) -> None:
    """A sending that isn't known about would turn a success of ours into another one's."""
    put_core(emulator, "1.0.0")
    emulator.inject(Fault(UPDATE, Reply(status=500, code="InternalServerException")))

    done = run_action(
        versions="1.0.0", environment={"AWS_RETRY_MODE": mode, "AWS_MAX_ATTEMPTS": "2"}
    )

    assert done.exit_code == 1
    assert codes(done) == {"1.0.0": "InternalServerException"}
    assert len(calls_of(emulator, UPDATE)) == 2


def test_credentials_that_expire_on_the_way_are_told_by_their_code(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0")
    emulator.inject(Fault(UPDATE, Expire()))

    done = run_action(versions="1.0.0")

    assert done.exit_code == 1
    assert codes(done) == {"1.0.0": "ExpiredTokenException"}
    assert statuses(emulator) == {"1.0.0": "Unlisted"}


@pytest.mark.parametrize("operation", ["oidc", "AssumeRoleWithWebIdentity", "ListPackageVersions"])
def test_a_cancelled_job_does_not_wait_for_an_answer_that_changes_nothing(
    emulator: Emulator, run_action: Runner, operation: str
) -> None:
    """GitHub kills a cancelled job's processes after ten seconds."""
    put_core(emulator, "1.0.0")
    under_way: list[bool] = []
    hanging = Meanwhile(before=lambda _: (under_way.append(True), time.sleep(2.5)))
    emulator.inject(Fault(operation, hanging))

    running = run_action.start(versions="1.0.0")
    running.terminate_when(lambda: under_way)
    began = time.monotonic()
    done = running.wait()

    assert done.exit_code == 143
    assert_outputs_are_complete(done)
    assert codes(done) == {"1.0.0": "SKIPPED"}
    assert statuses(emulator) == {"1.0.0": "Unlisted"}
    assert time.monotonic() - began < 1.8


# --- What leaves the process. --------------------------------------------------------------------

HOSTILE = [
    "::set-output",
    "::error::x",
    "::add-mask::Published",
    "a|b",
    "<img",
    "<img\u00a0src=x>",
    "`code`",
    "``",
    "](javascript:x)",
    "[x](http:evil.example)",
    "![x](y)",
    "**b**",
    "@octocat",
    "$(id)",
    "${{github.token}}",
    "%0A::error::x",
    "\u202e",
    "\u200b::error::x",
    "x\u2028::error::x",
    "<br>",
    "<!--",
    "&lt;",
    "\\",
    "-",
    "🦀",
]


def test_hostile_names_stay_text_wherever_they_go(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, *HOSTILE[::2])

    done = run_action(versions=json.dumps(HOSTILE), allow_failed_versions="NOT_FOUND")

    assert done.exit_code == 0, done.stdout
    assert list(outcomes(done)) == HOSTILE
    assert set(statuses(emulator).values()) == {"Published"}
    ours = {"add-mask", "group", "endgroup", "warning", "error"}
    assert {command.name for command in done.commands} <= ours
    assert done.annotations("error") == []
    assert_harmless(done.summary)


def test_hostile_messages_of_the_service_stay_text(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.0.0")
    message = "##[error]x\r\n::set-output name=x::y\n<img src=x> `a` | b | ![i](http://e.example)"
    emulator.inject(Fault(UPDATE, Reply(status=400, code="ValidationException", message=message)))

    done = run_action(versions="1.0.0")

    assert done.exit_code == 1
    assert {command.name for command in done.commands} <= {"add-mask", "group", "endgroup", "error"}
    assert len(done.annotations("error")) == 1
    assert_harmless(done.summary)
    assert maps(done)[1]["1.0.0"]["errorMessage"] == message


@pytest.mark.parametrize("debug", ["false", "true"])
def test_no_secret_leaves_the_process(emulator: Emulator, run_action: Runner, debug: str) -> None:
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


def test_debug_shows_requests_and_answers(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.0.0")

    done = run_action(versions="1.0.0", debug="true")

    assert "update_status" in done.stdout
    assert "debug:" in done.stdout


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


@pytest.mark.parametrize("versions", ["1.0.0", "9.9.9"])
def test_outside_of_github_the_log_holds_no_commands(
    emulator: Emulator, run_action: Runner, versions: str
) -> None:
    put_core(emulator, "1.0.0")

    done = run_action(
        versions=versions,
        role_to_assume=None,
        environment={"GITHUB_ACTIONS": None, **emulator.environment(user=True)},
    )

    assert done.exit_code == (0 if versions == "1.0.0" else 1)
    assert done.commands == []
    assert "changed" in done.stdout or "NOT_FOUND" in done.stdout
    # A mask command would have printed the very secret.
    variables = emulator.environment(user=True)
    assert variables["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] not in done.stdout
    assert variables["AWS_SECRET_ACCESS_KEY"] not in done.stdout


def test_a_summary_that_cannot_be_written_leaves_the_outputs(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0")

    done = run_action(
        versions="1.0.0", environment={"GITHUB_STEP_SUMMARY": "/proc/no/such/directory"}
    )

    assert done.outputs["outcome"] in {"changed", "failed"}
    assert statuses(emulator) == {"1.0.0": "Published"}
    assert "Traceback" not in done.stdout + done.stderr


def test_the_workspace_cannot_bring_in_code_or_settings(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0")
    trap = "raise SystemExit('the checkout was imported')"

    done = run_action(
        versions="1.0.0",
        files={
            "boto3.py": trap,
            "json.py": trap,
            "sitecustomize.py": trap,
            ".env": "INPUT_TARGET-STATUS=Archived\nINPUT_DRY-RUN=true\n",
        },
        environment={"PYTHONPATH": ".", "PYTHONSTARTUP": "boto3.py"},
    )

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.0.0": "Published"}


def test_the_role_is_the_only_identity_whatever_the_job_configures(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0")

    done = run_action(
        versions="1.0.0",
        files={"config": "[profile x\ngarbage"},
        environment={
            "AWS_PROFILE": "nobody",
            "AWS_DEFAULT_PROFILE": "nobody",
            "AWS_CONFIG_FILE": "config",
            "AWS_SHARED_CREDENTIALS_FILE": "config",
            "AWS_ACCESS_KEY_ID": "AKIAXXXXXXXXXXXXXXXX",
            "AWS_SECRET_ACCESS_KEY": "not-the-one-to-use",
        },
    )

    assert done.exit_code == 0, done.stdout
    assert statuses(emulator) == {"1.0.0": "Published"}
    (call,) = calls_of(emulator, UPDATE)
    assert call.principal == (
        "arn:aws:sts::111122223333:assumed-role/release/acme-widgets-1000000001-1"
    )


def test_the_session_may_do_no_more_than_this_step(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.0.0")
    run_action(versions="1.0.0")

    (call,) = calls_of(emulator, "AssumeRoleWithWebIdentity")
    (statement,) = json.loads(call.params["Policy"])["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": ["codeartifact:ListPackageVersions", f"codeartifact:{UPDATE}"],
        "Resource": [ARN],
    }
    assert call.params["RoleArn"] == ROLE
    assert call.params["DurationSeconds"] == 900


@pytest.mark.parametrize(
    ("inputs", "exit_code"),
    [({}, 4), ({"ca_bundle": "ca.pem"}, 0), ({"no_verify_ssl": "true"}, 0)],
    ids=["not trusted", "ca-bundle", "no-verify-ssl"],
)
def test_a_certificate_is_verified_as_the_inputs_say(
    emulator: Emulator,
    run_action: Runner,
    tmp_path: Any,
    inputs: dict[str, str],
    exit_code: int,
) -> None:
    certificate, key = make_certificate(tmp_path)
    with tls_server(certificate, key) as url:
        done = run_action(
            versions="1.0",
            endpoint_url=url,
            files={"ca.pem": certificate.read_text()},
            role_to_assume=None,
            environment=dict(emulator.environment(user=True)),
            **inputs,
        )

    assert done.exit_code == exit_code, done.stdout
    assert done.outputs["outcome"] == ("failed" if exit_code else "unchanged")
    if exit_code:
        assert "CERTIFICATE_VERIFY_FAILED" in done.messages


@pytest.mark.parametrize(
    ("given", "sent"),
    [("none", None), (json.dumps(policy("*"), indent=2), policy("*"))],
    ids=["none", "a document"],
)
def test_the_session_policy_is_the_one_that_was_asked_for(
    emulator: Emulator, run_action: Runner, given: str, sent: object
) -> None:
    put_core(emulator, "1.0.0")

    assert run_action(versions="1.0.0", session_policy=given).exit_code == 0
    (call,) = calls_of(emulator, "AssumeRoleWithWebIdentity")
    assert json.loads(call.params.get("Policy", "null")) == sent


def test_a_session_policy_that_had_to_be_widened_is_said(
    emulator: Emulator, run_action: Runner
) -> None:
    repositories = [f"repository-{number}" for number in range(30)]
    for repository in repositories:
        put_core(emulator, "1.0.0", repository=repository)

    done = run_action(repository=",".join(repositories), versions="1.0.0")

    assert done.exit_code == 0
    assert "wider patterns stand for them" in done.stdout
    assert counts(done) == (30, 0, 0, 0)


def test_a_dead_endpoint_means_that_codeartifact_could_not_be_asked(run_action: Runner) -> None:
    done = run_action(
        versions="1.0.0 1.0.1",
        endpoint_url="http://127.0.0.1:9",
        environment={"AWS_MAX_ATTEMPTS": "2"},
    )

    assert done.exit_code == 4
    assert_outputs_are_complete(done)
    assert codes(done) == {"1.0.0": "SKIPPED", "1.0.1": "SKIPPED"}
