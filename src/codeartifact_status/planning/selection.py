"""Which versions a selection takes: globs, ranges, keep-latest. Pure.

What a range is, and how versions are ordered, each format says for itself.
"""

import fnmatch
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from codeartifact_status.formats.rules import Matches
from codeartifact_status.formats.table import RULES
from codeartifact_status.model import Denied, Format, Reading, Request, State, Status

_OPERATORS = re.compile(r"[<>=^~|,\s]")
_LONGER_THAN_A_VERSION = re.compile(r"[^<>=^~|,!()\[\]\s]{256}")


def matcher(format_: Format, expression: str) -> Matches:
    """A test whether a version matches a glob, or a range in the format's own syntax.

    Globs hold no operators, and a plain version is a glob without wildcards, unless it is a range
    to the format.

    Raises:
        ValueError: it is neither.
    """
    rules = RULES[format_]
    has_operators = _OPERATORS.search(expression)
    if not has_operators and not (rules.ranges and rules.ranges.is_range(expression)):
        pattern = re.compile(fnmatch.translate(expression))
        return lambda version: pattern.match(version) is not None
    if rules.ranges is None:
        raise ValueError(f"{expression!r}: for {format_} only globs work, such as {rules.example}")
    # The libraries meet a bound of any length with errors of any kind, such as RecursionError.
    is_range = not _LONGER_THAN_A_VERSION.search(expression)
    matches = rules.ranges.read(expression) if is_range else None
    if matches is None:
        raise ValueError(
            f"{expression!r} is neither a glob nor a range of {format_} versions, such as "
            f"{rules.example}"
        )
    return matches


@cache
def any_of(format_: Format, expressions: tuple[str, ...]) -> Matches:
    """A test whether a version matches any of ``expressions``."""
    matchers = [matcher(format_, expression) for expression in expressions]
    return lambda version: any(matches(version) for matches in matchers)


def order_of(format_: Format) -> Callable[[str], Any]:
    """A key that sorts versions as the format does; ValueError for what is no version to it.

    Raises:
        ValueError: the format has no order of its own.
    """
    order = RULES[format_].order
    if order is None:
        raise ValueError(f"{format_} packages have no version order")

    def key(version: str) -> Any:
        place = order(version)
        if place is None:
            raise ValueError(f"{version} is not a {format_} version, so it has no order")
        return place

    return key


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
    excluded = any_of(format_, selection.excluding)
    named = [version for version in request.versions if not excluded(version)]
    if not selection.matching:
        return request.with_versions(named)
    there = {} if isinstance(reading, Denied) else reading
    wanted = any_of(format_, selection.matching)
    never_matches = RULES[format_].never_matches
    matched = [
        version
        for version in there
        if wanted(version)
        and not excluded(version)
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
