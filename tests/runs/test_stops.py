"""What ends a step early: a signal, or its deadline. What was reached by then is written out."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from codeartifact_emulator import Delay, Emulator, Fault, Meanwhile
from codeartifact_status.reporting.outputs import OUTPUTS
from harness.runs import ROLE, Runner, Running, calls_of, put_core, statuses

LIST = "ListPackageVersions"
UPDATE = "UpdatePackageVersionsStatus"
ASSUME = "AssumeRoleWithWebIdentity"


# --- Signals. ------------------------------------------------------------------------------------


def test_a_cancelled_job_writes_down_what_it_did(emulator: Emulator, run_action: Runner) -> None:
    versions = [f"1.0.{number}" for number in range(150)]
    put_core(emulator, *versions)
    emulator.inject(Fault(UPDATE, Delay(seconds=0.4)))

    running = run_action.start(versions=" ".join(versions), concurrency="1")
    # The call is in flight when the emulator has listed and a moment has passed.
    running.terminate_when(
        lambda: "ListPackageVersions" in [call.operation for call in list(emulator.calls)]
    )
    done = running.wait()

    assert done.exit_code == 143
    done.assert_complete()
    changed, unchanged, planned, failed = done.counts
    assert (changed + failed, unchanged, planned) == (150, 0, 0)
    # What is said is what is: changed versions are published, and no others.
    published = {v for v, status in statuses(emulator).items() if status == "Published"}
    assert {v for v, outcome in done.outcomes.items() if outcome == "changed"} == published
    assert set(done.codes.values()) == {"SKIPPED"}
    undone = [v for entry in done.undo for v in entry["versions"]]
    assert set(undone) == published
    assert done.summary.startswith("### ❌")


def test_a_call_in_flight_is_let_finish_when_the_job_is_cancelled(
    emulator: Emulator, run_action: Runner
) -> None:
    versions = [f"1.0.{number}" for number in range(150)]
    put_core(emulator, *versions)
    under_way: list[bool] = []
    slow = Meanwhile(before=lambda _: (under_way.append(True), time.sleep(0.5)))
    emulator.inject(Fault(UPDATE, slow))

    running = run_action.start(versions=" ".join(versions), concurrency="1")
    running.terminate_when(lambda: under_way)
    done = running.wait()

    assert done.exit_code == 143
    assert done.counts == (100, 0, 0, 50)
    assert set(done.codes.values()) == {"SKIPPED"}
    assert len(calls_of(emulator, UPDATE)) == 1


@pytest.mark.parametrize("operation", ["oidc", "AssumeRoleWithWebIdentity", "ListPackageVersions"])
def test_a_cancelled_job_does_not_wait_for_an_answer_that_changes_nothing(
    emulator: Emulator, run_action: Runner, operation: str
) -> None:
    """GitHub kills a cancelled job's processes after ten seconds."""
    put_core(emulator, "1.0.0")
    under_way: list[bool] = []
    hanging = Meanwhile(before=lambda _: (under_way.append(True), time.sleep(6)))
    emulator.inject(Fault(operation, hanging))

    running = run_action.start(versions="1.0.0")
    running.terminate_when(lambda: under_way)
    began = time.monotonic()
    done = running.wait()

    assert done.exit_code == 143
    done.assert_complete()
    assert done.codes == {"1.0.0": "SKIPPED"}
    assert statuses(emulator) == {"1.0.0": "Unlisted"}
    assert time.monotonic() - began < 5


def wait_until_it_listens(running: Running) -> None:
    """Wait for the first moment at which the program takes signals: long before it is loaded."""
    status = Path(f"/proc/{running.process.pid}/status")
    until = time.monotonic() + 20
    while True:
        found = status.read_text(encoding="ascii").partition("SigCgt:")[2].split()[:1]
        # Python itself takes SIGINT only.
        if found and int(found[0], 16) >> (signal.SIGHUP - 1) & 1:
            return
        assert time.monotonic() < until
        time.sleep(0.0005)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", [0.0, 0.05, 0.15])
def test_a_job_that_is_cancelled_at_once_has_all_outputs(
    emulator: Emulator, run_action: Runner, number: signal.Signals, moment: float
) -> None:
    put_core(emulator, "1.0.0")

    running = run_action.start(versions="1.0.0")
    wait_until_it_listens(running)
    time.sleep(moment)
    running.process.send_signal(number)
    done = running.wait()

    assert done.exit_code == 128 + number
    done.assert_complete()
    assert done.codes == {"1.0.0": "SKIPPED"}
    assert number.name in done.messages
    assert "Traceback" not in done.stdout + done.stderr
    assert statuses(emulator) == {"1.0.0": "Unlisted"}


def test_more_signals_do_not_tear_what_is_written(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.0.0")
    running = run_action.start(versions="1.0.0", undo_file="undo.json", result_file="result.json")
    wait_until_it_listens(running)

    def go_on() -> None:
        while running.process.poll() is None:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                running.process.send_signal(number)
            time.sleep(0.001)

    thread = threading.Thread(target=go_on)
    thread.start()
    done = running.wait()
    thread.join()

    assert done.exit_code - 128 in {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
    done.assert_complete()
    assert done.summary
    files = {path.name for path in done.workspace.iterdir()}
    assert files == {"undo.json", "result.json"}
    assert (done.stderr, "Traceback" in done.stdout) == ("", False)


def test_a_signal_after_all_is_written_changes_nothing(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0")
    running = run_action.start(versions="1.0.0")

    def go_on() -> None:
        while running.process.poll() is None:
            if (running.directory / "output").stat().st_size:
                running.process.send_signal(signal.SIGTERM)
            time.sleep(0.001)

    thread = threading.Thread(target=go_on)
    thread.start()
    done = running.wait()
    thread.join()

    assert (done.exit_code, done.outputs["outcome"]) == (0, "changed")
    done.assert_complete()


def test_a_pipe_that_never_ends_does_not_outlast_a_signal(
    run_action: Runner, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    running = run_action.start(package=None, packages=f"@{tmp_path}/pipe")
    writing = os.open(tmp_path / "pipe", os.O_WRONLY)  # waits until it is being read
    running.process.send_signal(signal.SIGTERM)
    done = running.wait()
    os.close(writing)

    assert done.exit_code == 143
    assert "it is a pipe that was still open when the step had to stop" in done.messages
    assert set(done.outputs) >= set(OUTPUTS)


# --- The deadline. -------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", [LIST, UPDATE, ASSUME])
def test_a_deadline_ends_the_step_with_all_that_was_reached(
    emulator: Emulator, run_action: Runner, operation: str
) -> None:
    versions = [f"1.{number}" for number in range(150)]
    put_core(emulator, *versions)
    emulator.inject(Fault(operation, Delay(seconds=6)))
    began = time.monotonic()

    done = run_action(versions=" ".join(versions), timeout_seconds="3", concurrency="1")

    assert done.exit_code == 1
    assert time.monotonic() - began < 30
    assert set(done.outputs) >= set(OUTPUTS)
    published = [v for v, status in statuses(emulator).items() if status == "Published"]
    assert int(done.outputs["changed-count"]) == len(published)
    assert len(published) == (100 if operation == UPDATE else 0)
    assert int(done.outputs["failed-count"]) == 150 - len(published)
    assert "timeout-seconds" in done.summary


def test_credentials_that_never_come_do_not_outlast_the_deadline(
    emulator: Emulator, run_action: Runner
) -> None:
    """boto3's own chain asks STS in its own time; a runner kills the step before it writes."""
    put_core(emulator, "1.0")
    emulator.inject(Fault(ASSUME, Delay(seconds=60)))
    began = time.monotonic()

    done = run_action(
        versions="1.0",
        role_to_assume=None,
        timeout_seconds="1",
        files={"token": emulator.identity_token()},
        environment={"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": "token"},
    )

    assert time.monotonic() - began < 30
    assert done.exit_code == 1
    assert done.failed["1.0"]["errorCode"] == "SKIPPED"
