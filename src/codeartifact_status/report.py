"""A run becomes what comes back: exit code, outputs, job summary, annotations, log. Pure.

Everything that came from outside (names, versions, revisions, statuses, messages, claims) may hold
anything: a version may legally be called ``::set-output``, ``|`` or ``<img``. On its way into
Markdown it passes through ``code``, and on its way anywhere else through ``visible``.
"""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from codeartifact_status.errors import ExitCode, InputError
from codeartifact_status.formats import console_url, package_arn, package_url
from codeartifact_status.manifest import can_be_undone, undo
from codeartifact_status.model import (
    REVERSIBLE,
    Code,
    Failure,
    Operation,
    Outcome,
    Request,
    Run,
    Status,
    Verdict,
)

MAX_OUTPUTS = 500_000
"""Characters of all outputs together: 1 MB a job, counted in UTF-16 (GitHub Docs, job outputs)."""

MAX_ROWS = 50
"""Rows of one table of the summary, which has to stay one screen."""

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
    return ExitCode.FAILED_VERSIONS if _refused(run) else ExitCode.SUCCESS


def step_outcome(run: Run) -> str:
    """The outcome of the whole step: failed, planned, changed or unchanged."""
    if exit_code(run) != ExitCode.SUCCESS:
        return "failed"
    counts = _counts(run)
    for verdict in (Verdict.PLANNED, Verdict.CHANGED):
        if counts[verdict]:
            return verdict.value
    return Verdict.UNCHANGED.value


def _counts(run: Run) -> Counter[Verdict]:
    return Counter(outcome.verdict for _, _, outcome in _all(run))


def _all(run: Run) -> Iterator[tuple[Request, str, Outcome]]:
    for request in run.requests:
        for version, outcome in run.of(request):
            yield request, version, outcome


def _refused(run: Run) -> list[tuple[Request, str, Failure]]:
    """The failures that fail the step."""
    return [
        (request, version, outcome.failure)
        for request, version, outcome in _all(run)
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
)


def outputs(run: Run) -> dict[str, str]:
    """All outputs of the action, every one of them always, as text."""
    counts = _counts(run)
    several = len(run.requests) > 1
    repositories = {request.package.repository for request in run.requests}
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
    values = {
        "outcome": step_outcome(run),
        "successful-versions": _json(successful),
        "failed-versions": _json(failed),
        "changed-count": str(counts[Verdict.CHANGED]),
        "unchanged-count": str(counts[Verdict.UNCHANGED]),
        "planned-count": str(counts[Verdict.PLANNED]),
        "failed-count": str(counts[Verdict.FAILED]),
        "undo": _json(undo(run)),
        "result": _json(result(run)),
    }
    return _fitted(values)


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


def _fitted(values: dict[str, str]) -> dict[str, str]:
    """Cut the largest outputs that one can do without until GitHub's limit holds."""
    for name in ("result", "successful-versions", "failed-versions", "undo"):
        if sum(map(len, values.values())) <= MAX_OUTPUTS:
            break
        message = f"{len(values[name])} characters are more than an output of GitHub can hold"
        values = {**values, name: _json({"truncated": True, "message": message})}
    return values


# --- Text from outside. ----------------------------------------------------------------------

_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode categories that a reader can't see: controls, bidi and zero-width marks, surrogates."""


def visible(text: str) -> str:
    """``text`` on one line, with every character that can't be seen written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in _HIDDEN else char
        for char in text
    )


def code(text: str | None) -> str:
    """``text`` as a Markdown code span that nothing in it can end, also inside of a table.

    A span holds no links, images or HTML; a backtick or a bar, which could end the span or the
    table's cell, is written as an escape.
    """
    if not text:
        return "–"
    shown = visible(text).strip().replace("`", r"\x60").replace("|", r"\x7c")
    return f"`{shown}`" if shown else "–"


# --- What can be said about a failure. --------------------------------------------------------


def _advice(run: Run, failure_code: str, requests: Sequence[Request]) -> str:
    """What to do about a kind of failure, as Markdown; it holds no text from outside but ARNs."""
    match failure_code:
        case Code.NOT_FOUND:
            return (
                "Look for a spelling mistake, and whether the version was published to this very "
                "repository: one that is only in an upstream repository does not count until it "
                "was copied or fetched."
            )
        case Code.MISMATCHED_STATUS:
            return (
                "The version is not in the status that was expected: somebody changed it, or "
                "`expected-status` names another one. Leave `expected-status` out to start from "
                "any status."
            )
        case Code.MISMATCHED_REVISION:
            return (
                "The content of the version is not the one that was meant: it was published again "
                "since its revision was noted. Make sure which one you want, then give its "
                "revision, or none."
            )
        case Code.NOT_ALLOWED:
            return (
                "CodeArtifact has no such move. The assets of a disposed version are gone: all "
                "that can be done is to delete it (`target-status: Deleted`) and publish again."
            )
        case Code.SKIPPED:
            return (
                "Nothing is wrong with these: they were held back because others failed or the "
                "step was stopped. Mend the others and run it again; failures that don't matter go "
                "into `allow-failed-versions`."
            )
        case Code.UNREPORTED:
            return (
                "It is not known what became of these. Run the step again: what is at the target "
                "already counts as a success."
            )
        case "ACCESS_DENIED" | "AccessDeniedException":
            return _missing_permission(run, requests)
        case _:
            return (
                "CodeArtifact refused the call as a whole. If its message names nothing to mend, "
                "run the step again later: what is at the target already counts as a success."
            )


def _missing_permission(run: Run, requests: Sequence[Request]) -> str:
    operations = dict.fromkeys(Operation.to_reach(request.target) for request in requests)
    return (
        "The role lacks a permission, or the domain's or the repository's policy doesn't grant it "
        "(necessary across accounts). Add this statement to the role's policy:\n\n"
        f"{_statement(run, [operation.value for operation in operations], requests)}\n\n"
        "If the role has it, the session policy may be in the way: by default this step gives up "
        "all but what it needs (`session-policy: least-privilege`)."
    )


def _statement(run: Run, operations: Sequence[str], requests: Sequence[Request]) -> str:
    account = run.account or "111122223333"
    resources = [
        package_arn(request.package, region=run.region or "*", account=account)
        for request in requests[:MAX_NAMED]
    ]
    statement = {
        "Effect": "Allow",
        "Action": [f"codeartifact:{operation}" for operation in operations],
        "Resource": list(dict.fromkeys(resources)),
    }
    note = "" if run.account else "\n\n(with your account in the place of 111122223333)"
    return f"```json\n{json.dumps(statement, indent=2)}\n```{note}"


@dataclass(frozen=True, slots=True)
class _Trouble:
    """One kind of failure: its code, whether it is allowed, and what failed so."""

    code: str
    allowed: bool
    failures: tuple[tuple[Request, str, Failure], ...]

    @property
    def requests(self) -> list[Request]:
        distinct = {request.package: request for request, _, _ in self.failures}
        return list(distinct.values())

    @property
    def count(self) -> str:
        return _versions(len(self.failures))


def _troubles(run: Run) -> list[_Trouble]:
    """The kinds of failure, the ones to mend first; SKIPPED, a mere consequence, last."""
    kinds: dict[str, list[tuple[Request, str, Failure]]] = {}
    for request, version, outcome in _all(run):
        if outcome.failure is not None:
            failure = outcome.failure
            kinds.setdefault(failure.code, []).append((request, version, failure))
    troubles = [
        _Trouble(name, run.allowed.covers(name), tuple(failures))
        for name, failures in kinds.items()
    ]
    return sorted(troubles, key=lambda trouble: (trouble.allowed, trouble.code == Code.SKIPPED))


def _versions(count: int) -> str:
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
        text = "\n\n".join(filter(None, (str(run.error), run.error.remedy)))
        found.append(Annotation(Level.ERROR, run.error.title, text))
    if run.bug is not None:
        found.append(Annotation(Level.ERROR, "A bug of this action", run.bug))
    if run.unread:
        found.append(Annotation(Level.WARNING, "Reading was denied", _unread_text(run)))
    troubles = _troubles(run)
    only_skipped = all(trouble.code == Code.SKIPPED for trouble in troubles)
    for trouble in troubles:
        if trouble.code == Code.SKIPPED and (run.error is not None or not only_skipped):
            continue
        lines = [
            f"{request.package.title} {version} in {request.package.repository}: {failure.message}"
            for request, version, failure in trouble.failures[:MAX_NAMED]
        ]
        if len(trouble.failures) > MAX_NAMED:
            lines.append(f"… and {len(trouble.failures) - MAX_NAMED} more")
        advice = _advice(run, trouble.code, trouble.requests)
        found.append(
            Annotation(
                Level.WARNING if trouble.allowed else Level.ERROR,
                f"{trouble.code}: {trouble.count}" + (" (allowed)" if trouble.allowed else ""),
                "\n".join([*map(visible, lines), "", advice]),
            )
        )
    return _bounded(found)


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


def _unread_text(run: Run) -> str:
    requests = [request for request in run.requests if request.package in run.unread]
    return (
        "What is in the repository could not be read, so the versions were sent as they were asked "
        "for: neither `undo` nor all-or-nothing across calls can be had without "
        "`codeartifact:ListPackageVersions`. Add this statement to the role's policy:\n\n"
        + _statement(run, ["ListPackageVersions"], requests)
    )


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
        width = min(40, max(len(visible(version)) for version, _ in outcomes))
        lines = tuple(
            f"{visible(version):{width}}  {_move(request, outcome)}  {_ending(outcome)}"
            for version, outcome in outcomes
        )
        package = request.package
        title = (
            f"{package.title} in {package.domain}/{package.repository} to {request.target}: "
            f"{_tally(Counter(outcome.verdict for _, outcome in outcomes))}"
        )
        groups.append(Group(title, lines))
    return groups


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
    return f"failed  {outcome.failure.code}: {outcome.failure.message}"


def _tally(counts: Mapping[Verdict, int]) -> str:
    return ", ".join(f"{counts[v]} {v.value}" for v in Verdict if counts.get(v)) or "nothing to do"


def closing_line(run: Run) -> str:
    """The last line of the log: the step's outcome and the counts."""
    return f"{step_outcome(run)}: {_tally(_counts(run))}"


# --- The job summary. ------------------------------------------------------------------------


def summary(run: Run) -> str:
    """The job summary, as GitHub-flavored Markdown: one screen, failures first."""
    if isinstance(run.error, InputError):
        parts = [_headline(run), _list_problems(run.error)]
    else:
        parts = [_headline(run)]
        if run.error is not None:
            parts += [_prose(str(run.error)), run.error.remedy]
        if run.bug is not None:
            parts.append(_prose(run.bug))
        if run.unread:
            parts.append(f"⚠️ {_unread_text(run)}")
        parts += _tables(run)
        parts += _what_to_do(run)
        parts += _way_back(run)
    return "\n\n".join(part for part in parts if part) + "\n"


def _headline(run: Run) -> str:
    counts = _counts(run)
    refused = len(_refused(run))
    total = sum(counts.values())
    targets = {request.target.value for request in run.requests}
    target = f"**{targets.pop()}**" if len(targets) == 1 else "their target status"
    match step_outcome(run):
        case "failed" if run.error is not None:
            return f"### ❌ {run.error.title}: nothing was sent"
        case "failed" if run.bug is not None:
            return "### ❌ A bug of this action got in the way"
        case "failed" if run.signal is not None:
            return f"### ❌ Stopped by a signal: {counts[Verdict.CHANGED]} of {total} changed"
        case "failed" if run.dry_run:
            return f"### ❌ Dry run: {refused} of {_versions(total)} could not be set to {target}"
        case "failed":
            changed = counts[Verdict.CHANGED]
            done = f"{_versions(changed)} changed" if changed else "nothing was changed"
            return f"### ❌ {refused} of {_versions(total)} not set to {target}; {done}"
        case "planned":
            return f"### 📝 Dry run: {_versions(counts[Verdict.PLANNED])} would be set to {target}"
        case "changed":
            return f"### ✅ {_versions(counts[Verdict.CHANGED])} set to {target}"
        case _ if total == counts[Verdict.FAILED]:
            return "### ⚠️ Nothing could be changed, and that was allowed"
        case _:
            return f"### ✅ Nothing to do: every version was {target} already"


def _list_problems(error: InputError) -> str:
    return "\n".join(f"- **{problem.name}**: {_prose(problem.text)}" for problem in error.problems)


def _prose(text: str) -> str:
    """A message that may hold text from outside, on its own lines, as code."""
    return "\n\n".join(code(line) for line in text.splitlines() if line.strip())


def _tables(run: Run) -> Iterator[str]:
    room = MAX_ROWS
    for request in run.requests:
        outcomes = run.of(request)
        ranked = sorted(
            (pair for pair in outcomes if pair[1].verdict is not Verdict.UNCHANGED),
            key=lambda pair: (pair[1].failure is None, _is_skipped(pair[1])),
        )
        unchanged = [pair for pair in outcomes if pair[1].verdict is Verdict.UNCHANGED]
        yield _title(run, request)
        if ranked and room > 0:
            yield _table(request, ranked[:room])
        if len(ranked) > room:
            yield f"… and {len(ranked) - room} more"
        room = max(0, room - len(ranked))
        if unchanged:
            table = _table(request, unchanged[:MAX_ROWS])
            more = len(unchanged) - MAX_ROWS
            rest = f"\n\n… and {more} more" if more > 0 else ""
            yield (
                f"<details><summary>{_versions(len(unchanged))} unchanged</summary>\n\n"
                f"{table}{rest}\n\n</details>"
            )


def _is_skipped(outcome: Outcome) -> bool:
    return outcome.failure is not None and outcome.failure.code == Code.SKIPPED


def _title(run: Run, request: Request) -> str:
    package = request.package
    text = f"{code(package.title)} in {code(package.repository)}"
    url = console_url(package, region=run.region, account=run.account) if run.region else None
    return f"{text} · [open in the AWS console]({url})" if url else text


def _table(request: Request, outcomes: Iterable[tuple[str, Outcome]]) -> str:
    rows = ["| Version | Status | Outcome |", "| --- | --- | --- |"]
    for version, outcome in outcomes:
        match outcome.verdict:
            case Verdict.CHANGED:
                status = f"{code(outcome.before)} → {code(outcome.after)}"
            case Verdict.PLANNED:
                status = f"{code(outcome.before)} → {code(request.target)}"
            case _:
                status = code(outcome.after)
        if outcome.failure is None:
            ending = outcome.verdict.value
        else:
            ending = f"failed {code(outcome.failure.code)}: {code(outcome.failure.message)}"
        rows.append(f"| {code(version)} | {status} | {ending} |")
    return "\n".join(rows)


def _what_to_do(run: Run) -> Iterator[str]:
    if run.error is not None:
        return
    for trouble in _troubles(run):
        note = ", allowed" if trouble.allowed else ""
        yield (
            f"**{code(trouble.code)}** ({trouble.count}{note}): "
            + _advice(run, trouble.code, trouble.requests)
        )


def _way_back(run: Run) -> Iterator[str]:
    """How to undo what was done, ready to paste; and what can't be undone, before and after."""
    entries = undo(run)
    if entries:
        steps = "\n".join(_undo_step(run, entry) for entry in entries[:MAX_NAMED])
        more = len(entries) - MAX_NAMED
        rest = f"\n\n… and {more} more, in the output `undo`" if more > 0 else ""
        yield (
            "<details><summary>How to undo this</summary>\n\n"
            f"```yaml\n{steps}\n```{rest}\n\n</details>"
        )
    final = [
        (request, outcome)
        for request, _, outcome in _all(run)
        if (
            outcome.verdict is Verdict.PLANNED
            and not (request.target in REVERSIBLE and outcome.before in REVERSIBLE)
        )
        or (outcome.verdict is Verdict.CHANGED and not can_be_undone(request, outcome))
    ]
    if final:
        verb = "will not be possible to undo" if run.dry_run else "can't be undone"
        reasons = dict.fromkeys(_why_final(request, outcome) for request, outcome in final)
        yield f"⚠️ The change of {_versions(len(final))} {verb}: {'; '.join(reasons)}."


def _why_final(request: Request, outcome: Outcome) -> str:
    match request.target:
        case Status.DISPOSED:
            return "a disposed version can only be deleted"
        case Status.DELETED:
            return "a deleted version can't be restored, only published again"
        case _ if outcome.before is None:
            return "the former status could not be read"
        case _:
            return f"CodeArtifact has no way back to {code(outcome.before)}"


def _undo_step(run: Run, entry: Mapping[str, Any]) -> str:
    lines = ["- uses: OWNER/codeartifact-status@v0", "  with:"]
    for name, value in (dict(run.setting) | dict(entry)).items():
        text = value if isinstance(value, str) else json.dumps(value)
        # YAML in double quotes is a superset of JSON; and a name that holds an expression of
        # GitHub's must come out of the workflow as it went in.
        quoted = json.dumps(text).replace("${{", "${{ '${{' }}")
        lines.append(f"    {name}: {quoted}")
    return "\n".join(lines)
