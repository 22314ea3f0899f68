"""The outputs: always all of them, keyed as in the API, cut where a runner would drop them."""

import json
from typing import Any

import pytest

from codeartifact_status.errors import InputError, Problem
from codeartifact_status.model import Outcome, Verdict
from codeartifact_status.reporting.documents import all_versions, compact
from codeartifact_status.reporting.outputs import (
    MAX_GITLAB,
    MAX_OUTPUTS,
    OUTPUTS,
    dotenv,
    fitted,
    outputs,
)
from codeartifact_status.reporting.report import Report
from harness.reports import (
    CLIENT,
    P,
    changed,
    failed,
    many,
    planned,
    read_dotenv,
    report_of,
    unchanged,
)

WRONG = InputError([Problem("domain", "it is required")])


def read(report: Report) -> dict[str, Any]:
    """The outputs, all JSON but for ``outcome``, and ``query-result`` where nothing was asked."""
    found = fitted(outputs(report))
    assert report.presentation.query is not None or found["query-result"] == ""
    return {
        name: value if name == "outcome" else json.loads(value)
        for name, value in found.items()
        if name != "query-result" or report.presentation.query is not None
    }


def test_all_outputs_are_always_there() -> None:
    for report in (
        report_of(),
        report_of(error=WRONG),
        report_of({"1": changed()}),
        report_of(bug="oops"),
    ):
        assert tuple(outputs(report)) == tuple(OUTPUTS)
        read(report)


def test_one_package_is_keyed_by_version_as_in_the_api() -> None:
    report = report_of({"1": changed(), "2": unchanged(), "3": failed("X", "no"), "4": planned()})

    assert {
        name: value for name, value in read(report).items() if name not in {"result", "undo"}
    } == {
        "outcome": "failed",
        "successful-versions": {
            "1": {"revision": "r", "status": P},
            "2": {"revision": "r", "status": P},
        },
        "failed-versions": {"3": {"errorCode": "X", "errorMessage": "no"}},
        "changed-count": 1,
        "unchanged-count": 1,
        "planned-count": 1,
        "failed-count": 1,
    }


def test_several_packages_are_keyed_by_package_url() -> None:
    report = report_of({"1": changed()}, (CLIENT, {"1": failed("NOT_FOUND")}))

    assert list(read(report)["successful-versions"]) == [
        "pkg:npm/%40acme/core@1?repository=npm-store"
    ]
    assert list(read(report)["failed-versions"]) == ["pkg:pypi/client@1?repository=python"]


def test_outputs_that_a_runner_would_drop_are_cut_and_say_so() -> None:
    versions = {f"1.0.{number}": changed() for number in range(20_000)}

    values = fitted(outputs(report_of(versions)))

    assert sum(map(len, values.values())) <= MAX_OUTPUTS
    assert json.loads(values["result"])["truncated"] is True
    assert values["changed-count"] == "20000"


def test_what_is_larger_than_all_limits_is_cut_as_a_whole() -> None:
    versions = {f"1.0.{number}-{'x' * 200}": failed("X", "y" * 400) for number in range(3_000)}

    values = fitted(outputs(report_of(versions)))

    assert sum(map(len, values.values())) <= MAX_OUTPUTS
    for name in ("result", "failed-versions", "undo", "successful-versions"):
        json.loads(values[name])


def test_the_outputs_of_very_many_versions_name_the_files_that_hold_them() -> None:
    report = report_of(*many(800, changed()))
    values = fitted(outputs(report))
    assert sum(map(len, values.values())) <= MAX_OUTPUTS
    assert json.loads(values["result"])["truncated"] is True
    assert "result-file" in json.loads(values["result"])["message"]
    assert len(json.loads(report.result_json)["packages"]) == 800


@pytest.mark.parametrize(
    "ended",
    [
        Outcome(verdict=Verdict.CHANGED, before=None, after="", revision=""),
        Outcome.failed("", ""),
        planned(""),
    ],
)
@pytest.mark.parametrize("count", [3_000, 5_001, 6_000, 15_000, 17_000])
def test_only_what_would_be_cut_is_not_made(count: int, ended: Outcome) -> None:
    report = report_of({f"{number:x}": ended for number in range(count)})
    made = outputs(report)

    whole = made | {
        "result": report.result_json,
        "successful-versions": compact(all_versions(report.run, "successfulVersions")),
        "failed-versions": compact(all_versions(report.run, "failedVersions")),
    }

    assert fitted(made) == fitted(whole)


# --- The lines of a dotenv file. -----------------------------------------------------------------


def test_dotenv_lines_hold_what_the_outputs_hold() -> None:
    hostile = failed("X", "a b\n c=$(d) 'e' \"f\" `g` #h \\ ü")
    values = fitted(outputs(report_of({"1 =": changed(), "2": hostile})))

    read = read_dotenv(dotenv(values))

    assert list(read) == [name.upper().replace("-", "_") for name in values]
    for name, value in values.items():
        shown = read[name.upper().replace("-", "_")]
        assert _parsed(shown) == _parsed(value)


def _parsed(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def test_a_dotenv_file_keeps_to_its_limit_whatever_the_sizes() -> None:
    for count in range(0, 60, 7):
        versions = {f"1.0.{number}": changed() for number in range(count)}
        text = dotenv(fitted(outputs(report_of(versions))), most=MAX_GITLAB)

        assert len(text.encode()) <= MAX_GITLAB
