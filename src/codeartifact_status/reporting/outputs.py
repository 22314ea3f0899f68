"""The outputs of the action: one entry each, and how they are made to fit. Pure."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from codeartifact_status.reporting.documents import all_versions, compact
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.rows import Fate

MAX_OUTPUTS = 500_000
"""Characters of all outputs together: 1 MB a job, counted in UTF-16 (GitHub Docs, job outputs)."""

MAX_GITLAB = 5 * 1024 - 1
"""Bytes of a dotenv report on GitLab, which has to be smaller than 5 KB (GitLab Docs, "Limit dotenv
file size")."""


_CUT = {
    "truncated": True,
    "message": "more than the CI system takes: give result-file or undo-file to have it whole",
}
"""What stands in place of an output that is too long."""

_SUCCESSFUL = (Fate.CHANGED, Fate.UNCHANGED)
_FAILED = (Fate.TO_MEND, Fate.ALLOWED, Fate.HELD_BACK, Fate.PUT_BACK)


def _made_if_it_fits(
    make: Callable[[Report], str], *fates: Fate, least: int
) -> Callable[[Report], str]:
    """An output that isn't made where it is sure to be cut.

    ``least`` are the characters that a version with one of these fates has in it at least.
    """

    def made(report: Report) -> str:
        is_too_long = _sum(report, fates) * least > MAX_OUTPUTS
        return compact(_CUT) if is_too_long else make(report)

    return made


def _sum(report: Report, fates: Iterable[Fate]) -> int:
    return sum(report.counts[fate] for fate in fates)


def _versions(name: str, *fates: Fate) -> Callable[[Report], str]:
    """One of the API's maps, of the versions with one of these fates."""

    def made(report: Report) -> str:
        return compact(all_versions(report.run, name) if _sum(report, fates) else {})

    return _made_if_it_fits(made, *fates, least=30)


def _count(*fates: Fate) -> Callable[[Report], str]:
    return lambda report: str(_sum(report, fates))


def _query_result(report: Report) -> str:
    if report.presentation.query is None:
        return ""
    if report.query_failure is not None:
        return compact({"error": str(report.query_failure)})
    return compact(report.answer)


OUTPUTS: Mapping[str, Callable[[Report], str]] = {
    "outcome": lambda report: report.outcome,
    "successful-versions": _versions("successfulVersions", *_SUCCESSFUL),
    "failed-versions": _versions("failedVersions", *_FAILED),
    "changed-count": _count(Fate.CHANGED),
    "unchanged-count": _count(Fate.UNCHANGED),
    "planned-count": _count(Fate.PLANNED),
    "failed-count": _count(*_FAILED),
    "undo": lambda report: report.undo_json,
    "result": _made_if_it_fits(
        lambda report: report.result_json,
        *(*_SUCCESSFUL, Fate.PLANNED, *_FAILED),
        least=100,
    ),
    "query-result": _query_result,
}
"""What each output of ``action.yml`` is made of, in the same order."""


def outputs(report: Report) -> dict[str, str]:
    """All outputs, every one of them always, as text; whole, but for those that can't fit."""
    return {name: made(report) for name, made in OUTPUTS.items()}


def fitted(
    values: Mapping[str, str],
    most: int = MAX_OUTPUTS,
    *,
    written: Callable[[Any], str] = compact,
) -> dict[str, str]:
    """The outputs in ``most`` characters: the largest are cut first, and the undo last.

    ``written`` makes JSON of what stands in place of a value, if that is any shorter.
    """
    fitting, cut = dict(values), written(_CUT)
    for name in sorted(values, key=lambda name: (name == "undo", -len(values[name]))):
        if sum(map(len, fitting.values())) <= most:
            break
        if len(cut) < len(values[name]):
            fitting[name] = cut
    return fitting


def dotenv(values: Mapping[str, str], *, most: int | None = None) -> str:
    """The outputs as lines of a dotenv file of ``most`` bytes: ``CHANGED_COUNT=2``.

    A value has no space in it and no quotes around it, because some readers keep those: GitLab
    (GitLab Docs, ``artifacts:reports:dotenv``) and Docker's ``--env-file``. And nothing in it
    can be taken for a variable, as GitLab does in later jobs.
    """
    heads = {name: f"{name.upper().replace('-', '_')}=" for name in values}
    shown = {name: _plain(value) for name, value in values.items()}
    if most is not None:
        room = most - sum(len(head) + 1 for head in heads.values())
        shown = fitted(shown, room, written=lambda value: _plain(compact(value)))
    return "".join(f"{heads[name]}{value}\n" for name, value in shown.items())


_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in " #$'`"}


def _plain(value: str) -> str:
    """The same JSON without what a reader may cut at, expand or take for a quote.

    Where such a character stands in our JSON, it stands in a text.
    """
    return value.translate(_ESCAPES)
