"""The right-hand sides are what Maven says, written down; not what our libraries answer."""

import pytest

from codeartifact_status.model import Format
from harness.versions import taken

MAVEN_VERSIONS = (
    "0.9 1.0 1.1 1.2 1.4-alpha-1 1.4-rc-1 1.4-SNAPSHOT 1.4 1.4.0 1.4-sp-1 1.10 2.0.0-beta 2.0 2.1"
)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("[1.4,2)", "1.4 1.4.0 1.4-sp-1 1.10 2.0.0-beta"),
        ("[1.4, 2)", "1.4 1.4.0 1.4-sp-1 1.10 2.0.0-beta"),
        ("(,1.0],[1.2,1.4)", "0.9 1.0 1.2 1.4-alpha-1 1.4-rc-1 1.4-SNAPSHOT"),
        ("(,1.0],[1.4,)", "0.9 1.0 1.4 1.4.0 1.4-sp-1 1.10 2.0.0-beta 2.0 2.1"),
        ("[1.4]", "1.4 1.4.0"),
        ("(1.4,2.0]", "1.4-sp-1 1.10 2.0.0-beta 2.0"),
        ("[2.0,)", "2.0 2.1"),
        ("[1.4-alpha-1,1.4)", "1.4-alpha-1 1.4-rc-1 1.4-SNAPSHOT"),
        ("(,)", MAVEN_VERSIONS),
    ],
)
def test_a_range_of_maven_goes_by_the_order_alone(expression: str, expected: str) -> None:
    assert taken(Format.MAVEN, expression, MAVEN_VERSIONS) == expected
