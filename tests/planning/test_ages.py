"""What is left alone for its age."""

from datetime import timedelta

import pytest

from codeartifact_status.model import DENIED, Request, Selection, State, Status
from codeartifact_status.planning.ages import duration, leave_young, to_be_dated
from codeartifact_status.planning.selection import select
from harness.runs import CORE_PACKAGE

MONTH = timedelta(days=30)
THERE = {
    "1.0.0": State("Published", "r"),
    "1.1.0": State("Archived", "r"),
    "1.2.0": State("Unlisted", "r"),
    "1.3.0": State("Published", "r"),
    "2.0.0": State("Published", "r"),
}


def request(*named: str, older_than: timedelta | None = MONTH) -> Request:
    return Request(
        package=CORE_PACKAGE,
        versions=named,
        target=Status.ARCHIVED,
        selection=Selection(matching=("1.*",), keep_latest=1, older_than=older_than),
    )


def test_only_the_age_of_what_would_change_is_asked_for() -> None:
    selected = select(request("1.0.0", "2.0.0"), THERE)
    assert to_be_dated([selected], {CORE_PACKAGE: THERE}) == ((CORE_PACKAGE, "1.2.0"),)


def test_without_a_limit_or_a_reading_no_age_is_asked_for() -> None:
    selected = select(request(older_than=None), THERE)
    assert to_be_dated([selected], {CORE_PACKAGE: THERE}) == ()
    denied = select(request(), DENIED)
    assert to_be_dated([denied], {CORE_PACKAGE: DENIED}) == ()


def test_what_is_young_or_of_no_known_age_is_left_alone_with_the_reason() -> None:
    selected = select(request(), THERE)
    ages = {(CORE_PACKAGE, "1.0.0"): MONTH - timedelta(seconds=1), (CORE_PACKAGE, "1.2.0"): None}

    found = leave_young(selected, ages)

    assert found.versions == ("1.1.0",)
    assert found.left_alone == {
        "1.3.0": "one of the newest 1",
        "1.0.0": "published less than 30 days ago",
        "1.2.0": "the service does not say when it was published",
    }


def test_what_is_just_old_enough_changes() -> None:
    selected = select(request(), THERE)
    ages = {(CORE_PACKAGE, version): MONTH for version in ("1.0.0", "1.2.0")}
    assert leave_young(selected, ages).versions == ("1.0.0", "1.1.0", "1.2.0")


@pytest.mark.parametrize(
    ("hours", "text"), [(1, "1 hour"), (36, "36 hours"), (24, "1 day"), (336, "14 days")]
)
def test_a_duration_is_told_in_days_if_it_is_whole_days(hours: int, text: str) -> None:
    assert duration(timedelta(hours=hours)) == text
