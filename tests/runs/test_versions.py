"""What becomes of the versions of one package, by the whole action: from inputs to the store."""

import json
from collections.abc import Callable

import pytest

from codeartifact_emulator import Drop, Emulator, Expire, Fault, Meanwhile, Reply, Switches
from harness.acting import Act
from harness.runs import CORE, calls_of, put_core, statuses

UPDATE = "UpdatePackageVersionsStatus"
CHANGING = (UPDATE, "DisposePackageVersions", "DeletePackageVersions")


# --- The way it should go. -----------------------------------------------------------------------


def test_versions_of_several_statuses_go_in_calls_of_one_status(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.0.0", "1.0.2", status="Unlisted")
    put_core(emulator, "1.0.1", status="Archived")
    put_core(emulator, "1.0.3", status="Unfinished")

    done = act(versions="1.0.0 1.0.1 1.0.2 1.0.3")

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
    # There is can't set a version back to Unfinished, and that is said.
    assert [entry["target-status"] for entry in done.undo] == [
        "Unlisted",
        "Archived",
    ]
    assert "1 version can't be undone" in done.summary
    assert "1 version can't be undone" in done.stdout


def test_two_repositories_are_told_apart_by_package_urls(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.2.3")
    put_core(emulator, "1.2.3", repository="npm-prod", status="Archived")

    done = act(repository="npm-store, npm-prod", versions="1.2.3")

    assert done.exit_code == 0
    assert set(done.successful) == {
        "pkg:npm/%40acme/core@1.2.3?repository=npm-store",
        "pkg:npm/%40acme/core@1.2.3?repository=npm-prod",
    }
    assert [p["repository"] for p in done.result["packages"]] == [
        "npm-store",
        "npm-prod",
    ]
    assert statuses(emulator) == {"1.2.3": "Published"}
    assert statuses(emulator, repository="npm-prod") == {"1.2.3": "Published"}
    assert [e["target-status"] for e in done.undo] == [
        "Unlisted",
        "Archived",
    ]


def test_all_or_nothing_holds_across_repositories(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.2.3")
    put_core(emulator, "9.9.9", repository="npm-prod")

    done = act(repository="npm-store\nnpm-prod", versions="1.2.3")

    assert done.exit_code == 1
    assert done.codes == {
        "pkg:npm/%40acme/core@1.2.3?repository=npm-store": "SKIPPED",
        "pkg:npm/%40acme/core@1.2.3?repository=npm-prod": "NOT_FOUND",
    }
    assert statuses(emulator) == {"1.2.3": "Unlisted"}


def test_the_request_of_the_api_serves_as_input_and_inputs_override_it(
    emulator: Emulator, act: Act
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

    done = act(
        cli_input_json="file://request.json",
        files={"request.json": json.dumps(request)},
        domain=None,
        format=None,
        package=None,
        target_status="Archived",
    )

    assert done.exit_code == 0, done.stdout
    assert statuses(emulator) == {"1.0.0": "Archived", "1.0.1": "Archived"}


def test_inputs_may_be_spelled_as_a_shell_can_set_them(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")

    done = act(
        versions="1.0.0",
        target_status=None,
        environment={"INPUT_TARGET_STATUS": "archived"},
    )

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.0.0": "Archived"}


# --- What can't change. --------------------------------------------------------------------------


def test_a_version_that_is_only_upstream_does_not_count(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0", repository="npm-mirror")
    put_core(emulator, "2.0.0")
    emulator.store.add_repository(domain="acme", repository="npm-store", upstreams=["npm-mirror"])

    done = act(versions="1.0.0")

    assert done.exit_code == 1
    assert done.codes == {"1.0.0": "NOT_FOUND"}
    assert "upstream" in done.messages
    assert statuses(emulator, repository="npm-mirror") == {"1.0.0": "Unlisted"}


def test_an_allowed_failure_lets_the_others_through(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0", "1.0.2")

    done = act(versions="1.0.0,1.0.1,1.0.2", allow_failed_versions="not_found")

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.0.0": "Published", "1.0.2": "Published"}
    assert done.outputs["outcome"] == "changed"
    assert done.counts == (2, 0, 0, 1)
    assert done.codes == {"1.0.1": "NOT_FOUND"}
    assert not done.annotations("error")
    assert len(done.annotations("warning")) == 1
    assert "allowed" in done.summary


def test_a_wrong_revision_and_a_wrong_status_are_told_in_the_services_words(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.0.0", revision="right")
    put_core(emulator, "1.0.1", status="Archived", revision="other")

    done = act(version_revisions="1.0.0=wrong\n1.0.1=other", expected_status="Unlisted")

    assert done.exit_code == 1
    failed = done.failed
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


def test_a_disposed_version_can_only_be_deleted(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0", status="Disposed")

    refused = act(versions="1.0.0")
    assert refused.exit_code == 1
    assert refused.codes == {"1.0.0": "NOT_ALLOWED"}

    deleted = act(versions="1.0.0", target_status="Deleted", allow_irreversible="true")
    assert deleted.exit_code == 0
    assert statuses(emulator) == {}
    assert deleted.successful["1.0.0"]["status"] == "Deleted"


def test_what_is_irreversible_has_to_be_allowed(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0", status="Published")

    refused = act(versions="1.0.0", target_status="Deleted")

    assert refused.exit_code == 2
    assert "allow-irreversible" in refused.messages
    assert statuses(emulator) == {"1.0.0": "Published"}


@pytest.mark.parametrize("target", ["Disposed", "Deleted"])
def test_what_is_irreversible_is_done_and_said_where_it_is_allowed(
    emulator: Emulator, act: Act, target: str
) -> None:
    put_core(emulator, "1.0.0", "1.0.1", status="Published")

    done = act(versions="1.0.0", target_status=target, allow_irreversible="true")
    assert done.exit_code == 0
    assert statuses(emulator).get("1.0.0", "Deleted") == target
    assert statuses(emulator)["1.0.1"] == "Published"
    assert done.outputs["undo"] == "[]"
    assert "1 version can't be undone" in done.summary
    assert "1 version can't be undone" in done.stdout


def test_a_misspelled_input_is_named_with_the_right_one(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")

    done = act(versions="1.0.0", exspected_status="Published")

    assert done.exit_code == 2
    assert (
        "exspected-status: there is no such input; did you mean expected-status?" in done.messages
    )
    assert statuses(emulator) == {"1.0.0": "Unlisted"}


def test_an_input_of_another_action_is_not_ignored(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")

    done = act(versions="1.0.0", keep_n_most_recent="2")

    assert done.exit_code == 2
    said = "keep-n-most-recent: there is no such input; did you mean keep-latest?"
    assert said in done.messages
    assert statuses(emulator) == {"1.0.0": "Unlisted"}


# --- What the service refuses or loses. ----------------------------------------------------------


def test_the_service_s_refusal_after_reading_fails_the_step(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0", "1.0.1")
    archive = Meanwhile(before=lambda s: s.set_status(**CORE, version="1.0.1", status="Archived"))
    emulator.inject(Fault(UPDATE, archive, times=1))

    done = act(versions="1.0.0 1.0.1")

    assert done.exit_code == 1
    assert statuses(emulator) == {"1.0.0": "Unlisted", "1.0.1": "Archived"}
    assert done.codes == {"1.0.0": "SKIPPED", "1.0.1": "MISMATCHED_STATUS"}


def test_an_allowed_refusal_after_reading_does_not_sink_the_batch(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.0.0", "1.0.1")
    archive = Meanwhile(before=lambda s: s.set_status(**CORE, version="1.0.1", status="Archived"))
    emulator.inject(Fault(UPDATE, archive, times=1))

    done = act(versions="1.0.0 1.0.1", allow_failed_versions="MISMATCHED_STATUS")

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.0.0": "Published", "1.0.1": "Archived"}
    assert done.outcomes == {"1.0.0": "changed", "1.0.1": "failed"}


def test_partial_success_is_taken_as_it_comes(emulators: Callable[..., Emulator], act: Act) -> None:
    emulator = emulators(switches=Switches(partial_success=True))
    put_core(emulator, "1.0.0", "1.0.1")
    archive = Meanwhile(before=lambda s: s.set_status(**CORE, version="1.0.1", status="Archived"))
    emulator.inject(Fault(UPDATE, archive, times=1))

    done = act(on=emulator, versions="1.0.0 1.0.1")

    assert done.exit_code == 1
    assert statuses(emulator) == {"1.0.0": "Published", "1.0.1": "Archived"}
    assert done.outcomes == {"1.0.0": "changed", "1.0.1": "failed"}
    (entry,) = done.undo
    assert entry["versions"] == ["1.0.0"]
    assert "1 version changed" in done.summary


def test_throttling_and_server_errors_are_ridden_out(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")
    emulator.inject(Fault("ListPackageVersions", Reply(status=503, body="<html>"), times=1))
    throttled = Reply(status=429, code="ThrottlingException", headers={"Retry-After": "0"})
    emulator.inject(Fault(UPDATE, throttled, times=1))
    emulator.inject(Fault("oidc", Reply(status=500), times=1))

    done = act(versions="1.0.0")

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.0.0": "Published"}
    assert done.outcomes == {"1.0.0": "changed"}


def test_a_lost_answer_after_the_last_version_was_deleted_is_a_change(
    emulator: Emulator, act: Act
) -> None:
    """The package goes with its last version, so that the second sending is answered 404."""
    put_core(emulator, "1.0.0")
    emulator.inject(Fault("DeletePackageVersions", Drop(), times=1))

    done = act(versions="1.0.0", target_status="Deleted", allow_irreversible="true")

    assert done.exit_code == 0
    assert done.outcomes == {"1.0.0": "changed"}
    assert statuses(emulator) == {}


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_nobody_but_the_action_sends_again(emulator: Emulator, act: Act, mode: str) -> None:
    """A sending that isn't known about would turn a success of ours into another one's."""
    put_core(emulator, "1.0.0")
    emulator.inject(Fault(UPDATE, Reply(status=500, code="InternalServerException")))

    done = act(versions="1.0.0", environment={"AWS_RETRY_MODE": mode, "AWS_MAX_ATTEMPTS": "2"})

    assert done.exit_code == 1
    assert done.codes == {"1.0.0": "InternalServerException"}
    assert len(calls_of(emulator, UPDATE)) == 2


def test_credentials_that_expire_on_the_way_are_told_by_their_code(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.0.0")
    emulator.inject(Fault(UPDATE, Expire()))

    done = act(versions="1.0.0")

    assert done.exit_code == 1
    assert done.codes == {"1.0.0": "ExpiredTokenException"}
    assert statuses(emulator) == {"1.0.0": "Unlisted"}


# --- Dry runs. -----------------------------------------------------------------------------------


def test_a_dry_run_plans_and_sends_nothing(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0", "1.0.1")
    put_core(emulator, "1.0.2", status="Published")
    before = emulator.store.snapshot()

    done = act(versions="1.0.0 1.0.1 1.0.2", dry_run="true")

    assert done.exit_code == 0
    assert emulator.store.snapshot() == before
    assert not calls_of(emulator, *CHANGING)
    assert done.outputs["outcome"] == "planned"
    assert done.counts == (0, 1, 2, 0)
    assert (done.successful, done.failed) == ({"1.0.2": done.successful["1.0.2"]}, {})
    assert done.outputs["undo"] == "[]"
    assert done.result["dryRun"] is True
    assert "Dry run: 2 versions of `@acme/core` would be set to **Published**" in done.summary


def test_a_dry_run_of_what_would_fail_fails(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")
    before = emulator.store.snapshot()

    done = act(versions="1.0.0 1.0.1", dry_run="true")

    assert done.exit_code == 1
    assert done.outputs["outcome"] == "failed"
    assert emulator.store.snapshot() == before
    assert done.codes == {"1.0.0": "SKIPPED", "1.0.1": "NOT_FOUND"}


def test_a_dry_run_says_before_what_could_not_be_undone(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0", status="Unfinished")

    done = act(versions="1.0.0", dry_run="true")

    assert done.exit_code == 0
    assert "can't be undone afterwards" in done.summary
