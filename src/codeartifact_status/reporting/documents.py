"""The ``result`` of a run as plain data, in the spelling of CodeArtifact's API. Pure."""

import json
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


def all_versions(run: Run, result: dict[str, Any], name: str) -> dict[str, Any]:
    """One of the API's two maps, of all packages together.

    ``name`` is its key in the ``result`` of the run. The keys are the versions where there is one
    package in one repository, else their package URLs.
    """
    repositories = {request.package.repository for request in run.requests}
    is_told = len(repositories) > 1 or run.is_everywhere
    found: dict[str, Any] = {}
    for request, entry in zip(run.requests, result["packages"], strict=True):
        package = request.package
        name_repository = is_told and package.repository != ANY_REPOSITORY
        for version, told in entry[name].items():
            key = (
                version
                if run.has_one_package
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
        "successfulVersions": {
            version: {"revision": outcome.revision, "status": outcome.after}
            for version, outcome in outcomes
            if outcome.failure is None and outcome.verdict is not Verdict.PLANNED
        },
        "failedVersions": {
            version: {
                "errorCode": outcome.failure.code,
                "errorMessage": outcome.failure.message,
            }
            for version, outcome in outcomes
            if outcome.failure is not None
        },
        "versions": [_version(version, outcome) for version, outcome in outcomes],
    }


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
