"""Repository `*`: a version wherever in the domain it is."""

from collections.abc import Callable

import pytest

from codeartifact_emulator import Emulator, Fault, Reply
from harness.acting import Act
from harness.runs import CORE, calls_of

UPDATE, LIST = "UpdatePackageVersionsStatus", "ListPackageVersions"
PACKAGES, REPOSITORIES = "ListPackages", "ListRepositoriesInDomain"
A, P, U = "Archived", "Published", "Unlisted"
DENIED = Reply(status=403, code="AccessDeniedException", message="no")


def put(
    emulator: Emulator, repository: str, *packages: str, version: str = "1.0.0", status: str = U
) -> None:
    for package in packages:
        emulator.store.put(
            **{**CORE, "repository": repository, "package": package},
            version=version,
            status=status,
        )


def held(emulator: Emulator) -> dict[str, str]:
    """The status of each version, by repository and package."""
    return {
        f"{repository} {name} {version}": status
        for (_, repository, _, _, name, version), (status, _) in emulator.store.snapshot().items()
    }


def test_a_version_changes_wherever_it_is(emulator: Emulator, act: Act) -> None:
    put(emulator, "npm-store", "core")
    put(emulator, "npm-prod", "core")
    put(emulator, "npm-old", "core", version="0.9.0")
    put(emulator, "npm-else", "ui")

    done = act(repository="*", versions="1.0.0")

    assert done.exit_code == 0
    assert held(emulator) == {
        "npm-store core 1.0.0": P,
        "npm-prod core 1.0.0": P,
        "npm-old core 0.9.0": U,
        "npm-else ui 1.0.0": U,
    }
    assert set(done.successful) == {
        "pkg:npm/%40acme/core@1.0.0?repository=npm-prod",
        "pkg:npm/%40acme/core@1.0.0?repository=npm-store",
    }
    # Versions are listed only of what is there.
    assert {call.params["repository"] for call in calls_of(emulator, LIST)} == {
        "npm-store", "npm-prod", "npm-old",
    }  # fmt: skip
    assert "repository *: 1 of 1 package found, in 3 of 4 repositories" in done.stdout


def test_the_headline_names_no_repository_in_which_a_version_was_left_alone(
    emulator: Emulator, act: Act
) -> None:
    put(emulator, "npm-store", "core", status=P)
    put(emulator, "npm-team", "core", status=A)

    done = act(repository="*", versions_matching="1.0.0", expected_status=P, target_status=U)

    assert done.exit_code == 0
    assert done.summary.startswith("### ✅ `@acme/core 1.0.0` is **Unlisted** in `npm-store`\n")
    assert held(emulator)["npm-team core 1.0.0"] == A


def test_keys_name_the_repository_though_there_is_just_one(emulator: Emulator, act: Act) -> None:
    put(emulator, "npm-store", "core")
    done = act(repository="*", versions="1.0.0")
    assert set(done.successful) == {"pkg:npm/%40acme/core@1.0.0?repository=npm-store"}


def test_each_copy_is_asked_for_what_it_has(emulator: Emulator, act: Act) -> None:
    put(emulator, "npm-store", "core")
    put(emulator, "npm-prod", "core", version="1.1.0")

    done = act(repository="*", versions="1.0.0 1.1.0")

    assert done.exit_code == 0
    assert set(held(emulator).values()) == {P}
    assert done.counts == (2, 0, 0, 0)


def test_a_version_that_is_nowhere_is_not_found_once_without_a_repository(
    emulator: Emulator, act: Act
) -> None:
    put(emulator, "npm-store", "core")
    put(emulator, "npm-prod", "core")

    done = act(repository="*", versions="1.0.0 6.6.6", on_failure="continue")

    assert done.exit_code == 1
    assert done.codes == {"pkg:npm/%40acme/core@6.6.6": "NOT_FOUND"}
    assert done.counts == (2, 0, 0, 1)
    said = "No copy of @acme/core, which is in npm-prod and npm-store, has it"
    assert said in done.messages
    assert "any repository of acme" in done.messages


def test_a_package_that_is_nowhere_is_not_found_once(emulator: Emulator, act: Act) -> None:
    put(emulator, "npm-store", "ui")
    for given in ({"versions": "1.0.0"}, {"versions_matching": "1.*"}):
        done = act(repository="*", **given)
        assert done.exit_code == 1
        assert set(done.codes.values()) == {"NOT_FOUND"}
        assert "Could not find package @acme/core in any repository of domain acme" in done.messages
    assert calls_of(emulator, LIST) == []


def test_many_packages_are_found_by_one_listing_a_repository_and_format(
    emulator: Emulator, act: Act
) -> None:
    for number in range(4):
        put(emulator, f"store-{number}", f"package-{number}")
    emulator.store.put(
        domain="acme", repository="store-0", format="pypi", package="lib", version="1.0", status=P
    )
    urls = [f"pkg:npm/%40acme/package-{number}@1.0.0" for number in range(60)]

    done = act(
        repository="*",
        package=None,
        packages="\n".join([*urls, "pkg:pypi/lib@1.0"]),
        target_status="Archived",
        on_failure="continue",
        allow_failed_versions="NOT_FOUND",
        session_policy="none",
    )

    assert done.exit_code == 0
    assert done.counts == (5, 0, 0, 56)
    assert len(calls_of(emulator, REPOSITORIES)) == 1
    # npm-store is empty, and there all the same.
    assert len(calls_of(emulator, PACKAGES)) == 10
    assert len(calls_of(emulator, LIST)) == 5
    assert {call.params.get("namespace") for call in calls_of(emulator, PACKAGES)} == {"acme", None}


def test_an_entry_may_say_it(emulator: Emulator, act: Act) -> None:
    put(emulator, "npm-store", "core", "ui")
    put(emulator, "npm-prod", "core", "ui")

    done = act(
        package=None,
        repository="npm-store",
        packages='- {package: "@acme/core", version: 1.0.0, repository: "*"}\n- "@acme/ui@1.0.0"',
    )

    assert done.exit_code == 0
    assert held(emulator) == {
        "npm-store core 1.0.0": P,
        "npm-prod core 1.0.0": P,
        "npm-store ui 1.0.0": P,
        "npm-prod ui 1.0.0": U,
    }


def test_an_undo_gives_back_the_former_store(emulator: Emulator, act: Act) -> None:
    put(emulator, "npm-store", "core", status=P)
    put(emulator, "npm-prod", "core", status=U)
    before = emulator.store.snapshot()

    done = act(repository="*", versions="1.0.0", target_status="Archived")
    undone = act(package=None, repository=None, packages=done.outputs["undo"])

    assert (done.exit_code, undone.exit_code) == (0, 0)
    assert emulator.store.snapshot() == before


def test_a_plan_is_just_for_where_it_was_found(emulator: Emulator, act: Act) -> None:
    put(emulator, "npm-store", "core")
    planned = act(repository="*", versions="1.0.0", dry_run="true")
    put(emulator, "npm-prod", "core")

    done = act(package=None, packages=planned.outputs["result"], target_status=None)

    assert (planned.exit_code, done.exit_code) == (0, 0)
    assert held(emulator) == {"npm-store core 1.0.0": P, "npm-prod core 1.0.0": U}


def test_with_globs_a_package_has_what_any_copy_has(emulator: Emulator, act: Act) -> None:
    put(emulator, "npm-store", "core", "ui")
    put(emulator, "npm-prod", "core", version="1.1.0")

    done = act(repository="*", package=None, packages_matching="@acme/*", versions="1.0.0 1.1.0")

    assert done.exit_code == 0
    assert held(emulator) == {
        "npm-store core 1.0.0": P,
        "npm-prod core 1.1.0": P,
        "npm-store ui 1.0.0": U,
    }
    assert "packages-matching: 2 packages in 2 of 2 repositories" in done.stdout


def test_a_pattern_takes_what_matches_in_each_copy(emulator: Emulator, act: Act) -> None:
    put(emulator, "npm-store", "core")
    put(emulator, "npm-prod", "core", version="2.0.0")

    done = act(repository="*", versions_matching="1.*")

    assert done.exit_code == 0
    assert held(emulator) == {"npm-store core 1.0.0": P, "npm-prod core 2.0.0": U}


def test_a_version_that_is_nowhere_yet_is_waited_for(
    emulators: Callable[..., Emulator], act: Act
) -> None:
    empty = Reply(status=200, body='{"packages": []}')
    emulator = emulators(faults=[Fault(PACKAGES, empty, times=1)])
    put(emulator, "npm-store", "core")
    done = act(on=emulator, repository="*", versions="1.0.0", wait_seconds="60")
    assert done.exit_code == 0
    assert "1 version not there yet" in done.stdout


@pytest.mark.parametrize(
    ("operation", "resource"),
    [(REPOSITORIES, "domain/acme"), (PACKAGES, "repository/acme/*")],
)
def test_where_a_listing_is_denied_nothing_is_sent(
    emulators: Callable[..., Emulator], act: Act, operation: str, resource: str
) -> None:
    emulator = emulators(faults=[Fault(operation, DENIED)])
    put(emulator, "npm-store", "core")

    done = act(on=emulator, repository="*", versions="1.0.0")

    assert done.exit_code == 1
    assert calls_of(emulator, LIST, UPDATE) == []
    assert f'"codeartifact:{operation}"' in done.messages
    assert f'"arn:aws:codeartifact:eu-west-1:111122223333:{resource}"' in done.messages
    assert done.codes == {"pkg:npm/%40acme/core@1.0.0": "SKIPPED"}


def test_an_unknown_domain_can_not_be_asked(act: Act) -> None:
    done = act(domain="nowhere", repository="*", versions="1.0.0")
    assert done.exit_code == 4
    assert "domain nowhere could not be read" in done.messages


def test_no_more_than_a_hundred_change_by_default(emulator: Emulator, act: Act) -> None:
    versions = [f"1.0.{number}" for number in range(101)]
    for version in versions:
        put(emulator, "npm-store", "core", version=version)
    done = act(repository="*", versions=" ".join(versions))
    assert done.exit_code == 1
    assert "max-changes is 100" in done.messages


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"repository": "*, npm-store"}, "every repository of the domain; give it alone"),
        (
            {
                "package": None,
                "versions": None,
                "packages": '- "pkg:npm/%40acme/core@1.0.0"\n'
                '- "pkg:npm/%40acme/core@1.0.0?repository=npm-store"',
            },
            "entry 1 asks for @acme/core in every repository already",
        ),
    ],
)
def test_what_contradicts_it_is_refused(act: Act, given: dict[str, str | None], text: str) -> None:
    done = act(**{"repository": "*", "versions": "1.0.0", **given})
    assert done.exit_code == 2
    assert text in done.messages
