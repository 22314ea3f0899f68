"""What becomes of a plan whatever the service does: answers scripted, one for each call."""

import threading

from codeartifact_status.errors import NotAsked
from codeartifact_status.model import (
    Allowed,
    Batch,
    Doubt,
    Failure,
    Reply,
)
from harness.runs import CORE_PACKAGE
from harness.scripts import MISMATCH, SKIPPED, A, P, Script, U, done, held, plan_for, send, told


def test_a_refusal_leaves_the_skipped_ones_skipped() -> None:
    service = Script(
        [Reply(failed={"1": SKIPPED, "2": MISMATCH, "3": SKIPPED})], [held(v1=U, v2=A, v3=U)]
    )

    sent = send(service, plan_for())

    assert told(sent) == {"1": "SKIPPED", "2": "MISMATCHED_STATUS", "3": "SKIPPED"}
    assert service.sent == [("1", "2", "3")]


def test_an_allowed_refusal_lets_the_skipped_ones_be_sent_again() -> None:
    service = Script(
        [Reply(failed={"1": SKIPPED, "2": MISMATCH, "3": SKIPPED}), done("1", "3")],
        [held(v1=U, v2=A, v3=U)],
    )

    sent = send(service, plan_for(), allowed=Allowed(codes=frozenset({"MISMATCHED_STATUS"})))

    assert told(sent) == {"1": "changed", "2": "MISMATCHED_STATUS", "3": "changed"}
    assert service.sent == [("1", "2", "3"), ("1", "3")]
    assert service.attempts == [3, 3]


def test_all_skipped_and_nobody_to_blame_does_not_go_on_for_ever() -> None:
    service = Script([Reply(failed=dict.fromkeys("123", SKIPPED))], [held(v1=U, v2=U, v3=U)])

    sent = send(service, plan_for(), allowed=Allowed(codes="all"))

    assert told(sent) == dict.fromkeys("123", "SKIPPED")
    assert len(service.sent) == 1


def test_a_conflict_is_sent_again_after_reading() -> None:
    conflict = Reply(error=Failure("ConflictException", "busy"))
    service = Script([conflict, done("1", "2", "3")], [held(v1=U, v2=U, v3=U)])

    assert told(send(service, plan_for())) == dict.fromkeys("123", "changed")
    assert service.reads == 1


def test_what_a_conflict_moved_away_is_not_sent_again() -> None:
    conflict = Reply(error=Failure("ConflictException", "busy"))
    service = Script([conflict], [held(v1=A, v2=U, v3=U)])

    sent = send(service, plan_for())

    assert told(sent) == dict.fromkeys("123", "ConflictException")
    assert len(service.sent) == 1


def test_a_conflict_is_not_endless() -> None:
    conflict = Reply(error=Failure("ConflictException", "busy"))
    there = held(v1=U, v2=U, v3=U)
    service = Script([conflict] * 9, [there] * 9)

    assert told(send(service, plan_for())) == dict.fromkeys("123", "ConflictException")
    assert service.attempts == [3, 2, 1]


def test_what_was_sent_several_times_before_a_conflict_counts() -> None:
    conflict = Reply(error=Failure("ConflictException", "busy"), doubt=Doubt.OUT, sends=2)
    there = held(v1=U, v2=U, v3=U)
    service = Script([conflict] * 9, [there] * 9)

    # The call whose answer was lost may yet complete.
    assert told(send(service, plan_for())) == dict.fromkeys("123", "UNREPORTED")
    assert service.attempts == [3, 1]


def test_after_a_failed_batch_no_other_is_sent() -> None:
    versions = [f"{n}" for n in range(250)]
    service = Script([Reply(error=Failure("ValidationException", "no"))])

    sent = send(service, plan_for(versions))

    codes = list(told(sent).values())
    assert len(service.sent) == 1
    assert codes == ["ValidationException"] * 100 + ["SKIPPED"] * 150


def test_after_a_stop_no_batch_is_sent() -> None:
    stop = threading.Event()
    stop.set()
    service = Script([])

    sent = send(service, plan_for(), stop=stop)

    assert told(sent) == dict.fromkeys("123", "SKIPPED")
    assert "stopped" in str(sent.outcomes[CORE_PACKAGE, "1"].failure)
    assert sent.outcomes[CORE_PACKAGE, "1"].before == U


def test_a_call_in_flight_finishes_when_the_step_is_stopped() -> None:
    stop = threading.Event()
    versions = [f"{n}" for n in range(101)]

    def stopping(batch: Batch) -> Reply:
        stop.set()
        return done(*batch.versions)

    sent = send(Script([stopping]), plan_for(versions), stop=stop)

    assert list(told(sent).values()) == ["changed"] * 100 + ["SKIPPED"]


def test_reading_again_that_fails_leaves_what_was_said() -> None:
    asked = NotAsked(where="there", reason="InternalServerException: no")
    service = Script([Reply(failed={"1": MISMATCH})], [asked])

    sent = send(service, plan_for("1"))

    assert told(sent) == {"1": "MISMATCHED_STATUS"}


def test_a_bug_in_between_is_recorded_and_every_version_has_an_outcome() -> None:
    service = Script([RuntimeError("oops")], [held(v1=P, v2=U, v3=P)])

    sent = send(service, plan_for())

    assert told(sent) == {"1": "changed", "2": "UNREPORTED", "3": "changed"}
    assert [str(bug) for bug in sent.bugs] == ["oops"]


def test_a_bug_while_reading_again_after_a_bug_is_recorded_as_well() -> None:
    versions = [f"{n}" for n in range(150)]
    service = Script(
        [done(*versions[:100]), RuntimeError("oops")],
        [RuntimeError("again"), RuntimeError("again")],
    )

    sent = send(service, plan_for(versions))

    assert list(told(sent).values()) == ["changed"] * 100 + ["UNREPORTED"] * 50


def test_progress_that_cannot_be_shown_loses_no_outcome() -> None:
    def broken(*_: object) -> None:
        raise BrokenPipeError

    sent = send(Script([done("1", "2", "3")]), plan_for(), on_settled=broken)

    assert told(sent) == dict.fromkeys("123", "changed")


def test_progress_is_told_of_each_batch() -> None:
    versions = [f"{n}" for n in range(150)]
    sizes: list[int] = []
    service = Script([done(*versions[:100]), done(*versions[100:])])

    send(service, plan_for(versions), on_settled=lambda _, outcomes: sizes.append(len(outcomes)))

    assert sizes == [100, 50]


def test_an_empty_plan_sends_nothing() -> None:
    assert send(Script([]), plan_for(there={})).outcomes.keys() == {
        (CORE_PACKAGE, version) for version in "123"
    }
