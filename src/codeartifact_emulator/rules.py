"""What each call does to the store: state in, answer out, no HTTP, no callers and no policies.

The calls that only read are in `listings`.

Answers are dictionaries in the API's own JSON shape; a request that is refused as a whole raises
`ServiceError`; a version that is refused is data, an entry of `failedVersions`.

Sources, by short name: UG is the CodeArtifact User Guide (page in brackets), model is the service
model that botocore ships. Where both are silent, a field of `Switches` says what was chosen and
what else the service might do.
"""

import functools
import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Concatenate, ParamSpec

from . import listings, verdicts
from .errors import Json, conflict, invalid, no_package, no_version
from .names import Format, Place, normalize_version
from .parameters import distinct, find, known_status, spellings, stored
from .store import Asset, Held, Status, Store, Versions, internal_origin
from .verdicts import Refusal, Verdict

P = ParamSpec("P")


def update_package_versions_status(
    store: Store, place: Place, /, *, target_status: str, **asked: Any
) -> Json:
    """UpdatePackageVersionsStatus: all or none (UG update-package-version-status)."""
    target = known_status(target_status, "targetStatus")
    if target not in verdicts.UPDATE_TARGETS and store.switches.illegal_target == "400":
        raise invalid(
            f"targetStatus {target} is not permitted: "
            "a status can be set to Published, Unlisted or Archived"
        )
    switches = store.switches
    movable = verdicts.updatable(target, switches)
    return _change(
        store, place, target=target, movable=movable, partial=switches.partial_success, **asked
    )


def dispose_package_versions(store: Store, place: Place, /, **asked: Any) -> Json:
    """DisposePackageVersions: as an update, from any status, and never back."""
    anything, partial = frozenset(Status), store.switches.partial_dispose
    return _change(store, place, target=Status.DISPOSED, movable=anything, partial=partial, **asked)


def delete_package_versions(store: Store, place: Place, /, **asked: Any) -> Json:
    """DeletePackageVersions: from any status; afterwards the version can be published anew."""
    anything, partial = frozenset(Status), store.switches.partial_delete
    return _change(store, place, target=Status.DELETED, movable=anything, partial=partial, **asked)


def delete_package(store: Store, place: Place, /) -> Json:
    """DeletePackage: with all of its versions (UG delete-package)."""
    place, versions = find(store, place)
    del store.packages[place]
    return {"deletedPackage": listings.summary(place, listings.restrictions_of(versions))}


def copy_package_versions(
    store: Store,
    place: Place,
    /,
    *,
    source_repository: str,
    versions: Sequence[str] | None = None,
    version_revisions: Mapping[str, str] | None = None,
    allow_overwrite: bool | None = None,
    include_from_upstream: bool | None = None,
) -> Json:
    """CopyPackageVersions: all or none; what is identical at the destination goes unmentioned.

    UG copy-package. A copy keeps revision and status.
    """
    if versions and version_revisions:
        raise invalid("versions and versionRevisions cannot both be specified")
    wanted = distinct(versions or list(version_revisions or {}))
    place = stored(store, place)
    source = replace(place, repository=source_repository)
    store.repositories(place)
    store.repositories(source)
    searched = [source]
    # Generic packages are never taken from upstreams (UG using-generic).
    if include_from_upstream and place.format != Format.GENERIC:
        searched += store.upstreams(source)
    if not any(each in store.packages for each in searched):
        raise no_package(source)
    found: dict[str, Held] = {}
    for each in reversed(searched):
        found |= store.packages.get(each, {})
    there = store.packages.get(place, Versions())
    judged: dict[str, Verdict] = {}
    for version in wanted:
        pin = (version_revisions or {}).get(version)
        verdict = verdicts.judge_copy(version, found.get(version), pin)
        if isinstance(verdict, Held) and version in there:
            if there[version].revision == verdict.revision:
                continue
            if not allow_overwrite:
                verdict = Refusal("ALREADY_EXISTS", f"Version {version} already exists")
        judged[version] = verdict
    copies, refusals = verdicts.all_or_none(
        judged, partial=store.switches.partial_copy, skipped="Version {} was skipped"
    )
    if copies:
        store.packages[place] = Versions({**there, **copies})
    return _result({v: held.success() for v, held in copies.items()}, refusals)


def publish_package_version(
    store: Store,
    place: Place,
    /,
    *,
    package_version: str,
    asset_content: bytes,
    asset_name: str,
    asset_sha256: str,
    unfinished: bool | None = None,
) -> Json:
    """PublishPackageVersion: adds one asset to a new or Unfinished generic version (model)."""
    if place.format != Format.GENERIC:
        raise invalid("Only generic packages can be published using this API")
    asset = Asset(size=len(asset_content), sha256=hashlib.sha256(asset_content).hexdigest())
    if asset_sha256 != asset.sha256:
        raise invalid(f"assetSHA256 {asset_sha256} is not the asset's, {asset.sha256}")
    place = stored(store, place)
    store.repositories(place)
    old = store.packages.get(place, Versions()).get(package_version)
    if old and old.status is not Status.UNFINISHED:
        raise conflict(
            f"version {package_version} is {old.status}: assets cannot be added to it",
            package_version,
        )
    assets = {**(old.assets if old else {})}
    if assets.setdefault(asset_name, asset) != asset:
        raise conflict(f"asset {asset_name} exists with other content", package_version)
    listing = json.dumps({name: item.sha256 for name, item in sorted(assets.items())})
    held = Held(
        status=Status.UNFINISHED if unfinished else Status.PUBLISHED,
        revision=place.revision(package_version + listing),
        published=store.next_published(),
        display_name=place.package,
        origin=internal_origin(place),
        assets=assets,
    )
    store.packages.setdefault(place, Versions())[package_version] = held
    return {
        "format": place.format,
        "namespace": place.namespace,
        "package": place.package,
        "version": package_version,
        "versionRevision": held.revision,
        "status": str(held.status),
        "asset": {"name": asset_name, "size": asset.size, "hashes": {"SHA-256": asset.sha256}},
    }


# Changing


def _change(
    store: Store,
    place: Place,
    *,
    target: Status,
    movable: Collection[Status],
    partial: bool,
    versions: Sequence[str],
    version_revisions: Mapping[str, str] | None = None,
    expected_status: str | None = None,
) -> Json:
    """Judge every version, then change all of them or none: what three operations share.

    Every version is judged, and only those that would have passed come back SKIPPED: in the
    guide's sample two mismatched versions are both MISMATCHED_STATUS (UG
    update-package-version-status).
    """
    switches = store.switches
    expected = None if expected_status is None else known_status(expected_status, "expectedStatus")
    sent = spellings(place.format, distinct(versions))
    pins = {normalize_version(place.format, v): r for v, r in (version_revisions or {}).items()}
    if pins and pins.keys() != sent.keys() and switches.partial_revisions == "400":
        raise invalid("the versions in versionRevisions must be the same as in versions")
    place, held = find(store, place)
    judge = functools.partial(
        verdicts.judge_change, target=target, movable=movable, expected=expected, switches=switches
    )
    judged = {
        version: judge(version, held[version], pin=pins.get(version))
        if version in held
        else _missing(store, place, version)
        for version in sent
    }
    passed, refusals = verdicts.all_or_none(
        judged, partial=partial, skipped="version {} is skipped"
    )
    done = {version: _set(held, version, target) for version in passed}
    if done and not held and switches.emptied_package == "absent":
        del store.packages[place]
    if switches.nuget_keys == "as-sent":
        done = {spelling: done[v] for v in done for spelling in sent[v]}
        refusals = {spelling: refusals[v] for v in refusals for spelling in sent[v]}
    return _result(done, refusals)


def _missing(store: Store, place: Place, version: str) -> Refusal:
    upstream = any(version in store.packages.get(each, {}) for each in store.upstreams(place))
    choice = store.switches.upstream_only if upstream else store.switches.absent_version
    if choice == "404":
        raise no_version(place, version)
    return verdicts.not_found(version)


def _set(held: Versions, version: str, target: Status) -> Json:
    """Give a version its new status; its revision stays (UG, from the samples)."""
    old = held[version]
    new = replace(old, status=target, assets={} if target is Status.DISPOSED else old.assets)
    if target is Status.DELETED:
        del held[version]
    else:
        held[version] = new
    return new.success()


def _result(done: Mapping[str, Json], refusals: Mapping[str, Refusal]) -> Json:
    return {
        "successfulVersions": dict(done),
        "failedVersions": {
            version: {"errorCode": refusal.code, "errorMessage": refusal.message}
            for version, refusal in refusals.items()
        },
    }


# Serving


def _atomic(
    rule: Callable[Concatenate[Store, Place, P], Json],
) -> Callable[Concatenate[Store, Place, P], Json]:
    @functools.wraps(rule)
    def call(store: Store, place: Place, /, *args: P.args, **kwargs: P.kwargs) -> Json:
        with store.lock:
            return rule(store, place, *args, **kwargs)

    return call


_RULES: Sequence[Callable[..., Json]] = (
    listings.list_repositories_in_domain,
    listings.list_packages,
    listings.list_package_versions,
    listings.describe_package_version,
    update_package_versions_status,
    dispose_package_versions,
    delete_package_versions,
    delete_package,
    copy_package_versions,
    publish_package_version,
)
#: The calls served, by their names in the model.
OPERATIONS: Mapping[str, Callable[..., Json]] = {
    rule.__name__.title().replace("_", ""): _atomic(rule) for rule in _RULES
}
