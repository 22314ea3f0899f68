"""The result of a former run: an approved plan, or what that run changed."""

import json
from typing import Any

import pytest

from codeartifact_status.errors import InputError
from codeartifact_status.inputs.reading import Step
from codeartifact_status.model import Request
from harness.inputs import read_inputs


def version(name: str, outcome: str, **more: Any) -> dict[str, Any]:
    found = {"before": "Unlisted", "after": "Unlisted", "revision": f"r{name}"}
    return {"version": name, "outcome": outcome, **found, "errorCode": None,
            "errorMessage": None, **more}  # fmt: skip


def result(*versions: dict[str, Any], dry_run: bool, **more: Any) -> dict[str, Any]:
    package = {
        "domain": "acme",
        "repository": "npm-store",
        "format": "npm",
        "namespace": "acme",
        "package": "core",
        "targetStatus": "Published",
        "successfulVersions": {},
        "failedVersions": {},
        "versions": list(versions),
        **more,
    }
    return {"outcome": "planned", "dryRun": dry_run, "packages": [package]}


def read(document: dict[str, Any], **given: str | None) -> Step:
    step: dict[str, str | None] = {
        "domain": "acme",
        "aws_region": "eu-west-1",
        "packages": json.dumps(document),
    }
    return read_inputs({**step, **given})


def problems(document: dict[str, Any], **given: str | None) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(document, **given)
    return [str(problem) for problem in caught.value.problems]


PLAN = result(
    version("1.0", "planned"),
    version("1.1", "planned", before="Archived"),
    version("1.2", "unchanged", before="Published"),
    version("1.3", "planned"),
    dry_run=True,
)


def told(request: Request) -> tuple[Any, ...]:
    return request.versions, request.expected_status, request.target, dict(request.revisions)


def test_a_plan_is_just_its_planned_versions_each_pinned_to_what_was_read() -> None:
    step = read(PLAN)
    assert [told(request) for request in step.requests] == [
        (("1.0", "1.3"), "Unlisted", "Published", {"1.0": "r1.0", "1.3": "r1.3"}),
        (("1.1",), "Archived", "Published", {"1.1": "r1.1"}),
    ]
    (package,) = {request.package for request in step.requests}
    assert (package.repository, package.namespace, package.name) == ("npm-store", "acme", "core")
    assert {request.selection for request in step.requests} == {None}
    assert step.warnings == ()


def test_a_plan_goes_where_it_was_planned_to_go_whatever_the_step_says() -> None:
    step = read(
        PLAN,
        target_status="Archived",
        expected_status="Published",
        repository="npm-two",
        format="pypi",
    )
    assert {request.target for request in step.requests} == {"Published"}
    assert [request.expected_status for request in step.requests] == ["Unlisted", "Archived"]
    assert [warning.partition(" has no effect")[0] for warning in step.warnings] == [
        "repository: npm-two",
        "expected-status: Published",
        "target-status: Archived",
    ]


@pytest.mark.parametrize("name", ["versions", "versions_matching"])
def test_a_plan_takes_nothing_beside_its_versions(name: str) -> None:
    (problem,) = problems(PLAN, **{name: "1.*"})
    assert "has no effect, because every entry of packages" in problem


def test_a_plan_without_a_plan_is_nothing_to_do() -> None:
    assert read(result(version("1.0", "unchanged"), dry_run=True)).requests == ()


def test_a_dry_run_that_failed_and_planned_nothing_is_no_plan() -> None:
    failed = version("1.0", "failed", errorCode="SKIPPED", errorMessage="max-changes is 1")
    (problem,) = problems(result(failed, version("1.1", "unchanged"), dry_run=True))
    assert problem.startswith(
        "packages: the result of a run that failed, so there is nothing to apply"
    )


def test_what_a_plan_leaves_out_because_it_failed_is_warned_of() -> None:
    failed = version("1.0", "failed", errorCode="NOT_FOUND", errorMessage="x")
    step = read(result(failed, version("1.1", "planned"), dry_run=True))
    assert [request.versions for request in step.requests] == [("1.1",)]
    assert step.warnings == (
        "packages: 1 version failed in the run of this result; this step leaves them alone.",
    )


def test_a_plan_of_what_could_not_be_read_is_not_pinned() -> None:
    unread = version("1.0", "planned", before=None, revision=None)
    (request,) = read(result(unread, dry_run=True)).requests
    assert told(request) == (("1.0",), None, "Published", {})


DONE = result(
    version("1.0", "changed", after="Published"),
    version("1.1", "unchanged", after="Published"),
    version("1.2", "failed", errorCode="SKIPPED", errorMessage="x"),
    version("1.3", "rolled-back", errorCode="ROLLED_BACK", errorMessage="x"),
    dry_run=False,
)


def test_another_runs_result_is_what_it_left_changed_or_unchanged() -> None:
    step = read(DONE, target_status="Archived")
    assert [told(request) for request in step.requests] == [
        (("1.0", "1.1"), None, "Archived", {"1.0": "r1.0", "1.1": "r1.1"})
    ]
    assert step.warnings == (
        "packages: 2 versions failed in the run of this result; this step leaves them alone.",
    )


def test_another_runs_result_says_no_target() -> None:
    (problem,) = problems(DONE)
    assert problem.startswith("packages, entry 1 (core): target-status: it is required")


def test_what_was_excluded_since_is_left_alone() -> None:
    (request,) = read(DONE, target_status="Archived", exclude_versions="1.1").requests
    assert request.selection is not None
    assert request.selection.excluding == ("1.1",)


@pytest.mark.parametrize("document", [PLAN, DONE])
def test_a_result_of_another_domain_is_refused(document: dict[str, Any]) -> None:
    found = problems(document, domain="other", target_status="Archived")
    assert found == ['packages, entry 1 (core): for domain "acme", but this step is for other']


@pytest.mark.parametrize(
    "broken",
    [
        {"outcome": "planned", "dryRun": True, "packages": [1]},
        {"outcome": "planned", "dryRun": True, "packages": {"a": 1}},
        {"outcome": "planned", "dryRun": True, "packages": [{"package": "core"}]},
        {"outcome": "planned", "dryRun": True, "packages": None},
        {**PLAN, "target-status": "Archived"},
        result({"version": "1.0"}, dry_run=True),
        result({"version": "1.0", "outcome": ["planned"]}, dry_run=True),
    ],
)
def test_half_a_result_is_refused(broken: dict[str, Any]) -> None:
    assert problems(broken) == [
        "packages: must be the complete result of this action, with nothing added or removed"
    ]
