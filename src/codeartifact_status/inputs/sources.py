"""Where inputs come from: flags, the environment, an API request; and by which names.

For pydantic-settings, which asks one source after the other; the first that has an input counts.
What an input means is not known here.
"""

import difflib
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import AliasChoices
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from codeartifact_status.inputs import values
from codeartifact_status.inputs.manifest import read_json


def variables(field: str) -> AliasChoices:
    """The environment variables of an input: the runner's, and the one that a shell can set."""
    name = field.upper()
    return AliasChoices(f"INPUT_{name.replace('_', '-')}", f"INPUT_{name}")


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


def read_api_request(text: str) -> dict[str, Any]:
    """The inputs in an API request, given as JSON or as the file that ``file://`` names.

    Raises:
        ValueError: it can't be read, is no JSON object, or has a member that the API doesn't have.
    """
    request = read_json(read_file_url(text))
    if not isinstance(request, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004 - a wrong value from outside
    for member in request:
        if member not in API_REQUEST:
            near = difflib.get_close_matches(member, API_REQUEST, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ValueError(f"the request has no member {values.shown(member)}{hint}")
    # An empty value is an absent one, as it is for an input.
    return {
        API_REQUEST[member]: value
        for member, value in request.items()
        if value not in (None, "", {}, [])
    }


def read_file_url(text: str) -> str:
    """What the file holds that ``file://`` names, as in the AWS CLI; other text as it is.

    Raises:
        ValueError: there is no such file, or it is not UTF-8.
    """
    if not text.startswith("file://"):
        return text
    path = os.path.expandvars(text.removeprefix("file://"))
    try:
        return read_file(str(Path(path).expanduser()))
    except RuntimeError as error:
        raise ValueError(f"{values.shown(text)} can't be read: {error}") from None


def read_file(path: str) -> str:
    """A file's text.

    Raises:
        ValueError: it can't be read, or is not UTF-8.
    """
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ValueError(f"{values.shown(path)} can't be read: {error.strerror}") from None
    except ValueError:
        raise ValueError(f"{values.shown(path)} can't be read: it is not UTF-8") from None


def flag_of(field: str) -> str:
    """The flag of an input; the AWS CLI's own, where it has another name for it."""
    return "--region" if field == "aws_region" else f"--{field.replace('_', '-')}"


@dataclass(frozen=True, slots=True)
class Flags:
    """What a command line gives: values by field, and each field's flag as it was typed."""

    given: Mapping[str, object]
    typed: Mapping[str, str]

    def name(self, field: str) -> str:
        """The flag of an input, as it was typed or may be."""
        return self.typed.get(field) or flag_of(field)


class CommandLineSource(PydanticBaseSettingsSource):
    """The flags, if there are any; ``Inputs(flags=…)`` brings them here."""

    def __init__(self, settings_cls: type[BaseSettings], flags: Flags | None) -> None:
        """``flags`` are None where there is no command line."""
        super().__init__(settings_cls)
        self._flags = flags

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        raise NotImplementedError("the flags are read as a whole")

    def __call__(self) -> dict[str, Any]:
        return {} if self._flags is None else {**self._flags.given, "flags": self._flags}


class EnvironmentSource(PydanticBaseSettingsSource):
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


class ApiRequestSource(PydanticBaseSettingsSource):
    """What ``cli-input-json`` holds; if it can't be read, its own field says so."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        raise NotImplementedError("the request is read as a whole")

    def __call__(self) -> dict[str, Any]:
        text = self.current_state.get("cli_input_json", "")
        try:
            return read_api_request(text) if text else {}
        except ValueError:
            return {}


@dataclass(frozen=True, slots=True)
class Typed:
    """How the user typed each input: as a flag, in the environment, or in cli-input-json."""

    flags: Flags | None
    environment: Collection[str]

    def name(self, field: str) -> str:
        """An input's name; that of a flag if it was one, or could have been one."""
        if self.flags is not None and not (
            field in self.environment and field not in self.flags.given
        ):
            return self.flags.name(field)
        return field.replace("_", "-")

    def place(self, field: str) -> str:
        """Where the value of an input stands."""
        in_flags = self.flags is not None and field in self.flags.given
        if field == "aws_max_attempts":
            return "AWS_MAX_ATTEMPTS"
        if field == "aws_region" and not in_flags and not _is_set(field):
            return next(
                v for v in ("AWS_REGION", "AWS_DEFAULT_REGION") if os.environ.get(v, "").strip()
            )
        if in_flags or field in self.environment:
            return self.name(field)
        member = next(member for member, name in API_REQUEST.items() if name == field)
        return f"{field.replace('_', '-')} ({member} in cli-input-json)"


def _is_set(field: str) -> bool:
    """Whether an input stands in the environment by one of its own names."""
    return any(os.environ.get(str(name), "").strip() for name in variables(field).choices)
