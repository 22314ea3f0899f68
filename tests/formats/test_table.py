"""Every format has a full row, and what the libraries raise stays in it."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeartifact_status.formats.expressions import matcher, order_of
from codeartifact_status.formats.rules import Namespace, Rules
from codeartifact_status.formats.table import format_of, rules_of
from codeartifact_status.model import Format


def test_every_format_has_its_rules() -> None:
    assert {format_of(rules_of(kind).purl_type) for kind in Format} == set(Format)


@pytest.mark.parametrize("part", [Rules, Namespace])
def test_a_row_takes_nothing_over_unawares(part: type) -> None:
    for field in dataclasses.fields(part):
        assert field.default is dataclasses.MISSING, field.name
        assert field.default_factory is dataclasses.MISSING, field.name


def test_no_two_formats_share_a_row_or_a_type_of_package_url() -> None:
    assert len({id(rules) for rules in map(rules_of, Format)}) == len(Format)
    assert len({rules.purl_type for rules in map(rules_of, Format)}) == len(Format)


@pytest.mark.parametrize(
    ("kind", "is_required"),
    [
        (Format.NPM, False),
        (Format.MAVEN, True),
        (Format.SWIFT, True),
        (Format.GENERIC, True),
        (Format.PYPI, None),
        (Format.NUGET, None),
        (Format.RUBY, None),
        (Format.CARGO, None),
    ],
)
def test_a_namespace_is_as_the_format_has_it(kind: Format, is_required: bool | None) -> None:  # noqa: FBT001
    namespace = rules_of(kind).namespace
    assert (namespace and namespace.is_required) is is_required


@pytest.mark.parametrize("kind", list(Format))
def test_the_example_of_a_format_is_what_it_takes(kind: Format) -> None:
    matches = matcher(kind, rules_of(kind).example)

    assert matches(["1.4.0", "2.0.0"]) == {"1.4.0"}


# --- Whatever stands there. ----------------------------------------------------------------------

VERSIONS = st.one_of(
    st.text(min_size=1, max_size=12),
    st.lists(
        st.sampled_from(
            ["0", "1", "2", "10", "007", "9" * 30, "²", "٣", "a", "rc1", "v", "v1", "-", "+", "x",
             "1-rc", "1+b", "final", "SNAPSHOT", "☃", "\u00a0", "\ud800", "!", "_"]
        ),
        min_size=1,
        max_size=5,
    ).map(".".join),
    st.sampled_from(["v", "V", "1" * 255, "1" + "-1" * 127, "1" + ".a1" * 84, "1-" + "a" * 253]),
)  # fmt: skip
TOKENS = st.sampled_from(
    ["[", "]", "(", ")", ",", "^", "~", "~>", ">=", "<=", "<", ">", "=", "==", "===", "!=", "~=",
     "||", " - ", " ", "*", "x", "[1,]", "(,1)", "(,)", "[,]"]
)  # fmt: skip
EXPRESSIONS = st.one_of(
    st.text(max_size=20),
    st.lists(st.one_of(TOKENS, VERSIONS), min_size=1, max_size=9).map("".join),
    st.lists(
        st.tuples(st.sampled_from("[("), VERSIONS, st.sampled_from(["", ","]), VERSIONS,
                  st.sampled_from(")]")).map("".join),
        min_size=1,
        max_size=3,
    ).map(",".join),
)  # fmt: skip


@pytest.mark.parametrize("kind", list(Format))
@given(expression=EXPRESSIONS, versions=st.lists(VERSIONS, max_size=4))
@settings(max_examples=200)
def test_no_error_of_a_library_comes_out_of_a_range(
    kind: Format, expression: str, versions: list[str]
) -> None:
    try:
        matches = matcher(kind, expression)
    except ValueError as error:
        assert repr(expression) in str(error)  # noqa: PT017 - either is fine
        return
    assert matches(versions) <= set(versions)


@pytest.mark.parametrize("kind", [kind for kind in Format if rules_of(kind).order])
@given(versions=st.lists(VERSIONS, max_size=4))
@settings(max_examples=200)
def test_no_error_of_a_library_comes_out_of_an_order(kind: Format, versions: list[str]) -> None:
    order = order_of(kind)
    known = []
    for version in versions:
        try:
            order(version)
        except ValueError as error:
            assert str(error).startswith(f"{version} is not a {kind} version")  # noqa: PT017 - likewise
        else:
            known.append(version)
    assert len(sorted(known, key=order)) == len(known)


LONG = ["9" * 256, "9" * 5000, "1" + "-1" * 500, "1" + ".1" * 5000, "1" + "-a1" * 5000]


@pytest.mark.parametrize("kind", [kind for kind in Format if rules_of(kind).ranges])
@pytest.mark.parametrize("long", LONG, ids=lambda long: f"{long[:4]}-{len(long)}")
def test_what_is_longer_than_any_version_is_no_bound(kind: Format, long: str) -> None:
    bound = {Format.NPM: ">=", Format.MAVEN: "[", Format.NUGET: "[", Format.RUBY: ">= "}
    closing = ",)" if bound.get(kind) == "[" else ""
    with pytest.raises(ValueError, match="is neither a glob nor a range"):
        matcher(kind, f"{bound.get(kind, '>=')}{long}{closing}")
