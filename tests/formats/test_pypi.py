"""The right-hand sides are what pip says, written down; not what our libraries answer."""

import pytest

from codeartifact_status.formats.pypi import PYPI
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


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ("1.0 2.0b1 2.0rc1", "2.0b1 2.0rc1"),
        ("1.0 2.0b1 2.0", "2.0"),
        ("2.0.dev1", ""),
        ("1.0 2.1a1", "2.1a1"),
        ("nightly 2.0.1rc1", "2.0.1rc1"),
    ],
)
def test_a_range_that_only_pre_releases_meet_takes_them(there: str, expected: str) -> None:
    assert taken(Format.PYPI, ">1.9,!=2.0.dev1", there) == expected


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("1.0.0-rc.1", "1.0.0rc1", True),
        ("v1.0.0-rc.1", "1.0.0rc1", True),
        ("2026.02.03", "2026.2.3", True),
        ("v1.0", "1.0.0", True),
        ("1.0-1", "1.0.post1", True),
        ("1.0alpha", "1.0a0", True),
        ("1.0+Ubuntu-1", "1.0+ubuntu.1", True),
        ("0!1.0", "1.0", True),
        ("1!1.0", "1.0", False),
        ("1.0+cu118", "1.0", False),
        ("1.1", "1.10", False),
        ("1.0.dev1", "1.0a1", False),
    ],
)
def test_the_same_version_of_pypi_has_the_same_identity(
    one: str, other: str, *, is_same: bool
) -> None:
    assert PYPI.identity is not None
    assert (PYPI.identity(one) == PYPI.identity(other)) is is_same


def test_what_is_no_version_of_pypi_has_no_identity() -> None:
    assert PYPI.identity is not None
    assert PYPI.identity("nightly") is None


def test_a_plain_version_leaves_local_versions_out() -> None:
    assert taken(Format.PYPI, "1.0", "1.0+cu118 1.0.0") == "1.0.0"
    assert taken(Format.PYPI, "1.0rc1", "1.0-rc.1 1.0") == "1.0-rc.1"
