"""Names in the spellings of others: as the service keeps them, as users write them, as URLs.

The service normalizes as the CodeArtifact User Guide says ("Package name normalization", and the
NuGet and Swift pages).
"""

from codeartifact_status.formats.table import rules_of
from codeartifact_status.model import Format, Package


def split_name(format_: Format, text: str) -> tuple[str | None, str]:
    """Take a name apart: ``@scope/name`` for npm, ``group:artifact`` for Maven.

    Returns:
        The namespace, or None where the text holds none, and the name.
    """
    namespace = rules_of(format_).namespace
    return (None, text) if namespace is None else namespace.split(text)


def normal_namespace(format_: Format, text: str) -> str:
    """The namespace as the service wants it: npm's without ``@``, Swift's in lower case."""
    namespace = rules_of(format_).namespace
    return text if namespace is None else namespace.spelling(text.removeprefix(namespace.mark))


def normal_name(format_: Format, text: str) -> str:
    """The package name as the service keeps it."""
    return rules_of(format_).name_spelling(text)


def normal_version(format_: Format, text: str) -> str:
    """The version as the service keeps it."""
    return rules_of(format_).version_spelling(text)


def package_title(package: Package) -> str:
    """The name as its users write it: ``@acme/core``, ``com.example:lib``, ``requests``."""
    namespace = rules_of(package.format).namespace
    if namespace is None or package.namespace is None:
        return package.name
    return namespace.join(package.namespace, package.name)


def may_lack_scope(package: Package) -> bool:
    """Whether a package is named without a scope, and its format has names with one, too: npm."""
    namespace = rules_of(package.format).namespace
    return namespace is not None and not namespace.is_required and package.namespace is None


def package_url(package: Package, version: str, *, name_repository: bool) -> str:
    """The package URL of a version, encoded as the purl specification says.

    ``name_repository`` adds ``?repository=``, for a step that changes several repositories.
    """
    # Loaded here because a step for one package in one repository has no use for it.
    from packageurl import PackageURL

    rules = rules_of(package.format)
    namespace = package.namespace
    if rules.namespace is not None and namespace is not None:
        namespace = rules.namespace.mark + namespace
    return PackageURL(
        type=rules.purl_type,
        namespace=namespace,
        name=package.name,
        version=version,
        qualifiers={"repository": package.repository} if name_repository else None,
    ).to_string()
