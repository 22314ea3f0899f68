"""The ``result`` of a run as plain data, in the spelling of CodeArtifact's API. Pure."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from codeartifact_status.formats.names import package_url
from codeartifact_status.model import ANY_REPOSITORY, Outcome, Request, Verdict
from codeartifact_status.reporting.run import Run


def compact(value: Any) -> str:
    """A document as JSON, in ASCII and without a space between its parts.

    A lone surrogate couldn't be written to a file otherwise, and a character is one unit of UTF-16,
    in which GitHub counts.
    """
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def result(run: Run, *, outcome: str) -> dict[str, Any]:
    """Everything that came of a run, in the order in which it was asked for."""
    return {
        "outcome": outcome,
        "dryRun": run.dry_run,
        "packages": [_package(run, request) for request in run.requests],
    }


def all_versions(run: Run, name: str) -> dict[str, Any]:
    """One of the API's two maps, of all packages together; ``name`` is its name there.

    The keys are the versions where there is one package in one repository, else their package URLs.
    """
    repositories = {request.package.repository for request in run.requests}
    is_told = len(repositories) > 1 or run.is_everywhere
    is_one = run.has_one_package
    found: dict[str, Any] = {}
    for request in run.requests:
        package = request.package
        name_repository = is_told and package.repository != ANY_REPOSITORY
        for version, told in _map(run.of(request), name).items():
            key = (
                version
                if is_one
                else package_url(package, version, name_repository=name_repository)
            )
            found[key] = told
    return found


def _package(run: Run, request: Request) -> dict[str, Any]:
    outcomes = run.of(request)
    return {
        "domain": request.package.domain,
        "repository": request.package.repository,
        "format": request.package.format.value,
        "namespace": request.package.namespace,
        "package": request.package.name,
        "targetStatus": request.target.value,
        **{name: _map(outcomes, name) for name in MAPS},
        "versions": [_version(version, outcome) for version, outcome in outcomes],
    }


def _map(outcomes: Iterable[tuple[str, Outcome]], name: str) -> dict[str, Any]:
    tell = MAPS[name]
    told = ((version, tell(outcome)) for version, outcome in outcomes)
    return {version: entry for version, entry in told if entry is not None}


def _success(outcome: Outcome) -> dict[str, Any] | None:
    if outcome.failure is not None or outcome.verdict is Verdict.PLANNED:
        return None
    return {"revision": outcome.revision, "status": outcome.after}


def _failure(outcome: Outcome) -> dict[str, Any] | None:
    failure = outcome.failure
    if failure is None:
        return None
    return {"errorCode": failure.code, "errorMessage": failure.message}


MAPS: Mapping[str, Callable[[Outcome], dict[str, Any] | None]] = {
    "successfulVersions": _success,
    "failedVersions": _failure,
}
"""The maps of the API's answer, and what stands in each for a version, if it is in it."""


def _version(version: str, outcome: Outcome) -> dict[str, Any]:
    return {
        "version": version,
        "outcome": outcome.verdict.value,
        "before": outcome.before,
        "after": outcome.after,
        "revision": outcome.revision,
        "errorCode": outcome.failure.code if outcome.failure else None,
        "errorMessage": outcome.failure.message if outcome.failure else None,
    }
