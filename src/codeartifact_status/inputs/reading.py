"""The edge to who asks: the step's inputs, checked, become requests.

``sources`` finds an input's value and ``values`` says what it means. All wrong inputs are reported
together. Nothing is sent, read from the network or written here.
"""

import contextlib
import difflib
import os
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AliasChoices,
    AliasGenerator,
    BeforeValidator,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from codeartifact_status.errors import InputError, Problem
from codeartifact_status.inputs import values
from codeartifact_status.inputs.manifest import ENTRY_KEYS, read_packages
from codeartifact_status.inputs.requests import Asked, of_entry, to_requests
from codeartifact_status.inputs.sources import (
    API_REQUEST,
    ApiRequestSource,
    CommandLineSource,
    EnvironmentSource,
    Flags,
    Typed,
    read_api_request,
    read_file,
    variables,
)
from codeartifact_status.inputs.tags import read_tag, tag_pattern
from codeartifact_status.model import (
    Allowed,
    Format,
    OnFailure,
    Output,
    Request,
    Selection,
    Status,
)
from codeartifact_status.runner.surroundings import Surroundings
from codeartifact_status.service import retries

MOST_MATCHES = 100
"""How many versions a step may change by pattern, unless ``max-changes`` says otherwise."""


def _api_request(value: object) -> str:
    text = values.text(value)
    read_api_request(text)
    return text


def _as_path(parse: Callable[[str], str]) -> Callable[[object], str]:
    """A parser of paths: what the file system itself refuses is a wrong value, too."""

    def check(value: object) -> str:
        text = values.text(value)
        try:
            return parse(text)
        except (OSError, RuntimeError) as error:
            # A name that is too long, a link to itself, a directory that may not be entered.
            reason = error.strerror if isinstance(error, OSError) else "a link leads to itself"
            raise ValueError(f"{values.shown(text)} is no path: {reason}") from None

    return check


@_as_path
def _file(text: str) -> str:
    if not Path(text).is_file():
        raise ValueError(f"there is no file {values.shown(text)}")
    return text


def _packages(value: object) -> tuple[dict[str, Any] | ValueError, ...]:
    text = values.text(value)
    if text.startswith("@"):
        text = read_file(text.removeprefix("@"))
    try:
        return tuple(read_packages(text))
    except ValueError as error:
        if Path(text).suffix in {".json", ".yaml", ".yml"}:
            raise ValueError(f"{error}; to read a file, write @{text}") from None
        raise


@_as_path
def _report_path(text: str) -> str:
    """Where to report to: a path inside of the workspace, or one that the job names in full.

    An absolute path is taken as it is, because it stands in for one that GitHub's runner would
    name; the workspace may hold links that somebody else has put there.
    """
    if not Path(text).is_absolute():
        return _path(text)
    if Path(text).is_dir():
        raise ValueError(f"{values.shown(text)} is a directory")
    return text


@_as_path
def _path(text: str) -> str:
    """A path that stays inside of the workspace, which is where the runner starts the step."""
    workspace = Path.cwd().resolve()
    path = Path(text)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(
            f"{values.shown(text)} is not a path relative to the workspace and inside of it"
        )
    if not (workspace / path).resolve().is_relative_to(workspace):
        raise ValueError(f"{values.shown(text)} leads out of the workspace by a link")
    if (workspace / path).is_dir():
        raise ValueError(f"{values.shown(text)} is a directory")
    return text


def _by(parse: Callable[[object], object]) -> BeforeValidator:
    """Let ``parse`` make an input's value, and let its error stand as it is."""

    def check(value: object) -> object:
        try:
            return parse(value)
        except ValueError as error:
            raise PydanticCustomError("input", "{text}", {"text": str(error)}) from None

    return BeforeValidator(check)


_SETTING = (
    *("domain", "domain_owner", "aws_region", "role_to_assume", "audience"),
    *("web_identity_token_file", "role_chaining", "role_external_id", "profile"),
    *("endpoint_url", "ca_bundle", "no_verify_ssl", "no_sign_request"),
)
"""The inputs that say where, and as whom: another step needs them to undo this one."""


class Inputs(BaseSettings):
    """The inputs of the step, each checked by itself, then together.

    A field's description stands in ``action.yml`` as well, and a test compares them.

    Raises:
        InputError: with all that is wrong.
    """

    model_config = SettingsConfigDict(
        alias_generator=AliasGenerator(validation_alias=variables),
        validate_default=False,
        validate_by_name=True,
        validate_by_alias=False,
        extra="ignore",
        frozen=True,
    )

    domain: Annotated[str | None, _by(values.domain)] = Field(
        None, description="The CodeArtifact domain."
    )
    domain_owner: Annotated[str | None, _by(values.account_id)] = Field(
        None, description="The account that owns the domain; the caller's own by default."
    )
    repository: Annotated[tuple[str, ...], _by(values.repositories)] = Field(
        (), description="One repository, or several by lines or commas: the same change in each."
    )
    format: Annotated[Format | None, _by(values.package_format)] = Field(
        None, description="npm, pypi, maven, nuget, generic, ruby, swift or cargo."
    )
    namespace: Annotated[str | None, _by(values.text)] = Field(
        None,
        description="Maven groupId, npm scope with or without @, Swift scope, generic namespace.",
    )
    package: Annotated[str | None, _by(values.text)] = Field(
        None, description="The package; also @scope/name for npm and group:artifact for Maven."
    )
    versions: Annotated[tuple[str, ...], _by(values.versions)] = Field(
        (), description="The versions, by lines, commas or spaces, or as a JSON array."
    )
    version_revisions: Annotated[dict[str, str], _by(values.revisions)] = Field(
        {}, description="The revisions that the versions must have: a map, or version=revision."
    )
    expected_status: Annotated[Status | None, _by(values.status)] = Field(
        None, description="The status that the versions must have now."
    )
    target_status: Annotated[Status | None, _by(values.target_status)] = Field(
        None, description="Published, Unlisted or Archived; also Disposed or Deleted, if allowed."
    )
    packages: Annotated[tuple[Any, ...] | None, _by(_packages)] = Field(
        None,
        description="Many packages in one step, instead of package: YAML, JSON, or @path.",
    )
    version_from_tag: Annotated[str | None, _by(values.tag_pattern)] = Field(
        None,
        description="A pattern of the tag that triggered the run, such as v{version}.",
    )
    versions_matching: Annotated[tuple[str, ...], _by(values.lines)] = Field(
        (), description="Globs or ranges, one a line: what is in the repository and matches any."
    )
    exclude_versions: Annotated[tuple[str, ...], _by(values.lines)] = Field(
        (), description="Globs or ranges, one a line: what to leave out of all that."
    )
    keep_latest: Annotated[int, _by(values.number(least=0, most=1_000_000, unit="versions"))] = (
        Field(0, description="Leave alone the newest N of what versions-matching matches.")
    )
    max_changes: Annotated[
        int | None, _by(values.number(least=0, most=1_000_000, unit="versions"))
    ] = Field(
        None, description="Refuse to change more versions; 100 by default with versions-matching."
    )
    allow_failed_versions: Annotated[Allowed, _by(values.allowed)] = Field(
        Allowed(), description="Failures that don't fail the step: true, or a list of error codes."
    )
    on_failure: Annotated[OnFailure, _by(values.on_failure)] = Field(
        OnFailure.STOP,
        description="When a version can't change: stop, continue with the others, or rollback.",
    )
    wait_seconds: Annotated[int, _by(values.number(least=0, most=86400, unit="seconds"))] = Field(
        0, description="Keep reading for up to so long until every requested version is there."
    )
    dry_run: Annotated[bool, _by(values.boolean)] = Field(
        False, description="The same plan and the same verdict, and nothing is sent."
    )
    allow_irreversible: Annotated[bool, _by(values.boolean)] = Field(
        False, description="Allow the target statuses Disposed and Deleted."
    )
    role_to_assume: Annotated[str | None, _by(values.role_arn)] = Field(
        None, description="The ARN of the role to assume; without it, boto3's credential chain."
    )
    aws_region: Annotated[str | None, _by(values.region)] = Field(
        None,
        validation_alias=AliasChoices(
            "INPUT_AWS-REGION", "INPUT_AWS_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"
        ),
        description="The AWS region; by default AWS_REGION or AWS_DEFAULT_REGION.",
    )
    audience: Annotated[str, _by(values.text)] = Field(
        "sts.amazonaws.com", description="The audience of the OIDC token."
    )
    role_session_name: Annotated[str | None, _by(values.session_name)] = Field(
        None, description="The role session's name; by default from repository, run and attempt."
    )
    role_duration_seconds: Annotated[
        int, _by(values.number(least=900, most=43200, unit="seconds"))
    ] = Field(900, description="How long the role session lasts.")
    web_identity_token_file: Annotated[str | None, _by(values.token_file)] = Field(
        None, description="A file with an OIDC token that something else put there."
    )
    role_chaining: Annotated[bool, _by(values.boolean)] = Field(
        False, description="Assume the role with the credentials at hand instead of OIDC."
    )
    role_external_id: Annotated[str | None, _by(values.external_id)] = Field(
        None, description="The external id that the role asks for, with role-chaining."
    )
    session_policy: Annotated[str, _by(values.session_policy)] = Field(
        "least-privilege",
        description="What the session may do at most: least-privilege, none, or a JSON policy.",
    )
    allowed_account_ids: Annotated[tuple[str, ...], _by(values.account_ids)] = Field(
        (), description="Refuse to go on in any other account."
    )
    endpoint_url: Annotated[str | None, _by(values.url)] = Field(
        None, description="Another endpoint for CodeArtifact."
    )
    ca_bundle: Annotated[str | None, _by(_file)] = Field(
        None, description="A file of CA certificates to verify TLS with."
    )
    cli_read_timeout: Annotated[int, _by(values.number(least=0, most=86400, unit="seconds"))] = (
        Field(60, description="Seconds to wait for an answer; 0 waits forever.")
    )
    cli_connect_timeout: Annotated[int, _by(values.number(least=0, most=86400, unit="seconds"))] = (
        Field(60, description="Seconds to wait for a connection; 0 waits forever.")
    )
    no_verify_ssl: Annotated[bool, _by(values.boolean)] = Field(
        False, description="Do not verify TLS certificates."
    )
    no_sign_request: Annotated[bool, _by(values.boolean)] = Field(
        False, description="Do not sign requests."
    )
    profile: Annotated[str | None, _by(values.text)] = Field(
        None, description="A profile of the AWS configuration files."
    )
    debug: Annotated[bool, _by(values.boolean)] = Field(
        False, description="Log what is sent and answered, without the secrets."
    )
    cli_input_json: Annotated[str | None, _by(_api_request)] = Field(
        None, description="The API request as JSON, or file://…; other inputs override it."
    )
    output: Annotated[Output, _by(values.output)] = Field(
        Output.TEXT, description="How the log shows the result: text, json or table."
    )
    query: Annotated[str | None, _by(values.query)] = Field(
        None, description="A JMESPath expression over result, into query-result."
    )
    undo_file: Annotated[str | None, _by(_path)] = Field(
        None, description="A file of the workspace for undo as JSON."
    )
    result_file: Annotated[str | None, _by(_path)] = Field(
        None, description="A file of the workspace for result as JSON."
    )
    concurrency: Annotated[int, _by(values.number(least=1, most=64, unit="calls"))] = Field(
        8, description="Calls in flight at most."
    )
    timeout_seconds: Annotated[int, _by(values.number(least=1, most=86400, unit="seconds"))] = (
        Field(600, description="A deadline over the whole step; what was reached is written out.")
    )
    output_file: Annotated[str | None, _by(_report_path)] = Field(
        None, description="Outside GitHub: a file for the outputs, as dotenv lines."
    )
    summary_file: Annotated[str | None, _by(_report_path)] = Field(
        None, description="Outside GitHub: a file for the summary, as Markdown."
    )
    _requests: tuple[Request, ...] = PrivateAttr(())
    _by_flags: bool = PrivateAttr(default=False)
    aws_max_attempts: Annotated[int, _by(values.number(least=1, most=100, unit="attempts"))] = (
        Field(retries.ATTEMPTS, validation_alias=AliasChoices("AWS_MAX_ATTEMPTS"))
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings' signature
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, environment, cli-input-json, in this order; never a .env file of the checkout."""
        flags = CommandLineSource(settings_cls, init_settings().get("flags"))
        return flags, EnvironmentSource(settings_cls), ApiRequestSource(settings_cls)

    @model_validator(mode="wrap")
    @classmethod
    def _all_together(cls, data: dict[str, Any], handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Report what is wrong with single inputs and with their combination in one go."""
        bad: dict[str, str] = {}
        flags: Flags | None = data.pop("flags", None)
        try:
            inputs = handler(data)
        except ValidationError as error:
            bad = {str(line["loc"][0]): line["msg"] for line in error.errors()}
            inputs = handler({name: value for name, value in data.items() if name not in bad})
        inputs._by_flags = flags is not None  # noqa: SLF001 - of this very class
        typed = Typed(flags, frozenset(EnvironmentSource(cls)()))
        problems = [Problem(typed.place(field), text) for field, text in bad.items()]
        requests, misfits = _ask(inputs, bad.keys())
        problems += [
            replace(problem, name=typed.name(field)) if field in cls.model_fields else problem
            for problem in misfits
            for field in [problem.name.replace("-", "_")]
        ]
        problems += [
            Problem(name, f"there is no such input; did you mean {near}?")
            for name, near in unknown_inputs().items()
            if near is not None
        ]
        if problems:
            raise InputError(problems)
        inputs._requests = requests  # noqa: SLF001 - likewise
        return inputs

    def requests(self) -> tuple[Request, ...]:
        """What is asked for, one request for each package in each repository."""
        return self._requests

    def setting(self) -> dict[str, str]:
        """The inputs by which a step that undoes this one gets to the same place, as the same one.

        An external id may be meant as a secret, and is left to be filled in.
        """
        given: dict[str, str] = {}
        for field in _SETTING:
            value = getattr(self, field)
            if value != type(self).model_fields[field].default:
                shown = "true" if value is True else str(value)
                given[field.replace("_", "-")] = (
                    "EXTERNAL_ID" if field == "role_external_id" else shown
                )
        return given

    @property
    def shown_as(self) -> Output | None:
        """How the result is shown; None if a command line leaves that to the AWS configuration."""
        if self._by_flags and "output" not in self.model_fields_set:
            return None
        return self.output

    @property
    def has_ambient_region(self) -> bool:
        """Whether the AWS configuration files may name the region, as they do for the AWS CLI."""
        return self.profile is not None or (self._by_flags and self.role_to_assume is None)

    @property
    def most_changes(self) -> int | None:
        """How many versions the step may change; None for any number."""
        if self.max_changes is None and self.versions_matching:
            return MOST_MATCHES
        return self.max_changes


def _ask(inputs: Inputs, bad: Collection[str]) -> tuple[tuple[Request, ...], list[Problem]]:
    """The requests, and what is missing or contradicts something beside the ``bad`` inputs."""
    problems = [
        Problem(name.replace("_", "-"), text)
        for name, text in (*_misfit_step(inputs), *_misfit_identity(inputs))
        if name not in bad
    ]
    step, wrong = _step(inputs, bad)
    problems += wrong
    all_asked = [step]
    if inputs.packages is not None:
        all_asked = []
        for number, entry in enumerate(inputs.packages, start=1):
            asked, wrong = of_entry(step, number, entry)
            problems += wrong
            all_asked += [asked] if asked is not None else []
    requests, wrong = to_requests(all_asked)
    problems += wrong
    # What is missing may well stand in what could not be read.
    elsewhere = set(API_REQUEST.values()) if "cli_input_json" in bad else set()
    if "packages" in bad:
        elsewhere |= set(ENTRY_KEYS.values())
    problems = [
        problem
        for problem in problems
        if problem.name.replace("-", "_") not in elsewhere
        or not problem.text.startswith("it is required")
    ]
    return requests, sorted(problems, key=_entry_number)


def _entry_number(problem: Problem) -> int:
    """The entry of ``packages`` that a problem is about; 0 for the step itself."""
    found = re.match(r"packages, entry ([0-9]+)", problem.name)
    return int(found[1]) if found else 0


def _step(inputs: Inputs, bad: Collection[str]) -> tuple[Asked, list[Problem]]:
    """What the step itself asks for, and what is wrong with the tag that it takes it from."""
    problems: list[Problem] = []
    broken = set(bad)
    package, versions = inputs.package, inputs.versions
    if inputs.version_from_tag is not None:
        pattern = tag_pattern(inputs.version_from_tag)
        try:
            named, version = read_tag(pattern, Surroundings.read().ref)
            values.version(version)
        except ValueError as error:
            text = f"{values.shown(inputs.version_from_tag)}: {error}"
            problems.append(Problem("version-from-tag", text))
            broken |= {"version_from_tag"} | ({"package"} if pattern.groups > 1 else set())
        else:
            package, versions = package or named, versions or (version,)
    step = Asked(
        broken=frozenset(broken),
        domain=inputs.domain or "",
        domain_owner=inputs.domain_owner,
        repository=inputs.repository,
        format=inputs.format,
        namespace=inputs.namespace,
        package=package,
        versions=versions,
        version_revisions=inputs.version_revisions,
        expected_status=inputs.expected_status,
        target_status=inputs.target_status,
        selection=Selection(
            matching=inputs.versions_matching,
            excluding=inputs.exclude_versions,
            keep_latest=inputs.keep_latest,
        ),
        allow_irreversible=inputs.allow_irreversible,
    )
    return step, problems


def _misfit_step(inputs: Inputs) -> Iterator[tuple[str, str]]:
    """What is missing or contradicts another input, whatever the packages are."""
    beside, tag = inputs.packages is not None, inputs.version_from_tag
    in_entries = "it contradicts packages; give it in the entries"
    misfits = [
        ("domain", inputs.domain is None, "it is required"),
        (
            "aws_region",
            inputs.aws_region is None and not inputs.has_ambient_region,
            "it is required; AWS_REGION and AWS_DEFAULT_REGION serve, too",
        ),
        ("package", beside and inputs.package, in_entries),
        ("versions", beside and inputs.versions, in_entries),
        ("version_revisions", beside and inputs.version_revisions, in_entries),
        (
            "version_from_tag",
            tag and (inputs.versions or inputs.version_revisions),
            "it contradicts versions; give one of the two",
        ),
        (
            "version_from_tag",
            tag and "{package}" in tag and (inputs.package or beside),
            "{package} contradicts package and packages",
        ),
        (
            "keep_latest",
            inputs.keep_latest and not inputs.versions_matching,
            "it needs versions-matching",
        ),
    ]
    yield from ((name, text) for name, is_so, text in misfits if is_so)
    yield from _misfit_files(inputs)


def _misfit_files(inputs: Inputs) -> Iterator[tuple[str, str]]:
    """Files that are the same, of which the last would be all that is left."""
    seen: dict[Path, str] = {}
    for name in ("undo_file", "result_file", "output_file", "summary_file"):
        path = getattr(inputs, name)
        if path is not None:
            first = seen.setdefault(Path(path).resolve(), name)
            if first != name and not _is_device(path):
                yield name, f"it is the same file as {first.replace('_', '-')}"


def _is_device(path: str) -> bool:
    return Path(path).exists() and not Path(path).is_file()


def _misfit_identity(inputs: Inputs) -> Iterator[tuple[str, str]]:
    role, chained = inputs.role_to_assume is not None, inputs.role_chaining
    contradictions = [
        ("role_chaining", not role and chained, "it needs role-to-assume"),
        (
            "web_identity_token_file",
            not role and inputs.web_identity_token_file,
            "it needs role-to-assume",
        ),
        (
            "web_identity_token_file",
            role and chained and inputs.web_identity_token_file,
            "it contradicts role-chaining: true; give one of the two",
        ),
        (
            "role_external_id",
            not (role and chained) and inputs.role_external_id,
            "it needs role-to-assume and role-chaining: true; OIDC has no external id",
        ),
        (
            "profile",
            role and not chained and inputs.profile,
            "it has no say with role-to-assume, unless role-chaining is true",
        ),
        (
            "role_to_assume",
            role and inputs.no_sign_request,
            "it contradicts no-sign-request: true",
        ),
        (
            "allowed_account_ids",
            inputs.allowed_account_ids and inputs.no_sign_request,
            "it contradicts no-sign-request: true",
        ),
    ]
    yield from ((name, text) for name, is_so, text in contradictions if is_so)


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


# --- Where to report to, whatever else is wrong. ----------------------------------------------


def report_files(flags: Flags | None) -> dict[str, str]:
    """The paths for ``output`` and ``summary``, as far as they are not wrong.

    A step whose other inputs are wrong has something to report, too.
    """
    given = flags.given if flags is not None else {}
    found: dict[str, str] = {}
    environment = EnvironmentSource(Inputs)
    for name in ("output", "summary"):
        field = f"{name}_file"
        value, _, _ = environment.get_field_value(Inputs.model_fields[field], field)
        value = given.get(field, value)
        with contextlib.suppress(ValueError):
            found |= {name: _report_path(value)} if value else {}
    return found
