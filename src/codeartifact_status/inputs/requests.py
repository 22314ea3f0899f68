"""What the step asks for, by itself or by the entries of ``packages``, becomes requests.

Here is checked what only makes sense together: a package needs a format, a format may need a
namespace, revisions belong to versions. With any problem there are no requests. Touches nothing
outside.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from codeartifact_status.errors import Problem
from codeartifact_status.formats import names
from codeartifact_status.formats.expressions import matcher, order_of
from codeartifact_status.formats.patterns import NAME
from codeartifact_status.formats.table import RULES
from codeartifact_status.inputs import values
from codeartifact_status.inputs.entry import Entry
from codeartifact_status.inputs.fields import Inputs
from codeartifact_status.model import Package, Request, Selection, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for one package, complete: by the step, or by an entry together with it.

    ``number`` is the entry's, from 1; 0 is the step itself. ``has_versions`` says that an entry
    names its versions itself. ``broken`` are the step's inputs that are wrong by themselves, so
    that nothing more is to be said of them.
    """

    step: Inputs
    entry: Entry
    number: int = 0
    has_versions: bool = False
    broken: frozenset[str] = frozenset()
    from_yaml: bool = False
    """Whether the versions are those of a workflow's input, which has gone through YAML."""

    @property
    def selects(self) -> bool:
        """Whether versions are meant besides those that are named."""
        return bool(self.step.versions_matching) and not self.has_versions

    @property
    def selection(self) -> Selection | None:
        """What is meant besides the versions that are named, and what is left out of all."""
        excluding = self.step.exclude_versions
        if not self.selects:
            return Selection(excluding=excluding) if excluding else None
        return Selection(
            matching=self.step.versions_matching,
            excluding=excluding,
            keep_latest=self.step.keep_latest,
        )

    def problem(self, field: str, text: str, *, missing: bool = False) -> Problem:
        """A problem with a field of it."""
        entries = (self.number,) if self.number else ()
        return Problem(field, text, entries=entries, missing=missing)


def of_entry(step: Asked, number: int, entry: Entry) -> Asked:
    """What an entry of ``packages`` asks for; what it leaves out comes from the ``step``."""
    said = {name: getattr(entry, name) for name in entry.model_fields_set}
    format_ = said.get("format", step.entry.format)
    scoped = format_ and names.split_name(format_, said.get("package", ""))[0] is not None
    if scoped or (step.entry.format and format_ is not step.entry.format):
        # A scoped name has its own namespace, and a namespace makes sense in one format only.
        said.setdefault("namespace", None)
    if "version_revisions" in said:
        said.setdefault("versions", ())
    elif "versions" in said:
        said.setdefault("version_revisions", {})
    return replace(
        step,
        number=number,
        entry=step.entry.model_copy(update=said),
        has_versions="versions" in said,
        from_yaml=step.from_yaml and "versions" not in said,
    )


def to_requests(all_asked: Sequence[Asked]) -> tuple[tuple[Request, ...], list[Problem]]:
    """The requests, one for each package in each repository, and the problems that forbid them."""
    problems = [problem for asked in all_asked for problem in _misfits(asked)]
    if problems or any(asked.broken for asked in all_asked):
        return (), problems
    requests = [(asked, request) for asked in all_asked for request in _requests(asked)]
    problems = list(_contradictions(requests))
    return ((), problems) if problems else (_merged(request for _, request in requests), [])


def _requests(asked: Asked) -> list[Request]:
    entry, selection = asked.entry, asked.selection
    if not (entry.format and entry.package and entry.target_status):
        raise AssertionError("_misfits saw to it that they are there")
    scope, name = names.split_name(entry.format, entry.package)
    namespace = entry.namespace or scope
    pins = {
        names.normal_version(entry.format, version): pin
        for version, pin in entry.version_revisions.items()
    }
    versions = [names.normal_version(entry.format, version) for version in entry.versions]
    spellings = {
        normal: (version,)
        for version in (*entry.versions, *entry.version_revisions)
        if (normal := names.normal_version(entry.format, version)) != version
    }
    return [
        Request(
            package=Package(
                domain=asked.step.domain or "",
                domain_owner=asked.step.domain_owner,
                repository=repository,
                format=entry.format,
                namespace=namespace and names.normal_namespace(entry.format, namespace),
                name=names.normal_name(entry.format, name),
            ),
            versions=tuple(dict.fromkeys(versions or pins)),
            target=entry.target_status,
            revisions=pins,
            expected_status=entry.expected_status,
            selection=selection,
            spellings=spellings,
            entries=dict.fromkeys(versions or pins, asked.number) if asked.number else {},
            number=_yaml_number(versions) if asked.from_yaml else None,
        )
        for repository in entry.repository
    ]


_NUMBER = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")
"""A number as the runner writes it: without zeros that it could have lost."""


def _yaml_number(versions: Sequence[str]) -> str | None:
    """The only version, if YAML may have taken it for a number: several are a text to YAML."""
    match versions:
        case [version] if _NUMBER.fullmatch(version):
            return version
        case _:
            return None


def _merged(requests: Iterable[Request]) -> tuple[Request, ...]:
    """Requests for the same package and statuses become one.

    Versions of one package may well go to different statuses, as they do in an undo.
    """
    groups: dict[tuple[Package, Status, str | None], list[Request]] = {}
    for request in requests:
        key = request.package, request.target, request.expected_status
        groups.setdefault(key, []).append(request)
    return tuple(
        replace(
            group[0],
            versions=tuple(dict.fromkeys(v for request in group for v in request.versions)),
            revisions={v: pin for request in group for v, pin in request.revisions.items()},
            spellings={v: s for request in group for v, s in request.spellings.items()},
            entries={v: n for request in reversed(group) for v, n in request.entries.items()},
            number=next((request.number for request in group if request.number), None),
        )
        for group in groups.values()
    )


def _contradictions(requests: Sequence[tuple[Asked, Request]]) -> Iterator[Problem]:
    """Versions that are asked for twice, and not for the same."""
    seen: dict[tuple[Package, str], tuple[Asked, Request]] = {}
    packages: dict[Package, Asked] = {}
    for asked, request in requests:
        former = packages.setdefault(request.package, asked)
        if former is not asked and (asked.selects or former.selects):
            title = names.package_title(request.package)
            text = (
                f"{title} is also in entry {former.number}; with versions-matching, a package may "
                "only be listed once"
            )
            yield asked.problem("package", text)
            continue
        for version in request.versions:
            first_asked, first = seen.setdefault((request.package, version), (asked, request))
            if (first.target, first.expected_status, first.revisions.get(version)) != (
                request.target,
                request.expected_status,
                request.revisions.get(version),
            ):
                title = names.package_title(request.package)
                text = (
                    f"{version} of {title} is also in entry {first_asked.number}, with another "
                    "status or revision"
                )
                yield asked.problem("versions", text)


# --- What doesn't fit together. --------------------------------------------------------------

_NAME = "1 to 255 characters without #, / and white space"


def _misfits(asked: Asked) -> Iterator[Problem]:
    """What is missing or contradicts another value, as far as both are not broken anyway."""
    found = (
        *_missing(asked),
        *_misfit_revisions(asked),
        *_misfit_name(asked),
        *_misfit_selection(asked),
        *_irreversible(asked),
    )
    return (problem for problem in found if problem.field not in asked.broken)


def _irreversible(asked: Asked) -> Iterator[Problem]:
    target = asked.entry.target_status
    if target in {Status.DISPOSED, Status.DELETED} and not asked.step.allow_irreversible:
        text = f"{target} can't be undone; to allow it, set allow-irreversible: true"
        yield asked.problem("target_status", text)


_HOLDS_A_VERSION = re.compile(r"==|,|(?<!^)@")
"""In what was taken for a name: ``name==1.0``, ``name,1.0``, ``name@1.0`` as ``package``."""


def _missing(asked: Asked) -> Iterator[Problem]:
    entry = asked.entry
    here = "it is required" if asked.number else "it is required, unless packages gives it"
    for name in ("repository", "format", "package", "target_status"):
        if not getattr(entry, name):
            yield asked.problem(name, here, missing=True)
    named = entry.versions or entry.version_revisions or asked.selects
    sources = {"version_revisions", "versions_matching", "version_from_tag"}
    if not named and not sources & asked.broken:
        text = "it is required, unless version-revisions or versions-matching is given"
        if _HOLDS_A_VERSION.search(entry.package or ""):
            text += f"; {values.shown(entry.package)} was read as a name: write name@version"
        yield asked.problem("versions", text, missing=True)


_SHOWN = 5
"""Versions that one problem names."""


def _misfit_revisions(asked: Asked) -> Iterator[Problem]:
    versions, pinned = list(asked.entry.versions), list(asked.entry.version_revisions)
    format_ = asked.entry.format
    if format_ is not None:
        versions = [names.normal_version(format_, version) for version in versions]
        pinned = [names.normal_version(format_, version) for version in pinned]
    distinct = set(pinned)
    if len(distinct) < len(pinned):
        twice, _ = Counter(pinned).most_common(1)[0]
        text = f"version {values.shown(twice)} is given twice"
        yield asked.problem("version_revisions", text)
        return
    if not versions or not pinned or set(versions) == distinct:
        return
    parts = []
    if lacking := [version for version in versions if version not in distinct]:
        parts.append(f"missing: {', '.join(map(values.shown, lacking[:_SHOWN]))}")
    wanted = set(versions)
    if extra := [version for version in pinned if version not in wanted]:
        parts.append(f"unexpected: {', '.join(map(values.shown, extra[:_SHOWN]))}")
    text = f"must name the same versions as versions ({'; '.join(parts)})"
    yield asked.problem("version_revisions", text)


def _misfit_name(asked: Asked) -> Iterator[Problem]:
    format_, package, namespace = asked.entry.format, asked.entry.package, asked.entry.namespace
    if format_ is None or package is None:
        return
    rules = RULES[format_]
    scope, name = names.split_name(format_, package)
    if re.search(r"[*?]", package):
        text = f"must be one name, not a pattern (got {values.shown(package)})"
        yield asked.problem("package", text)
    elif not rules.name.fullmatch(name):
        text = f"{values.shown(package)} is not a package name: {_NAME}{rules.name_hint}"
        yield asked.problem("package", text)
    whole = namespace or scope
    if whole is None:
        if rules.namespace is not None and rules.namespace.is_required:
            text = f"it is required for {format_}: the {rules.namespace.word}"
            yield asked.problem("namespace", text, missing=True)
        return
    if rules.namespace is None:
        yield asked.problem("namespace", f"{format_} packages have no namespace; remove it")
        return
    normal = names.normal_namespace(format_, whole)
    if not NAME.fullmatch(normal):
        text = f"{values.shown(whole)} is not a {rules.namespace.word}: {_NAME}"
        yield asked.problem("namespace" if namespace else "package", text)
    elif scope is not None and names.normal_namespace(format_, scope) != normal:
        text = f"{values.shown(namespace)} contradicts package {values.shown(package)}"
        yield asked.problem("namespace", text)


def _misfit_selection(asked: Asked) -> Iterator[Problem]:
    format_, selection = asked.entry.format, asked.selection
    if format_ is None or selection is None:
        return
    for name, expressions in (
        ("versions_matching", selection.matching),
        ("exclude_versions", selection.excluding),
    ):
        for expression in expressions:
            try:
                matcher(format_, expression)
            except ValueError as error:
                yield asked.problem(name, str(error))
    if selection.keep_latest:
        try:
            order_of(format_)
        except ValueError as error:
            yield asked.problem("keep_latest", str(error))
