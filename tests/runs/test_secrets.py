"""No secret leaves the process: every kind, with every slip, looked for in every place."""

import base64
import logging
from collections.abc import Iterator
from itertools import product
from urllib.parse import quote, urlsplit

import pytest
from botocore.credentials import SSOProvider
from botocore.utils import ContainerMetadataFetcher

from codeartifact_emulator import Emulator
from codeartifact_status.runner.workflow import WIRE
from harness.acting import Act
from harness.runs import Finished, calls_of, put_core, statuses
from harness.secrets import (
    AROUND,
    INPUTS,
    KINDS,
    SLIPS,
    Given,
    World,
    echoes,
    leaks,
    parts_of,
)

QUOTED = ("line feed at the end", "JSON")
CODEARTIFACT = ("ListPackageVersions", "UpdatePackageVersionsStatus")


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What outlives a call in this process: loggers, and a directory that botocore knows."""
    monkeypatch.setattr(SSOProvider, "_SSO_TOKEN_CACHE_DIR", "cache")
    monkeypatch.setattr(ContainerMetadataFetcher, "SLEEP_TIME", 0)
    yield
    _silence()


def _silence() -> None:
    for name in WIRE:
        logging.getLogger(name).handlers.clear()


def run(act: Act, given: Given, **inputs: object) -> Finished:
    _silence()
    environment = {"AWS_MAX_ATTEMPTS": "2", **given.get("environment", {})}
    return act(**{**INPUTS, "debug": "true", **given, **inputs, "environment": environment})


def run_elsewhere(act: Act, given: Given) -> Finished:
    environment = {**given.get("environment", {}), "GITHUB_ACTIONS": None}
    files = {"output_file": "out.env", "summary_file": "out.md"}
    return run(act, {**given, "environment": environment}, **files)


# --- Keys and tokens. ----------------------------------------------------------------------------


# Every kind, every slip, and every other pair of them.
@pytest.mark.parametrize(
    ("kind", "slip"), [pair for place, pair in enumerate(product(KINDS, SLIPS)) if place % 2 == 0]
)
def test_a_key_or_token_counts_without_white_space_around_it_or_is_refused_by_its_name(
    emulator: Emulator, act: Act, kind: str, slip: str
) -> None:
    put_core(emulator, "1.0.0")
    world, one = World.of(emulator), KINDS[kind]
    secret = one.secret(world)

    done = run(act, one.given(world, SLIPS[slip]))

    assert leaks(done, parts_of(secret)) == []
    # A header of a container's agent may have two words.
    if slip not in AROUND and (one.served or "within" in slip) and slip != "blank within":
        assert done.exit_code == 3, done.stdout
        assert one.named in done.stdout + done.summary
        assert not calls_of(emulator, *CODEARTIFACT)
    elif one.served and slip in AROUND:
        assert done.exit_code == 0, done.stdout
        assert statuses(emulator) == {"1.0.0": "Published"}


@pytest.mark.parametrize("slip", QUOTED)
@pytest.mark.parametrize("kind", KINDS)
def test_a_key_or_token_that_every_service_quotes_is_not_shown(
    emulator: Emulator, act: Act, kind: str, slip: str
) -> None:
    world, one = World.of(emulator), KINDS[kind]
    secret = one.secret(world)
    given = one.given(world, SLIPS[slip])
    for fault in echoes(SLIPS[slip](secret)):
        emulator.inject(fault)

    for done in (run(act, given), run_elsewhere(act, given)):
        assert done.exit_code in {1, 3, 4}
        assert leaks(done, parts_of(secret)) == []


# --- Passwords in URLs. --------------------------------------------------------------------------


PASSWORDS = {
    "letters": "Correct9Horse",
    "short": "hunter2",
    "hash": "Correct9#Horse-battery",
    "hash near the start": "Co9#Horse-battery",
    "at": "Correct9@Horse-battery",
    "slash": "Correct9/Horse-battery",
    "question mark": "Correct9?Horse-battery",
    "colon": "Correct9:Horse-battery",
    "percent": "Correct9%Horse-battery",
    "encoded": quote("Correct9#@/:Horse battery", safe=""),
    "quotes": "Correct9\"Horse'battery",
    "markup": "Correct9&Horse<battery>",
}


def password_given(where: str, userinfo: str, emulator: Emulator) -> Given:
    port = urlsplit(emulator.url).port
    away = {"endpoint_url": "https://codeartifact.example"}
    url = f"http://{userinfo}@127.0.0.1:{port}"
    match where:
        case "proxy":
            return {**away, "environment": {"HTTPS_PROXY": url}}
        case "proxy without a scheme":
            return {**away, "environment": {"https_proxy": url.removeprefix("http://")}}
        case "proxy that is down":
            return {**away, "environment": {"HTTPS_PROXY": f"http://{userinfo}@127.0.0.1:9"}}
        case "endpoint":
            return {"environment": {"AWS_ENDPOINT_URL_CODEARTIFACT": url}}
        case "endpoint of STS":
            return {"environment": {"AWS_ENDPOINT_URL_STS": url}}
        case "endpoint of the profile":
            config = f"[profile ci]\nendpoint_url = {url}\n"
            environment = {
                **emulator.environment(user=True),
                "AWS_ENDPOINT_URL_CODEARTIFACT": None,
                "AWS_CONFIG_FILE": "config",
                "AWS_PROFILE": "ci",
            }
            return {"role_to_assume": None, "files": {"config": config}, "environment": environment}
        case _:
            return {"endpoint_url": url}


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize(
    "where",
    [
        *("proxy", "proxy without a scheme", "proxy that is down"),
        *("endpoint", "endpoint of STS", "endpoint of the profile", "endpoint-url"),
    ],
)
def test_a_password_in_a_url_is_not_shown(
    emulator: Emulator, act: Act, where: str, password: str
) -> None:
    put_core(emulator, "1.0.0")
    text = PASSWORDS[password]
    given = password_given(where, f"robot:{text}", emulator)
    encoded = base64.b64encode(f"robot:{text}".encode()).decode()

    # Elsewhere no runner is told what to mask.
    for done in (run(act, given), run_elsewhere(act, given)):
        assert leaks(done, {text, f"robot:{text[:3]}", "Correct9", "Horse", encoded}) == []


# --- What is no secret. --------------------------------------------------------------------------


def test_an_account_id_is_never_masked_though_it_is_the_access_key_id(act: Act) -> None:
    """LocalStack takes an account for the access key id."""
    keys = {"AWS_ACCESS_KEY_ID": "111122223333", "AWS_SECRET_ACCESS_KEY": "test"}

    done = act(versions="1.0.0", environment=keys)

    assert "111122223333" not in done.secrets
    assert "arn:aws:iam::111122223333:role/release" in done.stdout


def test_no_line_of_what_is_no_token_is_masked(emulator: Emulator, act: Act) -> None:
    """``{`` would be stars in the whole job."""
    token = f'{{\n  "value": "{emulator.identity_token()}"\n}}\n'

    done = act(versions="1.0.0", web_identity_token_file="token", files={"token": token})

    assert done.exit_code == 3
    assert "web-identity-token-file" in done.messages
    assert all(len(secret) >= 8 for secret in done.secrets)
    assert "{" in done.outputs["result"]
