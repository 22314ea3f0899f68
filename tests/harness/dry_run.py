"""Try a whole release on a repository on disk, and look at what it would publish.

`make release-dry-run` starts it. What is released is the working tree, as it stands. All that comes
of it stays in `.release`, to be looked at: the repository, the wheels, the notes.
"""

import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from codeartifact_status import REPOSITORY, __version__
from harness.release import PUBLISHER, RELEASE, Ended, Forge
from harness.trees import ROOT, whole
from harness.trees import release as run_script

HOME = ROOT / ".release"
PLACEHOLDER = "OWNER"
"""What stands for the publisher's name before there is one."""


class Stopped(Exception):
    """The release would end here; the text says why."""


def main(version: str) -> str | None:
    """Run it and say what comes of it; what was wrong, as `sys.exit` takes it."""
    shutil.rmtree(HOME, ignore_errors=True)
    forge = Forge(HOME)
    say(f"Release {version} of {forge.repository}, on disk; nothing is published.\n")
    try:
        prepare(forge, version)
        wheels = release(forge, version)
    except Stopped as error:
        return f"\n{error}"
    tagged = HOME / "tagged"
    forge.git("clone", "--quiet", "--branch", f"v{version}", forge.origin, tagged)
    wrong = [*left_over(tagged), *unlike(tagged, wheels), *unpinned(tagged)]
    went_well(forge.leave_emulator_out(wheels), "pypi")
    say(f"pypi      withheld: {', '.join(dist(wheels))}")
    say(f"\nThe notes:\n\n{forge.notes(f'v{version}')}")
    say("Look at it: git -C .release/tagged show")
    return "\n".join(["", *wrong]) if wrong else None


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command talks by printing


# --- The release. --------------------------------------------------------------------------------


def prepare(forge: Forge, version: str) -> None:
    """Put the working tree on main, its version raised, and all tags that there are."""
    tree = HOME / "tree"
    whole(tree)
    if version != __version__ or f"\n## {version} - " not in (tree / "CHANGELOG.md").read_text():
        why = run_script(tree, "version", version)
        if why:
            raise Stopped(f"The version can't be raised: {why}")
        say(f"main      raised to {version} first, as `make version V={version}` does")
    forge.commit(tree, version)
    for tag in forge.git("tag", "--list", "v*", cwd=ROOT).split():
        forge.git("tag", tag, "main")


def release(forge: Forge, version: str) -> Ended:
    """Run the jobs up to the tags, in their order; the one that has built the wheels."""
    planned = went_well(forge.plan(version), "plan")
    say(f"plan      {planned.outputs['tag']} can be released")
    wheels = went_well(forge.build_wheels(), "wheels")
    say(f"wheels    {', '.join(dist(wheels))}")
    went_well(forge.fill_for_image(), "image")
    (build,) = (step["with"] for step in RELEASE["image"]["steps"] if step.get("id") == "build")
    image = f"{planned.outputs['image']}:{planned.outputs['version']}"
    say(f"image     withheld: {image} for {build['platforms']}; its digest is made up below")
    say("try       withheld")
    before = forge.tags()
    went_well(forge.publish(version), "publish")
    moved = [tag for tag in forge.tags() if tag not in before or forge.tags()[tag] != before[tag]]
    changed = forge.git("diff", "--shortstat", "main", planned.outputs["tag"])
    say(f"publish   tags {', '.join(sorted(moved))}; {changed} since main")
    return wheels


def went_well(job: Ended, name: str) -> Ended:
    """The job, if it has.

    Raises:
        Stopped: it hasn't.
    """
    if job.code != 0:
        raise Stopped(f"The job {name} has failed:\n\n{job.said}")
    return job


def dist(job: Ended) -> list[str]:
    return sorted(path.name for path in (job.directory / "dist").glob("*.whl"))


# --- What is looked at. --------------------------------------------------------------------------


def left_over(tagged: Path) -> Iterator[str]:
    """Every line of the tagged tree that names nobody, or a former publisher."""
    for path in sorted(tagged.rglob("*")):
        name = path.relative_to(tagged)
        if not path.is_file() or name.parts[0] == ".git":
            continue
        for number, line in enumerate(path.read_bytes().decode(errors="ignore").splitlines(), 1):
            placeholder = name.parts[0] != "tests" and re.search(rf"\b{PLACEHOLDER}\b", line)
            if placeholder or names_another(line):
                yield f"{name}:{number} is still {line.strip()!r}"


def names_another(text: str) -> bool:
    """Whether it names the publisher of this tree, who isn't that of the release."""
    return REPOSITORY != PUBLISHER and REPOSITORY.lower() in text.lower()


def unlike(tagged: Path, wheels: Ended) -> Iterator[str]:
    """Everything in a wheel that isn't of the tag."""
    for name in dist(wheels):
        with zipfile.ZipFile(wheels.directory / "dist" / name) as wheel:
            for held in wheel.namelist():
                module = tagged / "src" / held
                if held.endswith(".py") and wheel.read(held) != module.read_bytes():
                    yield f"{name} has another {held} than the tag"
                if held.endswith("/METADATA") and names_another(wheel.read(held).decode()):
                    yield f"{name} names {REPOSITORY} in its metadata"


def unpinned(tagged: Path) -> Iterator[str]:
    """Whether `action.yml` names no image by digest."""
    image = yaml.safe_load((tagged / "action.yml").read_text(encoding="utf-8"))["runs"]["image"]
    if not re.fullmatch(r"docker://\S+@sha256:[0-9a-f]{64}", image):
        yield f"action.yml runs {image}"


if __name__ == "__main__":
    sys.exit(main(*(sys.argv[1:] or [__version__])))
