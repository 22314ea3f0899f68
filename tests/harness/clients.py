"""Clients of botocore that find a running emulator."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config

from codeartifact_emulator import Emulator

# One session for all: loading botocore's models takes longer than a test.
_SESSION = botocore.session.Session()

ROLE = "arn:aws:iam::111122223333:role/release"
CORE = {
    "domain": "acme",
    "repository": "npm-store",
    "format": "npm",
    "namespace": "acme",
    "package": "core",
}


def put_core(emulator: Emulator, **statuses: str) -> None:
    """Place versions of `CORE`; keyword names have underscores for dots: `v1_2_3="Published"`."""
    for name, status in statuses.items():
        version = name.removeprefix("v").replace("_", ".")
        emulator.store.put(**CORE, version=version, status=status)


@contextmanager
def connect(
    emulator: Emulator,
    service: str = "codeartifact",
    credentials: dict[str, str] | None = None,
    **config: Any,
) -> Iterator[Any]:
    """Give a botocore client for the emulator; with no credentials, the demo user's.

    `credentials` are as STS gives them; an empty mapping is for unsigned requests. No retries,
    unless `retries` says so.
    """
    variables = emulator.environment(user=True)
    keys = credentials
    if keys is None:
        keys = {
            "AccessKeyId": variables["AWS_ACCESS_KEY_ID"],
            "SecretAccessKey": variables["AWS_SECRET_ACCESS_KEY"],
        }
    settings = {"retries": {"total_max_attempts": 1}, **config}
    if not keys:
        settings["signature_version"] = UNSIGNED
    client = _SESSION.create_client(
        service,
        endpoint_url=emulator.url,
        region_name=emulator.store.region,
        aws_access_key_id=keys.get("AccessKeyId"),
        aws_secret_access_key=keys.get("SecretAccessKey"),
        aws_session_token=keys.get("SessionToken"),
        config=Config(**settings),
    )
    try:
        yield client
    finally:
        client.close()
