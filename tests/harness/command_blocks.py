"""The commands of the pages: each is read by the program that it starts, as far as that is here.

A program that nothing here knows fails. Nothing is sent anywhere.
"""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from pip._internal.commands import create_command

from codeartifact_emulator.__main__ import main as emulator_main
from codeartifact_status.inputs.command_line import CommandLine
from harness.inputs import environment
from harness.pages import ROOT

BIN = Path(sys.executable).parent


def commands(text: str) -> Iterator[tuple[dict[str, str], list[str]]]:
    """Each command of a block: the variables that are set for it, and its words."""
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        variables: dict[str, str] = {}
        while words and (found := re.fullmatch(r"([A-Z_]+)=(.*)", words[0])):
            variables[found[1]] = found[2]
            del words[0]
        if words:
            yield variables, words


def check_console(text: str) -> None:
    """Let each program read its own words."""
    for _, (program, *words) in commands(text.replace("<digest>", "0" * 64)):
        name = program.rpartition("/")[2]
        assert name in PROGRAMS, f"nothing checks {name}"
        if program != name:
            # Of an environment that a page tells to make.
            assert program.startswith((".venv/bin/", "venv/bin/")), program
        PROGRAMS[name](words)


def our_flags(program: Sequence[str]) -> list[str] | None:
    """The flags that a command gives to this program; None if it starts another."""
    match program:
        case ["uvx" | "pipx", *rest] if (at := _position(rest)) is not None:
            return list(rest[at + 1 :])
        case [name, *rest] if name.rpartition("/")[2] == "codeartifact-status":
            return list(rest)
        case _:
            return None


def _position(words: Sequence[str]) -> int | None:
    found = (n for n, w in enumerate(words) if re.match(r"codeartifact-status(@|==)\d", w))
    return next(found, None)


def _flags(words: Sequence[str]) -> None:
    problems = CommandLine.read(words).problems
    assert problems == (), problems


def _uvx(words: Sequence[str]) -> None:
    if words[0] == "--from":
        assert words[2] == "codeartifact-emulator"
        _emulator(words[3:])
        return
    flags = our_flags(["uvx", *words])
    assert flags is not None
    _flags(flags)


def _pipx(words: Sequence[str]) -> None:
    assert words[0] == "run"
    _uvx(words[1:])


def _emulator(words: Sequence[str]) -> None:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        # Whatever else it is told: it shows its help, if it knows what it was told before.
        assert emulator_main([*words, "--help"]) == 0


def _python(words: Sequence[str]) -> None:
    match words:
        case ["-m", "codeartifact_emulator", *rest]:
            _emulator(rest)
        case ["-m", "venv", directory]:
            assert not directory.startswith("-")
        case _:
            raise AssertionError(f"nothing checks python {words}")


def _pip(words: Sequence[str]) -> None:
    create_command(words[0]).parse_args(list(words[1:]))


def _make(words: Sequence[str]) -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z0-9-]+):.*## ", text, re.MULTILINE)
    for word in words:
        assert word in targets or re.fullmatch(r"[A-Z]+=.*", word), word


def _aws(words: Sequence[str]) -> None:
    """Let the AWS CLI read the words, up to where it would send them: nobody listens there."""
    import awscli
    from awscli.clidriver import create_clidriver

    if tuple(words) in {("sso", "login"), ("configure", "export-credentials", "--format", "env")}:
        # Of the AWS CLI's version 2.
        return
    variables = {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_MAX_ATTEMPTS": "1",
        # Which awscli sets for its process where it is imported.
        "AWS_DATA_PATH": str(Path(awscli.__file__).parent / "data"),
    }
    nowhere = ["--endpoint-url", "http://127.0.0.1:9"]
    with environment(**variables), contextlib.redirect_stderr(io.StringIO()) as told:
        create_clidriver().main([*words, *nowhere])
    assert "Could not connect to the endpoint URL" in told.getvalue(), told.getvalue()


def _docker(words: Sequence[str]) -> None:
    assert words[0] in {"build", "run"}
    if words[0] == "build":
        dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
        arguments = re.findall(r"^ARG (\w+)", dockerfile, re.MULTILINE)
        given = [words[at + 1] for at, word in enumerate(words) if word == "--build-arg"]
        assert {text.partition("=")[0] for text in given} <= set(arguments)


@cache
def _flags_of_act() -> frozenset[str]:
    told = subprocess.run([BIN / "act", "--help"], capture_output=True, text=True, check=True)
    return frozenset(re.findall(r"--[a-z-]+", told.stdout))


def _act(words: Sequence[str]) -> None:
    assert {word for word in words if word.startswith("--")} <= _flags_of_act()


def _elsewhere(*known: str) -> Callable[[Sequence[str]], None]:
    """A program that isn't here: only these of its commands are in a page."""

    def among(words: Sequence[str]) -> None:
        assert " ".join(words).startswith(known), words

    return among


PROGRAMS: Mapping[str, Callable[[Sequence[str]], None]] = {
    "act": _act,
    "aws": _aws,
    "codeartifact-status": _flags,
    "docker": _docker,
    "echo": lambda _: None,
    "gh": _elsewhere("attestation verify", "api"),
    "git": _elsewhere("clone --mirror", "-C"),
    "make": _make,
    "npm": _elsewhere("dist-tag add @acme/core@"),
    "pip": _pip,
    "pipx": _pipx,
    "python": _python,
    "skopeo": _elsewhere("copy --all"),
    "uvx": _uvx,
}


def check_script(text: str) -> None:
    """Let shellcheck read a script, and look at the commands of AWS in it."""
    script = text.replace("…", "")
    done = subprocess.run(
        [BIN / "shellcheck", "--shell", "sh", "--exclude", "SC2034", "-"],
        input=script,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    for _, words in commands(script):
        if words[0] in {"aws", "make"}:
            PROGRAMS[words[0]](words[1:])
