"""The order of Semantic Versioning 2.0, for the formats whose tools go by it."""

from typing import Any


def order(version: str) -> Any:
    """A key that sorts versions; None for what is no version."""
    from univers.versions import InvalidVersion, SemverVersion

    try:
        return SemverVersion(version)
    except InvalidVersion:
        return None
