"""IAM's policy language, as much of it as decides a CodeArtifact call or a trust.

Documents in, verdicts out; no state. A document that AWS would refuse is refused (`PolicyError`),
and so is an operator that is not known here: a condition that went unread would be a hole.

Source: IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements".
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import Any, TypeAlias

#: Condition keys in lower case, with all their values.
Context: TypeAlias = Mapping[str, tuple[str, ...]]

_STATEMENT_KEYS = frozenset(
    ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "Condition"]
)
#: arn, partition, service, region, account, resource.
_ARN_PARTS = 6
_OPERATOR = re.compile(
    r"(?P<set>ForAnyValue:|ForAllValues:)?"
    r"(?P<test>(?:String|Arn)(?:Not)?(?:Equals|Like)|String(?:Not)?EqualsIgnoreCase|Bool|Null)"
    r"(?P<if>IfExists)?"
)


class PolicyError(ValueError):
    """A policy document that AWS would call malformed."""


class Verdict(Enum):
    """What a set of policies says of one action on one resource."""

    ALLOWED = auto()
    DENIED = auto()
    """By a statement that says so."""
    SILENT = auto()
    """No statement applies."""


@dataclass(frozen=True, slots=True)
class _Condition:
    """One key of one operator of a Condition block."""

    set: str
    test: str
    if_exists: bool
    key: str
    values: tuple[str, ...]

    def holds(self, context: Context) -> bool:
        """Tell whether the context meets it (IAM User Guide, "Condition operators")."""
        present = context.get(self.key.lower(), ())
        if self.test == "Null":
            return (not present) == (self.values[0].lower() == "true")
        negated = "Not" in self.test
        if not present:
            return self.if_exists or negated or self.set == "ForAllValues:"
        # Of a key with several values, without ForAnyValue or ForAllValues: any may match, and for
        # a negated operator none may.
        several = all if negated or self.set == "ForAllValues:" else any
        if self.set == "ForAnyValue:":
            several = any
        return several(self._passes(value) is not negated for value in present)

    def _passes(self, value: str) -> bool:
        match self.test.replace("Not", ""):
            case "StringEquals":
                return value in self.values
            case "StringEqualsIgnoreCase" | "Bool":
                return value.lower() in {wanted.lower() for wanted in self.values}
            case "StringLike":
                return any(_like(pattern, value) for pattern in self.values)
            case _:
                return any(_arn_like(pattern, value) for pattern in self.values)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `principals` is None in identity policies, which name nobody."""

    allows: bool
    actions: tuple[str, ...]
    not_actions: bool
    resources: tuple[str, ...]
    not_resources: bool
    principals: Mapping[str, tuple[str, ...]] | None
    conditions: tuple[_Condition, ...]

    def applies(self, action: str, resource: str, context: Context) -> bool:
        """Tell whether the statement speaks of this action, on this resource, now."""
        named = any(_like(pattern.lower(), action.lower()) for pattern in self.actions)
        meant = any(_arn_like(pattern, resource) for pattern in self.resources)
        return (
            named is not self.not_actions
            and meant is not self.not_resources
            and all(condition.holds(context) for condition in self.conditions)
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy document, read."""

    statements: tuple[Statement, ...]


def parse_policy(document: object, *, trust: bool = False) -> Policy:
    """Read a policy document, from JSON text or as parsed. Raises PolicyError.

    A trust policy has principals and no resources; an identity or session policy the reverse.
    """
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            raise PolicyError("This policy contains invalid Json") from None
    if not isinstance(document, Mapping) or "Statement" not in document:
        raise PolicyError("Syntax errors in policy: a policy is an object with a Statement")
    if document.get("Version", "2008-10-17") not in {"2012-10-17", "2008-10-17"}:
        raise PolicyError(f"Syntax errors in policy: Version {document['Version']} does not exist")
    statements = document["Statement"]
    listed = statements if isinstance(statements, list) else [statements]
    return Policy(tuple(_statement(item, trust=trust) for item in listed))


def _statement(item: object, *, trust: bool) -> Statement:
    if not isinstance(item, Mapping):
        raise PolicyError("Syntax errors in policy: a statement is an object")
    unknown = sorted(set(item) - _STATEMENT_KEYS)
    wrong = ["Resource", "NotResource"] if trust else ["Principal"]
    unknown += [key for key in wrong if key in item]
    if unknown:
        raise PolicyError(f"Syntax errors in policy: {', '.join(unknown)} is not expected here")
    if item.get("Effect") not in {"Allow", "Deny"}:
        raise PolicyError("Syntax errors in policy: Effect is Allow or Deny")
    actions = _one_of(item, "Action", "NotAction")
    resources = ("*",) if trust else _one_of(item, "Resource", "NotResource")
    for resource in resources:
        if resource != "*" and not resource.startswith("arn:"):
            raise PolicyError(f'Resource {resource} must be in ARN format or "*".')
    return Statement(
        allows=item["Effect"] == "Allow",
        actions=actions,
        not_actions="NotAction" in item,
        resources=resources,
        not_resources="NotResource" in item,
        principals=_principals(item.get("Principal")) if trust else None,
        conditions=tuple(_conditions(item.get("Condition", {}))),
    )


def _one_of(item: Mapping[str, Any], key: str, other: str) -> tuple[str, ...]:
    if (key in item) is (other in item):
        raise PolicyError(f"Syntax errors in policy: a statement needs either {key} or {other}")
    return _texts(item.get(key, item.get(other)), key)


def _texts(value: object, where: str) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    texts = [str(v).lower() if isinstance(v, bool) else v for v in listed]
    strings = [text for text in texts if isinstance(text, str)]
    if not texts or strings != texts:
        raise PolicyError(f"Syntax errors in policy: {where} is text or a list of texts")
    return tuple(strings)


def _principals(value: object) -> Mapping[str, tuple[str, ...]]:
    if value == "*":
        return {"AWS": ("*",), "Federated": ("*",)}
    if not isinstance(value, Mapping):
        raise PolicyError("Syntax errors in policy: a trust policy's statement needs a Principal")
    return {kind: _texts(names, "Principal") for kind, names in value.items()}


def _conditions(block: object) -> Iterable[_Condition]:
    if not isinstance(block, Mapping):
        raise PolicyError("Syntax errors in policy: Condition is an object")
    for operator, tests in block.items():
        parts = _OPERATOR.fullmatch(operator)
        if parts is None or not isinstance(tests, Mapping):
            raise PolicyError(
                f"Syntax errors in policy: the condition operator {operator} is not known"
            )
        for key, values in tests.items():
            yield _Condition(
                set=parts["set"] or "",
                test=parts["test"],
                if_exists=bool(parts["if"]),
                key=key,
                values=_texts(values, key),
            )


def judge(
    policies: Iterable[Policy], action: str, resource: str, context: Context | None = None
) -> Verdict:
    """Decide an action on a resource by identity or session policies."""
    statements = (statement for policy in policies for statement in policy.statements)
    return _decide(statements, action, resource, context or {})


def judge_trust(
    trust: Policy, action: str, kind: str, principals: Iterable[str], context: Context
) -> Verdict:
    """Decide by a role's trust policy whether any of these names of one caller may assume it.

    `kind` is `AWS` or `Federated`.
    """
    names = {"*", *principals}
    trusting = (
        statement
        for statement in trust.statements
        if not names.isdisjoint((statement.principals or {}).get(kind, ()))
    )
    return _decide(trusting, action, "*", context)


def _decide(
    statements: Iterable[Statement], action: str, resource: str, context: Context
) -> Verdict:
    """Let a Deny outweigh every Allow."""
    said = {each.allows for each in statements if each.applies(action, resource, context)}
    if not said:
        return Verdict.SILENT
    return Verdict.DENIED if False in said else Verdict.ALLOWED


def _like(pattern: str, text: str) -> bool:
    return _wildcards(pattern).fullmatch(text) is not None


def _arn_like(pattern: str, arn: str) -> bool:
    """Match a resource. Parts that a pattern leaves out stand for any (IAM, "Resource")."""
    missing = _ARN_PARTS - len(pattern.split(":", _ARN_PARTS - 1))
    return pattern == "*" or _like(pattern + ":*" * missing, arn)


@cache
def _wildcards(pattern: str) -> re.Pattern[str]:
    text = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(text, re.DOTALL)
