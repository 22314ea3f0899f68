"""The wire: requests into parameters and results into answers, by botocore's own service model.

Routes, the places and names of parameters, required members, lengths, patterns, ranges,
enumerations, exceptions and their status codes are all read from the model that botocore ships, so
that an update of botocore is an update of the emulator. What is not in the model (that a namespace
is needed for Maven, say) is a rule and stays out of here. Nothing here holds state.

CodeArtifact speaks rest-json, STS the query protocol.
"""

import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import botocore.loaders
from botocore import xform_name
from botocore.model import (
    ListShape,
    MapShape,
    OperationModel,
    ServiceModel,
    Shape,
    StringShape,
    StructureShape,
)

from .errors import Json, ServiceError, invalid
from .names import Place

#: What the emulator serves of STS.
STS_OPERATIONS = ("AssumeRoleWithWebIdentity", "AssumeRole", "GetCallerIdentity")

#: The service calls this member so in its own messages (aws/aws-cli issues 6125 and 5633).
_SPOKEN_NAMES = {"package": "packageName"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An HTTP request, read whole. Header names are in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer, whole."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


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


def sts_operation(form: Mapping[str, str]) -> OperationModel:
    """Find the operation that a form's Action names."""
    action = form.get("Action", "")
    if action not in STS_OPERATIONS:
        raise ServiceError(
            "InvalidAction",
            400,
            f"Could not find operation {action} for version {form.get('Version')}. This is "
            f"codeartifact_emulator, not AWS; of STS it serves {', '.join(STS_OPERATIONS)}.",
        )
    return service_model("sts").operation_model(action)


def input_shape(operation: OperationModel) -> StructureShape:
    """Give an operation's input, which every operation here has."""
    shape = operation.input_shape
    if not isinstance(shape, StructureShape):
        raise TypeError(f"{operation.name} has no input")
    return shape


def read_rest(operation: OperationModel, request: Request) -> Json:
    """Take a rest-json request apart into parameters named as in the model, not yet checked.

    Raises ServiceError (CANNOT_PARSE) for a body that is not JSON and values of the wrong type.
    """
    shape = input_shape(operation)
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    payload = shape.serialization.get("payload")
    fields: Json = {}
    if payload is None and request.body.strip():
        try:
            fields = json.loads(request.body)
        except ValueError:
            raise invalid("The request body is not JSON", "CANNOT_PARSE") from None
        if not isinstance(fields, dict):
            raise invalid("The request body is not a JSON object", "CANNOT_PARSE")
    params: Json = {}
    for name, member in shape.members.items():
        where = member.serialization.get("location")
        key = member.serialization.get("name", name)
        raw: Any
        if name == payload:
            raw = request.body
        elif where == "querystring":
            raw = query.get(key)
        elif where == "header":
            raw = request.headers.get(key.lower())
        else:
            raw = fields.get(key)
        if raw is not None:
            params[name] = _typed(member, raw, name, is_text=where is not None)
    return params


def read_form(request: Request) -> dict[str, str]:
    """Give the form of a query-protocol request; a GET may carry it in the query string."""
    text = request.body.decode("utf-8", "replace") if request.body else request.query
    return dict(parse_qsl(text, keep_blank_values=True))


def read_query_protocol(operation: OperationModel, form: Mapping[str, str]) -> Json:
    """Take a form apart into parameters; of a list member only that it is there."""
    params: Json = {}
    for name, member in input_shape(operation).members.items():
        if name in form:
            params[name] = _typed(member, form[name], name, is_text=True)
        elif any(key.startswith(f"{name}.") for key in form):
            params[name] = []
    return params


def _typed(shape: Shape, raw: Any, at: str, *, is_text: bool) -> Any:
    """Convert one value to the model's type."""
    match shape.type_name:
        case "integer" | "long" if is_text and re.fullmatch(r"[+-]?[0-9]{1,18}", raw):
            return int(raw)
        case "integer" | "long" if not is_text and type(raw) is int:
            return raw
        case "boolean" if is_text and raw.lower() in {"true", "false"}:
            return raw.lower() == "true"
        case "boolean" if not is_text and isinstance(raw, bool):
            return raw
        case "string" if isinstance(raw, str):
            return raw
        case "blob" if isinstance(raw, bytes):
            return raw
        case "list" if isinstance(raw, list) and isinstance(shape, ListShape):
            return [_typed(shape.member, item, at, is_text=False) for item in raw]
        case "map" if isinstance(raw, dict) and isinstance(shape, MapShape):
            return {k: _typed(shape.value, v, at, is_text=False) for k, v in raw.items()}
    raise invalid(f"The value of {at} is not a {shape.type_name}", "CANNOT_PARSE")


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


def arguments(params: Mapping[str, Any]) -> tuple[Place, Json]:
    """Give parameters as the rules take them: the package's place, and the others by name.

    `packageVersion` is `package_version`. What is missing of the place is empty: `check` says so.
    """
    named = {xform_name(name): value for name, value in params.items()}
    if "destination_repository" in named:
        named["repository"] = named.pop("destination_repository")
    return Place(**{name: named.pop(name, "") for name in Place.__slots__}), named


def json_answer(result: Mapping[str, Any], request_id: str) -> Answer:
    """Write a rest-json result; members without a value are left out."""
    body = json.dumps({k: v for k, v in result.items() if v is not None}).encode()
    return Answer(
        status=200,
        body=body,
        headers={"Content-Type": "application/json", "x-amzn-RequestId": request_id},
    )


def json_error(error: ServiceError, request_id: str) -> Answer:
    """Write a rest-json error; what the model puts into headers goes there (`Retry-After`)."""
    headers = {
        "Content-Type": "application/json",
        "x-amzn-ErrorType": error.code,
        "x-amzn-RequestId": request_id,
    }
    fields: Json = {"message": error.message}
    members = _error_members(error.code)
    for name, value in error.extra.items():
        member = members.get(name)
        if member is not None and member.serialization.get("location") == "header":
            headers[member.serialization.get("name", name)] = str(value)
        else:
            fields[name] = value
    return Answer(status=error.http_status, body=json.dumps(fields).encode(), headers=headers)


def _error_members(code: str) -> Mapping[str, Shape]:
    model = service_model("codeartifact")
    shape = model.shape_for(code) if code in model.shape_names else None
    return shape.members if isinstance(shape, StructureShape) else {}


def xml_answer(operation: OperationModel, result: Mapping[str, Any], request_id: str) -> Answer:
    """Write a query-protocol result."""
    namespace = service_model("sts").metadata["xmlNamespace"]
    name = operation.name
    body = (
        f'<{name}Response xmlns="{namespace}"><{name}Result>{_xml(result)}</{name}Result>'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        f"</{name}Response>"
    )
    return _xml_answer(200, body, request_id)


def xml_error(error: ServiceError, request_id: str) -> Answer:
    """Write a query-protocol error."""
    namespace = service_model("sts").metadata["xmlNamespace"]
    side = "Receiver" if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR else "Sender"
    body = (
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>{side}</Type>'
        f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return _xml_answer(error.http_status, body, request_id)


def _xml(value: Mapping[str, Any]) -> str:
    parts = []
    for name, item in value.items():
        text = _xml(item) if isinstance(item, Mapping) else escape(str(item))
        parts.append(f"<{name}>{text}</{name}>")
    return "".join(parts)


def _xml_answer(status: int, body: str, request_id: str) -> Answer:
    headers = {"Content-Type": "text/xml", "x-amzn-RequestId": request_id}
    return Answer(status=status, body=body.encode(), headers=headers)
