"""Text from outside, made harmless: one function for each medium that it goes to. Pure.

Names, versions, revisions, statuses, messages and claims may hold anything: a version may legally
be called ``::set-output``, ``|`` or ``<img``. What is escaped here is not escaped anywhere else.
"""

import re
import unicodedata

_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode categories that a reader can't see: controls, bidi and zero-width marks, surrogates."""

LONGEST = 400
"""Characters of one text in the summary, which has to stay under GitHub's 1 MiB."""


def visible(text: str) -> str:
    """``text`` on one line, with every character that can't be seen written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in _HIDDEN else char
        for char in text
    )


def without_userinfo(text: str) -> str:
    """``text`` without the user and the password of any URL in it, up to the last ``@``."""
    return _USERINFO.sub("://***@", text)


_USERINFO = re.compile(r"://\S*@")


def printable(text: str) -> str:
    """``text`` as one line of a log, in which GitHub's runner can't find a command.

    The runner looks for ``::name::`` at a line's start, after trimming, and for the old
    ``##[name]`` anywhere in a line (actions/runner, ActionCommand).
    """
    shown = visible(text).replace("##[", r"##\x5b")
    bare = shown.lstrip()
    if bare.startswith("::"):
        return shown[: len(shown) - len(bare)] + r"\x3a" + bare[1:]
    return shown


def code(text: str | None) -> str:
    """``text`` as a Markdown code span that nothing in it can end, also inside of a table.

    A span holds no links, images or HTML; a backtick or a bar, which could end the span or the
    table's cell, is written as an escape. A dash stands for no text.
    """
    shown = visible(text or "").strip().replace("`", r"\x60").replace("|", r"\x7c")
    # A summary may be shown in a log, in which the runner looks for `##[` anywhere.
    shown = shown.replace("##[", r"##\x5b")
    if len(shown) > LONGEST:
        shown = shown[:LONGEST] + "…"
    return f"`{shown}`" if shown else "-"


_WORD = re.compile(r"""[("']*[^\W_]+(?:[-./,:;'=→][^\W_]+)*[]).,;:?!…'"]*|[-→…]""")
"""A word of a sentence, which Markdown leaves as it is: no emphasis, HTML, link or emoji in it."""

_ADDRESS = re.compile(r"https?:|www\.", re.IGNORECASE)
"""What GitHub makes a link of by itself."""

_BULLET = re.compile(r"\d+[.)]|-")
"""What makes a list of the line that begins with it."""


def prose(text: str) -> str:
    """A sentence of ours as Markdown: its words as text, and whatever is no plain word as code.

    So a name from outside that it quotes can't become markup, and the sentence reads as one.
    """
    words = visible(text).split()
    shown = [
        word
        if _WORD.fullmatch(word)
        and not _ADDRESS.search(word)
        and not (place == 0 and _BULLET.fullmatch(word))
        else _quoted(word)
        for place, word in enumerate(words)
    ]
    whole = " ".join(shown)
    return whole if len(whole) <= LONGEST else code(text)


def _quoted(word: str) -> str:
    """A word as code, its punctuation outside."""
    before = "(" if word.startswith("(") and len(word) > 1 else ""
    bare = word[len(before) :].rstrip(",;:?")
    after = word[len(before) + len(bare) :]
    return f"{before}{code(bare)}{after}" if bare else code(word)
