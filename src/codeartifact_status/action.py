"""The story of one run: read the inputs, get an identity, list what is there, plan, send, say.

This module decides nothing about versions and knows nothing of HTTP or files; it passes values
from one room to the next, and sees to it that a run ends with all of its outputs written, whatever
happens on the way.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from codeartifact_status import __version__
from codeartifact_status.arns import MAX_POLICY, RoleArn
from codeartifact_status.errors import InputError, Interrupted, StepError, System
from codeartifact_status.identity.sessions import (
    Identity,
    ambient,
    assume,
    check_account,
)
from codeartifact_status.inputs.access import connection_of, output_of, region_of, role_of
from codeartifact_status.inputs.command_line import CommandLine
from codeartifact_status.inputs.fields import Inputs
from codeartifact_status.inputs.options import FLAGS, SAMPLE
from codeartifact_status.inputs.paths import reading_until
from codeartifact_status.inputs.reading import Step, most_changes, read, setting, time_limit
from codeartifact_status.model import Batch, Denied, Outcome, Package, Plan, Reading
from codeartifact_status.planning.ages import leave_young, to_be_dated
from codeartifact_status.planning.choosing import choose
from codeartifact_status.planning.plan import make_plan, rehearse, skipped
from codeartifact_status.reporting.annotations import Annotation, Level, of_numbers
from codeartifact_status.reporting.answer import queried
from codeartifact_status.reporting.log import Progress, choice_lines, finding_lines
from codeartifact_status.reporting.outputs import MAX_GITLAB
from codeartifact_status.reporting.rendering import rendered
from codeartifact_status.reporting.report import Presentation, Report
from codeartifact_status.reporting.run import Run
from codeartifact_status.reporting.way_back import irreversible_of
from codeartifact_status.reporting.wording import count_of
from codeartifact_status.runner import secret_variables
from codeartifact_status.runner.files import UndoFile
from codeartifact_status.runner.interruption import Interruption
from codeartifact_status.runner.isolation import isolate
from codeartifact_status.runner.surroundings import Surroundings
from codeartifact_status.runner.telling import log_bug, say, say_only
from codeartifact_status.runner.ticker import SECONDS, every
from codeartifact_status.runner.workflow import WIRE, Workflow
from codeartifact_status.service.codeartifact import CodeArtifact
from codeartifact_status.service.connection import Connection
from codeartifact_status.service.listing import ages_of, look
from codeartifact_status.service.sending import Sender


def main(arguments: Sequence[str]) -> int:
    """Run the step once; return what the process is to exit with.

    With ``arguments`` it is a command: they are its inputs beside the environment's, and stdout is
    for its answer.
    """
    interruption = Interruption()
    interruption.listen()
    interruption.expire_after(time_limit(arguments))
    with reading_until(interruption.stop):
        return _run(arguments, interruption)


def _run(arguments: Sequence[str], interruption: Interruption) -> int:
    surroundings = Surroundings.read()
    command = CommandLine.read(arguments)
    workflow = Workflow(
        on_github=surroundings.on_github, answers=bool(arguments), color=command.color
    )
    if command.answer is not None:
        return say_only(workflow, command.answer)
    if command.wants_sample:
        return _answer_with_sample(workflow, surroundings, command)
    for secret in secret_variables.to_mask():
        workflow.mask(secret)
    return say(workflow, *tell(workflow, surroundings, interruption, command))


def tell(
    workflow: Workflow,
    surroundings: Surroundings,
    interruption: Interruption,
    command: CommandLine,
) -> tuple[Report, UndoFile, Mapping[str, str]]:
    """Run the step up to what is to be said about it, and to which files; never raises."""
    story = _Story(workflow, surroundings, interruption, command, UndoFile(workflow, None))
    try:
        story.go()
    except Interrupted as error:
        # Wherever it was noticed, what is to be told is who asked for it.
        story.stop(error=interruption.reason() or error)
    except StepError as error:
        story.stop(error=error)
    except Exception as bug:  # noqa: BLE001 - the outputs have to be written even then
        story.stop(bug=log_bug(workflow, bug))
    run = replace(
        story.run,
        signal=interruption.signal,
        # Whoever has sent all there was to send was in time.
        overdue=interruption.overdue and not story.is_done,
    )
    report = Report(run=run, presentation=story.presentation)
    return report, story.undo_file, story.files


@dataclass(slots=True)
class _Story:
    """One run as it goes on; ``run`` is what it has come to so far.

    ``files`` are the paths at which ``result``, ``output`` and ``summary`` are wanted.
    """

    workflow: Workflow
    surroundings: Surroundings
    interruption: Interruption
    command: CommandLine
    undo_file: UndoFile
    run: Run = field(default_factory=Run)
    presentation: Presentation = field(default_factory=Presentation)
    files: Mapping[str, str] = field(default_factory=dict)
    is_done: bool = False

    def go(self) -> None:
        step = self.read()
        if not self.run.requests:
            return
        service = self.identify(step)
        readings = self.list_versions(step, service)
        self.choose(step, service, readings)
        plan = self.plan(step, readings)
        self.send(step, service, plan)
        self.is_done = not self.interruption.stop.is_set()

    def stop(self, *, error: StepError | None = None, bug: str | None = None) -> None:
        """End the run before anything was sent."""
        skips = skipped(self.run.requests, "nothing was sent")
        self.run = replace(self.run, outcomes=skips, error=error, bug=bug)

    def read(self) -> Step:
        step = _read(self.command, self.surroundings)
        inputs = step.inputs
        self.presentation = Presentation(
            on_github=self.surroundings.on_github,
            action=self.surroundings.action,
            by_flags=self.command.flags is not None,
            flags=FLAGS if self.command.flags is not None else {},
            system=self.surroundings.system,
            from_fork=self.surroundings.from_fork,
            by_dependabot=self.surroundings.by_dependabot,
            dotenv_limit=MAX_GITLAB if self.surroundings.system is System.GITLAB else None,
        )
        # A step whose inputs are wrong has something to report, too.
        self.files = _paths(output=inputs.output_file, summary=inputs.summary_file)
        self.workflow.line(f"codeartifact-status {__version__}{' (dry run)' * inputs.dry_run}")
        step.check()
        self.files |= _paths(result=inputs.result_file)
        self.undo_file = UndoFile(self.workflow, inputs.undo_file)
        self.presentation = replace(
            self.presentation,
            setting=setting(inputs),
            undo_file=inputs.undo_file,
            query=inputs.query,
            output=output_of(inputs, by_flags=self.command.flags is not None),
        )
        self.run = Run(
            requests=step.requests,
            is_everywhere=step.is_everywhere,
            allowed=inputs.allow_failed_versions,
            dry_run=inputs.dry_run,
        )
        self.interruption.check()
        for note in isolate():
            self.workflow.line(note)
        for option in self.command.repeated:
            text = f"{option} is given twice; the last value was used, as the AWS CLI does."
            self.workflow.annotate(Annotation(Level.WARNING, "Repeated option", text))
        for note in step.notes:
            self.workflow.line(note)
        for text in step.warnings:
            self.workflow.annotate(Annotation(Level.WARNING, "Inputs", text))
        return step

    def identify(self, step: Step) -> CodeArtifact:
        inputs, region = step.inputs, region_of(step)
        role = inputs.role_to_assume
        # Until the credentials say more, the account is the role's.
        account = inputs.domain_owner or (role.account if role else None)
        self.run = replace(self.run, region=region, account=account)
        connection = connection_of(inputs, region=region, stop=self.interruption.stop)
        identity = self._identity(inputs, role, connection)
        identity = check_account(identity, inputs.allowed_account_ids, connection)
        self.interruption.check()
        self.run = replace(self.run, account=inputs.domain_owner or identity.account)
        if inputs.debug:
            # STS is past by now: its answers hold the keys.
            self.workflow.log_from(*WIRE)
        return CodeArtifact(identity.session, connection)

    def _identity(self, inputs: Inputs, arn: RoleArn | None, connection: Connection) -> Identity:
        if arn is None:
            return ambient(connection, mask=self.workflow.mask)
        role = role_of(
            inputs,
            arn,
            region=str(self.run.region),
            requests=self.run.requests,
            run=self.surroundings,
        )
        if role.policies and role.policies[0].is_widened:
            self.workflow.line(
                f"The session policy allows {role.policies[0].allows}, because one for just these "
                f"packages would exceed {MAX_POLICY} characters. Nothing needs to be done."
            )
        identity = assume(role, connection, mask=self.workflow.mask, tell=self.workflow.line)
        self.run = replace(self.run, is_narrowed=bool(role.policies), own_policy=role.own_policy)
        return identity

    def list_versions(self, step: Step, service: CodeArtifact) -> Mapping[Package, Reading]:
        found = look(
            service,
            self.run.requests,
            concurrency=step.inputs.concurrency,
            seconds=step.inputs.wait_seconds,
            stop=self.interruption.stop,
            on_wait=lambda missing, left: self.workflow.line(
                f"{count_of(missing)} not there yet; waiting up to {math.ceil(left)} more seconds"
            ),
        )
        self.interruption.check()
        for line in finding_lines(found, self.run.requests):
            self.workflow.line(line)
        unread = {
            package: reading.message
            for package, reading in found.readings.items()
            if isinstance(reading, Denied)
        }
        self.run = replace(self.run, requests=found.requests, lacking=found.lacking, unread=unread)
        return found.readings

    def choose(
        self, step: Step, service: CodeArtifact, readings: Mapping[Package, Reading]
    ) -> None:
        """Settle which of the versions that are there are meant."""
        choice = choose(self.run.requests, readings)
        if choice.problems:
            raise step.all_wrong(choice.problems)
        for line in choice_lines(choice):
            self.workflow.line(line)
        for warning in of_numbers(choice.doubtful):
            self.workflow.annotate(warning)
        ages = ages_of(
            service,
            to_be_dated(choice.requests, readings),
            concurrency=step.inputs.concurrency,
            stop=self.interruption.stop,
        )
        requests = tuple(leave_young(request, ages) for request in choice.requests)
        self.run = replace(self.run, requests=requests)

    def plan(self, step: Step, readings: Mapping[Package, Reading]) -> Plan:
        inputs = step.inputs
        plan = make_plan(
            self.run.requests,
            readings,
            allowed=inputs.allow_failed_versions,
            on_failure=inputs.on_failure,
            max_changes=most_changes(step),
        )
        for line in irreversible_of(plan):
            self.workflow.line(line)
        self.run = replace(self.run, refusal=plan.refusal)
        return rehearse(plan) if inputs.dry_run else plan

    def send(self, step: Step, service: CodeArtifact, plan: Plan) -> None:
        inputs = step.inputs
        try:
            self.undo_file.begin(plan, self.run)
        except OSError as error:
            text = f"can't be written, so nothing was sent: {error.strerror or error}"
            raise step.wrong("undo_file", text) from error
        progress = Progress(plan)

        def settled(batch: Batch, outcomes: Mapping[str, Outcome]) -> None:
            self.undo_file.settled(batch, outcomes, self.run)
            progress.count(batch, outcomes)

        sender = Sender(
            service=service,
            allowed=inputs.allow_failed_versions,
            on_failure=inputs.on_failure,
            concurrency=inputs.concurrency,
            attempts=inputs.aws_max_attempts,
            stop=self.interruption.stop,
            on_settled=settled,
        )
        with every(SECONDS, lambda: self.workflow.line(str(progress))):
            sent = sender.carry_out(plan)
        bugs = [log_bug(self.workflow, bug) for bug in sent.bugs]
        self.run = replace(
            self.run,
            outcomes=sent.outcomes,
            stuck=sent.stuck,
            bug=bugs[0] if bugs else None,
        )


def _read(command: CommandLine, surroundings: Surroundings) -> Step:
    return read(
        command.flags,
        ref=surroundings.ref,
        tag_example=surroundings.tag_example,
        on_github=surroundings.on_github,
        beside=command.problems,
    )


def _answer_with_sample(
    workflow: Workflow, surroundings: Surroundings, command: CommandLine
) -> int:
    """Answer ``--generate-cli-skeleton output``: the inputs are checked, and nothing is sent."""
    step = _read(command, surroundings)
    try:
        step.check()
    except InputError as error:
        workflow.annotate(Annotation(Level.ERROR, error.title, str(error)))
        return error.exit_code
    answer = queried(SAMPLE, step.inputs.query)
    return say_only(
        workflow, rendered(answer, output_of(step.inputs, by_flags=command.flags is not None))
    )


def _paths(**wanted: str | None) -> dict[str, str]:
    return {name: path for name, path in wanted.items() if path is not None}
