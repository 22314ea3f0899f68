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


def tables(section: str) -> dict[str, dict[str, list[str]]]:
    """The tables of a section by their headings: each row's other cells by its first."""
    text = README.split(f"\n## {section}\n")[1].split("\n## ")[0]
    found: dict[str, dict[str, list[str]]] = {}
    title = section
    for line in text.splitlines():
        if line.startswith("### "):
            title = line.removeprefix("### ")
        if line.startswith("| `"):
            name, *cells = (cell.strip() for cell in line.strip("|").split(" |"))
            rows = found.setdefault(title, {})
            assert name not in rows
            rows[name.strip("`")] = cells
    return found


def test_the_readme_has_a_row_for_every_output() -> None:
    assert set(tables("Outputs")["Outputs"]) == set(ACTION["outputs"])


def test_the_readme_has_a_row_for_every_exit_code() -> None:
    text = README.split("\n## Exit codes\n")[1].split("\n## ")[0]

    codes = re.findall(r"^\| (\S+) \|", text, re.MULTILINE)

    assert codes == ["code", "---", *(str(int(code)) for code in ExitCode), "128+n"]
