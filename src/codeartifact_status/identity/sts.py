"""The edge to STS: asked in bounded time, and again while its failure is one that passes.

A refusal is final at once. Nothing that quotes an answer of STS leaves here: it holds the keys.
"""

from collections.abc import Callable
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
        failure = end.trouble.failure
        match end.__cause__:
            case TokenUnavailable() as unavailable:
                raise unavailable from None
            case ClientError() if end.trouble.transient:
                raise StsUnreachable(f"{failure.code}: {failure.message}") from None
            case ClientError():
                message = failure.message or "STS gave no message"
                raise refusal(Failure(failure.code, message)) from None
            case other:
                raise StsUnreachable(text_of(other)) from None


def _judge(error: Exception) -> Trouble:
    if isinstance(error, TokenUnavailable):
        return Trouble(failure=Failure("", str(error)), transient=error.passes)
    return judge(error)
