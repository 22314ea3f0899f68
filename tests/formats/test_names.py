"""Names as the service keeps them, as users write them, and as package URLs."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from codeartifact_emulator.names import normalize_name
from codeartifact_status.formats import names
from codeartifact_status.formats.table import rules_of
from codeartifact_status.model import Format, Package
from harness.runs import CORE_PACKAGE


def package(kind: Format, name: str, namespace: str | None = None) -> Package:
    return Package(domain="acme", repository="store", format=kind, namespace=namespace, name=name)


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
    assert names.split_name(kind, text) == parts


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
    assert names.normal_name(kind, given) == kept
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
    assert names.normal_namespace(kind, given) == kept


@given(st.sampled_from(list(Format)), st.text("01289.-+aAzZ_", min_size=1, max_size=12))
def test_normalizing_twice_changes_nothing(kind: Format, text: str) -> None:
    for normal in (names.normal_name, names.normal_version, names.normal_namespace):
        once = normal(kind, text)
        assert normal(kind, once) == once


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
    assert names.package_url(package, "1.2.3", name_repository=False) == url


def test_a_package_url_names_the_repository_where_there_are_several() -> None:
    url = names.package_url(CORE_PACKAGE, "1.0.0+x", name_repository=True)

    assert url == "pkg:npm/%40acme/core@1.0.0%2Bx?repository=npm-store"


NAMES = (
    st.text(min_size=1, max_size=20)
    .filter(lambda t: re.fullmatch(r"[^#/\s]+", t))
    .filter(lambda text: text.encode(errors="replace").decode() == text)
)


@pytest.mark.parametrize("kind", list(Format))
@given(st.data())
def test_distinct_versions_have_distinct_package_urls(kind: Format, data: st.DataObject) -> None:
    namespace = None if rules_of(kind).namespace is None else "acme"
    first, second = data.draw(NAMES), data.draw(NAMES)
    one, other = (
        names.package_url(package(kind, "x", namespace), version, name_repository=False)
        for version in (first, second)
    )
    assert (one == other) == (first == second)
    assert PackageURL.from_string(one).version == first


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
    assert names.package_title(package) == title
