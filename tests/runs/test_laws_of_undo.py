"""The laws of the way back: what holds of ``undo``, ``continue`` and ``rollback`` for every store.

They go over the emulator's rules, without HTTP, but by the real documents: what a run writes as
``undo`` is what the next one reads as ``packages``.
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from codeartifact_emulator import Store
from codeartifact_status.model import REVERSIBLE, Allowed, Code, OnFailure, Request, Status, Verdict
from codeartifact_status.planning.plan import make_plan
from codeartifact_status.reporting.outputs import fitted, outputs
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.run import Run
from codeartifact_status.service.listing import read_all
from codeartifact_status.service.sending import Sender
from harness.inputs import read_inputs
from harness.reports import A, P, U
from harness.runs import CORE, CORE_PACKAGE
from harness.worlds import RulesService, World, interference, run_once, worlds


def read_back(document: str, **inputs: str) -> tuple[Request, ...]:
    """What a ``packages`` document asks for, as a job reads it that says nothing else."""
    given = {"domain": "acme", "aws-region": "eu-west-1", "packages": document, **inputs}
    return read_inputs(given).requests


def undo_of(run: Run) -> str:
    """The ``undo`` output of a run."""
    return fitted(outputs(Report(run=run)))["undo"]


def carried_out(service: RulesService, requests: Sequence[Request], on_failure: OnFailure) -> Run:
    """The cycle of one step with ``on-failure``."""
    packages = [request.package for request in requests]
    readings = read_all(service, packages, concurrency=1, stop=threading.Event())
    plan = make_plan(requests, readings, allowed=Allowed(), on_failure=on_failure)
    sent = Sender(
        service=service,
        allowed=Allowed(),
        on_failure=on_failure,
        concurrency=1,
        attempts=3,
        stop=threading.Event(),
    ).carry_out(plan)
    assert not sent.bugs
    return Run(requests=tuple(requests), outcomes=sent.outcomes, stuck=sent.stuck)


# --- Undo. ---------------------------------------------------------------------------------------


@given(worlds())
@settings(max_examples=40)
def test_the_undo_document_restores_the_store_and_its_own_undo_the_promotion(world: World) -> None:
    store = world.store()
    before = store.snapshot()
    _, run = run_once(RulesService(store), world.requests, allowed=world.allowed)
    promoted = store.snapshot()
    assume(promoted != before)

    _, undone = run_once(RulesService(store), read_back(undo_of(run)))

    assert Report(run=undone).exit_code == 0
    restored = store.snapshot()
    for key, state in before.items():
        # There is no way back to a status that UpdatePackageVersionsStatus can't set.
        assert restored[key] == (state if state[0] in REVERSIBLE else promoted[key])

    _, redone = run_once(RulesService(store), read_back(undo_of(undone)))

    assert Report(run=redone).exit_code == 0
    assert store.snapshot() == promoted


@given(worlds(), st.data())
@settings(max_examples=40)
def test_an_undo_of_what_was_changed_since_is_refused_as_a_whole(
    world: World, data: st.DataObject
) -> None:
    store = world.store()
    # All that can be changed, so that there is something to undo.
    run = carried_out(RulesService(store), world.requests, OnFailure.CONTINUE)
    requests = read_back(undo_of(run))
    undoable = [(request, version) for request in requests for version in request.versions]
    if not undoable:
        return
    request, version = data.draw(st.sampled_from(undoable))
    ways = [P, U, A, "Disposed", "rewritten", "gone"]
    what = data.draw(
        st.sampled_from([w for w in ways if w not in {request.target, request.expected_status}])
    )
    place = {
        "domain": "acme",
        "repository": request.package.repository,
        "format": request.package.format.value,
        "namespace": request.package.namespace,
        "package": request.package.name,
        "version": version,
    }
    kept = str(request.expected_status)
    store.set_status(
        **place,
        status={"rewritten": kept, "gone": "Deleted"}.get(what, what),
        revision="another-content" if what == "rewritten" else None,
    )
    since = store.snapshot()

    service = RulesService(store)
    _, undone = run_once(service, requests)

    assert Report(run=undone).exit_code == 1
    assert service.sent == []
    assert store.snapshot() == since


# --- Continue and rollback. ----------------------------------------------------------------------


MOVES = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, 300),
        st.sampled_from(["Published", "Unlisted", "Archived", "Disposed", "Deleted", "rewritten"]),
    ),
    max_size=2,
)


@given(worlds(), MOVES)
def test_a_failed_rollback_step_leaves_the_store_as_it_was_but_for_what_it_says(
    world: World, moves: list[tuple[int, int, str]]
) -> None:
    store = world.store()
    before = store.snapshot()
    touched = {list(world.held)[which % len(world.held)] for _, which, _ in moves if world.held}
    service = RulesService(store, before_change=interference(moves, world))

    run = carried_out(service, world.requests, OnFailure.ROLLBACK)

    if Report(run=run).exit_code == 0:
        return
    after = store.snapshot()
    for (package, version), outcome in run.outcomes.items():
        if (package, version) in touched:
            continue
        place = ("acme", package.repository, package.format.value, package.namespace, package.name)
        was, now = (snapshot.get((*place, version)) for snapshot in (before, after))
        if outcome.verdict is Verdict.CHANGED:
            assert (package, version) in run.stuck
            assert was is not None
            assert was[0] not in REVERSIBLE
        else:
            assert now == was
    assert {key for key, o in run.outcomes.items() if o.verdict is Verdict.CHANGED} == set(
        run.stuck
    )


@given(worlds())
def test_continue_leaves_nothing_undone_that_can_be_done(world: World) -> None:
    service = RulesService(world.store())

    run = carried_out(service, world.requests, OnFailure.CONTINUE)

    assert service.refused == []
    for outcome in run.outcomes.values():
        if outcome.failure is not None:
            assert outcome.failure.code != Code.SKIPPED


@given(worlds(), MOVES)
def test_a_rollback_has_a_failure_that_is_no_consequence(
    world: World, moves: list[tuple[int, int, str]]
) -> None:
    service = RulesService(world.store(), before_change=interference(moves, world))
    run = carried_out(service, world.requests, OnFailure.ROLLBACK)
    found = {outcome.failure.code for outcome in run.outcomes.values() if outcome.failure}
    if found:
        assert found - {Code.SKIPPED, Code.ROLLED_BACK}
        assert Report(run=run).exit_code == 1
        undone = {version for entry in json.loads(undo_of(run))
                  for version in entry["versions"]}  # fmt: skip
        assert undone <= {version for _, version in run.stuck}


def _archive(store: Store, name: str) -> None:
    """Somebody else, who archives version 1.0.0 of a package."""
    store.set_status(**{**CORE, "package": name}, version="1.0.0", status="Archived")


def test_what_was_moved_is_told_in_the_status_that_it_was_last_seen_in() -> None:
    store = Store()
    store.add_repository(domain="acme", repository="npm-store")
    for name in ("core", "ui"):
        store.put(**{**CORE, "package": name}, version="1.0.0", status="Unlisted")
    requests = [
        Request(package=replace(CORE_PACKAGE, name=name), versions=("1.0.0",), target=Status(P))
        for name in ("core", "ui")
    ]
    # Before the second call somebody archives both: the one that changed, and the one to come.
    service = RulesService(
        store,
        before_change=lambda store, call: (
            call == 1 and [_archive(store, name) for name in ("core", "ui")]
        ),
    )

    run = carried_out(service, requests, OnFailure.ROLLBACK)

    assert run.stuck == {}
    assert run.outcomes[requests[0].package, "1.0.0"].after == "Archived"
