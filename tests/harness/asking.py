"""The emulator's rules, asked without HTTP."""

from typing import Any

from codeartifact_emulator import Store
from codeartifact_emulator.names import Place
from codeartifact_emulator.rules import OPERATIONS


def ask(store: Store, operation: str, **given: Any) -> dict[str, Any]:
    """Carry out an operation; ``given`` are the fields of a ``Place`` and what else it takes."""
    place = Place(**{name: given.pop(name) for name in Place.__slots__ if name in given})
    return OPERATIONS[operation](store, place, **given)
