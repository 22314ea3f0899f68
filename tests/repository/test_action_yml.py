"""``action.yml``, the README and the code say the same."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from codeartifact_status.errors import ExitCode
from codeartifact_status.inputs.reading import read
from codeartifact_status.reporting import outputs as report

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


def test_what_is_written_from_the_declarations_is_what_they_say() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "tables.py"), "--check"], check=False
    )

    assert done.returncode == 0


def test_the_outputs_are_the_same() -> None:
    assert tuple(ACTION["outputs"]) == tuple(report.OUTPUTS)
    assert all(declared["description"] for declared in ACTION["outputs"].values())


def test_its_description_is_short_enough_for_the_marketplace() -> None:
    assert len(ACTION["description"]) < 125


def test_it_runs_in_a_container_with_nothing_in_the_way_of_inputs() -> None:
    runs = ACTION["runs"]

    assert runs["using"] == "docker"
    assert runs["image"] == "Dockerfile" or re.fullmatch(
        r"docker://[^@\s]+@sha256:[0-9a-f]{64}", runs["image"]
    )
    assert "entrypoint" not in runs


def test_defaults_that_are_given_as_inputs_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"domain": "acme", "repository": "store", "format": "npm", "package": "core",
             "versions": "1", "target-status": "Published", "aws-region": "eu-west-1"}  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(f"INPUT_{name.upper()}", value)
    bare = read(None, ref="")
    for name, declared in ACTION["inputs"].items():
        if name not in given:
            monkeypatch.setenv(f"INPUT_{name.upper()}", declared.get("default", ""))

    assert bare.problems == ()
    assert read(None, ref="").inputs == bare.inputs


# --- The README's tables. ------------------------------------------------------------------------

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_speaks_of_every_output_once() -> None:
    text = README.split("\n## Outputs\n")[1].split("\n## ")[0]
    heads = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)

    named = [name for head in heads for name in re.findall(r"`([\w-]+)`", head)]

    assert named == list(ACTION["outputs"])


def test_the_readme_has_the_fifteen_inputs_that_it_promises_and_the_reference_all() -> None:
    def rows(name: str) -> list[str]:
        text = (ROOT / name).read_text(encoding="utf-8")
        written = text.split("<!-- inputs: ")[1].split("<!-- /inputs -->")[0]
        return re.findall(r"^\| `([\w-]+)` \|", written, re.MULTILINE)

    assert len(rows("README.md")) == 15
    assert rows("docs/reference.md") == list(ACTION["inputs"])


def test_the_readme_has_a_row_for_every_exit_code() -> None:
    text = README.split("\n## Exit codes\n")[1].split("\n## ")[0]

    codes = re.findall(r"^\| (\S+) \|", text, re.MULTILINE)

    assert codes == ["code", "---", *(str(int(code)) for code in ExitCode), "128+n"]
