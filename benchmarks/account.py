"""An emulator in a process of its own, and what runs against it, measured."""

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from codeartifact_emulator import Emulator, Fault

ENTRYPOINT = Path(__file__).resolve().parent.parent / "entrypoint.py"
MAX_BATCH = 100

Variables = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Held:
    """What a repository holds: so many packages of so many versions each, all Unlisted."""

    packages: int
    versions: int

    def names(self) -> list[str]:
        """The packages, without their scope."""
        return [f"p{number}" for number in range(self.packages)]

    def numbers(self) -> list[str]:
        """The versions of each."""
        return [f"1.0.{number}" for number in range(self.versions)]


@dataclass(frozen=True, slots=True)
class Quota:
    """Calls a second that the service takes."""

    lists: float
    writes: float

    def seconds(self, held: Held) -> float:
        """How long reading and changing all of it takes at the quota, one after the other."""
        batches = held.packages * -(-held.versions // MAX_BATCH)
        return held.packages / self.lists + batches / self.writes


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """How the emulator answers. Times are in seconds.

    ``distance`` is the time of a round trip to it, over TLS; None is HTTP on this machine.
    """

    held: Held
    quota: Quota | None = None
    answer: float = 0.0
    distance: float | None = None

    def faults(self) -> "list[Fault]":
        """What the emulator does about each call."""
        from codeartifact_emulator import Delay, Fault, Reply

        faults = [Fault("*", Delay(seconds=self.answer))] if self.answer else []
        if self.quota is not None:
            refused = Reply(status=429, code="ThrottlingException", message="Rate exceeded")
            faults += [
                Fault("ListPackageVersions", refused, per_second=self.quota.lists),
                Fault("UpdatePackageVersionsStatus", refused, per_second=self.quota.writes),
            ]
        return faults


@dataclass(frozen=True, slots=True)
class Account:
    """An emulator to work against, and a directory to work in."""

    at_hand: Variables
    """The environment of a job with keys."""
    by_oidc: Variables
    """That of a job on GitHub with ``id-token: write``."""
    folder: Path
    ask: Callable[[str], Any]
    """Ask the emulator's process to do one of ``_Behind``'s methods."""


@contextmanager
def serving(service: Service) -> Iterator[Account]:
    """Have an emulator that holds and answers so."""
    context = get_context("spawn")
    here, there = context.Pipe()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        process = context.Process(target=serve, args=(there, service, folder), daemon=True)
        process.start()

        def ask(what: str) -> Any:
            here.send(what)
            return here.recv()

        machine = {"PATH": os.defpath, "HOME": name, "AWS_EC2_METADATA_DISABLED": "true"}
        try:
            keys, run = here.recv()
            yield Account(machine | keys, {**machine, **run, "GITHUB_ACTIONS": "true"}, folder, ask)
        finally:
            process.terminate()
            process.join()


def serve(parent: Connection, service: Service, folder: Path) -> None:
    """Be the emulator, until the parent ends this process.

    Imported only here: a process counts as its own the memory of the one that started it.
    """
    from codeartifact_emulator import Emulator

    with ExitStack() as stack:
        emulator = stack.enter_context(Emulator.start(faults=service.faults()))
        behind = _Behind(emulator, service.held)
        behind.put()
        moved = far_away(emulator, service.distance, folder, stack) if service.distance else {}
        parent.send((emulator.environment(user=True) | moved, emulator.environment() | moved))
        while what := parent.recv():
            parent.send(getattr(behind, what)())


@dataclass(frozen=True, slots=True)
class _Behind:
    emulator: "Emulator"
    held: Held

    def put(self) -> None:
        """Place all that is held as Unlisted, again."""
        for package in self.held.names():
            for number in self.held.numbers():
                self.emulator.store.put(
                    domain="acme",
                    repository="npm-store",
                    format="npm",
                    namespace="acme",
                    package=package,
                    version=number,
                    status="Unlisted",
                )

    def throttled(self) -> int:
        """How many calls it has answered with 429."""
        return sum(call.status == 429 for call in self.emulator.calls)  # noqa: PLR2004 - Too Many Requests


# --- Far away. -----------------------------------------------------------------------------------


def far_away(
    emulator: "Emulator", distance: float, folder: Path, stack: ExitStack
) -> dict[str, str]:
    """Put the emulator behind TLS and a relay that delays; what then differs in an environment."""
    from harness.tls import behind_tls, make_certificate

    certificate, key = make_certificate(folder)
    host, port = stack.enter_context(behind_tls(emulator, certificate, key))
    ready: threading.Event = threading.Event()
    relay = _Relay(host, port, distance)
    threading.Thread(target=asyncio.run, args=(relay.run(ready),), daemon=True).start()
    ready.wait()
    url = f"https://127.0.0.1:{relay.port}"
    names = ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_CODEARTIFACT")
    token = emulator.environment()["ACTIONS_ID_TOKEN_REQUEST_URL"]
    return {
        **dict.fromkeys(names, url),
        "ACTIONS_ID_TOKEN_REQUEST_URL": token.replace(emulator.url, url),
        "AWS_CA_BUNDLE": str(certificate),
        "CURL_CA_BUNDLE": str(certificate),
    }


class _Relay:
    """Passes bytes on half a round trip later; a connection takes a whole one to be made."""

    def __init__(self, host: str, port: int, distance: float) -> None:
        self._host, self._there, self._distance = host, port, distance
        self.port = 0

    async def run(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await server.serve_forever()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self._distance)
        there = await asyncio.open_connection(self._host, self._there)
        await asyncio.gather(self._pass(reader, there[1]), self._pass(there[0], writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        later = asyncio.get_running_loop().call_later
        while not reader.at_eof():
            try:
                part = await reader.read(1 << 16)
            except ConnectionError:
                break
            if part:
                later(self._distance / 2, writer.write, part)
        later(self._distance / 2, writer.close)


# --- What runs against it. -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measured:
    """What a process took and came to."""

    exit_code: int
    seconds: float
    cpu: float
    """Seconds of user and system time, its children's too."""
    memory: int
    """MB, at most."""
    counts: Mapping[str, int]
    """Versions by outcome: ``changed``, ``failed``, …"""


def measured(command: Sequence[str | Path], environment: Variables, folder: Path) -> Measured:
    """Run a process to its end; what it prints is in the file ``log``."""
    outputs = folder / "output"
    outputs.write_text("")
    start = time.perf_counter()
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        # What this very process has used, whatever else runs on the machine.
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    # A value stands between two lines with the same random text.
    counts = re.findall(r"^(\w+)-count<<.*\n(\d+)$", outputs.read_text(), re.MULTILINE)
    return Measured(
        exit_code=process.returncode,
        seconds=time.perf_counter() - start,
        cpu=used.ru_utime + used.ru_stime,
        memory=used.ru_maxrss // 1024,
        counts={name: int(value) for name, value in counts},
    )


def step(account: Account, environment: Variables | None = None, **inputs: str) -> Measured:
    """Run the action as a step of a job, by default with the keys at hand."""
    given = {
        "domain": "acme",
        "repository": "npm-store",
        "format": "npm",
        # A deadline that no step here comes near.
        "timeout_seconds": "1800",
        **inputs,
    }
    variables = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(account.folder / "output"),
        "GITHUB_STEP_SUMMARY": str(account.folder / "summary"),
        **(environment or account.at_hand),
        **{f"INPUT_{name.upper().replace('_', '-')}": value for name, value in given.items()},
    }
    return measured([sys.executable, "-I", ENTRYPOINT], variables, account.folder)


def change(account: Account, held: Held, **inputs: str) -> Measured:
    """Publish all that is held, named in a file, because a variable takes 128 KiB."""
    entries = [{"name": f"@acme/{name}", "versions": held.numbers()} for name in held.names()]
    (account.folder / "packages.json").write_text(json.dumps(entries))
    return step(account, packages="@packages.json", target_status="Published", **inputs)
