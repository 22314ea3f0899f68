"""How it is released: the script that pins the image, and the steps of the workflow.

The release's own steps are run as they stand in the workflow, with git and a repository to push to.
What only GitHub has (the registry, the attestation, ``gh``) is not here.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

import codeartifact_status

ROOT = Path(__file__).parents[2]
RELEASE: dict[str, Any] = yaml.safe_load(
    (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
)
PACKAGE = "src/codeartifact_status/__init__.py"
VERSION = codeartifact_status.__version__
DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGE = f"ghcr.io/acme/codeartifact-status@{DIGEST}"


# --- The image in action.yml. --------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """What a release looks at, as it stands on main, also when this is the tree of a release."""
    for file in (".github/scripts/pin_image.py", "action.yml", PACKAGE):
        (tmp_path / "tree" / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / "tree" / file)
    write_image(tmp_path / "tree", "Dockerfile")
    return tmp_path / "tree"


def write_image(tree: Path, image: str) -> None:
    action = tree / "action.yml"
    text = re.sub(r"^  image: .*$", f"  image: {image}", action.read_text(), flags=re.MULTILINE)
    action.write_text(text)


def pin(tree: Path, *arguments: str) -> str:
    """What the script says, on the whole; nothing when it has done it."""
    done = subprocess.run(
        [sys.executable, "-I", tree / ".github" / "scripts" / "pin_image.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) == (done.stdout + done.stderr == "")
    return done.stdout + done.stderr


def test_a_release_changes_the_image_and_nothing_else(tree: Path) -> None:
    before = (tree / "action.yml").read_text()

    assert pin(tree, VERSION, IMAGE) == ""

    after = (tree / "action.yml").read_text()
    assert yaml.safe_load(after)["runs"] == {"using": "docker", "image": f"docker://{IMAGE}"}
    assert after == before.replace("image: Dockerfile", f"image: docker://{IMAGE}")


def test_to_ask_whether_it_could_be_released_changes_nothing(tree: Path) -> None:
    before = (tree / "action.yml").read_text()

    assert pin(tree, VERSION) == ""
    assert (tree / "action.yml").read_text() == before


@pytest.mark.parametrize(
    "image",
    [
        "",
        "Dockerfile",
        "ghcr.io/acme/codeartifact-status",
        "ghcr.io/acme/codeartifact-status:1.2.3",
        f"ghcr.io/acme/codeartifact-status:1.2.3@{DIGEST}",
        f"ghcr.io/Acme/codeartifact-status@{DIGEST}",
        f"ghcr.io/codeartifact-status@{DIGEST}",
        f"example.com/acme/codeartifact-status@{DIGEST}",
        f"docker://{IMAGE}",
        IMAGE[:-1],
        IMAGE + "0",
        IMAGE.upper(),
        IMAGE + "\n",
        IMAGE + "\n  entrypoint: /bin/sh",
        "ghcr.io/acme/codeartifact-status@",
    ],
)
def test_what_is_no_image_by_digest_is_refused(tree: Path, image: str) -> None:
    assert "is no image by digest" in pin(tree, VERSION, image)
    assert yaml.safe_load((tree / "action.yml").read_text())["runs"]["image"] == "Dockerfile"


@pytest.mark.parametrize("image", [f"docker://{IMAGE}", "Dockerfile.dev", "", '"Dockerfile"'])
def test_an_action_that_has_another_image_is_refused_before_anything_is_built(
    tree: Path, image: str
) -> None:
    write_image(tree, image)

    assert "should have one image, the Dockerfile" in pin(tree, VERSION)
    assert "should have one image, the Dockerfile" in pin(tree, VERSION, IMAGE)


@pytest.mark.parametrize(
    "version",
    ["", "1", "1.2", f"v{VERSION}", "1.2.3.4", "01.2.3", "1.2.3rc1", "1.2.3-beta", "1.2.3-rc.0",
     "1.2.3\n", "1.2.3 ", "$(id)", "1.2.3; id", "\u0661.2.3", "../1.2.3"],
)  # fmt: skip
def test_what_is_no_version_is_refused(tree: Path, version: str) -> None:
    assert "is no version such as 1.2.3" in pin(tree, version)


def test_another_version_than_that_of_the_package_is_refused(tree: Path) -> None:
    text = (tree / PACKAGE).read_text()
    (tree / PACKAGE).write_text(text.replace(f'"{VERSION}"', '"98.0.0-rc.1"'))

    assert f"{VERSION} is to be released, but {PACKAGE} says 98.0.0-rc.1" in pin(tree, VERSION)


# --- The steps of a release, as they stand in the workflow. --------------------------------------


class Repository(NamedTuple):
    """A repository at GitHub's, and what a job checks out of it."""

    origin: Path
    jobs: Path

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        return subprocess.run(
            ["git", *arguments],  # noqa: S607 - whichever git there is
            cwd=cwd or self.origin,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    def environment(self, **more: str) -> Mapping[str, str]:
        return {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.jobs),
            "GIT_CONFIG_NOSYSTEM": "1",
            **more,
        }

    def release_from(self, version: str, tree: Path) -> None:
        """Put this version on main."""
        text = re.sub(
            r'(?<=^__version__ = ").*(?="$)',
            version,
            (tree / PACKAGE).read_text(),
            flags=re.MULTILINE,
        )
        (tree / PACKAGE).write_text(text)
        self.git("add", "--all", cwd=tree)
        who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")
        self.git(*who, "commit", "--quiet", "--message", version, cwd=tree)
        self.git("push", "--quiet", str(self.origin), "HEAD:main", cwd=tree)

    def job(self) -> Path:
        """Check it out, as every job does."""
        work = self.jobs / str(len(list(self.jobs.iterdir())))
        self.git("clone", "--quiet", str(self.origin), str(work))
        return work

    def plan(self, version: str, *, ref: str = "refs/heads/main") -> tuple[int, dict[str, str]]:
        """Run the first job: its exit code and outputs."""
        return self.run("plan", "Can this version be released?", self.job(), GITHUB_REF=ref,
                        GITHUB_REPOSITORY="Acme/codeartifact-status", VERSION=version)  # fmt: skip

    def publish(self, version: str, *, image: str = IMAGE) -> int:
        """Run the last job, but for what GitHub itself does: its exit code."""
        work = self.job()
        given = {"VERSION": version, "TAG": f"v{version}", "IMAGE": image}
        code, outputs = self.run("publish", "Commit the digest", work, **given)
        assert code == 0
        for step in ("Tag", "Move the major tag"):
            code, _ = self.run("publish", step, work, **given, COMMIT=outputs["commit"])
            if code != 0:
                return code
        return 0

    def run(self, job: str, step: str, work: Path, **given: str) -> tuple[int, dict[str, str]]:
        """Run one step of the release with the shell that GitHub runs it with."""
        (found,) = (each for each in RELEASE["jobs"][job]["steps"] if each.get("name") == step)
        output = work.with_suffix(".output")
        output.unlink(missing_ok=True)
        output.touch()
        done = subprocess.run(
            ["bash", "-e", "-c", found["run"]],  # noqa: S607 - GitHub takes it from the PATH, too
            cwd=work,
            env=self.environment(**given, GITHUB_OUTPUT=str(output)),
            check=False,
        )
        lines = output.read_text().splitlines()
        return done.returncode, dict(line.split("=", maxsplit=1) for line in lines)

    def tags(self) -> dict[str, str]:
        """Every tag, and the subject of the commit that it names."""
        shown = self.git("for-each-ref", "refs/tags", "--format=%(refname:short) %(subject)")
        return dict(line.split(maxsplit=1) for line in shown.splitlines())


@pytest.fixture
def repository(tmp_path: Path, tree: Path) -> Repository:
    (tmp_path / "jobs").mkdir()
    found = Repository(tmp_path / "origin.git", tmp_path / "jobs")
    found.git("init", "--quiet", "--bare", "--initial-branch=main", str(found.origin), cwd=tmp_path)
    found.git("init", "--quiet", "--initial-branch=main", cwd=tree)
    return found


def test_a_release_is_a_commit_under_two_tags_and_main_stays_as_it_was(
    repository: Repository, tree: Path
) -> None:
    repository.release_from("1.2.3", tree)
    main = repository.git("rev-parse", "main")

    code, outputs = repository.plan("1.2.3")
    assert code == 0
    assert outputs.pop("created")
    assert outputs == {
        "version": "1.2.3",
        "tag": "v1.2.3",
        "image": "ghcr.io/acme/codeartifact-status",
    }
    assert repository.publish("1.2.3") == 0

    assert repository.tags() == {"v1": "Release v1.2.3", "v1.2.3": "Release v1.2.3"}
    assert repository.git("rev-parse", "main", "v1.2.3^", "v1^") == "\n".join([main] * 3)
    assert repository.git("diff", "--name-only", "main", "v1") == "action.yml"
    released = yaml.safe_load(repository.git("show", "v1:action.yml"))
    assert released["runs"]["image"] == f"docker://{IMAGE}"
    # A tag of its own would be what GitHub shows for a SHA to pin, and that is no commit.
    assert repository.git("cat-file", "-t", "v1.2.3") == "commit"


def test_a_release_is_made_once(repository: Repository, tree: Path) -> None:
    repository.release_from("1.2.3", tree)
    assert repository.publish("1.2.3") == 0
    before = repository.git("rev-parse", "v1", "v1.2.3")

    assert repository.plan("1.2.3")[0] == 1
    assert repository.publish("1.2.3", image=IMAGE[:-1] + "0") != 0

    assert repository.git("rev-parse", "v1", "v1.2.3") == before


def test_a_last_job_that_was_cut_off_can_be_run_again(repository: Repository, tree: Path) -> None:
    repository.release_from("1.2.3", tree)
    assert repository.publish("1.2.3") == 0
    before = repository.git("rev-parse", "v1", "v1.2.3")
    repository.git("tag", "--delete", "v1")

    assert repository.publish("1.2.3") == 0

    assert repository.git("rev-parse", "v1", "v1.2.3") == before


def test_the_major_tag_goes_forward_only_and_not_to_a_pre_release(
    repository: Repository, tree: Path
) -> None:
    for version in ("1.9.0", "1.10.0", "1.9.1", "1.11.0-rc.1", "2.0.0-rc.1"):
        repository.release_from(version, tree)
        assert repository.plan(version)[0] == 0
        assert repository.publish(version) == 0

    majors = {tag: said for tag, said in repository.tags().items() if "." not in tag}
    assert majors == {"v1": "Release v1.10.0"}


@pytest.mark.parametrize("version", ["1.2.4", "v1.2.3", "", "$(touch hacked)", "1.2.3\nimage=evil"])
def test_another_version_than_that_of_main_is_not_planned(
    repository: Repository, tree: Path, version: str
) -> None:
    repository.release_from("1.2.3", tree)

    assert repository.plan(version) == (1, {})


def test_no_branch_but_main_is_released(repository: Repository, tree: Path) -> None:
    repository.release_from("1.2.3", tree)

    assert repository.plan("1.2.3", ref="refs/heads/topic") == (1, {})


# --- The wheel. ----------------------------------------------------------------------------------


def test_the_wheel_that_is_published_is_the_one_that_was_tried_on_every_system() -> None:
    ci = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    built, tried, published = ci["jobs"]["wheels"], ci["jobs"]["command"], RELEASE["jobs"]["pypi"]

    assert RELEASE["jobs"]["ci"]["uses"] == "./.github/workflows/ci.yml"
    (upload,) = inputs_of(built, "actions/upload-artifact")
    (first,) = inputs_of(tried, "actions/download-artifact")
    (last,) = inputs_of(published, "actions/download-artifact")
    assert upload["name"] == first["name"] == last["name"]
    assert {name.partition("-")[0] for name in tried["strategy"]["matrix"]["runner"]} == {
        "ubuntu",
        "macos",
        "windows",
    }


def test_the_wheel_is_published_without_a_secret_by_a_job_that_runs_no_code_of_ours() -> None:
    job = RELEASE["jobs"]["pypi"]

    assert job["permissions"] == {"id-token": "write"}
    assert job["environment"] == "pypi"
    assert inputs_of(job, "actions/checkout") == []
    assert inputs_of(job, "pypa/gh-action-pypi-publish") == [{"skip-existing": True}]
    assert "secrets." not in str(job)


def inputs_of(job: Mapping[str, Any], action: str) -> list[dict[str, Any]]:
    """What the steps of a job give to an action."""
    steps = (step for step in job["steps"] if str(step.get("uses", "")).startswith(f"{action}@"))
    return [step.get("with", {}) for step in steps]
