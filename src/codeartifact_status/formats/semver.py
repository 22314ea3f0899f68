"""Semantic Versioning 2.0, and ranges of such versions as npm and Cargo understand them alike.

How a range is written, and which version an incomplete one stands for, is the business of the
formats' own modules.
"""

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple, TypeAlias

NUMBER = r"(?:0|[1-9][0-9]*)"
_LABEL = rf"(?:{NUMBER}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
LABELS = rf"{_LABEL}(?:\.{_LABEL})*"
BUILD = r"[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*"
_VERSION = re.compile(
    rf"({NUMBER})\.({NUMBER})\.({NUMBER})(?:-({LABELS}))?(?:\+{BUILD})?", re.ASCII
)


Identifier: TypeAlias = tuple[int, int, int, str]
Core: TypeAlias = tuple[int, int, int]
"""Major, minor and patch."""


class Version(NamedTuple):
    """Sorts by precedence (Semantic Versioning 2.0, 11), which disregards build metadata."""

    core: Core
    is_release: bool
    """A pre-release comes before its release."""
    labels: tuple[Identifier, ...] = ()
    """Of a pre-release; without any it is the place before all pre-releases of ``core``."""


def order(text: str) -> Version | None:
    """A key that sorts versions; None for what is no version."""
    match = _VERSION.fullmatch(text)
    if match is None:
        return None
    core = (int(match[1]), int(match[2]), int(match[3]))
    return Version(core, is_release=match[4] is None, labels=identifiers(match[4] or ""))


def identifiers(text: str) -> tuple[Identifier, ...]:
    """A key that sorts labels, or build metadata: numbers by value, and before words."""
    return tuple(
        (0, int(part), len(part), "") if part.isdigit() else (1, 0, 0, part)
        for part in (text.split(".") if text else ())
    )


def without_build(text: str) -> str | None:
    """A version without its build metadata; None for what is no version."""
    return text.partition("+")[0] if _VERSION.fullmatch(text) else None


# --- Ranges. -------------------------------------------------------------------------------------

_PARTS = ("major", "minor", "patch")
_COMPARISONS = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What a version must be, compared with another."""

    holds: Callable[[Version, Version], bool]
    version: Version


def are_met(bounds: Sequence[Bound], version: Version) -> bool:
    """Whether a version meets all ``bounds``.

    A pre-release does so only beside a bound that names one of the same major.minor.patch.
    """
    if not all(bound.holds(version, bound.version) for bound in bounds):
        return False
    return version.is_release or any(
        bound.version.labels and bound.version.core == version.core for bound in bounds
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """A version that may be incomplete, as ``1``, ``1.2`` and ``1.2.x`` are."""

    numbers: tuple[int, ...]
    """The first of major, minor and patch, as far as they are given."""
    labels: str = ""
    """Of a pre-release; they count only where all numbers are given."""

    @classmethod
    def read(cls, text: str) -> "Partial":
        """Take what comes before the first wildcard; build metadata counts for nothing."""
        core, _, labels = text.partition("+")[0].partition("-")
        numbers = takewhile(str.isdigit, core.split("."))
        return cls(numbers=tuple(map(int, numbers)), labels=labels)

    @property
    def is_complete(self) -> bool:
        """Whether it stands for one version, and not for all that begin with its numbers."""
        return len(self.numbers) == len(_PARTS)

    @property
    def lowest(self) -> Version:
        """The lowest version that it stands for, where the incomplete stand for releases only."""
        labels = identifiers(self.labels) if self.is_complete else ()
        return Version(_core(self.numbers), is_release=not labels, labels=labels)

    @property
    def significant(self) -> int:
        """How many of its numbers reach to the first that isn't zero; all where all are zero."""
        zeros = sum(1 for _ in takewhile(lambda number: number == 0, self.numbers))
        return min(zeros + 1, len(self.numbers))

    def core_after(self, kept: int = len(_PARTS)) -> Core:
        """The next major.minor.patch that begins otherwise than with the first ``kept`` numbers."""
        *former, last = self.numbers[:kept]
        return _core((*former, last + 1))


def _core(numbers: Sequence[int]) -> Core:
    major, minor, patch = (*numbers, 0, 0, 0)[: len(_PARTS)]
    return major, minor, patch


def from_pre_releases(core: Core) -> Bound:
    """From the pre-releases of ``core`` on."""
    return Bound(holds=operator.ge, version=Version(core, is_release=False))


def _below(core: Core) -> Bound:
    """Below all pre-releases of ``core``, too."""
    return Bound(holds=operator.lt, version=Version(core, is_release=False))


def bounds(sign: str, partial: Partial) -> tuple[Bound, ...]:
    """What ``sign``, one of ``^ ~ = < <= > >=``, asks of a version together with ``partial``.

    Of what begins with an incomplete version, pre-releases are on neither side of it.
    """
    if not partial.numbers:
        return (_below((0, 0, 0)),) if sign in {"<", ">"} else ()
    if partial.is_complete and sign in _COMPARISONS:
        return (Bound(holds=_COMPARISONS[sign], version=partial.lowest),)
    from_lowest = Bound(holds=operator.ge, version=partial.lowest)
    match sign:
        case "^" | "~" | "=":
            kept = {"^": partial.significant, "~": 2, "=": len(_PARTS)}[sign]
            return from_lowest, _below(partial.core_after(kept))
        case ">=":
            return (from_lowest,)
        case ">":
            after = Version(partial.core_after(), is_release=True)
            return (Bound(holds=operator.ge, version=after),)
        case "<":
            return (_below(partial.lowest.core),)
        case "<=":
            return (_below(partial.core_after()),)
    raise AssertionError(f"no sign of a range: {sign}")
