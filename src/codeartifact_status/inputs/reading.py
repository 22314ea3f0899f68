"""The edge to who asks: sources become fields, fields requests, or every problem with them at once.

``sources`` finds an input's value, pydantic checks it by its declaration in ``fields``, ``asking``
says what the values ask for, and here comes what doesn't exist. Nothing is sent, read from the
network or written.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from codeartifact_status.errors import InputError, Problem
from codeartifact_status.inputs import sources
from codeartifact_status.inputs.asking import Trigger, ask
from codeartifact_status.inputs.declaring import SECRET, UNDO, bounds
from codeartifact_status.inputs.fields import Inputs
from codeartifact_status.inputs.sources import Flags, Origins, kebab
from codeartifact_status.inputs.unknown import RUNNERS_OWN, problem_with
from codeartifact_status.inputs.wrong_values import expected
from codeartifact_status.model import ANY_REPOSITORY, Request

MOST_MATCHES = 100
"""How many versions a step may change that doesn't name them, or where they are, unless
``max-changes`` says otherwise."""

TAG_EXAMPLE = "GITHUB_REF=refs/tags/v1.3.0"
"""The variable that names a tag to GitHub, and where there is no CI system, with a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What was read: the inputs, as far as they are right, and what they ask for.

    ``problems`` are all that is wrong with them; with any, there are no ``requests``. ``notes`` are
    lines for the log, ``warnings`` what a reader has to see.
    """

    inputs: Inputs
    requests: tuple[Request, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    origins: Origins

    @property
    def is_everywhere(self) -> bool:
        """Whether a package is asked for in any repository of the domain."""
        return any(one.package.repository == ANY_REPOSITORY for one in self.requests)

    def check(self) -> None:
        """Raise InputError with all that is wrong."""
        if self.problems:
            raise InputError(self.problems)

    def wrong(self, field: str, text: str) -> InputError:
        """What is found out only later to be wrong with an input."""
        return self.all_wrong([Problem(field, text)])

    def all_wrong(self, problems: Sequence[Problem]) -> InputError:
        """The same of several, at least one."""
        return InputError(list(_as_typed(problems, self.inputs, self.origins)))


def read(
    flags: Flags | None,
    *,
    ref: str,
    tag_example: str = TAG_EXAMPLE,
    on_github: bool = False,
    beside: Sequence[Problem] = (),
) -> Step:
    """Read the step's inputs; ``ref`` is the Git ref that triggered the run.

    ``tag_example`` is the variable that would name a tag here, with a value. ``flags`` are None
    where there is no command line; ``beside`` is what is wrong with the line itself. ``on_github``
    says that GitHub's runner hands over the inputs, and no other program's.
    """
    named = flags.given if flags is not None else {}
    given: dict[str, Any] = {sources.variable(name): value for name, value in named.items()}
    problems: list[Problem] = []
    try:
        inputs = Inputs(**given)
    except ValidationError as error:
        *wrong, rest = error.errors(include_url=False)
        problems = [Problem(str(line["loc"][0]), expected(line)) for line in wrong]
        inputs = Inputs.model_construct(**rest["ctx"])
    broken = frozenset(problem.field for problem in problems)
    environment = sources.Environment(Inputs)
    api_request = str(named.get("cli_input_json") or environment.given("cli_input_json"))
    origins = Origins(
        flags=flags,
        environment=environment.names(),
        request=sources.read_api_request(api_request),
    )
    trigger = Trigger(ref=ref, on_github=on_github, example=tag_example)
    requested = ask(inputs, broken, origins=origins, trigger=trigger)
    problems = list(_as_typed([*problems, *requested.problems], inputs, origins))
    strange = _strange(environment, on_github=on_github)
    problems += [Problem(name, text) for name, text in strange.items() if text is not None]
    told = {problem.name for problem in beside}
    problems = [*beside, *(problem for problem in problems if problem.name not in told)]
    return Step(
        inputs=inputs,
        requests=() if problems else requested.requests,
        problems=tuple(problems),
        notes=inputs.packages.notes if inputs.packages is not None else (),
        warnings=(
            *_unheeded([name for name, text in strange.items() if text is None], environment),
            *requested.warnings,
        ),
        origins=origins,
    )


def _strange(environment: sources.Environment, *, on_github: bool) -> dict[str, str | None]:
    """The inputs that there aren't, with what is wrong with them; None for another program's."""
    return {
        name: problem_with(name, on_github=on_github)
        for name in environment.unknown()
        if name not in RUNNERS_OWN
    }


def _unheeded(ignored: Sequence[str], environment: sources.Environment) -> Iterator[str]:
    for name in ignored:
        yield f"{name} is not an input of this action; it was ignored."
    taken = environment.names()
    for field in environment.contradictory():
        yield f"{kebab(field)} is set by two different variables; {taken[field]} was used."


def _as_typed(problems: Iterable[Problem], inputs: Inputs, origins: Origins) -> Iterator[Problem]:
    """The problems with what the user calls an input, and what an entry says."""
    titled = problems if inputs.packages is None else inputs.packages.titled(problems)
    for problem in titled:
        yield problem if problem.entries else replace(problem, typed=origins.name(problem.field))


def time_limit(arguments: Sequence[str]) -> int:
    """The seconds that the whole step has, known before a file that an input names is waited for.

    That a value is wrong is told with all others; until then the default holds.
    """
    declared = Inputs.model_fields["timeout_seconds"]
    text = sources.Environment(Inputs).given("timeout_seconds")
    flag = sources.flag_of("timeout_seconds")
    for word, following in pairwise([*arguments, ""]):
        option, equals, value = word.partition("=")
        if option == flag:
            text = value if equals else following
    seconds = int(text) if re.fullmatch(r"\s*[0-9]{1,9}\s*", text, re.ASCII) else 0
    least, most = bounds(declared) or (0, 0)
    return seconds if least <= seconds <= most else int(declared.default)


# --- What is derived from several. -----------------------------------------------------------


def most_changes(step: Step) -> int | None:
    """How many versions the step may change; None for any number."""
    most = step.inputs.max_changes
    if most is None and any(request.selects or request.is_open for request in step.requests):
        return MOST_MATCHES
    return most


def setting(inputs: Inputs) -> dict[str, str]:
    """The inputs by which a step that undoes this one gets to the same place, as the same one.

    What may be meant as a secret is left to be filled in.
    """
    given: dict[str, str] = {}
    for name, field in Inputs.model_fields.items():
        value = getattr(inputs, name)
        if UNDO in field.metadata and value != field.default:
            shown = "true" if value is True else str(value)
            given[kebab(name)] = name.upper() if SECRET in field.metadata else shown
    return given
