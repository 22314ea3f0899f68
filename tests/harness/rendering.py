"""The job summary as GitHub renders it, and what may be in it."""

import html.parser

import cmarkgfm
from cmarkgfm.cmark import Options


class _Elements(html.parser.HTMLParser):
    """Which elements a document has, with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.oddities: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        self.oddities.append(data)

    def handle_decl(self, decl: str) -> None:
        self.oddities.append(decl)

    def handle_pi(self, data: str) -> None:
        self.oddities.append(data)


OURS = {"p", "h3", "code", "pre", "strong", "table", "thead", "tbody", "tr", "th", "td", "details",
        "summary", "a", "ul", "li", "br"}  # fmt: skip


def rendered(markdown: str) -> _Elements:
    """The elements of a Markdown document, rendered with unsafe HTML let through."""
    page = cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE)
    elements = _Elements()
    elements.feed(page)
    elements.close()
    return elements


def assert_harmless(markdown: str) -> _Elements:
    """Find nothing in a summary but our own elements, and no link but the console's."""
    elements = rendered(markdown)
    assert elements.oddities == []
    assert {tag for tag, _ in elements.found} - OURS == set(), markdown
    for tag, attributes in elements.found:
        if tag == "a":
            assert str(attributes["href"]).startswith(
                "https://eu-west-1.console.aws.amazon.com/codesuite/codeartifact/d/111122223333/"
            )
            assert attributes.keys() == {"href"}
    return elements
