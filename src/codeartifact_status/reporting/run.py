"""What one run came to: what was asked, how each version ended, and in what circumstances. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from codeartifact_status import REPOSITORY, __version__
from codeartifact_status.errors import StepError
from codeartifact_status.model import Allowed, Failure, Key, Outcome, Package, Request

ACTION = f"{REPOSITORY}@v{__version__.partition('.')[0]}"
"""This action as a workflow names it, where the runner doesn't say how it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run, as far as it got."""

    requests: tuple[Request, ...] = ()
    is_everywhere: bool = False
    """Whether a package was asked for in any repository of the domain."""
    lacking: tuple[Package, ...] = ()
    """The packages that match, and are left alone because they lack something asked for."""
    outcomes: Mapping[Key, Outcome] = field(default_factory=dict)
    allowed: Allowed = field(default_factory=Allowed)
    dry_run: bool = False
    region: str | None = None
    account: str | None = None
    """The domain owner's, if it is known."""
    is_narrowed: bool = False
    """Whether a session policy lets this step do less than its role."""
    own_policy: bool = False
    """Whether such a policy is the one that this step makes, and not the user's."""
    unread: Mapping[Package, str] = field(default_factory=dict)
    """The packages that could not be read, with what the service said."""
    refusal: str | None = None
    """Why the plan was refused as a whole."""
    stuck: Mapping[Key, Failure] = field(default_factory=dict)
    """The versions that a rollback could not put back, and why."""
    error: StepError | None = None
    """What stopped the run before anything was sent."""
    signal: int | None = None
    """The number of the signal that stopped it."""
    overdue: bool = False
    """Whether its deadline stopped it."""
    bug: str | None = None
    """What to tell of a bug of ours that got in its way."""

    @property
    def has_one_package(self) -> bool:
        """Whether it is about one package in one repository, whose versions need no more names."""
        return not self.is_everywhere and len({r.package for r in self.requests}) <= 1

    def is_there(self, package: Package) -> bool:
        """Whether a package of it is one, and not what was asked for and found nowhere."""
        return not any(one.is_open and one.package == package for one in self.requests)

    def versions(self) -> Iterator[tuple[Request, str, Outcome]]:
        """Every requested version, in the order in which it was asked for."""
        for request in self.requests:
            for version, outcome in self.of(request):
                yield request, version, outcome

    def of(self, request: Request) -> list[tuple[str, Outcome]]:
        """The outcomes of a request's versions, in the order in which they were asked for."""
        return [(version, self.outcomes[request.package, version]) for version in request.versions]
