"""What may not leave the process: every secret that was ever masked, and texts without them.

A secret is cut out whole, line by line, and in part: a text may have been shortened in the middle
of it, or written with escapes for what is no letter and no digit.
"""

import re

from codeartifact_status.arns import ACCOUNT

SHORTEST_SECRET = 8
"""Characters; what is shorter is no secret of AWS or GitHub, but a word that occurs elsewhere."""

SHORTEST_PART = 12
"""Characters of a key or token that are cut out wherever they are; fewer occur by chance."""

_SHORTEST_KEY = 20
"""Characters of an access key id, the shortest text that is made by chance."""

_MARKUP = frozenset("\"'\\")
_AROUND = " \"'\\"
"""Quotes and escapes are not cut out, or JSON would be none any more."""

_HALF_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?\Z")
_LONGEST_HALF = len("\\u000")

_GRAM = 8
_STRIDE = SHORTEST_PART - _GRAM + 1
"""A run of ``SHORTEST_PART`` characters holds a gram that begins at a multiple of this."""


class Masks:
    """Secrets, and texts without them."""

    def __init__(self) -> None:
        """Nothing is masked yet."""
        self._wholes: list[str] = []
        self._grams: set[str] = set()

    def add(self, secret: str) -> list[str]:
        """Keep ``secret`` out of texts from now on; what of it has not been masked before.

        What a log shows as an escape or an end of line takes a secret apart, so each of its pieces
        counts by itself. An account id never does: it is in every ARN, and LocalStack takes it for
        an access key id.
        """
        visible = "".join(char if char.isprintable() else "\n" for char in secret)
        fresh = [
            piece
            for line in dict.fromkeys(visible.split("\n"))
            if len(piece := line.strip(_AROUND)) >= SHORTEST_SECRET
            and piece not in self._wholes
            and not ACCOUNT.fullmatch(piece)
        ]
        for piece in fresh:
            # A phrase or a name of small letters may have words of which logs are full.
            if len(piece) >= _SHORTEST_KEY and piece != piece.lower():
                grams = (piece[at : at + _GRAM] for at in range(len(piece) - _GRAM + 1))
                self._grams |= {gram for gram in grams if not set(gram) & _MARKUP}
        spellings = dict.fromkeys([*self._wholes, *fresh, *map(_as_json, fresh)])
        # The longest first: one may stand in another.
        self._wholes = sorted(spellings, key=len, reverse=True)
        return fresh

    def clean(self, text: str) -> str:
        """``text`` with three stars for each secret, or part of one, in it."""
        for secret in self._wholes:
            text = _without(text, secret)
        return self._without_parts(text) if self._grams else text

    def _without_parts(self, text: str) -> str:
        kept: list[str] = []
        done = 0
        for at in range(0, len(text) - _GRAM + 1, _STRIDE):
            if at < done or text[at : at + _GRAM] not in self._grams:
                continue
            start, stop = at, at + _GRAM
            while start > done and text[start - 1 : start - 1 + _GRAM] in self._grams:
                start -= 1
            while stop < len(text) and text[stop + 1 - _GRAM : stop + 1] in self._grams:
                stop += 1
            if stop - start >= SHORTEST_PART:
                kept += [text[done : _before_escape(text, start)], "***"]
                done = stop
        return "".join([*kept, text[done:]])


def _as_json(piece: str) -> str:
    return piece.replace("\\", "\\\\").replace('"', '\\"')


def _without(text: str, secret: str) -> str:
    kept: list[str] = []
    done = 0
    while (at := text.find(secret, done)) >= 0:
        kept += [text[done : _before_escape(text, at)], "***"]
        done = at + len(secret)
    return "".join([*kept, text[done:]]) if kept else text


def _before_escape(text: str, at: int) -> int:
    """``at``, or where the escape begins whose end only looks like the beginning of a secret."""
    half = _HALF_ESCAPE.search(text, max(0, at - _LONGEST_HALF), at)
    if half is None:
        return at
    # An escape begins with a backslash that isn't itself the second half of one.
    slash = half.start()
    while slash and text[slash - 1] == "\\":
        slash -= 1
    return at if (half.start() - slash) % 2 else half.start()
