"""The pictures of the pages: drawn from what the present code says, and small."""

import json
from collections.abc import Mapping
from itertools import chain
from pathlib import Path

import pytest

from harness.gallery import README, RECORD, SCENES, SHOWN, play, record
from harness.pages import pages
from harness.rendering import assert_harmless

KIB = 1024


@pytest.fixture(scope="module")
def summaries() -> Mapping[str, str]:
    """The summaries that the pages show, as the present code makes them."""
    return {name: play(SCENES[name]).summary for name in README}


def test_the_pictures_are_of_what_the_code_says_now(summaries: Mapping[str, str]) -> None:
    assert json.loads(RECORD.read_text()) == record(summaries), "run `make gallery`"


@pytest.mark.parametrize("name", README)
def test_a_scene_reads_the_same_each_time(summaries: Mapping[str, str], name: str) -> None:
    assert play(SCENES[name]).summary == summaries[name]
    assert_harmless(summaries[name])


def test_the_pages_show_each_picture_and_no_other_and_the_readme_one() -> None:
    # Those of other places are badges.
    shown = {
        name: [Path(picture).stem for picture in page.pictures if "://" not in picture]
        for name, page in pages().items()
    }

    assert sorted(chain(*shown.values())) == sorted(README)
    assert len(shown["README.md"]) == 1
    assert {path.stem for path in SHOWN.glob("*.png")} == set(README)


def test_the_pictures_are_small() -> None:
    sizes = [path.stat().st_size for path in SHOWN.glob("*.png")]

    assert max(sizes) < 150 * KIB
    assert sum(sizes) < 400 * KIB
