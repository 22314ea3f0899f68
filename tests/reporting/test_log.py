"""The log: a line for each package, more for one with failures of its own, and the last line."""

from dataclasses import replace

import pytest

from codeartifact_status.identity.refusals import NoTokenPermission
from codeartifact_status.model import Outcome, Output
from codeartifact_status.planning.choosing import Choice
from codeartifact_status.reporting.log import (
    MAX_LINES,
    MAX_PACKAGES,
    Group,
    choice_lines,
    closing_line,
    log_groups,
)
from harness.reports import (
    ALL_ALLOWED,
    CLIENT,
    U,
    changed,
    failed,
    many,
    planned,
    report_of,
    unchanged,
)


def test_a_package_that_is_the_only_one_has_a_line_for_each_version() -> None:
    report = report_of(
        {"1.0.0": changed(), "1.0.1": unchanged(), "1.1.0": failed("X", "no", status=U)}
    )

    (group,) = log_groups(report)

    assert group.title == (
        "@acme/core in acme/npm-store to Published: 1 changed, 1 failed, 1 unchanged"
    )
    assert [line.split() for line in group.lines] == [
        ["1.0.0", "Unlisted", "->", "Published", "changed"],
        ["1.0.1", "Published", "unchanged"],
        ["1.1.0", "Unlisted", "failed", "X:", "no"],
    ]


def test_of_several_packages_only_failures_of_their_own_are_told_one_by_one() -> None:
    report = report_of(
        {"1.0": failed("SKIPPED", status=U)},
        (CLIENT, {"2": planned(), "3": failed("NOT_FOUND", "no")}),
    )

    held_back, failing = log_groups(report)

    assert held_back == Group("@acme/core 1.0 in acme/npm-store to Published: Unlisted  held back")
    assert failing.lines == ("3  -  failed  NOT_FOUND: no",)


def test_more_packages_than_anybody_reads_are_counted_the_failing_ones_told_first() -> None:
    groups = log_groups(
        report_of(*many(1500, changed()), (CLIENT, {"3": failed("NOT_FOUND", "no")}))
    )

    assert len(groups) == MAX_PACKAGES + 1
    assert groups[0].title.startswith("client 3 in ")
    assert groups[-1] == Group("… and 501 packages more")


def test_a_failure_that_is_allowed_has_its_reason_all_the_same() -> None:
    (group,) = log_groups(report_of({"1": failed("NOT_FOUND", "why")}, allowed=ALL_ALLOWED))

    assert group.title.endswith("failed  NOT_FOUND: why")


@pytest.mark.parametrize("ended", [changed(), failed("SKIPPED"), failed("NOT_FOUND")])
def test_a_thousand_packages_stay_under_1200_lines(ended: Outcome) -> None:
    groups = log_groups(report_of(*many(1000, ended)))

    assert len(groups) == 1000
    assert sum(1 + len(group.lines) + bool(group.lines) for group in groups) <= 1200


def test_one_package_of_thousands_of_versions_is_bounded_as_well() -> None:
    (group,) = log_groups(report_of({f"1.0.{n}": changed() for n in range(5000)}))

    assert len(group.lines) == MAX_LINES + 1
    assert group.lines[-1] == "… and 4800 more"


def test_with_output_none_what_went_well_has_no_line() -> None:
    report = report_of(
        {"1.0": changed()}, (CLIENT, {"3": failed("NOT_FOUND", "no")}), output=Output.NONE
    )

    (group,) = log_groups(report)

    assert group.title.startswith("client 3 in ")


def test_what_stopped_the_step_is_not_followed_by_what_it_skipped() -> None:
    assert log_groups(report_of({"1": failed("SKIPPED")}, error=NoTokenPermission())) == []


def test_the_last_line_says_how_it_ended() -> None:
    assert closing_line(report_of({"1": changed(), "2": unchanged()})) == (
        "@acme/core 1 set to Published in npm-store (1 changed, 1 unchanged)"
    )
    assert closing_line(report_of({"1": failed("X"), "2": failed("SKIPPED")})) == (
        "@acme/core 1 can't be set to Published in npm-store (X); nothing was changed "
        "(1 failed, 1 held back)"
    )
    assert closing_line(report_of({"1": failed("SKIPPED")}, error=NoTokenPermission())) == (
        "No OIDC token; nothing was sent"
    )


def test_the_versions_of_a_package_are_told_in_their_order() -> None:
    (group,) = log_groups(report_of({"1.10.0": changed(), "1.9.0": changed(), "odd": changed()}))

    assert [line.split()[0] for line in group.lines] == ["1.9.0", "1.10.0", "odd"]


def test_no_version_at_all_makes_no_group_fail() -> None:
    assert log_groups(report_of()) == []


def test_what_an_unread_version_was_is_not_made_up() -> None:
    (group,) = log_groups(report_of({"1": changed(None)}))

    assert "? -> Published" in group.title


def test_a_spelling_is_told_once_for_all_repositories() -> None:
    packages = [replace(CLIENT, repository=name) for name in ("dev", "prod")]
    stored_as = {(package, "1.0.0-rc.1"): "1.0.0rc1" for package in packages}

    lines = list(choice_lines(Choice(stored_as=stored_as)))
    assert lines == ["client: 1.0.0-rc.1 is stored as 1.0.0rc1"]


def test_of_many_spellings_some_are_told() -> None:
    stored_as = {(CLIENT, f"v{n}"): f"{n}" for n in range(1000)}

    *lines, last = choice_lines(Choice(stored_as=stored_as))

    assert len(lines) == 100
    assert last == "… and 900 more"
