"""The container's entrypoint: ``python -I entrypoint.py``, from any directory."""

from codeartifact_status.__main__ import main

if __name__ == "__main__":
    main()
