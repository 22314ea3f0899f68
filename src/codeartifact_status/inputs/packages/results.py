"""The ``result`` of a former run becomes entries: an approved plan, or what that run changed. Pure.

Its shape is that of ``reporting.documents``.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, TypeGuard

from codeartifact_status.inputs.packages.raw_entry import RawEntry
from codeartifact_status.model import Verdict

_WRONG = "must be the complete result of this action, with nothing added or removed"

_Versions: TypeAlias = list[Mapping[str, Any]]


def is_result(document: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether a document is a ``result``, whole or not."""
    return isinstance(document, dict) and {"dryRun", "packages"} <= set(document)


def entries_of(document: Mapping[str, Any]) -> tuple[list[RawEntry], int]:
    """The versions that a dry run planned, or that another run left changed or unchanged.

    What was planned is pinned to the status and the revision that were read, and goes to the status
    that was planned; nothing else is taken. What was changed is pinned to its revision alone, and
    goes where the step says. Entries have the numbers of the packages that they come from.

    Returns:
        The entries, and how many versions are not taken because they failed.

    Raises:
        ValueError: it is no whole result, or no version of it is to be taken because it failed.
    """
    if set(document) != {"outcome", "dryRun", "packages"}:
        raise ValueError(_WRONG)
    is_plan = str(document["dryRun"]).lower() == "true"
    try:
        found = [
            entry
            for number, package in enumerate(document["packages"], start=1)
            for entry in _entries(package, number, planned=is_plan)
        ]
        failed = _failed(document)
    except (KeyError, TypeError, AttributeError):
        raise ValueError(_WRONG) from None
    if failed and not found:
        raise ValueError("the result of a run that failed, so there is nothing to apply")
    return found, failed


def _failed(document: Mapping[str, Any]) -> int:
    refused = {Verdict.FAILED, Verdict.ROLLED_BACK}
    return sum(
        version["outcome"] in refused
        for package in document["packages"]
        for version in package["versions"]
    )


def _entries(package: Mapping[str, Any], number: int, *, planned: bool) -> Iterator[RawEntry]:
    taken = {Verdict.PLANNED} if planned else {Verdict.CHANGED, Verdict.UNCHANGED}
    groups: dict[tuple[str | None, bool], _Versions] = {}
    for version in package["versions"]:
        if version["outcome"] in taken:
            status = version["before"] if planned else None
            groups.setdefault((status, version["revision"] is None), []).append(version)
    for (status, unread), versions in groups.items():
        pins = {version["version"]: version["revision"] for version in versions}
        condition = {} if status is None else {"expected_status": status}
        target = {"target_status": package["targetStatus"]} if planned else {}
        yield RawEntry(
            values={
                "repository": package["repository"],
                "format": package["format"],
                "namespace": package["namespace"],
                "package": package["package"],
                "versions": list(pins),
                **({} if unread else {"version_revisions": pins}),
                **condition,
                **target,
            },
            domain=package["domain"],
            number=number,
        )
