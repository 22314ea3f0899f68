"""Structured text becomes plain data, its scalars text whatever they look like.

So version ``1.10`` doesn't become 1.1. A key given twice is refused rather than silently dropped.
What the data means isn't known here.
"""

import json
from functools import cache
from typing import Any

from codeartifact_status.escaping import visible


def short(text: str) -> str:
    """``text`` in quotes, on one line, short enough to be read."""
    shown = visible(text)
    return f'"{shown[:60]}…"' if len(shown) > 60 else f'"{shown}"'  # noqa: PLR2004 - a line's worth


def read_document(text: str) -> Any:
    """JSON if it is that, because it is read faster and knows its escapes; else YAML.

    Raises:
        ValueError: it is neither, or a key is given twice; the text says what and where.
    """
    if text.lstrip().startswith(("[", "{")):
        try:
            return _read_json(text)
        except json.JSONDecodeError:
            pass  # YAML's flow style looks like this, too
    return read_yaml(text)


def read_json(text: str) -> Any:
    """JSON with numbers kept as they are written.

    Raises:
        ValueError: it isn't JSON, or a key is given twice; the text says what and where.
    """
    try:
        return _read_json(text)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None


def _read_json(text: str) -> Any:
    try:
        return json.loads(
            text,
            parse_float=str,
            parse_int=str,
            parse_constant=str,
            object_pairs_hook=_without_duplicates,
        )
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def read_yaml(text: str) -> Any:
    """YAML with every scalar as text; JSON is YAML too.

    Raises:
        ValueError: it isn't YAML, or a key is given twice; the text says what and where.
    """
    # Loaded here because most steps have no use for it.
    import yaml

    try:
        return yaml.load(text, Loader=_loader())  # noqa: S506 - it makes nothing but text, lists and maps
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ValueError(f"not YAML: {error.problem or error.context}{where}") from None
    except yaml.YAMLError as error:
        raise ValueError(f"not YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


@cache
def _loader() -> Any:
    import yaml

    class Loader(yaml.BaseLoader):
        """PyYAML's loader of plain text, which refuses what would change or repeat a value.

        Nothing here needs an alias, and a few lines of them can fill all memory.
        """

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise ValueError(f"an alias at line {self.line + 1}: write the value out")
            node = super().compose_node(parent, index)
            if node is not None and node.tag not in _PLAIN_TAGS:
                line = node.start_mark.line + 1
                raise ValueError(
                    f"the tag {node.tag} at line {line}: values are text here, or lists, or maps"
                )
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
            raise ValueError(f"{short(key)} stands twice")
        mapping[key] = value
    return mapping
