"""What a command line is answered, and what a JMESPath query finds. Pure."""

import json
from typing import Any

from codeartifact_status.reporting.documents import all_versions, compact
from codeartifact_status.reporting.report import Report


class QueryFailed(Exception):
    """A query that parses may still ask a string for its keys, or find what JSON doesn't have."""


def answer(report: Report) -> Any:
    """What a command line is answered: what its query finds, or all of it.

    With one package, the API's own answer is queried; with more, the ``result``.

    Raises:
        QueryFailed: the query can't be evaluated.
    """
    run, text = report.run, report.result_json
    if report.presentation.by_flags and run.requests and run.has_one_package:
        maps = ("successfulVersions", "failedVersions")
        text = compact({name: all_versions(run, report.result, name) for name in maps})
    # Through JSON, because jmespath knows only the plain types, and a status is an enum here.
    return queried(json.loads(text), report.presentation.query)


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
        raise QueryFailed(" ".join(str(error).split())) from error
    except (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError) as error:
        raise QueryFailed(f"{type(error).__name__}: {error}") from error
    except (TypeError, ValueError) as error:
        raise QueryFailed(str(error)) from error
    return found
