"""A run becomes the job summary: GitHub-flavored Markdown, one screen, failures first. Pure.

Whatever came from outside goes through ``code``; the rest is ours.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias, TypeVar

from codeartifact_status.arns import console_url
from codeartifact_status.errors import InputError
from codeartifact_status.escaping import code
from codeartifact_status.formats.names import package_title
from codeartifact_status.model import Failure, Key, Outcome, Package, Request, Verdict
from codeartifact_status.reporting.advice import advice, reading_denied
from codeartifact_status.reporting.report import CONSEQUENCES, Report
from codeartifact_status.reporting.run import Run
from codeartifact_status.reporting.way_back import irreversible, way_back
from codeartifact_status.reporting.wording import bounded, count_of, statuses

MAX_ROWS = 50
"""Rows of the tables of one summary, and again of the folded ones."""

MAX_TABLES = 3
"""Packages that have a table each; more share one."""

MAX_LISTED = 5
"""Versions that one line of the shared table names."""

MAX_SUMMARY = 500_000
"""Characters. GitHub drops a summary of more than 1 MiB, and one may take several bytes."""

_Row: TypeAlias = tuple[Request, str, Outcome]
_T = TypeVar("_T")


def summary(report: Report) -> str:
    """The job summary, as GitHub-flavored Markdown: one screen, failures first."""
    run = report.run
    if isinstance(run.error, InputError):
        listed = _bullets(run.error.problems, lambda one: f"{code(one.name)}: {_prose(one.text)}")
        parts = [_headline(report), listed]
    else:
        parts = [_headline(report)]
        if run.error is not None:
            parts += [_prose(str(run.error)), run.error.remedy(report.presentation.action)]
        if run.bug is not None:
            parts.append(_prose(run.bug))
        if run.unread:
            parts.append(f"⚠️ {reading_denied(run)}")
        parts += _tables(run)
        parts += _left_alone(run)
        parts += _what_to_do(report)
        parts += _stuck(run)
        parts += _how_to_undo(report)
    whole = "\n\n".join(part for part in parts if part) + "\n"
    return (
        whole
        if len(whole) <= MAX_SUMMARY
        else f"{parts[0]}\n\nThe rest is too long for a summary.\n"
    )


def _headline(report: Report) -> str:
    run, counts = report.run, report.counts
    targets = {request.target.value for request in run.requests}
    target = f"**{targets.pop()}**" if len(targets) == 1 else "their target status"
    match report.outcome:
        case "failed" | "rolled-back":
            return f"### ❌ {_bad_news(report, target)}"
        case "planned":
            return f"### 📝 Dry run: {count_of(counts[Verdict.PLANNED])} would be set to {target}"
        case "changed":
            return f"### ✅ {count_of(counts[Verdict.CHANGED])} set to {target}"
        case _ if counts[Verdict.FAILED]:
            return f"### ⚠️ {count_of(counts[Verdict.FAILED])} not set to {target}, as allowed"
        case _ if not counts and any(request.left_alone for request in run.requests):
            return "### ✅ Nothing to do: whatever matches was left alone"
        case _ if counts:
            return f"### ✅ Nothing to do: every version was {target} already"
        case _:
            return "### ✅ Nothing to do: no package was asked for"


def _bad_news(report: Report, target: str) -> str:
    """What went wrong, in a sentence that says as well what was changed in spite of it."""
    run, counts = report.run, report.counts
    changed, put_back = counts[Verdict.CHANGED], counts[Verdict.ROLLED_BACK]
    done = f"{count_of(changed)} changed" if changed else "nothing was changed"
    if run.error is not None:
        return f"{run.error.title}: nothing was sent"
    if run.bug is not None:
        return f"A bug of this action got in the way; {done}"
    if run.signal is not None:
        return f"Stopped by a signal; {done}"
    if run.overdue:
        return f"Stopped at its deadline, timeout-seconds; {done}"
    if run.refusal is not None:
        return f"Refused: {run.refusal}"
    if not report.refused:
        return f"The query can't be evaluated; {done}"
    # Those that were held back or put back are not the trouble, unless there is no other.
    refused = report.refused
    culprits = [trouble for trouble in refused if trouble.code not in CONSEQUENCES] or refused
    failed = sum(len(trouble.failures) for trouble in culprits)
    prefix = "Dry run: " if run.dry_run else ""
    news = f"{prefix}{failed} of {count_of(counts.total())} can't be set to {target}"
    if run.stuck:
        were = count_of(changed + put_back)
        return f"{news}; {len(run.stuck)} of {were} changed could not be put back"
    return f"{news}; {f'{count_of(put_back)} put back' if put_back else done}"


def _bullets(items: Iterable[_T], show: Callable[[_T], str]) -> str:
    return "\n".join(f"- {line}" for line in bounded(list(items), MAX_ROWS, show))


def _prose(text: str) -> str:
    """A message that may hold text from outside, on its own lines, as code."""
    return "\n\n".join(code(line) for line in text.splitlines() if line.strip())


def _tables(run: Run) -> Iterator[str]:
    """A table for each package where they are few, with a line for each version.

    Where they are many, one table with a line for each package and what became of its versions.
    """
    if len(run.requests) > MAX_TABLES:
        yield from _shared_tables(run)
        return
    for request in run.requests:
        rows = [(request, version, outcome) for version, outcome in run.of(request)]
        to_mend, held_back, done, unchanged = _by_rank(rows)
        yield f"{_title(run, request)} in {code(request.package.repository)}"
        yield from _table([*to_mend, *held_back, *done])
        yield from _folded("unchanged", len(unchanged), _table(unchanged))


def _shared_tables(run: Run) -> Iterator[str]:
    to_mend, held_back, done, unchanged = _by_rank(run.versions())
    if not to_mend and not done:
        to_mend, held_back = held_back, []
    yield from _wide_table(run, [*to_mend, *done])
    put_back = any(outcome.verdict is Verdict.ROLLED_BACK for _, _, outcome in held_back)
    what = "put back or held back" if put_back else "held back"
    yield from _folded(what, len(held_back), _wide_table(run, held_back))
    yield from _folded("unchanged", len(unchanged), _wide_table(run, unchanged))


def _by_rank(rows: Iterable[_Row]) -> tuple[list[_Row], list[_Row], list[_Row], list[_Row]]:
    """Failures to mend, those that follow from them, what was or would be done, what was not."""
    to_mend: list[_Row] = []
    held_back: list[_Row] = []
    done: list[_Row] = []
    unchanged: list[_Row] = []
    for row in rows:
        _, _, outcome = row
        if outcome.failure is not None:
            (held_back if outcome.failure.code in CONSEQUENCES else to_mend).append(row)
        else:
            (unchanged if outcome.verdict is Verdict.UNCHANGED else done).append(row)
    return to_mend, held_back, done, unchanged


def _folded(what: str, count: int, parts: Iterable[str]) -> Iterator[str]:
    if count:
        head = f"<details><summary>{count_of(count)} {what}</summary>"
        yield "\n\n".join([head, *parts, "</details>"])


def _table(rows: Sequence[_Row]) -> Iterator[str]:
    yield from _lines(
        ("Version", "Status", "Outcome"),
        [
            (code(version), _move(request, outcome), _ending(outcome))
            for request, version, outcome in rows
        ],
    )


def _wide_table(run: Run, rows: Sequence[_Row]) -> Iterator[str]:
    groups: dict[tuple[Package, str, str], list[_Row]] = {}
    for row in rows:
        request, _, outcome = row
        kind = outcome.failure.code if outcome.failure else outcome.verdict.value
        groups.setdefault((request.package, _move(request, outcome), kind), []).append(row)
    yield from _lines(
        ("Package", "Repository", "Versions", "Status", "Outcome"),
        [
            (
                _title(run, group[0][0]),
                code(package.repository),
                _listed([version for _, version, _ in group]),
                move,
                _ending(group[0][2]),
            )
            for (package, move, _), group in groups.items()
        ],
    )


def _listed(versions: Sequence[str]) -> str:
    more = len(versions) - MAX_LISTED
    rest = f" and {more} more" if more > 0 else ""
    return ", ".join(map(code, versions[:MAX_LISTED])) + rest


def _lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table, if it has any rows, and how many more there would be."""
    if rows:
        lines = [head, ["---"] * len(head), *rows[:MAX_ROWS]]
        yield "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    if len(rows) > MAX_ROWS:
        yield f"… and {len(rows) - MAX_ROWS} more"


def _left_alone(run: Run) -> Iterator[str]:
    rows = [
        (_title(run, request), code(request.package.repository), code(version), code(why))
        for request in run.requests
        for version, why in request.left_alone.items()
    ]
    table = _lines(("Package", "Repository", "Version", "Reason"), rows)
    yield from _folded("left alone", len(rows), table)


def _title(run: Run, request: Request) -> str:
    """The package, with a link to its page in the AWS console."""
    package = request.package
    url = console_url(package, region=run.region, account=run.account) if run.region else None
    if url is None:
        return code(package_title(package))
    if run.account is None:
        # The console has no page of a package without the account of its domain.
        return f"{code(package_title(package))} ([AWS console]({url}))"
    return f"[{code(package_title(package))}]({url})"


def _move(request: Request, outcome: Outcome) -> str:
    return " → ".join(map(code, statuses(request, outcome)))


def _ending(outcome: Outcome) -> str:
    if outcome.failure is None:
        return outcome.verdict.value
    ending = "rolled back" if outcome.verdict is Verdict.ROLLED_BACK else "failed"
    return f"{ending} {code(outcome.failure.code)}: {code(outcome.failure.message)}"


def _what_to_do(report: Report) -> Iterator[str]:
    run = report.run
    if run.error is not None:
        return
    for trouble in report.troubles:
        note = ", allowed" if trouble.allowed and run.refusal is None else ""
        yield f"**{code(trouble.code)}** ({trouble.count}{note}): {advice(run, trouble)}"


def _stuck(run: Run) -> Iterator[str]:
    if run.stuck:

        def told(item: tuple[Key, Failure]) -> str:
            (package, version), failure = item
            subject = code(f"{package_title(package)} {version}")
            return f"{subject} in {code(package.repository)}: {code(failure.message)}"

        listed = _bullets(run.stuck.items(), told)
        yield f"**These were changed and could not be put back:**\n\n{listed}"


def _how_to_undo(report: Report) -> Iterator[str]:
    """How to undo what was done, ready to paste; and what can't be undone, before and after."""
    way = way_back(report)
    if way:
        yield f"<details><summary>How to undo this</summary>\n\n{way}\n\n</details>"
    yield from (f"⚠️ {line}" for line in irreversible(report.run))
