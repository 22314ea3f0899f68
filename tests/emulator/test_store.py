"""What can be held, and what is said to be absent."""

from typing import Any

import pytest

from codeartifact_emulator import ServiceError, Store
from harness.asking import CORE, ask, stocked


def test_what_is_absent_is_a_404_with_its_kind() -> None:
    store = stocked({"1": "Published"})

    def missing(**other: str) -> tuple[str, Any]:
        with pytest.raises(ServiceError) as refused:
            ask(store, "ListPackageVersions", **{**CORE, **other})
        return refused.value.code, refused.value.extra["resourceType"]

    not_found = "ResourceNotFoundException"
    assert missing(domain="other") == (not_found, "domain")
    assert missing(repository="other") == (not_found, "repository")
    assert missing(package="other") == (not_found, "package")
    assert missing(domain_owner="999999999999") == (not_found, "domain")
    assert missing(namespace="@acme") == (not_found, "package")


def test_what_the_service_could_not_hold_cannot_be_put() -> None:
    for wrong in ({"status": "Deleted"}, {"namespace": "@acme"}, {"format": "conan"}):
        with pytest.raises(ValueError, match=r"Deleted|@acme|conan"):
            Store().put(**{**CORE, "version": "1", **wrong})  # type: ignore[arg-type]
