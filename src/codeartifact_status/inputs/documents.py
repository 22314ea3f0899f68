"""A document's text becomes plain data, its scalars text whatever they look like.

So version ``1.10`` doesn't become 1.1. A key given twice is refused rather than silently dropped.
What the data means isn't known here.
"""

import json
import re
from functools import cache
from typing import Any

from codeartifact_status.escaping import visible


def short(text: str) -> str:
    """``text`` in quotes, on one line, short enough to be read; not what looks like a secret."""
    return "(a text that looks like a secret)" if _is_secret(text) else f'"{_clipped(text)}"'


def bare(text: str) -> str | None:
    """The same without quotes, and without white space around it; None for a secret."""
    return None if _is_secret(text) else _clipped(text.strip())


def _is_secret(text: str) -> bool:
    return _SECRET.search(text[:_LOOKED_AT]) is not None


def _clipped(text: str) -> str:
    shown = visible(text[:_LOOKED_AT])
    return f"{shown[:60]}…" if len(shown) > 60 else shown  # noqa: PLR2004 - a line's worth


_LOOKED_AT = 400
"""Characters, far more than are shown; a text may have megabytes."""

_SECRET = re.compile(
    r"eyJ[\w\-]{10}"  # a JWT
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}"  # IAM User Guide, "IAM identifiers"
    r"|://[^\s/@]*:[^\s@]+@"  # a URL with a password
    r"|(?=\S*[A-Z])(?=\S*[0-9])[\w+/=\-]{100}"  # a session's token: no name is made like this
)


def read_document(text: str) -> Any:
    """JSON, JSON Lines, or plain lines, which become a list of texts; else YAML.

    JSON comes first because it is read faster and knows its escapes.

    Raises:
        ValueError: it is none of them, or a key is given twice; the text says what and where.
    """
    bare = text.strip()
    if bare.startswith(("[", "{", '"')) or bare in {"null", "true", "false"}:
        try:
            return _read_json_values(bare)
        except json.JSONDecodeError:
            pass  # YAML's flow style looks like this, too
    lines = [re.sub(r"(^|\s)#.*", "", line).strip() for line in bare.splitlines()]
    plain = [line for line in lines if line]
    if plain and all(map(_PLAIN_LINE.fullmatch, plain)):
        return plain
    return read_yaml(text)


_PLAIN_LINE = re.compile(r"""[^\s\0-\37\-?:\[\]{}"'&*!|>%`,#][^\s\0-\37]*(?<!:)""")
"""One word that is neither an item nor a key of YAML."""


_SPACE = re.compile(r"\s+")


def _read_json_values(text: str) -> Any:
    """The value; a list of several that follow each other (JSON Lines), or of one that is text."""
    values: list[Any] = []
    position = 0
    while position < len(text):
        try:
            value, position = _JSON.raw_decode(text, position)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        values.append(value)
        if space := _SPACE.match(text, position):
            position = space.end()
    if len(values) == 1 and (values[0] == "" or not isinstance(values[0], str)):
        return values[0]
    return [one for value in values for one in (value if isinstance(value, list) else [value])]


def read_json(text: str) -> Any:
    """JSON with numbers kept as they are written.

    Raises:
        ValueError: it isn't JSON, or a key is given twice; the text says what and where.
    """
    try:
        return _JSON.decode(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(
            f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None


def read_yaml(text: str) -> Any:
    """YAML with every scalar as text; JSON is YAML too.

    Raises:
        ValueError: it isn't YAML, or a key is given twice; the text says what and where.
    """
    if len(text) > _MOST_YAML:
        most = _MOST_YAML // 2**20
        raise ValueError(f"it has more than {most} MiB, which is too much for YAML: give JSON")
    # Loaded here because most steps have no use for it.
    import yaml

    try:
        return yaml.load(text, Loader=_loader())  # noqa: S506 - it makes nothing but text, lists and maps
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        quote = "; put quotes around what starts with @" if "'@'" in str(error.problem) else ""
        raise ValueError(f"not YAML: {error.problem or error.context}{where}{quote}") from None
    except yaml.YAMLError as error:
        raise ValueError(f"not YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


_MOST_YAML = 4 * 2**20
"""Characters; PyYAML takes up to ten seconds for a million, where JSON takes a tenth of one."""


@cache
def _loader() -> Any:
    import yaml

    class Loader(yaml.BaseLoader):
        """PyYAML's loader of plain text, which refuses what would change or repeat a value.

        Nothing here needs an alias, and a few lines of them can fill all memory.
        """

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise ValueError(
                    f"alias at line {self.line + 1}: aliases are not supported, write the value out"
                )
            node = super().compose_node(parent, index)
            if node is not None and node.tag not in _PLAIN_TAGS:
                line = node.start_mark.line + 1
                raise ValueError(f"tag {node.tag} at line {line}: tags are not supported")
            return node

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:  # noqa: ARG002, FBT001, FBT002 - PyYAML's signature
            return _without_duplicates(self.construct_pairs(node, deep=True))

    return Loader


_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map")}


def _without_duplicates(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    mapping: dict[Any, Any] = {}
    for key, value in pairs:
        if not isinstance(key, str):
            raise ValueError(f"a key must be text, not {type(key).__name__}")
        if key in mapping:
            raise ValueError(f"{short(key)} is given twice")
        mapping[key] = value
    return mapping


_JSON = json.JSONDecoder(
    parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_without_duplicates
)
