"""What becomes of a plan whatever the service does: answers scripted, one for each call."""

import threading
from collections.abc import Callable
from dataclasses import replace

from codeartifact_status.errors import NotAsked
from codeartifact_status.model import (
    DENIED,
    Allowed,
    Batch,
    Failure,
    Package,
    Reading,
    Reply,
    State,
    Status,
    Verdict,
)
from codeartifact_status.service.listing import read_all
from harness.runs import CORE_PACKAGE
from harness.scripts import MISMATCH, SKIPPED, A, P, Script, U, done, held, plan_for, send, told


def test_what_the_service_confirms_is_changed() -> None:
    service = Script([done("1", "2", "3")])

    sent = send(service, plan_for())

    assert told(sent) == dict.fromkeys("123", "changed")
    outcome = sent.outcomes[CORE_PACKAGE, "1"]
    assert (outcome.before, outcome.after, outcome.revision) == (U, P, "r1")
    assert service.reads == 0


def test_a_confirmation_of_another_status_is_no_confirmation() -> None:
    service = Script([done("1", status=U)], [held(v1=U)])

    assert told(send(service, plan_for("1"))) == {"1": "UNREPORTED"}


def test_a_version_in_neither_map_is_read_again() -> None:
    service = Script([done("1", "2")], [held(v1=P, v2=P, v3=P)])

    assert told(send(service, plan_for())) == dict.fromkeys("123", "changed")
    assert service.reads == 1


def test_a_version_in_neither_map_that_is_not_there_is_unreported() -> None:
    service = Script([done("1", "2")], [held(v1=P, v2=P, v3=U)])

    sent = send(service, plan_for())

    assert told(sent) == {"1": "changed", "2": "changed", "3": "UNREPORTED"}
    assert sent.outcomes[CORE_PACKAGE, "3"].after == U


def test_a_lost_answer_is_settled_by_reading() -> None:
    lost = Reply(error=Failure("UNREPORTED", "lost"), doubtful=True)
    service = Script([lost], [held(v1=P, v2=U, v3=P)])

    assert told(send(service, plan_for())) == {"1": "changed", "2": "UNREPORTED", "3": "changed"}


def test_at_the_target_with_another_revision_is_not_our_doing() -> None:
    lost = Reply(error=Failure("UNREPORTED", "lost"), doubtful=True)
    service = Script([lost], [{"1": State(P, "other")}])

    sent = send(service, plan_for("1"))

    assert told(sent) == {"1": "UNREPORTED"}
    assert sent.outcomes[CORE_PACKAGE, "1"].after == P


def test_a_mismatch_after_a_retry_is_a_change_of_our_own() -> None:
    mismatch = Failure("MISMATCHED_STATUS", "current status: Published, expected status: Unlisted")
    service = Script(
        [Reply(failed=dict.fromkeys("123", mismatch), doubtful=True)], [held(v1=P, v2=P, v3=P)]
    )

    sent = send(service, plan_for())

    assert told(sent) == dict.fromkeys("123", "changed")
    assert sent.outcomes[CORE_PACKAGE, "1"].before == U


def test_a_mismatch_of_what_was_sent_once_is_another_ones_doing() -> None:
    mismatch = Failure("MISMATCHED_STATUS", "current status: Published, expected status: Unlisted")
    service = Script([Reply(failed={"1": mismatch})], [held(v1=P)])

    sent = send(service, plan_for("1"))

    assert told(sent) == {"1": "unchanged"}
    assert sent.outcomes[CORE_PACKAGE, "1"].before == P


def test_for_deleted_the_target_is_being_absent() -> None:
    lost = Reply(error=Failure("UNREPORTED", "lost"), doubtful=True)
    service = Script([lost], [held(v2=U)])

    sent = send(service, plan_for("12", target=Status.DELETED))

    assert told(sent) == {"1": "changed", "2": "UNREPORTED"}
    assert sent.outcomes[CORE_PACKAGE, "1"].after == "Deleted"


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
    conflict = Reply(error=Failure("ConflictException", "busy"), doubtful=True, sends=2)
    there = held(v1=U, v2=U, v3=U)
    service = Script([conflict] * 9, [there] * 9)

    assert told(send(service, plan_for())) == dict.fromkeys("123", "ConflictException")
    assert service.attempts == [3, 1]


def test_a_call_that_fails_as_a_whole_fails_each_of_its_versions() -> None:
    service = Script([Reply(error=Failure("AccessDeniedException", "no"))])

    sent = send(service, plan_for())

    assert told(sent) == dict.fromkeys("123", "AccessDeniedException")
    assert service.reads == 0


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
    asked = NotAsked(where="there", code="InternalServerException", message="no")
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


def test_what_nobody_read_is_vouched_for_by_the_expected_status() -> None:
    sent = send(Script([done("1")]), plan_for("1", there=DENIED, expected=U))

    outcome = sent.outcomes[CORE_PACKAGE, "1"]
    assert (outcome.verdict, outcome.before, outcome.after) == (Verdict.CHANGED, U, P)


def test_what_nobody_read_nor_vouched_for_has_no_before() -> None:
    sent = send(Script([done("1")]), plan_for("1", there=DENIED))

    assert sent.outcomes[CORE_PACKAGE, "1"].before is None


def test_an_empty_plan_sends_nothing() -> None:
    assert send(Script([]), plan_for(there={})).outcomes.keys() == {
        (CORE_PACKAGE, version) for version in "123"
    }


def test_every_package_is_read_once() -> None:
    other = replace(CORE_PACKAGE, repository="npm-prod")
    seen: list[Package] = []

    class Reader:
        def read(self, package: Package) -> Reading:
            seen.append(package)
            return {"1": State(P, package.repository)}

        def change(self, batch: Batch, *, attempts: int, halted: Callable[[], bool]) -> Reply:
            raise NotImplementedError(batch)

    readings = read_all(
        Reader(), [CORE_PACKAGE, other, CORE_PACKAGE], concurrency=2, stop=threading.Event()
    )

    assert list(readings) == [CORE_PACKAGE, other]
    assert sorted(seen) == sorted([CORE_PACKAGE, other])


def test_nothing_to_read_is_nothing_read() -> None:
    assert read_all(Script([]), [], concurrency=8, stop=threading.Event()) == {}
