"""A ``packages`` document becomes entries: inputs by their field names, or what is wrong with one.

An entry is an object with the names of the inputs or of the API's members, or a package URL. What
the values mean isn't known here.
"""

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from codeartifact_status.formats.table import RULES
from codeartifact_status.inputs import values
from codeartifact_status.inputs.documents import read_document, short
from codeartifact_status.inputs.paths import read_file

RawEntry: TypeAlias = dict[str, Any] | ValueError
"""An entry's values by the fields that they are for, or why it is none."""

_NAMES = {
    "package": "package",
    "name": "package",
    "version": "versions",
    "versions": "versions",
    "version-revisions": "version_revisions",
    "namespace": "namespace",
    "format": "format",
    "repository": "repository",
    "expected-status": "expected_status",
    "target-status": "target_status",
}
"""What an entry may say, and the field that it stands for."""

NULL = "namespace"
"""The one key of an entry whose null means something: that there is no namespace."""


def read_packages(value: object) -> tuple[RawEntry, ...]:
    """The entries of the input ``packages``: a document, or ``@path`` to one.

    Release tools print objects with ``name`` and ``version`` and much else, so in these unknown
    keys are ignored; anywhere else they are refused, because a misspelled key would be ignored.

    Raises:
        ValueError: it can't be read, or is no list.
    """
    text = values.text(value)
    try:
        document = read_document(read_file(text[1:]) if text.startswith("@") else text)
        if not isinstance(document, list):
            raise ValueError("it is not a list of packages")  # noqa: TRY301 - a wrong text, not a wrong type
    except ValueError as error:
        if Path(text).suffix in {".json", ".yaml", ".yml"} and not text.startswith("@"):
            raise ValueError(f"{error}; to read a file, write @{text}") from None
        raise
    return tuple(map(_entry, document))


def _entry(entry: object) -> RawEntry:
    try:
        match entry:
            case str():
                return _of_package_url(entry)
            case Mapping():
                return _of_object(entry)
            case _:
                return ValueError("it is neither an object nor a package URL")
    except ValueError as error:
        return error


def _folded(key: str) -> str:
    """A key without case, hyphens and underscores: ``targetStatus`` is ``target-status``."""
    return re.sub("[-_]", "", key).lower()


_FIELDS = {_folded(name): field for name, field in _NAMES.items()}


def _of_object(entry: Mapping[str, Any]) -> dict[str, Any]:
    from_release_tool = "name" in entry and "version" in entry
    found: dict[str, Any] = {}
    for key, value in entry.items():
        field = _FIELDS.get(_folded(key))
        if field is None:
            if from_release_tool:
                continue
            near = difflib.get_close_matches(key, _NAMES, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ValueError(f"there is no key {short(key)}{hint}")
        if value == "" or (value is None and field != NULL):
            continue
        if field in found:
            raise ValueError(f"{short(key)} says again what another key says")
        # A single version is what it is; a list of versions may be written in many ways.
        found[field] = [value] if key == "version" and isinstance(value, str) else value
    return found


def _of_package_url(text: str) -> dict[str, Any]:
    # Loaded here because most steps have no use for it.
    from packageurl import PackageURL

    try:
        purl = PackageURL.from_string(text)
    except ValueError:
        raise ValueError(f"{short(text)} is not a package URL") from None
    formats = {rules.purl_type: format_ for format_, rules in RULES.items()}
    if purl.type not in formats:
        kind = short(purl.type)
        raise ValueError(f"{short(text)} is of type {kind}, which CodeArtifact doesn't have")
    unknown = set(purl.qualifiers) - {"repository"}
    if unknown or purl.subpath:
        raise ValueError(f"{short(text)}: the only qualifier that has a meaning here is repository")
    found = {
        "format": formats[purl.type].value,
        # None says that there is no namespace, whatever the step's is.
        "namespace": purl.namespace,
        "package": purl.name,
        "versions": [purl.version] if purl.version else None,
        "repository": purl.qualifiers.get("repository"),
    }
    return {name: value for name, value in found.items() if value is not None or name == NULL}
