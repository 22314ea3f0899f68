"""A document as JSON, as text and as tables."""

import io
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from awscli.text import format_text
from hypothesis import given, reject
from hypothesis import strategies as st

from codeartifact_status.model import Output
from codeartifact_status.reporting.rendering import rendered
from harness.runs import runner_commands

ANSWER = {
    "successfulVersions": {"1.0.0": {"revision": "abc=", "status": "Published"}},
    "failedVersions": {"9.9": {"errorCode": "NOT_FOUND", "errorMessage": "Could not find 9.9"}},
}

names = st.text("abcXYZ.0-_", min_size=1, max_size=6)
documents = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(0, 99), names),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)),
    max_leaves=12,
)


@given(documents)
def test_text_is_what_the_aws_cli_prints(document: object) -> None:
    expected = io.StringIO()
    try:
        format_text(document, expected)
    except AttributeError:
        # The AWS CLI has no way to print objects and other things in one list.
        reject()

    assert rendered(document, Output.TEXT) == expected.getvalue().removesuffix("\n")


@given(documents)
def test_json_says_the_same_again(document: object) -> None:
    assert json.loads(rendered(document, Output.JSON)) == document


def numbered(document: Any, count: Iterator[int]) -> Any:
    """The same document with other leaves: texts that are nowhere else, numbers and booleans."""
    match document:
        case dict():
            return {key: numbered(value, count) for key, value in document.items()}
        case list():
            return [numbered(value, count) for value in document]
        case bool() | None:
            return document
        case int():
            return 1_000_000 + next(count)
        case _:
            return f"v{1_000_000 + next(count)}"


@given(documents)
def test_a_table_leaves_nothing_out(document: object) -> None:
    count = itertools.count()
    shown = rendered(numbered(document, count), Output.TABLE)

    cells = re.findall(r"v?1[0-9]{6}", shown)
    assert sorted(int(cell.lstrip("v")) - 1_000_000 for cell in cells) == list(range(next(count)))


def test_a_table_has_a_row_for_each_version() -> None:
    assert rendered(ANSWER, Output.TABLE).splitlines() == [
        "successfulVersions",
        "+-------+------------+-----------+",
        "|       | revision   | status    |",
        "+=======+============+===========+",
        "| 1.0.0 | abc=       | Published |",
        "+-------+------------+-----------+",
        "failedVersions",
        "+-----+-------------+--------------------+",
        "|     | errorCode   | errorMessage       |",
        "+=====+=============+====================+",
        "| 9.9 | NOT_FOUND   | Could not find 9.9 |",
        "+-----+-------------+--------------------+",
    ]


HOSTILE = [
    "::error::x",
    "##[error]x",
    "  ::add-mask::x",
    "\x1b[2J",
    "a\n::error::b",
    "\u202e",
    "\ud800",
]


@pytest.mark.parametrize("output", Output)
@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_it_is_a_command_or_hidden(text: str, output: Output) -> None:
    for document in (text, [text], {text: text}, {"a": {text: text}}, [{"a": text, text: [text]}]):
        shown = rendered(document, output)

        assert runner_commands(shown) == []
        assert not set(shown) & {"\x1b", "\u202e", "\ud800"}


@pytest.mark.parametrize("cells", [["", "::notice::x"], [" ", "", "::notice::x"], ["::notice::x"]])
def test_a_line_of_empty_cells_first_is_no_command(cells: list[str]) -> None:
    shown = rendered([cells], Output.TEXT)

    assert runner_commands(shown) == []
