"""What a query finds in the result."""

import json

import pytest

from codeartifact_status.model import Outcome, Status, Verdict
from codeartifact_status.reporting.outputs import outputs
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
