"""PyPI: names by PEP 503, versions and ranges by ``packaging``, which is pip's own."""

import re
from typing import Any

from codeartifact_status.formats.patterns import NAME
from codeartifact_status.formats.rules import Matches, Ranges, Rules, never, unchanged


def _pep_503(name: str) -> str:
    """CodeArtifact User Guide, "Python package name normalization", which follows PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _order(version: str) -> Any:
    from packaging.version import InvalidVersion, Version

    try:
        return Version(version)
    except InvalidVersion:
        return None


def _identity(version: str) -> str | None:
    """PEP 440: spellings of one release, with and without zeros at its end."""
    from packaging.utils import canonicalize_version

    parsed = _order(version)
    return None if parsed is None else canonicalize_version(parsed)


def _read_range(expression: str) -> Matches | None:
    """Pre-releases match only if the range names one."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        spec = SpecifierSet(expression)
    except InvalidSpecifier:
        return None
    takes_any = bool(spec.prereleases)

    def matches(version: str) -> bool:
        parsed = _order(version)
        return parsed is not None and spec.contains(parsed, prereleases=takes_any)

    return matches


PYPI = Rules(
    purl_type="pypi",
    namespace=None,
    name=NAME,
    name_hint="",
    name_spelling=_pep_503,
    version_spelling=unchanged,
    identity=_identity,
    order=_order,
    ranges=Ranges(read=_read_range, is_range=never),
    never_matches=None,
    example=">=1.4,<2",
)
