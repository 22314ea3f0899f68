"""A plan becomes outcomes: batches side by side, doubtful answers read again.

From the first write on, nothing is raised: what happens is recorded, so that every requested
version ends as exactly one outcome. What a reply means is for ``outcomes`` to say.
"""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from codeartifact_status.errors import StepError
from codeartifact_status.model import (
    DENIED,
    Allowed,
    Batch,
    Code,
    Doubt,
    Failure,
    Key,
    OnFailure,
    Outcome,
    Plan,
    Reading,
    Reply,
)
from codeartifact_status.planning.plan import plan_way_back
from codeartifact_status.service.crew import side_by_side
from codeartifact_status.service.outcomes import (
    Doubts,
    doubts_of,
    is_conflict,
    is_to_be_sent_again,
    needs_reading,
    outcomes_of,
    remaining,
    rolled_back,
)
from codeartifact_status.service.protocol import Service

GRACE = 7.0
"""Seconds; GitHub's runner kills a cancelled step 10 seconds after the first signal."""

CONFLICT_PAUSE = 0.3
"""Seconds before a batch that was in conflict is sent again."""


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

    ``on_settled`` is told of each batch as it ends, one at a time. Once ``stop`` is set, what is on
    its way is waited for ``grace`` seconds.
    """

    service: Service
    allowed: Allowed
    on_failure: OnFailure
    concurrency: int
    attempts: int
    stop: threading.Event
    on_settled: Callable[[Batch, Mapping[str, Outcome]], None] = lambda *_: None
    grace: float = GRACE
    _bugs: list[Exception] = field(default_factory=list)
    _halt: threading.Event = field(default_factory=threading.Event)

    def carry_out(self, plan: Plan) -> Sent:
        """Send the plan's batches; once one fails, unless allowed, do as ``on_failure`` says.

        A step that was stopped from outside rolls nothing back: it was told to end. What is put
        back is pinned to what this step set.
        """
        outcomes = self._send(plan)
        stuck: dict[Key, Failure] = {}
        may_roll_back = self.on_failure is OnFailure.ROLLBACK and not self.stop.is_set()
        if may_roll_back and not all(map(self._is_allowed, outcomes.values())):
            back = replace(
                self,
                on_failure=OnFailure.CONTINUE,
                on_settled=lambda *_: None,
                _halt=threading.Event(),
            )
            returned = back.carry_out(plan_way_back(plan, outcomes))
            targets = {(b.package, v): b.target.value for b in plan.batches for v in b.versions}
            outcomes, stuck = rolled_back(outcomes, returned.outcomes, targets)
        return Sent(outcomes, self._bugs, stuck)

    def _send(self, plan: Plan) -> dict[Key, Outcome]:
        """Send the batches side by side, and wait for them."""
        settled: dict[Batch, dict[str, Outcome]] = {}
        try:
            for batch, bug in side_by_side(
                lambda batch: self._settle(plan, batch, settled.setdefault(batch, {})),
                plan.batches,
                workers=self.concurrency,
                stop=self.stop,
                grace=self.grace,
            ):
                if bug is not None:
                    self._bugs.append(bug)
                with self._recorded():
                    self.on_settled(batch, settled[batch])
        except RuntimeError as bug:
            # The machine gives no thread; what was decided has to be told all the same.
            self._bugs.append(bug)
        outcomes = dict(plan.decided)
        for batch in plan.batches:
            begun = settled.get(batch)
            # A copy, because a sender that was left behind may still write to it.
            ended = dict(begun or {})
            rest = _without(batch, ended)
            unsettled = self._unsent(rest) if begun is None else _unanswered(rest)
            doubts = doubts_of(rest, unsettled, {})
            late = outcomes_of(plan, rest, unsettled, DENIED, doubts)
            for version, outcome in (ended | late).items():
                outcomes[batch.package, version] = outcome
        return outcomes

    def _settle(self, plan: Plan, batch: Batch, settled: dict[str, Outcome]) -> None:
        """Put an outcome for every version of a batch into ``settled``, whatever happens."""
        doubts: dict[str, Doubt] = {}
        with self._recorded() as bugs:
            self._send_until_settled(plan, batch, settled, doubts)
        for bug in bugs:
            rest = _without(batch, settled)
            reason = f"a bug in this program stopped it: {type(bug).__name__}: {bug}"
            reply = Reply(error=Failure(Code.UNREPORTED, reason), doubt=Doubt.OUT)
            doubts = doubts_of(rest, reply, doubts)
            now = self._read_again(rest, reply, doubts)
            settled |= outcomes_of(plan, rest, reply, now, doubts)
        if not self._may_go_on(settled.values()):
            self._halt.set()

    def _send_until_settled(
        self, plan: Plan, batch: Batch, settled: dict[str, Outcome], doubts: dict[str, Doubt]
    ) -> None:
        """Send a batch until each of its versions is in ``settled``.

        Each round settles what it can. What is left for another round is what the service skipped
        because of versions that are settled now, and what was in conflict; its ``doubts`` go with
        it.
        """
        rest = batch
        attempts = self.attempts
        while rest.versions:
            if self._halt.is_set() or self.stop.is_set():
                settled |= outcomes_of(plan, rest, self._unsent(rest), DENIED, doubts)
                return
            reply = self.service.change(rest, attempts=attempts, halted=self._halt.is_set)
            doubts |= doubts_of(rest, reply, doubts)
            now = self._read_again(rest, reply, doubts)
            outcomes = outcomes_of(plan, rest, reply, now, doubts)
            again = {
                version
                for version, outcome in outcomes.items()
                if outcome.failure is not None and is_to_be_sent_again(rest, version, reply, now)
            }
            doubts |= remaining({version: doubts[version] for version in again}, now)
            finished = {version: one for version, one in outcomes.items() if version not in again}
            settled |= finished
            may_go_on = self._may_go_on(finished.values())
            if is_conflict(reply):
                attempts -= reply.sends
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

    def _read_again(self, batch: Batch, reply: Reply, doubts: Doubts) -> Reading:
        """What is there now, where any version has to be read again; else DENIED."""
        if needs_reading(batch, reply, doubts):
            with self._recorded(), contextlib.suppress(StepError):
                return self.service.read(batch.package, batch.versions)
        return DENIED

    @contextlib.contextmanager
    def _recorded(self) -> Iterator[list[Exception]]:
        """Record a bug instead of raising it; gives the list that it is put in."""
        bugs: list[Exception] = []
        try:
            yield bugs
        except Exception as bug:  # noqa: BLE001 - whatever it is, what was changed has to be told
            bugs.append(bug)
            self._bugs.append(bug)

    def _may_go_on(self, outcomes: Iterable[Outcome]) -> bool:
        return self.on_failure is OnFailure.CONTINUE or all(map(self._is_allowed, outcomes))

    def _is_allowed(self, outcome: Outcome) -> bool:
        return outcome.failure is None or self.allowed.covers(outcome.failure.code)

    def _unsent(self, batch: Batch) -> Reply:
        """Our own reply in the place of a call that was not made."""
        reason = "the step was stopped" if self.stop.is_set() else "another version failed"
        text = "version {} is skipped: " + reason + " before it was sent"
        return Reply(failed={v: Failure(Code.SKIPPED, text.format(v)) for v in batch.versions})


def _unanswered(batch: Batch) -> Reply:
    """Our own reply in the place of one that came too late or never."""
    text = "no answer about version {} had arrived when the step ended"
    failed = {v: Failure(Code.UNREPORTED, text.format(v)) for v in batch.versions}
    return Reply(failed=failed, doubt=Doubt.OUT)


def _without(batch: Batch, settled: Mapping[str, Outcome]) -> Batch:
    return batch.only(version for version in batch.versions if version not in settled)
