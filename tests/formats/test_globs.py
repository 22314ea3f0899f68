"""Globs over package names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeartifact_status.formats.globs import any_glob, literal_start, normal_glob, taken_apart
from codeartifact_status.formats.names import package_title
from codeartifact_status.formats.table import rules_of
from codeartifact_status.model import Format, Package


def package(name: str, namespace: str | None = None, format_: Format = Format.NPM) -> Package:
    return Package(
        domain="acme", repository="store", format=format_, namespace=namespace, name=name
    )


@pytest.mark.parametrize(
    ("glob", "matching"),
    [
        ("@acme/*", {"@acme/core", "@acme/[x]"}),
        ("*core", {"@acme/core", "@other/core", "core"}),
        ("core", {"core"}),
        ("@*/c?re", {"@acme/core", "@other/core"}),
        ("*[x]", {"@acme/[x]"}),
        ("*", {"@acme/core", "@other/core", "core", "@acme/[x]"}),
        ("CORE", set()),
        ("x", set()),
    ],
)
def test_a_glob_is_over_names_as_users_write_them(glob: str, matching: set[str]) -> None:
    there = [
        package("core", "acme"),
        package("core", "other"),
        package("core"),
        package("[x]", "acme"),
    ]
    found = {package_title(one) for one in there if any_glob([glob], None)(one)}
    assert found == matching


def test_with_a_namespace_a_glob_may_be_over_the_name_alone() -> None:
    for glob in ("c*", "@acme/c*", "*/core", "*"):
        matches = any_glob([glob], "acme")
        assert matches(package("core", "acme"))
        assert not matches(package("core", "other"))
        assert not matches(package("core"))


def test_no_glob_matches_nothing() -> None:
    assert not any_glob([], None)(package(""))


@pytest.mark.parametrize(
    ("format_", "glob", "normal"),
    [
        (Format.PYPI, "My_Package.*", "my-package-*"),
        (Format.NUGET, "Acme.*", "acme.*"),
        (Format.SWIFT, "Acme.*", "acme.*"),
        (Format.NPM, "Acme_*", "Acme_*"),
    ],
)
def test_globs_are_compared_as_the_service_keeps_names(
    format_: Format, glob: str, normal: str
) -> None:
    assert normal_glob(format_, glob) == normal


@pytest.mark.parametrize(
    ("format_", "glob", "namespace", "parts"),
    [
        (Format.NPM, "@acme/*", None, ("acme", "*")),
        (Format.NPM, "@acme/c?re", None, ("acme", "c?re")),
        (Format.NPM, "acme-*", None, ("", "acme-*")),
        (Format.NPM, "*-core", None, ("*", "*-core")),
        (Format.NPM, "@a*", None, ("a*", "*")),
        (Format.NPM, "?acme/core", None, ("*acme", "core")),
        (Format.NPM, "c*", "acme", ("acme", "c*")),
        (Format.NPM, "@acme/c*", "acme", ("acme", "c*")),
        (Format.NPM, "*/core", "acme", ("acme", "*core")),
        (Format.MAVEN, "com.acme:*", None, ("com.acme", "*")),
        (Format.MAVEN, "com.acme*", None, ("com.acme*", "*")),
        (Format.MAVEN, "*:lib", None, ("*", "lib")),
        (Format.SWIFT, "acme.*", None, ("acme", "*")),
        (Format.GENERIC, "acme/tool-*", None, ("acme", "tool-*")),
        (Format.PYPI, "acme-*", None, ("", "acme-*")),
    ],
)
def test_a_glob_is_taken_apart_as_narrowly_as_can_be(
    format_: Format, glob: str, namespace: str | None, parts: tuple[str, str]
) -> None:
    assert taken_apart(format_, glob, namespace) == parts


PARTS = st.text("ab*?", max_size=4)


@given(
    st.sampled_from([Format.NPM, Format.MAVEN, Format.SWIFT, Format.GENERIC, Format.PYPI]),
    st.tuples(st.sampled_from(["", "@"]), PARTS, st.sampled_from(["", "/", ":", "."]), PARTS),
    st.text("ab", min_size=1, max_size=3),
    st.text("ab", min_size=1, max_size=3),
    st.booleans(),
    st.booleans(),
)
def test_what_a_glob_matches_its_parts_match_and_begins_as_they_do(
    format_: Format,
    pieces: tuple[str, ...],
    namespace: str,
    name: str,
    is_scoped: bool,  # noqa: FBT001 - hypothesis gives it
    is_given: bool,  # noqa: FBT001
) -> None:
    kind = rules_of(format_).namespace
    has_namespace = kind is not None and (is_scoped or kind.is_required)
    one = package(name, namespace if has_namespace else None, format_)
    apart = namespace if has_namespace and is_given else None
    glob = "".join(pieces)
    if not glob or not any_glob([glob], apart)(one):
        return
    over_namespace, over_name = taken_apart(format_, glob, apart)
    # IAM's wildcards take slashes, too.
    resource = package(f"{one.namespace or ''}/{name}", None, Format.GENERIC)
    assert any_glob([f"{over_namespace}/{over_name}"], None)(resource)
    assert (one.namespace or "").startswith(literal_start(over_namespace))
    assert name.startswith(literal_start(over_name))
