"""The way back in the summary: ready to paste, and what can't be undone."""

import json

import pytest
import yaml

from codeartifact_status.model import Status
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.summary import summary
from harness.reports import A, U, changed, planned, report_of


def undo_steps(text: str) -> list[dict[str, dict[str, str]]]:
    """The steps that the summary gives to paste."""
    block = text.partition("How to undo this</summary>\n\n```yaml\n")[2].partition("\n```")[0]
    return yaml.safe_load(block)


def test_the_way_back_is_ready_to_paste() -> None:
    setting = {"domain": "acme", "aws-region": "eu-west-1", "role-to-assume": "arn:…"}
    report = report_of({"1.0": changed(U), "1.1": changed(A)}, setting=setting)

    (step,) = undo_steps(summary(report))

    inputs = step["with"]
    assert inputs.keys() == {*setting, "packages"}
    assert {name: inputs[name] for name in setting} == setting
    assert json.loads(inputs["packages"]) == report.undo
    assert [entry["target-status"] for entry in report.undo] == ["Unlisted", "Archived"]


def test_a_way_back_of_many_versions_is_taken_from_the_output() -> None:
    report = report_of({f"1.0.{number}": changed(U) for number in range(5000)})

    (step,) = undo_steps(summary(report))

    assert step["with"]["packages"] == "${{ steps.ID.outputs.undo }}"


def test_expressions_in_a_name_come_out_of_a_workflow_as_they_went_in() -> None:
    (step,) = undo_steps(summary(report_of({"${{github.token}}": changed(U)})))

    given = step["with"]["packages"]
    assert "${{github" not in given
    (entry,) = json.loads(given.replace("${{ '${{' }}", "${{"))
    assert entry["versions"] == ["${{github.token}}"]


def test_expressions_in_an_input_do_so_as_well_beside_an_undo_that_is_too_long_to_paste() -> None:
    versions = {f"1.0.{number}": changed(U) for number in range(5000)}

    (step,) = undo_steps(summary(report_of(versions, setting={"domain": "${{github.token}}"})))

    assert step["with"]["domain"] == "${{ '${{' }}github.token}}"
    assert step["with"]["packages"] == "${{ steps.ID.outputs.undo }}"


@pytest.mark.parametrize(
    ("report", "why"),
    [
        (report_of({"1": changed(U, "Disposed")}, target=Status.DISPOSED), "can only be deleted"),
        (report_of({"1": changed(U, "Deleted")}, target=Status.DELETED), "can't be restored"),
        (report_of({"1": changed("Unfinished")}), "no way back to Unfinished"),
        (report_of({"1": changed("Quarantined")}), "one that this action doesn't know"),
        (report_of({"1": changed(None)}), "could not be read"),
    ],
)
def test_what_cannot_be_undone_is_said(report: Report, why: str) -> None:
    text = summary(report)

    assert "⚠️ The change of 1 version is not possible to undo: " in text
    assert why in text
    assert "How to undo" not in text


def test_what_could_not_be_undone_is_said_before() -> None:
    text = summary(report_of({"1": planned("Unfinished")}, dry_run=True))

    assert "The change of 1 version will not be possible to undo" in text
