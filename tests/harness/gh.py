#!/usr/bin/env python3
"""Stands in for GitHub's command line, as the examples use it: `gh api PATH --jq .a.b,.c`.

What it answers is in a JSON file of paths and documents, which the variable GH_ANSWERS names. Used
by its name alone, on machines and in containers that have nothing but Python.
"""

# A command talks by printing.
# ruff: noqa: T201

import json
import os
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Print the values that are asked for, one a line, as gh does: null is an empty line."""
    match arguments:
        case ["api", path, "--jq", query] if os.environ.get("GH_TOKEN"):
            answers = json.loads(Path(os.environ["GH_ANSWERS"]).read_text(encoding="utf-8"))
        case _:
            print(f"no such command, or no token: {arguments}", file=sys.stderr)
            return 64
    if path not in answers:
        print("gh: Not Found (HTTP 404)", file=sys.stderr)
        return 1
    for asked in query.split(","):
        value = answers[path]
        for name in asked.strip().removeprefix(".").split("."):
            value = None if value is None else value.get(name)
        print("" if value is None else value)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
