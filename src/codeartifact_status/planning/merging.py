"""Requests for the same package and statuses become one. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from codeartifact_status.model import Package, Request, Status


def merged(requests: Iterable[Request]) -> tuple[Request, ...]:
    """Requests for the same package and statuses as one, in the order of the first of each.

    Versions of one package may well go to different statuses, as they do in an undo.
    """
    groups: dict[tuple[Package, Status, str | None], list[Request]] = {}
    for request in requests:
        key = request.package, request.target, request.expected_status
        groups.setdefault(key, []).append(request)
    return tuple(
        group[0]
        if len(group) == 1
        else replace(
            group[0],
            versions=tuple(dict.fromkeys(v for request in group for v in request.versions)),
            revisions={v: pin for request in group for v, pin in request.revisions.items()},
            spellings={v: s for request in group for v, s in request.spellings.items()},
            entries={v: n for request in reversed(group) for v, n in request.entries.items()},
            number=next((request.number for request in group if request.number), None),
        )
        for group in groups.values()
    )
