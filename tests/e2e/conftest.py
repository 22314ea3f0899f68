"""What the tests of the whole thing share: the image, built once, a runner, and an account of it.

Nothing here is skipped: whoever starts these tests has an engine (`engine.py`), and where something
is broken then, they fail.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from base import STAND_IN
from base import base as have_base
from codeartifact_emulator import Emulator
from container import ACCOUNT, Layer, Step, docker, inspect, layers
from engine import DOCKER, silence
from harness.examples import REPOSITORY, readme_roles
from workflows import ROOT, Runner

MAKE = shutil.which("make") or "make"
IMAGE = "codeartifact-status:e2e"
RUNS: list[float] = []
"""How long each run of a workflow took."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Give the account."""
    if RUNS:
        ACCOUNT.append(f"workflows   {len(RUNS)} runs in {sum(RUNS):.0f} s")
    if ACCOUNT:
        terminalreporter.section("the image and the runner")
        for line in ACCOUNT:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def engine() -> str:
    """The engine's version."""
    why = silence()
    if why is not None:
        pytest.fail(f"there is no Docker engine, which `make e2e` would start: {why}")
    version = docker("version", "--format", "{{.Server.Version}}").strip()
    ACCOUNT.append(f"engine      Docker {version}")
    return version


@pytest.fixture(scope="session")
def base(engine: str) -> str:
    """The name of the base, or of its stand-in."""
    del engine
    name = os.environ.get("PYTHON_IMAGE") or have_base()
    stands_in = STAND_IN in (inspect(name)["Config"].get("Labels") or {})
    ACCOUNT.append(f"base        {name}{', a stand-in' * stands_in}")
    return name


@pytest.fixture(scope="session")
def build(base: str) -> Callable[..., str]:
    """Builds the image with `make`, as a person does."""

    def make(image: str, *flags: str) -> str:
        subprocess.run(
            [
                MAKE,
                "--no-print-directory",
                "--silent",
                "build-image",
                f"IMAGE={image}",
                f"PYTHON_IMAGE={base}",
                f"DOCKER={DOCKER}",
                f"DOCKER_FLAGS={' '.join(('--network host --quiet', *flags))}",
            ],
            cwd=ROOT,
            check=True,
            timeout=600,
        )
        return image

    return make


@pytest.fixture(scope="session")
def image(build: Callable[..., str]) -> str:
    """The image, built from what is here."""
    before = time.monotonic()
    name = build(IMAGE)
    ACCOUNT.append(f"build       {time.monotonic() - before:.1f} s")
    return name


@pytest.fixture(scope="session")
def image_layers(image: str) -> list[Layer]:
    """Its layers, from the base's upwards."""
    found = layers(image)
    for number, layer in enumerate(found):
        what = "base" if number < len(found) - 1 else "ours"
        sizes = f"{layer.size / 1e6:.1f} MB, {layer.compressed / 1e6:.1f} MB compressed"
        ACCOUNT.append(f"layer       {what}: {sizes}")
    whole = sum(layer.compressed for layer in found)
    ACCOUNT.append(
        f"size        {whole / 1e6:.1f} MB compressed, {inspect(image)['Size'] / 1e6:.0f} MB"
    )
    return found


@pytest.fixture
def step(image: str, emulator: Emulator, tmp_path: Path) -> Step:
    """A step in the image, against the test's emulator."""
    return Step(image, tmp_path, emulator.environment())


# --- A repository of the README's account. -------------------------------------------------------


@pytest.fixture
def account(emulators: Callable[..., Emulator]) -> Emulator:
    """An emulator of an account that has the README's roles, and nothing more."""
    return emulators(seed={"roles": readme_roles()})


@pytest.fixture
def github(image: str, base: str, account: Emulator, tmp_path: Path) -> Iterator[Runner]:
    """Runs workflows of the repository that the README's trust policy names."""

    def tokens(job: Mapping[str, Any]) -> Mapping[str, str]:
        claims = {
            "repository": REPOSITORY,
            "repository_owner": REPOSITORY.partition("/")[0],
            "ref": "refs/heads/main",
        }
        if "environment" in job:
            claims["environment"] = job["environment"]
        given = account.environment(claims=claims)
        return {name: given[name] for name in given if name.startswith("ACTIONS_ID_TOKEN_")}

    given = account.environment()
    endpoints = {name: given[name] for name in given if name.startswith("AWS_ENDPOINT_URL_")}
    runner = Runner(image, base, tmp_path, REPOSITORY, endpoints, tokens)
    yield runner
    RUNS.extend(runner.seconds)
