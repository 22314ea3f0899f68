"""The options of a command line: the inputs' flags, the AWS CLI's own, and the text on them all."""

from collections.abc import Mapping

from codeartifact_status.inputs.declaring import GROUPS, SECRET, SEVERAL, Group
from codeartifact_status.inputs.fields import Inputs
from codeartifact_status.inputs.sources import API_REQUEST, flag_of, kebab

INPUTS: Mapping[Group, tuple[str, ...]] = {
    group: tuple(name for name, field in Inputs.model_fields.items() if group in field.metadata)
    for group in GROUPS
}
"""The inputs by their groups: those fields that have one."""

FIELDS: Mapping[str, str] = {
    **{f"--{kebab(name)}": name for names in INPUTS.values() for name in names},
    **{flag_of(name): name for names in INPUTS.values() for name in names},
    "--cli-input-yaml": "cli_input_json",
}
"""The input that each flag gives."""

FLAGS: Mapping[str, str] = {
    kebab(name): flag_of(name) for names in INPUTS.values() for name in names
}
"""The flag of each input, by the name that it has in a workflow."""

ONLY_OF_AWS = {
    "--help": "Show this text.",
    "--version": "Show the version of this program and of what it is built on.",
    "--generate-cli-skeleton": "Show a request to fill in (input), or an answer (output).",
    "--cli-input-yaml": "The API request as YAML, or file://…; other flags override it.",
    "--color": "Color the log: on, off, or auto, which is on a terminal only.",
}
"""Options of the AWS CLI that aren't inputs, and have an effect."""

WITHOUT_EFFECT: Mapping[str, tuple[str, ...]] = {
    "--no-paginate": (),
    "--no-cli-pager": (),
    "--no-cli-auto-prompt": (),
    "--v2-debug": (),
    "--cli-binary-format": ("base64", "raw-in-base64-out"),
}
"""Options of the AWS CLI, version 1 or 2, that change nothing here, and the values they take."""

COLORS = {"on": True, "off": False, "auto": None}

CHOICES = {**WITHOUT_EFFECT, "--color": tuple(COLORS)}
"""The values that an option takes which is no input."""

SWITCHES = {"--help", "--version", *(o for o, choices in WITHOUT_EFFECT.items() if not choices)}

REFUSED = {"--cli-auto-prompt": "not supported: there is no prompt"}
"""Options of the AWS CLI that can't be had here, and why."""

GLOBALS = (
    *("--debug", "--endpoint-url", "--no-verify-ssl", "--output", "--query", "--profile"),
    *("--region", "--version", "--no-sign-request", "--ca-bundle", "--cli-read-timeout"),
    *("--cli-connect-timeout", "--color", *WITHOUT_EFFECT, *REFUSED),
)
"""The AWS CLI's global options, which it takes out of a line before all others."""

OF_AWS = (
    *map(flag_of, API_REQUEST.values()),
    *("--cli-input-json", "--cli-input-yaml", "--generate-cli-skeleton", "--help"),
    *GLOBALS,
)

COMMAND = ["codeartifact", "update-package-versions-status"]

SKELETON: Mapping[str, object] = {
    "domain": "",
    "domainOwner": "",
    "repository": "",
    "format": "npm",
    "namespace": "",
    "package": "",
    "versions": [""],
    "versionRevisions": {"KeyName": ""},
    "expectedStatus": "Published",
    "targetStatus": "Published",
}
"""An API request with nothing in it, as the AWS CLI (version 2) generates it."""

SAMPLE = {
    "successfulVersions": {"KeyName": {"revision": "revision", "status": "status"}},
    "failedVersions": {"KeyName": {"errorCode": "errorCode", "errorMessage": "errorMessage"}},
}
"""An API answer with nothing in it, likewise."""


def is_boolean(name: str | None) -> bool:
    """Whether an input is true or false, so that its flag needs no value."""
    return name is not None and isinstance(Inputs.model_fields[name].default, bool)


def takes_several(name: str | None) -> bool:
    """Whether an input has several values, which are words as a flag."""
    return name is not None and SEVERAL in Inputs.model_fields[name].metadata


def is_secret(name: str) -> bool:
    """Whether an input may be meant as a secret."""
    return SECRET in Inputs.model_fields[name].metadata


def is_chained(name: str | None) -> bool:
    """Whether each use of a flag counts. Of the AWS CLI's own options, it is the last."""
    return takes_several(name) and name not in API_REQUEST.values()
