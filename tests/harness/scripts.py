"""A service that answers by a script, and what becomes of a plan that is sent to it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from codeartifact_status.model import (
    Allowed,
    Batch,
    Failure,
    OnFailure,
    Outcome,
    Package,
    Plan,
    Reading,
    Reply,
    Request,
    Shelf,
    State,
    Status,
)
from codeartifact_status.planning.plan import make_plan
from codeartifact_status.service.sending import Sender, Sent
from harness.runs import CORE_PACKAGE

P, U, A = "Published", "Unlisted", "Archived"
NOTHING_ALLOWED = Allowed()
SKIPPED = Failure("SKIPPED", "skipped")
MISMATCH = Failure("MISMATCHED_STATUS", "current status: Archived, expected status: Unlisted")


@dataclass(slots=True)
class Script:
    """A service that answers what it is told to, and holds what it is told to hold."""

    replies: list[Reply | Exception | Callable[[Batch], Reply]]
    readings: list[Reading | Exception] = field(default_factory=list)
    sent: list[tuple[str, ...]] = field(default_factory=list)
    attempts: list[int] = field(default_factory=list)
    reads: int = 0

    def read(self, package: Package, named: Sequence[str] = ()) -> Reading:  # noqa: ARG002 - it holds what it is told to
        self.reads += 1
        answer = self.readings.pop(0)
        if isinstance(answer, Exception):
            raise answer
        assert package == CORE_PACKAGE
        return answer

    def repositories(self, *, domain: str, owner: str | None) -> tuple[str, ...]:
        raise NotImplementedError(domain, owner)

    def packages(self, shelf: Shelf) -> tuple[Package, ...]:
        raise NotImplementedError(shelf)

    def published(self, package: Package, version: str) -> datetime | None:
        raise NotImplementedError(package, version)

    def change(self, batch: Batch, *, attempts: int, halted: Callable[[], bool]) -> Reply:
        self.sent.append(batch.versions)
        self.attempts.append(0 if halted() else attempts)
        answer = self.replies.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Reply) else answer(batch)


def done(*versions: str, status: str = P) -> Reply:
    return Reply(successful={version: State(status, f"r{version}") for version in versions})


def held(**statuses: str) -> dict[str, State]:
    return {name.removeprefix("v"): State(s, f"r{name[1:]}") for name, s in statuses.items()}


def plan_for(
    versions: Sequence[str] = ("1", "2", "3"),
    *,
    target: Status = Status.PUBLISHED,
    there: Reading | None = None,
    expected: str | None = None,
) -> Plan:
    request = Request(
        package=CORE_PACKAGE, versions=tuple(versions), target=target, expected_status=expected
    )
    reading = {v: State(U, f"r{v}") for v in versions} if there is None else there
    return make_plan(
        [request],
        {CORE_PACKAGE: reading},
        allowed=NOTHING_ALLOWED,
        on_failure=OnFailure.STOP,
    )


def send(
    service: Script,
    plan: Plan,
    *,
    allowed: Allowed = NOTHING_ALLOWED,
    stop: threading.Event | None = None,
    on_settled: Callable[[Batch, Mapping[str, Outcome]], None] = lambda *_: None,
) -> Sent:
    return Sender(
        service=service,
        allowed=allowed,
        on_failure=OnFailure.STOP,
        concurrency=1,
        attempts=3,
        stop=stop or threading.Event(),
        on_settled=on_settled,
    ).carry_out(plan)


def told(sent: Sent) -> dict[str, str]:
    """Each version's verdict, or its code of failure."""
    return {
        version: outcome.failure.code if outcome.failure else outcome.verdict.value
        for (_, version), outcome in sent.outcomes.items()
    }
