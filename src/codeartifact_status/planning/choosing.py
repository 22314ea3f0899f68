"""Which of the versions that are there the requests mean: by spellings and patterns. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from codeartifact_status.errors import Problem
from codeartifact_status.model import Key, Package, Reading, Request
from codeartifact_status.planning.numbers import doubts
from codeartifact_status.planning.selection import idle_exclusions, select
from codeartifact_status.planning.spellings import resolve


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The requests for just the versions that are meant; with any ``problems`` there are none.

    ``stored_as`` are versions that were asked for in another spelling, ``idle`` the exclusions that
    hold back nothing, and ``doubtful`` lines for versions that YAML may have made others of.
    """

    requests: tuple[Request, ...] = ()
    problems: tuple[Problem, ...] = ()
    stored_as: Mapping[Key, str] = field(default_factory=dict)
    idle: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()


def choose(requests: Sequence[Request], readings: Mapping[Package, Reading]) -> Choice:
    """Settle which versions are meant, by what was read of the package of every request."""
    resolution = resolve(requests, readings)
    if resolution.problems:
        return Choice(problems=resolution.problems)
    try:
        chosen = [select(request, readings[request.package]) for request in resolution.requests]
    except ValueError as error:
        return Choice(problems=(Problem("keep_latest", str(error)),))
    return Choice(
        requests=tuple(chosen),
        stored_as=resolution.stored_as,
        idle=idle_exclusions(resolution.requests, readings),
        doubtful=tuple(doubts(chosen, readings)),
    )
