"""The way back: what a run changed becomes the requests and the document that reverse it. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from codeartifact_status.model import (
    REVERSIBLE,
    Doubt,
    Key,
    Outcome,
    Package,
    Plan,
    Request,
    Status,
    Verdict,
)


def undo(
    requests: Iterable[Request], outcomes: Mapping[Key, Outcome], *, unread: Collection[Package]
) -> list[dict[str, Any]]:
    """The ``packages`` document of the ``reversals``, its keys spelled as this action's inputs.

    A namespace of null is said, because what an entry leaves out comes from the step.
    """
    return [
        {
            "repository": request.package.repository,
            "format": request.package.format.value,
            "namespace": request.package.namespace,
            "package": request.package.name,
            "versions": list(request.versions),
            **({"version-revisions": dict(request.revisions)} if request.revisions else {}),
            "expected-status": request.expected_status,
            "target-status": request.target.value,
        }
        for request in reversals(requests, outcomes, unread=unread)
    ]


def reversals(
    requests: Iterable[Request], outcomes: Mapping[Key, Outcome], *, unread: Collection[Package]
) -> list[Request]:
    """The requests that put back what was changed.

    Every version goes back to its own former status, expected to be where it was put, with the
    revision that was read. Where reading was denied, only what the user's expected status vouches
    for can go back, unpinned. A version that has no outcome yet has not been changed.
    """
    found: list[Request] = []
    for request in requests:
        package = request.package
        groups: dict[tuple[str, bool], dict[str, str]] = {}
        for version in request.versions:
            outcome = outcomes.get((package, version))
            if outcome is not None and can_be_undone(request, outcome):
                pin = None if package in unread else outcome.revision
                group = str(outcome.before), pin is not None
                groups.setdefault(group, {})[version] = pin or ""
        found += [
            Request(
                package=package,
                versions=tuple(pins),
                target=Status(before),
                revisions=pins if pinned else {},
                expected_status=request.target.value,
            )
            for (before, pinned), pins in groups.items()
        ]
    return found


def can_be_undone(request: Request, outcome: Outcome) -> bool:
    """Whether a version was changed, or may have been, in a way that the service lets one undo.

    To undo what was not changed after all is to find it at its former status, which is a success.

    There is no way back from Disposed or Deleted, none to Unfinished, and none to a status that
    was never read.
    """
    return (
        (outcome.verdict is Verdict.CHANGED or outcome.doubt is not Doubt.NONE)
        and request.target in REVERSIBLE
        and outcome.before in REVERSIBLE
    )


def expected(plan: Plan) -> dict[Key, Outcome]:
    """What a plan is to change, as if it had: of what was read, which alone is vouched for."""
    return {
        (batch.package, version): Outcome(
            verdict=Verdict.CHANGED,
            before=state.status,
            after=batch.target,
            revision=state.revision,
        )
        for batch in plan.batches
        for version in batch.versions
        if (state := plan.state(batch.package, version)) is not None
    }


def joined(
    entries: Sequence[Mapping[str, Any]],
    former: Sequence[Mapping[str, Any]],
    requests: Iterable[Request],
) -> list[Mapping[str, Any]]:
    """An undo, with what a ``former`` one says of other versions of the same ``requests``.

    A step that is run again finds changed what its first attempt has changed, and how that is
    undone only the first attempt could know.
    """
    told = {(_place(entry), version) for entry in entries for version in entry["versions"]}
    asked = {
        ((p.repository, p.format.value, p.namespace, p.name), version)
        for request in requests
        for p in [request.package]
        for version in request.versions
    }
    kept: list[Mapping[str, Any]] = []
    for entry in former:
        place = _place(entry)
        versions = [v for v in entry["versions"] if (place, v) in asked and (place, v) not in told]
        if versions:
            pins = entry.get("version-revisions", {})
            pinned = {v: pins[v] for v in versions if v in pins}
            rest = {name: said for name, said in entry.items() if name != "version-revisions"}
            more = {"version-revisions": pinned} if pinned else {}
            kept.append({**rest, "versions": versions, **more})
    return [*entries, *kept]


def _place(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(entry.get(name) for name in ("repository", "format", "namespace", "package"))
