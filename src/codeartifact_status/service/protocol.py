"""CodeArtifact as far as this program needs it: two methods, which are the whole seam."""

from collections.abc import Callable
from typing import Protocol

from codeartifact_status.model import Batch, Package, Reading, Reply


class Service(Protocol):
    """What reads and sends; ``codeartifact.CodeArtifact`` is one."""

    def read(self, package: Package) -> Reading:
        """All versions of a package; may raise StepError: NotAsked and Interrupted, for two."""
        ...

    def change(self, batch: Batch, *, attempts: int, halted: Callable[[], bool]) -> Reply:
        """Send a batch up to ``attempts`` times, not again once ``halted``; never raises."""
        ...
