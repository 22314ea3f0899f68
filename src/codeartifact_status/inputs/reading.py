"""The edge to who asks: sources become fields, fields requests, or every problem with them at once.

``sources`` finds an input's value, pydantic checks it by its declaration in ``fields``, and here
comes what is missing, what contradicts another input, and what doesn't exist. Nothing is sent, read
from the network or written.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import NoneType
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from codeartifact_status.errors import InputError, Problem
from codeartifact_status.inputs import sources, values
from codeartifact_status.inputs.contradictions import contradictions
from codeartifact_status.inputs.declaring import UNDO, bounds
from codeartifact_status.inputs.entry import Entry
from codeartifact_status.inputs.fields import Inputs
from codeartifact_status.inputs.manifest import RawEntry
from codeartifact_status.inputs.requests import Asked, of_entry, to_requests
from codeartifact_status.inputs.sources import Flags, Origins, kebab
from codeartifact_status.inputs.tags import read_tag, tag_pattern
from codeartifact_status.model import Request

MOST_MATCHES = 100
"""How many versions a step may change by pattern, unless ``max-changes`` says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What was read: the inputs, as far as they are right, and what they ask for.

    ``problems`` are all that is wrong with them; with any, there are no ``requests``. ``ignored``
    are inputs that this action doesn't have.
    """

    inputs: Inputs
    requests: tuple[Request, ...]
    problems: tuple[Problem, ...]
    ignored: tuple[str, ...]
    origins: Origins

    def check(self) -> None:
        """Raise InputError with all that is wrong."""
        if self.problems:
            raise InputError(self.problems)

    def wrong(self, field: str, text: str) -> InputError:
        """What is found out only later to be wrong with an input."""
        return self.all_wrong([Problem(field, text)])

    def all_wrong(self, problems: Sequence[Problem]) -> InputError:
        """The same of several, at least one."""
        return InputError([_as_typed(problem, self.origins) for problem in problems])


def read(flags: Flags | None, *, ref: str, beside: Sequence[Problem] = ()) -> Step:
    """Read the step's inputs; ``ref`` is the Git ref that triggered the run.

    ``flags`` are None where there is no command line; ``beside`` is what is wrong with the line
    itself.
    """
    named = flags.given if flags is not None else {}
    given: dict[str, Any] = {sources.variable(name): value for name, value in named.items()}
    problems: list[Problem] = []
    try:
        inputs = Inputs(**given)
    except ValidationError as error:
        *wrong, rest = error.errors(include_url=False)
        problems = [Problem(str(line["loc"][0]), _text(line)) for line in wrong]
        inputs = Inputs.model_construct(**rest["ctx"])
    broken = frozenset(problem.field for problem in problems)
    environment = sources.Environment(Inputs)
    unknown = {name: _nearest(name) for name in environment.unknown() if name not in _RUNNERS_OWN}
    origins = Origins(
        flags=flags,
        environment=environment.names(),
        request=_in_request(inputs, broken),
    )
    requests, misfits = _ask(inputs, broken, origins=origins, ref=ref)
    problems += sorted(misfits, key=lambda problem: problem.entry)
    problems = [_as_typed(problem, origins) for problem in problems]
    problems += [
        Problem(name, f"there is no such input; did you mean {near}?")
        for name, near in unknown.items()
        if near is not None
    ]
    told = {problem.name for problem in beside}
    problems = [*beside, *(problem for problem in problems if problem.name not in told)]
    return Step(
        inputs=inputs,
        requests=() if problems else requests,
        problems=tuple(problems),
        ignored=tuple(name for name, near in unknown.items() if near is None),
        origins=origins,
    )


# The runner itself sets these for a container action that is given `with: args` or `entrypoint`.
_RUNNERS_OWN = {"args", "entrypoint"}


def _nearest(name: str) -> str | None:
    known = [kebab(field) for field in Inputs.model_fields]
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=0.85)), None)


def _as_typed(problem: Problem, origins: Origins) -> Problem:
    return problem if problem.entry else replace(problem, typed=origins.name(problem.field))


def _in_request(inputs: Inputs, broken: frozenset[str]) -> Mapping[str, Any]:
    text = None if "cli_input_json" in broken else inputs.cli_input_json
    return sources.read_api_request(text) if text else {}


# --- What pydantic found wrong, in words. ----------------------------------------------------


def _text(line: ErrorDetails) -> str:
    """What was expected of a value, by the kind of error that pydantic found."""
    field, value = str(line["loc"][-1]), line["input"]
    match line["type"]:
        case "value_error":
            return str(line["ctx"]["error"])
        case "enum" | "literal_error":
            return _not_one_of(_words(field), value)
        case _ if (limits := bounds(Inputs.model_fields[field])) is not None:
            least, most = limits
            return f"must be an integer from {least} to {most} (got {values.shown(value)})"
        case _:
            return f"{values.shown(value)}: {line['msg']}"


def _not_one_of(words: Sequence[str], value: object) -> str:
    near = difflib.get_close_matches(str(value), words, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{values.shown(value)} is none of {', '.join(words)}{hint}"


def _words(field: str) -> list[str]:
    annotation = Inputs.model_fields[field].annotation
    kinds = [kind for kind in get_args(annotation) or (annotation,) if kind is not NoneType]
    return [str(word) for kind in kinds for word in get_args(kind) or kind]


# --- What they ask for. ----------------------------------------------------------------------


def _ask(
    inputs: Inputs, broken: frozenset[str], *, origins: Origins, ref: str
) -> tuple[tuple[Request, ...], list[Problem]]:
    """The requests, and what is missing or contradicts something beside the ``broken`` inputs."""
    problems = [
        problem
        for problem in contradictions(inputs, by_flags=origins.flags is not None)
        if problem.field not in broken
    ]
    step, wrong = _step(inputs, broken, ref=ref)
    step = replace(step, from_yaml=origins.is_from_workflow("versions"))
    problems += wrong
    all_asked = [step]
    if inputs.packages is not None:
        all_asked = []
        for number, raw in enumerate(inputs.packages, start=1):
            entry = _entry(raw, number)
            if isinstance(entry, Entry):
                all_asked.append(of_entry(step, number, entry))
            else:
                problems += entry
    requests, wrong = to_requests(all_asked)
    problems += wrong
    # What is missing may well be in what could not be read.
    elsewhere = set(sources.API_REQUEST.values()) if "cli_input_json" in broken else set()
    if "packages" in broken:
        elsewhere |= set(Entry.model_fields)
    return requests, [p for p in problems if not (p.missing and p.field in elsewhere)]


def _entry(raw: RawEntry, number: int) -> Entry | list[Problem]:
    """An entry of ``packages``, checked, or what is wrong with it."""
    if isinstance(raw, ValueError):
        return [Problem("packages", str(raw), entry=number)]
    try:
        return Entry.model_validate(raw)
    except ValidationError as error:
        return [
            Problem(str(line["loc"][0]), _text(line), entry=number)
            for line in error.errors(include_url=False)
        ]


def _step(inputs: Inputs, broken: frozenset[str], *, ref: str) -> tuple[Asked, list[Problem]]:
    """What the step itself asks for, and what is wrong with the tag that it takes it from."""
    if inputs.version_from_tag is None:
        return Asked(step=inputs, entry=inputs, broken=broken), []
    pattern = tag_pattern(inputs.version_from_tag)
    try:
        package, version = read_tag(pattern, ref)
        values.version(version)
    except ValueError as error:
        text = f"{values.shown(inputs.version_from_tag)}: {error}"
        broken |= {"version_from_tag"} | ({"package"} if pattern.groups > 1 else set())
        step = Asked(step=inputs, entry=inputs, broken=broken)
        return step, [Problem("version_from_tag", text)]
    found = {
        "package": inputs.package or package,
        "versions": inputs.versions or (version,),
    }
    return Asked(step=inputs, entry=inputs.model_copy(update=found), broken=broken), []


# --- What is derived from several. -----------------------------------------------------------


def most_changes(inputs: Inputs) -> int | None:
    """How many versions the step may change; None for any number."""
    if inputs.max_changes is None and inputs.versions_matching:
        return MOST_MATCHES
    return inputs.max_changes


def setting(inputs: Inputs) -> dict[str, str]:
    """The inputs by which a step that undoes this one gets to the same place, as the same one.

    An external id may be meant as a secret, and is left to be filled in.
    """
    given: dict[str, str] = {}
    for name, field in Inputs.model_fields.items():
        value = getattr(inputs, name)
        if UNDO in field.metadata and value != field.default:
            shown = "true" if value is True else str(value)
            given[kebab(name)] = "EXTERNAL_ID" if name == "role_external_id" else shown
    return given
