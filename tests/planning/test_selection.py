"""What a request means of what is there."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeartifact_status.formats.expressions import matcher, order_of
from codeartifact_status.model import (
    DENIED,
    Allowed,
    Code,
    Format,
    OnFailure,
    Package,
    Request,
    Selection,
    State,
    Status,
)
from codeartifact_status.planning.plan import make_plan
from codeartifact_status.planning.selection import idle_exclusions, select
from harness.runs import CORE_PACKAGE

P, U = Status.PUBLISHED, Status.UNLISTED


def chosen(
    there: str,
    *matching: str,
    named: Sequence[str] = (),
    excluding: Sequence[str] = (),
    keep: int = 0,
    expected: Status | None = None,
    target: Status = Status.ARCHIVED,
    format_: Format = Format.NPM,
) -> tuple[str, ...]:
    """What a request comes to, where ``there`` is: ``1.0.0=Archived``, or Unlisted ``1.0.0``."""
    pairs = (entry.partition("=") for entry in there.split())
    package = Package(
        domain="acme", repository="npm-store", format=format_, namespace="acme", name="core"
    )
    request = Request(
        package=package,
        versions=tuple(named),
        target=target,
        expected_status=expected,
        selection=Selection(matching=matching, excluding=tuple(excluding), keep_latest=keep),
    )
    reading = {version: State(status or "Unlisted", "r") for version, _, status in pairs}
    return select(request, reading).versions


def test_what_matches_any_expression_is_taken_once_after_what_is_named() -> None:
    there = "1.0.0 1.1.0 2.0.0 3.0.0"
    assert chosen(there, "1.*", "^1.1", "^3", named=["2.0.0", "1.1.0"]) == (
        "2.0.0", "1.1.0", "1.0.0", "3.0.0",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("matching", "excluding"), [("1.0.0", "1.0.0"), ("1.0.0", "*"), ("1.0.0", "1.*")]
)
def test_what_is_excluded_is_never_changed_though_its_name_is_the_expression(
    matching: str, excluding: str
) -> None:
    request = Request(
        package=CORE_PACKAGE,
        versions=(),
        target=Status.ARCHIVED,
        selection=Selection(matching=(matching,), excluding=(excluding,)),
    )
    there = {"1.0.0": State(P, "r"), "2.0.0": State(P, "r")}

    found = select(request, there)
    plan = make_plan(
        [found],
        {CORE_PACKAGE: there},
        allowed=Allowed(),
        on_failure=OnFailure.CONTINUE,
        max_changes=None,
    )

    assert plan.batches == ()
    (outcome,) = plan.decided.values()
    assert outcome.failure is not None
    assert outcome.failure.code == Code.NOT_FOUND
    assert "those that exclude-versions excludes: 1.0.0" in outcome.failure.message


def test_exclusions_that_hold_back_nothing_in_any_package_are_found() -> None:
    excluding = ("1.0.0", "2.*", "^3", "9.*", "*-rc*")
    selection = Selection(matching=("*",), excluding=excluding)
    other = replace(CORE_PACKAGE, name="ui")
    requests = [
        Request(package=package, versions=("3.0.0",), target=P, selection=selection)
        for package in (CORE_PACKAGE, other)
    ]
    readings = {CORE_PACKAGE: {"1.0.0": State(U, "r")}, other: {"2.0.0": State(U, "r")}}

    assert idle_exclusions(requests, readings) == ("9.*", "*-rc*")
    assert idle_exclusions(requests, {CORE_PACKAGE: DENIED, other: DENIED}) == (
        "1.0.0", "2.*", "9.*", "*-rc*",
    )  # fmt: skip


def test_exclusion_wins_over_names_and_patterns() -> None:
    there = "1.0.0 1.1.0 1.1.0-rc.1 2.0.0"
    assert chosen(there, "*", named=["2.0.0"], excluding=["*-rc.*", "^2"]) == ("1.0.0", "1.1.0")
    assert chosen(there, named=["1.0.0", "1.1.0"], excluding=["1.1.*"]) == ("1.0.0",)


def test_the_latest_are_left_alone_by_version_and_not_by_text() -> None:
    assert chosen("1.9.0 1.10.0 1.8.0 1.2.0", "*", keep=2) == ("1.8.0", "1.2.0")
    assert chosen("1.9.0 1.10.0", "*", keep=1) == ("1.9.0",)
    assert chosen("1.9.0 1.10.0", "*", keep=5) == ()


def test_the_latest_are_counted_after_exclusion_and_before_the_status_filter() -> None:
    there = "1.0.0 1.1.0 1.2.0=Published 1.3.0-rc.1"
    assert chosen(there, "*", excluding=["*-rc*"], keep=2, expected=Status.UNLISTED) == ("1.0.0",)


@pytest.mark.parametrize(
    ("target", "left"),
    [
        (Status.PUBLISHED, "5.0.0 6.0.0"),
        (Status.UNLISTED, "2.0.0 1.0.0"),
        (Status.ARCHIVED, "3.0.0 2.0.0"),
        (Status.DISPOSED, "4.0.0 3.0.0"),
        (Status.DELETED, "4.0.0 3.0.0"),
    ],
)
def test_only_what_is_more_visible_than_the_target_counts_among_the_latest(
    target: Status, left: str
) -> None:
    there = (
        "1.0.0=Published 2.0.0=Published 3.0.0=Unlisted 4.0.0=Archived 5.0.0=New 6.0.0=New "
        "7.0.0=Disposed 8.0.0=Unfinished"
    )
    everything = chosen(there, "*", target=target)
    found = chosen(there, "*", target=target, keep=2)
    assert set(everything) - set(found) == set(left.split())


def test_what_does_not_count_among_the_latest_needs_no_order() -> None:
    assert chosen("1.0.0 2.0.0 nightly=Archived", "*", keep=1) == ("1.0.0", "nightly")


def test_the_latest_do_not_count_what_is_named() -> None:
    assert chosen("1.0.0 1.1.0 1.2.0", "1.*", named=["1.2.0"], keep=1) == (
        "1.2.0", "1.0.0", "1.1.0",
    )  # fmt: skip


def test_what_is_left_alone_is_told_with_the_reason() -> None:
    request = Request(
        package=CORE_PACKAGE,
        versions=("1.0.0", "9.9.9", "4.0.0", "5.0.0"),
        target=Status.ARCHIVED,
        expected_status=Status.UNLISTED,
        selection=Selection(matching=("*",), excluding=("1.*", "9.*"), keep_latest=2),
    )
    there = {"1.0.0": U, "2.0.0": U, "3.0.0": P, "4.0.0": U, "5.0.0": U, "1.1.0": U}

    found = select(request, {version: State(status, "r") for version, status in there.items()})

    assert found.versions == ("4.0.0", "5.0.0", "2.0.0")
    assert found.left_alone == {
        "1.0.0": "excluded by exclude-versions",
        "9.9.9": "excluded by exclude-versions",
        "3.0.0": "its status is Published",
    }


def test_what_is_excluded_by_name_is_told_without_a_pattern_too() -> None:
    selection = Selection(excluding=("*-rc.*",))
    request = Request(
        package=CORE_PACKAGE,
        versions=("1.0.0", "1.0.0-rc.1"),
        target=Status.ARCHIVED,
        selection=selection,
    )
    for reading in ({}, DENIED):
        found = select(request, reading)
        assert found.versions == ("1.0.0",)
        assert found.left_alone == {"1.0.0-rc.1": "excluded by exclude-versions"}


def test_the_expected_status_is_a_filter_that_lets_the_target_through() -> None:
    there = "1.0.0 1.1.0=Published 1.2.0=Archived 1.3.0=Unfinished 1.4.0=Disposed"
    assert chosen(there, "*", expected=Status.UNLISTED) == ("1.0.0", "1.2.0")


def test_without_expected_status_all_are_taken_that_can_reach_the_target() -> None:
    there = "1.0.0 1.1.0=Published 1.2.0=Archived 1.3.0=Unfinished 1.4.0=Disposed 1.5.0=New"
    assert chosen(there, "*") == ("1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.5.0")
    assert "1.4.0" in chosen(there, "*", target=Status.DELETED)
    assert chosen("1.4.0=Disposed", "*", target=Status.DISPOSED) == ("1.4.0",)


def test_builds_of_maven_snapshots_never_match() -> None:
    there = "1.0 1.0-20260101.120000-1 1.0-20260102.120000-12 1.0-SNAPSHOT 1.0-20260101"
    for expression in ("*", "1.0-*", "(,2.0)"):
        found = chosen(there, expression, format_=Format.MAVEN)
        assert not [version for version in found if "120000" in version]
    assert "1.0-SNAPSHOT" in chosen(there, "*", format_=Format.MAVEN)
    assert "1.0-20260101.120000-1" in chosen(there, "*", format_=Format.GENERIC)


def test_a_build_of_a_snapshot_that_is_named_is_meant() -> None:
    build = "1.0-20260101.120000-1"
    assert chosen(f"1.0 {build}", named=[build], format_=Format.MAVEN) == (build,)


def test_where_nothing_matches_the_selection_stands_for_what_is_missing() -> None:
    assert chosen("1.0.0", "^2", "3.*") == ("^2, 3.*",)
    assert chosen("1.0.0", "^2", named=["1.0.0"]) == ("1.0.0", "^2")
    assert chosen("1.0.0", "1.*", excluding=["*"]) == ("1.*",)
    assert chosen("", "*") == ("*",)


def test_where_nothing_can_be_read_the_selection_stands_for_it_beside_the_names() -> None:
    request = Request(
        package=CORE_PACKAGE,
        versions=("1.0.0",),
        target=Status.ARCHIVED,
        selection=Selection(matching=("1.*",)),
    )
    assert select(request, DENIED).versions == ("1.0.0", "1.*")


def test_a_request_without_a_selection_stays_as_it_is() -> None:
    request = Request(package=CORE_PACKAGE, versions=("9.9.9",), target=Status.ARCHIVED)
    assert select(request, {}) is request


def test_the_latest_of_what_has_no_order_can_not_be_kept() -> None:
    with pytest.raises(ValueError, match="nightly is not a npm version"):
        chosen("1.0.0 nightly", "*", keep=1)


VERSION_LISTS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 12), st.sampled_from(["", "-rc.1", "-rc.2"])).map(
        lambda parts: f"{parts[0]}.{parts[1]}.0{parts[2]}"
    ),
    unique=True,
    max_size=12,
)
EXPRESSIONS = st.lists(
    st.sampled_from(["*", "1.*", "^1", "~1.2", "*-rc.*", "x", ">=1 <3", "2.1.0"]), max_size=3
)


@given(VERSION_LISTS, EXPRESSIONS.filter(bool), EXPRESSIONS, st.integers(0, 4))
def test_what_is_selected_is_there_matches_and_is_not_excluded(
    versions: list[str], matching: list[str], excluding: list[str], keep: int
) -> None:
    found = chosen(" ".join(versions), *matching, excluding=excluding, keep=keep)

    out = [matcher(Format.NPM, expression)(versions) for expression in excluding]
    wanted = [matcher(Format.NPM, expression)(versions) for expression in matching]
    matched = [v for v in versions if any(v in m for m in wanted) and not any(v in m for m in out)]
    if not matched:
        assert found == (", ".join(matching),)
        return
    newest = sorted(matched, key=order_of(Format.NPM))[max(0, len(matched) - keep) :]
    assert len(newest) == min(keep, len(matched))
    assert set(found) == set(matched) - set(newest)
