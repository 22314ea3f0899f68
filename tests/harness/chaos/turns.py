"""Two steps at once, and yet the same way every time: their calls go one by one.

Each waits until every step that has not ended has a call to make; then one of them is drawn.
"""

import random
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from codeartifact_emulator import Call, Emulator

GUARD = 60.0
"""Seconds after which a step that neither calls nor ends is taken for hung."""
EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["codeartifact:*", "sts:*"], "Resource": "*"}],
}
USERS = {
    name: {
        "name": name,
        "access-key-id": f"AKIAIOSFODNN7{name:>07}".replace(" ", "X"),
        "secret-access-key": f"wJalrXUtnFEMI/K7MDENG/{name}",
        "policy": EVERYTHING,
    }
    for name in ("one", "two")
}


@dataclass(slots=True)
class Turns:
    """Whose turn it is. Thread-safe."""

    pick: random.Random
    _live: set[str] = field(default_factory=set)
    _waiting: set[str] = field(default_factory=set)
    _turn: str | None = None
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def begin(self, names: Iterable[str]) -> None:
        """These steps run from now on."""
        with self._changed:
            self._live = set(names)

    def end(self, name: str) -> None:
        """A step has ended."""
        with self._changed:
            self._live.discard(name)
            self._choose()

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Do one thing when it is a step's turn; at once, if only one is there."""
        with self._changed:
            self._waiting.add(name)
            self._choose()
            if not self._changed.wait_for(lambda: self._turn == name, timeout=GUARD):
                raise TimeoutError(f"step {name} never had its turn")
            self._waiting.discard(name)
        try:
            yield
        finally:
            with self._changed:
                self._turn = None
                self._choose()

    def _choose(self) -> None:
        if self._turn is None and self._waiting and self._waiting >= self._live:
            self._turn = self.pick.choice(sorted(self._waiting))
            self._changed.notify_all()


class Served(Emulator):
    """An emulator that lets the calls of two steps through in turns, and tells them apart."""

    turns: Turns | None = None

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.made: dict[str, list[Call]] = {name: [] for name in USERS}

    def respond(self, request: Any) -> Any:
        signature = request.headers.get("authorization", "")
        keys = {str(user["access-key-id"]): name for name, user in USERS.items()}
        who = next((name for key, name in keys.items() if f"={key}/" in signature), None)
        if self.turns is None or who is None:
            return super().respond(request)
        with self.turns.of(who):
            answer = super().respond(request)
            self.made[who].append(self.calls[-1])
            return answer
