"""The container's entrypoint: ``python -I entrypoint.py``, from any directory."""

import sys

from codeartifact_status.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
