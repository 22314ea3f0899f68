"""What is there: every package read side by side."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from codeartifact_status.model import (
    Batch,
    Format,
    Package,
    Reading,
    Reply,
    Request,
    State,
    Status,
)
from codeartifact_status.service.listing import look, read_all
from harness.runs import CORE_PACKAGE
from harness.scripts import P, Script


def test_every_package_is_read_once() -> None:
    other = replace(CORE_PACKAGE, repository="npm-prod")
    seen: list[Package] = []

    class Reader:
        def read(self, package: Package, _named: Sequence[str] = ()) -> Reading:
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


def test_a_version_in_another_spelling_is_not_waited_for() -> None:
    package = replace(CORE_PACKAGE, format=Format.PYPI, namespace=None)
    request = Request(package=package, versions=("1.0.0-rc.1",), target=Status.PUBLISHED)
    waits: list[int] = []

    class Reader(Script):
        def read(self, _package: Package, _named: Sequence[str] = ()) -> Reading:
            return {"1.0.0rc1": State(P, "r")}

    look(
        Reader([]),
        [request],
        concurrency=1,
        seconds=60,
        stop=threading.Event(),
        on_wait=lambda missing, _: waits.append(missing),
    )

    assert waits == []
