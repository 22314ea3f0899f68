"""The image: what is in it, and that it runs as a step does, whatever surrounds it."""

import json
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codeartifact_emulator import Emulator
from codeartifact_emulator.faults import Delay, Fault
from codeartifact_status import __version__
from container import ACCOUNT, Layer, Step, docker, inspect
from engine import DOCKER
from workflows import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SITE = "/site-packages/"
PUBLISH = {
    "domain": "acme",
    "repository": "npm-store",
    "format": "npm",
    "package": "@acme/core",
    "versions": "1.3.0",
    "target_status": "Published",
    "role_to_assume": "arn:aws:iam::111122223333:role/release",
}


@pytest.fixture
def core(emulator: Emulator) -> Callable[[], str]:
    """A version to publish; gives its status."""
    place = {"domain": "acme", "repository": "npm-store", "format": "npm", "namespace": "acme"}
    emulator.store.put(**place, package="core", version="1.3.0", status="Unlisted")

    def status() -> str:
        ((status, _),) = emulator.store.snapshot().values()
        return status

    return status


# --- What is in it. ------------------------------------------------------------------------------


def test_the_image_is_its_base_and_one_small_layer(
    base: str, image: str, image_layers: list[Layer]
) -> None:
    below, ours = (inspect(name)["RootFS"]["Layers"] for name in (base, image))
    assert ours[:-1] == below
    assert image_layers[-1].compressed < 15_000_000


def test_nothing_is_in_it_that_no_run_reads(image_layers: list[Layer]) -> None:
    files = image_layers[-1].members
    packages = {name.partition(SITE)[2].partition("/")[0] for name in files if SITE in name}
    assert packages >= {"boto3", "botocore", "codeartifact_status", "pydantic"}
    unwanted = {"pip", "setuptools", "github", "nacl", "jwt", "cryptography", "cffi", "tests"}
    assert packages & (unwanted | {"codeartifact_emulator"}) == set()
    assert [name for name in files if name.endswith(".pyi")] == []
    data = "/botocore/data/"
    services = {
        name.partition(data)[2].partition("/")[0]
        for name, member in files.items()
        if data in name and not member.isdir() and "/" in name.partition(data)[2]
    }
    assert services == {"codeartifact", "signin", "sso", "sso-oidc", "sts"}


def test_all_of_it_is_compiled_and_never_checked_again(image_layers: list[Layer]) -> None:
    ours = image_layers[-1]
    compiled = {name for name in ours.heads if SITE in name}
    sources = {name for name in ours.members if SITE in name and name.endswith(".py")}
    assert len(compiled) == len(sources) > 300
    # PEP 552: the flag says that it is known by a hash, and that the source isn't looked at.
    assert {head[4:8] for head in ours.heads.values()} == {b"\1\0\0\0"}


def test_the_same_sources_give_the_same_layer(image: str, build: Callable[..., str]) -> None:
    again = build(f"{image}-again", "--no-cache")
    assert inspect(again)["RootFS"] == inspect(image)["RootFS"]
    docker("image", "rm", again)


def test_it_starts_by_absolute_paths_as_root_and_says_what_it_is(image: str) -> None:
    config = inspect(image)["Config"]
    python, flag, script = config["Entrypoint"]
    assert (python, flag, script) == ("/opt/action/bin/python", "-I", "/opt/action/entrypoint.py")
    # Not the base's own command, which would be taken for a flag.
    assert not config.get("Cmd")
    assert not config.get("User")
    labels = {name.rpartition(".")[2]: value for name, value in config["Labels"].items()}
    assert labels["title"] == PROJECT["name"]
    assert labels["description"] == PROJECT["description"]
    assert labels["licenses"] == PROJECT["license"]
    assert labels["version"] == __version__
    assert labels["source"].endswith("/codeartifact-status")
    assert len(labels["revision"]) == 40 or labels["revision"] == "unknown"


def test_every_package_is_there_for_arm64_too(base: str, tmp_path: Path) -> None:
    """The image has nothing else that depends on it; as wheels, because nothing is compiled."""
    wanted = ("2_17", "2_28")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"),
            *("--no-deps", "--require-hashes", "--only-binary", ":all:"),
            *(f"--platform=manylinux_{glibc}_aarch64" for glibc in wanted),
            f"--python-version={base.partition(':')[2].partition('-')[0]}",
            f"--dest={tmp_path}",
            f"--requirement={ROOT / 'requirements' / 'runtime.txt'}",
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert [path for path in tmp_path.iterdir() if "aarch64" in path.name] != []


# --- That it answers. ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "start",
    [
        pytest.param((), id="entrypoint"),
        pytest.param(("--entrypoint=codeartifact-status",), id="command"),
    ],
)
def test_it_says_its_version(image: str, start: tuple[str, ...]) -> None:
    before = time.monotonic()
    done = subprocess.run(
        [DOCKER, "run", "--rm", "--network=none", *start, image, "--version"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    seconds = time.monotonic() - before

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"codeartifact-status/{__version__} Python/")
    if not start:
        ACCOUNT.append(f"--version   {seconds:.2f} s, `docker run` and all")


# --- That it runs. -------------------------------------------------------------------------------


def test_it_does_what_the_step_says(
    step: Step, core: Callable[[], str], image_layers: list[Layer]
) -> None:
    del image_layers
    done = step.run(**PUBLISH)

    assert done.exit_code == 0, done.stdout + done.stderr
    assert done.outputs["outcome"] == "changed"
    assert json.loads(done.outputs["successful-versions"])["1.3.0"]["status"] == "Published"
    assert "is **Published**" in done.summary
    assert core() == "Published"
    ACCOUNT.append(f"a step      {done.seconds:.2f} s, `docker run` and all")


def test_a_failure_is_an_exit_code(step: Step, core: Callable[[], str]) -> None:
    failed = step.run(**{**PUBLISH, "versions": "1.3.0 9.9.9"})
    wrong = step.run(**{**PUBLISH, "target_status": "Nonsense"})

    assert (failed.exit_code, wrong.exit_code) == (1, 2)
    assert json.loads(failed.outputs["failed-versions"])["9.9.9"]["errorCode"] == "NOT_FOUND"
    assert wrong.outputs["outcome"] == "failed"
    assert core() == "Unlisted"


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("--read-only",), id="read-only"),
        pytest.param(("--read-only", "--tmpfs=/tmp"), id="read-only-but-tmp"),
        pytest.param(("--cap-drop=ALL", "--security-opt=no-new-privileges"), id="no-capabilities"),
        # As Jenkins, Buildkite and a careful person run it.
        pytest.param(("--user=65534:65534",), id="nobody"),
        pytest.param(("--memory=256m", "--pids-limit=64"), id="small"),
    ],
)
def test_it_needs_little(step: Step, core: Callable[[], str], options: tuple[str, ...]) -> None:
    done = step.run(options=options, **PUBLISH)

    assert done.exit_code == 0, done.stdout + done.stderr
    assert core() == "Published"


def test_the_environment_of_the_job_has_no_say(step: Step, core: Callable[[], str]) -> None:
    workspace = step.directory / "workspace"
    workspace.mkdir()
    for name in ("boto3", "sitecustomize", "codeartifact_status"):
        (workspace / f"{name}.py").write_text("raise SystemExit(99)\n")
    environment = {
        "PATH": "nonsense",
        "PYTHONPATH": "/github/workspace",
        "PYTHONHOME": "/nonsense",
        "LD_LIBRARY_PATH": "/nonsense",
        "AWS_PROFILE": "nobody",
        "LANG": "nonsense",
    }

    done = step.run(environment=environment, **PUBLISH)

    assert done.exit_code == 0, done.stdout + done.stderr
    assert core() == "Published"


def test_a_run_leaves_nothing_in_the_container(step: Step, core: Callable[[], str]) -> None:
    """In particular no bytecode, which would mean that something wasn't compiled."""
    name = f"codeartifact-status-e2e-{time.monotonic_ns()}"
    subprocess.run(step.command(options=("--name", name), **PUBLISH), check=True, timeout=120)
    changed = docker("container", "diff", name).split("\n")
    docker("container", "rm", name)

    assert core() == "Published"
    assert [line for line in changed if line and "/github" not in line] == []


@pytest.fixture
def shell_less(image: str) -> Iterator[str]:
    """The image without any shell."""
    name = f"{image}-without-a-shell"
    remove = (
        "import os; [os.remove(d + s) for d in ('/usr/bin/', '/bin/') "
        "for s in ('sh', 'dash', 'bash', 'rbash') if os.path.lexists(d + s)]"
    )
    run = json.dumps(["/opt/action/bin/python", "-I", "-c", remove])
    docker("build", "--tag", name, "-", given=f"FROM {image}\nRUN {run}\n")
    yield name
    docker("image", "rm", name)


def test_it_needs_no_shell(step: Step, core: Callable[[], str], shell_less: str) -> None:
    shell = subprocess.run(
        [DOCKER, "run", "--rm", "--entrypoint=/bin/sh", shell_less, "-c", "true"],
        check=False,
        capture_output=True,
        timeout=60,
    )
    assert shell.returncode == 127

    done = step.run(image=shell_less, **PUBLISH)

    assert done.exit_code == 0, done.stdout + done.stderr
    assert core() == "Published"


def test_without_a_network_it_says_so_soon(step: Step) -> None:
    done = step.run(options=("--network=none",), seconds=60, **PUBLISH)

    assert done.exit_code == 3, done.stdout + done.stderr
    assert done.outputs["outcome"] == "failed"
    assert done.seconds < 30


def test_a_job_that_is_cancelled_writes_its_outputs(
    step: Step, emulator: Emulator, core: Callable[[], str]
) -> None:
    """As the first process of a container it gets no signal that it doesn't listen to."""
    emulator.inject(Fault("ListPackageVersions", Delay(seconds=3)))
    name = f"codeartifact-status-e2e-{time.monotonic_ns()}"
    before = time.monotonic()
    process = subprocess.Popen(
        step.command(options=("--rm", "--name", name), **PUBLISH),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not any(call.operation == "AssumeRoleWithWebIdentity" for call in emulator.calls):
        assert process.poll() is None
        assert time.monotonic() < before + 60
        time.sleep(0.05)
    docker("stop", "--time", "20", name)
    stdout, stderr = process.communicate(timeout=60)

    done = step.finished(process.returncode, stdout, stderr, before)
    assert done.exit_code == 143, stdout + stderr
    assert done.outputs["outcome"] == "failed"
    assert core() == "Unlisted"


def test_a_job_in_this_image_has_a_command(step: Step, core: Callable[[], str]) -> None:
    """As GitLab and CircleCI use an image: a shell is run in it."""
    (step.directory / "workspace").mkdir()
    (step.directory / "workspace" / "boto3.py").write_text("raise SystemExit(99)\n")
    # A shell hands on no variables with hyphens.
    inputs = {f"INPUT_{name.upper()}": value for name, value in PUBLISH.items()}

    done = step.run(
        "-c",
        "codeartifact-status",
        options=("--entrypoint=/bin/sh",),
        environment={"PYTHONPATH": "/github/workspace", **inputs},
    )

    assert done.exit_code == 0, done.stdout + done.stderr
    assert done.outputs["outcome"] == "changed"
    assert core() == "Published"
