"""The way back: what a run changed becomes the requests and the document that reverse it. Pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from codeartifact_status.model import REVERSIBLE, Key, Outcome, Package, Request, Status, Verdict


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
        (outcome.verdict is Verdict.CHANGED or outcome.in_doubt)
        and request.target in REVERSIBLE
        and outcome.before in REVERSIBLE
    )
