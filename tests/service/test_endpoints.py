"""Where a service was looked for, and what chose that."""

import os
import threading
from pathlib import Path

import pytest

from codeartifact_status.service.connection import Connection
from codeartifact_status.service.endpoints import reach_of

UNREACHED = 'EndpointConnectionError: Could not connect to the endpoint URL: "https://{}/v1/x"'


def connection(**given: object) -> Connection:
    settings: dict[str, object] = {
        "region": "eu-west-1",
        "connect_timeout": 1,
        "read_timeout": 1,
        "attempts": 1,
        "stop": threading.Event(),
        **given,
    }
    return Connection(**settings)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.upper().endswith("_PROXY") or name.startswith("AWS_") or "BUNDLE" in name:
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))


def test_the_input_goes_over_the_services_variable_and_that_over_all_services(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert reach_of("CodeArtifact", connection(), message="").chosen_by is None
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_CODEARTIFACT"):
        monkeypatch.setenv(name, "http://x")
        assert reach_of("CodeArtifact", connection(), message="").chosen_by == name
    given = connection(endpoint_url="http://y")
    assert reach_of("CodeArtifact", given, message="").chosen_by == "endpoint-url"
    assert reach_of("STS", given, message="").chosen_by == "AWS_ENDPOINT_URL"


def test_a_variable_that_is_told_to_be_ignored_chose_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://x")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")

    assert reach_of("STS", connection(), message="").chosen_by is None


def test_a_host_that_nothing_else_names_is_of_a_configuration_file() -> None:
    reach = reach_of("CodeArtifact", connection(), message=UNREACHED.format("mirror.example"))

    assert reach.chosen_by == "endpoint_url of the AWS configuration file"
    assert reach.host == "mirror.example"


@pytest.mark.parametrize(
    "host", ["codeartifact-fips.eu-west-1.amazonaws.com", "codeartifact.eu-west-1.api.aws"]
)
def test_a_host_of_aws_follows_from_the_region(host: str) -> None:
    assert reach_of("CodeArtifact", connection(), message=UNREACHED.format(host)).chosen_by is None


@pytest.mark.parametrize("region", ["us-west-1", "us-gov-west-1", "cn-north-1"])
def test_the_regions_that_have_codeartifact_are_known(region: str) -> None:
    reach = reach_of("CodeArtifact", connection(region=region), message="")

    assert "eu-west-1" in reach.regions
    assert region not in reach.regions


def test_sts_is_everywhere() -> None:
    assert reach_of("STS", connection(), message="").regions == ()


def test_a_broken_configuration_file_is_not_told_of_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("garbage")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))

    assert reach_of("CodeArtifact", connection(), message="").regions == ()


@pytest.mark.parametrize(
    ("value", "host"),
    [
        ("http://proxy.example:3128", "proxy.example:3128"),
        ("http://me:p%40ss@proxy.example:3128/", "proxy.example:3128"),
        ("me:pass@proxy.example", "proxy.example"),
        ("proxy.example:80", "proxy.example:80"),
    ],
)
def test_of_a_proxy_only_host_and_port_are_told(
    monkeypatch: pytest.MonkeyPatch, value: str, host: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)

    assert reach_of("STS", connection(), message="").proxies == {"HTTPS_PROXY": host}


def test_the_bundle_in_effect_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reach_of("STS", connection(), message="").bundle is None
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "x.pem")
    assert reach_of("STS", connection(), message="").bundle == "REQUESTS_CA_BUNDLE"
    assert reach_of("STS", connection(verify="ca.pem"), message="").bundle == "ca-bundle"
