"""The six rules, as a table; batches; and what all-or-nothing and a dry run make of a plan."""

import pytest

from codeartifact_status.model import (
    DENIED,
    Allowed,
    Format,
    OnFailure,
    Operation,
    Package,
    Plan,
    Reading,
    Request,
    State,
    Status,
    Verdict,
)
from codeartifact_status.planning.plan import make_plan, rehearse, withhold
from harness.runs import CORE_PACKAGE

P, U, A = Status.PUBLISHED, Status.UNLISTED, Status.ARCHIVED
UNFINISHED, DISPOSED, DELETED = Status.UNFINISHED, Status.DISPOSED, Status.DELETED
OTHER = Package(domain="acme", repository="npm-prod", format=Format.NPM, name="other")
NOTHING_ALLOWED = Allowed()


def request(
    *versions: str,
    target: Status = P,
    expected: str | None = None,
    revisions: dict[str, str] | None = None,
    package: Package = CORE_PACKAGE,
) -> Request:
    return Request(
        package=package,
        versions=versions,
        target=target,
        revisions=revisions or {},
        expected_status=expected,
    )


def plan_of(
    *requests: Request, there: Reading | dict[Package, Reading], allowed: Allowed = NOTHING_ALLOWED
) -> Plan:
    is_several = isinstance(there, dict) and all(isinstance(key, Package) for key in there)
    readings = there if is_several and there else {r.package: there for r in requests}
    return make_plan(requests, readings, allowed=allowed, on_failure=OnFailure.STOP)


def row(
    current: str | None,
    target: Status,
    expected: str | None,
    given: str | None,
    wanted: str,
) -> object:
    """One row: current status, target, expected status, the revision given → what becomes of it."""
    name = f"{current or 'absent'}-to-{target}-expected-{expected}-revision-{given}-is-{wanted}"
    return pytest.param(current, target, expected, given, wanted, id=name)


RULES = [
    # 1. absent
    row(None, P, None, None, "NOT_FOUND"),
    row(None, P, U, "other", "NOT_FOUND"),
    row(None, DELETED, None, None, "NOT_FOUND"),
    # 2. a revision was given and differs; before all else, also at the target
    row(U, P, None, "other", "MISMATCHED_REVISION"),
    row(P, P, None, "other", "MISMATCHED_REVISION"),
    row(DISPOSED, P, A, "other", "MISMATCHED_REVISION"),
    # 3. already at the target, whatever the expected status says
    row(P, P, None, None, "unchanged"),
    row(P, P, U, None, "unchanged"),
    row(P, P, P, "r", "unchanged"),
    row(DISPOSED, DISPOSED, P, None, "unchanged"),
    # 4. an expected status was given and differs
    row(U, P, A, None, "MISMATCHED_STATUS"),
    row(DISPOSED, P, U, None, "MISMATCHED_STATUS"),
    row("Quarantined", P, U, "r", "MISMATCHED_STATUS"),
    # 5. not a legal move
    row(DISPOSED, P, None, None, "NOT_ALLOWED"),
    row(DISPOSED, U, DISPOSED, None, "NOT_ALLOWED"),
    row(DISPOSED, A, None, "r", "NOT_ALLOWED"),
    # 6. else it is to be changed
    row(U, P, None, None, "sent"),
    row(U, P, U, "r", "sent"),
    row(A, P, None, None, "sent"),
    row(A, U, None, None, "sent"),
    row(P, U, P, None, "sent"),
    row(P, A, None, None, "sent"),
    row(UNFINISHED, P, None, None, "sent"),
    row(UNFINISHED, A, None, None, "sent"),
    row(P, DISPOSED, None, None, "sent"),
    row(UNFINISHED, DISPOSED, None, None, "sent"),
    row(P, DELETED, None, None, "sent"),
    row(DISPOSED, DELETED, None, None, "sent"),
    row("Quarantined", P, None, None, "sent"),
    row("Quarantined", P, "Quarantined", None, "sent"),
]


@pytest.mark.parametrize(("current", "target", "expected", "given", "wanted"), RULES)
def test_the_six_rules(
    current: str | None, target: Status, expected: str | None, given: str | None, wanted: str
) -> None:
    there = {} if current is None else {"1": State(current, "r")}
    asked = request("1", target=target, expected=expected, revisions={"1": given} if given else {})

    plan = plan_of(asked, there=there)

    outcome = plan.decided.get((CORE_PACKAGE, "1"))
    if wanted == "sent":
        assert outcome is None
        (batch,) = plan.batches
        assert (batch.versions, batch.target) == (("1",), target)
        assert (batch.expected_status, batch.revisions) == (current, {"1": "r"})
        assert batch.operation is Operation.to_reach(target)
        return
    assert plan.batches == ()
    assert outcome is not None
    assert (outcome.before, outcome.after) == (current, current)
    if outcome.failure is None:
        assert outcome.verdict is Verdict.UNCHANGED
        assert wanted == "unchanged"
    else:
        assert outcome.failure.code == wanted


def test_messages_are_in_the_services_own_words() -> None:
    there = {"1": State(A, "r"), "2": State(U, "r")}
    plan = plan_of(request("1", "2", expected=U, revisions={"2": "x"}), there=there)

    messages = [outcome.failure and outcome.failure.message for outcome in plan.decided.values()]
    assert messages == [
        "current status: Archived, expected status: Unlisted",
        "current revision: r, expected revision: x",
    ]


def test_a_version_that_is_only_upstream_is_said_not_to_count() -> None:
    plan = plan_of(request("1"), there={})

    failure = plan.decided[CORE_PACKAGE, "1"].failure
    assert failure is not None
    assert "upstream" in failure.message
    assert "npm-store" in failure.message


def test_one_failure_holds_back_every_package_of_the_step() -> None:
    there = {CORE_PACKAGE: {"1": State(U, "r")}, OTHER: {}}

    plan = plan_of(request("1"), request("2", package=OTHER), there=there)

    assert plan.batches == ()
    held_back = plan.decided[CORE_PACKAGE, "1"]
    assert held_back.failure is not None
    assert held_back.failure.code == "SKIPPED"
    assert "1 other version" in held_back.failure.message
    assert (held_back.before, held_back.after, held_back.revision) == (U, U, "r")


@pytest.mark.parametrize("codes", ["all", frozenset({"NOT_FOUND"})])
def test_a_failure_that_is_allowed_holds_nothing_back(codes: object) -> None:
    plan = plan_of(request("1", "2"), there={"1": State(U, "r")}, allowed=Allowed(codes=codes))

    assert [batch.versions for batch in plan.batches] == [("1",)]
    assert list(plan.decided) == [(CORE_PACKAGE, "2")]


def test_one_failure_that_is_not_allowed_among_others_that_are_holds_all_back() -> None:
    there = {"1": State(U, "r"), "2": State(DISPOSED, "r")}
    allowed = Allowed(codes=frozenset({"NOT_FOUND"}))

    plan = plan_of(request("1", "2", "3"), there=there, allowed=allowed)

    assert plan.batches == ()
    assert len(plan.decided) == 3


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(0, []), (1, [1]), (99, [99]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50])],
)
def test_a_batch_holds_a_hundred_versions_at_most(count: int, sizes: list[int]) -> None:
    versions = [f"1.{n}" for n in range(count)]
    plan = plan_of(request(*versions), there={v: State(U, f"r{v}") for v in versions})

    assert [len(batch.versions) for batch in plan.batches] == sizes
    assert [v for batch in plan.batches for v in batch.versions] == versions
    for batch in plan.batches:
        assert batch.revisions == {v: f"r{v}" for v in batch.versions}


def test_versions_of_one_status_share_a_batch_in_the_order_asked_for() -> None:
    there = {"1": State(U, "a"), "2": State(A, "b"), "3": State(U, "c"), "4": State("New", "d")}

    plan = plan_of(request("4", "3", "2", "1"), there=there)

    assert [(b.expected_status, b.versions) for b in plan.batches] == [
        ("New", ("4",)),
        (U, ("3", "1")),
        (A, ("2",)),
    ]


def test_versions_without_a_revision_go_by_themselves() -> None:
    there = {"1": State(U, "a"), "2": State(U, None), "3": State(U, "c")}

    plan = plan_of(request("1", "2", "3"), there=there)

    assert [(b.versions, b.revisions) for b in plan.batches] == [
        (("1", "3"), {"1": "a", "3": "c"}),
        (("2",), None),
    ]


def test_what_could_not_be_read_is_sent_with_the_users_own_conditions() -> None:
    asked = request("1", "2", expected=U, revisions={"1": "a", "2": "b"})

    plan = plan_of(asked, there=DENIED)

    (batch,) = plan.batches
    assert (batch.expected_status, batch.revisions) == (U, {"1": "a", "2": "b"})
    assert plan.state(CORE_PACKAGE, "1") is None


def test_what_could_not_be_read_is_sent_bare_without_conditions() -> None:
    plan = plan_of(request(*(f"{n}" for n in range(101))), there=DENIED)

    assert [len(batch.versions) for batch in plan.batches] == [100, 1]
    assert {(batch.expected_status, batch.revisions) for batch in plan.batches} == {(None, None)}


def test_a_deletion_can_not_be_pinned_so_a_revision_that_can_not_be_read_forbids_it() -> None:
    plan = plan_of(request("1", target=DELETED, revisions={"1": "a"}), there=DENIED)

    assert plan.batches == ()
    failure = plan.decided[CORE_PACKAGE, "1"].failure
    assert failure is not None
    assert failure.code == "AccessDeniedException"
    assert "DeletePackageVersions takes none" in failure.message


def test_a_rehearsal_plans_what_would_be_sent_and_sends_nothing() -> None:
    there = {"1": State(U, "a"), "2": State(P, "b")}

    plan = rehearse(plan_of(request("1", "2"), there=there))

    assert plan.batches == ()
    planned = plan.decided[CORE_PACKAGE, "1"]
    assert planned.verdict is Verdict.PLANNED
    assert (planned.before, planned.after, planned.revision) == (U, U, "a")
    assert plan.decided[CORE_PACKAGE, "2"].verdict is Verdict.UNCHANGED


def test_a_rehearsal_of_what_could_not_be_read_plans_all() -> None:
    plan = rehearse(plan_of(request("1"), there=DENIED))

    planned = plan.decided[CORE_PACKAGE, "1"]
    assert (planned.verdict, planned.before, planned.revision) == (Verdict.PLANNED, None, None)


def test_what_is_withheld_is_skipped_for_the_reason_given() -> None:
    plan = withhold(plan_of(request("1"), there={"1": State(U, "a")}), "it is Friday")

    failure = plan.decided[CORE_PACKAGE, "1"].failure
    assert plan.batches == ()
    assert failure is not None
    assert (failure.code, failure.message) == ("SKIPPED", "version 1 is skipped: it is Friday")


def test_no_requests_make_an_empty_plan() -> None:
    plan = make_plan([], {}, allowed=NOTHING_ALLOWED, on_failure=OnFailure.STOP)

    assert (plan.batches, plan.decided) == ((), {})
