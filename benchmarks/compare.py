"""How long a step takes beside the AWS CLI: ``make bench``.

Whole processes against the emulator on this machine, in turn (A B A B …), so that a machine whose
speed drifts doesn't favor either: the ratio of each pair counts, and its median is what to quote.
The AWS CLI sends one update call, blindly. This action reads first and pins what it sends; through
OIDC it gets a token and assumes a role as well.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from codeartifact_emulator import Emulator

ENTRYPOINT = Path(__file__).resolve().parent.parent / "entrypoint.py"
AWS = Path(sys.executable).parent / "aws"
PAIRS = 9
MAX_BATCH = 100


def main() -> int:
    """Print the medians and ratios of three comparisons."""
    print(f"{'':44} {'action':>9} {'AWS CLI':>9} {'ratio':>7}   (medians of {PAIRS} pairs)")
    compare("1 version, with the credentials at hand", versions=1, oidc=False)
    compare("1 version, through OIDC", versions=1, oidc=True)
    compare("250 versions, with the credentials at hand", versions=250, oidc=False)
    return 0


def compare(title: str, *, versions: int, oidc: bool) -> None:
    """Time ``PAIRS`` promotions by each of the two, in turn, and print what came of it."""
    names = [f"1.0.{number}" for number in range(versions)]
    with Emulator.start() as emulator, tempfile.TemporaryDirectory() as folder:
        at_hand = {**base(folder), **emulator.environment(user=True)}
        by_oidc = {**base(folder), **emulator.environment(), "GITHUB_ACTIONS": "true"}
        ours, theirs, ratios = [], [], []
        for _ in range(PAIRS):
            put(emulator, names)
            ours.append(timed(lambda: promote(by_oidc if oidc else at_hand, names, oidc=oidc)))
            put(emulator, names)
            theirs.append(timed(lambda: promote_by_cli(at_hand, names)))
            ratios.append(ours[-1] / theirs[-1])
    figures = [statistics.median(figure) for figure in (ours, theirs, ratios)]
    print(f"{title:44} {figures[0]:8.3f}s {figures[1]:8.3f}s {figures[2]:7.2f}")


def base(folder: str) -> dict[str, str]:
    """An environment without anything of the machine's own configuration."""
    return {"PATH": os.defpath, "HOME": folder, "AWS_EC2_METADATA_DISABLED": "true"}


def put(emulator: Emulator, versions: Sequence[str]) -> None:
    """Place the versions as Unlisted, again."""
    for version in versions:
        emulator.store.put(
            domain="acme",
            repository="npm-store",
            format="npm",
            package="core",
            version=version,
            status="Unlisted",
        )


def promote(environment: Mapping[str, str], versions: Sequence[str], *, oidc: bool) -> None:
    """Promote the versions with this action."""
    inputs = {
        "domain": "acme",
        "repository": "npm-store",
        "format": "npm",
        "package": "core",
        "versions": " ".join(versions),
        "target-status": "Published",
    }
    if oidc:
        inputs["role-to-assume"] = "arn:aws:iam::111122223333:role/release"
    variables = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
    run([sys.executable, "-I", str(ENTRYPOINT)], {**environment, **variables})


def promote_by_cli(environment: Mapping[str, str], versions: Sequence[str]) -> None:
    """Promote the versions with the AWS CLI: a call for every 100, as a careful script would."""
    for start in range(0, len(versions), MAX_BATCH):
        chunk = versions[start : start + MAX_BATCH]
        place = ["--domain", "acme", "--repository", "npm-store", "--format", "npm"]
        change = ["--package", "core", "--target-status", "Published", "--versions", *chunk]
        call = ["codeartifact", "update-package-versions-status"]
        run([sys.executable, str(AWS), *call, *place, *change], environment)


def run(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run a process to its end; it has to succeed."""
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own commands


def timed(action: Callable[[], None]) -> float:
    """How many seconds ``action`` takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
