"""Maven: groups, snapshot builds, and order and ranges by ``univers``."""

import re
from typing import Any

from codeartifact_status.formats.intervals import intervals
from codeartifact_status.formats.rules import Namespace, Rules, unchanged


def _order(version: str) -> Any:
    from univers.versions import InvalidVersion, MavenVersion

    try:
        return MavenVersion(version)
    except InvalidVersion:
        return None


def _range_class() -> Any:
    from univers.version_range import MavenVersionRange

    return MavenVersionRange


MAVEN = Rules(
    purl_type="maven",
    namespace=Namespace(
        word="groupId",
        is_required=True,
        mark="",
        separator=":",
        is_read_from_names=True,
        spelling=unchanged,
    ),
    name=re.compile(r"[^#/:\s]{1,255}", re.ASCII),
    name_hint="; or group:artifact",
    name_spelling=unchanged,
    version_spelling=unchanged,
    identity=None,
    order=_order,
    # Maven goes by order alone: pre-releases are in.
    ranges=intervals(
        range_class=_range_class, order=_order, leaves_out=lambda _expression, _version: False
    ),
    # A build of a SNAPSHOT, which CodeArtifact keeps Unlisted by design (User Guide, "Using Maven
    # snapshots").
    never_matches=re.compile(r".*-\d{8}\.\d{6}-\d+"),
    example="[1.4,2)",
)
