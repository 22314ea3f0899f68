"""The pages of the documentation, as GitHub reads them: blocks of code, links, headings, pictures.

cmark-gfm takes them apart, so that what it takes for a block is one, and nothing else.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import cmarkgfm
from cmarkgfm.cmark import Options

ROOT = Path(__file__).parents[2]
FOLDERS = ("docs", "examples", "tests", ".github", "src")


def paths() -> Iterator[Path]:
    """Every page of this repository, by itself and in its folders."""
    yield from sorted(ROOT.glob("*.md"))
    for folder in FOLDERS:
        yield from sorted((ROOT / folder).rglob("*.md"))


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code: where it is, in which language, under which headings' addresses."""

    page: str
    line: int
    language: str
    text: str
    sections: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(slots=True)
class Page(HTMLParser):
    """A page, taken apart."""

    name: str
    blocks: list[Block] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    anchors: list[str] = field(default_factory=list)
    spans: list[str] = field(default_factory=list)
    _times: Counter[str] = field(default_factory=Counter)
    _headings: dict[int, str] = field(default_factory=dict)
    _line: int = 0
    _language: str = ""
    _text: list[str] | None = None
    _is_span: bool = False

    @classmethod
    def read(cls, path: Path) -> "Page":
        """Take a page apart."""
        page = cls(path.relative_to(ROOT).as_posix())
        HTMLParser.__init__(page)
        options = Options.CMARK_OPT_SOURCEPOS | Options.CMARK_OPT_GITHUB_PRE_LANG
        page.feed(cmarkgfm.github_flavored_markdown_to_html(path.read_text("utf-8"), options))
        page.close()
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "img":
            self.pictures.append(given["src"])
        elif tag == "pre":
            self._line = int(given["data-sourcepos"].partition(":")[0])
            self._language = given.get("lang", "")
            self._text = []
        elif re.fullmatch("h[1-6]", tag):
            self._text = []
        elif tag == "code":
            self._is_span = True

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)
        if self._is_span:
            self.spans.append(data)

    def handle_endtag(self, tag: str) -> None:
        text = "".join(self._text or [])
        self._is_span = self._is_span and tag != "code"
        if tag == "pre":
            sections = tuple(self._headings.values())
            self.blocks.append(Block(self.name, self._line, self._language, text, sections))
            self._text = None
        elif re.fullmatch("h[1-6]", tag):
            self._take_heading(int(tag[1]), text)
            self._text = None

    def _take_heading(self, level: int, text: str) -> None:
        """Give a heading its address, as GitHub does: the second of a name gets a number."""
        bare = re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")
        times = self._times[bare]
        self._times[bare] += 1
        self.anchors.append(f"{bare}-{times}" if times else bare)
        above = {other: name for other, name in self._headings.items() if other < level}
        self._headings = {**above, level: self.anchors[-1]}


@cache
def pages() -> Mapping[str, Page]:
    """Every page by its path."""
    return {page.name: page for page in map(Page.read, paths())}


def blocks(name: str, language: str, section: str | None = None) -> list[str]:
    """The blocks of a page in a language, or of one of its sections."""
    return [
        block.text
        for block in pages()[name].blocks
        if block.language == language and (section is None or section in block.sections)
    ]
