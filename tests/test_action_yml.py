"""``action.yml`` and the code say the same."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic.fields import FieldInfo

from codeartifact_status import report
from codeartifact_status.inputs import Inputs
from codeartifact_status.model import Allowed

ROOT = Path(__file__).parent.parent
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
    assert tuple(ACTION["outputs"]) == report.OUTPUTS
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
