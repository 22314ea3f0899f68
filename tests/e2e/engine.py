"""A Docker engine for a command: the one that runs, or one that is started for it and stopped.

    engine.py run COMMAND…

An engine that is there is used and left alone. If there is none, root on a Debian gets one: its
packages are installed, it is started, and it counts only if it can run a container. The exit code
is the command's own, or 69 (``EX_UNAVAILABLE``), after one line that says why, if there can be no
engine. Nothing but the standard library: this runs before anything is installed.
"""

import contextlib
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

DOCKER = os.environ.get("DOCKER", "docker")
START_SECONDS = 30
LOCK_SECONDS = 600
"""How long another package manager may take: a machine that has just started updates itself."""
WAYS_TO_START: Sequence[Sequence[str]] = (
    (),
    # Where there are no tables to write to; all containers of these tests have the host's network.
    ("--iptables=false", "--bridge=none"),
    # Where file systems can't be laid over one another: slow, and works anywhere.
    ("--iptables=false", "--bridge=none", "--storage-driver=vfs"),
)
PROBE = "codeartifact-status-probe"


class Unavailable(Exception):
    """Something that these tests need can't be had here, which is nobody's fault."""


def say(text: str) -> None:
    """Say something to whoever reads the log; stdout is for answers."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - a command talks by printing


def last_line(text: str) -> str:
    """What a command said last, which is mostly why it failed."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def attempt(*command: str, seconds: float = 60, given: bytes | None = None) -> str | None:
    """Run a command; None if it went well, else why not."""
    said = failure(*command, seconds=seconds, given=given)
    return None if said is None else last_line(said)


def failure(
    *command: str,
    seconds: float,
    given: bytes | None = None,
    environment: Mapping[str, str] | None = None,
) -> str | None:
    """Run a command; None if it went well, else all that it said."""
    try:
        done = subprocess.run(
            command,
            check=False,
            input=given,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
        )
    except FileNotFoundError:
        return f"there is no {command[0]}"
    except subprocess.TimeoutExpired:
        return f"{command[0]} took more than {seconds:.0f} seconds"
    return None if done.returncode == 0 else done.stdout.decode(errors="replace")


def install(*commands: str) -> None:
    """Install the Debian packages of those commands that aren't there.

    Raises:
        Unavailable: they can't be installed here.
    """
    packages = {"docker": "docker-cli", "dockerd": "docker.io"}
    wanted = [packages.get(name, name) for name in commands if found(name) is None]
    if not wanted:
        return
    names = " ".join(wanted)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Unavailable(f"{names} is not installed, and only root on a Debian can change that")
    why = install_packages(*wanted)
    if why is not None:
        raise Unavailable(f"{names} could not be installed: {why}")


def install_packages(*names: str) -> str | None:
    """Install packages of this Debian; None if that went well, else why not."""
    say(f"e2e: installing {' '.join(names)}")
    return apt_get("update", "-q") or apt_get(
        "install", "-q", "-y", "--no-install-recommends", *names
    )


def apt_get(*arguments: str, patience: float = LOCK_SECONDS) -> str | None:
    """Run apt-get when no other package manager is at work; None if it went well, else why not.

    apt waits by itself for dpkg's lock alone (``DPkg::Lock::Timeout``), not for those of the lists
    and the archives. It takes them before it does anything, so that it can be started again.
    """
    # A lock is known by what apt says of it, in English.
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    until = time.monotonic() + patience
    waits = False
    while True:
        said = failure("apt-get", *arguments, seconds=600, environment=environment)
        if said is None:
            return None
        lock = re.search(r"Could not get lock .*", said)
        if lock is None or time.monotonic() >= until:
            return lock[0] if lock else last_line(said)
        if not waits:
            say(f"e2e: waiting up to {patience:.0f} seconds for another package manager: {lock[0]}")
            waits = True
        time.sleep(1)


def found(name: str) -> str | None:
    """Where a command is, also for whoever has no /usr/sbin in the path."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def silence() -> str | None:
    """Why no engine answers; None if one does."""
    return attempt(DOCKER, "version", "--format", "{{.Server.Version}}")


def incapable() -> str | None:
    """Why this engine can't run a container; None if it can.

    The container is the host's own ``true`` in an image that is empty: there may be no other yet.
    """
    empty = io.BytesIO()
    tarfile.open(fileobj=empty, mode="w").close()
    mounts = [
        option
        for path in ("/bin", "/lib", "/lib64", "/usr")
        if Path(path).exists()
        for option in ("--volume", f"{path}:{path}:ro")
    ]
    probe = (DOCKER, "run", "--rm", "--network", "host", *mounts, PROBE, "/bin/true")
    try:
        return attempt(DOCKER, "import", "-", PROBE, given=empty.getvalue()) or attempt(*probe)
    finally:
        attempt(DOCKER, "image", "rm", "--force", PROBE)


@contextlib.contextmanager
def engine() -> Iterator[None]:
    """Have an engine for as long as the block takes.

    Raises:
        Unavailable: there is none, and none can be started.
    """
    why = silence()
    if why is None:
        yield
        return
    if os.geteuid() != 0:
        raise Unavailable(f"none answers ({why}), and only root can start one")
    install("dockerd", "iptables")
    # Newer Debians have the client in a package of its own.
    install("docker")
    # Where services are started when they are installed, there is one now.
    if silence() is None:
        yield
        return
    with contextlib.ExitStack() as stack:
        start(stack)
        yield


def start(stack: contextlib.ExitStack) -> None:
    """Start an engine that can run a container; the stack stops it.

    Raises:
        Unavailable: none can be started here.
    """
    why = "it was not tried"
    for flags in WAYS_TO_START:
        with contextlib.ExitStack() as this:
            why = this.enter_context(running(flags)) or incapable()
            if why is None:
                say(f"e2e: started {' '.join(('dockerd', *flags))}")
                stack.push(this.pop_all())
                return
    raise Unavailable(f"dockerd can't be started here: {why}")


@contextlib.contextmanager
def running(flags: Sequence[str]) -> Iterator[str | None]:
    """Start ``dockerd`` and stop it after the block; gives why it doesn't answer, or None."""
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "log"
        # A file of its own for its id: one that was left by a kill would keep it from starting.
        command = [str(found("dockerd")), "--pidfile", f"{directory}/pid", *flags]
        with log.open("wb") as file:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for the command; the engine is stopped when that has ended.
                start_new_session=True,
            )
        try:
            why = silence()
            until = time.monotonic() + START_SECONDS
            while why is not None and process.poll() is None and time.monotonic() < until:
                time.sleep(0.2)
                why = silence()
            yield None if why is None else last_line(log.read_text(errors="replace"))
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def waited(process: subprocess.Popen[bytes]) -> int:
    """Wait for a command's end; Ctrl-C is its own to answer, because it got it, too."""
    while True:
        with contextlib.suppress(KeyboardInterrupt):
            return process.wait()


def run(command: Sequence[str]) -> int:
    """Run the command with an engine; gives the exit code."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        with engine():
            process = subprocess.Popen(command)
            try:
                return waited(process)
            finally:
                # Nothing to do, unless this is a way out before its end.
                process.terminate()
                process.wait()
    except Unavailable as error:
        say(f"e2e: there is no Docker engine: {error}")
        return os.EX_UNAVAILABLE


if __name__ == "__main__":
    if sys.argv[1:2] != ["run"] or not sys.argv[2:]:
        sys.exit(str(__doc__))
    sys.exit(run(sys.argv[2:]))
