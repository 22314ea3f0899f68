"""The edge to the environment: the step's inputs, checked, become requests.

The only module that reads the environment. pydantic-settings finds an input's value, by the name
that the runner gives it (``INPUT_TARGET-STATUS``) or the one that a shell can set
(``INPUT_TARGET_STATUS``); the parsers here say what a value means. All wrong inputs are reported
together. Nothing is sent, read from the network or written here.
"""

import difflib
import json
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AliasChoices,
    AliasGenerator,
    BeforeValidator,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from codeartifact_status import formats, retries
from codeartifact_status.errors import InputError, Problem
from codeartifact_status.formats import RULES, Namespace
from codeartifact_status.manifest import read_json, read_yaml
from codeartifact_status.model import (
    Allowed,
    Format,
    OnFailure,
    Operation,
    Package,
    Request,
    Status,
)

MAX_POLICY = 2048
"""Characters of a session policy (STS API Reference, AssumeRoleWithWebIdentity, ``Policy``)."""

# --- What a value means. A parser takes text, or what cli-input-json holds in its place, and
# raises ValueError with what was expected. ------------------------------------------------------


def _shown(value: object) -> str:
    """A wrong value, short enough to be read."""
    text = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value
    return f'"{text[:60]}…"' if len(text) > 60 else f'"{text}"'  # noqa: PLR2004 - a line's worth


def _is_text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{_shown(value)} is not text")  # noqa: TRY004 - a wrong value from outside
    return value.strip()


def _matching(pattern: re.Pattern[str], expected: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        text = _is_text(value)
        if not pattern.fullmatch(text) or not _is_encodable(text):
            raise ValueError(f"{_shown(text)} is not {expected}")
        return text

    return parse


def _is_encodable(text: str) -> bool:
    """Whether ``text`` is whole Unicode; bytes that aren't UTF-8 reach us as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _one_of(words: Iterable[str], *, why_not: Mapping[str, str]) -> Callable[[object], str]:
    known = {word.lower(): word for word in words}

    def parse(value: object) -> str:
        text = _is_text(value)
        if text.lower() in why_not:
            raise ValueError(why_not[text.lower()])
        if text.lower() not in known:
            near = difflib.get_close_matches(text.lower(), known, n=1)
            hint = f"; did you mean {known[near[0]]}?" if near else ""
            raise ValueError(f"{_shown(text)} is none of {', '.join(known.values())}{hint}")
        return known[text.lower()]

    return parse


def parse_boolean(value: object) -> bool:
    """``true`` or ``false`` in any case, as in YAML."""
    match str(value).strip().lower():
        case "true":
            return True
        case "false":
            return False
        case _:
            raise ValueError(f"{_shown(value)} is neither true nor false")


def _number(least: float, most: float, unit: str) -> Callable[[object], int]:
    def parse(value: object) -> int:
        text = str(value).strip()
        if not (text.isascii() and text.isdigit() and least <= int(text[:12]) <= most):
            raise ValueError(
                f"{_shown(value)} is not a whole number of {unit} from {least} to {most}"
            )
        return int(text)

    return parse


def parse_list(value: object) -> tuple[str, ...]:
    """Lines, commas, spaces, or a JSON array; ``#`` at a line's start makes it a comment.

    Duplicates are dropped, and the order is kept.
    """
    if isinstance(value, str):
        text = _without_comments(value).strip()
        if text.startswith("["):
            value = read_json(text)
        else:
            return tuple(dict.fromkeys(word for word in re.split(r"[\s,]+", text) if word))
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise ValueError(f"{_shown(value)} is not a list of texts")
    return tuple(dict.fromkeys(word.strip() for word in value))


def _without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def _each(parse: Callable[[object], str]) -> Callable[[object], tuple[str, ...]]:
    def parse_each(value: object) -> tuple[str, ...]:
        words = tuple(parse(word) for word in parse_list(value))
        if not words:
            raise ValueError("it is empty")
        return words

    return parse_each


_parse_version = _matching(
    formats.NAME, "a version: 1 to 255 characters without #, / and white space"
)
_parse_revision = _matching(formats.REVISION, "a revision: 1 to 50 characters without white space")


def parse_revisions(value: object) -> dict[str, str]:
    """A JSON or YAML map of versions to revisions, or ``version=revision`` items."""
    if isinstance(value, str):
        text = _without_comments(value).strip()
        is_map = text.startswith("{") or re.search(r":(\s|$)", text, re.MULTILINE)
        value = read_yaml(text) if is_map else _items(text)
    if not isinstance(value, Mapping) or not value:
        raise ValueError(f"{_shown(value)} is not a map of versions to revisions")
    return {_parse_version(version): _parse_revision(pin) for version, pin in value.items()}


def _items(text: str) -> dict[str, str]:
    pins: dict[str, str] = {}
    for item in re.split(r"[\s,]+", text):
        version, equals, pin = item.partition("=")
        if not equals:
            raise ValueError(f"{_shown(item)} is not of the form version=revision")
        if pins.setdefault(version, pin) != pin:
            raise ValueError(f"version {version} stands twice, with two revisions")
    return pins


def parse_allowed(value: object) -> Allowed:
    """``true``, ``false``, or a list of error codes."""
    words = parse_list(value) if not isinstance(value, bool) else (str(value),)
    match tuple(word.lower() for word in words):
        case ("true",):
            return Allowed(codes="all")
        case ("false",) | ():
            return Allowed()
        case lowered if {"true", "false"} & set(lowered):
            raise ValueError("give true, false, or error codes, not both")
    for word in words:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.]*", word):
            raise ValueError(f"{_shown(word)} is not an error code such as NOT_FOUND")
    return Allowed(codes=frozenset(word.upper() for word in words))


def parse_policy(value: object) -> str:
    """``least-privilege``, ``none``, or a JSON policy document."""
    text = _is_text(value)
    if text.lower() in {"least-privilege", "none"}:
        return text.lower()
    if not text.startswith("{"):
        raise ValueError(f"{_shown(text)} is neither least-privilege, none, nor a JSON policy")
    policy = json.dumps(read_json(text), separators=(",", ":"))
    if len(policy) > MAX_POLICY:
        raise ValueError(f"the policy has {len(policy)} characters, and STS takes {MAX_POLICY}")
    return policy


def _parse_url(value: object) -> str:
    text = _is_text(value)
    if not formats.is_http_url(text):
        raise ValueError(f"{_shown(text)} is not an http:// or https:// URL")
    return text


def _parse_file(value: object) -> str:
    text = _is_text(value)
    if not Path(text).exists():
        raise ValueError(f"there is no file {_shown(text)}")
    return text


API_REQUEST = {
    "domain": "domain",
    "domainOwner": "domain_owner",
    "repository": "repository",
    "format": "format",
    "namespace": "namespace",
    "package": "package",
    "versions": "versions",
    "versionRevisions": "version_revisions",
    "expectedStatus": "expected_status",
    "targetStatus": "target_status",
}
"""The members of an UpdatePackageVersionsStatus request (botocore's model), and our inputs."""


def parse_api_request(text: str) -> dict[str, Any]:
    """The inputs in an API request, given as JSON or as the file that ``file://`` names."""
    if text.startswith("file://"):
        path = text.removeprefix("file://")
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise ValueError(f"{_shown(path)} can't be read: {reason}") from None
    request = read_json(text)
    if not isinstance(request, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004 - a wrong value from outside
    for member in request:
        if member not in API_REQUEST:
            near = difflib.get_close_matches(member, API_REQUEST, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ValueError(f"the request has no member {_shown(member)}{hint}")
    return {API_REQUEST[member]: value for member, value in request.items() if value is not None}


def _check_api_request(value: object) -> str:
    text = _is_text(value)
    parse_api_request(text)
    return text


def _parse_session_name(value: object) -> str:
    return valid_session_name(_is_text(value))


def valid_session_name(text: str) -> str:
    """``text`` made a role session name: 2 to 64 of ``[A-Za-z0-9_+=,.@-]`` (STS API Reference)."""
    name = re.sub(r"[^A-Za-z0-9_+=,.@\-]+", "-", text).strip("-")[-64:]
    return name if len(name) > 1 else f"codeartifact-status-{name}".strip("-")


# --- The inputs. -----------------------------------------------------------------------------


def _checked(parse: Callable[[object], object]) -> BeforeValidator:
    def check(value: object) -> object:
        try:
            return parse(value)
        except ValueError as error:
            raise PydanticCustomError("input", "{text}", {"text": str(error)}) from None

    return BeforeValidator(check)


Text = Annotated[str, _checked(_is_text)]
Boolean = Annotated[bool, _checked(parse_boolean)]

_TARGETS = [status.value for status in Status if status is not Status.UNFINISHED]
_WHY_NOT_UNFINISHED = {
    "unfinished": (
        "Unfinished can't be a target: once a version is published, CodeArtifact has no way back "
        "to Unfinished"
    )
}


def _variables(field: str) -> AliasChoices:
    """The environment variables of an input: the runner's, and the one that a shell can set."""
    name = field.upper()
    return AliasChoices(f"INPUT_{name.replace('_', '-')}", f"INPUT_{name}")


class _Environment(PydanticBaseSettingsSource):
    """The environment variables of each field; the first that isn't blank counts."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        alias = field.validation_alias
        names = alias.choices if isinstance(alias, AliasChoices) else []
        values = (os.environ.get(str(name), "") for name in names)
        return next(filter(str.strip, values), None), field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in found.items() if value is not None}


class _ApiRequest(PydanticBaseSettingsSource):
    """What ``cli-input-json`` holds; if it can't be read, its own field says so."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        raise NotImplementedError("the request is read as a whole")

    def __call__(self) -> dict[str, Any]:
        text = self.current_state.get("cli_input_json", "")
        try:
            return parse_api_request(text) if text else {}
        except ValueError:
            return {}


class Inputs(BaseSettings):
    """The inputs of the step, each checked by itself.

    A field's description stands in ``action.yml`` and in the README as well, and a test compares
    them. Whether the inputs fit together is for ``read_requests`` to say.
    """

    model_config = SettingsConfigDict(
        alias_generator=AliasGenerator(validation_alias=_variables),
        validate_default=False,
        validate_by_name=True,
        validate_by_alias=False,
        extra="ignore",
        frozen=True,
    )

    domain: Annotated[
        str,
        _checked(
            _matching(
                formats.DOMAIN,
                "a domain name: 2 to 50 of a-z, 0-9 and -, a letter first",
            )
        ),
    ] = Field("", description="The CodeArtifact domain.")
    domain_owner: (
        Annotated[str, _checked(_matching(formats.ACCOUNT, "an account id: 12 digits"))] | None
    ) = Field(None, description="The account that owns the domain; the caller's own by default.")
    repository: Annotated[
        tuple[str, ...],
        _checked(
            _each(
                _matching(
                    formats.REPOSITORY,
                    "a repository name: 2 to 100 of A-Z, a-z, 0-9, ., _ and -",
                )
            )
        ),
    ] = Field((), description="One repository, or several by lines or commas.")
    format: Annotated[Format, _checked(_one_of([f.value for f in Format], why_not={}))] | None = (
        Field(None, description="The package format.")
    )
    namespace: Text | None = Field(
        None,
        description="Maven groupId, npm scope with or without @, Swift scope, generic namespace.",
    )
    package: Text | None = Field(
        None, description="The package; also @scope/name for npm and group:artifact for Maven."
    )
    versions: Annotated[tuple[str, ...], _checked(_each(_parse_version))] = Field(
        (), description="The versions, by lines, commas, spaces, or as a JSON array."
    )
    version_revisions: Annotated[dict[str, str], _checked(parse_revisions)] = Field(
        default_factory=dict,
        description="The revisions that the versions must have: a map, or version=revision items.",
    )
    expected_status: (
        Annotated[Status, _checked(_one_of([s.value for s in Status], why_not={}))] | None
    ) = Field(None, description="The status that the versions must have now.")
    target_status: (
        Annotated[Status, _checked(_one_of(_TARGETS, why_not=_WHY_NOT_UNFINISHED))] | None
    ) = Field(None, description="The status to set.")
    allow_failed_versions: Annotated[Allowed, _checked(parse_allowed)] = Field(
        Allowed(), description="Failures that don't fail the step: true, or error codes."
    )
    on_failure: Annotated[
        OnFailure, _checked(_one_of([o.value for o in OnFailure], why_not={}))
    ] = Field(OnFailure.STOP, description="What to do with the rest when a version can't change.")
    dry_run: Boolean = Field(False, description="Plan and judge as usual, and send nothing.")
    allow_irreversible: Boolean = Field(
        False, description="Allow the target statuses Disposed and Deleted."
    )
    role_to_assume: (
        Annotated[
            str,
            _checked(_matching(formats.ROLE, "a role ARN: arn:aws:iam::111122223333:role/name")),
        ]
        | None
    ) = Field(None, description="The role to assume, by its ARN.")
    aws_region: (
        Annotated[
            str,
            _checked(_matching(re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+"), "an AWS region")),
        ]
        | None
    ) = Field(
        None,
        validation_alias=AliasChoices(
            "INPUT_AWS-REGION", "INPUT_AWS_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"
        ),
        description="The AWS region; AWS_REGION and AWS_DEFAULT_REGION serve, too.",
    )
    audience: Text = Field("sts.amazonaws.com", description="The audience of the OIDC token.")
    role_session_name: Annotated[str, _checked(_parse_session_name)] | None = Field(
        None, description="The name of the role session; from repository and run by default."
    )
    role_duration_seconds: Annotated[int, _checked(_number(900, 43200, "seconds"))] = Field(
        900, description="How long the role session lasts."
    )
    web_identity_token_file: Text | None = Field(
        None, description="A file with an OIDC token that something else put there."
    )
    role_chaining: Boolean = Field(
        False, description="Assume the role with the credentials at hand."
    )
    role_external_id: (
        Annotated[
            str,
            _checked(
                _matching(
                    re.compile(r"[A-Za-z0-9_+=,.@:/\\\-]{2,1224}"),
                    "an external id: 2 to 1224 of A-Z, a-z, 0-9 and _+=,.@:/\\-",
                )
            ),
        ]
        | None
    ) = Field(None, description="The external id that the role asks for, with role-chaining.")
    session_policy: Annotated[str, _checked(parse_policy)] = Field(
        "least-privilege", description="What the role session may do at most."
    )
    allowed_account_ids: Annotated[
        tuple[str, ...], _checked(_each(_matching(formats.ACCOUNT, "an account id: 12 digits")))
    ] = Field((), description="Refuse to go on in any other account.")
    endpoint_url: Annotated[str, _checked(_parse_url)] | None = Field(
        None, description="Another endpoint for CodeArtifact."
    )
    ca_bundle: Annotated[str, _checked(_parse_file)] | None = Field(
        None, description="A file of CA certificates to verify TLS with."
    )
    cli_read_timeout: Annotated[int, _checked(_number(0, 86400, "seconds"))] = Field(
        60, description="Seconds to wait for an answer; 0 waits for ever."
    )
    cli_connect_timeout: Annotated[int, _checked(_number(0, 86400, "seconds"))] = Field(
        60, description="Seconds to wait for a connection; 0 waits for ever."
    )
    no_verify_ssl: Boolean = Field(False, description="Do not verify TLS certificates.")
    no_sign_request: Boolean = Field(False, description="Do not sign requests.")
    profile: Text | None = Field(None, description="A profile of the AWS configuration files.")
    debug: Boolean = Field(False, description="Log what is sent and answered, without secrets.")
    cli_input_json: Annotated[str, _checked(_check_api_request)] | None = Field(
        None, description="The API request as JSON, or file://…; other inputs override it."
    )
    concurrency: Annotated[int, _checked(_number(1, 64, "calls"))] = Field(
        8, description="Calls in flight at most."
    )
    aws_max_attempts: Annotated[int, _checked(_number(1, 100, "attempts"))] = Field(
        retries.ATTEMPTS, validation_alias=AliasChoices("AWS_MAX_ATTEMPTS")
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings' signature
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, then what cli-input-json holds; never a .env file of the checkout."""
        return _Environment(settings_cls), _ApiRequest(settings_cls)

    @model_validator(mode="wrap")
    @classmethod
    def _all_together(cls, data: dict[str, Any], handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Report what is wrong with single inputs and with their combination in one go."""
        bad: dict[str, str] = {}
        try:
            inputs = handler(data)
        except ValidationError as error:
            bad = {str(line["loc"][0]): line["msg"] for line in error.errors()}
            inputs = handler({name: value for name, value in data.items() if name not in bad})
        typed = _Environment(cls)()
        problems = [Problem(_typed_name(name, typed), text) for name, text in bad.items()]
        problems += [
            Problem(_typed_name(name, typed), text)
            for name, text in _misfits(inputs, bad=bad.keys())
        ]
        problems += [
            Problem(name, f"there is no such input; did you mean {near}?")
            for name, near in unknown_inputs().items()
            if near is not None
        ]
        if problems:
            raise InputError(problems)
        return inputs

    def requests(self) -> tuple[Request, ...]:
        """What is asked for, one request for each repository."""
        if self.format is None or self.package is None or self.target_status is None:
            raise AssertionError("checked by _misfits")
        scope, name = formats.split_name(self.format, self.package)
        namespace = self.namespace or scope
        pins = {
            formats.normal_version(self.format, version): pin
            for version, pin in self.version_revisions.items()
        }
        versions = [formats.normal_version(self.format, version) for version in self.versions]
        return tuple(
            Request(
                package=Package(
                    domain=self.domain,
                    domain_owner=self.domain_owner,
                    repository=repository,
                    format=self.format,
                    namespace=namespace and formats.normal_namespace(self.format, namespace),
                    name=formats.normal_name(self.format, name),
                ),
                versions=tuple(dict.fromkeys(versions or pins)),
                target=self.target_status,
                revisions=pins,
                expected_status=self.expected_status,
            )
            for repository in self.repository
        )


def _typed_name(field: str, typed: Collection[str]) -> str:
    """An input by the name that the user typed: here, or inside of cli-input-json."""
    name = field.replace("_", "-")
    member = next((member for member, f in API_REQUEST.items() if f == field), None)
    if member is None or field in typed or "cli_input_json" not in typed:
        return name
    return f"{name} ({member} in cli-input-json)"


def _misfits(inputs: Inputs, *, bad: Collection[str]) -> Iterator[tuple[str, str]]:
    """What is missing, or contradicts another input. Inputs that are ``bad`` are left out."""
    required: list[tuple[str, object]] = [
        ("domain", inputs.domain),
        ("repository", inputs.repository),
        ("format", inputs.format),
        ("package", inputs.package),
        ("target_status", inputs.target_status),
    ]
    for name, value in required:
        if not value and name not in bad:
            yield name, "it is required"
    if not inputs.versions and not inputs.version_revisions:
        if not {"versions", "version_revisions"} & set(bad):
            yield "versions", "it is required, unless version-revisions stands for it"
    elif inputs.versions and inputs.version_revisions:
        yield from _misfit_revisions(inputs)
    if not inputs.aws_region and not inputs.profile and "aws_region" not in bad:
        yield "aws_region", "it is required; AWS_REGION and AWS_DEFAULT_REGION serve, too"
    if inputs.format is not None and inputs.package is not None:
        yield from _misfit_package(inputs.format, inputs.package, inputs.namespace)
    if inputs.target_status and Operation.to_reach(inputs.target_status) is not Operation.UPDATE:
        if not inputs.allow_irreversible and "allow_irreversible" not in bad:
            yield (
                "target_status",
                f"{inputs.target_status} can't be undone: set allow-irreversible: true to go on",
            )
    yield from _misfit_identity(inputs)


def _misfit_revisions(inputs: Inputs) -> Iterator[tuple[str, str]]:
    versions, pinned = list(inputs.versions), list(inputs.version_revisions)
    if inputs.format is not None:
        versions = [formats.normal_version(inputs.format, version) for version in versions]
        pinned = [formats.normal_version(inputs.format, version) for version in pinned]
    if set(versions) == set(pinned):
        return
    parts = []
    if missing := [version for version in versions if version not in set(pinned)]:
        parts.append(f"it lacks {_shown(missing)}")
    if extra := [version for version in pinned if version not in set(versions)]:
        parts.append(f"it has {_shown(extra)} beside")
    yield "version_revisions", f"its versions must be those of versions, and {', '.join(parts)}"


def _misfit_package(
    format_: Format, package: str, namespace: str | None
) -> Iterator[tuple[str, str]]:
    rules = RULES[format_]
    scope, name = formats.split_name(format_, package)
    if not formats.NAME.fullmatch(name) or not _is_encodable(name):
        hint = " (write npm's as @scope/name)" if "/" in name and format_ is Format.NPM else ""
        yield (
            "package",
            f"{_shown(package)} is not a package name: 1 to 255 characters without #, / and white "
            f"space{hint}",
        )
    whole = namespace or scope
    if whole is None:
        if rules.namespace is Namespace.REQUIRED:
            yield "namespace", f"it is required for {format_}: the {rules.namespace_word}"
        return
    if rules.namespace is Namespace.REFUSED:
        yield "namespace", f"{format_} packages have none"
        return
    normal = formats.normal_namespace(format_, whole)
    if not formats.NAME.fullmatch(normal) or not _is_encodable(normal):
        yield (
            "namespace" if namespace else "package",
            f"{_shown(whole)} is not a {rules.namespace_word}: 1 to 255 characters without #, / "
            "and white space",
        )
    elif scope is not None and formats.normal_namespace(format_, scope) != normal:
        yield "namespace", f"{_shown(namespace)} contradicts package {_shown(package)}"


def _misfit_identity(inputs: Inputs) -> Iterator[tuple[str, str]]:
    if inputs.role_to_assume is None:
        for name, value in (
            ("role_chaining", inputs.role_chaining),
            ("web_identity_token_file", inputs.web_identity_token_file),
            ("role_external_id", inputs.role_external_id),
        ):
            if value:
                yield name, "it needs role-to-assume"
    elif not inputs.role_chaining:
        if inputs.role_external_id:
            yield "role_external_id", "it needs role-chaining: true; OIDC has no external id"
        if inputs.profile:
            yield "profile", "it has no say with role-to-assume, unless role-chaining is true"
    elif inputs.web_identity_token_file:
        yield "web_identity_token_file", "it contradicts role-chaining: true; give one of the two"
    if inputs.no_sign_request:
        for name, value in (
            ("role_to_assume", inputs.role_to_assume),
            ("allowed_account_ids", inputs.allowed_account_ids),
        ):
            if value:
                yield name, "it contradicts no-sign-request: true"


# The runner itself sets these for a container action that is given `with: args` or `entrypoint`.
_RUNNERS_OWN = {"args", "entrypoint"}


def unknown_inputs() -> dict[str, str | None]:
    """The inputs that this action doesn't have, each with the nearest that it has, if one is near.

    A misspelled input would otherwise be ignored, and the step would do something else than what
    was asked for.
    """
    known = [name.replace("_", "-") for name in Inputs.model_fields if name != "aws_max_attempts"]
    given = {
        variable.removeprefix("INPUT_").lower().replace("_", "-"): value
        for variable, value in os.environ.items()
        if variable.startswith("INPUT_")
    }
    return {
        name: next(iter(difflib.get_close_matches(name, known, n=1, cutoff=0.85)), None)
        for name, value in given.items()
        if value.strip() and name not in known and name not in _RUNNERS_OWN
    }


# --- What surrounds the step. -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the runner says about the run (GitHub Docs, "Variables reference")."""

    on_github: bool
    repository: str
    run: str
    request_token: str = field(repr=False)
    from_fork: bool

    @classmethod
    def read(cls) -> "Surroundings":
        """Read them from the environment; what is missing is empty."""
        get = os.environ.get
        return cls(
            on_github=get("GITHUB_ACTIONS", "").lower() == "true",
            repository=get("GITHUB_REPOSITORY", ""),
            run="-".join(filter(None, (get("GITHUB_RUN_ID"), get("GITHUB_RUN_ATTEMPT")))),
            request_token=get("ACTIONS_ID_TOKEN_REQUEST_TOKEN", ""),
            from_fork=_is_from_fork(get("GITHUB_EVENT_NAME", ""), get("GITHUB_EVENT_PATH", "")),
        )

    @property
    def session_name(self) -> str:
        """A role session name that leads back to this run."""
        where = f"{self.repository[: 62 - len(self.run)]}-{self.run}"
        return valid_session_name(where)


def _is_from_fork(event: str, path: str) -> bool:
    """Whether a pull request from another repository started the run."""
    if not event.startswith("pull_request") or not path:
        return False
    try:
        pull = json.loads(Path(path).read_bytes())["pull_request"]
        return bool(pull["head"]["repo"]["full_name"] != pull["base"]["repo"]["full_name"])
    except (OSError, ValueError, LookupError, TypeError):
        # GitHub's own file; where it can't be read, the general text has to do.
        return False
