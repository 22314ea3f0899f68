"""The container's entrypoint: ``python -I entrypoint.py``, from any directory."""

import gc
import sys

# Imports make objects by the hundred thousand and no garbage; looking for some among them takes a
# sixth of the whole run.
gc.disable()

from codeartifact_status.action import main  # noqa: E402 - after the line above

gc.freeze()
gc.enable()

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
