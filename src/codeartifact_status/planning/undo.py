"""The way back: what a run changed becomes the requests and the document that reverse it. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeAlias

from codeartifact_status.model import (
    REVERSIBLE,
    Denied,
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
    """The ``packages`` document of the ``reversals``."""
    return document(reversals(requests, outcomes, unread=unread))


def document(requests: Iterable[Request]) -> list[dict[str, Any]]:
    """Requests that put back what was changed as ``packages``, spelled as this action's inputs.

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
        for request in requests
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
        package, is_unread = request.package, request.package in unread
        found += _putting_back(
            package,
            request.target,
            (
                (version, outcome.before, None if is_unread else outcome.revision)
                for version in request.versions
                if (outcome := outcomes.get((package, version))) is not None
                and can_be_undone(request, outcome)
            ),
        )
    return found


def expected(plan: Plan) -> list[Request]:
    """The requests that put back what a plan is to change, as if it had.

    Of what was read, which alone is vouched for.
    """
    found: list[Request] = []
    read = (one for one in plan.batches if not isinstance(plan.readings[one.package], Denied))
    for (package, target), batches in groupby(read, key=lambda one: (one.package, one.target)):
        found += _putting_back(
            package,
            target,
            (
                (version, batch.expected_status, (batch.revisions or {}).get(version))
                for batch in batches
                if is_reversible(target, batch.expected_status)
                for version in batch.versions
            ),
        )
    return found


_Change: TypeAlias = tuple[str, str | None, str | None]
"""A version, its former status, and the revision to pin it to."""


def _putting_back(
    package: Package, target: Status, changes: Iterable[_Change]
) -> Iterator[Request]:
    """A request for each former status of what was set to ``target``."""
    groups: dict[tuple[str, bool], dict[str, str]] = {}
    for version, before, pin in changes:
        groups.setdefault((str(before), pin is not None), {})[version] = pin or ""
    for (before, is_pinned), pins in groups.items():
        yield Request(
            package=package,
            versions=tuple(pins),
            target=Status(before),
            revisions=pins if is_pinned else {},
            expected_status=target.value,
        )


def can_be_undone(request: Request, outcome: Outcome) -> bool:
    """Whether a version was changed, or may have been, in a way that the service lets one undo.

    To undo what was not changed after all is to find it at its former status, which is a success.
    """
    return (
        outcome.verdict is Verdict.CHANGED or outcome.doubt is not Doubt.NONE
    ) and is_reversible(request.target, outcome.before)


def is_reversible(target: Status, before: str | None) -> bool:
    """Whether the service lets one undo a change to ``target``.

    There is no way back from Disposed or Deleted, none to Unfinished, and none to a status that
    was never read.
    """
    return target in REVERSIBLE and before in REVERSIBLE


def joined(
    entries: Sequence[Mapping[str, Any]],
    former: Sequence[Mapping[str, Any]],
    requests: Iterable[Request],
) -> list[Mapping[str, Any]]:
    """An undo, with what a ``former`` one says of other versions of the same ``requests``.

    A step that is run again finds changed what its first attempt has changed, and how that is
    undone only the first attempt could know.
    """
    spoken_of: dict[_Place, set[str]] = {_place(entry): set() for entry in former}
    for request in requests:
        one = request.package
        place = (one.repository, one.format.value, one.namespace, one.name)
        if place in spoken_of:
            spoken_of[place].update(request.versions)
    for entry in entries:
        if (place := _place(entry)) in spoken_of:
            spoken_of[place].difference_update(entry["versions"])
    kept: list[Mapping[str, Any]] = []
    for entry in former:
        left = spoken_of[_place(entry)]
        if versions := [version for version in entry["versions"] if version in left]:
            pins = entry.get("version-revisions", {})
            pinned = {v: pins[v] for v in versions if v in pins}
            rest = {name: said for name, said in entry.items() if name != "version-revisions"}
            more = {"version-revisions": pinned} if pinned else {}
            kept.append({**rest, "versions": versions, **more})
    return [*entries, *kept]


_Place: TypeAlias = tuple[Any, ...]


def _place(entry: Mapping[str, Any]) -> _Place:
    return tuple(entry.get(name) for name in ("repository", "format", "namespace", "package"))
