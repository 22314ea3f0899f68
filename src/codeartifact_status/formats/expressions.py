"""What an expression says of versions, by their format: globs and ranges; and their order.

What a range is, and how versions are ordered, each format says for itself. Raises where a row
answers None, in words for whoever wrote the expression.
"""

import fnmatch
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from codeartifact_status.formats.matching import OPERATORS, WILDCARDS, Matcher, one_by_one
from codeartifact_status.formats.table import rules_of
from codeartifact_status.model import Format

_MOST_CHARACTERS = 4096
"""Of an expression. The longest that people write have some hundreds."""
_SPACE = re.compile(r"\s+")
_LONGER_THAN_A_VERSION = re.compile(r"[^<>=^~|,!()\[\]\s]{256}")
_SHOWN = 40
"""Characters of an expression that is too long to be shown."""


def matcher(format_: Format, expression: str) -> Matcher:
    """A matcher of versions by a glob, or by a range in the format's own syntax.

    A glob has wildcards and no operators; anything else is a range, of which a plain version is
    one. Where the format has no ranges, a plain version is a glob without wildcards.

    Raises:
        ValueError: it is neither.
    """
    if len(expression) > _MOST_CHARACTERS:
        raise ValueError(
            f"{expression[:_SHOWN]!r}… is neither a glob nor a range of {format_} versions: it has "
            f"{len(expression)} characters, and {_MOST_CHARACTERS} at most are read"
        )
    rules = rules_of(format_)
    has_operators = OPERATORS.search(expression) is not None
    if not has_operators and (WILDCARDS.search(expression) or rules.ranges is None):
        flags = re.IGNORECASE if rules.ignores_case else re.NOFLAG
        pattern = re.compile(fnmatch.translate(expression), flags)
        return one_by_one(lambda version: pattern.match(version) is not None)
    if rules.ranges is None:
        raise ValueError(f"{expression!r}: for {format_} only globs work, such as {rules.example}")
    # Libraries answer numbers of thousands of digits with errors of their own.
    is_readable = not _LONGER_THAN_A_VERSION.search(expression)
    # Nor do they take a run of spaces in linear time; to all of them, one means as much.
    found = rules.ranges(_SPACE.sub(" ", expression)) if is_readable else None
    if found is None:
        raise ValueError(
            f"{expression!r} is neither a glob nor a range of {format_} versions, such as "
            f"{rules.example}{_hint(expression)}"
        )
    return found


def _hint(expression: str) -> str:
    """What was probably meant by ``0.x``, which is a range to npm and Cargo only."""
    glob = re.sub(r"(\.[xX])+$", ".*", expression)
    is_glob = glob != expression and not OPERATORS.search(glob)
    return f"; did you mean {glob}?" if is_glob else ""


@cache
def any_of(format_: Format, expressions: tuple[str, ...]) -> Matcher:
    """A matcher of what any of ``expressions`` matches."""
    matchers = [matcher(format_, expression) for expression in expressions]
    return lambda versions: frozenset().union(*(matches(versions) for matches in matchers))


def in_order(format_: Format, versions: Iterable[str]) -> list[str]:
    """The versions in the format's order; what has no place in it comes last, as it comes."""
    listed = list(versions)
    order = rules_of(format_).order
    places = {} if order is None else {version: order(version) for version in listed}
    placed = [version for version in listed if places.get(version) is not None]
    return [
        *sorted(placed, key=lambda version: places[version]),
        *(version for version in listed if places.get(version) is None),
    ]


def order_of(format_: Format) -> Callable[[str], Any]:
    """A key that sorts versions as the format does; ValueError for what is no version to it.

    Raises:
        ValueError: the format has no order of its own.
    """
    order = rules_of(format_).order
    if order is None:
        raise ValueError(f"{format_} packages have no version order")

    def key(version: str) -> Any:
        place = order(version)
        if place is None:
            raise ValueError(f"{version} is not a {format_} version, so it has no order")
        return place

    return key
