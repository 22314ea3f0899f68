"""A run becomes the job summary: GitHub-flavored Markdown, what matters most first. Pure.

Our own sentences are text; whatever came from outside goes through ``code``.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from codeartifact_status.errors import InputError
from codeartifact_status.escaping import code, prose
from codeartifact_status.formats.names import package_title
from codeartifact_status.model import Failure, Key
from codeartifact_status.reporting.advice import advice, reading_denied, remedy
from codeartifact_status.reporting.headline import headline
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.rows import Fate, Row
from codeartifact_status.reporting.run import Run
from codeartifact_status.reporting.tables import (
    MAX_ROWS,
    count,
    folded,
    place,
    placed,
    reasons,
    table,
)
from codeartifact_status.reporting.way_back import irreversible, way_back
from codeartifact_status.reporting.wording import bounded, lacking_text

MAX_SUMMARY = 1_000_000
"""Bytes. GitHub drops a summary of more than 1 MiB."""

_FOLDED = {
    Fate.ALLOWED: "failed, as allowed",
    Fate.HELD_BACK: "held back",
    Fate.PUT_BACK: "put back",
    Fate.UNCHANGED: "unchanged",
    Fate.LEFT_ALONE: "left alone",
}

_T = TypeVar("_T")


def summary(report: Report) -> str:
    """The job summary, as GitHub-flavored Markdown."""
    head = [f"### {headline(report)}", *_what_stopped(report)]
    shown, below = ([], []) if report.run.error is not None else _versions(report)
    # The least important part goes first where all is too long.
    for parts in ([*head, *shown, *below], [*head, *shown], head):
        whole = "\n\n".join(part for part in parts if part) + "\n"
        if len(whole.encode()) <= MAX_SUMMARY:
            return whole
    return f"{head[0]}\n\nThe rest is too long for a summary.\n"


def _what_stopped(report: Report) -> Iterator[str]:
    run, shown = report.run, report.presentation
    if isinstance(run.error, InputError):
        yield _bullets(run.error.problems, lambda one: f"{code(one.name)}: {_sentences(one.text)}")
    elif run.error is not None:
        yield _sentences(str(run.error))
        yield shown.spoken(remedy(report))
    if run.bug is not None:
        yield _sentences(run.bug)
    if run.unread and run.error is None:
        yield f"⚠️ {shown.spoken(reading_denied(run, shown.place))}"


def _versions(report: Report) -> tuple[list[str], list[str]]:
    """What became of the versions: what a reader needs, and what is folded away."""
    run, rows = report.run, dict(report.rows)
    done = [*rows[Fate.CHANGED], *rows[Fate.PLANNED]]
    if not rows[Fate.TO_MEND] and not done:
        # Nothing else explains why the step failed.
        rows[Fate.TO_MEND] = rows.pop(Fate.HELD_BACK)
    shown = [
        *_to_mend(report, rows[Fate.TO_MEND]),
        *_stuck(run),
        *table(report, done),
        *(f"⚠️ {line}" for line in irreversible(report)),
    ]
    below = [
        *folded("How to undo this", [way_back(report)]),
        *(
            part
            for fate, what in _FOLDED.items()
            if rows.get(fate)
            for part in folded(f"{count(rows[fate])} {what}", _told(report, fate, rows[fate]))
        ),
        *folded(lacking_text(len(run.lacking)), [_bullets(run.lacking, placed)]),
    ]
    return shown, below


def _to_mend(report: Report, rows: Sequence[Row]) -> Iterator[str]:
    """Each kind of failure, and what to do; what was held back, where there is no other."""
    shown = report.presentation
    to_mend = [trouble for trouble in report.refused if not trouble.is_consequence]
    for trouble in to_mend or report.refused:
        head = f"**{code(trouble.code)}** ({trouble.count})"
        alike = [row for row in rows if row.code == trouble.code]
        yield from reasons(report, alike, head=head)
        said = shown.spoken(advice(report.run, trouble, shown.place))
        yield said if alike else f"{head}: {said}"


def _told(report: Report, fate: Fate, rows: Sequence[Row]) -> Iterator[str]:
    """What is folded away; what failed as allowed, by its codes."""
    match fate:
        case Fate.UNCHANGED:
            yield from table(report, rows)
        case Fate.ALLOWED:
            for name in dict.fromkeys(row.code for row in rows):
                alike = [row for row in rows if row.code == name]
                yield from reasons(report, alike, head=f"**{code(name)}** ({count(alike)})")
        case _:
            yield from reasons(report, rows)


def _bullets(items: Iterable[_T], show: Callable[[_T], str]) -> str:
    return "\n".join(f"- {line}" for line in bounded(list(items), MAX_ROWS, show))


def _sentences(text: str) -> str:
    return "\n\n".join(prose(line) for line in text.splitlines() if line.strip())


def _stuck(run: Run) -> Iterator[str]:
    if run.stuck:

        def told(item: tuple[Key, Failure]) -> str:
            (package, version), failure = item
            subject = code(f"{package_title(package)} {version}")
            return f"{subject} in {place(package)}: {prose(failure.message)}"

        listed = _bullets(run.stuck.items(), told)
        yield f"**These were changed and could not be put back:**\n\n{listed}"
