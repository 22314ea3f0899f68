"""The edge to CodeArtifact: the only module that knows boto3's client for it.

It reads what is there, sends one batch a call, and tries again what is worth it. It makes no
decision about versions: what it can't tell, it says.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, assert_never

from codeartifact_status.arns import domain_resource, package_resource, repository_resource
from codeartifact_status.errors import StepError
from codeartifact_status.formats.names import normal_name, normal_version
from codeartifact_status.model import (
    ACCESS_DENIED,
    Batch,
    Code,
    Denied,
    Failure,
    Operation,
    Package,
    Reading,
    Reply,
    Shelf,
    State,
    Status,
)
from codeartifact_status.planning.spellings import Spellings
from codeartifact_status.service.connection import Connection
from codeartifact_status.service.paging import PACKAGES, REPOSITORIES, VERSIONS, Listing, whole
from codeartifact_status.service.refusals import (
    NO_MESSAGE,
    clipped,
    failure_of,
    not_asked,
    refusal,
    unsigned,
)
from codeartifact_status.service.retries import Pace, Tries, Unanswered

if TYPE_CHECKING:
    import boto3
    from types_boto3_codeartifact.client import CodeArtifactClient


class CodeArtifact:
    """Read what is there, and send a batch. Safe to use from several threads."""

    def __init__(self, session: "boto3.Session", connection: Connection) -> None:
        """Make a client.

        Raises:
            BadSetting: a setting of the SDK makes no sense.
        """
        self._client: CodeArtifactClient = connection.client(session, "codeartifact")
        self._connection = connection
        self._pace = Pace()

    def read(self, package: Package, named: Sequence[str] = ()) -> Reading:
        """All versions of a package with their statuses, whatever these are.

        Nothing is filtered by the service: its pages are cut by version, and a filter by status
        would skip rows as statuses change. A package that isn't there has no versions.

        The User Guide says that such a listing holds all statuses; the model's text for
        DeletePackageVersions says that it leaves Archived ones out. So where a ``named`` version is
        missing, the Archived ones are asked for by themselves.

        Raises:
            NotAsked: reading failed for good with anything but AccessDeniedException.
            StepError: the credentials have ended, for one that knows of it.
            Interrupted: the step was stopped between two pages.
        """
        call = partial(self._client.list_package_versions, **_coordinates(package))

        def listed(call: Callable[..., Any]) -> dict[str, State]:
            return {
                normal_version(package.format, row["version"]): State(
                    row["status"], _text(row.get("revision"))
                )
                for row in self._rows(call, VERSIONS)
            }

        try:
            there = listed(call)
            spellings = Spellings(format=package.format, there=there)
            if all(spellings.of(version) for version in named):
                return there
            return {**there, **listed(partial(call, status=Status.ARCHIVED.value))}
        except Unanswered as end:
            failure, resource = failure_of(end), end.trouble.resource
            if failure.code == ACCESS_DENIED:
                return Denied(failure.message)
            if resource in {"package", "package-version"}:
                return {}
            raise not_asked(_where(package), failure, self._connection, resource=resource) from None

    def repositories(self, *, domain: str, owner: str | None) -> tuple[str, ...]:
        """The repositories of a domain.

        Raises:
            NotAsked: they could not be listed.
            NotPermitted: that was denied.
            Interrupted: the step was stopped between two pages.
        """
        call = partial(
            self._client.list_repositories_in_domain, **_given(domain=domain, domainOwner=owner)
        )
        try:
            return tuple(dict.fromkeys(row["name"] for row in self._rows(call, REPOSITORIES)))
        except Unanswered as end:
            resource = domain_resource(domain)
            raise self._refusal(
                end, f"domain {domain}", "ListRepositoriesInDomain", resource
            ) from None

    def packages(self, shelf: Shelf) -> tuple[Package, ...]:
        """The packages of a shelf, which its repository holds itself, in no order.

        Raises:
            NotAsked: they could not be listed.
            NotPermitted: that was denied.
            Interrupted: the step was stopped between two pages.
        """
        place = {"domain": shelf.domain, "repository": shelf.repository}
        call = partial(
            self._client.list_packages,
            **_given(
                **place,
                domainOwner=shelf.domain_owner,
                format=shelf.format.value,
                namespace=shelf.namespace or None,
                packagePrefix=shelf.name or None,
            ),
        )
        try:
            found = [
                Package(
                    **place,
                    domain_owner=shelf.domain_owner,
                    format=shelf.format,
                    namespace=_text(row.get("namespace")),
                    name=normal_name(shelf.format, row["package"]),
                )
                for row in self._rows(call, PACKAGES)
                if row["format"] == shelf.format
            ]
        except Unanswered as end:
            resource = repository_resource(**place)
            raise self._refusal(end, _where(shelf), "ListPackages", resource) from None
        return tuple(dict.fromkeys(found))

    def published(self, package: Package, version: str) -> datetime | None:
        """When a version was published; None where the service doesn't say, or has it no more.

        Raises:
            NotAsked: it could not be read.
            NotPermitted: that was denied.
        """
        call = partial(
            self._client.describe_package_version,
            packageVersion=version,
            **_coordinates(package),
        )
        try:
            answer = self._tries().answer(whole(call, _is_description))
        except Unanswered as end:
            if end.trouble.resource in {"package", "package-version"}:
                return None
            resource = package_resource(package)
            raise self._refusal(end, _where(package), "DescribePackageVersion", resource) from None
        time = answer["packageVersion"].get("publishedTime")
        return time if isinstance(time, datetime) else None

    def _refusal(self, end: Unanswered, where: str, operation: str, resource: str) -> StepError:
        return refusal(end, self._connection, where=where, operation=operation, resource=resource)

    def _tries(self) -> Tries:
        connection = self._connection
        return Tries(attempts=connection.attempts, stop=connection.stop, pace=self._pace)

    def _rows(self, call: Callable[..., Any], listing: Listing) -> Iterator[Mapping[str, Any]]:
        return listing.rows(call, tries=self._tries, stop=self._connection.stop)

    def change(self, batch: Batch, *, attempts: int, halted: Callable[[], bool]) -> Reply:
        """Send a batch, again where that is worth it. Never raises for what the service says."""
        tries = replace(self._tries(), attempts=attempts, halted=halted)
        try:
            answer = tries.answer(whole(self._call(batch), _is_result))
        except Unanswered as end:
            return Reply(error=failure_of(end), doubt=tries.doubt, sends=tries.sends)
        except StepError as error:
            return Reply(error=unsigned(error), doubt=tries.doubt, sends=tries.sends)
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
                    clipped(_text(entry.get("errorMessage")) or NO_MESSAGE),
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


def _coordinates(package: Package) -> dict[str, Any]:
    """The request members that say which package in which repository."""
    return _given(
        domain=package.domain,
        domainOwner=package.domain_owner,
        repository=package.repository,
        format=package.format.value,
        namespace=package.namespace,
        package=package.name,
    )


def _given(**members: Any) -> dict[str, Any]:
    """The members of a request that have a value."""
    return {name: value for name, value in members.items() if value is not None}


def _where(place: Package | Shelf) -> str:
    return f"repository {place.repository} of domain {place.domain}"


def _is_description(answer: Mapping[str, Any]) -> bool:
    return isinstance(answer.get("packageVersion"), Mapping)


def _is_result(answer: Mapping[str, Any]) -> bool:
    return "successfulVersions" in answer or "failedVersions" in answer


def _entries(member: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """The entries of a map of versions, whatever stands there in their place."""
    if not isinstance(member, Mapping):
        return []
    return [(version, entry) for version, entry in member.items() if isinstance(entry, Mapping)]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
