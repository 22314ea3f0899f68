"""The emulator's rules, asked without HTTP, and a store to ask them of."""

from collections.abc import Mapping
from typing import Any

from codeartifact_emulator import Store, Switches
from codeartifact_emulator.names import Place
from codeartifact_emulator.rules import OPERATIONS

CORE = {"domain": "acme", "repository": "store", "format": "npm", "package": "core"}


def ask(store: Store, operation: str, **given: Any) -> dict[str, Any]:
    """Carry out an operation; ``given`` are the fields of a ``Place`` and what else it takes."""
    place = Place(**{name: given.pop(name) for name in Place.__slots__ if name in given})
    return OPERATIONS[operation](store, place, **given)


def stocked(versions: Mapping[str, str], switches: Switches | None = None) -> Store:
    """A store that holds these versions of ``CORE``."""
    store = Store(switches=switches)
    store.add_repository(domain="acme", repository="store", upstreams=["mirror"])
    for version, status in versions.items():
        store.put(**CORE, version=version, status=status)
    return store


def statuses(store: Store) -> dict[str, str]:
    return {key[-1]: status for key, (status, _) in store.snapshot().items()}


def codes(answer: dict[str, Any]) -> dict[str, str]:
    return {version: error["errorCode"] for version, error in answer["failedVersions"].items()}
