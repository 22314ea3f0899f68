"""CodeArtifact as far as this program needs it: two methods, and what finds out what is meant."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from codeartifact_status.model import Batch, Package, Reading, Reply, Shelf


class Service(Protocol):
    """What reads and sends; ``codeartifact.CodeArtifact`` is one."""

    def read(self, package: Package, named: Sequence[str] = ()) -> Reading:
        """All versions of a package, those that are ``named`` wherever a listing has them.

        May raise StepError: NotAsked and Interrupted, for two.
        """
        ...

    def change(self, batch: Batch, *, attempts: int, halted: Callable[[], bool]) -> Reply:
        """Send a batch up to ``attempts`` times, not again once ``halted``; never raises."""
        ...


class Catalog(Service, Protocol):
    """What knows as well what there is, for steps that don't name it; ``CodeArtifact`` is one.

    All may raise NotAsked, NotPermitted and Interrupted.
    """

    def repositories(self, *, domain: str, owner: str | None) -> tuple[str, ...]:
        """The repositories of a domain."""
        ...

    def packages(self, shelf: Shelf) -> tuple[Package, ...]:
        """The packages of a shelf."""
        ...

    def published(self, package: Package, version: str) -> datetime | None:
        """When a version was published; None where nobody knows."""
        ...
