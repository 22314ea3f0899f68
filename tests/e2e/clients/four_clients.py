"""The four clients: where each comes from, how it is asked, and how its answer is read.

Each call is a process of its own with an environment of its own, as a step of a workflow is. What
the clients say in their own ways (exit status or exception, text or JSON, this or that way to write
a time) becomes one `Answer`; nothing here knows what the answer ought to be.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from botocore import xform_name

from engine import install_packages

Json: TypeAlias = dict[str, Any]

HERE = Path(__file__).parent
INSTALLED = HERE.parents[2] / ".clients"
"""Where npm's packages are put; git ignores it, and it can be deleted at any time."""
SDK_PACKAGES = ("package.json", "package-lock.json")
SECONDS = 180
"""For one call, on a machine that has much else to do."""

# Newer ones of version 2 put a prefix before it (aws/aws-cli pull 10094).
_ERROR = re.compile(
    r"(?:aws: \[ERROR\]: )?An error occurred \((?P<code>\w+)\) when calling the \w+ operation"
    r"(?: \(reached max retries: \d+\))?: (?P<message>.*)",
    re.DOTALL,
)


class Unavailable(Exception):
    """A client that is not here and that nothing here may install: its tests are skipped."""


class NotInstalled(Exception):
    """A client that should be here and cannot be had: its tests fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call, in the model's words."""

    operation: str
    params: Json
    page_size: int | None = None
    """Let the client do the paging: so many a page, or 0 for the service's own size."""

    @property
    def service(self) -> str:
        return "sts" if "Role" in self.operation or "Caller" in self.operation else "codeartifact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a client reported."""

    ending: str
    """`exit 0`, `exit 254`; of an SDK `returned` or `raised`."""
    output: Json | None = None
    """The result in the model's shape, times in seconds since 1970; none if there is an error."""
    code: str | None = None
    """The error's code as the service sent it."""
    name: str | None = None
    """The error's code as the client calls it."""
    message: str = ""
    details: Json | None = None
    """An error's other members, from clients that show them."""


class Client(Protocol):
    """One of the four."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def attempts(self) -> int:
        """How often it asks in all, when it is throttled and left to its own settings."""

    @property
    def fine(self) -> str:
        """How it ends after an answer that is no error, whatever became of the versions."""

    @property
    def refused(self) -> str:
        """How it ends after an error."""

    def call(self, request: Request, environment: Mapping[str, str]) -> Answer:
        """Ask. The environment says where the service is and who asks, and there is no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cli:
    """The AWS CLI, of either major version."""

    name: str
    version: str
    command: Sequence[str | Path]
    attempts: int
    refused: str
    fine: str = "exit 0"

    def call(self, request: Request, environment: Mapping[str, str]) -> Answer:
        arguments = [request.service, xform_name(request.operation, "-")]
        for name, value in request.params.items():
            arguments += [f"--{xform_name(name, '-')}", *_spelled(value)]
        if request.page_size:
            arguments += ["--page-size", str(request.page_size)]
        # Before 2.13 version 2 has no variable for this, and Debian's is older.
        arguments += ["--endpoint-url", environment["AWS_ENDPOINT_URL_CODEARTIFACT"]]
        done = _run([*self.command, *arguments], environment)
        ending = f"exit {done.returncode}"
        if done.returncode == 0:
            output = _read(done.stdout)
            return Answer(ending=ending, output=_listed(output) if _pages(request) else output)
        said = _ERROR.fullmatch(done.stderr.strip())
        if said is None:
            raise AssertionError(f"{self.name}: {ending}: {done.stderr}")
        code = said["code"]
        return Answer(ending=ending, code=code, name=code, message=said["message"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sdk:
    """An SDK, behind a program of a few lines that reads a request and prints an answer."""

    name: str
    version: str
    command: Sequence[str | Path]
    attempts: int = 3
    refused: str = "raised"
    fine: str = "returned"

    def call(self, request: Request, environment: Mapping[str, str]) -> Answer:
        asked = {
            "service": request.service,
            "operation": request.operation,
            "input": request.params,
            "pageSize": request.page_size,
        }
        done = _run(self.command, environment, json.dumps(asked))
        if done.returncode != 0:
            raise AssertionError(f"{self.name}: exit {done.returncode}: {done.stderr}")
        said = _read(done.stdout)
        if "output" in said:
            return Answer(ending="returned", output=said["output"])
        return Answer(ending="raised", **said["error"])


# Where they come from


NODE = 20
"""The oldest major version of Node.js that the AWS SDK for JavaScript runs on."""


def aws_cli_1() -> Client:
    """The development requirements have it, beside Python."""
    command = [sys.executable, Path(sys.executable).parent / "aws"]
    # It has a botocore of its own in it, whose retry mode is `legacy`; boto3's is `standard`.
    return Cli(
        name="AWS CLI v1",
        version=_cli_version(command),
        command=command,
        attempts=5,
        refused="exit 255",
    )


def aws_cli_2() -> Client:
    """It is not on PyPI: what is installed, or the distribution's package."""
    found = _installed_aws_cli_2()
    if found is None:
        _install("awscli", missing="no AWS CLI v2 on PATH")
        found = _installed_aws_cli_2()
    if found is None:
        raise NotInstalled("this distribution's awscli is not version 2: put one on PATH")
    return Cli(
        name="AWS CLI v2",
        version=_cli_version([found]),
        command=[found],
        attempts=3,
        refused="exit 254",
    )


def _install(*packages: str, missing: str) -> None:
    """Install the distribution's packages, where that is Debian's and we are root."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise Unavailable(f"{missing}, and only root can apt-get install {' '.join(packages)}")
    why = install_packages(*packages)
    if why is not None:
        raise NotInstalled(f"{' '.join(packages)} could not be installed: {why}")


def _node_version() -> int:
    """The major version of Node.js, with npm; 0 if either isn't there."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        return 0
    return int(_run(["node", "--version"], os.environ).stdout.strip().lstrip("v").split(".")[0])


def sdk_for_javascript() -> Client:
    """npm installs the versions of the lock, once for each lock."""
    if not _node_version():
        _install("nodejs", "npm", missing="no node and npm on PATH")
    if _node_version() < NODE:
        raise Unavailable(f"the AWS SDK for JavaScript needs node and npm, version {NODE} or newer")
    lock = b"".join((HERE / name).read_bytes() for name in SDK_PACKAGES)
    place = INSTALLED / f"npm-{hashlib.sha256(lock).hexdigest()[:12]}"
    with _alone():
        if not (place / "ready").exists():
            place.mkdir(exist_ok=True)
            for name in SDK_PACKAGES:
                shutil.copy(HERE / name, place)
            quiet = ["--no-audit", "--no-fund", "--ignore-scripts"]
            _must(["npm", "ci", *quiet, "--prefix", place], "npm ci")
            (place / "ready").touch()
    package = place / "node_modules/@aws-sdk/client-codeartifact/package.json"
    version = json.loads(package.read_text(encoding="utf-8"))["version"]
    command = ["node", HERE / "sdk.mjs", place]
    return Sdk(name="SDK for JavaScript", version=version, command=command)


def boto3() -> Client:
    """The action's own dependency."""
    command = [sys.executable, "-I", HERE / "sdk.py"]
    printed = [sys.executable, "-I", "-c", "import boto3; print(boto3.__version__)"]
    version = _run(printed, os.environ).stdout.strip()
    return Sdk(name="boto3", version=version, command=command)


CLIENTS: Mapping[str, Callable[[], Client]] = {
    "aws-cli-1": aws_cli_1,
    "aws-cli-2": aws_cli_2,
    "sdk-js": sdk_for_javascript,
    "boto3": boto3,
}


def _installed_aws_cli_2() -> str | None:
    """Look through all of PATH: where both are, version 1 may be the first."""
    for directory in os.environ["PATH"].split(os.pathsep):
        command = shutil.which("aws", path=directory)
        if command is not None and _cli_version([command]).startswith("2."):
            return command
    return None


def _cli_version(command: Sequence[str | Path]) -> str:
    said = re.match(r"aws-cli/(\S+)", _run([*command, "--version"], os.environ).stdout)
    return said[1] if said else ""


@contextmanager
def _alone() -> Iterator[None]:
    """Let one test process install at a time; the others then find it installed."""
    INSTALLED.mkdir(exist_ok=True)
    with (INSTALLED / "npm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _must(command: Sequence[str | Path], what: str) -> None:
    done = _run(command, os.environ, seconds=600)
    if done.returncode != 0:
        raise NotInstalled(f"{what} failed: {(done.stderr or done.stdout).strip()[-2000:]}")


# How they are asked and read


def _run(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    given: str = "",
    seconds: float = SECONDS,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )


def _spelled(value: object) -> list[str]:
    """Spell a parameter for the command line.

    Maps are JSON: the CLI's shorthand cannot say a version with `+`, `~` or `!`.
    """
    if isinstance(value, list):
        return [str(each) for each in value]
    return [json.dumps(value) if isinstance(value, dict) else str(value)]


def _pages(request: Request) -> bool:
    return request.page_size is not None


def _listed(output: Json) -> Json:
    """What all paginators give, of what the CLI's gives: the list that was paged."""
    return {name: value for name, value in output.items() if isinstance(value, list)}


def _read(text: str) -> Json:
    read: Json = json.loads(text, object_hook=_timed)
    return read


def _timed(member: Json) -> Json:
    """Give times as seconds since 1970, which the clients write in four ways."""
    for name in ("publishedTime", "Expiration"):
        if isinstance(member.get(name), str):
            member[name] = datetime.fromisoformat(member[name]).timestamp()
    return member
