"""What is believed after bad answers, for every sequence of up to four of them: enumerated.

Each answer is what the client sees and what the service did. At the end, calls that were lost on
their way are carried out, late. Four sentences have to hold, whatever is read in between.
"""

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from codeartifact_status.errors import NotAsked
from codeartifact_status.model import (
    DENIED,
    Allowed,
    Batch,
    Code,
    Doubt,
    Failure,
    OnFailure,
    Outcome,
    Package,
    Reading,
    Reply,
    State,
    Verdict,
)
from codeartifact_status.service import retries, sending
from codeartifact_status.service.retries import Tries, Unanswered
from codeartifact_status.service.sending import Sender
from harness.runs import CORE_PACKAGE
from harness.scripts import P, U, plan_for

PASSING = ("lost, done", "lost, undone", "lost, late", "500, done", "500, undone", "429", "unsent",
           "409")  # fmt: skip
"""Answers after which there is another call."""
FINAL = ("answered", "somebody else first", "403", "400", "silent, done", "silent, undone")
"""Answers after which there is none."""
READINGS = ("read", "unreadable", "denied")


def refusal(status: int, code: str) -> ClientError:
    response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "UpdatePackageVersionsStatus")


LOST = ReadTimeoutError(endpoint_url="https://there")
UNSENT = EndpointConnectionError(endpoint_url="https://there")


@dataclass(slots=True)
class World:
    """One version, Unlisted at first, and a service that answers by a script, then honestly."""

    script: Sequence[str]
    reading: str
    status: str = U
    is_ours: bool = False
    may_have: bool = False
    """Whether a call of ours may have changed it, for all that the client can know."""
    is_out: bool = False
    """Whether one of those may yet."""
    given: list[str] = field(default_factory=list)
    late: list[Callable[[], bool]] = field(default_factory=list)

    def carry_out(self, batch: Batch) -> bool:
        """What the service does with a call: whether it changes the version."""
        if self.status != batch.expected_status:
            return False
        self.status, self.is_ours = batch.target, True
        return True

    def read(self, _: Package, _named: Sequence[str] = ()) -> Reading:
        if self.reading == "unreadable":
            raise NotAsked(where="there", reason="X: no")
        if self.reading == "denied":
            return DENIED
        if self.status != P and not self.is_out:
            # Whatever was sent before is over, and has done nothing.
            self.may_have = False
        return {"1": State(self.status, "r1")}

    def change(self, batch: Batch, *, attempts: int, halted: Callable[[], bool]) -> Reply:
        tries = Tries(attempts=attempts, stop=threading.Event(), halted=halted)
        try:
            answer = tries.answer(partial(self._send, batch))
        except Unanswered as end:
            failure = end.trouble.failure
            return Reply(error=failure, doubt=tries.doubt, sends=tries.sends)
        return Reply(successful=answer[0], failed=answer[1], doubt=tries.doubt, sends=tries.sends)

    def _send(self, batch: Batch) -> tuple[dict[str, State], dict[str, Failure]]:
        kind = self.script[len(self.given)] if len(self.given) < len(self.script) else "answered"
        self.given.append(kind)
        self.is_out |= kind.startswith("lost")
        self.may_have |= kind.startswith(("lost", "500", "silent"))
        if kind == "somebody else first":
            self.status = P
        if kind in {"lost, done", "500, done", "silent, done"}:
            self.carry_out(batch)
        if kind == "lost, late":
            self.late.append(partial(self.carry_out, batch))
        match kind.partition(",")[0]:
            case "lost":
                raise LOST
            case "unsent":
                raise UNSENT
            case "silent":
                return {}, {}
            case "409":
                raise refusal(409, "ConflictException")
            case "answered" | "somebody else first":
                if self.carry_out(batch):
                    return {"1": State(P, "r1")}, {}
                return {}, {"1": Failure(Code.MISMATCHED_STATUS, "no")}
            case number:
                raise refusal(int(number), {"429": "ThrottlingException"}.get(number, number))


def scripts() -> Iterator[tuple[str, ...]]:
    for length in range(4):
        for passing in itertools.product(PASSING, repeat=length):
            yield from ((*passing, final) for final in FINAL)
    yield from itertools.product(PASSING, repeat=4)


def outcome_of(world: World) -> Outcome:
    sent = Sender(
        service=world,
        allowed=Allowed(),
        on_failure=OnFailure.STOP,
        concurrency=1,
        attempts=4,
        stop=threading.Event(),
    ).carry_out(plan_for("1"))
    assert not sent.bugs
    return sent.outcomes[CORE_PACKAGE, "1"]


def broken(world: World, outcome: Outcome) -> Iterator[str]:
    """The sentences that don't hold; late calls have been carried out."""
    match outcome.verdict:
        case Verdict.CHANGED:
            confirmed = world.given[-1] in {"answered", "somebody else first"}
            if world.status != P or not (world.may_have or confirmed):
                yield "changed is only what a call of ours may have changed, and is there"
        case Verdict.UNCHANGED:
            if world.may_have or world.is_ours or world.status != P:
                yield "unchanged is only what none of our calls can have changed"
        case Verdict.FAILED if outcome.doubt is not Doubt.NONE:
            if (
                not world.may_have
                or outcome.failure is None
                or outcome.failure.code != Code.UNREPORTED
            ):
                yield "in doubt is only what a call may have changed, and it says so"
            if outcome.before != U:
                yield "what is in doubt can be undone"
        case _:
            if world.is_ours:
                yield "a change of ours is never just a failure"


@pytest.mark.parametrize("reading", READINGS)
def test_no_sequence_of_answers_makes_the_outcome_lie(
    monkeypatch: pytest.MonkeyPatch, reading: str
) -> None:
    monkeypatch.setattr(retries, "pause", lambda *_, **__: 0.0)
    monkeypatch.setattr(sending, "CONFLICT_PAUSE", 0.0)
    tried = 0
    for script in scripts():
        world = World(script, reading)
        outcome = outcome_of(world)
        for late in world.late:
            late()
        assert list(broken(world, outcome)) == [], (script, reading, outcome, world)
        tried += 1
    assert tried == sum(8**n * 6 for n in range(4)) + 8**4


@pytest.mark.parametrize(
    ("script", "reading", "told"),
    [
        (["429", "somebody else first"], "read", "unchanged"),
        (["lost, late", "409"], "read", "changed"),
        (["lost, done", "403"], "unreadable", "UNREPORTED"),
        (["lost, undone", "403"], "read", "UNREPORTED"),
        (["500, undone", "403"], "read", "403"),
        (["lost, done", "409", "409", "409"], "read", "changed"),
        (["silent, undone"], "read", "UNREPORTED"),
        (["unsent", "somebody else first"], "read", "unchanged"),
    ],
)
def test_how_some_of_them_are_told(
    monkeypatch: pytest.MonkeyPatch, script: list[str], reading: str, told: str
) -> None:
    monkeypatch.setattr(retries, "pause", lambda *_, **__: 0.0)
    monkeypatch.setattr(sending, "CONFLICT_PAUSE", 0.0)
    outcome = outcome_of(World(script, reading))

    assert (outcome.failure.code if outcome.failure else outcome.verdict.value) == told


def test_doubt_only_grows_until_it_is_settled() -> None:
    assert Doubt.NONE < Doubt.PAST < Doubt.OUT
