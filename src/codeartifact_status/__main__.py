"""The program, as the image and the command of the wheel start it."""

import gc
import sys

from codeartifact_status.runner import imports


def main() -> int:
    """Run the step of this process' environment and command line; return what to exit with."""
    imports.leave_out_the_job()
    # Imports make objects by the hundred thousand and no garbage; looking for some among them takes
    # a sixth of the whole run.
    gc.disable()
    from codeartifact_status.action import main as run

    gc.freeze()
    gc.enable()
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
