"""A pytest plugin: after the tests, one table of what each client reported, in Markdown.

A plugin by name and no conftest, because with several workers the conftest of a directory below
the given one isn't read where the summary is written: `-p client_table`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from four_clients import Answer, Client, Json


def told(answer: Answer) -> str:
    """Say in a few words what an answer said; the same for the same answer from any client."""
    if answer.output is None:
        return str(answer.code)
    match answer.output:
        case {"versions": list(rows)}:
            return f"{len(rows)} versions"
        case {"packages": list(rows)}:
            return f"{len(rows)} packages"
        case {"repositories": list(rows)}:
            return f"{len(rows)} repositories"
        case {"packageVersion": described}:
            return f"{_key(described['version'])} {described['status']}"
        case {"successfulVersions": succeeded, "failedVersions": failed}:
            said = [f"{_key(v)} {succeeded[v]['status']}" for v in sorted(succeeded)]
            said += [f"{_key(v)} {failed[v]['errorCode']}" for v in sorted(failed)]
            return ", ".join(said)
        case {"AssumedRoleUser": {"Arn": arn}} | {"Arn": arn}:
            return str(arn).partition(":assumed-role/")[2]
        case other:
            return str(other)


def _key(version: str) -> str:
    """Show a version so that Markdown leaves it alone."""
    return version if re.fullmatch(r"[\w.]+", version) else f"`{version}`"


def record(place: int, row: str, client: Client, answer: Answer, calls: int) -> Json:
    """Give what a test tells of one cell; `place` is the row's among all."""
    said = told(answer)
    if answer.name != answer.code:
        said = f"{said} (as {answer.name})"
    if calls > 1:
        said = f"{said}, {calls} calls"
    return {
        "place": place,
        "row": row,
        "client": f"{client.name} {client.version}",
        "ending": answer.ending,
        "said": said,
        "told": told(answer),
    }


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table; a cell whose test failed is in it too, as it was seen."""
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        if report.when == "call"
    ]
    seen = [dict(report.user_properties) for report in reports]
    for line in table([cell for cell in seen if "told" in cell]):
        terminalreporter.write_line(line)


def table(seen: Iterable[Mapping[str, Any]]) -> list[str]:
    """Lay out what was seen: a row for each scenario, a column for each client."""
    cells: dict[tuple[int, str], dict[str, Mapping[str, Any]]] = {}
    for each in seen:
        cells.setdefault((each["place"], each["row"]), {})[each["client"]] = each
    clients = sorted({client for answers in cells.values() for client in answers})
    rows = [["", *clients, "agree"]]
    for (_, row), answers in sorted(cells.items()):
        shown = [
            f"{answers[client]['ending']}: {answers[client]['said']}" if client in answers else "-"
            for client in clients
        ]
        rows.append([row, *shown, _agreement(answers.values())])
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return [lines[0], "|---" * len(rows[0]) + "|", *lines[1:]] if cells else []


def _agreement(answers: Iterable[Mapping[str, Any]]) -> str:
    """Compare one row: what was told has to be the same, and may have been told otherwise."""
    listed = list(answers)
    if len({answer["told"] for answer in listed}) > 1:
        return "**no**"
    return "yes" if len({answer["said"] for answer in listed}) == 1 else "in substance"
