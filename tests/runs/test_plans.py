"""An approved plan: the result of a dry run, carried out by a later step."""

import json

from codeartifact_emulator import Emulator
from harness.acting import Act
from harness.runs import Finished, put_core, statuses


def codes(done: Finished) -> dict[str, str]:
    failed = json.loads(done.outputs["failed-versions"])
    return {version: told["errorCode"] for version, told in failed.items()}


def planned(act: Act) -> str:
    """The result of a dry run that archives what is 1.*."""
    done = act(versions_matching="1.*", target_status="Archived", dry_run="true")
    assert done.exit_code == 0, done.stdout
    return done.outputs["result"]


def carried_out(act: Act, plan: str, **given: str) -> Finished:
    return act(packages=plan, package=None, target_status=None, **given)


def test_a_version_that_matches_since_is_not_taken(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0", "1.1.0")
    plan = planned(act)
    put_core(emulator, "1.2.0")

    done = carried_out(act, plan)

    assert done.exit_code == 0, done.stdout
    assert statuses(emulator) == {"1.0.0": "Archived", "1.1.0": "Archived", "1.2.0": "Unlisted"}


def test_a_version_whose_status_moved_is_refused_and_so_is_the_plan(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.0.0", "1.1.0")
    plan = planned(act)
    put_core(emulator, "1.1.0", status="Published")

    done = carried_out(act, plan)

    assert done.exit_code == 1
    assert codes(done)["1.0.0"] == "SKIPPED"
    assert codes(done)["1.1.0"] in {"MISMATCHED_STATUS", "MISMATCHED_REVISION"}
    assert statuses(emulator) == {"1.0.0": "Unlisted", "1.1.0": "Published"}


def test_a_version_that_was_published_anew_is_refused_and_so_is_the_plan(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.0.0", "1.1.0")
    plan = planned(act)
    put_core(emulator, "1.1.0", revision="anew")

    done = carried_out(act, plan)

    assert done.exit_code == 1
    assert codes(done) == {"1.0.0": "SKIPPED", "1.1.0": "MISMATCHED_REVISION"}
    assert statuses(emulator) == {"1.0.0": "Unlisted", "1.1.0": "Unlisted"}
    assert json.loads(done.outputs["undo"]) == []


def test_what_was_passed_over_is_said_in_the_log(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")
    listed = [
        {"name": "@acme/core", "version": "1.0.0", "private": False, "location": "/w/core"},
        {"name": "site", "version": "1.0.0", "private": True, "location": "/w/site"},
    ]

    done = act(packages=json.dumps(listed), package=None)

    assert done.exit_code == 0, done.stdout
    assert 'ignored these keys: "location"' in done.stdout
    assert 'skipped, because it is private: 1 entry, "site"' in done.stdout
    assert statuses(emulator) == {"1.0.0": "Published"}
