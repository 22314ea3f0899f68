"""What is there: every package read side by side."""

import threading
from collections.abc import Callable
from dataclasses import replace

from codeartifact_status.model import Batch, Package, Reading, Reply, State
from codeartifact_status.service.listing import read_all
from harness.runs import CORE_PACKAGE
from harness.scripts import P, Script


def test_every_package_is_read_once() -> None:
    other = replace(CORE_PACKAGE, repository="npm-prod")
    seen: list[Package] = []

    class Reader:
        def read(self, package: Package) -> Reading:
            seen.append(package)
            return {"1": State(P, package.repository)}

        def change(self, batch: Batch, *, attempts: int, halted: Callable[[], bool]) -> Reply:
            raise NotImplementedError(batch)

    readings = read_all(
        Reader(), [CORE_PACKAGE, other, CORE_PACKAGE], concurrency=2, stop=threading.Event()
    )

    assert list(readings) == [CORE_PACKAGE, other]
    assert sorted(seen) == sorted([CORE_PACKAGE, other])


def test_nothing_to_read_is_nothing_read() -> None:
    assert read_all(Script([]), [], concurrency=8, stop=threading.Event()) == {}
