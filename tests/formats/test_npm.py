"""The right-hand sides are what npm says, written down; not what our libraries answer."""

import pytest

from codeartifact_status.formats.npm import NPM
from codeartifact_status.model import Format
from harness.versions import compared, disagreements, table, taken

NPM_VERSIONS = (
    "0.9.0 1.3.9 1.4.0-rc.1 1.4.0-rc.2 1.4.0 1.4.1 1.5.0-rc.1 1.10.0 2.0.0-beta 2.0.0 2.0.1-beta.2"
)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("^1.4", "1.4.0 1.4.1 1.10.0"),
        ("~1.4", "1.4.0 1.4.1"),
        ("1.x", "1.3.9 1.4.0 1.4.1 1.10.0"),
        ("1.4", "1.4.0 1.4.1"),
        ("1.4.0", "1.4.0"),
        ("=1.4.0", "1.4.0"),
        (">=1.4.0 <2", "1.4.0 1.4.1 1.10.0"),
        (">= 1.4", "1.4.0 1.4.1 1.10.0 2.0.0"),
        ("1.2 - 1.4", "1.3.9 1.4.0 1.4.1"),
        ("^1.4 || ^2", "1.4.0 1.4.1 1.10.0 2.0.0"),
        ("x", "0.9.0 1.3.9 1.4.0 1.4.1 1.10.0 2.0.0"),
        ("^1.4.0-rc.1", "1.4.0-rc.1 1.4.0-rc.2 1.4.0 1.4.1 1.10.0"),
        (">1.4.0-rc.1", "1.4.0-rc.2 1.4.0 1.4.1 1.10.0 2.0.0"),
        ("1.4.0-rc.1 - 1.4.0", "1.4.0-rc.1 1.4.0-rc.2 1.4.0"),
        ("1.4.0-rc.1", "1.4.0-rc.1"),
        ("=1.4.0-rc.1", "1.4.0-rc.1"),
        ("<2.0.0", "0.9.0 1.3.9 1.4.0 1.4.1 1.10.0"),
        ("<1.4", "0.9.0 1.3.9"),
        ("<=1", "0.9.0 1.3.9 1.4.0 1.4.1 1.10.0"),
        ("<2.0.0-beta", "0.9.0 1.3.9 1.4.0 1.4.1 1.10.0"),
        ("<1.4.0-rc.2", "0.9.0 1.3.9 1.4.0-rc.1"),
        (">=1.4.0-rc.2 <1.4.0", "1.4.0-rc.2"),
        ("~1.4.0-rc.1", "1.4.0-rc.1 1.4.0-rc.2 1.4.0 1.4.1"),
    ],
)
def test_a_range_of_npm_takes_what_npm_takes(expression: str, expected: str) -> None:
    assert taken(Format.NPM, expression, NPM_VERSIONS) == expected


def test_npm_agrees_on_ranges() -> None:
    """The fixtures of node-semver, and random ranges, answered by semver 7.8.6, strict."""
    assert disagreements(NPM, table("npm", "ranges")) == []


def test_npm_agrees_on_the_order() -> None:
    for one, other, expected in table("npm", "order"):
        assert compared(NPM, one, other) == expected, (one, other)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("1.0.0", "1.0.0"),
        ("v1.0.0", "1.0.0"),
        ("=1.0.0", "1.0.0"),
        ("=v1.0.0", "1.0.0"),
        ("1.0.0+build.1", "1.0.0"),
        ("v1.0.0-rc.1+b", "1.0.0-rc.1"),
        ("1.0.0-RC.1", "1.0.0-RC.1"),
        ("1.0", None),
        ("v1", None),
        ("01.0.0", None),
        ("latest", None),
        ("1.0.0+", None),
    ],
)
def test_the_same_version_of_npm_has_the_same_identity(text: str, same: str | None) -> None:
    assert NPM.identity is not None
    assert NPM.identity(text) == same


@pytest.mark.parametrize("expression", ["^=1.2", "==1.2", "~=1.2", "v=1.2", "=1.2.3 - 2"])
def test_signs_that_npm_skips_are_refused(expression: str) -> None:
    """npm takes ``^=1.2`` for ``^1.2``; who writes that means something of another tool."""
    assert disagreements(NPM, [[expression, "1.2.3", None]]) == []
