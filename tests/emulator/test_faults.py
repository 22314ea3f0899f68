"""Each fault, as a client meets it."""

import contextlib
import time
import urllib.error
import urllib.request
from http.client import IncompleteRead
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError

from codeartifact_emulator import (
    Delay,
    Drop,
    Emulator,
    Expire,
    Fault,
    Late,
    Meanwhile,
    Misreport,
    Omit,
    Replace,
    Reply,
    Reset,
    Store,
    Truncate,
)
from harness.clients import CORE, ROLE, connect, put_core

UPDATE = "UpdatePackageVersionsStatus"


def archive(client: Any, *versions: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.update_package_versions_status(
        **CORE, versions=list(versions), targetStatus="Archived"
    )
    return answer


def state(emulator: Emulator) -> dict[str, str]:
    return {key[-1]: status for key, (status, _) in emulator.store.snapshot().items()}


def test_throttling_ends_after_as_many_times_as_said(emulator: Emulator) -> None:
    put_core(emulator, v1="Published")
    throttled = Reply(status=429, code="ThrottlingException", headers={"Retry-After": "0"})
    emulator.inject(Fault(UPDATE, throttled, times=1))
    with connect(emulator, retries={"total_max_attempts": 2}) as client:
        answer = archive(client, "1")
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    assert [call.status for call in emulator.calls] == [429, 200]


def test_the_nth_call_is_hit(emulator: Emulator, client: Any) -> None:
    put_core(emulator, v1="Published")
    emulator.inject(Fault("ListPackageVersions", Reply(status=500), skip=1, times=1))

    def listed() -> bool:
        try:
            client.list_package_versions(**CORE)
        except ClientError:
            return False
        return True

    assert [listed() for _ in range(4)] == [True, False, True, True]


def test_a_fault_can_be_for_one_package(emulator: Emulator, client: Any) -> None:
    put_core(emulator, v1="Published")
    emulator.inject(Fault("*", Reply(status=503, body="<h1>Sorry</h1>"), package="other"))
    emulator.inject(Fault("*", Reply(status=503, body="<h1>Sorry</h1>"), repository="other"))
    archive(client, "1")
    with pytest.raises(ClientError) as refused:
        client.list_package_versions(**{**CORE, "package": "other"})
    headers = refused.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["content-type"] == "text/html"


def test_a_reset_comes_before_the_change_and_a_dropped_answer_after_it(
    emulator: Emulator, client: Any
) -> None:
    put_core(emulator, v1="Published")
    emulator.inject(Fault(UPDATE, Reset(), times=1))
    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        archive(client, "1")
    assert state(emulator) == {"1": "Published"}

    emulator.inject(Fault(UPDATE, Drop(), times=1))
    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        archive(client, "1")
    assert state(emulator) == {"1": "Archived"}
    assert [call.status for call in emulator.calls] == [0, 0]


def test_a_call_can_be_carried_out_after_so_many_others(emulator: Emulator, client: Any) -> None:
    put_core(emulator, v1="Published")
    emulator.inject(Fault(UPDATE, Late(calls=2), times=1))
    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        archive(client, "1")

    seen = [client.list_package_versions(**CORE)["versions"][0]["status"] for _ in range(3)]

    assert seen == ["Published", "Published", "Archived"]
    assert [call.status for call in emulator.calls] == [0, 200, 200, 200]


def test_late_calls_are_carried_out_at_the_end_in_their_order(
    emulator: Emulator, client: Any
) -> None:
    put_core(emulator, v1="Published")
    emulator.inject(Fault(UPDATE, Late(), times=2))
    for target, expected in [("Archived", "Published"), ("Unlisted", "Archived")]:
        with pytest.raises((ConnectionClosedError, HTTPClientError)):
            client.update_package_versions_status(
                **CORE, versions=["1"], targetStatus=target, expectedStatus=expected
            )
    client.list_package_versions(**CORE)
    assert state(emulator) == {"1": "Published"}

    emulator.catch_up()
    assert state(emulator) == {"1": "Unlisted"}
    emulator.catch_up()
    assert state(emulator) == {"1": "Unlisted"}


def test_a_late_call_that_is_refused_by_then_changes_nothing(
    emulator: Emulator, client: Any
) -> None:
    put_core(emulator, v1="Published")
    emulator.inject(Fault(UPDATE, Late(calls=0), times=1))
    emulator.inject(Fault(UPDATE, Late(), skip=1, times=1))
    for versions in (["1"], ["no-such-version"]):
        with pytest.raises((ConnectionClosedError, HTTPClientError)):
            archive(client, *versions)
    assert state(emulator) == {"1": "Archived"}

    emulator.catch_up()
    assert state(emulator) == {"1": "Archived"}


def test_a_call_knows_what_its_client_was_told(emulator: Emulator, client: Any) -> None:
    put_core(emulator, v1="Published", v2="Published")
    for effect in (Drop(), Truncate(keep=5), Reply(status=500), Omit(version="1")):
        emulator.clear_faults()
        emulator.inject(Fault(UPDATE, effect))
        with contextlib.suppress(ClientError, ConnectionClosedError, HTTPClientError):
            archive(client, "1", "2")

    told = [call.told for call in emulator.calls]
    assert told[:3] == [None, None, None]
    assert told[3] is not None
    assert told[3]["successfulVersions"].keys() == {"2"}


@pytest.mark.parametrize("announced", [False, True])
def test_botocore_takes_a_truncated_answer_for_an_empty_one(
    emulator: Emulator,
    client: Any,
    announced: bool,  # noqa: FBT001
) -> None:
    put_core(emulator, v1="Published")
    emulator.inject(Fault(UPDATE, Truncate(keep=20, announced=announced)))
    answer = archive(client, "1")
    assert "successfulVersions" not in answer
    assert state(emulator) == {"1": "Archived"}


def test_an_answer_can_end_before_its_announced_length(emulator: Emulator) -> None:
    emulator.inject(Fault("oidc", Truncate(keep=20, announced=True)))
    with (
        urllib.request.urlopen(f"{emulator.url}/_oidc/.well-known/jwks") as answer,  # noqa: S310
        pytest.raises(IncompleteRead),
    ):
        answer.read()


def test_an_answer_can_be_no_json(emulator: Emulator, client: Any) -> None:
    put_core(emulator, v1="Published")
    emulator.inject(Fault(UPDATE, Replace(body="<html>not what you asked for</html>")))
    assert "successfulVersions" not in archive(client, "1")


def test_a_version_can_be_left_out_or_misreported(emulator: Emulator, client: Any) -> None:
    put_core(emulator, v1="Published", v2="Published", v3="Published")
    emulator.inject(Fault("*", Omit(version="1")))
    emulator.inject(Fault("*", Misreport(version="2", status="Quarantined")))
    emulator.inject(Fault(UPDATE, Misreport(version="3", error_code="NOT_TODAY")))

    answer = archive(client, "1", "2", "3")
    assert answer["successfulVersions"].keys() == {"2"}
    assert answer["successfulVersions"]["2"]["status"] == "Quarantined"
    assert answer["failedVersions"]["3"]["errorCode"] == "NOT_TODAY"
    listed = client.list_package_versions(**CORE)["versions"]
    assert [(row["version"], row["status"]) for row in listed] == [
        ("3", "Archived"),
        ("2", "Quarantined"),
    ]
    described = client.describe_package_version(**CORE, packageVersion="2")["packageVersion"]
    assert described["status"] == "Quarantined"

    emulator.clear_faults()
    assert len(client.list_package_versions(**CORE)["versions"]) == 3
    assert set(state(emulator).values()) == {"Archived"}


def test_someone_else_can_change_a_version_around_a_call(emulator: Emulator, client: Any) -> None:
    put_core(emulator, v1="Published")

    def archived(store: Store) -> None:
        store.set_status(**CORE, version="1", status="Archived")

    def unlisted(store: Store) -> None:
        store.set_status(**CORE, version="1", status="Unlisted")

    emulator.inject(Fault("ListPackageVersions", Meanwhile(before=archived, after=unlisted)))
    (row,) = client.list_package_versions(**CORE)["versions"]
    assert row["status"] == "Archived"
    assert state(emulator) == {"1": "Unlisted"}


def test_an_answer_can_take_its_time(emulator: Emulator, client: Any) -> None:
    put_core(emulator, v1="Published")
    emulator.inject(Fault("ListPackageVersions", Delay(seconds=0.2)))
    began = time.monotonic()
    client.list_package_versions(**CORE)
    assert time.monotonic() - began >= 0.2


def test_credentials_can_expire_in_the_middle(emulator: Emulator) -> None:
    put_core(emulator, v1="Published")
    emulator.inject(Fault("ListPackageVersions", Expire(), skip=1))
    with connect(emulator, "sts", {}) as sts:
        credentials = sts.assume_role_with_web_identity(
            RoleArn=ROLE, RoleSessionName="run-1", WebIdentityToken=emulator.identity_token()
        )["Credentials"]
    with connect(emulator, credentials=credentials) as client:
        client.list_package_versions(**CORE)
        with pytest.raises(ClientError, match="ExpiredTokenException"):
            client.list_package_versions(**CORE)


def test_an_answer_can_be_a_word_or_nothing(emulator: Emulator) -> None:
    emulator.inject(Fault("oidc", Reply(status=503, message="later"), times=1))
    emulator.inject(Fault("oidc", Reply(status=502), times=1, skip=1))
    for status, body in [(503, b'{"message": "later"}'), (502, b"")]:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{emulator.url}/_oidc/token")  # noqa: S310
        assert (refused.value.code, refused.value.read()) == (status, body)
        refused.value.close()
