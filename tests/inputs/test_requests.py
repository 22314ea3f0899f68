"""What is asked for, by the step or by an entry, becomes requests, or problems by their names."""

from dataclasses import replace
from typing import Any

import pytest

from codeartifact_status.inputs.asked import Asked, of_entry
from codeartifact_status.inputs.entry import Entry
from codeartifact_status.inputs.fields import Inputs
from codeartifact_status.inputs.requests import to_requests
from codeartifact_status.model import Format, Package, Request, Status


def step_of(**given: Any) -> Asked:
    """What a step asks for that says where and whereto, and leaves the packages to its entries."""
    inputs = Inputs.model_construct(
        **{
            "domain": "acme",
            "repository": ("npm-store",),
            "format": Format.NPM,
            "target_status": Status.PUBLISHED,
            **given,
        }
    )
    return Asked(step=inputs, entry=inputs)


STEP = step_of()


def core(*, repository: str = "npm-store", name: str = "core") -> Package:
    return Package(
        domain="acme", repository=repository, format=Format.NPM, namespace="acme", name=name
    )


def asked(number: int = 0, **given: Any) -> Asked:
    found = {"package": "@acme/core", "versions": ("1.0.0",), **given}
    return replace(step_of(**found), number=number)


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
    return [
        of_entry(step, number, Entry.model_validate(entry))
        for number, entry in enumerate(found, start=1)
    ]


# --- Entries and the step. -----------------------------------------------------------------------


def test_what_an_entry_leaves_out_comes_from_the_step() -> None:
    step = step_of(expected_status=Status.UNLISTED, repository=("npm-store", "npm-prod"))

    requests = requests_of(*entries({"package": "@acme/core", "versions": ["1.0"]}, step=step))

    assert [(r.package.repository, r.target, r.expected_status) for r in requests] == [
        ("npm-store", "Published", "Unlisted"),
        ("npm-prod", "Published", "Unlisted"),
    ]


def test_what_an_entry_says_overrides_the_step() -> None:
    step = step_of(expected_status=Status.UNLISTED, namespace="acme")

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
    step = step_of(namespace="acme")
    (request,) = requests_of(*entries({**entry, "versions": ["1.0"]}, step=step))
    assert request.package.namespace == namespace


def test_the_steps_namespace_is_for_entries_that_alone_say_the_format() -> None:
    step = step_of(format=None, namespace="acme")
    (request,) = requests_of(
        *entries({"format": "npm", "package": "core", "versions": ["1.0"]}, step=step)
    )
    assert request.package.namespace == "acme"


def test_an_entry_with_versions_has_none_of_the_steps_revisions() -> None:
    step = step_of(versions=("1.3.0",), version_revisions={"1.3.0": "r"})
    first, second = entries(
        {"package": "a", "versions": ["1.0"]},
        {"package": "b", "version_revisions": {"2.0": "q"}},
        step=step,
    )
    assert (first.entry.versions, first.entry.version_revisions) == (("1.0",), {})
    assert (second.entry.versions, second.entry.version_revisions) == ((), {"2.0": "q"})


def test_an_entry_without_versions_takes_those_of_the_steps_tag() -> None:
    step = step_of(versions=("1.3.0",))
    first, second = requests_of(
        *entries({"package": "a"}, {"package": "b", "versions": ["2.0"]}, step=step)
    )
    assert (first.versions, second.versions) == (("1.3.0",), ("2.0",))


# --- Requests. -----------------------------------------------------------------------------------


def test_each_repository_gets_a_request() -> None:
    requests = requests_of(asked(repository=("npm-store", "npm-prod")))
    assert [request.package for request in requests] == [core(), core(repository="npm-prod")]


def test_a_package_that_is_listed_twice_is_asked_for_once_with_all_its_versions() -> None:
    first = asked(versions=("1.0.0", "1.1.0"))
    again = asked(package="core", namespace="acme", versions=("1.1.0", "1.2.0"))

    (request,) = requests_of(first, again)

    assert request.package == core()
    assert request.versions == ("1.0.0", "1.1.0", "1.2.0")


def test_a_package_that_is_listed_twice_keeps_the_revisions_of_both() -> None:
    first = asked(versions=(), version_revisions={"1.0.0": "a"})
    again = asked(versions=(), version_revisions={"1.1.0": "b"})
    (request,) = requests_of(first, again)
    assert request.revisions == {"1.0.0": "a", "1.1.0": "b"}


def test_names_that_the_service_takes_for_one_are_one() -> None:
    (request,) = requests_of(
        asked(format=Format.PYPI, package="Foo_Bar"),
        asked(format=Format.PYPI, package="foo.bar", versions=("2.0",)),
    )
    assert (request.package.name, request.versions) == ("foo-bar", ("1.0.0", "2.0"))


def test_versions_of_one_package_may_go_to_different_statuses() -> None:
    requests = requests_of(asked(), asked(target_status=Status.ARCHIVED, versions=("1.1.0",)))
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
    assert problems_of(asked(1), asked(2, **otherwise)) == [
        (
            "packages, entry 2: versions: 1.0.0 of @acme/core is also in entry 1, with another "
            "status or revision"
        )
    ]


def test_a_version_in_another_repository_is_another_version() -> None:
    other = asked(repository=("npm-prod",), target_status=Status.ARCHIVED)
    assert len(requests_of(asked(), other)) == 2


def test_two_entries_for_one_package_can_not_both_select() -> None:
    selecting = {"versions_matching": ("1.*",)}
    (problem,) = problems_of(asked(1, **selecting), asked(2, **selecting))
    assert problem.startswith("packages, entry 2: package: @acme/core is also in entry 1")


def test_order_is_kept() -> None:
    names = ["zeta", "alpha", "mid"]
    all_asked = [asked(package=f"@acme/{name}") for name in names]
    assert [request.package.name for request in requests_of(*all_asked)] == names


def test_nothing_asked_for_is_nothing_to_do() -> None:
    assert to_requests([]) == ((), [])


# --- Misfits. ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"package": None}, "package: it is required"),
        ({"versions": ()}, "versions: it is required"),
        ({"repository": ()}, "repository: it is required, in the entry or in the step"),
        ({"format": None}, "format: it is required, in the entry or in the step"),
        ({"target_status": None}, "target-status: it is required"),
        ({"namespace": "other"}, 'namespace: "other" contradicts package "@acme/core"'),
        ({"package": "@acme/team/core"}, "package: "),
        ({"package": "core", "format": Format.MAVEN}, "namespace: it is required for maven"),
        ({"package": "a:b:c", "format": Format.MAVEN}, "package: "),
        ({"package": "core", "format": Format.PYPI, "namespace": "x"}, "namespace: pypi packages"),
        ({"version_revisions": {"2.0": "r"}}, "version-revisions: must name the same versions as"),
        ({"target_status": Status.DELETED}, "target-status: Deleted can't be undone"),
        ({"versions_matching": ("^^",)}, "versions-matching: '^^' is neither"),
        ({"exclude_versions": ("^^",)}, "exclude-versions: '^^' is neither"),
    ],
)
def test_what_does_not_fit_together_is_said_by_its_name_and_entry(
    given: dict[str, Any], said: str
) -> None:
    (problem,) = problems_of(asked(7, **given))
    assert problem.startswith(f"packages, entry 7: {said}")


@pytest.mark.parametrize("package", ["client==1.4", "client,1.4", "client@1.4"])
def test_a_name_that_holds_a_version_is_told_how_to_write_it(package: str) -> None:
    found = problems_of(asked(7, package=package, format=Format.PYPI, versions=()))
    assert f'"{package}" was read as a name: write name@version' in found[-1]
    assert "write name@version" not in problems_of(asked(7, versions=()))[0]


def test_a_format_without_order_has_no_latest() -> None:
    latest = {"versions_matching": ("*",), "keep_latest": 1}
    assert problems_of(asked(format=Format.GENERIC, namespace="ns", package="core", **latest)) == [
        "keep-latest: generic packages have no version order"
    ]


def test_a_range_is_judged_by_the_entrys_own_format() -> None:
    npm = asked(1, versions_matching=("^1.4",))
    pypi = asked(2, versions_matching=("^1.4",), format=Format.PYPI, package="client")
    (problem,) = problems_of(npm, pypi)
    assert problem.startswith("packages, entry 2: versions-matching: '^1.4' is neither")
    assert "of pypi versions" in problem


def test_of_what_is_broken_by_itself_nothing_more_is_said() -> None:
    broken = frozenset({"format", "versions"})
    assert to_requests([replace(asked(format=None, versions=()), broken=broken)]) == ((), [])


# --- Where a version comes from. -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("versions", "number"),
    [
        (("1.1",), "1.1"),
        (("2",), "2"),
        (("0",), "0"),
        (("2026.1",), "2026.1"),
        (("1.10",), None),
        (("2.0",), None),
        (("01",), None),
        (("1.0.0",), None),
        (("v1",), None),
        (("1.1", "2"), None),
        ((), None),
    ],
)
def test_the_only_version_of_a_workflow_may_be_a_number_that_lost_its_zeros(
    versions: tuple[str, ...], number: str | None
) -> None:
    given = asked(versions=versions, version_revisions={} if versions else {"1.1": "r"})
    for from_yaml, expected in ((True, number), (False, None)):
        (request,) = requests_of(replace(given, from_yaml=from_yaml))
        assert request.number == expected


def test_an_entry_has_the_number_of_the_step_and_none_of_its_own() -> None:
    step = replace(step_of(versions=("1.1",)), from_yaml=True)
    found = requests_of(
        *entries({"package": "@acme/a"}, {"package": "@acme/b", "versions": ["1.1"]}, step=step)
    )
    assert [request.number for request in found] == ["1.1", None]


def test_a_request_knows_the_entry_of_each_version() -> None:
    first = {"package": "@acme/core", "versions": ["1.0.0", "2.0.0"]}
    second = {"package": "@acme/core", "versions": ["2.0.0", "3.0.0"]}
    (request,) = requests_of(*entries(first, second))
    assert request.entries == {"1.0.0": 1, "2.0.0": 1, "3.0.0": 2}
    assert requests_of(asked())[0].entries == {}
