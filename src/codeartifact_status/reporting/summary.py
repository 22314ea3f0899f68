"""A run becomes the job summary: GitHub-flavored Markdown, what matters most first. Pure.

Our own sentences are text; whatever came from outside goes through ``code``.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from codeartifact_status.arns import console_url
from codeartifact_status.errors import InputError
from codeartifact_status.escaping import code, prose
from codeartifact_status.formats.names import package_title
from codeartifact_status.model import ANY_REPOSITORY, Failure, Key, Package, Status
from codeartifact_status.reporting.advice import advice, reading_denied, remedy
from codeartifact_status.reporting.headline import headline
from codeartifact_status.reporting.report import CONSEQUENCES, Report
from codeartifact_status.reporting.rows import Fate, Row, rows_of
from codeartifact_status.reporting.run import Run
from codeartifact_status.reporting.way_back import irreversible, way_back
from codeartifact_status.reporting.wording import bounded, count_of, lacking_text

MAX_ROWS = 50
"""Rows of each table."""

MAX_LISTED = 5
"""Versions that a row names; of more, it names the first and the last."""

MAX_NAMES = 40_000
"""Bytes of the list of all versions below a table."""

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
    head = [headline(report), *_what_stopped(report)]
    shown, folded = ([], []) if report.run.error is not None else _versions(report)
    # The least important part goes first where all is too long.
    for parts in ([*head, *shown, *folded], [*head, *shown], head):
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
    run, rows = report.run, dict(rows_of(report))
    if not rows[Fate.TO_MEND] and not rows[Fate.DONE]:
        # Nothing else explains why the step failed.
        rows[Fate.TO_MEND] = rows.pop(Fate.HELD_BACK)
    shown = [
        *_table(run, rows[Fate.TO_MEND]),
        *_what_to_do(report),
        *_stuck(run),
        *_table(run, rows[Fate.DONE]),
        *(f"⚠️ {line}" for line in irreversible(run)),
    ]
    folded = [
        *_folded("How to undo this", [way_back(report)]),
        *(
            part
            for fate, what in _FOLDED.items()
            if rows.get(fate)
            for part in _folded(f"{_count(rows[fate])} {what}", _table(run, rows[fate]))
        ),
        *_folded(lacking_text(len(run.lacking)), [_bullets(run.lacking, _package)]),
    ]
    return shown, folded


def _what_to_do(report: Report) -> Iterator[str]:
    """Advice for each kind of failure; for what was only held back, where there is no other."""
    shown = report.presentation
    to_mend = [trouble for trouble in report.refused if trouble.code not in CONSEQUENCES]
    for trouble in to_mend or report.refused:
        said = shown.spoken(advice(report.run, trouble, shown.place))
        yield f"**{code(trouble.code)}** ({trouble.count}): {said}"


def _bullets(items: Iterable[_T], show: Callable[[_T], str]) -> str:
    return "\n".join(f"- {line}" for line in bounded(list(items), MAX_ROWS, show))


def _sentences(text: str) -> str:
    return "\n\n".join(prose(line) for line in text.splitlines() if line.strip())


def _folded(head: str, parts: Iterable[str]) -> Iterator[str]:
    """Parts that a click unfolds; the head is ours."""
    inside = [part for part in parts if part]
    if inside:
        opening = f"<details><summary>{head}</summary>"
        yield "\n\n".join([opening, *inside, "</details>"])


# --- Tables. -------------------------------------------------------------------------------------


def _table(run: Run, rows: Sequence[Row]) -> Iterator[str]:
    """A row for each package, the columns that say something, and what the rows leave out."""
    if not rows:
        return
    columns = {
        "Package": lambda row: _title(run, row.packages[0]),
        "Repository": _places if _is_spread(run) else None,
        "Version": _span,
        "Status": _move if any(row.move for row in rows) else None,
        "Reason": _reason if any(row.failure or row.reason for row in rows) else None,
    }
    shown = {name: cell for name, cell in columns.items() if cell is not None}
    lines = [list(shown), ["---"] * len(shown)]
    lines += [[cell(row) for cell in shown.values()] for row in rows[:MAX_ROWS]]
    yield "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    rest = rows[MAX_ROWS:]
    if rest:
        yield f"… and {_count(rest)} more, in {len(rest)} rows"
    long = [row for row in rows[:MAX_ROWS] if len(row.versions) > MAX_LISTED]
    yield from _folded("All of them, by name", [_by_name([*long, *rest])])


def _is_spread(run: Run) -> bool:
    return len({request.package.repository for request in run.requests}) > 1


def _count(rows: Iterable[Row]) -> str:
    return count_of(sum(row.count for row in rows))


def _title(run: Run, package: Package) -> str:
    """The package, with a link to its page in the AWS console."""
    url = console_url(package, region=run.region, account=run.account) if run.region else None
    if url is None or not run.is_there(package):
        return code(package_title(package))
    if run.account is None:
        # The console has no page of a package without the account of its domain.
        return f"{code(package_title(package))} ([AWS console]({url}))"
    return f"[{code(package_title(package))}]({url})"


def _places(row: Row) -> str:
    more = len(row.packages) - MAX_LISTED
    names = ", ".join(map(_place, row.packages[:MAX_LISTED]))
    return f"{names} and {more} more" if more > 0 else names


def _place(package: Package) -> str:
    is_any = package.repository == ANY_REPOSITORY
    return "any repository" if is_any else code(package.repository)


def _package(package: Package) -> str:
    return f"{code(package_title(package))} in {_place(package)}"


def _span(row: Row) -> str:
    if len(row.versions) <= MAX_LISTED:
        return ", ".join(map(code, row.versions))
    first, last = row.versions[0], row.versions[-1]
    return f"{code(first)} … {code(last)} ({count_of(len(row.versions))})"


def _by_name(rows: Iterable[Row]) -> str:
    """Every version of rows that name only some of theirs, as far as there is room."""
    lines: list[str] = []
    room = MAX_NAMES
    for row in rows:
        names: list[str] = []
        for version in row.versions:
            room -= len(code(version).encode())
            if room < 0:
                break
            names.append(code(version))
        rest = len(row.versions) - len(names)
        listed = ", ".join(names) + (f" … and {rest} more" if rest else "")
        lines.append(f"- {code(package_title(row.packages[0]))}: {listed}")
        if room < 0:
            break
    return "\n".join(lines)


def _move(row: Row) -> str:
    return " → ".join(
        status if status is not None and Status.named(status) else code(status)
        for status in row.move
    )


def _reason(row: Row) -> str:
    if row.failure is None:
        return prose(row.reason)
    return f"{code(row.failure.code)}: {prose(row.failure.message)}"


def _stuck(run: Run) -> Iterator[str]:
    if run.stuck:

        def told(item: tuple[Key, Failure]) -> str:
            (package, version), failure = item
            subject = code(f"{package_title(package)} {version}")
            return f"{subject} in {_place(package)}: {prose(failure.message)}"

        listed = _bullets(run.stuck.items(), told)
        yield f"**These were changed and could not be put back:**\n\n{listed}"
