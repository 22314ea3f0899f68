"""The whole action on networks of companies: proxies, and certificates of their own.

What a plain client of boto3 does in the same environment is what the step is to do, with each of
its requests: the token's, STS's and CodeArtifact's.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import SSLError

from codeartifact_emulator import Emulator, Fault, Reply
from harness.acting import Act, as_if_started
from harness.proxies import Proxy, proxy_to
from harness.runs import Finished, calls_of, put_core, statuses
from harness.tls import behind_tls, make_certificate

ELSEWHERE = "127.0.0.2"
"""An address of this machine that nobody exempts from a proxy."""

HOSTS = ("issuer.corp.test", "sts.corp.test", "codeartifact.corp.test")
"""Names that only a proxy knows."""


# --- Which way: as boto3 goes. -------------------------------------------------------------------

PROXY, PLACE, PORT = "{0.url}", "{0.place}", "{1}"
"""Stand for the proxy's address, with and without its scheme, and the port of the services."""

WAYS: Mapping[str, Mapping[str, str]] = {
    "no proxy": {},
    "HTTP_PROXY": {"HTTP_PROXY": PROXY},
    "http_proxy": {"http_proxy": PROXY},
    "http_proxy without a scheme": {"http_proxy": PLACE},
    "an empty http_proxy": {"HTTP_PROXY": PROXY, "http_proxy": ""},
    "HTTPS_PROXY": {"HTTPS_PROXY": PROXY},
    "ALL_PROXY": {"ALL_PROXY": PROXY},
    "NO_PROXY": {"HTTP_PROXY": PROXY, "NO_PROXY": ELSEWHERE},
    "no_proxy": {"HTTP_PROXY": PROXY, "no_proxy": ELSEWHERE},
    "no_proxy over NO_PROXY": {
        "HTTP_PROXY": PROXY,
        "NO_PROXY": "example.test",
        "no_proxy": ELSEWHERE,
    },
    "an empty no_proxy": {"HTTP_PROXY": PROXY, "NO_PROXY": ELSEWHERE, "no_proxy": ""},
    "NO_PROXY=*": {"HTTP_PROXY": PROXY, "NO_PROXY": "*"},
    "no_proxy=*": {"http_proxy": PROXY, "no_proxy": "*"},
    "an asterisk with blanks": {"http_proxy": PROXY, "no_proxy": " * "},
    "an asterisk among others": {"http_proxy": PROXY, "no_proxy": "example.test,*"},
    "blanks and empty names": {"http_proxy": PROXY, "no_proxy": f"example.test, ,  {ELSEWHERE} ,"},
    "a leading dot": {"http_proxy": PROXY, "no_proxy": ".0.0.2"},
    "a suffix": {"http_proxy": PROXY, "no_proxy": "0.0.2"},
    "the port": {"http_proxy": PROXY, "no_proxy": f"{ELSEWHERE}:{PORT}"},
    "another port": {"http_proxy": PROXY, "no_proxy": f"{ELSEWHERE}:1"},
    "a range": {"http_proxy": PROXY, "no_proxy": "127.0.0.0/8"},
}


def plainly(environment: Mapping[str, str], directory: Path) -> None:
    """Read the package's versions by a client of boto3 that knows nothing of this action."""
    with as_if_started(environment, directory):
        config = Config(retries={"total_max_attempts": 1})
        client = boto3.Session().client("codeartifact", config=config)
        client.list_package_versions(
            domain="acme", repository="npm-store", format="npm", namespace="acme", package="core"
        )


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_each_request_goes_the_way_that_boto3_goes(
    emulators: Callable[..., Emulator], act: Act, tmp_path: Path, way: Mapping[str, str]
) -> None:
    emulator = emulators(host=ELSEWHERE)
    put_core(emulator, "1.0.0")
    port = int(emulator.url.rpartition(":")[2])
    with proxy_to({ELSEWHERE: (ELSEWHERE, port)}) as proxy:
        environment = {name: value.format(proxy, port) for name, value in way.items()}
        plainly({**emulator.environment(user=True), **environment}, tmp_path)
        is_asked = proxy.asked != []
        proxy.asked.clear()
        emulator.calls.clear()

        done = act(on=emulator, versions="1.0.0", environment=environment)

    assert done.exit_code == 0, done.stdout
    assert statuses(emulator) == {"1.0.0": "Published"}
    assert {"oidc", "AssumeRoleWithWebIdentity"} < {call.operation for call in emulator.calls}
    assert len(proxy.asked) == (len(emulator.calls) if is_asked else 0)


def test_a_proxy_on_localhost_that_is_not_there_is_set_aside_for_one_that_is(
    emulators: Callable[..., Emulator], act: Act
) -> None:
    emulator = emulators(host=ELSEWHERE)
    put_core(emulator, "1.0.0")
    port = int(emulator.url.rpartition(":")[2])
    with proxy_to({ELSEWHERE: (ELSEWHERE, port)}) as proxy:
        environment = {"http_proxy": "http://[::1]:9", "HTTP_PROXY": proxy.url}

        done = act(on=emulator, versions="1.0.0", environment=environment)

    assert done.exit_code == 0
    assert len(proxy.asked) == len(emulator.calls)
    assert "http_proxy of the job names a proxy on localhost" in done.stdout
    assert "HTTP_PROXY of the job" not in done.stdout


def test_what_is_on_this_machine_needs_no_proxy(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")
    with proxy_to({}) as proxy:
        environment = {"HTTP_PROXY": proxy.url, "NO_PROXY": "example.test"}

        done = act(versions="1.0.0", environment=environment)

    assert done.exit_code == 0
    assert proxy.asked == []


# --- A company: names that only its proxy knows, behind a CA of its own. -------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A network where everything is behind TLS and a proxy."""

    emulator: Emulator
    address: tuple[str, int]
    ca: Path
    key: Path
    stranger: Path
    """A CA that vouches for nothing here."""

    @property
    def hosts(self) -> Mapping[str, tuple[str, int]]:
        return dict.fromkeys(HOSTS, self.address)

    def environment(self, proxy: str, **others: str) -> dict[str, str]:
        issuer, sts, codeartifact = HOSTS
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"https://{issuer}/_oidc/token?api-version=2.0",
            "AWS_ENDPOINT_URL_STS": f"https://{sts}",
            "AWS_ENDPOINT_URL_CODEARTIFACT": f"https://{codeartifact}",
            "HTTPS_PROXY": proxy,
            **others,
        }


@pytest.fixture
def company(emulator: Emulator, tmp_path: Path) -> Iterator[Company]:
    put_core(emulator, "1.0.0")
    (tmp_path / "stranger").mkdir()
    stranger, _ = make_certificate(tmp_path / "stranger", *HOSTS)
    ca, key = make_certificate(tmp_path, *HOSTS)
    with behind_tls(emulator, ca, key) as address:
        yield Company(emulator=emulator, address=address, ca=ca, key=key, stranger=stranger)


@pytest.fixture
def proxy(company: Company) -> Iterator[Proxy]:
    with proxy_to(company.hosts) as running:
        yield running


OURS, STRANGERS = "OURS", "STRANGERS"

TRUST: Mapping[str, tuple[Mapping[str, str], Mapping[str, str], bool]] = {
    "nothing": ({}, {}, False),
    "ca-bundle": ({"ca_bundle": OURS}, {}, True),
    "AWS_CA_BUNDLE": ({}, {"AWS_CA_BUNDLE": OURS}, True),
    "REQUESTS_CA_BUNDLE": ({}, {"REQUESTS_CA_BUNDLE": OURS}, True),
    "no-verify-ssl": ({"no_verify_ssl": "true"}, {"AWS_CA_BUNDLE": STRANGERS}, True),
    "ca-bundle first": ({"ca_bundle": OURS}, {"AWS_CA_BUNDLE": STRANGERS}, True),
    "AWS_CA_BUNDLE second": ({}, {"AWS_CA_BUNDLE": OURS, "REQUESTS_CA_BUNDLE": STRANGERS}, True),
    "REQUESTS_CA_BUNDLE last": (
        {},
        {"AWS_CA_BUNDLE": STRANGERS, "REQUESTS_CA_BUNDLE": OURS},
        False,
    ),
    "an empty one": ({}, {"AWS_CA_BUNDLE": "", "REQUESTS_CA_BUNDLE": OURS}, True),
    "one that is not there": ({}, {"AWS_CA_BUNDLE": "/no", "REQUESTS_CA_BUNDLE": OURS}, True),
}


@pytest.mark.parametrize(("inputs", "variables", "is_trusted"), TRUST.values(), ids=TRUST)
def test_each_request_trusts_whom_boto3_trusts(
    company: Company,
    proxy: Proxy,
    act: Act,
    tmp_path: Path,
    *,
    inputs: Mapping[str, str],
    variables: Mapping[str, str],
    is_trusted: bool,
) -> None:
    files = {OURS: str(company.ca), STRANGERS: str(company.stranger)}
    given = {name: files.get(value, value) for name, value in inputs.items()}
    variables = {name: files.get(value, value) for name, value in variables.items()}
    environment = company.environment(proxy.url, **variables)
    if not inputs and all(value in files.values() for value in variables.values()):
        keys = company.emulator.environment(user=True)
        assert trusts({**keys, **environment}, tmp_path) == is_trusted
        proxy.asked.clear()

    done = act(versions="1.0.0", environment=environment, **given)

    if is_trusted:
        assert done.exit_code == 0, done.stdout
        assert [asked.split()[1] for asked in proxy.asked][:3] == [f"{host}:443" for host in HOSTS]
    else:
        assert done.exit_code == 3
        assert "the TLS connection to issuer.corp.test through the proxy" in done.messages
        assert "CERTIFICATE_VERIFY_FAILED" in done.messages
        # Nobody comes to be trusted by being asked again.
        assert proxy.asked == ["CONNECT issuer.corp.test:443"]


def trusts(environment: Mapping[str, str], directory: Path) -> bool:
    """Whether a client of boto3 that knows nothing of this action trusts what it is led to."""
    try:
        plainly(environment, directory)
    except SSLError:
        return False
    return True


def test_the_account_check_and_chained_roles_go_by_the_proxy_too(
    company: Company, proxy: Proxy, act: Act
) -> None:
    keys = company.emulator.environment(user=True)
    environment = {**keys, **company.environment(proxy.url, AWS_CA_BUNDLE=str(company.ca))}

    done = act(
        versions="1.0.0",
        role_to_assume=None,
        allowed_account_ids="111122223333",
        environment=environment,
    )

    assert done.exit_code == 0, done.stdout
    assert len(calls_of(company.emulator, "GetCallerIdentity")) == 1
    assert "CONNECT sts.corp.test:443" in proxy.asked


# --- Proxies that don't. -------------------------------------------------------------------------

PASSWORD = "correct-horse/battery"


def by(proxy: Proxy, password: str) -> str:
    return f"http://release:{password.replace('/', '%2F')}@{proxy.place}"


def test_a_proxy_gets_the_password_of_its_variable(company: Company, act: Act) -> None:
    with proxy_to(company.hosts, password=PASSWORD) as proxy:
        environment = company.environment(by(proxy, PASSWORD), AWS_CA_BUNDLE=str(company.ca))

        done = act(versions="1.0.0", environment=environment)

    assert done.exit_code == 0, done.stdout
    assert PASSWORD in done.secrets
    assert PASSWORD not in done.unmasked


REFUSALS: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "a wrong password": ({"password": "another"}, "407 Proxy Authentication Required"),
    "a host that is not allowed": ({"refusal": 403}, "403 Forbidden"),
}


@pytest.mark.parametrize(("given", "said"), REFUSALS.values(), ids=REFUSALS)
def test_a_proxy_that_refuses_is_named_with_what_it_said(
    company: Company, act: Act, given: Mapping[str, Any], said: str
) -> None:
    with proxy_to(company.hosts, **given) as proxy:
        environment = company.environment(by(proxy, PASSWORD), AWS_CA_BUNDLE=str(company.ca))

        done = act(versions="1.0.0", environment=environment)

    assert done.exit_code == 3
    assert (
        f"the proxy {proxy.place} (HTTPS_PROXY) did not connect to issuer.corp.test: {said}"
        in done.messages
    )
    assert len(proxy.asked) == 1
    for secret in (PASSWORD, PASSWORD.replace("/", "%2F")):
        assert secret not in done.unmasked


def test_a_proxy_that_is_down_is_named_with_the_variable(company: Company, act: Act) -> None:
    environment = company.environment("proxy.corp.invalid:3128", AWS_MAX_ATTEMPTS="1")

    done = act(versions="1.0.0", environment=environment)

    assert done.exit_code == 3
    assert "the proxy proxy.corp.invalid:3128 (HTTPS_PROXY) did not connect to" in done.messages


def test_a_proxy_may_be_asked_by_tls(company: Company, act: Act) -> None:
    certificate = str(company.ca), str(company.key)
    with proxy_to(company.hosts, certificate=certificate) as proxy:
        environment = company.environment(f"https://{proxy.place}", AWS_CA_BUNDLE=str(company.ca))

        done = act(versions="1.0.0", environment=environment)

    assert done.exit_code == 0, done.stdout
    assert [asked.split()[1] for asked in proxy.asked][:3] == [f"{host}:443" for host in HOSTS]


# --- What is wrong with a setting. ---------------------------------------------------------------


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
@pytest.mark.parametrize(
    ("bundle", "flaw"),
    [(".", "Is a directory"), ("empty.pem", "it holds no PEM certificate")],
)
def test_a_bundle_that_is_none_is_told_by_its_variable(
    emulator: Emulator, act: Act, variable: str, bundle: str, flaw: str
) -> None:
    done = act(versions="1.0.0", files={"empty.pem": ""}, environment={variable: bundle})

    assert done.exit_code == 2
    assert f"the CA bundle {bundle} ({variable}) can't be used" in done.messages
    assert flaw in done.messages
    assert emulator.calls == []


def test_a_bundle_that_does_not_count_may_be_what_it_likes(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")

    done = act(versions="1.0.0", no_verify_ssl="true", environment={"AWS_CA_BUNDLE": "."})

    assert done.exit_code == 0


def test_a_profile_of_the_runners_host_gives_way_to_keys(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")
    keys = emulator.environment(user=True)

    done = act(
        versions="1.0.0", role_to_assume=None, environment={**keys, "AWS_PROFILE": "build-host"}
    )

    assert done.exit_code == 0, done.stdout
    assert "AWS_PROFILE of the job names the profile build-host, which no" in done.stdout


def test_a_profile_that_nothing_stands_in_for_is_asked_for(act: Act) -> None:
    done = act(versions="1.0.0", role_to_assume=None, environment={"AWS_PROFILE": "build-host"})

    assert done.exit_code == 3
    assert "The config profile (build-host) could not be found" in done.messages


# --- What stands in the issuer's place. ----------------------------------------------------------


def _refused(act: Act, emulator: Emulator, reply: Reply) -> Finished:
    put_core(emulator, "1.0.0")
    emulator.inject(Fault("oidc", reply))
    return act(versions="1.0.0", environment={"AWS_MAX_ATTEMPTS": "2"})


def test_a_captive_portal_is_told_as_one(emulator: Emulator, act: Act) -> None:
    done = _refused(act, emulator, Reply(status=200, body="<html>Sign in</html>"))

    assert done.exit_code == 3
    assert "answered with an HTML page, as a proxy or a network's sign-in page does" in (
        done.messages
    )


def test_a_redirect_is_not_followed_with_the_jobs_token(
    emulators: Callable[..., Emulator], emulator: Emulator, act: Act
) -> None:
    other = emulators()
    location = {"Location": f"{other.url}/_oidc/token"}

    done = _refused(act, emulator, Reply(status=302, headers=location))

    assert done.exit_code == 3
    assert f"answered 302 Found (a redirect to {other.url[7:]}, not followed)" in done.messages
    assert other.calls == []
    assert len(calls_of(emulator, "oidc")) == 1
