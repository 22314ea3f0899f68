"""An entry of ``packages`` that is an object: which of its keys mean what, and which mean nothing.

Keys are those of the inputs, of the API, and of release tools. A key that isn't known is refused:
it may be a misspelled one that narrows the change. But objects that a release tool printed hold
much else, so there a key is passed over if it is nothing like a known one. Pure.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from codeartifact_status.formats import names
from codeartifact_status.inputs import values
from codeartifact_status.inputs.documents import short
from codeartifact_status.inputs.packages.coordinates import NULL, of_package_url
from codeartifact_status.inputs.packages.raw_entry import RawEntry
from codeartifact_status.model import Format

_OF_TOOLS = {
    "name": "package",
    "packageName": "package",  # lerna publish --summary-file
    "package_name": "package",  # release-plz
    "artifactId": "package",
    "version": "versions",
    "newVersion": "versions",  # changeset status, nx release
    "group": "namespace",  # CycloneDX
    "groupId": "namespace",
    "purl": "purl",  # CycloneDX
}
"""What release tools call things, and the field that each stands for."""

_OURS = {
    "package": "package",
    "versions": "versions",
    "version-revisions": "version_revisions",
    "revision": "revision",
    "namespace": "namespace",
    "format": "format",
    "repository": "repository",
    "expected-status": "expected_status",
    "target-status": "target_status",
}
"""What only an entry that was written for this action says; the API's names differ in case."""

_REFUSED = {
    "scope": "namespace",
    "repo": "repository",
    "registry": "repository",
    "status": "expected-status or target-status",
    "domain": "the step's own input domain",
    "domain-owner": "the step's own input domain-owner",
}
"""What narrows a change elsewhere, and what was probably meant."""

_CONDITIONS = frozenset({"versions", "revision", "version_revisions", "expected_status"})
"""Fields that narrow a change: an expression that came to nothing doesn't widen it."""

_TELLING = frozenset({"private", "type"})
"""Keys that may say that a release tool did not publish a package."""

_HARMLESS = _TELLING | {"oldversion", "packaging", "packagemanager"}
"""Keys that release tools print and that are like a known one by their letters alone."""


def _folded(key: str) -> str:
    """A key without case, hyphens and underscores: ``targetStatus`` is ``target-status``."""
    return re.sub("[-_]", "", key).lower()


_FIELDS = {_folded(name): field for name, field in (_OF_TOOLS | _OURS).items()}
_FOLDED_OURS = frozenset(map(_folded, _OURS))
_FOLDED_REFUSED = {_folded(name): meant for name, meant in _REFUSED.items()}
_ONE_VERSION = frozenset({"version", "newversion"})
_NARROWING = {
    *("status", "scope", "repo", "repository", "registry", "target", "expected", "revision"),
    *("revisions", "format", "namespace", "domain", "exclude", "ignore", "matching", "keep"),
    *("age", "older", "max", "dry", "allow", "from", "to"),
}
"""Words that make a key like a known one, whatever stands beside them."""


def is_object(mapping: Mapping[str, Any]) -> bool:
    """Whether a mapping is one entry, and not entries by their names."""
    return any(_folded(key) in _FIELDS for key in mapping)


def of_object(entry: Mapping[str, Any]) -> RawEntry:
    """What an object says."""
    if reason := _reason_to_skip(entry):
        package = next((entry[key] for key in entry if _FIELDS.get(_folded(key)) == "package"), "")
        return RawEntry(values={"package": package}, skipped=reason)
    found: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []
    passed: list[str] = []
    is_printed = _is_printed(entry)
    for key, value in entry.items():
        name = _folded(key)
        field = _FIELDS.get(name)
        if field is None:
            if name == "tag" and is_printed and _ends_in_version(value, entry):
                passed.append(key)
            elif text := wrong_key(key, is_printed=is_printed):
                wrong.append(("packages", text))
            elif name not in _TELLING:
                passed.append(key)
            continue
        if value == "" and field in _CONDITIONS:
            wrong.append((field, f"it is empty; leave {short(key)} out, or guard the step"))
            continue
        if value == "" or (value is None and field != NULL):
            continue
        # A single version is what it is; a list of versions may be written in many ways.
        said = [value] if name in _ONE_VERSION and isinstance(value, str) else value
        if found.setdefault(field, said) != said:
            wrong.append(
                ("packages", f"{short(key)} contradicts another key with the same meaning")
            )
    raw = _pinned(_with_purl(RawEntry(values=found)))
    return replace(raw, wrong=(*wrong, *raw.wrong), keys=tuple(passed))


def _reason_to_skip(entry: Mapping[str, Any]) -> str | None:
    """Why a release tool printed a package that it did not publish."""
    if str(entry.get("private")).lower() == "true":
        return "it is private"
    if "newVersion" in entry and entry["newVersion"] is None:
        return "it has no new version"
    if entry.get("type") == "none":
        return "its release is of type none"
    return None


def _is_printed(entry: Mapping[str, Any]) -> bool:
    """Whether a release tool printed an object, and nobody wrote it for this action.

    It names a package and its version in the words of tools, and nothing in ours.
    """
    keys = set(map(_folded, entry))
    fields = {_FIELDS.get(key) for key in keys}
    return not keys & _FOLDED_OURS and ("purl" in fields or {"package", "versions"} <= fields)


def _ends_in_version(tag: object, entry: Mapping[str, Any]) -> bool:
    versions = [value for key, value in entry.items() if _folded(key) in _ONE_VERSION]
    return any(isinstance(v, str) and v and str(tag).endswith(v) for v in versions)


@lru_cache(maxsize=1000)
def wrong_key(key: str, *, is_printed: bool) -> str | None:
    """What is wrong with an unknown key; None for one that may be passed over."""
    name = _folded(key)
    if meant := _FOLDED_REFUSED.get(name):
        return f"there is no key {short(key)}; use {meant}"
    if name == "tag" and is_printed:
        return 'there is no key "tag"; it is ignored only if it ends in the entry\'s version'
    if is_printed and not _is_like_a_known_one(key):
        return None
    beginnings = [known for known in _OURS if _folded(known).startswith(name)]
    refused = _refused_like(name)
    near = beginnings or ([_FOLDED_REFUSED[refused]] if refused else [])
    near = near or difflib.get_close_matches(key, [*_OF_TOOLS, *_OURS], n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"there is no key {short(key)}{hint}"


def _refused_like(name: str) -> str | None:
    """The refused key that a name is a slip of the finger for."""
    return next(iter(difflib.get_close_matches(name, _FOLDED_REFUSED, n=1, cutoff=0.85)), None)


_LEAST = 3
"""Letters from which on the beginning of a name is like the name."""


def _is_like_a_known_one(key: str) -> bool:
    name = _folded(key)
    if name in _FIELDS:
        return True
    if name in _HARMLESS:
        return False
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", key)
    return (
        not _NARROWING.isdisjoint(word.lower() for word in words)
        or (len(name) >= _LEAST and any(known.startswith(name) for known in _FIELDS))
        or bool(difflib.get_close_matches(name, _FIELDS, n=1, cutoff=0.75))
        or _refused_like(name) is not None
    )


# --- Keys that say what others say, too. ------------------------------------------------------


def _with_purl(raw: RawEntry) -> RawEntry:
    """The entry with what its package URL says instead of the URL."""
    rest = {name: value for name, value in raw.values.items() if name != "purl"}
    if "purl" not in raw.values:
        return raw
    try:
        purl = of_package_url(values.text(raw.values["purl"]))
    except ValueError as error:
        return RawEntry(values=rest, wrong=(("purl", str(error)),))
    try:
        contradicted = tuple(_contradicted(rest, purl.values))
    except ValueError:
        contradicted = ()  # a value that is wrong by itself, as will be told
    return RawEntry(
        values={**rest, **purl.values},
        wrong=tuple(("purl", f"it contradicts {name}") for name in contradicted),
        qualifiers=purl.qualifiers,
    )


def _contradicted(said: Mapping[str, Any], by_purl: Mapping[str, Any]) -> Iterator[str]:
    """The inputs that an entry gives otherwise than its package URL."""
    if "format" in said and values.word(said["format"]) != by_purl["format"]:
        yield "format"
        return
    format_ = Format(by_purl["format"])
    scope, name = names.split_name(format_, values.text(said.get("package", by_purl["package"])))
    if names.normal_name(format_, name) != names.normal_name(format_, by_purl["package"]):
        yield "package"
    of_purl = names.normal_namespace(format_, by_purl["namespace"] or "")
    for namespace in (said.get("namespace"), scope):
        if namespace and names.normal_namespace(format_, values.text(namespace)) != of_purl:
            yield "namespace"
            break
    for field, parse in (("versions", values.versions), ("repository", values.repositories)):
        if field in said and field in by_purl:
            both = [
                {names.normal_version(format_, word) for word in parse(text)}
                if field == "versions"
                else set(parse(text))
                for text in (said[field], by_purl[field])
            ]
            if both[0] != both[1]:
                yield field


def _pinned(raw: RawEntry) -> RawEntry:
    """The entry with the revision that it says as the revision of its one version."""
    rest = {name: value for name, value in raw.values.items() if name != "revision"}
    if "revision" not in raw.values:
        return raw
    try:
        versions = values.versions(rest.get("versions", []))
    except ValueError:
        versions = ()
    if len(versions) == 1 and "version_revisions" not in rest:
        rest["version_revisions"] = {versions[0]: raw.values["revision"]}
        return replace(raw, values=rest)
    text = "needs exactly one version in the same entry"
    return replace(raw, values=rest, wrong=(*raw.wrong, ("revision", text)))
