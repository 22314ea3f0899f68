"""What a request names: formats, names, namespaces and versions in any spelling."""

import pytest

from codeartifact_emulator import ServiceError, Store, Switches
from harness.asking import CORE, ask, stocked


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("12.0.03.0", "12.0.3"),
        ("1.00", "1.0"),
        ("1.01.1", "1.1.1"),
        ("1.00.0.1", "1.0.0.1"),
        ("1.0.0.0", "1.0.0"),
        ("1.0.7+r3456", "1.0.7"),
        ("1.0.0-beta.01", "1.0.0-beta.01"),
        ("latest", "latest"),
    ],
)
def test_nuget_versions_are_found_in_any_spelling(sent: str, stored: str) -> None:
    place = {"domain": "acme", "repository": "store", "format": "nuget"}
    store = Store()
    store.put(**place, package="Newtonsoft.Json", version=stored)
    asked = {**place, "package": "NEWTONSOFT.JSON"}

    answer = ask(
        store, "UpdatePackageVersionsStatus", **asked, versions=[sent], target_status="Unlisted"
    )
    assert list(answer["successfulVersions"]) == [stored]

    store.switches = Switches(nuget_keys="as-sent")
    answer = ask(
        store, "UpdatePackageVersionsStatus", **asked, versions=[sent], target_status="Archived"
    )
    assert list(answer["successfulVersions"]) == [sent]

    description = ask(store, "DescribePackageVersion", **asked, package_version=sent)[
        "packageVersion"
    ]
    assert description["version"] == stored
    assert description["packageName"] == "newtonsoft.json"
    assert description["displayName"] == "Newtonsoft.Json"


def test_a_pypi_name_must_be_sent_normalized() -> None:
    place = {"domain": "acme", "repository": "store", "format": "pypi"}
    store = Store()
    store.put(**place, package="Pigeon_.CLI", version="1")

    assert (
        ask(store, "ListPackageVersions", **place, package="pigeon-cli")["package"] == "pigeon-cli"
    )
    with pytest.raises(ServiceError, match="'pigeon_cli' does not exist"):
        ask(store, "ListPackageVersions", **place, package="pigeon_cli")


def test_swift_names_and_scopes_are_lower_cased() -> None:
    place = {"domain": "acme", "repository": "store", "format": "swift"}
    store = Store()
    store.put(**place, namespace="Apple", package="Swift-NIO", version="2.0.0")

    page = ask(store, "ListPackageVersions", **place, namespace="APPLE", package="swift-nio")

    assert (page["namespace"], page["package"]) == ("apple", "swift-nio")


@pytest.mark.parametrize("kind", ["maven", "swift", "generic"])
def test_some_formats_need_a_namespace(kind: str) -> None:
    place = {"domain": "acme", "repository": "store", "format": kind, "package": "client"}
    store = Store()
    with pytest.raises(ServiceError, match="namespace is required"):
        ask(store, "ListPackageVersions", **place)
    with pytest.raises(ValueError, match="needs a namespace"):
        store.put(**place, version="1")


@pytest.mark.parametrize("kind", ["pypi", "nuget", "ruby", "cargo"])
def test_some_formats_have_no_namespace(kind: str) -> None:
    place = {"domain": "acme", "repository": "store", "format": kind, "package": "client"}
    store = Store()
    store.put(**place, version="1")
    with pytest.raises(ServiceError) as refused:
        ask(store, "ListPackageVersions", **place, namespace="acme")
    assert refused.value.http_status == 400

    store.switches = Switches(foreign_namespace="404")
    with pytest.raises(ServiceError) as refused:
        ask(store, "ListPackageVersions", **place, namespace="acme")
    assert refused.value.http_status == 404


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ServiceError, match="format must be one of"):
        ask(stocked({}), "ListPackageVersions", **{**CORE, "format": "conan"})
