"""What `--help` says of each option, made from the declarations of the inputs.

The program has it written down (`make docs`), so that whoever asks for help doesn't wait until all
that reads and checks inputs is loaded.
"""

import json
from collections.abc import Iterable, Iterator
from enum import StrEnum

from pydantic.fields import FieldInfo

from codeartifact_status.inputs.declaring import Default, default_of, limits
from codeartifact_status.inputs.fields import Inputs
from codeartifact_status.inputs.options import (
    CHOICES,
    FLAGS,
    INPUTS,
    ONLY_OF_AWS,
    SWITCHES,
    WITHOUT_EFFECT,
    is_boolean,
    takes_several,
)
from codeartifact_status.inputs.sources import flag_of
from codeartifact_status.reporting.wording import as_typed, without_markup

_AS_FLAGS = {
    "versions": "The versions, as words or as one JSON array.",
    "query": "A JMESPath expression over what is shown.",
    "output": "How the result is shown: `json`, `text`, `table` or `none`. Default: json.",
}
"""What differs from the input's own description, where it is a flag."""

_VALUES = {
    "--domain-owner": "ACCOUNT",
    "--role-to-assume": "ARN",
    "--ca-bundle": "FILE",
    "--keep-latest": "N",
    "--older-than": "AGE",
    "--max-changes": "N",
    "--concurrency": "N",
    "--cli-read-timeout": "SECONDS",
    "--cli-connect-timeout": "SECONDS",
    "--packages-matching": "PATTERN",
    "--exclude-packages": "PATTERN",
    "--version-from-tag": "PATTERN",
    "--versions-matching": "PATTERN",
    "--exclude-versions": "PATTERN",
    "--allow-failed-versions": "CODE",
    "--generate-cli-skeleton": "input|output",
}
"""What stands for a value where the last word of the option's name doesn't say it."""


def help_rows() -> str:
    """The rows of each group, as Python has them."""
    lines: list[str] = []
    for group, names in INPUTS.items():
        rows = ((flag_of(name), name, _about(name)) for name in names)
        lines += _group(group.title, group.text, rows)
    of_aws = {**ONLY_OF_AWS, **dict.fromkeys(WITHOUT_EFFECT, "Accepted, without effect.")}
    lines += _group("Of the AWS CLI", "", ((option, None, of_aws[option]) for option in of_aws))
    return "\n".join(lines)


def _group(title: str, text: str, rows: Iterable[tuple[str, str | None, str]]) -> Iterator[str]:
    yield f"    ({_quoted(title)}, {_quoted(text)}, ("
    for option, name, about in rows:
        yield f"        ({_quoted(option + _value(option, name))}, {_quoted(about)}),"
    yield "    )),"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _spoken(text: str) -> str:
    return without_markup(as_typed(text, FLAGS))


def _about(name: str) -> str:
    field = Inputs.model_fields[name]
    if name in _AS_FLAGS:
        return _spoken(_AS_FLAGS[name])
    return _spoken(" ".join(filter(None, (field.description, limits(field), _default(field)))))


def _default(field: FieldInfo) -> str | None:
    said = next((mark.text for mark in field.metadata if isinstance(mark, Default)), None)
    shown = said or default_of(field)
    if shown in {None, "false"}:
        return None
    is_required = str(shown).rstrip("*") == "required"
    return "Required." if is_required else f"Default: {shown}."


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
