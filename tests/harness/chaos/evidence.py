"""What the calls of a step show about each version: what its client can know, and what it can't.

Nothing here knows how the action works; it reads what the emulator was asked, and what it told.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from codeartifact_emulator import Call
from harness.chaos.scripts import CHANGING, LIST, OPERATION, Coordinates, Step, at

_TARGET = {operation: status for status, operation in OPERATION.items()}


@dataclass(slots=True)
class Trace:
    """What a step's calls in one direction, there or back, look like to it for one version."""

    sent: bool = False
    done: bool = False
    """An answer said so."""
    lost: bool = False
    """A call was never answered: it may be carried out at any time."""
    cut: bool = False
    """A call is over, and its answer was cut short, was none, or didn't speak of the version."""
    unsettled: bool = False
    """And no reading has told since then what became of it."""
    found: bool = False
    """Reading told then that it may have been carried out: the version is at its target."""
    looked: bool = False
    """Since the last call without an answer, reading was tried."""
    unread: bool = False
    """After that, reading has failed; what another batch has read later need not count."""

    @property
    def may_be(self) -> bool:
        """Whether it may have been carried out, for all that the step can know."""
        return self.done or self.lost or self.unsettled or self.found

    @property
    def is_open(self) -> bool:
        """Whether the step may be unable to know."""
        return self.lost or self.unsettled or (self.cut and self.unread)


@dataclass(slots=True, kw_only=True)
class Evidence:
    """What one step has read, and what its calls show, by version."""

    targets: Mapping[Coordinates, str]
    """The status that each package (with an empty version) is to get."""
    read: dict[Coordinates, tuple[str, str]] = field(default_factory=dict)
    """The versions of each package as they were read first."""
    packages: set[Coordinates] = field(default_factory=set)
    """The packages, with an empty version, that were read at all."""
    there: defaultdict[Coordinates, Trace] = field(default_factory=lambda: defaultdict(Trace))
    back: defaultdict[Coordinates, Trace] = field(default_factory=lambda: defaultdict(Trace))
    unfounded: list[Coordinates] = field(default_factory=list)
    """What was put back, or tried to be, though no call of the step can have changed it."""

    def was_read(self, key: Coordinates) -> bool:
        return (*key[:5], "") in self.packages

    def is_open(self, key: Coordinates) -> bool:
        """Whether the step may be unable to know what became of a version."""
        return self.there[key].is_open or self.back[key].is_open

    def may_be_ours(self, key: Coordinates) -> bool:
        """Whether the step may have changed a version, for all that it can know."""
        return self.there[key].may_be or self.there[key].is_open


def evidence(step: Step, calls: Iterable[Call]) -> Evidence:
    """Go through a step's calls in order."""
    found = Evidence(targets={at(entry, ""): entry["target-status"] for entry in step.entries})
    for call in calls:
        if call.operation == LIST:
            _see(found, call)
        elif call.operation in CHANGING:
            for key, target in keys_of(call):
                forth = target == found.targets.get((*key[:5], ""))
                if not forth and not found.may_be_ours(key):
                    found.unfounded.append(key)
                _note((found.there if forth else found.back)[key], call, key[5], target)
    return found


def keys_of(call: Call) -> Iterator[tuple[Coordinates, str]]:
    """The versions of a call, each with the status that it is to get."""
    target = call.params.get("targetStatus") or _TARGET[call.operation]
    for version in call.params["versions"]:
        yield at(call.params, version), target


def _see(found: Evidence, call: Call) -> None:
    package = at(call.params, "")
    rows: list[dict[str, Any]] | None = call.told["versions"] if call.told else None
    there = {
        at(call.params, row["version"]): (row["status"], row["revision"]) for row in rows or ()
    }
    for traces in (found.there, found.back):
        for key, trace in traces.items():
            if key[:5] != package[:5]:
                continue
            trace.looked = True
            if not trace.cut:
                continue
            trace.unread |= rows is None
            if rows is not None:
                at_target = there.get(key, ("Deleted", ""))[0] == found.targets[package]
                trace.found |= trace.unsettled and at_target is (traces is found.there)
                trace.unsettled = False
    # A reading may have a second part, the Archived ones: what that says is newer.
    is_rest = "status" in call.params and not _has_sent(found, package)
    if rows is not None and (is_rest or package not in found.packages):
        found.packages.add(package)
        found.read |= there


def _has_sent(found: Evidence, package: Coordinates) -> bool:
    return any(trace.sent and key[:5] == package[:5] for key, trace in found.there.items())


def _note(trace: Trace, call: Call, version: str, target: str) -> None:
    trace.sent = True
    told = call.told or {}
    state = told.get("successfulVersions", {}).get(version)
    if state is not None and state["status"] == target:
        trace.done = True
    elif call.status == 0:
        trace.lost, trace.looked = True, False
    elif call.status >= 500 or (
        call.status == 200 and version not in told.get("failedVersions", {})
    ):
        trace.cut, trace.unsettled, trace.looked = True, True, False
