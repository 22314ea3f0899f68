"""The log: a group for each package, a line for each version, and the last line."""

from dataclasses import replace

from codeartifact_status.planning.choosing import Choice
from codeartifact_status.reporting.log import choice_lines, closing_line, log_groups
from harness.reports import CLIENT, U, changed, failed, planned, report_of, unchanged


def test_the_log_has_a_group_for_each_package_and_a_line_for_each_version() -> None:
    report = report_of(
        {"1.0": changed(), "1.0.1": unchanged(), "1.1": failed("X", "no", status=U)},
        (CLIENT, {"2": planned()}),
    )

    first, second = log_groups(report)

    assert first.title == (
        "@acme/core in acme/npm-store to Published: 1 changed, 1 unchanged, 1 failed"
    )
    assert [line.split() for line in first.lines] == [
        ["1.0", "Unlisted", "->", "Published", "changed"],
        ["1.0.1", "Published", "unchanged"],
        ["1.1", "Unlisted", "failed", "X:", "no"],
    ]
    assert second.lines == ("2  Unlisted -> Published  planned",)


def test_the_last_line_says_how_it_ended() -> None:
    assert closing_line(report_of({"1": changed(), "2": unchanged()})) == (
        "changed: 1 changed, 1 unchanged"
    )


def test_no_version_at_all_makes_no_group_fail() -> None:
    assert log_groups(report_of()) == []


def test_what_an_unread_version_was_is_not_made_up() -> None:
    (group,) = log_groups(report_of({"1": changed(None)}))

    assert "? -> Published" in group.lines[0]


def test_a_spelling_is_told_once_for_all_repositories() -> None:
    packages = [replace(CLIENT, repository=name) for name in ("dev", "prod")]
    stored_as = {(package, "1.0.0-rc.1"): "1.0.0rc1" for package in packages}

    assert list(choice_lines(Choice(stored_as=stored_as))) == [
        "client: 1.0.0-rc.1 is stored as 1.0.0rc1"
    ]


def test_of_many_spellings_some_are_told() -> None:
    stored_as = {(CLIENT, f"v{n}"): f"{n}" for n in range(1000)}

    *lines, last = choice_lines(Choice(stored_as=stored_as))

    assert len(lines) == 100
    assert last == "… and 900 more"
