"""A package in one text: a package URL, ``name@version``, ``group:artifact:version``, a bare name.

What a text leaves out, its format among it, comes from the step. Pure.
"""

import difflib
import re

from codeartifact_status.formats.table import format_of
from codeartifact_status.inputs.documents import short
from codeartifact_status.inputs.packages.raw_entry import RawEntry

NULL = "namespace"
"""The one value whose absence means something: that there is no namespace."""

_NAME_AT_VERSION = re.compile(r"(@?[^@:\s]+)(?:@([^@:\s]+))?")
_GROUP_ARTIFACT_VERSION = re.compile(r"([^@:\s]+:[^@:\s]+)(?::([^@:\s]+))?")


def of_text(text: str) -> RawEntry:
    """The package that a text names.

    Raises:
        ValueError: it names none.
    """
    if text[:4].lower() == "pkg:":
        return of_package_url(text)
    found = _NAME_AT_VERSION.fullmatch(text) or _GROUP_ARTIFACT_VERSION.fullmatch(text)
    if found is None:
        raise ValueError(
            f"{short(text)} is not a package: write name@version, group:artifact:version or pkg:…"
        )
    package, version = found.groups()
    return RawEntry(values={"package": package} | ({"versions": [version]} if version else {}))


def of_package_url(text: str) -> RawEntry:
    """The package that a package URL names, its format with it.

    Its qualifiers but for ``repository``, and its subpath, mean nothing here.

    Raises:
        ValueError: it is none, or of a type that CodeArtifact doesn't have.
    """
    # Loaded here because most steps have no use for it.
    from packageurl import PackageURL

    try:
        purl = PackageURL.from_string(text)
    except ValueError:
        raise ValueError(f"{short(text)} is not a package URL") from None
    if re.search(r"@(?=[?#]|$)", text):
        raise ValueError(f"{short(text)} has an empty version")
    if (format_ := format_of(purl.type)) is None:
        kind = short(purl.type)
        raise ValueError(f"{short(text)} has the type {kind}, which CodeArtifact doesn't support")
    qualifiers = dict(purl.qualifiers)
    repository = qualifiers.pop("repository", None)
    for name in filter(_is_misspelled, qualifiers):
        raise ValueError(
            f"{short(text)}: unknown qualifier {short(name)}; did you mean repository?"
        )
    found = {
        "format": format_.value,
        # None says that there is no namespace, whatever the step's is.
        "namespace": purl.namespace,
        "package": purl.name,
        "versions": [purl.version] if purl.version else None,
        "repository": repository,
    }
    return RawEntry(
        values={name: value for name, value in found.items() if value is not None or name == NULL},
        qualifiers=(*qualifiers, *(["subpath"] if purl.subpath else [])),
    )


def _is_misspelled(qualifier: str) -> bool:
    """Whether the one qualifier that counts was meant."""
    if qualifier in {"repository_url", "repository_id"}:
        return False  # registered ones, for other uses
    near = difflib.get_close_matches(qualifier, ["repository"], cutoff=0.8)
    return bool(near) or qualifier in {"repo", "registry"}
