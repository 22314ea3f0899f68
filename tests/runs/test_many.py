"""Steps with many packages: by pattern, with a limit, put back; the whole action, in this process.

The laws of the way back are in ``test_laws_of_undo``.
"""

import json
from collections.abc import Callable, Mapping

import pytest

from codeartifact_emulator import Emulator, Fault, Meanwhile, Reply, Store
from codeartifact_status.reporting.outputs import OUTPUTS
from codeartifact_status.reporting.summary import MAX_ROWS
from harness.acting import Act
from harness.rendering import assert_harmless
from harness.reports import A, P, U
from harness.runs import CORE, calls_of, put_core, statuses

UPDATE = "UpdatePackageVersionsStatus"
LIST = "ListPackageVersions"


def ui(**place: str) -> dict[str, str]:
    """Another package beside ``CORE``, in another repository."""
    return {"package": "ui", "repository": "npm-prod", **place}


def move(status: str, **place: str) -> Callable[[Store], None]:
    """Somebody else, who sets the status of version 1.0.0 of a package."""
    return lambda store: store.set_status(**{**CORE, **place}, version="1.0.0", status=status)


TWO = json.dumps(
    [
        {"name": "@acme/core", "versions": ["1.0.0", "1.1.0"]},
        {"name": "@acme/ui", "version": "1.0.0", "repository": "npm-prod"},
    ]
)


# --- Nothing to do, and what is refused before anything is asked. --------------------------------


def test_an_empty_list_is_green_and_calls_nobody(emulator: Emulator, act: Act) -> None:
    done = act(package=None, packages="[]", undo_file="undo.json")

    assert done.exit_code == 0
    assert emulator.calls == []
    assert set(done.outputs) >= set(OUTPUTS)
    assert (done.outputs["outcome"], done.outputs["undo"]) == ("unchanged", "[]")
    assert done.result["packages"] == []
    assert "Nothing to do" in done.summary
    assert json.loads((done.workspace / "undo.json").read_text()) == []


def test_wrong_entries_are_exit_2_and_call_nobody(emulator: Emulator, act: Act) -> None:
    done = act(
        package=None,
        packages="- {name: a, version: 1}\n- {name: b}\n- {name: c, version: 1, format: rpm}",
        query="packages[?",
        undo_file="../undo.json",
        result_file="/result.json",
    )

    assert done.exit_code == 2
    assert emulator.calls == []
    for name in ("packages, entry 3 (c): format", "query", "undo-file", "result-file"):
        assert name in done.messages
        assert name in done.summary
    assert set(done.outputs) >= set(OUTPUTS)
    assert_harmless(done.summary)


# --- A release of many packages. -----------------------------------------------------------------

PACKAGES = [f"p{number:03}" for number in range(60)]
REPOSITORIES = ["npm-store", "npm-prod"]
VERSIONS = ["1.0.0", "1.1.0", "1.10.0"]


def put_release(emulator: Emulator) -> str:
    """120 packages of 3 versions in two repositories, and the document that asks for them."""
    for repository in REPOSITORIES:
        for name in PACKAGES:
            put_core(emulator, *VERSIONS, package=name, repository=repository)
    return json.dumps(
        [
            {"name": f"@acme/{name}", "versions": VERSIONS, "repository": repository}
            for repository in REPOSITORIES
            for name in PACKAGES
        ]
    )


def test_120_packages_take_one_listing_and_one_update_each(emulator: Emulator, act: Act) -> None:
    document = put_release(emulator)

    done = act(
        package=None,
        packages="@release.json",
        files={"release.json": document},
        undo_file="out/undo.json",
        result_file="result.json",
        query="packages[0].versions[].version",
    )

    assert done.exit_code == 0, done.stdout
    assert {status for status, _ in emulator.store.snapshot().values()} == {"Published"}
    assert len(calls_of(emulator, LIST)) == 120
    sent = calls_of(emulator, UPDATE)
    assert len(sent) == 120
    assert all(call.params["versions"] == VERSIONS for call in sent)
    assert (done.outputs["outcome"], done.outputs["changed-count"]) == ("changed", "360")
    assert done.rows == [
        (repository, name, version, "changed")
        for repository in REPOSITORIES
        for name in PACKAGES
        for version in VERSIONS
    ]
    successful = done.successful
    assert len(successful) == 360
    assert successful["pkg:npm/%40acme/p059@1.10.0?repository=npm-prod"]["status"] == "Published"
    assert json.loads(done.outputs["query-result"]) == VERSIONS
    assert (done.workspace / "out" / "undo.json").read_text() == done.outputs["undo"]
    assert (done.workspace / "result.json").read_text() == done.outputs["result"]
    assert sorted(path.name for path in done.workspace.rglob("*.json")) == [
        "release.json", "result.json", "undo.json",
    ]  # fmt: skip
    assert "360 versions of 60 packages set to **Published**" in done.summary
    assert_harmless(done.summary)
    shown = done.summary.partition("<details>")[0]
    assert len(shown.splitlines()) < MAX_ROWS + 10
    assert "… and 60 more versions" in shown
    assert not done.annotations("error") + done.annotations("warning")


def test_one_bad_version_among_360_sends_nothing_anywhere(emulator: Emulator, act: Act) -> None:
    entries = json.loads(put_release(emulator))
    entries[77]["versions"] = [*VERSIONS, "9.9.9"]
    before = emulator.store.snapshot()

    done = act(package=None, packages="@release.json", files={"release.json": json.dumps(entries)})

    assert done.exit_code == 1
    assert calls_of(emulator, UPDATE) == []
    assert emulator.store.snapshot() == before
    missing = "pkg:npm/%40acme/p017@9.9.9?repository=npm-prod"
    assert {purl: code for purl, code in done.codes.items() if code != "SKIPPED"} == {
        missing: "NOT_FOUND"
    }
    assert len(done.codes) == 361
    assert done.outputs["undo"] == "[]"
    # The one to mend comes first, the others are folded away.
    assert "9.9.9` can't be set to **Published** in" in done.summary
    assert "(`NOT_FOUND`); nothing was changed\n" in done.summary
    shown = done.summary.partition("<details>")[0]
    assert "9.9.9" in shown
    assert len(shown.splitlines()) < 20
    assert len(done.annotations("error")) == 1
    assert_harmless(done.summary)


def test_one_package_that_is_given_as_packages_is_keyed_by_version(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.0.0", "1.10")
    document = (
        '[{"name": "@acme/core", "version": "1.0.0"}, {"name": "@acme/core", "version": 1.10}]'
    )

    done = act(package=None, packages=document)

    assert done.exit_code == 0
    assert set(done.successful) == {"1.0.0", "1.10"}
    assert len(calls_of(emulator, LIST)) == len(calls_of(emulator, UPDATE)) == 1


def test_packages_of_one_repository_are_keyed_by_package_url_without_it(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.0.0")
    emulator.store.put(
        domain="acme", repository="npm-store", format="pypi", package="client", version="2.0",
        status="Unlisted",
    )  # fmt: skip

    done = act(package=None, packages="[pkg:pypi/client@2.0, pkg:npm/%40acme/core@1.0.0]")

    assert done.exit_code == 0
    assert list(done.successful) == [
        "pkg:pypi/client@2.0",
        "pkg:npm/%40acme/core@1.0.0",
    ]
    assert emulator.store.snapshot().keys() == {
        ("acme", "npm-store", "npm", "acme", "core", "1.0.0"),
        ("acme", "npm-store", "pypi", None, "client", "2.0"),
    }


def test_a_tag_promotes_the_package_that_it_names(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.3.0", "1.4.0")
    tag = {"GITHUB_REF": "refs/tags/@acme/core@1.3.0"}

    done = act(package=None, version_from_tag="{package}@{version}", environment=tag)

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.3.0": "Published", "1.4.0": "Unlisted"}


# --- By pattern. ---------------------------------------------------------------------------------


def test_a_retention_archives_all_but_the_latest(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.2.0", "1.9.0", "1.10.0", "1.11.0-rc.1", status="Published")
    put_core(emulator, "1.3.0", status="Unlisted")
    put_core(emulator, "1.1.0", status="Archived")

    done = act(
        versions_matching="1.*",
        exclude_versions="# candidates\n*-rc.*",
        keep_latest="2",
        expected_status="published",
        target_status="Archived",
    )

    assert done.exit_code == 0
    assert statuses(emulator) == {
        "1.1.0": A, "1.2.0": A, "1.3.0": U, "1.9.0": P, "1.10.0": P, "1.11.0-rc.1": P,
    }  # fmt: skip
    assert (done.outputs["changed-count"], done.outputs["unchanged-count"]) == ("1", "1")


def test_no_match_at_all_is_not_found(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")
    done = act(versions_matching="^2\n3.*")
    assert done.exit_code == 1
    assert done.codes == {"^2, 3.*": "NOT_FOUND"}
    assert "matches ^2, 3.*" in done.messages
    assert "^2, 3.*" in done.summary


@pytest.mark.parametrize(
    "given",
    [
        {"versions_matching": "1.*", "keep_latest": "5"},
        {"versions": "1.0.0", "exclude_versions": "1.*"},
    ],
)
def test_where_all_that_matches_is_left_alone_there_is_nothing_to_do(
    emulator: Emulator, act: Act, given: Mapping[str, str]
) -> None:
    put_core(emulator, "1.0.0", "1.1.0")
    done = act(**given)
    assert done.exit_code == 0
    assert done.outputs["outcome"] == "unchanged"
    assert calls_of(emulator, UPDATE) == []
    assert "Nothing to do" in done.summary


@pytest.mark.parametrize(
    ("given", "exit_code"),
    [
        ({"repository": "nowhere"}, 4),
        ({"keep_latest": "1"}, 2),
    ],
)
def test_a_run_with_a_pattern_that_is_stopped_early_ends_as_any_other(
    emulator: Emulator, act: Act, given: Mapping[str, str], exit_code: int
) -> None:
    put_core(emulator, "1.0.0", "nightly")
    done = act(versions_matching="*", **given)
    assert done.exit_code == exit_code
    assert "Traceback" not in done.stdout


def test_what_can_not_be_read_can_not_be_matched(
    emulators: Callable[..., Emulator], act: Act
) -> None:
    emulator = emulators(faults=[Fault(LIST, Reply(status=403, code="AccessDeniedException"))])
    put_core(emulator, "1.0.0")
    done = act(on=emulator, versions_matching="1.*")
    assert done.exit_code == 1
    assert done.codes == {"1.*": "AccessDeniedException"}
    assert calls_of(emulator, UPDATE) == []


# --- max-changes. --------------------------------------------------------------------------------


def test_a_plan_over_the_limit_is_refused_whatever_is_allowed(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0", "1.1.0")
    put_core(emulator, "1.0.0", **ui())

    done = act(
        package=None,
        packages=TWO,
        max_changes="2",
        allow_failed_versions="true",
        on_failure="continue",
    )

    assert done.exit_code == 1
    assert calls_of(emulator, UPDATE) == []
    assert done.outputs["outcome"] == "failed"
    failures = done.failed.values()
    assert {failure["errorCode"] for failure in failures} == {"SKIPPED"}
    assert len(failures) == 3
    text = "this step would change 3 versions, and max-changes is 2"
    assert all(text in failure["errorMessage"] for failure in failures)
    assert text in done.summary


def test_a_refused_plan_is_an_error_annotation(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0", "1.1.0")
    done = act(versions="1.0.0 1.1.0", max_changes="1", allow_failed_versions="true")
    assert done.exit_code == 1
    assert "max-changes is 1" in "\n".join(one.message for one in done.annotations("error"))


def test_with_a_pattern_the_limit_is_100(emulator: Emulator, act: Act) -> None:
    put_core(emulator, *(f"1.0.{number}" for number in range(101)))
    done = act(versions_matching="*")
    assert done.exit_code == 1
    assert "would change 101 versions, and max-changes is 100" in done.messages
    assert set(statuses(emulator).values()) == {"Unlisted"}


def test_what_is_at_the_target_already_does_not_count_as_a_change(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.0.0", "1.1.0", status="Published")
    put_core(emulator, "1.2.0")
    done = act(versions="1.0.0 1.1.0 1.2.0", max_changes="1")
    assert done.exit_code == 0


# --- on-failure. ---------------------------------------------------------------------------------


def test_continue_changes_what_can_be_changed_and_fails(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")
    put_core(emulator, "1.0.0", **ui())

    done = act(package=None, packages=TWO, on_failure="continue")

    assert done.exit_code == 1
    assert (statuses(emulator), statuses(emulator, **ui())) == ({"1.0.0": P}, {"1.0.0": P})
    assert done.codes == {"pkg:npm/%40acme/core@1.1.0?repository=npm-store": "NOT_FOUND"}
    assert done.outputs["outcome"] == "failed"
    assert "`@acme/core 1.1.0` can't be set to" in done.summary
    assert "; 2 versions changed" in done.summary
    assert len(done.undo) == 2


def test_continue_goes_on_where_a_whole_call_is_refused(
    emulators: Callable[..., Emulator], act: Act
) -> None:
    denied = Fault(UPDATE, Reply(status=403, code="AccessDeniedException"), package="core")
    emulator = emulators(faults=[denied])
    put_core(emulator, "1.0.0", "1.1.0")
    put_core(emulator, "1.0.0", **ui())

    done = act(on=emulator, package=None, packages=TWO, on_failure="continue", concurrency="1")

    assert done.exit_code == 1
    assert set(done.codes.values()) == {"AccessDeniedException"}
    assert statuses(emulator, **ui()) == {"1.0.0": P}


def test_rollback_puts_all_back_but_what_somebody_else_changed(
    emulators: Callable[..., Emulator], act: Act
) -> None:
    interferes = Meanwhile(before=move("Archived", **ui()))
    emulator = emulators(faults=[Fault(UPDATE, interferes, package="ui", times=1)])
    put_core(emulator, "1.0.0")
    put_core(emulator, "1.1.0", status="Archived")
    put_core(emulator, "1.0.0", **ui())
    before = emulator.store.snapshot()

    done = act(on=emulator, package=None, packages=TWO, on_failure="rollback", concurrency="1")

    assert done.exit_code == 1
    after = emulator.store.snapshot()
    touched = ("acme", "npm-prod", "npm", "acme", "ui", "1.0.0")
    assert after.pop(touched)[0] == "Archived"
    assert before.pop(touched)[0] == "Unlisted"
    assert after == before
    assert done.outputs["outcome"] == "rolled-back"
    assert done.codes == {
        "pkg:npm/%40acme/core@1.0.0?repository=npm-store": "ROLLED_BACK",
        "pkg:npm/%40acme/core@1.1.0?repository=npm-store": "ROLLED_BACK",
        "pkg:npm/%40acme/ui@1.0.0?repository=npm-prod": "MISMATCHED_STATUS",
    }
    assert [row[-1] for row in done.rows] == ["rolled-back", "rolled-back", "failed"]
    assert (done.outputs["changed-count"], done.outputs["failed-count"]) == ("0", "3")
    assert done.outputs["undo"] == "[]"
    assert done.successful == {}
    assert "`@acme/ui 1.0.0` can't be set to" in done.summary
    assert "; 2 versions put back" in done.summary
    assert_harmless(done.summary)


def test_a_rollback_that_can_not_put_one_back_says_so_and_keeps_it_in_undo(
    emulators: Callable[..., Emulator], act: Act
) -> None:
    emulator = emulators(
        faults=[
            Fault(UPDATE, Meanwhile(before=move("Archived", **ui())), package="ui", times=1),
            # The second call for core is the way back.
            Fault(UPDATE, Reply(status=403, code="AccessDeniedException"), package="core", skip=1),
        ]
    )
    put_core(emulator, "1.0.0", "1.1.0")
    put_core(emulator, "1.0.0", **ui())

    done = act(on=emulator, package=None, packages=TWO, on_failure="rollback", concurrency="1")

    assert done.exit_code == 1
    assert statuses(emulator) == {"1.0.0": "Published", "1.1.0": "Published"}
    assert [row[-1] for row in done.rows] == ["changed", "changed", "failed"]
    assert done.outputs["changed-count"] == "2"
    assert "could not be put back" in done.summary.splitlines()[0]
    assert "`@acme/core 1.0.0` in `npm-store`" in done.summary
    (entry,) = done.undo
    assert (entry["package"], entry["versions"]) == ("core", ["1.0.0", "1.1.0"])
    assert (entry["expected-status"], entry["target-status"]) == ("Published", "Unlisted")
    assert_harmless(done.summary)


def test_what_somebody_else_has_moved_since_is_not_ours_to_put_back(
    emulators: Callable[..., Emulator], act: Act
) -> None:
    emulator = emulators(
        faults=[
            Fault(UPDATE, Meanwhile(before=move("Archived", **ui())), package="ui", times=1),
            # The second call for core is the way back.
            Fault(UPDATE, Meanwhile(before=move("Archived")), package="core", skip=1, times=1),
        ]
    )
    put_core(emulator, "1.0.0", "1.1.0")
    put_core(emulator, "1.0.0", **ui())

    done = act(on=emulator, package=None, packages=TWO, on_failure="rollback", concurrency="1")

    assert done.exit_code == 1
    assert statuses(emulator) == {"1.0.0": "Archived", "1.1.0": "Unlisted"}
    assert [row[-1] for row in done.rows] == ["failed", "rolled-back", "failed"]
    assert done.outputs["outcome"] == "rolled-back"
    assert (done.outputs["changed-count"], done.undo) == ("0", [])
    assert_harmless(done.summary)


def test_nothing_is_rolled_back_where_nothing_fails(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0", "1.1.0")
    put_core(emulator, "1.0.0", **ui())
    done = act(package=None, packages=TWO, on_failure="rollback")
    assert (done.exit_code, done.outputs["outcome"]) == (0, "changed")
    assert len(calls_of(emulator, UPDATE)) == 2


# --- The way back. -------------------------------------------------------------------------------


def test_an_undo_goes_over_packages_repositories_and_former_statuses(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.0.0", status="Archived")
    put_core(emulator, "1.1.0", status="Unlisted")
    put_core(emulator, "1.0.0", **ui())
    emulator.store.put(
        domain="acme", repository="python", format="pypi", package="client", version="2.0",
        status="Archived",
    )  # fmt: skip
    before = emulator.store.snapshot()
    document = json.dumps([*json.loads(TWO), "pkg:pypi/client@2.0?repository=python"])
    done = act(package=None, packages=document, undo_file="undo.json")
    promoted = emulator.store.snapshot()
    assert {status for status, _ in promoted.values()} == {"Published"}

    # Nothing but the domain: all else stands in the undo.
    bare = dict.fromkeys(["package", "repository", "format", "target_status"])
    undo = (done.workspace / "undo.json").read_text()
    undone = act(**bare, packages="@undo.json", files={"undo.json": undo}, undo_file="redo.json")
    assert undone.exit_code == 0, undone.stdout
    assert emulator.store.snapshot() == before
    assert undone.outputs["changed-count"] == "4"
    again = act(**bare, packages=undone.outputs["undo"])
    assert again.exit_code == 0
    assert emulator.store.snapshot() == promoted


def test_what_somebody_else_has_changed_since_is_not_undone(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0", "1.1.0")
    done = act(versions="1.0.0 1.1.0")
    move("Archived")(emulator.store)
    since = emulator.store.snapshot()

    undone = act(package=None, packages=done.outputs["undo"])

    assert undone.exit_code == 1
    assert undone.codes == {"1.0.0": "MISMATCHED_STATUS", "1.1.0": "SKIPPED"}
    assert emulator.store.snapshot() == since


def test_an_undo_of_a_package_without_namespace_has_none_in_a_step_that_has(
    emulator: Emulator, act: Act
) -> None:
    emulator.store.put(
        domain="acme", repository="npm-store", format="npm", package="tool", version="1.0",
        status="Unlisted",
    )  # fmt: skip
    before = emulator.store.snapshot()
    step = {"package": None, "namespace": "acme"}
    done = act(**step, packages="- pkg:npm/tool@1.0")
    assert done.exit_code == 0
    undone = act(**step, packages=done.outputs["undo"])
    assert undone.exit_code == 0
    assert emulator.store.snapshot() == before


# --- Files. --------------------------------------------------------------------------------------


def test_the_files_are_written_when_the_step_fails(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")
    done = act(
        versions="1.0.0 9.9.9",
        on_failure="continue",
        undo_file="undo.json",
        result_file="result.json",
    )
    assert done.exit_code == 1
    assert len(json.loads((done.workspace / "undo.json").read_text())) == 1
    assert json.loads((done.workspace / "result.json").read_text())["outcome"] == "failed"


# --- wait-seconds. -------------------------------------------------------------------------------


def test_a_version_that_comes_to_be_is_waited_for(
    emulators: Callable[..., Emulator], act: Act
) -> None:
    def publish(store: Store) -> None:
        store.put(**CORE, version="1.3.0", status="Unlisted")

    emulator = emulators(faults=[Fault(LIST, Meanwhile(after=publish), package="core", skip=1)])
    put_core(emulator, "1.0.0", **ui())
    put_core(emulator, "1.2.0")
    document = """[{name: "@acme/core", versions: [1.2.0, 1.3.0]},
                   {name: "@acme/ui", version: 1.0.0, repository: npm-prod}]"""

    done = act(on=emulator, package=None, packages=document, wait_seconds="30")

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.2.0": P, "1.3.0": P}
    listed = [call.params["package"] for call in calls_of(emulator, LIST)]
    # What is there already is not read again.
    assert (listed.count("core"), listed.count("ui")) == (3, 1)
    assert "not there yet" in done.stdout


def test_a_version_that_never_comes_is_not_found_in_the_end(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")
    done = act(versions="1.0.0 1.3.0", wait_seconds="1")
    assert done.exit_code == 1
    assert done.codes == {"1.3.0": "NOT_FOUND", "1.0.0": "SKIPPED"}
    assert len(calls_of(emulator, LIST)) >= 2
