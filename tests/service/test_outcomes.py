"""What a reply, and what is read again, mean for each version: answers scripted."""

from codeartifact_status.model import (
    DENIED,
    Doubt,
    Failure,
    Reply,
    State,
    Status,
    Verdict,
)
from harness.runs import CORE_PACKAGE
from harness.scripts import P, Script, U, done, held, plan_for, send, told


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
    lost = Reply(error=Failure("UNREPORTED", "lost"), doubt=Doubt.OUT)
    service = Script([lost], [held(v1=P, v2=U, v3=P)])

    assert told(send(service, plan_for())) == {"1": "changed", "2": "UNREPORTED", "3": "changed"}


def test_at_the_target_with_another_revision_is_not_our_doing() -> None:
    lost = Reply(error=Failure("UNREPORTED", "lost"), doubt=Doubt.OUT)
    service = Script([lost], [{"1": State(P, "other")}])

    sent = send(service, plan_for("1"))

    assert told(sent) == {"1": "UNREPORTED"}
    assert sent.outcomes[CORE_PACKAGE, "1"].after == P


def test_a_mismatch_after_a_retry_is_a_change_of_our_own() -> None:
    mismatch = Failure("MISMATCHED_STATUS", "current status: Published, expected status: Unlisted")
    service = Script(
        [Reply(failed=dict.fromkeys("123", mismatch), doubt=Doubt.OUT)], [held(v1=P, v2=P, v3=P)]
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
    lost = Reply(error=Failure("UNREPORTED", "lost"), doubt=Doubt.OUT)
    service = Script([lost], [held(v2=U)])

    sent = send(service, plan_for("12", target=Status.DELETED))

    assert told(sent) == {"1": "changed", "2": "UNREPORTED"}
    assert sent.outcomes[CORE_PACKAGE, "1"].after == "Deleted"


def test_a_call_that_fails_as_a_whole_fails_each_of_its_versions() -> None:
    service = Script([Reply(error=Failure("AccessDeniedException", "no"))])

    sent = send(service, plan_for())

    assert told(sent) == dict.fromkeys("123", "AccessDeniedException")
    assert service.reads == 0


def test_what_nobody_read_is_vouched_for_by_the_expected_status() -> None:
    sent = send(Script([done("1")]), plan_for("1", there=DENIED, expected=U))

    outcome = sent.outcomes[CORE_PACKAGE, "1"]
    assert (outcome.verdict, outcome.before, outcome.after) == (Verdict.CHANGED, U, P)


def test_what_is_confirmed_to_be_at_the_target_already_is_unchanged() -> None:
    sent = send(Script([done("1")]), plan_for("1", there=DENIED, expected=P))

    outcome = sent.outcomes[CORE_PACKAGE, "1"]
    assert (outcome.verdict, outcome.before, outcome.after) == (Verdict.UNCHANGED, P, P)


def test_what_nobody_read_nor_vouched_for_has_no_before() -> None:
    sent = send(Script([done("1")]), plan_for("1", there=DENIED))

    assert sent.outcomes[CORE_PACKAGE, "1"].before is None
