"""Ranges as intervals, such as ``[1.4,2)``, which Maven and NuGet share."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from codeartifact_status.formats.matching import is_plain

_INTERVAL = re.compile(r"([\[(])([^\[\](),]*)(?:(,)([^\[\](),]*))?([\])])\s*(?:,\s*(?=[\[(]))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Places in an order of versions. A bound is None where there is none on that side."""

    low: Any | None
    high: Any | None
    takes_low: bool
    takes_high: bool

    def __contains__(self, place: Any) -> bool:
        """Whether a version's place is between the bounds."""
        if self.low is not None and not (
            self.low < place or (self.takes_low and place == self.low)
        ):
            return False
        return self.high is None or place < self.high or (self.takes_high and place == self.high)


def read_intervals(
    expression: str, order: Callable[[str], Any | None]
) -> tuple[Interval, ...] | None:
    """The intervals of an expression, separated by commas; None where it isn't all intervals.

    Nor is it where one is upside down or empty, or a bound is no version to ``order``.
    """
    found: list[Interval] = []
    position = 0
    while position < len(expression):
        match = _INTERVAL.match(expression, position)
        interval = _read_interval(match, order) if match else None
        if match is None or interval is None:
            return None
        found.append(interval)
        position = match.end()
    return tuple(found)


def _read_interval(match: re.Match[str], order: Callable[[str], Any | None]) -> Interval | None:
    opening, lower, comma, upper, closing = match.groups()
    texts = [lower.strip(), (upper if comma else lower).strip()]
    places = [order(text) if is_plain(text) else None for text in texts]
    if any(text and place is None for text, place in zip(texts, places, strict=True)):
        return None
    takes_both = (opening, closing) == ("[", "]")
    low, high = places
    if not comma and (low is None or not takes_both):
        return None
    if low is not None and high is not None and (high < low or (low == high and not takes_both)):
        return None
    return Interval(low=low, high=high, takes_low=opening == "[", takes_high=closing == "]")
