"""What differs by package format: names as the service keeps them, URLs, ARNs, console links."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from codeartifact_emulator.names import normalize_name, normalize_version, package_path
from codeartifact_status import formats
from codeartifact_status.formats import RULES, Namespace
from codeartifact_status.model import Format, Package
from harness.runs import CORE_PACKAGE


def package(kind: Format, name: str, namespace: str | None = None) -> Package:
    return Package(domain="acme", repository="store", format=kind, namespace=namespace, name=name)


def test_every_format_has_its_rules() -> None:
    assert set(RULES) == set(Format)


@pytest.mark.parametrize(
    ("kind", "namespace"),
    [
        (Format.NPM, Namespace.OPTIONAL),
        (Format.MAVEN, Namespace.REQUIRED),
        (Format.SWIFT, Namespace.REQUIRED),
        (Format.GENERIC, Namespace.REQUIRED),
        (Format.PYPI, Namespace.REFUSED),
        (Format.NUGET, Namespace.REFUSED),
        (Format.RUBY, Namespace.REFUSED),
        (Format.CARGO, Namespace.REFUSED),
    ],
)
def test_a_namespace_is_as_the_format_has_it(kind: Format, namespace: Namespace) -> None:
    assert RULES[kind].namespace is namespace


@pytest.mark.parametrize(
    ("kind", "text", "parts"),
    [
        (Format.NPM, "@acme/core", ("acme", "core")),
        (Format.NPM, "core", (None, "core")),
        (Format.NPM, "@core", (None, "@core")),
        (Format.NPM, "@a/b/c", ("a", "b/c")),
        (Format.MAVEN, "com.acme:core", ("com.acme", "core")),
        (Format.MAVEN, "core", (None, "core")),
        (Format.PYPI, "a:b", (None, "a:b")),
        (Format.GENERIC, "@a/b", (None, "@a/b")),
    ],
)
def test_a_name_is_taken_apart(kind: Format, text: str, parts: tuple[str | None, str]) -> None:
    assert formats.split_name(kind, text) == parts


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        (Format.PYPI, "Acme.Client__x", "acme-client-x"),
        (Format.NUGET, "Newtonsoft.Json", "newtonsoft.json"),
        (Format.SWIFT, "SwiftNIO", "swiftnio"),
        (Format.NPM, "CamelCase_x", "CamelCase_x"),
        (Format.MAVEN, "Core", "Core"),
        (Format.RUBY, "Rails_x", "Rails_x"),
        (Format.CARGO, "serde_Json", "serde_Json"),
        (Format.GENERIC, "X.y", "X.y"),
    ],
)
def test_a_name_is_kept_as_the_service_keeps_it(kind: Format, given: str, kept: str) -> None:
    assert formats.normal_name(kind, given) == kept
    assert normalize_name(kind, given) == kept


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        (Format.NPM, "@acme", "acme"),
        (Format.NPM, "Acme", "Acme"),
        (Format.SWIFT, "Apple", "apple"),
        (Format.MAVEN, "Com.Acme", "Com.Acme"),
        (Format.GENERIC, "@x", "@x"),
    ],
)
def test_a_namespace_is_kept_as_the_service_keeps_it(kind: Format, given: str, kept: str) -> None:
    assert formats.normal_namespace(kind, given) == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("1.2.3", "1.2.3"),
        ("01.02.03", "1.2.3"),
        ("1.2.3.0", "1.2.3"),
        ("1.2.3.4", "1.2.3.4"),
        ("1.0.0.00", "1.0.0"),
        ("1.00", "1.0"),
        ("1.2.3+build.5", "1.2.3"),
        ("1.2.3-Beta.01+x", "1.2.3-Beta.01"),
        ("1.2.3.0-rc-1", "1.2.3-rc-1"),
        ("latest", "latest"),
    ],
)
def test_a_nuget_version_is_kept_as_the_service_keeps_it(given: str, kept: str) -> None:
    assert formats.normal_version(Format.NUGET, given) == kept
    assert normalize_version("nuget", given) == kept


@given(st.sampled_from(list(Format)), st.text("01289.-+aAzZ_", min_size=1, max_size=12))
def test_normalizing_twice_changes_nothing(kind: Format, text: str) -> None:
    for normal in (formats.normal_name, formats.normal_version, formats.normal_namespace):
        once = normal(kind, text)
        assert normal(kind, once) == once


@given(st.text("0123.-+a", min_size=1, max_size=12))
def test_nuget_versions_are_kept_as_the_emulator_keeps_them(text: str) -> None:
    assert formats.normal_version(Format.NUGET, text) == normalize_version("nuget", text)


@pytest.mark.parametrize(
    ("package", "url"),
    [
        (CORE_PACKAGE, "pkg:npm/%40acme/core@1.2.3"),
        (package(Format.NPM, "chalk"), "pkg:npm/chalk@1.2.3"),
        (package(Format.PYPI, "acme-client"), "pkg:pypi/acme-client@1.2.3"),
        (package(Format.MAVEN, "core", "com.acme"), "pkg:maven/com.acme/core@1.2.3"),
        (package(Format.NUGET, "lib"), "pkg:nuget/lib@1.2.3"),
        (package(Format.RUBY, "rails"), "pkg:gem/rails@1.2.3"),
        (package(Format.SWIFT, "nio", "apple"), "pkg:swift/apple/nio@1.2.3"),
        (package(Format.CARGO, "serde"), "pkg:cargo/serde@1.2.3"),
        (package(Format.GENERIC, "tool", "acme"), "pkg:generic/acme/tool@1.2.3"),
    ],
)
def test_a_package_url_is_as_the_specification_has_it(package: Package, url: str) -> None:
    assert formats.package_url(package, "1.2.3", name_repository=False) == url


def test_a_package_url_names_the_repository_where_there_are_several() -> None:
    url = formats.package_url(CORE_PACKAGE, "1.0.0+x", name_repository=True)

    assert url == "pkg:npm/%40acme/core@1.0.0%2Bx?repository=npm-store"


NAMES = (
    st.text(min_size=1, max_size=20)
    .filter(lambda t: re.fullmatch(r"[^#/\s]+", t))
    .filter(lambda text: text.encode(errors="replace").decode() == text)
)


@pytest.mark.parametrize("kind", list(Format))
@given(st.data())
def test_distinct_versions_have_distinct_package_urls(kind: Format, data: st.DataObject) -> None:
    namespace = None if RULES[kind].namespace is Namespace.REFUSED else "acme"
    first, second = data.draw(NAMES), data.draw(NAMES)
    one, other = (
        formats.package_url(package(kind, "x", namespace), version, name_repository=False)
        for version in (first, second)
    )
    assert (one == other) == (first == second)
    assert PackageURL.from_string(one).version == first


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
    assert formats.partition_of(region) == partition


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
    arn = formats.package_arn(package, region="eu-west-1", account="111122223333")

    path = package_path(
        package.domain, package.repository, package.format, package.namespace, package.name
    )
    assert arn == f"arn:aws:codeartifact:eu-west-1:111122223333:package/{path}"


@pytest.mark.parametrize(
    ("package", "title"),
    [
        (CORE_PACKAGE, "@acme/core"),
        (package(Format.NPM, "chalk"), "chalk"),
        (package(Format.MAVEN, "core", "com.acme"), "com.acme:core"),
        (package(Format.SWIFT, "nio", "apple"), "apple.nio"),
        (package(Format.GENERIC, "tool", "acme"), "acme/tool"),
    ],
)
def test_a_package_is_called_as_its_users_call_it(package: Package, title: str) -> None:
    assert package.title == title


def test_an_arn_without_a_namespace_keeps_its_slash() -> None:
    arn = formats.package_arn(package(Format.NPM, "chalk"), region="cn-north-1", account="1" * 12)

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
    assert formats.console_url(package, region=region, account=account) == url


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("http://127.0.0.1:4566", True),
        ("https://x.example/y", True),
        ("ftp://x.example", False),
        ("localhost:4566", False),
        ("http://", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_an_http_url_is_known_by_scheme_and_host(text: str, is_one: bool) -> None:  # noqa: FBT001
    assert formats.is_http_url(text) is is_one
