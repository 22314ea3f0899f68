"""Swift: names and scopes in lower case, and no ranges.

CodeArtifact User Guide, "Swift package name and namespace normalization".
"""

from codeartifact_status.formats import semver
from codeartifact_status.formats.patterns import NAME
from codeartifact_status.formats.rules import Namespace, Rules, unchanged

SWIFT = Rules(
    purl_type="swift",
    namespace=Namespace(
        word="scope",
        is_required=True,
        mark="",
        separator=".",
        is_read_from_names=False,
        spelling=str.lower,
    ),
    name=NAME,
    name_hint="",
    name_spelling=str.lower,
    version_spelling=unchanged,
    identity=None,
    ignores_case=False,
    order=semver.order,
    ranges=None,
    never_matches=None,
    example="1.4.*",
)
