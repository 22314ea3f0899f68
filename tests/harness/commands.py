"""A line of the AWS CLI, and the same line for this program, outside of any CI system."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import DEVNULL, CompletedProcess, run

from codeartifact_emulator import Emulator
from harness.acting import called
from harness.runs import BARE, ENTRYPOINT

COMMAND = ("codeartifact", "update-package-versions-status")
PLACE = ("--domain", "acme", "--repository", "npm-store", "--format", "npm")
PACKAGE = (*PLACE, "--namespace", "acme", "--package", "core")
TARGET = ("--target-status", "Published")


def surroundings(
    emulator: Emulator, home: Path, variables: Mapping[str, str | None]
) -> dict[str, str]:
    """An environment with keys for the emulator; a variable that is None is left out."""
    whole = {**BARE, "HOME": str(home), **emulator.environment(user=True), **variables}
    return {name: value for name, value in whole.items() if value is not None}


def ours(
    line: Sequence[str], emulator: Emulator, home: Path, **variables: str | None
) -> CompletedProcess[str]:
    """This program, called."""
    return called(line, surroundings(emulator, home, variables), home)


def theirs(
    line: Sequence[str], emulator: Emulator, home: Path, **variables: str | None
) -> CompletedProcess[str]:
    """The AWS CLI, called."""
    import awscli
    from awscli.clidriver import create_clidriver

    def aws(line: Sequence[str]) -> int:
        return int(create_clidriver().main(list(line)))

    # Which awscli sets for its process where it is imported.
    data = str(Path(awscli.__file__).parent / "data")
    whole = surroundings(emulator, home, {"AWS_DATA_PATH": data, **variables})
    return called(line, whole, home, aws)


def started(
    line: Sequence[str], emulator: Emulator, home: Path, **variables: str | None
) -> CompletedProcess[str]:
    """This program as a process."""
    return run(
        [sys.executable, "-I", str(ENTRYPOINT), *line],
        cwd=home,
        env=surroundings(emulator, home, variables),
        stdin=DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
