"""The session policy of least privilege."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from codeartifact_emulator import Emulator
from codeartifact_status.identity.session_policy import Policy, least_privilege
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


def policies_for(*requests: Request, region: str = "eu-west-1") -> list[Policy]:
    return list(least_privilege(requests, region=region, account="111122223333"))


def statement_of(policy: Policy) -> dict[str, Any]:
    (statement,) = json.loads(policy.document)["Statement"]
    return dict(statement)


def assumed_with(policy: Policy, connection: Connection) -> Identity:
    return assume(role(policy=policy.document), connection)


def test_the_session_may_touch_nothing_but_its_packages(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator)

    policy, *_ = policies_for(CORE_REQUEST)
    who = assumed_with(policy, connection)

    assert not policy.is_widened
    assert can_read(emulator, who)
    assert not can_read(emulator, who, "other")


def test_packages_that_the_size_limit_does_not_hold_are_met_by_wider_patterns(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    at(emulator)
    policy, *_ = policies_for(*(request_for(f"package-{number}") for number in range(100)))

    who = assumed_with(policy, connection)

    assert policy.is_widened
    assert policy.allows == "any package of the same format and namespace in the same repository"
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
    for policy in policies_for(*requests):
        assert len(policy.document) <= 2048
        resources = statement_of(policy)["Resource"]
        assert all(arn.startswith("arn:aws:codeartifact:") for arn in resources)


@pytest.mark.parametrize("count", [1, 3, 100])
def test_policies_are_ever_wider_and_ever_shorter(
    emulator: Emulator, at: Callable[..., None], connection: Connection, count: int
) -> None:
    at(emulator)
    policies = policies_for(*(request_for(f"package-{number}") for number in range(count)))

    lengths = [len(policy.document) for policy in policies]
    assert lengths == sorted(set(lengths), reverse=True)
    assert policies[-1].allows == "any package of the domain"
    for policy in policies:
        assert can_read(emulator, assumed_with(policy, connection), "package-0")


def test_a_wider_policy_that_is_no_shorter_is_left_out() -> None:
    policies = policies_for(request_for("x"), request_for("y", repository="a2"))

    assert [policy.allows for policy in policies if policy.is_widened] == [
        "the packages of this step in any repository",
        "any package of the same format and namespace in any repository",
        "any package of the domain",
    ]


def test_a_policy_of_the_users_own_is_not_called_widened() -> None:
    assert not Policy("{}").is_widened


def test_wildcards_in_a_name_are_no_wildcards_in_the_policy(
    emulator: Emulator, at: Callable[..., None], connection: Connection
) -> None:
    policy, *_ = policies_for(request_for("*"))

    assert statement_of(policy)["Resource"] == [
        "arn:aws:codeartifact:eu-west-1:111122223333:package/acme/npm-store/npm/acme/${*}"
    ]
    at(emulator)
    assert not can_read(emulator, assumed_with(policy, connection))


def test_only_the_calls_of_this_step_are_allowed() -> None:
    requests = [
        request_for("a", target=Status.DELETED),
        request_for("b", target=Status.DISPOSED),
        request_for("c"),
    ]
    policy, *_ = policies_for(*requests, region="us-gov-west-1")

    statement = statement_of(policy)
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
    policy, *_ = policies_for(theirs)

    assert ":999988887777:package/" in policy.document
    assert ":111122223333:" not in policy.document


def globs(*matching: str, repository: str = "npm-store", **given: Any) -> Request:
    place = replace(CORE_PACKAGE, repository=repository, namespace=None, name="*")
    return replace(CORE_REQUEST, package=place, globs=Globs(matching=matching), **given)


def statements(*requests: Request) -> dict[str, list[str]]:
    """The resources of each action, as they end."""
    policy, *_ = policies_for(*requests)
    assert not policy.is_widened
    return {
        action.removeprefix("codeartifact:"): [arn.split(":")[-1] for arn in one["Resource"]]
        for one in json.loads(policy.document)["Statement"]
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
    policy, *_ = policies_for(*requests)
    assert policy.is_widened
    assert len(policy.document) <= 2048
    assert "repository/acme/*" in policy.document
