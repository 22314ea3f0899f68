"""The lines of the log: one for each package, and how the step ended. Pure."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from codeartifact_status.escaping import visible
from codeartifact_status.formats.expressions import in_order
from codeartifact_status.formats.names import package_title
from codeartifact_status.model import (
    ANY_REPOSITORY,
    Allowed,
    Batch,
    Code,
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
from codeartifact_status.reporting.report import CONSEQUENCES, Report
from codeartifact_status.reporting.run import Run
from codeartifact_status.reporting.wording import (
    bounded,
    lacking_text,
    packages_of,
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
    document = _rows(report.run) if output is Output.TABLE else json.loads(report.result_json)
    return rendered(document, output)


def _packages(report: Report) -> Iterator[Group]:
    run, room = report.run, MAX_LINES
    for request in run.requests:
        ended = dict(run.of(request))
        outcomes = [(v, ended[v]) for v in in_order(request.package.format, ended)]
        failures = [(v, one) for v, one in outcomes if one.failure and not _is_consequence(one)]
        is_well = all(outcome.failure is None for _, outcome in outcomes)
        if is_well and report.presentation.output is Output.NONE:
            continue
        if len(outcomes) == 1 and not request.left_alone:
            yield Group(_single(request, *outcomes[0], run.allowed), is_failing=bool(failures))
            continue
        told = outcomes if len(run.requests) == 1 else failures
        lines = (
            tuple(bounded(told, room, _line_of(request, told, run.allowed)))
            if told and room
            else ()
        )
        if len(run.requests) == 1:
            lines += tuple(bounded(list(request.left_alone.items()), room, _left_alone))
        room = max(0, room - len(lines) - 2) if lines else room
        yield Group(_title(request, outcomes), lines, is_failing=bool(failures))


def _is_consequence(outcome: Outcome) -> bool:
    return outcome.failure is not None and outcome.failure.code in CONSEQUENCES


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
        titles = ", ".join(bounded(found.lacking, MAX_LACKING, package_title))
        yield visible(f"{lacking_text(len(found.lacking))}: {titles}")


def _where(found: Found, copies: Sequence[Package]) -> str:
    places = len({copy.repository for copy in copies})
    return f"{places} of {len(found.holdings.repositories)} repositories"


def closing_line(report: Report) -> str:
    """The last line of the log: the headline, and the counts where it went in several ways."""
    run = report.run
    _, _, news = without_markup(headline(report)).partition(" ")
    left_alone = sum(len(request.left_alone) for request in run.requests)
    counts = _counts([outcome for _, _, outcome in run.versions()], left_alone=left_alone)
    return f"{news} ({', '.join(counts)})" if len(counts) > 1 and run.error is None else news


def _title(request: Request, outcomes: Sequence[tuple[str, Outcome]]) -> str:
    package = request.package
    counts = _counts([outcome for _, outcome in outcomes], left_alone=len(request.left_alone)) or [
        "nothing to do"
    ]
    return (
        f"{package_title(package)} in {package.domain}/{package.repository} to {request.target}: "
        f"{', '.join(counts)}"
    )


def _single(request: Request, version: str, outcome: Outcome, allowed: Allowed) -> str:
    """The line of a package of which one version was asked for."""
    package = request.package
    where = f"{package.domain}/{package.repository}"
    return (
        f"{package_title(package)} {visible(version)} in {where} to {request.target}: "
        f"{_move(request, outcome)}  {_ending(outcome, allowed)}"
    )


def _line_of(
    request: Request, told: Sequence[tuple[str, Outcome]], allowed: Allowed
) -> Callable[[tuple[str, Outcome]], str]:
    width = min(MAX_WIDTH, max(len(visible(version)) for version, _ in told))

    def line(ended: tuple[str, Outcome]) -> str:
        version, outcome = ended
        return f"{visible(version):{width}}  {_move(request, outcome)}  {_ending(outcome, allowed)}"

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


def _ending(outcome: Outcome, allowed: Allowed) -> str:
    failure = outcome.failure
    if failure is None or _is_consequence(outcome):
        return _ended(outcome)
    why = failure.code if allowed.covers(failure.code) else f"{failure.code}: {failure.message}"
    return f"{_ended(outcome)}  {visible(why)}"


_ENDINGS = ("changed", "planned", "failed", "held back", "put back", "unchanged")


def _counts(outcomes: Iterable[Outcome], *, left_alone: int) -> list[str]:
    """How many versions ended in which way, in words; what was only held back hasn't failed."""
    found = Counter(map(_ended, outcomes))
    counts = [f"{found[ending]} {ending}" for ending in _ENDINGS if found[ending]]
    return [*counts, f"{left_alone} left alone"] if left_alone else counts


def _ended(outcome: Outcome) -> str:
    if outcome.verdict is Verdict.ROLLED_BACK:
        return "put back"
    is_held_back = outcome.failure is not None and outcome.failure.code == Code.SKIPPED
    return "held back" if is_held_back else outcome.verdict.value


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
