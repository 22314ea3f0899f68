"""Runs, and reports on them, in few words."""

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from codeartifact_status.model import (
    Allowed,
    Code,
    Failure,
    Format,
    Outcome,
    Package,
    Request,
    State,
    Status,
    Verdict,
)
from codeartifact_status.reporting.report import Presentation, Report
from codeartifact_status.reporting.run import Run
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


def report_of(
    *packages: Mapping[str, Outcome] | tuple[Package, Mapping[str, Outcome]], **circumstances: Any
) -> Report:
    """The report on such a run; what is said about its presentation goes there."""
    presentation = {
        one.name: circumstances.pop(one.name)
        for one in fields(Presentation)
        if one.name in circumstances
    }
    return Report(run=run_of(*packages, **circumstances), presentation=Presentation(**presentation))


def stuck_report() -> Report:
    """A rollback that could put back one version of two."""
    put_back = Outcome(
        verdict=Verdict.ROLLED_BACK, before=U, after=U, revision="r",
        failure=Failure(Code.ROLLED_BACK, "put back"),
    )  # fmt: skip
    ended = {"1.0.0": changed(), "1.1.0": put_back, "1.2.0": failed("MISMATCHED_STATUS", status=A)}
    key = next(iter(run_of(ended).outcomes))
    return report_of(
        ended, stuck={key: Failure(Code.MISMATCHED_STATUS, "current status: Archived")}
    )


def read_dotenv(text: str) -> dict[str, str]:
    """A dotenv file as GitLab reads it: a name, an equals sign, and the rest of the line."""
    lines = text.splitlines()
    assert all(re.fullmatch(r"[A-Z_]+=\S*", line) for line in lines)
    assert not set(text) & set(" #$'`")
    return dict(line.split("=", 1) for line in lines)  # type: ignore[misc]


def many(count: int, ended: Outcome, *, start: int = 0) -> list[tuple[Package, dict[str, Outcome]]]:
    """Packages of 8 versions each, all of which ended so, for ``run_of``."""
    packages = [
        Package(
            domain="acme", repository="npm-store", format=Format.NPM, namespace="acme", name=f"p{n}"
        )
        for n in range(start, start + count)
    ]
    return [(package, {f"1.{n}.0": ended for n in range(8)}) for package in packages]


ALL_ALLOWED = Allowed(codes="all")
