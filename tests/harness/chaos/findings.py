"""How often each promise was checked, and broken, and what could not be checked."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Findings:
    """What one run came to, or many together."""

    checked: Counter[str] = field(default_factory=Counter)
    unchecked: Counter[str] = field(default_factory=Counter)
    """What could not be checked, and why."""
    broken: list[str] = field(default_factory=list)
    """A sentence for each promise that doesn't hold; it starts with the promise's name."""

    def check(self, promise: str, holds: object, otherwise: str) -> None:
        """Note whether a promise holds, and what is the case ``otherwise``."""
        self.checked[promise] += 1
        if not holds:
            self.broken.append(f"{promise}: {otherwise}")

    def pass_over(self, promise: str, why: str) -> None:
        """Note that nothing can be said about a promise."""
        self.unchecked[f"{promise}: {why}"] += 1
