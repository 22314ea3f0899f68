"""A number of YAML, and the version with zeros that it may have been."""

import pytest

from codeartifact_status.model import DENIED, Format, Package, Request, State, Status
from codeartifact_status.planning.numbers import doubts, with_zeros
from codeartifact_status.planning.spellings import Spellings, resolve
from harness.runs import CORE_PACKAGE

CLIENT = Package(domain="acme", repository="pypi-store", format=Format.PYPI, name="client")


def there(versions: str) -> dict[str, State]:
    return {version: State("Unlisted", "r") for version in versions.split()}


def request_for(versions: str, number: str | None, package: Package = CORE_PACKAGE) -> Request:
    return Request(
        package=package, versions=tuple(versions.split()), target=Status.ARCHIVED, number=number
    )


@pytest.mark.parametrize(
    ("number", "stored", "others"),
    [
        ("2", "2.0", "2.0"),
        ("2", "2.0 2.00 2.0.0 20 2.1", "2.0 2.00"),
        ("1.1", "1.10 1.100 1.1000000 1.1.0 1.101 11.0", "1.10 1.100 1.1000000"),
        ("1.1", "1.1", ""),
        ("0", "0.0", "0.0"),
        ("2026.1", "2026.10 2026.1", "2026.10"),
        ("1.1", "", ""),
    ],
)
def test_what_is_stored_with_zeros_behind_the_number_may_be_meant(
    number: str, stored: str, others: str
) -> None:
    spellings = Spellings(format=Format.NPM, there=there(stored))
    assert with_zeros(request_for(number, number), spellings) == others.split()


def test_what_is_asked_for_as_well_is_in_no_doubt() -> None:
    spellings = Spellings(format=Format.NPM, there=there("1.1 1.10 1.100"))
    assert with_zeros(request_for("1.1 1.10", "1.1"), spellings) == ["1.100"]


def test_what_is_no_number_of_yaml_is_in_no_doubt() -> None:
    spellings = Spellings(format=Format.NPM, there=there("1.1 1.10"))
    assert with_zeros(request_for("1.1", None), spellings) == []


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("1.1.0 1.10", ["1.1 of client in pypi-store, which also holds 1.10"]),
        ("1.1 1.10.0", ["1.1 of client in pypi-store, which also holds 1.10.0"]),
        ("1.1 1.10 1.100", ["1.1 of client in pypi-store, which also holds 1.10, 1.100"]),
        ("1.1.0", []),
        ("1.10", []),
    ],
)
def test_other_spellings_of_either_are_known(stored: str, expected: list[str]) -> None:
    readings = {CLIENT: there(stored)}
    requests = resolve([request_for("1.1", "1.1", CLIENT)], readings).requests
    assert list(doubts(requests, readings)) == expected


def test_a_number_that_the_format_takes_for_the_one_with_zeros_is_in_no_doubt() -> None:
    readings = {CLIENT: there("2.0")}
    requests = resolve([request_for("2", "2", CLIENT)], readings).requests
    assert requests[0].versions == ("2.0",)
    assert list(doubts(requests, readings)) == []


def test_where_nothing_could_be_read_there_is_no_doubt() -> None:
    assert list(doubts([request_for("1.1", "1.1")], {CORE_PACKAGE: DENIED})) == []
