"""The right-hand sides are what RubyGems says, written down; not what our libraries answer."""

import pytest

from codeartifact_status.formats.ruby import RUBY
from codeartifact_status.model import Format
from harness.versions import disagreements, misordered, table, taken

RUBY_VERSIONS = "1.3.9 1.4.0.rc1 1.4.0.rc2 1.4.0 1.4.5 1.5.0.pre 1.10.0 2.0.0.beta 2.0.0"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("~> 1.4", "1.4.0 1.4.5 1.10.0"),
        ("~>1.4", "1.4.0 1.4.5 1.10.0"),
        ("~> 1.4.0", "1.4.0 1.4.5"),
        ("~> 1", "1.3.9 1.4.0 1.4.5 1.10.0"),
        (">= 1.4, < 2", "1.4.0 1.4.5 1.10.0"),
        ("!= 1.4.0", "1.3.9 1.4.5 1.10.0 2.0.0"),
        ("= 1.4.0.rc1", "1.4.0.rc1"),
        (
            ">= 1.4.0.rc2",
            "1.4.0.rc2 1.4.0 1.4.5 1.5.0.pre 1.10.0 2.0.0.beta 2.0.0",
        ),
        ("~> 1.4.0.rc1", "1.4.0.rc1 1.4.0.rc2 1.4.0 1.4.5"),
    ],
)
def test_a_range_of_ruby_takes_what_gem_takes(expression: str, expected: str) -> None:
    assert taken(Format.RUBY, expression, RUBY_VERSIONS) == expected


def test_rubygems_agrees_on_the_order_and_what_is_the_same() -> None:
    """The versions of RubyGems' test_gem_version, compared by RubyGems 3.3."""
    matrix = table("ruby", "matrix")
    assert misordered(RUBY, matrix) == []
    assert RUBY.identity is not None
    for one, signs in matrix:
        for (other, _), sign in zip(matrix, signs, strict=True):
            assert (RUBY.identity(one) == RUBY.identity(other)) is (sign == "="), (one, other)


def test_rubygems_agrees_on_requirements() -> None:
    """test_gem_requirement, and random requirements, answered by RubyGems 3.3.

    A pre-release is taken if the requirement names one, as ``gem`` resolves it.
    """
    assert disagreements(RUBY, table("ruby", "ranges")) == []
