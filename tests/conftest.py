"""What all tests share: an emulator for each, and the action, called or as a process."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from codeartifact_emulator import Emulator
from harness.acting import Act, models_read_once
from harness.runs import Runner

settings.register_profile(
    "modest",
    deadline=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("modest")


@pytest.fixture(scope="session", autouse=True)
def _models() -> Iterator[None]:
    """What takes botocore longest, once for all tests."""
    with models_read_once():
        yield


@pytest.fixture
def emulators() -> Iterator[Callable[..., Emulator]]:
    """Starts emulators with what ``Emulator.start`` takes, and stops them after the test."""
    running: list[Emulator] = []

    def start(**given: Any) -> Emulator:
        emulator = Emulator.start(**given)
        emulator.store.add_repository(domain="acme", repository="npm-store")
        running.append(emulator)
        return emulator

    yield start
    for emulator in running:
        emulator.stop()


@pytest.fixture
def emulator(emulators: Callable[..., Emulator]) -> Emulator:
    """An emulator with an empty repository, a role ``release`` that may do all, and a user."""
    return emulators()


@pytest.fixture
def act(emulator: Emulator, tmp_path: Path) -> Act:
    """Calls the action in this process, with the test's emulator and an empty workspace."""
    return Act(emulator, tmp_path)


@pytest.fixture
def run_action(emulator: Emulator, tmp_path: Path) -> Iterator[Runner]:
    """Starts the action as a process, likewise."""
    runner = Runner(emulator, tmp_path)
    yield runner
    for running in runner.runs:
        if running.process.poll() is None:
            running.process.kill()
            running.process.communicate()
