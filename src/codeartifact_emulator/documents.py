"""A seed's YAML as plain data, and looks into plain data that say where a mistake is.

Nothing here knows what a seed means. A mistake is a `SeedError`.
"""

import types
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal, NoReturn, get_args, get_origin, get_type_hints

import yaml


class SeedError(ValueError):
    """A seed that cannot be planted; the message begins with the place."""


def parse(text: str) -> Any:
    """Read YAML: mappings, lists and text, with every scalar text and no key given twice.

    Raises yaml.YAMLError, and SeedError for a key that is given twice or is no text.
    """
    return _plain(yaml.compose(text, yaml.BaseLoader))


def _plain(node: yaml.Node | None) -> Any:
    match node:
        case yaml.MappingNode():
            found: dict[str, Any] = {}
            for key, value in node.value:
                at = f"line {key.start_mark.line + 1}"
                if not isinstance(key, yaml.ScalarNode):
                    fail(at, "a key is text")
                if key.value in found:
                    fail(at, f"the key {key.value} is given twice")
                found[key.value] = _plain(value)
            return found
        case yaml.SequenceNode():
            return [_plain(each) for each in node.value]
        case yaml.ScalarNode():
            return node.value
        case _:
            return None


def fields(kind: type, said: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Turn a mapping of text into a dataclass's arguments, by its own type hints."""
    hints = get_type_hints(kind)
    names = {name.replace("_", "-"): name for name in hints}
    mapping(said, where, names)
    return {names[key]: _typed(hints[names[key]], said[key], f"{where}.{key}") for key in said}


def _typed(hint: Any, value: Any, where: str) -> Any:
    if get_origin(hint) is Literal:
        if str(value) not in get_args(hint):
            fail(where, f"one of {', '.join(get_args(hint))}, not {value}")
        return str(value)
    if isinstance(hint, types.UnionType):
        return _typed(next(h for h in get_args(hint) if h is not type(None)), value, where)
    if hint is bool:
        return boolean(value, where)
    if hint in {int, float}:
        try:
            return hint(value)
        except (TypeError, ValueError):
            fail(where, f"a number, not {value}")
    return dict(mapping(value, where)) if get_origin(hint) is Mapping else text(value, where)


def boolean(value: object, where: str) -> bool:
    """Take a value for true or false."""
    if str(value).lower() not in {"true", "false"}:
        fail(where, f"true or false, not {value}")
    return str(value).lower() == "true"


def mapping(value: object, where: str, known: Collection[str] = ()) -> Mapping[str, Any]:
    """Take a value for a mapping; where keys are known, it has no others."""
    if value is None or value == "":  # a key with nothing after it
        return {}
    if not isinstance(value, Mapping):
        fail(where, "a mapping is expected")
    unknown = [str(key) for key in value if known and key not in known]
    if unknown:
        fail(where, f"unknown: {', '.join(unknown)}; known are {', '.join(known)}")
    return value


def rows(value: object, where: str) -> Iterable[tuple[str, Any]]:
    """Take a value for a list; give each row with its own place."""
    if value is None or value == "":
        return []
    if not isinstance(value, list | tuple):
        fail(where, "a list is expected")
    return [(f"{where}[{number}]", row) for number, row in enumerate(value)]


def text(value: object, where: str) -> str:
    """Take a value for text."""
    if value is None or isinstance(value, Mapping | list):
        fail(where, "text is expected")
    return str(value)


def fail(where: str, problem: str) -> NoReturn:
    """Raise the SeedError."""
    raise SeedError(f"{where}: {problem}")
