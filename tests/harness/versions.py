"""Versions, which of them match, and what the formats' own tools say of them."""

import json
from pathlib import Path
from typing import Any

from codeartifact_status.formats.expressions import matcher
from codeartifact_status.formats.rules import Rules
from codeartifact_status.model import Format

TABLES = Path(__file__).parents[1] / "formats" / "tables"


def taken(format_: Format, expression: str, versions: str) -> str:
    """Those of ``versions`` that match."""
    matching = matcher(format_, expression)(versions.split())
    return " ".join(version for version in versions.split() if version in matching)


def table(name: str, part: str) -> list[list[Any]]:
    """What a tool says: answers of the tool itself, and facts of its own tests.

    ``ranges`` are rows of an expression, a version, and whether it is taken; None where the
    expression is refused. ``order`` are rows of two versions and their order. A ``matrix`` is rows
    of a version and its order beside all versions of the matrix.
    """
    rows: list[list[Any]] = json.loads((TABLES / f"{name}.json").read_text())[part]
    return rows


def disagreements(rules: Rules, rows: list[list[Any]]) -> list[Any]:
    """Rows of ``ranges`` to which a format says otherwise, with what it says."""
    assert rules.ranges is not None
    wrong = []
    for expression, version, expected in rows:
        found = rules.ranges(expression)
        answer = None if found is None else version in found([version])
        if answer is not expected:
            wrong.append([expression, version, expected, answer])
    return wrong


def compared(rules: Rules, one: str, other: str) -> int:
    """-1, 0 or 1 by the order of a format."""
    assert rules.order is not None
    left, right = rules.order(one), rules.order(other)
    return (left > right) - (left < right)


def misordered(rules: Rules, matrix: list[list[str]]) -> list[Any]:
    """Pairs of a ``matrix`` that a format orders otherwise, with how."""
    return [
        [one, other, sign, found]
        for one, signs in matrix
        for (other, _), sign in zip(matrix, signs, strict=True)
        if (found := "=><"[compared(rules, one, other)]) != sign
    ]
