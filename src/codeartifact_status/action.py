"""The story of one run: read the inputs, get an identity, list what is there, plan, send, say.

This module decides nothing about versions and knows nothing of HTTP or files; it passes values
from one module to the next, and sees to it that a run ends with all of its outputs written,
whatever happens on the way.
"""

import contextlib
import math
import os
import signal
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from types import FrameType

from codeartifact_status import __version__
from codeartifact_status.errors import ExitCode, InputError, Interrupted, Problem, StepError
from codeartifact_status.identity.sessions import (
    Identity,
    Means,
    Role,
    ambient,
    assume,
    check_account,
    least_privilege,
    output_of,
    region_of,
)
from codeartifact_status.inputs.command_line import SAMPLE, CommandLine
from codeartifact_status.inputs.reading import Inputs, report_files, unknown_inputs
from codeartifact_status.model import (
    Batch,
    Code,
    Denied,
    Key,
    Outcome,
    Output,
    Package,
    Plan,
    Reading,
    Request,
    Run,
    Verdict,
)
from codeartifact_status.planning.plan import make_plan, rehearse
from codeartifact_status.planning.selection import select
from codeartifact_status.reporting.annotations import Annotation, Level, annotations
from codeartifact_status.reporting.answer import QueryFailed, answer, queried
from codeartifact_status.reporting.log import closing_line, log_groups
from codeartifact_status.reporting.outputs import MAX_GITLAB, dotenv, fitted, outputs
from codeartifact_status.reporting.rendering import rendered
from codeartifact_status.reporting.report import Presentation, Report
from codeartifact_status.reporting.summary import summary
from codeartifact_status.reporting.way_back import irreversible
from codeartifact_status.reporting.wording import count_of
from codeartifact_status.runner.isolation import isolate
from codeartifact_status.runner.surroundings import Surroundings
from codeartifact_status.runner.workflow import Workflow
from codeartifact_status.service.codeartifact import (
    CodeArtifact,
    Connection,
    client_config,
    connect,
)
from codeartifact_status.service.listing import read_until_there
from codeartifact_status.service.sending import Sender

WIRE_LOGGERS = ("botocore.endpoint", "botocore.parsers", "urllib3.connectionpool")
"""What ``debug`` shows: requests and answers. STS is past by then: its answers hold the keys."""


def main(arguments: Sequence[str]) -> int:
    """Run the step once; return what the process is to exit with.

    With ``arguments`` it is a command: they are its inputs beside the environment's, and stdout is
    for its answer.
    """
    surroundings = Surroundings.read()
    command = CommandLine.read(arguments)
    workflow = Workflow(on_github=surroundings.on_github, answers=bool(arguments))
    if command.answer is not None:
        return _say_only(workflow, command.answer)
    if command.wants_sample:
        return _answer_with_sample(workflow, command)
    workflow.mask(surroundings.request_token)
    interruption = Interruption()
    interruption.listen()
    return say(workflow, *tell(workflow, surroundings, interruption, command))


@dataclass(slots=True)
class Interruption:
    """What asks the step to end before it is done: the first signal that comes, or its deadline."""

    stop: threading.Event = field(default_factory=threading.Event)
    signal: int | None = None
    overdue: bool = False

    def listen(self) -> None:
        """Take SIGTERM and SIGINT, which runners send to cancel a job, and a terminal's SIGHUP.

        A handler runs between any two steps of the main thread, which may hold the event's own lock
        just then; so it only writes to a pipe, and a thread sets the event.
        """
        reading, writing = os.pipe()

        def heard(number: int, _frame: FrameType | None) -> None:
            if self.signal is None:
                self.signal = number
                os.write(writing, b"!")

        def pass_on() -> None:
            os.read(reading, 1)
            self.stop.set()

        threading.Thread(target=pass_on, daemon=True).start()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            # What somebody chose to ignore, as `nohup` does, stays ignored.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, heard)

    def expire_after(self, seconds: float) -> None:
        """Ask the step to end when ``seconds`` have passed."""

        def expire() -> None:
            self.overdue = True
            self.stop.set()

        timer = threading.Timer(seconds, expire)
        timer.daemon = True
        timer.start()

    def check(self) -> None:
        """Raise Interrupted if the step was asked to end, while nothing was sent yet."""
        reason = self.reason()
        if reason is not None:
            raise reason

    def reason(self) -> Interrupted | None:
        """Who asked the step to end; None if nobody did."""
        if self.signal is not None:
            return Interrupted(signal.Signals(self.signal).name)
        if self.overdue:
            return Interrupted("its deadline, timeout-seconds, has passed")
        return None


def tell(
    workflow: Workflow,
    surroundings: Surroundings,
    interruption: Interruption,
    command: CommandLine,
) -> tuple[Report, Mapping[str, str]]:
    """Run the step up to what is to be said about it, and to which files; never raises."""
    story = _Story(workflow, surroundings, interruption, command)
    try:
        story.go()
    except Interrupted as error:
        # Wherever it was noticed, what is to be told is who asked for it.
        story.run = _stopped(replace(story.run, error=interruption.reason() or error))
    except StepError as error:
        story.run = _stopped(replace(story.run, error=error))
    except Exception as bug:  # noqa: BLE001 - the outputs have to be written even then
        _log_bug(workflow, bug)
        story.run = _stopped(replace(story.run, bug=_bug_text(bug)))
    run = replace(
        story.run,
        signal=interruption.signal,
        # Whoever has sent all there was to send was in time.
        overdue=interruption.overdue and not story.is_done,
    )
    return Report(run=run, presentation=story.presentation), story.files


@dataclass(slots=True)
class _Story:
    """One run as it goes on; ``run`` is what it has come to so far.

    ``files`` are the paths at which ``undo``, ``result``, ``output`` and ``summary`` are wanted.
    """

    workflow: Workflow
    surroundings: Surroundings
    interruption: Interruption
    command: CommandLine
    run: Run = field(default_factory=Run)
    presentation: Presentation = field(default_factory=Presentation)
    files: Mapping[str, str] = field(default_factory=dict)
    is_done: bool = False

    def go(self) -> None:
        inputs = self.read()
        if not self.run.requests:
            return
        service = self.identify(inputs)
        readings = self.list_versions(inputs, service)
        plan = self.plan(inputs, readings)
        self.send(inputs, service, plan)
        self.is_done = not self.interruption.stop.is_set()

    def read(self) -> Inputs:
        self.files = reports = report_files(self.command.flags)
        self.presentation = Presentation(
            on_github=self.surroundings.on_github,
            action=self.surroundings.action,
            by_flags=self.command.flags is not None,
            dotenv_limit=MAX_GITLAB if self.surroundings.on_gitlab else None,
        )
        inputs = self.command.inputs()
        self.interruption.expire_after(inputs.timeout_seconds)
        self.presentation = replace(
            self.presentation,
            setting=inputs.setting(),
            undo_file=inputs.undo_file,
            query=inputs.query,
            output=_output(inputs),
        )
        self.run = Run(
            requests=inputs.requests(),
            allowed=inputs.allow_failed_versions,
            dry_run=inputs.dry_run,
        )
        files = {"undo": inputs.undo_file, "result": inputs.result_file}
        self.files = {name: path for name, path in files.items() if path is not None} | reports
        self.workflow.line(f"codeartifact-status {__version__}{' (dry run)' * inputs.dry_run}")
        for note in isolate():
            self.workflow.line(note)
        for option in self.command.repeated:
            text = f"{option} stands twice, and the last counts, as with the AWS CLI."
            self.workflow.annotate(Annotation(Level.WARNING, "Repeated option", text))
        for name in unknown_inputs():
            text = f"{name} is not an input of this action, and was ignored."
            self.workflow.annotate(Annotation(Level.WARNING, "Unknown input", text))
        return inputs

    def identify(self, inputs: Inputs) -> CodeArtifact:
        region = _region(inputs, self.command)
        # Until the credentials say more, the account is the role's.
        account = inputs.domain_owner or (inputs.role_to_assume or "").split(":")[4:5]
        self.run = replace(self.run, region=region, account="".join(account) or None)
        connection = Connection(
            region=region,
            endpoint_url=inputs.endpoint_url,
            verify=False if inputs.no_verify_ssl else inputs.ca_bundle,
            sign=not inputs.no_sign_request,
            # As in the AWS CLI, 0 is no limit.
            connect_timeout=inputs.cli_connect_timeout or None,
            read_timeout=inputs.cli_read_timeout or None,
            concurrency=inputs.concurrency,
        )
        means = Means(
            region=region,
            profile=inputs.profile,
            config=client_config(connection),
            verify=connection.verify,
            attempts=inputs.aws_max_attempts,
            timeout=float(inputs.cli_read_timeout or 86400),
            mask=self.workflow.mask,
            stop=self.interruption.stop,
        )
        identity = check_account(self._identity(inputs, means), inputs.allowed_account_ids, means)
        self.interruption.check()
        self.run = replace(self.run, account=inputs.domain_owner or identity.account)
        if inputs.debug:
            self.workflow.log_from(*WIRE_LOGGERS)
        return CodeArtifact(
            connect(identity.session, connection),
            attempts=inputs.aws_max_attempts,
            stop=self.interruption.stop,
        )

    def _identity(self, inputs: Inputs, means: Means) -> Identity:
        if inputs.role_to_assume is None:
            return ambient(means, sign=not inputs.no_sign_request)
        role = Role(
            arn=inputs.role_to_assume,
            session_name=inputs.role_session_name or self.surroundings.session_name,
            duration=inputs.role_duration_seconds,
            policy=self._session_policy(inputs.session_policy, inputs.role_to_assume),
            audience=inputs.audience,
            token_file=inputs.web_identity_token_file,
            chained=inputs.role_chaining,
            external_id=inputs.role_external_id,
            from_fork=self.surroundings.from_fork,
        )
        identity = assume(role, means)
        self.workflow.line(f"Assumed {role.arn} as {role.session_name}")
        return identity

    def _session_policy(self, wanted: str, role: str) -> str | None:
        match wanted:
            case "none":
                return None
            case "least-privilege":
                policy, widened = least_privilege(
                    self.run.requests, region=str(self.run.region), account=role.split(":")[4]
                )
                if widened:
                    self.workflow.line(
                        "The packages of this step are too many for a session policy of 2048 "
                        "characters; wider patterns stand for them."
                    )
                return policy
            case document:
                return document

    def list_versions(self, inputs: Inputs, service: CodeArtifact) -> Mapping[Package, Reading]:
        readings = read_until_there(
            service,
            self.run.requests,
            concurrency=inputs.concurrency,
            seconds=inputs.wait_seconds,
            stop=self.interruption.stop,
            on_wait=lambda missing, left: self.workflow.line(
                f"{count_of(missing)} not there yet; waiting for up to {math.ceil(left)} s more"
            ),
        )
        self.interruption.check()
        unread = (package for package, reading in readings.items() if isinstance(reading, Denied))
        self.run = replace(
            self.run,
            requests=_selected(self.run.requests, readings, self.command),
            unread=frozenset(unread),
        )
        return readings

    def plan(self, inputs: Inputs, readings: Mapping[Package, Reading]) -> Plan:
        plan = make_plan(
            self.run.requests,
            readings,
            allowed=inputs.allow_failed_versions,
            on_failure=inputs.on_failure,
            max_changes=inputs.most_changes,
        )
        rehearsed = rehearse(plan)
        for line in irreversible(replace(self.run, outcomes=rehearsed.decided)):
            self.workflow.line(line)
        self.run = replace(self.run, refusal=plan.refusal)
        return rehearsed if inputs.dry_run else plan

    def send(self, inputs: Inputs, service: CodeArtifact, plan: Plan) -> None:
        undo_file = _UndoFile(self.workflow, plan, self.run, inputs.undo_file)
        try:
            undo_file.write()
        except OSError as error:
            text = f"it can't be written, so nothing was sent: {error.strerror or error}"
            raise InputError([Problem(self.command.name("undo_file"), text)]) from error
        progress = _progress(self.workflow, plan)

        def settled(batch: Batch, outcomes: Mapping[str, Outcome]) -> None:
            undo_file.settled(batch, outcomes)
            progress(batch, outcomes)

        sent = Sender(
            service=service,
            allowed=inputs.allow_failed_versions,
            on_failure=inputs.on_failure,
            concurrency=inputs.concurrency,
            attempts=inputs.aws_max_attempts,
            stop=self.interruption.stop,
            on_sending=undo_file.sending,
            on_settled=settled,
        ).carry_out(plan)
        for bug in sent.bugs:
            _log_bug(self.workflow, bug)
        self.run = replace(
            self.run,
            outcomes=sent.outcomes,
            stuck=sent.stuck,
            bug=_bug_text(sent.bugs[0]) if sent.bugs else None,
        )


@dataclass(slots=True)
class _UndoFile:
    """The ``undo-file``, true at every moment, so that even a kill leaves a way back.

    It holds what was changed, and what is on its way: to undo what was not changed after all is to
    find it at its former status, which is a success.
    """

    workflow: Workflow
    plan: Plan
    run: Run
    path: str | None
    _outcomes: dict[Key, Outcome] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def sending(self, batch: Batch) -> None:
        """A batch is about to be sent."""
        if self.path is None:
            return
        expected = {
            (batch.package, version): Outcome(
                verdict=Verdict.CHANGED,
                before=state.status if state else batch.expected_status,
                after=batch.target,
                revision=state.revision if state else None,
            )
            for version in batch.versions
            for state in [self.plan.state(batch.package, version)]
        }
        self._update(expected)

    def settled(self, batch: Batch, outcomes: Mapping[str, Outcome]) -> None:
        """A batch has ended."""
        self._update({(batch.package, version): o for version, o in outcomes.items()})

    def write(self) -> None:
        """Write the file as it is now, in a step that wants one.

        Raises:
            OSError: it can't be written.
        """
        if self.path is not None:
            known = replace(self.run, outcomes=dict(self._outcomes))
            self.workflow.write_file(self.path, Report(run=known).undo_json)

    def _update(self, outcomes: Mapping[Key, Outcome]) -> None:
        with self._lock:
            self._outcomes |= outcomes
            try:
                self.write()
            except OSError as error:
                self.workflow.line(f"The undo-file could not be written: {error}")


def say(workflow: Workflow, report: Report, files: Mapping[str, str]) -> int:
    """Write outputs, files, summary, log and annotations; return the exit code.

    The outputs come first: they hold the undo, and a runner that cancels a job doesn't wait long.
    What can't be written, or told for a bug of ours, keeps nothing else from being written.
    """
    try:
        values = fitted(outputs(report))
    except Exception as bug:  # noqa: BLE001 - all outputs are always there
        _log_bug(workflow, bug)
        report = replace(report, run=replace(report.run, bug=_bug_text(bug)))
        values = outputs(Report(run=Run(bug=report.run.bug, signal=report.run.signal)))
        with contextlib.suppress(Exception):
            # What was changed can be put back even if it can't be told.
            values["undo"] = report.undo_json
    status = report.exit_code
    markdown = cache(partial(summary, report))
    documents: dict[str, Callable[[], str]] = {
        "undo": lambda: report.undo_json,
        "result": lambda: report.result_json,
        "output": lambda: dotenv(values, most=report.presentation.dotenv_limit),
        "summary": markdown,
    }
    parts: list[tuple[str, Callable[[], None]]] = [
        ("outputs", lambda: workflow.write_outputs(values)),
        *(
            (f"{name}-file", partial(_write_file, workflow, path, documents[name]))
            for name, path in files.items()
        ),
        ("job summary", lambda: workflow.write_summary(markdown())),
        ("answer", lambda: _answer(workflow, report)),
        ("log", lambda: _write_log(workflow, report)),
    ]
    for name, write in parts:
        try:
            write()
        except QueryFailed as error:
            # As with the AWS CLI, there is no answer then; the outputs tell what was done.
            text = f"The query can't be evaluated: {error}"
            workflow.annotate(Annotation(Level.ERROR, "No answer", text))
            status = status or ExitCode.FAILED_VERSIONS
        except OSError as error:
            # Without its outputs the step is not what it says; a summary is only read by people.
            level = Level.WARNING if "summary" in name else Level.ERROR
            text = f"The {name} could not be written: {error}"
            workflow.annotate(Annotation(level, f"No {name}", text))
            if level is Level.ERROR:
                status = status or ExitCode.FAILED_VERSIONS
        except Exception as bug:  # noqa: BLE001 - the other parts have to be written all the same
            _log_bug(workflow, bug)
            workflow.annotate(Annotation(Level.ERROR, "A bug of this action", _bug_text(bug)))
            status = ExitCode.OUR_BUG
    return int(status)


def _write_file(workflow: Workflow, path: str, document: Callable[[], str]) -> None:
    workflow.write_file(path, document())


def _answer(workflow: Workflow, report: Report) -> None:
    """Answer a command line; where its inputs are wrong, there is nothing to tell.

    Raises:
        QueryFailed: the query can't be evaluated, so that there is no answer.
    """
    run, presentation = report.run, report.presentation
    is_wrong = run.error is not None and run.error.exit_code == ExitCode.WRONG_INPUT
    is_unread = run.bug is not None and not run.requests
    if not presentation.by_flags or is_wrong or is_unread:
        return
    found = answer(report)
    # As the AWS CLI, which prints no empty object: scripts ask whether there is anything.
    if found != {}:
        workflow.show(rendered(found, presentation.output))


def _answer_with_sample(workflow: Workflow, command: CommandLine) -> int:
    """Answer ``--generate-cli-skeleton output``: the inputs are checked, and nothing is sent."""
    try:
        inputs = command.inputs()
    except InputError as error:
        workflow.annotate(Annotation(Level.ERROR, error.title, str(error)))
        return error.exit_code
    return _say_only(workflow, rendered(queried(SAMPLE, inputs.query), _output(inputs)))


def _say_only(workflow: Workflow, answer: str) -> int:
    try:
        workflow.show(answer)
    except OSError:
        return ExitCode.FAILED_VERSIONS
    return ExitCode.SUCCESS


def _output(inputs: Inputs) -> Output:
    """How the result is shown: as was asked for, or as the AWS CLI would by its configuration."""
    if inputs.shown_as is not None:
        return inputs.shown_as
    configured = None if inputs.role_to_assume else output_of(inputs.profile)
    return next((output for output in Output if output == configured), Output.JSON)


def _write_log(workflow: Workflow, report: Report) -> None:
    for group in log_groups(report):
        with workflow.group(group.title):
            for line in group.lines:
                workflow.line(f"  {line}")
    for annotation in annotations(report):
        workflow.annotate(annotation)
    if not report.run.dry_run:
        for line in irreversible(report.run):
            workflow.line(line)
    workflow.line(closing_line(report))


def _region(inputs: Inputs, command: CommandLine) -> str:
    """The region that was named, or that of the AWS configuration files."""
    region = inputs.aws_region or region_of(inputs.profile)
    if region is None:
        text = "it is required, because the AWS configuration files name none"
        raise InputError([Problem(command.name("aws_region"), text)])
    return region


def _selected(
    requests: Sequence[Request], readings: Mapping[Package, Reading], command: CommandLine
) -> tuple[Request, ...]:
    try:
        return tuple(select(request, readings[request.package]) for request in requests)
    except ValueError as error:
        raise InputError([Problem(command.name("keep_latest"), str(error))]) from error


def _progress(workflow: Workflow, plan: Plan) -> Callable[[Batch, Mapping[str, Outcome]], None]:
    """A line for each batch that ends: packages done of all, versions changed of all."""
    pending = Counter(batch.package for batch in plan.batches)
    total, packages, changed = sum(len(b.versions) for b in plan.batches), len(pending), 0

    def settled(batch: Batch, outcomes: Mapping[str, Outcome]) -> None:
        nonlocal changed
        if len(plan.batches) == 1:
            # The next line says the same.
            return
        pending[batch.package] -= 1
        changed += sum(outcome.verdict is Verdict.CHANGED for outcome in outcomes.values())
        done = sum(count <= 0 for count in pending.values())
        workflow.line(
            f"{done} of {packages} packages done, {changed} of {total} versions changed: "
            f"{batch.package.title} in {batch.package.repository}"
        )

    return settled


def _stopped(run: Run) -> Run:
    """The run with every version skipped: it ended before anything was sent."""
    return replace(
        run,
        outcomes={
            (request.package, version): Outcome.failed(
                Code.SKIPPED, f"version {version} is skipped: nothing was sent"
            )
            for request in run.requests
            for version in request.versions
        },
    )


def _log_bug(workflow: Workflow, bug: BaseException) -> None:
    workflow.line("".join(traceback.format_exception(bug)))


def _bug_text(bug: BaseException) -> str:
    return (
        f"{type(bug).__name__}: {bug}\nThis is a bug of codeartifact-status, not of your workflow. "
        "The log holds the traceback; please report it."
    )
