"""The wheels: what is in them, and a promotion by the command in an environment of its own.

That environment holds the wheel as pip has put it there, and nothing else but what
``requirements/runtime.txt`` lists, linked from our own environment: no index is asked.
"""

import re
import shlex
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import codeartifact_status
from codeartifact_emulator import Emulator
from harness.examples import WORKFLOWS
from harness.pages import ROOT
from harness.runs import BARE, DEFAULT_INPUTS, ROLE, Finished, Job, put_core, statuses

RUNTIME = dict(
    re.findall(
        r"^([\w.-]+)==(\S+)",
        (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
)
"""What a run needs, and in which version it is tested."""

NAMES = ("codeartifact_status", "codeartifact_emulator")
TRAP = "raise SystemExit('imported from the workspace')\n"
MODULES = ("boto3/__init__.py", "botocore/__init__.py", "id.py", "packaging.py", "brotli.py",
           "requests.py", "zstandard.py", "simplejson.py")  # fmt: skip
"""What this program imports, or would if it were there."""

HOSTILE = {
    **dict.fromkeys(MODULES, TRAP),
    **dict.fromkeys(
        ("codeartifact_status.py", "codeartifact_status/__init__.py", "sitecustomize.py",
         "usercustomize.py", "re.py", "signal.py", "gc.py", "json.py", "site.py"),
        TRAP,
    ),
    "evil.pth": f"import sys; {TRAP}",
    "pyvenv.cfg": "home = /nowhere\n",
    ".env": "INPUT_TARGET_STATUS=Archived\nAWS_ENDPOINT_URL=http://127.0.0.1:9\n",
    ".aws/config": "[default]\nregion = us-gov-west-1\nendpoint_url = http://127.0.0.1:9\n",
    "config": "[default]\nendpoint_url = http://127.0.0.1:9\n",
    "boto.cfg": "[Boto]\nproxy = 127.0.0.1\n",
    "pyproject.toml": "[tool.uv]\n",
}  # fmt: skip
"""A checkout that would rather run code of its own."""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Both wheels, built as ``make wheels`` builds them."""
    built = tmp_path_factory.mktemp("wheels")
    pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(built),
        str(ROOT), str(ROOT / "src" / "codeartifact_emulator"))  # fmt: skip
    return {path.name.partition("-")[0]: path for path in built.iterdir()}


def pip(*arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-I", "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments],
        check=True,
    )


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def metadata_of(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode())


# --- What is in them. ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_each_wheel_holds_its_own_package_whole_and_nothing_else(
    name: str, wheels: Mapping[str, Path]
) -> None:
    sources = {
        str(path.relative_to(ROOT / "src"))
        for path in (ROOT / "src" / name).rglob("*")
        if path.suffix == ".py" or path.name == "py.typed"
    }
    held = {one for one in names_in(wheels[name]) if ".dist-info/" not in one}

    assert f"{name}/py.typed" in held
    assert held - {f"{name}/LICENSE"} == sources


@pytest.mark.parametrize("name", NAMES)
def test_a_wheel_says_its_version_license_and_source(name: str, wheels: Mapping[str, Path]) -> None:
    told = metadata_of(wheels[name])

    assert Version(told["Version"]) == Version(codeartifact_status.__version__)
    assert (told["License-Expression"], told["Requires-Python"]) == ("Apache-2.0", ">=3.11")
    assert any(one.endswith("/LICENSE") for one in names_in(wheels[name]))
    assert all("//github.com/OWNER/" in url for url in told.get_all("Project-URL", []))
    assert told["Summary"]


def test_what_the_wheel_asks_for_is_what_is_tested(wheels: Mapping[str, Path]) -> None:
    asked = map(Requirement, metadata_of(wheels["codeartifact_status"]).get_all("Requires-Dist"))
    tested = {name.lower(): version for name, version in RUNTIME.items()}

    for requirement in asked:
        assert requirement.specifier.contains(tested[requirement.name.lower()]), requirement


def test_the_image_and_the_wheel_describe_themselves_alike(wheels: Mapping[str, Path]) -> None:
    summary = metadata_of(wheels["codeartifact_status"])["Summary"]

    assert f'image.description="{summary}"' in (ROOT / "Dockerfile").read_text(encoding="utf-8")


# --- The command. --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment with the command in it, and an emulator to talk to."""

    directory: Path
    emulator: Emulator
    home: Path

    @property
    def command(self) -> Path:
        return self.directory / "bin" / "codeartifact-status"

    @property
    def python(self) -> Path:
        return self.directory / "bin" / "python"

    def run(self, program: Sequence[str | Path], **given: Any) -> Finished:
        """Run a program as a step of a job does, with what ``Job.prepare`` takes."""
        job = Job.prepare(self.emulator, self.home / "job", **given)
        done = subprocess.run(
            program,
            cwd=job.workspace,
            env=job.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        return job.ended(done.returncode, stdout=done.stdout, stderr=done.stderr)


@pytest.fixture(scope="module")
def environment(wheels: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-I", "-m", "venv", "--without-pip", directory], check=True)
    python = str(directory / "bin" / "python")
    wheel = str(wheels["codeartifact_status"])
    pip("--python", python, "install", "--no-deps", "--no-index", wheel)
    (site,) = directory.glob("lib/python3*/site-packages")
    ours = Path(sysconfig.get_path("purelib"))
    for name in RUNTIME:
        for top in {file.parts[0] for file in metadata.files(name) or ()}:
            if top not in {"..", "__pycache__"}:
                (site / top).symlink_to(ours / top)
    return directory


@pytest.fixture
def installed(environment: Path, emulator: Emulator, tmp_path: Path) -> Installed:
    put_core(emulator, "1.3.0")
    return Installed(environment, emulator, tmp_path)


def assert_promoted(run: Finished, emulator: Emulator) -> None:
    """Look at all four sides of a promotion, and see that nothing of the workspace took part."""
    assert run.exit_code == 0, run.stdout + run.stderr
    assert "imported from the workspace" not in run.stdout + run.stderr
    run.assert_complete()
    assert (run.outputs["outcome"], run.counts) == ("changed", (1, 0, 0, 0))
    assert run.summary.startswith("### ✅ `@acme/core 1.3.0` is **Published** in ")
    assert statuses(emulator) == {"1.3.0": "Published"}


NONE = dict.fromkeys(DEFAULT_INPUTS)
"""No inputs in the environment."""

FLAGS = ("--domain", "acme", "--repository", "npm-store", "--format", "npm", "--package",
         "@acme/core", "--versions", "1.3.0", "--target-status", "Published",
         "--role-to-assume", ROLE)  # fmt: skip


def test_a_promotion_in_a_hostile_directory_by_inputs(installed: Installed) -> None:
    run = installed.run([installed.command], versions="1.3.0", files=HOSTILE)

    assert_promoted(run, installed.emulator)


def test_a_promotion_in_a_hostile_directory_by_flags(installed: Installed) -> None:
    run = installed.run([installed.command, *FLAGS], files=HOSTILE, **NONE)

    assert_promoted(run, installed.emulator)


@pytest.mark.parametrize("named", ["", "src", "src:", "{workspace}/src"])
def test_a_pythonpath_of_the_job_has_no_modules_for_the_command(
    named: str, installed: Installed
) -> None:
    workspace = installed.home / "job" / "workspace"
    found = {f"src/{name.removesuffix('/__init__.py').removesuffix('.py')}.py" for name in MODULES}
    run = installed.run(
        [installed.command],
        versions="1.3.0",
        files={**dict.fromkeys(found, TRAP), **dict.fromkeys(("id.py", "boto3.py"), TRAP)},
        environment={"PYTHONPATH": named.format(workspace=workspace)},
    )

    assert_promoted(run, installed.emulator)


def test_an_isolated_python_takes_nothing_from_a_hostile_pythonpath(installed: Installed) -> None:
    # What a command can't keep out: Python imports sitecustomize before it runs anything of ours.
    run = installed.run(
        [installed.python, "-I", "-m", "codeartifact_status"],
        versions="1.3.0",
        files=HOSTILE,
        environment={"PYTHONPATH": ".", "PYTHONHOME": "/nowhere", "PYTHONWARNINGS": "error"},
    )

    assert_promoted(run, installed.emulator)


def test_the_workflow_without_docker_promotes_and_keeps_the_way_back(installed: Installed) -> None:
    promote, kept = WORKFLOWS["promote-without-docker"]["jobs"]["promote"]["steps"]
    run, pipx, ours, *flags = shlex.split(promote["run"])

    tag = {"AWS_REGION": None, "GITHUB_REF": "refs/tags/v1.3.0"}
    done = installed.run([installed.command, *flags], environment=tag, **NONE)

    version = codeartifact_status.__version__
    assert (run, pipx, ours) == ("pipx", "run", f"codeartifact-status=={version}")
    assert_promoted(done, installed.emulator)
    assert kept["if"] == f"always() && steps.{promote['id']}.outputs.undo != '[]'"
    assert (done.workspace / kept["with"]["path"]).read_text() == done.outputs["undo"] != "[]"


def test_the_emulator_is_not_installed(installed: Installed) -> None:
    found = subprocess.run(
        [installed.python, "-I", "-c", "import codeartifact_emulator"],
        env=BARE,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "No module named 'codeartifact_emulator'" in found.stderr


def test_the_command_is_the_same_version_as_the_wheel(installed: Installed) -> None:
    run = installed.run([installed.command, "--version"])

    assert run.stdout.startswith(f"codeartifact-status/{codeartifact_status.__version__} ")
