"""Outcomes as rows of a table: sorted by what a reader needs first, and alike ones together. Pure.

Thousands of versions that ended alike are one row, and so is a package that ended alike in several
repositories. Versions are in the format's own order; where it has none, as asked for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TypeAlias

from codeartifact_status.formats.expressions import in_order
from codeartifact_status.model import Code, Failure, Outcome, Package, Request, Verdict
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.wording import statuses


class Fate(Enum):
    """What a reader has to do about a version, in the order in which it matters."""

    TO_MEND = auto()
    """It failed, which is not allowed."""
    DONE = auto()
    """It was changed, or would be."""
    ALLOWED = auto()
    """It failed, as allowed."""
    HELD_BACK = auto()
    """Nothing is wrong with it: others failed, or the step was stopped."""
    PUT_BACK = auto()
    """It was changed, and put back because others failed."""
    UNCHANGED = auto()
    """It was at the target already."""
    LEFT_ALONE = auto()
    """It was named or matched, and is not meant all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Versions of one package that ended alike, in one repository or in several."""

    packages: tuple[Package, ...]
    """The package in each of the repositories."""
    versions: tuple[str, ...]
    move: tuple[str | None, ...] = ()
    """The former and the new status, or the one that it is in."""
    code: str = ""
    """The error code with which each of them failed."""
    reason: str = ""
    """Why each of them failed or was left alone; a version is spoken of as "it"."""

    @property
    def count(self) -> int:
        """How many versions, each counted in each repository."""
        return len(self.versions) * len(self.packages)


_Kind: TypeAlias = tuple[Fate, tuple[str | None, ...], str, str]
"""What alike versions have in common: fate, move, code and reason."""


def rows_of(report: Report) -> Mapping[Fate, Sequence[Row]]:
    """All versions of a run, as rows; a fate that none has is there without rows."""
    found: dict[Fate, list[Row]] = {fate: [] for fate in Fate}
    for request in report.run.requests:
        kinds = _kinds(report, request)
        alike: dict[_Kind, list[str]] = {}
        for version in in_order(request.package.format, kinds):
            alike.setdefault(kinds[version], []).append(version)
        for (fate, move, code, reason), versions in alike.items():
            row = Row(
                packages=(request.package,),
                versions=tuple(versions),
                move=move,
                code=code,
                reason=reason,
            )
            found[fate].append(row)
    return {fate: _across_repositories(rows) for fate, rows in found.items()}


def _kinds(report: Report, request: Request) -> Mapping[str, _Kind]:
    """Each version of a request with what alike ones have in common."""
    left_alone: dict[str, _Kind] = {
        version: (Fate.LEFT_ALONE, (), "", reason) for version, reason in request.left_alone.items()
    }
    return left_alone | {
        version: _kind(report, request, version, outcome)
        for version, outcome in report.run.of(request)
    }


def _kind(report: Report, request: Request, version: str, outcome: Outcome) -> _Kind:
    fate, move, failure = _fate(report, outcome), statuses(request, outcome), outcome.failure
    if failure is None:
        return fate, move, "", ""
    # Whoever allows a failure wants to know how many there were, not what each looks like.
    reason = "" if fate is Fate.ALLOWED else _spoken_of(request.package, version, failure.message)
    return fate, move, failure.code, reason


def _fate(report: Report, outcome: Outcome) -> Fate:
    match outcome.verdict, outcome.failure:
        case Verdict.ROLLED_BACK, _:
            return Fate.PUT_BACK
        case _, Failure(code=Code.SKIPPED):
            return Fate.HELD_BACK
        case _, Failure(code=code):
            return Fate.ALLOWED if report.run.allowed.covers(code) else Fate.TO_MEND
        case Verdict.UNCHANGED, _:
            return Fate.UNCHANGED
        case _:
            return Fate.DONE


def _spoken_of(package: Package, version: str, message: str) -> str:
    """The message in words that are true of every version, in every repository, that failed so."""
    text = message.replace(f" in repository {package.repository}", "")
    return text.replace(f"version {version}", "it").removeprefix("it is skipped: ")


def _across_repositories(rows: Iterable[Row]) -> list[Row]:
    """The rows that differ only by their repository as one."""
    alike: dict[object, list[Row]] = {}
    for row in rows:
        (package,) = row.packages
        named = package.format, package.namespace, package.name
        key = (named, row.versions, row.move, row.code, row.reason)
        alike.setdefault(key, []).append(row)
    return [
        replace(group[0], packages=tuple(row.packages[0] for row in group))
        for group in alike.values()
    ]
