"""botocore's service model: operations by route or name, and what it allows of their parameters.

Routes, required members, lengths, patterns, ranges and enumerations are all read from it, so that
an update of botocore is an update of the emulator. What is not in it (that a namespace is needed
for Maven, say) is a rule and stays out of here.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

import botocore.loaders
from botocore.model import (
    ListShape,
    MapShape,
    OperationModel,
    ServiceModel,
    Shape,
    StringShape,
    StructureShape,
)

from .errors import ServiceError, invalid

#: The service calls this member so in its own messages (aws/aws-cli issues 6125 and 5633).
_SPOKEN_NAMES = {"package": "packageName"}


@cache
def service_model(service: str) -> ServiceModel:
    """Load a service's model from botocore's data."""
    loader = botocore.loaders.create_loader()
    return ServiceModel(loader.load_service_model(service, "service-2"), service)


@cache
def _routes() -> Mapping[tuple[str, str], OperationModel]:
    model = service_model("codeartifact")
    operations = (model.operation_model(name) for name in model.operation_names)
    return {(o.http["method"], o.http["requestUri"]): o for o in operations}


def codeartifact_operation(method: str, path: str, served: Collection[str]) -> OperationModel:
    """Find the operation of a route.

    Raises ServiceError for a route that the model has and the emulator does not serve, and for one
    that the model does not have.
    """
    operation = _routes().get((method, path.rstrip("/") or "/"))
    if operation is None:
        what = f"No operation of CodeArtifact is {method} {path}"
    elif operation.name not in served:
        what = f"{operation.name} is not emulated"
    else:
        return operation
    raise ServiceError(
        "ValidationException",
        404,
        f"{what}. This is codeartifact_emulator, not AWS; it serves {', '.join(served)}.",
        {"reason": "UNKNOWN_OPERATION"},
    )


def sts_operation(form: Mapping[str, str], served: Collection[str]) -> OperationModel:
    """Find the operation that a form's Action names."""
    action = form.get("Action", "")
    if action not in served:
        raise ServiceError(
            "InvalidAction",
            400,
            f"Could not find operation {action} for version {form.get('Version')}. This is "
            f"codeartifact_emulator, not AWS; of STS it serves {', '.join(served)}.",
        )
    return service_model("sts").operation_model(action)


def input_shape(operation: OperationModel) -> StructureShape:
    """Give an operation's input, which every operation here has."""
    shape = operation.input_shape
    if not isinstance(shape, StructureShape):
        raise TypeError(f"{operation.name} has no input")
    return shape


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
