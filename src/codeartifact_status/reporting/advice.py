"""What generally lies behind a failure, and what to do about it, as Markdown. Pure.

One text for each error code. The texts hold nothing from outside but package ARNs, as JSON.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from codeartifact_status.arns import arn_of, literal, package_resource
from codeartifact_status.errors import NotPermitted, Place
from codeartifact_status.model import ACCESS_DENIED, EXPIRED, Code, Operation, Package
from codeartifact_status.remedies.cause import Cause, cause_of
from codeartifact_status.remedies.denials import DENIALS, UNNAMED, Denial
from codeartifact_status.remedies.keys import KEYS
from codeartifact_status.reporting.report import Report, Trouble
from codeartifact_status.reporting.run import Run

MAX_RESOURCES = 10
"""Package ARNs that a statement names, before a pattern has to stand for the rest."""

_STAND_IN = "111122223333"
"""The account, where nobody has named it."""

_NOT_FOUND = (
    "Was it published here, and under this name? One that only an upstream repository or an "
    "external connection has doesn't count until it was copied or fetched. If it was published a "
    "moment ago, give `wait-seconds`."
)

_TEXTS: Mapping[str, str] = {
    Code.NOT_FOUND: _NOT_FOUND,
    "ResourceNotFoundException": _NOT_FOUND,
    Code.MISMATCHED_STATUS: (
        "The version is not in the status that was expected: somebody changed it, or "
        "`expected-status` names another one. Find out which, before you give another "
        "`expected-status`, or leave it out to start from any status."
    ),
    Code.MISMATCHED_REVISION: (
        "The content of the version is not the one that was meant: it was published again since "
        "its revision was noted. Make sure which one you want, then give its revision, or none."
    ),
    Code.NOT_ALLOWED: (
        "CodeArtifact has no such move. The assets of a disposed version are gone: all that can be "
        "done is to delete it (`target-status: Deleted`) and publish it again."
    ),
    Code.SKIPPED: (
        "Nothing is wrong with these: they were held back because others failed or the step was "
        "stopped. Mend the others and run the step again; failures that don't matter go into "
        "`allow-failed-versions`."
    ),
    EXPIRED: (
        "The credentials ended in the middle of the step: the message says which, and why they "
        "were not renewed. Run the step again with new ones: what is at the target already counts "
        "as a success."
    ),
    Code.ROLLED_BACK: (
        "These were changed and put back, because others failed. Mend the others and run it again."
    ),
    Code.UNREPORTED: (
        "It is not known what became of these. Run the step again: what is at the target already "
        "counts as a success."
    ),
}

_ANY_OTHER = (
    "CodeArtifact refused. If its message names nothing to mend, run the step again later: what is "
    "at the target already counts as a success."
)


def advice(run: Run, trouble: Trouble, place: Place) -> str:
    """What to do about a kind of failure, given all that failed so."""
    if trouble.code == ACCESS_DENIED:
        return _denied(
            run,
            [
                _Denied(
                    operation=Operation.to_reach(request.target).value,
                    resource=_literal(request.package),
                    message=failure.message,
                )
                for request, _, failure in trouble.failures
            ],
            place,
        )
    if trouble.code == Code.SKIPPED and run.refusal is not None:
        return (
            "Look at the list. If it is what you want, give a larger `max-changes`; if not, ask "
            "for less, or use `exclude-packages`, `exclude-versions`, `keep-latest` or "
            "`older-than`."
        )
    if trouble.code in _TEXTS:
        return _TEXTS[trouble.code]
    _, _, failure = trouble.failures[0]
    cause = cause_of(KEYS, f"{failure.code}: {failure.message}")
    return cause.advice(None, place) if cause is not None else _ANY_OTHER


def reading_denied(run: Run, place: Place) -> str:
    """What it means that packages could not be read, and the permission for it."""
    denied = [
        _Denied(
            operation="ListPackageVersions",
            resource=_literal(request.package),
            message=run.unread[request.package],
        )
        for request in run.requests
        if request.package in run.unread
    ]
    return (
        "What is in the repository could not be read, so its versions can only be sent as they "
        "were asked for: neither `undo` nor all-or-nothing across calls is to be had without "
        "`codeartifact:ListPackageVersions`. " + _denied(run, denied, place)
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


def _denied(run: Run, denied: Iterable[_Denied], place: Place) -> str:
    """A paragraph for each policy that AWS names, about all that it denies."""
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
        if account is None and _STAND_IN in text:
            text = f"{text}\n\n(with your account in the place of {_STAND_IN})"
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
