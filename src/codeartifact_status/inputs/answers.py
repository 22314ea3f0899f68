"""What a command line asks of the program itself; answered without loading what reads inputs."""

import shutil
from collections.abc import Sequence

from codeartifact_status import __version__


def at_once(arguments: Sequence[str]) -> str | None:
    """The answer to a command line that is nothing but a question; None to any other."""
    match arguments:
        case ["--version"]:
            return version_text()
        case ["--help" | "-h" | "help"]:
            return help_text()
        case _:
            return None


def help_text() -> str:
    """Every option, to the terminal's width."""
    from codeartifact_status.inputs import help as shown

    return shown.help_text(shutil.get_terminal_size().columns)


def version_text() -> str:
    """This program's version and those that a report of a bug should name."""
    import platform

    import botocore

    return (
        f"codeartifact-status/{__version__} Python/{platform.python_version()} "
        f"{platform.system()}/{platform.machine()} botocore/{botocore.__version__}"
    )
