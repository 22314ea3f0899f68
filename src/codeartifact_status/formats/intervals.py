"""Ranges as intervals, ``[1.4,2)`` or several of them, which Maven and NuGet share."""

import re
from collections.abc import Callable
from typing import Any

from codeartifact_status.formats.rules import Matches, Ranges

# Brackets around at least one bound: univers takes the missing bounds of [,] for a version "None".
_INTERVAL = r"[\[(](?=[^\[\]()]*[^\s,\[\]()])[^\[\]()]+[\])]"
_INTERVALS = re.compile(rf"{_INTERVAL}(\s*,\s*{_INTERVAL})*")
_EVERYTHING = re.compile(r"\(\s*,\s*\)")


def intervals(
    *,
    range_class: Callable[[], Any],
    order: Callable[[str], Any],
    leaves_out: Callable[[str, str], bool],
) -> Ranges:
    """The ranges of a format, by its class of ``univers`` and its order of versions.

    ``leaves_out`` says of an expression and a version that is between its bounds whether the
    expression doesn't mean it all the same.
    """

    def read(expression: str) -> Matches | None:
        from univers.version_constraint import InvalidConstraintsError

        if _EVERYTHING.fullmatch(expression):
            return lambda _: True
        # univers reads what it doesn't know as a range without bounds, which nothing matches.
        if not _INTERVALS.fullmatch(expression):
            return None
        bounds = filter(None, map(str.strip, re.split(r"[\[\](),]", expression)))
        if any(order(bound) is None for bound in bounds):
            return None
        try:
            versions = range_class().from_native(expression)
        except ValueError:  # of it are all errors of univers.maven, which reads NuGet's, too
            return None

        def matches(version: str) -> bool:
            parsed = order(version)
            if parsed is None or leaves_out(expression, version):
                return False
            try:
                return parsed in versions
            except InvalidConstraintsError:  # intervals that overlap, which are seen only here
                return False

        return matches

    return Ranges(read=read, is_range=lambda expression: expression.startswith(("[", "(")))
