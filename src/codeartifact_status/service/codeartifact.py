"""The edge to CodeArtifact: the only module that knows boto3's client for it.

It reads what is there, sends one batch a call, and tries again what is worth it. It makes no
decision about versions: what it can't tell, it calls doubtful.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING, Any

import botocore
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ProxyConnectionError,
    SSLError,
)

from codeartifact_status import __version__
from codeartifact_status.errors import BadSetting, Interrupted, NotAsked
from codeartifact_status.formats.names import normal_version
from codeartifact_status.model import (
    ACCESS_DENIED,
    DENIED,
    Batch,
    Code,
    Failure,
    Operation,
    Package,
    Reading,
    Reply,
    State,
)
from codeartifact_status.service import retries

if TYPE_CHECKING:
    import boto3
    from types_boto3_codeartifact.client import CodeArtifactClient

PAGE = 1000
"""Versions a page: the most that ListPackageVersions takes (botocore's model)."""

MOST_BARREN = 10
"""Pages on end without a new version; AWS APIs may give empty pages with a token that leads on."""

LONGEST_MESSAGE = 1000
"""Characters of a message that are kept."""

UNSENT = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError, SSLError)
"""The connection was never made, so the service can't have done anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How to reach CodeArtifact; None stands for what botocore does by itself."""

    region: str | None
    endpoint_url: str | None
    verify: bool | str | None
    sign: bool
    connect_timeout: float | None
    read_timeout: float | None
    concurrency: int


def client_config(connection: Connection) -> Config:
    """The botocore configuration of every client that this program makes."""
    return Config(
        region_name=connection.region,
        connect_timeout=connection.connect_timeout,
        read_timeout=connection.read_timeout,
        max_pool_connections=connection.concurrency,
        retries={"total_max_attempts": 1},
        user_agent_extra=f"codeartifact-status/{__version__}",
        signature_version=None if connection.sign else botocore.UNSIGNED,
    )


def connect(session: "boto3.Session", connection: Connection) -> "CodeArtifactClient":
    """A client for CodeArtifact, without retries of its own.

    Raises:
        BadSetting: a setting of the SDK makes no sense.
    """
    try:
        client = session.client(
            "codeartifact",
            endpoint_url=connection.endpoint_url,
            verify=connection.verify,
            config=client_config(connection),
        )
    except (BotoCoreError, ValueError) as error:
        raise BadSetting(str(error)) from error
    client.meta.events.register("before-parse.codeartifact", _keep_retry_after)
    return client


def _keep_retry_after(response_dict: dict[str, Any], **_: Any) -> None:
    """Save a ``Retry-After`` that is a date from botocore, whose parser takes only numbers."""
    headers = response_dict["headers"]
    value = headers.get("retry-after", "")
    if value and not value.isdigit():
        del headers["retry-after"]
        headers[retries.SAVED_HEADER] = value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    """How a call ended after every try: an answer, or the last failure."""

    answer: Mapping[str, Any] | None = None
    failure: Failure | None = None
    resource: str | None = None
    sends: int
    lost: bool


class CodeArtifact:
    """Two things: read a package's versions, and send a batch. Safe to use from several threads."""

    def __init__(self, client: "CodeArtifactClient", *, attempts: int, stop: Event) -> None:
        """``stop`` ends every pause between tries at once, and forbids another try."""
        self._client = client
        self._attempts = attempts
        self._stop = stop

    def read(self, package: Package) -> Reading:
        """All versions of a package with their statuses, whatever these are.

        Nothing is filtered by the service: its pages are cut by version, and a filter by status
        would skip rows as statuses change. A package that isn't there has no versions.

        Raises:
            NotAsked: reading failed for good with anything but AccessDeniedException.
            Interrupted: the step was stopped between two pages.
        """
        versions: dict[str, State] = {}
        tokens: set[str] = set()
        barren = 0
        page: dict[str, Any] = {"maxResults": PAGE}
        while True:
            tried = self._try(
                self._client.list_package_versions,
                {**_coordinates(package), **page},
                is_whole=_is_listing,
                attempts=self._attempts,
            )
            if tried.failure is not None:
                if tried.failure.code == ACCESS_DENIED:
                    return DENIED
                if tried.resource in {"package", "package-version"}:
                    return {}
                raise _not_asked(package, tried.failure, tried.resource)
            answer = tried.answer or {}
            known = len(versions)
            for row in answer["versions"]:
                name = normal_version(package.format, row["version"])
                versions[name] = State(row["status"], _text(row.get("revision")))
            token = answer.get("nextToken")
            if not token:
                return versions
            barren = barren + 1 if len(versions) == known else 0
            if token in tokens or barren > MOST_BARREN:
                message = "the listing goes round in circles: its pages bring nothing new"
                raise _not_asked(package, Failure(Code.UNREPORTED, message), None)
            if self._stop.is_set():
                raise Interrupted("while the repository was being read")
            tokens.add(token)
            page = {"maxResults": PAGE, "nextToken": token}

    def change(self, batch: Batch, *, attempts: int, halted: Callable[[], bool]) -> Reply:
        """Send a batch, again where that is worth it. Never raises for what the service says."""
        request: dict[str, Any] = {**_coordinates(batch.package), "versions": list(batch.versions)}
        if batch.expected_status is not None:
            request["expectedStatus"] = batch.expected_status
        if batch.revisions is not None and batch.operation is not Operation.DELETE:
            # DeletePackageVersions takes no revisions (botocore's model).
            request["versionRevisions"] = dict(batch.revisions)
        match batch.operation:
            case Operation.UPDATE:
                call: Callable[..., Any] = self._client.update_package_versions_status
                request["targetStatus"] = batch.target.value
            case Operation.DISPOSE:
                call = self._client.dispose_package_versions
            case Operation.DELETE:
                call = self._client.delete_package_versions
        tried = self._try(
            call,
            request,
            is_whole=lambda answer: "successfulVersions" in answer or "failedVersions" in answer,
            attempts=attempts,
            halted=halted,
        )
        doubtful = tried.lost or tried.sends > 1
        if tried.answer is None:
            return Reply(error=tried.failure, doubtful=doubtful, sends=tried.sends)
        return Reply(
            successful={
                normal_version(batch.package.format, version): State(
                    str(entry.get("status")), _text(entry.get("revision"))
                )
                for version, entry in _entries(tried.answer.get("successfulVersions"))
            },
            failed={
                normal_version(batch.package.format, version): Failure(
                    _text(entry.get("errorCode")) or Code.UNREPORTED,
                    _clipped(_text(entry.get("errorMessage")) or "the service gave no message"),
                )
                for version, entry in _entries(tried.answer.get("failedVersions"))
            },
            doubtful=doubtful,
            sends=tried.sends,
        )

    def _try(
        self,
        call: Callable[..., Any],
        request: Mapping[str, Any],
        *,
        is_whole: Callable[[Mapping[str, Any]], bool],
        attempts: int,
        halted: Callable[[], bool] = lambda: False,
    ) -> _Tried:
        """Send a request until it is answered, refused for good, out of tries, or ``halted``.

        botocore reads a truncated JSON body of a 200 as ``{}`` without a word, so an answer that
        isn't whole counts as lost.
        """
        lost = False
        attempt = 0
        while True:
            attempt += 1
            resource = None
            status, asked = 0, None
            transient = True
            try:
                answer = call(**request)
            except ClientError as error:
                failure, status = _failure(error)
                resource = _text(error.response.get("resourceType"))
                transient = retries.is_transient(status, failure.code)
                asked = retries.retry_after(error.response, now=datetime.now(UTC))
                lost = lost or status >= 500  # noqa: PLR2004 - HTTP's server errors
            except Exception as error:  # noqa: BLE001 - see below
                # Anything else on the way to an answer is no answer: a network fault, or one of
                # the many exceptions that botocore's parser gives for a body it can't read.
                failure = Failure(Code.UNREPORTED, _clipped(f"{type(error).__name__}: {error}"))
                transient = not _is_final(error)
                lost = lost or (transient and not isinstance(error, UNSENT))
            else:
                if is_whole(answer):
                    return _Tried(answer=answer, sends=attempt, lost=lost)
                failure = Failure(Code.UNREPORTED, "the answer was cut short or is not JSON")
                lost = True
            pause = retries.pause(
                attempt,
                throttled=retries.is_throttling(status, failure.code),
                asked=asked,
                jitter=random.random(),  # noqa: S311 - it spreads retries, it guards nothing
            )
            if not transient or pause is None or attempt >= attempts:
                return _Tried(failure=failure, resource=resource, sends=attempt, lost=lost)
            if self._told_to_stop(pause, halted):
                text = f"the step was stopped before it was sent again, after {failure.message}"
                failure = Failure(Code.SKIPPED, text)
                return _Tried(failure=failure, resource=resource, sends=attempt, lost=lost)

    def _told_to_stop(self, seconds: float, halted: Callable[[], bool]) -> bool:
        """Wait; True as soon as the step is stopped, or soon after it is ``halted``."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if halted() or self._stop.wait(min(left, 0.1)):
                return True
        return halted() or self._stop.is_set()


def _coordinates(package: Package) -> dict[str, Any]:
    """The request members that say which package in which repository."""
    members = {
        "domain": package.domain,
        "domainOwner": package.domain_owner,
        "repository": package.repository,
        "format": package.format.value,
        "namespace": package.namespace,
        "package": package.name,
    }
    return {name: value for name, value in members.items() if value is not None}


def _failure(error: ClientError) -> tuple[Failure, int]:
    details = error.response.get("Error", {})
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    code = details.get("Code") or str(status)
    message = str(details.get("Message") or "the service gave no message")
    return Failure(str(code), _clipped(message)), status


def _clipped(message: str) -> str:
    """A message that is short enough to stand beside each of many versions."""
    return message if len(message) <= LONGEST_MESSAGE else message[:LONGEST_MESSAGE] + "…"


def _is_final(error: Exception) -> bool:
    """Whether another try would end the same way."""
    match error:
        case ParamValidationError() | NoCredentialsError():
            return True
        case SSLError():
            return "CERTIFICATE_VERIFY_FAILED" in str(error)
        case _:
            return False


# Signature Version 4, "Troubleshoot": what a service says of credentials that are none.
_BAD_CREDENTIALS = {
    *("UnrecognizedClient", "InvalidClientTokenId", "InvalidSignature", "SignatureDoesNotMatch"),
    *("ExpiredToken", "IncompleteSignature", "MissingAuthenticationToken"),
}


def _not_asked(package: Package, failure: Failure, resource: str | None) -> NotAsked:
    where = f"repository {package.repository} of domain {package.domain}"
    hint = ""
    if resource in {"domain", "repository"}:
        hint = (
            f"Look at `{resource}`, `aws-region` and `domain-owner`: without `domain-owner`, the "
            "domain is looked for in the account of the credentials."
        )
    elif failure.code.removesuffix("Exception") in _BAD_CREDENTIALS:
        hint = (
            "AWS does not accept these credentials: they are of another partition or environment, "
            "have expired, or were cut short on their way into the environment."
        )
    return NotAsked(where=where, code=failure.code, message=failure.message, hint=hint)


def _is_listing(answer: Mapping[str, Any]) -> bool:
    rows = answer.get("versions")
    return isinstance(rows, list) and all(
        isinstance(row, Mapping) and _text(row.get("version")) and _text(row.get("status"))
        for row in rows
    )


def _entries(member: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """The entries of a map of versions, whatever stands there in their place."""
    if not isinstance(member, Mapping):
        return []
    return [(version, entry) for version, entry in member.items() if isinstance(entry, Mapping)]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
