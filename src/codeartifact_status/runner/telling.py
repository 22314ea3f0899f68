"""What came of a run, told to whoever runs us: outputs, files, summary, answer, log, in this order.

What can't be written, or told for a bug of ours, keeps nothing else from being written.
"""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial

from codeartifact_status.errors import ExitCode
from codeartifact_status.model import Output
from codeartifact_status.reporting.annotations import Annotation, Level, annotations
from codeartifact_status.reporting.answer import QueryFailed
from codeartifact_status.reporting.documents import compact
from codeartifact_status.reporting.log import closing_line, log_groups, result_text
from codeartifact_status.reporting.outputs import OUTPUTS, dotenv, fitted
from codeartifact_status.reporting.rendering import rendered
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.summary import summary
from codeartifact_status.reporting.way_back import irreversible
from codeartifact_status.runner import files
from codeartifact_status.runner.files import UndoFile
from codeartifact_status.runner.workflow import Tone, Workflow


def say(workflow: Workflow, report: Report, undo_file: UndoFile, paths: Mapping[str, str]) -> int:
    """Write all that is to be said of a run; return the exit code.

    ``paths`` are those at which ``result``, ``output`` and ``summary`` are wanted. The outputs come
    first: they hold the undo, and a runner that cancels a job doesn't wait long.
    """
    values: Mapping[str, str] = {}
    if workflow.takes_outputs or "output" in paths:
        report, values = _outputs(workflow, report)
    status = report.exit_code
    for name, write in _parts(workflow, report, values, undo_file, paths):
        failed = _attempt(workflow, name, write)
        if failed is ExitCode.OUR_BUG:
            status = failed
        status = status or failed
    return int(status)


def say_only(workflow: Workflow, text: str) -> int:
    """Answer a command line with a text that is no report; return the exit code."""
    try:
        workflow.show(text)
    except OSError:
        return ExitCode.FAILED_VERSIONS
    return ExitCode.SUCCESS


def log_bug(workflow: Workflow, bug: BaseException) -> str:
    """Bring a bug's traceback into the log; return what there is to say of it."""
    workflow.line("".join(traceback.format_exception(bug)))
    return (
        f"{type(bug).__name__}: {bug}\nThis is a bug in codeartifact-status, not in your workflow. "
        "The traceback is in the log; please report it."
    )


def _outputs(workflow: Workflow, report: Report) -> tuple[Report, Mapping[str, str]]:
    """All outputs, which are there whatever happens: each by itself, or what came in between."""
    values: dict[str, str] = {}
    bugs: list[str] = []
    for name, made in OUTPUTS.items():
        try:
            values[name] = made(report)
        except Exception as bug:  # noqa: BLE001 - all outputs are always there
            bugs.append(log_bug(workflow, bug))
            values[name] = compact({"error": f"{type(bug).__name__}: {bug}"})
    if bugs:
        report = replace(report, run=replace(report.run, bug=bugs[0]))
        values["outcome"] = "failed"
    return report, fitted(values)


def _parts(
    workflow: Workflow,
    report: Report,
    values: Mapping[str, str],
    undo_file: UndoFile,
    paths: Mapping[str, str],
) -> list[tuple[str, Callable[[], None]]]:
    markdown = cache(partial(summary, report))
    documents: dict[str, Callable[[], str]] = {
        "result": lambda: report.result_json,
        "output": lambda: dotenv(values, most=report.presentation.dotenv_limit),
        "summary": markdown,
    }

    def write_file(name: str, path: str) -> None:
        files.write(path, workflow.clean(documents[name]()))

    summaries = [("job summary", lambda: workflow.write_summary(markdown()))]
    return [
        ("outputs", lambda: workflow.write_outputs(values)),
        ("undo-file", lambda: undo_file.end(report)),
        *((f"{name}-file", partial(write_file, name, path)) for name, path in paths.items()),
        *(summaries if workflow.takes_summary else ()),
        ("answer", lambda: _answer(workflow, report)),
        ("log", lambda: _write_log(workflow, report)),
    ]


def _attempt(workflow: Workflow, name: str, write: Callable[[], None]) -> ExitCode:
    """Write one part; whether the step is still what it says."""
    try:
        write()
    except QueryFailed as error:
        # As with the AWS CLI, there is no answer then; the outputs tell what was done.
        text = f"The query can't be evaluated: {error}"
        workflow.annotate(Annotation(Level.ERROR, "No answer", text))
        return ExitCode.FAILED_VERSIONS
    except OSError as error:
        # Without its outputs the step is not what it says; a summary is only read by people.
        level = Level.WARNING if "summary" in name else Level.ERROR
        text = f"The {name} could not be written: {error}"
        workflow.annotate(Annotation(level, f"No {name}", text))
        return ExitCode.FAILED_VERSIONS if level is Level.ERROR else ExitCode.SUCCESS
    except Exception as bug:  # noqa: BLE001 - the other parts have to be written all the same
        text = log_bug(workflow, bug)
        workflow.annotate(Annotation(Level.ERROR, "A bug in this action", text))
        return ExitCode.OUR_BUG
    return ExitCode.SUCCESS


def _answer(workflow: Workflow, report: Report) -> None:
    """Answer a command line; where the step stopped before anything was sent, there is nothing to.

    The AWS CLI has no answer then either.

    Raises:
        QueryFailed: the query can't be evaluated, so that there is no answer.
        OSError: it can't be written.
    """
    run, presentation = report.run, report.presentation
    is_unread = run.bug is not None and not run.requests
    if run.error is not None or is_unread:
        return
    if report.query_failure is not None:
        raise report.query_failure
    if not presentation.by_flags or presentation.output is Output.NONE:
        return
    if presentation.output is Output.TABLE and presentation.query is None:
        workflow.show(result_text(report))
        return
    # As the AWS CLI, which prints no empty object: scripts ask whether there is anything.
    if (found := report.answer) != {}:
        workflow.show(rendered(found, presentation.output))


def _write_log(workflow: Workflow, report: Report) -> None:
    for annotation in annotations(report):
        workflow.annotate(annotation)
    workflow.groups(log_groups(report))
    if not report.run.dry_run:
        for line in irreversible(report):
            workflow.line(line)
    is_good = report.exit_code == ExitCode.SUCCESS
    workflow.line(closing_line(report), tone=Tone.GOOD if is_good else Tone.BAD)
