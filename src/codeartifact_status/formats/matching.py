"""What a test of versions is made of, whatever the format and the expression.

A matcher sees all the versions that are there at once, because what a range takes may depend on
what else is there: pip takes pre-releases only where no final release meets the range.
"""

import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

Matcher: TypeAlias = Callable[[Iterable[str]], frozenset[str]]
"""Gives those of the versions that are there that match."""

OPERATORS = re.compile(r"""^!|[<>=^~|,()\[\]\s"']""")
"""What marks a range, and no version holds; quotes are in neither.

``!`` only where it leads: PyPI's epochs have one.
"""
WILDCARDS = re.compile(r"[*?]")


def one_by_one(matches: Callable[[str], bool]) -> Matcher:
    """A matcher that looks at each version by itself."""
    return lambda versions: frozenset(filter(matches, versions))


def just(version: str, identity: Callable[[str], str | None]) -> Matcher | None:
    """A matcher of one version in any of its spellings; None for what is no version."""
    wanted = identity(version)
    return None if wanted is None else one_by_one(lambda text: identity(text) == wanted)


def is_plain(text: str) -> bool:
    """Whether a text may be a version: it is not empty, a glob or a range."""
    return bool(text) and not (OPERATORS.search(text) or WILDCARDS.search(text))
