"""An emulator of AWS CodeArtifact's package versions, of STS, and of GitHub's OIDC issuer.

It is not AWS: it is for tests, demonstrations, and trying out a workflow without an account.
From Python::

    with Emulator.start(seed=Path("examples/seed.yaml")) as emulator:
        client = boto3.client("codeartifact", endpoint_url=emulator.url, …)

and from a shell: `python -m codeartifact_emulator --port 4566 --seed examples/seed.yaml`.
"""

from .documents import SeedError
from .emulator import Call, Emulator
from .errors import ServiceError
from .faults import (
    Delay,
    Drop,
    Expire,
    Fault,
    Late,
    Meanwhile,
    Misreport,
    Omit,
    Replace,
    Reply,
    Reset,
    Truncate,
)
from .store import Status, Store
from .switches import Switches

__all__ = [
    "Call",
    "Delay",
    "Drop",
    "Emulator",
    "Expire",
    "Fault",
    "Late",
    "Meanwhile",
    "Misreport",
    "Omit",
    "Replace",
    "Reply",
    "Reset",
    "SeedError",
    "ServiceError",
    "Status",
    "Store",
    "Switches",
    "Truncate",
]
