"""How a step grows, and how it keeps to a quota: ``make bench-scale``.

Whole processes against an emulator that is a process of its own, so that what is measured is the
action's alone. ``growth`` shows user and system time for more and more of the same; ``throttling``
shows what becomes of a step that may send more calls at once than the service takes. Each prints a
table in Markdown; named as an argument, only that is run. All of it takes some ten minutes, most of
them the emulator's.
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
MAX_BATCH = 100

Inputs = Mapping[str, str]


def main(wanted: Sequence[str]) -> int:
    """Print the tables that are wanted; all, if none is named."""
    tables = {"growth": growth, "throttling": throttling}
    if unknown := set(wanted) - tables.keys():
        print(f"no such table: {', '.join(unknown)}; there are {', '.join(tables)}")
        return 2
    versions = [f"{name} {version(name)}" for name in ("codeartifact-status", "botocore")]
    machine = f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores"
    print(f"{dt.datetime.now(dt.UTC).date()}: {', '.join(versions)}, {machine}.")
    for name in wanted or tables:
        tables[name]()
    return 0


def row(*cells: object) -> None:
    """Print a row of a table."""
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


# --- The emulator, in a process of its own. ------------------------------------------------------


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
        batches = held.packages * -(-held.versions // MAX_BATCH)
        return held.packages / self.lists + batches / self.writes


@dataclass(frozen=True, slots=True)
class Account:
    """An emulator to work against, and a directory to work in."""

    environment: Inputs
    folder: Path
    throttled: Callable[[], int]
    """How many calls it has answered with 429."""


@contextmanager
def serving(held: Held, quota: Quota | None = None) -> Iterator[Account]:
    """An emulator that holds this, and takes so much."""
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(there, held, quota), daemon=True)
    process.start()

    def throttled() -> int:
        here.send("throttled")
        return int(here.recv())

    try:
        with tempfile.TemporaryDirectory() as folder:
            yield Account(here.recv(), Path(folder), throttled)
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
            for number in held.numbers():
                emulator.store.put(
                    domain="acme",
                    repository="npm-store",
                    format="npm",
                    namespace="acme",
                    package=package,
                    version=number,
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


def step(account: Account, **inputs: str) -> Measured:
    """Run the action; files that it writes stay in the account's directory."""
    outputs, summary, log = (account.folder / name for name in ("output", "summary", "log"))
    outputs.write_text("")
    given = {
        "domain": "acme",
        "repository": "npm-store",
        "format": "npm",
        # A deadline that no step here comes near.
        "timeout_seconds": "1800",
        **inputs,
    }
    variables = {
        "PATH": os.defpath,
        "HOME": str(account.folder),
        "AWS_EC2_METADATA_DISABLED": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(outputs),
        "GITHUB_STEP_SUMMARY": str(summary),
        **account.environment,
        **{f"INPUT_{name.upper().replace('_', '-')}": value for name, value in given.items()},
    }
    start = time.perf_counter()
    with log.open("w") as file:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-I", str(ENTRYPOINT)],
            cwd=account.folder,
            env=variables,
            stdout=file,
            stderr=subprocess.STDOUT,
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


def change(account: Account, held: Held, **inputs: str) -> Measured:
    """Publish all that is held, named in a file, because a variable takes 128 KiB."""
    entries = [{"name": f"@acme/{name}", "versions": held.numbers()} for name in held.names()]
    (account.folder / "packages.json").write_text(json.dumps(entries))
    return step(account, packages="@packages.json", target_status="Published", **inputs)


# --- Growth. -------------------------------------------------------------------------------------


def growth() -> None:
    """Print the processor's time for more and more of the same."""
    print(
        "\nUser and system time of the whole process; `times` compares with the first of a kind.\n"
    )
    row("step", "how many", "times", "CPU", "times", "per 1,000 more", "memory", "exit")
    row("---", *["---:"] * 7)
    measured = (
        *there_and_back("versions", [Held(1, many) for many in (5_000, 50_000, 100_000)]),
        *there_and_back("packages", [Held(many, 1) for many in (500, 5_000)]),
        *package_urls(10_000, 100_000),
    )
    for what, figures in groupby(sorted(measured, key=lambda one: one[:2]), key=lambda one: one[0]):
        (_, fewest, first), *_ = steps = list(figures)
        for _, many, one in steps:
            more = (one.cpu - first.cpu) / (many - fewest) * 1e6 if many > fewest else None
            row(
                what,
                f"{many:,}",
                f"{many / fewest:g}",
                f"{one.cpu:.2f} s",
                f"{one.cpu / first.cpu:.1f}",
                "" if more is None else f"{more:.0f} ms",
                f"{one.memory} MB",
                one.exit_code,
            )


def there_and_back(what: str, sizes: Sequence[Held]) -> Iterator[tuple[str, int, Measured]]:
    """Change all that is held, with an undo-file, and apply the undo: of each size."""
    for held in sizes:
        many = held.packages * held.versions
        with serving(held) as account:
            yield f"{what} changed", many, change(account, held, undo_file="undo.json")
            back = step(account, packages="@undo.json", undo_file="redo.json")
            yield f"{what} changed back", many, back


def package_urls(*sizes: int) -> Iterator[tuple[str, int, Measured]]:
    """Read so many package URLs of one package, in a dry run."""
    for many in sizes:
        held = Held(packages=1, versions=many)
        with serving(held) as account:
            urls = [f"pkg:npm/%40acme/p0@{number}" for number in held.numbers()]
            (account.folder / "urls.txt").write_text("\n".join(urls))
            dry = {"packages": "@urls.txt", "target_status": "Published", "dry_run": "true"}
            yield "package URLs, dry run", many, step(account, **dry)


# --- Throttling. ---------------------------------------------------------------------------------

THROTTLING = """
A step that reads and changes all that is held, while the service answers 429 to calls beyond its
quota. `at quota` is how long the calls take at the quota; the service takes what one second allows
at once, so that a step may be a little faster.
"""


def throttling() -> None:
    """Print what becomes of a step by its concurrency, at two quotas."""
    print(THROTTLING)
    row(
        "quota",
        "held",
        "concurrency",
        "exit",
        "changed",
        "failed",
        "429",
        "CPU",
        "took",
        "at quota",
    )
    row("---", "---", *["---:"] * 8)
    for quota, held in (
        (Quota(lists=40, writes=20), Held(packages=200, versions=1)),
        (Quota(lists=200, writes=100), Held(packages=1000, versions=100)),
    ):
        for concurrency in (8, 16, 32, 64):
            with serving(held, quota) as account:
                measured = change(account, held, concurrency=str(concurrency))
                row(
                    f"{quota.lists} lists, {quota.writes} writes/s",
                    f"{held.packages:,} x {held.versions}",
                    concurrency,
                    measured.exit_code,
                    measured.counts.get("changed"),
                    measured.counts.get("failed"),
                    account.throttled(),
                    f"{measured.cpu:.1f} s",
                    f"{measured.seconds:.1f} s",
                    f"{quota.seconds(held):.1f} s",
                )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
