"""What the pages show, run: the README's workflows, the commands, the documents, the seed."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import DEVNULL, CompletedProcess, run
from typing import Any

import pytest
import yaml

from codeartifact_emulator import Emulator
from codeartifact_emulator.documents import parse
from harness.acting import Act
from harness.command_blocks import BIN, commands, our_flags
from harness.commands import PACKAGE, TARGET, ours, surroundings, theirs
from harness.examples import BASH, our_steps, readme_roles, run_in
from harness.pages import ROOT, Block, blocks, pages
from harness.runs import Finished, calls_of, put_core, statuses

PROMOTE, RELEASE = (yaml.safe_load(text) for text in blocks("README.md", "yaml"))
TAG = {"GITHUB_REF": "refs/tags/v1.3.0"}


def run_job(act: Act, workflow: Mapping[str, Any], name: str, **given: Any) -> Finished:
    """Run the step of ours with this id, of a page's workflow of one job."""
    (job,) = workflow["jobs"].values()
    (step,) = [step for step in our_steps(job) if step["id"] == name]
    return run_in(act, job, step, **given)


# --- The README's workflows. ---------------------------------------------------------------------


@pytest.fixture
def account(emulators: Callable[..., Emulator]) -> Emulator:
    """An account that has the README's roles, and nothing more."""
    return emulators(seed={"roles": readme_roles()})


def test_the_smallest_workflow_promotes_the_version_of_a_tag(
    account: Emulator, tmp_path: Path
) -> None:
    put_core(account, "1.3.0", "1.4.0")
    act = Act(account, tmp_path)

    done = run_job(act, PROMOTE, "promote", **TAG)

    assert done.exit_code == 0, done.stdout
    assert statuses(account) == {"1.3.0": "Published", "1.4.0": "Unlisted"}
    assert (done.workspace / "undo.json").read_text() == done.outputs["undo"] != "[]"
    again = run_job(act, PROMOTE, "promote", **TAG)
    assert (again.exit_code, again.outputs["undo"]) == (0, "[]")


def test_what_a_release_published_is_hidden_and_then_promoted_as_it_was(
    account: Emulator, tmp_path: Path
) -> None:
    for package, version in (("core", "1.3.0"), ("ui", "2.0.0")):
        put_core(account, version, package=package, status="Published")
    act = Act(account, tmp_path)

    def now() -> set[str]:
        return {*statuses(account).values(), *statuses(account, package="ui").values()}

    hidden = run_job(act, RELEASE, "hide")
    assert hidden.exit_code == 0, hidden.stdout
    assert now() == {"Unlisted"}

    given = {"steps.hide.outputs.undo": hidden.outputs["undo"]}
    promoted = run_job(act, RELEASE, "promote", given=given)
    assert promoted.exit_code == 0, promoted.stdout
    assert now() == {"Published"}


# --- The reference. ------------------------------------------------------------------------------


def test_the_documents_of_the_reference_are_those_of_a_promotion(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.3.0", revision="r1")

    done = act(versions="1.3.0")

    result, undo = (json.loads(text) for text in blocks("docs/reference.md", "json", "outputs"))
    assert (done.result, done.undo) == (result, undo)


# --- The emulator, for somebody's own workflow. --------------------------------------------------


def test_the_seed_for_a_workflow_of_ones_own_lets_the_readmes_workflow_promote(
    emulators: Callable[..., Emulator], tmp_path: Path
) -> None:
    (seed,) = blocks("docs/emulator.md", "yaml", "try-your-own-workflow-with-act")
    emulator = emulators(seed=parse(seed))
    (step,) = our_steps(PROMOTE["jobs"]["promote"])

    # With the token that the seed's run gets, as act hands it on.
    done = Act(emulator, tmp_path)(
        environment=TAG,
        **{name.replace("-", "_"): value for name, value in step["with"].items()},
    )

    assert done.exit_code == 0, done.stdout
    assert statuses(emulator) == {"1.3.0": "Published"}


def run_script(script: str, emulator: Emulator, home: Path) -> CompletedProcess[str]:
    """Run a script of a page in a clone, with the emulator's `export` lines."""
    (home / ".venv").symlink_to(Path(sys.prefix))
    return run(
        [*BASH, script],
        cwd=home,
        env={**surroundings(emulator, home, {}), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
        stdin=DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_program_is_the_action_by_the_variables_of_a_runner(
    emulators: Callable[..., Emulator], tmp_path: Path
) -> None:
    (script,) = blocks("docs/emulator.md", "sh", "try-it-as-the-action-without-docker")
    emulator = emulators(seed=parse((ROOT / "examples" / "seed.yaml").read_text()))

    done = run_script(script, emulator, tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert statuses(emulator)["1.3.0"] == "Published"
    assert "is **Published**" in (tmp_path / "summary.md").read_text()
    assert "\nchanged\n" in (tmp_path / "outputs.txt").read_text()
    assert len(calls_of(emulator, "AssumeRoleWithWebIdentity")) == 1


def test_a_token_as_gitlabs_gets_the_role_of_the_page(
    emulators: Callable[..., Emulator], tmp_path: Path
) -> None:
    (seed,) = blocks("docs/emulator.md", "yaml", "try-gitlabs-tokens")
    (script,) = blocks("docs/emulator.md", "sh", "try-gitlabs-tokens")
    emulator = emulators(seed=parse(seed))

    done = run_script(script, emulator, tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert statuses(emulator) == {"1.3.0": "Published"}
    (call,) = calls_of(emulator, "AssumeRoleWithWebIdentity")
    assert call.params["RoleArn"].endswith(":role/release")


# --- Commands. -----------------------------------------------------------------------------------

SHOWN = [
    block
    for page in pages().values()
    for block in page.blocks
    if block.language == "console" and any(our_flags(words) for _, words in commands(block.text))
]


@pytest.mark.parametrize("block", SHOWN, ids=str)
def test_the_commands_of_a_block_do_what_they_say(
    emulator: Emulator, tmp_path: Path, block: Block
) -> None:
    put_core(emulator, "1.3.0", "1.3.1")
    put_core(emulator, "1.4.0", package="widgets")
    if "@undo.json" in block.text and "--undo-file undo.json" not in block.text:
        promoted = (*PACKAGE, "--versions", "1.3.0", *TARGET, "--undo-file", "undo.json")
        assert ours(promoted, emulator, tmp_path).returncode == 0
    elif "--expected-status Published" in block.text:
        put_core(emulator, "1.3.0", status="Published")

    for variables, words in commands(block.text):
        if (flags := our_flags(words)) is not None:
            done = ours(flags, emulator, tmp_path, **variables)
        elif words[0].endswith("aws") and words[1] == "codeartifact":
            done = theirs(words[1:], emulator, tmp_path)
        else:
            continue
        assert done.returncode == 0, done.stderr
    assert len(SHOWN) > 5


@pytest.mark.parametrize(
    ("there", "code", "rows"),
    [(("1.3.0", "1.3.1"), 0, []), (("1.3.0",), 1, [["1.3.0", "SKIPPED"], ["1.3.1", "NOT_FOUND"]])],
)
def test_a_script_that_looked_at_what_failed_needs_the_exit_code_only(
    emulator: Emulator, tmp_path: Path, there: tuple[str, ...], code: int, rows: list[list[str]]
) -> None:
    put_core(emulator, *there)
    section = "in-a-script-that-looks-at-failedversions"

    for number, script in enumerate(blocks("docs/command-line.md", "sh", section)):
        home = tmp_path / str(number)
        home.mkdir()
        done = run_script(script, emulator, home)

        assert done.returncode == code, done.stderr
        assert [line.split("\t")[:2] for line in done.stdout.splitlines()] == rows
        for version in there:
            put_core(emulator, version)


def test_what_is_to_be_pasted_at_three_in_the_morning_takes_the_version_out_of_sight_and_back(
    emulator: Emulator, tmp_path: Path
) -> None:
    """In every repository that has it, but not where it was withdrawn before."""
    for repository, status in (("store", "Published"), ("team", "Published"), ("old", "Archived")):
        put_core(emulator, "1.3.0", status=status, repository=f"npm-{repository}")
    put_core(emulator, "1.2.4", status="Published")

    def now() -> list[str]:
        where = ("npm-store", "npm-team", "npm-old")
        return [statuses(emulator, repository=repository)["1.3.0"] for repository in where]

    (shown, done), (restored,) = (
        [flags for _, words in commands(block) if (flags := our_flags(words)) is not None]
        for block in blocks("docs/roll-back.md", "console", "a-bad-version-now")
    )
    for flags, expected in (
        (shown, ["Published", "Published", "Archived"]),
        (done, ["Unlisted", "Unlisted", "Archived"]),
        (restored, ["Published", "Published", "Archived"]),
    ):
        assert ours(flags, emulator, tmp_path).returncode == 0
        assert now() == expected
    assert statuses(emulator)["1.2.4"] == "Published"


@pytest.mark.parametrize(
    ("given", "taken", "code", "held"),
    [
        ("--versions-matching", "--versions", 1, "Archived"),
        ("--expected-status Published ", "", 0, "Unlisted"),
    ],
)
def test_the_filter_of_that_command_is_needed_as_the_page_says(
    emulator: Emulator, tmp_path: Path, given: str, taken: str, code: int, held: str
) -> None:
    put_core(emulator, "1.3.0", status="Published")
    put_core(emulator, "1.3.0", status="Archived", repository="npm-old")
    block, _ = blocks("docs/roll-back.md", "console", "a-bad-version-now")
    _, (_, words), _ = commands(block.replace(given, taken))

    assert ours(our_flags(words) or [], emulator, tmp_path).returncode == code
    assert statuses(emulator, repository="npm-old") == {"1.3.0": held}
