"""The nouns, in CodeArtifact's words: package, version, status, request, batch, plan, outcome.

Values only. Nothing here knows how they are read, sent or shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import IntEnum, StrEnum
from typing import Literal, TypeAlias

MAX_BATCH = 100
"""Versions that one call takes: ``PackageVersionList`` in botocore's model of CodeArtifact."""


class Format(StrEnum):
    """The package formats of CodeArtifact: ``PackageFormat`` in botocore's model."""

    NPM = "npm"
    PYPI = "pypi"
    MAVEN = "maven"
    NUGET = "nuget"
    GENERIC = "generic"
    RUBY = "ruby"
    SWIFT = "swift"
    CARGO = "cargo"


class Status(StrEnum):
    """The statuses that CodeArtifact documents.

    A status that was *read* stays a plain string, because the service may add more.
    """

    PUBLISHED = "Published"
    UNLISTED = "Unlisted"
    ARCHIVED = "Archived"
    UNFINISHED = "Unfinished"
    DISPOSED = "Disposed"
    DELETED = "Deleted"

    @staticmethod
    def named(text: str) -> "Status | None":
        """The documented status that ``text`` names, in any case; None if it names none."""
        known = {status.lower(): status for status in Status}
        return known.get(text.strip().lower())


REVERSIBLE = frozenset({Status.PUBLISHED, Status.UNLISTED, Status.ARCHIVED})
"""What UpdatePackageVersionsStatus can set, and so what one can come back to."""


class Operation(StrEnum):
    """The calls that change a status."""

    UPDATE = "UpdatePackageVersionsStatus"
    DISPOSE = "DisposePackageVersions"
    DELETE = "DeletePackageVersions"

    @staticmethod
    def to_reach(target: Status) -> "Operation":
        """The call that sets ``target`` (CodeArtifact API, UpdatePackageVersionsStatus)."""
        match target:
            case Status.DISPOSED:
                return Operation.DISPOSE
            case Status.DELETED:
                return Operation.DELETE
            case _:
                return Operation.UPDATE


class Output(StrEnum):
    """How a result is shown."""

    TEXT = "text"
    JSON = "json"
    TABLE = "table"
    NONE = "none"


class OnFailure(StrEnum):
    """What to do with the rest of the step when a version can't change."""

    STOP = "stop"
    CONTINUE = "continue"
    ROLLBACK = "rollback"


class Code(StrEnum):
    """The codes of failure that this program itself gives; the service's own pass through."""

    NOT_FOUND = "NOT_FOUND"
    MISMATCHED_REVISION = "MISMATCHED_REVISION"
    MISMATCHED_STATUS = "MISMATCHED_STATUS"
    NOT_ALLOWED = "NOT_ALLOWED"
    SKIPPED = "SKIPPED"
    ROLLED_BACK = "ROLLED_BACK"
    UNREPORTED = "UNREPORTED"
    """The service didn't say, and reading again didn't show the target either."""


ACCESS_DENIED = "AccessDeniedException"
EXPIRED = "ExpiredTokenException"
"""What CodeArtifact answers to credentials that have ended, and what a version fails with whose
call could not be signed for want of new ones."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Package:
    """One package in one repository: what a call of CodeArtifact is about."""

    domain: str
    domain_owner: str | None = None
    repository: str
    format: Format
    namespace: str | None = None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A part of what a repository holds: packages of one format.

    Their namespaces and names begin with the texts given, which may be empty.
    """

    domain: str
    domain_owner: str | None = None
    repository: str
    format: Format
    namespace: str = ""
    name: str = ""


ANY_REPOSITORY = "*"
"""In the place of a repository's name, which never is like that: each one of the domain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Globs:
    """Which packages are meant, where it isn't one by its name: exclusion wins.

    Globs over names as users write them, in the spelling that the service keeps.
    """

    matching: tuple[str, ...] = ()
    excluding: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The globs as a name for what they didn't find."""
        return ", ".join(self.matching)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which of the versions that are there are meant besides those that were asked for by name.

    ``matching`` and ``excluding`` are globs or ranges, any of which may match; exclusion wins, over
    names as well. The newest ``keep_latest`` of what matches are left alone, not counting what is
    no more visible than the target; and so is what was published less than ``older_than`` ago.
    """

    matching: tuple[str, ...] = ()
    excluding: tuple[str, ...] = ()
    keep_latest: int = 0
    older_than: timedelta | None = None

    @property
    def text(self) -> str:
        """The selection as a name for what it didn't find."""
        return ", ".join(self.matching)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for one package: these versions, to this status.

    ``revisions`` and ``expected_status`` are the user's own conditions. ``versions`` are distinct;
    ``selection`` adds to them, and takes away from them, once it is known what is there. A request
    ``is_open`` as long as it is not known which packages are meant, or where they are.
    """

    package: Package
    """With ``globs``, these are in the place of its name."""
    versions: tuple[str, ...]
    target: Status
    revisions: Mapping[str, str] = field(default_factory=dict)
    expected_status: str | None = None
    selection: Selection | None = None
    globs: Globs | None = None
    absences: Mapping[str, str] = field(default_factory=dict)
    """What is said of a version that no package has, where that is known before the plan."""
    left_alone: Mapping[str, str] = field(default_factory=dict)
    """What was named or matched and is not meant all the same, each with the reason."""
    matched: frozenset[str] = frozenset()
    """Those of ``versions`` that the selection brought, and nobody asked for by name."""
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False)
    """The other spellings in which a version was asked for."""
    entries: Mapping[str, int] = field(default_factory=dict, compare=False)
    """The entry of ``packages``, from 1, that asks for a version; the step asks for the others."""
    unmatched: str | None = None
    """The selection's text, where it found nothing: it is among ``versions`` to be failed, also
    where a version is called like that."""
    number: str | None = field(default=None, compare=False)
    """The only version of a workflow's input ``versions``, if it is a number to YAML, of which the
    runner hands over ``1.10`` as ``1.1`` and ``2.0`` as ``2``."""

    @property
    def is_open(self) -> bool:
        """Whether packages, or repositories, have to be found, or none were."""
        return self.globs is not None or self.package.repository == ANY_REPOSITORY

    @property
    def selects(self) -> bool:
        """Whether versions are meant besides those that are named."""
        return self.selection is not None and bool(self.selection.matching)

    def with_versions(
        self,
        versions: Iterable[str],
        *,
        left_alone: Mapping[str, str] | None = None,
        unmatched: str | None = None,
        matched: Iterable[str] = (),
    ) -> "Request":
        """The same request for just ``versions``, with nothing left to select."""
        return replace(
            self,
            versions=tuple(dict.fromkeys(versions)),
            left_alone=left_alone or {},
            unmatched=unmatched,
            matched=frozenset(matched),
        )


@dataclass(frozen=True, slots=True)
class State:
    """What a version is in its repository: its status and the revision of its content."""

    status: str
    revision: str | None


@dataclass(frozen=True, slots=True)
class Denied:
    """Reading was denied: nothing is known about the package's versions.

    ``message`` is the service's, which may name the policy that denies.
    """

    message: str = ""


DENIED = Denied()

Reading: TypeAlias = Mapping[str, State] | Denied
"""The versions of a package in its repository; empty where it has no such package."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """One call: one operation on 1 to 100 versions of one package, all of one current status.

    ``expected_status`` and ``revisions`` pin the call to what was read; they are the user's own
    conditions, or None, where reading was denied. ``revisions`` holds all versions or is None.
    """

    package: Package
    target: Status
    versions: tuple[str, ...]
    expected_status: str | None
    revisions: Mapping[str, str] | None

    @property
    def operation(self) -> Operation:
        """The call that carries this batch out."""
        return Operation.to_reach(self.target)

    def only(self, versions: Iterable[str]) -> "Batch":
        """The same batch with just ``versions`` of it, in the batch's order."""
        wanted = set(versions)
        kept = tuple(version for version in self.versions if version in wanted)
        pins = None if self.revisions is None else {v: self.revisions[v] for v in kept}
        return replace(self, versions=kept, revisions=pins)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a version did not change: the service's error code and message, or ours."""

    code: str
    message: str


class Doubt(IntEnum):
    """What the calls for a version may have done to it without a final answer; the worst counts."""

    NONE = 0
    """No call can have changed it."""
    PAST = 1
    """A call may have changed it, and is over: the next reading tells."""
    OUT = 2
    """A call may have changed it, or may yet, whatever is read now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of sending a batch, after every try, of which there were ``sends``.

    ``error`` is there when the call failed as a whole. ``doubt`` is about the tries before the last
    answer, and that one if it is none.
    """

    successful: Mapping[str, State] = field(default_factory=dict)
    failed: Mapping[str, Failure] = field(default_factory=dict)
    error: Failure | None = None
    doubt: Doubt = Doubt.NONE
    sends: int = 1


class Verdict(StrEnum):
    """How a requested version ended."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    PLANNED = "planned"
    FAILED = "failed"
    ROLLED_BACK = "rolled-back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a requested version ended; ``before`` and ``after`` are its status as last known.

    None stands for absent or unread. ``failure`` is there exactly when the verdict is FAILED or
    ROLLED_BACK.
    """

    verdict: Verdict
    before: str | None
    after: str | None
    revision: str | None
    failure: Failure | None = None
    doubt: Doubt = Doubt.NONE
    """What no reading has settled: whether a version that failed was changed all the same, and
    whether one that was changed may be changed once more, should it be put back."""

    @staticmethod
    def failed(code: str, message: str, *, state: State | None = None) -> "Outcome":
        """A version that did not change, and is in ``state`` still."""
        return Outcome(
            verdict=Verdict.FAILED,
            before=state.status if state else None,
            after=state.status if state else None,
            revision=state.revision if state else None,
            failure=Failure(code, message),
        )


Key: TypeAlias = tuple[Package, str]
"""A version of a package in a repository: what an outcome belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """The failures that don't fail the step: all of them, or those with certain codes."""

    codes: frozenset[str] | Literal["all"] = frozenset()

    def covers(self, code: str) -> bool:
        """Whether a failure with ``code`` is allowed; case does not matter."""
        return self.codes == "all" or code.upper() in self.codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be sent, and what is decided without sending anything.

    Every version of every request is in exactly one of the two.
    """

    requests: tuple[Request, ...]
    batches: tuple[Batch, ...]
    decided: Mapping[Key, Outcome]
    readings: Mapping[Package, Reading]
    refusal: str | None = None
    """Why the plan was refused as a whole, if it was: no allowance lets such a step succeed."""

    def state(self, package: Package, version: str) -> State | None:
        """What was read of a version; None if it is absent or reading was denied."""
        reading = self.readings[package]
        return None if isinstance(reading, Denied) else reading.get(version)
