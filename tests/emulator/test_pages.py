"""Pages of a list, and the tokens between them."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeartifact_emulator import ServiceError
from harness.asking import CORE, ask, stocked


def test_a_token_is_the_key_of_a_version_and_outlives_it() -> None:
    store = stocked({str(n): "Published" for n in range(1, 6)})
    first = ask(store, "ListPackageVersions", **CORE, max_results=2)
    decoded = json.loads(base64.b64decode(first["nextToken"]))
    assert decoded == {"listPackageVersionsToken": "4"}

    store.set_status(**CORE, version="4", status="Deleted")
    second = ask(store, "ListPackageVersions", **CORE, next_token=first["nextToken"])

    assert [row["version"] for row in second["versions"]] == ["3", "2", "1"]
    assert "nextToken" not in second


@pytest.mark.parametrize("token", ["x", "e30=", "bnVsbA==", base64.b64encode(b"[]").decode()])
def test_a_token_that_was_not_given_out_is_refused(token: str) -> None:
    with pytest.raises(ServiceError, match="pagination token"):
        ask(stocked({"1": "Published"}), "ListPackageVersions", **CORE, next_token=token)


@pytest.mark.parametrize("size", [0, 1001])
def test_a_page_has_one_to_a_thousand_versions(size: int) -> None:
    with pytest.raises(ServiceError, match="between 1 and 1000"):
        ask(stocked({"1": "Published"}), "ListPackageVersions", **CORE, max_results=size)


def test_a_page_has_fifty_versions_by_default() -> None:
    store = stocked({str(n): "Published" for n in range(51)})
    assert len(ask(store, "ListPackageVersions", **CORE)["versions"]) == 50


@settings(deadline=None)
@given(
    count=st.integers(1, 30),
    size=st.integers(1, 10),
    sort_by=st.sampled_from([None, "PUBLISHED_TIME"]),
    status=st.sampled_from([None, "Published", "Unlisted"]),
)
def test_pages_together_are_the_list(
    count: int, size: int, sort_by: str | None, status: str | None
) -> None:
    kinds = ["Published", "Unlisted"]
    store = stocked({f"0.{n}.0": kinds[n % 2] for n in range(count)})
    whole = ask(
        store, "ListPackageVersions", **CORE, max_results=1000, sort_by=sort_by, status=status
    )["versions"]
    rows, token = [], None
    while True:
        page = ask(
            store,
            "ListPackageVersions",
            **CORE,
            max_results=size,
            next_token=token,
            sort_by=sort_by,
            status=status,
        )
        rows += page["versions"]
        token = page.get("nextToken")
        if token is None:
            break
        assert len(page["versions"]) == size
    assert rows == whole
    assert all(status in {None, row["status"]} for row in rows)


@pytest.mark.parametrize("sort_by", [None, "PUBLISHED_TIME"])
def test_a_listing_shows_what_has_changed_since_the_last_one(sort_by: str | None) -> None:
    store = stocked({"1": "Published", "2": "Published", "3": "Published"})
    ask(store, "ListPackageVersions", **CORE, sort_by=sort_by)
    store.set_status(**CORE, version="3", status="Deleted")
    store.set_status(**CORE, version="2", status="Archived")
    store.put(**CORE, version="4")

    now = ask(store, "ListPackageVersions", **CORE, sort_by=sort_by)

    told = [(row["version"], row["status"]) for row in now["versions"]]
    assert told == [("4", "Published"), ("2", "Archived"), ("1", "Published")]
    assert now["defaultDisplayVersion"] == "4"
