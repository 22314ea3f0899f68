"""How a step grows, and how it keeps to a quota: ``make bench-scale``.

Whole processes against an emulator that is a process of its own, so that what is measured is the
action's alone. ``growth`` shows user and system time for more and more of the same; ``throttling``
shows what becomes of a step that may send more calls at once than the service takes. Each prints a
table in Markdown. Named as arguments, only these are run; the growth of 100,000 takes minutes,
most of them the emulator's.
"""

import datetime as dt
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from itertools import groupby
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codeartifact_emulator import Fault

ENTRYPOINT = Path(__file__).resolve().parent.parent / "entrypoint.py"
STEP_SECONDS = 1800
"""A deadline that no step here comes near."""

Inputs = Mapping[str, str]

CORE = {
    "domain": "acme",
    "repository": "npm-store",
    "format": "npm",
    "timeout-seconds": str(STEP_SECONDS),
}


def main(wanted: Sequence[str]) -> int:
    """Print the tables that are wanted; all, if none is named."""
    tables = {"growth": growth, "throttling": throttling}
    if unknown := set(wanted) - tables.keys():
        print(f"no such table: {', '.join(unknown)}; there are {', '.join(tables)}")
        return 2
    today = dt.datetime.now(dt.UTC).date()
    versions = [f"{name} {version(name)}" for name in ("codeartifact-status", "botocore")]
    machine = f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores"
    print(f"{today}: {', '.join(versions)}, {machine}.")
    for name in wanted or tables:
        print()
        tables[name]()
    return 0


# --- The emulator, in a process of its own. ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """What a repository holds: so many packages of so many versions each, all Unlisted."""

    packages: int
    versions: int

    def names(self) -> list[str]:
        """The packages; a single one is ``core``."""
        return ["core"] if self.packages == 1 else [f"p{n}" for n in range(self.packages)]

    def numbers(self) -> list[str]:
        """The versions of each."""
        return [f"1.0.{number}" for number in range(self.versions)]


@dataclass(frozen=True, slots=True)
class Quota:
    """Calls a second that the service takes."""

    lists: float
    writes: float

    def faults(self) -> "list[Fault]":
        """What the emulator does about calls beyond."""
        from codeartifact_emulator import Fault, Reply

        refused = Reply(status=429, code="ThrottlingException", message="Rate exceeded")
        return [
            Fault("ListPackageVersions", refused, per_second=self.lists),
            Fault("UpdatePackageVersionsStatus", refused, per_second=self.writes),
        ]

    def seconds(self, held: Held) -> float:
        """How long reading and changing all of it takes at the quota, one after the other."""
        batches = held.packages * -(-held.versions // 100)
        return held.packages / self.lists + batches / self.writes


@contextmanager
def serving(held: Held, quota: Quota | None = None) -> Iterator[tuple[Inputs, Callable[[], int]]]:
    """An emulator: its environment, and a function that tells how many calls it has throttled."""
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(there, held, quota), daemon=True)
    process.start()

    def throttled() -> int:
        here.send("throttled")
        return int(here.recv())

    try:
        yield here.recv(), throttled
    finally:
        process.terminate()
        process.join()


def serve(parent: Connection, held: Held, quota: Quota | None) -> None:
    """Be the emulator, until the parent ends this process.

    Imported only here: a process counts as its own the memory of the one that started it.
    """
    from codeartifact_emulator import Emulator

    with Emulator.start(faults=quota.faults() if quota else ()) as emulator:
        for package in held.names():
            for version in held.numbers():
                emulator.store.put(
                    domain="acme",
                    repository="npm-store",
                    format="npm",
                    namespace="acme",
                    package=package,
                    version=version,
                    status="Unlisted",
                )
        parent.send(emulator.environment(user=True))
        while parent.recv():
            parent.send(sum(call.status == 429 for call in emulator.calls))  # noqa: PLR2004 - Too Many Requests


# --- A step, measured. ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measured:
    """What a step took and came to."""

    exit_code: int
    seconds: float
    cpu: float
    """Seconds of user and system time."""
    memory: int
    """MB, at most."""
    counts: Mapping[str, int]
    """Versions by outcome: ``changed``, ``failed``, …"""


def step(environment: Inputs, inputs: Inputs, folder: Path) -> Measured:
    """Run the action in ``folder``; files that it writes there stay."""
    outputs, summary, log = (folder / name for name in ("output", "summary", "log"))
    outputs.write_text("")
    variables = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "AWS_EC2_METADATA_DISABLED": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(outputs),
        "GITHUB_STEP_SUMMARY": str(summary),
        **environment,
        **{f"INPUT_{name.upper()}": value for name, value in {**CORE, **inputs}.items()},
    }
    start = time.perf_counter()
    with log.open("w") as file:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-I", str(ENTRYPOINT)],
            cwd=folder,
            env=variables,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        # What this very process has used, whatever else runs on the machine.
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return Measured(
        exit_code=process.returncode,
        seconds=time.perf_counter() - start,
        cpu=used.ru_utime + used.ru_stime,
        memory=used.ru_maxrss // 1024,
        # A value stands between two lines with the same random text.
        counts={
            name: int(value)
            for name, value in re.findall(
                r"^(\w+)-count<<.*\n(\d+)$", outputs.read_text(), re.MULTILINE
            )
        },
    )


def row(*cells: object) -> None:
    """Print a row of a table."""
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


# --- Growth. -------------------------------------------------------------------------------------


def growth() -> None:
    """Print the processor's time for more and more of the same."""
    print("Growth: the times of a row are those of the first row of its kind.\n")
    row("step", "how many", "times", "CPU", "times", "per 1,000 more", "memory", "exit")
    row("---", *["---:"] * 7)
    for what, figures in groupby(grown(), key=lambda one: one[0]):
        first: tuple[int, float] | None = None
        for _, many, measured in figures:
            start = first = first or (many, measured.cpu)
            more = (many - start[0]) / 1000
            row(
                what,
                f"{many:,}",
                f"{many / start[0]:g}",
                f"{measured.cpu:.2f} s",
                f"{measured.cpu / start[1]:.1f}",
                f"{(measured.cpu - start[1]) / more * 1000:.0f} ms" if more else "",
                f"{measured.memory} MB",
                measured.exit_code,
            )


def grown() -> Iterator[tuple[str, int, Measured]]:
    """Each kind of step, by size: what it does, to how many, and what it took."""
    one_package = [(many, Held(packages=1, versions=many)) for many in (5_000, 50_000, 100_000)]
    many_packages = [(many, Held(packages=many, versions=1)) for many in (500, 5_000)]
    everything = {"versions-matching": "*", "max-changes": "1000000", "package": "@acme/core"}
    yield from there_and_back("versions", one_package, lambda _: everything)
    yield from there_and_back("packages", many_packages, listed)
    for many in (10_000, 100_000):
        held = Held(packages=1, versions=many)
        with serving(held) as (environment, _), tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            urls = [f"pkg:npm/%40acme/core@{version}" for version in held.numbers()]
            (folder / "urls.txt").write_text("\n".join(urls))
            inputs = {
                "packages": "@urls.txt",
                "target-status": "Published",
                "dry-run": "true",
            }
            yield "package URLs read (dry run)", many, step(environment, inputs, folder)


def listed(held: Held) -> Inputs:
    """The inputs that name every version of every package."""
    entries = [{"name": f"@acme/{name}", "versions": held.numbers()} for name in held.names()]
    # A file, because a variable takes 128 KiB.
    return {"packages": json.dumps(entries)}


def there_and_back(
    what: str, sizes: Sequence[tuple[int, Held]], inputs: Callable[[Held], Inputs]
) -> Iterator[tuple[str, int, Measured]]:
    """Change all that is held, with an undo-file, and apply the undo: of each size."""
    undone = []
    for many, held in sizes:
        with serving(held) as (environment, _), tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            change = {**inputs(held), "target-status": "Published", "undo-file": "undo.json"}
            if "packages" in change:
                (folder / "packages.json").write_text(change["packages"])
                change["packages"] = "@packages.json"
            yield f"{what} changed, with undo-file", many, step(environment, change, folder)
            back = {"packages": "@undo.json", "undo-file": "redo.json"}
            undone.append((many, step(environment, back, folder)))
    for many, measured in undone:
        yield f"{what} put back by the undo", many, measured


# --- Throttling. ---------------------------------------------------------------------------------


def throttling() -> None:
    """Print what becomes of a step by its concurrency, at two quotas."""
    print("Throttling: a step that reads and changes all, at a quota of calls a second.\n")
    row("lists + writes", "held", "concurrency", "exit", "changed", "failed", "429", "s", "quota")
    row("---", "---", *["---:"] * 7)
    for quota, held in (
        (Quota(lists=40, writes=20), Held(packages=200, versions=1)),
        (Quota(lists=200, writes=100), Held(packages=1000, versions=100)),
    ):
        for concurrency in (8, 16, 32, 64):
            with serving(held, quota) as (environment, throttled), folder_of(held) as folder:
                inputs = {
                    "packages": "@packages.json",
                    "target-status": "Published",
                    "concurrency": str(concurrency),
                }
                measured = step(environment, inputs, folder)
                row(
                    f"{quota.lists} + {quota.writes}",
                    f"{held.packages:,} x {held.versions}",
                    concurrency,
                    measured.exit_code,
                    measured.counts.get("changed"),
                    measured.counts.get("failed"),
                    throttled(),
                    f"{measured.seconds:.1f}",
                    f"{quota.seconds(held):.1f}",
                )


@contextmanager
def folder_of(held: Held) -> Iterator[Path]:
    """A directory with a file that names all that is held."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "packages.json").write_text(listed(held)["packages"])
        yield folder


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
