"""What an expression says of versions, by their format: globs and ranges; and their order.

What a range is, and how versions are ordered, each format says for itself. Raises where a row
answers None, in words for whoever wrote the expression.
"""

import fnmatch
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from codeartifact_status.formats.rules import Matches
from codeartifact_status.formats.table import RULES
from codeartifact_status.model import Format

_OPERATORS = re.compile(r"[<>=^~|,\s]")
_LONGER_THAN_A_VERSION = re.compile(r"[^<>=^~|,!()\[\]\s]{256}")


def matcher(format_: Format, expression: str) -> Matches:
    """A test whether a version matches a glob, or a range in the format's own syntax.

    Globs hold no operators, and a plain version is a glob without wildcards, unless it is a range
    to the format.

    Raises:
        ValueError: it is neither.
    """
    rules = RULES[format_]
    has_operators = _OPERATORS.search(expression)
    if not has_operators and not (rules.ranges and rules.ranges.is_range(expression)):
        pattern = re.compile(fnmatch.translate(expression))
        return lambda version: pattern.match(version) is not None
    if rules.ranges is None:
        raise ValueError(f"{expression!r}: for {format_} only globs work, such as {rules.example}")
    # The libraries meet a bound of any length with errors of any kind, such as RecursionError.
    is_range = not _LONGER_THAN_A_VERSION.search(expression)
    matches = rules.ranges.read(expression) if is_range else None
    if matches is None:
        raise ValueError(
            f"{expression!r} is neither a glob nor a range of {format_} versions, such as "
            f"{rules.example}"
        )
    return matches


@cache
def any_of(format_: Format, expressions: tuple[str, ...]) -> Matches:
    """A test whether a version matches any of ``expressions``."""
    matchers = [matcher(format_, expression) for expression in expressions]
    return lambda version: any(matches(version) for matches in matchers)


def order_of(format_: Format) -> Callable[[str], Any]:
    """A key that sorts versions as the format does; ValueError for what is no version to it.

    Raises:
        ValueError: the format has no order of its own.
    """
    order = RULES[format_].order
    if order is None:
        raise ValueError(f"{format_} packages have no version order")

    def key(version: str) -> Any:
        place = order(version)
        if place is None:
            raise ValueError(f"{version} is not a {format_} version, so it has no order")
        return place

    return key
