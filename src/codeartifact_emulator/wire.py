"""The wire: requests into parameters and results into answers, as the model has them.

CodeArtifact speaks rest-json, STS the query protocol. Nothing here holds state.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from botocore import xform_name
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from .errors import Json, ServiceError, invalid
from .messages import Answer, Request
from .model import input_shape, service_model
from .names import Place


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
