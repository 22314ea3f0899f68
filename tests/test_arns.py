"""ARNs, partitions and links to the console."""

import pytest

from codeartifact_emulator.names import Place
from codeartifact_status import arns
from codeartifact_status.arns import RoleArn
from codeartifact_status.model import Format, Package
from harness.runs import CORE_PACKAGE


def package(kind: Format, name: str, namespace: str | None = None) -> Package:
    return Package(domain="acme", repository="store", format=kind, namespace=namespace, name=name)


@pytest.mark.parametrize(
    ("text", "partition", "resource"),
    [
        ("arn:aws:iam::111122223333:role/release", "aws", "role/release"),
        ("arn:aws-cn:iam::111122223333:role/ci/x:y", "aws-cn", "role/ci/x:y"),
    ],
)
def test_a_role_arn_is_taken_apart_and_put_together(
    text: str, partition: str, resource: str
) -> None:
    arn = RoleArn.parse(text)

    assert arn == RoleArn(partition=partition, account="111122223333", resource=resource)
    assert str(arn) == text


@pytest.mark.parametrize("text", ["", "release", "arn:aws:iam::111122223333:user/demo"])
def test_what_is_no_role_is_no_role_arn(text: str) -> None:
    with pytest.raises(ValueError, match="role ARN"):
        RoleArn.parse(text)


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-south-1", "aws-iso-f"),
        ("eusc-de-east-1", "aws-eusc"),
        ("ap-southeast-2", "aws"),
    ],
)
def test_a_region_belongs_to_its_partition(region: str, partition: str) -> None:
    assert arns.partition_of(region) == partition


@pytest.mark.parametrize(
    "package",
    [
        CORE_PACKAGE,
        package(Format.NPM, "chalk"),
        package(Format.MAVEN, "core", "com.acme"),
        package(Format.PYPI, "client"),
    ],
)
def test_an_arn_is_what_the_service_compares(package: Package) -> None:
    arn = arns.package_arn(package, region="eu-west-1", account="111122223333")

    place = Place(
        domain=package.domain,
        repository=package.repository,
        format=package.format,
        namespace=package.namespace,
        package=package.name,
    )
    assert arn == f"arn:aws:codeartifact:eu-west-1:111122223333:{place.resource('package')}"


def test_an_arn_without_a_namespace_keeps_its_slash() -> None:
    arn = arns.package_arn(package(Format.NPM, "chalk"), region="cn-north-1", account="1" * 12)

    assert arn == "arn:aws-cn:codeartifact:cn-north-1:111111111111:package/acme/store/npm//chalk"


@pytest.mark.parametrize(
    ("package", "region", "account", "url"),
    [
        (
            CORE_PACKAGE,
            "eu-west-1",
            "111122223333",
            (
                "https://eu-west-1.console.aws.amazon.com/codesuite/codeartifact/d/111122223333/acme/r/"
                "npm-store/p/npm/acme/core/versions?region=eu-west-1"
            ),
        ),
        (
            package(Format.PYPI, "a)[b]"),
            "cn-north-1",
            "111122223333",
            (
                "https://cn-north-1.console.amazonaws.cn/codesuite/codeartifact/d/111122223333/acme/r/"
                "store/p/pypi/a%29%5Bb%5D/versions?region=cn-north-1"
            ),
        ),
        (
            CORE_PACKAGE,
            "us-gov-west-1",
            None,
            (
                "https://us-gov-west-1.console.amazonaws-us-gov.com/codesuite/codeartifact/domains"
                "?region=us-gov-west-1"
            ),
        ),
        (CORE_PACKAGE, "us-iso-east-1", "111122223333", None),
    ],
)
def test_a_package_has_a_page_in_the_console(
    package: Package, region: str, account: str | None, url: str | None
) -> None:
    assert arns.console_url(package, region=region, account=account) == url
