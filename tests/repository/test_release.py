"""How it is released: the steps of the workflow, and what a tag of this tree would hold.

The steps are run as they stand in the workflow, with git and a repository to push to
(`harness/release`). What only GitHub has (the registry, the attestation) is not here.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from codeartifact_status import REPOSITORY
from harness.dry_run import PLACEHOLDER, left_over, unpinned
from harness.release import CI, DIGEST, PUBLISHER, RELEASE, Forge
from harness.trees import CHANGELOG, PACKAGE, SCRIPT, release, small, whole, write_image

IMAGE = f"ghcr.io/acme/codeartifact-status@{DIGEST}"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    small(tmp_path / "tree")
    return tmp_path / "tree"


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
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a tag of this tree would hold: `make release-dry-run`, but for the wheels."""
    tree = tmp_path_factory.mktemp("released") / "tree"
    whole(tree)
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
