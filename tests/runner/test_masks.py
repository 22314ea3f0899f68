"""What may not leave the process, cut out of texts."""

import json
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codeartifact_status.runner.masks import Masks

KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjEJr" + "Aa1/Bb2+Cc3=Dd4" * 40


def masks(*secrets: str) -> Masks:
    made = Masks()
    for secret in secrets:
        made.add(secret)
    return made


@pytest.mark.parametrize(
    ("secret", "pieces"),
    [
        ("s3cret-token", ["s3cret-token"]),
        ("", []),
        ("s3cret-", []),
        ("s3cret-t", ["s3cret-t"]),
        ("  s3cret-token\r\n", ["s3cret-token"]),
        ("first-line\nsecond-line\n}\n", ["first-line", "second-line"]),
        (
            "first-part\u200bsecond-part\u2028third-part",
            ["first-part", "second-part", "third-part"],
        ),
        ('"s3cret-token"', ["s3cret-token"]),
        ("s3cret-token\ns3cret-token", ["s3cret-token"]),
        ("111122223333", []),
    ],
)
def test_a_secret_is_masked_in_the_pieces_in_which_a_log_may_show_it(
    secret: str, pieces: list[str]
) -> None:
    assert Masks().add(secret) == pieces


def test_what_is_masked_already_is_not_masked_again() -> None:
    made = masks("s3cret-token")

    assert made.add("s3cret-token\n") == []


def test_a_secret_within_another_is_cut_out_as_a_whole() -> None:
    assert masks("s3cret-t", "s3cret-token").clean("s3cret-token") == "***"


def test_what_is_too_short_for_a_secret_is_a_word_and_stays() -> None:
    """Masked, ``true`` or ``acme`` would be stars in every log and every output of the job."""
    assert masks("acme", "test").clean("acme/test") == "acme/test"


@pytest.mark.parametrize(
    "shown",
    [
        TOKEN,
        TOKEN[:60] + "…",
        "…" + TOKEN[-40:],
        "x" * 7 + TOKEN[100:112],
        KEY[:13],
        quote(KEY, safe=""),
        KEY.replace("/", "\\/"),
        json.dumps({"message": f"not valid: {KEY}"}),
    ],
)
def test_a_part_of_a_key_or_token_is_cut_out_whatever_surrounds_it(shown: str) -> None:
    cleaned = masks(TOKEN, KEY).clean(shown)

    assert "***" in cleaned
    assert not any(s[i : i + 12] in cleaned for s in (TOKEN, KEY) for i in range(len(s) - 11))


def test_words_of_a_phrase_stay_where_they_stand_alone() -> None:
    """A password may well have the name of a domain in it."""
    made = masks("codeartifact-proxy-password")

    assert made.clean("arn:aws:codeartifact:eu-west-1") == "arn:aws:codeartifact:eu-west-1"
    assert made.clean("x codeartifact-proxy-password") == "x ***"


LIKE_ESCAPES = st.text(alphabet='aA1nu0"\\\n\x00 /=', max_size=60)


@given(secret=LIKE_ESCAPES, text=LIKE_ESCAPES)
@example(secret="1111111\\", text="")
@example(secret="nnnnnnnn", text="\nnnnnnnn")
@example(secret="000aaaaa", text="\0aaaaa")
@example(secret='aaaa"aaaa\\aaaa', text="")
def test_json_is_json_without_its_secrets(secret: str, text: str) -> None:
    document = json.dumps({"a": [text, secret, text + secret]})
    made = Masks()

    pieces = made.add(secret)
    values = json.loads(made.clean(document))["a"]

    assert not any(piece in value for piece in pieces for value in values)


@given(st.text(min_size=20), st.text(), st.integers(0, 40))
def test_what_holds_no_secret_stays_as_it_is(secret: str, text: str, at: int) -> None:
    made = masks("A" + secret)
    parts = {f"A{secret}"[i : i + 8] for i in range(len(secret) - 6)}

    if not any(part in text for part in parts):
        assert made.clean(text[at:]) == text[at:]
