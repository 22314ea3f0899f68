"""A JSON document becomes what ``output`` asks for: JSON, text or tables. Pure.

JSON and text are what the AWS CLI prints, because scripts read them: the keys of an object sorted,
its scalars in one line between tabs, and what is nested after them. A table is for people.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias, assert_never

from codeartifact_status.escaping import printable, visible
from codeartifact_status.model import Output

Json: TypeAlias = Any


def rendered(document: Json, output: Output) -> str:
    """A document as ``output`` asks for it, in lines that GitHub's runner takes for no command."""
    match output:
        case Output.JSON:
            # ASCII only, and no `##[`: the runner looks for its commands in any line.
            return json.dumps(document, indent=4).replace("##[", "#\\u0023[")
        case Output.TEXT:
            return "\n".join(map(_line, _text(document)))
        case Output.TABLE:
            return "\n".join(map(_line, _tables(document)))
        case Output.NONE:
            return ""
        case _:
            assert_never(output)


def _line(text: str) -> str:
    """A line in which tabs stay tabs, as they stand between columns.

    The runner trims a line, so that its first text may follow empty cells.
    """
    cells = text.split("\t")
    first = next((number for number, cell in enumerate(cells) if cell.strip()), 0)
    return "\t".join(
        printable(cell) if number <= first else printable(f"-{cell}")[1:]
        for number, cell in enumerate(cells)
    )


# --- Text, as the AWS CLI prints it (awscli, ``text.py``). ------------------------------------


def _text(
    value: Json, name: str | None = None, columns: Sequence[str] | None = None
) -> Iterator[str]:
    """The lines of a value; ``name`` is its key, ``columns`` the scalar keys of its siblings."""
    prefix = [] if name is None else [visible(name.upper())]
    if isinstance(value, dict):
        keys = sorted(key for key in value if _is_scalar(value[key]))
        keys = keys if columns is None else list(columns)
        if keys:
            yield "\t".join([*prefix, *(_cell(value.get(key, "")) for key in keys)])
        for key in sorted(set(value) - set(keys)):
            yield from _text(value[key], key)
    elif isinstance(value, list):
        yield from _text_of_list(value, name, prefix)
    else:
        yield _cell(value)


def _text_of_list(value: Sequence[Json], name: str | None, prefix: Sequence[str]) -> Iterator[str]:
    keys = sorted(_scalar_keys(value))
    if any(isinstance(element, dict) for element in value):
        for element in value:
            yield from _text(element, name, keys)
        return
    scalars = [_cell(element) for element in value if _is_scalar(element)]
    if name is not None:
        yield from ("\t".join([*prefix, scalar]) for scalar in scalars)
    elif scalars:
        yield "\t".join(scalars)
    for element in value:
        if not _is_scalar(element):
            yield from _text(element, name)


def _is_scalar(value: Json) -> bool:
    return not isinstance(value, dict | list)


def _scalar_keys(objects: Sequence[Json]) -> dict[str, None]:
    """The keys of scalars in any of the objects, in the order in which they turn up."""
    return {
        key: None
        for element in objects
        if isinstance(element, dict)
        for key, value in element.items()
        if _is_scalar(value)
    }


def _cell(value: Json) -> str:
    return visible(str(value))


# --- Tables. ---------------------------------------------------------------------------------


def _tables(value: Json, title: str = "") -> Iterator[str]:
    """A table of the rows that a value consists of, then one for each part that is nested."""
    # Loaded here because most steps have no use for it.
    from tabulate import tabulate

    rows, nested = _rows(value)
    if rows or not nested:
        if title:
            yield visible(title)
        table = [{visible(key): _shown(cell) for key, cell in row.items()} for row in rows]
        text = tabulate(table, headers="keys", tablefmt="outline", disable_numparse=True)
        yield from text.splitlines() or ["(none)"]
    for name, part in nested:
        yield from _tables(part, f"{title} / {name}" if title else name)


def _rows(value: Json) -> tuple[list[Mapping[str, Json]], list[tuple[str, Json]]]:
    """The rows of a value, each a map of scalars, and its parts that need tables of their own."""
    if isinstance(value, dict):
        if value and all(isinstance(entry, dict) for entry in value.values()):
            if all(_is_flat(entry) for entry in value.values()):
                return [{"": key, **entry} for key, entry in value.items()], []
            return [], list(value.items())
        scalars = {key: entry for key, entry in value.items() if _is_scalar(entry)}
        nested = [(key, entry) for key, entry in value.items() if not _is_scalar(entry)]
        return [scalars] if scalars else [], nested
    if not isinstance(value, list):
        return [{"value": value}], []
    if value and all(isinstance(entry, dict) for entry in value):
        if all(_is_flat(entry) for entry in value):
            columns = _scalar_keys(value)
            return [{key: entry.get(key) for key in columns} for entry in value], []
        return [], [(str(number), entry) for number, entry in enumerate(value, start=1)]
    return [{"value": entry} for entry in value], []


def _is_flat(value: Mapping[str, Json]) -> bool:
    return all(map(_is_scalar, value.values()))


def _shown(value: Json) -> str:
    if value is None:
        return "-"
    return visible(value if isinstance(value, str) else json.dumps(value))
