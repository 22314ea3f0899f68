"""The right-hand sides are what Maven says, written down; not what our libraries answer."""

import pytest

from codeartifact_status.formats.maven import MAVEN
from codeartifact_status.model import Format
from harness.versions import compared, disagreements, misordered, table, taken

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


def test_maven_agrees_on_the_order_of_all_pairs() -> None:
    """The versions of ComparableVersionTest and of real histories, compared by Maven 3.9.6."""
    assert misordered(MAVEN, table("maven", "matrix")) == []


def test_maven_agrees_on_the_order_of_odd_pairs() -> None:
    """Pairs of ComparableVersionTest, MNG-7644 among them, and random ones, by Maven 3.9.6."""
    for one, other, expected in table("maven", "pairs"):
        assert compared(MAVEN, one, other) == expected, (one, other)


def test_maven_agrees_on_ranges() -> None:
    """Ranges of VersionRangeTest and others, answered by Maven 3.9.6; ``[]`` it would take."""
    rows = table("maven", "ranges")
    plain = {expression for expression, *_ in rows if expression[0] not in "[("}
    assert disagreements(MAVEN, [row for row in rows if row[0] not in plain]) == []


def test_a_release_by_another_word_is_the_release() -> None:
    versions = "1.5.21 1.5.22.RC1 1.5.22 1.5.22.RELEASE 1.5.22.Final 1.5.22-ga 1.5.22-sp1 1.5.23"
    assert taken(Format.MAVEN, "(1.5.22,)", versions) == "1.5.22-sp1 1.5.23"
    assert taken(Format.MAVEN, "(,1.5.22)", versions) == "1.5.21 1.5.22.RC1"
    assert (
        taken(Format.MAVEN, "[1.5.22]", versions) == "1.5.22 1.5.22.RELEASE 1.5.22.Final 1.5.22-ga"
    )
    assert taken(Format.MAVEN, "1.5.22", versions) == "1.5.22"
