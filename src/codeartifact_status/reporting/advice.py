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

_NOT_FOUND = (
    "Was it published to this very repository? One that is only in an upstream repository doesn't "
    "count until it was copied or fetched. If it was published a moment ago, give `wait-seconds`."
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
        denied = [(request, failure.message) for request, _, failure in trouble.failures]
        return _denied(run, denied, place)
    if trouble.code == Code.SKIPPED and run.refusal is not None:
        return (
            "Look at the list. If it is what you want, give a larger `max-changes`; if not, narrow "
            "`versions-matching`, or use `exclude-versions` or `keep-latest`."
        )
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
        "What is in the repository could not be read, so its versions can only be sent as they "
        "were asked for: neither `undo` nor all-or-nothing across calls is to be had without "
        "`codeartifact:ListPackageVersions`. "
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
            text = f"{text}\n\n(with your account in the place of {_STAND_IN})"
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
