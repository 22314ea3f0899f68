"""Versions, and which of them match."""

from codeartifact_status.formats.expressions import matcher
from codeartifact_status.model import Format


def taken(format_: Format, expression: str, versions: str) -> str:
    """Those of ``versions`` that match."""
    matching = matcher(format_, expression)(versions.split())
    return " ".join(version for version in versions.split() if version in matching)
