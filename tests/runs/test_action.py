"""The story of a run where it goes wrong: bugs, signals, a log or files that can't be written."""

import json
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from codeartifact_emulator import Emulator, Fault, Meanwhile
from codeartifact_status.action import tell
from codeartifact_status.errors import Interrupted
from codeartifact_status.inputs.command_line import CommandLine
from codeartifact_status.reporting.outputs import OUTPUTS
from codeartifact_status.reporting.report import Report
from codeartifact_status.runner.files import UndoFile
from codeartifact_status.runner.interruption import Interruption
from codeartifact_status.runner.surroundings import Surroundings
from codeartifact_status.runner.telling import say
from codeartifact_status.runner.workflow import Workflow
from harness.acting import Act
from harness.reports import changed, report_of, run_of
from harness.runs import (
    DEFAULT_INPUTS,
    Runner,
    Running,
    parse_outputs,
    put_core,
    runner_commands,
    statuses,
)

NO_UNDO_FILE = UndoFile(Workflow(on_github=True), None)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the runner's files."""
    for variable, name in (("GITHUB_OUTPUT", "output"), ("GITHUB_STEP_SUMMARY", "summary")):
        (tmp_path / name).touch()
        monkeypatch.setenv(variable, str(tmp_path / name))
    return tmp_path


@pytest.fixture
def job(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes this process a job with the default inputs, which finds the emulator."""

    def surround(**inputs: str) -> None:
        variables = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "acme/widgets",
            **emulator.environment(),
            **{
                f"INPUT_{name.upper().replace('_', '-')}": str(value)
                for name, value in {**DEFAULT_INPUTS, "versions": "1.0 1.1", **inputs}.items()
            },
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return surround


# --- Telling. ------------------------------------------------------------------------------------


def test_a_run_tells_how_each_version_ended(emulator: Emulator, job: Callable[..., None]) -> None:
    job()
    put_core(emulator, "1.0", "1.1")

    report, *_ = tell(Workflow(on_github=False), Surroundings.read(), Interruption(), CommandLine())

    run = report.run
    assert [o.verdict for o in run.outcomes.values()] == ["changed", "changed"]
    assert (run.account, run.region, run.signal, run.bug) == (
        "111122223333", "eu-west-1", None, None,
    )  # fmt: skip


def test_a_signal_before_anything_was_sent_sends_nothing(
    emulator: Emulator, job: Callable[..., None]
) -> None:
    job()
    put_core(emulator, "1.0", "1.1")
    interruption = Interruption(signal=15)
    interruption.stop.set()

    report, *_ = tell(Workflow(on_github=False), Surroundings.read(), interruption, CommandLine())

    run = report.run
    assert isinstance(run.error, Interrupted)
    assert [o.failure and o.failure.code for o in run.outcomes.values()] == ["SKIPPED", "SKIPPED"]
    assert set(statuses(emulator).values()) == {"Unlisted"}


def test_a_bug_ends_every_version_and_tells_so(
    emulator: Emulator, job: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    job()
    put_core(emulator, "1.0", "1.1")

    # A bug is what nobody thought of: here, a run that has no number and no text either.
    broken = replace(Surroundings.read(), run=None)  # type: ignore[arg-type]
    report, *_ = tell(Workflow(on_github=False), broken, Interruption(), CommandLine())

    run = report.run
    assert run.bug is not None
    assert "TypeError" in run.bug
    assert [o.failure and o.failure.code for o in run.outcomes.values()] == ["SKIPPED", "SKIPPED"]
    assert "Traceback" in capsys.readouterr().out


def test_only_the_first_signal_counts() -> None:
    interruption = Interruption()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        interruption.listen()
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

    assert interruption.signal == signal.SIGTERM
    with pytest.raises(Interrupted, match="SIGTERM"):
        interruption.check()


# --- Saying. -------------------------------------------------------------------------------------


def test_everything_is_said_and_the_exit_code_is_given(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = say(
        Workflow(on_github=True), report_of({"1": changed(), "2": changed()}), NO_UNDO_FILE, {}
    )

    assert status == 0
    assert parse_outputs((files / "output").read_text())["outcome"] == "changed"
    assert (files / "summary").read_text(encoding="utf-8").startswith("### ✅")
    assert [command.name for command in runner_commands(capsys.readouterr().out)] == [
        "group",
        "endgroup",
    ]


def test_a_bug_is_said_with_all_outputs(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = say(Workflow(on_github=True), report_of(bug="AssertionError: oops"), NO_UNDO_FILE, {})

    assert status == 70
    assert parse_outputs((files / "output").read_text())["outcome"] == "failed"
    assert "oops" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("variable", "exit_code", "level", "other"),
    [("GITHUB_OUTPUT", 1, "error", "summary"), ("GITHUB_STEP_SUMMARY", 0, "warning", "output")],
)
def test_outputs_that_cannot_be_written_fail_the_step_and_a_summary_does_not(
    files: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    exit_code: int,
    level: str,
    other: str,
) -> None:
    monkeypatch.setenv(variable, str(files / "no/such/file"))

    status = say(Workflow(on_github=True), report_of({"1": changed()}), NO_UNDO_FILE, {})

    assert status == exit_code
    commands = runner_commands(capsys.readouterr().out)
    (said,) = [command for command in commands if command.name in {"error", "warning"}]
    assert said.name == level
    assert "could not be written" in said.message
    assert (files / other).read_text(encoding="utf-8")


def test_a_summary_that_cannot_be_written_leaves_the_outputs(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")

    done = act(versions="1.0.0", environment={"GITHUB_STEP_SUMMARY": "/proc/no/such/directory"})

    assert done.outputs["outcome"] in {"changed", "failed"}
    assert statuses(emulator) == {"1.0.0": "Published"}
    assert "Traceback" not in done.stdout + done.stderr


def test_a_bug_in_the_telling_is_a_bug_of_ours(files: Path) -> None:
    # A version without an outcome is what no run has.
    broken = Report(run=replace(run_of({"1": changed()}), outcomes={}))

    assert say(Workflow(on_github=True), broken, NO_UNDO_FILE, {}) == 70
    assert set(parse_outputs((files / "output").read_text())) == set(OUTPUTS)


# --- A process that loses its log. ---------------------------------------------------------------


def lose_log(running: Running) -> dict[str, str]:
    """Close the log as ``| head`` does, wait for the end; the outputs."""
    for stream in (running.process.stdout, running.process.stderr):
        if stream is not None:
            stream.close()
    running.process.stdout = running.process.stderr = None
    running.process.wait(timeout=30)
    return parse_outputs((running.directory / "output").read_text())


def test_a_log_that_is_closed_during_the_change_loses_no_outcome(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0", "1.1")
    under_way = threading.Event()
    slowly = Meanwhile(before=lambda _: (under_way.set(), time.sleep(0.3)))
    emulator.inject(Fault("UpdatePackageVersionsStatus", slowly))

    running = run_action.start(versions="1.0 1.1")
    assert under_way.wait(timeout=20)
    outputs = lose_log(running)

    assert set(statuses(emulator).values()) == {"Published"}
    assert outputs["changed-count"] == "2"
    assert json.loads(outputs["undo"])


def test_a_log_that_nobody_reads_leaves_the_outputs(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.0", "1.1")

    outputs = lose_log(run_action.start(versions="1.0 1.1"))

    assert set(outputs) >= set(OUTPUTS)
    held = set(statuses(emulator).values())
    assert outputs["changed-count"] == ("2" if held == {"Published"} else "0")
