"""What leaks in from the job: what can't work here is set aside and said, the rest counts."""

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from botocore.utils import get_environ_proxies
from hypothesis import given
from hypothesis import strategies as st

from codeartifact_status.runner import secret_variables
from codeartifact_status.runner.isolation import NEAR, flaw_of_bundle, isolate, proxy_variable

FAR = "http://proxy.corp.test:3128"
SCHEMES = ("http", "https")


@contextmanager
def job(variables: Mapping[str, str]) -> Iterator[None]:
    """Let these be all variables that there are."""
    ours = dict(os.environ)
    os.environ.clear()
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(ours)


@pytest.fixture
def isolated(tmp_path: Path) -> Callable[..., tuple[list[str], dict[str, str]]]:
    """Isolates a job that has these variables; gives what was said, and what is left."""

    def run(**variables: str) -> tuple[list[str], dict[str, str]]:
        with job({"HOME": str(tmp_path), **variables}):
            notes = isolate()
            return notes, {name: value for name, value in os.environ.items() if name in variables}

    return run


# --- Proxies. ------------------------------------------------------------------------------------


def cased(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from([name, name.upper()])


EXEMPT = st.lists(
    st.sampled_from(
        ["*", "", " ", "sts.amazonaws.com", ".amazonaws.com", "com", "a.test:443", "10.0.0.0/8"]
    ),
    max_size=4,
).flatmap(lambda names: st.sampled_from([",".join(names), ", ".join(names)]))
VARIABLES = st.dictionaries(
    st.one_of(*map(cased, ["http_proxy", "https_proxy", "all_proxy"])),
    st.sampled_from(["", FAR, "other.corp.test:8080"]),
).flatmap(
    lambda proxies: st.dictionaries(cased("no_proxy"), EXEMPT).map(
        lambda exempt: {**proxies, **exempt}
    )
)


@given(
    variables=VARIABLES,
    host=st.sampled_from(["sts.amazonaws.com", "a.test", "a.test:443", "10.1.2.3", "[fd00::1]"]),
    scheme=st.sampled_from(SCHEMES),
)
def test_whoever_is_far_is_reached_as_botocore_would(
    variables: Mapping[str, str], host: str, scheme: str
) -> None:
    url = f"{scheme}://{host}/"
    with job(variables):
        before = get_environ_proxies(url).get(scheme)

        assert isolate() == []
        assert get_environ_proxies(url).get(scheme) == before


@given(
    variables=VARIABLES,
    host=st.sampled_from(
        [
            *NEAR,
            *(f"{host}:8080" for host in NEAR),
        ]
    ),
    scheme=st.sampled_from(SCHEMES),
)
def test_no_proxy_stands_before_what_is_near(
    variables: Mapping[str, str], host: str, scheme: str
) -> None:
    with job(variables):
        isolate()

        assert scheme not in get_environ_proxies(f"{scheme}://{host}/")


def test_where_there_is_no_proxy_nothing_is_exempt() -> None:
    # On macOS and Windows, urllib asks the system only where the environment says nothing.
    with job({}):
        isolate()

        assert dict(os.environ) == {}


def test_what_other_programs_read_is_left_alone(
    isolated: Callable[..., tuple[list[str], dict[str, str]]],
) -> None:
    variables = {"HTTPS_PROXY": FAR, "NO_PROXY": "a.test,10.0.0.0/8"}

    assert isolated(**variables) == ([], variables)


@pytest.mark.parametrize("proxy", ["http://localhost:9", "127.0.0.1:9", "http://u:p@[::1]:9/"])
def test_a_proxy_on_this_machine_that_is_not_there_is_set_aside(
    isolated: Callable[..., tuple[list[str], dict[str, str]]], proxy: str
) -> None:
    notes, left = isolated(HTTPS_PROXY=proxy, https_proxy=proxy, http_proxy=proxy)

    assert left == {}
    assert [note.split()[0] for note in notes] == ["https_proxy", "HTTPS_PROXY", "http_proxy"]


def test_nobody_knocks_where_nothing_goes_by_a_proxy(
    isolated: Callable[..., tuple[list[str], dict[str, str]]],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.setblocking(False)
        url = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        for variables in (
            {"HTTPS_PROXY": url, "NO_PROXY": "*"},
            {"ALL_PROXY": url},
            {"HTTPS_PROXY": url, "https_proxy": ""},
        ):
            assert isolated(**variables) == ([], variables)
        with pytest.raises(BlockingIOError):
            proxy.accept()


def test_the_variable_of_a_proxy_is_the_one_in_effect() -> None:
    with job({"HTTPS_PROXY": FAR, "https_proxy": "other.test", "HTTP_PROXY": FAR}):
        assert proxy_variable("https") == "https_proxy"
        assert proxy_variable("http") == "HTTP_PROXY"
        assert proxy_variable("ftp") is None


def test_the_password_of_a_proxy_is_masked_as_written_and_as_meant() -> None:
    with job({"HTTPS_PROXY": "http://me:p%40ss:word@proxy.corp.test:3128"}):
        assert {"p%40ss:word", "p@ss:word"} <= set(secret_variables.to_mask())


# --- Bundles. ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_a_bundle_that_is_not_here_is_set_aside(
    isolated: Callable[..., tuple[list[str], dict[str, str]]], name: str
) -> None:
    notes, left = isolated(**{name: "/etc/pki/nowhere.pem"})

    assert left == {}
    assert notes == [f"{name} of the job names a file that does not exist here; it was ignored."]
    assert isolated(**{name: ""}) == ([], {})
    assert isolated(**{name: "~"}) == ([], {name: "~"})


def test_a_bundle_holds_certificates(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("# none yet\n")

    assert flaw_of_bundle(str(file)) == "it holds no PEM certificate"
    assert flaw_of_bundle(str(tmp_path)) == "it can't be read: Is a directory"
    file.write_text("# ours\n-----BEGIN CERTIFICATE-----\n")
    assert flaw_of_bundle(str(file)) is None


# --- Profiles. -----------------------------------------------------------------------------------

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
PROFILES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")


def test_a_profile_that_no_file_here_has_gives_way_to_keys(
    isolated: Callable[..., tuple[list[str], dict[str, str]]],
) -> None:
    notes, left = isolated(**KEYS, **dict.fromkeys(PROFILES, "build-host"))

    assert left == KEYS
    assert [note.split()[0] for note in notes] == ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"]
    assert all("the profile build-host" in note for note in notes)


def test_an_empty_profile_is_none(
    isolated: Callable[..., tuple[list[str], dict[str, str]]],
) -> None:
    assert isolated(AWS_PROFILE="") == ([], {})


@pytest.mark.parametrize(
    "variables",
    [
        {"AWS_PROFILE": "build-host"},
        {"AWS_PROFILE": "build-host", "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE"},
        {**KEYS, "AWS_PROFILE": "ours"},
    ],
    ids=["no keys", "half of the keys", "known"],
)
def test_a_profile_counts_where_it_is_known_or_nothing_stands_in_for_it(
    isolated: Callable[..., tuple[list[str], dict[str, str]]],
    tmp_path: Path,
    variables: Mapping[str, str],
) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("[profile ours]\nregion = eu-west-1\n")

    assert isolated(**variables) == ([], variables)


def test_broken_files_are_told_where_credentials_are_looked_for(
    isolated: Callable[..., tuple[list[str], dict[str, str]]], tmp_path: Path
) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("[profile x\ngarbage")
    variables = {**KEYS, "AWS_PROFILE": "build-host"}

    assert isolated(**variables) == ([], variables)
