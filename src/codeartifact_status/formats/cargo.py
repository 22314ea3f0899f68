"""Cargo: SemVer, and so far no ranges."""

from codeartifact_status.formats import semver
from codeartifact_status.formats.patterns import NAME
from codeartifact_status.formats.rules import Rules, unchanged

CARGO = Rules(
    purl_type="cargo",
    namespace=None,
    name=NAME,
    name_hint="",
    name_spelling=unchanged,
    version_spelling=unchanged,
    identity=None,
    order=semver.order,
    ranges=None,
    never_matches=None,
    example="1.4.*",
)
