"""Structured text from outside becomes plain data, and a run becomes the document that undoes it.

Pure. Scalars are text whatever they look like, so that version ``1.10`` doesn't become 1.1. A key
that stands twice is refused rather than silently dropped.
"""

import json
from collections.abc import Mapping
from typing import Any

from codeartifact_status.model import REVERSIBLE, Outcome, Request, Run, Verdict


def read_json(text: str) -> Any:
    """JSON with numbers kept as they are written.

    Raises:
        ValueError: it isn't JSON, or a key stands twice; the text says what and where.
    """
    try:
        return json.loads(
            text,
            parse_float=str,
            parse_int=str,
            parse_constant=str,
            object_pairs_hook=_without_duplicates,
        )
    except json.JSONDecodeError as error:
        raise ValueError(
            f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError:
        raise ValueError("not JSON that makes sense here: nested too deeply") from None


def read_yaml(text: str) -> Any:
    """YAML with every scalar as text; JSON is YAML too.

    Aliases are refused: nothing here needs them, and a few lines of them can fill all memory.

    Raises:
        ValueError: it isn't YAML, or a key stands twice; the text says what and where.
    """
    # Loaded here because most steps have no use for it.
    import yaml  # noqa: PLC0415

    class TextLoader(yaml.SafeLoader):
        """A safe loader that resolves no scalar to anything but text."""

        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own attribute

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                line = self.line + 1
                raise ValueError(f"an alias at line {line}: write the value out")
            return super().compose_node(parent, index)

    def construct(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
        return _without_duplicates(
            [
                (loader.construct_object(key, deep=True), loader.construct_object(value, deep=True))
                for key, value in node.value
            ]
        )

    TextLoader.add_constructor("tag:yaml.org,2002:map", construct)
    try:
        return yaml.load(text, Loader=TextLoader)  # noqa: S506 - it is a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ValueError(f"not YAML: {error.problem or error.context}{where}") from None
    except yaml.YAMLError as error:
        raise ValueError(f"not YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise ValueError("not YAML that makes sense here: nested too deeply") from None


def _without_duplicates(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    mapping: dict[Any, Any] = {}
    for key, value in pairs:
        if not isinstance(key, str):
            raise ValueError(f"a key must be text, not {type(key).__name__}")  # noqa: TRY004 - a wrong text, not a wrong type
        if key in mapping:
            raise ValueError(f"{key!r} stands twice")
        mapping[key] = value
    return mapping


def undo(run: Run) -> list[dict[str, Any]]:
    """The entries that reverse a run: each is a set of this action's inputs.

    Every version goes back to its own former status, expected to be where this run put it, with
    the revision that was read. Where reading was denied, only what the user's expected status
    vouches for can go back, unpinned.
    """
    entries: list[dict[str, Any]] = []
    for request in run.requests:
        by_status: dict[str, dict[str, Outcome]] = {}
        for version, outcome in run.of(request):
            if can_be_undone(request, outcome) and outcome.before is not None:
                by_status.setdefault(outcome.before, {})[version] = outcome
        for status, versions in by_status.items():
            entry: dict[str, Any] = {
                "repository": request.package.repository,
                "format": request.package.format.value,
                "namespace": request.package.namespace,
                "package": request.package.name,
                "versions": list(versions),
                "version-revisions": _pins(versions, unread=request.package in run.unread),
                "expected-status": request.target.value,
                "target-status": status,
            }
            entries.append({name: value for name, value in entry.items() if value is not None})
    return entries


def can_be_undone(request: Request, outcome: Outcome) -> bool:
    """Whether a version was changed, and in a way that the service lets one undo.

    There is no way back from Disposed or Deleted, none to Unfinished, and none to a status that
    was never read.
    """
    return (
        outcome.verdict is Verdict.CHANGED
        and request.target in REVERSIBLE
        and outcome.before in REVERSIBLE
    )


def _pins(versions: Mapping[str, Outcome], *, unread: bool) -> dict[str, str] | None:
    """The revisions of all versions, or None: the service wants all or none."""
    pins = {v: outcome.revision for v, outcome in versions.items() if outcome.revision is not None}
    return None if unread or len(pins) < len(versions) else pins
