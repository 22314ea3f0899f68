"""npm: scopes, and ranges by ``nodesemver``, a port of npm's own.

``univers`` takes pre-releases into ranges that npm leaves out.
"""

import re

from codeartifact_status.formats import semver
from codeartifact_status.formats.rules import Matches, Namespace, Ranges, Rules, unchanged


def _read_range(expression: str) -> Matches | None:
    """Pre-releases match only beside one of the same major.minor.patch in the range, as in npm."""
    import nodesemver

    if nodesemver.valid_range(expression, loose=False) is None:
        return None

    def matches(version: str) -> bool:
        try:
            return bool(nodesemver.satisfies(version, expression, loose=False))
        except ValueError:
            return False

    return matches


def _is_range(expression: str) -> bool:
    """To npm a plain version is a range: 1.4 is any 1.4.x."""
    return not re.search(r"[*?]", expression)


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
    identity=None,
    order=semver.order,
    ranges=Ranges(read=_read_range, is_range=_is_range),
    never_matches=None,
    example="^1.4",
)
