"""What is there: every package read side by side, and again while something is missing; its age."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from codeartifact_status.arns import package_resource
from codeartifact_status.errors import NotPermitted
from codeartifact_status.model import Denied, Key, Package, Reading, Request
from codeartifact_status.planning.spellings import Spellings
from codeartifact_status.service.crew import each
from codeartifact_status.service.protocol import Catalog, Service


def read_all(
    service: Service, packages: Iterable[Package], *, concurrency: int, stop: threading.Event
) -> dict[Package, Reading]:
    """Read every package, up to ``concurrency`` at a time.

    Nothing has been sent yet, so a stop doesn't wait for answers that are on their way.

    Raises:
        NotAsked: one of them could not be read; the first of them in order.
        Interrupted: the step was stopped meanwhile.
    """
    distinct = list(dict.fromkeys(packages))
    return each(service.read, distinct, workers=concurrency, stop=stop)


def read_until_there(
    service: Service,
    requests: Sequence[Request],
    *,
    concurrency: int,
    seconds: float,
    stop: threading.Event,
    on_wait: Callable[[int, float], None],
) -> dict[Package, Reading]:
    """Read every package, and again for up to ``seconds`` until all that is asked for is there.

    A version that was published a moment ago may not be listed yet; one that is stored in another
    spelling is there. ``on_wait`` is told how many versions are missing and for how many seconds
    more they are waited for.

    Raises:
        NotAsked: a package could not be read.
        Interrupted: the step was stopped meanwhile.
    """
    deadline = time.monotonic() + seconds
    pause = 1.0
    packages = [request.package for request in requests]
    readings = read_all(service, packages, concurrency=concurrency, stop=stop)
    while True:
        missing = [package for one in requests for package in _missing(one, readings[one.package])]
        left = deadline - time.monotonic()
        if not missing or left <= 0:
            return readings
        on_wait(len(missing), left)
        if stop.wait(min(pause, left)):
            return readings
        pause = min(pause * 1.5, 10.0)
        readings |= read_all(service, missing, concurrency=concurrency, stop=stop)


def _missing(request: Request, reading: Reading) -> Iterator[Package]:
    """The package of the request, once for each of its versions that isn't there."""
    if not isinstance(reading, Denied):
        spellings = Spellings(format=request.package.format, there=reading)
        for version in request.versions:
            if not spellings.of(version):
                yield request.package


def ages_of(
    catalog: Catalog, keys: Sequence[Key], *, concurrency: int, stop: threading.Event
) -> dict[Key, timedelta | None]:
    """How long ago each version was published, by the clock of this machine; None if nobody knows.

    Raises:
        NotAsked: one of them could not be read.
        NotPermitted: that was denied.
        Interrupted: the step was stopped meanwhile.
    """
    now = datetime.now(UTC)
    try:
        times = each(lambda key: catalog.published(*key), keys, workers=concurrency, stop=stop)
    except NotPermitted as denied:
        packages = dict.fromkeys(package for package, _ in keys)
        raise denied.of(map(package_resource, packages)) from None
    return {key: None if time is None else now - time for key, time in times.items()}
