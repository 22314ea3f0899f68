"""The Condition block of a statement: operators, and the values that they compare.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Conditions with
multiple context keys or values".
"""

import base64
import binascii
import ipaddress
import operator as compare
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from .patterns import Context, Pattern, PolicyError, without_variables

#: Tells whether a value of the context is, or is like, one of those that a policy names.
_Test: TypeAlias = Callable[[str, Context], bool]

_OPERATOR = re.compile(
    r"(?P<set>ForAnyValue:|ForAllValues:)?"
    r"(?P<test>"
    r"String(?:Not)?(?:Equals|EqualsIgnoreCase|Like)|Arn(?:Not)?(?:Equals|Like)"
    r"|(?:Numeric|Date)(?:(?:Not)?Equals|(?:Less|Greater)Than(?:Equals)?)"
    r"|(?:Not)?IpAddress|Bool|BinaryEquals|Null)"
    r"(?P<if>IfExists)?"
)
_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": compare.eq,
    "LessThan": compare.lt,
    "LessThanEquals": compare.le,
    "GreaterThan": compare.gt,
    "GreaterThanEquals": compare.ge,
    "Bool": compare.eq,
    "BinaryEquals": compare.eq,
    "IpAddress": lambda inner, outer: (
        inner.version == outer.version and bool(inner.subnet_of(outer))
    ),
    "Null": compare.eq,
}
#: arn, partition, service, region, account, resource.
_ARN_PARTS = 6


@dataclass(frozen=True, slots=True)
class Condition:
    """One key of one operator of a Condition block."""

    set: str
    operator: str
    """Without the set and without IfExists."""
    if_exists: bool
    key: str
    values: tuple[str, ...]
    test: _Test

    def holds(self, context: Context) -> bool:
        """Tell whether the context meets it."""
        present = context.get(self.key.lower(), ())
        if self.operator == "Null":
            return (not present) == (self.values[0].lower() == "true")
        negated = "Not" in self.operator
        if not present:
            is_any = self.set == "ForAnyValue:"
            return self.if_exists or self.set == "ForAllValues:" or (negated and not is_any)
        # Of a key with several values, without ForAnyValue or ForAllValues: any may match, and for
        # a negated operator none may.
        several = all if negated or self.set == "ForAllValues:" else any
        if self.set == "ForAnyValue:":
            several = any
        return several(self.test(value, context) is not negated for value in present)


def read_conditions(
    block: object, *, variables: bool, texts: Callable[[object, str], tuple[str, ...]]
) -> Iterator[Condition]:
    """Read a Condition block; `texts` takes a value for one text or several. Raises PolicyError."""
    if not isinstance(block, Mapping):
        raise PolicyError("Syntax errors in policy: Condition is an object")
    for operator, tests in block.items():
        parts = _OPERATOR.fullmatch(operator)
        if parts is None or (parts["test"] == "Null" and (parts["if"] or parts["set"])):
            raise PolicyError(
                f"Syntax errors in policy: the condition operator {operator} is not known"
            )
        if not isinstance(tests, Mapping):
            raise PolicyError(f"Syntax errors in policy: {operator} is an object")
        for key, said in tests.items():
            values = texts(said, key)
            yield Condition(
                set=parts["set"] or "",
                operator=parts["test"],
                if_exists=bool(parts["if"]),
                key=key,
                values=values,
                test=_test(parts["test"], values, variables=variables),
            )


def arn_pattern(text: str, *, variables: bool) -> Pattern:
    """Read a pattern for ARNs. Parts that it leaves out stand for any (IAM, "Resource")."""
    missing = _ARN_PARTS - len(without_variables(text).split(":", _ARN_PARTS - 1))
    return Pattern.read(text if text == "*" else text + ":*" * missing, variables=variables)


def _test(operator: str, values: Sequence[str], *, variables: bool) -> _Test:
    kind = operator.replace("Not", "")
    if kind.startswith("String"):
        patterns = [Pattern.read(value, variables=variables) for value in values]
        like, blind = kind == "StringLike", kind == "StringEqualsIgnoreCase"
        return lambda value, context: any(
            pattern.matches(value, context, wildcards=like, ignore_case=blind)
            for pattern in patterns
        )
    if kind.startswith("Arn"):
        arns = [arn_pattern(value, variables=variables) for value in values]
        return lambda value, context: any(
            pattern.matches(value, context, wildcards=True) for pattern in arns
        )
    # "You can't use a policy variable with other operators."
    read = _READERS[re.sub(r"(Numeric|Date).*", r"\1", kind)]
    order = _ORDERS[kind.removeprefix("Numeric").removeprefix("Date")]
    wanted = [_read(read, value, operator) for value in values]

    def test(value: str, _context: Context) -> bool:
        try:
            given = read(value)
        except ValueError:
            return False
        return any(order(given, each) for each in wanted)

    return test


def _read(read: Callable[[str], Any], value: str, operator: str) -> Any:
    try:
        return read(value)
    except ValueError:
        raise PolicyError(
            f"Syntax errors in policy: {value} is no value of the condition operator {operator}"
        ) from None


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None


def _moment(text: str) -> float:
    """Read a date of the W3C's profile of ISO 8601, or seconds since 1970."""
    if re.fullmatch(r"-?\d{5,}", text):
        return float(text)
    when = datetime.fromisoformat(text)
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def _bool(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError(text)
    return text.lower() == "true"


def _binary(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError(text) from None


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(text, strict=False)


_READERS: Mapping[str, Callable[[str], Any]] = {
    "Numeric": _number,
    "Date": _moment,
    "Bool": _bool,
    "BinaryEquals": _binary,
    "IpAddress": _network,
    "Null": _bool,
}
