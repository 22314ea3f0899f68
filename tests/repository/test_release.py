"""How it is released: the script that says what a release writes, and the steps of the workflow.

The steps are run as they stand in the workflow, with git and a repository to push to
(`harness/release`). What only GitHub has (the registry, the attestation) is not here.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

import codeartifact_status
from codeartifact_status.reporting.run import ACTION
from harness.dry_run import PLACEHOLDER, left_over, unpinned
from harness.release import CI, DIGEST, PACKAGE, PUBLISHER, RELEASE, ROOT, Forge, snapshot

VERSION = codeartifact_status.__version__
REPOSITORY = codeartifact_status.REPOSITORY
WHEEL = "codeartifact-status"
IMAGE = f"ghcr.io/acme/codeartifact-status@{DIGEST}"
SCRIPT = ".github/scripts/release.py"
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


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """What a release looks at, as it stands on main, also when this is the tree of a release."""
    root = tmp_path / "tree"
    for file in (SCRIPT, "action.yml", PACKAGE):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, root / file)
    write_image(root, "Dockerfile")
    (root / "CHANGELOG.md").write_text(CHANGELOG)
    (root / "names.md").write_text(NAMES)
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    return root


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


def written(tree: Path) -> set[str]:
    """The files that aren't as they were."""
    return set(git(tree, "diff", "--name-only").split())


# --- Who publishes it. ---------------------------------------------------------------------------


def test_every_name_becomes_that_of_the_publisher_with_the_version_of_the_package(
    tree: Path,
) -> None:
    assert release(tree, "fill", "Some-Org/codeartifact-status") == ""

    # A registry takes lower case only.
    assert (
        (tree / "names.md").read_text()
        == f"""\
uses: Some-Org/codeartifact-status@v{VERSION.partition(".")[0]}
uses: Some-Org/codeartifact-status@<commit> # v{VERSION}
image: ghcr.io/some-org/codeartifact-status:{VERSION}
oci://ghcr.io/some-org/codeartifact-status@sha256:<digest> --repo Some-Org/codeartifact-status
git+https://github.com/Some-Org/codeartifact-status@v{VERSION}#subdirectory=x
pipx run {WHEEL}=={VERSION}, uvx {WHEEL}@{VERSION}
repo:Some-Org/codeartifact-status:environment:conformance
not-{REPOSITORY}@v0, {REPOSITORY}-too@v0, {WHEEL}x==0.0.1, other==0.0.1
"""
    )
    assert 'REPOSITORY = "Some-Org/codeartifact-status"' in (tree / PACKAGE).read_text()
    assert written(tree) == {"names.md", PACKAGE}


def test_who_was_named_once_can_be_named_otherwise(tree: Path) -> None:
    release(tree, "fill", "Some-Org/first-name")
    once = (tree / "names.md").read_text()

    assert release(tree, "fill", "other/second") == ""

    text = (tree / "names.md").read_text()
    assert text == once.replace("Some-Org/first-name", "other/second").replace(
        "some-org/first-name", "other/second"
    )


def test_what_is_no_text_and_what_git_does_not_know_is_left_alone(tree: Path) -> None:
    picture = b"\x89PNG\r\n" + REPOSITORY.encode()
    (tree / "picture.png").write_bytes(picture)
    (tree / "windows.md").write_bytes(f"{REPOSITORY}\r\n".encode())
    (tree / "link.md").symlink_to("names.md")
    git(tree, "add", "--all")
    (tree / "mine.md").write_text(REPOSITORY)

    assert release(tree, "fill", "acme/action") == ""

    assert (tree / "picture.png").read_bytes() == picture
    assert (tree / "windows.md").read_bytes() == b"acme/action\r\n"
    assert (tree / "link.md").is_symlink()
    assert (tree / "mine.md").read_text() == REPOSITORY


def test_a_workflow_of_ours_may_name_nobody_because_no_workflow_may_push_it(tree: Path) -> None:
    workflow = tree / ".github" / "workflows" / "x.yml"
    workflow.parent.mkdir()
    workflow.write_text(f"# {REPOSITORY}\n")
    git(tree, "add", "--all")
    release(tree, "version", VERSION)

    said = release(tree, "check", VERSION, "acme/action", GITHUB_ACTIONS="true")

    assert said.startswith("::error::.github/workflows/x.yml names ")
    assert said == release(tree, "fill", "acme/action", GITHUB_ACTIONS="true")
    assert REPOSITORY in (tree / "names.md").read_text()


@pytest.mark.parametrize("name", ["", "acme", "acme/", "/action", "acme/a/b", "a b/c", "acme/x\n"])
def test_what_is_no_repository_is_refused(tree: Path, name: str) -> None:
    assert "is no repository such as owner/name" in release(tree, "fill", name)
    assert written(tree) == set()


# --- The image in action.yml. --------------------------------------------------------------------


def test_a_release_changes_the_image_and_nothing_else_of_the_action(tree: Path) -> None:
    before = (tree / "action.yml").read_text()

    assert release(tree, "fill", "Acme/codeartifact-status", IMAGE) == ""

    after = (tree / "action.yml").read_text()
    assert yaml.safe_load(after)["runs"] == {"using": "docker", "image": f"docker://{IMAGE}"}
    assert after == before.replace("image: Dockerfile", f"image: docker://{IMAGE}")


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
    assert "is no image by digest" in release(tree, "fill", REPOSITORY, image)
    assert written(tree) == set()


@pytest.mark.parametrize("image", [f"docker://{IMAGE}", "Dockerfile.dev", "", '"Dockerfile"'])
def test_an_action_that_has_another_image_is_refused_before_anything_is_built(
    tree: Path, image: str
) -> None:
    release(tree, "version", VERSION)
    write_image(tree, image)

    assert "should have one image, the Dockerfile" in release(tree, "check", VERSION, REPOSITORY)
    assert "should have one image, the Dockerfile" in release(tree, "fill", REPOSITORY, IMAGE)


# --- The version, and what the changelog says of it. ---------------------------------------------


@pytest.mark.parametrize(
    "version",
    ["", "1", "1.2", f"v{VERSION}", "1.2.3.4", "01.2.3", "1.2.3rc1", "1.2.3-beta", "1.2.3-rc.0",
     "1.2.3\n", "1.2.3 ", "$(id)", "1.2.3; id", "\u0661.2.3", "../1.2.3"],
)  # fmt: skip
def test_what_is_no_version_is_refused(tree: Path, version: str) -> None:
    assert "is no version such as 1.2.3" in release(tree, "check", version, REPOSITORY)
    assert "is no version such as 1.2.3" in release(tree, "version", version)
    assert written(tree) == set()


def test_another_version_than_that_of_the_package_is_refused(tree: Path) -> None:
    release(tree, "version", "98.0.0-rc.1")

    said = release(tree, "check", VERSION, REPOSITORY)

    assert f"{VERSION} is to be released, but {PACKAGE} says 98.0.0-rc.1" in said


def test_one_command_raises_the_version_everywhere_and_dates_what_is_unreleased(
    tree: Path,
) -> None:
    assert release(tree, "version", "98.1.0") == ""

    assert '__version__ = "98.1.0"' in (tree / PACKAGE).read_text()
    assert f"uses: {REPOSITORY}@v98\n" in (tree / "names.md").read_text()
    assert f"image: ghcr.io/{REPOSITORY.lower()}:98.1.0\n" in (tree / "names.md").read_text()
    headings = re.findall(r"^## (.*)$", (tree / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert [heading.partition(" - ")[0] for heading in headings] == ["98.1.0", "0.0.1"]
    assert release(tree, "check", "98.1.0", REPOSITORY) == ""
    git(tree, "add", "--all")
    assert release(tree, "version", "98.1.0") == ""
    assert written(tree) == set()


@pytest.mark.parametrize(
    "changelog",
    [
        "# Changelog\n",
        "# Changelog\n\n## Unreleased\n\n## 0.0.1 - 2026-01-31\n\nThe former one.\n",
        "# Changelog\n\n## 98.1.0\n\nNo date.\n",
        "# Changelog\n\n## 98.1.0-rc.1 - 2026-01-31\n\nAnother.\n",
    ],
)
def test_a_version_of_which_the_changelog_says_nothing_is_refused(
    tree: Path, changelog: str
) -> None:
    (tree / "CHANGELOG.md").write_text(changelog)
    git(tree, "add", "--all")

    said = release(tree, "version", "98.1.0")

    assert "CHANGELOG.md says nothing below a heading `## 98.1.0 - YYYY-MM-DD`" in said
    assert said == release(tree, "notes", "98.1.0")
    assert written(tree) == set()


def test_the_notes_are_the_section_with_a_line_for_each_paragraph_and_item(tree: Path) -> None:
    release(tree, "version", "98.1.0")

    assert release(tree, "notes", "98.1.0") == (
        "### Added\n\n- A thing that takes `two` lines.\n- Another.\n"
    )
    assert release(tree, "notes", "0.0.1") == "The former one.\n"


def test_to_ask_whether_it_could_be_released_changes_nothing(tree: Path) -> None:
    release(tree, "version", VERSION)
    git(tree, "add", "--all")

    assert release(tree, "check", VERSION, "acme/action") == ""
    assert written(tree) == set()


# --- This tree. ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of this repository's files."""
    tree = tmp_path_factory.mktemp("whole")
    snapshot(tree)
    git(tree, "init", "--quiet", "--initial-branch=main")
    git(tree, "add", "--all")
    return tree


def test_every_file_names_the_version_of_the_package(whole: Path) -> None:
    assert release(whole, "fill", REPOSITORY) == ""

    assert git(whole, "diff") == "", f"run `python3 {SCRIPT} fill {REPOSITORY}`"


def test_what_is_not_released_yet_is_the_first_section_of_the_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)

    assert headings[0] == "Unreleased" or headings[0].startswith(f"{VERSION} - ")
    # From the notes of a release, a link into the repository leads nowhere; and they are unwrapped.
    assert re.findall(r"\]\((?!https://)", text) == []
    assert "```" not in text
    assert set(re.findall(r"^### (.*)$", text, re.MULTILINE)) <= {
        "Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"
    }  # fmt: skip


def test_a_step_that_is_pasted_names_the_major_version_of_the_package() -> None:
    assert f"{REPOSITORY}@v{VERSION.partition('.')[0]}" == ACTION


# --- The steps of a release, as they stand in the workflow. --------------------------------------


@pytest.fixture
def forge(tmp_path: Path) -> Forge:
    return Forge(tmp_path / "forge", "Acme/codeartifact-status")


def put(forge: Forge, tree: Path, version: str) -> str:
    """Put this version on main; the commit."""
    changelog = f"# Changelog\n\n## Unreleased\n\nOf {version}.\n"
    (tree / "CHANGELOG.md").write_text(changelog)
    assert release(tree, "version", version) == ""
    return forge.commit(tree, version)


def test_a_release_is_a_commit_under_two_tags_and_main_stays_as_it_was(
    forge: Forge, tree: Path
) -> None:
    main = put(forge, tree, "1.2.3")

    planned = forge.plan("1.2.3")
    assert planned.code == 0, planned.said
    outputs = dict(planned.outputs)
    assert outputs.pop("created")
    assert outputs == {
        "version": "1.2.3",
        "tag": "v1.2.3",
        "image": "ghcr.io/acme/codeartifact-status",
    }
    published = forge.publish("1.2.3")
    assert published.code == 0, published.said

    assert forge.tags() == {"v1": "Release v1.2.3", "v1.2.3": "Release v1.2.3"}
    assert forge.git("rev-parse", "main", "v1.2.3^", "v1^") == "\n".join([main] * 3)
    assert set(forge.git("diff", "--name-only", "main", "v1").split()) == {
        "action.yml",
        "names.md",
        PACKAGE,
    }
    released = yaml.safe_load(forge.git("show", "v1:action.yml"))
    assert released["runs"]["image"] == f"docker://{IMAGE}"
    # A tag of its own would be what GitHub shows for a SHA to pin, and that is no commit.
    assert forge.git("cat-file", "-t", "v1.2.3") == "commit"


def test_a_release_says_what_the_changelog_says_and_what_to_paste(forge: Forge, tree: Path) -> None:
    put(forge, tree, "1.2.3")

    assert forge.publish("1.2.3").code == 0

    assert forge.notes("v1.2.3") == (
        "Of 1.2.3.\n\n```yaml\n"
        f"uses: Acme/codeartifact-status@{forge.git('rev-parse', 'v1.2.3')} # v1.2.3\n"
        f"```\n\nImage: `{IMAGE}`\n"
    )


def test_a_version_without_a_section_is_not_planned(forge: Forge, tree: Path) -> None:
    put(forge, tree, "1.2.3")
    (tree / "CHANGELOG.md").write_text(CHANGELOG)
    forge.commit(tree, "no section")

    planned = forge.plan("1.2.3")

    assert (planned.code, planned.outputs) == (1, {})
    assert "::error::CHANGELOG.md says nothing below a heading `## 1.2.3 - " in planned.said


def test_a_release_is_made_once(forge: Forge, tree: Path) -> None:
    put(forge, tree, "1.2.3")
    assert forge.publish("1.2.3").code == 0
    before = forge.git("rev-parse", "v1", "v1.2.3")

    assert forge.plan("1.2.3").code == 1
    assert forge.publish("1.2.3", digest=DIGEST[:-1] + "0").code != 0

    assert forge.git("rev-parse", "v1", "v1.2.3") == before


def test_a_last_job_that_was_cut_off_can_be_run_again(forge: Forge, tree: Path) -> None:
    put(forge, tree, "1.2.3")
    assert forge.publish("1.2.3").code == 0
    before = forge.git("rev-parse", "v1", "v1.2.3")
    forge.git("tag", "--delete", "v1")

    assert forge.publish("1.2.3").code == 0

    assert forge.git("rev-parse", "v1", "v1.2.3") == before


def test_the_major_tag_goes_forward_only_and_not_to_a_pre_release(forge: Forge, tree: Path) -> None:
    for version in ("1.9.0", "1.10.0", "1.9.1", "1.11.0-rc.1", "2.0.0-rc.1"):
        put(forge, tree, version)
        assert forge.plan(version).code == 0
        assert forge.publish(version).code == 0

    majors = {tag: said for tag, said in forge.tags().items() if "." not in tag}
    assert majors == {"v1": "Release v1.10.0"}


@pytest.mark.parametrize("version", ["1.2.4", "v1.2.3", "", "$(touch hacked)", "1.2.3\nimage=evil"])
def test_another_version_than_that_of_main_is_not_planned(
    forge: Forge, tree: Path, version: str
) -> None:
    put(forge, tree, "1.2.3")

    planned = forge.plan(version)

    assert (planned.code, planned.outputs) == (1, {})


def test_no_branch_but_main_is_released(forge: Forge, tree: Path) -> None:
    put(forge, tree, "1.2.3")

    planned = forge.plan("1.2.3", ref="refs/heads/topic")

    assert (planned.code, planned.outputs) == (1, {})


# --- This tree, released. ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tagged(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a tag of this tree would hold: `make release-dry-run`, but for the wheels."""
    tree = tmp_path_factory.mktemp("released") / "tree"
    shutil.copytree(whole, tree, symlinks=True)
    write_image(tree, "Dockerfile")
    changelog = tree / "CHANGELOG.md"
    changelog.write_text(f"{changelog.read_text()}\n## 97.0.0 - 2026-01-31\n\nOf this test.\n")
    assert release(tree, "version", "97.0.0") == ""
    forge = Forge(tree.parent / "forge")
    forge.commit(tree, "97.0.0")
    for ended in (forge.plan("97.0.0"), forge.publish("97.0.0")):
        assert ended.code == 0, ended.said
    forge.git("clone", "--quiet", "--branch", "v97", forge.origin, tree.parent / "tagged")
    return tree.parent / "tagged"


def test_nobody_is_named_in_a_release_but_who_publishes_it(tagged: Path) -> None:
    assert list(left_over(tagged)) == []
    assert list(unpinned(tagged)) == []


def test_a_dry_run_finds_each_line_that_names_nobody_or_somebody_else(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "x.py").write_text(f"{PLACEHOLDER} = 1\n")
    (tmp_path / "action.yml").write_text("runs: {image: Dockerfile}\n")
    (tmp_path / "README.md").write_text(f"Fine.\n`{PLACEHOLDER}` is you.\nDOMAIN_{PLACEHOLDER}\n")
    (tmp_path / "x.sh").write_text(f"image=ghcr.io/{REPOSITORY.lower()}\n")

    found = [line.partition(" ")[0] for line in left_over(tmp_path)]
    # In a release that a dry run has made, somebody else is nobody else.
    expected = {"README.md:2"} | ({"x.sh:1"} if REPOSITORY != PUBLISHER else set())
    assert set(found) == expected
    assert list(unpinned(tmp_path)) == ["action.yml runs Dockerfile"]


def test_what_an_example_of_a_release_names_is_that_release(tagged: Path) -> None:
    promote = (tagged / "examples" / "workflows" / "promote-on-tag.yml").read_text()
    docker = (tagged / "examples" / "ci" / "docker-run.sh").read_text()

    assert f"uses: {PUBLISHER}@v97\n" in promote
    assert f"image=ghcr.io/{PUBLISHER.lower()}:97.0.0\n" in docker


def test_what_is_built_for_a_release_names_who_publishes_it_before_the_tag_is_there() -> None:
    for job, build in ((CI["wheels"], "make wheels"), (RELEASE["image"], "push: true")):
        steps = [json.dumps(step.get("run") or step.get("with")) for step in job["steps"]]
        (fill,) = (number for number, step in enumerate(steps) if f"{SCRIPT} fill" in step)
        (built,) = (number for number, step in enumerate(steps) if build in step.replace('"', ""))
        assert fill < built


# --- The wheel. ----------------------------------------------------------------------------------


def test_the_wheel_that_is_published_is_the_one_that_was_tried_on_every_system() -> None:
    built, tried, published = CI["wheels"], CI["command"], RELEASE["pypi"]

    assert RELEASE["ci"]["uses"] == "./.github/workflows/ci.yml"
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
    job = RELEASE["pypi"]

    assert job["permissions"] == {"id-token": "write"}
    assert job["environment"] == "pypi"
    assert inputs_of(job, "actions/checkout") == []
    assert inputs_of(job, "pypa/gh-action-pypi-publish") == [{"skip-existing": True}]
    assert "secrets." not in str(job)


def inputs_of(job: Mapping[str, Any], action: str) -> list[dict[str, Any]]:
    """What the steps of a job give to an action."""
    steps = (step for step in job["steps"] if str(step.get("uses", "")).startswith(f"{action}@"))
    return [step.get("with", {}) for step in steps]
