"""A run becomes the job summary: GitHub-flavored Markdown, one screen, failures first. Pure.

Whatever came from outside goes through ``code``; the rest is ours.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from codeartifact_status.advice import advice, reading_denied
from codeartifact_status.errors import InputError
from codeartifact_status.escaping import code
from codeartifact_status.formats import console_url
from codeartifact_status.manifest import can_be_undone, undo
from codeartifact_status.model import REVERSIBLE, Code, Outcome, Request, Run, Status, Verdict
from codeartifact_status.report import (
    all_outcomes,
    count_of,
    counts_of,
    refusals,
    step_outcome,
    troubles,
)

MAX_ROWS = 50
"""Rows of the tables of one summary, and again of the folded ones."""

MAX_UNDO = 10
"""Entries of an undo that are shown ready to paste."""


def summary(run: Run) -> str:
    """The job summary, as GitHub-flavored Markdown: one screen, failures first."""
    if isinstance(run.error, InputError):
        parts = [_headline(run), _list_problems(run.error)]
    else:
        parts = [_headline(run)]
        if run.error is not None:
            parts += [_prose(str(run.error)), run.error.remedy]
        if run.bug is not None:
            parts.append(_prose(run.bug))
        if run.unread:
            parts.append(f"⚠️ {reading_denied(run)}")
        parts += _tables(run)
        parts += _what_to_do(run)
        parts += _way_back(run)
    return "\n\n".join(part for part in parts if part) + "\n"


def _headline(run: Run) -> str:
    counts = counts_of(run)
    targets = {request.target.value for request in run.requests}
    target = f"**{targets.pop()}**" if len(targets) == 1 else "their target status"
    match step_outcome(run):
        case "failed":
            return f"### ❌ {_bad_news(run, target)}"
        case "planned":
            return f"### 📝 Dry run: {count_of(counts[Verdict.PLANNED])} would be set to {target}"
        case "changed":
            return f"### ✅ {count_of(counts[Verdict.CHANGED])} set to {target}"
        case _ if counts[Verdict.FAILED]:
            return f"### ⚠️ {count_of(counts[Verdict.FAILED])} not set to {target}, as allowed"
        case _ if run.requests:
            return f"### ✅ Nothing to do: every version was {target} already"
        case _:
            return "### ✅ Nothing to do"


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
    # Those that were held back are not the trouble, unless there is no other.
    refused = refusals(run)
    culprits = [failure for _, _, failure in refused if failure.code != Code.SKIPPED] or refused
    prefix = "Dry run: " if run.dry_run else ""
    return f"{prefix}{len(culprits)} of {count_of(total)} can't be set to {target}; {done}"


def _list_problems(error: InputError) -> str:
    return "\n".join(
        f"- {code(problem.name)}: {_prose(problem.text)}" for problem in error.problems
    )


def _prose(text: str) -> str:
    """A message that may hold text from outside, on its own lines, as code."""
    return "\n\n".join(code(line) for line in text.splitlines() if line.strip())


def _tables(run: Run) -> Iterator[str]:
    room = MAX_ROWS
    for request in run.requests:
        outcomes = run.of(request)
        ranked = sorted(
            (pair for pair in outcomes if pair[1].verdict is not Verdict.UNCHANGED),
            key=lambda pair: (pair[1].failure is None, _is_skipped(pair[1])),
        )
        unchanged = [pair for pair in outcomes if pair[1].verdict is Verdict.UNCHANGED]
        yield _title(run, request)
        if ranked and room > 0:
            yield _table(request, ranked[:room])
        if len(ranked) > room:
            yield f"… and {len(ranked) - room} more"
        room = max(0, room - len(ranked))
        if unchanged:
            table = _table(request, unchanged[:MAX_ROWS])
            more = len(unchanged) - MAX_ROWS
            rest = f"\n\n… and {more} more" if more > 0 else ""
            yield (
                f"<details><summary>{count_of(len(unchanged))} unchanged</summary>\n\n"
                f"{table}{rest}\n\n</details>"
            )


def _is_skipped(outcome: Outcome) -> bool:
    return outcome.failure is not None and outcome.failure.code == Code.SKIPPED


def _title(run: Run, request: Request) -> str:
    package = request.package
    text = f"{code(package.title)} in {code(package.repository)}"
    url = console_url(package, region=run.region, account=run.account) if run.region else None
    return f"{text} · [open in the AWS console]({url})" if url else text


def _table(request: Request, outcomes: Iterable[tuple[str, Outcome]]) -> str:
    rows = ["| Version | Status | Outcome |", "| --- | --- | --- |"]
    for version, outcome in outcomes:
        match outcome.verdict:
            case Verdict.CHANGED:
                status = f"{code(outcome.before)} → {code(outcome.after)}"
            case Verdict.PLANNED:
                status = f"{code(outcome.before)} → {code(request.target)}"
            case _:
                status = code(outcome.after)
        if outcome.failure is None:
            ending = outcome.verdict.value
        else:
            ending = f"failed {code(outcome.failure.code)}: {code(outcome.failure.message)}"
        rows.append(f"| {code(version)} | {status} | {ending} |")
    return "\n".join(rows)


def _what_to_do(run: Run) -> Iterator[str]:
    if run.error is not None:
        return
    for trouble in troubles(run):
        note = ", allowed" if trouble.allowed else ""
        yield (
            f"**{code(trouble.code)}** ({trouble.count}{note}): "
            + advice(run, trouble.code, trouble.failures)
        )


def _way_back(run: Run) -> Iterator[str]:
    """How to undo what was done, ready to paste; and what can't be undone, before and after."""
    entries = undo(run)
    if entries:
        steps = "\n".join(_undo_step(run, entry) for entry in entries[:MAX_UNDO])
        more = len(entries) - MAX_UNDO
        rest = f"\n\n… and {more} more, in the output `undo`" if more > 0 else ""
        yield (
            "<details><summary>How to undo this</summary>\n\n"
            f"```yaml\n{steps}\n```{rest}\n\n</details>"
        )
    final = [
        (request, outcome)
        for request, _, outcome in all_outcomes(run)
        if (
            outcome.verdict is Verdict.PLANNED
            and not (request.target in REVERSIBLE and outcome.before in REVERSIBLE)
        )
        or (outcome.verdict is Verdict.CHANGED and not can_be_undone(request, outcome))
    ]
    if final:
        verb = "will not be possible to undo" if run.dry_run else "can't be undone"
        reasons = dict.fromkeys(_why_final(request, outcome) for request, outcome in final)
        yield f"⚠️ The change of {count_of(len(final))} {verb}: {'; '.join(reasons)}."


def _why_final(request: Request, outcome: Outcome) -> str:
    match request.target:
        case Status.DISPOSED:
            return "a disposed version can only be deleted"
        case Status.DELETED:
            return "a deleted version can't be restored, only published again"
        case _ if outcome.before is None:
            return "the former status could not be read"
        case _:
            return f"CodeArtifact has no way back to {code(outcome.before)}"


def _undo_step(run: Run, entry: Mapping[str, Any]) -> str:
    lines = ["- uses: OWNER/codeartifact-status@v0", "  with:"]
    for name, value in (dict(run.setting) | dict(entry)).items():
        text = value if isinstance(value, str) else json.dumps(value)
        # YAML in double quotes is a superset of JSON; and a name that holds an expression of
        # GitHub's must come out of the workflow as it went in.
        quoted = json.dumps(text).replace("${{", "${{ '${{' }}")
        lines.append(f"    {name}: {quoted}")
    return "\n".join(lines)
