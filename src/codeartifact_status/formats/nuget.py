"""NuGet: names and versions as the service normalizes them, order and ranges as NuGet's own.

The order is that of ``VersionComparer.Default``, ranges are those of ``VersionRange`` and take
pre-releases as restore does.
"""

import re
from typing import NamedTuple

from codeartifact_status.formats.intervals import read_intervals
from codeartifact_status.formats.matching import Matcher, is_plain, just, one_by_one
from codeartifact_status.formats.patterns import NAME
from codeartifact_status.formats.rules import Rules

_LABELS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = re.compile(rf"([0-9]+(?:\.[0-9]+){{0,3}})(?:-({_LABELS}))?(?:\+{_LABELS})?")
_LARGEST_NUMBER = 2**31 - 1


class _Place(NamedTuple):
    """Sorts versions; equal for the same version."""

    numbers: tuple[int, ...]
    """Four."""
    is_release: bool
    """A pre-release comes before its release."""
    labels: tuple[tuple[int, int, str], ...]


def _order(version: str) -> _Place | None:
    match = _VERSION.fullmatch(version)
    if match is None:
        return None
    labels = match[2].lower().split(".") if match[2] else []
    given = [int(number) for number in match[1].split(".")]
    numbers = (*given, *[0] * (4 - len(given)))
    has_leading_zero = any(re.fullmatch("0[0-9]+", label) for label in labels)
    if has_leading_zero or max(numbers) > _LARGEST_NUMBER:
        return None
    return _Place(numbers, not labels, tuple(map(_label, labels)))


def _label(label: str) -> tuple[int, int, str]:
    """Numbers come by value and before words; one that is too large is a word to NuGet."""
    is_number = (
        re.fullmatch("-?[0-9]+", label) and -_LARGEST_NUMBER <= int(label) <= _LARGEST_NUMBER
    )
    return (0, int(label), "") if is_number else (1, 0, label)


def _identity(version: str) -> str | None:
    """The normalized form, with labels in lower case."""
    if _order(version) is None:
        return None
    numbers, dash, labels = _normal_version(version).partition("-")
    parts = [*numbers.split("."), "0", "0"]
    return ".".join(parts[: max(3, len(parts) - 2)]) + dash + labels.lower()


def _normal_version(version: str) -> str:
    """CodeArtifact User Guide, "NuGet package name, version, and asset name normalization".

    Leading zeros, a fourth part of 0, and build metadata are dropped.
    """
    numbers, dash, label = version.partition("+")[0].partition("-")
    parts = numbers.split(".")
    if not all(part.isascii() and part.isdigit() for part in parts):
        return version
    parts = [part.lstrip("0") or "0" for part in parts]
    if parts[3:] == ["0"]:
        parts.pop()
    return ".".join(parts) + dash + label


def _read_range(expression: str) -> Matcher | None:
    """One interval, with a bound; or one version. Pre-releases need one for a bound."""
    if is_plain(expression):
        return just(expression, _identity)
    match read_intervals(expression, _order):
        case (interval,) if interval.low or interval.high:
            bounds = [bound for bound in (interval.low, interval.high) if bound]
        case _:
            return None
    takes_any = not all(bound.is_release for bound in bounds)

    def matches(version: str) -> bool:
        place = _order(version)
        return place is not None and place in interval and (takes_any or place.is_release)

    return one_by_one(matches)


NUGET = Rules(
    purl_type="nuget",
    namespace=None,
    name=NAME,
    name_hint="",
    name_spelling=str.lower,
    version_spelling=_normal_version,
    identity=_identity,
    ignores_case=True,
    order=_order,
    ranges=_read_range,
    never_matches=None,
    example="[1.4,2)",
)
