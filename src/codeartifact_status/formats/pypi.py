"""PyPI: names by PEP 503, versions and ranges by ``packaging``, which is pip's own."""

import re
from collections.abc import Iterable
from typing import Any

from codeartifact_status.formats.matching import Matcher, is_plain, just
from codeartifact_status.formats.patterns import NAME
from codeartifact_status.formats.rules import Rules, unchanged


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
    from packaging.utils import canonicalize_version

    parsed = _order(version)
    return None if parsed is None else canonicalize_version(parsed)


def _read_range(expression: str) -> Matcher | None:
    """A specifier, which takes pre-releases if it names one or nothing else meets it; or a version.

    pip refuses a version without an operator, but here it can't mean anything else.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    if is_plain(expression):
        return just(expression, _identity)
    try:
        specifiers = SpecifierSet(expression)
    except InvalidSpecifier:
        return None

    def matches(versions: Iterable[str]) -> frozenset[str]:
        known = [version for version in versions if _order(version) is not None]
        return frozenset(specifiers.filter(known))

    return matches


PYPI = Rules(
    purl_type="pypi",
    namespace=None,
    name=NAME,
    name_hint="",
    name_spelling=_pep_503,
    version_spelling=unchanged,
    identity=_identity,
    ignores_case=True,
    order=_order,
    ranges=_read_range,
    never_matches=None,
    example=">=1.4,<2",
)
