"""Files that are named and are none: whatever they are, the step ends in time, and says so."""

import os
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codeartifact_emulator import Emulator
from codeartifact_status.runner import bounded
from harness.acting import Act
from harness.runs import ROLE, calls_of, put_core, statuses

UPDATE = "UpdatePackageVersionsStatus"


def _socket(path: Path) -> None:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(os.path.relpath(path))  # a socket's path has 107 characters at most
    listening.close()


def _huge(path: Path) -> None:
    path.touch()
    os.truncate(path, 10 * 2**30)


STRANGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "pipe": (os.mkfifo, "it is a pipe that was still open when the step had to stop"),
    "endless": (lambda path: path.symlink_to("/dev/zero"), "it has more than 32 MiB"),
    "huge": (_huge, "it has more than 32 MiB"),
    "directory": (Path.mkdir, "Is a directory"),
    "socket": (_socket, "No such device or address"),
    "dangling": (
        lambda path: path.symlink_to("nowhere"),
        "o such file|there is no file",
    ),
    "looping": (lambda path: path.symlink_to(path.name), "Too many levels of symbolic links"),
}
"""How each is made, and why it can't be read."""

READ: dict[str, tuple[dict[str, Any], int]] = {
    "packages": ({"packages": "@{}", "package": None, "versions": None}, 2),
    "cli-input-json": ({"cli_input_json": "file://{}"}, 2),
    "web-identity-token-file": ({"web_identity_token_file": "{}"}, 3),
    "--versions": ({"arguments": ["--versions", "file://{}"]}, 2),
}
"""Inputs that name a file to read, and the exit code where it can't be."""


def _filled(value: Any, path: Path) -> Any:
    if isinstance(value, list):
        return [_filled(one, path) for one in value]
    return value.format(path) if isinstance(value, str) else value


@pytest.mark.parametrize("kind", STRANGE)
@pytest.mark.parametrize("name", READ)
def test_what_cannot_be_read_is_told_in_time(
    emulator: Emulator, act: Act, tmp_path: Path, name: str, kind: str
) -> None:
    put_core(emulator, "1.0")
    path = tmp_path / "strange"
    make, reason = STRANGE[kind]
    make(path)
    given, exit_code = READ[name]
    inputs = {"versions": "1.0"} | {key: _filled(value, path) for key, value in given.items()}

    done = act(timeout_seconds="1", **inputs)

    assert done.exit_code == (1 if kind == "pipe" else exit_code), done.stdout
    assert re.search(reason, done.messages)
    assert name in done.messages
    assert done.outputs["outcome"] == "failed"
    assert done.undo == []
    assert calls_of(emulator, UPDATE) == []


@pytest.mark.parametrize(
    "given",
    [
        {"packages": "@{}", "package": None},
        {"cli_input_json": "file://{}", "package": None},
        {"arguments": ["--packages", "file://{}"], "package": None},
    ],
    ids=["packages", "cli-input-json", "--packages"],
)
def test_a_pipe_that_a_shell_made_is_read(
    emulator: Emulator, act: Act, given: dict[str, Any]
) -> None:
    """As ``@<(…)`` and ``file:///dev/stdin``: once, though some inputs are looked at twice."""
    put_core(emulator, "1.0")
    reading, writing = os.pipe()
    is_request = "cli_input_json" in given
    os.write(writing, b'{"package": "@acme/core"}' if is_request else b'["@acme/core"]')
    os.close(writing)
    try:
        path = Path(f"/dev/fd/{reading}")
        done = act(versions="1.0", **{key: _filled(value, path) for key, value in given.items()})
    finally:
        os.close(reading)

    assert done.exit_code == 0, done.stdout + done.stderr
    assert statuses(emulator) == {"1.0": "Published"}


@pytest.mark.parametrize("kind", ["endless", "huge"])
@pytest.mark.parametrize(
    "variable",
    ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE"],
)
def test_a_file_without_end_is_kept_from_the_sdk(
    emulator: Emulator, act: Act, tmp_path: Path, variable: str, kind: str
) -> None:
    STRANGE[kind][0](tmp_path / "strange")
    environment = {variable: str(tmp_path / "strange"), "AWS_ROLE_ARN": ROLE}

    done = act(versions="1.0", role_to_assume=None, environment=environment)

    assert done.exit_code == 2
    assert f"{variable}: {tmp_path}/strange: it has more than 32 MiB" in done.messages
    assert emulator.calls == []


@pytest.mark.parametrize("kind", ["pipe", "endless"])
def test_an_event_that_cannot_be_read_is_done_without(act: Act, tmp_path: Path, kind: str) -> None:
    STRANGE[kind][0](tmp_path / "strange")

    done = act(
        versions="1.0",
        environment={
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(tmp_path / "strange"),
            "ACTIONS_ID_TOKEN_REQUEST_URL": None,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": None,
        },
    )

    assert done.exit_code == 3
    assert "id-token: write" in done.messages


# --- What is written. ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "exit_code"), [("GITHUB_OUTPUT", 1), ("GITHUB_STEP_SUMMARY", 0)]
)
def test_a_pipe_of_the_runner_that_nobody_reads_does_not_hold_up_the_rest(
    emulator: Emulator, act: Act, tmp_path: Path, variable: str, exit_code: int
) -> None:
    put_core(emulator, "1.0")
    os.mkfifo(tmp_path / "pipe")

    done = act(
        versions="1.0",
        result_file="result.json",
        environment={variable: str(tmp_path / "pipe")},
    )

    assert done.exit_code == exit_code
    assert "could not be written: [Errno 6] nobody reads from it" in done.messages
    assert (done.workspace / "result.json").read_text()
    assert statuses(emulator) == {"1.0": "Published"}


def test_nor_does_one_whose_reader_takes_nothing(
    emulator: Emulator, act: Act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = [f"1.{number}" for number in range(2000)]  # more than a pipe holds by itself
    put_core(emulator, *versions)
    monkeypatch.setattr(bounded, "PATIENCE", 0.2)
    os.mkfifo(tmp_path / "pipe")
    reading = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)

    try:
        done = act(
            versions=" ".join(versions),
            result_file="result.json",
            environment={"GITHUB_OUTPUT": str(tmp_path / "pipe")},
        )
    finally:
        os.close(reading)

    assert done.exit_code == 1
    assert "nobody has read from it for 0.2 seconds" in done.messages
    assert (done.workspace / "result.json").read_text()
    assert set(statuses(emulator).values()) == {"Published"}


@pytest.mark.parametrize("name", ["output_file", "summary_file"])
def test_nor_do_files_outside_of_github_that_are_none(
    emulator: Emulator, act: Act, tmp_path: Path, name: str
) -> None:
    put_core(emulator, "1.0")
    os.mkfifo(tmp_path / "pipe")
    user = emulator.environment(user=True)

    done = act(
        versions="1.0",
        role_to_assume=None,
        environment={"GITHUB_ACTIONS": None, **user},
        **{name: str(tmp_path / "pipe")},
    )

    assert done.exit_code == (1 if name == "output_file" else 0)
    assert "nobody reads from it" in done.stdout
    assert statuses(emulator) == {"1.0": "Published"}
