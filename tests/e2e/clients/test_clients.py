"""Four clients that know nothing of this project, each asked the same: do they report the same?"""

import json
import os
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from client_scenarios import (
    ASSUME,
    CORE,
    HELD,
    READER,
    ROLE,
    SCENARIOS,
    SEED,
    UPDATE,
    Scenario,
    change,
    revision,
)
from client_table import record
from codeartifact_emulator import Emulator, Fault, Reply
from four_clients import (
    CLIENTS,
    Answer,
    Client,
    Json,
    NotInstalled,
    Request,
    Unavailable,
    sdk_for_javascript,
)

Record: TypeAlias = Callable[[str, object], None]


@pytest.fixture(scope="session", params=CLIENTS)
def client(request: pytest.FixtureRequest) -> Client:
    try:
        return CLIENTS[request.param]()
    except Unavailable as reason:
        pytest.skip(str(reason))
    except NotInstalled as reason:
        pytest.fail(str(reason), pytrace=False)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator.start(seed=SEED) as running:
        yield running


def put(emulator: Emulator, held: Mapping[str, str]) -> None:
    for version, status in held.items():
        details = {"status": status, "revision": revision(version), "published": 1769860800.0}
        emulator.store.put(**CORE, version=version, **details)


def identity_token(emulator: Emulator, claims: Mapping[str, object]) -> str:
    """Ask the issuer, as a step of a workflow does."""
    said = dict(claims)
    audience = said.pop("aud", "sts.amazonaws.com")
    variables = emulator.environment(claims=said)
    asked = urllib.request.Request(  # noqa: S310 - http, on loopback
        f"{variables['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience={audience}",
        headers={"Authorization": f"bearer {variables['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"},
    )
    with urllib.request.urlopen(asked) as answer:  # noqa: S310 - likewise
        token: str = json.load(answer)["value"]
    return token


def surroundings(emulator: Emulator, home: Path) -> dict[str, str]:
    """Give an environment in which nobody is anybody, and nothing else is configured."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DEFAULT_OUTPUT": "json",
        "AWS_PAGER": "",
        "AWS_CLI_ERROR_FORMAT": "legacy",  # without the other members, which only some show
        "NODE_NO_WARNINGS": "1",
        **emulator.environment(),
    }


def keys(emulator: Emulator, client: Client, scenario: Scenario, home: Path) -> dict[str, str]:
    """Give the variables of whoever asks; a role's session is got by the same client."""
    user = emulator.environment(user=True)
    match scenario.caller:
        case "nobody":
            return {}
        case "user":
            return user
        case "wrong secret":
            return {**user, "AWS_SECRET_ACCESS_KEY": "wrong"}
        case "reader":
            return READER
        case "role" | "expired role":
            token = identity_token(emulator, {})
            given = {"RoleArn": ROLE, "RoleSessionName": "run-1", "WebIdentityToken": token}
            request = Request(operation=ASSUME, params=given)
            output = client.call(request, surroundings(emulator, home)).output
            assert output is not None
            if scenario.caller == "expired role":
                emulator.expire_sessions()
            return {
                "AWS_ACCESS_KEY_ID": output["Credentials"]["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": output["Credentials"]["SecretAccessKey"],
                "AWS_SESSION_TOKEN": output["Credentials"]["SessionToken"],
            }


def without_secrets(answer: Answer) -> Json | None:
    """Leave out of an answer what no two have in common, having looked at it."""
    if answer.output is None or "Credentials" not in answer.output:
        return answer.output
    output = dict(answer.output)
    credentials = output.pop("Credentials")
    assert credentials.keys() == {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}
    assert 3500 < credentials["Expiration"] - time.time() <= 3600
    return output


def statuses(emulator: Emulator) -> dict[str, str]:
    return {key[-1]: status for key, (status, _) in emulator.store.snapshot().items()}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: f"{s.operation}-{s.name}")
def test_each_client_reports_what_the_service_said(
    scenario: Scenario,
    client: Client,
    emulator: Emulator,
    tmp_path: Path,
    record_property: Record,
) -> None:
    put(emulator, scenario.held)
    if scenario.fault is not None:
        emulator.inject(scenario.fault)
    environment = {
        **surroundings(emulator, tmp_path),
        **keys(emulator, client, scenario, tmp_path),
    }
    params = dict(scenario.params)
    if scenario.token is not None:
        params["WebIdentityToken"] = identity_token(emulator, scenario.token)
    if scenario.continued:
        first = client.call(Request(operation=scenario.operation, params=params), environment)
        assert first.output is not None
        params["nextToken"] = first.output["nextToken"]
    before = len(emulator.calls)

    request = Request(operation=scenario.operation, params=params, page_size=scenario.page_size)
    answer = client.call(request, environment)

    calls = emulator.calls[before:]
    row = f"{scenario.operation}: {scenario.name}"
    cell = record(SCENARIOS.index(scenario), row, client, answer, len(calls))
    for name, value in cell.items():
        record_property(name, value)
    assert without_secrets(answer) == scenario.output
    assert (answer.code, answer.message) == (scenario.code, scenario.message)
    assert answer.details in (None, scenario.details)
    assert answer.ending == (client.fine if scenario.code is None else client.refused)
    served = scenario.served * (client.attempts if scenario.tired else 1)
    assert [(call.operation, call.status) for call in calls] == [
        (scenario.operation, status) for status in served
    ]
    after = {**scenario.held, **scenario.changed}
    assert statuses(emulator) == {v: s for v, s in after.items() if s != "Deleted"}


def test_a_client_that_heeds_retry_after_waits_as_long_as_the_emulator_says(
    emulator: Emulator, tmp_path: Path
) -> None:
    """Of the four only the SDK for JavaScript does; the others ask again when they like."""
    put(emulator, HELD)
    headers = {"Retry-After": "3"}
    throttled = Reply(status=429, code="ThrottlingException", headers=headers)
    emulator.inject(Fault(UPDATE, throttled, times=1))
    environment = {**surroundings(emulator, tmp_path), **emulator.environment(user=True)}
    request = Request(operation=UPDATE, params=change("Archived", "1.0.0"))
    assert sdk_for_javascript().call(request, environment).code is None
    refused, granted = emulator.calls
    assert 3 <= granted.at - refused.at < 10
