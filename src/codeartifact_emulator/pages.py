"""Pages of a list: the order, the token that marks a page's end, and the cut.

A row has a mark, by which the list is in order. The service promises no order but that of
`sortBy`, so a rule chooses marks that are no release order, for a client that relies on one to be
found out. The token is the mark of a page's last row, not a snapshot: what changes between two
pages is seen.
"""

import base64
import binascii
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias, TypeVar

from .errors import invalid

T = TypeVar("T")
Mark: TypeAlias = tuple[Any, ...]
"""Texts and numbers, as many and of such types as the list's `names` say."""

#: Page size without `max-results`, and the largest one (UG list-packages-versions; model).
DEFAULT_PAGE = 50
MAX_PAGE = 1000


def cut(
    rows: Sequence[tuple[Mark, T]],
    *,
    names: Mapping[str, type],
    token: str | None,
    size: int | None,
    backward: bool = False,
    listed: Callable[[T], bool] = lambda _: True,
) -> tuple[list[T], str | None]:
    """Give the page after a token, and the next page's token.

    `rows` are in the order of their marks, and those that are not `listed` are passed over. `names`
    are those of a mark's parts in the token, with their types; `backward` is from the greatest mark
    on. Raises ServiceError for a token that was not given out, and for a size that no page has.
    """
    most = DEFAULT_PAGE if size is None else size
    if not 1 <= most <= MAX_PAGE:
        raise invalid(f"maxResults must be between 1 and {MAX_PAGE}, not {most}")
    ahead = range(len(rows))
    if token is not None:
        end, mark = _read(token, names), lambda row: row[0]
        ahead = (
            ahead[: bisect_left(rows, end, key=mark)]
            if backward
            else ahead[bisect_right(rows, end, key=mark) :]
        )
    kept = (rows[at] for at in (reversed(ahead) if backward else ahead) if listed(rows[at][1]))
    found = list(islice(kept, most + 1))
    page = found[:most]
    more = _token(page[-1][0], names) if len(found) > len(page) else None
    return [value for _, value in page], more


def _token(mark: Mark, names: Mapping[str, type]) -> str:
    """Give the mark of a page's end, as the service's own tokens look.

    A sample token of the guide decodes to `{"listPackageVersionsToken":"0.2.2"}` (UG
    repo-upstream-behavior).
    """
    said = json.dumps(dict(zip(names, mark, strict=True)), separators=(",", ":"), sort_keys=True)
    return base64.b64encode(said.encode()).decode()


def _read(token: str, names: Mapping[str, type]) -> Mark:
    try:
        said = json.loads(base64.b64decode(token, validate=True))
        mark = tuple(said[name] for name in names)
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise invalid("The pagination token is not valid for this request") from None
    if not all(isinstance(part, kind) for part, kind in zip(mark, names.values(), strict=True)):
        raise invalid("The pagination token is not valid for this request")
    return mark
