"""What the text of an input means, and what is said of text that means nothing."""

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeartifact_status.inputs import values
from codeartifact_status.model import Allowed

VERSIONS = st.lists(st.from_regex(r"[0-9a-z]+(\.[0-9a-z]+){0,3}", fullmatch=True), min_size=1)


@pytest.mark.parametrize(
    "text",
    [
        "1.0 1.1 1.10",
        "1.0,1.1,1.10",
        "1.0, 1.1,\n1.10",
        "1.0\n1.1\n1.10\n",
        "\r\n1.0\r\n1.1\r\n1.10",
        '["1.0", "1.1", "1.10"]',
        "[1.0, 1.1, 1.10]",
        "# what was released\n1.0\n  # and then\n1.1 1.10",
        "# a comment before JSON\n[\n1.0,\n# and in it\n1.1,\n1.10]",
        "1.0 1.1 1.0 1.10 1.1",
        ",1.0,,1.1,1.10,",
    ],
)
def test_versions_are_read_however_they_are_separated(text: str) -> None:
    assert values.versions(text) == ("1.0", "1.1", "1.10")


@given(VERSIONS)
def test_order_is_kept_and_duplicates_are_dropped(versions: list[str]) -> None:
    distinct = tuple(dict.fromkeys(versions))

    assert values.versions(" ".join(versions)) == distinct
    assert values.versions(json.dumps(versions)) == distinct


@pytest.mark.parametrize("text", ["::set-output", "a|b", "<img", "1!2.0+local", "@x", "v1=2", "-"])
def test_a_version_may_be_called_nearly_anything(text: str) -> None:
    assert values.versions(text) == (text,)


@pytest.mark.parametrize("text", ["\u00a01.0", "1.0\u2003", "\u20281.0"])
def test_white_space_that_ascii_does_not_know_is_part_of_a_version_in_json(text: str) -> None:
    assert values.versions(json.dumps([text])) == (text,)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1#2", "is not a version"),
        ("a/b", "is not a version"),
        ("x" * 256, "is not a version"),
        ('["a b"]', "is not a version"),
        ('[""]', "is not a version"),
        ("[]", "it is empty"),
        ("# nothing", "it is empty"),
        (",", "it is empty"),
        ("[1.0", "not JSON"),
        ("[[1]]", "is not a list of texts"),
        ('["\\ud800"]', "is not valid UTF-8"),
        ("[null]", "is not a list of texts"),
    ],
)
def test_what_is_no_version_is_said_to_be_none(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        values.versions(text)


@pytest.mark.parametrize(
    ("parse", "good", "bad"),
    [
        (values.domain, ["acme", "a1", "a-b-c", "a" * 50],
         ["a", "Acme", "1a", "a-", "a_b", "a" * 51, "a b", "ä1"]),
        (values.account_id, ["111122223333", "000000000000"],
         ["1", "1111222233334", "11112222333x", "١١١١٢٢٢٢٣٣٣٣"]),
        (values.repositories, ["npm-store", "a.b_c", "A1"], ["a", "-a", "a/b", "a" * 101, ","]),
        (values.revision, ["r", "25/UjBleHs1DZewk+zozoeqH/R80Rc9gL1P8vbzVMJ4=", "#"],
         ["a b", "x" * 51, ""]),
        (values.role_arn,
         ["arn:aws:iam::111122223333:role/x", "arn:aws-us-gov:iam::111122223333:role/a/b/c"],
         ["release", "arn:aws:iam::1:role/x", "arn:aws:iam::111122223333:user/x",
          "arn:aws:iam::111122223333:role/", "arn:aws:sts::111122223333:assumed-role/x/y"]),
        (values.region, ["eu-west-1", "us-gov-east-1", "cn-north-1", "eusc-de-east-1"],
         ["eu-west", "europe", "eu-west-1a", "https://eu-west-1", "EU-WEST-1"]),
        (values.url, ["http://localhost:1", "https://x.example"], ["localhost", "file:///x"]),
        (values.external_id, ["acme-7", "a:b/c\\d"], ["x", "a b", "ä" * 4, "x" * 1225]),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)  # fmt: skip
def test_what_is_taken_and_what_is_refused(
    parse: Callable[[object], Any], good: list[str], bad: list[str]
) -> None:
    for text in good:
        parse(text)
        parse(f"  {text}\n")
    for text in bad:
        with pytest.raises(ValueError, match=r"\S"):
            parse(text)


def test_unfinished_is_refused_with_the_reason() -> None:
    with pytest.raises(ValueError, match="can't set a published version back"):
        values.target_status("Unfinished")


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("True", True), ("FALSE", False), (" false ", False), (True, True)],
)
def test_a_boolean_is_true_or_false_in_any_case(text: object, value: bool) -> None:  # noqa: FBT001
    assert values.boolean(text) is value


@pytest.mark.parametrize("text", ["yes", "1", "on", "", "truee"])
def test_nothing_else_is_a_boolean(text: str) -> None:
    with pytest.raises(ValueError, match="must be true or false"):
        values.boolean(text)


@pytest.mark.parametrize(
    "text",
    [
        "1.0=a 1.10=b=",
        "1.0=a,1.10=b=",
        "# pins\n1.0=a\n1.10=b=",
        "1.0: a\n1.10: b=",
        "{1.0: a, 1.10: b=}",
        '{"1.0": "a", "1.10": "b="}',
        "# pins\n1.0: a\n# more\n1.10: b=",
    ],
)
def test_revisions_are_read_as_a_map_or_as_items(text: str) -> None:
    assert values.revisions(text) == {"1.0": "a", "1.10": "b="}


def test_scalars_of_a_map_stay_text() -> None:
    assert values.revisions("1.10: 007\n2.0: yes\n3.0: 1e3") == {
        "1.10": "007", "2.0": "yes", "3.0": "1e3",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1.0", "version=revision"),
        ("1.0=a 1.0=b", "is given twice"),
        ("1.0: a\n1.0: b", "is given twice"),
        ('{"1.0": "a", "1.0": "b"}', "is given twice"),
        ("{}", "not a map"),
        ("# nothing", "not a map"),
        ("1.0: [a]", "is not text"),
        ("1.0: {a: b}", "is not text"),
        ("1.0: &x a\n1.1: *x", "alias"),
        ("1.0=", "is not a revision"),
        ("=a", "is not a version"),
        ("{1.0: a", "not YAML"),
        ("1.0: !!python/object/apply:os.system [id]", "tags are not supported"),
    ],
)
def test_revisions_that_cannot_be_read_are_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        values.revisions(text)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("true", Allowed(codes="all")),
        ("True", Allowed(codes="all")),
        ("false", Allowed()),
        ("not_found", Allowed(codes=frozenset({"NOT_FOUND"}))),
        ("NOT_FOUND, skipped", Allowed(codes=frozenset({"NOT_FOUND", "SKIPPED"}))),
        ('["NOT_FOUND"]', Allowed(codes=frozenset({"NOT_FOUND"}))),
        ("# none\n", Allowed()),
    ],
)
def test_allowed_failures_are_all_or_some_or_none(text: str, allowed: Allowed) -> None:
    assert values.allowed(text) == allowed


def test_an_allowed_code_is_known_in_any_case() -> None:
    allowed = values.allowed("AccessDeniedException")

    assert allowed.covers("AccessDeniedException")
    assert allowed.covers("ACCESSDENIEDEXCEPTION")
    assert not allowed.covers("NOT_FOUND")


@pytest.mark.parametrize("text", ["true NOT_FOUND", "NOT FOUND!", "404", "-"])
def test_what_is_no_error_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"code|both"):
        values.allowed(text)


def test_a_session_policy_is_a_word_or_json_without_white_space() -> None:
    assert values.session_policy("None") == "none"
    assert values.session_policy("least-privilege") == "least-privilege"
    assert values.session_policy('{ "Version": "2012-10-17",\n "Statement": [] }') == (
        '{"Version":"2012-10-17","Statement":[]}'
    )


@pytest.mark.parametrize("text", ["all", "{", "[]", json.dumps({"Sid": "x" * 2048})])
def test_what_is_no_session_policy_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"policy|JSON"):
        values.session_policy(text)


@pytest.mark.parametrize("text", ["[" * 100_000, "(" * 5000 + "a" + ")" * 5000, "!" * 5000 + "a"])
def test_a_query_without_bounds_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is nested too deeply"):
        values.query(text)


def test_a_wrong_value_is_shown_short() -> None:
    assert len(values.shown("x" * 500)) < 70
    assert values.shown(["a", 1]) == '"["a", 1]"'


@given(st.text())
def test_no_text_makes_a_parser_fail_in_any_other_way(text: str) -> None:
    parsers: list[Callable[[object], object]] = [
        values.domain, values.versions, values.revisions, values.allowed, values.session_policy,
        values.boolean, values.url, values.region,
        values.role_arn, values.repositories, values.target_status, values.external_id,
        values.account_ids, values.words, values.word, values.title,
    ]  # fmt: skip
    for parse in parsers:
        with contextlib.suppress(ValueError):
            parse(text)
