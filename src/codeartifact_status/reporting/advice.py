"""What generally lies behind a failure, and what to do about it, as Markdown. Pure.

One text for each error code; the tables of ``remedies`` are loaded where one is asked. The texts
hold nothing from outside but package ARNs, as JSON.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from codeartifact_status.arns import arn_of, literal, package_resource
from codeartifact_status.errors import NotPermitted, Place
from codeartifact_status.formats.names import may_lack_scope
from codeartifact_status.model import ACCESS_DENIED, EXPIRED, Code, Operation, Package, Status
from codeartifact_status.reporting.report import Report, Trouble
from codeartifact_status.reporting.run import Run

MAX_RESOURCES = 10
"""Package ARNs that a statement names, before a pattern has to stand for the rest."""

_STAND_IN = "111122223333"
"""The account, where nobody has named it."""

_AGAIN = "versions that are already at the target count as a success."

_ABSENT = (Code.NOT_FOUND, "ResourceNotFoundException")
"""The codes of what isn't there: a version, or the whole package."""

_HIDING = frozenset({Status.UNLISTED, Status.ARCHIVED})
"""The targets that make a version less visible, such as those of a block list."""

_WAIT = "If it was published a moment ago, set `wait-seconds`."

_NOT_FOUND = (
    "Check that it was published here, under this name: one that only an upstream repository or an "
    f"external connection has doesn't count until it has been copied or fetched. {_WAIT}"
)

_NOT_BLOCKED = (
    "What isn't in the repository is neither hidden nor blocked, and can still come in: from an "
    "upstream repository, or by being published. To keep it out, set the package's origin controls "
    "(PutPackageOriginConfiguration), or those of its package group."
)

_BLOCKED_ALREADY = (
    "A disposed version can't be downloaded any more, so there is nothing left to hide or block."
)

_KEEP_DISPOSED = (
    "Remove it from the list, or allow this failure with `allow-failed-versions: NOT_ALLOWED`. "
    "Don't delete it: once deleted, it could be published again."
)

_NO_SCOPE = (
    "The step asks for a package without a scope. If you meant `@scope/name`, set `namespace` to "
    "its scope: the statement below is for the package without one."
)

_TEXTS: Mapping[str, str] = {
    Code.MISMATCHED_STATUS: (
        "The current status is not the expected one: either somebody changed it, or "
        "`expected-status` is wrong. Find out which before you change `expected-status`; without "
        "it, any current status is accepted."
    ),
    Code.MISMATCHED_REVISION: (
        "The content of the version has changed since its revision was noted, generally because "
        "it was published again. Check which content you want, then give its current revision, or "
        "leave the revision out."
    ),
    Code.SKIPPED: (
        "Nothing is wrong with these versions: they were held back because others failed. Fix the "
        "others and run the step again. Failures that don't matter can be listed in "
        "`allow-failed-versions`."
    ),
    EXPIRED: (
        "The credentials expired during the step; the message says which ones, and why they were "
        f"not renewed. Run the step again with new credentials: {_AGAIN}"
    ),
    Code.ROLLED_BACK: (
        "These versions were changed, then put back because others failed. Fix the others and run "
        "the step again."
    ),
    Code.UNREPORTED: (
        "It is unknown whether these versions were changed, because the answer was lost. Run the "
        f"step again: {_AGAIN}"
    ),
}

_ANY_OTHER = (
    "CodeArtifact refused the change. If its message doesn't say what to fix, run the step again "
    f"later: {_AGAIN}"
)

_STOPPED = (
    "Nothing is wrong with these versions: the step was stopped before they were sent. Run it "
    f"again: {_AGAIN}"
)


def advice(run: Run, trouble: Trouble, place: Place) -> str:
    """What to do about a kind of failure, given all that failed so; empty where that is nothing."""
    if trouble.code == ACCESS_DENIED:
        return _denied(
            run,
            [
                _Denied(
                    operation=Operation.to_reach(row.target).value,
                    resource=_literal(package),
                    message=failure.message,
                    may_lack_scope=may_lack_scope(package),
                )
                for row, failure in trouble.failures
                for package in row.packages
            ],
            place,
        )
    if trouble.code == Code.SKIPPED and run.refusal is not None:
        return (
            "Check the list. If it is what you want, raise `max-changes`; if not, ask for less, "
            "or use `exclude-packages`, `exclude-versions`, `keep-latest` or "
            "`older-than`."
        )
    if trouble.code == Code.SKIPPED and (run.signal is not None or run.overdue):
        return _STOPPED
    if trouble.code in _ABSENT or trouble.code == Code.NOT_ALLOWED:
        by_target = _of_absent if trouble.code in _ABSENT else _of_disposed
        targets = dict.fromkeys(row.target for row in trouble.rows)
        texts = dict.fromkeys(by_target(target, allowed=trouble.allowed) for target in targets)
        return "\n\n".join(filter(None, texts))
    if trouble.code in _TEXTS:
        return _TEXTS[trouble.code]
    from codeartifact_status.remedies.cause import cause_of
    from codeartifact_status.remedies.keys import KEYS

    _, failure = trouble.failures[0]
    cause = cause_of(KEYS, f"{failure.code}: {failure.message}")
    return cause.advice(None, place) if cause is not None else _ANY_OTHER


def _of_absent(target: Status, *, allowed: bool) -> str:
    """What it means for a target that something isn't there; whoever allows that has checked it."""
    match target:
        case Status.UNLISTED if not allowed:
            return f"Check the name and the version. {_WAIT} {_NOT_BLOCKED}"
        case Status.ARCHIVED if not allowed:
            return f"Check the name and the version. {_NOT_BLOCKED}"
        case Status.UNLISTED | Status.ARCHIVED:
            return _NOT_BLOCKED
        case Status.DISPOSED | Status.DELETED:
            gone = "If it is gone already, allow that with `allow-failed-versions: NOT_FOUND`."
            return "" if allowed else f"Check the name and the version. {gone}"
        case _:
            return "" if allowed else _NOT_FOUND


def _of_disposed(target: Status, *, allowed: bool) -> str:
    """What can be done about a disposed version; deleting it is no way to block it."""
    if target in _HIDING:
        return _BLOCKED_ALREADY if allowed else f"{_BLOCKED_ALREADY} {_KEEP_DISPOSED}"
    return (
        "CodeArtifact doesn't allow this change. The assets of a disposed version are gone; it can "
        "only be deleted (`target-status: Deleted`) and published again."
    )


def reading_denied(run: Run, place: Place) -> str:
    """What it means that packages could not be read, and the permission for it."""
    denied = [
        _Denied(
            operation="ListPackageVersions",
            resource=_literal(request.package),
            message=run.unread[request.package],
            may_lack_scope=may_lack_scope(request.package),
        )
        for request in run.requests
        if request.package in run.unread
    ]
    return (
        "The current statuses could not be read, so versions can only be sent unchecked. Without "
        "`codeartifact:ListPackageVersions` there is no all-or-nothing across calls, and `undo` "
        "holds only what `expected-status` vouches for. " + _denied(run, denied, place)
    )


def remedy(report: Report) -> str:
    """What to do about what stopped the run before anything was sent; empty if that says all."""
    place = report.presentation.place
    match report.run.error:
        case None:
            return ""
        case NotPermitted() as error:
            denied = [
                _Denied(operation=error.operation, resource=resource, message=error.message)
                for resource in error.resources
            ]
            return _denied(report.run, denied, place)
        case error:
            return error.remedy(place)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Denied:
    """A call that was denied, on what (how its ARN ends, as an IAM pattern), in AWS's words."""

    operation: str
    resource: str
    message: str
    may_lack_scope: bool = False
    """Whether another package may be meant, so that this permission wouldn't help."""


def _denied(run: Run, denied: Iterable[_Denied], place: Place) -> str:
    """A paragraph for each policy that AWS names, about all that it denies."""
    from codeartifact_status.remedies.cause import Cause, cause_of
    from codeartifact_status.remedies.denials import DENIALS, UNNAMED, Denial

    kinds: dict[str, tuple[Cause[Denial], list[_Denied]]] = {}
    for one in denied:
        cause = cause_of(DENIALS, one.message) or UNNAMED
        kinds.setdefault(cause.name, (cause, []))[1].append(one)
    parts = []
    for cause, of_kind in kinds.values():
        calls = dict.fromkeys(one.operation for one in of_kind)
        denial = Denial(
            message=of_kind[0].message,
            actions=[f"codeartifact:{call}" for call in calls],
            resources=(),
            narrowed=run.is_narrowed and run.own_policy,
            by_user=run.is_narrowed and not run.own_policy,
        )
        account = denial.owner or run.account
        resources = list(dict.fromkeys(one.resource for one in of_kind))
        arns = _arns(resources, region=run.region, account=account)
        text = cause.advice(replace(denial, resources=arns), place)
        if any(one.may_lack_scope for one in of_kind) and any(arn in text for arn in arns):
            text = f"{_NO_SCOPE}\n\n{text}"
        if account is None and _STAND_IN in text:
            text = f"{text}\n\n(replace {_STAND_IN} with your account)"
        parts.append(text)
    return "\n\n".join(parts)


def _literal(package: Package) -> str:
    return literal(package_resource(package))


def _arns(resources: Sequence[str], *, region: str | None, account: str | None) -> list[str]:
    """The ARNs of resources; a pattern for each repository, or domain, where they are many."""
    if len(resources) > MAX_RESOURCES:
        resources = list(dict.fromkeys(map(_around, resources)))
    return [
        arn_of(resource, region=region or "eu-west-1", account=account or _STAND_IN)
        for resource in resources
    ]


def _around(resource: str) -> str:
    """All packages of a package's repository, or all repositories of a repository's domain."""
    kind, *names = resource.split("/")
    return "/".join([kind, *names[: 2 if kind == "package" else 1], "*"])
