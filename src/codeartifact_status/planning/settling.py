"""What a request means of the packages that it found, once it is known what is in them. Pure.

- A package that matches a glob is left alone where it lacks one of the versions asked for, or where
  nothing in it matches the patterns of versions; unless the step names it as well.
- A version that no package has is missing once, and no package lacks it.
- In any repository, a package has what any of its copies has, and each copy is asked for what it
  has itself.
- What nothing was found for stays a request as it was, which the plan fails.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from codeartifact_status.model import Denied, Package, Reading, Request
from codeartifact_status.planning.finding import Holdings, Name, name_of
from codeartifact_status.planning.merging import merged
from codeartifact_status.planning.missing import in_vain
from codeartifact_status.planning.selection import excluded_by, matched_by
from codeartifact_status.planning.spellings import Spellings


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The requests for what is there, and all that was read to know it.

    ``candidates`` are the packages that were found, by what was asked for. ``lacking`` are those of
    them that are left alone, once for all copies.
    """

    requests: tuple[Request, ...]
    readings: Mapping[Package, Reading]
    holdings: Holdings = field(default_factory=Holdings)
    candidates: Mapping[Package, tuple[Package, ...]] = field(default_factory=dict)
    lacking: tuple[Package, ...] = ()

    def missing(self) -> Iterator[Package]:
        """What was asked for and isn't there: the package, once for each of its versions."""
        for request in self.requests:
            reading = self.readings[request.package]
            if not isinstance(reading, Denied):
                spellings = Spellings(format=request.package.format, there=reading)
                for version in request.versions:
                    if not spellings.of(version):
                        yield request.package


def settle(
    requests: Sequence[Request],
    holdings: Holdings,
    candidates: Mapping[Package, tuple[Package, ...]],
    readings: Mapping[Package, Reading],
) -> Found:
    """The requests for what is there; ``readings`` hold all ``candidates``."""
    settled: list[Request] = []
    lacking: list[Package] = []
    for request in requests:
        if not request.is_open:
            settled.append(request)
            continue
        subjects = _subjects(request, candidates[request.package], readings)
        if request.globs is None:
            settled += _of_named(request, subjects)
            continue
        named = [one.package for one in requests if one.globs is None]
        beside = _subjects(
            request, [copy for one in named for copy in candidates.get(one, (one,))], readings
        )
        found, left = _of_globs(request, subjects, beside)
        settled += found
        lacking += left
    absent: dict[Package, Reading] = {one.package: {} for one in settled if one.is_open}
    return Found(
        requests=merged(settled),
        readings={**readings, **absent},
        holdings=holdings,
        candidates=candidates,
        lacking=tuple(lacking),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """One package: what each of its copies has of the versions asked for, and where any matches.

    What is excluded isn't lacking, and where reading was denied nothing is.
    """

    versions: Mapping[Package, tuple[str, ...]]
    matching: frozenset[Package]

    @property
    def has(self) -> frozenset[str]:
        return frozenset(version for versions in self.versions.values() for version in versions)


def _subjects(
    request: Request, copies: Sequence[Package], readings: Mapping[Package, Reading]
) -> dict[Name, _Subject]:
    """The packages that a request found, by their names."""
    groups: dict[Name, list[Package]] = {}
    for copy in copies:
        groups.setdefault(name_of(copy), []).append(copy)
    found: dict[Name, _Subject] = {}
    for name, group in groups.items():
        versions = {copy: _held(request, readings[copy]) for copy in group}
        matching = frozenset(copy for copy in group if _matches(request, readings[copy]))
        found[name] = _Subject(versions=versions, matching=matching)
    return found


def _held(request: Request, reading: Reading) -> tuple[str, ...]:
    if isinstance(reading, Denied):
        return request.versions
    spellings = Spellings(format=request.package.format, there=reading)
    excluded = excluded_by(request, reading)
    return tuple(v for v in request.versions if v in excluded or spellings.of(v))


def _matches(request: Request, reading: Reading) -> bool:
    if isinstance(reading, Denied):
        return request.selects
    return bool(matched_by(request, reading))


def _of_named(request: Request, subjects: Mapping[Name, _Subject]) -> Iterator[Request]:
    """What is asked of each copy of a package that may be anywhere."""
    subject = subjects.get(name_of(request.package), _Subject(versions={}, matching=frozenset()))
    yield from _asked(request, subject, request.versions)
    missing = [version for version in request.versions if version not in subject.has]
    is_unmatched = request.selects and not subject.matching
    if missing or is_unmatched:
        vain = _in_vain(request, missing, is_unmatched=is_unmatched)
        yield replace(vain, absences=in_vain(vain, list(subject.versions)))


def _of_globs(
    request: Request, subjects: Mapping[Name, _Subject], named: Mapping[Name, _Subject]
) -> tuple[list[Request], list[Package]]:
    """What is asked of the packages that match, but for those that are ``named`` as well.

    What no package has, one that is named fails for by itself.

    Returns:
        The requests, and the packages that are left alone.
    """
    provided = frozenset().union(*(one.has for one in (*subjects.values(), *named.values())))
    wanted = [version for version in request.versions if version in provided]
    found: list[Request] = []
    lacking: list[Package] = []
    is_any_whole = False
    for name, subject in subjects.items():
        if name in named:
            continue
        if subject.has.issuperset(wanted) and (subject.matching or not request.selects):
            is_any_whole = True
            found += _asked(request, subject, wanted)
        else:
            lacking.append(
                replace(next(iter(subject.versions)), repository=request.package.repository)
            )
    if subjects and named:
        return found, lacking
    missing = [v for v in request.versions if v not in provided or not is_any_whole]
    is_unmatched = request.selects and not any(one.matching for one in subjects.values())
    if missing or is_unmatched:
        vain = _in_vain(request, missing, is_unmatched=is_unmatched)
        copies = [copy for subject in subjects.values() for copy in subject.versions]
        scattered = [version for version in missing if version in provided]
        found.append(replace(vain, absences=in_vain(vain, copies, scattered=scattered)))
    return found, lacking if is_any_whole else []


def _asked(request: Request, subject: _Subject, wanted: Sequence[str]) -> Iterator[Request]:
    """What a package is asked for, in each of its copies that has any of it."""
    for copy, has in subject.versions.items():
        versions = tuple(version for version in wanted if version in has)
        selection = request.selection
        if selection is not None and copy not in subject.matching:
            selection = replace(selection, matching=()) if selection.excluding else None
        if versions or copy in subject.matching:
            yield replace(request, package=copy, globs=None, versions=versions, selection=selection)


def _in_vain(request: Request, versions: Sequence[str], *, is_unmatched: bool) -> Request:
    """The request for just what nothing was found for."""
    selection = request.selection
    if selection is not None and not is_unmatched:
        selection = replace(selection, matching=())
    return replace(request, versions=tuple(versions), selection=selection)
