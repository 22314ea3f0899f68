"""How what these tests need is installed, beside whatever else installs something here."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
UPDATE = """
import sys
from engine import apt_get
sys.exit(apt_get("update", patience=float(sys.argv[1])))
"""


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    """Lists of packages of its own, without any source, so that nothing is asked."""
    (tmp_path / "lists" / "partial").mkdir(parents=True)
    (tmp_path / "cache" / "archives" / "partial").mkdir(parents=True)
    (tmp_path / "apt.conf").write_text(
        f'Dir::State::lists "{tmp_path}/lists";\n'
        f'Dir::Cache "{tmp_path}/cache";\n'
        'Dir::Etc::sourcelist "/dev/null";\n'
        'Dir::Etc::sourceparts "/dev/null";\n'
    )
    return tmp_path / "lists"


def update(lists: Path, *, patience: float) -> subprocess.Popen[str]:
    """Start `apt-get update` over these lists."""
    return subprocess.Popen(
        [sys.executable, "-c", UPDATE, str(patience)],
        cwd=HERE,
        env={"PATH": "/usr/bin:/bin", "APT_CONFIG": str(lists.parent / "apt.conf")},
        stderr=subprocess.PIPE,
        text=True,
    )


def test_another_package_manager_is_waited_for_and_the_log_says_so(lists: Path) -> None:
    with (lists / "lock").open("w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        with update(lists, patience=600) as process:
            assert process.stderr is not None
            said = process.stderr.readline()
            fcntl.lockf(lock, fcntl.LOCK_UN)

            assert process.wait(timeout=60) == 0
            assert said.startswith("e2e: waiting up to 600 seconds for another package manager: ")
            assert f"Could not get lock {lists}/lock" in said
            assert process.stderr.read() == ""


def test_one_that_takes_too_long_is_named(lists: Path) -> None:
    with (lists / "lock").open("w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        with update(lists, patience=0) as process:
            _, said = process.communicate(timeout=60)

    assert process.returncode == 1
    assert said.startswith(f"Could not get lock {lists}/lock. It is held by process ")


def test_what_is_no_lock_is_not_waited_for(lists: Path) -> None:
    (lists.parent / "apt.conf").write_text("this is no configuration")

    with update(lists, patience=600) as process:
        _, said = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "apt.conf" in said
    assert "waiting" not in said
