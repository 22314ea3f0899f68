"""What a query finds in the result."""

import json

import pytest

from codeartifact_status.model import Outcome, Status, Verdict
from codeartifact_status.reporting.answer import LONGEST_REASON
from codeartifact_status.reporting.outputs import outputs
from codeartifact_status.reporting.summary import summary
from harness.reports import U, changed, failed, report_of


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("packages[].versions[?outcome=='changed'][].version", ["1.0.0"]),
        ("packages[].failedVersions", [{"1.1.0": {"errorCode": "X", "errorMessage": "because"}}]),
        ("nothing", None),
        ("length(packages[0].versions)", 2),
    ],
)
def test_a_query_is_answered_from_the_result(query: str, expected: object) -> None:
    report = report_of({"1.0.0": changed(), "1.1.0": failed("X")}, query=query)
    assert json.loads(outputs(report)["query-result"]) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("packages[0].versions[?starts_with(after, 'Pub')].version", ["1.0.0"]),
        ("length(packages[0].versions[0].after)", 9),
    ],
)
def test_a_query_finds_texts_where_the_result_has_texts(query: str, expected: object) -> None:
    outcome = Outcome(verdict=Verdict.CHANGED, before=U, after=Status.PUBLISHED, revision="r")
    report = report_of({"1.0.0": outcome}, query=query)
    assert json.loads(outputs(report)["query-result"]) == expected


def test_without_a_query_its_result_is_empty() -> None:
    assert outputs(report_of({"1.0.0": changed()}))["query-result"] == ""


@pytest.mark.parametrize(
    "query", ["packages[].versions[?contains(version, `1`)][]", "sum(packages)", "packages[::0]"]
)
def test_a_query_without_an_answer_fails_the_step_beside_all_other_outputs(query: str) -> None:
    report = report_of({"1.0.0": changed()}, query=query)
    found = outputs(report)

    assert report.exit_code == 1
    error = json.loads(found["query-result"])["error"]
    assert 0 < len(error) <= LONGEST_REASON + 1
    assert (found["outcome"], found["changed-count"]) == ("failed", "1")
    assert json.loads(found["result"])["outcome"] == "failed"
    assert len(json.loads(found["undo"])) == 1
    assert summary(report).startswith(
        "### ❌ The query can't be evaluated; `@acme/core 1.0.0` set to"
    )


def test_a_query_sees_the_outcome_that_the_step_has_without_it() -> None:
    assert outputs(report_of({"1.0.0": changed()}, query="outcome"))["query-result"] == '"changed"'
