"""Whole repositories: many packages by globs over their names."""

from collections.abc import Callable

import pytest

from codeartifact_emulator import Emulator, Fault, Reply
from harness.acting import Act
from harness.runs import CORE, calls_of, put_core, statuses

UPDATE, LIST, PACKAGES = "UpdatePackageVersionsStatus", "ListPackageVersions", "ListPackages"
A, P, U = "Archived", "Published", "Unlisted"
DENIED = Reply(status=403, code="AccessDeniedException", message="no")


def put(emulator: Emulator, *names: str, version: str = "1.0.0", status: str = U) -> None:
    """A version of each package, by names as users write them."""
    for name in names:
        scope, _, bare = name.removeprefix("@").rpartition("/")
        place = {**CORE, "namespace": scope or None, "package": bare}
        emulator.store.put(**place, version=version, status=status)


def held(emulator: Emulator, **wanted: str) -> dict[str, str]:
    """The status of each package and version, by names as users write them."""
    return {
        f"{f'@{scope}/' * bool(scope)}{name} {version}": status
        for (_, repository, _, scope, name, version), (status, _) in (
            emulator.store.snapshot().items()
        )
        if repository == wanted.get("repository", "npm-store")
    }


def test_what_matches_changes_and_nothing_else(emulator: Emulator, act: Act) -> None:
    put(emulator, "@acme/core", "@acme/ui", "@acme/ui-test", "acme-cli", "@other/core")

    done = act(
        package=None,
        packages_matching="# ours\n@acme/*\nacme-*",
        exclude_packages="*-test",
        versions="1.0.0",
    )

    assert done.exit_code == 0
    assert held(emulator) == {
        "@acme/core 1.0.0": P,
        "@acme/ui 1.0.0": P,
        "@acme/ui-test 1.0.0": U,
        "acme-cli 1.0.0": P,
        "@other/core 1.0.0": U,
    }
    assert set(done.successful) == {
        "pkg:npm/%40acme/core@1.0.0",
        "pkg:npm/%40acme/ui@1.0.0",
        "pkg:npm/acme-cli@1.0.0",
    }
    assert "packages-matching: 3 packages in npm-store" in done.stdout
    assert len(done.undo) == 3


def test_one_package_that_matches_is_one_package(emulator: Emulator, act: Act) -> None:
    put(emulator, "@acme/core", "@other/core")
    done = act(package=None, packages_matching="@acme/c*", versions="1.0.0")
    assert done.exit_code == 0
    assert set(done.successful) == {"1.0.0"}


def test_an_undo_of_many_gives_back_the_former_store(emulator: Emulator, act: Act) -> None:
    put(emulator, "@acme/core", "@acme/ui", version="1.0.0", status=P)
    put(emulator, "@acme/core", "@acme/ui", version="1.1.0", status=U)
    before = emulator.store.snapshot()

    done = act(
        package=None, packages_matching="@acme/*", versions_matching="*", target_status="Archived"
    )
    assert done.exit_code == 0
    assert set(held(emulator).values()) == {A}
    undone = act(package=None, packages=done.outputs["undo"])

    assert undone.exit_code == 0
    assert emulator.store.snapshot() == before


def test_a_dry_run_is_a_plan_for_just_what_it_found(emulator: Emulator, act: Act) -> None:
    put(emulator, "@acme/core", "@acme/ui")
    planned = act(package=None, packages_matching="@acme/*", versions="1.0.0", dry_run="true")
    assert (planned.exit_code, planned.outputs["planned-count"]) == (0, "2")
    assert calls_of(emulator, UPDATE) == []
    put(emulator, "@acme/late")

    done = act(package=None, packages=planned.outputs["result"], target_status=None)

    assert done.exit_code == 0
    assert held(emulator) == {"@acme/core 1.0.0": P, "@acme/ui 1.0.0": P, "@acme/late 1.0.0": U}


def test_packages_that_lack_a_version_are_left_alone_and_counted(
    emulator: Emulator, act: Act
) -> None:
    put(emulator, "@acme/core", "@acme/ui", "@acme/cli")
    put(emulator, "@acme/core", "@acme/ui", version="1.1.0")

    done = act(package=None, packages_matching="@acme/*", versions="1.0.0 1.1.0")

    assert done.exit_code == 0
    assert held(emulator)["@acme/cli 1.0.0"] == U
    assert done.outputs["changed-count"] == "4"
    left = "1 package left alone, without the versions asked for: @acme/cli in npm-store"
    assert left in done.stdout
    assert "1 package left alone, without the versions asked for" in done.summary


def test_a_version_that_no_package_has_is_not_found_once(emulator: Emulator, act: Act) -> None:
    put(emulator, "@acme/core", "@acme/ui")

    done = act(
        package=None, packages_matching="@acme/*", versions="1.0.0 9.9.9", on_failure="continue"
    )

    assert done.exit_code == 1
    assert done.counts == (2, 0, 0, 1)
    assert done.codes == {"pkg:npm/%40acme/%2a@9.9.9": "NOT_FOUND"}
    assert "None of the 2 packages that match @acme/* has it" in done.messages


def test_where_no_package_has_all_versions_they_are_not_found(emulator: Emulator, act: Act) -> None:
    put(emulator, "@acme/core", version="1.0.0")
    put(emulator, "@acme/ui", version="1.1.0")

    done = act(package=None, packages_matching="@acme/*", versions="1.0.0 1.1.0")

    assert done.exit_code == 1
    assert done.codes == {"1.0.0": "NOT_FOUND", "1.1.0": "NOT_FOUND"}
    assert "has all that is asked for: 1.0.0 and 1.1.0" in done.messages
    assert calls_of(emulator, UPDATE) == []


def test_a_package_that_is_named_as_well_is_never_left_alone(emulator: Emulator, act: Act) -> None:
    put(emulator, "@acme/core", version="1.0.0")
    put(emulator, "@acme/ui", "@acme/cli", version="1.1.0")

    done = act(packages_matching="@acme/*", versions="1.1.0", on_failure="continue")

    assert done.exit_code == 1
    assert done.codes == {"pkg:npm/%40acme/core@1.1.0": "NOT_FOUND"}
    assert done.counts == (2, 0, 0, 1)


def test_packages_of_which_nothing_matches_are_left_alone(emulator: Emulator, act: Act) -> None:
    put(emulator, "@acme/core", version="1.0.0")
    put(emulator, "@acme/ui", version="2.0.0")

    done = act(package=None, packages_matching="@acme/*", versions_matching="1.*")

    assert done.exit_code == 0
    assert held(emulator) == {"@acme/core 1.0.0": P, "@acme/ui 2.0.0": U}
    assert "1 package left alone" in done.stdout


@pytest.mark.parametrize(
    ("given", "key", "said"),
    [
        ({"versions": "1.0.0"}, "1.0.0", "Could not find a package that matches acme-*"),
        ({"versions_matching": "1.*"}, "1.*", "Could not find a package that matches acme-*"),
        (
            {"versions_matching": "9.*", "packages_matching": "@acme/*"},
            "9.*",
            "has a version that matches 9.*",
        ),
        (
            {"versions": "1.0.0", "packages_matching": "@acme/*", "exclude_packages": "*"},
            "1.0.0",
            "that matches @acme/* and is not excluded",
        ),
    ],
)
def test_nothing_at_all_is_not_found(
    emulator: Emulator, act: Act, given: dict[str, str], key: str, said: str
) -> None:
    put(emulator, "@acme/core", "@acme/ui")
    done = act(**{"package": None, "packages_matching": "acme-*", **given})
    assert done.exit_code == 1
    assert done.codes == {key: "NOT_FOUND"}
    assert said in done.messages


@pytest.mark.parametrize(
    ("given", "title", "told"),
    [
        (
            {"packages_matching": "acmee-*", "versions_matching": "*"},
            "No package matches `acmee-*` in `npm-store` (`NOT_FOUND`)",
            "acmee-* (any version) in npm-store: Could not find a package that matches acmee-*",
        ),
        (
            {"packages_matching": "@acme/*", "versions_matching": "9.*"},
            "No version of `@acme/*` matches `9.*` in `npm-store` (`NOT_FOUND`)",
            "@acme/* (versions matching 9.*) in npm-store: None of",
        ),
        (
            {"package": "@acme/core", "versions_matching": "9.*"},
            "No version of `@acme/core` matches `9.*` in `npm-store` (`NOT_FOUND`)",
            "@acme/core (versions matching 9.*) in npm-store: No version matches 9.*",
        ),
    ],
)
def test_what_matches_nothing_is_told_in_words(
    emulator: Emulator, act: Act, given: dict[str, str], title: str, told: str
) -> None:
    put(emulator, "@acme/core", "@acme/ui")

    done = act(**{"package": None, "namespace": None, **given})

    assert done.exit_code == 1
    assert done.summary.startswith(f"### ❌ {title}\n")
    assert told in done.messages
    assert f"{told.partition(' in ')[0]} in acme/npm-store to Published: " in done.stdout

    allowed = act(**{"package": None, "namespace": None, "allow_failed_versions": "true", **given})

    assert allowed.exit_code == 0
    title = title.removesuffix(" (`NOT_FOUND`)")
    assert allowed.summary.startswith(f"### ⚠️ {title}, as allowed\n")


def test_each_repository_is_judged_by_itself(emulator: Emulator, act: Act) -> None:
    put(emulator, "@acme/core")
    emulator.store.add_repository(domain="acme", repository="npm-prod")
    emulator.store.put(**{**CORE, "repository": "npm-prod"}, version="2.0.0", status=U)

    done = act(
        package=None,
        repository="npm-store, npm-prod",
        packages_matching="@acme/*",
        versions="1.0.0",
        on_failure="continue",
    )

    assert done.exit_code == 1
    assert set(done.successful) == {"pkg:npm/%40acme/core@1.0.0?repository=npm-store"}
    assert set(done.codes) == {"pkg:npm/%40acme/%2a@1.0.0?repository=npm-prod"}


def test_a_namespace_narrows_the_listing(emulator: Emulator, act: Act) -> None:
    put(emulator, "@acme/core", "@acme2/core", "core")

    done = act(package=None, namespace="acme", packages_matching="c*", versions="1.0.0")

    assert done.exit_code == 0
    assert held(emulator) == {"@acme/core 1.0.0": P, "@acme2/core 1.0.0": U, "core 1.0.0": U}
    (call,) = calls_of(emulator, PACKAGES)
    assert (call.params["namespace"], call.params["packagePrefix"]) == ("acme", "c")


def test_names_are_compared_as_the_service_keeps_them(emulator: Emulator, act: Act) -> None:
    place = {"domain": "acme", "repository": "pypi-store", "format": "pypi"}
    for name in ("Acme_Core", "acme.ui", "other"):
        emulator.store.put(**place, package=name, version="1.0", status=U)

    done = act(**{**place, "package": None}, packages_matching="ACME.*", versions="1.0")

    assert done.exit_code == 0
    assert set(done.successful) == {"pkg:pypi/acme-core@1.0", "pkg:pypi/acme-ui@1.0"}


def test_more_packages_than_a_page_holds_are_all_found(emulator: Emulator, act: Act) -> None:
    put(emulator, *(f"acme-{number}" for number in range(1001)))

    done = act(package=None, packages_matching="acme-*", versions="1.0.0", max_changes="2000")

    assert done.outputs["changed-count"] == "1001"
    assert len(calls_of(emulator, PACKAGES)) == 2


def test_by_default_no_more_than_a_hundred_change(emulator: Emulator, act: Act) -> None:
    put(emulator, *(f"acme-{number}" for number in range(101)))
    done = act(package=None, packages_matching="acme-*", versions="1.0.0")
    assert done.exit_code == 1
    assert "this step would change 101 versions, and max-changes is 100" in done.messages
    assert calls_of(emulator, UPDATE) == []


def test_what_is_not_there_yet_is_waited_for(emulators: Callable[..., Emulator], act: Act) -> None:
    empty = Reply(status=200, body='{"packages": []}')
    emulator = emulators(faults=[Fault(PACKAGES, empty, times=1)])
    put(emulator, "@acme/core")

    done = act(
        on=emulator, package=None, packages_matching="@acme/*", versions="1.0.0", wait_seconds="60"
    )

    assert done.exit_code == 0
    assert "1 version not there yet" in done.stdout


def test_where_packages_are_denied_nothing_is_sent(
    emulators: Callable[..., Emulator], act: Act
) -> None:
    emulator = emulators(faults=[Fault(PACKAGES, DENIED)])
    put(emulator, "@acme/core")

    done = act(on=emulator, package=None, packages_matching="@acme/*", versions="1.0.0")

    assert done.exit_code == 1
    assert calls_of(emulator, LIST, UPDATE) == []
    assert "ListPackages was denied, so it is not known which packages are there" in done.messages
    assert '"codeartifact:ListPackages"' in done.messages
    assert "arn:aws:codeartifact:eu-west-1:111122223333:repository/acme/npm-store" in done.messages
    assert done.codes == {"1.0.0": "SKIPPED"}


def test_an_exclusion_that_holds_back_nothing_is_said(emulator: Emulator, act: Act) -> None:
    put(emulator, "@acme/core", "@acme/ui")
    done = act(
        package=None,
        packages_matching="@acme/*",
        exclude_packages="@acme/ui\n@acme/uj",
        versions="1.0.0",
    )
    assert "exclude-packages: @acme/uj matches nothing" in done.stdout
    assert "@acme/ui matches nothing" not in done.stdout


def test_one_version_that_can_not_change_holds_back_all_packages(
    emulator: Emulator, act: Act
) -> None:
    put(emulator, "@acme/core")
    put(emulator, "@acme/ui", status="Disposed")
    done = act(package=None, packages_matching="@acme/*", versions="1.0.0")
    assert done.exit_code == 1
    assert set(done.codes.values()) == {"NOT_ALLOWED", "SKIPPED"}
    assert calls_of(emulator, UPDATE) == []


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"packages": "- core@1.0"}, "packages-matching: can't be combined with packages"),
        (
            {"packages_matching": None, "package": "core", "exclude_packages": "a*"},
            "exclude-packages: needs packages-matching",
        ),
        ({"packages_matching": "a, b"}, "one a line"),
        (
            {"packages_matching": None, "package": "acme-*"},
            'package: must be one name (got "acme-*"); for a pattern, use packages-matching',
        ),
        ({"format": "pypi", "namespace": "acme"}, "namespace: pypi packages have no namespace"),
    ],
)
def test_what_makes_no_sense_beside_it_is_refused(
    act: Act, given: dict[str, str | None], text: str
) -> None:
    done = act(**{"package": None, "packages_matching": "acme-*", "versions": "1.0.0", **given})
    assert done.exit_code == 2
    assert text in done.messages


def test_the_core_of_a_step_stays_as_it_was(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")
    assert act(versions="1.0.0").exit_code == 0
    assert statuses(emulator) == {"1.0.0": P}
    assert calls_of(emulator, PACKAGES) == []
