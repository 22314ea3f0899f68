"""Turns the build stage's virtual environment into the tree that the image adds to its base.

Runs in the build stage, with the base's own Python: ``prepare.py VENV ENTRYPOINT TREE``. What is
left out here is never read by a run; what is compiled here need not be compiled by every run, for
a container has forgotten the bytecode of the one before.
"""

import compileall
import json
import os
import py_compile
import shutil
import subprocess
import sys
import sysconfig
from importlib.util import cache_from_source
from pathlib import Path

SERVICES = {"codeartifact", "sts", "sso", "sso-oidc", "signin"}
"""The data of botocore that is read: of the two services that are called, and of those by which
its chain of credentials signs in."""

ENDPOINTS = {"codeartifact", "oidc", "portal.sso", "signin", "sts"}
"""Where these are, by their names in botocore's ``endpoints.json``, which has all of AWS."""

UNREAD = (
    *("tests", "*/tests", "botocore/data/*/*/examples-*"),
    *(f"boto3/{part}" for part in ("data", "docs", "dynamodb", "ec2", "examples", "s3")),
    "s3transfer",
)
"""What no run reads of the packages. boto3's data is for resources; CodeArtifact has none. The rest
isn't loaded: see ``runner/unneeded.py``."""

REHEARSAL = """
import importlib, pkgutil, sys
from codeartifact_status.runner import unneeded
unneeded.leave_out()
import boto3, codeartifact_status, packaging.specifiers, packaging.utils, tabulate, univers.gem
for module in pkgutil.walk_packages(codeartifact_status.__path__, "codeartifact_status."):
    importlib.import_module(module.name)
for service in ("codeartifact", "sts"):
    boto3.Session("x", "x", "x", "eu-west-1").client(service)
"localhost".encode("idna")
for module in list(sys.modules.values()):
    print(getattr(module, "__file__", None) or "")
"""
"""Imports what a run imports, late or early, and says where that lies."""

UNCHECKED = py_compile.PycInvalidationMode.UNCHECKED_HASH
"""No source here is ever newer than its bytecode: a run need not look, and no time is in it."""


def leave_out(venv: Path, site: Path) -> None:
    """Remove what no run reads: data, tests, type stubs, and all commands but Python."""
    unread = [found for pattern in UNREAD for found in site.glob(pattern)]
    services = (path for path in (site / "botocore" / "data").iterdir() if path.is_dir())
    unread += [path for path in services if path.name not in SERVICES]
    unread += site.rglob("*.pyi")
    unread += (path for path in (venv / "bin").iterdir() if not path.is_symlink())
    for path in unread:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def shorten_endpoints(site: Path) -> None:
    """Leave out where services are that no run asks for: each run would read all of it."""
    path = site / "botocore" / "data" / "endpoints.json"
    endpoints = json.loads(path.read_bytes())
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in services if name in ENDPOINTS}
    path.write_text(json.dumps(endpoints, separators=(",", ":")))


def compile_packages(site: Path) -> None:
    """Compile the packages where they lie."""
    if not compileall.compile_dir(site, quiet=1, invalidation_mode=UNCHECKED):
        sys.exit("prepare: not everything could be compiled")


def compile_library(python: Path, tree: Path) -> None:
    """Compile into the tree what a run imports of the standard library.

    The official image has that as source only (docker-library/python removes every ``.pyc``).
    """
    said = subprocess.run(
        [python, "-I", "-B", "-c", REHEARSAL], check=True, stdout=subprocess.PIPE, text=True
    )
    library = Path(sysconfig.get_path("stdlib"))
    sources = {Path(line) for line in said.stdout.splitlines()}
    for source in sorted(sources):
        if source.suffix == ".py" and source.is_relative_to(library):
            compiled = tree / Path(cache_from_source(str(source))).relative_to("/")
            py_compile.compile(
                str(source), str(compiled), doraise=True, invalidation_mode=UNCHECKED
            )


def launcher(python: Path, entrypoint: Path, tree: Path) -> None:
    """Make the command of the same name, for jobs that run a shell in this image."""
    command = tree / "usr" / "local" / "bin" / "codeartifact-status"
    command.parent.mkdir(parents=True, exist_ok=True)
    command.write_text(f"#!{python} -I\n{entrypoint.read_text()}")
    command.chmod(0o755)


def main(venv: Path, entrypoint: Path, tree: Path) -> None:
    """Leave out, compile, and lay out everything as it is to lie in the image."""
    python = venv / "bin" / "python"
    (site,) = venv.glob("lib/python3*/site-packages")
    leave_out(venv, site)
    shorten_endpoints(site)
    compile_packages(site)
    compile_library(python, tree)
    launcher(python, entrypoint, tree)
    place = tree / venv.relative_to("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(entrypoint, venv / "entrypoint.py")
    shutil.move(venv, place)
    # The same sources give the same layer, whenever and under whatever umask it is built; and it
    # can be read by whoever a CI system runs it as.
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            may_run = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if may_run else 0o644)
        os.utime(path, (0, 0), follow_symlinks=False)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
