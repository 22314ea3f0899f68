"""What the log, the annotations and the summary say in the same words. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from codeartifact_status.model import Outcome, Request, Verdict

_T = TypeVar("_T")


def in_words_of(flags: Mapping[str, str], text: str) -> str:
    """Markdown on inputs in the words of whoever typed flags: `` `name: value` `` is a flag.

    ``flags`` are those of the inputs by their names; none where inputs were given by name.
    """

    def flag(found: re.Match[str]) -> str:
        name, value = found["name"], found["value"]
        return f"`{flags[name]}{f' {value}' if value else ''}`" if name in flags else found[0]

    return re.sub(r"`(?P<name>[a-z-]+)(?:: (?P<value>[^`\n]+))?`", flag, text) if flags else text


def without_markup(markdown: str) -> str:
    """Markdown of ours as plain text: code is indented, or stands in the line as it is."""
    lines: list[str] = []
    is_code = False
    for line in markdown.split("\n"):
        if line.startswith("```"):
            is_code = not is_code
        else:
            lines.append(f"  {line}" if is_code else line.replace("`", "").replace("**", ""))
    return "\n".join(lines)


def count_of(count: int) -> str:
    """``1 version``, ``2 versions``."""
    return "1 version" if count == 1 else f"{count} versions"


def bounded(items: Sequence[_T], most: int, show: Callable[[_T], str]) -> Iterator[str]:
    """A line for each of the first ``most`` items, and one that says how many more there are."""
    yield from map(show, items[:most])
    if len(items) > most:
        yield f"… and {len(items) - most} more"


def statuses(request: Request, outcome: Outcome) -> tuple[str | None, ...]:
    """The former and the new status of a version that changed or would; else the one it is in."""
    match outcome.verdict:
        case Verdict.CHANGED:
            return outcome.before, outcome.after
        case Verdict.PLANNED:
            return outcome.before, request.target
        case _:
            return (outcome.after,)
