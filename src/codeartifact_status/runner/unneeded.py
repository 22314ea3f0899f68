"""The edge to what libraries load for a purpose that is none of this program's: it isn't loaded.

What is relied on here nobody has promised; ``tests/runner/test_unneeded.py`` notices when it goes.
"""

import os
import sys
from importlib import import_module
from types import ModuleType

HOLLOW = (
    # Files in S3, by pools of threads and processes. boto3 looks for a class as it is loaded.
    *("s3transfer", "s3transfer.manager"),
    # What ``help()`` shows of a client, and objects instead of clients.
    *("botocore.docs.service", "botocore.docs.docstring", "boto3.resources.factory"),
    # Settings from elsewhere than the environment.
    *(
        f"pydantic_settings.sources.providers.{source}"
        for source in ("aws", "azure", "cli", "gcp", "nested_secrets")
    ),
)
"""Modules that are there in name only."""

LATE = ("asyncio", "csv", "jmespath", "zipfile")
"""Modules that are imported for what is done rarely, or never here."""


class Hollow:
    """What a hollow module has under any name: it does nothing, where nobody looks at it."""

    def __init__(self, *_: object, **__: object) -> None:
        """Take whatever the real one takes."""


def leave_out() -> None:
    """See to it that libraries load less, before they are loaded.

    pydantic would look for plugins in all that is installed.
    """
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    for name in HOLLOW:
        sys.modules.setdefault(name, _Hollow(name))
    for name in LATE:
        sys.modules.setdefault(name, _Late(name))


class _Hollow(ModuleType):
    """A module that was never loaded."""

    def __getattr__(self, name: str) -> type[Hollow]:
        if name.startswith("__"):
            raise AttributeError(name)
        return Hollow


class _Late(ModuleType):
    """A module that is loaded with the first look at what is in it."""

    def __getattr__(self, name: str) -> object:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)
