"""The policy language, without a server."""

from typing import Any

import pytest

from codeartifact_emulator.policies import (
    Policy,
    PolicyError,
    Verdict,
    judge,
    judge_trust,
    parse_policy,
)
from harness.accounts import ACCOUNT, DENYING, PACKAGE, PROVIDER, UPDATE, allow, statement, trust
from harness.clients import ROLE


def test_a_deny_outweighs_every_allow() -> None:
    policies = [parse_policy(allow("*")), parse_policy(DENYING)]
    assert judge(policies, UPDATE, PACKAGE) is Verdict.DENIED
    assert judge(policies, "codeartifact:ListPackages", PACKAGE) is Verdict.ALLOWED
    assert judge([], UPDATE, PACKAGE) is Verdict.SILENT


def test_a_trust_policy_can_deny() -> None:
    document = trust()
    document["Statement"].append({**document["Statement"][0], "Effect": "Deny"})
    verdict = judge_trust(
        parse_policy(document, trust=True),
        "sts:AssumeRoleWithWebIdentity",
        "Federated",
        [PROVIDER],
        {},
    )
    assert verdict is Verdict.DENIED


def test_a_trust_policy_can_trust_everyone() -> None:
    policy = parse_policy(statement(Principal="*", Action="sts:*"), trust=True)
    verdict = judge_trust(policy, "sts:AssumeRole", "AWS", ["whoever"], {})
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
        parse_policy(document, trust=True)
