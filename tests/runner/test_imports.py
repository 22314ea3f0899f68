"""Where modules are looked for: where this program is installed, whatever the job says."""

import os
import site
import sys
from pathlib import Path

import pytest

import codeartifact_status
from codeartifact_status.runner import imports

OURS = str(Path(codeartifact_status.__file__).parents[1])
STANDARD = str(Path(os.__file__).parent)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)


def left(monkeypatch: pytest.MonkeyPatch, *paths: str) -> list[str]:
    """What is left of these paths, to which Python adds those of its own."""
    monkeypatch.setattr(sys, "path", [*paths, STANDARD, *site.getsitepackages()])
    imports.leave_out_the_job()
    assert sys.path[-len(site.getsitepackages()) :] == site.getsitepackages()
    assert STANDARD in sys.path
    return [path for path in sys.path if path in paths]


@pytest.mark.parametrize("written", ["{there}", "there", ":{there}", "{there}/../there:/opt/more"])
def test_what_pythonpath_names_is_left_out(
    written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "there"
    there.mkdir()
    monkeypatch.setenv("PYTHONPATH", written.format(there=there))

    assert left(monkeypatch, str(there), "/opt/tools") == ["/opt/tools"]


@pytest.mark.parametrize("named", [None, "", ":/opt/more"])
def test_the_current_directory_is_left_out(
    named: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if named is not None:
        monkeypatch.setenv("PYTHONPATH", named)

    assert left(monkeypatch, str(tmp_path), "") == []


def test_the_directory_of_this_program_stays_whoever_names_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As after `pip install --target DIRECTORY`; and somebody may stand in it.
    monkeypatch.setenv("PYTHONPATH", OURS)
    monkeypatch.chdir(OURS)

    assert left(monkeypatch, OURS) == [OURS]


def test_where_packages_are_installed_stays_whoever_names_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    packages = site.getsitepackages()[0]
    monkeypatch.setenv("PYTHONPATH", packages)

    assert packages in left(monkeypatch, packages)
