"""The pages of the documentation: where they lead, and what they say in numbers and names."""

import re
from pathlib import Path

import pytest

from codeartifact_status import __version__
from codeartifact_status.inputs.fields import Inputs
from codeartifact_status.inputs.reading import MOST_MATCHES
from codeartifact_status.model import MAX_BATCH
from codeartifact_status.service import paging
from harness.pages import ROOT, Page, pages

FIGURES = {
    "docs/reference.md": {
        r"`AWS_MAX_ATTEMPTS` \(default (\d+)\)": Inputs.model_fields["aws_max_attempts"].default,
        r"more than (\d+) changes is refused": MOST_MATCHES,
    },
    "docs/scale.md": {
        r"once for each (\d+) versions": MAX_BATCH,
        r"each further ([\d,]+) versions": paging.PAGE,
        r"each further ([\d,]+) packages": paging.PAGE,
        r"`concurrency` \((\d+)\)": Inputs.model_fields["concurrency"].default,
        r"`timeout-seconds` \((\d+),": Inputs.model_fields["timeout_seconds"].default,
    },
}
"""Figures of the program in the text, and what the program has."""


WRITTEN = ("README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))
"""The pages for users."""

COMMAND = {"--help", "--version", "--generate-cli-skeleton"}


def targets(page: Page) -> list[tuple[str, str]]:
    """The links and pictures of a page that lead within this repository: path and anchor."""
    found = [*page.links, *page.pictures]
    return [
        (link.partition("#")[0], link.partition("#")[2])
        for link in found
        if not re.match(r"[a-z][a-z0-9+.-]*:", link)
    ]


@pytest.mark.parametrize("name", pages())
def test_every_link_leads_to_what_is_there(name: str) -> None:
    for path, anchor in targets(pages()[name]):
        target = ((ROOT / name).parent / path).resolve() if path else ROOT / name
        assert target.exists(), f"{name}: {path}"
        assert target.is_relative_to(ROOT)
        if anchor:
            there = target.relative_to(ROOT).as_posix()
            assert anchor in pages()[there].anchors, f"{name}: {path}#{anchor}"


@pytest.mark.parametrize("name", [name for name in pages() if name.startswith("docs/")])
def test_every_page_can_be_reached_from_the_readme(name: str) -> None:
    reached, ahead = {"README.md"}, ["README.md"]
    while ahead:
        here = ahead.pop()
        for path, _ in targets(pages()[here]):
            there = ((ROOT / here).parent / path).resolve()
            leads = there.relative_to(ROOT).as_posix() if path else here
            if leads in pages() and leads not in reached:
                reached.add(leads)
                ahead.append(leads)

    assert name in reached


@pytest.mark.parametrize(
    ("name", "pattern"), [(name, pattern) for name in FIGURES for pattern in FIGURES[name]]
)
def test_a_figure_is_the_programs(name: str, pattern: str) -> None:
    text = " ".join((ROOT / name).read_text(encoding="utf-8").split())

    found = {int(figure.replace(",", "")) for figure in re.findall(pattern, text)}

    assert found == {FIGURES[name][pattern]}


@pytest.mark.parametrize("name", [name for name in pages() if "decisions" not in name])
def test_a_command_names_the_present_version(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    named = set(re.findall(r"codeartifact-status(?:==|@v?|:)(\d+\.\d+\.\d+[\w.-]*)", text))

    assert named <= {__version__}


OF_OTHERS = {
    *("id-token", "enable-openid-connect", "max-parallel", "fail-fast", "resource_group"),
    *("--entrypoint", "--env", "--user", "--volume", "--overrides", "--switch", "--immutable-sub"),
    *("--unfinished", "--summary-file", "--jq", "--seed"),
}
"""Keys and flags of other programs, of which the text speaks."""


@pytest.mark.parametrize("name", WRITTEN)
def test_an_input_or_flag_that_the_text_speaks_of_is_there(name: str) -> None:
    inputs = {field.replace("_", "-") for field in Inputs.model_fields}
    known = {*inputs, *(f"--{name}" for name in inputs), "--region", *OF_OTHERS, *COMMAND}
    said = {
        found[1]
        for code in pages()[name].spans
        if (found := re.match(r"(--[a-z][a-z-]+|[a-z]+(?:-[a-z]+)+(?=: ))", code))
    }

    assert said <= known


def test_a_section_that_an_example_speaks_of_is_there() -> None:
    found = 0
    for example in sorted((ROOT / "examples").rglob("*.yml")):
        text = re.sub(r"\n *#", "", example.read_text(encoding="utf-8"))
        for name, section in re.findall(r"(docs/[\w-]+\.md)(?:, ([A-Z][a-z ]+))?", text):
            found += 1
            anchor = section.strip().lower().replace(" ", "-")
            assert not anchor or anchor in pages()[name].anchors, example.name
            assert name in pages()
    assert found > 5


def test_the_readme_is_short_enough_for_the_first_hour() -> None:
    """What a newcomer doesn't need then is in a page of its own."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 300


def test_the_figures_of_one_machine_have_their_place() -> None:
    text = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")

    assert (
        len(re.findall(r"^<!-- figures -->$.*?^<!-- /figures -->$", text, re.MULTILINE | re.DOTALL))
        == 1
    )


def test_no_page_has_a_path_of_a_machine_in_it() -> None:
    for name in pages():
        assert str(Path.home()) not in (ROOT / name).read_text(encoding="utf-8").split()
