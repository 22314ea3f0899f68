"""Which of the versions that are there a request means: patterns, keep-latest. Pure."""

from collections.abc import Sequence

from codeartifact_status.formats.expressions import any_of, order_of
from codeartifact_status.formats.table import RULES
from codeartifact_status.model import Denied, Format, Reading, Request, State, Status


def select(request: Request, reading: Reading) -> Request:
    """The request with its selection carried out on what was read; unchanged without one.

    What matches comes after the versions that were asked for by name. Builds of Maven snapshots
    never match. With a selection the expected status is a filter; without an expected status, all
    versions are taken from which the target can be reached. Where nothing matches, or nothing could
    be read, the selection stands among the versions as text, and the plan fails it.

    Raises:
        ValueError: ``keep_latest`` has to order something that is no version to the format.
    """
    selection = request.selection
    if selection is None:
        return request
    format_ = request.package.format
    there = {} if isinstance(reading, Denied) else reading
    excluded = any_of(format_, selection.excluding)({*request.versions, *there})
    named = [version for version in request.versions if version not in excluded]
    if not selection.matching:
        return request.with_versions(named)
    wanted = any_of(format_, selection.matching)(there)
    never_matches = RULES[format_].never_matches
    matched = [
        version
        for version in there
        if version in wanted
        and version not in excluded
        and not (never_matches and never_matches.fullmatch(version))
    ]
    if not matched:
        return request.with_versions([*named, selection.text])
    kept = _latest(format_, matched, selection.keep_latest)
    left_alone = {
        version: f"one of the newest {selection.keep_latest}"
        if version in kept
        else f"its status is {there[version].status}"
        for version in matched
        if version in kept or not _is_taken(request, there[version])
    }
    chosen = [version for version in matched if version not in left_alone]
    return request.with_versions([*named, *chosen], left_alone=left_alone)


def _is_taken(request: Request, state: State) -> bool:
    if state.status == request.target:
        return True
    if request.expected_status is not None:
        return state.status == request.expected_status
    return state.status != Status.DISPOSED or request.target is Status.DELETED


def _latest(format_: Format, versions: Sequence[str], count: int) -> frozenset[str]:
    if count == 0:
        return frozenset()
    return frozenset(sorted(versions, key=order_of(format_), reverse=True)[:count])
