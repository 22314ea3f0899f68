"""CodeArtifact's package versions: what is held, and what each call does to it.

State and rules only. Nothing here knows HTTP, botocore, users or policies: a `Store` is a plain
object that a test can drive directly, and `server` drives it for clients. Answers are dictionaries
in the API's own JSON shape; a request that is refused as a whole raises `ServiceError`; a version
that is refused is data, an entry of `failedVersions`.

Sources, by short name: UG is the CodeArtifact User Guide (page in brackets), model is the service
model that botocore ships. Where both are silent, a field of `Switches` says what was chosen and
what else the service might do.
"""

# Parameters carry the API's names, of which one is `format`; operations have as many as they have.
# ruff: noqa: A002, PLR0913

import base64
import binascii
import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from .names import (
    NAMESPACE_FOREIGN,
    NAMESPACE_REQUIRED,
    Format,
    derived_revision,
    normalize_name,
    normalize_namespace,
    normalize_version,
)

Json: TypeAlias = dict[str, Any]
PackageKey: TypeAlias = tuple[str, str | None, str]
Coordinates: TypeAlias = tuple[str, str, str, str | None, str, str]

DEFAULT_ACCOUNT = "111122223333"
DEFAULT_REGION = "eu-west-1"

#: Versions in one call, at most (model, PackageVersionList).
MAX_VERSIONS = 100
#: Page size without `max-results`, and the largest one (UG list-packages-versions).
DEFAULT_PAGE = 50
MAX_PAGE = 1000

#: 2024-01-01T00:00:00Z: versions put without a time are published one second apart from here on.
FIRST_PUBLISHED = 1704067200.0


class Status(StrEnum):
    """PackageVersionStatus (model)."""

    PUBLISHED = "Published"
    UNFINISHED = "Unfinished"
    UNLISTED = "Unlisted"
    ARCHIVED = "Archived"
    DISPOSED = "Disposed"
    DELETED = "Deleted"


#: What UpdatePackageVersionsStatus may aim at (UG update-package-version-status).
UPDATE_TARGETS = frozenset({Status.PUBLISHED, Status.UNLISTED, Status.ARCHIVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """What AWS does not document or may change. The defaults are what is documented or likely.

    In a seed and on the command line the names have hyphens: `partial-success`.
    """

    partial_success: bool = False
    """Versions that pass are changed though others fail; "in the future, some versions might
    succeed while other versions fail" (UG update-package-version-status)."""
    same_status: Literal["success", "NOT_ALLOWED"] = "success"
    """A version that has the target status already."""
    upstream_only: Literal["NOT_FOUND", "404"] = "NOT_FOUND"
    """A version that only an upstream repository holds: its own failure, or the whole call's."""
    absent_version: Literal["NOT_FOUND", "404"] = "NOT_FOUND"
    """A version that is nowhere, of a package that is there."""
    illegal_target: Literal["400", "NOT_ALLOWED"] = "400"
    """`targetStatus` of Unfinished, Disposed or Deleted."""
    unfinished_to_hidden: Literal["success", "NOT_ALLOWED"] = "success"
    """Unfinished → Unlisted or Archived. Unfinished → Published is documented."""
    first_mismatch: Literal["revision", "status"] = "revision"
    """Which is reported when neither the revision nor the status is as expected."""
    partial_revisions: Literal["400", "accepted"] = "400"
    """`versionRevisions` whose keys are not exactly `versions`."""
    foreign_namespace: Literal["400", "404"] = "400"
    """A namespace on a format that has none."""
    nuget_keys: Literal["normalized", "as-sent"] = "normalized"
    """How an answer names a NuGet version that was sent in another spelling."""
    unfiltered_list: Literal["all", "without-archived"] = "all"
    """What ListPackageVersions returns with no status given. The model's text for
    DeletePackageVersions still says that Archived is left out; the newer UG says all statuses."""
    emptied_package: Literal["absent", "kept"] = "absent"
    """A package whose last version was deleted: 404, or there with no versions."""


class ServiceError(Exception):
    """A request refused as a whole.

    `code` is the exception's name in the model, `extra` its other members (`reason`,
    `resourceType`, `retryAfterSeconds`, …).
    """

    def __init__(
        self, code: str, http_status: int, message: str, extra: Mapping[str, Any] | None = None
    ) -> None:
        """Keep what an answer needs."""
        super().__init__(message)
        self.code = code
        self.http_status = http_status
        self.message = message
        self.extra: Json = dict(extra or {})


def invalid(message: str, reason: str = "FIELD_VALIDATION_FAILED") -> ServiceError:
    """400, with a reason out of the model's ValidationExceptionReason."""
    return ServiceError("ValidationException", 400, message, {"reason": reason})


def _absent(message: str, resource_type: str, resource_id: str) -> ServiceError:
    extra = {"resourceType": resource_type, "resourceId": resource_id}
    return ServiceError("ResourceNotFoundException", 404, message, extra)


def _conflict(message: str, resource_id: str) -> ServiceError:
    extra = {"resourceType": "package-version", "resourceId": resource_id}
    return ServiceError("ConflictException", 409, message, extra)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file of a generic package version."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One package version as one repository holds it."""

    status: Status
    revision: str
    published: float
    """Seconds since 1970."""
    display_name: str
    origin: Json
    assets: Mapping[str, Asset] = field(default_factory=dict)

    def success(self) -> Json:
        """Give the SuccessfulPackageVersionInfo."""
        return {"revision": self.revision, "status": str(self.status)}


@dataclass(slots=True)
class Repository:
    """One repository: its upstreams in search order, and the packages it holds itself."""

    upstreams: list[str] = field(default_factory=list)
    packages: dict[PackageKey, dict[str, Held]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Package:
    """A request's package, found."""

    owner: str
    domain: str
    repository: str
    key: PackageKey
    versions: dict[str, Held]


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A PackageVersionError."""

    code: str
    message: str

    def json(self) -> Json:
        return {"errorCode": self.code, "errorMessage": self.message}


class Store:
    """Every domain, with the calls that read and change them. One lock: each call is atomic."""

    def __init__(
        self,
        *,
        account: str = DEFAULT_ACCOUNT,
        region: str = DEFAULT_REGION,
        switches: Switches | None = None,
    ) -> None:
        """Start empty. `account` owns the domains for which no owner is given."""
        self.account = account
        self.region = region
        self.switches = switches or Switches()
        self.events: list[Json] = []
        """What EventBridge would have been sent as `detail`, oldest first
        (UG service-event-format-example)."""
        self._lock = threading.RLock()
        self._domains: dict[tuple[str, str], dict[str, Repository]] = {}
        self._puts = 0

    # What is there, set and seen from outside the API

    def add_repository(
        self,
        *,
        domain: str,
        repository: str,
        upstreams: Sequence[str] = (),
        domain_owner: str | None = None,
    ) -> None:
        """Create a repository and its domain where missing, and set its upstreams."""
        with self._lock:
            repositories = self._domains.setdefault((domain_owner or self.account, domain), {})
            repositories.setdefault(repository, Repository()).upstreams[:] = upstreams

    def put(
        self,
        *,
        domain: str,
        repository: str,
        format: str,
        package: str,
        version: str,
        namespace: str | None = None,
        status: str = "Published",
        revision: str | None = None,
        published: float | None = None,
        origin: Json | None = None,
        domain_owner: str | None = None,
    ) -> None:
        """Place a version, as if published; what is missing above it is created.

        `published` is in seconds since 1970, by default one second after the last put. `origin` is
        the API's PackageVersionOrigin, by default published straight into this repository.
        Raises ValueError for what the service could not hold.
        """
        kind = Format(format)
        if Status(status) is Status.DELETED:
            raise ValueError("no version is ever held as Deleted")
        if (kind in NAMESPACE_REQUIRED) is not bool(namespace) and kind is not Format.NPM:
            need = "needs a namespace" if kind in NAMESPACE_REQUIRED else "has no namespace"
            raise ValueError(f"a {kind} package {need}: {package}")
        if namespace and namespace.startswith("@"):
            raise ValueError(f"an npm namespace is written without @: {namespace}")
        key = (str(kind), normalize_namespace(kind, namespace), normalize_name(kind, package))
        version = normalize_version(kind, version)
        with self._lock:
            self._puts += 1
            repositories = self._domains.setdefault((domain_owner or self.account, domain), {})
            held = repositories.setdefault(repository, Repository()).packages.setdefault(key, {})
            held[version] = Held(
                status=Status(status),
                revision=revision or derived_revision(*key, version),
                published=FIRST_PUBLISHED + self._puts if published is None else published,
                display_name=package,
                origin=origin or _internal_origin(repository),
            )

    def set_status(
        self,
        *,
        domain: str,
        repository: str,
        format: str,
        package: str,
        version: str,
        status: str,
        namespace: str | None = None,
        revision: str | None = None,
        domain_owner: str | None = None,
    ) -> None:
        """Change a version behind the client's back, by no rule at all; `Deleted` removes it.

        Raises KeyError if it is not there.
        """
        with self._lock:
            repositories = self._domains[domain_owner or self.account, domain]
            key = (format, normalize_namespace(format, namespace), normalize_name(format, package))
            held = repositories[repository].packages[key]
            version = normalize_version(format, version)
            if status == Status.DELETED:
                del held[version]
                return
            old = held[version]
            held[version] = replace(old, status=Status(status), revision=revision or old.revision)

    def snapshot(self) -> dict[Coordinates, tuple[str, str]]:
        """Give every version's status and revision, to compare before with after.

        Keys are (domain, repository, format, namespace or None, package, version); a domain of
        another account is written `account/domain`.
        """
        with self._lock:
            return {
                (
                    domain if owner == self.account else f"{owner}/{domain}",
                    repository,
                    *key,
                    version,
                ): (str(held.status), held.revision)
                for (owner, domain), repositories in self._domains.items()
                for repository, contents in repositories.items()
                for key, versions in contents.packages.items()
                for version, held in versions.items()
            }

    # The API

    def list_package_versions(
        self,
        *,
        domain: str,
        repository: str,
        format: str,
        package: str,
        namespace: str | None = None,
        domain_owner: str | None = None,
        status: str | None = None,
        sort_by: str | None = None,
        max_results: int | None = None,
        next_token: str | None = None,
        origin_type: str | None = None,
    ) -> Json:
        """One page of ListPackageVersions.

        Without `sort_by` the service promises no order; here it is by the text of the version,
        descending, which is no release order (0.9.0 comes before 0.10.0), so that a client that
        relies on one is found out.
        """
        size = DEFAULT_PAGE if max_results is None else max_results
        if not 1 <= size <= MAX_PAGE:
            raise invalid(f"maxResults must be between 1 and {MAX_PAGE}, not {size}")
        with self._lock:
            found = self._package(domain_owner, domain, repository, format, namespace, package)
            by_time = sort_by is not None
            rows = sorted(
                found.versions.items(),
                key=lambda row: (row[1].published if by_time else 0.0, row[0]),
                reverse=True,
            )
            newest = max(rows, key=lambda row: (row[1].published, row[0]), default=None)
            if next_token is not None:
                mark = _read_token(next_token, by_time=by_time)
                rows = [
                    row for row in rows if (row[1].published if by_time else 0.0, row[0]) < mark
                ]
            rows = [row for row in rows if self._is_listed(row[1], status, origin_type)]
            page = rows[:size]
            answer: Json = {
                "format": found.key[0],
                "package": found.key[2],
                "versions": [
                    {"version": version, **held.success(), "origin": held.origin}
                    for version, held in page
                ],
            }
            if found.key[1]:
                answer["namespace"] = found.key[1]
            if newest:
                answer["defaultDisplayVersion"] = newest[0]
            if len(rows) > size:
                version, held = page[-1]
                answer["nextToken"] = _token(version, held.published if by_time else None)
            return answer

    def _is_listed(self, held: Held, status: str | None, origin_type: str | None) -> bool:
        if origin_type is not None and held.origin.get("originType") != origin_type:
            return False
        if status is not None:
            return held.status == status
        return not (
            self.switches.unfiltered_list == "without-archived" and held.status is Status.ARCHIVED
        )

    def describe_package_version(
        self,
        *,
        domain: str,
        repository: str,
        format: str,
        package: str,
        package_version: str,
        namespace: str | None = None,
        domain_owner: str | None = None,
    ) -> Json:
        """DescribePackageVersion. Upstreams do not count (UG upstream-repo-api-behavior)."""
        with self._lock:
            found = self._package(domain_owner, domain, repository, format, namespace, package)
            version = normalize_version(format, package_version)
            held = found.versions.get(version)
            if held is None:
                raise self._version_absent(found, version)
            description: Json = {
                "format": format,
                "packageName": found.key[2],
                "displayName": held.display_name,
                "version": version,
                "publishedTime": held.published,
                "licenses": [],
                "revision": held.revision,
                "status": str(held.status),
                "origin": held.origin,
            }
            if found.key[1]:
                description["namespace"] = found.key[1]
            return {"packageVersion": description}

    def update_package_versions_status(
        self,
        *,
        domain: str,
        repository: str,
        format: str,
        package: str,
        versions: Sequence[str],
        target_status: str,
        namespace: str | None = None,
        domain_owner: str | None = None,
        version_revisions: Mapping[str, str] | None = None,
        expected_status: str | None = None,
    ) -> Json:
        """UpdatePackageVersionsStatus: all or none (UG update-package-version-status)."""
        target = _status(target_status, "targetStatus")
        if target not in UPDATE_TARGETS and self.switches.illegal_target == "400":
            raise invalid(
                f"targetStatus {target} is not permitted: "
                "a status can be set to Published, Unlisted or Archived"
            )
        return self._change(
            target=target,
            place=(domain_owner, domain, repository, format, namespace, package),
            versions=versions,
            revisions=version_revisions,
            expected_status=expected_status,
            legal=lambda held: self._may_update(held.status, target),
        )

    def _may_update(self, current: Status, target: Status) -> bool:
        if target not in UPDATE_TARGETS or current is Status.DISPOSED:
            return False
        if current is Status.UNFINISHED and target is not Status.PUBLISHED:
            return self.switches.unfinished_to_hidden == "success"
        return True

    def dispose_package_versions(
        self,
        *,
        domain: str,
        repository: str,
        format: str,
        package: str,
        versions: Sequence[str],
        namespace: str | None = None,
        domain_owner: str | None = None,
        version_revisions: Mapping[str, str] | None = None,
        expected_status: str | None = None,
    ) -> Json:
        """DisposePackageVersions: as an update, from any status, and never back."""
        return self._change(
            target=Status.DISPOSED,
            place=(domain_owner, domain, repository, format, namespace, package),
            versions=versions,
            revisions=version_revisions,
            expected_status=expected_status,
            legal=lambda _held: True,
        )

    def delete_package_versions(
        self,
        *,
        domain: str,
        repository: str,
        format: str,
        package: str,
        versions: Sequence[str],
        namespace: str | None = None,
        domain_owner: str | None = None,
        expected_status: str | None = None,
    ) -> Json:
        """DeletePackageVersions: from any status; afterwards the version can be published anew."""
        return self._change(
            target=Status.DELETED,
            place=(domain_owner, domain, repository, format, namespace, package),
            versions=versions,
            revisions=None,
            expected_status=expected_status,
            legal=lambda _held: True,
        )

    def copy_package_versions(
        self,
        *,
        domain: str,
        source_repository: str,
        destination_repository: str,
        format: str,
        package: str,
        namespace: str | None = None,
        domain_owner: str | None = None,
        versions: Sequence[str] | None = None,
        version_revisions: Mapping[str, str] | None = None,
        allow_overwrite: bool | None = None,
        include_from_upstream: bool | None = None,
    ) -> Json:
        """CopyPackageVersions: all or none; what is identical at the destination goes unmentioned.

        UG copy-package. A copy keeps revision and status. Unfinished and Disposed versions are
        NOT_ALLOWED: their assets are not there to copy (undocumented).
        """
        if versions and version_revisions:
            raise invalid("versions and versionRevisions cannot both be specified")
        wanted = _distinct(versions or list(version_revisions or {}))
        with self._lock:
            owner = domain_owner or self.account
            key = self._key(format, namespace, package)
            packages = self._repository(owner, domain, destination_repository).packages
            searched = [self._repository(owner, domain, source_repository)]
            # Generic packages are never taken from upstreams (UG using-generic).
            if include_from_upstream and format != Format.GENERIC:
                searched += self._upstreams(owner, domain, source_repository)
            if not any(key in repository.packages for repository in searched):
                raise self._package_absent(source_repository, key)
            sources = [repository.packages.get(key, {}) for repository in searched]
            destination = packages.get(key, {})
            copies: dict[str, Held] = {}
            refusals: dict[str, _Refusal] = {}
            for version in wanted:
                held = next((source[version] for source in sources if version in source), None)
                pin = (version_revisions or {}).get(version)
                match _judge_copy(
                    version, held, destination.get(version), pin, overwrite=bool(allow_overwrite)
                ):
                    case _Refusal() as refusal:
                        refusals[version] = refusal
                    case Held() as copy:
                        copies[version] = copy
            if refusals and not self.switches.partial_success:
                texts = {version: f"Version {version} was skipped" for version in copies}
                refusals |= {version: _Refusal("SKIPPED", text) for version, text in texts.items()}
                copies = {}
            target = _Package(owner, domain, destination_repository, key, destination)
            for version, held in copies.items():
                self._tell(target, version, held, _created_or_updated(destination.get(version)))
                destination[version] = held
            if copies:
                packages[key] = destination
            return _result({v: held.success() for v, held in copies.items()}, refusals)

    def publish_package_version(
        self,
        *,
        domain: str,
        repository: str,
        format: str,
        package: str,
        package_version: str,
        asset_content: bytes,
        asset_name: str,
        asset_sha256: str,
        namespace: str | None = None,
        domain_owner: str | None = None,
        unfinished: bool | None = None,
    ) -> Json:
        """PublishPackageVersion: adds one asset to a new or Unfinished generic version (model)."""
        if format != Format.GENERIC:
            raise invalid("Only generic packages can be published using this API")
        digest = hashlib.sha256(asset_content).hexdigest()
        if asset_sha256 != digest:
            raise invalid(f"assetSHA256 {asset_sha256} is not the asset's, {digest}")
        with self._lock:
            owner = domain_owner or self.account
            contents = self._repository(owner, domain, repository)
            key = self._key(format, namespace, package)
            versions = contents.packages.get(key, {})
            old = versions.get(package_version)
            if old and old.status is not Status.UNFINISHED:
                raise _conflict(
                    f"version {package_version} is {old.status}: assets cannot be added to it",
                    package_version,
                )
            asset = Asset(size=len(asset_content), sha256=digest)
            assets = dict(old.assets) if old else {}
            if assets.get(asset_name, asset) != asset:
                raise _conflict(f"asset {asset_name} exists with other content", package_version)
            assets[asset_name] = asset
            listing = json.dumps({name: item.sha256 for name, item in sorted(assets.items())})
            self._puts += 1
            held = Held(
                status=Status.UNFINISHED if unfinished else Status.PUBLISHED,
                revision=derived_revision(*key, package_version + listing),
                published=FIRST_PUBLISHED + self._puts,
                display_name=package,
                origin=_internal_origin(repository),
                assets=assets,
            )
            contents.packages[key] = {**versions, package_version: held}
            found = _Package(owner, domain, repository, key, contents.packages[key])
            self._tell(found, package_version, held, _created_or_updated(old), added=1)
            return {
                "format": format,
                "namespace": key[1],
                "package": key[2],
                "version": package_version,
                "versionRevision": held.revision,
                "status": str(held.status),
                "asset": {"name": asset_name, "size": asset.size, "hashes": {"SHA-256": digest}},
            }

    # The rule that update, dispose and delete share

    def _change(
        self,
        *,
        target: Status,
        place: tuple[str | None, str, str, str, str | None, str],
        versions: Sequence[str],
        revisions: Mapping[str, str] | None,
        expected_status: str | None,
        legal: Callable[[Held], bool],
    ) -> Json:
        """Judge every version, then change all of them or none.

        Every version is judged, and only those that would have passed come back SKIPPED: in the
        guide's sample two mismatched versions are both MISMATCHED_STATUS (UG
        update-package-version-status).
        """
        expected = None if expected_status is None else _status(expected_status, "expectedStatus")
        kind = place[3]
        names = _names(kind, _distinct(versions))
        pins = {normalize_version(kind, v): r for v, r in (revisions or {}).items()}
        if revisions and pins.keys() != names.keys() and self.switches.partial_revisions == "400":
            raise invalid("the versions in versionRevisions must be the same as in versions")
        with self._lock:
            found = self._package(*place)
            passed: dict[str, Held] = {}
            refusals: dict[str, _Refusal] = {}
            for version in names:
                held = found.versions.get(version)
                if held is None:
                    refusals[version] = self._missing(found, version)
                    continue
                refusal = self._judge(held, pins.get(version), expected)
                if refusal is None and not self._may_move(held, target, legal):
                    text = f"version {version} is {held.status} and cannot be set to {target}"
                    refusal = _Refusal("NOT_ALLOWED", text)
                if refusal is None:
                    passed[version] = held
                else:
                    refusals[version] = refusal
            if refusals and not self.switches.partial_success:
                for version in passed:
                    refusals[version] = _Refusal("SKIPPED", f"version {version} is skipped")
                passed = {}
            done = {version: self._set(found, version, target) for version in passed}
        if self.switches.nuget_keys == "as-sent":
            done = {sent: done[v] for v in done for sent in names[v]}
            refusals = {sent: refusals[v] for v in refusals for sent in names[v]}
        return _result(done, refusals)

    def _judge(self, held: Held, pin: str | None, expected: Status | None) -> _Refusal | None:
        """Compare a version with what the caller expects of it."""
        checks: list[_Refusal] = []
        if pin is not None and pin != held.revision:
            checks.append(_mismatched_revision(held.revision, pin))
        if expected is not None and expected is not held.status:
            text = f"current status: {held.status}, expected status: {expected}"
            checks.append(_Refusal("MISMATCHED_STATUS", text))
        if not checks:
            return None
        return checks[0 if self.switches.first_mismatch == "revision" else -1]

    def _may_move(self, held: Held, target: Status, legal: Callable[[Held], bool]) -> bool:
        if held.status is target:
            return self.switches.same_status == "success"
        return legal(held)

    def _set(self, found: _Package, version: str, target: Status) -> Json:
        """Give a version its new status; its revision stays (UG, from the samples)."""
        old = found.versions[version]
        new = replace(old, status=target, assets={} if target is Status.DISPOSED else old.assets)
        if target is Status.DELETED:
            del found.versions[version]
            if not found.versions and self.switches.emptied_package == "absent":
                del self._domains[found.owner, found.domain][found.repository].packages[found.key]
            self._tell(found, version, old, "Deleted")
        else:
            found.versions[version] = new
            if old.status is not target:
                self._tell(found, version, new, "Updated", status_changed=True)
        return new.success()

    def _missing(self, found: _Package, version: str) -> _Refusal:
        upstream = any(
            version in contents.packages.get(found.key, {})
            for contents in self._upstreams(found.owner, found.domain, found.repository)
        )
        choice = self.switches.upstream_only if upstream else self.switches.absent_version
        if choice == "404":
            raise self._version_absent(found, version)
        return _Refusal("NOT_FOUND", f"Could not find version {version}")

    # Finding things

    def _repository(self, owner: str, domain: str, repository: str) -> Repository:
        repositories = self._domains.get((owner, domain))
        if repositories is None:
            raise _absent(
                f"The domain '{domain}' of account '{owner}' does not exist.", "domain", domain
            )
        if repository not in repositories:
            raise _absent(
                f"The repository '{repository}' does not exist in domain '{domain}'.",
                "repository",
                repository,
            )
        return repositories[repository]

    def _upstreams(self, owner: str, domain: str, repository: str) -> Iterator[Repository]:
        """Walk the upstreams, nearest first, each once (UG repo-upstream-search-order)."""
        repositories = self._domains[owner, domain]
        seen, ahead = {repository}, list(repositories[repository].upstreams)
        while ahead:
            name = ahead.pop(0)
            if name in seen or name not in repositories:
                continue
            seen.add(name)
            yield repositories[name]
            ahead[:0] = repositories[name].upstreams

    def _key(self, format: str, namespace: str | None, package: str) -> PackageKey:
        if format not in set(Format):
            raise invalid(f"format must be one of {', '.join(Format)}, not '{format}'")
        if format in NAMESPACE_REQUIRED and not namespace:
            raise invalid(f"A namespace is required for packages of format {format}")
        if format in NAMESPACE_FOREIGN and namespace and self.switches.foreign_namespace == "400":
            raise invalid(f"Packages of format {format} have no namespace")
        # A PyPI name must be sent normalized (UG python-name-normalization); the others need not.
        name = package if format == Format.PYPI else normalize_name(format, package)
        return format, normalize_namespace(format, namespace), name

    def _package(
        self,
        domain_owner: str | None,
        domain: str,
        repository: str,
        format: str,
        namespace: str | None,
        package: str,
    ) -> _Package:
        key = self._key(format, namespace, package)
        owner = domain_owner or self.account
        versions = self._repository(owner, domain, repository).packages.get(key)
        if versions is None:
            raise self._package_absent(repository, key)
        return _Package(owner, domain, repository, key, versions)

    def _package_absent(self, repository: str, key: PackageKey) -> ServiceError:
        """404 in the words of the real service; those for a namespace are not known."""
        kind, namespace, name = key
        shown = f"{namespace}/{name}" if namespace else name
        message = f"The {kind} package '{shown}' does not exist in repository '{repository}'."
        return _absent(message, "package", shown)

    def _version_absent(self, found: _Package, version: str) -> ServiceError:
        kind, _namespace, name = found.key
        message = (
            f"Version '{version}' of the {kind} package '{name}' does not exist in "
            f"repository '{found.repository}'."
        )
        return _absent(message, "package-version", version)

    def _tell(
        self,
        found: _Package,
        version: str,
        held: Held,
        operation: Literal["Created", "Updated", "Deleted"],
        *,
        status_changed: bool = False,
        added: int = 0,
    ) -> None:
        """Record the event that EventBridge would carry; numbered over the whole store."""
        number = len(self.events) + 1
        self.events.append(
            {
                "domainName": found.domain,
                "domainOwner": found.owner,
                "repositoryName": found.repository,
                "repositoryAdministrator": found.owner,
                "packageFormat": found.key[0],
                "packageNamespace": found.key[1],
                "packageName": found.key[2],
                "packageVersion": version,
                "packageVersionState": str(held.status),
                "packageVersionRevision": held.revision,
                "changes": {
                    "assetsAdded": added,
                    "assetsRemoved": 0,
                    "metadataUpdated": False,
                    "assetsUpdated": 0,
                    "statusChanged": status_changed or operation == "Created",
                },
                "operationType": operation,
                "sequenceNumber": number,
                "eventDeduplicationId": f"event-{number}",
            }
        )


def _judge_copy(
    version: str, held: Held | None, there: Held | None, pin: str | None, *, overwrite: bool
) -> Held | _Refusal | None:
    """Give what is to be copied, why not, or None where the same is at the destination already."""
    if held is None:
        return _Refusal("NOT_FOUND", f"Could not find version {version}")
    if pin not in {None, held.revision}:
        return _mismatched_revision(held.revision, str(pin))
    if held.status in {Status.UNFINISHED, Status.DISPOSED}:
        return _Refusal("NOT_ALLOWED", f"Version {version} is {held.status} and cannot be copied")
    if there and there.revision == held.revision:
        return None
    if there and not overwrite:
        return _Refusal("ALREADY_EXISTS", f"Version {version} already exists")
    return held


def _created_or_updated(old: Held | None) -> Literal["Created", "Updated"]:
    return "Updated" if old else "Created"


def _internal_origin(repository: str) -> Json:
    return {"domainEntryPoint": {"repositoryName": repository}, "originType": "INTERNAL"}


def _status(value: str, name: str) -> Status:
    if value not in set(Status):
        raise invalid(f"{name} must be one of {', '.join(Status)}, not '{value}'")
    return Status(value)


def _distinct(versions: Iterable[str]) -> list[str]:
    """Drop duplicates; the answer is a map, which could not show them anyway."""
    listed = list(versions)
    if not 1 <= len(listed) <= MAX_VERSIONS:
        raise invalid(f"versions must hold 1 to {MAX_VERSIONS} versions, not {len(listed)}")
    return list(dict.fromkeys(listed))


def _names(format: str, versions: Iterable[str]) -> dict[str, list[str]]:
    """Map each version as stored to the spellings in which it was sent."""
    names: dict[str, list[str]] = {}
    for version in versions:
        names.setdefault(normalize_version(format, version), []).append(version)
    return names


def _mismatched_revision(current: str, expected: str) -> _Refusal:
    text = f"current revision: {current}, expected revision: {expected}"
    return _Refusal("MISMATCHED_REVISION", text)


def _result(done: Mapping[str, Json], refusals: Mapping[str, _Refusal]) -> Json:
    return {
        "successfulVersions": dict(done),
        "failedVersions": {version: refusal.json() for version, refusal in refusals.items()},
    }


def _token(version: str, published: float | None) -> str:
    """Give the mark of a page's end: the last version's key, not a snapshot.

    A sample token of the guide decodes to `{"listPackageVersionsToken":"0.2.2"}` (UG
    repo-upstream-behavior). The time is there too when that is what the list is sorted by.
    """
    mark: Json = {"listPackageVersionsToken": version}
    if published is not None:
        mark["publishedTime"] = published
    return base64.b64encode(json.dumps(mark, separators=(",", ":")).encode()).decode()


def _read_token(token: str, *, by_time: bool) -> tuple[float, str]:
    try:
        mark = json.loads(base64.b64decode(token, validate=True))
        version = mark["listPackageVersionsToken"]
        published = float(mark["publishedTime"]) if by_time else 0.0
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise invalid("The pagination token is not valid for this request") from None
    if not isinstance(version, str):
        raise invalid("The pagination token is not valid for this request")
    return published, version
