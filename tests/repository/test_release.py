"""How it is released: what the workflows may do, and the scripts that nobody watches.

The release's own steps are run as they stand in the workflow, with git and a repository to push to.
What only GitHub has (the registry, the attestation, ``gh``) is not here.
"""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

import codeartifact_status

ROOT = Path(__file__).parents[2]
OURS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FILES = [*OURS, *sorted((ROOT / "examples" / "workflows").glob("*.yml"))]
WORKFLOWS: dict[str, dict[str, Any]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in OURS
}
PLACEHOLDER = "OWNER/codeartifact-status@"
"""This action in an example: its owner isn't known, and nor is a commit."""

PACKAGE = "src/codeartifact_status/__init__.py"
VERSION = codeartifact_status.__version__
DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGE = f"ghcr.io/acme/codeartifact-status@{DIGEST}"


def used(path: Path) -> Iterator[tuple[str, str]]:
    """Every action that a workflow takes from elsewhere, and the comment after it."""
    for action, comment in re.findall(
        r"^\s*(?:- )?uses: *(\S+) *(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE
    ):
        if not action.startswith(("./", "$/", PLACEHOLDER)):
            yield action, comment


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every job of our own workflows."""
    for workflow, document in WORKFLOWS.items():
        for name, job in document["jobs"].items():
            yield f"{workflow}.{name}", job


# --- What the workflows may do, beyond what zizmor and actionlint see to. ------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_pinned_action_says_which_version_that_is(path: Path) -> None:
    for action, comment in used(path):
        assert re.fullmatch(r"# v\d+\.\d+\.\d+", comment), f"{action} {comment}"


def test_the_same_action_is_the_same_commit_everywhere() -> None:
    pins: dict[str, set[tuple[str, str]]] = {}
    for path in FILES:
        for action, comment in used(path):
            name, commit = action.split("@")
            pins.setdefault(name, set()).add((commit, comment))

    assert {name: found for name, found in pins.items() if len(found) != 1} == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_workflow_may_nothing_but_what_its_jobs_say(path: Path) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))

    assert document["permissions"] == {}
    assert all(job["permissions"] for job in document["jobs"].values())


def test_two_jobs_of_all_may_write() -> None:
    writing = {
        name: {scope for scope, access in job["permissions"].items() if access == "write"}
        for name, job in jobs()
    }

    assert {name: scopes for name, scopes in writing.items() if scopes} == {
        "release.image": {"packages", "id-token", "attestations"},
        "release.publish": {"contents"},
    }


def test_nothing_is_written_before_somebody_has_approved() -> None:
    release = WORKFLOWS["release"]["jobs"]

    assert release["image"]["environment"] == "release"
    assert {"image", "try"} <= set(release["publish"]["needs"])
    assert {"plan", "ci"} <= set(release["image"]["needs"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_checkout_leaves_its_token_behind(path: Path) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    checkouts = [
        step
        for job in document["jobs"].values()
        for step in job.get("steps", ())
        if str(step.get("uses", "")).startswith("actions/checkout@")
    ]

    assert [step["with"]["persist-credentials"] for step in checkouts] == [False] * len(checkouts)


@pytest.mark.parametrize(("name", "job"), list(jobs()))
def test_every_job_has_an_end(name: str, job: dict[str, Any]) -> None:
    # A called workflow has its own limits.
    assert "uses" in job or job["timeout-minutes"] <= 30, name


def test_the_base_image_that_is_watched_is_the_one_that_is_built_on() -> None:
    watched = (ROOT / ".github" / "base" / "Dockerfile").read_text(encoding="utf-8")
    built_on = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert re.findall(r"^FROM (.*)$", watched, re.MULTILINE) == re.findall(
        r"^ARG PYTHON_IMAGE=(.*)$", built_on, re.MULTILINE
    )


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
        (found,) = (
            each for each in WORKFLOWS["release"]["jobs"][job]["steps"] if each.get("name") == step
        )
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


# --- The size of the image. ----------------------------------------------------------------------


def archive(path: Path, *sizes: int) -> Path:
    """An image as buildx writes it, of layers of these sizes in megabytes, with what is on top."""
    platforms = [{"digest": "sha256:amd64"}, {"digest": "sha256:sbom"}]
    documents: dict[str, Any] = {
        "index.json": {"manifests": [{"digest": "sha256:index"}]},
        "blobs/sha256/index": {"manifests": platforms},
        "blobs/sha256/amd64": {
            "config": {"digest": "sha256:config"},
            "layers": [{"size": size * 1_000_000} for size in sizes],
        },
        "blobs/sha256/config": {
            "history": [
                {"created_by": "ENV PATH=/usr/bin", "empty_layer": True},
                *({"created_by": f"RUN one |  `{size}` # " + "x" * 99} for size in sizes),
            ]
        },
    }  # fmt: skip
    with tarfile.open(path, "w") as file:
        for name, document in documents.items():
            content = json.dumps(document).encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            file.addfile(entry, io.BytesIO(content))
    return path


def weigh(image: Path, budget: str) -> subprocess.CompletedProcess[str]:
    script = ROOT / ".github" / "scripts" / "image_size.py"
    return subprocess.run(
        [sys.executable, "-I", script, image, budget], capture_output=True, text=True, check=False
    )


def test_an_image_is_weighed_layer_by_layer(tmp_path: Path) -> None:
    done = weigh(archive(tmp_path / "image.tar", 44, 9), "64")

    assert (done.returncode, done.stderr) == (0, "")
    title, _, _, _, *rows = done.stdout.splitlines()
    assert title == "### Image: 53.0 MB compressed, within the budget of 64 MB"
    assert [row[: row.index("x")] for row in rows] == [
        "| 44.0 | `RUN one \\| '44' # ",
        "| 9.0 | `RUN one \\| '9' # ",
    ]
    assert all(row.endswith("…` |") for row in rows)


def test_an_image_above_its_budget_fails_and_is_shown_all_the_same(tmp_path: Path) -> None:
    done = weigh(archive(tmp_path / "image.tar", 44, 21), "64")

    assert done.returncode == 1
    assert done.stderr == "::error::The image has 65.0 MB, 64 are allowed\n"
    assert "**above** the budget" in done.stdout
