"""What the text of an input means: each parser takes text and gives a value. Pure.

A parser takes text as the runner hands it over, or what ``cli-input-json`` holds in its place, and
raises ValueError with what was expected. It does not name the input: who calls it knows the name.
"""

import difflib
import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar
from urllib.parse import urlsplit

from codeartifact_status.arns import ACCOUNT, MAX_POLICY, RoleArn
from codeartifact_status.formats import patterns
from codeartifact_status.inputs import tags
from codeartifact_status.inputs.documents import read_json, read_yaml, short
from codeartifact_status.model import ANY_REPOSITORY, Allowed, Code, Status

SPACE = " \t\n\r\f\v"
"""White space. The service's patterns know no other, so a version may hold a no-break space."""

T = TypeVar("T")


def shown(value: object) -> str:
    """A wrong value in quotes, short enough to be read."""
    if isinstance(value, str):
        return short(value)
    return short(json.dumps(value, ensure_ascii=False, default=str))


def is_encodable(text: str) -> bool:
    """Whether ``text`` is whole Unicode; bytes that aren't UTF-8 reach us as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def text(value: object) -> str:
    """Any text, without the white space around it."""
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)} is not text")
    if not is_encodable(value):
        raise ValueError(f"{shown(value)} is not valid UTF-8")
    return value.strip(SPACE)


def _matching(pattern: re.Pattern[str], expected: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        word = text(value)
        if not pattern.fullmatch(word):
            raise ValueError(f"{shown(word)} is not {expected}")
        return word

    return parse


def word(value: object) -> str:
    """One of a few words, in any case."""
    return text(value).lower()


def title(value: object) -> str:
    """A status, in any case."""
    return text(value).capitalize()


def target_status(value: object) -> str:
    """A status that may be a target, in any case."""
    status = title(value)
    if status == Status.UNFINISHED:
        raise ValueError(
            "Unfinished can't be a target: CodeArtifact can't set a published version back to "
            "Unfinished"
        )
    return status


def words(value: object) -> tuple[str, ...]:
    """Lines, commas, spaces, or a JSON or YAML list; ``#`` at a line's start makes it a comment.

    Duplicates are dropped, and the order is kept.
    """
    if isinstance(value, str):
        bare = _without_comments(value)
        if not bare.startswith("["):
            if all(line.startswith("- ") for line in bare.split("\n")):
                bare = bare.removeprefix("- ").replace("\n- ", "\n")
            return tuple(dict.fromkeys(filter(None, _SEPARATORS.split(bare))))
        value = read_json(bare)
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise ValueError(f"{shown(value)} is not a list of texts")
    return tuple(dict.fromkeys(word.strip(SPACE) for word in value))


_SEPARATORS = re.compile(r"[\s,]+", re.ASCII)


def _without_comments(value: str) -> str:
    lines = (line.strip(SPACE) for line in value.replace("\r", "\n").split("\n"))
    return "\n".join(line for line in lines if line and not line.startswith("#"))


def _each(parse: Callable[[object], T]) -> Callable[[object], tuple[T, ...]]:
    def parse_each(value: object) -> tuple[T, ...]:
        parsed = tuple(parse(word) for word in words(value))
        if not parsed:
            raise ValueError("it is empty")
        return parsed

    return parse_each


domain = _matching(patterns.DOMAIN, "a domain name: 2 to 50 of a-z, 0-9 and -, a letter first")
account_id = _matching(ACCOUNT, "an account id: 12 digits")
account_ids = _each(account_id)
_repositories = _each(
    _matching(
        re.compile(rf"{patterns.REPOSITORY.pattern}|\*"),
        "a repository name: 2 to 100 of A-Z, a-z, 0-9, ., _ and -",
    )
)


def repositories(value: object) -> tuple[str, ...]:
    """Names of repositories, or ``*`` alone for all of the domain."""
    found = _repositories(value)
    if ANY_REPOSITORY in found and len(found) > 1:
        raise ValueError('"*" stands for every repository of the domain; give it alone')
    return found


version = _matching(patterns.NAME, "a version: 1 to 255 characters without #, / and white space")
versions = _each(version)
revision = _matching(patterns.REVISION, "a revision: 1 to 50 characters without white space")
region = _matching(re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}"), "an AWS region such as eu-west-1")
# STS API Reference, AssumeRole, ``ExternalId``. The value isn't shown: it may be meant as a secret.
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/\\\-]{2,1224}", re.ASCII)


def role_arn(value: object) -> RoleArn:
    """The ARN of an IAM role, in any partition."""
    word = text(value)
    try:
        return RoleArn.parse(word)
    except ValueError:
        example = "arn:aws:iam::111122223333:role/release"
        raise ValueError(f"{shown(word)} is not a role ARN such as {example}") from None


def boolean(value: object) -> bool:
    """``true`` or ``false`` in any case, as in YAML."""
    match str(value).strip().lower():
        case "true":
            return True
        case "false":
            return False
        case _:
            raise ValueError(f"must be true or false (got {shown(value)})")


def revisions(value: object) -> dict[str, str]:
    """A JSON or YAML map of versions to revisions, or ``version=revision`` items."""
    if isinstance(value, str):
        bare = _without_comments(value)
        is_map = bare.startswith("{") or re.search(r":(\s|$)", bare, re.MULTILINE)
        value = read_yaml(bare) if is_map else _items(bare)
    if not isinstance(value, Mapping) or not value:
        raise ValueError(f"{shown(value)} is not a map of versions to revisions")
    return {version(name): revision(pin) for name, pin in value.items()}


def _items(bare: str) -> dict[str, str]:
    pins: dict[str, str] = {}
    for item in filter(None, _SEPARATORS.split(bare)):
        name, equals, pin = item.partition("=")
        if not equals:
            raise ValueError(f"{shown(item)} is not of the form version=revision")
        if pins.setdefault(name, pin) != pin:
            raise ValueError(f"version {shown(name)} is given twice, with two revisions")
    return pins


# PackageVersionErrorCode in botocore's model of CodeArtifact, and ours.
_CODES = [*(code.value for code in Code), "ALREADY_EXISTS"]


def allowed(value: object) -> Allowed:
    """``true``, ``false``, or a list of error codes."""
    codes = words(value) if not isinstance(value, bool) else (str(value),)
    match tuple(code.lower() for code in codes):
        case ("true",):
            return Allowed(codes="all")
        case ("false",) | ():
            return Allowed()
        case lowered if {"true", "false"} & set(lowered):
            raise ValueError("must be true, false, or a list of error codes, not a mixture")
    for code in codes:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.]*", code):
            raise ValueError(f"{shown(code)} is not an error code such as NOT_FOUND")
        # The service may have codes that aren't known here; a slip of the finger it has not.
        near = difflib.get_close_matches(code.upper(), _CODES, n=1, cutoff=0.8)
        if near and near[0] != code.upper():
            raise ValueError(f"unknown error code {shown(code)}; did you mean {near[0]}?")
    return Allowed(codes=frozenset(code.upper() for code in codes))


def session_policy(value: object) -> str:
    """``least-privilege``, ``none``, or a JSON policy document, without white space."""
    word = text(value)
    if word.lower() in {"least-privilege", "none"}:
        return word.lower()
    if not word.startswith("{"):
        raise ValueError(f"must be least-privilege, none, or a JSON policy (got {shown(word)})")
    document = json.dumps(read_json(word), separators=(",", ":"))
    if len(document) > MAX_POLICY:
        most = MAX_POLICY
        raise ValueError(f"the policy has {len(document)} characters; STS allows at most {most}")
    return document


def external_id(value: object) -> str:
    """What a role's trust policy may ask for in addition."""
    word = text(value)
    if not _EXTERNAL_ID.fullmatch(word):
        raise ValueError("must be 2 to 1224 characters of A-Z, a-z, 0-9 and _+=,.@:/\\-")
    return word


def query(value: object) -> str:
    """A JMESPath expression."""
    # Loaded here because most steps have no use for it.
    import jmespath

    expression = text(value)
    try:
        jmespath.compile(expression)
    except jmespath.exceptions.JMESPathError as error:
        # Its other lines are the expression again.
        reason = str(error).partition("\n")[0].removesuffix(":").removesuffix(", for expression")
        raise ValueError(f"{shown(expression)} is not a JMESPath expression: {reason}") from None
    except RecursionError:
        raise ValueError(f"{shown(expression)} is nested too deeply") from None
    return expression


def lines(value: object) -> tuple[str, ...]:
    """One expression a line; ``#`` at a line's start makes it a comment."""
    return tuple(dict.fromkeys(filter(None, _without_comments(text(value)).split("\n"))))


_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def duration(value: object) -> timedelta:
    """Whole hours, days or weeks: ``12h``, ``30d``, ``2w``."""
    word = text(value).lower()
    found = re.fullmatch(r"([1-9][0-9]{0,4})([hdw])", word)
    if found is None:
        raise ValueError(
            f"{shown(word)} is not a duration: a number from 1 to 99999 and h, d or w, "
            "such as 12h, 30d or 2w"
        )
    return int(found[1]) * _UNITS[found[2]]


def tag_pattern(value: object) -> str:
    """A pattern of tags with ``{version}``, and perhaps ``{package}``."""
    word = text(value)
    try:
        tags.tag_pattern(word)
    except ValueError as error:
        raise ValueError(f"{shown(word)}: {error}") from None
    return word


def url(value: object) -> str:
    """An absolute HTTP or HTTPS URL."""
    word = text(value)
    if "@" in word:
        # Wherever it is: what stands before it may hold an unescaped / or #.
        raise ValueError("must not contain a user name or a password")
    if not _is_http_url(word):
        raise ValueError(f"{shown(word)} is not an http:// or https:// URL")
    return word


def token_file(value: object) -> str:
    """The path of a file with a token; a token itself is refused, and not shown."""
    word = text(value)
    if word.startswith("eyJ") or len(word) > 1000:  # noqa: PLR2004 - far more than a path has
        raise ValueError("must be the path of the file with the token, not the token itself")
    return word


def _is_http_url(text: str) -> bool:
    """Whether ``text`` is an absolute HTTP or HTTPS URL with a host that botocore takes."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        _ = parts.port  # raises for what is no port
    except ValueError:
        return False
    labels = host.removesuffix(".").split(".")
    is_host = ":" in host or all(re.fullmatch(r"(?!-)[a-z0-9-]{1,63}(?<!-)", one) for one in labels)
    return parts.scheme in {"http", "https"} and is_host and not re.search(r"\s", text)
