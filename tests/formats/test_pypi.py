"""The right-hand sides are what pip says, written down; not what our libraries answer."""

import pytest

from codeartifact_status.model import Format
from harness.versions import taken

PYPI_VERSIONS = "1.3 1.4rc1 1.4 1.4.post1 1.4.2 1.5rc1 1.5.dev1 1.10.0 2.0b1 2.0"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (">=1.4,<2", "1.4 1.4.post1 1.4.2 1.10.0"),
        (">=1.4, <2", "1.4 1.4.post1 1.4.2 1.10.0"),
        ("~=1.4", "1.4 1.4.post1 1.4.2 1.10.0"),
        ("==1.4.*", "1.4 1.4.post1 1.4.2"),
        ("!=1.4", "1.3 1.4.post1 1.4.2 1.10.0 2.0"),
        (">1.4", "1.4.2 1.10.0 2.0"),
        ("==1.4", "1.4"),
        ("===1.4", "1.4"),
        ("~=1.4.0", "1.4 1.4.post1 1.4.2"),
        (">=1.4rc1,<1.5", "1.4rc1 1.4 1.4.post1 1.4.2"),
        (">=2.0b1", "2.0b1 2.0"),
    ],
)
def test_a_range_of_pypi_takes_what_pip_takes(expression: str, expected: str) -> None:
    assert taken(Format.PYPI, expression, PYPI_VERSIONS) == expected
