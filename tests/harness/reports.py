"""Runs to report on, in few words: for test_report, test_summary and test_advice."""

from collections.abc import Mapping
from typing import Any

from codeartifact_status.model import (
    Allowed,
    Format,
    Outcome,
    Package,
    Request,
    Run,
    State,
    Status,
    Verdict,
)
from harness.runs import CORE_PACKAGE

P, U, A = "Published", "Unlisted", "Archived"
CLIENT = Package(domain="acme", repository="python", format=Format.PYPI, name="client")


def changed(before: str | None = U, after: str = P) -> Outcome:
    return Outcome(verdict=Verdict.CHANGED, before=before, after=after, revision="r")


def unchanged(status: str = P) -> Outcome:
    return Outcome(verdict=Verdict.UNCHANGED, before=status, after=status, revision="r")


def planned(before: str = U) -> Outcome:
    return Outcome(verdict=Verdict.PLANNED, before=before, after=before, revision="r")


def failed(code: str, message: str = "because", *, status: str | None = None) -> Outcome:
    return Outcome.failed(code, message, state=State(status, "r") if status else None)


def run_of(
    *packages: Mapping[str, Outcome] | tuple[Package, Mapping[str, Outcome]],
    target: Status = Status.PUBLISHED,
    **circumstances: Any,
) -> Run:
    """A run of versions and their outcomes: of ``CORE_PACKAGE``, or of the package named."""
    requests: list[Request] = []
    outcomes: dict[tuple[Package, str], Outcome] = {}
    for given in packages:
        package, ended = given if isinstance(given, tuple) else (CORE_PACKAGE, given)
        requests.append(Request(package=package, versions=tuple(ended), target=target))
        outcomes |= {(package, version): outcome for version, outcome in ended.items()}
    return Run(
        requests=tuple(requests),
        outcomes=outcomes,
        **{"region": "eu-west-1", "account": "111122223333", **circumstances},
    )


ALL_ALLOWED = Allowed(codes="all")
