"""How the versions of a run ended, put into rows and counted in one walk over them. Pure.

Headline, annotations, summary and log are made of rows. Thousands of versions that ended alike are
one row, and so is a package that ended alike in several repositories. Versions are in the format's
own order; where it has none, as asked for.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TypeAlias

from codeartifact_status.formats.expressions import in_order
from codeartifact_status.model import (
    Code,
    Failure,
    Outcome,
    Package,
    Request,
    Status,
    Verdict,
)
from codeartifact_status.reporting.run import Run
from codeartifact_status.reporting.wording import count_of, pattern_text, statuses

MAX_LISTED = 5
"""Versions that a row names; of more, it names the first and the last."""


class Fate(Enum):
    """What a reader has to do about a version, in the order in which it matters."""

    TO_MEND = auto()
    """It failed, which is not allowed."""
    CHANGED = auto()
    PLANNED = auto()
    """It would be changed, were this not a dry run."""
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


CONSEQUENCES = frozenset({Fate.HELD_BACK, Fate.PUT_BACK})
"""What follows from the failure of others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Versions of one package that ended alike, in one repository or in several."""

    fate: Fate
    packages: tuple[Package, ...]
    """The package in each of the repositories."""
    target: Status
    versions: tuple[str, ...]
    move: tuple[str | None, ...] = ()
    """The former and the new status, or the one that it is in."""
    failure: Failure | None = None
    """How the first of them failed; the others have the same code."""
    reason: str = ""
    """Why each of them failed or was left alone; a version is spoken of as "it"."""
    is_pattern: bool = False
    """Whether the only version is the pattern of one, which nothing matched."""
    is_glob: bool = False
    """Whether the package is a glob, which nothing matched."""

    @property
    def code(self) -> str:
        """The error code with which each of them failed."""
        return self.failure.code if self.failure is not None else ""

    @property
    def is_failing(self) -> bool:
        """Whether they failed by themselves."""
        return self.failure is not None and self.fate not in CONSEQUENCES

    @property
    def count(self) -> int:
        """How many versions, each counted in each repository."""
        return len(self.versions) * len(self.packages)


def total(rows: Iterable[Row]) -> int:
    """How many versions there are in rows."""
    return sum(row.count for row in rows)


def span(row: Row, show: Callable[[str], str] = str) -> str:
    """The versions of a row: each by its name, or the first and the last."""
    if row.is_pattern:
        return pattern_text(row.versions[0], show)
    if len(row.versions) <= MAX_LISTED:
        return ", ".join(map(show, row.versions))
    first, last = row.versions[0], row.versions[-1]
    return f"{show(first)} … {show(last)} ({count_of(len(row.versions))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What became of one request: its versions, in order, and the same in rows."""

    request: Request
    versions: tuple[str, ...]
    rows: tuple[Row, ...]


_Kind: TypeAlias = tuple[Fate, tuple[str | None, ...], str, str, bool]
"""What alike versions have in common: fate, move, code, reason, and that they are a pattern."""


def account_of(run: Run, request: Request) -> Account:
    """What became of a request's versions: the walk over its outcomes, of which there is one."""
    package, outcomes = request.package, run.outcomes
    named = frozenset(request.versions) if request.left_alone else frozenset[str]()
    left = {version: why for version, why in request.left_alone.items() if version not in named}
    versions = in_order(package.format, [*left, *request.versions])
    alike: dict[_Kind, list[str]] = {}
    for version in versions:
        kind = (
            (Fate.LEFT_ALONE, (), "", left[version], False)
            if version in left
            else _kind(run, request, version, outcomes[package, version])
        )
        alike.setdefault(kind, []).append(version)
    rows = (
        Row(
            fate=fate,
            packages=(package,),
            target=request.target,
            versions=tuple(group),
            move=move,
            failure=outcomes[package, group[0]].failure if code else None,
            reason=reason,
            is_pattern=is_pattern,
            is_glob=request.globs is not None,
        )
        for (fate, move, code, reason, is_pattern), group in alike.items()
    )
    return Account(request=request, versions=tuple(versions), rows=tuple(rows))


def _kind(run: Run, request: Request, version: str, outcome: Outcome) -> _Kind:
    fate, move, failure = fate_of(run, outcome), statuses(request, outcome), outcome.failure
    if failure is None:
        return fate, move, "", "", False
    # Whoever allows a failure wants to know how many there were, not what each looks like.
    reason = "" if fate is Fate.ALLOWED else _spoken_of(request.package, version, failure.message)
    return fate, move, failure.code, reason, version == request.unmatched


def fate_of(run: Run, outcome: Outcome) -> Fate:
    """What a reader has to do about a version that ended so."""
    failure = outcome.failure
    if failure is None:
        return _WELL[outcome.verdict]
    if outcome.verdict is Verdict.ROLLED_BACK:
        return Fate.PUT_BACK
    if failure.code == Code.SKIPPED:
        return Fate.HELD_BACK
    return Fate.ALLOWED if run.allowed.covers(failure.code) else Fate.TO_MEND


_WELL = {
    Verdict.CHANGED: Fate.CHANGED,
    Verdict.PLANNED: Fate.PLANNED,
    Verdict.UNCHANGED: Fate.UNCHANGED,
}


def _spoken_of(package: Package, version: str, message: str) -> str:
    """The message in words that are true of every version, in every repository, that failed so."""
    text = message.replace(f" in repository {package.repository}", "")
    return text.replace(f"version {version}", "it").removeprefix("it is skipped: ")


def by_fate(rows: Iterable[Row]) -> Mapping[Fate, Sequence[Row]]:
    """Rows by what became of them; those that differ only by their repository are one.

    A fate that none has is there without rows.
    """
    alike: dict[object, list[Row]] = {}
    for row in rows:
        (package,) = row.packages
        named = package.format, package.namespace, package.name
        what = row.versions, row.is_pattern
        key = (row.fate, named, row.target, what, row.move, row.code, row.reason)
        alike.setdefault(key, []).append(row)
    found: dict[Fate, list[Row]] = {fate: [] for fate in Fate}
    for group in alike.values():
        packages = tuple(row.packages[0] for row in group)
        found[group[0].fate].append(replace(group[0], packages=packages))
    return found
