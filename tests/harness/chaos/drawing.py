"""The run that belongs to a seed."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from codeartifact_emulator import Fault, Store, Switches
from harness.chaos.scripts import (
    HELD,
    OPERATION,
    SETTABLE,
    UPDATE,
    Script,
    Selection,
    Step,
    at,
)
from harness.chaos.trouble import IN_SERIES, fault_of_a_package, fault_of_identity, somebody

REPOSITORIES = ("npm-store", "npm-prod")
PACKAGES: list[dict[str, Any]] = [
    {"repository": repository, "format": kind, "namespace": namespace, "package": name}
    for repository in REPOSITORIES
    for kind, namespace, name in (
        ("npm", "acme", "core"),
        ("pypi", None, "client"),
        ("maven", "com.acme", "lib"),
        ("generic", "tools", "cli"),
    )
]
SIZES = [1, 2, 3, 4, 5, 5, 8, 8, 13, 13, 21, 34, 101, 101, 250]
TARGETS = ["Published", "Published", "Unlisted", "Archived", "Archived", "Disposed", "Deleted"]
QUERIES = [
    "packages[].versions[?outcome == 'failed'][]",
    "length(packages)",
    "nothing.there",
    # Each of these fails, or comes to something that is no JSON.
    "packages[].versions[?contains(version, `1`)][]",
    "packages[::0]",
    "sum(packages)",
    "to_number('NaN')",
    "to_number('Infinity')",
]


def script_of(seed: int) -> Script:
    """The run that belongs to a seed."""
    pick = random.Random(seed)  # noqa: S311 - it makes tests, it guards nothing
    store = Store(switches=Switches(partial_success=pick.random() < 0.25))
    for repository in REPOSITORIES:
        store.add_repository(domain="acme", repository=repository)
    if pick.random() < 0.25:
        return _of_two_steps(pick, seed, store)
    return _of_one_step(pick, seed, store)


def _of_one_step(pick: random.Random, seed: int, store: Store) -> Script:
    packages = pick.sample(PACKAGES, pick.randint(1, 4))
    step = Step(
        entries=[_entry(pick, store, _stock(pick, store, package)) for package in packages],
        concurrency=pick.choice([1, 1, 2, 4]),
        **_manner(pick),
    )
    script = Script(
        seed=seed,
        store=store,
        steps=[step],
        full_disk=pick.choice([0, 1, 1, 2]) if pick.random() < 0.06 else None,
        undo_is_denied=pick.random() < 0.25,
        undo_in_process=pick.random() < 0.01,
        undo_from_file=pick.random() < 0.5,
    )
    # With a full disk as well, nothing would be left to look at.
    script.mute = pick.random() < 0.03 and script.full_disk is None
    if pick.random() < 0.4:
        moment = pick.choice(["call", "call", "rename"])
        script.kill = pick.choice(["before", "after"]), moment, pick.randint(0, 4)
        script.runs_again = pick.random() < 0.3
    _choose_otherwise(pick, script, step)
    for _ in range(pick.choice([0, 1, 1, 2, 3, 5])):
        script.faults += fault_of_a_package(pick, script, pick.choice(step.entries))
    _provoke(pick, script, step)
    if step.assumes_role:
        script.faults += [fault_of_identity(pick) for _ in range(pick.choice([0, 1, 1, 2]))]
    if pick.random() < 0.3:
        cause = pick.choice(["SIGTERM", "SIGTERM", "SIGINT", "deadline"])
        script.stop = cause, pick.randint(0, 8)
    return script


def _of_two_steps(pick: random.Random, seed: int, store: Store) -> Script:
    """Two steps at once, which mostly want the same of mostly the same versions."""
    packages = pick.sample(PACKAGES, pick.randint(1, 3))
    stocks = [_stock(pick, store, package, sizes=[1, 3, 5, 8, 8, 101]) for package in packages]
    entries = [_entry(pick, store, stock, targets=SETTABLE) for stock in stocks]
    others = [_share(pick, entry) for entry in entries if pick.random() < 0.9] or entries
    steps = [
        Step(name=name, entries=asked, **_manner(pick))
        for name, asked in (("one", entries), ("two", others))
    ]
    script = Script(seed=seed, store=store, steps=steps, undo_is_denied=pick.random() < 0.1)
    for _ in range(pick.choice([0, 1, 1, 2, 3])):
        script.faults += fault_of_a_package(pick, script, pick.choice(entries))
    for step in steps:
        _provoke(pick, script, step)
    return script


def _manner(pick: random.Random) -> dict[str, Any]:
    return {
        "on_failure": pick.choice(["stop", "stop", "continue", "rollback", "rollback"]),
        "allowed": pick.choice(
            ["false", "false", "true", "NOT_FOUND", "MISMATCHED_STATUS SKIPPED"]
        ),
    }


def _choose_otherwise(pick: random.Random, script: Script, step: Step) -> None:
    """What only some steps are asked for."""
    if pick.random() < 0.15:
        _select(pick, step)
    if pick.random() < 0.05:
        step.max_changes = pick.choice([0, 3, 20])
    if pick.random() < 0.05:
        step.dry_run = True
    if pick.random() < 0.15:
        step.query = pick.choice(QUERIES)
    step.assumes_role = pick.random() < 0.2
    if pick.random() < 0.15 and script.kill is None and not script.mute:
        step.former = [_former(pick, script.store, pick.choice(step.entries))]


def _select(pick: random.Random, step: Step) -> None:
    """Let patterns say what the entries name."""
    has_order = all(entry["format"] != "generic" for entry in step.entries)
    step.selection = Selection(
        matching=pick.choice([["1.0.*"], ["*"], ["1.0.1*", "1.0.2"], ["*unasked"], ["3.*"]]),
        excluding=pick.choice([[], [], ["1.0.?"], ["1.0.3", "*-unasked"], ["1.*"]]),
        keep_latest=pick.choice([0, 0, 1, 3]) if has_order else 0,
    )
    step.max_changes = 10_000
    for entry in step.entries:
        entry.pop("versions")
        entry.pop("version-revisions", None)


def _former(pick: random.Random, store: Store, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The way back that an earlier attempt has left for some of the versions."""
    there = [key[5] for key in store.snapshot() if key[:5] == at(entry, "")[:5]]
    chosen = pick.sample(there, min(3, len(there)))
    place = {name: entry[name] for name in ("repository", "format", "namespace", "package")}
    return {
        **place,
        "versions": [*chosen, "0.0.0-of-another-step"],
        "expected-status": entry["target-status"],
        "target-status": pick.choice(SETTABLE),
    }


def _stock(
    pick: random.Random, store: Store, package: Mapping[str, Any], sizes: Sequence[int] = SIZES
) -> dict[str, Any]:
    """Put a package in the store; the entry that names all of its versions but one."""
    names = [f"1.0.{number}" for number in range(pick.choice(sizes))]
    froms = pick.sample(HELD, pick.randint(1, 3))
    for name in names:
        store.put(domain="acme", **package, version=name, status=pick.choice(froms))
    store.put(domain="acme", **package, version="0.0.1-unasked", status="Unlisted")
    return {**package, "versions": names, "expected-status": pick.choice(froms)}


def _entry(
    pick: random.Random,
    store: Store,
    stock: Mapping[str, Any],
    targets: Sequence[str] = TARGETS,
) -> dict[str, Any]:
    """What is asked of one package: mostly what can be done, so that not every plan is withheld."""
    entry = {**stock, "target-status": pick.choice(targets)}
    names = entry["versions"]
    if pick.random() < 0.85:
        del entry["expected-status"]
    if pick.random() < 0.03:
        place = {name: entry[name] for name in ("repository", "format", "namespace", "package")}
        store.put(domain="acme", **place, version=names[0], status="Disposed")
    absent = ["9.9.9"] if pick.random() < 0.05 else []
    if pick.random() < 0.2:
        held = store.snapshot()
        entry["version-revisions"] = {name: held[at(entry, name)][1] for name in names}
        if pick.random() < 0.2:
            entry["version-revisions"][names[-1]] = "not-the-one"
        entry["version-revisions"] |= dict.fromkeys(absent, "of-none")
    return {**entry, "versions": [*names, *absent]}


def _share(pick: random.Random, entry: Mapping[str, Any]) -> dict[str, Any]:
    """What another step asks of a package: some or all of the same, mostly for the same status."""
    names = entry["versions"]
    kept = names if pick.random() < 0.6 else pick.sample(names, pick.randint(1, len(names)))
    pins = entry.get("version-revisions", {})
    other = {**entry, "versions": kept}
    if pins:
        other["version-revisions"] = {name: pins[name] for name in kept}
    if pick.random() < 0.25:
        other["target-status"] = pick.choice(SETTABLE)
    return other


def _provoke(pick: random.Random, script: Script, step: Step) -> None:
    """Let a rollback have something to put back, and trouble with it.

    Its last package meets somebody else, and then its first is put back.
    """
    if step.on_failure != "rollback" or pick.random() < 0.2:
        return
    first, last = step.entries[0], step.entries[-1]
    script.faults.append(("somebody else", _on(last, somebody(pick, script, last), times=1)))
    if first is not last and pick.random() < 0.6:
        kind = pick.choice(list(IN_SERIES))
        skip, times = pick.choice([0, 0, 1, 1, 2]), pick.choice([1, 1, 3])
        script.faults.append((kind, _on(first, IN_SERIES[kind](), skip=skip, times=times)))


def _on(entry: Mapping[str, Any], effect: Any, *, skip: int = 0, times: int) -> Fault:
    """A fault of the calls that change what an entry names."""
    operation = OPERATION.get(entry["target-status"], UPDATE)
    where = {name: entry[name] for name in ("package", "repository")}
    return Fault(operation, effect, **where, skip=skip, times=times)
