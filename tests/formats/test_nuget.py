"""The right-hand sides are what NuGet says, written down; not what our libraries answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeartifact_emulator.names import normalize_version
from codeartifact_status.formats.nuget import NUGET
from codeartifact_status.model import Format
from harness.versions import compared, disagreements, table, taken

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


def test_nuget_agrees_on_the_order() -> None:
    """VersionComparerTests, NuGetVersionTest and SemVer201SpecTests of NuGet.Client."""
    for one, other, expected in table("nuget", "order"):
        found = compared(NUGET, one, other)
        assert found == expected or (expected is None and found), (one, other)
        assert compared(NUGET, other, one) == -found


def test_nuget_agrees_on_ranges() -> None:
    """VersionRangeTests: Satisfies, what restore takes (IsBetter), and what is refused."""
    assert disagreements(NUGET, table("nuget", "ranges")) == []


def test_nuget_agrees_on_what_is_no_version() -> None:
    assert NUGET.order is not None
    for text in table("nuget", "refused"):
        assert NUGET.order(str(text)) is None, text


def test_nuget_agrees_on_the_normalized_form() -> None:
    assert NUGET.identity is not None
    for text, normalized in table("nuget", "normalized"):
        assert NUGET.identity(text) == normalized.lower()


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("1.0", "1.0.0.0", True),
        ("1", "1.0.0", True),
        ("1.0.0-RC.1", "1.0-rc.1+build", True),
        ("1.0.0.1", "1.0.0", False),
        ("1.0.0-rc.1", "1.0.0-rc1", False),
    ],
)
def test_the_same_version_of_nuget_has_the_same_identity(
    one: str, other: str, *, is_same: bool
) -> None:
    assert NUGET.identity is not None
    assert (NUGET.identity(one) == NUGET.identity(other)) is is_same


@pytest.mark.parametrize("bound", ["8.0.0-preview.1", "8.0.0-rc.2.23480.2", "8.0.0-a-b.0"])
def test_a_bound_may_have_any_label(bound: str) -> None:
    assert taken(Format.NUGET, f"[{bound},8.0.0)", f"7.0.0 {bound} 8.0.0-zzz 8.0.0") == (
        f"{bound} 8.0.0-zzz"
    )


def test_a_number_too_large_for_nuget_is_a_word() -> None:
    assert compared(NUGET, "1.0.0-ci.20240101123456", "1.0.0-ci.9") == 1
    assert compared(NUGET, "1.0.0-ci.20240101123456", "1.0.0-ci.3000000000") == -1
