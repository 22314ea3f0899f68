"""The right-hand sides are what RubyGems says, written down; not what our libraries answer."""

import pytest

from codeartifact_status.model import Format
from harness.versions import taken

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
