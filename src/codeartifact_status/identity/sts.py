"""The edge to STS: asked in bounded time, and again while its failure is one that passes.

A refusal is final at once; what it means is loaded then. Nothing that quotes an answer of STS
leaves here: it holds the keys.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from botocore.exceptions import ClientError

from codeartifact_status.errors import Interrupted
from codeartifact_status.identity.refusals import IdentityError, StsUnreachable, TokenUnavailable
from codeartifact_status.model import Failure
from codeartifact_status.service.connection import Connection
from codeartifact_status.service.library_errors import text_of
from codeartifact_status.service.retries import Tries, Trouble, Unanswered, judge

T = TypeVar("T")


def ask(
    send: Callable[[], T], connection: Connection, *, refusal: Callable[[Failure], IdentityError]
) -> T:
    """What ``send`` returns, which is to send one request and read its answer.

    ``refusal`` says what it means that STS refused.

    Raises:
        IdentityError: STS refused, or gave no answer.
        Interrupted: the step was stopped meanwhile.
    """
    try:
        return Tries(attempts=connection.attempts, stop=connection.stop).answer(send, _judge)
    except Unanswered as end:
        if end.stopped:
            raise Interrupted("while an identity was being fetched") from None
        match end.__cause__:
            case TokenUnavailable() as unavailable:
                raise unavailable from None
            case ClientError():
                raise _refused(end.trouble, connection, refusal) from None
            case other:
                raise _unreachable(text_of(other), connection) from None


def _refused(
    trouble: Trouble, connection: Connection, refusal: Callable[[Failure], IdentityError]
) -> IdentityError:
    """What an error of STS means; one that passes, and didn't, has a known cause or none."""
    from codeartifact_status.remedies.cause import cause_of
    from codeartifact_status.remedies.network import NETWORK
    from codeartifact_status.remedies.sts import ROLE

    failure = trouble.failure
    named = Failure(failure.code, failure.message or "STS gave no message")
    said = f"{named.code}: {named.message}"
    is_strange = cause_of(NETWORK, said) is not None
    if is_strange or (trouble.transient and cause_of(ROLE, said) is None):
        return _unreachable(said, connection)
    error = refusal(named)
    error.passes = trouble.transient
    return error


def _unreachable(reason: str, connection: Connection) -> StsUnreachable:
    from codeartifact_status.remedies.cause import cause_of
    from codeartifact_status.remedies.network import NETWORK
    from codeartifact_status.service.endpoints import reach_of

    cause = cause_of(NETWORK, reason)
    if cause is None:
        return StsUnreachable(reason)
    return StsUnreachable(
        reason, partial(cause.advice, reach_of("STS", connection, message=reason))
    )


def is_about_the_issuer(failure: Failure) -> bool:
    """Whether STS could not ask the issuer of a token for its keys.

    STS API Reference, AssumeRoleWithWebIdentity: ``IDPCommunicationError``, "retry the request a
    limited number of times". Where it has no answer at all it says ``InvalidIdentityToken``
    instead, which else is a token that is refused for good (aws/aws-cli#7194).
    """
    match failure.code.removesuffix("Exception"):
        case "IDPCommunicationError":
            return True
        case "InvalidIdentityToken":
            return "retrieve verification key" in failure.message
        case _:
            return False


def _judge(error: Exception) -> Trouble:
    """What an exception means here, where an answer with status 400 may pass, too.

    AWS fetches the issuer's keys to verify a token, and may be held back there: that is throttling,
    of somebody else, and takes as long to pass.
    """
    if isinstance(error, TokenUnavailable):
        return Trouble(failure=Failure("", str(error)), transient=error.passes)
    trouble = judge(error)
    if is_about_the_issuer(trouble.failure):
        return replace(trouble, transient=True, throttled=True)
    return trouble
