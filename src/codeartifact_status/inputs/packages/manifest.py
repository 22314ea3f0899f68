"""A ``packages`` document becomes entries: what tools wrap around a list comes off.

An entry is told from a wrapper here; what it says is the matter of ``objects`` and ``coordinates``,
and what a former run of this action says that of ``results``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from codeartifact_status.errors import Problem
from codeartifact_status.inputs import values
from codeartifact_status.inputs.documents import bare, read_document, short
from codeartifact_status.inputs.packages import results
from codeartifact_status.inputs.packages.coordinates import of_text
from codeartifact_status.inputs.packages.objects import is_object, of_object, wrong_key
from codeartifact_status.inputs.packages.raw_entry import RawEntry
from codeartifact_status.inputs.paths import is_file, read_file

_WRAPPERS = (
    "publishedPackages",  # pnpm publish --report-summary
    "releases",  # changeset status --output, release-plz release
    "projectsVersionData",  # nx, what releaseVersion() returns
)

LIST = '- "@acme/core@1.2.3"'
"""How a list looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The entries of ``packages``, and what is to be said of them: in the log, and as warnings."""

    entries: tuple[RawEntry, ...]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    path: str | None = None
    """The file that they were read from."""
    meant: str | None = None
    """The input, where it is the name of a file and was taken for that of a package."""

    @property
    def names_all_versions(self) -> bool:
        """Whether every entry says its versions, so that those of the step are for none."""
        return bool(self.entries) and all(entry.has_versions for entry in self.entries)

    def titled(self, problems: Iterable[Problem]) -> Iterator[Problem]:
        """The problems, each in a single entry with what that entry says, unless it is told."""
        titles = {entry.number: entry.title for entry in self.entries}
        for problem in problems:
            numbers = problem.entries
            title = titles.get(numbers[0]) if len(numbers) == 1 else None
            if title is not None and short(title) not in problem.text:
                yield replace(problem, entry=bare(title))
            else:
                yield problem


def read_packages(value: object) -> Manifest:
    """The entries of the input ``packages``: a document, or ``@path`` to one.

    Raises:
        ValueError: it can't be read, or holds no list of packages.
    """
    text = values.text(value)
    if text.startswith("@") and len(text.splitlines()) == 1:
        return replace(_read(read_document(_content(text[1:]))), path=text[1:])
    is_name = len(text.split()) == 1 and (text.endswith(_SUFFIXES) or is_file(text))
    return replace(_read(read_document(text)), meant=text if is_name else None)


_SUFFIXES = (".json", ".jsonl", ".yaml", ".yml", ".txt")
"""How the name of a file with a list ends."""

_MAYBE_NAME = re.compile(r"[^/.\s][^/\s]*(/[^/\s]+)?")
"""What may be the rest of a package's name after its ``@``, and perhaps of a version."""


def _content(path: str) -> str:
    try:
        content = read_file(path)
    except ValueError as error:
        hint = f"; for a package of that name, give a list: - {short(f'@{path}')}"
        is_name = _MAYBE_NAME.fullmatch(path) and not path.endswith(_SUFFIXES)
        raise ValueError(f"{error}{hint if is_name else ''}") from None
    if not content.strip():
        raise ValueError(f"{short(path)} is empty; a list of no packages is []")
    return content


def _read(document: object) -> Manifest:
    if results.is_result(document):
        return _of_result(document)
    entries, beside = _unwrapped(document)
    raw = [replace(_entry(entry), number=number) for number, entry in enumerate(entries, start=1)]
    return Manifest(
        entries=tuple(entry for entry in raw if entry.skipped is None),
        notes=tuple(_notes(raw, beside)),
    )


# --- What stands around a list. --------------------------------------------------------------


def _unwrapped(document: object) -> tuple[list[object], list[str]]:
    """The entries, and the keys that stand beside them and mean nothing."""
    match document:
        case list():
            return [entry for element in document for entry in _named(element)], []
        case dict() if found := [name for name in _WRAPPERS if _is_wrapper(document, name)]:
            if len(found) > 1:
                raise ValueError(
                    f"it has lists under {' and '.join(map(short, found))}; give just one list"
                )
            rest = [key for key in document if key != found[0]]
            if wrong := [text for key in rest if (text := wrong_key(key, is_printed=True))]:
                raise ValueError(f"beside {short(found[0])}, {'; '.join(wrong)}")
            entries, _ = _unwrapped(document[found[0]] or [])
            return entries, rest
        case dict() if (key := _unknown_wrapper(document)) is not None:
            raise ValueError(f"the list is under {short(key)}; give just that list")
        case dict() if is_object(document) or _is_by_name(document):
            return list(_named(document)), []
        case None:
            raise ValueError("it holds nothing; a list of no packages is []")
        case _:
            raise ValueError(f"must be a list of packages, such as {LIST}")


def _is_wrapper(document: Mapping[str, Any], name: str) -> bool:
    return isinstance(document.get(name), list | dict)


def _unknown_wrapper(document: Mapping[str, Any]) -> str | None:
    """The key of a list of entries that are all named otherwise than by it."""
    if is_object(document):
        return None
    for key, value in document.items():
        if value and isinstance(value, list) and all(_is_named_else(one, key) for one in value):
            return key
    return None


def _is_named_else(entry: object, name: str) -> bool:
    return isinstance(entry, dict) and entry.get("name", name) != name


def _is_by_name(document: Mapping[str, Any]) -> bool:
    """Whether a mapping holds entries or versions by the names of their packages."""
    return bool(document) and all(
        value is None or isinstance(value, str | dict | list) for value in document.values()
    )


def _named(element: object) -> Iterator[object]:
    """An element of a list, or the entries that it holds by their names."""
    if not isinstance(element, dict) or is_object(element) or not _is_by_name(element):
        yield element
        return
    for name, value in element.items():
        for entry in value if isinstance(value, list) else [value]:
            match entry:
                case dict() if "name" in entry and entry["name"] != name:
                    yield ValueError(
                        f"the entry under {short(name)} is named {short(str(entry['name']))}"
                    )
                case dict():
                    yield {"name": name, **entry}
                case str() | None:
                    yield {"name": name, "newVersion": entry}
                case _:
                    yield entry


# --- Entries. --------------------------------------------------------------------------------


def _entry(entry: object) -> RawEntry:
    text = entry if isinstance(entry, str) else None
    try:
        match entry:
            case str():
                return replace(of_text(entry), text=text)
            case dict():
                return of_object(entry)
            case ValueError():
                return RawEntry.refused(str(entry))
            case _:
                return RawEntry.refused("must be an object or a text")
    except ValueError as error:
        return replace(RawEntry.refused(str(error)), text=text)


def _of_result(document: Mapping[str, Any]) -> Manifest:
    entries, failed = results.entries_of(document)
    count = "1 version" if failed == 1 else f"{failed} versions"
    text = f"packages: {count} failed in the run of this result; this step leaves them alone."
    return Manifest(entries=tuple(entries), warnings=(text,) if failed else ())


# --- What is said of them. -------------------------------------------------------------------

_SHOWN = 20
"""Names that one line of the log holds."""


def _notes(entries: Iterable[RawEntry], beside: Iterable[str]) -> Iterator[str]:
    keys, qualifiers = dict.fromkeys(beside), dict[str, None]()
    skipped: dict[str, list[str]] = {}
    for entry in entries:
        keys |= dict.fromkeys(entry.keys)
        qualifiers |= dict.fromkeys(entry.qualifiers)
        if entry.skipped is not None:
            skipped.setdefault(entry.skipped, []).append(str(entry.values["package"]))
    if keys:
        yield f"packages: ignored these keys: {_listed(keys)}"
    if qualifiers:
        yield f"packages: ignored these qualifiers of package URLs: {_listed(qualifiers)}"
    for reason, names in skipped.items():
        count = "1 entry" if len(names) == 1 else f"{len(names)} entries"
        yield f"packages: skipped, because {reason}: {count}, {_listed(names)}"


def _listed(names: Iterable[str]) -> str:
    shown = list(map(short, names))
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return ", ".join(shown[:_SHOWN]) + more
