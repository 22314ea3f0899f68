"""NuGet: names and versions as the service normalizes them, and order and ranges by ``univers``."""

from typing import Any

from codeartifact_status.formats.intervals import intervals
from codeartifact_status.formats.patterns import NAME
from codeartifact_status.formats.rules import Rules


def _normal_version(version: str) -> str:
    """CodeArtifact User Guide, "NuGet package name, version, and asset name normalization".

    Leading zeros, a fourth part of 0, and build metadata are dropped.
    """
    numbers, dash, label = version.partition("+")[0].partition("-")
    parts = numbers.split(".")
    if not all(part.isascii() and part.isdigit() for part in parts):
        return version
    parts = [part.lstrip("0") or "0" for part in parts]
    if parts[3:] == ["0"]:
        parts.pop()
    return ".".join(parts) + dash + label


def _order(version: str) -> Any:
    from univers.nuget import InvalidNuGetVersion
    from univers.versions import InvalidVersion, NugetVersion

    try:
        parsed = NugetVersion(version)
    except (InvalidVersion, InvalidNuGetVersion):
        return None
    # univers finds nothing in "v", and raises nothing.
    return None if parsed.value is None else parsed


def _range_class() -> Any:
    from univers.version_range import NugetVersionRange

    return NugetVersionRange


def _is_left_out(expression: str, version: str) -> bool:
    """NuGet leaves pre-releases out unless a bound is one."""
    return "-" not in expression and "-" in version.partition("+")[0]


NUGET = Rules(
    purl_type="nuget",
    namespace=None,
    name=NAME,
    name_hint="",
    name_spelling=str.lower,
    version_spelling=_normal_version,
    identity=None,
    order=_order,
    ranges=intervals(range_class=_range_class, order=_order, leaves_out=_is_left_out),
    never_matches=None,
    example="[1.4,2)",
)
