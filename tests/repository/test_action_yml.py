"""``action.yml``, the README and the code say the same."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic.fields import FieldInfo

from codeartifact_status.errors import ExitCode
from codeartifact_status.inputs.command_line import GROUPS
from codeartifact_status.inputs.reading import Inputs
from codeartifact_status.model import Allowed
from codeartifact_status.reporting import outputs as report

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
FIELDS = {
    name.replace("_", "-"): field
    for name, field in Inputs.model_fields.items()
    if name != "aws_max_attempts"
}


def default_of(field: FieldInfo) -> str | None:
    """A field's default as an author of workflows would write it; None for nothing."""
    match field.default:
        case bool() as value:
            return str(value).lower()
        case Allowed():
            return "false"
        case None | () | {}:
            return None
        case value:
            return str(value)


def test_the_inputs_are_the_same_in_the_same_order() -> None:
    assert list(ACTION["inputs"]) == list(FIELDS)


@pytest.mark.parametrize("name", FIELDS)
def test_an_input_is_described_and_defaults_alike(name: str) -> None:
    declared = ACTION["inputs"][name]

    assert " ".join(declared["description"].split()) == FIELDS[name].description
    assert declared.get("default") == default_of(FIELDS[name])
    # The runner doesn't enforce `required`, and what is required depends on other inputs.
    assert declared.keys() <= {"description", "default", "deprecationMessage"}


def test_the_outputs_are_the_same() -> None:
    assert tuple(ACTION["outputs"]) == tuple(report.OUTPUTS)
    assert all(declared["description"] for declared in ACTION["outputs"].values())


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
    bare = Inputs()
    for name, declared in ACTION["inputs"].items():
        if name not in given:
            monkeypatch.setenv(f"INPUT_{name.upper()}", declared.get("default", ""))

    assert Inputs() == bare


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


def test_the_readme_has_a_row_for_every_input_in_the_groups_of_the_help() -> None:
    named = {title: set(rows) for title, rows in tables("Inputs").items()}

    assert named == {
        title: {name.replace("_", "-") for name in names} for title, names in GROUPS.items()
    }


@pytest.mark.parametrize("name", FIELDS)
def test_the_readme_gives_an_inputs_default(name: str) -> None:
    rows = {name: cells for group in tables("Inputs").values() for name, cells in group.items()}
    default, text = rows[name]

    assert text
    if (value := default_of(FIELDS[name])) is not None:
        assert default == f"`{value}`"
    else:
        # A default that depends on something is told in words, or is a variable.
        assert not re.fullmatch(r"`[a-z0-9.-]+`", default)


def test_the_readme_has_a_row_for_every_output() -> None:
    assert set(tables("Outputs")["Outputs"]) == set(ACTION["outputs"])


def test_the_readme_has_a_row_for_every_exit_code() -> None:
    text = README.split("\n## Exit codes\n")[1].split("\n## ")[0]

    codes = re.findall(r"^\| (\S+) \|", text, re.MULTILINE)

    assert codes == ["code", "---", *(str(int(code)) for code in ExitCode), "128+n"]
