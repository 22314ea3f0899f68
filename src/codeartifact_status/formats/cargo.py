"""Cargo: versions and requirements as its own ``semver`` crate takes them."""

import re
from typing import Any

from codeartifact_status.formats import semver
from codeartifact_status.formats.matching import Matcher, one_by_one
from codeartifact_status.formats.patterns import NAME
from codeartifact_status.formats.rules import Rules, unchanged

_PATCH = rf"{semver.NUMBER}(?:-{semver.LABELS})?(?:\+{semver.BUILD})?"
_PARTIAL = rf"{semver.NUMBER}(?:\.{semver.NUMBER}(?:\.(?:{_PATCH}|[xX*]))?|\.[xX*](?:\.[xX*])?)?"
_COMPARATOR = re.compile(rf" *(\^|~|=|[<>]=?|) *({_PARTIAL}) *", re.ASCII)
_ANYTHING = re.compile(r" *[xX*] *")
_MOST_COMPARATORS = 32
_LARGEST_NUMBER = 2**64 - 1


def _order(version: str) -> Any:
    """By precedence, and then by build metadata, which Cargo compares as well."""
    place = semver.order(version)
    return place and (place, semver.identifiers(version.partition("+")[2]))


def _read_range(expression: str) -> Matcher | None:
    bounds: list[semver.Bound] = []
    parts = [] if _ANYTHING.fullmatch(expression) else expression.split(",")
    for part in parts:
        match = _COMPARATOR.fullmatch(part)
        if match is None or len(parts) > _MOST_COMPARATORS:
            return None
        has_wildcard = re.search(r"\.[xX*]", match[2].partition("-")[0])
        sign = match[1] or ("=" if has_wildcard else "^")
        partial = semver.Partial.read(match[2])
        if max(partial.numbers) > _LARGEST_NUMBER:
            return None
        bounds += semver.bounds(sign, partial) if partial.is_complete else _bounds(sign, partial)

    def matches(text: str) -> bool:
        version = semver.order(text)
        return version is not None and semver.are_met(bounds, version)

    return one_by_one(matches)


def _bounds(sign: str, partial: semver.Partial) -> tuple[semver.Bound, ...]:
    """What ``sign`` asks of a version together with an incomplete one.

    It matters beside a bound that lets pre-releases in: ``^`` and ``>`` take them, and the others
    none of what begins with the incomplete version.
    """
    found = semver.bounds(sign, partial)
    match sign:
        case "^":
            return semver.from_pre_releases(partial.lowest.core), *found[1:]
        case ">":
            return (semver.from_pre_releases(partial.core_after()),)
        case "<":
            return found
    length = len(partial.numbers)
    is_release = semver.Bound(
        holds=lambda version, lowest: (
            version.is_release or version.core[:length] != lowest.core[:length]
        ),
        version=partial.lowest,
    )
    return *found, is_release


CARGO = Rules(
    purl_type="cargo",
    namespace=None,
    name=NAME,
    name_hint="",
    name_spelling=unchanged,
    version_spelling=unchanged,
    identity=None,
    ignores_case=False,
    order=_order,
    ranges=_read_range,
    never_matches=None,
    example="^1.4",
)
