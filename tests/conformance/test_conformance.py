"""The conformance run: what it asserts of the emulator, and that it may be let loose on AWS."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from codeartifact_emulator import Emulator, Switches
from conformance.__main__ import main
from conformance.ground import NAMESPACE

OTHERWISE = Switches(
    partial_success=True,
    partial_dispose=True,
    partial_delete=True,
    same_status="NOT_ALLOWED",
    absent_version="404",
    illegal_target="NOT_ALLOWED",
    unfinished_to_hidden="NOT_ALLOWED",
    first_mismatch="status",
    partial_revisions="accepted",
    foreign_namespace="404",
    unfiltered_list="without-archived",
    emptied_package="absent",
)
ASKED = ["--aws", "--domain", "acme", "--repository", "npm-store"]


@pytest.fixture
def account(
    emulators: Callable[..., Emulator], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Emulator:
    """What is asked in AWS's place: all that a switch can make otherwise is otherwise."""
    emulator = emulators(switches=OTHERWISE)
    for name, value in emulator.environment(user=True).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CONFIRM", "acme/npm-store")
    monkeypatch.chdir(tmp_path)
    return emulator


def test_the_emulator_is_as_documented(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "NOT SO" not in capsys.readouterr().out


def test_an_account_that_answers_otherwise_is_told_as_switches(
    account: Emulator, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    theirs = {"format": "generic", "namespace": NAMESPACE, "package": "theirs", "version": "1"}
    account.store.put(domain="acme", repository="npm-store", **theirs)
    before = account.store.snapshot()

    assert main(ASKED) == 0

    said = capsys.readouterr().out.partition("switches:\nswitches:\n")[2].partition("\n\n")[0]
    assert dict(line.strip().split(": ") for line in said.splitlines()) == {
        "partial-success": "true",
        "partial-dispose": "true",
        "partial-delete": "true",
        "same-status": "NOT_ALLOWED",
        "absent-version": "404",
        "illegal-target": "NOT_ALLOWED",
        "unfinished-to-hidden": "NOT_ALLOWED",
        "first-mismatch": "status",
        "partial-revisions": "accepted",
        "foreign-namespace": "404",
        "unfiltered-list": "without-archived",
        "emptied-package": "absent",
    }
    # Nothing is left, and nothing that was there was touched.
    assert account.store.snapshot() == before
    changed = {call.params.get("package") for call in account.calls if "List" not in call.operation}
    assert "theirs" not in changed
    transcript = (tmp_path / ".conformance" / "acme-npm-store.jsonl").read_text(encoding="utf-8")
    assert [name for name in ("acme", "npm-store") if name in transcript] == []
    assert json.loads(transcript.splitlines()[0])["parameters"]["domain"] == "DOMAIN"


def test_nothing_is_asked_without_the_confirmation(
    account: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CONFIRM", "yes")

    assert main(ASKED) == 2

    assert "set CONFIRM=acme/npm-store" in capsys.readouterr().err
    assert account.calls == []


def test_a_run_that_was_killed_goes_on_and_deletes_what_it_left(
    account: Emulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(ASKED) == 0
    notes = tmp_path / ".conformance" / "acme-npm-store.json"
    kept = json.loads(notes.read_text(encoding="utf-8"))
    left = {"format": "generic", "namespace": NAMESPACE, "package": "left", "version": "1"}
    account.store.put(domain="acme", repository="npm-store", **left)
    del kept["answers"]["a-listing-is-filtered-by-one-status"]
    notes.write_text(json.dumps({**kept, "packages": ["left"]}), encoding="utf-8")
    account.calls.clear()

    assert main(ASKED) == 0

    assert account.store.packages == {}
    published = [call for call in account.calls if call.operation == "PublishPackageVersion"]
    assert len(published) == 2
    assert "32 of 32 asked" in capsys.readouterr().out


def test_a_package_of_that_name_that_it_has_not_made_is_left_alone(
    account: Emulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = tmp_path / ".conformance" / "acme-npm-store.json"
    notes.parent.mkdir()
    kept = {"run": "0", "packages": [], "answers": {}}
    notes.write_text(json.dumps(kept), encoding="utf-8")
    name = "0-a-change-gives-the-new-status-and-the-old-revision"
    place = {"format": "generic", "namespace": NAMESPACE, "package": name, "version": "1"}
    account.store.put(domain="acme", repository="npm-store", **place)
    before = account.store.snapshot()

    assert main(ASKED) == 2

    assert "was not made by this run" in capsys.readouterr().err
    assert account.store.snapshot() == before
