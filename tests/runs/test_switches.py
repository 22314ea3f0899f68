"""The contract under every switch: no promise hangs on what AWS doesn't document.

Each switch of the emulator is thrown by itself, and in pairs that a seed picks; under each, one
whole run of each promise, and random runs whose every promise is held against the store.
"""

import dataclasses
import json
import random
from collections.abc import Callable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

import pytest

from codeartifact_emulator import Drop, Emulator, Fault, Switches
from harness.acting import Act
from harness.chaos.drawing import script_of
from harness.chaos.promises import findings
from harness.chaos.running import carry_out
from harness.runs import calls_of, put_core, statuses

CHANGING = ("UpdatePackageVersionsStatus", "DisposePackageVersions", "DeletePackageVersions")
#: As many pairs as there is time for; which ones, the seed says.
PAIRS = 3


def alternatives() -> list[tuple[str, object]]:
    """Every switch with every value that isn't its default."""
    hints = get_type_hints(Switches)
    return [
        (each.name, value)
        for each in dataclasses.fields(Switches)
        for value in (
            get_args(hints[each.name]) if get_origin(hints[each.name]) is Literal else (True, False)
        )
        if value != each.default
    ]


def thrown() -> Mapping[str, Switches]:
    """Each switch by itself, and pairs of two."""
    pick = random.Random(15)  # noqa: S311 - it makes tests, it guards nothing
    pairs = [(a, b) for a, b in combinations(alternatives(), 2) if a[0] != b[0]]
    chosen = [(one,) for one in alternatives()] + pick.sample(pairs, PAIRS)
    return {
        " and ".join(f"{name}={value}" for name, value in several): Switches(**dict(several))
        for several in chosen
    }


THROWN = thrown()


# --- One whole run of each promise. --------------------------------------------------------------


def a_version_that_is_not_at_the_target_fails_the_step(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0", status="Disposed")

    done = act(versions="1.0.0")

    assert (done.exit_code, done.codes) == (1, {"1.0.0": "NOT_ALLOWED"})


def nothing_is_sent_that_is_known_to_fail(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0", "1.0.1")

    done = act(versions="1.0.0 1.0.1 9.9.9", allow_failed_versions="NOT_FOUND")

    assert (done.exit_code, done.codes) == (0, {"9.9.9": "NOT_FOUND"})
    assert [call.params["versions"] for call in calls_of(emulator, *CHANGING)] == [
        ["1.0.0", "1.0.1"]
    ]


def all_or_nothing_across_packages(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")
    put_core(emulator, "1.0.0", package="other", status="Disposed")
    entries = [{"package": f"@acme/{name}", "versions": ["1.0.0"]} for name in ("core", "other")]

    done = act(package=None, packages=json.dumps(entries))

    assert done.exit_code == 1
    assert not calls_of(emulator, *CHANGING)
    assert statuses(emulator) == {"1.0.0": "Unlisted"}


def what_was_read_is_what_is_changed(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")
    put_core(emulator, "1.0.1", status="Archived")

    done = act(versions="1.0.0 1.0.1")

    assert done.exit_code == 0
    for call in calls_of(emulator, *CHANGING):
        assert call.params["expectedStatus"] in {"Unlisted", "Archived"}
        assert call.params["versionRevisions"].keys() == set(call.params["versions"])


def a_second_run_is_green(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0", "1.0.1")

    first = act(versions="1.0.0 1.0.1", target_status="Archived")
    sent = len(calls_of(emulator, *CHANGING))
    second = act(versions="1.0.0 1.0.1", target_status="Archived")

    assert (first.exit_code, first.counts) == (0, (2, 0, 0, 0))
    assert (second.exit_code, second.counts) == (0, (0, 2, 0, 0))
    assert len(calls_of(emulator, *CHANGING)) == sent


def every_version_has_one_outcome_though_an_answer_is_lost(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0", "1.0.1")
    emulator.inject(Fault(CHANGING[0], Drop(), times=1))

    done = act(versions="1.0.0 1.0.1", target_status="Archived")

    done.assert_complete()
    assert (done.exit_code, done.counts) == (0, (2, 0, 0, 0))
    assert set(statuses(emulator).values()) == {"Archived"}


def what_was_changed_can_be_undone(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")
    put_core(emulator, "1.0.1", status="Published")
    before = emulator.store.snapshot()

    done = act(versions="1.0.0 1.0.1", target_status="Archived")
    undone = act(package=None, target_status=None, packages=json.dumps(done.undo), repository=None)

    assert (done.exit_code, undone.exit_code, undone.counts) == (0, 0, (2, 0, 0, 0))
    assert emulator.store.snapshot() == before


def what_is_archived_can_be_deleted_and_is_gone(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0", "1.0.1", status="Archived")
    given = {"target_status": "Deleted", "allow_irreversible": "true"}

    done = act(versions="1.0.0 1.0.1", **given)
    again = act(versions="1.0.0 1.0.1", **given)

    assert (done.exit_code, done.counts) == (0, (2, 0, 0, 0))
    assert set(again.codes.values()) == {"NOT_FOUND"}
    assert statuses(emulator) == {}


def no_secret_leaves(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")

    done = act(versions="1.0.0")

    assert done.exit_code == 0
    assert done.secrets
    assert [secret for secret in done.secrets if secret in done.unmasked] == []


def what_is_not_understood_stops_the_step(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")

    done = act(versions="1.0.0", expectd_status="Published")

    assert done.exit_code == 2
    assert not calls_of(emulator, *CHANGING)


PROMISES = (
    a_version_that_is_not_at_the_target_fails_the_step,
    nothing_is_sent_that_is_known_to_fail,
    all_or_nothing_across_packages,
    what_was_read_is_what_is_changed,
    a_second_run_is_green,
    every_version_has_one_outcome_though_an_answer_is_lost,
    what_was_changed_can_be_undone,
    what_is_archived_can_be_deleted_and_is_gone,
    no_secret_leaves,
    what_is_not_understood_stops_the_step,
)


@pytest.mark.parametrize("switches", THROWN.values(), ids=THROWN)
@pytest.mark.parametrize("promise", PROMISES, ids=lambda each: each.__name__)
def test_a_promise_holds_under_every_switch(
    promise: Callable[[Emulator, Act], None],
    switches: Switches,
    emulators: Callable[..., Emulator],
    tmp_path: Path,
) -> None:
    emulator = emulators(switches=switches)

    promise(emulator, Act(emulator, tmp_path))


# --- And all of them, whatever goes wrong. -------------------------------------------------------


@pytest.mark.parametrize("switches", THROWN.values(), ids=THROWN)
def test_random_runs_keep_every_promise_under_every_switch(
    switches: Switches, tmp_path: Path
) -> None:
    for seed in range(3):
        script = script_of(1_000 + seed)
        script.store.switches = switches
        assert findings(carry_out(script, tmp_path)).broken == [], f"seed {script.seed}"


def test_a_switch_that_is_added_is_thrown_here() -> None:
    assert {name for name, _ in alternatives()} == {
        each.name for each in dataclasses.fields(Switches)
    }
