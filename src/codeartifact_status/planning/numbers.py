"""Numbers of YAML: what a workflow's ``versions: 1.10`` may have meant by ``1.1``. Pure.

An unquoted version of one or two parts is a number to YAML, and the runner hands it over without
the zeros at its end. Whether there were any can't be told afterwards; that a version with zeros is
in the repository makes it likely.
"""

from collections.abc import Iterator, Mapping, Sequence

from codeartifact_status.formats.names import package_title
from codeartifact_status.model import Denied, Package, Reading, Request
from codeartifact_status.planning.spellings import Spellings


def with_zeros(request: Request, spellings: Spellings) -> list[str]:
    """The stored versions that YAML makes the request's number of, and that it doesn't ask for."""
    number = request.number
    if number is None:
        return []
    point = "" if "." in number else "."
    longest = max(map(len, spellings.there), default=0)
    written = (number + point + "0" * zeros for zeros in range(1, longest - len(number) + 1))
    meant = (stored for version in written for stored in spellings.of(version))
    return [stored for stored in dict.fromkeys(meant) if stored not in request.versions]


def doubts(requests: Sequence[Request], readings: Mapping[Package, Reading]) -> Iterator[str]:
    """A line for each number that is there, as is the version that may have been meant.

    ``requests`` are by stored names. Of a number that isn't there, its failure speaks.
    """
    for request in requests:
        reading = readings[request.package]
        if request.number is None or isinstance(reading, Denied):
            continue
        spellings = Spellings(format=request.package.format, there=reading)
        others = with_zeros(request, spellings)
        is_asked_for = set(spellings.of(request.number)) & set(request.versions)
        if others and is_asked_for:
            yield (
                f"{request.number} of {package_title(request.package)} in "
                f"{request.package.repository}, which also holds {', '.join(others)}"
            )
