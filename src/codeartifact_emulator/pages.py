"""Pages of ListPackageVersions: the order, the token that marks a page's end, and the cut.

Without `sortBy` the service promises no order; here it is by the text of the version, descending,
which is no release order (0.9.0 comes before 0.10.0), so that a client that relies on one is found
out.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import TypeAlias

from .errors import Json, invalid
from .store import Held

Row: TypeAlias = tuple[str, Held]

#: Page size without `max-results`, and the largest one (UG list-packages-versions).
DEFAULT_PAGE = 50
MAX_PAGE = 1000


def cut(
    versions: Mapping[str, Held],
    *,
    by_time: bool,
    listed: Callable[[Held], bool],
    token: str | None,
    size: int | None,
) -> tuple[list[Row], str | None]:
    """Give the page after a token, of the versions that are listed, and the next page's token.

    Raises ServiceError for a token that was not given out, and for a size that no page has.
    """
    most = DEFAULT_PAGE if size is None else size
    if not 1 <= most <= MAX_PAGE:
        raise invalid(f"maxResults must be between 1 and {MAX_PAGE}, not {most}")

    def mark(row: Row) -> tuple[float, str]:
        return row[1].published if by_time else 0.0, row[0]

    rows = sorted((row for row in versions.items() if listed(row[1])), key=mark, reverse=True)
    if token is not None:
        end = _read_token(token, by_time=by_time)
        rows = [row for row in rows if mark(row) < end]
    page = rows[:most]
    if len(rows) == len(page):
        return page, None
    version, held = page[-1]
    return page, _token(version, held.published if by_time else None)


def _token(version: str, published: float | None) -> str:
    """Give the mark of a page's end: the last version's key, not a snapshot.

    A sample token of the guide decodes to `{"listPackageVersionsToken":"0.2.2"}` (UG
    repo-upstream-behavior). The time is there too when that is what the list is sorted by.
    """
    mark: Json = {"listPackageVersionsToken": version}
    if published is not None:
        mark["publishedTime"] = published
    return base64.b64encode(json.dumps(mark, separators=(",", ":")).encode()).decode()


def _read_token(token: str, *, by_time: bool) -> tuple[float, str]:
    try:
        mark = json.loads(base64.b64decode(token, validate=True))
        version = mark["listPackageVersionsToken"]
        published = float(mark["publishedTime"]) if by_time else 0.0
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise invalid("The pagination token is not valid for this request") from None
    if not isinstance(version, str):
        raise invalid("The pagination token is not valid for this request")
    return published, version
