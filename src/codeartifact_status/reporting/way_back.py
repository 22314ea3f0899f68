"""The way back: the step or the command that undoes a run, and what can't be undone. Pure."""

import json
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from codeartifact_status.escaping import code
from codeartifact_status.model import Plan, Status
from codeartifact_status.planning.undo import is_reversible
from codeartifact_status.reporting.documents import compact
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.rows import Fate
from codeartifact_status.reporting.wording import count_of

MAX_INLINE = 120_000
"""Bytes of an undo that is part of a step or of a command: an environment variable, and an argument
of a command, hold 128 KiB (Linux, MAX_ARG_STRLEN)."""

MAX_UNDO = 300_000
"""Bytes of an undo that is shown whole, so that a summary with all of it stays under 1 MiB."""

FILE = "undo.json"
"""The file that what is pasted writes, where the undo is too long to be a part of it."""

_SHARED = ("repository", "format", "namespace", "expected-status", "target-status")
"""What a step can say for all of its entries."""

_IDENTITY = frozenset(
    {
        *("role-to-assume", "audience", "web-identity-token-file"),
        *("role-chaining", "role-external-id", "profile"),
    }
)
"""Who a step of a workflow is. At a shell, whoever pastes the command is somebody else."""


def way_back(report: Report) -> str:
    """How to undo a run: Markdown that is ready to paste; empty if nothing can be undone."""
    if not report.undo:
        return ""
    shared, entries = _taken_apart(report.undo)
    if len(compact(entries)) > MAX_UNDO:
        return _elsewhere(report)
    setting = {**report.presentation.setting, **shared}
    if not report.presentation.on_github:
        return f"```sh\n{_command(setting, entries)}\n```"
    at_a_shell = {name: said for name, said in setting.items() if name not in _IDENTITY}
    return (
        f"As a step of a workflow:\n\n```yaml\n{_step(report, setting, entries)}\n```\n\n"
        "Or at a shell, with your own AWS credentials:\n\n"
        f"```sh\n{_command(at_a_shell, entries)}\n```"
    )


def _taken_apart(undo: Sequence[Mapping[str, Any]]) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """What all entries share, and the entries without it."""
    first, *others = undo
    shared = {
        name: first[name]
        for name in _SHARED
        if first[name] is not None and all(entry[name] == first[name] for entry in others)
    }
    # A namespace of null is said only where the step could say another.
    left_out = shared.keys() if "namespace" in shared else shared.keys() | _none_has(undo)
    return shared, [
        {name: said for name, said in entry.items() if name not in left_out | _implied(entry)}
        for entry in undo
    ]


def _implied(entry: Mapping[str, Any]) -> set[str]:
    """What an entry says twice: the keys of its revisions stand for its versions."""
    return {"versions"} if list(entry.get("version-revisions", ())) == entry["versions"] else set()


def _none_has(undo: Iterable[Mapping[str, Any]]) -> set[str]:
    return set() if any(entry["namespace"] for entry in undo) else {"namespace"}


def _elsewhere(report: Report) -> str:
    """Where an undo is found that is too long for a summary."""
    presentation = report.presentation
    places = ["the output `undo`"] if presentation.on_github else []
    places += [code(presentation.undo_file)] if presentation.undo_file else []
    found = " and ".join(places) or "no file: set `undo-file` next time"
    return (
        f"The undo of {count_of(report.counts[Fate.CHANGED])} is too long to show here. It is "
        f"in {found}; pass it to this action as `packages`."
    )


def _step(report: Report, setting: Mapping[str, str], entries: Sequence[Any]) -> str:
    packages = "[\n" + ",\n".join(f"  {compact(entry)}" for entry in entries) + "\n]"
    lines = [f"- uses: {report.presentation.action}", "  with:"]
    lines += [f"    {name}: {json.dumps(value)}" for name, value in setting.items()]
    if len(packages) > MAX_INLINE:
        written = _indented(f"cat > {FILE} <<'END'\n{packages}\nEND", 4)
        lines = ["- run: |", written, *lines, f'    packages: "@{FILE}"']
    else:
        lines += ["    packages: |", _indented(packages, 6)]
    # A name that holds an expression of GitHub's must come out of the workflow as it went in.
    return "\n".join(line.replace("${{", "${{ '${{' }}") for line in lines)


def _command(setting: Mapping[str, str], entries: Sequence[Any]) -> str:
    packages = compact(entries)
    flags = [
        f"--{'region' if name == 'aws-region' else name} {shlex.quote(value)}"
        for name, value in setting.items()
    ]
    by_file = len(packages) > MAX_INLINE
    given = f"@{FILE}" if by_file else packages
    command = " ".join(["codeartifact-status", *flags, "--packages", shlex.quote(given)])
    return f"cat > {FILE} <<'END'\n{packages}\nEND\n{command}" if by_file else command


def _indented(text: str, spaces: int) -> str:
    return "\n".join(" " * spaces + line for line in text.split("\n"))


def irreversible(report: Report) -> list[str]:
    """What can't be undone of what was changed, or would be; nothing if all can."""
    return [
        line
        for fate in (Fate.CHANGED, Fate.PLANNED)
        for line in _final(
            ((row.target, row.move[0], row.count) for row in report.rows[fate]),
            afterwards=fate is Fate.PLANNED,
        )
    ]


def irreversible_of(plan: Plan) -> list[str]:
    """The same of what a plan is about to change.

    Where nothing could be read, an expected status vouches for the former one.
    """
    return _final(
        ((batch.target, batch.expected_status, len(batch.versions)) for batch in plan.batches),
        afterwards=True,
    )


def _final(changes: Iterable[tuple[Status, str | None, int]], *, afterwards: bool) -> list[str]:
    """A line for each reason; a change is its target, the former status, and of how many."""
    reasons: Counter[str] = Counter()
    for target, before, count in changes:
        if not is_reversible(target, before):
            reasons[_why_final(target, before)] += count
    return [
        f"The change of {count_of(count)} can't be undone{' afterwards' * afterwards}: {reason}."
        for reason, count in reasons.items()
    ]


def _why_final(target: Status, before: str | None) -> str:
    match target:
        case Status.DISPOSED:
            return "a disposed version can only be deleted"
        case Status.DELETED:
            return "a deleted version can't be restored, only published again"
        case _ if before is None:
            return "the former status could not be read"
        case _ if Status.named(before) is not None:
            return f"CodeArtifact can't set a version back to {before}"
        case _:
            return "its former status is unknown to this action"
