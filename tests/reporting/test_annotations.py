"""Annotations: one for each kind of trouble."""

from codeartifact_status.arns import RoleArn
from codeartifact_status.errors import NotAsked
from codeartifact_status.identity.refusals import NoTokenPermission, not_assumed
from codeartifact_status.model import Allowed, Failure
from codeartifact_status.remedies.role import Refusal
from codeartifact_status.reporting.annotations import Level, annotations, of_numbers
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.run import Run
from codeartifact_status.reporting.summary import summary
from harness.rendering import assert_harmless
from harness.reports import CLIENT, changed, failed, many, report_of, stuck_report, unchanged
from harness.runs import CORE_PACKAGE, ROLE

NOT_FOUND_ALLOWED = Allowed(codes=frozenset({"NOT_FOUND"}))
NOT_ASKED = NotAsked(where="there", reason="X: no")


def titles(report: Report) -> list[tuple[Level, str]]:
    return [(found.level, found.title) for found in annotations(report)]


def test_a_good_run_needs_no_annotation() -> None:
    assert annotations(report_of({"1": changed(), "2": unchanged()})) == []


def test_there_is_one_error_for_a_kind_of_trouble() -> None:
    report = report_of({str(n): failed("NOT_FOUND" if n % 2 else "X") for n in range(30)})

    assert titles(report) == [
        (Level.ERROR, "X: 15 versions"),
        (Level.ERROR, "NOT_FOUND: 15 versions"),
    ]
    assert annotations(report)[0].message.startswith(
        "@acme/core 0 … 28 (15 versions) in npm-store: because\n"
    )


def test_an_annotation_names_a_bounded_number_of_packages() -> None:
    (found,) = annotations(report_of(*many(30, failed("X"))))

    assert "\n… and 20 more" in found.message


def test_what_is_allowed_is_a_warning() -> None:
    report = report_of({"1": failed("NOT_FOUND"), "2": failed("X")}, allowed=NOT_FOUND_ALLOWED)

    assert titles(report) == [
        (Level.ERROR, "X: 1 version"),
        (Level.WARNING, "NOT_FOUND: 1 version (allowed)"),
    ]


def test_what_was_only_held_back_is_no_trouble_beside_another() -> None:
    assert titles(report_of({"1": failed("SKIPPED"), "2": failed("X")})) == [
        (Level.ERROR, "X: 1 version")
    ]
    assert titles(report_of({"1": failed("SKIPPED")})) == [(Level.ERROR, "SKIPPED: 1 version")]
    assert titles(report_of({"1": failed("SKIPPED")}, error=NOT_ASKED)) == [
        (Level.ERROR, NOT_ASKED.title)
    ]


def test_there_are_no_more_than_github_shows() -> None:
    report = report_of({str(n): failed(f"CODE_{n}") for n in range(30)})

    found = annotations(report)

    assert len(found) == 10
    assert found[-1].message.startswith("21 more")


def test_reading_denied_is_one_warning_for_all_packages() -> None:
    report = report_of(
        {"1": changed()}, (CLIENT, {"1": changed()}), unread={CORE_PACKAGE: "", CLIENT: ""}
    )

    (warning,) = annotations(report)
    assert warning.level is Level.WARNING
    assert "npm/acme/core" in warning.message
    assert "pypi//client" in warning.message


def test_an_error_comes_with_its_remedy() -> None:
    (error,) = annotations(report_of(error=NoTokenPermission()))

    assert "id-token: write" in error.message


def test_what_is_stuck_is_said_in_an_error_annotation() -> None:
    found = annotations(stuck_report())
    assert any("could not be put back" in f"{one.title} {one.message}" for one in found)


def test_versions_that_may_have_lost_a_zero_are_one_warning() -> None:
    (warning,) = of_numbers([f"1.1 of lib{n}, which also holds 1.10" for n in range(30)])

    assert warning.level is Level.WARNING
    assert warning.message.startswith("1.1 of lib0, which also holds 1.10\n")
    assert "… and 20 more" in warning.message
    assert "quote" in warning.message
    assert list(of_numbers([])) == []


def test_claims_can_not_end_the_block_that_shows_them() -> None:
    claims = {"sub": "```\n</code></pre><img src=x>\n```", "aud": "~~~\n# x", "iss": "\n```\n"}
    said = Failure("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
    refusal = Refusal(role=RoleArn.parse(ROLE), failure=said, claims=claims)
    error = not_assumed(refusal)

    report = Report(run=Run(error=error))
    assert_harmless(summary(report))
    for annotation in annotations(report):
        assert "\n```\n</code>" not in annotation.message


def test_there_is_no_markup_which_github_does_not_render_there() -> None:
    (found,) = annotations(report_of({"1": failed("SKIPPED")}, error=NoTokenPermission()))

    assert "`" not in found.message
    assert "\npermissions:\n  contents: read\n" in found.message


def test_where_flags_were_typed_advice_speaks_of_flags() -> None:
    flags = {"expected-status": "--expected-status", "target-status": "--target-status"}
    report = report_of({"1": failed("NOT_ALLOWED"), "2": failed("MISMATCHED_STATUS")}, flags=flags)

    said = "\n".join(found.message for found in annotations(report))

    assert "(--target-status Deleted)" in said
    assert "--expected-status is wrong" in said
    assert "`--target-status Deleted`" in summary(report)
