"""Every block of code of every page: right by what reads it, and the one that stands in a file."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.code_blocks import CHECKS, FILES, check, put_files
from harness.examples import WORKFLOWS, our_steps
from harness.pages import Block, blocks, pages

BLOCKS = [block for page in pages().values() for block in page.blocks]


@pytest.fixture(autouse=True)
def _workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_files(tmp_path)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_block_of_code_is_right(block: Block) -> None:
    check(block)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("rust", "fn main() {}"),
        ("yaml", 'target-status: Published\nvesrions: "1"'),
        ("yaml", "versions-matching: '>>1'"),
        ("yaml", "packages: '@nowhere.txt'"),
        ("yaml", "jobs: {x: {runs-on: ubuntu-latest, steps: [{uses: actions/checkout@v4}]}}"),
        ("yaml", "steps: [{run: 'true', if: ${{ steps.x.outputs.y }}}]"),
        ("yaml", "permissions: {id-tokens: write}"),
        ("yaml", "domains: {acme: {repository: {}}}"),
        ("json", '{"StringEquals": {"token.actions.githubusercontent.com:aud": "x"}}'),
        ("json", '{"Effect": "Allow", "Action": "codeartifact:Update", "Resource": "*"}'),
        ("json", '[{"packge": "core"}]'),
        ("console", "make nothing"),
        ("console", "codeartifact-status --domian acme"),
        ("console", "uvx codeartifact-status@0.1.0 --domian acme"),
        ("console", "pipx run codeartifact-status==0.1.0 --version 1"),
        ("console", "act push --workflow x"),
        ("console", "aws iam create-role"),
        ("console", "docker build --build-arg BASE=x ."),
        ("console", "pip install --requires x"),
        ("console", "curl https://example.com"),
        ("sh", 'echo "$x'),
        ("groovy", "withCredentials([])"),
        ("", "src/nowhere/"),
    ],
)
def test_a_block_that_is_wrong_is_found_out(language: str, text: str) -> None:
    with pytest.raises((Exception, SystemExit)):
        check(Block("page.md", 1, language, text, ()))


def test_every_check_has_something_to_check() -> None:
    assert {block.language for block in BLOCKS} == CHECKS.keys()


# --- How-tos. ------------------------------------------------------------------------------------

HOW_TOS = {
    page.name: re.findall(r"examples/workflows/([\w-]+)\.yml", " ".join(page.links))
    for page in pages().values()
    if page.name.startswith("docs/") and "examples/workflows/" in " ".join(page.links)
}


def is_shown(shown: Any, whole: Any) -> bool:
    """Whether a page shows a value as the file has it, or an example in place of an expression."""
    return shown == whole or "${{" in str(whole)


@pytest.mark.parametrize(
    "name",
    ["approve-a-plan", "maven-staging", "many-packages", "monorepo-tags", "quarantine", "retention",
     "roll-back"],
)  # fmt: skip
def test_the_step_that_a_page_shows_is_that_of_the_complete_file(name: str) -> None:
    page = f"docs/{name}.md"
    shown = yaml.safe_load(blocks(page, "yaml")[0])
    steps = [
        step["with"]
        for workflow in HOW_TOS[page]
        for job in WORKFLOWS[workflow]["jobs"].values()
        for step in our_steps(job)
    ]

    def fits(step: dict[str, Any]) -> bool:
        return shown.keys() <= step.keys() and all(
            is_shown(value, step[key]) for key, value in shown.items()
        )

    assert any(map(fits, steps)), shown


def test_the_step_without_docker_is_that_of_the_complete_file() -> None:
    (shown,) = blocks("docs/without-docker.md", "yaml")
    promote, _ = WORKFLOWS["promote-without-docker"]["jobs"]["promote"]["steps"]

    assert yaml.safe_load(shown) == [promote]


def test_the_files_that_pages_name_are_said_to_be_there() -> None:
    named = {
        name
        for block in BLOCKS
        if block.language == "yaml"
        for name in re.findall(r'packages: "@([\w.-]+)"', block.text)
    }

    assert named <= FILES.keys()
