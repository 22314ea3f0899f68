"""Draw what runs say: their job summaries as GitHub shows them, their logs as a terminal does.

`make gallery` draws every scene of `tests/harness/gallery.py`, each a real run of the action
against the emulator, into `.gallery`, to be looked at: the summary as it opens, on a phone and with
everything unfolded, and the log. `SCENES="undo retention"` draws just these; without it, the
README's pictures in `docs/pictures` are drawn as well. cmark-gfm renders the Markdown, as on
GitHub, and Chromium draws it.
"""

import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import cmarkgfm
from cmarkgfm.cmark import Options

from harness.gallery import README, RECORD, SCENES, SHOWN, play, record

ROOT = Path(__file__).resolve().parents[1]
ALL = ROOT / ".gallery"
STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
NO_BROWSER = """\
`make gallery` needs Chromium or Chrome to draw with, and found none. On Debian:
  apt-get install --no-install-recommends chromium \\
    fonts-liberation fonts-dejavu-core fonts-noto-color-emoji
Or name the one you have: make gallery CHROMIUM=/path/to/chrome"""

MEASURE = """\
<script>document.title = JSON.stringify([...document.body.children].filter(page => page.id).map(
  page => [page.id, page.offsetWidth, page.offsetHeight]))</script>"""


def main(names: Sequence[str]) -> int:
    """Draw the scenes of these names, or all."""
    named = filter(None, [os.environ.get("CHROMIUM")])
    chromium = next(filter(None, map(shutil.which, [*named] or BROWSERS)), None)
    if chromium is None:
        print(NO_BROWSER, file=sys.stderr)
        return 1
    if unknown := set(names) - set(SCENES):
        print(f"Unknown scenes: {', '.join(unknown)}. Known: {', '.join(SCENES)}", file=sys.stderr)
        return 2
    summaries = {name: play(SCENES[name]).summary for name in names or SCENES}
    pages = {
        ALL / f"{name}.png": _everything(text, play(SCENES[name], at_terminal=True).stderr)
        for name, text in summaries.items()
    }
    if not names:
        pages |= {SHOWN / f"{name}.png": _summary(summaries[name]) for name in README}
    draw(chromium, pages)
    if not names:
        RECORD.write_text(json.dumps(record(summaries), indent=2) + "\n", encoding="utf-8")
    for name, text in summaries.items():
        (ALL / f"{name}.md").write_text(text, encoding="utf-8")
    print(f"Drawn: {', '.join(str(path.relative_to(ROOT)) for path in pages)}")
    return 0


def draw(chromium: str, pages: Mapping[Path, str]) -> None:
    """Draw each page to its path, as large as it is."""
    with tempfile.TemporaryDirectory() as directory:
        page, profile = Path(directory, "page.html"), Path(directory, "profile")

        def browse(body: str, *flags: str) -> str:
            page.write_text(f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{body}")
            alone = ["--no-sandbox"] if os.geteuid() == 0 else []
            command = [chromium, "--headless", *alone, f"--user-data-dir={profile}", *flags]
            done = subprocess.run(  # noqa: S603 - the browser that was found or named
                [*command, page.as_uri()], capture_output=True, text=True, check=False, timeout=120
            )
            if done.returncode:
                sys.exit(f"{chromium} failed:\n{done.stderr}")
            return done.stdout

        numbered = [
            f'<div id="{n}" class="page">{body}</div>' for n, body in enumerate(pages.values())
        ]
        title = browse("".join(numbered) + MEASURE, "--dump-dom").partition("<title>")[2]
        sizes = json.loads(title.partition("</title>")[0])
        for (path, body), (_, width, height) in zip(pages.items(), sizes, strict=True):
            path.parent.mkdir(exist_ok=True)
            browse(
                f'<div class="page">{body}</div>',
                f"--screenshot={path}",
                f"--window-size={width},{height}",
                "--hide-scrollbars",
            )
            if not path.exists():
                sys.exit(f"{chromium} has drawn nothing to {path}")


def _everything(markdown: str, log: str) -> str:
    """All that is to be looked at of a scene."""
    summary = _summary(markdown)
    unfolded = summary.replace("<details>", "<details open>")
    colored = re.sub("\x1b\\[(3\\d)m", r'<span class="sgr\1">', html.escape(log))
    colored = colored.replace("\x1b[0m", "</span>")
    terminal = f'<div class="terminal"><pre>{colored}</pre></div>'
    phone = f'<div class="phone">{summary}</div>'
    return f'<div class="columns"><div>{summary}{unfolded}</div><div>{phone}{terminal}</div></div>'


def _summary(markdown: str) -> str:
    page = cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE)
    return f'<div class="summary">{page}</div>'


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
