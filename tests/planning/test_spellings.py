"""A version in another spelling is the one that is stored; contradictions show then."""

import time
from dataclasses import replace

import pytest

from codeartifact_status.model import (
    DENIED,
    Format,
    Package,
    Reading,
    Request,
    Selection,
    State,
    Status,
)
from codeartifact_status.planning.selection import select
from codeartifact_status.planning.spellings import Resolution, Spellings, resolve

P, A = Status.PUBLISHED, Status.ARCHIVED
CLIENT = Package(domain="acme", repository="pypi-store", format=Format.PYPI, name="client")


def there(versions: str) -> dict[str, State]:
    return {version: State("Unlisted", "r") for version in versions.split()}


def asked(
    versions: str,
    *,
    target: Status = P,
    expected: str | None = None,
    pins: dict[str, str] | None = None,
    entry: int = 0,
    package: Package = CLIENT,
) -> Request:
    """What an entry asks for, or the step; ``pins`` are revisions by version."""
    names = tuple(versions.split())
    return Request(
        package=package,
        versions=names,
        target=target,
        expected_status=expected,
        revisions=pins or {},
        entries=dict.fromkeys(names, entry) if entry else {},
    )


def resolved(reading: Reading, *requests: Request) -> Resolution:
    return resolve(requests, {CLIENT: reading})


@pytest.mark.parametrize(
    ("stored", "versions", "meant"),
    [
        ("1.0.0rc1", "1.0.0-rc.1", "1.0.0rc1"),
        ("2026.2.3", "2026.02.03", "2026.2.3"),
        ("1.0", "v1.0.0", "1.0"),
        ("1.0.post1 1.0", "1.0-1 1", "1.0.post1 1.0"),
        ("1.0", "1.0 1.0.0 v1", "1.0"),
        ("1.0 1.0.0", "1.0.0", "1.0.0"),
        ("1.0 1.0.0", "1", "1"),
        ("1.0", "2.0 nightly", "2.0 nightly"),
        ("nightly 1.0", "Nightly", "Nightly"),
        ("", "1.0", "1.0"),
    ],
)
def test_a_spelling_is_the_only_stored_one_that_the_format_takes_for_the_same(
    stored: str, versions: str, meant: str
) -> None:
    (found,) = resolved(there(stored), asked(versions)).requests

    assert found.versions == tuple(meant.split())


@pytest.mark.parametrize("format_", [Format.MAVEN, Format.CARGO, Format.SWIFT, Format.GENERIC])
def test_some_formats_know_no_other_spelling(format_: Format) -> None:
    spellings = Spellings(format=format_, there=there("1.0 1.0.0+build.1 v2.0.0"))

    for version in ("1.0.0", "1.0.0+build.2", "2.0.0", "v1.0"):
        assert spellings.of(version) == ()
    assert spellings.of("1.0") == ("1.0",)


def test_the_revision_of_a_spelling_is_that_of_the_stored_version() -> None:
    request = asked("1.0.0-rc.1 2.0", pins={"1.0.0-rc.1": "a", "2.0": "b"})

    resolution = resolved(there("1.0.0rc1 2.0"), request)

    (found,) = resolution.requests
    assert found.revisions == {"1.0.0rc1": "a", "2.0": "b"}
    assert resolution.stored_as == {(CLIENT, "1.0.0-rc.1"): "1.0.0rc1"}


@pytest.mark.parametrize("excluding", ["*rc1", "*-rc*", "*-RC*", "1.0.0c1"])
def test_what_is_excluded_is_seen_by_its_stored_name_and_as_it_was_asked_for(
    excluding: str,
) -> None:
    stored = there("1.0.0rc1 1.0.0")
    request = replace(asked("1.0.0-rc.1 v1"), selection=Selection(excluding=(excluding,)))

    (found,) = resolved(stored, request).requests

    selected = select(found, stored)
    assert selected.versions == ("1.0.0",)
    assert list(selected.left_alone) == ["1.0.0rc1"]


def test_where_nothing_could_be_read_versions_stay_as_they_are_spelled() -> None:
    request = asked("1.0.0-rc.1")
    assert resolved(DENIED, request) == Resolution(requests=(request,), stored_as={}, problems=())


@pytest.mark.parametrize(
    "second",
    [
        asked("1.0.0", target=A, entry=2),
        asked("1.0.0", expected="Unlisted", entry=2),
        asked("1.0.0", pins={"1.0.0": "r"}, entry=2),
        asked("1.0", target=A, entry=2),
        asked("v1.0", target=A, entry=2),
    ],
)
def test_two_entries_may_not_ask_otherwise_for_one_stored_version(second: Request) -> None:
    resolution = resolved(there("1.0"), asked("1", entry=1), second)

    (problem,) = resolution.problems
    (version,) = second.versions
    assert str(problem) == (
        f"packages, entry 2: versions: {version} of client is also in entry 1 as 1, with another "
        "status or revision"
    )


def test_what_asks_for_the_same_may_be_spelled_in_two_ways() -> None:
    first = asked("1", pins={"1": "r"}, entry=1)
    second = asked("1.0.0", pins={"1.0.0": "r"}, entry=2)

    assert resolved(there("1.0"), first, second).problems == ()


def test_different_versions_may_be_asked_for_otherwise() -> None:
    resolution = resolved(there("1.0 2.0"), asked("1", entry=1), asked("2", target=A, entry=2))

    assert resolution.problems == ()
    assert [request.versions for request in resolution.requests] == [("1.0",), ("2.0",)]


@pytest.mark.parametrize(("entry", "where"), [(0, ""), (3, "packages, entry 3: ")])
def test_two_revisions_of_one_version_are_a_contradiction(entry: int, where: str) -> None:
    request = asked("1 1.0.0", pins={"1": "a", "1.0.0": "b"}, entry=entry)

    (problem,) = resolved(there("1.0"), request).problems

    assert str(problem) == (
        f"{where}version-revisions: 1 and 1.0.0 of client are the same version, but with two "
        "revisions"
    )


def test_ten_thousand_spellings_take_no_longer_than_reading_them() -> None:
    numbers = range(10_000)
    stored = there(" ".join(f"1.{n}.0rc1" for n in numbers))
    start = time.process_time()

    (found,) = resolved(stored, asked(" ".join(f"1.{n}.0-rc.1" for n in numbers))).requests

    assert found.versions == tuple(stored)
    assert time.process_time() - start < 10
