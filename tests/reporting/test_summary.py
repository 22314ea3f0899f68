"""The job summary: one screen, failures first. That nothing escapes it is in test_laws.py."""

import re
from dataclasses import replace

import pytest

from codeartifact_status.errors import InputError, Problem
from codeartifact_status.identity.refusals import NoTokenPermission
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.summary import MAX_ROWS, MAX_TABLES, summary
from harness.rendering import assert_harmless
from harness.reports import (
    ALL_ALLOWED,
    CLIENT,
    A,
    U,
    changed,
    failed,
    many,
    planned,
    report_of,
    stuck_report,
    unchanged,
)
from harness.runs import CORE_PACKAGE


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        (report_of({"1": changed()}), "### ✅ 1 version set to **Published**"),
        (report_of({"1": changed(), "2": unchanged()}), "### ✅ 1 version set to **Published**"),
        (report_of({"1": unchanged()}), "### ✅ Nothing to do"),
        (report_of(), "### ✅ Nothing to do"),
        (report_of({"1": planned(), "2": planned()}), "### 📝 Dry run: 2 versions would be set to"),
        (report_of({"1": failed("X"), "2": failed("SKIPPED")}),
         "### ❌ 1 of 2 versions can't be set to **Published**; nothing was changed"),
        (report_of({"1": failed("X"), "2": changed()}), ("### ❌ 1 of 2 versions can't be set to "
         "**Published**; 1 version changed")),
        (report_of({"1": failed("X")}, dry_run=True),
         "### ❌ Dry run: 1 of 1 version can't be set"),
        (report_of({"1": failed("X")}, allowed=ALL_ALLOWED), "### ⚠️ 1 version not set to"),
        (report_of({"1": changed(), "2": failed("SKIPPED")}, signal=15),
         "### ❌ Stopped by a signal; 1 version changed"),
        (report_of({"1": changed()}, bug="oops"), "### ❌ A bug of this action got in the way"),
        (report_of(error=NoTokenPermission()), "### ❌ No identity: nothing was sent"),
    ],
)  # fmt: skip
def test_the_first_line_says_what_happened(report: Report, sentence: str) -> None:
    assert summary(report).splitlines()[0].startswith(sentence)


def test_a_version_has_a_row_with_before_and_after() -> None:
    text = summary(report_of({"1": changed(U), "2": failed("NOT_FOUND", "no"), "3": changed(A)}))

    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows == [
        "| `2` | - | failed `NOT_FOUND`: `no` |",
        "| `1` | `Unlisted` → `Published` | changed |",
        "| `3` | `Archived` → `Published` | changed |",
    ]


def test_there_is_advice_for_each_kind_of_failure() -> None:
    text = summary(report_of({"1": failed("NOT_FOUND"), "2": failed("MISMATCHED_STATUS")}))

    assert "**`NOT_FOUND`** (1 version): Look for a spelling mistake" in text
    assert "**`MISMATCHED_STATUS`** (1 version): The version is not in the status" in text


def test_a_package_is_linked_to_the_console() -> None:
    assert (
        "\n[`@acme/core`](https://eu-west-1.console.aws.amazon.com/codesuite/codeartifact/"
        "d/111122223333/acme/r/npm-store/p/npm/acme/core/versions?region=eu-west-1)"
        " in `npm-store`\n"
    ) in summary(report_of({"1": changed()}))


def test_where_there_is_no_public_console_a_package_is_no_link() -> None:
    assert "\n`@acme/core` in `npm-store`\n" in summary(
        report_of({"1": changed()}, region="us-iso-east-1")
    )


def test_the_unchanged_are_folded_away() -> None:
    text = summary(report_of({str(n): unchanged() for n in range(60)}))

    assert "<details><summary>60 versions unchanged</summary>" in text
    assert "… and 10 more" in text


@pytest.mark.parametrize("outcome", [changed(), failed("X", "y" * 500), unchanged()])
def test_thousands_of_versions_make_one_screen(outcome: object) -> None:
    text = summary(report_of({f"1.0.{number}": outcome for number in range(5000)}))

    assert len([line for line in text.splitlines() if line.startswith("| `")]) == MAX_ROWS
    assert "… and 4950 more" in text
    assert len(text.encode()) < 1024 * 1024


def test_thousands_of_packages_stay_under_the_limit_of_a_summary() -> None:
    packages = [
        (replace(CORE_PACKAGE, name=f"core-{number}"), {"1.0.0": changed()})
        for number in range(3000)
    ]

    assert len(summary(report_of(*packages)).encode()) < 1024 * 1024


@pytest.mark.parametrize("outcome", [changed(), unchanged()])
def test_the_bound_holds_for_all_packages_together(outcome: object) -> None:
    packages = [
        (replace(CORE_PACKAGE, name=f"core-{number}"), {f"1.0.{n}": outcome for n in range(60)})
        for number in range(200)
    ]

    text = summary(report_of(*packages))

    assert len([line for line in text.splitlines() if line.startswith("| `")]) <= 2 * MAX_ROWS
    assert len(text.splitlines()) < 400


def test_wrong_inputs_are_listed_by_name() -> None:
    error = InputError([Problem("domain", "it is required"), Problem("format", '"<b>" is none')])

    text = summary(report_of(error=error))

    assert "- `domain`: `it is required`" in text
    assert '- `format`: `"<b>" is none`' in text


def test_what_stopped_the_run_comes_with_its_remedy() -> None:
    assert "id-token: write" in summary(
        report_of({"1": failed("SKIPPED")}, error=NoTokenPermission())
    )


def test_several_packages_have_a_table_each() -> None:
    text = summary(report_of({"1": changed()}, (CLIENT, {"1": changed()})))

    assert re.search(r"^\[`@acme/core`\]\(https:\S+\) in `npm-store`$", text, re.MULTILINE)
    assert re.search(r"^\[`client`\]\(https:\S+\) in `python`$", text, re.MULTILINE)
    assert text.count("| Version | Status | Outcome |") == 2


def test_many_packages_share_a_table_with_a_row_for_each() -> None:
    packages = [
        (replace(CORE_PACKAGE, name=f"core-{n}"), {"1": changed(), "2": changed()})
        for n in range(MAX_TABLES + 1)
    ]

    text = summary(report_of(*packages))

    assert text.count("| Package | Repository | Versions | Status | Outcome |") == 1
    rows = [line for line in text.splitlines() if line.startswith("| [`")]
    assert len(rows) == MAX_TABLES + 1
    assert rows[0].endswith("| `npm-store` | `1`, `2` | `Unlisted` → `Published` | changed |")


def test_the_headline_says_how_many_of_those_that_were_changed_are_stuck() -> None:
    assert "1 of 2 versions changed could not be put back" in summary(stuck_report())


# --- The summary of many. ------------------------------------------------------------------------


def test_the_summary_of_many_packages_stays_on_one_screen() -> None:
    report = report_of(
        *many(100, unchanged()),
        *many(100, changed(), start=100),
        *many(100, failed("NOT_FOUND"), start=200),
    )
    text = summary(report)
    assert_harmless(text)
    shown = text.partition("<details>")[0]
    assert len(shown.splitlines()) < MAX_ROWS + 15
    assert f"… and {200 - MAX_ROWS} more" in shown
    # A line a package, and a few of its versions.
    assert "`1.4.0` and 3 more" in shown
    # What was unchanged is folded, bounded and counted.
    assert "<summary>800 versions unchanged</summary>" in text
    folded = text.partition("800 versions unchanged")[2].partition("</details>")[0]
    assert folded.count("\n| ") == MAX_ROWS + 2
    assert f"… and {100 - MAX_ROWS} more" in folded
    assert text.count("<details>") == text.count("</details>")


@pytest.mark.parametrize("count", [300, 8000])
def test_the_summary_of_many_wrong_entries_stays_on_one_screen_and_shows_the_first(
    count: int,
) -> None:
    problems = [
        Problem(f"packages, entry {n}: format", "none of " + "x" * 60) for n in range(count)
    ]
    text = summary(report_of(error=InputError(problems)))
    assert "packages, entry 0: format" in text
    assert len(text.splitlines()) < MAX_ROWS + 15


def test_failures_come_first_in_the_summary_of_many() -> None:
    report = report_of(
        *many(10, changed()),
        *many(5, failed("SKIPPED", status=U), start=10),
        *many(1, failed("NOT_FOUND"), start=90),
        *many(10, unchanged(), start=20),
    )
    text = summary(report)
    assert text.index("`@acme/p90`") < text.index("`@acme/p0`") < text.index("`@acme/p10`")
    assert "<summary>40 versions held back</summary>" in text
    shown = text.partition("<details>")[0]
    assert "@acme/p10`" not in shown
    assert "@acme/p20`" not in shown
