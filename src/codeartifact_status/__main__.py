"""The program, for the image and for the command of the wheel: signals first, then all the rest."""

import gc
import signal
import sys

from codeartifact_status.runner import imports, signals


def main() -> int:
    """Run the step of this process' environment and command line; return what to exit with."""
    signals.remember()
    imports.leave_out_the_job()
    # Imports make objects by the hundred thousand and no garbage; looking for some among them takes
    # a sixth of the whole run.
    gc.disable()
    from codeartifact_status.action import main as run

    gc.freeze()
    gc.enable()
    exit_code = run(sys.argv[1:])
    # All is written, and says how the step ended: that is what the process exits with, too.
    signals.take(signal.SIG_IGN)
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
