"""What came of a run: exit code, outcome, kinds of failure."""

from dataclasses import replace
from typing import Any

import pytest

from codeartifact_status.errors import (
    ExitCode,
    InputError,
    Interrupted,
    NotAsked,
    Problem,
)
from codeartifact_status.identity.refusals import NoTokenPermission
from codeartifact_status.model import Allowed, Key, Outcome, Status
from codeartifact_status.reporting.annotations import annotations
from codeartifact_status.reporting.log import MAX_LINES, closing_line, log_groups
from codeartifact_status.reporting.outputs import fitted, outputs
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.summary import summary
from codeartifact_status.reporting.way_back import irreversible
from harness.reports import (
    ALL_ALLOWED,
    changed,
    failed,
    planned,
    report_of,
    run_of,
    stuck_report,
    unchanged,
)

NOT_FOUND_ALLOWED = Allowed(codes=frozenset({"NOT_FOUND"}))
NOT_ASKED = NotAsked(where="there", reason="X: no")
WRONG = InputError([Problem("domain", "it is required")])


@pytest.mark.parametrize(
    ("report", "code", "outcome"),
    [
        (report_of({"1": changed()}), 0, "changed"),
        (report_of({"1": changed(), "2": unchanged()}), 0, "changed"),
        (report_of({"1": unchanged()}), 0, "unchanged"),
        (report_of(), 0, "unchanged"),
        (report_of({"1": planned(), "2": unchanged()}, dry_run=True), 0, "planned"),
        (report_of({"1": unchanged()}, dry_run=True), 0, "unchanged"),
        (report_of({"1": failed("NOT_FOUND")}), 1, "failed"),
        (report_of({"1": changed(), "2": failed("NOT_FOUND")}), 1, "failed"),
        (report_of({"1": failed("NOT_FOUND")}, allowed=ALL_ALLOWED), 0, "unchanged"),
        (report_of({"1": failed("NOT_FOUND")}, allowed=NOT_FOUND_ALLOWED), 0, "unchanged"),
        (report_of({"1": failed("SKIPPED")}, allowed=NOT_FOUND_ALLOWED), 1, "failed"),
        (report_of({"1": changed(), "2": failed("X")}, allowed=ALL_ALLOWED), 0, "changed"),
        (report_of({"1": failed("SKIPPED")}, error=WRONG), 2, "failed"),
        (report_of({"1": failed("SKIPPED")}, error=NoTokenPermission()), 3, "failed"),
        (report_of({"1": failed("SKIPPED")}, error=NOT_ASKED), 4, "failed"),
        (report_of({"1": failed("SKIPPED")}, error=NOT_ASKED, allowed=ALL_ALLOWED), 4, "failed"),
        (report_of({"1": changed()}, bug="oops"), 70, "failed"),
        (report_of({"1": changed()}, signal=15), 143, "failed"),
        (report_of(error=Interrupted("SIGINT"), signal=2), 130, "failed"),
        (report_of(signal=15, bug="oops"), 143, "failed"),
    ],
)
def test_the_exit_code_and_the_outcome_tell_the_truth(
    report: Report, code: int, outcome: str
) -> None:
    assert report.exit_code == code
    assert report.outcome == outcome


def test_exit_codes_are_those_of_the_contract() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "SUCCESS": 0, "FAILED_VERSIONS": 1, "WRONG_INPUT": 2, "NO_IDENTITY": 3, "NOT_ASKED": 4,
        "OUR_BUG": 70,
    }  # fmt: skip


def test_what_is_to_be_mended_comes_before_what_was_put_back() -> None:
    kinds = [trouble.code for trouble in stuck_report().troubles]
    assert kinds == ["MISMATCHED_STATUS", "ROLLED_BACK"]


class Counting(dict[Key, Outcome]):
    """Outcomes that count how often one is looked up."""

    looks = 0

    def __getitem__(self, key: Key) -> Outcome:
        self.looks += 1
        return super().__getitem__(key)

    def get(self, key: Key, default: Any = None) -> Any:
        self.looks += 1
        return super().get(key, default)

    def items(self) -> Any:
        raise NotImplementedError

    values = __iter__ = items


@pytest.mark.parametrize("target", ["Published", "Deleted"])
def test_all_that_is_told_of_a_run_looks_at_each_outcome_twice(target: str) -> None:
    # Once for the rows, of which all is made, and once for the way back.
    versions = {f"1.0.{number}": changed() for number in range(20_000)}
    run = run_of(versions, target=Status(target))
    counting = Counting(run.outcomes)
    report = Report(run=replace(run, outcomes=counting))

    fitted(outputs(report))
    summary(report)
    annotations(report)
    closing_line(report)
    irreversible(report)
    assert len(log_groups(report)[0].lines) == MAX_LINES + 1

    assert counting.looks <= 2 * len(versions) + MAX_LINES + 1
