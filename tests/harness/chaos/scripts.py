"""What one run is made of: a store, what is asked of it, and what goes wrong meanwhile."""

import fnmatch
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from codeartifact_emulator import Fault, Store

LIST = "ListPackageVersions"
UPDATE = "UpdatePackageVersionsStatus"
OPERATION = {"Disposed": "DisposePackageVersions", "Deleted": "DeletePackageVersions"}
CHANGING = {UPDATE, *OPERATION.values()}
SETTABLE = ("Published", "Unlisted", "Archived")
"""The statuses that one can come back to, the most visible first."""
HELD = [*SETTABLE, "Unfinished"]

Coordinates: TypeAlias = tuple[str, str, str, str | None, str, str]
Snapshot: TypeAlias = Mapping[Coordinates, tuple[str, str]]


def at(entry: Mapping[str, Any], version: str) -> Coordinates:
    parts = (entry.get(name) for name in ("repository", "format", "namespace", "package"))
    return ("acme", *parts, version)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of one version."""

    target: str
    expected: str | None
    revision: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Versions that are meant by pattern: globs, so that the check can tell which they are."""

    matching: Sequence[str]
    excluding: Sequence[str] = ()
    keep_latest: int = 0

    def of(self, entry: Mapping[str, Any], read: Mapping[str, str]) -> list[str]:
        """What is meant in a package, whose versions were ``read`` with their statuses."""
        matched = [v for v in read if _matches(v, self.matching) and v not in self.excluded(read)]
        if not matched:
            return [", ".join(self.matching)]
        target, expected = entry["target-status"], entry.get("expected-status")
        counting = _more_visible_than(target)
        live = [version for version in matched if read[version] in counting]
        kept = sorted(live, key=_number, reverse=True)[: self.keep_latest]
        return [
            version
            for version in matched
            if version not in kept
            and (
                read[version] in {target, expected}
                or (expected is None and (read[version] != "Disposed" or target == "Deleted"))
            )
        ]

    def excluded(self, names: Mapping[str, str] | Sequence[str]) -> set[str]:
        return {name for name in names if _matches(name, self.excluding)}


def _matches(version: str, globs: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(version, glob) for glob in globs)


def _number(version: str) -> list[int]:
    return [int(part) for part in version.split("-", maxsplit=1)[0].split(".")]


def _more_visible_than(target: str) -> Sequence[str]:
    if target == "Published":
        return SETTABLE
    return SETTABLE[: SETTABLE.index(target)] if target in SETTABLE else SETTABLE


@dataclass(slots=True, kw_only=True)
class Step:
    """What one step is asked to do."""

    name: str = "one"
    entries: list[dict[str, Any]]
    on_failure: str = "stop"
    allowed: str = "false"
    concurrency: int = 1
    selection: Selection | None = None
    max_changes: int | None = None
    dry_run: bool = False
    query: str | None = None
    assumes_role: bool = False
    former: list[dict[str, Any]] | None = None
    """The way back of an earlier attempt, which stands in the undo-file."""

    @property
    def undo_file(self) -> str:
        return f"undo-{self.name}.json"

    @property
    def result_file(self) -> str:
        return f"result-{self.name}.json"

    def inputs(self) -> dict[str, str]:
        """The step's inputs, by name."""
        selection = self.selection
        given = {
            "domain": "acme",
            "packages": json.dumps(self.entries),
            "on-failure": self.on_failure,
            "allow-failed-versions": self.allowed,
            "allow-irreversible": "true",
            "concurrency": str(self.concurrency),
            "dry-run": str(self.dry_run).lower(),
            "query": self.query or "",
            "max-changes": "" if self.max_changes is None else str(self.max_changes),
            "undo-file": self.undo_file,
            "result-file": self.result_file,
        }
        if selection is not None:
            given |= {
                "versions-matching": "\n".join(selection.matching),
                "exclude-versions": "\n".join(selection.excluding),
                "keep-latest": str(selection.keep_latest),
            }
        return given

    def wishes(self, read: Snapshot | None) -> dict[Coordinates, Wish]:
        """Every version that is asked for; None where nothing was selected, because of an error.

        ``read`` are the versions that the step has read.
        """
        found: dict[Coordinates, Wish] = {}
        for entry in self.entries:
            names = list(entry.get("versions", ()))
            if self.selection is not None and "versions" not in entry and read is not None:
                there = {k[5]: read[k][0] for k in read if k[:5] == at(entry, "")[:5]}
                names = self.selection.of(entry, there)
            elif self.selection is not None:
                out = self.selection.excluded(names) if read is not None else set()
                names = [name for name in names if name not in out]
            for name in names:
                found[at(entry, name)] = Wish(
                    target=entry["target-status"],
                    expected=entry.get("expected-status"),
                    revision=entry.get("version-revisions", {}).get(name),
                )
        return found

    def allows(self, code: str) -> bool:
        return self.allowed == "true" or code.upper() in self.allowed.split()

    def __str__(self) -> str:
        asked = [{**e, "versions": len(e.get("versions", ()))} for e in self.entries]
        more = [name for name in ("dry_run", "assumes_role", "former") if getattr(self, name)]
        return (
            f"step {self.name}: {asked}\n"
            f"    on-failure {self.on_failure}, allowed {self.allowed}, "
            f"{self.concurrency} at once, {self.selection or 'named'}, max {self.max_changes}, "
            f"query {self.query}{''.join(', ' + name for name in more)}"
        )


Moment: TypeAlias = tuple[Literal["before", "after"], Literal["call", "rename"], int]
"""Before or after the nth call that changes something, or the nth file that is put in place."""


@dataclass(slots=True, kw_only=True)
class Script:
    """One run, as its seed has it."""

    seed: int
    store: Store
    steps: list[Step]
    faults: list[tuple[str, Fault]] = field(default_factory=list)
    stop: tuple[Literal["SIGTERM", "SIGINT", "deadline"], int] | None = None
    """What ends the (first) step early, and the call before which it comes."""
    kill: Moment | None = None
    """The moment at which one looks what a SIGKILL would leave."""
    runs_again: bool = False
    """Whether the step is run again after that, before its way back is applied."""
    full_disk: int | None = None
    """The file that can't be put in place: the nth, from 0."""
    mute: bool = False
    """Whether the runner's file of outputs can't be written."""
    undo_is_denied: bool = False
    """Whether the step that applies the undo may not read."""
    undo_in_process: bool = False
    """Whether a process of its own applies it."""
    undo_from_file: bool = False
    touched: Counter[Coordinates] = field(default_factory=Counter)
    """What somebody else has changed while it ran, who is no step."""
    replaced: set[Coordinates] = field(default_factory=set)
    """What of that was deleted, or has another content now."""

    def __str__(self) -> str:
        lines = [str(step) for step in self.steps]
        lines += [f"{kind}: {fault}" for kind, fault in self.faults]
        told = ("stop", "kill", "runs_again", "full_disk", "mute", "undo_is_denied")
        more = [f"{name}: {getattr(self, name)}" for name in told if getattr(self, name)]
        return "\n".join([*lines, *more])
