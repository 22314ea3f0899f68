"""What a request names, checked beyond the model: its package, its versions, its statuses.

What is wrong is a `ServiceError`. UG is the CodeArtifact User Guide, model the service model that
botocore ships.
"""

from collections.abc import Iterable
from dataclasses import replace

from .errors import invalid, no_package
from .names import NAMESPACE_FOREIGN, NAMESPACE_REQUIRED, Format, Place, normalize_version
from .store import Status, Store, Versions

#: Versions in one call, at most (model, PackageVersionList).
MAX_VERSIONS = 100


def stored(store: Store, place: Place) -> Place:
    """Give a request's place as the store keys it."""
    kind = place.format
    if kind not in set(Format):
        raise invalid(f"format must be one of {', '.join(Format)}, not '{kind}'")
    if kind in NAMESPACE_REQUIRED and not place.namespace:
        raise invalid(f"A namespace is required for packages of format {kind}")
    foreign = kind in NAMESPACE_FOREIGN and place.namespace
    if foreign and store.switches.foreign_namespace == "400":
        raise invalid(f"Packages of format {kind} have no namespace")
    normal = store.normal(place)
    # A PyPI name must be sent normalized (UG python-name-normalization); the others need not.
    return replace(normal, package=place.package) if kind == Format.PYPI else normal


def find(store: Store, place: Place) -> tuple[Place, Versions]:
    """Give a request's package as stored, with the versions that the store holds of it."""
    place = stored(store, place)
    store.repositories(place)
    if place not in store.packages:
        raise no_package(place)
    return place, store.packages[place]


def known_status(value: str, name: str) -> Status:
    """Read a status; `name` is the parameter's."""
    if value not in set(Status):
        raise invalid(f"{name} must be one of {', '.join(Status)}, not '{value}'")
    return Status(value)


def distinct(versions: Iterable[str]) -> list[str]:
    """Drop duplicates; the answer is a map, which could not show them anyway."""
    listed = list(versions)
    if not 1 <= len(listed) <= MAX_VERSIONS:
        raise invalid(f"versions must hold 1 to {MAX_VERSIONS} versions, not {len(listed)}")
    return list(dict.fromkeys(listed))


def spellings(kind: str, versions: Iterable[str]) -> dict[str, list[str]]:
    """Map each version as stored to the spellings in which it was sent."""
    sent: dict[str, list[str]] = {}
    for version in versions:
        sent.setdefault(normalize_version(kind, version), []).append(version)
    return sent
