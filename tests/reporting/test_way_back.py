"""The way back in the summary: ready to paste, and what can't be undone."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml

from codeartifact_status.model import Status
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.summary import summary
from harness.reports import A, U, changed, planned, report_of
from harness.runs import CORE_PACKAGE

SETTING = {"domain": "acme", "aws-region": "eu-west-1", "role-to-assume": "arn:…"}


def block(text: str, language: str) -> str:
    """What the summary gives to paste."""
    way = text.partition("How to undo this</summary>\n\n")[2]
    return way.partition(f"```{language}\n")[2].partition("\n```")[0]


def steps(text: str) -> list[dict[str, Any]]:
    pasted: list[dict[str, Any]] = yaml.safe_load(block(text, "yaml"))
    return pasted


def entries_of(inputs: Mapping[str, str]) -> list[dict[str, Any]]:
    """The undo that a step's inputs make: what they share, and its entries."""
    shared = {name: inputs[name] for name in inputs if name not in {*SETTING, "packages"}}
    return [
        # The keys of the revisions stand for the versions.
        {"namespace": None, "versions": list(entry["version-revisions"]), **shared, **entry}
        for entry in json.loads(inputs["packages"])
    ]


def test_the_way_back_is_ready_to_paste_as_a_step() -> None:
    report = report_of({"1.0": changed(U), "1.1": changed(A)}, setting=SETTING)

    (step,) = steps(summary(report))

    assert {name: step["with"][name] for name in SETTING} == SETTING
    assert entries_of(step["with"]) == report.undo
    assert [entry["target-status"] for entry in report.undo] == ["Unlisted", "Archived"]


def test_the_way_back_is_ready_to_paste_at_a_shell_without_the_identity_of_the_job() -> None:
    report = report_of({"1.0": changed(U), "1.1": changed(A)}, setting=SETTING)

    words = shlex.split(block(summary(report), "sh"))

    given = dict(zip(words[1::2], words[2::2], strict=True))
    assert words[0] == "codeartifact-status"
    assert "--role-to-assume" not in given
    assert given["--region"] == "eu-west-1"
    of_others = {"--region", "--domain"}
    inputs = {name[2:]: said for name, said in given.items() if name not in of_others}
    assert entries_of(inputs) == report.undo


def test_what_all_entries_share_is_said_once() -> None:
    names = ("core", "ui", "cli")
    packages = [(replace(CORE_PACKAGE, name=name), {"1.0": changed(U)}) for name in names]
    report = report_of(*packages, setting=SETTING)

    (step,) = steps(summary(report))

    assert step["with"]["namespace"] == "acme"
    assert [list(entry) for entry in json.loads(step["with"]["packages"])] == [
        ["package", "version-revisions"]
    ] * 3
    assert entries_of(step["with"]) == report.undo


def test_a_package_without_a_namespace_gets_none_from_another() -> None:
    bare = replace(CORE_PACKAGE, namespace=None)
    report = report_of({"1.0": changed(U)}, (bare, {"1.0": changed(U)}))

    (step,) = steps(summary(report))

    assert [entry["namespace"] for entry in json.loads(step["with"]["packages"])] == ["acme", None]
    assert "namespace" not in step["with"]


def test_a_way_back_that_is_too_long_for_an_input_goes_through_a_file() -> None:
    report = report_of({f"1.0.{number}": changed(U) for number in range(10_000)}, setting=SETTING)
    text = summary(report)

    writing, step = steps(text)

    assert len(text.encode()) < 1024 * 1024
    for script in (writing["run"], block(text, "sh")):
        document = script.partition("<<'END'\n")[2].partition("\nEND")[0]
        assert list(json.loads(document)[0]["version-revisions"]) == report.undo[0]["versions"]
    assert step["with"]["packages"] == "@undo.json"
    assert block(text, "sh").endswith("--packages @undo.json")


def test_a_way_back_that_is_too_long_for_a_summary_is_said_to_be_where_it_is() -> None:
    versions = {f"1.0.{number}": changed(U) for number in range(30_000)}

    text = summary(report_of(versions, undo_file="back.json"))

    assert (
        "The undo of 30000 versions is too long to show here. It is in the output `undo` and "
        in text
    )
    assert "`back.json`; pass it to this action as `packages`." in text


def test_expressions_in_a_name_come_out_of_a_workflow_as_they_went_in() -> None:
    setting = {**SETTING, "domain": "${{github.token}}"}

    (step,) = steps(summary(report_of({"${{github.token}}": changed(U)}, setting=setting)))

    given = step["with"]["packages"]
    assert "${{github" not in given
    (entry,) = json.loads(given.replace("${{ '${{' }}", "${{"))
    assert list(entry["version-revisions"]) == ["${{github.token}}"]
    assert step["with"]["domain"] == "${{ '${{' }}github.token}}"


@pytest.mark.parametrize(
    ("report", "why"),
    [
        (report_of({"1": changed(U, "Disposed")}, target=Status.DISPOSED), "can only be deleted"),
        (report_of({"1": changed(U, "Deleted")}, target=Status.DELETED), "can't be restored"),
        (report_of({"1": changed("Unfinished")}), "can't set a version back to Unfinished"),
        (report_of({"1": changed("Quarantined")}), "unknown to this action"),
        (report_of({"1": changed(None)}), "could not be read"),
    ],
)
def test_what_cannot_be_undone_is_said(report: Report, why: str) -> None:
    text = summary(report)

    assert "⚠️ The change of 1 version can't be undone: " in text
    assert why in text
    assert "How to undo" not in text


def test_what_could_not_be_undone_is_said_before() -> None:
    text = summary(report_of({"1": planned("Unfinished")}, dry_run=True))

    assert "The change of 1 version can't be undone afterwards" in text
