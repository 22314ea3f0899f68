"""The way back: the step or the command that undoes a run, and what can't be undone. Pure."""

import json
import shlex
from collections import Counter
from dataclasses import replace

from codeartifact_status.model import Outcome, Request, Status, Verdict
from codeartifact_status.planning.undo import can_be_undone
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.run import Run
from codeartifact_status.reporting.wording import count_of

MAX_UNDO = 20_000
"""Characters of an undo that is shown ready to paste."""


def way_back(report: Report) -> str:
    """How to undo a run, as a block of Markdown that is ready to paste; empty if nothing can be."""
    if not report.undo:
        return ""
    if report.presentation.on_github:
        return f"```yaml\n{_step(report)}\n```"
    return f"```sh\n{_command(report)}\n```"


def _step(report: Report) -> str:
    entries = [json.dumps(entry) for entry in report.undo]
    setting = report.presentation.setting
    lines = [f"    {name}: {json.dumps(value)}" for name, value in setting.items()]
    reference = []
    if sum(map(len, entries)) > MAX_UNDO:
        packages = "${{ steps.ID.outputs.undo }}  # the id of this step, or undo-file"
        reference.append(f"    packages: {packages}")
    else:
        lines += ["    packages: |", "      ["]
        lines.append(",\n".join(f"        {entry}" for entry in entries))
        lines.append("      ]")
    # A name that holds an expression of GitHub's must come out of the workflow as it went in.
    lines = [line.replace("${{", "${{ '${{' }}") for line in lines]
    return "\n".join([f"- uses: {report.presentation.action}", "  with:", *lines, *reference])


def _command(report: Report) -> str:
    presentation = report.presentation
    flags = [
        f"--{'region' if name == 'aws-region' else name} {shlex.quote(value)}"
        for name, value in presentation.setting.items()
    ]
    packages = json.dumps(report.undo)
    if len(packages) > MAX_UNDO:
        packages = f"@{presentation.undo_file or 'UNDO-FILE'}"
    return " ".join(["codeartifact-status", *flags, "--packages", shlex.quote(packages)])


def irreversible(run: Run) -> list[str]:
    """What can't be undone of what was changed, or is about to be; nothing if all can."""
    reasons = Counter(
        (_why_final(request, outcome), outcome.verdict is Verdict.PLANNED)
        for request, _, outcome in run.versions()
        if outcome.verdict in {Verdict.CHANGED, Verdict.PLANNED}
        and not can_be_undone(request, replace(outcome, verdict=Verdict.CHANGED))
    )
    return [
        f"The change of {count_of(count)} {'will not be' if planned else 'is not'} possible to "
        f"undo: {reason}."
        for (reason, planned), count in reasons.items()
    ]


def _why_final(request: Request, outcome: Outcome) -> str:
    match request.target:
        case Status.DISPOSED:
            return "a disposed version can only be deleted"
        case Status.DELETED:
            return "a deleted version can't be restored, only published again"
        case _ if outcome.before is None:
            return "the former status could not be read"
        case _ if Status.named(outcome.before) is not None:
            return f"CodeArtifact has no way back to {outcome.before}"
        case _:
            return "the former status is one that this action doesn't know"
