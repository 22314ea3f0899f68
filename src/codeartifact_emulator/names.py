"""How packages are called: formats, namespaces, and the spelling that CodeArtifact stores.

Pure. UG is the CodeArtifact User Guide, model the service model that botocore ships.
"""

# Parameters carry the API's names, of which one is `format`.
# ruff: noqa: A002

import base64
import hashlib
import re
from enum import StrEnum


class Format(StrEnum):
    """PackageFormat (model)."""

    NPM = "npm"
    PYPI = "pypi"
    MAVEN = "maven"
    NUGET = "nuget"
    GENERIC = "generic"
    RUBY = "ruby"
    SWIFT = "swift"
    CARGO = "cargo"


#: A namespace is part of the name (model: "required when … Maven, Swift, generic").
NAMESPACE_REQUIRED = frozenset({Format.MAVEN, Format.SWIFT, Format.GENERIC})
#: "…packages do not contain a corresponding component" (model, namespace).
NAMESPACE_FOREIGN = frozenset({Format.PYPI, Format.NUGET, Format.RUBY, Format.CARGO})


def normalize_name(format: str, name: str) -> str:
    """Give the name as stored (UG python-name-normalization, nuget-name-normalization)."""
    match format:
        case Format.PYPI:
            return re.sub(r"[-_.]+", "-", name).lower()
        case Format.NUGET | Format.SWIFT:
            return name.lower()
        case _:
            return name


def normalize_namespace(format: str, namespace: str | None) -> str | None:
    """Give the namespace as stored: Swift scopes are lower-cased."""
    return namespace.lower() if namespace and format == Format.SWIFT else namespace or None


def normalize_version(format: str, version: str) -> str:
    """Give the version as stored. Only NuGet versions change (UG nuget-name-normalization).

    Leading zeros go, a fourth part of zero goes, build metadata goes.
    """
    if format != Format.NUGET:
        return version
    numbers, dash, label = version.partition("+")[0].partition("-")
    parts = numbers.split(".")
    if not all(part.isascii() and part.isdigit() for part in parts):
        return version
    parts = [str(int(part)) for part in parts]
    if parts[3:] == ["0"]:
        parts.pop()
    return ".".join(parts) + dash + label


def package_path(
    domain: str, repository: str, format: str, namespace: str | None, name: str
) -> str:
    """Give what follows `package/` in an ARN: normalized; no namespace still has its slash."""
    name, namespace = normalize_name(format, name), normalize_namespace(format, namespace)
    return f"{domain}/{repository}/{format}/{namespace or ''}/{name}"


def derived_revision(format: str, namespace: str | None, package: str, version: str) -> str:
    """Give a revision that looks like the service's: 44 characters of base64, a SHA-256.

    The repository has no part in it: a retained copy is the same content.
    """
    text = "\0".join([format, namespace or "", package, version])
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
