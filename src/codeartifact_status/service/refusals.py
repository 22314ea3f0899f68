"""What it means that CodeArtifact gave no answer: as a failure of versions, or the end of the step.

One text a cause. What failures mean is loaded with the first.
"""

from functools import partial

from codeartifact_status.errors import Interrupted, NotAsked, NotPermitted, StepError
from codeartifact_status.model import ACCESS_DENIED, EXPIRED, Code, Failure
from codeartifact_status.service.connection import Connection
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


def unsigned(error: StepError) -> Failure:
    """Why a call was never made, or made in vain: its credentials have ended, or the step has."""
    if isinstance(error, Interrupted):
        return Failure(Code.SKIPPED, "the step was stopped before it was sent")
    return Failure(EXPIRED, clipped(str(error)))


def refusal(
    end: Unanswered, connection: Connection, *, where: str, operation: str, resource: str
) -> StepError:
    """Why the step can't go on without the answer to a call that says what is meant.

    ``resource`` is what the call is about, as an IAM pattern.
    """
    failure = failure_of(end)
    if failure.code == ACCESS_DENIED:
        return NotPermitted(operation=operation, resources=(resource,), message=failure.message)
    return not_asked(where, failure, connection, resource=end.trouble.resource)


def not_asked(
    where: str, failure: Failure, connection: Connection, *, resource: str | None = None
) -> NotAsked:
    """Why what is there could not be read; ``resource`` is what doesn't exist, if that is it."""
    from codeartifact_status.remedies.asking import ASKING, NOT_THERE
    from codeartifact_status.remedies.cause import cause_of
    from codeartifact_status.service.endpoints import reach_of

    # What got no answer has no code of the service.
    is_answer = failure.code != Code.UNREPORTED
    reason = f"{failure.code}: {failure.message}" if is_answer else failure.message
    is_missing = resource in {"domain", "repository"}
    cause = NOT_THERE if is_missing else cause_of(ASKING, reason)
    if cause is None:
        return NotAsked(where=where, reason=reason)
    reach = reach_of("CodeArtifact", connection, message=reason)
    return NotAsked(where=where, reason=reason, remedy=partial(cause.advice, reach))
