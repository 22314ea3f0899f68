"""What somebody else named: files, pipes and devices, within bounds."""

import os
import threading
from pathlib import Path
from threading import Event

import pytest

from codeartifact_status.runner import bounded


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    """A pipe with a name, which nobody has opened."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


# --- Reading. ------------------------------------------------------------------------------------


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    (tmp_path / "file").write_bytes(content)

    assert bounded.read(str(tmp_path / "file"), stop=None) == content


def test_a_pipe_is_read_to_its_end_however_slowly_it_comes(fifo: Path) -> None:
    def write() -> None:
        with fifo.open("wb", buffering=0) as file:
            for part in (b"a", b"b" * 200_000, b"c"):
                file.write(part)
                Event().wait(0.15)

    writing = threading.Thread(target=write)
    writing.start()
    content = bounded.read(str(fifo), stop=Event())
    writing.join()

    assert content == b"a" + b"b" * 200_000 + b"c"


def test_a_pipe_of_the_shell_is_read() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"x")
    os.close(writing)
    try:
        assert bounded.read(f"/dev/fd/{reading}", stop=None) == b"x"
    finally:
        os.close(reading)


def test_a_pipe_is_not_waited_for_once_the_step_has_to_stop(fifo: Path) -> None:
    stop = Event()
    threading.Timer(0.2, stop.set).start()

    with pytest.raises(InterruptedError, match="still open when the step had to stop"):
        bounded.read(str(fifo), stop=stop)


def test_a_pipe_that_is_not_waited_for_may_be_empty(fifo: Path) -> None:
    with pytest.raises(BlockingIOError, match="nothing comes from it"):
        bounded.read(str(fifo), stop=None)


@pytest.mark.parametrize("kind", ["endless", "huge"])
def test_what_has_no_end_is_not_read_on(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "file"
    if kind == "endless":
        path.symlink_to("/dev/zero")
    else:
        path.touch()
        os.truncate(path, 10 * 2**30)

    with pytest.raises(OSError, match="more than 32 MiB"):
        bounded.read(str(path), stop=None)


def test_what_is_just_small_enough_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    os.truncate(path, bounded.MOST)

    assert len(bounded.read(str(path), stop=None)) == bounded.MOST


# --- Writing. ------------------------------------------------------------------------------------


def test_what_is_there_is_added_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a\n")
    bounded.append(str(tmp_path / "file"), "b\n")

    assert (tmp_path / "file").read_text() == "a\nb\n"


def test_a_pipe_that_nobody_reads_is_not_waited_for(fifo: Path) -> None:
    with pytest.raises(OSError, match="nobody reads from it"):
        bounded.append(str(fifo), "x")


def test_a_reader_that_takes_nothing_is_not_waited_for(
    fifo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "PATIENCE", 0.2)
    reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(TimeoutError, match="nobody has read from it"):
            bounded.append(str(fifo), "x" * 10_000_000)
    finally:
        os.close(reading)


def test_a_slow_reader_gets_all_of_it(fifo: Path) -> None:
    reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reading, True)
    # A pipe without a writer is at its end, which a quick reader would see.
    writing = os.open(fifo, os.O_WRONLY)
    found: list[bytes] = []

    def read() -> None:
        with os.fdopen(reading, "rb") as file:
            while part := file.read(100_000):
                found.append(part)
                Event().wait(0.01)

    thread = threading.Thread(target=read)
    thread.start()
    bounded.append(str(fifo), "x" * 2_000_000)
    os.close(writing)
    thread.join()

    assert b"".join(found) == b"x" * 2_000_000
