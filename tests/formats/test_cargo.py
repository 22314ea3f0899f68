"""The right-hand sides are what Cargo says, written down; not what our code happens to answer."""

import pytest

from codeartifact_status.formats.cargo import CARGO
from codeartifact_status.model import Format
from harness.versions import compared, disagreements, table, taken

CARGO_VERSIONS = "0.2.3 0.3.0 1.2.0 1.2.3-rc.1 1.2.3 1.3.0-rc.1 1.10.0 2.0.0-beta 2.0.0"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1.2", "1.2.0 1.2.3 1.10.0"),
        ("^1.2", "1.2.0 1.2.3 1.10.0"),
        ("0.2", "0.2.3"),
        ("1.x", "1.2.0 1.2.3 1.10.0"),
        ("=1.2", "1.2.0 1.2.3"),
        ("=1.2.3", "1.2.3"),
        ("~1.2", "1.2.0 1.2.3"),
        (">=1, <2", "1.2.0 1.2.3 1.10.0"),
        (">=1,<2.0.0-rc", "1.2.0 1.2.3 1.10.0 2.0.0-beta"),
        (">=1.*", "1.2.0 1.2.3 1.10.0 2.0.0"),
        ("1.2.3-rc.0", "1.2.3-rc.1 1.2.3 1.10.0"),
        ("x", "0.2.3 0.3.0 1.2.0 1.2.3 1.10.0 2.0.0"),
        ("1.*", "1.2.0 1.2.3-rc.1 1.2.3 1.3.0-rc.1 1.10.0"),  # a glob
    ],
)
def test_a_range_of_cargo_takes_what_cargo_takes(expression: str, expected: str) -> None:
    assert taken(Format.CARGO, expression, CARGO_VERSIONS) == expected


def test_cargo_agrees_on_requirements() -> None:
    """The tests of the crate semver, and random requirements, answered by semver 1.0.27."""
    assert disagreements(CARGO, table("cargo", "ranges")) == []


def test_cargo_agrees_on_the_order_which_goes_by_build_metadata_too() -> None:
    for one, other, expected in table("cargo", "order"):
        assert compared(CARGO, one, other) == expected, (one, other)
