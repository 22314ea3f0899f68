"""IAM's policy language, as much of it as decides a CodeArtifact call or a trust.

Documents in, verdicts out; no state. A document that AWS would refuse is refused (`PolicyError`),
and so is an operator or a variable that is not known here: what went unread would be a hole.

Source: IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements".
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from .conditions import Condition, arn_pattern, read_conditions
from .patterns import Context, Pattern, PolicyError
from .providers import missing_control

_STATEMENT_KEYS = frozenset(
    ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "Condition"]
)


class Kind(Enum):
    """What a policy is attached to, which decides what its statements name."""

    IDENTITY = auto()
    """A user, a role or a session: resources, and no principals."""
    RESOURCE = auto()
    """A domain or a repository: resources and principals."""
    TRUST = auto()
    """A role, and who may assume it: principals, and no resources."""


class Verdict(Enum):
    """What a set of policies says of one action on one resource."""

    ALLOWED = auto()
    DENIED = auto()
    """By a statement that says so."""
    SILENT = auto()
    """No statement applies."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `principals` is None in identity policies, which name nobody."""

    allows: bool
    actions: tuple[Pattern, ...]
    not_actions: bool
    resources: tuple[Pattern, ...]
    not_resources: bool
    principals: Mapping[str, tuple[str, ...]] | None
    conditions: tuple[Condition, ...]

    def applies(self, action: str, resource: str, context: Context) -> bool:
        """Tell whether the statement speaks of this action, on this resource, now."""
        named = any(
            each.matches(action, context, wildcards=True, ignore_case=True) for each in self.actions
        )
        meant = any(each.matches(resource, context, wildcards=True) for each in self.resources)
        return (
            named is not self.not_actions
            and meant is not self.not_resources
            and all(condition.holds(context) for condition in self.conditions)
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy document, read."""

    statements: tuple[Statement, ...]


def parse_policy(document: object, kind: Kind = Kind.IDENTITY) -> Policy:
    """Read a policy document, from JSON text or as parsed. Raises PolicyError."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            raise PolicyError("This policy contains invalid Json") from None
    if not isinstance(document, Mapping) or "Statement" not in document:
        raise PolicyError("Syntax errors in policy: a policy is an object with a Statement")
    version = document.get("Version", "2008-10-17")
    if version not in {"2012-10-17", "2008-10-17"}:
        raise PolicyError(f"Syntax errors in policy: Version {version} does not exist")
    statements = document["Statement"]
    listed = statements if isinstance(statements, list) else [statements]
    # "Earlier versions of the policy language don't support policy variables."
    variables = version == "2012-10-17"
    return Policy(tuple(_statement(item, kind, variables=variables) for item in listed))


def _statement(item: object, kind: Kind, *, variables: bool) -> Statement:
    if not isinstance(item, Mapping):
        raise PolicyError("Syntax errors in policy: a statement is an object")
    unknown = sorted(set(item) - _STATEMENT_KEYS)
    wrong = {Kind.TRUST: ["Resource", "NotResource"], Kind.IDENTITY: ["Principal"]}
    unknown += [key for key in wrong.get(kind, []) if key in item]
    if unknown:
        raise PolicyError(f"Syntax errors in policy: {', '.join(unknown)} is not expected here")
    if item.get("Effect") not in {"Allow", "Deny"}:
        raise PolicyError("Syntax errors in policy: Effect is Allow or Deny")
    actions = _one_of(item, "Action", "NotAction")
    resources = ("*",) if kind is Kind.TRUST else _one_of(item, "Resource", "NotResource")
    for resource in resources:
        if resource != "*" and not resource.startswith("arn:"):
            raise PolicyError(f'Resource {resource} must be in ARN format or "*".')
    statement = Statement(
        allows=item["Effect"] == "Allow",
        actions=tuple(Pattern.read(action, variables=False) for action in actions),
        not_actions="NotAction" in item,
        resources=tuple(arn_pattern(each, variables=variables) for each in resources),
        not_resources="NotResource" in item,
        principals=None if kind is Kind.IDENTITY else _principals(item.get("Principal")),
        conditions=tuple(
            read_conditions(item.get("Condition", {}), variables=variables, texts=_texts)
        ),
    )
    if kind is Kind.TRUST and statement.allows:
        federated = (statement.principals or {}).get("Federated", ())
        fault = missing_control(federated, statement.conditions)
        if fault:
            raise PolicyError(fault)
    return statement


def _one_of(item: Mapping[str, Any], key: str, other: str) -> tuple[str, ...]:
    if (key in item) is (other in item):
        raise PolicyError(f"Syntax errors in policy: a statement needs either {key} or {other}")
    return _texts(item.get(key, item.get(other)), key)


def _texts(value: object, where: str) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    texts = [str(each).lower() if isinstance(each, bool | int | float) else each for each in listed]
    strings = [text for text in texts if isinstance(text, str)]
    if not texts or strings != texts:
        raise PolicyError(f"Syntax errors in policy: {where} is text or a list of texts")
    return tuple(strings)


def _principals(value: object) -> Mapping[str, tuple[str, ...]]:
    if value == "*":
        return {"AWS": ("*",), "Federated": ("*",)}
    if not isinstance(value, Mapping):
        raise PolicyError("Syntax errors in policy: a statement needs a Principal here")
    return {kind: _texts(names, "Principal") for kind, names in value.items()}


def judge(
    policies: Iterable[Policy], action: str, resource: str, context: Context | None = None
) -> Verdict:
    """Decide an action on a resource by identity or session policies."""
    statements = (statement for policy in policies for statement in policy.statements)
    return _decide(statements, action, resource, context or {})


def judge_named(
    policies: Iterable[Policy],
    *,
    action: str,
    resource: str = "*",
    kind: str = "AWS",
    principals: Iterable[str],
    context: Context,
) -> Verdict:
    """Decide by policies that name principals: of whom a caller is one, by any of these names.

    `kind` is `AWS` or `Federated`. A trust policy is about no resource but its role.
    """
    names = {"*", *principals}
    speaking = (
        statement
        for policy in policies
        for statement in policy.statements
        if not names.isdisjoint((statement.principals or {}).get(kind, ()))
    )
    return _decide(speaking, action, resource, context)


def _decide(
    statements: Iterable[Statement], action: str, resource: str, context: Context
) -> Verdict:
    """Let a Deny outweigh every Allow."""
    said = {each.allows for each in statements if each.applies(action, resource, context)}
    if not said:
        return Verdict.SILENT
    return Verdict.DENIED if False in said else Verdict.ALLOWED
