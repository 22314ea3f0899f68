"""What the log, the annotations and the summary say in the same words. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from codeartifact_status.model import ANY_REPOSITORY, Outcome, Package, Request, Verdict

_T = TypeVar("_T")

_INPUT = re.compile(r"(?<!`)`(?P<name>[a-z]+(?:-[a-z]+)*)(?:: (?P<value>[^`\n]+))?`(?!`)")
"""An input in one of our own texts: its name, or its name and value, in backticks."""


def as_typed(text: str, flags: Mapping[str, str]) -> str:
    """A text of ours with ``flags`` in the place of the inputs' names."""

    def flag(found: re.Match[str]) -> str:
        name = flags.get(found["name"])
        if name is None:
            return found[0]
        value = "" if found["value"] in {None, "true"} else f" {found['value']}"
        return f"`{name}{value}`"

    return _INPUT.sub(flag, text)


def without_markup(markdown: str) -> str:
    """Markdown of ours as plain text; what is to be pasted stays as it is."""
    lines: list[str] = []
    is_code = False
    for line in markdown.split("\n"):
        if line.startswith("```"):
            is_code = not is_code
        else:
            lines.append(line if is_code else line.replace("`", "").replace("**", ""))
    return "\n".join(lines)


def count_of(count: int) -> str:
    """``1 version``, ``2 versions``."""
    return "1 version" if count == 1 else f"{count} versions"


def place_of(package: Package) -> str:
    """The repository that a package is in, or would be."""
    is_any = package.repository == ANY_REPOSITORY
    return f"any repository of {package.domain}" if is_any else package.repository


def pattern_text(pattern: str, show: Callable[[str], str] = str) -> str:
    """What stands in the place of a version where nothing matched a pattern."""
    return "(any version)" if pattern == "*" else f"(versions matching {show(pattern)})"


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


def packages_of(count: int) -> str:
    """``1 package``, ``2 packages``."""
    return "1 package" if count == 1 else f"{count} packages"


def named(request: Request, version: str) -> str:
    """A version as a reader knows it."""
    return pattern_text(version) if version == request.unmatched else version


def lacking_text(count: int) -> str:
    """How many packages that match are left alone because of what they lack."""
    return f"{packages_of(count)} left alone, without the versions asked for"
