"""The edge to what libraries load for a purpose that is none of this program's: it isn't loaded.

What is relied on here nobody has promised; ``tests/runner/test_unneeded.py`` notices when it goes.
"""

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

HOLLOW: Mapping[str, tuple[str, ...]] = {
    # Files in S3, by pools of threads and processes. boto3 looks for a class as it is loaded.
    "s3transfer": (),
    "s3transfer.manager": ("TransferConfig",),
    # What ``help()`` shows of a client, and objects instead of clients.
    "botocore.docs.service": ("ServiceDocumenter",),
    "botocore.docs.docstring": (
        *("ClientMethodDocstring", "PaginatorDocstring", "WaiterDocstring"),
    ),
    "boto3.resources.factory": ("ResourceFactory",),
}
"""Modules that are there in name only, with the classes that are asked of them."""

LATE = ("asyncio",)
"""Modules that may be needed, and rarely are: pydantic-settings can run coroutines as commands."""


class Hollow:
    """An object that does nothing, in the place of one that nobody looks at."""

    def __init__(self, *_: object, **__: object) -> None:
        """Take whatever the real one takes."""


def leave_out() -> None:
    """See to it that libraries load less, before they are loaded.

    pydantic would look for plugins in all that is installed.
    """
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    for name, classes in HOLLOW.items():
        module = ModuleType(name)
        vars(module).update(dict.fromkeys(classes, Hollow))
        sys.modules.setdefault(name, module)
    for name in LATE:
        sys.modules.setdefault(name, _Late(name))


class _Late(ModuleType):
    """A module that is loaded with the first look at what is in it."""

    def __getattr__(self, name: str) -> object:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)
