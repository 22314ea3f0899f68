"""Structured text from outside becomes plain data.

Pure. Scalars are text whatever they look like, so that version ``1.10`` doesn't become 1.1. A key
that stands twice is refused rather than silently dropped.
"""

import difflib
import json
import re
from collections.abc import Mapping
from typing import Any

from codeartifact_status.escaping import visible
from codeartifact_status.formats.table import RULES


def read_json(text: str) -> Any:
    """JSON with numbers kept as they are written.

    Raises:
        ValueError: it isn't JSON, or a key stands twice; the text says what and where.
    """
    try:
        return json.loads(
            text,
            parse_float=str,
            parse_int=str,
            parse_constant=str,
            object_pairs_hook=_without_duplicates,
        )
    except json.JSONDecodeError as error:
        raise ValueError(
            f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def read_yaml(text: str) -> Any:
    """YAML with every scalar as text; JSON is YAML too.

    Aliases are refused: nothing here needs them, and a few lines of them can fill all memory.

    Raises:
        ValueError: it isn't YAML, or a key stands twice; the text says what and where.
    """
    # Loaded here because most steps have no use for it.
    import yaml  # noqa: PLC0415

    class TextLoader(yaml.SafeLoader):
        """A safe loader that resolves no scalar to anything but text."""

        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own attribute

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                line = self.line + 1
                raise ValueError(f"an alias at line {line}: write the value out")
            return super().compose_node(parent, index)

    def construct(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
        return _without_duplicates(
            [
                (loader.construct_object(key, deep=True), loader.construct_object(value, deep=True))
                for key, value in node.value
            ]
        )

    def refuse(_: yaml.SafeLoader, node: yaml.Node) -> None:
        line = node.start_mark.line + 1
        raise ValueError(
            f"the tag {node.tag} at line {line}: values are text here, or lists, or maps"
        )

    # Nothing but text, lists and maps: a tag would make something else of a version.
    TextLoader.yaml_constructors = {
        f"tag:yaml.org,2002:{kind}": TextLoader.yaml_constructors[f"tag:yaml.org,2002:{kind}"]
        for kind in ("str", "seq")
    }
    TextLoader.add_constructor("tag:yaml.org,2002:map", construct)
    TextLoader.add_constructor(None, refuse)
    try:
        return yaml.load(text, Loader=TextLoader)  # noqa: S506 - it is a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ValueError(f"not YAML: {error.problem or error.context}{where}") from None
    except yaml.YAMLError as error:
        raise ValueError(f"not YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _without_duplicates(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    mapping: dict[Any, Any] = {}
    for key, value in pairs:
        if not isinstance(key, str):
            raise ValueError(f"a key must be text, not {type(key).__name__}")  # noqa: TRY004 - a wrong text, not a wrong type
        if key in mapping:
            raise ValueError(f"{short(key)} stands twice")
        mapping[key] = value
    return mapping


NULL = "namespace"
"""The one key of an entry whose null means something: that there is no namespace."""

ENTRY_KEYS = {
    "package": "package",
    "name": "package",
    "version": "versions",
    "versions": "versions",
    "versionrevisions": "version_revisions",
    "namespace": "namespace",
    "format": "format",
    "repository": "repository",
    "expectedstatus": "expected_status",
    "targetstatus": "target_status",
}
"""What an entry may say, by its key without case and hyphens, and the input that it stands for."""


def read_packages(text: str) -> list[dict[str, Any] | ValueError]:
    """The entries of a ``packages`` document: inputs by their field names, or what is wrong.

    An entry is an object with the names of the inputs or of the API's members, or a package URL.
    Release tools print objects with ``name`` and ``version`` and much else, so in these unknown
    keys are ignored; anywhere else they are refused, because a misspelled key would be ignored.

    Raises:
        ValueError: it is no such document.
    """
    document = _read_document(text)
    if not isinstance(document, list):
        raise ValueError("it is not a list of packages")  # noqa: TRY004 - a wrong text, not a wrong type
    entries: list[dict[str, Any] | ValueError] = []
    for entry in document:
        try:
            entries.append(_read_entry(entry))
        except ValueError as error:
            entries.append(error)
    return entries


def _read_document(text: str) -> Any:
    """JSON if it is that, because it is read faster and knows its escapes; else YAML."""
    if text.lstrip().startswith(("[", "{")):
        try:
            return read_json(text)
        except ValueError as error:
            if not str(error).startswith("not JSON"):
                raise
    return read_yaml(text)


def short(text: str) -> str:
    """``text`` in quotes, on one line, short enough to be read."""
    shown = visible(text)
    return f'"{shown[:60]}…"' if len(shown) > 60 else f'"{shown}"'  # noqa: PLR2004 - a line's worth


def _read_entry(entry: Any) -> dict[str, Any]:
    if isinstance(entry, str):
        return _read_package_url(entry)
    if not isinstance(entry, Mapping):
        raise ValueError("it is neither an object nor a package URL")  # noqa: TRY004 - likewise
    from_release_tool = "name" in entry and "version" in entry
    found: dict[str, Any] = {}
    for key, value in entry.items():
        field = ENTRY_KEYS.get(re.sub("[-_]", "", key).lower())
        if field is None:
            if from_release_tool:
                continue
            near = difflib.get_close_matches(key, _ENTRY_NAMES, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ValueError(f"there is no key {short(key)}{hint}")
        if value == "" or (value is None and field != NULL):
            continue
        if field in found:
            raise ValueError(f"{short(key)} says again what another key says")
        # A single version is what it is; a list of versions may be written in many ways.
        found[field] = [value] if key == "version" and isinstance(value, str) else value
    return found


_ENTRY_NAMES = (
    "package",
    "name",
    "version",
    "versions",
    "version-revisions",
    "namespace",
    "format",
    "repository",
    "expected-status",
    "target-status",
)


def _read_package_url(text: str) -> dict[str, Any]:
    # Loaded here because most steps have no use for it.
    from packageurl import PackageURL  # noqa: PLC0415

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
