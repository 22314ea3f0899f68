"""The edge to where a service was looked for, told once it wasn't found there.

The order is botocore's: the input, the variable of the service, that of all services, the region
(AWS SDKs and Tools Reference Guide, "Service-specific endpoints").
"""

import os
import re
from dataclasses import replace
from typing import Literal

from botocore.exceptions import BotoCoreError

from codeartifact_status.arns import partition_of
from codeartifact_status.remedies.network import Reach
from codeartifact_status.service.connection import Connection

_IDS = {"CodeArtifact": "codeartifact", "STS": "sts"}
_PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
_BUNDLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
_AWS = re.compile(r"\.(amazonaws\.com(\.cn)?|api\.aws|amazonwebservices\.com\.cn)(:\d+)?$")


def reach_of(
    service: Literal["CodeArtifact", "STS"], connection: Connection, *, message: str
) -> Reach:
    """How a service was called, where ``message`` says that it wasn't reached."""
    given = connection.endpoint_url if service == "CodeArtifact" else None
    own = f"AWS_ENDPOINT_URL_{_IDS[service].upper()}"
    named = {"endpoint-url": given, **{n: os.environ.get(n) for n in (own, "AWS_ENDPOINT_URL")}}
    if os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        named = {"endpoint-url": given}
    chosen = next((name for name, url in named.items() if url), None)
    region = connection.region or ""
    url = named[chosen] if chosen else f"https://{_IDS[service]}.{region}.amazonaws.com"
    reach = Reach(
        service=service,
        url=str(url),
        region=region,
        chosen_by=chosen,
        regions=_regions(region) if service == "CodeArtifact" else (),
        proxies={name: _host(os.environ[name]) for name in _PROXIES if os.environ.get(name)},
        bundle=_bundle(connection),
        message=message,
    )
    if chosen is None and not _AWS.search(reach.host) and reach.host not in reach.proxies.values():
        # Nothing else is left that could name it.
        return replace(reach, chosen_by="endpoint_url of the AWS configuration file")
    return reach


def _host(proxy: str) -> str:
    """Host and port of a proxy; what precedes them may be a password."""
    return re.sub(r"^\w+://", "", proxy).rpartition("@")[2].partition("/")[0]


def _bundle(connection: Connection) -> str | None:
    """What names the file of certificates in effect."""
    if isinstance(connection.verify, str):
        return "ca-bundle"
    return next((name for name in _BUNDLES if os.environ.get(name)), None)


def _regions(region: str) -> tuple[str, ...]:
    """Where CodeArtifact is, as botocore's endpoints.json has it; in the region's partition.

    In a partition that has none, those of the first.
    """
    import boto3

    try:
        found = boto3.Session().get_available_regions(
            "codeartifact", partition_name=partition_of(region)
        ) or boto3.Session().get_available_regions("codeartifact")
    except BotoCoreError:
        # A broken configuration file, which is told of where it matters.
        return ()
    return tuple(found)
