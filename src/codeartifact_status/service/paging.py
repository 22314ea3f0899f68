"""Whole answers, and listings that come in pages, whatever the service makes of either."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import Any

from codeartifact_status.errors import Interrupted
from codeartifact_status.model import Code, Failure
from codeartifact_status.service.retries import Tries, Trouble, Unanswered, Unreadable

PAGE = 1000
"""Rows a page: the most that any of the listings takes (botocore's model)."""

MOST_BARREN = 10
"""Pages on end without a new row; AWS APIs may give empty pages with a token that leads on."""

_CONTENT = re.compile(r"[\w.+-]+/[\w.+-]+")
"""A media type, without what may follow it (RFC 9110, 8.3.1)."""

_CIRCLES = "the listing never ends: its pages repeat"


def whole(
    call: Callable[[], Mapping[str, Any]], is_whole: Callable[[Mapping[str, Any]], bool]
) -> Callable[[], Mapping[str, Any]]:
    """A call that gives whole answers only: botocore reads a truncated JSON body of a 200 as {}."""

    def send() -> Mapping[str, Any]:
        answer = call()
        if not is_whole(answer):
            headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
            found = _CONTENT.match(str(headers.get("content-type", "application/json")))
            if found and "json" not in found[0]:
                # Such as the page of a proxy, which botocore reads as {}.
                raise Unreadable(f"the answer is {found[0]}, not JSON")
            raise Unreadable("the answer was cut short or is not JSON")
        return answer

    return send


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A listing of the API: the member with its rows, their texts, and what tells them apart.

    An answer without these was cut short.
    """

    member: str
    needs: tuple[str, ...]
    key: tuple[str, ...]

    def rows(
        self, call: Callable[..., Mapping[str, Any]], *, tries: Callable[[], Tries], stop: Event
    ) -> Iterator[Mapping[str, Any]]:
        """The rows of all pages; where something changes between two pages, some come twice.

        Raises:
            Unanswered: a page got no answer, or the pages lead nowhere.
            Interrupted: the step was stopped between two pages.
        """
        seen: set[tuple[Any, ...]] = set()
        tokens: set[str] = set()
        barren = 0
        page: dict[str, Any] = {}
        while True:
            answer = tries().answer(whole(partial(call, maxResults=PAGE, **page), self._is_whole))
            known = len(seen)
            for row in answer[self.member]:
                seen.add(tuple(row.get(name) for name in self.key))
                yield row
            token = answer.get("nextToken")
            if not token:
                return
            barren = barren + 1 if len(seen) == known else 0
            if token in tokens or barren > MOST_BARREN:
                failure = Failure(Code.UNREPORTED, _CIRCLES)
                raise Unanswered(Trouble(failure=failure, transient=False), stopped=False)
            if stop.is_set():
                raise Interrupted("while the repository was being read")
            tokens.add(token)
            page = {"nextToken": token}

    def _is_whole(self, answer: Mapping[str, Any]) -> bool:
        rows = answer.get(self.member)
        return isinstance(rows, list) and all(
            isinstance(row, Mapping)
            and all(isinstance(row.get(name), str) and row[name] for name in self.needs)
            for row in rows
        )


VERSIONS = Listing(member="versions", needs=("version", "status"), key=("version",))
PACKAGES = Listing(
    member="packages", needs=("format", "package"), key=("format", "namespace", "package")
)
REPOSITORIES = Listing(member="repositories", needs=("name",), key=("name",))
