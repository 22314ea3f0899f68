"""RubyGems, by ``univers.gem``, a port of its own versions and requirements."""

import re
from typing import Any

from codeartifact_status.formats.patterns import NAME
from codeartifact_status.formats.rules import Matches, Ranges, Rules, never, unchanged


def _order(version: str) -> Any:
    from univers.gem import GemVersion, InvalidVersionError

    try:
        return GemVersion(version)
    except InvalidVersionError:
        return None


def _read_range(expression: str) -> Matches | None:
    """Pre-releases match only if the requirement names one; a letter makes a pre-release.

    The ranges of univers itself take ~> 1.4.rc1 for ~> 1.4.
    """
    from univers.gem import GemRequirement, InvalidRequirementError, InvalidVersionError

    try:
        requirement = GemRequirement.from_string(expression)
    except (InvalidRequirementError, InvalidVersionError):
        return None
    takes_any = bool(re.search("[A-Za-z]", expression))

    def matches(version: str) -> bool:
        if not takes_any and re.search("[A-Za-z]", version):
            return False
        parsed = _order(version)
        return parsed is not None and bool(requirement.satisfied_by(parsed))

    return matches


RUBY = Rules(
    purl_type="gem",
    namespace=None,
    name=NAME,
    name_hint="",
    name_spelling=unchanged,
    version_spelling=unchanged,
    identity=None,
    order=_order,
    ranges=Ranges(read=_read_range, is_range=never),
    never_matches=None,
    example="~> 1.4",
)
