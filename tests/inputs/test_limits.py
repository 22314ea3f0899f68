"""How many versions a step may change."""

import pytest

from codeartifact_status.inputs.reading import most_changes
from harness.inputs import read_inputs

GOOD = {
    "domain": "acme",
    "repository": "r1",
    "format": "npm",
    "package": "core",
    "versions": "1.0",
    "target-status": "Published",
    "aws-region": "eu-west-1",
}


@pytest.mark.parametrize(
    ("matching", "limit", "expected"),
    [("*", "", 100), ("*", "101", 101), ("*", "0", 0), ("", "", None), ("", "5", 5)],
)
def test_the_limit_is_what_is_set_or_100_with_a_pattern(
    matching: str, limit: str, expected: int | None
) -> None:
    step = read_inputs({**GOOD, "versions-matching": matching, "max-changes": limit})
    assert most_changes(step.inputs) == expected
