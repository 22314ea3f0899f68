"""`python -m codeartifact_emulator`: start an emulator, say loudly what it is, serve until Ctrl-C.

Everything goes to stdout: first what it is, its URL, and the environment variables to set; then a
line for each call.
"""

# A command talks by printing.
# ruff: noqa: T201

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from .documents import SeedError
from .emulator import Call, Emulator
from .seed import plant, read_switch
from .switches import Switches


def banner(emulator: Emulator) -> str:
    """Give what is said at the start; the `export` lines can be pasted into a shell."""
    variables = emulator.environment(user=emulator.has_user)
    exports = "\n".join(f"export {name}='{value}'" for name, value in variables.items())
    roles = "\n".join(f"#   {arn}" for arn in emulator.identity.roles) or "#   (none)"
    return (
        "# ======================================================================\n"
        "# codeartifact_emulator: this is NOT AWS. It speaks CodeArtifact, STS and\n"
        "# GitHub's OIDC, keeps everything in memory, and opens nothing real.\n"
        "# ======================================================================\n"
        f"# Listening on {emulator.url}, account {emulator.store.account}\n"
        f"{exports}\n"
        f"# Roles to assume (with OIDC, outside GitHub: export GITHUB_ACTIONS=true):\n{roles}"
    )


def line(call: Call) -> str:
    """Give one call on one line, whatever the client put into it."""
    about = [
        str(call.params[name])
        for name in ("domain", "repository", "format", "namespace", "package", "RoleArn")
        if name in call.params
    ]
    text = f"{call.status or 'cut'} {call.operation} {'/'.join(about)} {call.principal}"
    return "".join(character if character.isprintable() else "?" for character in text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the arguments and serve. Gives the exit code: 2 for a seed that cannot be used."""
    parser = argparse.ArgumentParser(
        prog="codeartifact_emulator",
        description="An emulator of AWS CodeArtifact's package versions, STS and GitHub's OIDC.",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to bind (default: %(default)s)"
    )
    parser.add_argument(
        "--port", type=int, default=4566, help="0: a free one (default: %(default)s)"
    )
    parser.add_argument("--seed", type=Path, help="YAML file: what is there at the start")
    parser.add_argument(
        "--switch",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"behavior that AWS does not document: {', '.join(_switch_names())}",
    )
    parser.add_argument(
        "--immutable-sub",
        action="store_true",
        help="issue tokens whose sub has the ids in it, as those of new repositories have",
    )
    options = parser.parse_args(arguments)
    try:
        chosen: dict[str, Any] = {}
        for text in options.switch:
            chosen |= read_switch(text)
        switches = replace(plant(options.seed).store.switches, **chosen) if chosen else None
        emulator = Emulator.start(
            seed=options.seed, switches=switches, host=options.host, port=options.port
        )
    except (SeedError, OSError) as error:
        print(f"codeartifact_emulator: {error}", file=sys.stderr)
        return 2
    emulator.identity.issuer.immutable |= options.immutable_sub
    # A service container is stopped by SIGTERM; that is as good as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with emulator:
        print(banner(emulator), flush=True)
        try:
            while True:
                time.sleep(0.05)
                served = emulator.calls[:]
                # What was shown is not kept.
                del emulator.calls[: len(served)]
                for call in served:
                    print(line(call), flush=True)
        except KeyboardInterrupt:
            return 0


def _switch_names() -> list[str]:
    return [name.replace("_", "-") for name in Switches.__dataclass_fields__]


if __name__ == "__main__":
    sys.exit(main())
