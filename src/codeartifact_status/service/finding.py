"""Which packages there are, for the requests that don't say: listed once for all of them."""

import threading
from collections.abc import Sequence
from itertools import chain

from codeartifact_status.arns import repository_resource
from codeartifact_status.errors import NotPermitted
from codeartifact_status.model import ANY_REPOSITORY, Request
from codeartifact_status.planning.finding import Holdings, shelves
from codeartifact_status.service.crew import each
from codeartifact_status.service.protocol import Catalog


def find(
    catalog: Catalog, requests: Sequence[Request], *, concurrency: int, stop: threading.Event
) -> Holdings:
    """List what the open ones of the requests may mean, up to ``concurrency`` calls at a time.

    Raises:
        NotAsked: something could not be listed.
        NotPermitted: that was denied.
        Interrupted: the step was stopped meanwhile.
    """
    places = [request.package for request in requests if request.is_open]
    anywhere = next((place for place in places if place.repository == ANY_REPOSITORY), None)
    repositories: tuple[str, ...] = ()
    if anywhere is not None:
        repositories = catalog.repositories(domain=anywhere.domain, owner=anywhere.domain_owner)
    parts = shelves([request for request in requests if request.is_open], repositories)
    try:
        found = each(catalog.packages, parts, workers=concurrency, stop=stop)
    except NotPermitted as denied:
        resources = (
            repository_resource(domain=place.domain, repository=place.repository)
            for place in places
        )
        raise denied.of(dict.fromkeys(resources)) from None
    packages = tuple(chain.from_iterable(found.values()))
    return Holdings(packages=packages, repositories=repositories)
