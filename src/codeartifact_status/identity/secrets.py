"""What a key or a token is: one word of ASCII. It is looked at and masked before it is used.

What isn't one word is never sent: as a header, http.client and botocore would quote it in the
message with which they refuse it.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from codeartifact_status.identity.refusals import SecretUnusable

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest
    from botocore.session import Session

LONGEST = 20_000
"""Characters of a token (STS API Reference, AssumeRoleWithWebIdentity, ``WebIdentityToken``)."""

_WORD = re.compile(r"[!-~]+")
_TOKEN = re.compile(r"[\w\-]+\.[\w\-]+\.[\w\-]+", re.ASCII)  # RFC 7519, 3: a signed JWT


def usable(secret: str, *, named: str, mask: Callable[[str], None]) -> str:
    """A key or a token, masked, without white space around it.

    Raises:
        SecretUnusable: it isn't one word.
    """
    try:
        word = one_word(secret)
    except ValueError as error:
        raise SecretUnusable(named=named, reason=str(error)) from None
    mask(word)
    return word


def one_word(secret: str) -> str:
    """``secret`` without the white space around it.

    Raises:
        ValueError: that isn't one word; the text says why, and shows nothing of it.
    """
    word = secret.strip()
    if not word:
        raise ValueError("it is empty")
    if len(word) > LONGEST:
        raise ValueError(f"it has {len(word)} characters, and no key or token has so many")
    if len(word.splitlines()) > 1:
        raise ValueError("it has a line break in it")
    if re.search(r"\s", word):
        raise ValueError("it has white space in it")
    if not _WORD.fullmatch(word):
        raise ValueError("it has a character in it that is no letter, digit or mark of ASCII")
    if word[0] in "\"'" or word[-1] in "\"'":
        raise ValueError("it is in quotes, which would be taken for a part of it")
    return word


def one_token(text: str) -> str:
    """The OIDC token that ``text`` is, without the white space around it.

    Raises:
        ValueError: it isn't one; the text says why, and shows nothing of it.
    """
    word = one_word(text)
    if not _TOKEN.fullmatch(word):
        raise ValueError("it is no OIDC token, which is three parts with dots between them")
    return word


def check_all(variables: Mapping[str, str]) -> None:
    """Look at secrets of the environment, by their variables, that a library is to use.

    Raises:
        SecretUnusable: one isn't one word.
    """
    for name, value in variables.items():
        if value:
            # A header as a whole, which may be "Basic …".
            is_header = name == "AWS_CONTAINER_AUTHORIZATION_TOKEN"
            bare = value.replace(" ", "") if is_header else value
            usable(bare, named=name, mask=lambda _: None)


_SENT = {
    "WebIdentityToken": "The OIDC token of AWS_WEB_IDENTITY_TOKEN_FILE, or of the AWS profile,",
    "accessToken": "The cached token of `aws sso login`",
}
"""The parameters in which botocore's own credential chain sends what it has read somewhere."""


def watch(session: "Session", mask: Callable[[str], None]) -> None:
    """See to it that what the credential chain of ``session`` reads and sends is looked at, too."""
    session.register("provide-client-params", partial(_take_sent, mask))
    session.register("before-send", partial(_check_header, mask))


def _take_sent(mask: Callable[[str], None], params: dict[str, Any], **_: Any) -> None:
    for name in _SENT.keys() & params.keys():
        params[name] = usable(params[name], named=_SENT[name], mask=mask)


def _check_header(mask: Callable[[str], None], request: "AWSPreparedRequest", **_: Any) -> None:
    if token := request.headers.get("X-Amz-Security-Token"):
        text = token.decode() if isinstance(token, bytes) else token
        usable(text, named="The session token of the AWS profile", mask=mask)
