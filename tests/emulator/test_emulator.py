"""The running emulator: what it is started with, and what it says of its own mistakes."""

import time
import urllib.error
import urllib.request
from http.client import HTTPConnection
from typing import Any

import pytest
from botocore.exceptions import ClientError

from codeartifact_emulator import (
    Emulator,
    Fault,
    Meanwhile,
    Switches,
)
from harness.clients import CORE, connect


def test_a_bug_is_an_internal_error_and_not_a_silence(
    emulator: Emulator, client: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    emulator.inject(
        Fault(
            "*",
            Meanwhile(
                before=lambda store: store.set_status(**CORE, version="9", status="Archived")
            ),
        )
    )
    with pytest.raises(client.exceptions.InternalServerException, match="KeyError"):
        client.list_package_versions(**CORE)
    assert "KeyError" in capsys.readouterr().err


def test_the_issuer_has_nothing_else(emulator: Emulator) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{emulator.url}/_oidc/other")  # noqa: S310
    assert refused.value.code == 404
    refused.value.close()


def test_a_body_of_unknown_length_is_refused(emulator: Emulator) -> None:
    connection = HTTPConnection(emulator.url.removeprefix("http://"))
    connection.putrequest("POST", "/")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    with connection.getresponse() as answer:
        status = answer.status
    connection.close()
    assert status == 411


def test_the_last_calls_are_remembered_without_what_is_too_long(
    emulator: Emulator, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codeartifact_emulator.emulator.MOST_CALLS", 2)
    monkeypatch.setattr("codeartifact_emulator.emulator.MOST_OF_A_CALL", 1000)
    emulator.store.put(**CORE, version="1")
    for count in (1, 1, 100):
        client.list_package_versions(**CORE)
        client.delete_package_versions(**CORE, versions=[f"{n:0100}" for n in range(count)])

    listed, deleted = emulator.calls

    assert [listed.operation, deleted.operation] == ["ListPackageVersions", "DeletePackageVersions"]
    assert (listed.params["package"], listed.told is not None) == ("core", True)
    assert (deleted.params, deleted.told) == ({}, None)


def test_a_seed_without_users_has_no_keys_to_give() -> None:
    with Emulator.start(seed={"users": []}) as emulator:
        assert not emulator.has_user
        with pytest.raises(ValueError, match="no user"):
            emulator.environment(user=True)


def test_a_seed_has_faults_and_switches_and_arguments_outrank_them() -> None:
    seed = {
        "switches": {"partial-success": True, "same-status": "NOT_ALLOWED"},
        "faults": [
            {
                "operation": "GetCallerIdentity",
                "effect": "reply",
                "status": 503,
                "body": "<html>",
                "headers": {"Retry-After": "1"},
                "times": 1,
            }
        ],
    }
    with Emulator.start(seed=seed) as emulator, connect(emulator, "sts") as sts:
        assert emulator.store.switches == Switches(partial_success=True, same_status="NOT_ALLOWED")
        with pytest.raises(ClientError):
            sts.get_caller_identity()
        assert sts.get_caller_identity()["Account"] == "111122223333"
    with Emulator.start(seed=seed, switches=Switches()) as emulator:
        assert not emulator.store.switches.partial_success


def test_an_emulator_starts_and_stops_at_once() -> None:
    began = time.monotonic()
    for _ in range(10):
        with Emulator.start():
            pass
    assert time.monotonic() - began < 5
