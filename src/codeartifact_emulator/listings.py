"""What the calls that only read answer: lists, a page at a time, and the description of a version.

State in, answer out. UG is the CodeArtifact User Guide (page in brackets), model is the service
model that botocore ships. Upstreams do not count in any of these (UG upstream-repo-api-behavior).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from operator import itemgetter

from .errors import Json, no_version
from .names import Place, normalize_version, partition_of
from .pages import Mark, cut
from .parameters import find
from .store import Held, Status, Store


def list_package_versions(
    store: Store,
    place: Place,
    /,
    *,
    status: str | None = None,
    sort_by: str | None = None,
    max_results: int | None = None,
    next_token: str | None = None,
    origin_type: str | None = None,
) -> Json:
    """One page of ListPackageVersions. Without `sortBy` it is by the text of the version."""
    place, versions = find(store, place)
    hidden = {Status.ARCHIVED} if store.switches.unfiltered_list == "without-archived" else set()
    by_time = {"publishedTime": float} if sort_by is not None else {}

    def listed(held: Held) -> bool:
        if origin_type is not None and held.origin.get("originType") != origin_type:
            return False
        return held.status not in hidden if status is None else held.status == status

    page, token = cut(
        versions.derived(_by_time if by_time else _by_name),
        names={**by_time, "listPackageVersionsToken": str},
        backward=True,
        token=next_token,
        size=max_results,
        listed=lambda row: listed(row[1]),
    )
    answer: Json = {
        "format": place.format,
        "package": place.package,
        "versions": [
            {"version": version, **held.success(), "origin": held.origin} for version, held in page
        ],
        **_next(token),
    }
    if place.namespace:
        answer["namespace"] = place.namespace
    shown = versions.derived(_default_display_version)
    return answer | ({"defaultDisplayVersion": shown} if shown else {})


def list_packages(
    store: Store,
    place: Place,
    /,
    *,
    package_prefix: str = "",
    publish: str | None = None,
    upstream: str | None = None,
    max_results: int | None = None,
    next_token: str | None = None,
) -> Json:
    """One page of ListPackages, by format, namespace and name.

    A namespace is that of every package whose namespace begins with it (model: "has prefix-matching
    behavior").
    """
    place = store.normal(place)
    store.repositories(place)
    asked = {"publish": publish, "upstream": upstream}
    wanted = {name: value for name, value in asked.items() if value}

    def rows() -> Iterator[tuple[Mark, Json]]:
        for at, versions in store.packages.items():
            is_listed = (
                (at.domain_owner, at.domain, at.repository)
                == (place.domain_owner, place.domain, place.repository)
                and at.format == (place.format or at.format)
                and (at.namespace or "").startswith(place.namespace or "")
                and at.package.startswith(package_prefix)
            )
            if not is_listed:
                continue
            found = versions.derived(restrictions_of)
            if wanted.items() <= found.items():
                yield (at.format, at.namespace or "", at.package), summary(at, found)

    page, token = cut(
        sorted(rows(), key=itemgetter(0)),
        names={"format": str, "namespace": str, "package": str},
        token=next_token,
        size=max_results,
    )
    return {"packages": page, **_next(token)}


def list_repositories_in_domain(
    store: Store,
    place: Place,
    /,
    *,
    repository_prefix: str = "",
    administrator_account: str | None = None,
    max_results: int | None = None,
    next_token: str | None = None,
) -> Json:
    """One page of ListRepositoriesInDomain: a domain's owner administers all of its repositories.

    They have no descriptions here, and no times of creation.
    """
    place = store.normal(place)
    partition = partition_of(store.region)
    prefix = f"arn:{partition}:codeartifact:{store.region}:{place.domain_owner}"
    page, token = cut(
        [
            (
                (name,),
                {
                    "name": name,
                    "administratorAccount": place.domain_owner,
                    "domainName": place.domain,
                    "domainOwner": place.domain_owner,
                    "arn": f"{prefix}:{replace(place, repository=name).resource('repository')}",
                },
            )
            for name in sorted(store.repositories_of(place))
            if name.startswith(repository_prefix)
            and administrator_account in {None, place.domain_owner}
        ],
        names={"repositoryName": str},
        token=next_token,
        size=max_results,
    )
    return {"repositories": page, **_next(token)}


def describe_package_version(store: Store, place: Place, /, *, package_version: str) -> Json:
    """DescribePackageVersion."""
    place, versions = find(store, place)
    version = normalize_version(place.format, package_version)
    held = versions.get(version)
    if held is None:
        raise no_version(place, version)
    description: Json = {
        "format": place.format,
        "packageName": place.package,
        "displayName": held.display_name,
        "version": version,
        "publishedTime": held.published,
        "licenses": [],
        **held.success(),
        "origin": held.origin,
    }
    if place.namespace:
        description["namespace"] = place.namespace
    return {"packageVersion": description}


def summary(at: Place, restrictions: Json) -> Json:
    """Give the PackageSummary, with how new versions may come in."""
    named = {"namespace": at.namespace} if at.namespace else {}
    configuration = {"restrictions": restrictions}
    return {
        "format": at.format,
        **named,
        "package": at.package,
        "originConfiguration": configuration,
    }


def restrictions_of(versions: Mapping[str, Held]) -> Json:
    """Give how new versions may come in: as the first one did (UG package-origin-controls)."""
    first = min(versions.values(), key=lambda held: held.published, default=None)
    is_internal = first is None or first.origin.get("originType") == "INTERNAL"
    return {
        "publish": "ALLOW" if is_internal else "BLOCK",
        "upstream": "BLOCK" if is_internal else "ALLOW",
    }


def _by_name(versions: Mapping[str, Held]) -> list[tuple[Mark, tuple[str, Held]]]:
    return [((version,), (version, versions[version])) for version in sorted(versions)]


def _by_time(versions: Mapping[str, Held]) -> list[tuple[Mark, tuple[str, Held]]]:
    rows = (((held.published, version), (version, held)) for version, held in versions.items())
    return sorted(rows, key=itemgetter(0))


def _default_display_version(versions: Mapping[str, Held]) -> str | None:
    """Give the most recently published version.

    For npm the `latest` tag would come first; there are no tags here (model,
    ListPackageVersionsResult). An Unfinished version was not published: a Maven package that has no
    other displays none (UG maven-snapshots). That hidden ones come after those that package
    managers see is a choice.
    """
    for statuses in ({Status.PUBLISHED}, {Status.UNLISTED, Status.ARCHIVED}):
        known = [(held.published, v) for v, held in versions.items() if held.status in statuses]
        if known:
            return max(known)[1]
    return None


def _next(token: str | None) -> Json:
    return {"nextToken": token} if token else {}
