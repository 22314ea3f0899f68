"""Versions as the user spelled them, and the names under which they are stored. Pure.

Some formats take several spellings for one version: to PyPI, ``1.0.0-rc.1`` is ``1.0.0rc1``. What
is asked for in another spelling than the stored one is meant under its stored name: from here on
the plan, the calls, the outcomes and the way back know no other. Which spellings are the same, the
format's row says; a spelling that is stored is always itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

from codeartifact_status.errors import Problem
from codeartifact_status.formats.names import package_title
from codeartifact_status.formats.table import rules_of
from codeartifact_status.model import Denied, Format, Key, Package, Reading, Request, State, Status


@dataclass(frozen=True, kw_only=True)
class Spellings:
    """The versions that are there, by any spelling. Without slots, so that the index is kept."""

    format: Format
    there: Mapping[str, State]

    def of(self, version: str) -> tuple[str, ...]:
        """The stored versions that ``version`` may mean: just itself, if it is stored."""
        if version in self.there:
            return (version,)
        same = self._identity(version)
        return () if same is None else tuple(self._by_identity.get(same, ()))

    def _identity(self, version: str) -> str | None:
        """What the spellings of a version share; None where it has no other spelling."""
        identity = rules_of(self.format).identity
        return None if identity is None else identity(version)

    @cached_property
    def _by_identity(self) -> Mapping[str, Sequence[str]]:
        """Made only for a version that isn't stored as it was asked for."""
        found: dict[str, list[str]] = {}
        for version in self.there:
            if (same := self._identity(version)) is not None:
                found.setdefault(same, []).append(version)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The requests by stored names; ``stored_as`` holds those that were asked for otherwise.

    ``problems`` are the spellings of one version that ask for different things.
    """

    requests: tuple[Request, ...]
    stored_as: Mapping[Key, str]
    problems: tuple[Problem, ...]


def resolve(requests: Sequence[Request], readings: Mapping[Package, Reading]) -> Resolution:
    """Take every version for the stored one that it means, where that is just one.

    A version that may mean several stays as it is, as does one that isn't there; the plan fails
    both. Where reading was denied, there is nothing to go by.
    """
    stored_as: dict[Key, str] = {}
    found: list[Request] = []
    for request in requests:
        names = _stored_names(request, readings[request.package])
        stored_as |= {(request.package, version): name for version, name in names.items()}
        found.append(_renamed(request, names) if names else request)
    # The same in several repositories is one problem.
    problems = dict.fromkeys(_contradictions(requests, stored_as) if stored_as else ())
    return Resolution(requests=tuple(found), stored_as=stored_as, problems=tuple(problems))


def _stored_names(request: Request, reading: Reading) -> dict[str, str]:
    """The stored name of each version that was asked for in another spelling."""
    if isinstance(reading, Denied):
        return {}
    spellings = Spellings(format=request.package.format, there=reading)
    return {
        version: meant[0]
        for version in request.versions
        if version not in reading and len(meant := spellings.of(version)) == 1
    }


def _renamed(request: Request, names: Mapping[str, str]) -> Request:
    versions = dict.fromkeys(names.get(version, version) for version in request.versions)
    pins = {names.get(version, version): pin for version, pin in request.revisions.items()}
    spellings: dict[str, tuple[str, ...]] = {}
    for version in request.versions:
        name = names.get(version, version)
        others = (*request.spellings.get(version, ()), *([version] if name != version else []))
        spellings[name] = spellings.get(name, ()) + others
    return replace(request, versions=tuple(versions), revisions=pins, spellings=spellings)


_Claim: TypeAlias = tuple[Status, str | None, str | None]
"""What is asked of a version: target status, expected status, revision."""


def _contradictions(requests: Iterable[Request], stored_as: Mapping[Key, str]) -> Iterable[Problem]:
    """Spellings of one version that ask for different things.

    What is asked of one spelling has been compared by the inputs.
    """
    seen: dict[Key, tuple[_Claim, str, int]] = {}
    for request in requests:
        for version in request.versions:
            claim = request.target, request.expected_status, request.revisions.get(version)
            name = stored_as.get((request.package, version), version)
            entry = request.entries.get(version, 0)
            first = seen.setdefault((request.package, name), (claim, version, entry))
            if first[0] == claim:
                continue
            _, other, former = first
            title = package_title(request.package)
            entries = (entry,) if entry else ()
            if former == entry:
                text = (
                    f"{other} and {version} of {title} are the same version, but with two revisions"
                )
                yield Problem("version_revisions", text, entries=entries)
            else:
                text = (
                    f"{version} of {title} is also in entry {former} as {other}, with another "
                    "status or revision"
                )
                yield Problem("versions", text, entries=entries)
