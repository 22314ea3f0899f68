"""What generally lies behind a failure, and what to do about it, as Markdown. Pure.

One text for each error code. The texts hold nothing from outside but package ARNs, as JSON.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from codeartifact_status.arns import literal, package_arn
from codeartifact_status.errors import Place
from codeartifact_status.model import ACCESS_DENIED, EXPIRED, Code, Operation, Request
from codeartifact_status.remedies.cause import Cause, cause_of
from codeartifact_status.remedies.denials import DENIALS, UNNAMED, Denial
from codeartifact_status.remedies.keys import KEYS
from codeartifact_status.reporting.report import Trouble
from codeartifact_status.reporting.run import Run

MAX_RESOURCES = 10
"""Package ARNs that a statement names, before a pattern has to stand for the rest."""

_STAND_IN = "111122223333"
"""The account, where nobody has named it."""

_AGAIN = "versions that are already at the target count as a success."

_NOT_FOUND = (
    "Check that it was published to this repository: a version that exists only in an upstream "
    "repository doesn't count until it has been copied or fetched. If it was published a moment "
    "ago, set `wait-seconds`."
)

_TEXTS: Mapping[str, str] = {
    Code.NOT_FOUND: _NOT_FOUND,
    "ResourceNotFoundException": _NOT_FOUND,
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
    Code.NOT_ALLOWED: (
        "CodeArtifact doesn't allow this change. The assets of a disposed version are gone; it can "
        "only be deleted (`target-status: Deleted`) and published again."
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
    """What to do about a kind of failure, given all that failed so."""
    if trouble.code == ACCESS_DENIED:
        denied = [(request, failure.message) for request, _, failure in trouble.failures]
        return _denied(run, denied, place)
    if trouble.code == Code.SKIPPED and run.refusal is not None:
        return (
            "Check the list. If it is what you want, raise `max-changes`; if not, narrow "
            "`versions-matching`, or use `exclude-versions` or `keep-latest`."
        )
    if trouble.code == Code.SKIPPED and (run.signal is not None or run.overdue):
        return _STOPPED
    if trouble.code in _TEXTS:
        return _TEXTS[trouble.code]
    _, _, failure = trouble.failures[0]
    cause = cause_of(KEYS, f"{failure.code}: {failure.message}")
    return cause.advice(None, place) if cause is not None else _ANY_OTHER


def reading_denied(run: Run, place: Place) -> str:
    """What it means that packages could not be read, and the permission for it."""
    denied = [
        (request, run.unread[request.package])
        for request in run.requests
        if request.package in run.unread
    ]
    return (
        "The current statuses could not be read, so versions can only be sent unchecked. Without "
        "`codeartifact:ListPackageVersions` there is no all-or-nothing across calls, and `undo` "
        "holds only what `expected-status` vouches for. "
        + _denied(run, denied, place, operation="ListPackageVersions")
    )


def _denied(
    run: Run,
    denied: Iterable[tuple[Request, str]],
    place: Place,
    *,
    operation: str | None = None,
) -> str:
    """A paragraph for each policy that AWS names, about all that it denies.

    ``operation`` is the call, where it isn't the one that reaches the target.
    """
    kinds: dict[str, tuple[Cause[Denial], list[tuple[Request, str]]]] = {}
    for request, message in denied:
        cause = cause_of(DENIALS, message) or UNNAMED
        kinds.setdefault(cause.name, (cause, []))[1].append((request, message))
    parts = []
    for cause, of_kind in kinds.values():
        requests = list({request.package: request for request, _ in of_kind}.values())
        calls = [operation or Operation.to_reach(one.target).value for one in requests]
        denial = Denial(
            message=of_kind[0][1],
            actions=[f"codeartifact:{call}" for call in dict.fromkeys(calls)],
            resources=(),
            narrowed=run.is_narrowed and run.own_policy,
            by_user=run.is_narrowed and not run.own_policy,
        )
        account = denial.owner or run.account
        resources = _arns(requests, region=run.region, account=account)
        text = cause.advice(replace(denial, resources=resources), place)
        if account is None and _STAND_IN in text:
            text = f"{text}\n\n(replace {_STAND_IN} with your account)"
        parts.append(text)
    return "\n\n".join(parts)


def _arns(requests: Sequence[Request], *, region: str | None, account: str | None) -> list[str]:
    """The packages' ARNs as IAM literals; a pattern for each repository where they are many."""
    arns = [
        literal(
            package_arn(request.package, region=region or "eu-west-1", account=account or _STAND_IN)
        )
        for request in requests
    ]
    if len(arns) > MAX_RESOURCES:
        arns = list(dict.fromkeys("/".join([*arn.split("/")[:3], "*"]) for arn in arns))
    return arns
