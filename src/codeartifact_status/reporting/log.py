"""The lines of the log: a group for each package, and how it ended. Pure."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from codeartifact_status.errors import ExitCode
from codeartifact_status.escaping import visible
from codeartifact_status.formats.names import package_title
from codeartifact_status.model import (
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
from codeartifact_status.reporting.rendering import rendered
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.run import Run
from codeartifact_status.reporting.wording import bounded, packages_of, place_of, statuses

MAX_SPELLINGS = 100
"""Versions whose stored name is told."""

MAX_LACKING = 20
"""Packages without the versions asked for whose names are told."""

MAX_WIDTH = 40
"""Characters to which versions are padded, so that what follows stands in columns."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the log: its title, and its lines."""

    title: str
    lines: tuple[str, ...]


def log_groups(report: Report) -> list[Group]:
    """A group for each package, or one with the whole result where ``output`` asks for it.

    With a command line, ``output`` is about the answer, and not about the log.
    """
    run, presentation = report.run, report.presentation
    if presentation.by_flags or presentation.output is Output.TEXT or not run.requests:
        return [_group(run, request) for request in run.requests]
    is_json = presentation.output is Output.JSON
    document = json.loads(report.result_json) if is_json else _rows(run)
    return [Group("result", tuple(rendered(document, presentation.output).split("\n")))]


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
    anywhere: set[Package] = set()
    names = [one.package for one in requests if one.globs is None and one.is_open]
    for name in names:
        anywhere.update(found.candidates[name])
    if names:
        held = sum(bool(found.candidates[name]) for name in names)
        places = len({package.repository for package in anywhere})
        yield (
            f"repository *: {held} of {packages_of(len(names))} found, in {places} of "
            f"{len(found.holdings.repositories)} repositories"
        )
    for request in requests:
        if request.globs is not None:
            matching = found.candidates[request.package]
            yield visible(
                f"packages-matching: {packages_of(len(matching))} in {place_of(request.package)}"
            )
    idle = [set(found.holdings.idle_globs(one)) for one in requests if one.globs is not None]
    for glob in sorted(set.intersection(*idle)) if idle else ():
        yield visible(f"exclude-packages: {glob} matches nothing")
    if found.lacking:
        names_of = bounded(found.lacking, MAX_LACKING, package_title)
        yield visible(
            f"{packages_of(len(found.lacking))} left alone, without the versions asked for: "
            f"{', '.join(names_of)}"
        )


def closing_line(report: Report) -> str:
    """The last line of the log: the step's outcome and the counts."""
    tally = _tally(report.counts) if report.run.requests else "nothing was sent"
    if report.exit_code == ExitCode.SUCCESS and report.counts[Verdict.FAILED]:
        tally += " (allowed)"
    return f"{report.outcome}: {tally}"


def _group(run: Run, request: Request) -> Group:
    outcomes = run.of(request)
    width = min(MAX_WIDTH, max((len(visible(version)) for version, _ in outcomes), default=0))
    lines = [
        f"{visible(version):{width}}  {_move(request, outcome)}  {_ending(outcome)}"
        for version, outcome in outcomes
    ]
    lines += [
        f"{visible(version)}  left alone: {visible(why)}"
        for version, why in request.left_alone.items()
    ]
    package = request.package
    title = (
        f"{package_title(package)} in {package.domain}/{package.repository} to {request.target}: "
        f"{_tally(Counter(outcome.verdict for _, outcome in outcomes))}"
    )
    return Group(title, tuple(lines))


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


def _ending(outcome: Outcome) -> str:
    if outcome.failure is None:
        return outcome.verdict.value
    failure = outcome.failure
    return f"{outcome.verdict.value}  {visible(f'{failure.code}: {failure.message}')}"


def _tally(counts: Mapping[Verdict, int]) -> str:
    return ", ".join(f"{counts[v]} {v.value}" for v in Verdict if counts.get(v)) or "nothing to do"


class Progress:
    """Counts batches as they end, and says how far the step is."""

    def __init__(self, plan: Plan) -> None:
        """Begin with all that ``plan`` is to send."""
        self._pending = Counter(batch.package for batch in plan.batches)
        self._packages = len(self._pending)
        self._total = sum(len(batch.versions) for batch in plan.batches)
        self._changed = 0
        # Of a single batch, the lines at the end say the same.
        self._is_worth_it = len(plan.batches) > 1

    def after(self, batch: Batch, outcomes: Mapping[str, Outcome]) -> Iterator[str]:
        """The lines for a batch that has ended."""
        self._pending[batch.package] -= 1
        self._changed += sum(o.verdict is Verdict.CHANGED for o in outcomes.values())
        done = sum(count <= 0 for count in self._pending.values())
        if self._is_worth_it:
            yield (
                f"{done} of {self._packages} packages done, {self._changed} of {self._total} "
                f"versions changed: {package_title(batch.package)} in {batch.package.repository}"
            )
