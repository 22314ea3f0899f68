"""Trees to release: a small one, with every way in which a file names us, and that of here."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from codeartifact_status import REPOSITORY

ROOT = Path(__file__).parents[2]
SCRIPT = ".github/scripts/release.py"
PACKAGE = "src/codeartifact_status/__init__.py"
WHEEL = "codeartifact-status"
CHANGELOG = """\
# Changelog

## Unreleased

### Added

- A thing that takes
  `two` lines.
- Another.

## 0.0.1 - 2026-01-31

The former one.
"""
NAMES = f"""\
uses: {REPOSITORY}@v0
uses: {REPOSITORY}@<commit> # v0.0.1
image: ghcr.io/{REPOSITORY}:0.0.1
oci://ghcr.io/{REPOSITORY}@sha256:<digest> --repo {REPOSITORY}
git+https://github.com/{REPOSITORY}@v0.0.1#subdirectory=x
pipx run {WHEEL}==0.0.1, uvx {WHEEL}@0.0.1-rc.2
repo:{REPOSITORY}:environment:conformance
not-{REPOSITORY}@v0, {REPOSITORY}-too@v0, {WHEEL}x==0.0.1, other==0.0.1
"""
"""Every way in which a file names us and a version, and what only looks like it."""


def small(tree: Path) -> None:
    """Make a tree of what a release looks at, as on main, also when here is a release."""
    for file in (SCRIPT, "action.yml", PACKAGE):
        (tree / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tree / file)
    write_image(tree, "Dockerfile")
    (tree / "CHANGELOG.md").write_text(CHANGELOG)
    (tree / "names.md").write_text(NAMES)
    git(tree, "init", "--quiet", "--initial-branch=main")
    git(tree, "add", "--all")


def whole(tree: Path) -> None:
    """Copy the files that git knows here, as they stand."""
    for name in git(ROOT, "ls-files", "-z").split("\0"):
        source = ROOT / name
        if name and source.is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, tree / name, follow_symlinks=False)
    git(tree, "init", "--quiet", "--initial-branch=main")
    git(tree, "add", "--all")


def git(tree: Path, *arguments: str) -> str:
    command = ["git", "-C", str(tree), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def write_image(tree: Path, image: str) -> None:
    action = tree / "action.yml"
    text = re.sub(r"^  image: .*$", f"  image: {image}", action.read_text(), flags=re.MULTILINE)
    action.write_text(text)


def release(tree: Path, *arguments: str, **variables: str) -> str:
    """What the script says, on the whole; nothing when it has done it."""
    done = subprocess.run(
        [sys.executable, "-I", tree / SCRIPT, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", **variables},
    )
    assert done.returncode == 0 or done.stderr
    return done.stdout + done.stderr
