"""Files that a step writes: whole at any time, and nothing beside them afterwards."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from codeartifact_status.runner import files


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to work in."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


@pytest.fixture(params=["without a name", "by name"])
def _ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to write a file: not all systems have files without a name."""
    if request.param == "by name":
        monkeypatch.delattr(os, "O_TMPFILE")


@pytest.mark.usefixtures("_ways")
def test_a_new_file_takes_the_place_of_the_old(directory: Path) -> None:
    files.write("sub/undo.json", "[]")
    files.write("sub/undo.json", "[1]")

    assert (directory / "sub" / "undo.json").read_text() == "[1]"
    assert names(directory / "sub") == ["undo.json"]
    assert (directory / "sub" / "undo.json").stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize("leads_to", ["victim", "nowhere"])
def test_a_file_is_never_written_through_a_link_that_was_planted(
    directory: Path, leads_to: str
) -> None:
    victim = directory.parent / "victim"
    victim.write_text("as it was", encoding="utf-8")
    (directory / ".status.env.new").symlink_to(directory.parent / leads_to)

    files.write("status.env", "OUTCOME=changed\n")

    assert victim.read_text(encoding="utf-8") == "as it was"
    assert names(directory.parent) == ["victim", "work"]
    assert names(directory) == ["status.env"]
    assert not (directory / "status.env").is_symlink()


def test_nor_is_it_where_files_without_a_name_do_not_exist(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_TMPFILE")
    monkeypatch.setattr("secrets.token_hex", lambda _: "guessed")
    (directory / ".status.env.guessed").symlink_to(directory.parent / "victim")

    with pytest.raises(FileExistsError):
        files.write("status.env", "OUTCOME=changed\n")

    assert not (directory.parent / "victim").exists()


def test_a_directory_in_the_way_is_gone_around(directory: Path) -> None:
    (directory / ".undo.json.new").mkdir()

    files.write("undo.json", "[]")

    assert names(directory) == [".undo.json.new", "undo.json"]


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_what_is_no_file_is_replaced_by_one(directory: Path, kind: str) -> None:
    if kind == "pipe":
        os.mkfifo("undo.json")
    else:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("undo.json")

    files.write("undo.json", "[]")

    assert (directory / "undo.json").read_text() == "[]"


KILLED = """
import os, pathlib, signal, sys
from codeartifact_status.runner import files

def kill(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

setattr({"os": os, "Path": pathlib.Path}[sys.argv[1]], sys.argv[2], kill)
files.write("undo.json", '["new"]')
"""


@pytest.mark.parametrize("moment", [("os", "link"), ("Path", "replace")])
def test_what_a_kill_leaves_is_whole_and_gone_with_the_next_write(
    directory: Path, moment: tuple[str, str]
) -> None:
    files.write("undo.json", '["old"]')
    killed = subprocess.run([sys.executable, "-c", KILLED, *moment], check=False)

    assert killed.returncode == -signal.SIGKILL
    assert (directory / "undo.json").read_text() == '["old"]'
    left = [name for name in names(directory) if name != "undo.json"]
    assert left == ([] if moment == ("os", "link") else [".undo.json.new"])
    assert all((directory / name).read_text() == '["new"]' for name in left)

    files.write("undo.json", '["next"]')

    assert names(directory) == ["undo.json"]


@pytest.mark.usefixtures("_ways")
def test_steps_that_write_at_once_leave_the_file_of_one_of_them(directory: Path) -> None:
    texts = [str(number) * 50_000 for number in range(4)]
    torn: list[str] = []

    def write(text: str) -> None:
        for _ in range(50):
            files.write("undo.json", text)
            found = (directory / "undo.json").read_text()
            if found not in texts:
                torn.append(found)

    threads = [threading.Thread(target=write, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert torn == []
    assert names(directory) == ["undo.json"]
