"""The edge to CodeArtifact: the only module that knows boto3's client for it.

It reads what is there, sends one batch a call, and tries again what is worth it. It makes no
decision about versions: what it can't tell, it says.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, assert_never

from codeartifact_status.errors import Interrupted, NotAsked, StepError
from codeartifact_status.formats.names import normal_version
from codeartifact_status.model import (
    ACCESS_DENIED,
    EXPIRED,
    Batch,
    Code,
    Denied,
    Failure,
    Operation,
    Package,
    Reading,
    Reply,
    State,
)
from codeartifact_status.remedies.asking import ASKING, NOT_THERE
from codeartifact_status.remedies.cause import cause_of
from codeartifact_status.service.connection import Connection
from codeartifact_status.service.endpoints import reach_of
from codeartifact_status.service.retries import Pace, Tries, Unanswered, Unreadable

if TYPE_CHECKING:
    import boto3
    from types_boto3_codeartifact.client import CodeArtifactClient

PAGE = 1000
"""Versions a page: the most that ListPackageVersions takes (botocore's model)."""

MOST_BARREN = 10
"""Pages on end without a new version; AWS APIs may give empty pages with a token that leads on."""

LONGEST_MESSAGE = 1000
"""Characters of a message that are kept."""

NO_MESSAGE = "the service gave no message"

_CONTENT = re.compile(r"[\w.+-]+/[\w.+-]+")
"""A media type, without what may follow it (RFC 9110, 8.3.1)."""


class CodeArtifact:
    """Two things: read a package's versions, and send a batch. Safe to use from several threads."""

    def __init__(self, session: "boto3.Session", connection: Connection) -> None:
        """Make a client.

        Raises:
            BadSetting: a setting of the SDK makes no sense.
        """
        self._client: CodeArtifactClient = connection.client(session, "codeartifact")
        self._connection = connection
        self._pace = Pace()

    def read(self, package: Package) -> Reading:
        """All versions of a package with their statuses, whatever these are.

        Nothing is filtered by the service: its pages are cut by version, and a filter by status
        would skip rows as statuses change. A package that isn't there has no versions.

        Raises:
            NotAsked: reading failed for good with anything but AccessDeniedException.
            StepError: the credentials have ended, for one that knows of it.
            Interrupted: the step was stopped between two pages.
        """
        versions: dict[str, State] = {}
        tokens: set[str] = set()
        barren = 0
        call = partial(self._client.list_package_versions, maxResults=PAGE, **_coordinates(package))
        page: dict[str, Any] = {}
        while True:
            tries = Tries(
                attempts=self._connection.attempts, stop=self._connection.stop, pace=self._pace
            )
            try:
                answer = tries.answer(_whole(partial(call, **page), _is_listing))
            except Unanswered as end:
                failure, resource = _failure(end), end.trouble.resource
                if failure.code == ACCESS_DENIED:
                    return Denied(failure.message)
                if resource in {"package", "package-version"}:
                    return {}
                raise _not_asked(package, failure, self._connection, resource=resource) from None
            known = len(versions)
            for row in answer["versions"]:
                name = normal_version(package.format, row["version"])
                versions[name] = State(row["status"], _text(row.get("revision")))
            token = answer.get("nextToken")
            if not token:
                return versions
            barren = barren + 1 if len(versions) == known else 0
            if token in tokens or barren > MOST_BARREN:
                message = "the listing never ends: its pages repeat"
                failure = Failure(Code.UNREPORTED, message)
                raise _not_asked(package, failure, self._connection)
            if self._connection.stop.is_set():
                raise Interrupted("while the repository was being read")
            tokens.add(token)
            page = {"nextToken": token}

    def change(self, batch: Batch, *, attempts: int, halted: Callable[[], bool]) -> Reply:
        """Send a batch, again where that is worth it. Never raises for what the service says."""
        tries = Tries(attempts=attempts, stop=self._connection.stop, halted=halted, pace=self._pace)
        try:
            answer = tries.answer(_whole(self._call(batch), _is_result))
        except Unanswered as end:
            return Reply(error=_failure(end), doubt=tries.doubt, sends=tries.sends)
        except StepError as error:
            return Reply(error=_unsigned(error), doubt=tries.doubt, sends=tries.sends)
        return Reply(
            successful={
                normal_version(batch.package.format, version): State(
                    str(entry.get("status")), _text(entry.get("revision"))
                )
                for version, entry in _entries(answer.get("successfulVersions"))
            },
            failed={
                normal_version(batch.package.format, version): Failure(
                    _text(entry.get("errorCode")) or Code.UNREPORTED,
                    _clipped(_text(entry.get("errorMessage")) or NO_MESSAGE),
                )
                for version, entry in _entries(answer.get("failedVersions"))
            },
            doubt=tries.doubt,
            sends=tries.sends,
        )

    def _call(self, batch: Batch) -> Callable[[], Any]:
        """The call of the client that sends a batch."""
        request: dict[str, Any] = {**_coordinates(batch.package), "versions": list(batch.versions)}
        if batch.expected_status is not None:
            request["expectedStatus"] = batch.expected_status
        if batch.revisions is not None and batch.operation is not Operation.DELETE:
            # DeletePackageVersions takes no revisions (botocore's model).
            request["versionRevisions"] = dict(batch.revisions)
        match batch.operation:
            case Operation.UPDATE:
                request["targetStatus"] = batch.target.value
                return partial(self._client.update_package_versions_status, **request)
            case Operation.DISPOSE:
                return partial(self._client.dispose_package_versions, **request)
            case Operation.DELETE:
                return partial(self._client.delete_package_versions, **request)
            case unknown:
                assert_never(unknown)


def _whole(
    call: Callable[[], Mapping[str, Any]], is_whole: Callable[[Mapping[str, Any]], bool]
) -> Callable[[], Mapping[str, Any]]:
    """A call that gives whole answers only: botocore reads a truncated JSON body of a 200 as {}."""

    def send() -> Mapping[str, Any]:
        answer = call()
        if not is_whole(answer):
            headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
            found = _CONTENT.match(str(headers.get("content-type", "application/json")))
            if found and "json" not in found[0]:
                # Such as the page of a proxy, which botocore reads as {}.
                raise Unreadable(f"the answer is {found[0]}, not JSON")
            raise Unreadable("the answer was cut short or is not JSON")
        return answer

    return send


def _failure(end: Unanswered) -> Failure:
    """Why a call got no answer, short enough to stand beside each of many versions."""
    failure = end.trouble.failure
    message = _clipped(failure.message or NO_MESSAGE)
    if end.stopped:
        text = f"the step was stopped before it was sent again, after {message}"
        return Failure(Code.SKIPPED, text)
    return Failure(failure.code, message)


def _unsigned(error: StepError) -> Failure:
    """Why a call was never made, or made in vain: its credentials have ended, or the step has."""
    if isinstance(error, Interrupted):
        return Failure(Code.SKIPPED, "the step was stopped before it was sent")
    return Failure(EXPIRED, _clipped(str(error)))


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


def _clipped(message: str) -> str:
    """A message that is short enough to stand beside each of many versions."""
    return message if len(message) <= LONGEST_MESSAGE else message[:LONGEST_MESSAGE] + "…"


def _not_asked(
    package: Package, failure: Failure, connection: Connection, *, resource: str | None = None
) -> NotAsked:
    where = f"repository {package.repository} of domain {package.domain}"
    # What got no answer has no code of the service.
    is_answer = failure.code != Code.UNREPORTED
    reason = f"{failure.code}: {failure.message}" if is_answer else failure.message
    is_missing = resource in {"domain", "repository"}
    cause = NOT_THERE if is_missing else cause_of(ASKING, reason)
    if cause is None:
        return NotAsked(where=where, reason=reason)
    reach = reach_of("CodeArtifact", connection, message=reason)
    return NotAsked(where=where, reason=reason, remedy=partial(cause.advice, reach))


def _is_listing(answer: Mapping[str, Any]) -> bool:
    rows = answer.get("versions")
    return isinstance(rows, list) and all(
        isinstance(row, Mapping) and _text(row.get("version")) and _text(row.get("status"))
        for row in rows
    )


def _is_result(answer: Mapping[str, Any]) -> bool:
    return "successfulVersions" in answer or "failedVersions" in answer


def _entries(member: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """The entries of a map of versions, whatever stands there in their place."""
    if not isinstance(member, Mapping):
        return []
    return [(version, entry) for version, entry in member.items() if isinstance(entry, Mapping)]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
