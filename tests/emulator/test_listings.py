"""The lists of packages and of repositories, and what a version's description says of its age."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from codeartifact_emulator import Emulator, ServiceError, Store
from harness.asking import ask
from harness.clients import connect

STORE = {"domain": "acme", "repository": "store"}
DOMAIN = {"domain": "acme", "repository": ""}
EXTERNAL = {
    "domainEntryPoint": {"externalConnectionName": "public:npmjs"},
    "originType": "EXTERNAL",
}


@pytest.fixture
def store() -> Store:
    held = Store()
    held.add_repository(domain="acme", repository="store", upstreams=["mirror"])
    for kind, namespace, name in (
        ("npm", "acme", "core"),
        ("npm", "acme", "ui"),
        ("npm", "acme-labs", "core"),
        ("npm", None, "core"),
        ("maven", "com.acme", "lib"),
    ):
        held.put(**STORE, format=kind, namespace=namespace, package=name, version="1")
    held.put(domain="acme", repository="mirror", format="npm", package="lodash", version="4")
    return held


def packages(store: Store, **asked: Any) -> list[str]:
    """The names of the packages that are listed, as ``format/namespace/name``."""
    place = {**STORE, "format": "", "package": ""}
    answer = ask(store, "ListPackages", **{**place, **asked})
    return [
        f"{row['format']}/{row.get('namespace', '')}/{row['package']}" for row in answer["packages"]
    ]


def test_a_repository_lists_its_own_packages_and_not_those_of_its_upstreams(store: Store) -> None:
    assert packages(store) == [
        "maven/com.acme/lib",
        "npm//core",
        "npm/acme/core",
        "npm/acme/ui",
        "npm/acme-labs/core",
    ]


@pytest.mark.parametrize(
    ("asked", "listed"),
    [
        ({"format": "maven"}, ["maven/com.acme/lib"]),
        # "Although this option is called --namespace and not --namespace-prefix, it has
        # prefix-matching behavior" (API Reference, ListPackages).
        ({"namespace": "acme"}, ["npm/acme/core", "npm/acme/ui", "npm/acme-labs/core"]),
        ({"format": "npm", "package_prefix": "u"}, ["npm/acme/ui"]),
        ({"package_prefix": "core", "namespace": "acme-"}, ["npm/acme-labs/core"]),
        ({"package_prefix": "x"}, []),
    ],
)
def test_packages_are_listed_by_format_and_prefixes(
    store: Store, asked: dict[str, Any], listed: list[str]
) -> None:
    assert packages(store, **asked) == listed


def test_a_package_may_come_in_as_its_first_version_did(store: Store) -> None:
    store.put(**STORE, format="npm", package="lodash", version="4", origin=EXTERNAL)
    store.put(**STORE, format="npm", package="lodash", version="5")
    assert packages(store, publish="BLOCK", upstream="ALLOW") == ["npm//lodash"]
    assert "npm//lodash" not in packages(store, upstream="BLOCK")


@pytest.mark.parametrize("size", [1, 2, 5, 6])
def test_pages_of_packages_are_the_list(store: Store, size: int) -> None:
    rows, token = [], None
    while True:
        place = {**STORE, "format": "", "package": ""}
        page = ask(store, "ListPackages", **place, max_results=size, next_token=token)
        rows += page["packages"]
        token = page.get("nextToken")
        if token is None:
            break
    assert [row["package"] for row in rows] == ["lib", "core", "core", "ui", "core"]


def repositories(store: Store, **asked: Any) -> list[str]:
    place = {**DOMAIN, "format": "", "package": ""}
    answer = ask(store, "ListRepositoriesInDomain", **{**place, **asked})
    return [row["name"] for row in answer["repositories"]]


def test_a_domain_lists_its_repositories_a_page_at_a_time(store: Store) -> None:
    place = {**DOMAIN, "format": "", "package": ""}
    first = ask(store, "ListRepositoriesInDomain", **place, max_results=1)
    assert first["repositories"] == [
        {
            "name": "mirror",
            "administratorAccount": store.account,
            "domainName": "acme",
            "domainOwner": store.account,
            "arn": f"arn:aws:codeartifact:eu-west-1:{store.account}:repository/acme/mirror",
        }
    ]
    assert repositories(store, next_token=first["nextToken"]) == ["store"]
    assert repositories(store, repository_prefix="st") == ["store"]
    assert repositories(store, administrator_account="999999999999") == []


@pytest.mark.parametrize(
    ("operation", "place", "resource"),
    [
        ("ListPackages", {"domain": "acme", "repository": "stor"}, "repository"),
        ("ListPackages", {"domain": "acne", "repository": "store"}, "domain"),
        ("ListRepositoriesInDomain", {"domain": "acne", "repository": ""}, "domain"),
    ],
)
def test_what_is_not_there_can_not_be_listed(
    store: Store, operation: str, place: dict[str, str], resource: str
) -> None:
    with pytest.raises(ServiceError) as refused:
        ask(store, operation, **place, format="", package="")
    assert refused.value.extra["resourceType"] == resource


def test_each_list_is_allowed_on_its_own_resource() -> None:
    account = "arn:aws:codeartifact:eu-west-1:111122223333"
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["codeartifact:List*"],
                "Resource": [f"{account}:repository/acme/npm-store", f"{account}:domain/acme"],
            }
        ],
    }
    user = {"name": "lister", "access-key-id": "AKIALISTER", "secret-access-key": "lists-only"}
    with Emulator.start(seed={"users": [{**user, "policy": policy}]}) as emulator:
        emulator.store.put(
            **{**STORE, "repository": "npm-store"}, format="npm", package="core", version="1"
        )
        emulator.store.add_repository(domain="acme", repository="other")
        with connect(emulator) as client:
            listed = client.list_repositories_in_domain(domain="acme")["repositories"]
            assert [row["name"] for row in listed] == ["npm-store", "other"]
            assert client.list_packages(domain="acme", repository="npm-store")["packages"]
            with pytest.raises(ClientError, match=f"{account}:repository/acme/other because no"):
                client.list_packages(domain="acme", repository="other")
            with pytest.raises(ClientError, match=f"{account}:package/acme/npm-store/npm//core"):
                client.list_package_versions(
                    domain="acme", repository="npm-store", format="npm", package="core"
                )


def test_a_description_says_when_a_version_was_published(store: Store) -> None:
    store.put(**STORE, format="npm", package="old", version="1", published=1700000000.0)
    described = ask(
        store, "DescribePackageVersion", **STORE, format="npm", package="old", package_version="1"
    )
    assert described["packageVersion"]["publishedTime"] == 1700000000.0


@pytest.mark.parametrize(
    ("statuses", "shown"),
    [
        (["Published", "Unlisted", "Unfinished"], "1"),
        (["Published", "Published", "Disposed"], "2"),
        (["Unlisted", "Archived", "Unfinished"], "2"),
        (["Unfinished", "Disposed"], None),
    ],
)
def test_the_default_version_is_the_last_that_was_published(
    statuses: list[str], shown: str | None
) -> None:
    store = Store()
    lib = {**STORE, "format": "maven", "namespace": "com.acme", "package": "lib"}
    for number, status in enumerate(statuses, 1):
        store.put(**lib, version=str(number), status=status)

    assert ask(store, "ListPackageVersions", **lib).get("defaultDisplayVersion") == shown
