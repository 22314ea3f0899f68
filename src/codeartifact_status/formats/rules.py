"""What every package format has to decide: the type of its row, and of the row's parts.

Nothing here has a default, so that no format takes over another's rule unawares. A format's own
module makes its row, and ``table`` holds them all. What libraries know of a format is loaded where
it is called, because most steps have no ranges; an error of theirs ends there, as None.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from codeartifact_status.formats.matching import Matcher


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace:
    """What stands before the name of a package."""

    word: str
    """What the format's users call it."""
    is_required: bool
    mark: str
    """What users write before it, and package URLs hold; the service wants it without."""
    separator: str
    """What users write between it and the name."""
    is_read_from_names: bool
    """Whether a package name may come with it, written like that."""
    spelling: Callable[[str], str]
    """The text, without its mark, as the service keeps it."""

    def split(self, text: str) -> tuple[str | None, str]:
        """The namespace, or None where ``text`` holds none, and the name."""
        if not (self.is_read_from_names and text.startswith(self.mark) and self.separator in text):
            return None, text
        namespace, _, name = text.removeprefix(self.mark).partition(self.separator)
        return namespace, name

    def join(self, namespace: str, name: str) -> str:
        """The two as users write them: ``@acme/core``, ``com.example:lib``."""
        return f"{self.mark}{namespace}{self.separator}{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The row of one format."""

    purl_type: str
    """The type of its package URLs (purl specification, "Package URL types")."""
    namespace: Namespace | None
    """None where packages have no namespace."""
    name: re.Pattern[str]
    """A package name, once its namespace has been taken off."""
    name_hint: str
    """What to add where a text isn't such a name; may be empty."""
    name_spelling: Callable[[str], str]
    """A name as the service keeps it."""
    version_spelling: Callable[[str], str]
    """A version as the service keeps it."""
    identity: Callable[[str], str | None] | None
    """A text that two spellings share if the format's own tools take them for the same version;
    None for what is no version to them. None where no two spellings are the same version."""
    ignores_case: bool
    """Whether versions that differ by case alone are the same to the format's own tools."""
    order: Callable[[str], Any] | None
    """A key that sorts versions, None for what is no version; None where versions have no order."""
    ranges: Callable[[str], Matcher | None] | None
    """Reads what isn't a glob: a range, or a version where it stands for itself; None for what the
    format's own tools refuse. None where only globs work."""
    never_matches: re.Pattern[str] | None
    """Versions that no glob or range takes, though they may be named."""
    example: str
    """An expression for several versions, for messages."""


def unchanged(text: str) -> str:
    """A text that the service keeps as it is."""
    return text
