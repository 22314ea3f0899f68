"""A run as the document that undoes it."""

from typing import Any

import pytest

from codeartifact_status.model import Format, Outcome, Package, Request, Status, Verdict
from codeartifact_status.planning.undo import can_be_undone, undo
from codeartifact_status.reporting.run import Run
from harness.runs import CORE_PACKAGE

U, P, A = "Unlisted", "Published", "Archived"


def outcome(
    before: str | None, after: str | None = P, verdict: Verdict = Verdict.CHANGED, **parts: Any
) -> Outcome:
    return Outcome(verdict=verdict, before=before, after=after, revision=parts.get("revision", "r"))


def run_of(
    outcomes: dict[str, Outcome],
    *,
    target: Status = Status.PUBLISHED,
    package: Package = CORE_PACKAGE,
    unread: bool = False,
) -> Run:
    request = Request(package=package, versions=tuple(outcomes), target=target)
    return Run(
        requests=(request,),
        outcomes={(package, version): o for version, o in outcomes.items()},
        unread={package: ""} if unread else {},
    )


def undo_of(run: Run) -> list[dict[str, Any]]:
    return undo(run.requests, run.outcomes, unread=run.unread)


def test_every_version_goes_back_to_its_own_former_status() -> None:
    run = run_of({"1": outcome(U), "2": outcome(A), "3": outcome(U)})

    assert undo_of(run) == [
        {
            "repository": "npm-store",
            "format": "npm",
            "namespace": "acme",
            "package": "core",
            "versions": ["1", "3"],
            "version-revisions": {"1": "r", "3": "r"},
            "expected-status": "Published",
            "target-status": "Unlisted",
        },
        {
            "repository": "npm-store",
            "format": "npm",
            "namespace": "acme",
            "package": "core",
            "versions": ["2"],
            "version-revisions": {"2": "r"},
            "expected-status": "Published",
            "target-status": "Archived",
        },
    ]


def test_what_was_not_changed_is_not_undone() -> None:
    run = run_of(
        {
            "1": outcome(P, P, Verdict.UNCHANGED),
            "2": outcome(U, U, Verdict.PLANNED),
            "3": Outcome.failed("NOT_FOUND", "no"),
        }
    )

    assert undo_of(run) == []


@pytest.mark.parametrize("target", [Status.DISPOSED, Status.DELETED])
def test_there_is_no_way_back_from_what_is_final(target: Status) -> None:
    assert undo_of(run_of({"1": outcome(P, target)}, target=target)) == []


@pytest.mark.parametrize("before", ["Unfinished", "Disposed", "Quarantined", None])
def test_there_is_no_way_back_to_what_cannot_be_set(before: str | None) -> None:
    run = run_of({"1": outcome(before)})

    assert undo_of(run) == []
    assert not can_be_undone(run.requests[0], run.outcomes[CORE_PACKAGE, "1"])


def test_what_was_not_read_is_undone_unpinned() -> None:
    (entry,) = undo_of(run_of({"1": outcome(U)}, unread=True))

    assert "version-revisions" not in entry
    assert entry["target-status"] == "Unlisted"


def test_a_revision_that_is_not_known_leaves_no_other_version_unpinned() -> None:
    pinned, unpinned = undo_of(
        run_of({"1": outcome(U), "2": outcome(U, revision=None), "3": outcome(U)})
    )

    assert pinned["versions"] == ["1", "3"]
    assert pinned["version-revisions"] == {"1": "r", "3": "r"}
    assert unpinned["versions"] == ["2"]
    assert "version-revisions" not in unpinned


def test_a_package_without_a_namespace_names_none() -> None:
    chalk = Package(domain="acme", repository="npm-store", format=Format.NPM, name="chalk")

    (entry,) = undo_of(run_of({"1": outcome(U)}, package=chalk))

    # Said, because what an entry leaves out comes from the step.
    assert entry["namespace"] is None
