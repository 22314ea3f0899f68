"""Real clients against the emulator: botocore, and the AWS CLI as a process of its own."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from codeartifact_emulator import (
    Emulator,
)
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
