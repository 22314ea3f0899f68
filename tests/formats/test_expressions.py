"""Which versions an expression takes, as the format's own tools would have it; and their order.

The tables' right-hand sides are what npm's ``semver``, pip, Maven, NuGet, RubyGems and Cargo say of
these ranges and versions, written down; not what our code happens to answer.
"""

import contextlib
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeartifact_status.formats.expressions import any_of, matcher, order_of
from codeartifact_status.model import Format
from harness.versions import taken


@pytest.mark.parametrize(
    ("format_", "expression"),
    [
        (Format.NPM, ">=1.4.0,<2"),
        (Format.NPM, "latest"),
        (Format.NPM, ">>1"),
        (Format.NPM, "x.1"),
        (Format.NPM, "1.x.5"),
        (Format.NPM, "=x.x.1"),
        (Format.NPM, "^01.2.3"),
        (Format.NPM, "1.2.3 -2"),
        (Format.NPM, "^9007199254740991.0.0"),
        (Format.PYPI, "^1.4"),
        (Format.PYPI, "nightly"),
        (Format.PYPI, "=1.4"),
        (Format.PYPI, ">=1.4 <2"),
        (Format.PYPI, "~=1"),
        (Format.MAVEN, "[1.4,2"),
        (Format.MAVEN, "[2,1]"),
        (Format.MAVEN, "(1.4)"),
        (Format.MAVEN, "^1.4"),
        (Format.MAVEN, ">=1.4"),
        (Format.MAVEN, "1.0,2.0"),
        (Format.MAVEN, "[]"),
        (Format.MAVEN, ">=1.0"),
        (Format.MAVEN, "[1.*,2)"),
        (Format.MAVEN, "1.0)"),
        (Format.MAVEN, "[1,2],[1.5,3]"),
        (Format.MAVEN, "[1,1.0.RELEASE)"),
        (Format.NUGET, ">=1.4"),
        (Format.NUGET, "[2,1]"),
        (Format.NUGET, "(1.0)"),
        (Format.NUGET, "1.0)"),
        (Format.NUGET, "[1.0"),
        (Format.NUGET, "(,)"),
        (Format.NUGET, "[1,2],[3,4]"),
        (Format.NUGET, "[1.*,2)"),
        (Format.NUGET, "v1.0"),
        (Format.RUBY, "^1.4"),
        (Format.RUBY, "=> 1.4"),
        (Format.RUBY, "(>= 1.4)"),
        (Format.RUBY, ">= 1.4,"),
        (Format.RUBY, "nightly"),
        (Format.CARGO, "latest"),
        (Format.CARGO, ">=1 <2"),
        (Format.CARGO, "1.2 || 2"),
        (Format.CARGO, "1.2 - 2"),
        (Format.CARGO, "v1.2"),
        (Format.CARGO, "1.x.5"),
        (Format.CARGO, ">=1,"),
    ],
)
def test_what_is_no_range_of_the_format_is_refused_by_name(
    format_: Format, expression: str
) -> None:
    with pytest.raises(ValueError, match=f"is neither a glob nor a range of {format_} versions"):
        matcher(format_, expression)


@pytest.mark.parametrize("format_", list(Format))
def test_what_is_no_version_to_the_format_is_in_no_range_of_it(format_: Format) -> None:
    ranges = {
        Format.NPM: "^1.4",
        Format.PYPI: ">=1.4",
        Format.MAVEN: "[1.4,)",
        Format.NUGET: "[1.4,)",
        Format.RUBY: ">= 1.4",
    }
    expression = ranges.get(format_, "1.*")
    assert taken(format_, expression, "nightly @ ☃ v-1") == ""


# --- Globs. --------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", list(Format))
@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("1.4.*", "1.4.0 1.4.1-rc.1"),
        ("*", "1.4 1.4.0 1.4.1-rc.1 1.40.0 nightly"),
        ("*-rc.*", "1.4.1-rc.1"),
        ("1.4?.0", "1.40.0"),
        ("night*", "nightly"),
    ],
)
def test_globs_work_for_every_format_and_know_no_versions(
    format_: Format, glob: str, expected: str
) -> None:
    assert taken(format_, glob, "1.4 1.4.0 1.4.1-rc.1 1.40.0 nightly") == expected


@pytest.mark.parametrize(
    ("format_", "taken_by_1_4"),
    [
        (Format.NPM, "1.4.0 1.4.1"),
        (Format.CARGO, "1.4.0 1.4.1 1.5.0"),
        (Format.PYPI, "1.4 1.4.0"),
        (Format.NUGET, "1.4 1.4.0"),
        (Format.RUBY, "1.4 1.4.0"),
        (Format.MAVEN, "1.4"),
        (Format.SWIFT, "1.4"),
        (Format.GENERIC, "1.4"),
    ],
)
def test_a_plain_version_is_a_range_to_npm_and_cargo_and_itself_elsewhere(
    format_: Format, taken_by_1_4: str
) -> None:
    assert taken(format_, "1.4", "1.4 1.4.0 1.4.1 1.4.0-rc.1 1.5.0 2.0") == taken_by_1_4


@pytest.mark.parametrize("format_", [Format.GENERIC, Format.SWIFT])
@pytest.mark.parametrize(
    "expression", ["^1.4", ">=1.4,<2", "~> 1.4", "1.4 || 2", "[1.4,2)", "!1.*"]
)
def test_where_only_globs_work_the_message_says_so(format_: Format, expression: str) -> None:
    with pytest.raises(ValueError, match=f"for {format_} only globs work, such as"):
        matcher(format_, expression)


@pytest.mark.parametrize("format_", list(Format))
@pytest.mark.parametrize("expression", ["!1.*", "1.[0-3].*", "1.* - 2.*]", "*)"])
def test_what_has_operators_is_no_glob(format_: Format, expression: str) -> None:
    with pytest.raises(ValueError, match=r"only globs work|is neither a glob nor a range"):
        matcher(format_, expression)


@pytest.mark.parametrize("format_", [Format.PYPI, Format.NUGET])
@pytest.mark.parametrize(
    ("expression", "glob"), [("0.x", "0.*"), ("1.4.X", "1.4.*"), ("1.x.x", "1.*")]
)
def test_a_glob_without_a_wildcard_is_guessed(format_: Format, expression: str, glob: str) -> None:
    with pytest.raises(ValueError, match=f"; did you mean {re.escape(glob)}\\?$"):
        matcher(format_, expression)


@pytest.mark.parametrize("format_", list(Format))
def test_any_of_several_expressions_may_match(format_: Format) -> None:
    there = ["1.0.0", "1.1.0", "2.0.0", "3.0.0"]
    assert any_of(format_, ("1.0.*", "3.*"))(there) == {"1.0.0", "3.0.0"}
    assert any_of(format_, ())(there) == frozenset()


HUGE = [
    "*" * 4096, "*a" * 2048, "?" * 4096, "[" * 4096, "[1,2]," * 680, "(" * 2000 + ")" * 2000,
    "1||" * 1365, ">=1 " * 1024, "1 - " * 1024, "1." * 2048, "~> 1," * 680, "^" * 4096, "=" * 4096,
    "1.x." * 1024, "v" * 4096, "-" * 4096, "a-" * 2048, "1a" * 2048, "||" * 2048, " " * 4096,
    "+" * 4096, "1+" * 2048, ">=1.0.0-" + "a." * 2000, "==" * 2048, "!" * 4096,
    "*" * 100_000, "1 || " * 20_000,
]  # fmt: skip


@pytest.mark.parametrize("format_", list(Format))
@pytest.mark.parametrize("expression", HUGE, ids=lambda text: f"{text[:4]}-{len(text)}")
def test_a_long_expression_takes_no_time(format_: Format, expression: str) -> None:
    start = time.process_time()
    with contextlib.suppress(ValueError):
        matcher(format_, expression)([f"1.{minor}.0" for minor in range(100)] + ["1-" + "a" * 250])
    assert time.process_time() - start < 5


@pytest.mark.parametrize("format_", [Format.NUGET, Format.PYPI])
def test_a_glob_is_blind_to_case_as_the_format_is(format_: Format) -> None:
    assert taken(format_, "*-rc*", "1.0.0-RC.1 1.0.0-rc.2 1.0.0") == "1.0.0-RC.1 1.0.0-rc.2"


@pytest.mark.parametrize("format_", list(Format))
def test_quotes_are_in_no_version(format_: Format) -> None:
    for expression in ('["1.2.0","1.3.0"]', '"1.2.0"', "'1.*'"):
        with pytest.raises(ValueError):  # noqa: PT011 - each format says it in its own words
            matcher(format_, expression)


def test_a_glob_is_not_case_blind() -> None:
    assert taken(Format.MAVEN, "*-SNAPSHOT", "1.0-SNAPSHOT 1.0-snapshot") == "1.0-SNAPSHOT"


# --- The order of a format. ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("format_", "ordered"),
    [
        (Format.NPM, "1.9.0 1.10.0-beta 1.10.0 2.0.0-rc.2 2.0.0-rc.10 2.0.0"),
        (Format.CARGO, "1.9.0 1.10.0-beta 1.10.0 2.0.0"),
        (Format.SWIFT, "1.9.0 1.10.0-beta 1.10.0 2.0.0"),
        (Format.PYPI, "1.9 1.10.dev1 1.10rc2 1.10rc10 1.10 1.10.post1 2.0 1!0.1"),
        (
            Format.MAVEN,
            "1.9 1.10-alpha 1.10-beta 1.10-rc-1 1.10-SNAPSHOT 1.10 1.10-sp-1 1.10.1 2.0",
        ),
        (Format.MAVEN, "5.2.9.RELEASE 5.3.0.M1 5.3.0.RC1 5.3.0.RELEASE 5.3.1.RELEASE"),
        (Format.MAVEN, "9.4.30.v20200611 9.4.31.v20200723 10.0.0.beta1 10.0.0"),
        (Format.MAVEN, "1.0 1.1-M1 1.1-SNAPSHOT 1.1.RELEASE"),
        (Format.NUGET, "1.9.0 1.10.0-rc.2 1.10.0-RC.3 1.10.0-rc.10 1.10.0 1.10.0.1 2.0.0"),
        (Format.RUBY, "1.9 1.10.a 1.10.rc2 1.10.rc10 1.10 1.10.0.1 2.0"),
    ],
)
def test_the_order_is_the_formats_own(format_: Format, ordered: str) -> None:
    versions = ordered.split()
    assert sorted(sorted(versions), key=order_of(format_)) == versions


def test_generic_packages_have_no_order() -> None:
    with pytest.raises(ValueError, match="generic packages have no version order"):
        order_of(Format.GENERIC)


@pytest.mark.parametrize("format_", [Format.NPM, Format.PYPI, Format.NUGET, Format.RUBY])
def test_what_is_no_version_has_no_order_and_is_named(format_: Format) -> None:
    with pytest.raises(ValueError, match=f"nightly is not a {format_} version"):
        order_of(format_)("nightly")


@pytest.mark.parametrize(
    ("format_", "expression"),
    [
        (Format.NPM, ">= 1.4 < 2"),
        (Format.PYPI, ">= 1.4 , < 2"),
        (Format.MAVEN, "[1.4, 2)"),
        (Format.NUGET, "[1.4, 2)"),
        (Format.RUBY, ">= 1.4 , < 2"),
        (Format.CARGO, ">= 1.4 , < 2"),
    ],
)
def test_a_run_of_spaces_is_one_space(format_: Format, expression: str) -> None:
    spaced = expression.replace(" ", " " * 1000)

    assert matcher(format_, spaced)(["1.3.0", "1.4.0", "2.0.0"]) == {"1.4.0"}


# --- Whatever stands there: an answer, or a ValueError. ------------------------------------------

ODD = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="0123456789.*?[](),<>=~^|!-+ xXva\n", max_size=20),
)


@given(st.sampled_from(list(Format)), ODD, st.lists(st.one_of(ODD, st.just("1.4.0")), max_size=3))
@settings(max_examples=400)
def test_an_expression_is_understood_or_refused_whatever_it_holds(
    format_: Format, expression: str, versions: list[str]
) -> None:
    try:
        matches = matcher(format_, expression)
    except ValueError as error:
        assert repr(expression) in str(error)  # noqa: PT017 - either is fine
        return
    assert matches(versions) <= set(versions)
