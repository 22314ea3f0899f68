"""What the step asks for, by itself or by the entries of ``packages``, becomes requests. Pure.

Here is checked what only makes sense together: a package needs a format, a format may need a
namespace, revisions belong to versions. What is wrong is a problem by the name that the user
typed, and with any problem there are no requests.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from codeartifact_status.errors import Problem
from codeartifact_status.formats import names
from codeartifact_status.formats.patterns import NAME
from codeartifact_status.formats.table import RULES
from codeartifact_status.inputs import values
from codeartifact_status.model import Format, Package, Request, Selection, Status
from codeartifact_status.planning.selection import matcher, order_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for one package, each value by itself known to be right, or absent.

    ``where`` stands before the name of an input in a problem. ``broken`` are inputs that are wrong
    by themselves, so that nothing more is to be said of them.
    """

    where: str = ""
    broken: frozenset[str] = frozenset()
    domain: str = ""
    domain_owner: str | None = None
    repository: tuple[str, ...] = ()
    format: Format | None = None
    namespace: str | None = None
    package: str | None = None
    versions: tuple[str, ...] = ()
    version_revisions: Mapping[str, str]
    expected_status: Status | None = None
    target_status: Status | None = None
    selection: Selection
    allow_irreversible: bool = False

    def problem(self, name: str, text: str) -> Problem:
        """A problem with the input ``name``, a field's name."""
        return Problem(self.where + name.replace("_", "-"), text)


_ENTRY: dict[str, Callable[[object], Any]] = {
    "repository": values.repositories,
    "format": lambda value: Format(values.package_format(value)),
    "namespace": lambda value: None if value is None else values.text(value),
    "package": values.text,
    "versions": values.versions,
    "version_revisions": values.revisions,
    "expected_status": lambda value: Status(values.status(value)),
    "target_status": lambda value: Status(values.target_status(value)),
}
"""How each value of an entry is read: as the input of that name."""


def of_entry(
    step: Asked, number: int, entry: Mapping[str, Any] | ValueError
) -> tuple[Asked | None, list[Problem]]:
    """What an entry of ``packages`` asks for; what it leaves out comes from the ``step``."""
    if isinstance(entry, ValueError):
        return None, [Problem(f"packages, entry {number}", str(entry))]
    step = replace(step, where=f"packages, entry {number}: ")
    read: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in entry.items():
        try:
            read[name] = _ENTRY[name](value)
        except ValueError as error:
            problems.append(step.problem(name, str(error)))
    if problems:
        return None, problems
    format_ = read.get("format", step.format)
    scoped = format_ and names.split_name(format_, read.get("package", ""))[0] is not None
    if scoped or format_ is not step.format:
        # A scoped name has its own namespace, and a namespace makes sense in one format only.
        read.setdefault("namespace", None)
    if "version_revisions" in read:
        read.setdefault("versions", ())
    elif "versions" in read:
        read.setdefault("version_revisions", {})
    return replace(step, **read), []


def to_requests(all_asked: Sequence[Asked]) -> tuple[tuple[Request, ...], list[Problem]]:
    """The requests, one for each package in each repository, and the problems that forbid them."""
    problems = [problem for asked in all_asked for problem in _misfits(asked)]
    if problems or any(asked.broken for asked in all_asked):
        return (), problems
    requests = [(asked, request) for asked in all_asked for request in _requests(asked)]
    problems = list(_contradictions(requests))
    return ((), problems) if problems else (_merged(request for _, request in requests), [])


def _requests(asked: Asked) -> list[Request]:
    if not (asked.format and asked.package and asked.target_status):
        raise AssertionError("_misfits saw to it that they are there")
    scope, name = names.split_name(asked.format, asked.package)
    namespace = asked.namespace or scope
    pins = {
        names.normal_version(asked.format, version): pin
        for version, pin in asked.version_revisions.items()
    }
    versions = [names.normal_version(asked.format, version) for version in asked.versions]
    selects = asked.selection.matching or asked.selection.excluding
    return [
        Request(
            package=Package(
                domain=asked.domain,
                domain_owner=asked.domain_owner,
                repository=repository,
                format=asked.format,
                namespace=namespace and names.normal_namespace(asked.format, namespace),
                name=names.normal_name(asked.format, name),
            ),
            versions=tuple(dict.fromkeys(versions or pins)),
            target=asked.target_status,
            revisions=pins,
            expected_status=asked.expected_status,
            selection=asked.selection if selects else None,
        )
        for repository in asked.repository
    ]


def _merged(requests: Iterator[Request]) -> tuple[Request, ...]:
    """Requests for the same package and statuses become one.

    Versions of one package may well go to different statuses, as they do in an undo.
    """
    merged: dict[tuple[Package, Status, str | None], Request] = {}
    for request in requests:
        key = request.package, request.target, request.expected_status
        first = merged.setdefault(key, request)
        if first is not request:
            merged[key] = replace(
                first,
                versions=tuple(dict.fromkeys([*first.versions, *request.versions])),
                revisions={**first.revisions, **request.revisions},
            )
    return tuple(merged.values())


def _contradictions(requests: Sequence[tuple[Asked, Request]]) -> Iterator[Problem]:
    """Versions that are asked for twice, and not for the same."""
    seen: dict[tuple[Package, str], tuple[Asked, Request]] = {}
    packages: dict[Package, Asked] = {}
    for asked, request in requests:
        former_asked = packages.setdefault(request.package, asked)
        if former_asked is not asked and request.selection is not None:
            where = former_asked.where.removeprefix("packages, ").rstrip(": ")
            title = names.package_title(request.package)
            text = f"{title} stands in {where} too, and both select its versions"
            yield asked.problem("package", text)
            continue
        for version in request.versions:
            first_asked, first = seen.setdefault((request.package, version), (asked, request))
            if (first.target, first.expected_status, first.revisions.get(version)) != (
                request.target,
                request.expected_status,
                request.revisions.get(version),
            ):
                where = first_asked.where.removeprefix("packages, ").rstrip(": ")
                title = names.package_title(request.package)
                text = f"{version} of {title} stands in {where} otherwise"
                yield asked.problem("versions", text)


# --- What doesn't fit together. --------------------------------------------------------------

_NAME = "1 to 255 characters without #, / and white space"


def _misfits(asked: Asked) -> Iterator[Problem]:
    """What is missing or contradicts another value."""
    found = [*_missing(asked), *_misfit_revisions(asked)]
    if asked.format is not None and asked.package is not None:
        found += _misfit_name(asked.format, asked.package, asked.namespace)
    if asked.format is not None:
        found += _misfit_selection(asked.format, asked.selection)
    if asked.target_status in {Status.DISPOSED, Status.DELETED} and not asked.allow_irreversible:
        text = f"{asked.target_status} can't be undone: set allow-irreversible: true to go on"
        found.append(("target_status", text))
    return (asked.problem(name, text) for name, text in found if name not in asked.broken)


def _missing(asked: Asked) -> Iterator[tuple[str, str]]:
    required: list[tuple[str, object]] = [
        ("repository", asked.repository),
        ("format", asked.format),
        ("package", asked.package),
        ("target_status", asked.target_status),
    ]
    here = "it is required" if asked.where else "it is required, unless packages gives it"
    yield from ((name, here) for name, value in required if not value)
    named = asked.versions or asked.version_revisions or asked.selection.matching
    sources = {"version_revisions", "versions_matching", "version_from_tag"}
    if not named and not sources & asked.broken:
        text = "it is required, unless version-revisions or versions-matching stands for it"
        yield "versions", text


_SHOWN = 5
"""Versions that one problem names."""


def _misfit_revisions(asked: Asked) -> Iterator[tuple[str, str]]:
    versions, pinned = list(asked.versions), list(asked.version_revisions)
    if asked.format is not None:
        versions = [names.normal_version(asked.format, version) for version in versions]
        pinned = [names.normal_version(asked.format, version) for version in pinned]
    for version in pinned:
        if pinned.count(version) > 1:
            yield "version_revisions", f"version {values.shown(version)} stands twice in it"
            return
    if not versions or not pinned or set(versions) == set(pinned):
        return
    parts = []
    if missing := [version for version in versions if version not in set(pinned)]:
        parts.append(f"it lacks {', '.join(map(values.shown, missing[:_SHOWN]))}")
    if extra := [version for version in pinned if version not in set(versions)]:
        parts.append(f"it has {', '.join(map(values.shown, extra[:_SHOWN]))} beside")
    yield "version_revisions", f"its versions must be those of versions, and {', '.join(parts)}"


def _misfit_name(format_: Format, package: str, namespace: str | None) -> Iterator[tuple[str, str]]:
    rules = RULES[format_]
    scope, name = names.split_name(format_, package)
    if not rules.name.fullmatch(name):
        yield (
            "package",
            f"{values.shown(package)} is not a package name: {_NAME}{rules.name_hint}",
        )
    whole = namespace or scope
    if whole is None:
        if rules.namespace is not None and rules.namespace.is_required:
            yield "namespace", f"it is required for {format_}: the {rules.namespace.word}"
        return
    if rules.namespace is None:
        yield "namespace", f"{format_} packages have none"
        return
    normal = names.normal_namespace(format_, whole)
    if not NAME.fullmatch(normal):
        name = "namespace" if namespace else "package"
        yield name, f"{values.shown(whole)} is not a {rules.namespace.word}: {_NAME}"
    elif scope is not None and names.normal_namespace(format_, scope) != normal:
        yield "namespace", f"{values.shown(namespace)} contradicts package {values.shown(package)}"


def _misfit_selection(format_: Format, selection: Selection) -> Iterator[tuple[str, str]]:
    for name, expressions in (
        ("versions_matching", selection.matching),
        ("exclude_versions", selection.excluding),
    ):
        for expression in expressions:
            try:
                matcher(format_, expression)
            except ValueError as error:
                yield name, str(error)
    if selection.keep_latest:
        try:
            order_of(format_)
        except ValueError as error:
            yield "keep_latest", str(error)
