"""MiniStack's own tests of STS, asked of the emulator: `make ministack`.

A plugin for pytest: it gives those tests the fixtures that they have at home, with roles in place
of those that MiniStack makes up as it is asked, and says what is expected to differ. An expectation
that isn't met fails, so that the list stays true. Their file comes from PyPI and isn't copied.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from codeartifact_emulator import Emulator

ACCOUNT = "000000000000"
_EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
}
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": ACCOUNT},
            "Action": "sts:AssumeRole",
        }
    ],
}
_ROLES = ("test-role", "iam-test-role", "demo", "team:dev/demo", "MyTestRole", "RoleA", "RoleB")
_ELSEWHERE = "arn:aws:iam::999888777666:role/CrossReader"
SEED = {
    "account": ACCOUNT,
    "region": "us-east-1",
    "users": [
        {"name": name, "access-key-id": key, "secret-access-key": "test", "policy": _EVERYTHING}
        for name, key in (("test", "test"), ("caller", "111111111111"))
    ],
    "roles": [
        {"arn": arn, "trust": _TRUST, "policy": _EVERYTHING}
        for arn in (*(f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in _ROLES), _ELSEWHERE)
    ],
}

_NOT_SERVED = "the emulator serves of STS what an action needs to become a role, and says so"
_UNVERIFIED = "the token is verified here, as by AWS: this one is no JWT of a provider"
_IAM = "there is no IAM API here: users and roles come from a seed"

#: Why a test is expected to fail, by the beginning of its name.
DIFFERENCES = {
    "test_sts_get_access_key_info": _NOT_SERVED,
    "test_sts_get_session_token": _NOT_SERVED,
    "test_sts_get_federation_token": _NOT_SERVED,
    "test_sts_get_web_identity_token": _NOT_SERVED,
    "test_sts_assumed_role_arn_uses_sts_service": _UNVERIFIED,
    "test_sts_assume_role_with_web_identity": _IAM,
    "test_sts_session_policy_arns": _IAM,
    "test_sts_get_caller_identity_resolves_iam_user": _IAM,
    "test_sts_get_caller_identity_json_protocol": _IAM,
    "test_sts_presigned_url": "requests are signed in their headers, as CodeArtifact's clients do",
    "test_get_caller_identity_without_assume_role_returns_root": (
        "nobody is root here: a seed has users"
    ),
}
"""…but for those of a longer name, which are as expected here, too."""
SAME = ("test_sts_assume_role_with_web_identity_rejects_invalid_role_arns",)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what looks into MiniStack itself, and mark what is expected to differ."""
    for item in items:
        name = item.name.partition("[")[0]
        if "monkeypatch" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason="a test of MiniStack's own insides"))
        elif not name.startswith(SAME):
            for start, reason in DIFFERENCES.items():
                if name.startswith(start):
                    item.add_marker(pytest.mark.xfail(strict=True, reason=reason))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many tests differ, and why."""
    reasons = Counter(report.wasxfail for report in terminalreporter.stats.get("xfailed", ()))
    terminalreporter.section("where the emulator differs, as expected")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count:3} {reason}")


@pytest.fixture(scope="session", autouse=True)
def emulator() -> Iterator[Emulator]:
    """An emulator where MiniStack's tests expect an account that makes up every role."""
    with Emulator.start(seed=SEED) as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MINISTACK_ENDPOINT", running.url)
        yield running


@pytest.fixture(scope="session")
def client_of(emulator: Emulator) -> Callable[..., Any]:
    """Make clients, with keys of the seed if no others are given."""

    def make(service: str, **keys: str) -> Any:
        given = {"aws_access_key_id": "test", "aws_secret_access_key": "test", **keys}
        return boto3.client(service, endpoint_url=emulator.url, region_name="us-east-1", **given)

    return make


@pytest.fixture
def sts(client_of: Callable[..., Any]) -> Any:
    """A client of STS."""
    return client_of("sts")


@pytest.fixture
def iam(client_of: Callable[..., Any]) -> Any:
    """A client of IAM, which isn't here."""
    return client_of("iam")


@dataclass(frozen=True, slots=True)
class User:
    """The seed's user, as those tests know one."""

    client: Callable[[str], Any]
    arn: str = f"arn:aws:iam::{ACCOUNT}:user/test"


@pytest.fixture
def iam_user(client_of: Callable[..., Any]) -> Callable[[], User]:
    """Make a user: the one that there is."""
    return lambda: User(client_of)


@pytest.fixture
def auth_enabled() -> bool:
    """Signatures are always verified here."""
    return True


@pytest.fixture
def sts_as_role(sts: Any, client_of: Callable[..., Any]) -> Callable[[str, str], Any]:
    """Make a client that has assumed a role."""

    def assume(arn: str, session: str) -> Any:
        made = sts.assume_role(RoleArn=arn, RoleSessionName=session)["Credentials"]
        return client_of(
            "sts",
            aws_access_key_id=made["AccessKeyId"],
            aws_secret_access_key=made["SecretAccessKey"],
            aws_session_token=made["SessionToken"],
        )

    return assume
