"""A release, step by step as the workflows have it, of a repository on disk: nothing is published.

The scripts of `release.yml` are run as they stand, each with the variables that its step and its
job give it. A bare repository stands in for GitHub's, and `gh.py` for its command line. What needs
more than that is withheld: the image, its attestation, the index.

`make release-dry-run` runs the whole of it for whoever is about to make a release.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from harness.trees import ROOT

WORKFLOWS = ROOT / ".github" / "workflows"
RELEASE, CI = (
    yaml.safe_load((WORKFLOWS / name).read_text(encoding="utf-8"))["jobs"]
    for name in ("release.yml", "ci.yml")
)
PUBLISHER = "Dry-Run/codeartifact-status"
"""With capitals, which an owner may have and the name of an image may not."""
DIGEST = "sha256:" + "0123456789abcdef" * 4
"""Made up, as no image is built."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job has ended."""

    code: int
    outputs: Mapping[str, str]
    said: str
    directory: Path
    """What it had checked out."""


@dataclass(frozen=True, slots=True)
class Forge:
    """A repository at GitHub's, the jobs that check it out, and the releases that they make."""

    home: Path
    repository: str = PUBLISHER
    origin: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "origin", self.home / "origin.git")
        for name in ("jobs", "bin", "releases"):
            (self.home / name).mkdir(parents=True)
        (self.home / "bin" / "gh").symlink_to(Path(__file__).with_name("gh.py"))
        self.git("init", "--quiet", "--bare", "--initial-branch=main", self.origin, cwd=self.home)

    # --- What is in it. --------------------------------------------------------------------------

    def git(self, *arguments: str | Path, cwd: Path | None = None) -> str:
        return subprocess.run(
            ["git", *arguments],  # noqa: S607 - whichever git there is
            cwd=cwd or self.origin,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    def commit(self, tree: Path, message: str) -> str:
        """Put a tree on main; the commit."""
        if not (tree / ".git").exists():
            self.git("init", "--quiet", "--initial-branch=main", cwd=tree)
        self.git("add", "--all", cwd=tree)
        who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")
        self.git(*who, "commit", "--quiet", "--message", message, cwd=tree)
        self.git("push", "--quiet", self.origin, "HEAD:main", cwd=tree)
        return self.git("rev-parse", "main")

    def tags(self) -> dict[str, str]:
        """Every tag, and the subject of the commit that it names."""
        shown = self.git("for-each-ref", "refs/tags", "--format=%(refname:short) %(subject)")
        return dict(line.split(maxsplit=1) for line in shown.splitlines())

    def notes(self, tag: str) -> str:
        """What the release of a tag says."""
        return (self.home / "releases" / f"{tag}.md").read_text(encoding="utf-8")

    # --- The jobs. -------------------------------------------------------------------------------

    def plan(self, version: str, *, ref: str = "refs/heads/main") -> Ended:
        """Run the first job."""
        return self.run(RELEASE["plan"], {"inputs.version": version}, GITHUB_REF=ref)

    def build_wheels(self) -> Ended:
        """Run the job of CI that builds them, with the tools of this Python's environment."""
        return self.run(CI["wheels"], {}, MAKEFLAGS=f"BIN={Path(sys.executable).parent}")

    def fill_for_image(self) -> Ended:
        """Run what the job that builds the image does before: the tree is what would be built."""
        return self.run(RELEASE["image"], {})

    def publish(self, version: str, *, digest: str = DIGEST) -> Ended:
        """Run the last job but that for the index."""
        context = {
            "github.token": "none",
            "needs.plan.outputs.version": version,
            "needs.plan.outputs.tag": f"v{version}",
            "needs.plan.outputs.image": f"ghcr.io/{self.repository.lower()}",
            "needs.image.outputs.digest": digest,
        }
        return self.run(RELEASE["publish"], context)

    def leave_emulator_out(self, built: Ended) -> Ended:
        """Run the job for the index, where the wheels are: what stays in `dist` would go there."""
        return self.run(RELEASE["pypi"], {}, built.directory)

    def run(
        self,
        job: Mapping[str, Any],
        context: Mapping[str, str],
        work: Path | None = None,
        **variables: str,
    ) -> Ended:
        """Run a job's scripts in order until one fails, in a checkout or where a job was before."""
        work = work or self.checkout()
        known, said, code = dict(context), "", 0
        for step in scripts(job):
            code, outputs, text = self._step(job, step, work, known, variables)
            said += text
            if code != 0:
                return Ended(code, {}, said, work)
            known |= {f"steps.{step.get('id')}.outputs.{name}": outputs[name] for name in outputs}
        given = {
            name: text for name, text in job.get("outputs", {}).items() if is_known(text, known)
        }
        outputs = {name: evaluated(text, known) for name, text in given.items()}
        return Ended(code, outputs, said, work)

    def checkout(self) -> Path:
        """Check main out, as every job does."""
        work = self.home / "jobs" / str(len(list((self.home / "jobs").iterdir())))
        self.git("clone", "--quiet", self.origin, work)
        spare_setup(work)
        return work

    def _step(
        self,
        job: Mapping[str, Any],
        step: Mapping[str, Any],
        work: Path,
        known: Mapping[str, str],
        variables: Mapping[str, str],
    ) -> tuple[int, dict[str, str], str]:
        """Run a script with the shell that GitHub takes: exit code, outputs, what it says."""
        output = self.home / "output"
        output.write_text("", encoding="utf-8")
        given = {**job.get("env", {}), **step.get("env", {})}
        done = subprocess.run(
            ["bash", "-e", "-c", step["run"]],  # noqa: S607 - GitHub takes it from the PATH, too
            cwd=work,
            env=self._environment(
                GITHUB_ACTIONS="true",
                GITHUB_OUTPUT=str(output),
                GITHUB_REPOSITORY=self.repository,
                RUNNER_TEMP=str(self.home),
                GH_RELEASES=str(self.home / "releases"),
                **{name: evaluated(text, known) for name, text in given.items()},
                **variables,
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        lines = output.read_text(encoding="utf-8").splitlines()
        return done.returncode, dict(line.split("=", 1) for line in lines), done.stdout

    def _environment(self, **more: str) -> Mapping[str, str]:
        tools = (self.home / "bin", Path(sys.executable).parent)
        return {
            "PATH": os.pathsep.join([*map(str, tools), os.environ["PATH"]]),
            "HOME": str(self.home),
            "GIT_CONFIG_NOSYSTEM": "1",
            **more,
        }


def scripts(job: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The steps that are scripts; those that are actions of others need GitHub."""
    return (step for step in job["steps"] if "run" in step)


EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


def evaluated(text: str, known: Mapping[str, str]) -> str:
    """A value of the workflow, its expressions replaced."""
    return EXPRESSION.sub(lambda found: known[found[1]], text)


def is_known(text: str, known: Mapping[str, str]) -> bool:
    """Whether all of its expressions can be replaced: not what only an action of others knows."""
    return all(name in known for name in EXPRESSION.findall(text))


def spare_setup(work: Path) -> None:
    """Let `make` find its tools set up: `BIN` says where they are, and none is installed anew."""
    ready = work / ".venv" / "ready"
    ready.parent.mkdir()
    ready.touch()
