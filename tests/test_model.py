"""What the nouns themselves know."""

import pytest

from codeartifact_status.model import Status


@pytest.mark.parametrize("text", ["published", "PUBLISHED", " Published "])
def test_a_status_is_known_in_any_case(text: str) -> None:
    assert Status.named(text) is Status.PUBLISHED


def test_a_status_that_is_none_is_not_known() -> None:
    assert Status.named("Quarantined") is None
