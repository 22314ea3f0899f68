"""What a key or a token is, and what is said of what isn't one."""

import jwt
import pytest

from codeartifact_status.identity.refusals import SecretUnusable
from codeartifact_status.identity.secrets import check_all, one_token, one_word, usable

TOKEN = jwt.encode({"sub": "repo:a/b"}, "k" * 32, algorithm="HS256")


@pytest.mark.parametrize("text", ["{}", " {}", "{}\n", "\t{}\r\n", "\u2003{}\u2028"])
def test_white_space_around_a_secret_does_not_count(text: str) -> None:
    masked: list[str] = []

    assert usable(text.format("s3cret"), named="X", mask=masked.append) == "s3cret"
    assert masked == ["s3cret"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("s3cret\ns3cret", "line break"),
        ("s3cret\rs3cret", "line break"),
        ("s3cret\u2028s3cret", "line break"),
        ("s3cret s3cret", "white space"),
        ("s3cret\u00a0s3cret", "white space"),
        ("s3cret\u200bs3cret", "ASCII"),
        ("\ufeffs3cret", "ASCII"),
        ("s3cret\x00", "ASCII"),
        ("s3crét", "ASCII"),
        ('"s3cret"', "quotes"),
        ("'s3cret'", "quotes"),
        ("s3cret" * 10_000, "60000 characters"),
    ],
)
def test_what_is_not_one_word_is_refused_by_its_name_and_neither_masked_nor_shown(
    text: str, reason: str
) -> None:
    masked: list[str] = []

    with pytest.raises(SecretUnusable, match=reason) as refused:
        usable(text, named="AWS_SESSION_TOKEN", mask=masked.append)
    assert str(refused.value).startswith("AWS_SESSION_TOKEN can't be used: ")
    assert "s3cret" not in str(refused.value)
    assert masked == []


@pytest.mark.parametrize("text", [TOKEN, f" {TOKEN}\n"])
def test_a_token_is_three_parts_with_dots_between_them(text: str) -> None:
    assert one_token(text) == TOKEN


@pytest.mark.parametrize("text", ["s3cret", f'{{"value":"{TOKEN}"}}', f"{TOKEN},{TOKEN}", "a.b"])
def test_what_is_no_token_is_refused(text: str) -> None:
    assert one_word(text) == text
    with pytest.raises(ValueError, match="no OIDC token"):
        one_token(text)


def test_the_header_of_a_containers_agent_may_have_two_words() -> None:
    check_all({"AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic s3cret", "AWS_SESSION_TOKEN": ""})
    with pytest.raises(SecretUnusable, match="AWS_CONTAINER_AUTHORIZATION_TOKEN"):
        check_all({"AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic\ns3cret"})
