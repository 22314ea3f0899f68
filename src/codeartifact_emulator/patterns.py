"""Texts of policies: wildcards, and variables that stand for what a request's context says.

Source: IAM User Guide, "IAM policy elements: Variables and tags".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

#: Condition keys in lower case, with all their values.
Context: TypeAlias = Mapping[str, tuple[str, ...]]

#: Keys that a policy may use as variables: those of every service with a single value (IAM User
#: Guide, "AWS global condition context keys"), and those of STS.
_GLOBAL_KEYS = (
    *("calledviafirst", "calledvialast", "currenttime", "ec2instancesourceprivateipv4"),
    *("ec2instancesourcevpc", "epochtime", "federatedprovider", "multifactorauthage"),
    *("multifactorauthpresent", "principalaccount", "principalarn"),
    *("principalisawsservice", "principalorgid", "principalservicename", "principaltype"),
    *("referer", "requestedregion", "resourceaccount", "resourceorgid", "securetransport"),
    *("sourceaccount", "sourcearn", "sourceidentity", "sourceip", "sourceorgid"),
    *("sourcevpc", "sourcevpcarn", "sourcevpce", "tokenissuetime", "useragent", "userid"),
    *("username", "viaawsservice", "vpcsourceip"),
)
_STS_KEYS = ("externalid", "rolesessionname", "sourceidentity")
_KNOWN_KEYS = frozenset(
    [*(f"aws:{name}" for name in _GLOBAL_KEYS), *(f"sts:{name}" for name in _STS_KEYS)]
)
#: A tag's key follows the slash; a claim's name the colon of its provider.
_KNOWN_KINDS = re.compile(
    r"aws:(?:principal|request|resource)tag/.+|[\w.-]+(?:/[\w./-]*)?:(?:sub|aud|oaud|amr|email)"
)
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_NAMED = re.compile(r"(?P<key>[^,]+?)(?:, *'(?P<default>[^']*)')?")


class PolicyError(ValueError):
    """A policy document that AWS would call malformed."""


@dataclass(frozen=True, slots=True)
class _Variable:
    key: str
    default: str | None

    def value(self, context: Context) -> str | None:
        """Give what it stands for; a key with several values stands for nothing."""
        found = context.get(self.key, ())
        return found[0] if len(found) == 1 else self.default


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text with variables in it, if its policy's version has them, and perhaps wildcards."""

    parts: tuple[str | _Variable, ...]

    @classmethod
    def read(cls, text: str, *, variables: bool) -> "Pattern":
        """Read a text of a policy. Raises PolicyError for a variable that nothing stands behind."""
        return cls(tuple(_parts(text)) if variables else (text,))

    def matches(
        self, text: str, context: Context, *, wildcards: bool, ignore_case: bool = False
    ) -> bool:
        """Compare with a text. What a variable stands for is never a wildcard.

        With a variable that stands for nothing it matches nothing.
        """
        expression = []
        for part in self.parts:
            if isinstance(part, _Variable):
                value = part.value(context)
                if value is None:
                    return False
                expression.append(re.escape(value))
            else:
                literal = re.escape(part)
                expression.append(
                    literal.replace(r"\*", ".*").replace(r"\?", ".") if wildcards else literal
                )
        flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
        return _compiled("".join(expression), flags).fullmatch(text) is not None


def without_variables(text: str) -> str:
    """Give a text in which a letter stands for each variable, to look at its colons."""
    return _VARIABLE.sub("v", text)


def _parts(text: str) -> Iterator[str | _Variable]:
    # A split by a pattern with one group: literal text and names of variables by turns.
    for number, part in enumerate(_VARIABLE.split(text)):
        if number % 2:
            yield _variable(part)
        elif "${" in part:
            raise PolicyError(f"Syntax errors in policy: a variable does not end in {text}")
        elif part:
            yield part


def _variable(said: str) -> _Variable:
    if said in {"*", "?", "$"}:
        return _Variable(key="", default=said)
    parts = _NAMED.fullmatch(said)
    key = parts["key"].lower() if parts else ""
    if parts is None or not (key in _KNOWN_KEYS or _KNOWN_KINDS.fullmatch(key)):
        raise PolicyError(f"Syntax errors in policy: the variable ${{{said}}} is not known")
    return _Variable(key=key, default=parts["default"])


@lru_cache(maxsize=4096)
def _compiled(expression: str, flags: int) -> re.Pattern[str]:
    return re.compile(expression, flags)
