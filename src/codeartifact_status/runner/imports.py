"""The edge to where Python looks for modules: where this program is installed, and nowhere else.

The image starts Python with ``-I``, which sees to that. A command that pip, pipx or uv has put in
place can't: there a job's ``PYTHONPATH`` goes before what is installed, and may well name its
checkout. What Python itself loads as it starts (``sitecustomize``, its standard library, this
package) is loaded by then; the rest is not.

This is loaded first, so it loads nothing that Python hasn't loaded itself.
"""

# Functions of pathlib would be looked for in the very directories that are in doubt.
# ruff: noqa: PTH120

import os
import site
import sys


def leave_out_the_job() -> None:
    """Look for modules neither in the current directory nor where ``PYTHONPATH`` points.

    Directories in which this program or other installed packages lie stay, whoever names them:
    ``pip install --target`` wants its directory named so.
    """
    named = {_real(path) for path in ("", *os.environ.get("PYTHONPATH", "").split(os.pathsep))}
    ours = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
    installed = {_real(path) for path in (ours, *site.getsitepackages())}
    sys.path[:] = [path for path in sys.path if _real(path) not in named - installed]


def _real(path: str) -> str:
    return os.path.normcase(os.path.realpath(path))
