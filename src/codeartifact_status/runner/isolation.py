"""The edge to what leaks in: variables of the job that were meant for another place than this.

A container action gets the whole environment of its job. A proxy or a certificate bundle that
exists on the runner need not exist in the container; what can't work here is set aside, and said.
"""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from codeartifact_status.runner import secret_variables

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def isolate() -> list[str]:
    """Set aside what would break this step; return a sentence for each thing that was."""
    # Models of services from the workspace would stand in for botocore's own.
    os.environ.pop("AWS_DATA_PATH", None)
    # No proxy has anything to do with an endpoint on this very machine.
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), *LOOPBACK)))
    return [*secret_variables.trim(), *_dead_proxies(), *_missing_bundle()]


def _dead_proxies() -> Iterator[str]:
    for name in PROXIES:
        proxy = os.environ.get(name, "")
        if proxy and _is_dead(proxy):
            del os.environ[name]
            yield (
                f"{name} of the job names a proxy on localhost, and nothing listens there (in a "
                "container, localhost is the container itself); it was ignored."
            )


def _is_dead(proxy: str) -> bool:
    """Whether a proxy is on this machine and not there; others get the benefit of the doubt."""
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        host, port = parts.hostname or "", parts.port or 80
    except ValueError:
        return False
    if host not in LOOPBACK:
        return False
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return True
    return False


def _missing_bundle() -> Iterator[str]:
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        bundle = os.environ.get(name, "")
        if bundle and not Path(bundle).exists():
            del os.environ[name]
            yield f"{name} of the job names a file that does not exist here; it was ignored."
