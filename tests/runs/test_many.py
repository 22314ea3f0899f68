"""Steps with many packages: whole runs, and what holds for every store and every request.

The properties go over the emulator's rules, without HTTP, but by the real documents: what a run
writes as ``undo`` is what the next one reads as ``packages``.
"""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from codeartifact_emulator import Emulator, Fault, Meanwhile, Reply, Store
from codeartifact_status.errors import InputError
from codeartifact_status.inputs.reading import most_changes
from codeartifact_status.model import REVERSIBLE, Allowed, Code, OnFailure, Request, Status, Verdict
from codeartifact_status.planning.plan import make_plan
from codeartifact_status.reporting.outputs import OUTPUTS, fitted, outputs
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.run import Run
from codeartifact_status.reporting.summary import MAX_ROWS
from codeartifact_status.service.listing import read_all
from codeartifact_status.service.sending import Sender
from harness.inputs import read_inputs
from harness.rendering import assert_harmless
from harness.reports import A, P, U
from harness.runs import CORE, CORE_PACKAGE, Finished, Runner, calls_of, put_core, statuses
from harness.worlds import RulesService, World, interference, run_once, worlds

UPDATE = "UpdatePackageVersionsStatus"
LIST = "ListPackageVersions"


def ui(**place: str) -> dict[str, str]:
    """Another package beside ``CORE``, in another repository."""
    return {"package": "ui", "repository": "npm-prod", **place}


def codes(finished: Finished) -> dict[str, str]:
    found = json.loads(finished.outputs["failed-versions"])
    return {version: entry["errorCode"] for version, entry in found.items()}


def outcomes(finished: Finished) -> list[tuple[str, str, str, str]]:
    """Repository, package, version and outcome, in the order of the result."""
    return [
        (package["repository"], package["package"], version["version"], version["outcome"])
        for package in json.loads(finished.outputs["result"])["packages"]
        for version in package["versions"]
    ]


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


def test_an_empty_list_is_green_and_calls_nobody(emulator: Emulator, run_action: Runner) -> None:
    done = run_action(package=None, packages="[]", undo_file="undo.json")

    assert done.exit_code == 0
    assert emulator.calls == []
    assert set(done.outputs) >= set(OUTPUTS)
    assert (done.outputs["outcome"], done.outputs["undo"]) == ("unchanged", "[]")
    assert json.loads(done.outputs["result"])["packages"] == []
    assert "Nothing to do" in done.summary
    assert json.loads((done.workspace / "undo.json").read_text()) == []


def test_wrong_entries_are_exit_2_and_call_nobody(emulator: Emulator, run_action: Runner) -> None:
    done = run_action(
        package=None,
        packages="- {name: a, version: 1}\n- {name: b}\n- {name: c, version: 1, format: rpm}",
        query="packages[?",
        undo_file="../undo.json",
        result_file="/result.json",
    )

    assert done.exit_code == 2
    assert emulator.calls == []
    for name in ("packages, entry 3: format", "query", "undo-file", "result-file"):
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


def test_120_packages_take_one_listing_and_one_update_each(
    emulator: Emulator, run_action: Runner
) -> None:
    document = put_release(emulator)

    done = run_action(
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
    assert outcomes(done) == [
        (repository, name, version, "changed")
        for repository in REPOSITORIES
        for name in PACKAGES
        for version in VERSIONS
    ]
    successful = json.loads(done.outputs["successful-versions"])
    assert len(successful) == 360
    assert successful["pkg:npm/%40acme/p059@1.10.0?repository=npm-prod"]["status"] == "Published"
    assert json.loads(done.outputs["query-result"]) == VERSIONS
    assert (done.workspace / "out" / "undo.json").read_text() == done.outputs["undo"]
    assert (done.workspace / "result.json").read_text() == done.outputs["result"]
    assert sorted(path.name for path in done.workspace.rglob("*.json")) == [
        "release.json", "result.json", "undo.json",
    ]  # fmt: skip
    assert "360 versions set to **Published**" in done.summary
    assert_harmless(done.summary)
    shown = done.summary.partition("<details>")[0]
    assert len(shown.splitlines()) < MAX_ROWS + 10
    assert "… and 70 more" in shown
    assert not done.annotations("error") + done.annotations("warning")


def test_one_bad_version_among_360_sends_nothing_anywhere(
    emulator: Emulator, run_action: Runner
) -> None:
    entries = json.loads(put_release(emulator))
    entries[77]["versions"] = [*VERSIONS, "9.9.9"]
    before = emulator.store.snapshot()

    done = run_action(
        package=None, packages="@release.json", files={"release.json": json.dumps(entries)}
    )

    assert done.exit_code == 1
    assert calls_of(emulator, UPDATE) == []
    assert emulator.store.snapshot() == before
    missing = "pkg:npm/%40acme/p017@9.9.9?repository=npm-prod"
    assert {purl: code for purl, code in codes(done).items() if code != "SKIPPED"} == {
        missing: "NOT_FOUND"
    }
    assert len(codes(done)) == 361
    assert done.outputs["undo"] == "[]"
    # The one to mend comes first, the others are folded away.
    assert "1 of 361 versions can't be set" in done.summary
    shown = done.summary.partition("<details>")[0]
    assert "9.9.9" in shown
    assert len(shown.splitlines()) < 20
    assert len(done.annotations("error")) == 1
    assert_harmless(done.summary)


def test_one_package_that_is_given_as_packages_is_keyed_by_version(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0", "1.10")
    document = (
        '[{"name": "@acme/core", "version": "1.0.0"}, {"name": "@acme/core", "version": 1.10}]'
    )

    done = run_action(package=None, packages=document)

    assert done.exit_code == 0
    assert set(json.loads(done.outputs["successful-versions"])) == {"1.0.0", "1.10"}
    assert len(calls_of(emulator, LIST)) == len(calls_of(emulator, UPDATE)) == 1


def test_packages_of_one_repository_are_keyed_by_package_url_without_it(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0")
    emulator.store.put(
        domain="acme", repository="npm-store", format="pypi", package="client", version="2.0",
        status="Unlisted",
    )  # fmt: skip

    done = run_action(package=None, packages="[pkg:pypi/client@2.0, pkg:npm/%40acme/core@1.0.0]")

    assert done.exit_code == 0
    assert list(json.loads(done.outputs["successful-versions"])) == [
        "pkg:pypi/client@2.0",
        "pkg:npm/%40acme/core@1.0.0",
    ]
    assert emulator.store.snapshot().keys() == {
        ("acme", "npm-store", "npm", "acme", "core", "1.0.0"),
        ("acme", "npm-store", "pypi", None, "client", "2.0"),
    }


def test_a_tag_promotes_the_package_that_it_names(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.3.0", "1.4.0")
    tag = {"GITHUB_REF": "refs/tags/@acme/core@1.3.0"}

    done = run_action(package=None, version_from_tag="{package}@{version}", environment=tag)

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.3.0": "Published", "1.4.0": "Unlisted"}


# --- By pattern. ---------------------------------------------------------------------------------


def test_a_retention_archives_all_but_the_latest(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.2.0", "1.9.0", "1.10.0", "1.11.0-rc.1", status="Published")
    put_core(emulator, "1.3.0", status="Unlisted")
    put_core(emulator, "1.1.0", status="Archived")

    done = run_action(
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


def test_no_match_at_all_is_not_found(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.0.0")
    done = run_action(versions_matching="^2\n3.*")
    assert done.exit_code == 1
    assert codes(done) == {"^2, 3.*": "NOT_FOUND"}
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
    emulator: Emulator, run_action: Runner, given: Mapping[str, str]
) -> None:
    put_core(emulator, "1.0.0", "1.1.0")
    done = run_action(**given)
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
    emulator: Emulator, run_action: Runner, given: Mapping[str, str], exit_code: int
) -> None:
    put_core(emulator, "1.0.0", "nightly")
    done = run_action(versions_matching="*", **given)
    assert done.exit_code == exit_code
    assert "Traceback" not in done.stdout


def test_what_can_not_be_read_can_not_be_matched(
    emulators: Callable[..., Emulator], run_action: Runner
) -> None:
    emulator = emulators(faults=[Fault(LIST, Reply(status=403, code="AccessDeniedException"))])
    put_core(emulator, "1.0.0")
    done = run_action(on=emulator, versions_matching="1.*")
    assert done.exit_code == 1
    assert codes(done) == {"1.*": "AccessDeniedException"}
    assert calls_of(emulator, UPDATE) == []


# --- max-changes. --------------------------------------------------------------------------------


def test_a_plan_over_the_limit_is_refused_whatever_is_allowed(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0", "1.1.0")
    put_core(emulator, "1.0.0", **ui())

    done = run_action(
        package=None,
        packages=TWO,
        max_changes="2",
        allow_failed_versions="true",
        on_failure="continue",
    )

    assert done.exit_code == 1
    assert calls_of(emulator, UPDATE) == []
    assert done.outputs["outcome"] == "failed"
    failures = json.loads(done.outputs["failed-versions"]).values()
    assert {failure["errorCode"] for failure in failures} == {"SKIPPED"}
    assert len(failures) == 3
    text = "this step would change 3 versions, and max-changes is 2"
    assert all(text in failure["errorMessage"] for failure in failures)
    assert text in done.summary


def test_a_refused_plan_is_an_error_annotation(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.0.0", "1.1.0")
    done = run_action(versions="1.0.0 1.1.0", max_changes="1", allow_failed_versions="true")
    assert done.exit_code == 1
    assert "max-changes is 1" in "\n".join(one.message for one in done.annotations("error"))


def test_with_a_pattern_the_limit_is_100(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, *(f"1.0.{number}" for number in range(101)))
    done = run_action(versions_matching="*")
    assert done.exit_code == 1
    assert "would change 101 versions, and max-changes is 100" in done.messages
    assert set(statuses(emulator).values()) == {"Unlisted"}


@pytest.mark.parametrize(
    ("matching", "limit", "expected"),
    [("*", "", 100), ("*", "101", 101), ("*", "0", 0), ("", "", None), ("", "5", 5)],
)
def test_the_limit_is_what_is_set_or_100_with_a_pattern(
    workspace: Path,  # noqa: ARG001 - its inputs
    matching: str,
    limit: str,
    expected: int | None,
) -> None:
    step = read_inputs({"versions-matching": matching, "max-changes": limit})
    assert most_changes(step.inputs) == expected


def test_what_is_at_the_target_already_does_not_count_as_a_change(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0", "1.1.0", status="Published")
    put_core(emulator, "1.2.0")
    done = run_action(versions="1.0.0 1.1.0 1.2.0", max_changes="1")
    assert done.exit_code == 0


# --- on-failure. ---------------------------------------------------------------------------------


def test_continue_changes_what_can_be_changed_and_fails(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0")
    put_core(emulator, "1.0.0", **ui())

    done = run_action(package=None, packages=TWO, on_failure="continue")

    assert done.exit_code == 1
    assert (statuses(emulator), statuses(emulator, **ui())) == ({"1.0.0": P}, {"1.0.0": P})
    assert codes(done) == {"pkg:npm/%40acme/core@1.1.0?repository=npm-store": "NOT_FOUND"}
    assert done.outputs["outcome"] == "failed"
    assert "1 of 3 versions can't be set" in done.summary
    assert "2 versions changed" in done.summary
    assert len(json.loads(done.outputs["undo"])) == 2


def test_continue_goes_on_where_a_whole_call_is_refused(
    emulators: Callable[..., Emulator], run_action: Runner
) -> None:
    denied = Fault(UPDATE, Reply(status=403, code="AccessDeniedException"), package="core")
    emulator = emulators(faults=[denied])
    put_core(emulator, "1.0.0", "1.1.0")
    put_core(emulator, "1.0.0", **ui())

    done = run_action(
        on=emulator, package=None, packages=TWO, on_failure="continue", concurrency="1"
    )

    assert done.exit_code == 1
    assert set(codes(done).values()) == {"AccessDeniedException"}
    assert statuses(emulator, **ui()) == {"1.0.0": P}


def test_rollback_puts_all_back_but_what_somebody_else_changed(
    emulators: Callable[..., Emulator], run_action: Runner
) -> None:
    interferes = Meanwhile(before=move("Archived", **ui()))
    emulator = emulators(faults=[Fault(UPDATE, interferes, package="ui", times=1)])
    put_core(emulator, "1.0.0")
    put_core(emulator, "1.1.0", status="Archived")
    put_core(emulator, "1.0.0", **ui())
    before = emulator.store.snapshot()

    done = run_action(
        on=emulator, package=None, packages=TWO, on_failure="rollback", concurrency="1"
    )

    assert done.exit_code == 1
    after = emulator.store.snapshot()
    touched = ("acme", "npm-prod", "npm", "acme", "ui", "1.0.0")
    assert after.pop(touched)[0] == "Archived"
    assert before.pop(touched)[0] == "Unlisted"
    assert after == before
    assert done.outputs["outcome"] == "rolled-back"
    assert codes(done) == {
        "pkg:npm/%40acme/core@1.0.0?repository=npm-store": "ROLLED_BACK",
        "pkg:npm/%40acme/core@1.1.0?repository=npm-store": "ROLLED_BACK",
        "pkg:npm/%40acme/ui@1.0.0?repository=npm-prod": "MISMATCHED_STATUS",
    }
    assert [row[-1] for row in outcomes(done)] == ["rolled-back", "rolled-back", "failed"]
    assert (done.outputs["changed-count"], done.outputs["failed-count"]) == ("0", "3")
    assert done.outputs["undo"] == "[]"
    assert json.loads(done.outputs["successful-versions"]) == {}
    assert "1 of 3 versions can't be set" in done.summary
    assert "2 versions put back to where they were" in done.summary
    assert_harmless(done.summary)


def test_a_rollback_that_can_not_put_one_back_says_so_and_keeps_it_in_undo(
    emulators: Callable[..., Emulator], run_action: Runner
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

    done = run_action(
        on=emulator, package=None, packages=TWO, on_failure="rollback", concurrency="1"
    )

    assert done.exit_code == 1
    assert statuses(emulator) == {"1.0.0": "Published", "1.1.0": "Published"}
    assert [row[-1] for row in outcomes(done)] == ["changed", "changed", "failed"]
    assert done.outputs["changed-count"] == "2"
    assert "could not be put back" in done.summary.splitlines()[0]
    assert "`@acme/core 1.0.0` in `npm-store`" in done.summary
    (entry,) = json.loads(done.outputs["undo"])
    assert (entry["package"], entry["versions"]) == ("core", ["1.0.0", "1.1.0"])
    assert (entry["expected-status"], entry["target-status"]) == ("Published", "Unlisted")
    assert_harmless(done.summary)


def test_what_somebody_else_has_moved_since_is_not_ours_to_put_back(
    emulators: Callable[..., Emulator], run_action: Runner
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

    done = run_action(
        on=emulator, package=None, packages=TWO, on_failure="rollback", concurrency="1"
    )

    assert done.exit_code == 1
    assert statuses(emulator) == {"1.0.0": "Archived", "1.1.0": "Unlisted"}
    assert [row[-1] for row in outcomes(done)] == ["failed", "rolled-back", "failed"]
    assert done.outputs["outcome"] == "rolled-back"
    assert (done.outputs["changed-count"], done.outputs["undo"]) == ("0", "[]")
    assert_harmless(done.summary)


def test_what_was_moved_is_told_in_the_status_that_it_was_last_seen_in() -> None:
    store = Store()
    store.add_repository(domain="acme", repository="npm-store")
    for name in ("core", "ui"):
        store.put(**{**CORE, "package": name}, version="1.0.0", status="Unlisted")
    requests = [
        Request(package=replace(CORE_PACKAGE, name=name), versions=("1.0.0",), target=Status(P))
        for name in ("core", "ui")
    ]
    # Before the second call somebody archives both: the one that changed, and the one to come.
    service = RulesService(
        store,
        before_change=lambda store, call: (
            call == 1 and [move("Archived", package=name)(store) for name in ("core", "ui")]
        ),
    )

    run = carried_out(service, requests, OnFailure.ROLLBACK)

    assert run.stuck == {}
    assert run.outcomes[requests[0].package, "1.0.0"].after == "Archived"


def test_nothing_is_rolled_back_where_nothing_fails(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.0.0", "1.1.0")
    put_core(emulator, "1.0.0", **ui())
    done = run_action(package=None, packages=TWO, on_failure="rollback")
    assert (done.exit_code, done.outputs["outcome"]) == (0, "changed")
    assert len(calls_of(emulator, UPDATE)) == 2


# --- The way back. -------------------------------------------------------------------------------


def test_an_undo_goes_over_packages_repositories_and_former_statuses(
    emulator: Emulator, run_action: Runner
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
    done = run_action(package=None, packages=document, undo_file="undo.json")
    promoted = emulator.store.snapshot()
    assert {status for status, _ in promoted.values()} == {"Published"}

    # Nothing but the domain: all else stands in the undo.
    bare = dict.fromkeys(["package", "repository", "format", "target_status"])
    undo = (done.workspace / "undo.json").read_text()
    undone = run_action(
        **bare, packages="@undo.json", files={"undo.json": undo}, undo_file="redo.json"
    )
    assert undone.exit_code == 0, undone.stdout
    assert emulator.store.snapshot() == before
    assert undone.outputs["changed-count"] == "4"
    again = run_action(**bare, packages=undone.outputs["undo"])
    assert again.exit_code == 0
    assert emulator.store.snapshot() == promoted


def test_what_somebody_else_has_changed_since_is_not_undone(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0", "1.1.0")
    done = run_action(versions="1.0.0 1.1.0")
    move("Archived")(emulator.store)
    since = emulator.store.snapshot()

    undone = run_action(package=None, packages=done.outputs["undo"])

    assert undone.exit_code == 1
    assert codes(undone) == {"1.0.0": "MISMATCHED_STATUS", "1.1.0": "SKIPPED"}
    assert emulator.store.snapshot() == since


def test_an_undo_of_a_package_without_namespace_has_none_in_a_step_that_has(
    emulator: Emulator, run_action: Runner
) -> None:
    emulator.store.put(
        domain="acme", repository="npm-store", format="npm", package="tool", version="1.0",
        status="Unlisted",
    )  # fmt: skip
    before = emulator.store.snapshot()
    step = {"package": None, "namespace": "acme"}
    done = run_action(**step, packages="- pkg:npm/tool@1.0")
    assert done.exit_code == 0
    undone = run_action(**step, packages=done.outputs["undo"])
    assert undone.exit_code == 0
    assert emulator.store.snapshot() == before


# --- Files. --------------------------------------------------------------------------------------


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of a job with right inputs; outside of it are things to protect."""
    (tmp_path / "workspace").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "kept.json").write_text("kept")
    monkeypatch.chdir(tmp_path / "workspace")
    for name, value in {
        "DOMAIN": "acme", "REPOSITORY": "r1", "FORMAT": "npm", "PACKAGE": "core",
        "VERSIONS": "1.0", "TARGET-STATUS": "Published", "AWS-REGION": "eu-west-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"INPUT_{name}", value)
    return tmp_path / "workspace"


@pytest.mark.parametrize("name", ["undo-file", "result-file"])
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("../undo.json", "is not a path relative to the workspace and inside of it"),
        ("sub/../../undo.json", "is not a path relative to the workspace and inside of it"),
        ("/undo.json", "is not a path relative to the workspace and inside of it"),
        ("link.json", "leads out of the workspace by a link"),
        ("way-out/undo.json", "leads out of the workspace by a link"),
        ("way-out/new/undo.json", "leads out of the workspace by a link"),
        ("sub", "is a directory"),
        (".", "is a directory"),
    ],
)
def test_a_file_stays_inside_of_the_workspace(
    workspace: Path, name: str, path: str, said: str
) -> None:
    (workspace / "sub").mkdir()
    (workspace / "link.json").symlink_to(workspace.parent / "outside" / "kept.json")
    (workspace / "way-out").symlink_to(workspace.parent / "outside")
    with pytest.raises(InputError) as caught:
        read_inputs({name: path})
    (problem,) = caught.value.problems
    assert problem.name == name
    assert said in problem.text


@pytest.mark.parametrize("path", ["undo.json", "sub/undo.json", "new/dir/undo.json", "in.json"])
def test_a_path_inside_of_the_workspace_is_fine(workspace: Path, path: str) -> None:
    (workspace / "in.json").symlink_to(workspace / "other.json")
    assert read_inputs({"undo-file": path}).inputs.undo_file == path


def test_the_files_are_written_when_the_step_fails(emulator: Emulator, run_action: Runner) -> None:
    put_core(emulator, "1.0.0")
    done = run_action(
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
    emulators: Callable[..., Emulator], run_action: Runner
) -> None:
    def publish(store: Store) -> None:
        store.put(**CORE, version="1.3.0", status="Unlisted")

    emulator = emulators(faults=[Fault(LIST, Meanwhile(after=publish), package="core", skip=1)])
    put_core(emulator, "1.0.0", **ui())
    put_core(emulator, "1.2.0")
    document = """[{name: "@acme/core", versions: [1.2.0, 1.3.0]},
                   {name: "@acme/ui", version: 1.0.0, repository: npm-prod}]"""

    done = run_action(on=emulator, package=None, packages=document, wait_seconds="30")

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.2.0": P, "1.3.0": P}
    listed = [call.params["package"] for call in calls_of(emulator, LIST)]
    # What is there already is not read again.
    assert (listed.count("core"), listed.count("ui")) == (3, 1)
    assert "not there yet" in done.stdout


def test_a_version_that_never_comes_is_not_found_in_the_end(
    emulator: Emulator, run_action: Runner
) -> None:
    put_core(emulator, "1.0.0")
    done = run_action(versions="1.0.0 1.3.0", wait_seconds="1")
    assert done.exit_code == 1
    assert codes(done) == {"1.3.0": "NOT_FOUND", "1.0.0": "SKIPPED"}
    assert len(calls_of(emulator, LIST)) >= 2


# --- The laws of the way back, by the real documents. --------------------------------------------


def read_back(document: str, **inputs: str) -> tuple[Request, ...]:
    """What a ``packages`` document asks for, as a job reads it that says nothing else."""
    given = {"domain": "acme", "aws-region": "eu-west-1", "packages": document, **inputs}
    return read_inputs(given).requests


def undo_of(run: Run) -> str:
    """The ``undo`` output of a run."""
    return fitted(outputs(Report(run=run)))["undo"]


def carried_out(service: RulesService, requests: Sequence[Request], on_failure: OnFailure) -> Run:
    """The cycle of one step with ``on-failure``."""
    packages = [request.package for request in requests]
    readings = read_all(service, packages, concurrency=1, stop=threading.Event())
    plan = make_plan(requests, readings, allowed=Allowed(), on_failure=on_failure)
    sent = Sender(
        service=service,
        allowed=Allowed(),
        on_failure=on_failure,
        concurrency=1,
        attempts=3,
        stop=threading.Event(),
    ).carry_out(plan)
    assert not sent.bugs
    return Run(requests=tuple(requests), outcomes=sent.outcomes, stuck=sent.stuck)


@given(worlds())
@settings(max_examples=40)
def test_the_undo_document_restores_the_store_and_its_own_undo_the_promotion(world: World) -> None:
    store = world.store()
    before = store.snapshot()
    _, run = run_once(RulesService(store), world.requests, allowed=world.allowed)
    promoted = store.snapshot()
    assume(promoted != before)

    _, undone = run_once(RulesService(store), read_back(undo_of(run)))

    assert Report(run=undone).exit_code == 0
    restored = store.snapshot()
    for key, state in before.items():
        # There is no way back to a status that UpdatePackageVersionsStatus can't set.
        assert restored[key] == (state if state[0] in REVERSIBLE else promoted[key])

    _, redone = run_once(RulesService(store), read_back(undo_of(undone)))

    assert Report(run=redone).exit_code == 0
    assert store.snapshot() == promoted


@given(worlds(), st.data())
@settings(max_examples=40)
def test_an_undo_of_what_was_changed_since_is_refused_as_a_whole(
    world: World, data: st.DataObject
) -> None:
    store = world.store()
    # All that can be changed, so that there is something to undo.
    run = carried_out(RulesService(store), world.requests, OnFailure.CONTINUE)
    requests = read_back(undo_of(run))
    undoable = [(request, version) for request in requests for version in request.versions]
    if not undoable:
        return
    request, version = data.draw(st.sampled_from(undoable))
    ways = [P, U, A, "Disposed", "rewritten", "gone"]
    what = data.draw(
        st.sampled_from([w for w in ways if w not in {request.target, request.expected_status}])
    )
    place = {
        "domain": "acme",
        "repository": request.package.repository,
        "format": request.package.format.value,
        "namespace": request.package.namespace,
        "package": request.package.name,
        "version": version,
    }
    kept = str(request.expected_status)
    store.set_status(
        **place,
        status={"rewritten": kept, "gone": "Deleted"}.get(what, what),
        revision="another-content" if what == "rewritten" else None,
    )
    since = store.snapshot()

    service = RulesService(store)
    _, undone = run_once(service, requests)

    assert Report(run=undone).exit_code == 1
    assert service.sent == []
    assert store.snapshot() == since


MOVES = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, 300),
        st.sampled_from(["Published", "Unlisted", "Archived", "Disposed", "Deleted", "rewritten"]),
    ),
    max_size=2,
)


@given(worlds(), MOVES)
def test_a_failed_rollback_step_leaves_the_store_as_it_was_but_for_what_it_says(
    world: World, moves: list[tuple[int, int, str]]
) -> None:
    store = world.store()
    before = store.snapshot()
    touched = {list(world.held)[which % len(world.held)] for _, which, _ in moves if world.held}
    service = RulesService(store, before_change=interference(moves, world))

    run = carried_out(service, world.requests, OnFailure.ROLLBACK)

    if Report(run=run).exit_code == 0:
        return
    after = store.snapshot()
    for (package, version), outcome in run.outcomes.items():
        if (package, version) in touched:
            continue
        place = ("acme", package.repository, package.format.value, package.namespace, package.name)
        was, now = (snapshot.get((*place, version)) for snapshot in (before, after))
        if outcome.verdict is Verdict.CHANGED:
            assert (package, version) in run.stuck
            assert was is not None
            assert was[0] not in REVERSIBLE
        else:
            assert now == was
    assert {key for key, o in run.outcomes.items() if o.verdict is Verdict.CHANGED} == set(
        run.stuck
    )


@given(worlds())
def test_continue_leaves_nothing_undone_that_can_be_done(world: World) -> None:
    service = RulesService(world.store())

    run = carried_out(service, world.requests, OnFailure.CONTINUE)

    assert service.refused == []
    for outcome in run.outcomes.values():
        if outcome.failure is not None:
            assert outcome.failure.code != Code.SKIPPED


@given(worlds(), MOVES)
def test_a_rollback_has_a_failure_that_is_no_consequence(
    world: World, moves: list[tuple[int, int, str]]
) -> None:
    service = RulesService(world.store(), before_change=interference(moves, world))
    run = carried_out(service, world.requests, OnFailure.ROLLBACK)
    found = {outcome.failure.code for outcome in run.outcomes.values() if outcome.failure}
    if found:
        assert found - {Code.SKIPPED, Code.ROLLED_BACK}
        assert Report(run=run).exit_code == 1
        undone = {version for entry in json.loads(undo_of(run))
                  for version in entry["versions"]}  # fmt: skip
        assert undone <= {version for _, version in run.stuck}
