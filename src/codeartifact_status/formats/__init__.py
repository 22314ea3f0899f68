"""What differs by package format: namespaces, names, versions, package URLs.

Pure. Patterns and lengths are those of botocore's model of CodeArtifact (2018-09-22); names and
versions are normalized as the CodeArtifact User Guide says ("Package name normalization", and the
NuGet and Swift pages).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import urlsplit

from codeartifact_status.model import Format, Package, Status

# re.ASCII because the service's patterns are Java's, where \s is ASCII white space only.
DOMAIN = re.compile(r"[a-z][a-z0-9\-]{0,48}[a-z0-9]")
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{1,99}")
NAME = re.compile(r"[^#/\s]{1,255}", re.ASCII)
REVISION = re.compile(r"\S{1,50}", re.ASCII)


class Namespace(Enum):
    """Whether packages of a format have a namespace."""

    REQUIRED = auto()
    OPTIONAL = auto()
    REFUSED = auto()


def _as_it_is(text: str) -> str:
    return text


def _pep_503(name: str) -> str:
    """PEP 503, which the User Guide's "Python package name normalization" follows."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _nuget_version(version: str) -> str:
    """CodeArtifact User Guide, "NuGet package name, version, and asset name normalization".

    Leading zeros, a fourth part of 0, and build metadata are dropped.
    """
    bare = version.partition("+")[0]
    numbers, dash, label = bare.partition("-")
    parts = numbers.split(".")
    if not all(part.isascii() and part.isdigit() for part in parts):
        return version
    parts = [part.lstrip("0") or "0" for part in parts]
    if len(parts) == 4 and parts[3] == "0":  # noqa: PLR2004 - the fourth part, as the guide says
        parts.pop()
    return ".".join(parts) + dash + label


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is particular to one format."""

    namespace: Namespace
    purl_type: str
    namespace_word: str = "namespace"
    name: Callable[[str], str] = _as_it_is
    scope: Callable[[str], str] = _as_it_is
    version: Callable[[str], str] = _as_it_is


RULES = {
    Format.NPM: Rules(namespace=Namespace.OPTIONAL, purl_type="npm", namespace_word="scope"),
    Format.PYPI: Rules(namespace=Namespace.REFUSED, purl_type="pypi", name=_pep_503),
    Format.MAVEN: Rules(namespace=Namespace.REQUIRED, purl_type="maven", namespace_word="groupId"),
    Format.NUGET: Rules(
        namespace=Namespace.REFUSED, purl_type="nuget", name=str.lower, version=_nuget_version
    ),
    Format.GENERIC: Rules(namespace=Namespace.REQUIRED, purl_type="generic"),
    Format.RUBY: Rules(namespace=Namespace.REFUSED, purl_type="gem"),
    Format.SWIFT: Rules(
        namespace=Namespace.REQUIRED,
        purl_type="swift",
        namespace_word="scope",
        name=str.lower,
        scope=str.lower,
    ),
    Format.CARGO: Rules(namespace=Namespace.REFUSED, purl_type="cargo"),
}


def split_name(format_: Format, text: str) -> tuple[str | None, str]:
    """Take a name apart: ``@scope/name`` for npm, ``group:artifact`` for Maven.

    Returns:
        The namespace, or None where the text holds none, and the name.
    """
    match format_:
        case Format.NPM if text.startswith("@") and "/" in text:
            scope, _, name = text[1:].partition("/")
            return scope, name
        case Format.MAVEN if ":" in text:
            group, _, artifact = text.partition(":")
            return group, artifact
        case _:
            return None, text


def normal_namespace(format_: Format, text: str) -> str:
    """The namespace as the service wants it: npm's without ``@``, Swift's in lower case."""
    bare = text.removeprefix("@") if format_ is Format.NPM else text
    return RULES[format_].scope(bare)


def normal_name(format_: Format, text: str) -> str:
    """The package name as the service keeps it."""
    return RULES[format_].name(text)


def normal_version(format_: Format, text: str) -> str:
    """The version as the service keeps it."""
    return RULES[format_].version(text)


def known_status(text: str) -> Status | None:
    """The documented status that ``text`` names, in any case; None if it names none."""
    return next((status for status in Status if status.lower() == text.strip().lower()), None)


def package_url(package: Package, version: str, *, name_repository: bool) -> str:
    """The package URL of a version, encoded as the purl specification says.

    ``name_repository`` adds ``?repository=``, for a step that changes several repositories.
    """
    # Loaded here because a step for one package in one repository has no use for it.
    from packageurl import PackageURL  # noqa: PLC0415

    namespace = package.namespace
    if package.format is Format.NPM and namespace is not None:
        namespace = f"@{namespace}"
    return PackageURL(
        type=RULES[package.format].purl_type,
        namespace=namespace,
        name=package.name,
        version=version,
        qualifiers={"repository": package.repository} if name_repository else None,
    ).to_string()


def is_http_url(text: str) -> bool:
    """Whether ``text`` is an absolute HTTP or HTTPS URL with a host that botocore takes."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        _ = parts.port  # raises for what is no port
    except ValueError:
        return False
    labels = host.removesuffix(".").split(".")
    is_host = ":" in host or all(re.fullmatch(r"(?!-)[a-z0-9-]{1,63}(?<!-)", one) for one in labels)
    return parts.scheme in {"http", "https"} and is_host and not re.search(r"\s", text)
