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
        sign, text = match[1], match[2]
        has_wildcard = re.search(r"\.[xX*]", text.partition("-")[0])
        partial = semver.Partial.read(text)
        if max(partial.numbers) > _LARGEST_NUMBER:
            return None
        bounds += semver.bounds(sign or ("=" if has_wildcard else "^"), partial)

    def matches(text: str) -> bool:
        version = semver.order(text)
        return version is not None and semver.are_met(bounds, version)

    return one_by_one(matches)


CARGO = Rules(
    purl_type="cargo",
    namespace=None,
    name=NAME,
    name_hint="",
    name_spelling=unchanged,
    version_spelling=unchanged,
    identity=None,
    order=_order,
    ranges=_read_range,
    never_matches=None,
    example="^1.4",
)
