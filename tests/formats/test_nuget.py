"""The right-hand sides are what NuGet says, written down; not what our libraries answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeartifact_emulator.names import normalize_version
from codeartifact_status.formats.nuget import NUGET
from codeartifact_status.model import Format
from harness.versions import taken

NUGET_VERSIONS = "1.0.0 1.3.9 1.4.0-rc.1 1.4.0 1.4.0.1 1.5.0-rc.1 1.10.0 2.0.0-beta 2.0.0"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("[1.4,2)", "1.4.0 1.4.0.1 1.10.0"),
        ("[1.4, 2.0.0]", "1.4.0 1.4.0.1 1.10.0 2.0.0"),
        ("[1.4]", "1.4.0"),
        ("(1.4,)", "1.4.0.1 1.10.0 2.0.0"),
        ("(,1.0]", "1.0.0"),
        ("[1.4,2.0.0-beta]", "1.4.0 1.4.0.1 1.5.0-rc.1 1.10.0 2.0.0-beta"),
        ("[1.4.0-rc.1,1.4.0]", "1.4.0-rc.1 1.4.0"),
    ],
)
def test_a_range_of_nuget_leaves_pre_releases_out_unless_it_names_one(
    expression: str, expected: str
) -> None:
    assert taken(Format.NUGET, expression, NUGET_VERSIONS) == expected


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("1.2.3", "1.2.3"),
        ("01.02.03", "1.2.3"),
        ("1.2.3.0", "1.2.3"),
        ("1.2.3.4", "1.2.3.4"),
        ("1.0.0.00", "1.0.0"),
        ("1.00", "1.0"),
        ("1.2.3+build.5", "1.2.3"),
        ("1.2.3-Beta.01+x", "1.2.3-Beta.01"),
        ("1.2.3.0-rc-1", "1.2.3-rc-1"),
        ("latest", "latest"),
    ],
)
def test_a_nuget_version_is_kept_as_the_service_keeps_it(given: str, kept: str) -> None:
    assert NUGET.version_spelling(given) == kept
    assert normalize_version("nuget", given) == kept


@given(st.text("0123.-+a", min_size=1, max_size=12))
def test_nuget_versions_are_kept_as_the_emulator_keeps_them(text: str) -> None:
    assert NUGET.version_spelling(text) == normalize_version("nuget", text)
