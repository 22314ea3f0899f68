"""NOT_FOUND says what is near, and nothing where nothing is."""

import pytest

from codeartifact_status.model import Format, Package, Request, Selection, State, Status
from codeartifact_status.planning.missing import Missing
from harness.runs import CORE_PACKAGE

PLACE = "in repository store (upstream repositories do not count)"


def message(
    version: str,
    stored: str,
    *,
    format_: Format = Format.GENERIC,
    number: str | None = None,
    selection: Selection | None = None,
) -> str:
    """What is said of a version where other ones are stored."""
    package = Package(domain="acme", repository="store", format=format_, namespace="x", name="lib")
    request = Request(
        package=package,
        versions=(version,),
        target=Status.PUBLISHED,
        number=number,
        selection=selection,
        unmatched=selection.text if selection is not None else None,
    )
    there = {one: State("Unlisted", "r") for one in stored.split()}
    return Missing().message(request, version, there)


@pytest.mark.parametrize(
    ("version", "stored", "hint"),
    [
        ("v1.3.0", "1.2.0 1.3.0", "did you mean 1.3.0?"),
        ("1.3.0", "v1.2.0 v1.3.0", "did you mean v1.3.0?"),
        ("V-1.3.0", "1.3.0", "did you mean 1.3.0?"),
        ("1.3.O", "1.3.0 1.3.1 1.3.2", "did you mean 1.3.0?"),
        ("l.3.0", "1.3.0 2.3.0", "did you mean 1.3.0?"),
        ("1.3.0.RC.1", "1.3.0 1.3.0-rc1", "did you mean 1.3.0-rc1?"),
        ("1.3.0-snapshot", "1.3.0-SNAPSHOT 1.3.0", "did you mean 1.3.0-SNAPSHOT?"),
        ("1_3_0", "1.3.0 1-3-0", "did you mean 1.3.0 or 1-3-0?"),
        ("1.3", "1.3.0 2.0.0", "nearest: 1.3.0"),
        ("1.3.1", "1.2.1 2.3.1 1.3.0 0.0.7", "nearest: 1.3.0, 1.2.1, 2.3.1"),
        ("2026-02-03", "2026-02-04 nightly", "nearest: 2026-02-04"),
        ("2", "1.0 2.0.0 20.0", "nearest: 2.0.0"),
        ("1.0", "1.0-rc1 2.1.0 1.0.Final", "nearest: 1.0-rc1, 1.0.Final"),
        ("1.0.0RC2", "1.0.0 1.0.0rc1", "nearest: 1.0.0rc1, 1.0.0"),
        ("1.3.*", "1.3.0", "for a pattern, use versions-matching"),
        ("^1.3", "1.3.0", "for a pattern, use versions-matching"),
    ],
)
def test_the_nearest_is_named(version: str, stored: str, hint: str) -> None:
    assert message(version, stored) == f"Could not find version {version} {PLACE}; {hint}"


@pytest.mark.parametrize(
    ("version", "stored"), [("9.9.9", "1.0.0 1.3.0"), ("nightly", "1.0.0"), ("2", "3")]
)
def test_where_nothing_is_near_nothing_is_named(version: str, stored: str) -> None:
    assert message(version, stored) == f"Could not find version {version} {PLACE}"


def test_a_package_that_is_not_there_has_nothing_near_it() -> None:
    assert message("1.0", "", format_=Format.MAVEN) == f"Could not find package x:lib {PLACE}"


def absent(*, target: Status = Status.PUBLISHED, entries: dict[str, int] | None = None) -> str:
    """What is said of an npm package without a scope that isn't there."""
    package = Package(domain="acme", repository="store", format=Format.NPM, name="ui")
    request = Request(package=package, versions=("1",), target=target, entries=entries or {})
    return Missing().message(request, "1", {})


@pytest.mark.parametrize(
    "said", [absent(), absent(target=Status.UNLISTED, entries={"1": 1}),
             absent(target=Status.ARCHIVED)]
)  # fmt: skip
def test_a_package_without_a_scope_may_lack_it(said: str) -> None:
    assert said == (
        f"Could not find package ui {PLACE}; this is the package without a scope: for @scope/ui, "
        "set namespace to its scope"
    )


def test_a_block_list_holds_packages_without_a_scope() -> None:
    said = absent(target=Status.ARCHIVED, entries={"1": 1})
    assert said == f"Could not find package ui {PLACE}"


def test_several_that_are_the_same_to_the_format_are_named() -> None:
    assert message("1", "1.0 1.0.0 2.0", format_=Format.PYPI) == (
        "Could not find version 1 in repository store, where 1.0 and 1.0.0 are the same version to "
        "pypi: name one of them"
    )


@pytest.mark.parametrize(
    ("number", "stored", "meant"),
    [("2", "2.0 1.0", "2.0"), ("1.1", "1.10 1.100", "1.10 or 1.100"), ("1", "1.0 l 2", "1.0")],
)
def test_a_number_that_lost_its_zeros_asks_for_quotes(number: str, stored: str, meant: str) -> None:
    assert message(number, stored, number=number) == (
        f"Could not find version {number} {PLACE}; did you mean {meant}? YAML drops the zeros of a "
        f'number, so quote it: versions: "{stored.partition(" ")[0]}"'
    )


def test_what_is_no_number_of_yaml_asks_for_none() -> None:
    assert "quote" not in message("1.1", "1.10")


@pytest.mark.parametrize(
    ("matching", "stored", "hint"),
    [
        ("0.x", "0.1 0.2", "; did you mean 0.*?"),
        ("1.4.X", "1.4.0", "; did you mean 1.4.*?"),
        ("1.x.5", "1.4.5", "; did you mean 1.*.5?"),
        ("1.4", "1.4.0", "; did you mean 1.4.*?"),
        ("0.x", "1.0", ""),
        ("^1", "1.0.0", ""),
        ("1.5.*", "1.4.0", ""),
        ("fox", "fox-1", ""),
    ],
)
def test_a_glob_without_a_wildcard_is_shown_with_one(matching: str, stored: str, hint: str) -> None:
    found = message(matching, stored, selection=Selection(matching=(matching,)))
    assert found == f"No version in repository store matches {matching}{hint}"


def test_where_all_matches_are_excluded_the_message_says_so() -> None:
    selection = Selection(matching=("1.x", "2.*"), excluding=("*",))
    assert message("1.x, 2.*", "1.0 2.0", selection=selection) == (
        "No version in repository store matches 1.x, 2.*, apart from "
        "those that exclude-versions excludes: 2.0"
    )


def test_of_ten_thousand_missing_versions_only_the_first_are_compared() -> None:
    stored = {f"1.{n}.0": State("Unlisted", "r") for n in range(10_000)}
    versions = tuple(f"1.{n}.7" for n in range(10_000))
    request = Request(package=CORE_PACKAGE, versions=versions, target=Status.PUBLISHED)
    missing = Missing()

    messages = [missing.message(request, version, stored) for version in versions]

    assert "nearest" in messages[0]
    assert "nearest" not in messages[-1]


def test_the_longest_versions_are_not_compared_without_bounds() -> None:
    """Comparing all of these would take an hour."""
    stored = {"a" * 190 + f"{n}": State("Unlisted", "r") for n in range(1000)}
    versions = tuple("a" * 189 + f"{n}" for n in range(1000))
    request = Request(package=CORE_PACKAGE, versions=versions, target=Status.PUBLISHED)
    missing = Missing()

    for version in versions:
        assert "nearest" not in missing.message(request, version, stored)


def test_look_alikes_are_found_however_many_are_missing() -> None:
    stored = {f"1.{n}.0": State("Unlisted", "r") for n in range(10_000)}
    versions = tuple(f"v1.{n}.0" for n in range(10_000))
    request = Request(package=CORE_PACKAGE, versions=versions, target=Status.PUBLISHED)
    missing = Missing()

    for version in versions:
        found = missing.message(request, version, stored)
        assert f"did you mean {version.removeprefix('v')}" in found
