"""Text from outside, made harmless for each medium. The laws are in test_laws.py."""

import pytest

from codeartifact_status.escaping import LONGEST, code, printable, visible, without_userinfo
from harness.runs import runner_commands


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1.2.3", "1.2.3"),
        ("a\nb\r", r"a\nb\r"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\u202eabc", r"\u202eabc"),
        ("\u200b", r"\u200b"),
        ("\udc80", r"\udc80"),
        ("\u2028", r"\u2028"),
        ("grün 🦀", "grün 🦀"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", r"\x3a:error::x"),
        ("  ::error::x", r"  \x3a:error::x"),
        ("\u00a0::error::x", "\u00a0\\x3a:error::x"),
        ("a ::error::x", "a ::error::x"),
        ("a ##[error]x", r"a ##\x5berror]x"),
        (":: is no command", r"\x3a: is no command"),
    ],
)
def test_a_command_is_none_any_more(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert runner_commands(shown) == []


def test_the_parser_of_these_tests_does_find_commands() -> None:
    log = "x\n  ::error title=a%3Ab,file=c::d%0Ae\r\ny ##[set-output name=z]v\n::endgroup::"

    found = runner_commands(log)

    assert [command.name for command in found] == ["error", "set-output", "endgroup"]
    assert (found[0].properties, found[0].message) == ({"title": "a:b", "file": "c"}, "d\ne")
    assert (found[1].properties, found[1].message) == ({"name": "z"}, "v")


@pytest.mark.parametrize(
    ("text", "span"),
    [
        (None, "-"),
        ("", "-"),
        ("  ", "-"),
        ("1.0", "`1.0`"),
        ("a|b", r"`a\x7cb`"),
        ("`", r"`\x60`"),
        ("a\nb", r"`a\nb`"),
        ("<img>", "`<img>`"),
    ],
)
def test_a_code_span_is_never_ended_from_within(text: str | None, span: str) -> None:
    assert code(text) == span


def test_a_code_span_holds_no_command_of_the_runner() -> None:
    assert code("a ##[error]b") == r"`a ##\x5berror]b`"


def test_a_long_text_is_cut() -> None:
    assert len(code("x" * 10_000)) == LONGEST + 3


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://me:pw@host:1 and https://x", "http://***@host:1 and https://x"),
        ("http://me:p#w/x@y@host", "http://***@host"),
        ("@acme/core at https://host/", "@acme/core at https://host/"),
    ],
)
def test_a_url_is_shown_without_its_user_and_password(text: str, shown: str) -> None:
    assert without_userinfo(text) == shown
