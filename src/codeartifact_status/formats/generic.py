"""Generic packages: any names and versions, which have no order."""

from codeartifact_status.formats.patterns import NAME
from codeartifact_status.formats.rules import Namespace, Rules, unchanged

GENERIC = Rules(
    purl_type="generic",
    namespace=Namespace(
        word="namespace",
        is_required=True,
        mark="",
        separator="/",
        is_read_from_names=False,
        spelling=unchanged,
    ),
    name=NAME,
    name_hint="",
    name_spelling=unchanged,
    version_spelling=unchanged,
    identity=None,
    ignores_case=False,
    order=None,
    ranges=None,
    never_matches=None,
    example="1.4.*",
)
