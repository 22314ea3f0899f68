"""The emulator's rules, asked without HTTP."""

import hashlib
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeartifact_emulator import ServiceError, Status, Store, Switches
from harness.asking import CORE, ask, codes, statuses, stocked

STATUSES = [status for status in Status if status is not Status.DELETED]

TARGETS = ["Published", "Unlisted", "Archived"]


def update(store: Store, *versions: str, target: str, **more: Any) -> dict[str, Any]:
    return ask(
        store,
        "UpdatePackageVersionsStatus",
        **CORE,
        versions=versions,
        target_status=target,
        **more,
    )


# Updating


@pytest.mark.parametrize("current", [s for s in STATUSES if s is not Status.DISPOSED])
@pytest.mark.parametrize("target", TARGETS)
def test_a_version_that_is_not_disposed_can_be_set_to_each_target(
    current: Status, target: str
) -> None:
    store = stocked({"1.0.0": current})
    before = store.snapshot()

    answer = update(store, "1.0.0", target=target)

    revision = next(iter(before.values()))[1]
    assert answer == {
        "successfulVersions": {"1.0.0": {"revision": revision, "status": target}},
        "failedVersions": {},
    }
    assert set(store.snapshot().values()) == {(target, revision)}


@pytest.mark.parametrize("target", TARGETS)
def test_a_disposed_version_can_be_set_to_nothing(target: str) -> None:
    store = stocked({"1.0.0": "Disposed"})

    assert codes(update(store, "1.0.0", target=target)) == {"1.0.0": "NOT_ALLOWED"}
    assert statuses(store) == {"1.0.0": "Disposed"}


@pytest.mark.parametrize("target", ["Unfinished", "Disposed", "Deleted", "Retired"])
def test_no_other_target_is_permitted(target: str) -> None:
    store = stocked({"1.0.0": "Published"})

    with pytest.raises(ServiceError) as refused:
        update(store, "1.0.0", target=target)

    assert (refused.value.code, refused.value.http_status) == ("ValidationException", 400)


def test_one_bad_version_skips_all_the_others() -> None:
    store = stocked({"1": "Published", "2": "Disposed", "3": "Published"})

    answer = update(store, "1", "2", "3", "4", target="Archived")

    assert answer["successfulVersions"] == {}
    assert codes(answer) == {"1": "SKIPPED", "2": "NOT_ALLOWED", "3": "SKIPPED", "4": "NOT_FOUND"}
    assert answer["failedVersions"]["1"]["errorMessage"] == "version 1 is skipped"
    assert statuses(store) == {"1": "Published", "2": "Disposed", "3": "Published"}


def test_a_revision_mismatch_is_found_before_a_status_mismatch() -> None:
    store = stocked({"1": "Published"})

    def failure(**switches: Literal["status", "revision"]) -> dict[str, str]:
        store.switches = Switches(**switches)  # type: ignore[arg-type]
        answer = update(
            store, "1", target="Archived", expected_status="Unlisted", version_revisions={"1": "x"}
        )
        return codes(answer)

    assert failure() == {"1": "MISMATCHED_REVISION"}
    assert failure(first_mismatch="status") == {"1": "MISMATCHED_STATUS"}


@pytest.mark.parametrize("revisions", [{"1": "x"}, {"1": "x", "2": "y", "3": "z"}, {"3": "z"}])
def test_revisions_are_for_exactly_the_versions(revisions: dict[str, str]) -> None:
    store = stocked({"1": "Published", "2": "Published"})

    with pytest.raises(ServiceError, match="must be the same"):
        update(store, "1", "2", target="Archived", version_revisions=revisions)


def test_versions_are_one_to_a_hundred_and_duplicates_count_once() -> None:
    store = stocked({str(n): "Published" for n in range(101)})
    hundred = [str(n) for n in range(100)]

    assert len(update(store, *hundred, target="Unlisted")["successfulVersions"]) == 100
    assert list(update(store, "1", "1", target="Unlisted")["successfulVersions"]) == ["1"]
    for wrong in ([], [*hundred, "100"]):
        with pytest.raises(ServiceError, match="1 to 100"):
            update(store, *wrong, target="Unlisted")


def test_a_version_that_only_an_upstream_holds_is_not_found() -> None:
    store = stocked({"1": "Published"})
    store.put(**{**CORE, "repository": "mirror"}, version="2")

    answer = update(store, "1", "2", target="Archived")

    assert codes(answer) == {"1": "SKIPPED", "2": "NOT_FOUND"}


# Disposing and deleting


@pytest.mark.parametrize("current", STATUSES)
def test_every_version_can_be_disposed_of_and_deleted(current: Status) -> None:
    store = stocked({"1": current, "2": "Published"})

    disposed = ask(store, "DisposePackageVersions", **CORE, versions=["1"])
    assert disposed["successfulVersions"]["1"]["status"] == "Disposed"
    assert statuses(store) == {"1": "Disposed", "2": "Published"}

    deleted = ask(
        store, "DeletePackageVersions", **CORE, versions=["1"], expected_status="Disposed"
    )
    assert deleted["successfulVersions"]["1"]["status"] == "Deleted"
    assert statuses(store) == {"2": "Published"}


def test_a_deleted_version_can_be_published_again() -> None:
    store = stocked({"1": "Published", "2": "Published"})
    ask(store, "DeletePackageVersions", **CORE, versions=["1"])
    assert codes(ask(store, "DeletePackageVersions", **CORE, versions=["1"])) == {"1": "NOT_FOUND"}

    store.put(**CORE, version="1")

    assert statuses(store) == {"1": "Published", "2": "Published"}


def test_a_package_outlives_its_last_version_unless_a_switch_says_otherwise() -> None:
    store = stocked({"1": "Published"})
    ask(store, "DeletePackageVersions", **CORE, versions=["1"])
    answer = ask(store, "ListPackageVersions", **CORE)
    assert (answer["versions"], "defaultDisplayVersion" in answer) == ([], False)

    store = stocked({"1": "Published"}, Switches(emptied_package="absent"))
    ask(store, "DeletePackageVersions", **CORE, versions=["1"])
    with pytest.raises(ServiceError, match="does not exist in repository 'store'"):
        ask(store, "ListPackageVersions", **CORE)


# Switches


def test_partial_success_changes_what_can_be_changed() -> None:
    store = stocked({"1": "Published", "2": "Disposed"}, Switches(partial_success=True))

    answer = update(store, "1", "2", "3", target="Archived")

    assert list(answer["successfulVersions"]) == ["1"]
    assert codes(answer) == {"2": "NOT_ALLOWED", "3": "NOT_FOUND"}
    assert statuses(store) == {"1": "Archived", "2": "Disposed"}


@pytest.mark.parametrize("name", ["Dispose", "Delete"])
def test_each_operation_has_a_switch_of_its_own_for_partial_success(name: str) -> None:
    alone = Switches(**{f"partial_{name.lower()}": True})

    for switches, passed in ((alone, ["1"]), (Switches(partial_success=True), [])):
        store = stocked({"1": "Published", "2": "Unlisted"}, switches)
        answer = ask(
            store,
            f"{name}PackageVersions",
            **CORE,
            versions=["1", "2"],
            expected_status="Published",
        )
        assert list(answer["successfulVersions"]) == passed
        assert codes(answer)["2"] == "MISMATCHED_STATUS"


@pytest.mark.parametrize(
    ("switches", "failure"),
    [
        (Switches(same_status="NOT_ALLOWED"), {"1": "NOT_ALLOWED", "2": "SKIPPED"}),
        (Switches(unfinished_to_hidden="NOT_ALLOWED"), {"1": "SKIPPED", "2": "NOT_ALLOWED"}),
    ],
)
def test_a_switch_turns_a_move_into_a_failure(switches: Switches, failure: dict[str, str]) -> None:
    versions = {"1": "Unlisted", "2": "Unfinished"}
    assert codes(update(stocked(versions), "1", "2", target="Unlisted")) == {}
    assert codes(update(stocked(versions, switches), "1", "2", target="Unlisted")) == failure


def test_a_switch_makes_an_illegal_target_a_failure_of_each_version() -> None:
    store = stocked({"1": "Published"}, Switches(illegal_target="NOT_ALLOWED"))
    assert codes(update(store, "1", target="Deleted")) == {"1": "NOT_ALLOWED"}


def test_switches_make_one_absent_version_fail_the_call() -> None:
    store = stocked({"1": "Published"}, Switches(absent_version="404"))
    with pytest.raises(ServiceError) as refused:
        update(store, "1", "2", target="Archived")
    assert refused.value.extra["resourceType"] == "package-version"

    store = stocked({"1": "Published"}, Switches(upstream_only="404"))
    store.put(**{**CORE, "repository": "mirror"}, version="2")
    assert codes(update(store, "1", "3", target="Archived"))["3"] == "NOT_FOUND"
    with pytest.raises(ServiceError):
        update(store, "1", "2", target="Archived")


def test_a_switch_accepts_revisions_for_some_versions() -> None:
    store = stocked({"1": "Published", "2": "Published"}, Switches(partial_revisions="accepted"))
    answer = update(store, "1", "2", target="Archived", version_revisions={"2": "x"})
    assert codes(answer) == {"1": "SKIPPED", "2": "MISMATCHED_REVISION"}


def test_a_switch_leaves_archived_versions_out_of_unfiltered_lists() -> None:
    versions = {"1": "Archived", "2": "Published"}

    def listed(switches: Switches | None, **more: Any) -> list[str]:
        page = ask(stocked(versions, switches), "ListPackageVersions", **CORE, **more)
        return [row["version"] for row in page["versions"]]

    hidden = Switches(unfiltered_list="without-archived")
    assert listed(None) == ["2", "1"]
    assert listed(hidden) == ["2"]
    assert listed(hidden, status="Archived") == ["1"]


# Copying and publishing


def test_a_copy_takes_versions_from_upstreams_only_when_asked() -> None:
    store = stocked({"1": "Published"})
    store.add_repository(domain="acme", repository="mirror", upstreams=["public", "store"])
    store.add_repository(domain="acme", repository="other")
    store.put(**{**CORE, "repository": "public"}, version="2", status="Unlisted")
    copy = {
        "domain": "acme",
        "source_repository": "store",
        "repository": "other",
        "format": "npm",
        "package": "core",
    }

    assert codes(ask(store, "CopyPackageVersions", **copy, versions=["1", "2"])) == {
        "1": "SKIPPED",
        "2": "NOT_FOUND",
    }
    done = ask(
        store, "CopyPackageVersions", **copy, versions=["1", "2"], include_from_upstream=True
    )

    assert {v: s["status"] for v, s in done["successfulVersions"].items()} == {
        "1": "Published",
        "2": "Unlisted",
    }
    # What is identical at the destination is in neither map.
    again = ask(
        store, "CopyPackageVersions", **copy, versions=["1", "2"], include_from_upstream=True
    )
    assert again == {"successfulVersions": {}, "failedVersions": {}}


def test_a_copy_overwrites_only_when_allowed() -> None:
    store = stocked({"1": "Published", "2": "Unfinished"})
    store.put(**{**CORE, "repository": "other"}, version="1", revision="old")
    copy = {
        "domain": "acme",
        "source_repository": "store",
        "repository": "other",
        "format": "npm",
        "package": "core",
    }

    assert codes(ask(store, "CopyPackageVersions", **copy, versions=["1", "2"])) == {
        "1": "ALREADY_EXISTS",
        "2": "NOT_ALLOWED",
    }
    pinned = ask(
        store, "CopyPackageVersions", **copy, version_revisions={"1": "other"}, allow_overwrite=True
    )
    assert codes(pinned) == {"1": "MISMATCHED_REVISION"}
    done = ask(store, "CopyPackageVersions", **copy, versions=["1"], allow_overwrite=True)
    assert list(done["successfulVersions"]) == ["1"]
    with pytest.raises(ServiceError, match="cannot both"):
        ask(store, "CopyPackageVersions", **copy, versions=["1"], version_revisions={"1": "x"})


def publish(store: Store, asset: str, content: bytes, *, unfinished: bool) -> dict[str, Any]:
    return ask(
        store,
        "PublishPackageVersion",
        domain="acme",
        repository="store",
        format="generic",
        namespace="acme",
        package="tool",
        package_version="1",
        asset_name=asset,
        asset_content=content,
        asset_sha256=hashlib.sha256(content).hexdigest(),
        unfinished=unfinished,
    )


def test_a_generic_version_takes_assets_until_it_is_published() -> None:
    store = stocked({})

    first = publish(store, "a.zip", b"a", unfinished=True)
    last = publish(store, "b.zip", b"b", unfinished=False)

    assert (first["status"], last["status"]) == ("Unfinished", "Published")
    assert first["versionRevision"] != last["versionRevision"]
    with pytest.raises(ServiceError) as refused:
        publish(store, "c.zip", b"c", unfinished=False)
    assert (refused.value.code, refused.value.http_status) == ("ConflictException", 409)


def test_an_asset_is_what_its_checksum_says_and_stays_so() -> None:
    store = stocked({})
    publish(store, "a.zip", b"a", unfinished=True)
    with pytest.raises(ServiceError, match="exists with other content"):
        publish(store, "a.zip", b"b", unfinished=True)
    place = {
        "domain": "acme",
        "repository": "store",
        "package": "tool",
        "package_version": "1",
        "asset_name": "a.zip",
        "asset_content": b"a",
        "asset_sha256": "0" * 64,
    }
    with pytest.raises(ServiceError, match="is not the asset's"):
        ask(store, "PublishPackageVersion", **place, format="generic", namespace="acme")
    with pytest.raises(ServiceError, match="Only generic packages"):
        ask(store, "PublishPackageVersion", **place, format="npm")


def test_a_version_that_is_absent_is_not_described() -> None:
    with pytest.raises(ServiceError) as refused:
        ask(stocked({"1": "Published"}), "DescribePackageVersion", **CORE, package_version="2")
    assert refused.value.extra["resourceType"] == "package-version"


def test_a_list_can_be_of_one_origin() -> None:
    store = stocked({"1": "Published"})
    store.put(**CORE, version="2", origin={"originType": "EXTERNAL"})
    page = ask(store, "ListPackageVersions", **CORE, origin_type="EXTERNAL")
    assert [row["version"] for row in page["versions"]] == ["2"]


# What holds for any call


@settings(deadline=None)
@given(
    held=st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(STATUSES), max_size=6),
    asked=st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8),
    target=st.sampled_from([*TARGETS, "Disposed", "Deleted"]),
    expected=st.sampled_from([None, *STATUSES]),
    wrong_pins=st.sets(st.sampled_from("abcdefgh")),
    switches=st.builds(
        Switches,
        same_status=st.sampled_from(["success", "NOT_ALLOWED"]),
        unfinished_to_hidden=st.sampled_from(["success", "NOT_ALLOWED"]),
        first_mismatch=st.sampled_from(["revision", "status"]),
    ),
)
def test_a_call_changes_all_of_its_versions_or_nothing(
    held: dict[str, str],
    asked: list[str],
    target: str,
    expected: str | None,
    wrong_pins: set[str],
    switches: Switches,
) -> None:
    store = stocked({**held, "z": "Published"}, switches)
    before = store.snapshot()
    revisions = {key[-1]: revision for key, (_, revision) in before.items()}
    call: dict[str, Any] = {**CORE, "versions": asked, "expected_status": expected}
    if target != "Deleted":
        call["version_revisions"] = {
            v: "wrong" if v in wrong_pins else revisions.get(v, "r") for v in asked
        }
    match target:
        case "Disposed":
            answer = ask(store, "DisposePackageVersions", **call)
        case "Deleted":
            answer = ask(store, "DeletePackageVersions", **call)
        case _:
            answer = ask(store, "UpdatePackageVersionsStatus", **call, target_status=target)

    done, failed = answer["successfulVersions"], answer["failedVersions"]
    assert {*done, *failed} == set(asked)
    assert not ({*done} & {*failed})
    if failed:
        assert done == {}
        assert store.snapshot() == before
        assert any(code != "SKIPPED" for code in codes(answer).values())
    else:
        assert all(success["status"] == target for success in done.values())
        for key, (status, revision) in before.items():
            if key[-1] not in asked:
                assert store.snapshot()[key] == (status, revision)
            elif target == "Deleted":
                assert key not in store.snapshot()
            else:
                assert store.snapshot()[key] == (target, revision)
