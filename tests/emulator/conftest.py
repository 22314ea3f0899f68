"""What the emulator's own tests share: a running one, and a client that finds it."""

from collections.abc import Iterator
from typing import Any

import pytest

from codeartifact_emulator import Emulator
from harness.clients import connect


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator.start() as running:
        yield running


@pytest.fixture
def client(emulator: Emulator) -> Iterator[Any]:
    with connect(emulator) as connected:
        yield connected
