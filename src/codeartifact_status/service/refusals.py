"""What it means that CodeArtifact gave no answer: as a failure of versions, or the end of the step.

One text a cause.
"""

from codeartifact_status.errors import NotAsked, NotPermitted, StepError
from codeartifact_status.model import ACCESS_DENIED, Code, Failure
from codeartifact_status.service.retries import Unanswered

LONGEST_MESSAGE = 1000
"""Characters of a message that are kept."""

NO_MESSAGE = "the service gave no message"


def failure_of(end: Unanswered) -> Failure:
    """Why a call got no answer, short enough to stand beside each of many versions."""
    failure = end.trouble.failure
    message = clipped(failure.message or NO_MESSAGE)
    if end.stopped:
        text = f"the step was stopped before it was sent again, after {message}"
        return Failure(Code.SKIPPED, text)
    return Failure(failure.code, message)


def clipped(message: str) -> str:
    """A message that is short enough to stand beside each of many versions."""
    return message if len(message) <= LONGEST_MESSAGE else message[:LONGEST_MESSAGE] + "…"


# Signature Version 4, "Troubleshoot": what a service says of credentials that are none.
_BAD_CREDENTIALS = {
    *("UnrecognizedClient", "InvalidClientTokenId", "InvalidSignature", "SignatureDoesNotMatch"),
    *("ExpiredToken", "IncompleteSignature", "MissingAuthenticationToken"),
}


def refusal(end: Unanswered, where: str, operation: str, resource: str) -> StepError:
    """Why the step can't go on without the answer to a call that says what is meant."""
    failure = failure_of(end)
    if failure.code == ACCESS_DENIED:
        return NotPermitted(operation=operation, resources=(resource,), message=failure.message)
    return not_asked(where, failure, end.trouble.resource)


def not_asked(where: str, failure: Failure, resource: str | None) -> NotAsked:
    """Why what is there could not be read; ``resource`` is what doesn't exist, if that is it."""
    advice = ""
    if resource in {"domain", "repository"}:
        advice = (
            f"Look at `{resource}`, `aws-region` and `domain-owner`: without `domain-owner`, the "
            "domain is looked for in the account of the credentials."
        )
    elif failure.code.removesuffix("Exception") in _BAD_CREDENTIALS:
        advice = (
            "AWS does not accept these credentials: they are of another partition or environment, "
            "have expired, or were cut short on their way into the environment."
        )
    # What got no answer has no code of the service.
    is_answer = failure.code != Code.UNREPORTED
    reason = f"{failure.code}: {failure.message}" if is_answer else failure.message
    return NotAsked(where=where, reason=reason, advice=advice)
