"""What the user wrote is what is meant: whole runs in which the repository spells it otherwise."""

import json
import re
from collections.abc import Mapping

import pytest

from codeartifact_emulator import Emulator
from harness.runs import Finished, Runner, calls_of, put_core, statuses

UPDATE = "UpdatePackageVersionsStatus"
CLIENT = {"format": "pypi", "namespace": "", "package": "client"}


def put_client(emulator: Emulator, *versions: str) -> None:
    for version in versions:
        emulator.store.put(
            domain="acme", repository="npm-store", format="pypi", package="client",
            version=version, status="Unlisted",
        )  # fmt: skip


def statuses_of_client(emulator: Emulator) -> dict[str, str]:
    held = emulator.store.snapshot().items()
    return {place[-1]: status for place, (status, _) in held if place[4] == "client"}


def failures(done: Finished) -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = json.loads(done.outputs["failed-versions"])
    return found


# --- Spellings. ----------------------------------------------------------------------------------


def test_a_tag_names_a_python_version_in_the_spelling_of_git(
    emulator: Emulator, run_action: Runner
) -> None:
    put_client(emulator, "1.0.0rc1", "1.0.0")
    tag = {"GITHUB_REF": "refs/tags/v1.0.0-rc.1"}

    done = run_action(**CLIENT, version_from_tag="v{version}", wait_seconds=30, environment=tag)

    assert done.exit_code == 0
    assert statuses_of_client(emulator) == {"1.0.0rc1": "Published", "1.0.0": "Unlisted"}
    assert list(json.loads(done.outputs["successful-versions"])) == ["1.0.0rc1"]
    (entry,) = json.loads(done.outputs["undo"])
    assert entry["versions"] == ["1.0.0rc1"]
    assert done.stdout.count("1.0.0-rc.1 is stored as 1.0.0rc1") == 1
    assert "not there yet" not in done.stdout
    assert "1.0.0rc1" in done.summary


def test_a_spelling_that_may_mean_several_is_not_found_with_their_names(
    emulator: Emulator, run_action: Runner
) -> None:
    put_client(emulator, "1.0", "1.0.0", "2.0")

    done = run_action(**CLIENT, versions="v1 2.0")

    assert done.exit_code == 1
    assert failures(done)["v1"]["errorCode"] == "NOT_FOUND"
    (both,) = re.findall("(1.0.*) are the same version", failures(done)["v1"]["errorMessage"])
    assert set(both.split(" and ")) == {"1.0", "1.0.0"}
    assert set(statuses_of_client(emulator).values()) == {"Unlisted"}
    assert both in done.messages


def test_entries_that_mean_one_version_and_two_things_are_wrong_inputs(
    emulator: Emulator, run_action: Runner
) -> None:
    put_client(emulator, "1.0")
    document = (
        '[{"name": "client", "version": "1.0", "target-status": "Archived"}, '
        '{"name": "client", "version": "v1"}]'
    )

    done = run_action(**{**CLIENT, "package": None}, packages=document)

    assert done.exit_code == 2
    assert "entry 2 (client): versions: v1 of client is also in entry 1 as 1.0" in done.messages
    assert calls_of(emulator, UPDATE) == []
    assert statuses_of_client(emulator) == {"1.0": "Unlisted"}


# --- Numbers of YAML. ----------------------------------------------------------------------------


def test_a_number_that_is_there_as_is_the_one_with_zeros_is_warned_of(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.1", "1.10")

    done = run_action(versions="1.1")

    assert done.exit_code == 0
    (warning,) = done.annotations("warning")
    assert "1.1 of @acme/core in npm-store, which also holds 1.10" in warning.message
    assert "quote" in warning.message
    assert statuses(emulator) == {"1.1": "Published", "1.10": "Unlisted"}


def test_a_number_that_is_missing_asks_for_quotes(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.10")

    done = run_action(versions="1.1")

    assert done.exit_code == 1
    assert 'quote it: versions: "1.10"' in failures(done)["1.1"]["errorMessage"]
    assert 'versions: "1.10"' in done.messages
    assert calls_of(emulator, UPDATE) == []
    assert statuses(emulator) == {"1.10": "Unlisted"}


@pytest.mark.parametrize(
    "given",
    [
        {"packages": '[{"name": "@acme/core", "version": 1.1}]', "package": None},
        {"arguments": ["--versions", "1.1"]},
        {"versions": "1.1 1.10"},
    ],
)
def test_what_is_no_number_of_yaml_is_not_warned_of(
    emulator: Emulator, run_action: Runner, given: dict[str, object]
) -> None:
    put_core(emulator, "1.1", "1.10")

    done = run_action(**given)

    assert done.exit_code == 0
    assert done.annotations("warning") == []
    assert "quote" not in done.stdout + done.stderr


# --- What is near, and what is left alone. -------------------------------------------------------


def test_a_version_that_is_missing_is_told_with_what_is_near(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.3.0", "0.9.0")

    done = run_action(versions="1.3.O")

    assert done.exit_code == 1
    assert "did you mean 1.3.0?" in failures(done)["1.3.O"]["errorMessage"]
    assert "did you mean 1.3.0?" in done.messages
    assert "did you mean 1.3.0?" in done.summary
    assert "Unlisted" in statuses(emulator).values()


def test_versions_that_are_dead_already_are_not_the_latest(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0", "1.1.0", "1.2.0", status="Published")
    put_core(emulator, "1.3.0", status="Archived")
    put_core(emulator, "1.4.0", status="Disposed")

    done = run_action(versions_matching="*", keep_latest=2, target_status="Archived")

    assert done.exit_code == 0
    assert done.outputs["changed-count"] == "1"
    assert statuses(emulator) == {
        "1.0.0": "Archived", "1.1.0": "Published", "1.2.0": "Published", "1.3.0": "Archived",
        "1.4.0": "Disposed",
    }  # fmt: skip
    assert "one of the newest 2" in done.summary


def test_a_named_version_that_is_excluded_is_told(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.0.0", "1.0.0-rc.1")

    done = run_action(versions="1.0.0 1.0.0-rc.1", exclude_versions="*-rc.*")

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.0.0": "Published", "1.0.0-rc.1": "Unlisted"}
    assert "1.0.0-rc.1  left alone: excluded by exclude-versions" in done.stdout
    assert "excluded by exclude-versions" in done.summary
