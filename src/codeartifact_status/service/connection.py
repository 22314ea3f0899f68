"""How AWS is reached: one set of settings for every client, without retries of botocore's own."""

from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Any, Literal

import botocore
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from codeartifact_status import __version__
from codeartifact_status.errors import BadSetting
from codeartifact_status.escaping import without_userinfo
from codeartifact_status.service.retries import SAVED_HEADER

if TYPE_CHECKING:
    import boto3

DAY = 86400.0
"""Seconds; how long an answer as a whole may take where ``read_timeout`` is no limit."""


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
        config = Config(
            region_name=self.region,
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
            max_pool_connections=self.concurrency,
            retries={"total_max_attempts": 1},
            user_agent_extra=f"codeartifact-status/{__version__}",
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


def _keep_retry_after(response_dict: dict[str, Any], **_: Any) -> None:
    """Save a ``Retry-After`` that is a date from botocore, whose parser takes only numbers."""
    headers = response_dict["headers"]
    value = headers.get("retry-after", "")
    if value and not value.isdigit():
        del headers["retry-after"]
        headers[SAVED_HEADER] = value
