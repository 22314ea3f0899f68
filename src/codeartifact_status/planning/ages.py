"""Which of the versions that a selection brought are too young for it. Pure.

Ages are asked of the service one version at a time, so they are asked only of what would change.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from codeartifact_status.model import Denied, Key, Package, Reading, Request


def to_be_dated(
    requests: Iterable[Request], readings: Mapping[Package, Reading]
) -> tuple[Key, ...]:
    """The versions whose age decides whether they change, in order.

    What is at the target already is left as it is at any age, and what was asked for by name is
    never held back by its own.
    """
    return tuple(
        (request.package, version)
        for request in requests
        if request.selection is not None and request.selection.older_than is not None
        for reading in [readings[request.package]]
        if not isinstance(reading, Denied)
        for version in request.versions
        if version in request.matched and reading[version].status != request.target
    )


def leave_young(request: Request, ages: Mapping[Key, timedelta | None]) -> Request:
    """The request without what was published too short a time ago, or at a time nobody knows."""
    least = None if request.selection is None else request.selection.older_than
    if least is None:
        return request
    young: dict[str, str] = {}
    for version in request.versions:
        if (key := (request.package, version)) in ages:
            age = ages[key]
            if age is None:
                young[version] = "the service does not say when it was published"
            elif age < least:
                young[version] = f"published less than {duration(least)} ago"
    return request.with_versions(
        (version for version in request.versions if version not in young),
        left_alone={**request.left_alone, **young},
        unmatched=request.unmatched,
        matched=request.matched.difference(young),
    )


def duration(span: timedelta) -> str:
    """``1 day``, ``30 days``, ``12 hours``: whole hours, as ``older-than`` takes them."""
    hours = round(span / timedelta(hours=1))
    count, unit = (hours // 24, "day") if hours % 24 == 0 else (hours, "hour")
    return f"{count} {unit}{'' if count == 1 else 's'}"
