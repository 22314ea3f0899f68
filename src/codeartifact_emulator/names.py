"""How packages are called: formats, places, and the spelling that CodeArtifact stores.

Pure. UG is the CodeArtifact User Guide, model the service model that botocore ships.
"""

import base64
import hashlib
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A package in a repository, in the API's words. Of a copy, the repository copied to."""

    domain: str
    repository: str
    format: str
    package: str
    namespace: str | None = None
    domain_owner: str = ""
    """Twelve digits; empty for the account of whoever reads it."""

    def normalized(self) -> Self:
        """Give the place with namespace and package as stored."""
        return replace(
            self,
            namespace=normalize_namespace(self.format, self.namespace),
            package=normalize_name(self.format, self.package),
        )

    def resource(self, kind: str) -> str:
        """Give how an ARN ends: of kind `domain`, `repository` or `package`.

        A package is normalized, and has the slash of a namespace even without one.
        """
        stored = self.normalized()
        names = {
            "domain": (self.domain,),
            "repository": (self.domain, self.repository),
            "package": (
                *(self.domain, self.repository),
                *(stored.format, stored.namespace or "", stored.package),
            ),
        }
        return "/".join([kind, *names[kind]])

    def revision(self, version: str) -> str:
        """Give a revision that looks like the service's: 44 characters of base64, a SHA-256.

        The repository has no part in it: a retained copy is the same content.
        """
        text = "\0".join([self.format, self.namespace or "", self.package, version])
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def partition_of(region: str) -> str:
    """Give the partition of a region (AWS General Reference, "Amazon Resource Names")."""
    prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
    return next((name for prefix, name in prefixes.items() if region.startswith(prefix)), "aws")


def normalize_name(kind: str, name: str) -> str:
    """Give the name as stored (UG python-name-normalization, nuget-name-normalization)."""
    match kind:
        case Format.PYPI:
            return re.sub(r"[-_.]+", "-", name).lower()
        case Format.NUGET | Format.SWIFT:
            return name.lower()
        case _:
            return name


def normalize_namespace(kind: str, namespace: str | None) -> str | None:
    """Give the namespace as stored: Swift scopes are lower-cased."""
    return namespace.lower() if namespace and kind == Format.SWIFT else namespace or None


def normalize_version(kind: str, version: str) -> str:
    """Give the version as stored. Only NuGet versions change (UG nuget-name-normalization).

    Leading zeros go, a fourth part of zero goes, build metadata goes.
    """
    if kind != Format.NUGET:
        return version
    numbers, dash, label = version.partition("+")[0].partition("-")
    parts = numbers.split(".")
    if not all(part.isascii() and part.isdigit() for part in parts):
        return version
    parts = [str(int(part)) for part in parts]
    if parts[3:] == ["0"]:
        parts.pop()
    return ".".join(parts) + dash + label
