"""The first line of a summary: what happened, in words that stand alone. Pure."""

from collections.abc import Iterable, Sequence
from signal import Signals

from codeartifact_status.escaping import code
from codeartifact_status.formats.names import package_title
from codeartifact_status.model import ANY_REPOSITORY, Code
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.rows import Fate, Row, total
from codeartifact_status.reporting.wording import count_of

MAX_PLACES = 2
"""Repositories that are named; more are counted."""


def headline(report: Report) -> str:
    """One line of Markdown; whatever came from outside is code.

    It claims a status, or the lack of it, only of the versions and repositories that it is true of.
    """
    everything = _everything(report)
    changed, planned = report.rows[Fate.CHANGED], report.rows[Fate.PLANNED]
    allowed = [*report.rows[Fate.ALLOWED], *report.rows[Fate.HELD_BACK]]
    match report.outcome:
        case "failed" | "rolled-back":
            news = f"❌ {_bad_news(report)}"
        case "planned":
            news = f"📝 Dry run: {_subject(planned)} would be set to {_goal(planned)}"
        case "changed" if _is_one(everything):
            reached = [*changed, *report.rows[Fate.UNCHANGED]]
            news = f"✅ {_subject(reached)} is {_goal(reached)}"
        case "changed":
            news = f"✅ {_subject(changed)} set to {_goal(changed)}"
        case _ if allowed:
            not_set = f"{_subject(allowed)} not set to {_goal(allowed)}"
            news = _no_match(allowed) or _unknown(allowed) or not_set
            return f"⚠️ {news}, as allowed"
        case _ if not everything and (alone := report.rows[Fate.LEFT_ALONE]):
            news = f"✅ Nothing to do{_where(alone)}: every version that matches was left alone"
        case _ if _is_one(everything):
            news = f"✅ Nothing to do: {_subject(everything)} is already {_goal(everything)}"
        case _ if everything:
            news = f"✅ Nothing to do: {_subject(everything)} are already {_goal(everything)}"
        case _:
            news = "✅ Nothing to do: no package was given"
    if allowed and report.outcome in {"planned", "changed"}:
        news += f"; {total(allowed)} failed, as allowed"
    return news


def _bad_news(report: Report) -> str:
    """What went wrong, in a sentence that says as well what was changed in spite of it."""
    run, everything, changed = report.run, _everything(report), report.rows[Fate.CHANGED]
    if run.error is not None:
        return f"{run.error.title}; nothing was sent"
    if run.refusal is not None:
        return f"Refused{_where(everything)}: {run.refusal}"
    if run.bug is not None:
        stop = "Stopped by a bug in this action"
    elif run.signal is not None:
        stop = f"Stopped by {Signals(run.signal).name}"
    elif run.overdue:
        stop = "Stopped at the deadline (timeout-seconds)"
    elif report.query_failure is not None and not report.refused:
        stop = "The query can't be evaluated"
    else:
        return _failures(report)
    if not changed and (doubt := _unknown([row for row in everything if _is_in_doubt(row)])):
        return f"{stop}; {doubt[0].lower()}{doubt[1:]}"
    if not changed:
        return f"{stop}; nothing was changed{_where(everything)}"
    count = total(changed)
    is_told = _is_one(everything) or count == total(everything)
    done = _subject(everything) if is_told else f"{count} of {_subject(everything)}"
    return f"{stop}; {done} set to {_goal(changed)}"


def _failures(report: Report) -> str:
    """How many versions failed, and what became of the others."""
    run, counts, changed = report.run, report.counts, report.rows[Fate.CHANGED]
    # Those that were held back or put back are not the trouble, unless there is no other.
    refused = report.refused
    culprits = [trouble for trouble in refused if not trouble.is_consequence] or refused
    rows, everything = [row for trouble in culprits for row in trouble.rows], _everything(report)
    prefix = "Dry run: " if run.dry_run else ""
    is_one, failed = _is_one(rows), total(rows)
    who = _subject(rows) if is_one else f"{failed} of {_subject(everything)}"
    why = f" ({code(culprits[0].code)})" if is_one and len(culprits) == 1 else ""
    what = _no_match(rows) or _unknown(rows) or f"{who} can't be set to {_goal(rows)}"
    news = f"{prefix}{what}{why}"
    put_back = counts[Fate.PUT_BACK]
    if run.stuck:
        were = count_of(counts[Fate.CHANGED] + put_back)
        return f"{news}; {len(run.stuck)} of {were} changed could not be put back"
    if put_back:
        return f"{news}; {count_of(put_back)} put back"
    if failed == total(everything):
        return news
    if not changed:
        return f"{news}; nothing {'else ' * any(map(_is_in_doubt, everything))}was changed"
    same = _is_one([*rows, *changed])
    return f"{news}; {f'set{_where(changed)}' if same else f'{count_of(total(changed))} changed'}"


def _is_in_doubt(row: Row) -> bool:
    return row.code == Code.UNREPORTED


def _unknown(rows: Sequence[Row]) -> str:
    """What may have changed or not, if that is all there is to tell; else empty."""
    if not rows or not all(map(_is_in_doubt, rows)):
        return ""
    verb = "is" if total(rows) == 1 or _is_one(rows) else "are"
    return f"It is unknown whether {_subject(rows)} {verb} {_goal(rows)}"


def _no_match(rows: Sequence[Row]) -> str:
    """What matched nothing, if that is all there is to tell; else empty."""
    if not rows or not (rows[0].is_pattern and _is_one(rows)):
        return ""
    (title,), pattern = _titles(rows), rows[0].versions[0]
    if rows[0].is_glob and pattern == "*":
        return f"No package matches {code(title)}{_where(rows)}"
    return f"No version of {code(title)} matches {code(pattern)}{_where(rows)}"


def _everything(report: Report) -> list[Row]:
    """All that ended in any way."""
    return [row for fate in Fate if fate is not Fate.LEFT_ALONE for row in report.rows[fate]]


def _titles(rows: Iterable[Row]) -> set[str]:
    return {package_title(package) for row in rows for package in row.packages}


def _is_one(rows: Sequence[Row]) -> bool:
    """Whether it is one version of one package, maybe in several repositories."""
    is_short = all(len(row.versions) == 1 for row in rows)
    return is_short and len({row.versions for row in rows}) == 1 and len(_titles(rows)) == 1


def _subject(rows: Sequence[Row]) -> str:
    """One version by its name, or how many of what."""
    titles = _titles(rows)
    if _is_one(rows):
        return code(f"{titles.pop()} {rows[0].versions[0]}")
    of = f" of {code(titles.pop())}" if len(titles) == 1 else f" of {len(titles)} packages"
    return f"{count_of(total(rows))}{of}"


def _goal(rows: Iterable[Row]) -> str:
    """The target and the repositories of rows; of several targets, each with its own."""
    targets: dict[str, list[Row]] = {}
    for row in rows:
        targets.setdefault(f"**{row.target}**", []).append(row)
    places = {target: _where(of_target) for target, of_target in targets.items()}
    if len(set(places.values())) > 1:
        return " and ".join(f"{target}{where}" for target, where in places.items())
    return " and ".join(places) + next(iter(places.values()), "")


def _where(rows: Iterable[Row]) -> str:
    names = list(dict.fromkeys(package.repository for row in rows for package in row.packages))
    if ANY_REPOSITORY in names:
        names.remove(ANY_REPOSITORY)
        if not names:
            return " in any repository"
    if len(names) > MAX_PLACES:
        return f" in {len(names)} repositories"
    return f" in {' and '.join(map(code, names))}" if names else ""
