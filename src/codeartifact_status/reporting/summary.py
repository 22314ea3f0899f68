"""A run becomes the job summary: GitHub-flavored Markdown, one screen, failures first. Pure.

Whatever came from outside goes through ``code``; the rest is ours.
"""

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from codeartifact_status.arns import console_url
from codeartifact_status.errors import InputError
from codeartifact_status.escaping import code
from codeartifact_status.formats.names import package_title
from codeartifact_status.model import (
    Outcome,
    Package,
    Request,
    Run,
    Verdict,
)
from codeartifact_status.planning.undo import undo
from codeartifact_status.reporting.advice import advice, reading_denied
from codeartifact_status.reporting.outputs import (
    CONSEQUENCES,
    all_outcomes,
    count_of,
    counts_of,
    irreversible,
    refusals,
    step_outcome,
    troubles,
)

MAX_ROWS = 50
"""Rows of the tables of one summary, and again of the folded ones."""

MAX_TABLES = 3
"""Packages that have a table each; more share one."""

MAX_LISTED = 5
"""Versions that one line of the shared table names."""

MAX_UNDO = 20_000
"""Characters of an undo that is shown ready to paste."""

MAX_SUMMARY = 500_000
"""Characters. GitHub drops a summary of more than 1 MiB, and one may take several bytes."""

_Row: TypeAlias = tuple[Request, str, Outcome]


def summary(run: Run) -> str:
    """The job summary, as GitHub-flavored Markdown: one screen, failures first."""
    if isinstance(run.error, InputError):
        parts = [_headline(run), _list_problems(run.error)]
    else:
        parts = [_headline(run)]
        if run.error is not None:
            parts += [_prose(str(run.error)), run.error.remedy(run.action)]
        if run.bug is not None:
            parts.append(_prose(run.bug))
        if run.unread:
            parts.append(f"⚠️ {reading_denied(run)}")
        parts += _tables(run)
        parts += _left_alone(run)
        parts += _what_to_do(run)
        parts += _way_back(run)
    whole = "\n\n".join(part for part in parts if part) + "\n"
    return (
        whole
        if len(whole) <= MAX_SUMMARY
        else f"{parts[0]}\n\nThe rest is too long for a summary.\n"
    )


def _headline(run: Run) -> str:
    counts = counts_of(run)
    targets = {request.target.value for request in run.requests}
    target = f"**{targets.pop()}**" if len(targets) == 1 else "their target status"
    match step_outcome(run):
        case "failed" | "rolled-back":
            return f"### ❌ {_bad_news(run, target)}"
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


def _bad_news(run: Run, target: str) -> str:
    """What went wrong, in a sentence that says as well what was changed in spite of it."""
    counts = counts_of(run)
    total = sum(counts.values())
    changed = counts[Verdict.CHANGED]
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
    # Those that were held back or put back are not the trouble, unless there is no other.
    refused = refusals(run)
    culprits = [failure for _, _, failure in refused if failure.code not in CONSEQUENCES] or refused
    prefix = "Dry run: " if run.dry_run else ""
    news = f"{prefix}{len(culprits)} of {count_of(total)} can't be set to {target}"
    if run.stuck:
        were = changed + counts[Verdict.ROLLED_BACK]
        return f"{news}; {len(run.stuck)} of {count_of(were)} changed could not be put back"
    if counts[Verdict.ROLLED_BACK]:
        return f"{news}; {count_of(counts[Verdict.ROLLED_BACK])} put back to where they were"
    return f"{news}; {done}"


def _list_problems(error: InputError) -> str:
    listed = [f"- {code(one.name)}: {_prose(one.text)}" for one in error.problems[:MAX_ROWS]]
    more = len(error.problems) - MAX_ROWS
    return "\n".join([*listed, *([f"- … and {more} more"] if more > 0 else [])])


def _prose(text: str) -> str:
    """A message that may hold text from outside, on its own lines, as code."""
    return "\n\n".join(code(line) for line in text.splitlines() if line.strip())


def _tables(run: Run) -> Iterator[str]:
    """A table for each package where they are few, with a line for each version.

    Where they are many, one table with a line for each package and what became of its versions.
    """
    rows = list(all_outcomes(run))
    unchanged = [row for row in rows if row[2].verdict is Verdict.UNCHANGED]
    others = sorted((row for row in rows if row[2].verdict is not Verdict.UNCHANGED), key=_rank)
    if len(run.requests) > MAX_TABLES:
        held_back = [row for row in others if _rank(row) == _HELD_BACK]
        if len(held_back) < len(others):
            others = [row for row in others if _rank(row) != _HELD_BACK]
        else:
            held_back = []
        yield from _wide_table(run, others)
        put_back = any(row[2].verdict is Verdict.ROLLED_BACK for row in held_back)
        yield from _folded(
            "put back or held back" if put_back else "held back",
            len(held_back),
            _wide_table(run, held_back),
        )
        yield from _folded("unchanged", len(unchanged), _wide_table(run, unchanged))
        return
    for request in run.requests:
        mine = [row for row in unchanged if row[0] is request]
        yield f"{_title(run, request)} in {code(request.package.repository)}"
        yield from _table([row for row in others if row[0] is request])
        yield from _folded("unchanged", len(mine), _table(mine))


_HELD_BACK = 1


def _rank(row: _Row) -> int:
    """Failures first, and of these the ones to mend; the order is kept among equals."""
    failure = row[2].failure
    if failure is None:
        return 2
    return _HELD_BACK if failure.code in CONSEQUENCES else 0


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
    match outcome.verdict:
        case Verdict.CHANGED:
            return f"{code(outcome.before)} → {code(outcome.after)}"
        case Verdict.PLANNED:
            return f"{code(outcome.before)} → {code(request.target)}"
        case _:
            return code(outcome.after)


def _ending(outcome: Outcome) -> str:
    if outcome.failure is None:
        return outcome.verdict.value
    ending = "rolled back" if outcome.verdict is Verdict.ROLLED_BACK else "failed"
    return f"{ending} {code(outcome.failure.code)}: {code(outcome.failure.message)}"


def _what_to_do(run: Run) -> Iterator[str]:
    if run.error is not None:
        return
    for trouble in troubles(run):
        note = ", allowed" if trouble.allowed and run.refusal is None else ""
        yield (
            f"**{code(trouble.code)}** ({trouble.count}{note}): "
            + advice(run, trouble.code, trouble.failures)
        )


def _way_back(run: Run) -> Iterator[str]:
    """How to undo what was done, ready to paste; and what can't be undone, before and after."""
    if run.stuck:
        listed = [
            f"- {code(f'{package_title(package)} {version}')} in {code(package.repository)}: "
            f"{code(failure.message)}"
            for (package, version), failure in list(run.stuck.items())[:MAX_ROWS]
        ]
        more = len(run.stuck) - MAX_ROWS
        listed += [f"- … and {more} more"] if more > 0 else []
        yield "**These were changed and could not be put back:**\n\n" + "\n".join(listed)
    entries = undo(run)
    if entries:
        way = (
            f"```yaml\n{_undo_step(run, entries)}\n```"
            if run.on_github
            else f"```sh\n{_undo_command(run, entries)}\n```"
        )
        yield f"<details><summary>How to undo this</summary>\n\n{way}\n\n</details>"
    yield from (f"⚠️ {line}" for line in irreversible(run))


def _undo_step(run: Run, entries: Sequence[Mapping[str, Any]]) -> str:
    lines = [f"- uses: {run.action}", "  with:"]
    lines += [f"    {name}: {json.dumps(value)}" for name, value in run.setting.items()]
    if sum(len(json.dumps(entry)) for entry in entries) > MAX_UNDO:
        lines.append(
            "    packages: ${{ steps.ID.outputs.undo }}  # the id of this step, or undo-file"
        )
    else:
        lines += ["    packages: |", "      ["]
        lines.append(",\n".join(f"        {json.dumps(entry)}" for entry in entries))
        lines.append("      ]")
    # A name that holds an expression of GitHub's must come out of the workflow as it went in.
    head, tail = lines[:2], "\n".join(lines[2:])
    if "steps.ID" not in tail:
        tail = tail.replace("${{", "${{ '${{' }}")
    return "\n".join([*head, tail])


def _undo_command(run: Run, entries: Sequence[Mapping[str, Any]]) -> str:
    flags = [
        f"--{'region' if name == 'aws-region' else name} {shlex.quote(value)}"
        for name, value in run.setting.items()
    ]
    document = json.dumps(entries)
    packages = shlex.quote(document)
    if len(document) > MAX_UNDO:
        packages = shlex.quote(f"@{run.files.get('undo', 'UNDO-FILE')}")
    return " ".join(["codeartifact-status", *flags, "--packages", packages])
