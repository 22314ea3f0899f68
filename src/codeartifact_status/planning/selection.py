"""Which of the versions that are there a request means: patterns, keep-latest. Pure."""

from collections.abc import Collection, Iterable, Mapping
from itertools import takewhile

from codeartifact_status.formats.expressions import any_of, order_of
from codeartifact_status.formats.table import rules_of
from codeartifact_status.model import (
    Denied,
    Format,
    Package,
    Reading,
    Request,
    Selection,
    State,
    Status,
)


def select(request: Request, reading: Reading) -> Request:
    """The request with its selection carried out on what was read; unchanged without one.

    What matches comes after the versions that were asked for by name. With a selection the expected
    status is a filter; without an expected status, all versions are taken from which the target can
    be reached. Where nothing matches, or nothing could be read, the selection is among the versions
    as text (``unmatched``), and the plan fails it.

    Raises:
        ValueError: ``keep_latest`` has to order something that is no version to the format.
    """
    selection = request.selection
    if selection is None:
        return request
    there = {} if isinstance(reading, Denied) else reading
    excluded = excluded_by(request, there)
    named = [version for version in request.versions if version not in excluded]
    left_alone = {
        version: "excluded by exclude-versions"
        for version in request.versions
        if version in excluded
    }
    if not selection.matching:
        return request.with_versions(named, left_alone=left_alone)
    matched = matched_by(request, there)
    if not matched:
        text = selection.text
        return request.with_versions([*named, text], left_alone=left_alone, unmatched=text)
    kept = _latest(request, selection, {version: there[version] for version in matched})
    by_name = set(named)
    for version in matched:
        if version in by_name:
            continue
        if version in kept:
            left_alone[version] = f"one of the newest {selection.keep_latest}"
        elif not _is_taken(request, there[version]):
            left_alone[version] = f"its status is {there[version].status}"
    chosen = [version for version in matched if version not in left_alone]
    return request.with_versions(
        [*named, *chosen], left_alone=left_alone, matched=set(chosen) - by_name
    )


def idle_exclusions(
    requests: Iterable[Request], readings: Mapping[Package, Reading]
) -> tuple[str, ...]:
    """The expressions of ``exclude-versions`` that hold back nothing, in any package."""
    idle: dict[str, bool] = {}
    for request in requests:
        reading = readings[request.package]
        names = _all_names(request, {} if isinstance(reading, Denied) else reading)
        for expression in request.selection.excluding if request.selection is not None else ():
            takes = any_of(request.package.format, (expression,))
            idle[expression] = idle.get(expression, True) and not takes(names)
    return tuple(expression for expression, is_idle in idle.items() if is_idle)


def matched_by(request: Request, there: Mapping[str, State]) -> list[str]:
    """What is there, matches the request's patterns, and isn't excluded; whatever its status."""
    if request.selection is None:
        return []
    excluded = excluded_by(request, there)
    format_ = request.package.format
    return matches_of(format_, request.selection.matching, there, excluded=excluded)


def excluded_by(request: Request, there: Mapping[str, State]) -> frozenset[str]:
    """What is there or named, and excluded: by its name, or by the spelling it was asked for in."""
    selection = request.selection
    if selection is None:
        return frozenset()
    found = any_of(request.package.format, selection.excluding)(_all_names(request, there))
    spellings = request.spellings.items()
    return found | {version for version, texts in spellings if not found.isdisjoint(texts)}


def _all_names(request: Request, there: Mapping[str, State]) -> set[str]:
    """What is there, and what is asked for, in each spelling."""
    spelled = (text for texts in request.spellings.values() for text in texts)
    return {*request.versions, *there, *spelled}


def matches_of(
    format_: Format,
    matching: tuple[str, ...],
    there: Mapping[str, State],
    *,
    excluded: Collection[str] = (),
) -> list[str]:
    """What is there, matches and isn't ``excluded``. Builds of Maven snapshots never match."""
    wanted = any_of(format_, matching)(there)
    never_matches = rules_of(format_).never_matches
    return [
        version
        for version in there
        if version in wanted
        and version not in excluded
        and not (never_matches and never_matches.fullmatch(version))
    ]


def _is_taken(request: Request, state: State) -> bool:
    if state.status == request.target:
        return True
    if request.expected_status is not None:
        return state.status == request.expected_status
    return state.status != Status.DISPOSED or request.target is Status.DELETED


def _latest(request: Request, selection: Selection, matched: Mapping[str, State]) -> frozenset[str]:
    """The newest of what matched, so many as are to be kept."""
    if selection.keep_latest == 0:
        return frozenset()
    live = [version for version, state in matched.items() if _is_live(state, request.target)]
    newest = sorted(live, key=order_of(request.package.format), reverse=True)
    return frozenset(newest[: selection.keep_latest])


_BY_VISIBILITY = (Status.PUBLISHED, Status.UNLISTED, Status.ARCHIVED)
"""What a user of the repository gets to see, from most to least (User Guide, "Package version
status"): listed and downloadable, only downloadable, neither."""


def _is_live(state: State, target: Status) -> bool:
    """Whether a version counts among the newest: it is more visible than the target leaves it.

    Nothing is more visible than Published; to publish all but the newest, all that are whole count.
    """
    if target is Status.PUBLISHED:
        return state.status not in {Status.DISPOSED, Status.UNFINISHED}
    more_visible = takewhile(lambda status: status is not target, _BY_VISIBILITY)
    return any(state.status == status for status in more_visible)
