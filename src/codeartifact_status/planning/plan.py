"""Requests, and what is there, become a plan. Pure: no I/O, no clock; the same plan every time.

The rules, for each requested version, in this order:

1. absent: failed NOT_FOUND
2. a revision was given and differs: failed MISMATCHED_REVISION
3. already at the target: unchanged, whatever the expected status says
4. an expected status was given and differs: failed MISMATCHED_STATUS
5. not a legal move: failed NOT_ALLOWED
6. else it is to be changed, in a batch pinned to the status and revision that were read

CodeArtifact skips all versions of a call when one of them can't change, so what is known to fail
is never sent; and by default nothing at all is sent when anything would fail (all or nothing).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from codeartifact_status.model import (
    ACCESS_DENIED,
    DENIED,
    MAX_BATCH,
    Allowed,
    Batch,
    Code,
    Denied,
    Key,
    OnFailure,
    Outcome,
    Package,
    Plan,
    Reading,
    Request,
    State,
    Status,
    Verdict,
)
from codeartifact_status.planning.missing import Missing
from codeartifact_status.planning.undo import reversals


def make_plan(
    requests: Sequence[Request],
    readings: Mapping[Package, Reading],
    *,
    allowed: Allowed,
    on_failure: OnFailure,
    max_changes: int | None = None,
) -> Plan:
    """Decide every requested version, or put it into a batch.

    ``readings`` holds what is there, for the package of every request; versions are by their stored
    names, and what a request selects has been selected. Where any version is sure to fail in a way
    that isn't ``allowed``, the plan sends nothing, unless the step is to continue; and it is
    refused where it would change more than ``max_changes`` versions.
    """
    decided: dict[Key, Outcome] = {}
    batches: list[Batch] = []
    missing = Missing()
    for request in requests:
        reading = readings[request.package]
        conditions: dict[str, _Condition] = {}
        for version in request.versions:
            outcome = _decide(request, version, reading, missing)
            if outcome is None:
                conditions[version] = _condition(request, version, reading)
            else:
                decided[request.package, version] = outcome
        batches += _batches(request, conditions)
    plan = Plan(
        requests=tuple(requests), batches=tuple(batches), decided=decided, readings=readings
    )
    fatal = sum(
        outcome.failure is not None and not allowed.covers(outcome.failure.code)
        for outcome in decided.values()
    )
    if fatal and on_failure is not OnFailure.CONTINUE:
        others = "1 other version" if fatal == 1 else f"{fatal} other versions"
        return withhold(plan, f"{others} of this step can't change, so nothing was sent")
    changes = sum(len(batch.versions) for batch in batches)
    if max_changes is not None and changes > max_changes:
        these = "1 version" if changes == 1 else f"{changes} versions"
        refusal = (
            f"this step would change {these}, and max-changes is {max_changes}, so nothing was sent"
        )
        return replace(withhold(plan, refusal), refusal=refusal)
    return plan


def plan_way_back(plan: Plan, outcomes: Mapping[Key, Outcome]) -> Plan:
    """The plan that puts back what was changed, pinned to what this step set."""
    denied = {package for package, reading in plan.readings.items() if isinstance(reading, Denied)}
    requests = reversals(plan.requests, outcomes, unread=denied)
    set_by_us: dict[Package, dict[str, State]] = {}
    for request in requests:
        there = set_by_us.setdefault(request.package, {})
        for version in request.versions:
            there[version] = State(
                str(request.expected_status), outcomes[request.package, version].revision
            )
    readings: dict[Package, Reading] = {
        package: DENIED if package in denied else there for package, there in set_by_us.items()
    }
    return make_plan(requests, readings, allowed=Allowed(), on_failure=OnFailure.CONTINUE)


def skipped(requests: Iterable[Request], reason: str) -> dict[Key, Outcome]:
    """Every version of ``requests`` failed SKIPPED, where nothing is known of any."""
    return {
        (request.package, version): _skipped(version, None, reason)
        for request in requests
        for version in request.versions
    }


def withhold(plan: Plan, reason: str) -> Plan:
    """The same plan with nothing to send: what was to be sent is failed SKIPPED, for ``reason``."""
    return _settle(plan, lambda version, state: _skipped(version, state, reason))


def _skipped(version: str, state: State | None, reason: str) -> Outcome:
    return Outcome.failed(Code.SKIPPED, f"version {version} is skipped: {reason}", state=state)


def rehearse(plan: Plan) -> Plan:
    """The same plan as a dry run: what would be sent is planned, and nothing is sent."""
    return _settle(
        plan,
        lambda _, state: Outcome(
            verdict=Verdict.PLANNED,
            before=state.status if state else None,
            after=state.status if state else None,
            revision=state.revision if state else None,
        ),
    )


def _settle(plan: Plan, decide: Callable[[str, State | None], Outcome]) -> Plan:
    settled = {
        (batch.package, version): decide(version, plan.state(batch.package, version))
        for batch in plan.batches
        for version in batch.versions
    }
    return replace(plan, batches=(), decided={**plan.decided, **settled})


def _decide(request: Request, version: str, reading: Reading, missing: Missing) -> Outcome | None:
    """The outcome of a version that needs no call or can't change; None if it is to be changed."""
    is_unmatched = version == request.unmatched
    if isinstance(reading, Denied):
        return _decide_unread(request, version)
    state = None if is_unmatched else reading.get(version)
    if state is None:
        return Outcome.failed(Code.NOT_FOUND, missing.message(request, version, reading))
    revision = request.revisions.get(version)
    if revision is not None and state.revision is not None and revision != state.revision:
        return Outcome.failed(
            Code.MISMATCHED_REVISION,
            f"current revision: {state.revision}, expected revision: {revision}",
            state=state,
        )
    if state.status == request.target:
        return Outcome(
            verdict=Verdict.UNCHANGED,
            before=state.status,
            after=state.status,
            revision=state.revision,
        )
    if request.expected_status is not None and state.status != request.expected_status:
        return Outcome.failed(
            Code.MISMATCHED_STATUS,
            f"current status: {state.status}, expected status: {request.expected_status}",
            state=state,
        )
    if state.status == Status.DISPOSED and request.target is not Status.DELETED:
        # Whoever hides or blocks a version must not be led to delete it, which would free its name.
        shows = request.target is Status.PUBLISHED
        meaning = "can only be deleted" if shows else "can't be downloaded any more"
        return Outcome.failed(
            Code.NOT_ALLOWED,
            f"current status: {state.status}, target status: {request.target}; a disposed version "
            f"{meaning}",
            state=state,
        )
    return None


def _decide_unread(request: Request, version: str) -> Outcome | None:
    """The outcome of a version that can only be told by reading; None if it can be sent without."""
    if version == request.unmatched:
        return Outcome.failed(ACCESS_DENIED, f"Could not read what matches {version}")
    revision = request.revisions.get(version)
    if revision is not None and request.target is Status.DELETED:
        text = f"its revision could not be read, and DeletePackageVersions takes none: {revision}"
        return Outcome.failed(ACCESS_DENIED, text)
    return None


_Condition: TypeAlias = tuple[str | None, str | None]
"""The status and the revision that a call expects of a version; None for any."""


def _condition(request: Request, version: str, reading: Reading) -> _Condition:
    """What was read; the user's own conditions where there is nothing that was read."""
    pin = request.revisions.get(version)
    if isinstance(reading, Denied):
        return request.expected_status, pin
    state = reading[version]
    return state.status, state.revision or pin


def _batches(request: Request, conditions: Mapping[str, _Condition]) -> Iterator[Batch]:
    """Batches of versions, each of one expected status.

    The service wants a revision for every version of a call or for none, so the odd version
    without one (the model of ListPackageVersions lets it be absent) goes by itself.
    """
    groups: dict[tuple[str | None, bool], dict[str, str]] = {}
    for version, (status, pin) in conditions.items():
        groups.setdefault((status, pin is not None), {})[version] = pin or ""
    for (status, is_pinned), pins in groups.items():
        versions = tuple(pins)
        for start in range(0, len(versions), MAX_BATCH):
            chunk = versions[start : start + MAX_BATCH]
            yield Batch(
                package=request.package,
                target=request.target,
                versions=chunk,
                expected_status=status,
                revisions={version: pins[version] for version in chunk} if is_pinned else None,
            )
