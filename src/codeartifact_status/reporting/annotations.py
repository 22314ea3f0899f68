"""What GitHub shows above the log and on the run's page: what failed, and what to do. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from codeartifact_status.escaping import visible
from codeartifact_status.formats.names import package_title
from codeartifact_status.model import Code, Failure, Key
from codeartifact_status.reporting.advice import advice, reading_denied, remedy
from codeartifact_status.reporting.report import Presentation, Report
from codeartifact_status.reporting.rows import Row, span
from codeartifact_status.reporting.wording import (
    bounded,
    count_of,
    place_of,
    without_markup,
)

MAX_NAMED = 10
"""Lines on versions in one annotation."""

MAX_ANNOTATIONS = 10
"""Annotations of one level that GitHub shows for a step."""


class Level(StrEnum):
    """The levels of GitHub's annotations that this action uses."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Annotation:
    """One error or warning."""

    level: Level
    title: str
    message: str


def annotations(report: Report) -> list[Annotation]:
    """One for each kind of trouble, not for each version; no more of a level than GitHub shows.

    The last one says how many more there were.
    """
    found = [*_stops(report), *_kinds(report)]
    kept: list[Annotation] = []
    for level in Level:
        ours = [annotation for annotation in found if annotation.level is level]
        if len(ours) > MAX_ANNOTATIONS:
            rest = len(ours) - MAX_ANNOTATIONS + 1
            more = Annotation(level, "More", f"{rest} more kinds of failure; see the job summary")
            ours = [*ours[: MAX_ANNOTATIONS - 1], more]
        kept += ours
    return kept


def of_numbers(doubts: Sequence[str]) -> Iterator[Annotation]:
    """One for all versions that may have lost a zero on their way through YAML."""
    if doubts:
        lines = bounded(doubts, MAX_NAMED, visible)
        text = "YAML drops zeros at the end of a number: quote the version if you meant the other."
        yield Annotation(Level.WARNING, "A version without quotes?", "\n".join([*lines, "", text]))


def _stops(report: Report) -> Iterator[Annotation]:
    """What is wrong with the run as a whole."""
    run, shown = report.run, report.presentation
    if run.error is not None:
        told = _plain(shown, remedy(report))
        text = "\n\n".join(filter(None, (str(run.error), told)))
        yield Annotation(Level.ERROR, run.error.title, text)
    if run.bug is not None:
        yield Annotation(Level.ERROR, "A bug in this action", run.bug)
    if run.refusal is not None:
        yield Annotation(Level.ERROR, "Refused", f"{run.refusal}.")
    if run.stuck:
        lines = bounded(list(run.stuck.items()), MAX_NAMED, _stuck)
        title = f"{count_of(len(run.stuck))} could not be put back"
        yield Annotation(Level.ERROR, title, "\n".join(lines))
    if run.unread:
        denied = _plain(shown, reading_denied(run, shown.place))
        yield Annotation(Level.WARNING, "Reading was denied", denied)


def _stuck(item: tuple[Key, Failure]) -> str:
    (package, version), failure = item
    return visible(f"{package_title(package)} {version} in {package.repository}: {failure.message}")


def _kinds(report: Report) -> Iterator[Annotation]:
    """The kinds of failure; versions that were only held back, where nothing else explains it."""
    run, troubles, shown = report.run, report.troubles, report.presentation
    stopped = run.error is not None or run.bug is not None or run.refusal is not None
    only_skipped = all(trouble.code == Code.SKIPPED for trouble in troubles)
    for trouble in troubles:
        if trouble.code != Code.SKIPPED or (only_skipped and not stopped):
            what_to_do = _plain(shown, advice(run, trouble, shown.place))
            lines = bounded(trouble.rows, MAX_NAMED, _line)
            yield Annotation(
                Level.WARNING if trouble.allowed else Level.ERROR,
                f"{trouble.code}: {trouble.count}" + (" (allowed)" if trouble.allowed else ""),
                "\n".join([*lines, *(["", what_to_do] if what_to_do else [])]),
            )


def _plain(shown: Presentation, markdown: str) -> str:
    """Advice as GitHub shows it here, where it renders no Markdown."""
    return without_markup(shown.spoken(markdown))


def _line(row: Row) -> str:
    """A line on versions that failed alike."""
    where = ", ".join(map(place_of, row.packages))
    why = f": {row.reason}" if row.reason else ""
    return visible(f"{package_title(row.packages[0])} {span(row)} in {where}{why}")
