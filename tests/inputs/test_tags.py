"""A tag gives a version, and perhaps a package."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeartifact_status.inputs.tags import read_tag, tag_pattern


def tag_of(pattern: str, ref: str) -> tuple[str | None, str]:
    return read_tag(pattern, ref, example="CI_COMMIT_TAG=v1")


@pytest.mark.parametrize(
    ("pattern", "tag", "package", "version"),
    [
        ("v{version}", "v1.3.0", None, "1.3.0"),
        ("v{version}", "v1.3.0-rc.1+build", None, "1.3.0-rc.1+build"),
        ("{version}", "1.10", None, "1.10"),
        ("release/{version}", "release/1.0", None, "1.0"),
        ("{package}@{version}", "core@1.3.0", "core", "1.3.0"),
        ("{package}@{version}", "@acme/core@1.3.0", "@acme/core", "1.3.0"),
        ("{package}@{version}", "@acme/my-core@1.3.0-rc.1", "@acme/my-core", "1.3.0-rc.1"),
        ("{package}-v{version}", "my-core-v1.0", "my-core", "1.0"),
        ("{package}/v{version}", "@acme/core/v1.0", "@acme/core", "1.0"),
        ("{package}/{version}", "core/1.0", "core", "1.0"),
        ("packages/{package}/v{version}", "packages/core/v1", "core", "1"),
        ("v{version}.(final)", "v1.0.(final)", None, "1.0"),
        ("{package}-{version}", "my-lib-1.2.3-rc.1", "my-lib", "1.2.3-rc.1"),
        ("{package}-{version}", "@acme/my-lib-1.2.3", "@acme/my-lib", "1.2.3"),
        ("{package}-{version}", "my-lib-v1.2.3", "my-lib", "v1.2.3"),
        ("{package}-v{version}", "my-vlib-v1.2.3-v2", "my-vlib", "1.2.3-v2"),
        ("{package}_v{version}", "log4j_v2.1", "log4j", "2.1"),
        ("{version}", "v1.2.3", None, "v1.2.3"),
        ("release-{version}", "release-2026.01.31", None, "2026.01.31"),
        ("{version}-{package}", "1.2.3-rc.1-core", "core", "1.2.3-rc.1"),
    ],
)
def test_a_tag_gives_the_version_and_perhaps_the_package(
    pattern: str, tag: str, package: str | None, version: str
) -> None:
    assert tag_of(pattern, f"refs/tags/{tag}") == (package, version)


@pytest.mark.parametrize(
    ("pattern", "tag"),
    [
        ("v{version}", "v"),
        ("v{version}", "v1.3.0/x"),
        ("v.{version}", "vx1"),
        ("{package}@{version}", "1.3.0"),
        ("{package}@{version}", "acme/core@1.3.0"),
        ("{package}@{version}", "@acme/team/core@1.3.0"),
        ("v{version}", "vv1.3.0"),
        ("V{version}", "Vv1.3.0"),
        ("v{version}", "vlatest"),
        ("{package}-{version}", "my-lib"),
        ("{package}@{version}", "core@next"),
    ],
)
def test_a_tag_that_does_not_match_is_named(pattern: str, tag: str) -> None:
    with pytest.raises(ValueError, match=rf"^the tag {tag} does not match$"):
        tag_of(pattern, f"refs/tags/{tag}")


@pytest.mark.parametrize(
    ("pattern", "tag", "meant"),
    [
        ("v{version}", "1.3.0", "{version}"),
        ("v{version}", "V1.3.0", "V{version}"),
        ("v{version}", "widgets-v1.4.0", "widgets-v{version}"),
        ("{version}", "release-1.3.0", "release-{version}"),
        ("v{version}", "@acme/core@1.3.0-rc.1", "@acme/core@{version}"),
        ("{package}@{version}", "core-v1.3.0", "{package}-v{version}"),
        ("{package}-{version}", "@acme/core@1.3.0", "{package}@{version}"),
    ],
)
def test_a_pattern_that_the_tag_matches_is_proposed(pattern: str, tag: str, meant: str) -> None:
    with pytest.raises(ValueError, match="does not match") as caught:
        tag_of(pattern, f"refs/tags/{tag}")
    assert str(caught.value) == f'the tag {tag} does not match; did you mean "{meant}"?'
    tag_of(meant, f"refs/tags/{tag}")


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("refs/heads/main", "triggered by refs/heads/main, not by a tag"),
        ("refs/pull/1/merge", "triggered by refs/pull/1/merge, not by a tag"),
        ("", r"no tag is known: CI_COMMIT_TAG is not set \(for example, CI_COMMIT_TAG=v1\)"),
        ("v1.3.0", "triggered by v1.3.0, not by a tag"),
    ],
)
def test_a_ref_that_is_no_tag_is_named(ref: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        tag_of("v{version}", ref)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("v1.0", "once"),
        ("{package}", "once"),
        ("{version}-{version}", "once"),
        ("{package}{package}{version}", "at most once"),
        ("{name}@{version}", r"unknown placeholder \{name\}"),
        ("{Version}", r"unknown placeholder \{Version\}"),
        ("{}{version}", r"unknown placeholder \{\}"),
        ("v{version", "once"),
    ],
)
def test_a_pattern_must_hold_the_version_once_and_nothing_unknown(pattern: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        tag_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "tag"),
    [
        ("{package}{version}x", "1" * 100_000),
        ("{package}{version}x", "@a/" + "1" * 990),
        ("{package}-{version}-x", "-1" * 499),
        ("{version}{package}x", "1" * 1000),
    ],
)
def test_no_tag_takes_seconds(pattern: str, tag: str) -> None:
    start = time.process_time()
    with pytest.raises(ValueError, match="does not match"):
        tag_of(pattern, f"refs/tags/{tag}")
    assert time.process_time() - start < 5


def test_a_pattern_has_an_end() -> None:
    with pytest.raises(ValueError, match="at most 1000 characters"):
        tag_pattern("v" * 100_000 + "{version}")


@given(
    st.one_of(st.text(max_size=20), st.lists(st.sampled_from(
        ["{version}", "{package}", "{", "}", "v", "@", "/", "(", ".*", "\\", "{{", "x"]
    ), max_size=5).map("".join)),
    st.text(max_size=20),
)  # fmt: skip
@settings(max_examples=200)
def test_a_pattern_of_tags_is_understood_or_refused_whatever_it_holds(
    pattern: str, tag: str
) -> None:
    try:
        _, version = tag_of(pattern, f"refs/tags/{tag}")
    except ValueError:
        return
    assert version
    assert version in tag
    assert "/" not in version
