"""Run the tables: all into ``RESULTS.md``, or those that are named, to be read here."""

import datetime as dt
import os
import platform
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks import beside, growth, throttling
from benchmarks.table import Table

RESULTS = Path(__file__).with_name("RESULTS.md")

TABLES: dict[str, Callable[[], Table]] = {
    "beside": beside.table,
    "growth": growth.table,
    "throttling": throttling.table,
}


def main(wanted: Sequence[str]) -> int:
    """Print each table as it is done; write them down if none is missing."""
    if unknown := set(wanted) - TABLES.keys():
        print(f"no such table: {', '.join(unknown)}; there are {', '.join(TABLES)}")
        return 2
    parts = [heading()]
    print(parts[0], flush=True)
    for name in wanted or TABLES:
        parts.append(TABLES[name]().markdown())
        print(f"\n{parts[-1]}", flush=True)
    if not wanted:
        RESULTS.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return 0


def heading() -> str:
    """What was measured, when and where."""
    names = ("codeartifact-status", "boto3", "botocore", "pydantic", "awscli")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    machine = f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores"
    return (
        f"# Benchmarks\n\n{dt.datetime.now(dt.UTC).date()}, by `make bench`: {versions}; {machine}."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
