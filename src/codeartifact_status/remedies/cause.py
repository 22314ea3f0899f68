"""A row of the tables: what is said, what that means, and what to do. Pure."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from codeartifact_status.errors import Place

C = TypeVar("C", contravariant=True)  # noqa: PLC0105 - one letter, as for every type of a context


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause(Generic[C]):
    """One cause of failures, known by what is ``said``: ``code: message``, or the message alone."""

    name: str
    """The cause as a heading."""
    says: tuple[str, ...]
    """What AWS, or botocore, says in full; the first is shown in the documentation."""
    pattern: re.Pattern[str]
    """What of it tells this cause from the others."""
    means: str
    """What it generally means, as Markdown."""
    remedy: Callable[[C, Place], str]
    """What to do about it, as Markdown; inputs by their names, in backticks."""

    def advice(self, context: C, place: Place) -> str:
        """What it means and what to do."""
        return f"{self.means}\n\n{self.remedy(context, place)}"


def cause_of(causes: Iterable[Cause[C]], said: str) -> Cause[C] | None:
    """The first of the causes that is known by what is said."""
    return next((cause for cause in causes if cause.pattern.search(said)), None)


_QUOTABLE = re.compile(r"[A-Za-z0-9_.,:/@%+=~*?\[\]-]{1,300}")


def quotable(text: object) -> str:
    """A text from outside as it may stand in a sentence, or in a command to paste; else a gap."""
    found = _QUOTABLE.fullmatch(str(text))
    return found[0] if found is not None else "…"


def json_block(document: Any) -> str:
    """A JSON document to paste."""
    return f"```json\n{json.dumps(document, indent=2)}\n```"


def command(*lines: str) -> str:
    """A command to paste, a line for each of its options."""
    return "```sh\n" + " \\\n  ".join(lines) + "\n```"
