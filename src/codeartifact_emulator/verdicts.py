"""What becomes of each version that a call names: it passes, or it is refused with a code.

Pure; the texts are the service's where the User Guide (UG) shows them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from .store import Held, Status
from .switches import Switches

#: What UpdatePackageVersionsStatus may aim at (UG update-package-version-status).
UPDATE_TARGETS = frozenset({Status.PUBLISHED, Status.UNLISTED, Status.ARCHIVED})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A PackageVersionError."""

    code: str
    message: str


#: The version as it is held, where it passes.
Verdict: TypeAlias = Held | Refusal


def updatable(target: Status, switches: Switches) -> Collection[Status]:
    """Give the statuses from which an update may set another one, its target."""
    if target not in UPDATE_TARGETS:
        return ()
    statuses = set(Status) - {Status.DISPOSED}
    if target is not Status.PUBLISHED and switches.unfinished_to_hidden == "NOT_ALLOWED":
        statuses.remove(Status.UNFINISHED)
    return statuses


def judge_change(
    version: str,
    held: Held,
    *,
    target: Status,
    movable: Collection[Status],
    pin: str | None,
    expected: Status | None,
    switches: Switches,
) -> Verdict:
    """Compare a version with what the caller expects of it, and with the statuses that may move."""
    mismatches = []
    if pin is not None and pin != held.revision:
        mismatches.append(_mismatched_revision(held, pin))
    if expected is not None and expected is not held.status:
        text = f"current status: {held.status}, expected status: {expected}"
        mismatches.append(Refusal("MISMATCHED_STATUS", text))
    if mismatches:
        return mismatches[0 if switches.first_mismatch == "revision" else -1]
    same = held.status is target
    if (switches.same_status == "success") if same else (held.status in movable):
        return held
    text = f"version {version} is {held.status} and cannot be set to {target}"
    return Refusal("NOT_ALLOWED", text)


def judge_copy(version: str, held: Held | None, pin: str | None) -> Verdict:
    """Tell whether a version can be copied from where it is held (UG copy-package).

    Unfinished and Disposed versions are NOT_ALLOWED: their assets are not there to copy
    (undocumented).
    """
    if held is None:
        return not_found(version)
    if pin is not None and pin != held.revision:
        return _mismatched_revision(held, pin)
    if held.status in {Status.UNFINISHED, Status.DISPOSED}:
        return Refusal("NOT_ALLOWED", f"Version {version} is {held.status} and cannot be copied")
    return held


def all_or_none(
    verdicts: Mapping[str, Verdict], *, partial: bool, skipped: str
) -> tuple[dict[str, Held], dict[str, Refusal]]:
    """Part the versions that pass from those refused; one refusal skips all that would pass.

    With `partial`, those that pass succeed all the same. `skipped` is the text of SKIPPED, with
    `{}` for the version.
    """
    passed = {name: each for name, each in verdicts.items() if isinstance(each, Held)}
    refused = {name: each for name, each in verdicts.items() if isinstance(each, Refusal)}
    if refused and not partial:
        refused |= {name: Refusal("SKIPPED", skipped.format(name)) for name in passed}
        passed = {}
    return passed, refused


def not_found(version: str) -> Refusal:
    """Refuse a version that is not there."""
    return Refusal("NOT_FOUND", f"Could not find version {version}")


def _mismatched_revision(held: Held, pin: str) -> Refusal:
    text = f"current revision: {held.revision}, expected revision: {pin}"
    return Refusal("MISMATCHED_REVISION", text)
