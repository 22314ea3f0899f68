"""What a JMESPath query finds in a document. Pure."""

import json
from typing import Any

LONGEST_REASON = 300
"""Characters of a reason that are kept: jmespath quotes the value that it can't take, whole."""


class QueryFailed(Exception):
    """A query that parses may still ask a string for its keys, or find what JSON doesn't have."""


def queried(document: Any, query: str | None) -> Any:
    """What a JMESPath expression finds in a document; all of it without one.

    Raises:
        QueryFailed: it can't be evaluated.
    """
    if query is None:
        return document
    # Loaded here because most steps have no use for it.
    import jmespath

    try:
        found = jmespath.search(query, document)
        # An expression, NaN and what is nested too deeply are no JSON.
        json.dumps(found, allow_nan=False)
    except jmespath.exceptions.JMESPathError as error:
        raise QueryFailed(_clipped(" ".join(str(error).split()))) from error
    except (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError) as error:
        raise QueryFailed(f"{type(error).__name__}: {error}") from error
    except (TypeError, ValueError) as error:
        raise QueryFailed(str(error)) from error
    return found


def _clipped(reason: str) -> str:
    return reason if len(reason) <= LONGEST_REASON else f"{reason[:LONGEST_REASON]}…"
