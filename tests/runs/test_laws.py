"""The laws of the house, each a property of the whole cycle: plan, send, read, and what is said."""

import json
import threading
from collections import Counter
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from codeartifact_status import errors
from codeartifact_status.arns import RoleArn
from codeartifact_status.errors import Problem
from codeartifact_status.escaping import code, printable, visible
from codeartifact_status.identity import refusals
from codeartifact_status.inputs.values import is_encodable
from codeartifact_status.model import (
    MAX_BATCH,
    REVERSIBLE,
    Allowed,
    Code,
    Failure,
    Format,
    OnFailure,
    Outcome,
    Package,
    Request,
    Status,
    Verdict,
)
from codeartifact_status.planning.plan import make_plan
from codeartifact_status.planning.undo import undo
from codeartifact_status.remedies.network import NETWORK, Reach
from codeartifact_status.remedies.role import Refusal
from codeartifact_status.remedies.sts import ROLE
from codeartifact_status.reporting.log import log_groups
from codeartifact_status.reporting.outputs import fitted, outputs
from codeartifact_status.reporting.report import Presentation, Report
from codeartifact_status.reporting.run import Run
from codeartifact_status.reporting.summary import summary
from codeartifact_status.service.listing import read_all
from harness.rendering import assert_harmless, rendered
from harness.runs import runner_commands
from harness.worlds import (
    ACCOUNT,
    ALL_TARGETS,
    HELD,
    MOVES,
    PACKAGES,
    RulesService,
    World,
    as_requests,
    interference,
    now,
    revision_of,
    run_once,
    worlds,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# --- Every distinct requested version has exactly one outcome. -----------------------------------


@given(worlds(targets=ALL_TARGETS), MOVES, st.booleans(), st.booleans(), st.sampled_from([1, 4]))
def test_every_requested_version_has_exactly_one_outcome(
    world: World,
    moves: list[tuple[int, int, str]],
    dry_run: bool,  # noqa: FBT001 - Hypothesis gives it
    readable: bool,  # noqa: FBT001
    concurrency: int,
) -> None:
    service = RulesService(world.store(), readable, interference(moves, world))

    _, run = run_once(
        service,
        world.requests,
        allowed=world.allowed,
        dry_run=dry_run,
        concurrency=concurrency,
    )

    asked = {
        (request.package, version) for request in world.requests for version in request.versions
    }
    assert set(run.outcomes) == asked
    for outcome in run.outcomes.values():
        assert (outcome.failure is None) == (outcome.verdict is not Verdict.FAILED)
    values = fitted(outputs(Report(run=run)))
    names = ("changed-count", "unchanged-count", "planned-count", "failed-count")
    assert sum(int(values[name]) for name in names) == len(asked)
    successful, failed = (json.loads(values[f"{n}-versions"]) for n in ("successful", "failed"))
    assert not successful.keys() & failed.keys()
    assert len(successful) + len(failed) + int(values["planned-count"]) == len(asked)


# --- A batch has 1 to 100 versions and mixes nothing. --------------------------------------------


@given(worlds(targets=ALL_TARGETS), MOVES)
def test_a_batch_has_1_to_100_versions_and_never_mixes(
    world: World, moves: list[tuple[int, int, str]]
) -> None:
    service = RulesService(world.store(), before_change=interference(moves, world))

    plan, _ = run_once(service, world.requests, allowed=world.allowed)

    wanted = {request.package: request.target for request in world.requests}
    for batch in [*plan.batches, *service.sent]:
        assert 1 <= len(batch.versions) <= MAX_BATCH
        assert len(set(batch.versions)) == len(batch.versions)
        assert wanted[batch.package] == batch.target
        read = {world.held[batch.package, version] for version in batch.versions}
        assert read == {batch.expected_status}
        assert batch.revisions == {v: revision_of(batch.package, v) for v in batch.versions}


# --- Planning is deterministic and keeps order. --------------------------------------------------


@given(worlds(targets=ALL_TARGETS), st.randoms(use_true_random=False))
def test_planning_is_deterministic_and_keeps_order(world: World, random: Any) -> None:
    service = RulesService(world.store())
    packages = [request.package for request in world.requests]
    readings = read_all(service, packages, concurrency=1, stop=threading.Event())
    shuffled = {}
    for package in random.sample(list(readings), len(readings)):
        rows = list(readings[package].items())
        random.shuffle(rows)
        shuffled[package] = dict(rows)

    first = make_plan(world.requests, readings, allowed=world.allowed, on_failure=OnFailure.STOP)
    second = make_plan(world.requests, shuffled, allowed=world.allowed, on_failure=OnFailure.STOP)

    # Batches are told apart by identity, so it is what they hold that is compared.
    assert list(map(asdict, first.batches)) == list(map(asdict, second.batches))
    assert list(first.decided.items()) == list(second.decided.items())
    for request in world.requests:
        order = {version: place for place, version in enumerate(request.versions)}
        by_status: dict[str | None, list[int]] = {}
        for batch in first.batches:
            if batch.package == request.package:
                places = [order[version] for version in batch.versions]
                by_status.setdefault(batch.expected_status, []).extend(places)
        assert all(places == sorted(places) for places in by_status.values())


# --- Planning again after sending yields nothing to send. ----------------------------------------


@given(worlds(targets=ALL_TARGETS))
def test_planning_again_after_sending_yields_nothing(world: World) -> None:
    store = world.store()
    _, first = run_once(RulesService(store), world.requests, allowed=world.allowed)
    assume(any(outcome.verdict is Verdict.CHANGED for outcome in first.outcomes.values()))

    again = RulesService(store)
    plan, second = run_once(again, world.requests, allowed=world.allowed)

    assert plan.batches == ()
    assert again.sent == []
    for key, outcome in first.outcomes.items():
        match outcome.verdict:
            case Verdict.CHANGED | Verdict.UNCHANGED if outcome.after != Status.DELETED:
                assert second.outcomes[key].verdict is Verdict.UNCHANGED
            case _:
                assert second.outcomes[key].failure is not None


# --- A dry run leaves the store as it was, and is right about what would come of it. -------------


@given(worlds(targets=ALL_TARGETS))
def test_a_dry_run_leaves_the_store_as_it_was_and_foretells_the_verdict(world: World) -> None:
    store = world.store()
    before = store.snapshot()

    service = RulesService(store)
    _, rehearsed = run_once(service, world.requests, allowed=world.allowed, dry_run=True)
    assert store.snapshot() == before
    assert service.sent == []

    _, real = run_once(RulesService(store), world.requests, allowed=world.allowed)
    assert Report(run=rehearsed).exit_code == Report(run=real).exit_code
    for key, outcome in rehearsed.outcomes.items():
        if outcome.verdict is Verdict.PLANNED:
            assert real.outcomes[key].verdict is Verdict.CHANGED
        else:
            assert real.outcomes[key] == outcome


# --- The plan proposes nothing that the rules refuse. --------------------------------------------


@given(worlds(targets=ALL_TARGETS))
def test_nothing_is_sent_that_the_rules_refuse(world: World) -> None:
    service = RulesService(world.store())

    _, run = run_once(service, world.requests, allowed=world.allowed)

    assert service.refused == []
    failures = [outcome.failure for outcome in run.outcomes.values() if outcome.failure]
    if service.sent:
        assert all(world.allowed.covers(failure.code) for failure in failures)


# --- `undo` applied gives back the former store. -------------------------------------------------


@given(worlds(), st.booleans())
def test_undo_applied_gives_back_the_former_store(world: World, readable: bool) -> None:  # noqa: FBT001
    store = world.store()
    before = store.snapshot()
    _, run = run_once(RulesService(store, readable), world.requests, allowed=world.allowed)
    entries = json.loads(fitted(outputs(Report(run=run)))["undo"])
    assert entries == undo(run.requests, run.outcomes, unread=run.unread)

    for request in as_requests(entries):
        _, undone = run_once(RulesService(store), [request])
        assert Report(run=undone).exit_code == 0

    left = {key for key, value in store.snapshot().items() if before[key] != value}
    # What remains is what the service has no way back for, or what nobody read nor vouched for.
    for key in left:
        assert before[key][0] not in REVERSIBLE or not readable


# --- Outcome and store agree. --------------------------------------------------------------------


@given(worlds(targets=ALL_TARGETS), MOVES)
def test_what_is_said_is_what_is(world: World, moves: list[tuple[int, int, str]]) -> None:
    """Interference comes before a call, so what a call settled may be moved on by a later one."""
    store = world.store()
    before = store.snapshot()
    touched = {list(world.held)[w % len(world.held)] for _, w, _ in moves if world.held}
    service = RulesService(store, before_change=interference(moves, world))

    _, run = run_once(service, world.requests, allowed=world.allowed)

    target = {request.package: request.target for request in world.requests}
    for (package, version), outcome in run.outcomes.items():
        if (package, version) in touched:
            continue
        is_now = now(store, package, version)
        match outcome.verdict:
            case Verdict.CHANGED | Verdict.UNCHANGED:
                wanted = target[package]
                assert (is_now[0] if is_now else Status.DELETED) == wanted == outcome.after
            case _:
                assert outcome.after == (is_now[0] if is_now else None)
                held = world.held.get((package, version))
                assert (is_now[0] if is_now else None) == held
    asked = {(p, v) for p, v in run.outcomes}
    for key, value in store.snapshot().items():
        name = next(
            (p for p in PACKAGES if (p.repository, p.format, p.namespace, p.name) == key[1:5]), None
        )
        if name is not None and (name, key[5]) not in asked | touched:
            assert before[key] == value


@given(worlds(targets=ALL_TARGETS), st.frozensets(st.integers(0, 3)))
def test_a_lost_answer_makes_nobody_lie(world: World, lost: frozenset[int]) -> None:
    service = RulesService(world.store(), lost=lost)

    _, run = run_once(service, world.requests, allowed=world.allowed)

    target = {request.package: request.target for request in world.requests}
    for (package, version), outcome in run.outcomes.items():
        is_now = now(service.store, package, version)
        status, before = (is_now[0] if is_now else None), world.held.get((package, version))
        has_changed = status != before
        assert (outcome.verdict is Verdict.CHANGED) == has_changed
        if has_changed:
            assert (status or Status.DELETED) == target[package]
            assert outcome.before == before


@given(worlds(), MOVES)
def test_a_green_step_means_that_every_version_is_at_the_target(
    world: World, moves: list[tuple[int, int, str]]
) -> None:
    once = [(0, which, status) for _, which, status in moves]
    service = RulesService(world.store(), before_change=interference(once, world))

    _, run = run_once(service, world.requests)

    if Report(run=run).exit_code == 0:
        touched = {list(world.held)[w % len(world.held)] for _, w, _ in once if world.held}
        for request in world.requests:
            for version in request.versions:
                if (request.package, version) not in touched:
                    held = now(service.store, request.package, version)
                    assert held is not None
                    assert held[0] == request.target


# --- Nothing outside escapes its rendering. ------------------------------------------------------

PIECES = st.sampled_from(
    ["::", "##[", "]", "set-output name=x", "error", "\n", "\r", "\u2028", "\x85", "\u00a0", " ",
     "\t", "\x1b[31m", "`", "``", "```", "|", "<img src=x>", "<!--", "-->", "</details>", "<b>",
     "[a](http://e.example)", "![a](http://e.example)", "http://e.example", "www.e.example",
     "@octocat", "#1", "&lt;", "&#60;", "\\", "\u202e", "\u200b", "%0A", "%0D", "~~~", "***",
     "# ", "- ", "> ", "1. ", "\udc80", "$x$", "${{ x }}", "🦀", "a", "1.0"]
)  # fmt: skip
HOSTILE = st.one_of(st.lists(PIECES, min_size=1, max_size=8).map("".join), st.text(min_size=1))
NAMES = HOSTILE.map(
    lambda text: "".join(text.split()).replace("/", "").replace("#", "")[:255]
).filter(is_encodable)


@given(HOSTILE)
@settings(max_examples=150)
@example("\u00a0::set-output name=x::y")
@example("a ##[error]b")
@example("##\u200b[error]b")
@example(" ::x::y")
def test_no_line_of_the_log_is_a_command(text: str) -> None:
    line = printable(text)
    assert "\n" not in line
    assert "\r" not in line
    assert runner_commands(line) == []
    assert runner_commands(f"  {line}") == []


@given(HOSTILE)
def test_what_is_shown_is_on_one_line_and_hides_nothing(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert not {"\u202e", "\u200b", "\x1b"} & set(shown)
    shown.encode()


@given(HOSTILE)
@settings(max_examples=150)
@example("x" * 500 + "`" * 3)
@example("\\")
def test_a_code_span_holds_whatever_is_in_it_also_in_a_table(text: str) -> None:
    bare = rendered(code(text))
    # A dash, which stands for no text, is a list's bullet at the start of a line.
    assert [tag for tag, _ in bare.found] in (["p", "code"], ["p"], ["ul", "li"])
    row = rendered(f"| a | b |\n| --- | --- |\n| {code(text)} | end |\n")
    assert [tag for tag, _ in row.found if tag in {"td", "img", "a"}] == ["td", "td"]
    assert bare.oddities == row.oddities == []


STATES = st.one_of(st.none(), HOSTILE, st.sampled_from(HELD))


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Runs of which everything that comes from outside is as nasty as it may be."""
    requests: list[Request] = []
    outcomes: dict[Any, Outcome] = {}
    names = NAMES.filter(bool)
    for repository in draw(
        st.lists(st.sampled_from(["npm-store", "npm-prod"]), min_size=1, unique=True)
    ):
        package = Package(
            domain="acme",
            repository=repository,
            format=Format.NPM,
            namespace=draw(st.one_of(st.none(), names)),
            name=draw(names),
        )
        versions = tuple(draw(st.lists(names, min_size=1, max_size=4, unique=True)))
        request = Request(
            package=package, versions=versions, target=draw(st.sampled_from(ALL_TARGETS))
        )
        requests.append(request)
        for version in versions:
            verdict = draw(st.sampled_from(list(Verdict)))
            failure = Failure(draw(st.one_of(HOSTILE, st.sampled_from(list(Code)))), draw(HOSTILE))
            outcomes[package, version] = Outcome(
                verdict=verdict,
                before=draw(STATES),
                after=draw(STATES),
                revision=draw(st.one_of(st.none(), NAMES)),
                failure=failure if verdict in {Verdict.FAILED, Verdict.ROLLED_BACK} else None,
            )
    bug = draw(st.one_of(st.none(), st.none(), HOSTILE))
    run = Run(
        requests=tuple(requests),
        outcomes=outcomes,
        region="eu-west-1",
        account=ACCOUNT,
        bug=bug,
        allowed=draw(st.sampled_from([Allowed(), Allowed(codes="all")])),
        unread=dict.fromkeys(
            draw(st.sets(st.sampled_from([r.package for r in requests]))), draw(HOSTILE)
        ),
    )
    setting = {"domain": "acme", "role-to-assume": "arn:aws:iam::111122223333:role/x"}
    return Report(run=run, presentation=Presentation(setting=setting))


@given(reports())
@settings(max_examples=80)
def test_a_summary_renders_to_nothing_but_our_own_elements(report: Report) -> None:
    elements = assert_harmless(summary(report))
    tags = Counter(tag for tag, _ in elements.found)
    assert tags["a"] >= tags["tr"] - tags["thead"], "a row is about one package, which is linked"


@given(name=HOSTILE, text=HOSTILE)
@example(name="- 1. ", text="0")
def test_what_stopped_a_run_renders_to_nothing_but_our_own_elements(name: str, text: str) -> None:
    role = RoleArn.parse("arn:aws:iam::111122223333:role/x")
    claims = {"sub": text, "iss": name, "aud": text, "repository": name}
    failures = [Failure(name, text), *(Failure(one.says[0], text) for one in ROLE)]
    reach = Reach(service="STS", url=name, region=text, message=text)
    stops: Iterator[errors.StepError] = iter(
        [
            errors.InputError([Problem(name, text)]),
            *(
                refusals.not_assumed(Refusal(role=role, failure=failure, claims=told))
                for failure in failures
                for told in (claims, {})
            ),
            errors.NotAsked(where=name, reason=text),
            *(
                errors.NotAsked(where=name, reason=text, remedy=partial(one.advice, reach))
                for one in NETWORK
            ),
            refusals.CallerRefused(code=name, message=text),
            refusals.TokenUnavailable(text, passes=True),
            refusals.NoCredentials(text),
            refusals.StsUnreachable(text),
            refusals.TokenFileUnreadable(name, text),
            errors.Interrupted(text),
        ]
    )
    for stop in stops:
        assert_harmless(summary(Report(run=Run(error=stop))))


@given(reports())
def test_the_log_and_the_outputs_hold_only_what_they_should(report: Report) -> None:
    for group in log_groups(report):
        for line in (group.title, *group.lines):
            assert runner_commands(f"  {printable(line)}") == []
    values = fitted(outputs(report))
    for value in values.values():
        assert value.isascii()
        assert "\n" not in value
    for name in ("successful-versions", "failed-versions", "undo", "result"):
        json.loads(values[name])
