"""What is there: every package read side by side, and again while something is missing; its age."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from codeartifact_status.arns import literal, package_resource
from codeartifact_status.errors import NotPermitted
from codeartifact_status.model import Key, Package, Reading, Request
from codeartifact_status.planning.settling import Found, settle
from codeartifact_status.service.crew import each
from codeartifact_status.service.finding import find
from codeartifact_status.service.protocol import Catalog, Service


def read_all(
    service: Service,
    packages: Iterable[Package],
    *,
    named: Mapping[Package, Sequence[str]] | None = None,
    concurrency: int,
    stop: threading.Event,
) -> dict[Package, Reading]:
    """Read every package, up to ``concurrency`` at a time, with the versions that are ``named``.

    Nothing has been sent yet, so a stop doesn't wait for answers that are on their way.

    Raises:
        NotAsked: one of them could not be read; the first of them in order.
        Interrupted: the step was stopped meanwhile.
    """
    distinct = list(dict.fromkeys(packages))
    return each(
        lambda package: service.read(package, (named or {}).get(package, ())),
        distinct,
        workers=concurrency,
        stop=stop,
    )


def look(
    catalog: Catalog,
    requests: Sequence[Request],
    *,
    concurrency: int,
    seconds: float,
    stop: threading.Event,
    on_wait: Callable[[int, float], None],
) -> Found:
    """Find and read every package, and again for up to ``seconds`` until all asked for is there.

    A version that was published a moment ago may not be listed yet; one that is stored in another
    spelling is there. ``on_wait`` is told how many versions are missing and for how many seconds
    more they are waited for.

    Raises:
        NotAsked: something could not be read.
        NotPermitted: what a step needs to know what is meant was denied.
        Interrupted: the step was stopped meanwhile.
    """
    deadline = time.monotonic() + seconds
    pause = 1.0
    holdings = find(catalog, requests, concurrency=concurrency, stop=stop)
    readings: dict[Package, Reading] = {}
    while True:
        candidates = {one.package: holdings.of(one) for one in requests if one.is_open}
        named: dict[Package, tuple[str, ...]] = {}
        for one in requests:
            for package in candidates.get(one.package, (one.package,)):
                named[package] = named.get(package, ()) + one.versions
        unread = [package for package in named if package not in readings]
        readings |= read_all(catalog, unread, named=named, concurrency=concurrency, stop=stop)
        found = settle(requests, holdings, candidates, readings)
        missing = list(found.missing())
        left = deadline - time.monotonic()
        if not missing or left <= 0:
            return found
        on_wait(len(missing), left)
        if stop.wait(min(pause, left)):
            return found
        pause = min(pause * 1.5, 10.0)
        stale = {copy for package in missing for copy in candidates.get(package, (package,))}
        readings = {p: reading for p, reading in readings.items() if p not in stale}
        if not candidates.keys().isdisjoint(missing):
            holdings = find(catalog, requests, concurrency=concurrency, stop=stop)


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
        raise denied.of(literal(package_resource(package)) for package in packages) from None
    return {key: None if time is None else now - time for key, time in times.items()}
