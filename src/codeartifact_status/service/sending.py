"""A plan becomes outcomes: batches side by side, doubtful answers read again.

From the first write on, nothing is raised: what happens is recorded, so that every requested
version ends as exactly one outcome.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from codeartifact_status.errors import Interrupted, NotAsked
from codeartifact_status.model import (
    DENIED,
    Allowed,
    Batch,
    Code,
    Denied,
    Failure,
    Key,
    OnFailure,
    Outcome,
    Package,
    Plan,
    Reading,
    Reply,
    State,
    Status,
    Verdict,
)
from codeartifact_status.planning.plan import plan_way_back
from codeartifact_status.service.crew import side_by_side

GRACE = 7.0
"""Seconds; GitHub's runner kills a cancelled step 10 seconds after the first signal."""

CONFLICT = "ConflictException"
CONFLICT_PAUSE = 0.3
"""Seconds before a batch that was in conflict is sent again."""

UNSURE = frozenset(
    {Code.MISMATCHED_STATUS, Code.NOT_FOUND, Code.SKIPPED, "ResourceNotFoundException"}
)
"""Codes that say nothing of a version whose call may have been carried out before."""


class Service(Protocol):
    """CodeArtifact as far as this program needs it; ``codeartifact.CodeArtifact`` is one."""

    def read(self, package: Package) -> Reading:
        """All versions of a package; may raise NotAsked."""
        ...

    def change(self, batch: Batch, *, attempts: int, halted: Callable[[], bool]) -> Reply:
        """Send a batch up to ``attempts`` times, not again once ``halted``; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a plan: an outcome for every version of every request, and any bug of ours.

    ``stuck`` are the versions that were to be put back and could not, and why.
    """

    outcomes: Mapping[Key, Outcome]
    bugs: Sequence[Exception] = ()
    stuck: Mapping[Key, Failure] = field(default_factory=dict)


@dataclass(slots=True)
class Sender:
    """Carries a plan out; ``attempts`` is how often a call is sent at most.

    ``on_sending`` is told of a batch before it is sent, from the thread that sends it;
    ``on_settled`` of each batch as it ends, one at a time. Once ``stop`` is set, what is on its way
    is waited for ``grace`` seconds.
    """

    service: Service
    allowed: Allowed
    on_failure: OnFailure
    concurrency: int
    attempts: int
    stop: threading.Event
    on_sending: Callable[[Batch], None] = lambda _: None
    on_settled: Callable[[Batch, Mapping[str, Outcome]], None] = lambda *_: None
    grace: float = GRACE
    _bugs: list[Exception] = field(default_factory=list)
    _halt: threading.Event = field(default_factory=threading.Event)

    def carry_out(self, plan: Plan) -> Sent:
        """Send the plan's batches; once one fails, unless allowed, do as ``on_failure`` says.

        A step that was stopped from outside rolls nothing back: it was told to end.
        """
        sent = self._send(plan)
        failed = not all(map(self._is_allowed, sent.outcomes.values()))
        if self.on_failure is OnFailure.ROLLBACK and failed and not self.stop.is_set():
            return self._roll_back(plan, sent)
        return sent

    def _roll_back(self, plan: Plan, sent: Sent) -> Sent:
        """Put back what was changed, as far as that is possible, pinned to what this step set."""
        back = replace(
            self,
            on_failure=OnFailure.CONTINUE,
            on_sending=lambda _: None,
            on_settled=lambda *_: None,
            _halt=threading.Event(),
        )
        returned = back._send(plan_way_back(plan, sent.outcomes))  # noqa: SLF001 - of this very class
        outcomes = dict(sent.outcomes)
        stuck: dict[Key, Failure] = {}
        for key, outcome in outcomes.items():
            end = returned.outcomes.get(key)
            if outcome.in_doubt and end is not None and end.failure is None:
                outcomes[key] = replace(outcome, after=end.after, in_doubt=False)
            if outcome.verdict is not Verdict.CHANGED:
                continue
            if end is None:
                stuck[key] = Failure(Code.NOT_ALLOWED, "CodeArtifact has no way back for it")
            elif end.failure is not None:
                stuck[key] = end.failure
                outcomes[key] = replace(outcome, after=end.after or outcome.after)
            else:
                outcomes[key] = replace(
                    outcome,
                    verdict=Verdict.ROLLED_BACK,
                    after=end.after,
                    failure=Failure(
                        Code.ROLLED_BACK,
                        f"put back to {end.after}, because another version of this step failed",
                    ),
                )
        return Sent(outcomes, self._bugs, stuck)

    def _send(self, plan: Plan) -> Sent:
        settled: dict[Batch, dict[str, Outcome]] = {}
        begun: set[Batch] = set()

        def carry_out(batch: Batch) -> None:
            begun.add(batch)
            self._carry_out(plan, batch, settled.setdefault(batch, {}))

        try:
            for batch, bug in side_by_side(
                carry_out,
                plan.batches,
                workers=self.concurrency,
                stop=self.stop,
                grace=self.grace,
            ):
                if bug is not None:
                    self._bugs.append(bug)
                self._tell(batch, settled[batch])
        except Exception as bug:  # noqa: BLE001 - what was changed has to be told all the same
            self._bugs.append(bug)
        outcomes: dict[Key, Outcome] = dict(plan.decided)
        for batch in plan.batches:
            # A copy, because a sender that was left behind may still write to it.
            ended = dict(settled.get(batch, {}))
            rest = batch.only(version for version in batch.versions if version not in ended)
            unsettled = self._unanswered if batch in begun else self._skipped
            for version, outcome in (ended | unsettled(plan, rest)).items():
                outcomes[batch.package, version] = outcome
        return Sent(outcomes, self._bugs)

    def _tell(self, batch: Batch, settled: Mapping[str, Outcome]) -> None:
        try:
            self.on_settled(batch, settled)
        except Exception as bug:  # noqa: BLE001 - the other batches have to be waited for
            self._bugs.append(bug)

    def _carry_out(self, plan: Plan, batch: Batch, settled: dict[str, Outcome]) -> None:
        """Settle every version of a batch, whatever happens."""
        try:
            self._settle(plan, batch, settled)
        except Exception as bug:  # noqa: BLE001 - recorded, and the process exits with OUR_BUG
            self._bugs.append(bug)
            rest = batch.only(version for version in batch.versions if version not in settled)
            reason = f"a bug of this program came in between: {type(bug).__name__}: {bug}"
            reply = Reply(error=Failure(Code.UNREPORTED, reason), doubtful=True)
            settled |= self._round(plan, rest, reply, self._read_again(rest, reply))
        if not self._may_go_on(settled.values()):
            self._halt.set()

    def _settle(self, plan: Plan, batch: Batch, settled: dict[str, Outcome]) -> None:
        """Send a batch until each of its versions is in ``settled``.

        Each round settles what it can. What is left for another round is what the service skipped
        because of versions that are settled now, and what was in conflict.
        """
        rest = batch
        attempts = self.attempts
        while rest.versions:
            if self._halt.is_set() or self.stop.is_set():
                settled |= self._skipped(plan, rest)
                return
            self.on_sending(rest)
            reply = self.service.change(rest, attempts=attempts, halted=self._halt.is_set)
            attempts -= reply.sends
            now = self._read_again(rest, reply)
            outcomes = self._round(plan, rest, reply, now)
            again = {v for v, outcome in outcomes.items() if _is_skipped(rest, v, outcome, now)}
            finished = {v: outcome for v, outcome in outcomes.items() if v not in again}
            settled |= finished
            may_go_on = self._may_go_on(finished.values())
            if reply.error is not None and reply.error.code == CONFLICT:
                may_go_on = may_go_on and attempts > 0
                self.stop.wait(CONFLICT_PAUSE if may_go_on and again else 0)
            else:
                # Every round must settle a version, or it would go on for ever. What is left is
                # another call, with tries of its own.
                may_go_on = may_go_on and bool(finished)
                attempts = self.attempts
            if not may_go_on:
                settled |= outcomes
                return
            rest = rest.only(again)

    def _round(self, plan: Plan, batch: Batch, reply: Reply, now: Reading) -> dict[str, Outcome]:
        return {
            version: _outcome(batch, version, reply, now, plan.state(batch.package, version))
            for version in batch.versions
        }

    def _read_again(self, batch: Batch, reply: Reply) -> Reading:
        """What is there now, where the reply leaves doubt about any version; else DENIED.

        A refusal of the whole call that was sent once leaves none: nothing was changed.
        """
        confirmed = all(_is_confirmed(batch, version, reply) for version in batch.versions)
        refused = reply.error is not None and not reply.doubtful and reply.error.code != CONFLICT
        if confirmed or refused:
            return DENIED
        try:
            return self.service.read(batch.package)
        except (NotAsked, Interrupted):
            return DENIED
        except Exception as bug:  # noqa: BLE001 - recorded; what the reply says still counts
            self._bugs.append(bug)
            return DENIED

    def _may_go_on(self, outcomes: Iterable[Outcome]) -> bool:
        return self.on_failure is OnFailure.CONTINUE or all(map(self._is_allowed, outcomes))

    def _is_allowed(self, outcome: Outcome) -> bool:
        return outcome.failure is None or self.allowed.covers(outcome.failure.code)

    def _unanswered(self, plan: Plan, batch: Batch) -> dict[str, Outcome]:
        return {
            version: replace(
                Outcome.failed(
                    Code.UNREPORTED,
                    f"the answer about version {version} had not come when the step ended",
                    state=plan.state(batch.package, version),
                ),
                in_doubt=True,
            )
            for version in batch.versions
        }

    def _skipped(self, plan: Plan, batch: Batch) -> dict[str, Outcome]:
        reason = "the step was stopped" if self.stop.is_set() else "another version failed"
        return {
            version: Outcome.failed(
                Code.SKIPPED,
                f"version {version} is skipped: {reason} before it was sent",
                state=plan.state(batch.package, version),
            )
            for version in batch.versions
        }


def _is_confirmed(batch: Batch, version: str, reply: Reply) -> bool:
    state = reply.successful.get(version)
    return state is not None and state.status == batch.target and version not in reply.failed


def _outcome(batch: Batch, version: str, reply: Reply, now: Reading, read: State | None) -> Outcome:
    """How a version of a batch ended, by the reply and by what was read again."""
    # Where nothing was read, a change shows that the user's expected status was right.
    before = read.status if read else batch.expected_status
    pin = batch.revisions.get(version) if batch.revisions else None
    if _is_confirmed(batch, version, reply):
        return Outcome(
            verdict=Verdict.CHANGED,
            before=before,
            after=batch.target,
            revision=pin or reply.successful[version].revision,
        )
    failure = reply.failed.get(version) or reply.error
    in_doubt = False
    if isinstance(now, Denied):
        state = read
        in_doubt = failure is None or (
            reply.doubtful and failure.code in UNSURE | {Code.UNREPORTED}
        )
        if reply.doubtful and failure is not None and failure.code in UNSURE:
            text = f"an answer was lost, and what became of it can't be read: {failure.message}"
            failure = Failure(Code.UNREPORTED, text)
    else:
        state = now.get(version)
        if _is_at_target(batch, state, pin):
            # A version that the service didn't speak of, or whose call was sent more than once,
            # may be our doing; one that it refused the only time it was asked can't be.
            ours = reply.doubtful or failure is None
            return Outcome(
                verdict=Verdict.CHANGED if ours else Verdict.UNCHANGED,
                before=before if ours else batch.target,
                after=batch.target,
                revision=state.revision if state else pin,
            )
    return Outcome(
        verdict=Verdict.FAILED,
        before=read.status if read else None,
        after=state.status if state else None,
        revision=state.revision if state else None,
        failure=failure
        or Failure(Code.UNREPORTED, f"the service did not say what became of version {version}"),
        in_doubt=in_doubt,
    )


def _is_at_target(batch: Batch, state: State | None, pin: str | None) -> bool:
    if batch.target is Status.DELETED:
        return state is None
    if state is None or state.status != batch.target:
        return False
    return pin is None or state.revision == pin


def _is_skipped(batch: Batch, version: str, outcome: Outcome, now: Reading) -> bool:
    """Whether a version failed for no fault of its own, and is still as it was planned."""
    if outcome.failure is None or outcome.failure.code not in {Code.SKIPPED, CONFLICT}:
        return False
    if isinstance(now, Denied):
        return outcome.failure.code == Code.SKIPPED
    state = now.get(version)
    if state is None:
        return False
    pin = batch.revisions.get(version) if batch.revisions else None
    return (batch.expected_status in {None, state.status}) and (pin in {None, state.revision})
