"""``roll-back-version.yml``: what somebody has typed, and what becomes of that version."""

from collections.abc import Callable
from pathlib import Path

import pytest

from codeartifact_emulator import Emulator
from harness.acting import Act
from harness.examples import apply, plan_of, readme_roles, run_script, run_step, show
from harness.runs import CORE, Finished, put_core, statuses

A, P, U = "Archived", "Published", "Unlisted"


@pytest.fixture
def emulator(emulators: Callable[..., Emulator]) -> Emulator:
    """The emulator of an account that has the README's roles, and nothing more."""
    return emulators(seed={"roles": readme_roles()})


def check(directory: Path, version: str, *, ref: str = "refs/heads/main") -> tuple[int, str, str]:
    """Exit code, output and log of the script that reads what somebody has typed."""
    output = directory / "output"
    done = run_script(
        "roll-back-version",
        "Refuse what is no version",
        directory,
        VERSION=version,
        GITHUB_REF=ref,
        GITHUB_OUTPUT=str(output),
    )
    return done.returncode, output.read_text() if output.exists() else "", done.stdout


@pytest.mark.parametrize("version", ["1.3.0", "1.3.0-rc.1+build.5", "0.0.0-a", "20"])
@pytest.mark.parametrize("tag", ["", "v"])
def test_a_version_is_taken_and_so_is_its_tag(tmp_path: Path, version: str, tag: str) -> None:
    assert check(tmp_path, f"{tag}{version}") == (0, f"version={version}\n", "")


@pytest.mark.parametrize(
    "version",
    ["", "latest", "vv1.0", "1.0 2.0", "1.0,2.0", "1.0\n2.0", '["1.0"]', "1.*", "$(id)", "1;id"],
)
def test_what_is_no_version_is_refused(tmp_path: Path, version: str) -> None:
    code, output, said = check(tmp_path, version)
    assert (code, output) == (1, "")
    assert said == "::error::Nothing is rolled back: this is no version, such as 1.3.0.\n"


def test_it_is_started_from_main_only(tmp_path: Path) -> None:
    code, output, said = check(tmp_path, "1.3.0", ref="refs/heads/feature")
    assert (code, output) == (1, "")
    assert "start this workflow from main" in said


def shown(act: Act, version: str = "1.3.0") -> Finished:
    given = {"steps.check.outputs.version": version}
    return run_step(act, "roll-back-version", "Show what would be rolled back", given=given)


def test_a_version_is_shown_and_unlisted_and_can_be_put_back(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.2.0", "1.3.0", status=P)

    plan = shown(act)

    assert plan.exit_code == 0, plan.stdout
    assert plan.outputs["planned-count"] == "1"
    assert statuses(emulator) == {"1.2.0": P, "1.3.0": P}

    done = run_step(act, "roll-back-version", "Unlist", files=plan_of(plan))

    assert done.exit_code == 0, done.stdout
    assert statuses(emulator) == {"1.2.0": P, "1.3.0": U}
    undone = apply(act, show(act, (done.workspace / "undo.json").read_text()))
    assert undone.exit_code == 0, undone.stdout
    assert statuses(emulator) == {"1.2.0": P, "1.3.0": P}


def test_what_is_rolled_back_already_asks_nobody(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.3.0", status=U)
    plan = shown(act)
    assert (plan.exit_code, plan.outputs["planned-count"]) == (0, "0")


@pytest.mark.parametrize(("status", "code"), [(A, "MISMATCHED_STATUS"), (None, "NOT_FOUND")])
def test_what_is_not_published_is_not_rolled_back(
    emulator: Emulator, act: Act, status: str | None, code: str
) -> None:
    if status is not None:
        put_core(emulator, "1.3.0", status=status)
    plan = shown(act)
    assert plan.exit_code == 1
    assert plan.codes == {"1.3.0": code}


def test_what_was_published_again_since_it_was_shown_is_not_unlisted(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.3.0", status=P)
    plan = shown(act)
    emulator.store.set_status(**CORE, version="1.3.0", status=P, revision="another")

    done = run_step(act, "roll-back-version", "Unlist", files=plan_of(plan))

    assert done.exit_code == 1
    assert "MISMATCHED_REVISION" in done.messages
    assert statuses(emulator) == {"1.3.0": P}
