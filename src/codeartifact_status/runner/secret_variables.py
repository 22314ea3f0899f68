"""The edge to the secrets in the job's environment: which variables hold one, and what to mask.

A secret that was pasted with a line break is trimmed in place, before any library puts it into a
header: both http.client and botocore quote a header that they refuse.
"""

import base64
import os
import re
from collections.abc import Iterator
from urllib.parse import quote, unquote

_OF_AWS = re.compile(
    r"AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|AWS_SECURITY_TOKEN"
    r"|AWS_BEARER_TOKEN_\w+|AWS_CONTAINER_AUTHORIZATION_TOKEN"
)

# GitLab's are named after their audience.
_OF_CI = re.compile(r"ACTIONS_ID_TOKEN_REQUEST_TOKEN|\w+_ID_TOKEN")

_URLS = re.compile(
    r"(?:HTTPS?|ALL)_PROXY|AWS_ENDPOINT_URL(?:_\w+)?|AWS_CONTAINER_CREDENTIALS_FULL_URI"
    r"|ACTIONS_ID_TOKEN_REQUEST_URL",
    re.IGNORECASE,
)
"""Addresses, which may have a user and a password in them."""

# Up to the last @, whatever stands unescaped before it.
_USERINFO = re.compile(
    r"(?:[a-z][a-z0-9+.\-]*://)?(?P<user>[^:]*):?(?P<password>.*)@", re.IGNORECASE | re.DOTALL
)


def of_aws() -> dict[str, str]:
    """The secrets that boto3's credential chain takes from the environment, by their variables."""
    return {name: value for name, value in os.environ.items() if _OF_AWS.fullmatch(name)}


def of_ci() -> dict[str, str]:
    """The tokens that the CI system put into the environment, by their variables."""
    return {name: value for name, value in os.environ.items() if _OF_CI.fullmatch(name)}


def to_mask() -> Iterator[str]:
    """Every secret in the environment, in each form in which a library may come to show it."""
    yield from (*of_aws().values(), *of_ci().values())
    for name, value in os.environ.items():
        if _URLS.fullmatch(name) and (found := _USERINFO.match(value.strip())) is not None:
            yield found[0]
            yield from _spellings(found["user"], found["password"])


def trim() -> Iterator[str]:
    """Take the white space off the secrets of the environment; a sentence for each that had any."""
    for name, value in (of_aws() | of_ci()).items():
        if value != value.strip():
            os.environ[name] = value.strip()
            yield f"{name} has white space around it, which was left out."


def _spellings(user: str, password: str) -> Iterator[str]:
    """A password as it stands in a URL, in a header, and in what is left of a URL read wrongly."""
    plain = unquote(password)
    # What isn't UTF-8 in a variable is a lone surrogate here.
    yield from (password, plain, quote(plain, safe="", errors="surrogateescape"))
    pair = f"{unquote(user)}:{plain}".encode(errors="surrogateescape")
    yield base64.b64encode(pair).decode()
    yield from re.split(r"[/?#@:]", password)
