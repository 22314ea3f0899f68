"""What an entry of ``packages`` says, before its values are checked. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEntry:
    """An entry's values by the fields of ``Entry``, and what of it means nothing.

    ``wrong`` are fields and what is wrong with them; ``packages`` stands for the entry as a whole.
    ``keys`` and ``qualifiers`` are those of it that mean nothing here. ``skipped`` is the reason
    why an entry asks for nothing. ``domain`` is the one that it is bound to.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    wrong: tuple[tuple[str, str], ...] = ()
    keys: tuple[str, ...] = ()
    qualifiers: tuple[str, ...] = ()
    skipped: str | None = None
    domain: str | None = None
    number: int = 0
    """Its number in the document, from 1."""
    text: str | None = None
    """What it says, if it is a text."""

    @staticmethod
    def refused(text: str) -> "RawEntry":
        """What is no entry, and why."""
        return RawEntry(wrong=(("packages", text),))

    @property
    def title(self) -> str | None:
        """What a reader knows it by: its text, or else the package that it names."""
        package = self.values.get("package")
        return self.text or (package if isinstance(package, str) else None)

    @property
    def has_versions(self) -> bool:
        """Whether it says its versions itself."""
        return "versions" in self.values or "version_revisions" in self.values
