"""What a request means of the packages that it found."""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from codeartifact_status.model import (
    ANY_REPOSITORY,
    DENIED,
    Allowed,
    Code,
    Format,
    Globs,
    OnFailure,
    Package,
    Reading,
    Request,
    Selection,
    State,
    Status,
)
from codeartifact_status.planning.finding import Holdings, shelves
from codeartifact_status.planning.plan import make_plan
from codeartifact_status.planning.selection import select
from codeartifact_status.planning.settling import Found, settle
from harness.runs import CORE_PACKAGE

EVERYWHERE = replace(CORE_PACKAGE, repository=ANY_REPOSITORY)


def package(name: str, repository: str = "npm-store", namespace: str | None = "acme") -> Package:
    return replace(CORE_PACKAGE, name=name, repository=repository, namespace=namespace)


def reading(versions: str) -> Reading:
    return {version: State("Unlisted", "r") for version in versions.split()}


def globs(*matching: str, repository: str = "npm-store", **asked: object) -> Request:
    found = Globs(matching=matching)
    place = replace(CORE_PACKAGE, repository=repository, namespace=None, name=found.text)
    given_: dict[str, object] = {"versions": (), "target": Status.PUBLISHED, **asked}
    return Request(package=place, globs=found, **given_)  # type: ignore[arg-type]


def found(requests: list[Request], there: Mapping[Package, Reading]) -> Found:
    repositories = tuple(sorted({one.repository for one in there}))
    holdings = Holdings(packages=tuple(there), repositories=repositories)
    candidates = {one.package: holdings.of(one) for one in requests if one.is_open}
    absent = {one.package: reading("") for one in requests if not one.is_open}
    return settle(requests, holdings, candidates, {**absent, **there})


def asked(settled: Found) -> dict[str, tuple[str, ...]]:
    return {
        f"{one.package.name} in {one.package.repository}": one.versions for one in settled.requests
    }


def test_an_unreadable_package_lacks_nothing() -> None:
    settled = found(
        [globs("@acme/*", versions=("1.0",))],
        {package("a"): DENIED, package("b"): reading("2.0")},
    )
    assert asked(settled) == {"a in npm-store": ("1.0",)}
    assert settled.lacking == (package("b"),)


def test_another_spelling_is_not_lacking() -> None:
    settled = found([globs("@acme/*", versions=("v1.0.0",))], {package("a"): reading("1.0.0")})
    assert asked(settled) == {"a in npm-store": ("v1.0.0",)}


def test_what_is_excluded_is_not_lacking() -> None:
    selection = Selection(excluding=("2.*",))
    settled = found(
        [globs("@acme/*", versions=("1.0.0", "2.0.0"), selection=selection)],
        {package("a"): reading("1.0.0"), package("b"): reading("1.0.0 2.0.0")},
    )
    assert settled.lacking == ()
    requests = [select(one, settled.readings[one.package]) for one in settled.requests]
    assert [one.versions for one in requests] == [("1.0.0",), ("1.0.0",)]


def test_a_named_package_provides_for_the_others_and_fails_by_itself() -> None:
    named = Request(package=package("core"), versions=("1.0", "2.0"), target=Status.PUBLISHED)
    requests = [named, globs("@acme/*", versions=("1.0", "2.0"))]

    settled = found(requests, {package("core"): reading("1.0"), package("a"): reading("1.0")})

    assert asked(settled) == {"core in npm-store": ("1.0", "2.0"), "a in npm-store": ("1.0",)}


def test_globs_that_match_nothing_are_told_beside_a_named_package() -> None:
    named = Request(package=package("core"), versions=("1.0",), target=Status.PUBLISHED)
    settled = found([named, globs("other-*", versions=("1.0",))], {package("core"): reading("1.0")})
    assert asked(settled) == {"core in npm-store": ("1.0",), "other-* in npm-store": ("1.0",)}


def test_the_same_copy_from_two_requests_is_asked_once() -> None:
    here = Request(package=CORE_PACKAGE, versions=("2.0",), target=Status.PUBLISHED)
    anywhere = Request(package=EVERYWHERE, versions=("1.0",), target=Status.PUBLISHED)
    settled = found([here, anywhere], {CORE_PACKAGE: reading("1.0 2.0")})
    assert asked(settled) == {"core in npm-store": ("2.0", "1.0")}


def test_what_is_listed_is_what_all_that_is_meant_begins_with() -> None:
    requests = [
        globs("@acme/core-*", "@acme/cli", versions=("1.0",)),
        Request(package=package("cargo"), versions=("1.0",), target=Status.PUBLISHED),
        Request(package=replace(EVERYWHERE, format=Format.PYPI, namespace=None, name="lib"),
                versions=("1.0",), target=Status.PUBLISHED),
    ]  # fmt: skip
    parts = shelves([one for one in requests if one.is_open], ["npm-store", "other"])
    assert [(s.repository, s.format, s.namespace, s.name) for s in parts] == [
        ("npm-store", Format.NPM, "acme", "c"),
        ("npm-store", Format.PYPI, "", "lib"),
        ("other", Format.PYPI, "", "lib"),
    ]


VERSIONS = st.lists(st.sampled_from(["1.0.0", "1.1.0", "2.0.0"]), unique=True)
STORES = st.dictionaries(
    st.builds(
        package,
        st.sampled_from(["core", "cli", "ui"]),
        st.sampled_from(["npm-store", "npm-prod"]),
        st.sampled_from(["acme", None]),
    ),
    VERSIONS.map(" ".join).map(reading),
)


@given(
    STORES,
    st.sampled_from([("@acme/*",), ("c*",), ("*",), ("@acme/c*", "u?"), None]),
    st.sampled_from(["npm-store", ANY_REPOSITORY]),
    VERSIONS,
    st.sampled_from([(), ("1.*",), ("9.*",)]),
    st.booleans(),
)
def test_nothing_that_is_asked_for_goes_without_an_outcome(
    there: dict[Package, Reading],
    matching: tuple[str, ...] | None,
    repository: str,
    versions: list[str],
    patterns: tuple[str, ...],
    is_named: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    selection = Selection(matching=patterns) if patterns else None
    shared = {"versions": tuple(versions), "selection": selection}
    requests = []
    if is_named or matching is None:
        place = replace(CORE_PACKAGE, repository=repository)
        requests.append(Request(package=place, target=Status.PUBLISHED, **shared))  # type: ignore[arg-type]
    if matching is not None:
        requests.append(globs(*matching, repository=repository, **shared))

    settled = found(requests, there)
    chosen = [select(one, settled.readings[one.package]) for one in settled.requests]
    plan = make_plan(chosen, settled.readings, allowed=Allowed(), on_failure=OnFailure.CONTINUE)

    told = {key: outcome.failure for key, outcome in plan.decided.items()}
    sent = {(batch.package, v) for batch in plan.batches for v in batch.versions}
    assert not sent & told.keys()
    names = {version for _, version in {*sent, *told}}
    # Each version is asked for somewhere, or was lacking in what has none of them.
    assert set(versions) <= names
    assert (
        not patterns
        or sent
        or any(failure is not None and failure.code == Code.NOT_FOUND for failure in told.values())
    )
    # What fails for being nowhere, fails once.
    for version in versions:
        holders = [p for p, held in there.items() if version in held]  # type: ignore[operator]
        missing = [p for (p, v), failure in told.items() if v == version and failure is not None]
        if repository == ANY_REPOSITORY and not holders and not is_named:
            assert len(missing) == 1
    for copy in {p for p, _ in sent}:
        assert copy in there
        assert repository in {ANY_REPOSITORY, copy.repository}
        assert {copy, replace(copy, repository=repository)}.isdisjoint(settled.lacking)
