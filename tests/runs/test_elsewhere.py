"""Runs outside of GitHub: no workflow commands, files that were asked for, other tokens."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from codeartifact_emulator import Emulator
from codeartifact_status.reporting.outputs import MAX_GITLAB, OUTPUTS
from harness.acting import Act, called
from harness.reports import read_dotenv
from harness.runs import BARE, ENTRYPOINT, ROLE, put_core, runner_commands, statuses

GITLAB = {
    "GITLAB_CI": "true",
    "CI_PROJECT_PATH": "acme/widgets",
    "CI_JOB_ID": "7",
    "CI_COMMIT_TAG": "v1.3.0",
}
INPUTS = {
    "INPUT_DOMAIN": "acme",
    "INPUT_REPOSITORY": "npm-store",
    "INPUT_FORMAT": "npm",
    "INPUT_PACKAGE": "@acme/core",
    "INPUT_TARGET_STATUS": "Published",
    "INPUT_OUTPUT_FILE": "status.env",
    "INPUT_SUMMARY_FILE": "reports/status.md",
}


def surroundings(emulator: Emulator, home: Path, *, user: bool, **given: str) -> dict[str, str]:
    """The environment where no runner of GitHub's is."""
    environment = emulator.environment(user=user)
    found = {name: value for name, value in environment.items() if not name.startswith("ACTIONS_")}
    return {**BARE, "HOME": str(home), **found, **given}


def run(
    emulator: Emulator, home: Path, *arguments: str, user: bool = True, **variables: str
) -> subprocess.CompletedProcess[str]:
    """The action as a process, in a directory of its own."""
    return subprocess.run(
        [sys.executable, "-I", str(ENTRYPOINT), *arguments],
        cwd=home,
        env=surroundings(emulator, home, user=user, **variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def call(
    emulator: Emulator, home: Path, *arguments: str, user: bool = True, **variables: str
) -> subprocess.CompletedProcess[str]:
    """The action called in this process, likewise."""
    return called(arguments, surroundings(emulator, home, user=user, **variables), home)


def pasted(summary: str) -> list[str]:
    """The words of the command in a summary, as a shell takes them apart."""
    found = re.search(r"```sh\ncodeartifact-status (.*)\n```", summary)
    assert found is not None
    script = f"for word in {found[1]}; do printf '%s\\0' \"$word\"; done"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)  # noqa: S607
    return done.stdout.split("\0")[:-1]


def test_outputs_and_summary_go_to_the_files_that_were_asked_for(
    emulator: Emulator, tmp_path: Path
) -> None:
    put_core(emulator, "1.0.0")

    done = run(emulator, tmp_path, **INPUTS, INPUT_VERSIONS="1.0.0")

    assert done.returncode == 0
    assert runner_commands(done.stdout + done.stderr) == []
    values = read_dotenv((tmp_path / "status.env").read_text(encoding="utf-8"))
    assert set(values) == {name.upper().replace("-", "_") for name in OUTPUTS}
    assert values["OUTCOME"] == "changed"
    assert json.loads(values["SUCCESSFUL_VERSIONS"])["1.0.0"]["status"] == "Published"
    summary = (tmp_path / "reports" / "status.md").read_text(encoding="utf-8")
    assert summary.startswith("### ✅ `@acme/core 1.0.0` is **Published** in `npm-store`")
    assert statuses(emulator) == {"1.0.0": "Published"}


def test_the_way_back_can_be_pasted_and_has_whatever_it_took_to_get_there(
    emulator: Emulator, tmp_path: Path
) -> None:
    put_core(emulator, "1.0.0", package="it's")
    (tmp_path / "my token").write_text(emulator.identity_token(), encoding="utf-8")
    variables = {
        "INPUT_PACKAGE": "@acme/it's",
        "INPUT_VERSIONS": "1.0.0",
        "INPUT_ROLE_TO_ASSUME": ROLE,
        "INPUT_WEB_IDENTITY_TOKEN_FILE": "my token",
    }
    call(emulator, tmp_path, user=False, **{**INPUTS, **variables})
    assert statuses(emulator, package="it's") == {"1.0.0": "Published"}
    summary = (tmp_path / "reports" / "status.md").read_text(encoding="utf-8")

    done = run(emulator, tmp_path, *pasted(summary), user=False)

    assert done.returncode == 0, done.stderr
    assert statuses(emulator, package="it's") == {"1.0.0": "Unlisted"}


@pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
def test_what_is_wrong_with_the_inputs_is_told_in_the_files_too(
    arguments: Sequence[str], emulator: Emulator, tmp_path: Path
) -> None:
    done = call(emulator, tmp_path, *arguments, **INPUTS)

    assert done.returncode == 2
    values = read_dotenv((tmp_path / "status.env").read_text(encoding="utf-8"))
    assert values["OUTCOME"] == "failed"
    assert "versions" in (tmp_path / "reports" / "status.md").read_text(encoding="utf-8")
    assert emulator.calls == []


def test_a_report_is_written_anew_and_an_absolute_path_is_the_jobs_own(
    emulator: Emulator, tmp_path: Path
) -> None:
    put_core(emulator, "1.0.0")
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    target = tmp_path / "elsewhere.env"
    target.write_text("OLD=1\n", encoding="utf-8")

    done = call(
        emulator, workspace, **{**INPUTS, "INPUT_OUTPUT_FILE": str(target)}, INPUT_VERSIONS="1.0.0"
    )

    assert done.returncode == 0
    assert "OLD" not in read_dotenv(target.read_text(encoding="utf-8"))


def test_what_would_leave_the_workspace_is_refused(emulator: Emulator, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    outside = {**INPUTS, "INPUT_OUTPUT_FILE": "../status.env"}

    done = call(emulator, workspace, **outside, INPUT_VERSIONS="1.0.0")

    assert done.returncode == 2
    assert "output-file: " in done.stdout
    assert not (tmp_path / "status.env").exists()


def test_a_pipe_in_the_workspace_is_replaced_and_waits_for_nobody(
    emulator: Emulator, tmp_path: Path
) -> None:
    put_core(emulator, "1.0.0")
    os.mkfifo(tmp_path / "status.env")

    done = run(emulator, tmp_path, **INPUTS, INPUT_VERSIONS="1.0.0")

    assert done.returncode == 0
    assert "CHANGED_COUNT=1" in (tmp_path / "status.env").read_text(encoding="utf-8")


def test_a_pipe_that_nobody_reads_is_not_waited_for(emulator: Emulator, tmp_path: Path) -> None:
    put_core(emulator, "1.0.0")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    done = run(
        emulator, tmp_path, **{**INPUTS, "INPUT_OUTPUT_FILE": str(pipe)}, INPUT_VERSIONS="1.0.0"
    )

    assert done.returncode == 1
    assert "The output-file could not be written" in done.stdout


def test_a_summary_may_go_to_a_pipe(emulator: Emulator, tmp_path: Path) -> None:
    put_core(emulator, "1.0.0")

    done = run(
        emulator,
        tmp_path,
        **{**INPUTS, "INPUT_SUMMARY_FILE": "/dev/stderr"},
        INPUT_VERSIONS="1.0.0",
    )

    assert done.returncode == 0
    assert "### ✅ `@acme/core 1.0.0` is **Published**" in done.stderr


@pytest.mark.parametrize(("output", "text"), [("json", '"outcome": "changed"'), ("table", "| 1.0")])
def test_the_log_shows_the_result_as_it_was_asked_for(
    output: str, text: str, emulator: Emulator, tmp_path: Path
) -> None:
    put_core(emulator, "1.0.0")

    done = call(emulator, tmp_path, **INPUTS, INPUT_VERSIONS="1.0.0", INPUT_OUTPUT=output)

    assert done.returncode == 0
    assert text in done.stdout


@pytest.mark.parametrize("versions", ["1.0.0", "9.9.9"])
def test_outside_of_github_the_log_holds_no_commands(
    emulator: Emulator, act: Act, versions: str
) -> None:
    put_core(emulator, "1.0.0")

    done = act(
        versions=versions,
        role_to_assume=None,
        environment={"GITHUB_ACTIONS": None, **emulator.environment(user=True)},
    )

    assert done.exit_code == (0 if versions == "1.0.0" else 1)
    assert done.commands == []
    assert "changed" in done.stdout or "NOT_FOUND" in done.stdout
    # A mask command would have printed the very secret.
    variables = emulator.environment(user=True)
    assert variables["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] not in done.stdout
    assert variables["AWS_SECRET_ACCESS_KEY"] not in done.stdout


# --- GitLab. -------------------------------------------------------------------------------------


def without_a_token(emulator: Emulator, home: Path, **variables: str) -> str:
    """The log of a run that is to assume a role, and gets no token for it."""
    wanted = {"INPUT_ROLE_TO_ASSUME": ROLE, "INPUT_VERSIONS": "1.3.0"}
    done = call(emulator, home, user=False, **INPUTS, **wanted, **variables)
    assert done.returncode == 3
    assert emulator.calls == []
    return done.stdout


def test_on_gitlab_a_job_without_a_token_is_told_what_to_declare(
    emulator: Emulator, tmp_path: Path
) -> None:
    log = without_a_token(emulator, tmp_path, **GITLAB)

    assert "id_tokens:\n  STS_AMAZONAWS_COM_ID_TOKEN:\n    aud: sts.amazonaws.com" in log


@pytest.mark.parametrize("system", ["BUILDKITE", "CIRCLECI"])
def test_where_the_systems_own_command_is_missing_that_is_told_at_once(
    system: str, emulator: Emulator, tmp_path: Path
) -> None:
    log = without_a_token(emulator, tmp_path, **{system: "true", "PATH": str(tmp_path)})

    assert "web-identity-token-file" in log


def test_a_report_for_gitlab_is_no_larger_than_gitlab_takes(
    emulator: Emulator, tmp_path: Path
) -> None:
    versions = [f"1.0.{number}" for number in range(60)]
    put_core(emulator, *versions)

    call(emulator, tmp_path, **INPUTS, **GITLAB, INPUT_VERSIONS=" ".join(versions))
    at_gitlab = (tmp_path / "status.env").read_bytes()
    call(emulator, tmp_path, **INPUTS, INPUT_VERSIONS=" ".join(versions))
    elsewhere = (tmp_path / "status.env").read_bytes()

    assert len(at_gitlab) <= MAX_GITLAB < len(elsewhere)
    values = read_dotenv(at_gitlab.decode())
    assert values["CHANGED_COUNT"] == "60"
    assert json.loads(values["RESULT"])["truncated"] is True
    assert "result-file" in json.loads(values["RESULT"])["message"]
