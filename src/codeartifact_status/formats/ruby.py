"""RubyGems, by ``univers.gem``, a port of its own versions and requirements."""

from typing import Any

from codeartifact_status.formats.matching import Matcher, one_by_one
from codeartifact_status.formats.patterns import NAME
from codeartifact_status.formats.rules import Rules, unchanged


def _order(version: str) -> Any:
    from univers.gem import GemVersion, InvalidVersionError

    try:
        return GemVersion(version)
    except InvalidVersionError:
        return None


def _identity(version: str) -> str | None:
    """The segments that RubyGems compares, which 1.0 and 1.0.0 share."""
    parsed = _order(version)
    return None if parsed is None else ".".join(map(str, parsed.canonical_segments)) or "0"


def _read_range(expression: str) -> Matcher | None:
    """A requirement, which takes pre-releases only if it names one; a version is a requirement.

    The ranges of univers itself take ~> 1.4.rc1 for ~> 1.4.
    """
    from univers.gem import GemRequirement, InvalidRequirementError, InvalidVersionError

    try:
        requirement = GemRequirement(*expression.split(","))
    except (InvalidRequirementError, InvalidVersionError):
        return None
    takes_any = any(constraint.version.prerelease() for constraint in requirement.constraints)

    def matches(version: str) -> bool:
        parsed = _order(version)
        return (
            parsed is not None
            and (takes_any or not parsed.prerelease())
            and bool(requirement.satisfied_by(parsed))
        )

    return one_by_one(matches)


RUBY = Rules(
    purl_type="gem",
    namespace=None,
    name=NAME,
    name_hint="",
    name_spelling=unchanged,
    version_spelling=unchanged,
    identity=_identity,
    ignores_case=False,
    order=_order,
    ranges=_read_range,
    never_matches=None,
    example="~> 1.4",
)
