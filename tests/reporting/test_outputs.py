"""What comes back: exit code, outputs, annotations, log."""

import json
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
from codeartifact_status.model import Allowed, Run
from codeartifact_status.reporting import outputs as report
from codeartifact_status.reporting.outputs import (
    Level,
    annotations,
    exit_code,
    outputs,
    step_outcome,
)
from harness.reports import ALL_ALLOWED, CLIENT, P, U, changed, failed, planned, run_of, unchanged
from harness.runs import CORE_PACKAGE

NOT_FOUND_ALLOWED = Allowed(codes=frozenset({"NOT_FOUND"}))
NOT_ASKED = NotAsked(where="there", code="X", message="no")
WRONG = InputError([Problem("domain", "it is required")])


@pytest.mark.parametrize(
    ("run", "code", "outcome"),
    [
        (run_of({"1": changed()}), 0, "changed"),
        (run_of({"1": changed(), "2": unchanged()}), 0, "changed"),
        (run_of({"1": unchanged()}), 0, "unchanged"),
        (run_of(), 0, "unchanged"),
        (run_of({"1": planned(), "2": unchanged()}, dry_run=True), 0, "planned"),
        (run_of({"1": unchanged()}, dry_run=True), 0, "unchanged"),
        (run_of({"1": failed("NOT_FOUND")}), 1, "failed"),
        (run_of({"1": changed(), "2": failed("NOT_FOUND")}), 1, "failed"),
        (run_of({"1": failed("NOT_FOUND")}, allowed=ALL_ALLOWED), 0, "unchanged"),
        (run_of({"1": failed("NOT_FOUND")}, allowed=NOT_FOUND_ALLOWED), 0, "unchanged"),
        (run_of({"1": failed("SKIPPED")}, allowed=NOT_FOUND_ALLOWED), 1, "failed"),
        (run_of({"1": changed(), "2": failed("X")}, allowed=ALL_ALLOWED), 0, "changed"),
        (run_of({"1": failed("SKIPPED")}, error=WRONG), 2, "failed"),
        (run_of({"1": failed("SKIPPED")}, error=NoTokenPermission()), 3, "failed"),
        (run_of({"1": failed("SKIPPED")}, error=NOT_ASKED), 4, "failed"),
        (run_of({"1": failed("SKIPPED")}, error=NOT_ASKED, allowed=ALL_ALLOWED), 4, "failed"),
        (run_of({"1": changed()}, bug="oops"), 70, "failed"),
        (run_of({"1": changed()}, signal=15), 143, "failed"),
        (run_of(error=Interrupted("SIGINT"), signal=2), 130, "failed"),
        (run_of(signal=15, bug="oops"), 143, "failed"),
    ],
)
def test_the_exit_code_and_the_outcome_tell_the_truth(run: Run, code: int, outcome: str) -> None:
    assert exit_code(run) == code
    assert step_outcome(run) == outcome


def test_exit_codes_are_those_of_the_contract() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "SUCCESS": 0, "FAILED_VERSIONS": 1, "WRONG_INPUT": 2, "NO_IDENTITY": 3, "NOT_ASKED": 4,
        "OUR_BUG": 70,
    }  # fmt: skip


# --- Outputs. ------------------------------------------------------------------------------------


def read(run: Run) -> dict[str, Any]:
    """The outputs, all JSON but for ``outcome``, and ``query-result`` where nothing was asked."""
    found = outputs(run)
    assert run.query is not None or found["query-result"] == ""
    return {
        name: value if name == "outcome" else json.loads(value)
        for name, value in found.items()
        if name != "query-result" or run.query is not None
    }


def test_all_outputs_are_always_there() -> None:
    for run in (run_of(), run_of(error=WRONG), run_of({"1": changed()}), Run(bug="oops")):
        assert tuple(outputs(run)) == report.OUTPUTS
        read(run)


def test_one_package_is_keyed_by_version_as_in_the_api() -> None:
    run = run_of({"1": changed(), "2": unchanged(), "3": failed("X", "no"), "4": planned()})

    assert {name: value for name, value in read(run).items() if name not in {"result", "undo"}} == {
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
    run = run_of({"1": changed()}, (CLIENT, {"1": failed("NOT_FOUND")}))

    assert list(read(run)["successful-versions"]) == ["pkg:npm/%40acme/core@1?repository=npm-store"]
    assert list(read(run)["failed-versions"]) == ["pkg:pypi/client@1?repository=python"]


def test_the_result_holds_everything_in_the_order_asked_for() -> None:
    run = run_of({"2": changed(), "1": failed("X", "no", status=U), "3": failed("NOT_FOUND")})

    result = read(run)["result"]

    assert result["outcome"] == "failed"
    assert result["dryRun"] is False
    (package,) = result["packages"]
    assert {name: package[name] for name in ("domain", "repository", "format", "namespace")} == {
        "domain": "acme", "repository": "npm-store", "format": "npm", "namespace": "acme",
    }  # fmt: skip
    assert (package["package"], package["targetStatus"]) == ("core", "Published")
    assert package["versions"] == [
        {"version": "2", "outcome": "changed", "before": U, "after": P, "revision": "r",
         "errorCode": None, "errorMessage": None},
        {"version": "1", "outcome": "failed", "before": U, "after": U, "revision": "r",
         "errorCode": "X", "errorMessage": "no"},
        {"version": "3", "outcome": "failed", "before": None, "after": None, "revision": None,
         "errorCode": "NOT_FOUND", "errorMessage": "because"},
    ]  # fmt: skip


def test_outputs_that_a_runner_would_drop_are_cut_and_say_so() -> None:
    many = {f"1.0.{number}": changed() for number in range(20_000)}

    values = outputs(run_of(many))

    assert sum(map(len, values.values())) <= report.MAX_OUTPUTS
    assert json.loads(values["result"])["truncated"] is True
    assert values["changed-count"] == "20000"


def test_what_is_larger_than_all_limits_is_cut_as_a_whole() -> None:
    many = {f"1.0.{number}-{'x' * 200}": failed("X", "y" * 400) for number in range(3_000)}

    values = outputs(run_of(many))

    assert sum(map(len, values.values())) <= report.MAX_OUTPUTS
    for name in ("result", "failed-versions", "undo", "successful-versions"):
        json.loads(values[name])


# --- Annotations. --------------------------------------------------------------------------------


def titles(run: Run) -> list[tuple[Level, str]]:
    return [(found.level, found.title) for found in annotations(run)]


def test_a_good_run_needs_no_annotation() -> None:
    assert annotations(run_of({"1": changed(), "2": unchanged()})) == []


def test_there_is_one_error_for_a_kind_of_trouble() -> None:
    run = run_of({str(n): failed("NOT_FOUND" if n % 2 else "X") for n in range(30)})

    assert titles(run) == [(Level.ERROR, "X: 15 versions"), (Level.ERROR, "NOT_FOUND: 15 versions")]
    assert "… and 5 more" in annotations(run)[0].message


def test_what_is_allowed_is_a_warning() -> None:
    run = run_of({"1": failed("NOT_FOUND"), "2": failed("X")}, allowed=NOT_FOUND_ALLOWED)

    assert titles(run) == [
        (Level.ERROR, "X: 1 version"),
        (Level.WARNING, "NOT_FOUND: 1 version (allowed)"),
    ]


def test_what_was_only_held_back_is_no_trouble_beside_another() -> None:
    assert titles(run_of({"1": failed("SKIPPED"), "2": failed("X")})) == [
        (Level.ERROR, "X: 1 version")
    ]
    assert titles(run_of({"1": failed("SKIPPED")})) == [(Level.ERROR, "SKIPPED: 1 version")]
    assert titles(run_of({"1": failed("SKIPPED")}, error=NOT_ASKED)) == [
        (Level.ERROR, NOT_ASKED.title)
    ]


def test_there_are_no_more_than_github_shows() -> None:
    run = run_of({str(n): failed(f"CODE_{n}") for n in range(30)})

    found = annotations(run)

    assert len(found) == 10
    assert found[-1].message.startswith("21 more")


def test_reading_denied_is_one_warning_for_all_packages() -> None:
    run = run_of(
        {"1": changed()}, (CLIENT, {"1": changed()}), unread=frozenset({CORE_PACKAGE, CLIENT})
    )

    (warning,) = annotations(run)
    assert warning.level is Level.WARNING
    assert "npm/acme/core" in warning.message
    assert "pypi//client" in warning.message


def test_an_error_comes_with_its_remedy() -> None:
    (error,) = annotations(run_of(error=NoTokenPermission()))

    assert "id-token: write" in error.message


# --- The log. ------------------------------------------------------------------------------------


def test_the_log_has_a_group_for_each_package_and_a_line_for_each_version() -> None:
    run = run_of(
        {"1.0": changed(), "1.0.1": unchanged(), "1.1": failed("X", "no", status=U)},
        (CLIENT, {"2": planned()}),
    )

    first, second = report.log_groups(run)

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
    assert report.closing_line(run_of({"1": changed(), "2": unchanged()})) == (
        "changed: 1 changed, 1 unchanged"
    )


def test_no_version_at_all_makes_no_group_fail() -> None:
    assert report.log_groups(run_of()) == []


def test_what_an_unread_version_was_is_not_made_up() -> None:
    (group,) = report.log_groups(run_of({"1": changed(None)}))

    assert "? -> Published" in group.lines[0]
