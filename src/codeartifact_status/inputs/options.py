"""The options of a command line: the inputs' flags, the AWS CLI's own, and the text on them all."""

import platform
from collections.abc import Mapping
from importlib import metadata

from codeartifact_status import __version__
from codeartifact_status.inputs.declaring import GROUPS, SECRET, SEVERAL, Group, plain
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

_ONLY_OF_AWS = {
    "--help": "Show this text.",
    "--version": "Show the version of this program and of what it is built on.",
    "--generate-cli-skeleton": "Show a request to fill in (input), or an answer (output).",
    "--cli-input-yaml": "The API request as YAML, or file://…; other flags override it.",
}
"""Options of the AWS CLI that aren't inputs, and have an effect."""

WITHOUT_EFFECT: Mapping[str, tuple[str, ...]] = {
    "--no-paginate": (),
    "--no-cli-pager": (),
    "--no-cli-auto-prompt": (),
    "--v2-debug": (),
    "--color": ("on", "off", "auto"),
    "--cli-binary-format": ("base64", "raw-in-base64-out"),
}
"""Options of the AWS CLI, version 1 or 2, that change nothing here, and the values they take."""

SWITCHES = {"--help", "--version", *(o for o, choices in WITHOUT_EFFECT.items() if not choices)}

REFUSED = {"--cli-auto-prompt": "there is nobody to be prompted"}
"""Options of the AWS CLI that can't be had here, and why."""

GLOBALS = (
    *("--debug", "--endpoint-url", "--no-verify-ssl", "--output", "--query", "--profile"),
    *("--region", "--version", "--no-sign-request", "--ca-bundle", "--cli-read-timeout"),
    *("--cli-connect-timeout", *WITHOUT_EFFECT, *REFUSED),
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


_COLUMN = 36

_AS_FLAGS = {
    "versions": "The versions, as words or as one JSON array.",
    "query": "A JMESPath expression over what is shown.",
    "output": "How the result is shown: text, json or table; json by default.",
}
"""What differs from the input's own description, where it is a flag."""


def version_text() -> str:
    """This program's version and those that a report of a bug should name."""
    return (
        f"codeartifact-status/{__version__} Python/{platform.python_version()} "
        f"{platform.system()}/{platform.machine()} botocore/{metadata.version('botocore')}"
    )


def help_text() -> str:
    """Every option in one line, by groups."""
    lines = [
        "Set the status of package versions in AWS CodeArtifact, in batch, and tell the truth",
        "about it.",
        "",
        "usage: codeartifact-status --domain VALUE --repository VALUE --format VALUE",
        "         --package VALUE --versions VALUE ... --target-status VALUE [options]",
        "",
        "Takes every option of `aws codeartifact update-package-versions-status`, with its syntax.",
        "Each input may be given by the environment as well: INPUT_TARGET_STATUS=Published.",
    ]
    for group, names in INPUTS.items():
        lines += ["", f"{group.title}:"]
        for name in names:
            text = _AS_FLAGS.get(name) or plain(Inputs.model_fields[name])
            lines.append(_help_line(flag_of(name), name, text))
    lines += ["", "Of the AWS CLI:"]
    lines += [_help_line(option, None, text) for option, text in _ONLY_OF_AWS.items()]
    lines += [_help_line(option, None, "Accepted, without effect.") for option in WITHOUT_EFFECT]
    lines += [
        "",
        "With flags, stdout holds what --output and --query ask for, JSON by default, and the log",
        "goes to stderr. Exit codes: 0 every version is at the target, or its failure is allowed;",
        "1 some version is not; 2 an input is wrong; 3 no identity; 4 CodeArtifact could not be",
        "asked; 70 a bug of this program; 128+n stopped by signal n.",
    ]
    return "\n".join(lines)


def _help_line(option: str, name: str | None, text: str) -> str:
    several = takes_several(name)
    switch = option in SWITCHES or is_boolean(name)
    shown = f"  {option}{'' if switch else ' VALUE'}{' ...' if several else ''}"
    return f"{shown:{_COLUMN}}  {text}"
