"""The text of ``--help``: every flag with its default and bounds, to the terminal's width."""

import re
from collections.abc import Iterator
from enum import StrEnum
from textwrap import wrap

from pydantic.fields import FieldInfo

from codeartifact_status.inputs.declaring import Default, bounds, default_of
from codeartifact_status.inputs.fields import Inputs
from codeartifact_status.inputs.options import (
    CHOICES,
    INPUTS,
    ONLY_OF_AWS,
    SWITCHES,
    WITHOUT_EFFECT,
    is_boolean,
    takes_several,
)
from codeartifact_status.inputs.sources import flag_of

WIDTHS = (40, 100)
"""Columns: the least that the text needs, and the most that reads well."""

_COLUMN = 30
"""Where the text on an option begins."""

_AS_FLAGS = {
    "versions": "The versions, as words or as one JSON array.",
    "query": "A JMESPath expression over what is shown.",
    "output": "How the result is shown: `json`, `text`, `table` or `none`. Default: json.",
}
"""What differs from the input's own description, where it is a flag."""

_VALUES = {
    "--role-to-assume": "ARN",
    "--ca-bundle": "FILE",
    "--keep-latest": "N",
    "--max-changes": "N",
    "--concurrency": "N",
    "--cli-read-timeout": "SECONDS",
    "--cli-connect-timeout": "SECONDS",
    "--versions-matching": "PATTERN",
    "--exclude-versions": "PATTERN",
    "--allow-failed-versions": "CODE",
    "--generate-cli-skeleton": "input|output",
}
"""What stands for a value where the last word of the option's name doesn't say it."""

_EXAMPLES = r"""
codeartifact-status --domain acme --repository npm-store --format npm \
  --package @acme/core --versions 1.3.0 --target-status Published
codeartifact-status --domain acme --packages @undo.json --dry-run"""


def help_text(columns: int) -> str:
    """Every option, by groups; no line is longer than the terminal's ``columns``."""
    width = min(max(columns, WIDTHS[0]), WIDTHS[1])
    lines = [
        *wrap("Set the status of package versions in AWS CodeArtifact, in batch.", width),
        "",
        *wrap("usage: codeartifact-status [options]", width),
        "",
        *wrap(
            "Takes every option of aws codeartifact update-package-versions-status, with its "
            "syntax. Each input may come from the environment, too: INPUT_TARGET_STATUS=Published.",
            width,
        ),
        "",
        "Examples:",
        *(f"  {line}" for line in _EXAMPLES.strip().split("\n")),
    ]
    for group, names in INPUTS.items():
        lines += ["", f"{group.title}:", *wrap(group.text, width)]
        for name in names:
            lines += _option(flag_of(name), name, _about(name), width)
    lines += ["", "Of the AWS CLI:"]
    for option, text in ONLY_OF_AWS.items():
        lines += _option(option, None, text, width)
    for option in WITHOUT_EFFECT:
        lines += _option(option, None, "Accepted, without effect.", width)
    lines += [
        "",
        *wrap(
            "stdout holds what --output and --query ask for; the log goes to stderr. Exit codes: "
            "0 every version is at the target, or its failure is allowed; 1 some version is not; "
            "2 an input is wrong; 3 no identity; 4 CodeArtifact could not be asked; 70 a bug of "
            "this program; 128+n stopped by signal n.",
            width,
        ),
        *wrap("More, with recipes: README.md of codeartifact-status.", width),
    ]
    return "\n".join(lines)


def spoken(text: str) -> str:
    """A text on inputs in the words of a command line: an input's name in backticks is its flag."""
    return re.sub(
        r"`([^`]+)`",
        lambda found: (
            flag_of(name)
            if (name := found[1].replace("-", "_")) in Inputs.model_fields
            else found[1]
        ),
        text,
    )


def _about(name: str) -> str:
    field = Inputs.model_fields[name]
    if name in _AS_FLAGS:
        return spoken(_AS_FLAGS[name])
    return spoken(" ".join(filter(None, (field.description, _bounds(field), _default(field)))))


def _bounds(field: FieldInfo) -> str | None:
    least, most = bounds(field) or (0, 0)
    return f"{least} to {most}." if least else None


def _default(field: FieldInfo) -> str | None:
    said = next((mark.text for mark in field.metadata if isinstance(mark, Default)), None)
    shown = said or default_of(field)
    if shown in {None, "false"}:
        return None
    is_required = str(shown).rstrip("*") == "required"
    return "Required." if is_required else f"Default: {shown}."


def _option(option: str, name: str | None, text: str, width: int) -> Iterator[str]:
    """The option with its value, and the text on it beside or below."""
    head = f"  {option}{_value(option, name)}"
    column = _COLUMN if width >= 2 * _COLUMN else 6
    body = wrap(text, width - column, break_long_words=False, break_on_hyphens=False)
    if len(head) + 2 <= column and body:
        yield f"{head:{column}}{body.pop(0)}"
    else:
        yield head
    yield from (" " * column + line for line in body)


def _value(option: str, name: str | None) -> str:
    """What stands for an option's value: its choices, or a word for it."""
    if option in SWITCHES or is_boolean(name):
        return ""
    if choices := CHOICES.get(option) or _choices(name):
        return f" {'|'.join(choices)}"
    word = _VALUES.get(option) or option.rpartition("-")[2].upper()
    return f" {word}{' ...' if takes_several(name) else ''}"


def _choices(name: str | None) -> tuple[str, ...]:
    kind = Inputs.model_fields[name].annotation if name else None
    return tuple(kind) if isinstance(kind, type) and issubclass(kind, StrEnum) else ()
