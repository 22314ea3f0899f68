"""What tests of identity share: how AWS is reached, and a job that finds an emulator."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codeartifact_emulator import Emulator
from codeartifact_status.service.connection import Connection


@pytest.fixture
def connection() -> Connection:
    return Connection(
        region="eu-west-1",
        connect_timeout=2,
        read_timeout=1,
        attempts=3,
        stop=threading.Event(),
    )


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Makes this process a job that finds an emulator; no other AWS setting is left."""

    def surround(emulator: Emulator, **given: Any) -> None:
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ROLE_ARN",
                     "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):  # fmt: skip
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        for name, value in emulator.environment(**given).items():
            monkeypatch.setenv(name, value)

    return surround
