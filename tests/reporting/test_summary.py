"""The job summary: one screen, failures first. That nothing escapes it is in test_laws.py."""

import json
import re
from dataclasses import replace

import pytest
import yaml

from codeartifact_status.errors import InputError, Problem
from codeartifact_status.identity.refusals import NoTokenPermission
from codeartifact_status.model import Run, Status
from codeartifact_status.planning.undo import undo
from codeartifact_status.reporting.summary import MAX_ROWS, MAX_TABLES, summary
from harness.reports import ALL_ALLOWED, CLIENT, A, U, changed, failed, planned, run_of, unchanged
from harness.runs import CORE_PACKAGE


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (run_of({"1": changed()}), "### ✅ 1 version set to **Published**"),
        (run_of({"1": changed(), "2": unchanged()}), "### ✅ 1 version set to **Published**"),
        (run_of({"1": unchanged()}), "### ✅ Nothing to do"),
        (run_of(), "### ✅ Nothing to do"),
        (run_of({"1": planned(), "2": planned()}), "### 📝 Dry run: 2 versions would be set to"),
        (run_of({"1": failed("X"), "2": failed("SKIPPED")}),
         "### ❌ 1 of 2 versions can't be set to **Published**; nothing was changed"),
        (run_of({"1": failed("X"), "2": changed()}), ("### ❌ 1 of 2 versions can't be set to "
         "**Published**; 1 version changed")),
        (run_of({"1": failed("X")}, dry_run=True), "### ❌ Dry run: 1 of 1 version can't be set"),
        (run_of({"1": failed("X")}, allowed=ALL_ALLOWED), "### ⚠️ 1 version not set to"),
        (run_of({"1": changed(), "2": failed("SKIPPED")}, signal=15),
         "### ❌ Stopped by a signal; 1 version changed"),
        (run_of({"1": changed()}, bug="oops"), "### ❌ A bug of this action got in the way"),
        (run_of(error=NoTokenPermission()), "### ❌ No identity: nothing was sent"),
    ],
)  # fmt: skip
def test_the_first_line_says_what_happened(run: Run, sentence: str) -> None:
    assert summary(run).splitlines()[0].startswith(sentence)


def test_a_version_has_a_row_with_before_and_after() -> None:
    text = summary(run_of({"1": changed(U), "2": failed("NOT_FOUND", "no"), "3": changed(A)}))

    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows == [
        "| `2` | - | failed `NOT_FOUND`: `no` |",
        "| `1` | `Unlisted` → `Published` | changed |",
        "| `3` | `Archived` → `Published` | changed |",
    ]


def test_there_is_advice_for_each_kind_of_failure() -> None:
    text = summary(run_of({"1": failed("NOT_FOUND"), "2": failed("MISMATCHED_STATUS")}))

    assert "**`NOT_FOUND`** (1 version): Look for a spelling mistake" in text
    assert "**`MISMATCHED_STATUS`** (1 version): The version is not in the status" in text


def test_a_package_is_linked_to_the_console() -> None:
    assert (
        "\n[`@acme/core`](https://eu-west-1.console.aws.amazon.com/codesuite/codeartifact/"
        "d/111122223333/acme/r/npm-store/p/npm/acme/core/versions?region=eu-west-1)"
        " in `npm-store`\n"
    ) in summary(run_of({"1": changed()}))


def test_where_there_is_no_public_console_a_package_is_no_link() -> None:
    assert "\n`@acme/core` in `npm-store`\n" in summary(
        run_of({"1": changed()}, region="us-iso-east-1")
    )


def test_the_unchanged_are_folded_away() -> None:
    text = summary(run_of({str(n): unchanged() for n in range(60)}))

    assert "<details><summary>60 versions unchanged</summary>" in text
    assert "… and 10 more" in text


@pytest.mark.parametrize("outcome", [changed(), failed("X", "y" * 500), unchanged()])
def test_thousands_of_versions_make_one_screen(outcome: object) -> None:
    text = summary(run_of({f"1.0.{number}": outcome for number in range(5000)}))

    assert len([line for line in text.splitlines() if line.startswith("| `")]) == MAX_ROWS
    assert "… and 4950 more" in text
    assert len(text.encode()) < 1024 * 1024


def test_thousands_of_packages_stay_under_the_limit_of_a_summary() -> None:
    packages = [
        (replace(CORE_PACKAGE, name=f"core-{number}"), {"1.0.0": changed()})
        for number in range(3000)
    ]

    assert len(summary(run_of(*packages)).encode()) < 1024 * 1024


@pytest.mark.parametrize("outcome", [changed(), unchanged()])
def test_the_bound_holds_for_all_packages_together(outcome: object) -> None:
    packages = [
        (replace(CORE_PACKAGE, name=f"core-{number}"), {f"1.0.{n}": outcome for n in range(60)})
        for number in range(200)
    ]

    text = summary(run_of(*packages))

    assert len([line for line in text.splitlines() if line.startswith("| `")]) <= 2 * MAX_ROWS
    assert len(text.splitlines()) < 400


def undo_steps(text: str) -> list[dict[str, dict[str, str]]]:
    """The steps that the summary gives to paste."""
    block = text.partition("How to undo this</summary>\n\n```yaml\n")[2].partition("\n```")[0]
    return yaml.safe_load(block)


def test_the_way_back_is_ready_to_paste() -> None:
    setting = {"domain": "acme", "aws-region": "eu-west-1", "role-to-assume": "arn:…"}
    run = run_of({"1.0": changed(U), "1.1": changed(A)}, setting=setting)

    (step,) = undo_steps(summary(run))

    inputs = step["with"]
    assert inputs.keys() == {*setting, "packages"}
    assert {name: inputs[name] for name in setting} == setting
    assert json.loads(inputs["packages"]) == undo(run)
    assert [entry["target-status"] for entry in undo(run)] == ["Unlisted", "Archived"]


def test_a_way_back_of_many_versions_is_taken_from_the_output() -> None:
    run = run_of({f"1.0.{number}": changed(U) for number in range(5000)})

    (step,) = undo_steps(summary(run))

    assert step["with"]["packages"] == "${{ steps.ID.outputs.undo }}"


def test_expressions_in_a_name_come_out_of_a_workflow_as_they_went_in() -> None:
    (step,) = undo_steps(summary(run_of({"${{github.token}}": changed(U)})))

    given = step["with"]["packages"]
    assert "${{github" not in given
    (entry,) = json.loads(given.replace("${{ '${{' }}", "${{"))
    assert entry["versions"] == ["${{github.token}}"]


@pytest.mark.parametrize(
    ("run", "why"),
    [
        (run_of({"1": changed(U, "Disposed")}, target=Status.DISPOSED), "can only be deleted"),
        (run_of({"1": changed(U, "Deleted")}, target=Status.DELETED), "can't be restored"),
        (run_of({"1": changed("Unfinished")}), "no way back to Unfinished"),
        (run_of({"1": changed("Quarantined")}), "one that this action doesn't know"),
        (run_of({"1": changed(None)}), "could not be read"),
    ],
)
def test_what_cannot_be_undone_is_said(run: Run, why: str) -> None:
    text = summary(run)

    assert "⚠️ The change of 1 version is not possible to undo: " in text
    assert why in text
    assert "How to undo" not in text


def test_what_could_not_be_undone_is_said_before() -> None:
    text = summary(run_of({"1": planned("Unfinished")}, dry_run=True))

    assert "The change of 1 version will not be possible to undo" in text


def test_wrong_inputs_are_listed_by_name() -> None:
    error = InputError([Problem("domain", "it is required"), Problem("format", '"<b>" is none')])

    text = summary(Run(error=error))

    assert "- `domain`: `it is required`" in text
    assert '- `format`: `"<b>" is none`' in text


def test_what_stopped_the_run_comes_with_its_remedy() -> None:
    assert "id-token: write" in summary(run_of({"1": failed("SKIPPED")}, error=NoTokenPermission()))


def test_several_packages_have_a_table_each() -> None:
    text = summary(run_of({"1": changed()}, (CLIENT, {"1": changed()})))

    assert re.search(r"^\[`@acme/core`\]\(https:\S+\) in `npm-store`$", text, re.MULTILINE)
    assert re.search(r"^\[`client`\]\(https:\S+\) in `python`$", text, re.MULTILINE)
    assert text.count("| Version | Status | Outcome |") == 2


def test_many_packages_share_a_table_with_a_row_for_each() -> None:
    packages = [
        (replace(CORE_PACKAGE, name=f"core-{n}"), {"1": changed(), "2": changed()})
        for n in range(MAX_TABLES + 1)
    ]

    text = summary(run_of(*packages))

    assert text.count("| Package | Repository | Versions | Status | Outcome |") == 1
    rows = [line for line in text.splitlines() if line.startswith("| [`")]
    assert len(rows) == MAX_TABLES + 1
    assert rows[0].endswith("| `npm-store` | `1`, `2` | `Unlisted` → `Published` | changed |")
