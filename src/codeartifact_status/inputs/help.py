"""The text of ``--help``: every flag with its default and bounds, to the terminal's width."""

from collections.abc import Iterator
from textwrap import wrap

from codeartifact_status.inputs.help_rows import GROUPS

WIDTHS = (40, 100)
"""Columns: the least that the text needs, and the most that reads well."""

_COLUMN = 30
"""Where the text on an option begins."""

_EXAMPLES = r"""
codeartifact-status --domain acme --repository npm-store --format npm \
  --package @acme/core --versions 1.3.0 --target-status Published
codeartifact-status --domain acme --packages @undo.json --dry-run"""


def help_text(columns: int) -> str:
    """Every option, by groups; no line is longer than the terminal's ``columns``."""
    width = min(max(columns, WIDTHS[0]), WIDTHS[1])
    lines = [
        *wrap("Set the status of package versions in AWS CodeArtifact, in batch.", width),
        "",
        *wrap("usage: codeartifact-status [options]", width),
        "",
        *wrap(
            "Takes every option of aws codeartifact update-package-versions-status, with its "
            "syntax. Each input may come from the environment, too: INPUT_TARGET_STATUS=Published.",
            width,
        ),
        "",
        "Examples:",
        *(f"  {line}" for line in _EXAMPLES.strip().split("\n")),
    ]
    for title, text, options in GROUPS:
        lines += ["", f"{title}:", *wrap(text, width)]
        for option, about in options:
            lines += _option(option, about, width)
    lines += [
        "",
        *wrap(
            "stdout holds what --output and --query ask for; the log goes to stderr. Exit codes: "
            "0 every version is at the target, or its failure is allowed; 1 some version is not; "
            "2 an input is wrong; 3 no identity; 4 CodeArtifact could not be asked; 70 a bug of "
            "this program; 128+n stopped by signal n.",
            width,
        ),
        *wrap("More, with recipes: README.md of codeartifact-status.", width),
    ]
    return "\n".join(lines)


def _option(option: str, text: str, width: int) -> Iterator[str]:
    """The option with its value, and the text on it beside or below."""
    head = f"  {option}"
    column = _COLUMN if width >= 2 * _COLUMN else 6
    body = wrap(text, width - column, break_long_words=False, break_on_hyphens=False)
    if len(head) + 2 <= column and body:
        yield f"{head:{column}}{body.pop(0)}"
    else:
        yield head
    yield from (" " * column + line for line in body)
