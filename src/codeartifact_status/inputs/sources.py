"""Where inputs come from (flags, the environment, an API request) and their names there.

For pydantic-settings, which asks one source after the other; the first that has an input counts.
An input is known to it by its variable, ``INPUT_TARGET-STATUS``, whatever source it comes from.
What an input means is not known here.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import AliasChoices
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

from codeartifact_status.inputs import values
from codeartifact_status.inputs.documents import read_json
from codeartifact_status.inputs.paths import read_file_url


def kebab(field: str) -> str:
    """An input as a workflow names it."""
    return field.replace("_", "-")


def variables(field: str, *others: str) -> AliasChoices:
    """The environment variables of an input: the runner's, the one that a shell can set, others."""
    return AliasChoices(variable(field), f"INPUT_{field.upper()}", *others)


def variable(field: str) -> str:
    """The environment variable in which the runner hands over an input (hyphens are kept)."""
    return f"INPUT_{kebab(field).upper()}"


# --- The environment. ------------------------------------------------------------------------


class Environment(EnvSettingsSource):
    """The stock source, but for a blank value: it is an absent one, not only an empty one."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        """Take the environment as it is now."""
        super().__init__(settings_cls)
        self.env_vars = {name: v for name, v in self.env_vars.items() if v and v.strip()}

    def names(self) -> dict[str, str]:
        """The variable that gives each input, for those that have one."""
        fields = self.settings_cls.model_fields.items()
        return {
            name: found
            for name, field in fields
            if (found := next(filter(self.env_vars.__contains__, _aliases(field)), None))
        }

    def contradictory(self) -> Iterator[str]:
        """The inputs that are given in two variables, with and without hyphens, and differ."""
        for name, field in self.settings_cls.model_fields.items():
            inputs = {alias for alias in _aliases(field) if alias.startswith("INPUT_")}
            if len({self.env_vars[alias] for alias in inputs & self.env_vars.keys()}) > 1:
                yield name

    def given(self, field: str) -> str:
        """The text that gives an input; empty where none does."""
        return self.env_vars.get(self.names().get(field, ""), None) or ""

    def unknown(self) -> Iterator[str]:
        """The inputs that there are no fields for, in the words of a workflow."""
        known = {alias for f in self.settings_cls.model_fields.values() for alias in _aliases(f)}
        for name in self.env_vars:
            if name.startswith("INPUT_") and name not in known:
                yield kebab(name.removeprefix("INPUT_").lower())


def _aliases(field: FieldInfo) -> list[str]:
    alias = field.validation_alias
    return [str(name) for name in alias.choices] if isinstance(alias, AliasChoices) else []


# --- An API request. -------------------------------------------------------------------------

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


class ApiRequest(PydanticBaseSettingsSource):
    """What ``cli-input-json`` holds; if it can't be read, its own field says so.

    A source of our own, because it reads what another source has given.
    """

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not asked: the request is read as a whole."""
        raise NotImplementedError

    def __call__(self) -> dict[str, Any]:
        """Its members, by the variables of their inputs."""
        text = self.current_state.get(variable("cli_input_json"), "")
        return {variable(name): value for name, value in read_api_request(text).items()}


def read_api_request(text: str) -> dict[str, Any]:
    """The inputs in an API request; none in what isn't one, as ``checked_api_request`` says.

    An empty value is an absent one, as it is for an input.
    """
    try:
        request = _request(text) if text else {}
    except ValueError:
        return {}
    return {
        name: request[member]
        for member, name in API_REQUEST.items()
        if request.get(member) not in (None, "", {}, [])
    }


def checked_api_request(value: object) -> str:
    """The text of an API request: JSON, or ``file://`` and the file that holds it.

    Raises:
        ValueError: it can't be read, is no JSON object, or has members that the API doesn't have.
    """
    text = values.text(value)
    wrong = [member for member in _request(text) if member not in API_REQUEST]
    if wrong:
        raise ValueError("; ".join(map(_no_member, wrong[:_SHOWN])))
    return text


def _no_member(name: str) -> str:
    near = difflib.get_close_matches(name, API_REQUEST, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"unknown member {values.shown(name)}{hint}"


_SHOWN = 20
"""Members of a request that are told one by one."""


def _request(text: str) -> dict[str, Any]:
    request = read_json(read_file_url(text))
    if not isinstance(request, dict):
        raise ValueError("must be a JSON object")
    return request


# --- Flags, and names. -----------------------------------------------------------------------


def flag_of(field: str) -> str:
    """The flag of an input; the AWS CLI's own, where it has another name for it."""
    return "--region" if field == "aws_region" else f"--{kebab(field)}"


@dataclass(frozen=True, slots=True)
class Flags:
    """What a command line gives: values by field, and each field's flag as it was typed."""

    given: Mapping[str, object]
    typed: Mapping[str, str]

    def name(self, field: str) -> str:
        """The flag of an input, as it was typed or may be."""
        return self.typed.get(field) or flag_of(field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """Who gave each input: a flag, a variable of the environment, a member of an API request."""

    flags: Flags | None
    environment: Mapping[str, str]
    request: Mapping[str, Any]

    def is_from_workflow(self, field: str) -> bool:
        """Whether an input is a variable of the environment, as the runner makes it."""
        return field in self.environment and not (self.flags and field in self.flags.given)

    def name(self, field: str) -> str:
        """An input in the words of who gave it, or who could have."""
        if self.flags is not None and field in self.flags.given:
            return self.flags.name(field)
        if (found := self.environment.get(field)) is not None:
            return kebab(field) if found.startswith("INPUT_") else found
        if field in self.request:
            member = next(member for member, name in API_REQUEST.items() if name == field)
            return f"{kebab(field)} ({member} in cli-input-json)"
        return kebab(field) if self.flags is None else self.flags.name(field)
