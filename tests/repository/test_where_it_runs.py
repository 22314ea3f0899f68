"""The README's table of where it runs, as far as the code and the workflows know."""

import re
import tomllib
from pathlib import Path

import yaml

from codeartifact_status.errors import System

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TABLE = README.split("\n## Where it runs\n")[1].split("\n### ")[0]
ROWS = {
    where: (how, remark)
    for where, how, remark in re.findall(r"^\| (.*?) \| (.*?) \| (.*?) \|$", TABLE, re.MULTILINE)
    if where not in {"where", "---"}
}


def test_every_system_that_has_a_way_to_an_identity_has_a_row() -> None:
    assert [system for system in System if not any(system in where for where in ROWS)] == []


def test_there_are_three_ways_to_run_it() -> None:
    ways = {way for how, _ in ROWS.values() for way in how.split(" or ")}

    assert ways == {"`uses:`", "[command](docs/without-docker.md)", "image"}


def test_a_container_action_is_not_said_to_run_where_there_is_no_linux_or_no_docker() -> None:
    without = {where for where in ROWS if re.search("macOS|Windows|without Docker", where)}

    assert len(without) == 2
    assert {ROWS[where][0] for where in without} == {"[command](docs/without-docker.md)"}


def test_the_machines_are_those_that_the_image_is_built_for() -> None:
    release = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())
    (build,) = (step for step in release["jobs"]["image"]["steps"] if step.get("id") == "build")
    machines = build["with"]["platforms"].replace("linux/amd64", "x64").replace("linux/", "")

    for where in ("GitHub's own runners, Linux", "self-hosted runners with Docker"):
        assert machines.replace(",", " and ") in ROWS[where][1]


def test_the_oldest_python_is_the_one_that_the_wheel_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=")

    assert ROWS["self-hosted runners without Docker"][1] == f"Python {oldest} or newer."
