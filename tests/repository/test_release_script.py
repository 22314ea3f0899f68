"""The script that says what a release writes into the tree, and whether it can be made at all."""

import re
from pathlib import Path

import pytest
import yaml

import codeartifact_status
from codeartifact_status import REPOSITORY
from codeartifact_status.reporting.run import ACTION
from harness.release import DIGEST
from harness.trees import (
    PACKAGE,
    ROOT,
    SCRIPT,
    WHEEL,
    git,
    release,
    small,
    whole,
    write_image,
)

VERSION = codeartifact_status.__version__
IMAGE = f"ghcr.io/acme/codeartifact-status@{DIGEST}"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    small(tmp_path / "tree")
    return tmp_path / "tree"


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


def test_every_file_names_the_version_of_the_package(tmp_path: Path) -> None:
    whole(tmp_path)

    assert release(tmp_path, "fill", REPOSITORY) == ""

    assert git(tmp_path, "diff") == "", f"run `python3 {SCRIPT} fill {REPOSITORY}`"


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
