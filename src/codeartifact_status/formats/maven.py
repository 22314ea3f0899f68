"""Maven: groups, snapshot builds, and Maven 3.9's own order of versions and ranges of them.

The order is that of ``ComparableVersion`` and is ours because no library has it right. It is not
transitive for all that may be written, so a key is made of a comparison.
"""

import re
from collections.abc import Sequence
from enum import IntEnum
from functools import cmp_to_key
from itertools import pairwise, zip_longest
from typing import Any, NamedTuple

from codeartifact_status.formats.intervals import read_intervals
from codeartifact_status.formats.matching import Matcher, is_plain, one_by_one
from codeartifact_status.formats.rules import Namespace, Rules, unchanged

_QUALIFIERS = ("alpha", "beta", "milestone", "rc", "snapshot", "", "sp")
_RELEASE = _QUALIFIERS.index("")
_ALIASES = {"cr": "rc", "ga": "", "final": "", "release": ""}
_BEFORE_A_DIGIT = {"a": "alpha", "b": "beta", "m": "milestone"}
_AFTER_DIGITS = re.compile(r"(?<=[0-9])(?=[^0-9.-])")
_BEFORE_WORD = re.compile(r"\.(?=[^0-9.-]+([0-9]|$))")
_WORD_BEFORE_DIGIT = re.compile(r"[^0-9.-]+(?=[0-9])")


class _Kind(IntEnum):
    """What a part of a version is, in the order in which they come."""

    WORD = 0
    LIST = 1
    NUMBER = 2


class _Part(NamedTuple):
    """A part of a version; ``LIST`` begins a list within the one before, to which the rest belongs.

    A word has its place among the known qualifiers, or behind them all by its text.
    """

    kind: _Kind
    value: int = 0
    text: str = ""


_LIST = _Part(_Kind.LIST)


def _order(version: str) -> Any:
    parts: list[_Part] = []
    for inner in reversed(_lists(version.lower())):
        while inner and _sign(inner[-1]) == 0:
            inner.pop()
        parts = [*inner, _LIST, *parts] if parts else inner
    return cmp_to_key(_compare)(parts)


def _compare(one: Sequence[_Part], other: Sequence[_Part]) -> int:
    """Negative, zero or positive; the shorter one goes on with nothing."""
    for left, right in zip_longest(one, other):
        if left is None:
            result = -_sign(right)
        elif right is None:
            result = _sign(left)
        else:
            result = (left > right) - (left < right)
        if result:
            return result
    return 0


def _sign(part: _Part) -> int:
    """How a part compares with nothing: 1.0 is the same as 1, 1-rc is before it, 1-sp after it."""
    match part.kind:
        case _Kind.WORD:
            return part.value - _RELEASE
        case _Kind.LIST | _Kind.NUMBER:
            return part.value


def _lists(text: str) -> list[list[_Part]]:
    """The parts of a version in lists, each of which is the last part of the one before.

    A hyphen begins a list. So does a change between digits and letters, as if a hyphen were there,
    and the dot before a word that is the last part or has digits behind it: 1.rc1 is 1-rc-1.
    """
    text = _AFTER_DIGITS.sub("-", text)
    text = _BEFORE_WORD.sub("-", text)
    text = _WORD_BEFORE_DIGIT.sub(lambda word: _BEFORE_A_DIGIT.get(word[0], word[0]) + "-", text)
    return [[_part(part) for part in inner.split(".")] for inner in text.split("-")]


def _part(text: str) -> _Part:
    if not text:
        return _Part(_Kind.NUMBER)
    if text[0] in "0123456789":
        return _Part(_Kind.NUMBER, int(text))
    known = _ALIASES.get(text, text)
    if known in _QUALIFIERS:
        return _Part(_Kind.WORD, _QUALIFIERS.index(known))
    return _Part(_Kind.WORD, len(_QUALIFIERS), text)


def _read_range(expression: str) -> Matcher | None:
    """Intervals, which go by order alone, so that pre-releases are in; or one version."""
    if is_plain(expression):
        return one_by_one(lambda version: version == expression)
    intervals = read_intervals(expression, _order)
    if intervals is None or any(
        former.high is not None and (latter.low is None or latter.low < former.high)
        for former, latter in pairwise(intervals)
    ):
        return None

    def matches(version: str) -> bool:
        place = _order(version)
        return any(place in interval for interval in intervals)

    return one_by_one(matches)


MAVEN = Rules(
    purl_type="maven",
    namespace=Namespace(
        word="groupId",
        is_required=True,
        mark="",
        separator=":",
        is_read_from_names=True,
        spelling=unchanged,
    ),
    name=re.compile(r"[^#/:\s]{1,255}", re.ASCII),
    name_hint="; or group:artifact",
    name_spelling=unchanged,
    version_spelling=unchanged,
    identity=None,
    ignores_case=False,
    order=_order,
    ranges=_read_range,
    # A build of a SNAPSHOT, which CodeArtifact keeps Unlisted by design (User Guide, "Using Maven
    # snapshots").
    never_matches=re.compile(r".*-\d{8}\.\d{6}-\d+"),
    example="[1.4,2)",
)
