"""The examples that keep a domain in order, and the one for what a staging of Maven left behind."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from codeartifact_emulator import Emulator
from harness.acting import Act
from harness.examples import WORKFLOWS, apply, plan_of, readme_roles, run_step, show
from harness.runs import CORE, Finished, calls_of, put_core, statuses

DAY = 86400.0
A, P, U = "Archived", "Published", "Unlisted"
UPDATE = "UpdatePackageVersionsStatus"


@pytest.fixture
def emulator(emulators: Callable[..., Emulator]) -> Emulator:
    """The emulator of an account that has the README's roles, and nothing more."""
    return emulators(seed={"roles": readme_roles()})


# --- Retention. ----------------------------------------------------------------------------------


def put_aged(emulator: Emulator, package: str, versions: int, *, days: float) -> None:
    """Versions 1.0.0, 1.1.0 and so on, all published so many days ago."""
    place = {**CORE, "package": package}
    published = time.time() - days * DAY
    for number in range(versions):
        emulator.store.put(**place, version=f"1.{number}.0", status=P, published=published)


def archived(emulator: Emulator, package: str) -> set[str]:
    held = statuses(emulator, package=package)
    return {version for version, status in held.items() if status == A}


def test_at_night_what_is_old_is_planned_and_after_an_approval_archived(
    emulator: Emulator, act: Act
) -> None:
    put_aged(emulator, "core", 13, days=200)
    put_aged(emulator, "ui", 12, days=100)
    put_aged(emulator, "fresh", 12, days=30)
    put_aged(emulator, "legacy-cli", 12, days=400)
    before = emulator.store.snapshot()

    planned = run_step(act, "retention", "Plan")

    assert planned.exit_code == 0, planned.stdout
    assert planned.outputs["planned-count"] == "5"
    assert emulator.store.snapshot() == before
    # What comes until somebody approves isn't in the plan.
    put_aged(emulator, "late", 12, days=300)

    applied = run_step(act, "retention", "Apply", files=plan_of(planned))

    assert applied.exit_code == 0, applied.stdout
    assert archived(emulator, "core") == {"1.0.0", "1.1.0", "1.2.0"}
    assert archived(emulator, "ui") == {"1.0.0", "1.1.0"}
    assert [archived(emulator, name) for name in ("fresh", "legacy-cli", "late")] == [set()] * 3
    undone = apply(act, show(act, (applied.workspace / "undo.json").read_text()))
    assert undone.exit_code == 0, undone.stdout
    assert archived(emulator, "core") == archived(emulator, "ui") == set()


def test_a_night_in_which_nothing_has_grown_old_asks_nobody(emulator: Emulator, act: Act) -> None:
    put_aged(emulator, "core", 10, days=200)

    planned = run_step(act, "retention", "Plan")

    assert (planned.exit_code, planned.outputs["planned-count"]) == (0, "0")


def test_a_plan_that_is_too_large_is_refused_before_anybody_is_asked(
    emulator: Emulator, act: Act
) -> None:
    put_aged(emulator, "core", 511, days=200)

    planned = run_step(act, "retention", "Plan")

    assert planned.exit_code == 1
    assert "this step would change 501 versions, and max-changes is 500" in planned.messages


def test_what_moves_before_the_approval_fails_and_the_rest_is_archived(
    emulator: Emulator, act: Act
) -> None:
    put_aged(emulator, "core", 12, days=200)
    planned = run_step(act, "retention", "Plan")
    put_core(emulator, "1.0.0", status=U)

    applied = run_step(act, "retention", "Apply", files=plan_of(planned))

    assert applied.exit_code == 1
    assert applied.codes == {"1.0.0": "MISMATCHED_STATUS"}
    assert archived(emulator, "core") == {"1.1.0"}


# --- Quarantine. ---------------------------------------------------------------------------------

LIST = """\
# GHSA-0000-0000-0000
pkg:npm/chalk@5.6.1
pkg:npm/%40acme/core@1.3.0   # a copy of ours
pkg:pypi/acme-client@1.9
pkg:npm/nowhere@1.0.0
"""
LEGS: list[Mapping[str, str]] = WORKFLOWS["quarantine"]["jobs"]["quarantine"]["strategy"]["matrix"][
    "include"
]


def put_infected(emulator: Emulator, domain: str) -> None:
    """What the list names, in three repositories, beside what it doesn't."""
    for repository, place in {
        "npm-store": {"format": "npm", "namespace": "acme", "package": "core", "version": "1.3.0"},
        "npm-mirror": {"format": "npm", "package": "chalk", "version": "5.6.1"},
        "python": {"format": "pypi", "package": "acme-client", "version": "1.9"},
    }.items():
        where: dict[str, Any] = {**place, "domain": domain, "repository": repository}
        emulator.store.put(**where, status=P)
        emulator.store.put(**{**where, "version": "1.0.0"}, status=P)


def held(emulator: Emulator) -> set[str]:
    """What is archived: by repository, package and version."""
    found = emulator.store.snapshot().items()
    return {
        f"{repository} {package} {version}"
        for (_, repository, _, _, package, version), (status, _) in found
        if status == A
    }


def quarantine(act: Act, leg: Mapping[str, str], *, dry_run: bool, text: str = LIST) -> Finished:
    given = {f"matrix.{name}": value for name, value in leg.items()}
    given |= {"inputs.list": "quarantine.txt", "inputs.dry-run": str(dry_run).lower()}
    files = {"quarantine.txt": text}
    return run_step(act, "quarantine", "Quarantine", files=files, given=given)


@pytest.mark.parametrize("leg", LEGS, ids=[leg["domain"] for leg in LEGS])
def test_a_list_is_archived_wherever_in_a_domain_it_is_after_it_was_shown(
    emulators: Callable[..., Emulator], tmp_path: Path, leg: Mapping[str, str]
) -> None:
    account = leg["role"].split(":")[4]
    of_the_readme = ("111122223333", "eu-west-1", "/acme")
    of_the_leg = (account, leg["region"], f"/{leg['domain']}")
    text = json.dumps(readme_roles())
    for there, here in zip(of_the_readme, of_the_leg, strict=True):
        text = text.replace(there, here)
    roles = json.loads(text)
    emulator = emulators(seed={"account": account, "region": leg["region"], "roles": roles})
    put_infected(emulator, leg["domain"])
    act = Act(emulator, tmp_path)

    shown = quarantine(act, leg, dry_run=True)

    assert shown.exit_code == 0, shown.stdout
    assert shown.counts == (0, 0, 3, 1)
    assert calls_of(emulator, UPDATE) == []

    done = quarantine(act, leg, dry_run=False)

    assert done.exit_code == 0, done.stdout
    assert done.counts == (3, 0, 0, 1)
    assert done.codes == {"pkg:npm/nowhere@1.0.0": "NOT_FOUND"}
    assert held(emulator) == {
        "npm-store core 1.3.0",
        "npm-mirror chalk 5.6.1",
        "python acme-client 1.9",
    }
    undo = json.loads((done.workspace / "undo.json").read_text())
    assert {entry["repository"] for entry in undo} == {"npm-store", "npm-mirror", "python"}

    again = quarantine(act, leg, dry_run=False)

    assert (again.exit_code, again.counts) == (0, (0, 3, 0, 1))


def test_what_was_disposed_of_is_blocked_already_and_holds_back_nothing(
    emulator: Emulator, act: Act
) -> None:
    put_infected(emulator, "acme")
    emulator.store.put(
        domain="acme",
        repository="npm-mirror",
        format="npm",
        package="chalk",
        version="5.6.1",
        status="Disposed",
    )

    done = quarantine(act, LEGS[0], dry_run=False)

    assert done.exit_code == 0
    assert done.counts == (2, 0, 0, 2)
    assert set(done.codes.values()) == {"NOT_FOUND", "NOT_ALLOWED"}
    assert held(emulator) == {"npm-store core 1.3.0", "python acme-client 1.9"}


@pytest.mark.parametrize("line", ["pkg:npm/left-pad", "pkg:golang/left-pad@1.0.0"])
def test_a_list_that_holds_what_is_no_package_is_refused_as_a_whole(
    emulator: Emulator, act: Act, line: str
) -> None:
    put_infected(emulator, "acme")

    done = quarantine(act, LEGS[0], dry_run=False, text=f"{LIST}{line}\n")

    assert done.exit_code == 2
    assert emulator.calls == []


# --- What a staging of Maven's left behind. ------------------------------------------------------

MAVEN = {"repository": "maven-store", "format": "maven", "namespace": "com.acme"}
TAG = {"GITHUB_REF": "refs/tags/v1.3.0"}


def put_staged(emulator: Emulator, **modules: str) -> None:
    """Version 1.3.0 of modules, by their status, beside what was published before."""
    for package, status in modules.items():
        put_core(emulator, "1.3.0", status=status, **{**MAVEN, "package": package})
        put_core(emulator, "1.2.0", status=P, **{**MAVEN, "package": package})


def released(emulator: Emulator, package: str) -> str:
    return statuses(emulator, **{**MAVEN, "package": package})["1.3.0"]


def test_a_tag_publishes_all_modules_that_are_unfinished(emulator: Emulator, act: Act) -> None:
    put_staged(emulator, client="Unfinished", server="Unfinished", bom=P)
    put_core(emulator, "1.2.0", status=P, **{**MAVEN, "package": "retired"})
    put_core(emulator, "1.3.0", status="Unfinished", **{**MAVEN, "namespace": "com.acmelabs"})

    done = run_step(act, "publish-staged", "Publish", **TAG)

    assert done.exit_code == 0, done.stdout
    assert done.counts == (2, 1, 0, 0)
    assert [released(emulator, name) for name in ("client", "server", "bom")] == [P, P, P]
    assert statuses(emulator, **{**MAVEN, "namespace": "com.acmelabs"}) == {"1.3.0": "Unfinished"}
    # A second run is green, and there was nothing to keep.
    again = run_step(act, "publish-staged", "Publish", **TAG)
    assert (again.exit_code, again.outputs["outcome"]) == (0, "unchanged")
    assert done.outputs["undo"] == again.outputs["undo"] == "[]"


def test_one_module_that_was_withdrawn_holds_back_all(emulator: Emulator, act: Act) -> None:
    put_staged(emulator, client="Unfinished", server=A)

    done = run_step(act, "publish-staged", "Publish", **TAG)

    assert done.exit_code == 1
    assert set(done.codes.values()) == {"MISMATCHED_STATUS", "SKIPPED"}
    assert released(emulator, "client") == "Unfinished"


def test_a_tag_of_which_nothing_was_staged_is_not_green(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.2.0", status=P, **{**MAVEN, "package": "client"})
    done = run_step(act, "publish-staged", "Publish", **TAG)
    assert done.exit_code == 1
    assert set(done.codes.values()) == {"NOT_FOUND"}
