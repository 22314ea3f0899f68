"""The policy language, without a server."""

from typing import Any

import pytest

from codeartifact_emulator.patterns import PolicyError
from codeartifact_emulator.policies import (
    Kind,
    Policy,
    Verdict,
    judge,
    judge_named,
    parse_policy,
)
from harness.accounts import (
    ACCOUNT,
    DENYING,
    GITHUB,
    PACKAGE,
    PROVIDER,
    UPDATE,
    allow,
    statement,
    trust,
)
from harness.clients import ROLE


def test_a_deny_outweighs_every_allow() -> None:
    policies = [parse_policy(allow("*")), parse_policy(DENYING)]
    assert judge(policies, UPDATE, PACKAGE) is Verdict.DENIED
    assert judge(policies, "codeartifact:ListPackages", PACKAGE) is Verdict.ALLOWED
    assert judge([], UPDATE, PACKAGE) is Verdict.SILENT


def test_a_trust_policy_can_deny() -> None:
    document = trust()
    document["Statement"].append({**document["Statement"][0], "Effect": "Deny"})
    verdict = judge_named(
        [parse_policy(document, Kind.TRUST)],
        action="sts:AssumeRoleWithWebIdentity",
        kind="Federated",
        principals=[PROVIDER],
        context={f"{GITHUB}:sub": ("repo:acme/widgets:ref:refs/heads/main",)},
    )
    assert verdict is Verdict.DENIED


def test_a_trust_policy_can_trust_everyone() -> None:
    policy = parse_policy(statement(Principal="*", Action="sts:*"), Kind.TRUST)
    verdict = judge_named([policy], action="sts:AssumeRole", principals=["whoever"], context={})
    assert verdict is Verdict.ALLOWED


def test_a_key_with_several_values_is_asked_about_any_or_all_of_them() -> None:
    def holds(operator: str, *values: str) -> bool:
        condition = {operator: {"key": ["a", "b"]}}
        policy: Policy = parse_policy(statement(Action="*", Resource="*", Condition=condition))
        return judge([policy], "a:b", "*", {"key": values}) is Verdict.ALLOWED

    assert holds("ForAnyValue:StringEquals", "a", "x")
    assert not holds("ForAllValues:StringEquals", "a", "x")
    assert holds("ForAllValues:StringEquals", "a", "b")
    assert not holds("StringNotEquals", "a", "x")
    assert holds("ForAnyValue:StringNotEquals", "a", "x")


@pytest.mark.parametrize(("operator", "held"), [("ArnLike", True), ("ArnNotEquals", False)])
def test_an_arn_is_compared_with_wildcards(operator: str, held: bool) -> None:  # noqa: FBT001
    condition = {operator: {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/re*"}}
    policy = parse_policy(statement(Action="*", Resource="*", Condition=condition))
    verdict = judge([policy], UPDATE, PACKAGE, {"aws:principalarn": (ROLE,)})
    assert (verdict is Verdict.ALLOWED) is held


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"Statement": ["x"]},
        {"Statement": {"Effect": "Maybe"}},
        statement(Action="*"),
        statement(Action="*", Principal="*", Resource="*"),
        statement(Action="*", Principal="*", Condition=[]),
    ],
)
def test_a_malformed_trust_policy_is_refused(document: Any) -> None:
    with pytest.raises(PolicyError):
        parse_policy(document, Kind.TRUST)


def holding(condition: Any, context: Any, **parts: Any) -> bool:
    """Whether a statement with this condition applies."""
    policy = parse_policy(statement(Action="*", Resource="*", Condition=condition) | parts)
    return judge([policy], UPDATE, PACKAGE, context) is Verdict.ALLOWED


@pytest.mark.parametrize(
    ("operator", "value", "given", "held"),
    [
        ("NumericEquals", "10", "10.0", True),
        ("NumericNotEquals", "10", "10.0", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "10", "9", False),
        ("NumericLessThan", "10", "nine", False),
        ("DateEquals", "2026-01-01T00:00:00Z", "1767225600", True),
        ("DateGreaterThanEquals", "2026-01-01T00:00:00+01:00", "2026-01-01T00:00:00Z", True),
        ("DateLessThan", "2026-01-01", "2026-01-01T00:00:00Z", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.7", True),
        ("IpAddress", "2001:db8::/32", "203.0.113.7", False),
        ("NotIpAddress", "203.0.113.0/24", "203.0.113.7", False),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
        ("Bool", "TRUE", "true", True),
    ],
)
def test_an_operator_compares_by_its_own_type(
    operator: str,
    value: str,
    given: str,
    held: bool,  # noqa: FBT001
) -> None:
    assert holding({operator: {"a:key": value}}, {"a:key": (given,)}) is held
    # What isn't there is neither equal nor less, and passes only a negation and IfExists.
    assert holding({operator: {"a:key": value}}, {}) is ("Not" in operator)
    assert holding({f"{operator}IfExists": {"a:key": value}}, {})


@pytest.mark.parametrize(
    "condition",
    [
        {"NumericEquals": {"a:key": "ten"}},
        {"DateLessThan": {"a:key": "soon"}},
        {"IpAddress": {"a:key": "203.0.113.7/99"}},
        {"Bool": {"a:key": "yes"}},
        {"BinaryEquals": {"a:key": "?"}},
        {"NullIfExists": {"a:key": "true"}},
        {"StringEquals": {"a:key": "${aws:PrincipalAcount}"}},
        {"StringEquals": {"a:key": "${aws:PrincipalAccount"}},
    ],
)
def test_a_value_or_a_variable_that_makes_no_sense_is_refused(condition: Any) -> None:
    with pytest.raises(PolicyError):
        holding(condition, {})


def test_a_variable_stands_for_what_the_request_says_and_is_no_wildcard() -> None:
    mine = {"StringLike": {"a:key": "${aws:username}/*"}}

    assert holding(mine, {"a:key": ("ann/1",), "aws:username": ("ann",)})
    assert not holding(mine, {"a:key": ("ann/1",), "aws:username": ("*",)})
    assert not holding(mine, {"a:key": ("ann/1",)})
    assert holding({"StringEquals": {"a:key": "${aws:username, 'all'}"}}, {"a:key": ("all",)})
    assert holding({"StringNotEquals": {"a:key": "${aws:username}"}}, {"a:key": ("ann",)})
    assert holding({"StringLike": {"a:key": "${*}?"}}, {"a:key": ("*x",)})
    # "Earlier versions of the policy language don't support policy variables."
    old = {"StringEquals": {"a:key": "${whatever}"}}
    assert holding(old, {"a:key": ("${whatever}",)}, Version="2008-10-17")


def test_a_resource_may_hold_a_variable() -> None:
    name = PACKAGE.replace("/core", "/${aws:PrincipalTag/team}")
    for keyword, expected in (
        ("Resource", Verdict.ALLOWED),
        ("NotResource", Verdict.SILENT),
    ):
        policy = parse_policy(statement(Action="*", **{keyword: name}))
        assert judge([policy], UPDATE, PACKAGE, {"aws:principaltag/team": ("core",)}) is expected
    # A variable without a value matches no resource.
    policy = parse_policy(statement(Action="*", Resource=name))
    assert judge([policy], UPDATE, PACKAGE, {}) is Verdict.SILENT


GITLAB = f"arn:aws:iam::{ACCOUNT}:oidc-provider/gitlab.com"


@pytest.mark.parametrize(
    ("provider", "condition", "missing"),
    [
        (PROVIDER, {}, f"{GITHUB}:sub or {GITHUB}:job_workflow_ref"),
        (PROVIDER, {"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}}, f"{GITHUB}:sub"),
        (PROVIDER, {"StringEquals": {f"{GITHUB}:repository": "acme/widgets"}}, f"{GITHUB}:sub"),
        (PROVIDER, {"StringLike": {f"{GITHUB}:sub": "*"}}, f"{GITHUB}:sub"),
        (PROVIDER, {"StringLike": {f"{GITHUB}:sub": ["repo:acme/*", "?*"]}}, f"{GITHUB}:sub"),
        (PROVIDER, {"Null": {f"{GITHUB}:sub": "false"}}, f"{GITHUB}:sub"),
        (PROVIDER, {"StringLike": {f"{GITHUB}:sub": "repo:acme/*"}}, None),
        (PROVIDER, {"StringLike": {f"{GITHUB}:job_workflow_ref": "acme/*"}}, None),
        (GITLAB, {"StringEquals": {"gitlab.com:aud": "sts.amazonaws.com"}}, "gitlab.com:sub"),
        (GITLAB.replace("gitlab.com", "ci.example.com"), {}, None),
    ],
)
def test_a_trust_in_a_provider_of_many_tenants_names_one(
    provider: str, condition: Any, missing: str | None
) -> None:
    document = statement(
        Principal={"Federated": provider},
        Action="sts:AssumeRoleWithWebIdentity",
        Condition=condition,
    )
    if missing is None:
        assert parse_policy(document, Kind.TRUST)
        return
    with pytest.raises(PolicyError, match=f"must evaluate the condition key {missing}"):
        parse_policy(document, Kind.TRUST)
