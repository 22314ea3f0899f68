"""What generally lies behind a failure, and what to do about it, as Markdown. Pure.

One text for each error code. The texts hold nothing from outside but package ARNs, as JSON.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from codeartifact_status.arns import literal, package_arn
from codeartifact_status.model import ACCESS_DENIED, EXPIRED, Code, Operation, Request
from codeartifact_status.reporting.report import Trouble
from codeartifact_status.reporting.run import Run

MAX_RESOURCES = 10
"""Package ARNs that a statement names, before a pattern has to stand for the rest."""

_ARN = re.compile(r"arn:aws[a-z-]*:codeartifact:[a-z0-9-]+:([0-9]{12}):package/")

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


def advice(run: Run, trouble: Trouble) -> str:
    """What to do about a kind of failure, given all that failed so."""
    if trouble.code == ACCESS_DENIED:
        return _missing_permission(run, trouble)
    if trouble.code == Code.SKIPPED and run.refusal is not None:
        return (
            "Look at the list. If it is what you want, give a larger `max-changes`; if not, narrow "
            "`versions-matching`, or use `exclude-versions` or `keep-latest`."
        )
    return _TEXTS.get(trouble.code, _ANY_OTHER)


def reading_denied(run: Run) -> str:
    """What it means that packages could not be read, and the permission for it."""
    requests = [request for request in run.requests if request.package in run.unread]
    return (
        "What is in the repository could not be read, so its versions can only be sent as they "
        "were asked for: neither `undo` nor all-or-nothing across calls is to be had without "
        "`codeartifact:ListPackageVersions`. Add this statement to the role's policy:\n\n"
        + _statement(run, ["ListPackageVersions"], requests)
    )


_NARROWED = (
    "If the role has it, the session policy may be in the way: by default this step gives up all "
    "permissions but those that it needs (`session-policy: least-privilege`)."
)


def _missing_permission(run: Run, trouble: Trouble) -> str:
    requests = list({request.package: request for request, _, _ in trouble.failures}.values())
    if run.account is None:
        # AWS names the whole ARN in its message; it is only shown, nothing depends on it.
        found = next(filter(None, (_ARN.search(f.message) for _, _, f in trouble.failures)), None)
        run = replace(run, account=found and found[1])
    operations = dict.fromkeys(Operation.to_reach(request.target).value for request in requests)
    text = (
        "The role lacks a permission, or the domain's or the repository's policy doesn't grant it "
        "(it has to, across accounts). Add this statement to the role's policy:\n\n"
        f"{_statement(run, list(operations), requests)}"
    )
    return f"{text}\n\n{_NARROWED}" if run.is_narrowed else text


def _statement(run: Run, operations: Sequence[str], requests: Sequence[Request]) -> str:
    arns = [
        literal(
            package_arn(
                request.package,
                region=run.region or "eu-west-1",
                account=run.account or "111122223333",
            )
        )
        for request in requests
    ]
    if len(arns) > MAX_RESOURCES:
        arns = list(dict.fromkeys(arn.split("/")[0] + "/*" for arn in arns))
    statement = {
        "Effect": "Allow",
        "Action": [f"codeartifact:{operation}" for operation in operations],
        "Resource": arns,
    }
    note = "" if run.account else "\n\n(with your account in the place of 111122223333)"
    return f"```json\n{json.dumps(statement, indent=2)}\n```{note}"
