"""What isn't loaded, and whether the libraries still do without it."""

import subprocess
import sys

import pytest

LEFT_OUT = """
import sys
from codeartifact_status.runner import unneeded
unneeded.leave_out()
"""


def printed(code: str) -> list[str]:
    """What a fresh Python prints that leaves out what isn't needed, then runs ``code``."""
    run = subprocess.run(
        [sys.executable, "-I", "-c", LEFT_OUT + code], capture_output=True, text=True, check=True
    )
    return run.stdout.split()


def test_clients_are_made_without_what_is_left_out() -> None:
    code = """
import boto3, pydantic_settings
session = boto3.Session("key", "secret", "token", "eu-west-1")
for service in ("codeartifact", "sts"):
    print(len(session.client(service).meta.service_model.operation_names) > 5)
for name in (*unneeded.HOLLOW, *unneeded.LATE, "multiprocessing", "html.parser"):
    if name in sys.modules and "__file__" in vars(sys.modules[name]):
        print(name)
"""

    assert printed(code) == ["True", "True"]


def test_what_is_hollow_is_somewhere() -> None:
    """Else it would only hide that a library has changed."""
    code = """
import importlib
for name in unneeded.HOLLOW:
    del sys.modules[name]
for name in unneeded.HOLLOW:
    print(hasattr(importlib.import_module(name), "__file__"))
"""

    assert set(printed(code)) == {"True"}


def test_what_is_late_is_whole_once_it_is_looked_at() -> None:
    code = """
import asyncio
async def answer(): return 42
print(asyncio.run(answer()), sys.modules["asyncio"].run is asyncio.run)
"""

    assert printed(code) == ["42", "True"]


def test_no_plugin_of_pydantic_is_looked_for() -> None:
    code = """
import pydantic
class Model(pydantic.BaseModel): x: int
from pydantic.plugin import _loader
print(*_loader.get_plugins(), _loader._plugins)
"""

    assert printed(code) == ["None"]


@pytest.mark.parametrize("argument", ["--version", "--help", "-h", "help"])
def test_a_question_is_answered_without_what_reads_inputs_or_knows_aws(argument: str) -> None:
    code = f"""
import os
from codeartifact_status import __main__ as program
sys.argv[1:] = ["{argument}"]
late = ("pydantic", "yaml", "boto3", "urllib3")
os._exit = lambda code: print("exit", code, *(name for name in late if name in sys.modules))
program.main()
"""

    assert printed(code)[-2:] == ["exit", "0"]
