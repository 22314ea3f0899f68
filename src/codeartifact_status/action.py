"""The story of one run: read the inputs, get an identity, list what is there, plan, send, say.

This module decides nothing about versions and knows nothing of HTTP or files; it passes values
from one module to the next, and sees to it that a run ends with all of its outputs written,
whatever happens on the way.
"""

import signal
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import FrameType

from codeartifact_status import __version__, report
from codeartifact_status.codeartifact import CodeArtifact, Connection, client_config, connect
from codeartifact_status.errors import ExitCode, InputError, Interrupted, Problem, StepError
from codeartifact_status.identity import (
    Identity,
    Means,
    Role,
    ambient,
    assume,
    check_account,
    least_privilege,
)
from codeartifact_status.inputs import Inputs, Surroundings, unknown_inputs
from codeartifact_status.model import (
    Batch,
    Code,
    Denied,
    Outcome,
    Package,
    Plan,
    Reading,
    Request,
    Run,
    Verdict,
)
from codeartifact_status.planning import make_plan, rehearse
from codeartifact_status.report import Annotation, Level, count_of
from codeartifact_status.selection import select
from codeartifact_status.sending import Sender, read_until_there
from codeartifact_status.summary import summary
from codeartifact_status.workflow import Workflow

WIRE_LOGGERS = ("botocore.endpoint", "botocore.parsers", "urllib3.connectionpool")
"""What ``debug`` shows: requests and answers. STS is past by then: its answers hold the keys."""


def main() -> int:
    """Run the step once; return what the process is to exit with."""
    surroundings = Surroundings.read()
    workflow = Workflow(on_github=surroundings.on_github)
    workflow.mask(surroundings.request_token)
    interruption = Interruption()
    interruption.listen()
    return say(workflow, tell(workflow, surroundings, interruption))


@dataclass(slots=True)
class Interruption:
    """The signal that asks the step to end, if one came; only the first one counts."""

    stop: threading.Event = field(default_factory=threading.Event)
    signal: int | None = None

    def listen(self) -> None:
        """Take SIGTERM and SIGINT, which runners send when a job is cancelled."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._heard)

    def check(self) -> None:
        """Raise Interrupted if a signal came, while nothing was sent yet."""
        if self.signal is not None:
            raise Interrupted(signal.Signals(self.signal).name)

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        self.signal = self.signal or number
        self.stop.set()


def tell(workflow: Workflow, surroundings: Surroundings, interruption: Interruption) -> Run:
    """Run the step up to what is to be said about it; never raises."""
    run = Run()
    try:
        inputs = Inputs()
        requests = inputs.requests()
        run = _begun(inputs, requests)
        _announce(workflow, run)

        connection = _connection(inputs)
        if not requests:
            return run
        identity = _identify(workflow, surroundings, inputs, requests, connection, interruption)
        run = replace(run, account=inputs.domain_owner or identity.account)
        if inputs.debug:
            workflow.log_from(*WIRE_LOGGERS)

        service = CodeArtifact(
            connect(identity.session, connection),
            attempts=inputs.aws_max_attempts,
            stop=interruption.stop,
        )
        readings = read_until_there(
            service,
            requests,
            concurrency=inputs.concurrency,
            seconds=inputs.wait_seconds,
            stop=interruption.stop,
            on_wait=lambda missing, left: workflow.line(
                f"{count_of(missing)} not there yet; waiting for up to {left:.0f} seconds more"
            ),
        )
        interruption.check()

        requests = _selected(requests, readings)
        unread = (package for package, reading in readings.items() if isinstance(reading, Denied))
        run = replace(run, requests=requests, unread=frozenset(unread))
        plan = make_plan(
            requests,
            readings,
            allowed=inputs.allow_failed_versions,
            on_failure=inputs.on_failure,
            max_changes=inputs.most_changes,
        )
        if inputs.dry_run:
            plan = rehearse(plan)
        run = replace(run, refusal=plan.refusal)

        sent = Sender(
            service=service,
            allowed=inputs.allow_failed_versions,
            on_failure=inputs.on_failure,
            concurrency=inputs.concurrency,
            attempts=inputs.aws_max_attempts,
            stop=interruption.stop,
            on_settled=_progress(workflow, plan),
        ).carry_out(plan)
        for bug in sent.bugs:
            _log_bug(workflow, bug)
        return replace(
            run,
            outcomes=sent.outcomes,
            stuck=sent.stuck,
            signal=interruption.signal,
            bug=_bug_text(sent.bugs[0]) if sent.bugs else None,
        )
    except StepError as error:
        return _stopped(replace(run, error=error, signal=interruption.signal))
    except Exception as bug:  # noqa: BLE001 - the outputs have to be written even then
        _log_bug(workflow, bug)
        return _stopped(replace(run, bug=_bug_text(bug), signal=interruption.signal))


def say(workflow: Workflow, run: Run) -> int:
    """Write outputs, summary, annotations and log; return the exit code.

    The outputs come first: they hold the undo, and a runner that cancels a job doesn't wait long.
    """
    status = report.exit_code(run)
    writes: list[tuple[str, Callable[[], None]]] = [
        ("outputs", lambda: workflow.write_outputs(report.outputs(run))),
        *(
            (f"{name}-file", partial(workflow.write_file, path, report.document(run, name)))
            for name, path in run.files.items()
        ),
        ("job summary", lambda: workflow.write_summary(summary(run))),
    ]
    for name, write in writes:
        try:
            write()
        except OSError as error:
            text = f"The {name} could not be written: {error}"
            workflow.annotate(Annotation(Level.ERROR, f"No {name}", text))
            status = status or ExitCode.FAILED_VERSIONS
    for group in report.log_groups(run):
        with workflow.group(group.title):
            for line in group.lines:
                workflow.line(f"  {line}")
    for annotation in report.annotations(run):
        workflow.annotate(annotation)
    workflow.line(report.closing_line(run))
    return int(status)


def _selected(
    requests: Sequence[Request], readings: Mapping[Package, Reading]
) -> tuple[Request, ...]:
    try:
        return tuple(select(request, readings[request.package]) for request in requests)
    except ValueError as error:
        raise InputError([Problem("keep-latest", str(error))]) from error


def _begun(inputs: Inputs, requests: tuple[Request, ...]) -> Run:
    setting = {
        "domain": inputs.domain,
        "domain-owner": inputs.domain_owner,
        "aws-region": inputs.aws_region,
        "role-to-assume": inputs.role_to_assume,
    }
    return Run(
        requests=requests,
        allowed=inputs.allow_failed_versions,
        dry_run=inputs.dry_run,
        region=inputs.aws_region,
        setting={name: value for name, value in setting.items() if value is not None},
        query=inputs.query,
        files={
            name: path
            for name, path in (("undo", inputs.undo_file), ("result", inputs.result_file))
            if path is not None
        },
    )


def _announce(workflow: Workflow, run: Run) -> None:
    workflow.line(f"codeartifact-status {__version__}" + (" (dry run)" if run.dry_run else ""))
    for name in unknown_inputs():
        text = f"{name} is not an input of this action, and was ignored."
        workflow.annotate(Annotation(Level.WARNING, "Unknown input", text))


def _connection(inputs: Inputs) -> Connection:
    return Connection(
        region=inputs.aws_region,
        endpoint_url=inputs.endpoint_url,
        verify=False if inputs.no_verify_ssl else inputs.ca_bundle,
        sign=not inputs.no_sign_request,
        # As in the AWS CLI, 0 is no limit.
        connect_timeout=inputs.cli_connect_timeout or None,
        read_timeout=inputs.cli_read_timeout or None,
        concurrency=inputs.concurrency,
    )


def _identify(
    workflow: Workflow,
    surroundings: Surroundings,
    inputs: Inputs,
    requests: Sequence[Request],
    connection: Connection,
    interruption: Interruption,
) -> Identity:
    means = Means(
        region=inputs.aws_region,
        profile=inputs.profile,
        config=client_config(connection),
        verify=connection.verify,
        attempts=inputs.aws_max_attempts,
        timeout=float(inputs.cli_read_timeout or 86400),
        mask=workflow.mask,
        stop=interruption.stop,
    )
    if inputs.role_to_assume is None:
        identity = ambient(means, sign=not inputs.no_sign_request)
    else:
        role = Role(
            arn=inputs.role_to_assume,
            session_name=inputs.role_session_name or surroundings.session_name,
            duration=inputs.role_duration_seconds,
            policy=_session_policy(workflow, inputs, requests),
            audience=inputs.audience,
            token_file=inputs.web_identity_token_file,
            chained=inputs.role_chaining,
            external_id=inputs.role_external_id,
            from_fork=surroundings.from_fork,
        )
        identity = assume(role, means)
        workflow.line(f"Assumed {role.arn} as {role.session_name}")
    interruption.check()
    return check_account(identity, inputs.allowed_account_ids, means)


def _session_policy(workflow: Workflow, inputs: Inputs, requests: Sequence[Request]) -> str | None:
    match inputs.session_policy:
        case "none":
            return None
        case "least-privilege":
            account = str(inputs.role_to_assume).split(":")[4]
            policy, widened = least_privilege(
                requests, region=str(inputs.aws_region), account=account
            )
            if widened:
                workflow.line(
                    "The packages of this step are too many for a session policy of 2048 "
                    "characters; wider patterns stand for them."
                )
            return policy
        case document:
            return document


def _progress(workflow: Workflow, plan: Plan) -> Callable[[Batch, Mapping[str, Outcome]], None]:
    """A line for each batch that ends: packages done of all, versions changed of all."""
    pending = Counter(batch.package for batch in plan.batches)
    total, packages, changed = sum(len(b.versions) for b in plan.batches), len(pending), 0

    def settled(batch: Batch, outcomes: Mapping[str, Outcome]) -> None:
        nonlocal changed
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
