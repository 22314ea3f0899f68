"""What is asked for, by the step or by an entry, becomes requests, or problems by their names."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeartifact_status.inputs.requests import Asked, of_entry, to_requests
from codeartifact_status.model import Format, Package, Request, Selection, Status

STEP = Asked(
    domain="acme",
    repository=("npm-store",),
    format=Format.NPM,
    target_status=Status.PUBLISHED,
    version_revisions={},
    selection=Selection(),
)
"""A step that says where and whereto, and leaves the packages to its entries."""


def core(*, repository: str = "npm-store", name: str = "core") -> Package:
    return Package(
        domain="acme", repository=repository, format=Format.NPM, namespace="acme", name=name
    )


def asked(**given: Any) -> Asked:
    return replace(STEP, package="@acme/core", versions=("1.0.0",), **given)


def requests_of(*all_asked: Asked) -> tuple[Request, ...]:
    requests, problems = to_requests(all_asked)
    assert problems == []
    return requests


def problems_of(*all_asked: Asked) -> list[str]:
    requests, problems = to_requests(all_asked)
    assert requests == ()
    return [str(problem) for problem in problems]


def entries(*found: dict[str, Any], step: Asked = STEP) -> list[Asked]:
    """What entries ask for, all of them right by themselves."""
    read = [of_entry(step, number, entry) for number, entry in enumerate(found, start=1)]
    assert [problem for _, problems in read for problem in problems] == []
    return [one for one, _ in read if one is not None]


# --- Entries and the step. -----------------------------------------------------------------------


def test_what_an_entry_leaves_out_comes_from_the_step() -> None:
    step = replace(STEP, expected_status=Status.UNLISTED, repository=("npm-store", "npm-prod"))

    requests = requests_of(*entries({"package": "@acme/core", "versions": ["1.0"]}, step=step))

    assert [(r.package.repository, r.target, r.expected_status) for r in requests] == [
        ("npm-store", "Published", "Unlisted"),
        ("npm-prod", "Published", "Unlisted"),
    ]


def test_what_an_entry_says_overrides_the_step() -> None:
    step = replace(STEP, expected_status=Status.UNLISTED, namespace="acme")

    (request,) = requests_of(
        *entries(
            {
                "package": "lib",
                "versions": ["1.0"],
                "format": "maven",
                "namespace": "com.acme",
                "repository": "java",
                "expected_status": "archived",
                "target_status": "unlisted",
            },
            step=step,
        )
    )

    assert request == Request(
        package=Package(
            domain="acme",
            repository="java",
            format=Format.MAVEN,
            namespace="com.acme",
            name="lib",
        ),
        versions=("1.0",),
        target=Status.UNLISTED,
        expected_status="Archived",
    )


@pytest.mark.parametrize(
    ("entry", "namespace"),
    [
        ({"package": "core"}, "acme"),
        ({"package": "@other/core"}, "other"),
        ({"package": "core", "namespace": "@other"}, "other"),
        ({"package": "core", "namespace": None}, None),
        ({"package": "core", "format": "pypi"}, None),
        ({"package": "com.other:core", "format": "maven"}, "com.other"),
    ],
)
def test_the_steps_namespace_is_for_names_of_its_format_without_one(
    entry: dict[str, Any], namespace: str | None
) -> None:
    step = replace(STEP, namespace="acme")
    (request,) = requests_of(*entries({**entry, "versions": ["1.0"]}, step=step))
    assert request.package.namespace == namespace


def test_an_entry_with_versions_has_none_of_the_steps_revisions() -> None:
    step = replace(STEP, versions=("1.3.0",), version_revisions={"1.3.0": "r"})
    first, second = entries(
        {"package": "a", "versions": ["1.0"]},
        {"package": "b", "version_revisions": {"2.0": "q"}},
        step=step,
    )
    assert (first.versions, first.version_revisions) == (("1.0",), {})
    assert (second.versions, second.version_revisions) == ((), {"2.0": "q"})


def test_an_entry_without_versions_takes_those_of_the_steps_tag() -> None:
    step = replace(STEP, versions=("1.3.0",))
    first, second = requests_of(
        *entries({"package": "a"}, {"package": "b", "versions": ["2.0"]}, step=step)
    )
    assert (first.versions, second.versions) == (("1.3.0",), ("2.0",))


def test_all_that_is_wrong_with_an_entry_is_said_with_its_number() -> None:
    found, problems = of_entry(
        STEP, 3, {"versions": ["a b"], "format": "rpm", "target_status": "Unfinished"}
    )
    assert found is None
    assert [problem.name for problem in problems] == [
        "packages, entry 3: versions",
        "packages, entry 3: format",
        "packages, entry 3: target-status",
    ]


# --- Requests. -----------------------------------------------------------------------------------


def test_each_repository_gets_a_request() -> None:
    requests = requests_of(asked(repository=("npm-store", "npm-prod")))
    assert [request.package for request in requests] == [core(), core(repository="npm-prod")]


def test_a_package_that_is_listed_twice_is_asked_for_once_with_all_its_versions() -> None:
    first = replace(asked(), versions=("1.0.0", "1.1.0"))
    again = replace(asked(), package="core", namespace="acme", versions=("1.1.0", "1.2.0"))

    (request,) = requests_of(first, again)

    assert request.package == core()
    assert request.versions == ("1.0.0", "1.1.0", "1.2.0")


def test_a_package_that_is_listed_twice_keeps_the_revisions_of_both() -> None:
    first = replace(asked(), versions=(), version_revisions={"1.0.0": "a"})
    again = replace(asked(), versions=(), version_revisions={"1.1.0": "b"})
    (request,) = requests_of(first, again)
    assert request.revisions == {"1.0.0": "a", "1.1.0": "b"}


def test_names_that_the_service_takes_for_one_are_one() -> None:
    pypi = replace(asked(), format=Format.PYPI)
    (request,) = requests_of(
        replace(pypi, package="Foo_Bar"), replace(pypi, package="foo.bar", versions=("2.0",))
    )
    assert (request.package.name, request.versions) == ("foo-bar", ("1.0.0", "2.0"))


def test_versions_of_one_package_may_go_to_different_statuses() -> None:
    requests = requests_of(
        asked(), replace(asked(target_status=Status.ARCHIVED), versions=("1.1.0",))
    )
    assert [(r.versions, r.target) for r in requests] == [
        (("1.0.0",), "Published"),
        (("1.1.0",), "Archived"),
    ]


@pytest.mark.parametrize(
    "otherwise",
    [
        {"target_status": Status.ARCHIVED},
        {"expected_status": Status.UNLISTED},
        {"version_revisions": {"1.0.0": "r"}},
    ],
)
def test_a_version_that_is_asked_for_in_two_ways_is_a_contradiction(
    otherwise: dict[str, Any],
) -> None:
    first = asked(where="packages, entry 1: ")
    second = replace(asked(where="packages, entry 2: "), **otherwise)
    assert problems_of(first, second) == [
        "packages, entry 2: versions: 1.0.0 of @acme/core stands in entry 1 otherwise"
    ]


def test_a_version_in_another_repository_is_another_version() -> None:
    other = asked(repository=("npm-prod",), target_status=Status.ARCHIVED)
    assert len(requests_of(asked(), other)) == 2


def test_two_entries_for_one_package_can_not_both_select() -> None:
    selecting = {"selection": Selection(matching=("1.*",))}
    first = asked(where="packages, entry 1: ", **selecting)
    second = asked(where="packages, entry 2: ", **selecting)
    (problem,) = problems_of(first, second)
    assert problem.startswith("packages, entry 2: package: @acme/core stands in entry 1 too")


def test_order_is_kept() -> None:
    names = ["zeta", "alpha", "mid"]
    all_asked = [replace(asked(), package=f"@acme/{name}") for name in names]
    assert [request.package.name for request in requests_of(*all_asked)] == names


def test_nothing_asked_for_is_nothing_to_do() -> None:
    assert to_requests([]) == ((), [])


# --- Misfits. ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"package": None}, "package: it is required"),
        ({"versions": ()}, "versions: it is required"),
        ({"repository": ()}, "repository: it is required"),
        ({"format": None}, "format: it is required"),
        ({"target_status": None}, "target-status: it is required"),
        ({"namespace": "other"}, 'namespace: "other" contradicts package "@acme/core"'),
        ({"package": "@acme/team/core"}, "package: "),
        ({"package": "core", "format": Format.MAVEN}, "namespace: it is required for maven"),
        ({"package": "a:b:c", "format": Format.MAVEN}, "package: "),
        ({"package": "core", "format": Format.PYPI, "namespace": "x"}, "namespace: pypi packages"),
        ({"version_revisions": {"2.0": "r"}}, "version-revisions: its versions must be"),
        ({"target_status": Status.DELETED}, "target-status: Deleted can't be undone"),
        ({"selection": Selection(matching=("^^",))}, "versions-matching: '^^' is neither"),
        ({"selection": Selection(excluding=("^^",))}, "exclude-versions: '^^' is neither"),
    ],
)
def test_what_does_not_fit_together_is_said_by_its_name_and_entry(
    given: dict[str, Any], said: str
) -> None:
    where = "packages, entry 7: "
    (problem,) = problems_of(replace(asked(where=where), **given))
    assert problem.startswith(where + said)


def test_a_format_without_order_has_no_latest() -> None:
    selection = Selection(matching=("*",), keep_latest=1)
    generic = asked(format=Format.GENERIC, namespace="ns", selection=selection)
    assert problems_of(replace(generic, package="core")) == [
        "keep-latest: generic packages have no version order"
    ]


def test_a_range_is_judged_by_the_entrys_own_format() -> None:
    npm = asked(where="packages, entry 1: ", selection=Selection(matching=("^1.4",)))
    pypi = replace(npm, where="packages, entry 2: ", format=Format.PYPI, package="client")
    (problem,) = problems_of(npm, pypi)
    assert problem.startswith("packages, entry 2: versions-matching: '^1.4' is neither")
    assert "of pypi versions" in problem


def test_of_what_is_broken_by_itself_nothing_more_is_said() -> None:
    broken = replace(asked(broken=frozenset({"format", "versions"})), format=None, versions=())
    assert to_requests([broken]) == ((), [])


# --- Whatever is asked: requests or problems, never both and never neither. ----------------------

WORDS = st.one_of(st.sampled_from(["@acme/core", "core", "a:b", "1.0", "", "@", "#"]), st.text())
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "package": WORDS,
        "versions": st.one_of(WORDS, st.lists(WORDS, max_size=3), st.none()),
        "version_revisions": st.one_of(WORDS, st.dictionaries(WORDS, WORDS, max_size=2)),
        "namespace": st.one_of(st.none(), WORDS),
        "format": st.one_of(st.sampled_from(list(Format)), WORDS),
        "repository": st.one_of(st.sampled_from(["one", "one,two"]), WORDS),
        "expected_status": st.one_of(st.sampled_from(list(Status)), WORDS),
        "target_status": st.one_of(st.sampled_from(list(Status)), WORDS),
    },
)


@given(st.lists(ENTRIES, min_size=1, max_size=3))
def test_entries_become_requests_or_problems_with_their_numbers(
    found: list[dict[str, Any]],
) -> None:
    read = [of_entry(STEP, number, entry) for number, entry in enumerate(found, start=1)]
    requests, problems = to_requests([one for one, _ in read if one is not None])
    wrong = [*problems, *(problem for _, some in read for problem in some)]

    for problem in wrong:
        assert problem.name.startswith("packages, entry ")
    if not wrong:
        keys = [(r.package, version) for r in requests for version in r.versions]
        assert keys
        assert len(keys) == len(set(keys))
