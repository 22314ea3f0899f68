"""The program, for the image and for the command of the wheel: signals first, then all the rest.

Nothing is imported before it is known that it isn't the job's, and only what the run needs.
"""

import gc
import os
import signal
import sys

from codeartifact_status.runner import imports, signals

_GARBAGE = 50_000
"""Objects that are made before Python looks for garbage among them; its own 700 are soon made."""


def main() -> None:
    """Run the step of this process' environment and command line, and end the process."""
    signals.remember()
    imports.leave_out_the_job()
    from codeartifact_status.inputs import answers

    answer = answers.at_once(sys.argv[1:])
    exit_code = _run() if answer is None else _show(answer)
    # All is written, and says how the step ended: that is what the process exits with, too.
    signals.take(signal.SIG_IGN)
    from codeartifact_status.runner import streams

    streams.flush()
    # Without taking Python apart, object by object: nobody needs them any more.
    os._exit(exit_code)


def _run() -> int:
    from codeartifact_status.runner import unneeded

    unneeded.leave_out()
    # Imports make objects by the hundred thousand and no garbage; looking for some among them takes
    # a sixth of the whole run.
    gc.disable()
    from codeartifact_status.action import main as run

    gc.freeze()
    gc.set_threshold(_GARBAGE)
    gc.enable()
    return run(sys.argv[1:])


def _show(answer: str) -> int:
    from codeartifact_status.runner import streams

    streams.prepare()
    try:
        streams.show(answer)
    except OSError:
        return 1
    return 0


if __name__ == "__main__":
    main()
