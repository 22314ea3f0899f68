"""The session policy of least privilege."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from codeartifact_emulator import Emulator
from codeartifact_status.identity.session_policy import least_privilege
from codeartifact_status.identity.sessions import Identity
from codeartifact_status.model import Format, Globs, Package, Request, Selection, Status
from codeartifact_status.service.connection import Connection
from harness.identity import (
    assume,
    can_read,
    role,
)
from harness.runs import CORE_PACKAGE

CORE_REQUEST = Request(package=CORE_PACKAGE, versions=("1.0",), target=Status.PUBLISHED)


def request_for(
    name: str, *, namespace: str = "acme", repository: str = "npm-store", **parts: Any
) -> Request:
    package = Package(
        domain="acme", repository=repository, format=Format.NPM, namespace=namespace, name=name
    )
    given: dict[str, Any] = {"versions": ("1.0",), "target": Status.PUBLISHED, **parts}
    return Request(package=package, **given)


def assumed_with(requests: list[Request], connection: Connection) -> tuple[Identity, bool]:
    policy, widened = least_privilege(requests, region="eu-west-1", account="111122223333")
    assert len(policy) <= 2048
    return assume(role(policy=policy), connection), widened


def test_the_session_may_touch_nothing_but_its_packages(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator)

    who, widened = assumed_with([CORE_REQUEST], connection)

    assert not widened
    assert can_read(emulator, who)
    assert not can_read(emulator, who, "other")


def test_packages_that_the_size_limit_does_not_hold_are_met_by_wider_patterns(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator)
    requests = [request_for(f"package-{number}") for number in range(100)]

    who, widened = assumed_with(requests, connection)

    assert widened
    assert can_read(emulator, who, "package-99")
    assert can_read(emulator, who, "not-of-this-step")


@pytest.mark.parametrize(
    "requests",
    [
        [request_for("x" * 255, namespace=f"{n}" * 250) for n in range(1)],
        [request_for("core", namespace=f"scope-{n}") for n in range(200)],
        [request_for("core", repository=f"repository-{n}") for n in range(100)],
        [request_for("x" * 255, namespace="*" * 255)],
    ],
    ids=["long names", "many scopes", "many repositories", "nothing but wildcards"],
)
def test_a_policy_of_its_own_always_fits(requests: list[Request]) -> None:
    policy, _ = least_privilege(requests, region="eu-west-1", account="111122223333")

    assert len(policy) <= 2048
    (statement,) = json.loads(policy)["Statement"]
    assert all(arn.startswith("arn:aws:codeartifact:") for arn in statement["Resource"])


def test_wildcards_in_a_name_are_no_wildcards_in_the_policy(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    policy, _ = least_privilege([request_for("*")], region="eu-west-1", account="111122223333")

    (statement,) = json.loads(policy)["Statement"]
    assert statement["Resource"] == [
        "arn:aws:codeartifact:eu-west-1:111122223333:package/acme/npm-store/npm/acme/${*}"
    ]
    at(emulator)
    assert not can_read(emulator, assume(role(policy=policy), connection))


def test_only_the_calls_of_this_step_are_allowed() -> None:
    requests = [
        request_for("a", target=Status.DELETED),
        request_for("b", target=Status.DISPOSED),
        request_for("c"),
    ]
    policy, _ = least_privilege(requests, region="us-gov-west-1", account="111122223333")

    (statement,) = json.loads(policy)["Statement"]
    assert statement["Action"] == [
        "codeartifact:ListPackageVersions",
        "codeartifact:DeletePackageVersions",
        "codeartifact:DisposePackageVersions",
        "codeartifact:UpdatePackageVersionsStatus",
    ]
    assert statement["Resource"][0].startswith("arn:aws-us-gov:codeartifact:us-gov-west-1:")


def test_the_domain_owners_account_stands_in_the_policy() -> None:
    theirs = Request(
        package=replace(CORE_PACKAGE, domain_owner="999988887777"),
        versions=("1.0",),
        target=Status.PUBLISHED,
    )
    policy, _ = least_privilege([theirs], region="eu-west-1", account="111122223333")

    assert ":999988887777:package/" in policy
    assert ":111122223333:" not in policy


def globs(*matching: str, repository: str = "npm-store", **given: Any) -> Request:
    place = replace(CORE_PACKAGE, repository=repository, namespace=None, name="*")
    return replace(CORE_REQUEST, package=place, globs=Globs(matching=matching), **given)


def statements(*requests: Request) -> dict[str, list[str]]:
    """The resources of each action, as they end."""
    policy, widened = least_privilege(requests, region="eu-west-1", account="111122223333")
    assert not widened
    return {
        action.removeprefix("codeartifact:"): [arn.split(":")[-1] for arn in one["Resource"]]
        for one in json.loads(policy)["Statement"]
        for action in one["Action"]
    }


def test_packages_by_globs_are_allowed_as_narrowly_as_the_globs_are() -> None:
    found = statements(globs("@acme/*", "acme-?", "$x*", repository="npm-store"))
    packages = [
        "package/acme/npm-store/npm//${$}x*",
        "package/acme/npm-store/npm//acme-?",
        "package/acme/npm-store/npm/acme/*",
    ]
    assert found == {
        "ListPackageVersions": packages,
        "UpdatePackageVersionsStatus": packages,
        "ListPackages": ["repository/acme/npm-store"],
    }


def test_any_repository_is_allowed_to_be_listed_for_just_its_package() -> None:
    anywhere = replace(CORE_REQUEST, package=replace(CORE_PACKAGE, repository="*"))
    found = statements(anywhere)
    assert found == {
        "ListPackageVersions": ["package/acme/*/npm/acme/core"],
        "UpdatePackageVersionsStatus": ["package/acme/*/npm/acme/core"],
        "ListPackages": ["repository/acme/*"],
        "ListRepositoriesInDomain": ["domain/acme"],
    }


def test_the_age_of_versions_may_be_read_where_it_counts() -> None:
    selection = Selection(matching=("*",), older_than=timedelta(days=30))
    found = statements(replace(CORE_REQUEST, selection=selection))
    assert set(found) == {
        "ListPackageVersions", "DescribePackageVersion", "UpdatePackageVersionsStatus",
    }  # fmt: skip


def test_globs_over_many_repositories_fit_by_wider_patterns() -> None:
    requests = [globs("acme-*", repository=f"repository-{number}") for number in range(100)]
    policy, widened = least_privilege(requests, region="eu-west-1", account="111122223333")
    assert widened
    assert len(policy) <= 2048
    assert "repository/acme/*" in policy
