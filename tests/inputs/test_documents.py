"""Structured text as plain data, scalars as text."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeartifact_status.inputs.documents import read_document, read_json, read_yaml


@pytest.mark.parametrize("read", [read_json, read_yaml])
def test_numbers_stay_as_they_are_written(read: Any) -> None:
    assert read('["1.10", 1.10, 007e1, 1e400]' if read is read_yaml else "[1.10, 12, 1e400]") == (
        ["1.10", "1.10", "007e1", "1e400"] if read is read_yaml else ["1.10", "12", "1e400"]
    )


def test_no_scalar_of_yaml_is_anything_but_text() -> None:
    text = "a: yes\nb: 1.10\nc: 2026-01-31\nd: null\ne: ~\nf: 0x1F\ng: 1_000"

    read = read_yaml(text)

    assert {type(value) for value in read.values()} == {str}
    assert read["b"] == "1.10"


@pytest.mark.parametrize("text", ["!!int 5", "!!bool yes", "!!null x", "!!timestamp 2026-01-31"])
def test_not_even_an_explicit_tag_makes_a_scalar_other_than_text(text: str) -> None:
    try:
        read = read_yaml(text)
    except ValueError:
        return
    assert isinstance(read, str)


@given(
    st.recursive(
        st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
)
def test_what_json_says_is_read_as_it_is(value: Any) -> None:
    assert read_json(json.dumps(value)) == value


@pytest.mark.parametrize("read", [read_json, read_yaml])
@pytest.mark.parametrize("text", ['{"a": "1", "a": "2"}', '[{"x": {"a": "1", "a": "1"}}]'])
def test_a_key_that_stands_twice_is_refused(read: Any, text: str) -> None:
    with pytest.raises(ValueError, match='"a" is given twice'):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "\t- x",
        "a: &x 1\nb: *x",
        "&x [*x, *x]",
        "a: b: c",
        "!!python/object/apply:os.system ['id']",
        "? [a]\n: b",
        "? {a: b}\n: c",
        "--- a\n--- b",
        "\x00",
        "%YAML 9",
        "a: !unknown b",
        "- " * 5000,
        "<<: 1",
        "!!binary x",
        "!!set {a, b}",
        "!!timestamp 2026-99-99",
        "!!int abc",
        "!!bool abc",
        "!!float abc",
        "!!pairs [a]",
        "!!omap [a]",
    ],
)
def test_what_is_no_plain_yaml_is_refused_or_read_and_never_a_crash(text: str) -> None:
    try:
        read_yaml(text)
    except ValueError as error:
        assert str(error)  # noqa: PT017


@given(st.text(max_size=40))
def test_no_text_makes_the_readers_fail_in_any_other_way(text: str) -> None:
    for read in (read_json, read_yaml):
        try:
            read(text)
        except ValueError as error:
            assert str(error)  # noqa: PT017


def test_a_bomb_of_aliases_does_not_go_off() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]

    with pytest.raises(ValueError, match="alias at line 2"):
        read_yaml("\n".join(lines))


def test_a_long_run_of_spaces_is_one_space() -> None:
    """A pattern that looks for a comment at each of them would take hours."""
    assert read_document("a" + " " * 1_000_000 + "# b") == ["a"]
    assert read_document("a" + "\t" * 1_000_000 + "\nb") == ["a", "b"]


def test_yaml_without_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 4 MiB, which is too much for YAML"):
        read_document("- a: b\n" * 600_000)


def test_too_deep_is_told() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        read_json("[" * 200_000)
    with pytest.raises(ValueError, match="nested too deeply"):
        read_yaml("[" * 500)


def test_what_is_wrong_is_told_with_its_place() -> None:
    with pytest.raises(ValueError, match="line 2, column 3"):
        read_json('{"a":\n  x}')
    with pytest.raises(ValueError, match="line 2"):
        read_yaml("a: b\n  c: d: e")


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("a", ["a"]),
        ("@acme/core@1.0\n# b\n\n c:d:1.10 # e", ["@acme/core@1.0", "c:d:1.10"]),
        ("1.10", ["1.10"]),
        ("a#b", ["a#b"]),
        ("- a", ["a"]),
        ("a: 1.10", {"a": "1.10"}),
        ("a:\n", {"a": ""}),
        ("a b", "a b"),
        ("null", None),
        ("true", True),
        ('""', ""),
        ('"a"', ["a"]),
        ('{"a": 1.10}\n{"b": null}\n', [{"a": "1.10"}, {"b": None}]),
        ('{\n"a": 1\n}\n{\n"b": 2\n}', [{"a": "1"}, {"b": "2"}]),
        ('["a"]\n["b"]', ["a", "b"]),
        ("[a, b]", ["a", "b"]),
        ("{a: 1.10}", {"a": "1.10"}),
        ("[]", []),
    ],
)
def test_a_document_is_json_or_lines_or_yaml(text: str, document: Any) -> None:
    assert read_document(text) == document


@pytest.mark.parametrize(
    "text", ['{"a": 1}\n{"a": ', '{"a": 1} b', "@acme/core 1.0", "- @acme/core"]
)
def test_half_a_document_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not YAML"):
        read_document(text)
