"""The lines of the log: one for each package, and how the step ended. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from codeartifact_status.escaping import visible
from codeartifact_status.formats.names import package_title
from codeartifact_status.model import (
    ANY_REPOSITORY,
    Batch,
    Outcome,
    Output,
    Package,
    Plan,
    Request,
    Verdict,
)
from codeartifact_status.planning.choosing import Choice
from codeartifact_status.planning.settling import Found
from codeartifact_status.reporting.headline import headline
from codeartifact_status.reporting.rendering import rendered
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.rows import CONSEQUENCES, Account, Fate, Row, fate_of
from codeartifact_status.reporting.run import Run
from codeartifact_status.reporting.wording import (
    bounded,
    lacking_text,
    named,
    packages_of,
    place_of,
    statuses,
    without_markup,
)

MAX_SPELLINGS = 100
"""Versions whose stored name is told."""

MAX_LACKING = 20
"""Packages without the versions asked for whose names are told."""

MAX_WIDTH = 40
"""Characters to which versions are padded, so that what follows stands in columns."""

MAX_LINES = 200
"""Lines about single versions in all groups together, with those that open and close a group."""

MAX_PACKAGES = 1000
"""Packages that have a line each; those with failures come before others are left out."""


@dataclass(frozen=True, slots=True)
class Group:
    """A line of the log, and the lines that belong to it, if there are any."""

    title: str
    lines: tuple[str, ...] = ()
    is_failing: bool = False
    """Whether it tells of failures that are no consequence of others."""


def log_groups(report: Report) -> list[Group]:
    """A line for each package, or a group with the whole result where ``output`` asks for it.

    The versions of a package are told where it is the only one, or where it has failures of its
    own. With a command line, ``output`` is about the answer, and the log leaves out only what went
    well where there is to be none.
    """
    run, presentation = report.run, report.presentation
    if run.error is not None:
        # Nothing became of any version, and why is told already.
        return []
    is_whole = presentation.output in {Output.JSON, Output.TABLE} and not presentation.by_flags
    if is_whole and run.requests:
        return [Group("result", tuple(result_text(report).split("\n")))]
    groups = list(_packages(report))
    if len(groups) > MAX_PACKAGES:
        groups.sort(key=lambda group: not group.is_failing)
        rest = packages_of(len(groups) - MAX_PACKAGES)
        groups = [*groups[:MAX_PACKAGES], Group(f"… and {rest} more")]
    return groups


def result_text(report: Report) -> str:
    """The whole result in the form that ``output`` asks for; a table is flat, to be read."""
    output = report.presentation.output
    document = _rows(report.run) if output is Output.TABLE else report.result
    return rendered(document, output)


def _packages(report: Report) -> Iterator[Group]:
    run, room = report.run, MAX_LINES
    is_only = len(run.requests) == 1
    for account in report.accounts:
        request, counts = account.request, _counts(account.rows)
        failing = [row for row in account.rows if row.is_failing]
        if report.presentation.output is Output.NONE and not any(r.failure for r in account.rows):
            continue
        if len(request.versions) == 1 and not request.left_alone:
            yield Group(_single(run, request, request.versions[0]), is_failing=bool(failing))
            continue
        told = _told(account, failing, whole=is_only)
        lines = tuple(bounded(told, room, _line_of(run, request, told[:room]))) if room else ()
        if is_only:
            lines += tuple(bounded(list(request.left_alone.items()), room, _left_alone))
        room = max(0, room - len(lines) - 2) if lines else room
        yield Group(_title(request, counts), lines, is_failing=bool(failing))


def _told(account: Account, failing: Iterable[Row], *, whole: bool) -> Sequence[str]:
    """The versions that have a line each: all, or just those that failed."""
    if whole:
        alone = account.request.left_alone
        return [version for version in account.versions if version not in alone]
    failed = {version for row in failing for version in row.versions}
    return [version for version in account.versions if version in failed]


def choice_lines(choice: Choice) -> Iterator[str]:
    """Which versions are stored in another spelling, each once, and what excludes nothing."""
    lines = dict.fromkeys(
        f"{package_title(package)}: {version} is stored as {name}"
        for (package, version), name in choice.stored_as.items()
    )
    yield from bounded(list(lines), MAX_SPELLINGS, visible)
    for expression in choice.idle:
        yield visible(f"exclude-versions: {expression} matches nothing")


def finding_lines(found: Found, requests: Sequence[Request]) -> Iterator[str]:
    """What was found of ``requests`` that named no packages, or not where they are."""
    names = [one.package for one in requests if one.is_open and one.globs is None]
    if names:
        held = sum(bool(found.candidates[name]) for name in names)
        copies = [copy for name in names for copy in found.candidates[name]]
        where = _where(found, copies)
        yield f"repository *: {held} of {packages_of(len(names))} found, in {where}"
    by_globs = [one for one in requests if one.globs is not None]
    for request in by_globs:
        package, copies = request.package, list(found.candidates[request.package])
        count = packages_of(len({(copy.namespace, copy.name) for copy in copies}))
        is_any = package.repository == ANY_REPOSITORY
        where = _where(found, copies) if is_any else package.repository
        yield f"packages-matching: {count} in {where}"
    idle = [set(found.holdings.idle_globs(request)) for request in by_globs]
    for glob in sorted(set.intersection(*idle)) if idle else ():
        yield visible(f"exclude-packages: {glob} matches nothing")
    if found.lacking:
        titles = ", ".join(bounded(found.lacking, MAX_LACKING, _placed))
        yield visible(f"{lacking_text(len(found.lacking))}: {titles}")


def _placed(package: Package) -> str:
    return f"{package_title(package)} in {place_of(package)}"


def _where(found: Found, copies: Sequence[Package]) -> str:
    places = len({copy.repository for copy in copies})
    return f"{places} of {len(found.holdings.repositories)} repositories"


def closing_line(report: Report) -> str:
    """The last line of the log: the headline, and the counts where it went in several ways."""
    _, _, news = without_markup(headline(report)).partition(" ")
    counts = _counts(row for rows in report.rows.values() for row in rows)
    several = len(counts) > 1 and report.run.error is None
    return f"{news} ({', '.join(counts)})" if several else news


def _title(request: Request, counts: Sequence[str]) -> str:
    package = request.package
    return (
        f"{package_title(package)} in {package.domain}/{package.repository} to {request.target}: "
        f"{', '.join(counts) or 'nothing to do'}"
    )


def _single(run: Run, request: Request, version: str) -> str:
    """The line of a package of which one version was asked for."""
    package = request.package
    outcome, shown = run.outcomes[package, version], visible(named(request, version))
    return (
        f"{package_title(package)} {shown} in {package.domain}/{package.repository} to "
        f"{request.target}: {_move(request, outcome)}  {_ending(run, outcome)}"
    )


def _line_of(run: Run, request: Request, told: Sequence[str]) -> Callable[[str], str]:
    """What makes the line of a version, in columns with the others that are ``told``."""
    shown = {version: visible(named(request, version)) for version in told}
    width = min(MAX_WIDTH, max(map(len, shown.values()), default=0))

    def line(version: str) -> str:
        outcome = run.outcomes[request.package, version]
        move, ending = _move(request, outcome), _ending(run, outcome)
        return f"{shown[version]:{width}}  {move}  {ending}"

    return line


def _left_alone(item: tuple[str, str]) -> str:
    version, why = item
    return f"{visible(version)}  left alone: {visible(why)}"


def _rows(run: Run) -> list[dict[str, str | None]]:
    return [
        {
            "package": package_title(request.package),
            "repository": request.package.repository,
            "version": version,
            "before": outcome.before,
            "after": outcome.after,
            "outcome": outcome.verdict.value,
            "error": outcome.failure.code if outcome.failure else None,
        }
        for request, version, outcome in run.versions()
    ]


def _move(request: Request, outcome: Outcome) -> str:
    shown = statuses(request, outcome)
    unknown = "?" if len(shown) > 1 else "-"
    return " -> ".join(status or unknown for status in shown)


def _ending(run: Run, outcome: Outcome) -> str:
    fate, failure = fate_of(run, outcome), outcome.failure
    if failure is None or fate in CONSEQUENCES:
        return _WORDS[fate]
    return f"{_WORDS[fate]}  {visible(f'{failure.code}: {failure.message}')}"


_WORDS = {
    Fate.CHANGED: "changed",
    Fate.PLANNED: "planned",
    Fate.TO_MEND: "failed",
    Fate.ALLOWED: "failed",
    Fate.HELD_BACK: "held back",
    Fate.PUT_BACK: "put back",
    Fate.UNCHANGED: "unchanged",
    Fate.LEFT_ALONE: "left alone",
}


def _counts(rows: Iterable[Row]) -> list[str]:
    """How many versions ended in which way, in words; what was only held back hasn't failed."""
    found: Counter[str] = Counter()
    for row in rows:
        found[_WORDS[row.fate]] += row.count
    return [f"{found[word]} {word}" for word in dict.fromkeys(_WORDS.values()) if found[word]]


class Progress:
    """Counts what has been sent, and says how far the step is."""

    def __init__(self, plan: Plan) -> None:
        """Begin with all that ``plan`` is to send."""
        self._pending = Counter(batch.package for batch in plan.batches)
        self._packages = len(self._pending)
        self._total = sum(len(batch.versions) for batch in plan.batches)
        self._changed = 0

    def count(self, batch: Batch, outcomes: Mapping[str, Outcome]) -> None:
        """A batch has ended."""
        self._pending[batch.package] -= 1
        self._changed += sum(o.verdict is Verdict.CHANGED for o in outcomes.values())

    def __str__(self) -> str:
        """How far the step is, by now."""
        done = sum(count <= 0 for count in self._pending.values())
        return (
            f"{done} of {self._packages} packages done, {self._changed} of {self._total} versions "
            "changed"
        )
