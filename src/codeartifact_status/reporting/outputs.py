"""A run becomes what comes back: exit code, outputs, annotations, log. Pure.

The job summary has a room of its own, ``summary``.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from codeartifact_status.errors import ExitCode
from codeartifact_status.escaping import visible
from codeartifact_status.formats.names import package_title, package_url
from codeartifact_status.model import (
    Code,
    Failure,
    Outcome,
    Output,
    Request,
    Run,
    Status,
    Verdict,
)
from codeartifact_status.planning.undo import can_be_undone, undo
from codeartifact_status.reporting.advice import advice, reading_denied
from codeartifact_status.reporting.rendering import rendered

MAX_OUTPUTS = 500_000
"""Characters of all outputs together: 1 MB a job, counted in UTF-16 (GitHub Docs, job outputs)."""

MAX_GITLAB = 5 * 1024 - 1
"""Bytes of a dotenv report on GitLab, which has to be smaller than 5 KB (GitLab Docs, "Limit dotenv
file size")."""

CONSEQUENCES = frozenset({Code.SKIPPED, Code.ROLLED_BACK})
"""What follows from the failure of others, and so is not the trouble itself."""

MAX_NAMED = 10
"""Versions that one annotation names."""

MAX_ANNOTATIONS = 10
"""Annotations of one level that GitHub shows for a step."""


# --- The exit code and the outcome of the step. ----------------------------------------------


def exit_code(run: Run) -> int:
    """What the process exits with: 0 only if every version is where it should be, or allowed."""
    if run.signal is not None:
        return 128 + run.signal
    if run.bug is not None:
        return ExitCode.OUR_BUG
    if run.error is not None:
        return run.error.exit_code
    failed = run.overdue or run.refusal is not None or refusals(run)
    return ExitCode.FAILED_VERSIONS if failed else ExitCode.SUCCESS


def step_outcome(run: Run) -> str:
    """The outcome of the whole step: rolled-back, failed, planned, changed or unchanged."""
    if counts_of(run)[Verdict.ROLLED_BACK]:
        return Verdict.ROLLED_BACK.value
    if exit_code(run) != ExitCode.SUCCESS:
        return "failed"
    counts = counts_of(run)
    for verdict in (Verdict.PLANNED, Verdict.CHANGED):
        if counts[verdict]:
            return verdict.value
    return Verdict.UNCHANGED.value


def counts_of(run: Run) -> Counter[Verdict]:
    """How many versions ended in which way."""
    return Counter(outcome.verdict for _, _, outcome in all_outcomes(run))


def all_outcomes(run: Run) -> Iterator[tuple[Request, str, Outcome]]:
    """Every requested version, in the order in which it was asked for."""
    for request in run.requests:
        for version, outcome in run.of(request):
            yield request, version, outcome


def refusals(run: Run) -> list[tuple[Request, str, Failure]]:
    """The failures that fail the step."""
    return [
        (request, version, outcome.failure)
        for request, version, outcome in all_outcomes(run)
        if outcome.failure is not None and not run.allowed.covers(outcome.failure.code)
    ]


# --- The outputs. ----------------------------------------------------------------------------

OUTPUTS = (
    "outcome",
    "successful-versions",
    "failed-versions",
    "changed-count",
    "unchanged-count",
    "planned-count",
    "failed-count",
    "undo",
    "result",
    "query-result",
)


def outputs(run: Run) -> dict[str, str]:
    """All outputs of the action, every one of them always, as text."""
    counts = counts_of(run)
    successful, failed = _all_maps(run)
    values = {
        "outcome": step_outcome(run),
        "successful-versions": _json(successful),
        "failed-versions": _json(failed),
        "changed-count": str(counts[Verdict.CHANGED]),
        "unchanged-count": str(counts[Verdict.UNCHANGED]),
        "planned-count": str(counts[Verdict.PLANNED]),
        "failed-count": str(len(failed)),
        "undo": document(run, "undo"),
        "result": document(run, "result"),
        "query-result": _query_result(run),
    }
    return _fitted(values, MAX_OUTPUTS, _json)


def dotenv(outputs: Mapping[str, str], *, most: int | None = None) -> str:
    """All outputs as lines of a dotenv file of ``most`` bytes: ``CHANGED_COUNT=2``.

    A value has no space in it and no quotes around it, because some readers keep those: GitLab
    (GitLab Docs, ``artifacts:reports:dotenv``) and Docker's ``--env-file``. And nothing in it
    can be taken for a variable, as GitLab does in later jobs.
    """
    heads = {name: f"{name.upper().replace('-', '_')}=" for name in outputs}
    values = {name: _plain(value) for name, value in outputs.items()}
    if most is not None:
        room = most - sum(len(head) + 1 for head in heads.values())
        values = _fitted(values, room, lambda value: _plain(_json(value)))
    return "".join(f"{heads[name]}{value}\n" for name, value in values.items())


_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in " #$'`"}


def _plain(value: str) -> str:
    """The same JSON without what a reader may cut at, expand or take for a quote.

    Where such a character stands in our JSON, it stands in a text.
    """
    return value.translate(_ESCAPES)


def _all_maps(run: Run) -> tuple[dict[str, Any], dict[str, Any]]:
    """The API's two maps, by version where there is one package, else by package URL."""
    repositories = {request.package.repository for request in run.requests}
    several = len({request.package for request in run.requests}) > 1
    successful: dict[str, Any] = {}
    failed: dict[str, Any] = {}
    for request in run.requests:
        good, bad = _maps(run, request)
        if several:
            keyed = {
                version: package_url(
                    request.package, version, name_repository=len(repositories) > 1
                )
                for version in request.versions
            }
            good = {keyed[version]: entry for version, entry in good.items()}
            bad = {keyed[version]: entry for version, entry in bad.items()}
        successful |= good
        failed |= bad
    return successful, failed


def document(run: Run, name: str) -> str:
    """The ``undo`` or the ``result`` of a run as JSON, whole."""
    return _json(undo(run) if name == "undo" else result(run))


class QueryFailed(Exception):
    """A query that parses may still ask a string for its keys, and so can't be evaluated."""


def answer(run: Run) -> Any:
    """What a command line is answered: what its query finds, or all of it.

    With one package, the API's own answer is queried; with more, the ``result``.

    Raises:
        QueryFailed: the query can't be evaluated.
    """
    if run.by_flags and len({request.package for request in run.requests}) == 1:
        successful, failed = _all_maps(run)
        whole = {"successfulVersions": successful, "failedVersions": failed}
    else:
        whole = result(run)
    # Through JSON, because jmespath knows only the plain types, and a status is an enum here.
    return queried(json.loads(_json(whole)), run.query)


def queried(document: Any, query: str | None) -> Any:
    """What a JMESPath expression finds in a document; all of it without one.

    Raises:
        QueryFailed: it can't be evaluated.
    """
    if query is None:
        return document
    # Loaded here because most steps have no use for it.
    import jmespath

    try:
        return jmespath.search(query, document)
    except jmespath.exceptions.JMESPathError as error:
        raise QueryFailed(" ".join(str(error).split())) from error


def _query_result(run: Run) -> str:
    if run.query is None:
        return ""
    try:
        return _json(answer(run))
    except QueryFailed as error:
        return _json({"error": str(error)})


def result(run: Run) -> dict[str, Any]:
    """The ``result`` output: everything, in the order in which it was asked for."""
    return {
        "outcome": step_outcome(run),
        "dryRun": run.dry_run,
        "packages": [_package_result(run, request) for request in run.requests],
    }


def _package_result(run: Run, request: Request) -> dict[str, Any]:
    good, bad = _maps(run, request)
    return {
        "domain": request.package.domain,
        "repository": request.package.repository,
        "format": request.package.format.value,
        "namespace": request.package.namespace,
        "package": request.package.name,
        "targetStatus": request.target.value,
        "successfulVersions": good,
        "failedVersions": bad,
        "versions": [
            {
                "version": version,
                "outcome": outcome.verdict.value,
                "before": outcome.before,
                "after": outcome.after,
                "revision": outcome.revision,
                "errorCode": outcome.failure.code if outcome.failure else None,
                "errorMessage": outcome.failure.message if outcome.failure else None,
            }
            for version, outcome in run.of(request)
        ],
    }


def _maps(run: Run, request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two maps of the API for one package: successful and failed versions."""
    good: dict[str, Any] = {}
    bad: dict[str, Any] = {}
    for version, outcome in run.of(request):
        if outcome.failure is not None:
            bad[version] = {
                "errorCode": outcome.failure.code,
                "errorMessage": outcome.failure.message,
            }
        elif outcome.verdict is not Verdict.PLANNED:
            good[version] = {"revision": outcome.revision, "status": outcome.after}
    return good, bad


def _json(value: Any) -> str:
    # ASCII only: a lone surrogate couldn't be written to a file otherwise, and a character is one
    # unit of UTF-16, in which GitHub counts.
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _fitted(values: dict[str, str], most: int, written: Callable[[Any], str]) -> dict[str, str]:
    """Cut what can be cut, the largest first and the undo last, until they hold ``most`` chars.

    ``written`` makes JSON of what stands in place of a value.
    """
    candidates = ["successful-versions", "failed-versions", "result", "query-result"]
    candidates.sort(key=lambda name: len(values[name]), reverse=True)
    for name in [*candidates, "undo"]:
        if sum(map(len, values.values())) <= most:
            break
        message = "more than the CI system takes: give result-file or undo-file to have it whole"
        cut = written({"truncated": True, "characters": len(values[name]), "message": message})
        if len(cut) < len(values[name]):
            values = {**values, name: cut}
    return values


# --- Kinds of failure. ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trouble:
    """One kind of failure: its code, whether it is allowed, and what failed so."""

    code: str
    allowed: bool
    failures: tuple[tuple[Request, str, Failure], ...]

    @property
    def count(self) -> str:
        """How many versions failed so, in words."""
        return count_of(len(self.failures))


def troubles(run: Run) -> list[Trouble]:
    """The kinds of failure, the ones to mend first; SKIPPED, a mere consequence, last."""
    kinds: dict[str, list[tuple[Request, str, Failure]]] = {}
    for request, version, outcome in all_outcomes(run):
        if outcome.failure is not None:
            failure = outcome.failure
            kinds.setdefault(failure.code, []).append((request, version, failure))
    found = [
        Trouble(name, run.allowed.covers(name), tuple(failures)) for name, failures in kinds.items()
    ]
    return sorted(found, key=lambda trouble: (trouble.allowed, trouble.code in CONSEQUENCES))


def count_of(count: int) -> str:
    """``1 version``, ``2 versions``."""
    return "1 version" if count == 1 else f"{count} versions"


# --- The annotations. ------------------------------------------------------------------------


class Level(StrEnum):
    """The levels of GitHub's annotations that this action uses."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Annotation:
    """What GitHub shows above the log and on the run's page."""

    level: Level
    title: str
    message: str


def annotations(run: Run) -> list[Annotation]:
    """One for each kind of trouble, not for each version; a warning where it is allowed."""
    found: list[Annotation] = []
    if run.error is not None:
        text = "\n\n".join(filter(None, (str(run.error), run.error.remedy(run.action))))
        found.append(Annotation(Level.ERROR, run.error.title, text))
    if run.bug is not None:
        found.append(Annotation(Level.ERROR, "A bug of this action", run.bug))
    if run.refusal is not None:
        found.append(Annotation(Level.ERROR, "Refused", f"{run.refusal}."))
    if run.stuck:
        lines = [
            f"{package_title(package)} {version} in {package.repository}: {failure.message}"
            for (package, version), failure in list(run.stuck.items())[:MAX_NAMED]
        ]
        lines += _more(len(run.stuck) - MAX_NAMED)
        title = f"{count_of(len(run.stuck))} could not be put back"
        found.append(Annotation(Level.ERROR, title, "\n".join(map(visible, lines))))
    if run.unread:
        found.append(Annotation(Level.WARNING, "Reading was denied", reading_denied(run)))
    kinds = troubles(run)
    stopped = run.error is not None or run.bug is not None or run.refusal is not None
    only_skipped = all(trouble.code == Code.SKIPPED for trouble in kinds)
    for trouble in kinds:
        if trouble.code == Code.SKIPPED and (stopped or not only_skipped):
            continue
        lines = [
            f"{package_title(request.package)} {version} in {request.package.repository}: "
            f"{failure.message}"
            for request, version, failure in trouble.failures[:MAX_NAMED]
        ]
        lines += _more(len(trouble.failures) - MAX_NAMED)
        found.append(
            Annotation(
                Level.WARNING if trouble.allowed else Level.ERROR,
                f"{trouble.code}: {trouble.count}" + (" (allowed)" if trouble.allowed else ""),
                "\n".join([*map(visible, lines), "", advice(run, trouble.code, trouble.failures)]),
            )
        )
    return _bounded(found)


def _more(count: int) -> list[str]:
    return [f"… and {count} more"] if count > 0 else []


def _bounded(found: list[Annotation]) -> list[Annotation]:
    """No more of a level than GitHub shows; the last one says how many more there were."""
    kept: list[Annotation] = []
    for level in Level:
        ours = [annotation for annotation in found if annotation.level is level]
        if len(ours) > MAX_ANNOTATIONS:
            rest = len(ours) - MAX_ANNOTATIONS + 1
            more = Annotation(level, "More", f"{rest} more kinds of trouble: see the job summary")
            ours = [*ours[: MAX_ANNOTATIONS - 1], more]
        kept += ours
    return kept


# --- The log. --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the log: its title, and its lines."""

    title: str
    lines: tuple[str, ...]


def log_groups(run: Run) -> list[Group]:
    """One group for each package, with a line for each version."""
    groups = []
    for request in run.requests:
        outcomes = run.of(request)
        width = min(40, max((len(visible(version)) for version, _ in outcomes), default=0))
        lines = tuple(
            f"{visible(version):{width}}  {_move(request, outcome)}  {_ending(outcome)}"
            for version, outcome in outcomes
        )
        lines += tuple(
            f"{visible(version)}  left alone: {visible(why)}"
            for version, why in request.left_alone.items()
        )
        package = request.package
        title = (
            f"{package_title(package)} in {package.domain}/{package.repository} "
            f"to {request.target}: {_tally(Counter(outcome.verdict for _, outcome in outcomes))}"
        )
        groups.append(Group(title, lines))
    return groups


def log_document(run: Run) -> Group:
    """The ``result`` as JSON, or every version in one table, as ``output`` asks for."""
    if run.output is Output.JSON:
        text = rendered(json.loads(document(run, "result")), run.output)
        return Group("result", tuple(text.split("\n")))
    rows = [
        {
            "package": package_title(request.package),
            "repository": request.package.repository,
            "version": version,
            "before": outcome.before,
            "after": outcome.after,
            "outcome": outcome.verdict.value,
            "error": outcome.failure.code if outcome.failure else None,
        }
        for request, version, outcome in all_outcomes(run)
    ]
    return Group("result", tuple(rendered(rows, run.output).split("\n")))


def _move(request: Request, outcome: Outcome) -> str:
    before = outcome.before or "?"
    match outcome.verdict:
        case Verdict.CHANGED:
            return f"{before} -> {outcome.after}"
        case Verdict.PLANNED:
            return f"{before} -> {request.target}"
        case _:
            return outcome.after or "-"


def _ending(outcome: Outcome) -> str:
    if outcome.failure is None:
        return outcome.verdict.value
    failure = outcome.failure
    return f"{outcome.verdict.value}  {visible(f'{failure.code}: {failure.message}')}"


def _tally(counts: Mapping[Verdict, int]) -> str:
    return ", ".join(f"{counts[v]} {v.value}" for v in Verdict if counts.get(v)) or "nothing to do"


def irreversible(run: Run) -> list[str]:
    """What can't be undone of what was changed, or is about to be; nothing if all can."""
    reasons: dict[tuple[str, bool], int] = {}
    for request, _, outcome in all_outcomes(run):
        planned = outcome.verdict is Verdict.PLANNED
        if planned or outcome.verdict is Verdict.CHANGED:
            changed = replace(outcome, verdict=Verdict.CHANGED)
            if not can_be_undone(request, changed):
                reason = _why_final(request, outcome), planned
                reasons[reason] = reasons.get(reason, 0) + 1
    return [
        f"The change of {count_of(count)} {'will not be' if planned else 'is not'} possible to "
        f"undo: {reason}."
        for (reason, planned), count in reasons.items()
    ]


def _why_final(request: Request, outcome: Outcome) -> str:
    match request.target:
        case Status.DISPOSED:
            return "a disposed version can only be deleted"
        case Status.DELETED:
            return "a deleted version can't be restored, only published again"
        case _ if outcome.before is None:
            return "the former status could not be read"
        case _ if Status.named(outcome.before) is not None:
            return f"CodeArtifact has no way back to {outcome.before}"
        case _:
            return "the former status is one that this action doesn't know"


def closing_line(run: Run) -> str:
    """The last line of the log: the step's outcome and the counts."""
    tally = _tally(counts_of(run)) if run.requests else "nothing was sent"
    if exit_code(run) == ExitCode.SUCCESS and counts_of(run)[Verdict.FAILED]:
        tally += " (allowed)"
    return f"{step_outcome(run)}: {tally}"
