"""What is held: domains, repositories, packages and their versions.

A `Store` is a plain object, which tests and seeds fill and look into without the API. What the API
may do to it is in `rules`.
"""

import threading
from collections import UserDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar

from .errors import Json, no_domain, no_repository
from .names import NAMESPACE_REQUIRED, Format, Place, normalize_version
from .switches import Switches

T = TypeVar("T")
Coordinates: TypeAlias = tuple[str, str, str, str | None, str, str]

DEFAULT_ACCOUNT = "111122223333"
DEFAULT_REGION = "eu-west-1"

#: 2024-01-01T00:00:00Z: versions put without a time are published one second apart from here on.
FIRST_PUBLISHED = 1704067200.0


class Status(StrEnum):
    """PackageVersionStatus (model)."""

    PUBLISHED = "Published"
    UNFINISHED = "Unfinished"
    UNLISTED = "Unlisted"
    ARCHIVED = "Archived"
    DISPOSED = "Disposed"
    DELETED = "Deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file of a generic package version."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One package version as one repository holds it."""

    status: Status
    revision: str
    published: float
    """Seconds since 1970."""
    display_name: str
    origin: Json
    assets: Mapping[str, Asset] = field(default_factory=dict)

    def success(self) -> Json:
        """Give the SuccessfulPackageVersionInfo."""
        return {"revision": self.revision, "status": str(self.status)}


class Versions(UserDict[str, Held]):
    """The versions of one package, by name as stored.

    What is derived from all of them is kept until one changes: a listing has many pages, each of
    which would sort the whole package again.
    """

    def __init__(self, held: Mapping[str, Held] | None = None) -> None:
        """Hold a copy of this."""
        self._derived: dict[Callable[..., Any], Any] = {}
        super().__init__(held)

    def __setitem__(self, version: str, held: Held) -> None:
        """Hold a version; nothing derived is true any more."""
        self._derived.clear()
        super().__setitem__(version, held)

    def __delitem__(self, version: str) -> None:
        """Hold a version no more; nothing derived is true any more."""
        self._derived.clear()
        super().__delitem__(version)

    def __copy__(self) -> "Versions":
        """Give others that hold the same, and derive by themselves."""
        return Versions(self.data)

    def derived(self, make: Callable[[Mapping[str, Held]], T]) -> T:
        """Give what ``make`` makes of the versions as they are."""
        if make not in self._derived:
            self._derived[make] = make(self)
        found: T = self._derived[make]
        return found


class Store:
    """Every domain. Whoever reads or changes `domains` or `packages` holds the lock."""

    def __init__(
        self,
        *,
        account: str = DEFAULT_ACCOUNT,
        region: str = DEFAULT_REGION,
        switches: Switches | None = None,
    ) -> None:
        """Start empty. `account` owns the domains for which no owner is given."""
        self.account = account
        self.region = region
        self.switches = switches or Switches()
        self.lock = threading.RLock()
        self.domains: dict[tuple[str, str], dict[str, list[str]]] = {}
        """By owner and domain: each repository, with its upstreams in search order."""
        self.packages: dict[Place, Versions] = {}
        """By place as `normal` gives it: the versions, by name as stored."""
        self._published = 0

    def add_repository(
        self,
        *,
        domain: str,
        repository: str,
        upstreams: Sequence[str] = (),
        domain_owner: str | None = None,
    ) -> None:
        """Create a repository and its domain where missing, and set its upstreams."""
        with self.lock:
            repositories = self.domains.setdefault((domain_owner or self.account, domain), {})
            repositories[repository] = list(upstreams)

    def put(
        self,
        *,
        version: str,
        status: str = "Published",
        revision: str | None = None,
        published: float | None = None,
        origin: Json | None = None,
        **place: Any,
    ) -> None:
        """Place a version, as if published; what is missing above it is created.

        `place` are the fields of a `Place`. `published` is in seconds since 1970, by default one
        second after the last put. `origin` is the API's PackageVersionOrigin, by default published
        straight into this repository. Raises ValueError for what the service could not hold.
        """
        named = Place(**place)
        kind, namespace = Format(named.format), named.namespace
        if Status(status) is Status.DELETED:
            raise ValueError("no version is ever held as Deleted")
        if (kind in NAMESPACE_REQUIRED) is not bool(namespace) and kind is not Format.NPM:
            need = "needs a namespace" if kind in NAMESPACE_REQUIRED else "has no namespace"
            raise ValueError(f"a {kind} package {need}: {named.package}")
        if namespace and namespace.startswith("@"):
            raise ValueError(f"an npm namespace is written without @: {namespace}")
        at = self.normal(named)
        version = normalize_version(kind, version)
        with self.lock:
            next_second = self.next_published()
            held = Held(
                status=Status(status),
                revision=revision or at.revision(version),
                published=next_second if published is None else published,
                display_name=named.package,
                origin=origin or internal_origin(at),
            )
            self.domains.setdefault((at.domain_owner, at.domain), {}).setdefault(at.repository, [])
            self.packages.setdefault(at, Versions())[version] = held

    def set_status(
        self, *, version: str, status: str, revision: str | None = None, **place: Any
    ) -> None:
        """Change a version behind the client's back, by no rule at all; `Deleted` removes it.

        Raises KeyError if it is not there.
        """
        at = self.normal(Place(**place))
        version = normalize_version(at.format, version)
        with self.lock:
            versions = self.packages[at]
            if status == Status.DELETED:
                del versions[version]
                return
            old = versions[version]
            versions[version] = replace(
                old, status=Status(status), revision=revision or old.revision
            )

    def snapshot(self) -> dict[Coordinates, tuple[str, str]]:
        """Give every version's status and revision, to compare before with after.

        Keys are (domain, repository, format, namespace or None, package, version); a domain of
        another account is written `account/domain`.
        """
        with self.lock:
            return {
                (
                    at.domain
                    if at.domain_owner == self.account
                    else f"{at.domain_owner}/{at.domain}",
                    at.repository,
                    at.format,
                    at.namespace,
                    at.package,
                    version,
                ): (str(held.status), held.revision)
                for at, versions in self.packages.items()
                for version, held in versions.items()
            }

    # What the rules find things by

    def normal(self, place: Place) -> Place:
        """Give a place as `packages` is keyed by: with its owner, and in the stored spelling."""
        return replace(place.normalized(), domain_owner=place.domain_owner or self.account)

    def next_published(self) -> float:
        """Give the time of the next publication: a second after the last one's."""
        self._published += 1
        return FIRST_PUBLISHED + self._published

    def upstreams(self, place: Place) -> Iterator[Place]:
        """Walk the same package through the upstreams, nearest first, each once.

        UG repo-upstream-search-order.
        """
        repositories = self.repositories(place)
        seen, ahead = {place.repository}, list(repositories[place.repository])
        while ahead:
            name = ahead.pop(0)
            if name not in seen and name in repositories:
                seen.add(name)
                yield replace(place, repository=name)
                ahead[:0] = repositories[name]

    def repositories(self, place: Place) -> Mapping[str, Sequence[str]]:
        """Give the upstreams of each repository of a place's domain.

        Raises ServiceError if the domain, or the place's repository in it, is absent.
        """
        repositories = self.repositories_of(place)
        if place.repository not in repositories:
            raise no_repository(place)
        return repositories

    def repositories_of(self, place: Place) -> Mapping[str, Sequence[str]]:
        """Give the upstreams of each repository of a place's domain, whatever its repository.

        Raises ServiceError if the domain is absent.
        """
        repositories = self.domains.get((place.domain_owner, place.domain))
        if repositories is None:
            raise no_domain(place)
        return repositories


def internal_origin(place: Place) -> Json:
    """Give the PackageVersionOrigin of what was published straight into a repository."""
    return {
        "domainEntryPoint": {"repositoryName": place.repository},
        "originType": "INTERNAL",
    }
