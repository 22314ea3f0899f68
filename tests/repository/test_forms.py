"""The forms for issues: what they ask for, and where their links lead."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FORMS: dict[str, dict[str, Any]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")
    if path.stem != "config"
}
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def fields(form: str) -> dict[str, dict[str, Any]]:
    return {field["id"]: field for field in FORMS[form]["body"] if "id" in field}


def test_a_bug_comes_with_version_inputs_and_log_and_without_secrets() -> None:
    asked = fields("bug")

    required = {name for name, field in asked.items() if field["validations"]["required"]}
    assert {"version", "inputs", "log", "happened"} <= required
    assert "Without secrets" in asked["inputs"]["attributes"]["description"]
    assert "credentials are\nleft out" in asked["log"]["attributes"]["description"]


def test_a_transcript_is_looked_through_by_whoever_sends_it() -> None:
    (box,) = fields("conformance")["read"]["attributes"]["options"]

    assert box["required"]
    # The file that CONTRIBUTING and the run itself name.
    (file,) = re.findall(r"`(\.conformance/\S+)`", str(FORMS["conformance"]).replace("\\n", " "))
    assert f"`{file}`" in CONTRIBUTING


@pytest.mark.parametrize("form", FORMS)
def test_a_link_of_a_form_leads_within_its_repository(form: str) -> None:
    """From `issues/new` of whatever repository it is."""
    for target in re.findall(r"\]\(([^)]+)\)", str(FORMS[form])):
        assert target == "../security/advisories/new" or target.startswith("../blob/HEAD/"), target
        name, _, anchor = target.removeprefix("../blob/HEAD/").partition("#")
        if anchor:
            headings = re.findall(r"^#+ (.*)$", (ROOT / name).read_text(), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", h).replace(" ", "-").lower() for h in headings}
