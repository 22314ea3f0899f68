"""Rows as Markdown: a table of what went its way, a list of what comes with a reason. Pure.

A list wraps on a phone, where a table's last column would have to be scrolled to.
"""

from collections.abc import Iterable, Iterator, Sequence

from codeartifact_status.arns import console_url
from codeartifact_status.escaping import code, prose
from codeartifact_status.formats.names import package_title
from codeartifact_status.model import ANY_REPOSITORY, Package, Status
from codeartifact_status.reporting.headline import MAX_PLACES
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.rows import MAX_LISTED, Row, span, total
from codeartifact_status.reporting.run import Run
from codeartifact_status.reporting.wording import count_of

MAX_ROWS = 50
"""Rows of each table and each list."""

MAX_NAMES = 40_000
"""Bytes of the list of all versions below a table or a list."""


def count(rows: Iterable[Row]) -> str:
    """How many versions there are in rows, in words."""
    return count_of(total(rows))


def folded(head: str, parts: Iterable[str]) -> Iterator[str]:
    """Parts that a click unfolds; the head is ours."""
    inside = [part for part in parts if part]
    if inside:
        opening = f"<details><summary>{head}</summary>"
        yield "\n\n".join([opening, *inside, "</details>"])


def table(report: Report, rows: Sequence[Row]) -> Iterator[str]:
    """A row for each package, and what the rows leave out."""
    if not rows:
        return
    columns = {
        "Package": lambda row: _title(report.run, row.packages[0]),
        **({"Repository": _places} if _is_spread(report) else {}),
        "Version": lambda row: span(row, code),
        "Status": _move,
    }
    lines = [list(columns), ["---"] * len(columns)]
    lines += [[cell(row) for cell in columns.values()] for row in rows[:MAX_ROWS]]
    yield "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    yield from _left_out(rows)


def reasons(report: Report, rows: Sequence[Row], *, head: str = "") -> Iterator[str]:
    """A line for each package with its reason; a reason that all share stands above, once."""
    if not rows:
        return
    is_shared = len(rows) > 1 and len({row.reason for row in rows}) == 1
    shared = prose(rows[0].reason) if is_shared and rows[0].reason else ""
    if head or shared:
        yield ": ".join(filter(None, (head, shared)))

    spread = _is_spread(report)

    def line(row: Row) -> str:
        where = f" in {_places(row)}" if spread else ""
        why = f": {prose(row.reason)}" if row.reason and not shared else ""
        return f"- {_title(report.run, row.packages[0])} {span(row, code)}{where}{why}"

    yield "\n".join(map(line, rows[:MAX_ROWS]))
    yield from _left_out(rows)


def _left_out(rows: Sequence[Row]) -> Iterator[str]:
    """How many more there are, and the names of all that no row shows."""
    rest = rows[MAX_ROWS:]
    if rest:
        more = total(rest)
        yield f"… and {more} more {'version' if more == 1 else 'versions'}"
    long = [row for row in rows[:MAX_ROWS] if len(row.versions) > MAX_LISTED]
    unnamed = [*long, *rest]
    yield from folded(f"All {count(unnamed)} by name", [_by_name(unnamed)] if unnamed else [])


def _is_spread(report: Report) -> bool:
    """Whether repositories need saying; where all ended in the same few, the headline names them.

    It names just those of the versions that it speaks of.
    """
    rows = [row for rows in report.rows.values() for row in rows]
    places = {frozenset(package.repository for package in row.packages) for row in rows}
    return len(places) > 1 or any(len(names) > MAX_PLACES for names in places)


def _title(run: Run, package: Package) -> str:
    """The package, with a link to its page in the AWS console."""
    url = console_url(package, region=run.region, account=run.account) if run.region else None
    if url is None or not run.is_there(package):
        return code(package_title(package))
    if run.account is None:
        # The console has no page of a package without the account of its domain.
        return f"{code(package_title(package))} ([AWS console]({url}))"
    return f"[{code(package_title(package))}]({url})"


def _places(row: Row) -> str:
    more = len(row.packages) - MAX_LISTED
    names = ", ".join(map(place, row.packages[:MAX_LISTED]))
    return f"{names} and {more} more" if more > 0 else names


def place(package: Package) -> str:
    """The repository of a package, if it is one."""
    is_any = package.repository == ANY_REPOSITORY
    return "any repository" if is_any else code(package.repository)


def placed(package: Package) -> str:
    """A package and its repository."""
    return f"{code(package_title(package))} in {place(package)}"


def _by_name(rows: Iterable[Row]) -> str:
    """Every version of rows that name only some of theirs, as far as there is room."""
    lines: list[str] = []
    room = MAX_NAMES
    for row in rows:
        names: list[str] = []
        for version in row.versions:
            room -= len(code(version).encode())
            if room < 0:
                break
            names.append(code(version)[1:-1])
        rest = len(row.versions) - len(names)
        # One span, which wraps: hundreds of them would be hundreds of gray boxes.
        listed = f"`{', '.join(names)}`" * bool(names) + (f" … and {rest} more" if rest else "")
        lines.append(f"- {code(package_title(row.packages[0]))}: {listed}")
        if room < 0:
            break
    return "\n".join(lines)


def _move(row: Row) -> str:
    return " → ".join(
        status if status is not None and Status.named(status) else code(status)
        for status in row.move
    )
