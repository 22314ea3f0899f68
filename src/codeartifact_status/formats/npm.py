"""npm: scopes, and versions and ranges as npm's own ``semver`` takes them where it is strict."""

import re

from codeartifact_status.formats import semver
from codeartifact_status.formats.matching import Matcher, one_by_one
from codeartifact_status.formats.rules import Namespace, Rules, unchanged

_PART = rf"(?:{semver.NUMBER}|[xX*])"
_PARTIAL = rf"({_PART}(?:\.{_PART}(?:\.{_PART}(?:-{semver.LABELS})?)?)?)"
_COMPARATOR = re.compile(rf"(\^|~|[<>]?=?)(?:(?<=~)>)?v?{_PARTIAL}", re.ASCII)
_HYPHEN_RANGE = re.compile(rf"v?{_PARTIAL}\s+-\s+v?{_PARTIAL}", re.ASCII)
_SPACE_AFTER_SIGN = re.compile(r"(?<=[\^~<>=])\s+", re.ASCII)
_BUILD = re.compile(rf"\+{semver.BUILD}", re.ASCII)
_LARGEST_NUMBER = 2**53 - 1
"""npm takes no greater number in a version: the largest safe integer of JavaScript."""

_ANY_RELEASE = semver.bounds(">=", semver.Partial(numbers=(0, 0, 0)))
"""npm drops this bound, so that it doesn't hold back a pre-release of 0.0.0 named beside it."""


def _identity(version: str) -> str | None:
    return semver.without_build(version.lstrip("v="))


def _order(version: str) -> semver.Version | None:
    return semver.order(version.removeprefix("v"))


def _read_range(expression: str) -> Matcher | None:
    """Alternatives. One without bounds replaces the others, and the pre-releases they name."""
    alternatives: list[list[semver.Bound]] = []
    for part in _BUILD.sub("", expression).split("||"):
        bounds = _read_alternative(part.strip())
        if bounds is None:
            return None
        alternatives.append(bounds)
    if [] in alternatives:
        alternatives = [[]]

    def matches(text: str) -> bool:
        version = _order(text)
        return version is not None and any(semver.are_met(one, version) for one in alternatives)

    return one_by_one(matches)


def _read_alternative(text: str) -> list[semver.Bound] | None:
    """The bounds that one side of ``||`` consists of; None for what npm refuses."""
    if between := _HYPHEN_RANGE.fullmatch(text):
        comparators = [(">=", between[1]), ("<=", between[2])]
    else:
        comparators = []
        for word in _SPACE_AFTER_SIGN.sub("", text).split():
            match = _COMPARATOR.fullmatch(word)
            if match is None or (match[1] not in {"^", "~"} and _goes_on_after_x(match[2])):
                return None
            comparators.append((match[1] or "=", match[2]))
    found = [
        bound
        for sign, version in comparators
        for bound in semver.bounds(sign, semver.Partial.read(version))
    ]
    if any(max(bound.version.core) > _LARGEST_NUMBER for bound in found):
        return None
    return [bound for bound in found if bound not in _ANY_RELEASE]


def _goes_on_after_x(text: str) -> bool:
    """Whether a number comes after a wildcard, as in ``1.x.5``."""
    return re.search(r"[xX*]\.[0-9]", text) is not None


NPM = Rules(
    purl_type="npm",
    namespace=Namespace(
        word="scope",
        is_required=False,
        mark="@",
        separator="/",
        is_read_from_names=True,
        spelling=unchanged,
    ),
    name=re.compile(r"(?!@)[^#/\s]{1,255}", re.ASCII),
    name_hint="; a scoped one is @scope/name",
    name_spelling=unchanged,
    version_spelling=unchanged,
    identity=_identity,
    ignores_case=False,
    order=_order,
    ranges=_read_range,
    never_matches=None,
    example="^1.4",
)
