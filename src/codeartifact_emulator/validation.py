"""Parameters against the model: everything in a request that it does not allow.

What is not in the model (that a namespace is needed for Maven, say) is a rule and stays out of
here.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape

from .errors import invalid
from .model import input_shape

#: The service calls this member so in its own messages (aws/aws-cli issues 6125 and 5633).
_SPOKEN_NAMES = {"package": "packageName"}


def check(operation: OperationModel, params: Mapping[str, Any]) -> None:
    """Check parameters against the model. Raises ServiceError with every violation in it."""
    violations = list(_violations(input_shape(operation), params, ""))
    if violations:
        count = len(violations)
        noun = "error" if count == 1 else "errors"
        raise invalid(f"{count} validation {noun} detected: {'; '.join(violations)}")


def _violations(shape: Shape, value: Any, at: str) -> Iterator[str]:
    """Say what is wrong with a value, in the words of AWS's own validation.

    `1 validation error detected: Value '@types/foobar' at 'packageName' failed to satisfy
    constraint: Member must satisfy regular expression pattern: …` (aws/aws-cli issue 6125).
    """
    match shape:
        case StructureShape():
            yield from _structure_violations(shape, value)
        case ListShape():
            shown = f"Value '[{', '.join(map(str, value))}]' at '{at}'"
            yield from _bounds(shape, len(value), shown, "length")
            for number, each in enumerate(value, 1):
                yield from _violations(shape.member, each, f"{at}.{number}.member")
        case MapShape():
            for key, each in value.items():
                yield from _violations(shape.key, key, f"{at}.key")
                yield from _violations(shape.value, each, f"{at}.{key}.member")
        case StringShape():
            yield from _text_violations(shape, value, at)
        case _ if isinstance(value, int):
            yield from _bounds(shape, value, f"Value '{value}' at '{at}'", "value")


def _structure_violations(shape: StructureShape, value: Mapping[str, Any]) -> Iterator[str]:
    for name, member in shape.members.items():
        spoken = _SPOKEN_NAMES.get(name, name[0].lower() + name[1:])
        if name in value:
            yield from _violations(member, value[name], spoken)
        elif name in shape.required_members:
            yield f"Value null at '{spoken}' failed to satisfy constraint: Member must not be null"


def _text_violations(shape: StringShape, value: str, at: str) -> Iterator[str]:
    shown = "Value" if shape.metadata.get("sensitive") else f"Value '{value}'"
    yield from _bounds(shape, len(value), f"{shown} at '{at}'", "length")
    pattern = shape.metadata.get("pattern")
    if shape.enum and value not in shape.enum:
        rule = f"satisfy enum value set: [{', '.join(shape.enum)}]"
    elif pattern and not _matches(pattern, value):
        rule = f"satisfy regular expression pattern: {pattern}"
    else:
        return
    yield f"{shown} at '{at}' failed to satisfy constraint: Member must {rule}"


def _bounds(shape: Shape, number: int, subject: str, what: str) -> Iterator[str]:
    limits = shape.metadata
    failed = f"{subject} failed to satisfy constraint: Member must have {what}"
    if number < limits.get("min", number):
        yield f"{failed} greater than or equal to {limits['min']}"
    if number > limits.get("max", number):
        yield f"{failed} less than or equal to {limits['max']}"


def _matches(pattern: str, value: str) -> bool:
    r"""Match whole, as Java does: `\s` and `\w` are ASCII, and `\P{C}` Python does not know."""
    if pattern == r"\P{C}+":
        return bool(value) and all(unicodedata.category(c)[0] != "C" for c in value)
    return _compiled(pattern).fullmatch(value) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)
