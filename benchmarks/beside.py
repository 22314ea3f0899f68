"""How long a step takes beside what users would write without it.

Each pair is run in turn (A B A B …), so that a machine whose speed drifts doesn't favor either: the
ratio of each pair counts, and its median is what to quote.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.account import (
    ENTRYPOINT,
    MAX_BATCH,
    Account,
    Held,
    Measured,
    Service,
    Variables,
    change,
    measured,
    serving,
    step,
)
from benchmarks.table import Table

PAIRS = 15
ROLE = "arn:aws:iam::111122223333:role/release"
ONE = Held(packages=1, versions=1)
MANY = Held(packages=100, versions=100)
FAR = 0.1
"""Seconds of a round trip, over TLS."""
SLOW = 0.05
"""Seconds until the service answers."""

UPDATE = (
    "codeartifact update-package-versions-status --domain acme --repository npm-store "
    "--format npm --namespace acme --package {} --target-status Published --versions {}"
)

THREE_LINES = f"""
set -e
token=$(curl -sSf -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \
  "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com" \
  | sed 's/.*"value" *: *"\\([^"]*\\)".*/\\1/')
set -- $("$@" sts assume-role-with-web-identity --role-arn {ROLE} --role-session-name bench \
  --web-identity-token "$token" --output text \
  --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]') "$@"
export AWS_ACCESS_KEY_ID=$1 AWS_SECRET_ACCESS_KEY=$2 AWS_SESSION_TOKEN=$3
shift 3
"$@" {UPDATE.format("p0", "1.0.0")}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A step of the action, and what does the same without it."""

    work: str
    against: str
    service: Service
    ours: Callable[[Account], Measured]
    theirs: Callable[[Account], Measured]
    pairs: int = PAIRS


def table() -> Table:
    """A row for each pair, and the time of a question."""
    return Table(
        title="Beside the AWS CLI",
        text=f"Medians of whole processes, {PAIRS} pairs in turn (3 of the long ones). The AWS CLI "
        "sends one call and reads nothing; the action lists, pins what it sends, and writes "
        "outputs and a summary. The three lines are `curl` for the token, `aws sts "
        "assume-role-with-web-identity` and `aws codeartifact update-package-versions-status`.",
        columns=("work", "beside", "action:", "beside it:", "ratio:"),
        rows=[*map(row, pairs()), *questions()],
    )


def pairs() -> Iterator[Pair]:
    """What is compared."""
    near, far = Service(held=ONE), Service(held=ONE, distance=FAR)
    for name, aws in commands():
        yield Pair(
            work="1 version, keys at hand",
            against=f"{name}: a bare update",
            service=near,
            ours=promote,
            theirs=lambda account, aws=aws: by_cli(account, aws),
        )
    (name, aws), *_ = commands()
    for work, service in (
        ("1 version, through OIDC", near),
        (f"the same over TLS, {FAR * 1000:.0f} ms a round trip", far),
    ):
        yield Pair(
            work=work,
            against=f"{name}: the three lines",
            service=service,
            ours=lambda account: promote(account, by=account.by_oidc, role_to_assume=ROLE),
            theirs=lambda account: by_three_lines(account, aws),
        )
    yield Pair(
        work=f"{MANY.packages} x {MANY.versions} versions, {SLOW * 1000:.0f} ms an answer",
        against=f"{name}: a loop",
        service=Service(held=MANY, answer=SLOW),
        ours=lambda account: change(account, MANY),
        theirs=lambda account: by_loop(account, aws),
        pairs=3,
    )


def row(pair: Pair) -> tuple[object, ...]:
    """Run a pair so many times, each on what is Unlisted again."""
    figures = []
    with serving(pair.service) as account:
        for _ in range(pair.pairs):
            seconds = []
            for run in (pair.ours, pair.theirs):
                account.ask("put")
                done = run(account)
                if done.exit_code:
                    raise SystemExit((account.folder / "log").read_text())
                seconds.append(done.seconds)
            figures.append((*seconds, seconds[0] / seconds[1]))
    ours, theirs, ratio = (median(column) for column in zip(*figures, strict=True))
    return pair.work, pair.against, f"{ours:.3f} s", f"{theirs:.3f} s", f"{ratio:.2f}"


def questions() -> Iterator[tuple[object, ...]]:
    """How long the answer to a question takes."""
    with serving(Service(held=ONE)) as account:
        for question in ("--version", "--help"):
            command = [sys.executable, "-I", ENTRYPOINT, question]
            taken = [
                measured(command, account.at_hand, account.folder).seconds for _ in range(PAIRS)
            ]
            yield f"`{question}`", "", f"{median(taken):.3f} s", "", ""


def commands() -> list[tuple[str, list[str]]]:
    """The AWS CLI of the requirements, and version 2 where that is installed."""
    found = [("AWS CLI v1", [sys.executable, str(Path(sys.executable).with_name("aws"))])]
    for place in os.environ["PATH"].split(os.pathsep):
        command = shutil.which("aws", path=place)
        if command and b"aws-cli/2" in subprocess.check_output([command, "--version"]):  # noqa: S603 - a command of that name
            return [*found, ("AWS CLI v2", [command])]
    return found


def promote(account: Account, *, by: Variables | None = None, **inputs: str) -> Measured:
    """Publish one version with the action."""
    named = {"package": "@acme/p0", "versions": "1.0.0", "target_status": "Published"}
    return step(account, by, **named, **inputs)


def by_cli(account: Account, aws: Sequence[str]) -> Measured:
    """Publish one version with one call of the AWS CLI."""
    call = UPDATE.format("p0", "1.0.0").split()
    # Older ones of version 2 don't know the variable.
    where = ["--endpoint-url", account.at_hand["AWS_ENDPOINT_URL_CODEARTIFACT"]]
    return measured([*aws, *where, *call], account.at_hand, account.folder)


def by_three_lines(account: Account, aws: Sequence[str]) -> Measured:
    """Publish one version with a token, a session and a call."""
    shell = ["sh", "-c", THREE_LINES, "lines", *aws]
    return measured(shell, account.by_oidc, account.folder)


def by_loop(account: Account, aws: Sequence[str]) -> Measured:
    """Publish all that is held with a call for every package, as a script would."""
    calls = [
        shlex.join([*aws, *UPDATE.format(name, " ".join(MANY.numbers()[:MAX_BATCH])).split()])
        for name in MANY.names()
    ]
    return measured(["sh", "-ec", "\n".join(calls)], account.at_hand, account.folder)
