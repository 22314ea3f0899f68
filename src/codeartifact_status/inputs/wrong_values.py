"""What pydantic found wrong with a value, in our words: what was expected."""

import difflib
from collections.abc import Sequence
from types import NoneType
from typing import get_args

from pydantic_core import ErrorDetails

from codeartifact_status.inputs import values
from codeartifact_status.inputs.declaring import bounds
from codeartifact_status.inputs.fields import Inputs
from codeartifact_status.model import Status


def expected(line: ErrorDetails) -> str:
    """What was expected of a value, by the kind of error that pydantic found."""
    field, value = str(line["loc"][-1]), line["input"]
    match line["type"]:
        case "value_error":
            return str(line["ctx"]["error"])
        case "enum" | "literal_error":
            return _not_one_of(_words(field), value)
        case _ if (limits := bounds(Inputs.model_fields[field])) is not None:
            least, most = limits
            return f"must be an integer from {least} to {most} (got {values.shown(value)})"
        case _:
            return f"{values.shown(value)}: {line['msg']}"


def _not_one_of(words: Sequence[str], value: object) -> str:
    # Nobody is to be led to what can't be undone, as from Deprecated to Deleted.
    safe = [word for word in words if word not in {Status.DISPOSED, Status.DELETED}]
    near = difflib.get_close_matches(str(value), safe, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"must be one of {', '.join(words)} (got {values.shown(value)}){hint}"


def _words(field: str) -> list[str]:
    annotation = Inputs.model_fields[field].annotation
    kinds = [kind for kind in get_args(annotation) or (annotation,) if kind is not NoneType]
    return [str(word) for kind in kinds for word in get_args(kind) or kind]
