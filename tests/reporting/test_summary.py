"""The job summary: one screen, failures first. That nothing escapes it is in test_laws.py."""

import re
from dataclasses import replace

import pytest

from codeartifact_status.errors import InputError, Problem
from codeartifact_status.identity.refusals import NoTokenPermission
from codeartifact_status.model import Outcome, Status
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.summary import MAX_ROWS, summary
from harness.rendering import assert_harmless
from harness.reports import (
    ALL_ALLOWED,
    A,
    U,
    changed,
    failed,
    many,
    planned,
    report_of,
    run_of,
    stuck_report,
    unchanged,
)
from harness.runs import CORE_PACKAGE

PROD = replace(CORE_PACKAGE, repository="npm-prod")


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        (report_of({"1": changed()}), "✅ `@acme/core 1` is **Published** in `npm-store`"),
        (report_of({"1": changed()}, (PROD, {"1": changed()})),
         "✅ `@acme/core 1` is **Published** in `npm-store` and `npm-prod`"),
        (report_of({"1": changed(), "2": unchanged()}),
         "✅ `@acme/core 1` set to **Published** in `npm-store`"),
        (report_of({"1": changed(), "2": changed(), "3": unchanged()}),
         "✅ 2 versions of `@acme/core` set to **Published** in `npm-store`"),
        (report_of(*many(3, changed())),
         "✅ 24 versions of 3 packages set to **Published** in `npm-store`"),
        (report_of({"1": changed(), "2": failed("X"), "3": failed("X")}, allowed=ALL_ALLOWED),
         "✅ `@acme/core 1` set to **Published** in `npm-store`; 2 failed, as allowed"),
        (report_of({"1": unchanged()}),
         "✅ Nothing to do: `@acme/core 1` is already **Published** in `npm-store`"),
        (report_of({"1": unchanged(), "2": unchanged()}),
         "✅ Nothing to do: 2 versions of `@acme/core` are already **Published** in `npm-store`"),
        (report_of(), "✅ Nothing to do: no package was given"),
        (report_of({"1": planned(), "2": planned()}),
         "📝 Dry run: 2 versions of `@acme/core` would be set to **Published** in `npm-store`"),
        (report_of({"1": failed("X")}),
         "❌ `@acme/core 1` can't be set to **Published** in `npm-store` (`X`)"),
        (report_of({"1": failed("X"), "2": failed("SKIPPED")}),
         ("❌ `@acme/core 1` can't be set to **Published** in `npm-store` (`X`); "
          "nothing was changed")),
        (report_of({"1": failed("X"), "2": failed("Y"), "3": changed()}),
         ("❌ 2 of 3 versions of `@acme/core` can't be set to **Published** in `npm-store`; "
          "1 version changed")),
        (report_of({"1": failed("X")}, dry_run=True), "❌ Dry run: `@acme/core 1` can't be set"),
        (report_of({"1": failed("X")}, allowed=ALL_ALLOWED),
         "⚠️ `@acme/core 1` not set to **Published** in `npm-store`, as allowed"),
        (report_of({"1": changed(), "2": failed("SKIPPED")}, signal=15),
         ("❌ Stopped by SIGTERM; 1 of 2 versions of `@acme/core` set to **Published** "
          "in `npm-store`")),
        (report_of({"1": changed()}, bug="oops"),
         "❌ Stopped by a bug in this action; `@acme/core 1` set to **Published** in `npm-store`"),
        (report_of({"1": failed("X")}, bug="oops"),
         "❌ Stopped by a bug in this action; nothing was changed in `npm-store`"),
        (report_of({"1": changed()}, (PROD, {"1": failed("X")}), allowed=ALL_ALLOWED),
         "✅ `@acme/core 1` is **Published** in `npm-store`; 1 failed, as allowed"),
        (report_of({"1": changed()}, (PROD, {"1": unchanged()})),
         "✅ `@acme/core 1` is **Published** in `npm-store` and `npm-prod`"),
        (report_of({"1": changed()}, (PROD, {"1": failed("X")})),
         ("❌ `@acme/core 1` can't be set to **Published** in `npm-prod` (`X`); "
          "set in `npm-store`")),
        (report_of({"1": changed()}, (PROD, {"2": failed("X")})),
         "❌ `@acme/core 2` can't be set to **Published** in `npm-prod` (`X`); 1 version changed"),
        (report_of({"1": failed("SKIPPED")}, (PROD, {"1": failed("X")})),
         ("❌ `@acme/core 1` can't be set to **Published** in `npm-prod` (`X`); "
          "nothing was changed")),
        (report_of({"1": planned()}, (PROD, {"1": unchanged()})),
         "📝 Dry run: `@acme/core 1` would be set to **Published** in `npm-store`"),
        (report_of({"1": changed()}, (PROD, {"1": failed("SKIPPED")}), signal=15),
         "❌ Stopped by SIGTERM; `@acme/core 1` set to **Published** in `npm-store`"),
        (report_of({"1": failed("UNREPORTED")}),
         ("❌ It is unknown whether `@acme/core 1` is **Published** in `npm-store` "
          "(`UNREPORTED`)")),
        (report_of({"1": failed("UNREPORTED"), "2": failed("UNREPORTED"), "3": unchanged()}),
         ("❌ It is unknown whether 2 versions of `@acme/core` are **Published** in `npm-store`; "
          "nothing else was changed")),
        (report_of({"1": failed("UNREPORTED"), "2": failed("X"), "3": failed("SKIPPED")}),
         ("❌ 2 of 3 versions of `@acme/core` can't be set to **Published** in `npm-store`; "
          "nothing else was changed")),
        (report_of({"1": failed("UNREPORTED"), "2": failed("SKIPPED")}, signal=15),
         ("❌ Stopped by SIGTERM; it is unknown whether `@acme/core 1` is **Published** "
          "in `npm-store`")),
        (report_of({"1": failed("UNREPORTED")}, allowed=ALL_ALLOWED),
         ("⚠️ It is unknown whether `@acme/core 1` is **Published** in `npm-store`, "
          "as allowed")),
        (report_of({"1": failed("SKIPPED")}, error=NoTokenPermission()),
         "❌ No OIDC token; nothing was sent"),
    ],
)  # fmt: skip
def test_the_first_line_says_what_happened_to_what(report: Report, sentence: str) -> None:
    assert summary(report).splitlines()[0].startswith(f"### {sentence}")


def test_of_several_targets_each_has_its_repositories() -> None:
    hidden = run_of((PROD, {"1": changed(after=A)}), target=Status.ARCHIVED)
    shown = run_of({"1": changed()})
    run = replace(
        shown,
        requests=(*shown.requests, *hidden.requests),
        outcomes={**shown.outcomes, **hidden.outcomes},
    )

    assert summary(Report(run=run)).startswith(
        "### ✅ `@acme/core 1` is **Published** in `npm-store` and **Archived** in `npm-prod`\n"
    )


def rows(text: str) -> list[str]:
    """The rows of all tables and lists, without the package that each begins with."""
    return [
        line.partition(")")[2].removeprefix(" |").removesuffix(" |").strip()
        for line in text.splitlines()
        if line.startswith(("| [`", "- [`"))
    ]


def test_a_row_has_the_versions_that_ended_alike_before_and_after() -> None:
    ended = {
        "1.3.0": changed(A),
        "1.2.0": failed("NOT_FOUND", "no"),
        "1.10.0": changed(U),
        "1.9.0": changed(U),
    }

    text = summary(report_of(ended))

    assert rows(text) == [
        "`1.2.0`: no",
        "`1.3.0` | Archived → Published",
        "`1.9.0`, `1.10.0` | Unlisted → Published",
    ]


def test_a_package_that_ended_alike_in_several_repositories_is_one_row() -> None:
    text = summary(report_of({"1": changed()}, (PROD, {"1": changed()})))

    assert rows(text) == ["`1` | Unlisted → Published"]


def test_the_repositories_of_a_row_are_told_where_the_headline_does_not_tell_them() -> None:
    text = summary(report_of({"1": changed()}, (PROD, {"1": changed(A)})))

    assert "| Package | Repository | Version | Status |" in text
    assert rows(text) == [
        "`npm-store` | `1` | Unlisted → Published",
        "`npm-prod` | `1` | Archived → Published",
    ]


def test_a_headline_that_speaks_of_some_repositories_leaves_none_unsaid() -> None:
    everywhere = [(package, {"1": changed()}) for package in (CORE_PACKAGE, PROD)]
    text = summary(report_of(*everywhere, (replace(PROD, name="ui"), {"1": failed("X", "no")})))

    assert rows(text) == [
        "`1` in `npm-prod`: no",
        "`npm-store`, `npm-prod` | `1` | Unlisted → Published",
    ]


def test_what_differs_only_by_a_name_is_told_once() -> None:
    text = summary(
        report_of(
            {
                f"1.{n}": failed(
                    "NOT_FOUND", f"Could not find version 1.{n} in repository npm-store"
                )
                for n in range(20)
            }
        )
    )

    assert rows(text) == ["`1.0` … `1.19` (20 versions): Could not find it"]
    listed = text.partition("All 20 versions by name</summary>")[2].partition("</details>")[0]
    assert listed.count(" 1.") + listed.count("`1.") == 20


def test_our_own_sentences_are_text_and_only_what_is_no_word_is_code() -> None:
    message = "did you mean v1.3.0 or <b>1</b>? YAML drops zeros: quote *it*"

    text = summary(report_of({"1": failed("NOT_FOUND", message)}))

    assert rows(text) == ["`1`: did you mean v1.3.0 or `<b>1</b>`? YAML drops zeros: quote `*it*`"]


def test_what_changed_is_shown_however_much_failed_as_allowed() -> None:
    gone = {f"1.0.{n}": failed("NOT_FOUND", f"no version 1.0.{n}") for n in range(1196)}
    done = {f"2.0.{n}": changed() for n in range(4)}

    text = summary(report_of({**gone, **done}, allowed=ALL_ALLOWED))

    shown, _, folded = text.partition("<details>")
    assert rows(shown) == ["`2.0.0`, `2.0.1`, `2.0.2`, `2.0.3` | Unlisted → Published"]
    assert "<summary>1196 versions failed, as allowed</summary>" in folded


def test_there_is_advice_for_each_kind_of_failure_and_none_for_what_was_only_held_back() -> None:
    text = summary(
        report_of(
            {"1": failed("NOT_FOUND"), "2": failed("MISMATCHED_STATUS"), "3": failed("SKIPPED")}
        )
    )

    for code, advice in (("NOT_FOUND", "Check that"), ("MISMATCHED_STATUS", "The current status")):
        kind = text.partition(f"**`{code}`** (1 version)\n\n")[2].partition("\n\n**")[0]
        assert kind.startswith("- [`@acme/core`]")
        assert f"\n\n{advice}" in kind
    assert "**`SKIPPED`**" not in text
    assert "<summary>1 version held back</summary>" in text


def test_a_package_is_linked_to_the_console() -> None:
    assert (
        "\n| [`@acme/core`](https://eu-west-1.console.aws.amazon.com/codesuite/codeartifact/"
        "d/111122223333/acme/r/npm-store/p/npm/acme/core/versions?region=eu-west-1) |"
    ) in summary(report_of({"1": changed()}))


def test_where_there_is_no_public_console_a_package_is_no_link() -> None:
    assert "\n| `@acme/core` | `1` |" in summary(
        report_of({"1": changed()}, region="us-iso-east-1")
    )


@pytest.mark.parametrize("ended", [changed(), failed("X", "y" * 500), unchanged()])
def test_thousands_of_versions_are_one_row_and_a_bounded_list(ended: Outcome) -> None:
    text = summary(report_of({f"1.0.{number}": ended for number in range(5000)}))

    (row,) = rows(text)
    assert row.startswith("`1.0.0` … `1.0.4999` (5000 versions)")
    assert re.search(r"1\.0\.\d+` … and \d+ more", text)
    assert len(text.encode()) < 1024 * 1024


def test_thousands_of_packages_stay_under_the_limit_of_a_summary() -> None:
    packages = [
        (replace(CORE_PACKAGE, name=f"core-{number}"), {"1.0.0": changed()})
        for number in range(3000)
    ]

    assert len(summary(report_of(*packages)).encode()) < 1024 * 1024


def test_wrong_inputs_are_listed_by_name() -> None:
    error = InputError([Problem("domain", "it is required"), Problem("format", '"<b>" is none')])

    text = summary(report_of(error=error))

    assert "- `domain`: it is required" in text
    assert '- `format`: `"<b>"` is none' in text


def test_what_stopped_the_run_comes_with_its_remedy() -> None:
    assert "id-token: write" in summary(
        report_of({"1": failed("SKIPPED")}, error=NoTokenPermission())
    )


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
    inner = r"(?s)<details>(?:(?!<details>).)*?</details>"
    outside = re.sub(inner, "", re.sub(inner, "", text))
    assert len(outside.splitlines()) < 2 * MAX_ROWS + 30
    assert outside.count("… and 400 more versions") == 2
    # A line a package, with the first and the last of its versions; all of them in the list.
    assert "`1.0.0` … `1.7.0` (8 versions)" in outside
    assert "- `@acme/p199`: `1.0.0, 1.1.0," in text
    assert "<summary>800 versions unchanged</summary>" in text
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


def test_what_failed_as_allowed_is_told_by_how_many_and_not_each_by_its_message() -> None:
    near = {f"1.{n}": failed("NOT_FOUND", f"no version 1.{n}; nearest: 2.{n}") for n in range(9)}

    text = summary(report_of({**near, "2.0": failed("X")}, allowed=ALL_ALLOWED))

    assert rows(text) == ["`1.0` … `1.8` (9 versions)", "`2.0`"]
    assert "**`NOT_FOUND`** (9 versions)" in text
    assert "nearest" not in text


def test_a_reason_that_all_share_is_told_once() -> None:
    held_back = failed("SKIPPED", "version 1 is skipped: nothing was sent")

    text = summary(report_of({"1": held_back, "2": failed("X")}, (PROD, {"1": held_back})))

    assert text.count("nothing was sent") == 1


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
