"""The command."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import jwt
import pytest

from codeartifact_emulator.__main__ import main

SEED = Path(__file__).parents[2] / "examples" / "seed.yaml"


def test_the_command_says_what_it_is_and_how_to_find_it() -> None:
    command = [sys.executable, "-m", "codeartifact_emulator", "--port", "0"]
    options = ["--seed", str(SEED), "--switch", "partial-success=true", "--immutable-sub"]
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
        request = urllib.request.Request(  # noqa: S310
            variables["ACTIONS_ID_TOKEN_REQUEST_URL"].strip("'"),
            headers={"Authorization": "Bearer demo-request-token"},
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            token = json.load(answer)["value"]
        claims = jwt.decode(token, options={"verify_signature": False})
        assert claims["sub"].startswith("repo:acme@123456/widgets@789012:")
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


def test_the_command_fails_on_a_wrong_seed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--seed", str(tmp_path / "absent.yaml"), "--port", "0"]) == 2
    assert "absent.yaml" in capsys.readouterr().err
    assert main(["--switch", "absent=1", "--port", "0"]) == 2
    assert "--switch: unknown: absent" in capsys.readouterr().err
