"""The transcripts that AWS prints in its documentation, replayed: the same call, the same answer.

From the CodeArtifact User Guide, by page. The guide's `my_domain` is written `my-domain` here: an
underscore is not allowed in a domain's name, as the service's own model says.
"""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from codeartifact_emulator import Emulator, Fault, Reply

OWNER = "111122223333"
ROUND = "25/UjBleHs1DZewk+zozoeqH/R80Rc9gL1P8vbzVMJ4="
OTHER = "+Oz8skWbwY3k8M6SrNIqNj6bVH/ax+CxvkJx+No5j8I="
OLDER = "E3lhBp0RObRTut4pkjV5c1AQGkgSA7Oxtil6hMMzelc="
MY_REPO = {"domain": "my-domain", "repository": "my_repo"}
CHALK = {**MY_REPO, "domainOwner": OWNER, "format": "npm", "package": "chalk"}
MISMATCHED = {
    "errorCode": "MISMATCHED_STATUS",
    "errorMessage": "current status: Published, expected status: Unlisted",
}


def without_metadata(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def put_chalk(emulator: Emulator, **revisions: str) -> None:
    for version, revision in revisions.items():
        emulator.store.put(
            **MY_REPO,
            format="npm",
            package="chalk",
            version=version.removeprefix("v").replace("_", "."),
            revision=revision,
        )


# update-package-version-status


def test_one_version_is_archived(emulator: Emulator, client: Any) -> None:
    put_chalk(emulator, v4_1_0=OTHER)
    answer = client.update_package_versions_status(
        **CHALK, versions=["4.1.0"], targetStatus="Archived"
    )
    assert without_metadata(answer) == {
        "successfulVersions": {"4.1.0": {"revision": OTHER, "status": "Archived"}},
        "failedVersions": {},
    }


def test_two_versions_are_archived(emulator: Emulator, client: Any) -> None:
    put_chalk(emulator, v4_1_0=ROUND, v4_1_1=OTHER)
    answer = client.update_package_versions_status(
        **CHALK, versions=["4.1.0", "4.1.1"], targetStatus="Archived"
    )
    assert without_metadata(answer) == {
        "successfulVersions": {
            "4.1.0": {"revision": ROUND, "status": "Archived"},
            "4.1.1": {"revision": OTHER, "status": "Archived"},
        },
        "failedVersions": {},
    }


def test_two_versions_with_their_revisions_are_published(emulator: Emulator, client: Any) -> None:
    put_chalk(emulator, v4_1_0=ROUND, v4_0_0=OLDER)
    answer = client.update_package_versions_status(
        **CHALK,
        versions=["4.1.0", "4.0.0"],
        versionRevisions={"4.1.0": ROUND, "4.0.0": OLDER},
        targetStatus="Published",
    )
    assert without_metadata(answer) == {
        "successfulVersions": {
            "4.0.0": {"revision": OLDER, "status": "Published"},
            "4.1.0": {"revision": ROUND, "status": "Published"},
        },
        "failedVersions": {},
    }


def test_an_unexpected_status_fails_both_versions(emulator: Emulator, client: Any) -> None:
    put_chalk(emulator, v4_1_0=ROUND, v4_0_0=OLDER)
    answer = client.update_package_versions_status(
        **CHALK, versions=["4.1.0", "4.0.0"], targetStatus="Archived", expectedStatus="Unlisted"
    )
    assert without_metadata(answer) == {
        "successfulVersions": {},
        "failedVersions": {"4.0.0": MISMATCHED, "4.1.0": MISMATCHED},
    }


def test_a_wrong_revision_skips_the_other_version(emulator: Emulator, client: Any) -> None:
    put_chalk(emulator, v4_1_0=ROUND, v4_0_0=OLDER)
    wrong = "25/UjBleHs1DZewk+zozoeqH/R80Rc9gL1P8vbzVMJ="
    answer = client.update_package_versions_status(
        **CHALK,
        versions=["4.1.0", "4.0.0"],
        versionRevisions={"4.1.0": wrong, "4.0.0": OLDER},
        targetStatus="Archived",
    )
    assert without_metadata(answer) == {
        "successfulVersions": {},
        "failedVersions": {
            "4.0.0": {"errorCode": "SKIPPED", "errorMessage": "version 4.0.0 is skipped"},
            "4.1.0": {
                "errorCode": "MISMATCHED_REVISION",
                "errorMessage": f"current revision: {ROUND}, expected revision: {wrong}",
            },
        },
    }


def test_a_version_is_disposed_of_once_its_status_is_as_expected(
    emulator: Emulator, client: Any
) -> None:
    put_chalk(emulator, v4_0_0=OLDER)
    first = client.dispose_package_versions(**CHALK, versions=["4.0.0"], expectedStatus="Unlisted")
    second = client.dispose_package_versions(
        **CHALK, versions=["4.0.0"], expectedStatus="Published"
    )
    assert without_metadata(first) == {
        "successfulVersions": {},
        "failedVersions": {"4.0.0": MISMATCHED},
    }
    assert without_metadata(second) == {
        "successfulVersions": {"4.0.0": {"revision": OLDER, "status": "Disposed"}},
        "failedVersions": {},
    }


# delete-package


def test_three_versions_are_deleted(emulator: Emulator, client: Any) -> None:
    revisions = {
        "4.0.0": "oxwwYC9dDeuBoCt6+PDSwL6OMZ7rXeiXy44BM32Iawo=",
        "4.0.1": "byaaQR748wrsdBaT+PDSwL6OMZ7rXeiBKM0551aqWmo=",
        "5.0.0": "yubm34QWeST345ts+ASeioPI354rXeiSWr734PotwRw=",
    }
    for version, revision in revisions.items():
        emulator.store.put(
            **MY_REPO, format="pypi", package="my-package", version=version, revision=revision
        )
    answer = client.delete_package_versions(
        **MY_REPO,
        domainOwner=OWNER,
        format="pypi",
        package="my-package",
        versions=["4.0.0", "4.0.1", "5.0.0"],
    )
    assert without_metadata(answer) == {
        "successfulVersions": {
            version: {"revision": revision, "status": "Deleted"}
            for version, revision in revisions.items()
        },
        "failedVersions": {},
    }


# list-packages-versions


def test_the_versions_of_a_package_are_listed(emulator: Emulator, client: Any) -> None:
    origin = {
        "domainEntryPoint": {"externalConnectionName": "public:npmjs"},
        "originType": "EXTERNAL",
    }
    listed = [
        ("1.0.1", "REVISION-SAMPLE-1-C7F4S5E9B772FC"),
        ("1.0.0", "REVISION-SAMPLE-2-C752BEEF6D2CFC"),
        ("0.1.2", "REVISION-SAMPLE-3-654S65A5C5E1FC"),
        ("0.1.1", "REVISION-SAMPLE-1-C7F4S5E9B772FC"),
        ("0.1.0", "REVISION-SAMPLE-4-AF669139B772FC"),
    ]
    for version, revision in reversed(listed):
        emulator.store.put(
            **MY_REPO,
            format="npm",
            package="kind-of",
            version=version,
            revision=revision,
            origin=origin,
        )
    answer = client.list_package_versions(**MY_REPO, format="npm", package="kind-of")
    assert without_metadata(answer) == {
        "defaultDisplayVersion": "1.0.1",
        "format": "npm",
        "package": "kind-of",
        "versions": [
            {"version": version, "revision": revision, "status": "Published", "origin": origin}
            for version, revision in listed
        ],
    }


def test_a_sorted_page_begins_with_the_newest(emulator: Emulator, client: Any) -> None:
    versions = ["4.41.2", *(f"5.0.0-beta.{n}" for n in range(8))]
    for version in versions:
        emulator.store.put(**MY_REPO, format="npm", package="webpack", version=version)
    answer = client.list_package_versions(
        **MY_REPO, format="npm", package="webpack", maxResults=5, sortBy="PUBLISHED_TIME"
    )
    assert [row["version"] for row in answer["versions"]] == [
        "5.0.0-beta.7",
        "5.0.0-beta.6",
        "5.0.0-beta.5",
        "5.0.0-beta.4",
        "5.0.0-beta.3",
    ]
    assert answer["nextToken"].startswith("eyJsaXN0UGF")


# repo-upstream-behavior


def test_the_token_of_the_guide_is_understood(emulator: Emulator, client: Any) -> None:
    for version in ("0.10.0", "0.2.2", "0.2.0", "0.2.1", "0.1.0"):
        emulator.store.put(**MY_REPO, format="npm", package="lodash", version=version)
    answer = client.list_package_versions(
        **MY_REPO,
        format="npm",
        package="lodash",
        nextToken="eyJsaXN0UGFja2FnZVZlcnNpb25zVG9rZW4iOiIwLjIuMiJ9",
    )
    assert [row["version"] for row in answer["versions"]] == ["0.2.1", "0.2.0", "0.10.0", "0.1.0"]


# upstream-repo-api-behavior


@pytest.fixture
def upstream(emulator: Emulator) -> dict[str, str]:
    emulator.store.put(
        domain="my-domain",
        repository="upstream-repo",
        format="npm",
        package="lodash",
        version="4.17.20",
        revision="Ciqe5/9yicvkJT13b5/LdLpCyE6fqA7poa9qp+FilPs=",
    )
    emulator.store.add_repository(
        domain="my-domain", repository="target-repo", upstreams=["upstream-repo"]
    )
    return {"domain": "my-domain", "format": "npm", "package": "lodash"}


def test_a_repository_describes_what_it_holds(client: Any, upstream: dict[str, str]) -> None:
    answer = client.describe_package_version(
        **upstream, repository="upstream-repo", packageVersion="4.17.20"
    )
    described = answer["packageVersion"]
    printed = {
        "format": "npm",
        "packageName": "lodash",
        "displayName": "lodash",
        "version": "4.17.20",
        "revision": "Ciqe5/9yicvkJT13b5/LdLpCyE6fqA7poa9qp+FilPs=",
        "status": "Published",
    }
    assert {name: described[name] for name in printed} == printed


def test_a_repository_does_not_describe_what_its_upstream_holds(
    client: Any, upstream: dict[str, str]
) -> None:
    with pytest.raises(client.exceptions.ResourceNotFoundException) as refused:
        client.describe_package_version(
            **upstream, repository="target-repo", packageVersion="4.17.20"
        )
    assert refused.value.response["resourceType"] == "package"


@pytest.mark.parametrize("call", ["update_package_versions_status", "delete_package_versions"])
def test_upstreams_do_not_count_for_changes(
    client: Any, upstream: dict[str, str], call: str
) -> None:
    more = {"targetStatus": "Archived"} if call.startswith("update") else {}
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        getattr(client, call)(**upstream, repository="target-repo", versions=["4.17.20"], **more)


def test_an_absent_package_is_named_in_the_words_of_the_service(
    emulator: Emulator, client: Any
) -> None:
    emulator.store.add_repository(domain="my-domain", repository="alphadb-npm")
    with pytest.raises(ClientError) as refused:
        client.list_package_versions(
            domain="my-domain", repository="alphadb-npm", format="npm", package="alphadb"
        )
    assert refused.value.response["Error"] == {
        "Code": "ResourceNotFoundException",
        "Message": "The npm package 'alphadb' does not exist in repository 'alphadb-npm'.",
    }


# copy-package


@pytest.fixture
def array_unique(emulator: Emulator) -> dict[str, str]:
    for version in ("0.2.0", "0.2.1", "0.3.2"):
        emulator.store.put(**MY_REPO, format="npm", package="array-unique", version=version)
    emulator.store.add_repository(domain="my-domain", repository="repo-2")
    return {
        "domain": "my-domain",
        "domainOwner": OWNER,
        "sourceRepository": "my_repo",
        "destinationRepository": "repo-2",
        "format": "npm",
        "package": "array-unique",
    }


def test_a_version_that_is_not_at_the_source_skips_the_other(
    client: Any, array_unique: dict[str, str]
) -> None:
    answer = client.copy_package_versions(**array_unique, versions=["0.2.0", "5.6.7"])
    assert without_metadata(answer) == {
        "successfulVersions": {},
        "failedVersions": {
            "0.2.0": {"errorCode": "SKIPPED", "errorMessage": "Version 0.2.0 was skipped"},
            "5.6.7": {"errorCode": "NOT_FOUND", "errorMessage": "Could not find version 5.6.7"},
        },
    }


def test_a_version_that_is_at_the_destination_already_goes_unmentioned(
    client: Any, array_unique: dict[str, str]
) -> None:
    client.copy_package_versions(**array_unique, versions=["0.2.1"])
    answer = client.copy_package_versions(**array_unique, versions=["0.2.1", "0.2.0"])
    assert list(answer["successfulVersions"]) == ["0.2.0"]
    assert answer["successfulVersions"]["0.2.0"]["status"] == "Published"
    assert answer["failedVersions"] == {}


def test_a_version_that_differs_at_the_destination_skips_the_other(
    emulator: Emulator, client: Any, array_unique: dict[str, str]
) -> None:
    emulator.store.put(
        domain="my-domain",
        repository="repo-2",
        format="npm",
        package="array-unique",
        version="0.3.2",
        revision="different",
    )
    answer = client.copy_package_versions(**array_unique, versions=["0.3.2", "0.2.1"])
    assert without_metadata(answer) == {
        "successfulVersions": {},
        "failedVersions": {
            "0.2.1": {"errorCode": "SKIPPED", "errorMessage": "Version 0.2.1 was skipped"},
            "0.3.2": {
                "errorCode": "ALREADY_EXISTS",
                "errorMessage": "Version 0.3.2 already exists",
            },
        },
    }


# Errors: aws/aws-cli issue 6125, with today's pattern; and the exceptions of the service model


def test_a_scope_in_a_packages_name_fails_validation(client: Any) -> None:
    with pytest.raises(ClientError) as refused:
        client.delete_package_versions(
            **MY_REPO, format="npm", package="@types/foobar", versions=["1.0.0"]
        )
    assert refused.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "1 validation error detected: Value '@types/foobar' at 'packageName' failed "
        r"to satisfy constraint: Member must satisfy regular expression pattern: [^#/\s]+",
    }
    assert refused.value.response["reason"] == "FIELD_VALIDATION_FAILED"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("AccessDeniedException", 403),
        ("ConflictException", 409),
        ("InternalServerException", 500),
        ("ResourceNotFoundException", 404),
        ("ThrottlingException", 429),
        ("ValidationException", 400),
        ("ServiceQuotaExceededException", 402),
    ],
)
def test_every_exception_of_the_model_can_be_answered(
    emulator: Emulator, client: Any, code: str, status: int
) -> None:
    emulator.inject(
        Fault(
            "UpdatePackageVersionsStatus",
            Reply(status=status, code=code, message="so it is", headers={"Retry-After": "7"}),
        )
    )
    with pytest.raises(getattr(client.exceptions, code), match="so it is") as refused:
        client.update_package_versions_status(**CHALK, versions=["4.1.0"], targetStatus="Archived")
    response = refused.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert response.get("retryAfterSeconds") == (7 if status == 429 else None)
