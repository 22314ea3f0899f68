"""The image as a runner uses it: `docker run` with the workspace and the files of a step."""

import gzip
import json
import os
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from engine import DOCKER

HYPHENS = str.maketrans("_", "-")
ACCOUNT: list[str] = []
"""What is said of the image when all is done."""


def docker(*arguments: str, given: str | None = None, seconds: float = 300) -> str:
    """Run docker; gives what it said on stdout, and fails with what it said on stderr."""
    done = subprocess.run(
        [DOCKER, *arguments],
        check=False,
        input=given,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    if done.returncode != 0:
        raise AssertionError(f"docker {' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done.stdout


def inspect(image: str) -> dict[str, Any]:
    (found,) = json.loads(docker("image", "inspect", image))
    return cast("dict[str, Any]", found)


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of an image: its size, also compressed as a registry keeps it, and its files."""

    size: int
    compressed: int
    members: Mapping[str, tarfile.TarInfo]
    heads: Mapping[str, bytes]
    """The first 16 bytes of each file of bytecode."""


def layers(image: str) -> list[Layer]:
    """The layers of an image, from the base's upwards."""
    with tempfile.TemporaryDirectory() as directory:
        saved = f"{directory}/image.tar"
        docker("save", "--output", saved, image)
        with tarfile.open(saved) as archive:
            manifest = json.load(_member(archive, "manifest.json"))
            return [_layer(_member(archive, name)) for name in manifest[0]["Layers"]]


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    # Some engines save a layer that stands twice as a link to the first.
    member = archive.extractfile(name)
    if member is None:
        raise AssertionError(f"{name} is not in the image")
    return member


def _layer(stream: IO[bytes]) -> Layer:
    members, heads = {}, {}
    raw = stream.read()
    # Engines that keep images as registries do save them compressed.
    whole = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    with tempfile.TemporaryFile() as file:
        file.write(whole)
        file.seek(0)
        with tarfile.open(fileobj=file) as layer:
            for member in layer:
                members[member.name] = member
                if member.name.endswith(".pyc"):
                    content = layer.extractfile(member)
                    heads[member.name] = content.read(16) if content else b""
    return Layer(len(whole), len(gzip.compress(whole, 6)), members, heads)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a run of the container left behind."""

    exit_code: int
    stdout: str
    stderr: str
    outputs: Mapping[str, str]
    summary: str
    workspace: Path
    seconds: float


@dataclass(frozen=True, slots=True)
class Step:
    """A step in the image: its directories are mounted where the runner mounts them."""

    image: str
    directory: Path
    variables: Mapping[str, str]

    def command(
        self,
        *arguments: str,
        image: str | None = None,
        options: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        **inputs: object,
    ) -> list[str]:
        """The `docker run` of this step, as the runner would write it."""
        files = self.directory / "files"
        # For whoever the step is run as.
        for path in (self.directory / "workspace", files):
            path.mkdir(exist_ok=True)
            path.chmod(0o777)
        for name in ("output", "summary"):
            (files / name).write_text("")
            (files / name).chmod(0o666)
        variables = {
            "HOME": "/github/home",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": "/github/workspace",
            "GITHUB_OUTPUT": "/github/file_commands/output",
            "GITHUB_STEP_SUMMARY": "/github/file_commands/summary",
            **self.variables,
            **{
                f"INPUT_{name.upper().translate(HYPHENS)}": str(value)
                for name, value in inputs.items()
            },
            **(environment or {}),
        }
        return [
            DOCKER,
            "run",
            "--workdir=/github/workspace",
            f"--volume={self.directory / 'workspace'}:/github/workspace",
            f"--volume={files}:/github/file_commands",
            *(
                []
                if any(option.startswith("--network") for option in options)
                else ["--network=host"]
            ),
            *(f"--env={name}={value}" for name, value in variables.items()),
            *options,
            image or self.image,
            *arguments,
        ]

    def run(self, *arguments: str, seconds: float = 120, **given: Any) -> Finished:
        """Run the step to its end."""
        command = self.command(*arguments, **given)
        command.insert(2, "--rm")
        before = os.times().elapsed
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=seconds)
        return self.finished(done.returncode, done.stdout, done.stderr, before)

    def finished(self, exit_code: int, stdout: str, stderr: str, since: float) -> Finished:
        files = self.directory / "files"
        output = (files / "output").read_text()
        return Finished(
            exit_code=exit_code,
            stdout=stdout,
            stderr=stderr,
            outputs={
                name: value
                for name, _, value in re.findall(
                    r"^([\w-]+)<<(\S+)\n(.*?)\n\2$", output, re.DOTALL | re.MULTILINE
                )
            },
            summary=(files / "summary").read_text(),
            workspace=self.directory / "workspace",
            seconds=os.times().elapsed - since,
        )
