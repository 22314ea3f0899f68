#!/usr/bin/env python3
"""Stands in for GitHub's command line, as the examples and the release use it.

What it answers to `gh api PATH --jq .a.b,.c` is in a JSON file of paths and documents, which the
variable GH_ANSWERS names. A release that it creates is a file with its notes, of the tag's name, in
the directory that GH_RELEASES names. Used by its name alone, on machines and in containers that
have nothing but Python.
"""

# A command talks by printing.
# ruff: noqa: T201

import json
import os
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Do what is asked for, if there is a token."""
    match arguments if os.environ.get("GH_TOKEN") else []:
        case ["api", path, "--jq", query]:
            return show(path, query)
        case ["release", "view", tag]:
            return 0 if release(tag).exists() else 1
        case ["release", "create", tag, "--verify-tag", "--title", title, "--notes-file", notes,
              *rest] if title == tag and rest in ([], ["--prerelease"]):  # fmt: skip
            release(tag).write_bytes(Path(notes).read_bytes())
            return 0
        case _:
            print(f"no such command, or no token: {arguments}", file=sys.stderr)
            return 64


def release(tag: str) -> Path:
    """Where the release of a tag is, if it is there."""
    return Path(os.environ["GH_RELEASES"]) / f"{tag}.md"


def show(path: str, query: str) -> int:
    """Print the values that are asked for, one a line, as gh does: null is an empty line."""
    answers = json.loads(Path(os.environ["GH_ANSWERS"]).read_text(encoding="utf-8"))
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
