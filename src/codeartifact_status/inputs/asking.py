"""What the inputs ask for: by the step itself, or by each entry of ``packages`` together with it.

Here an entry's values are checked, by the same declarations as the step's, and a tag is read. What
only makes sense together is checked in ``requests``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from codeartifact_status.errors import Problem, folded
from codeartifact_status.inputs import sources, values
from codeartifact_status.inputs.asked import Asked, of_entry
from codeartifact_status.inputs.contradictions import contradictions
from codeartifact_status.inputs.entry import Entry
from codeartifact_status.inputs.fields import Inputs
from codeartifact_status.inputs.packages.raw_entry import RawEntry
from codeartifact_status.inputs.requests import to_requests
from codeartifact_status.inputs.sources import Origins
from codeartifact_status.inputs.tags import is_tag, read_tag
from codeartifact_status.inputs.wrong_values import expected
from codeartifact_status.model import Request

_CHOOSE_TAG = "; to run it by hand, choose the tag in Run workflow"

_WAS_EMPTY = (
    "; if packages comes from an expression, the expression was empty: guard the step, for "
    "example with `if: steps.changesets.outputs.published == 'true'`"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What a run was triggered by: its Git ref, and whether GitHub runs it.

    ``example`` is the variable that would name a tag, with a value.
    """

    ref: str
    on_github: bool
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """The requests, if nothing is wrong; what is missing or contradicts something; warnings."""

    requests: tuple[Request, ...]
    problems: Sequence[Problem]
    warnings: tuple[str, ...]


def ask(inputs: Inputs, broken: frozenset[str], *, origins: Origins, trigger: Trigger) -> Requested:
    """What the inputs ask for; ``broken`` are those that are wrong by themselves."""
    problems = [
        problem
        for problem in contradictions(inputs, by_flags=origins.flags is not None)
        if problem.field not in broken
    ]
    step, wrong = _step(inputs, broken, trigger)
    step = replace(step, from_yaml=origins.is_from_workflow("versions"))
    problems += wrong
    all_asked, entries = [step], []
    if inputs.packages is not None:
        all_asked = []
        for raw in inputs.packages.entries:
            entry, wrong = _entry(raw, inputs)
            problems += wrong
            if entry is not None:
                entries.append(entry)
                all_asked.append(of_entry(step, raw.number, entry))
    requests, wrong = to_requests(all_asked)
    problems += (_hinted(problem, trigger) for problem in wrong)
    # What is missing may well be in what could not be read.
    elsewhere = set(sources.API_REQUEST.values()) if "cli_input_json" in broken else set()
    if "packages" in broken:
        elsewhere |= set(Entry.model_fields)
    warnings: list[str] = []
    if inputs.packages is not None and (file := inputs.packages.meant) is not None:
        name, meant = values.shown(file), values.shown(f"@{file}")
        if any(problem.entries for problem in problems):
            # What is wrong with it as a package isn't the trouble.
            hint = Problem("packages", f"{name} is not a package; did you mean {meant}?")
            problems = [hint, *(problem for problem in problems if not problem.entries)]
        else:
            warnings = [f"packages: {name} was read as a package; to read the file, write {meant}."]
    return Requested(
        requests=requests,
        problems=folded(p for p in problems if not (p.missing and p.field in elsewhere)),
        warnings=(
            *warnings,
            *(inputs.packages.warnings if inputs.packages is not None else ()),
            *_overruled(inputs, entries),
        ),
    )


def _entry(raw: RawEntry, inputs: Inputs) -> tuple[Entry | None, list[Problem]]:
    """An entry of ``packages``, checked, and what is wrong with it; None with anything."""
    entries = (raw.number,)
    problems = [Problem(field, text, entries=entries) for field, text in raw.wrong]
    if raw.domain is not None and inputs.domain not in {None, raw.domain}:
        text = f"for domain {values.shown(raw.domain)}, but this step is for {inputs.domain}"
        problems.append(Problem("packages", text, entries=entries))
    try:
        entry = Entry.model_validate(raw.values)
    except ValidationError as error:
        problems += [
            Problem(str(line["loc"][0]), expected(line), entries=entries)
            for line in error.errors(include_url=False)
        ]
    return (None if problems else entry), problems


def _hinted(problem: Problem, trigger: Trigger) -> Problem:
    """The problem with what it generally means, where no package is named.

    GitHub hands over an expression that nothing filled as an empty text, which is an absent input.
    """
    if problem.entries or not (problem.missing and problem.field == "package"):
        return problem
    return replace(problem, text=problem.text + _WAS_EMPTY) if trigger.on_github else problem


_OVERRULED = ("repository", "expected_status", "target_status")
"""What an entry may say otherwise than the step, to change something else or elsewhere."""


def _overruled(inputs: Inputs, entries: Sequence[Entry]) -> Iterator[str]:
    """What the step says in vain, because each entry says it otherwise."""
    for field in _OVERRULED:
        said = getattr(inputs, field)
        theirs = [getattr(entry, field) for entry in entries if field in entry.model_fields_set]
        if said and theirs and len(theirs) == len(entries) and said not in theirs:
            shown = said if isinstance(said, str) else ", ".join(said)
            yield (
                f"{sources.kebab(field)}: {shown} has no effect, because every entry of packages "
                "has its own."
            )


def _step(inputs: Inputs, broken: frozenset[str], trigger: Trigger) -> tuple[Asked, list[Problem]]:
    """What the step itself asks for, and what is wrong with the tag that it takes it from."""
    if inputs.version_from_tag is None:
        return Asked(step=inputs, entry=inputs, broken=broken), []
    pattern = inputs.version_from_tag
    try:
        package, version = read_tag(pattern, trigger.ref, example=trigger.example)
        values.version(version)
    except ValueError as error:
        hint = _CHOOSE_TAG if trigger.on_github and not is_tag(trigger.ref) else ""
        text = f"{values.shown(pattern)}: {error}{hint}"
        broken |= {"version_from_tag"} | ({"package"} if "{package}" in pattern else set())
        step = Asked(step=inputs, entry=inputs, broken=broken)
        return step, [Problem("version_from_tag", text)]
    found = {
        "package": inputs.package or package,
        "versions": inputs.versions or (version,),
    }
    return Asked(step=inputs, entry=inputs.model_copy(update=found), broken=broken), []
