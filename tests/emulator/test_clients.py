"""Real clients against the emulator: botocore, and the AWS CLI as a process of its own."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError

from codeartifact_emulator import (
    Delay,
    Drop,
    Emulator,
    Expire,
    Fault,
    Meanwhile,
    Misreport,
    Omit,
    Replace,
    Reply,
    Reset,
    SeedError,
    Store,
    Switches,
    Truncate,
)
from codeartifact_emulator.__main__ import main
from codeartifact_emulator.seed import plant
from harness.asking import ask
from harness.clients import CORE, ROLE, connect, put_core

SEED = Path(__file__).parents[2] / "examples" / "seed.yaml"
AWS = Path(sys.executable).parent / "aws"
UPDATE = "UpdatePackageVersionsStatus"


def archive(client: Any, *versions: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.update_package_versions_status(
        **CORE, versions=list(versions), targetStatus="Archived"
    )
    return answer


def state(emulator: Emulator) -> dict[str, str]:
    return {key[-1]: status for key, (status, _) in emulator.store.snapshot().items()}


# The AWS CLI


def aws(emulator: Emulator, home: Path, *arguments: str) -> Any:
    place = ["--domain", "acme", "--domain-owner", "111122223333", "--format", "npm"]
    package = ["--namespace", "acme", "--package", "core"]
    done = subprocess.run(
        [sys.executable, AWS, "codeartifact", *arguments, *place, *package],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "AWS_DEFAULT_OUTPUT": "json",
            **emulator.environment(user=True),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    if done.returncode:
        return done.stderr.strip()
    return json.loads(done.stdout)


def test_the_aws_cli_lists_describes_updates_disposes_and_deletes(tmp_path: Path) -> None:
    with Emulator.start(seed=SEED) as emulator:
        store = ["--repository", "npm-store"]
        listed = aws(emulator, tmp_path, "list-package-versions", *store)
        statuses = {row["version"]: row["status"] for row in listed["versions"]}
        assert statuses == {"1.2.3": "Published", "1.2.4": "Published", "1.3.0": "Unlisted"}
        revisions = {row["version"]: row["revision"] for row in listed["versions"]}

        described = aws(
            emulator, tmp_path, "describe-package-version", *store, "--package-version", "1.3.0"
        )["packageVersion"]
        assert described["status"] == "Unlisted"
        assert described["displayName"] == "core"

        published = aws(
            emulator,
            tmp_path,
            "update-package-versions-status",
            *store,
            "--versions",
            "1.3.0",
            "--version-revisions",
            f"1.3.0={revisions['1.3.0']}",
            "--target-status",
            "Published",
        )
        assert published == {
            "successfulVersions": {
                "1.3.0": {"revision": revisions["1.3.0"], "status": "Published"}
            },
            "failedVersions": {},
        }

        # Every version failed, and the command succeeds: why this project is there.
        failed = aws(
            emulator,
            tmp_path,
            "dispose-package-versions",
            *store,
            "--versions",
            "1.2.4",
            "--expected-status",
            "Unlisted",
        )
        assert failed["failedVersions"]["1.2.4"]["errorCode"] == "MISMATCHED_STATUS"

        deleted = aws(
            emulator, tmp_path, "delete-package-versions", *store, "--versions", "1.2.3", "1.2.4"
        )
        assert set(deleted["successfulVersions"]) == {"1.2.3", "1.2.4"}

        absent = aws(emulator, tmp_path, "list-package-versions", "--repository", "npm-stor")
        assert "(ResourceNotFoundException)" in absent
        assert [call.operation for call in emulator.calls] == [
            "ListPackageVersions",
            "DescribePackageVersion",
            "UpdatePackageVersionsStatus",
            "DisposePackageVersions",
            "DeletePackageVersions",
            "ListPackageVersions",
        ]


# A workflow run, from the request token to a changed status


def test_a_run_gets_a_token_a_role_and_a_status() -> None:
    with Emulator.start(seed=SEED) as emulator:
        variables = emulator.environment()
        assert "AWS_ACCESS_KEY_ID" not in variables
        request = urllib.request.Request(  # noqa: S310 - http, on loopback
            variables["ACTIONS_ID_TOKEN_REQUEST_URL"] + "&audience=sts.amazonaws.com",
            headers={"Authorization": f"bearer {variables['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"},
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - http, on loopback
            token = json.load(answer)["value"]
        with connect(emulator, "sts", {}) as sts:
            credentials = sts.assume_role_with_web_identity(
                RoleArn=ROLE, RoleSessionName="run-1", WebIdentityToken=token
            )["Credentials"]
        with connect(emulator, credentials=credentials) as client:
            answer = client.update_package_versions_status(
                **CORE, versions=["1.3.0"], targetStatus="Published", expectedStatus="Unlisted"
            )
            assert answer["successfulVersions"]["1.3.0"]["status"] == "Published"
            with pytest.raises(ClientError, match="no identity-based policy allows"):
                client.delete_package_versions(**CORE, versions=["1.3.0"])
        assert [(call.operation, call.status) for call in emulator.calls] == [
            ("oidc", 200),
            ("AssumeRoleWithWebIdentity", 200),
            (UPDATE, 200),
            ("DeletePackageVersions", 403),
        ]
        assert emulator.calls[2].principal == (
            "arn:aws:sts::111122223333:assumed-role/release/run-1"
        )
        assert emulator.calls[2].params["versions"] == ["1.3.0"]


@pytest.mark.parametrize("header", [None, "bearer wrong", "basic demo-request-token"])
def test_a_token_needs_the_runs_own_request_token(emulator: Emulator, header: str | None) -> None:
    request = urllib.request.Request(  # noqa: S310 - http, on loopback
        emulator.environment()["ACTIONS_ID_TOKEN_REQUEST_URL"],
        headers={"Authorization": header} if header else {},
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)  # noqa: S310 - http, on loopback
    assert refused.value.code == 401
    refused.value.close()


def test_calls_at_once_are_each_atomic(emulator: Emulator, client: Any) -> None:
    put_core(emulator, v1="Published", v2="Published")
    targets = ["Archived", "Unlisted", "Published"] * 8

    def change(target: str) -> Any:
        answer = client.update_package_versions_status(
            **CORE, versions=["1", "2"], targetStatus=target
        )
        return answer["failedVersions"]

    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(change, targets))

    assert len(emulator.calls) == len(targets)
    assert len(set(state(emulator).values())) == 1


# Faults


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


def test_an_answer_can_be_a_word_or_nothing(emulator: Emulator) -> None:
    emulator.inject(Fault("oidc", Reply(status=503, message="later"), times=1))
    emulator.inject(Fault("oidc", Reply(status=502), times=1, skip=1))
    for status, body in [(503, b'{"message": "later"}'), (502, b"")]:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{emulator.url}/_oidc/token")  # noqa: S310
        assert (refused.value.code, refused.value.read()) == (status, body)
        refused.value.close()


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


# Starting


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
    assert time.monotonic() - began < 1


def test_the_command_says_what_it_is_and_how_to_find_it() -> None:
    command = [sys.executable, "-m", "codeartifact_emulator", "--port", "0"]
    options = ["--seed", str(SEED), "--switch", "partial-success=true"]
    source = str(Path(__file__).parents[2] / "src")
    with subprocess.Popen(
        [*command, *options],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": source},
    ) as process:
        assert process.stdout is not None
        said = []
        for text in process.stdout:
            said.append(text)
            if "role/release" in text:
                break
        shown = "".join(said)
        variables = dict(
            text.removeprefix("export ").strip().split("=", 1)
            for text in said
            if text.startswith("export")
        )
        url = variables["AWS_ENDPOINT_URL_CODEARTIFACT"].strip("'")
        with urllib.request.urlopen(f"{url}/_oidc/.well-known/jwks") as answer:  # noqa: S310
            assert json.load(answer)["keys"][0]["kty"] == "RSA"
        assert process.stdout.readline() == "200 oidc  anonymous\n"
        process.terminate()
        assert process.wait(10) == 0
    assert "NOT AWS" in shown
    assert set(variables) == {
        "AWS_ENDPOINT_URL_CODEARTIFACT",
        "AWS_ENDPOINT_URL_STS",
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
    }


@pytest.mark.parametrize(
    ("seed", "complaint"),
    [
        ("domain: {}", "seed: unknown: domain"),
        ("account: '1'\naccount: '2'", "line 2: the key account is given twice"),
        ("switches: {same-status: maybe}", "switches.same-status: one of success, NOT_ALLOWED"),
        ("faults: [{operation: x, effect: boom}]", "faults[0].effect: one of reply"),
        (
            (
                "domains: {acme: {repositories: {r: {packages: [{format: npm, package: a, "
                "versions: {1.0: Retired}}]}}}}"
            ),
            "domains.acme.repositories.r.packages[0].versions.1.0: 'Retired'",
        ),
        ("roles: [{name: r, trust: {}}]", "roles[0].trust: Syntax errors in policy"),
        ("roles: [{name: r, arn: a, trust: {}}]", "roles[0]: a role has either a name or an arn"),
        ("roles: [{name: r}]", "roles[0]: trust is missing"),
        (
            "users: [{name: u, access-key-id: a, secret-access-key: b, policy: {Statement: x}}]",
            "users[0].policy: Syntax errors",
        ),
        ("domains: []", "domains: a mapping is expected"),
        ("users: {}", "users: a list is expected"),
        ("faults: [{effect: drop}]", "faults[0]: operation is missing"),
        ("faults: [{operation: x, effect: delay, seconds: soon}]", "faults[0].seconds: a number"),
        ("switches: {partial-success: perhaps}", "switches.partial-success: true or false"),
        (
            "domains: {acme: {repositories: {r: {packages: [{format: npm}]}}}}",
            "domains.acme.repositories.r.packages[0]: package is missing",
        ),
        ("users: [{name: u}]", "users[0].access-key-id: text is expected"),
        ("[", "while parsing"),
    ],
)
def test_a_wrong_seed_is_refused_with_the_place(tmp_path: Path, seed: str, complaint: str) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(seed, encoding="utf-8")
    with pytest.raises(SeedError) as refused:
        plant(path)
    assert complaint in str(refused.value)


@pytest.mark.parametrize("text", ["", "domains:", "domains: {acme:}", "users: []\nroles:"])
def test_what_is_empty_in_a_seed_is_empty(tmp_path: Path, text: str) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(text, encoding="utf-8")
    assert plant(path).store.snapshot() == {}


def test_the_command_fails_on_a_wrong_seed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--seed", str(tmp_path / "absent.yaml"), "--port", "0"]) == 2
    assert "absent.yaml" in capsys.readouterr().err
    assert main(["--switch", "absent=1", "--port", "0"]) == 2
    assert "--switch: unknown: absent" in capsys.readouterr().err


def test_scalars_in_a_seed_are_text(tmp_path: Path) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(
        "domains: {acme: {repositories: {npm-store: {packages: "
        "[{format: npm, namespace: acme, package: core, versions: {1.10: Published, "
        "1e3: {status: Unlisted, published: 2026-01-31T12:00:00Z}}}]}}}}",
        encoding="utf-8",
    )
    with Emulator.start(seed=path) as emulator:
        assert state(emulator) == {"1.10": "Published", "1e3": "Unlisted"}
        described = ask(emulator.store, "DescribePackageVersion", **CORE, package_version="1e3")
        assert described["packageVersion"]["publishedTime"] == 1769860800
