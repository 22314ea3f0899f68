"""How AWS and the issuer of tokens are reached: one set of settings for every request.

Proxies, certificates and timeouts are botocore's, for a request of our own as well, which is sent
by botocore's HTTP session. Retries of botocore's own are switched off.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Any, Literal

import botocore
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies
from urllib3.exceptions import HTTPError

from codeartifact_status import __version__
from codeartifact_status.errors import BadSetting
from codeartifact_status.escaping import without_userinfo
from codeartifact_status.runner.isolation import BUNDLES, flaw_of_bundle, proxy_variable
from codeartifact_status.service.retries import SAVED_HEADER, judge

if TYPE_CHECKING:
    import boto3

DAY = 86400.0
"""Seconds; how long an answer as a whole may take where ``read_timeout`` is no limit."""

USER_AGENT = f"codeartifact-status/{__version__}"

MAX_BODY = 1024 * 1024
"""Bytes of an answer's body that are read; a token has some thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer to a request of our own; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Unreachable(Exception):
    """There was no answer; the text says why, and ``passes`` that there may be one yet."""

    def __init__(self, reason: str, *, passes: bool) -> None:
        """``reason`` is a sentence without its full stop."""
        self.passes = passes
        super().__init__(reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How to reach AWS; None stands for what botocore does by itself.

    Times are in seconds. ``attempts`` is how often a request is sent at most; ``stop`` ends every
    pause between two of them at once.
    """

    region: str | None
    profile: str | None = None
    endpoint_url: str | None = None
    """CodeArtifact's; STS has its own by ``AWS_ENDPOINT_URL_STS``."""
    verify: bool | str | None = None
    sign: bool = True
    connect_timeout: float | None
    read_timeout: float | None
    concurrency: int = 1
    attempts: int
    stop: Event

    @property
    def patience(self) -> float:
        """Seconds for one answer as a whole: timeouts of botocore bound each wait for a byte."""
        return self.read_timeout or DAY

    def client(self, session: "boto3.Session", service: Literal["codeartifact", "sts"]) -> Any:
        """A client of boto3 for ``service``.

        Raises:
            BadSetting: a setting of the SDK makes no sense.
        """
        self._certificates()
        config = Config(
            region_name=self.region,
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
            max_pool_connections=self.concurrency,
            retries={"total_max_attempts": 1},
            user_agent_extra=USER_AGENT,
            signature_version=None if self.sign else botocore.UNSIGNED,
        )
        endpoint = self.endpoint_url if service == "codeartifact" else None
        try:
            client = session.client(
                service, endpoint_url=endpoint, verify=self.verify, config=config
            )
        except (BotoCoreError, ValueError) as error:
            raise BadSetting(without_userinfo(str(error))) from error
        client.meta.events.register("before-parse", _keep_retry_after)
        return client

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """The answer to a GET; ``url`` is one of HTTP.

        A redirect is an answer like any other: what the headers say is for this host alone.

        Raises:
            BadSetting: the job's certificates are none.
            Unreachable: there was no answer.
        """
        # As botocore's own `EndpointCreator` does; its stubs know less of it.
        settings: dict[str, Any] = {
            "verify": self._certificates(),
            "proxies": get_environ_proxies(url),
            "timeout": (self.connect_timeout, self.read_timeout),
        }
        session = URLLib3Session(**settings)
        request = AWSRequest(
            method="GET",
            url=url,
            headers={"User-Agent": USER_AGENT, **headers},
            stream_output=True,
        )
        try:
            response = session.send(request.prepare())
            body = response.raw.read(MAX_BODY)
        except (BotoCoreError, HTTPError) as error:
            passes = judge(error).transient
            # A library may have quoted the headers.
            raise Unreachable(explained(error, url), passes=passes) from None
        finally:
            session.close()
        names = {name.lower(): value for name, value in response.headers.items()}
        return Answer(status=response.status_code, headers=names, body=body)

    def _certificates(self) -> bool | str:
        """The certificates to trust, as botocore chooses them without its configuration file.

        Raises:
            BadSetting: a variable of the job names what is no file of certificates.
        """
        if self.verify is not None:
            return self.verify
        for name in BUNDLES:
            if path := os.environ.get(name):
                if (flaw := flaw_of_bundle(path)) is not None:
                    raise BadSetting(f"the CA bundle {path} ({name}) can't be used: {flaw}")
                return path
        return True


# --- What to say of the way. ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How a host is reached: by a proxy, and the variable that names it, or straight.

    ``proxy`` is a host with its port, without user and password. Where it isn't the job that names
    it but the system's own settings, there is no variable.
    """

    host: str
    proxy: str | None = None
    variable: str | None = None

    def __str__(self) -> str:
        """The host, and the proxy if there is one."""
        return self.host if self.proxy is None else f"{self.host} through {self.named_proxy}"

    @property
    def named_proxy(self) -> str:
        """The proxy with what set it."""
        return f"the proxy {self.proxy} ({self.variable or 'system settings'})"


def route(url: str) -> Route:
    """How botocore reaches an address now."""
    scheme, _, rest = url.partition("://")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    proxy = get_environ_proxies(url).get(scheme.lower())
    if proxy is None:
        return Route(host=host)
    place = proxy.rpartition("@")[2].rpartition("//")[2].partition("/")[0]
    return Route(host=host, proxy=place, variable=proxy_variable(scheme.lower()))


def explained(error: Exception, url: str) -> str:
    """Why there was no answer from an address, by botocore's exception.

    Nothing is quoted that was sent, and nothing left out that a proxy said: botocore does both.
    """
    way = route(url)
    cause = error.kwargs.get("error") if isinstance(error, BotoCoreError) else error
    match error:
        case ProxyConnectionError():
            inner = getattr(cause, "original_error", cause)
            return f"{way.named_proxy} did not connect to {way.host}: {_bare(inner)}"
        case SSLError():
            return f"the TLS connection to {way} failed: {_bare(cause)}"
        case EndpointConnectionError():
            return f"{way} could not be reached: {_bare(cause)}"
        case ConnectTimeoutError():
            return f"the connection to {way} timed out"
        case ReadTimeoutError():
            return f"{way} did not answer in time"
        case ConnectionClosedError():
            return f"{way} closed the connection without an answer"
        case _:
            return f"the request to {way} failed: {type(cause).__name__}"


def _bare(error: object) -> str:
    """What an error of a connection says, without the name of a class that it starts with."""
    return re.sub(r"^\w+\(host=.*?\): |^Tunnel connection failed: ", "", str(error))


def _keep_retry_after(response_dict: dict[str, Any], **_: Any) -> None:
    """Save a ``Retry-After`` that is a date from botocore, whose parser takes only numbers."""
    headers = response_dict["headers"]
    value = headers.get("retry-after", "")
    if value and not value.isdigit():
        del headers["retry-after"]
        headers[SAVED_HEADER] = value
