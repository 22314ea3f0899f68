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
    ("given", "limit", "expected"),
    [
        ({"versions-matching": "*"}, "", 100),
        ({"versions-matching": "*"}, "101", 101),
        ({"versions-matching": "*"}, "0", 0),
        ({"packages-matching": "acme-*"}, "", 100),
        ({"repository": "*"}, "", 100),
        ({"package": "", "versions": "", "packages": '- "pkg:npm/a@1?repository=*"'}, "", 100),
        ({}, "", None),
        ({}, "5", 5),
    ],
)
def test_the_limit_is_what_is_set_or_100_where_not_all_is_named(
    given: dict[str, str], limit: str, expected: int | None
) -> None:
    step = read_inputs({**GOOD, **given, "max-changes": limit})
    assert step.problems == ()
    assert most_changes(step) == expected
