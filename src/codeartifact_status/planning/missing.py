"""What is said of a version that isn't there: where it isn't, and what is near it. Pure.

The listing is in hand, so the message names what may have been meant: the spellings that the format
takes for the same, what YAML may have made of a number, look-alikes, or else the nearest names. A
selection that matched nothing is told of the glob that would have. Where nothing is near, nothing
is named.
"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice, takewhile

from codeartifact_status.formats.expressions import any_of
from codeartifact_status.formats.names import may_lack_scope, package_title
from codeartifact_status.model import ANY_REPOSITORY, Package, Request, Selection, State, Status
from codeartifact_status.planning.numbers import with_zeros
from codeartifact_status.planning.selection import matches_of
from codeartifact_status.planning.spellings import Spellings

MAX_NAMED = 3
"""Versions that are named as near, at most."""

MAX_COMPARISONS = 12_000_000
"""Pairs of characters that are compared for one plan, which takes about a second at most.

Of versions as they usually are, that is some 200,000 pairs; of the longest, 200.
"""

_NEAR = 0.75
"""How alike two versions have to be, of 1: ``1.3`` and ``1.3.0`` just are."""


class Missing:
    """Says what is missing from the packages of one plan, and looks for what is near.

    Comparing costs time, so once ``MAX_COMPARISONS`` are used up, only look-alikes are found.
    """

    def __init__(self) -> None:
        """Begin with nothing compared."""
        self._shelves: dict[Package, _Shelf] = {}
        self._comparisons_left = MAX_COMPARISONS

    def message(self, request: Request, version: str, there: Mapping[str, State]) -> str:
        """What is said of a version of ``request`` that isn't ``there``."""
        package = request.package
        if (said := request.absences.get(version)) is not None:
            return said
        if not there:
            what = f"Could not find package {package_title(package)} {_in(package)}"
            return what + _of_scope(request, version)
        if request.selection is not None and version == request.unmatched:
            return _no_match(package, request.selection, there)
        shelf = self._shelves.setdefault(package, _Shelf(format=package.format, there=there))
        same = shelf.of(version)
        if len(same) > 1:
            return (
                f"Could not find version {version} in repository {package.repository}, where "
                f"{_listed(same, 'and')} are the same version to {package.format}: name one of them"
            )
        hint = self._hint(request, version, shelf)
        return f"Could not find version {version} {_in(package)}" + (f"; {hint}" if hint else "")

    def _hint(self, request: Request, version: str, shelf: "_Shelf") -> str:
        if version == request.number and (others := with_zeros(request, shelf)):
            return (
                f"did you mean {_listed(others[:MAX_NAMED], 'or')}? YAML drops the zeros of a "
                f'number, so quote it: versions: "{others[0]}"'
            )
        if alike := shelf.alike(version):
            return f"did you mean {_listed(alike[:MAX_NAMED], 'or')}?"
        if _PATTERN.search(version):
            return "for a pattern, use versions-matching"
        comparisons = len(version) * shelf.characters
        if comparisons > self._comparisons_left:
            return ""
        self._comparisons_left -= comparisons
        near = _nearest(version, shelf.there)
        return f"nearest: {', '.join(near)}" if near else ""


class _Shelf(Spellings):
    """The versions of a package, by what a reader may take for the same, too."""

    @cached_property
    def characters(self) -> int:
        """How many there are in all of its versions."""
        return sum(map(len, self.there))

    def alike(self, version: str) -> Sequence[str]:
        """The stored versions that look like ``version``."""
        return self._by_looks.get(_looks(version), ())

    @cached_property
    def _by_looks(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for version in self.there:
            found.setdefault(_looks(version), []).append(version)
        return found


def in_vain(
    request: Request, found: Sequence[Package], *, scattered: Sequence[str] = ()
) -> dict[str, str]:
    """What is said of the versions, and of the patterns, that an open request asks for in vain.

    ``found`` are the packages that are there all the same; ``scattered`` are versions that some of
    them have, but none together with all that is asked for.
    """
    package, globs = request.package, request.globs
    title = package_title(package)
    where = f"in repository {package.repository}"
    if package.repository == ANY_REPOSITORY:
        where = f"in any repository of domain {package.domain}"
    patterns = request.selection.text if request.selection is not None else ""
    if not found:
        what = f"Could not find package {title} {where}"
        if globs is not None:
            out = " and is not excluded" if globs.excluding else ""
            what = f"Could not find a package {where} that matches {title}{out}"
            return dict.fromkeys([*request.versions, patterns], what)
        return {one: what + _of_scope(request, one) for one in [*request.versions, patterns]}
    if globs is None:
        copies = sorted({one.repository for one in found})
        none = f"No copy of {title}, which is in {_several(copies)}, has"
    else:
        count = len({(one.namespace, one.name) for one in found})
        these = f"the {count} packages" if count > 1 else "the 1 package"
        none = f"None of {these} {where} that match {title} has"
    together = f"{none} all that is asked for: {_several(scattered)}"
    return {
        **{v: together if v in scattered else f"{none} version {v}" for v in request.versions},
        patterns: f"{none} a version that matches {patterns}",
    }


def _of_scope(request: Request, version: str) -> str:
    """The hint that a scope may be missing; a block list holds public packages, which have none."""
    package = request.package
    is_listed = request.target is Status.ARCHIVED and version in request.entries
    if is_listed or not may_lack_scope(package):
        return ""
    scoped = package_title(replace(package, namespace="scope"))
    return f"; this is the package without a scope: for {scoped}, set namespace to its scope"


def _several(names: Sequence[str]) -> str:
    """A list of some names, and how many more there are."""
    more = [f"{len(names) - MAX_NAMED} more"] if len(names) > MAX_NAMED else []
    return _listed([*names[:MAX_NAMED], *more], "and") if names else ""


_PATTERN = re.compile(r"[*?^~<>|\[\]()]")
"""What no version of any format holds."""

_LOOK_ALIKES = str.maketrans({"o": "0", "l": "1", "i": "1"} | dict.fromkeys("-_+=", "."))


def _looks(version: str) -> str:
    """A text that versions share if they differ only by what is easily mistyped.

    That is case, a leading ``v``, separators and whether one stands between a word and a number, O
    for 0, l and I for 1.
    """
    plain = version.lower().translate(_LOOK_ALIKES).lstrip(".").removeprefix("v").lstrip(".")
    return re.sub(r"(?<=[a-z])\.(?=\d)|(?<=\d)\.(?=[a-z])", "", plain)


def _nearest(version: str, there: Mapping[str, State]) -> list[str]:
    """The stored versions that go on where ``version`` ends, or else those most like it.

    Of equally near ones, those that begin alike come first.
    """
    asked = version.lower()

    def in_common(other: str) -> int:
        pairs = zip(asked, other.lower(), strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    end = len(asked)
    longer = [
        other
        for other in there
        if other.lower().startswith(asked) and not other[end : end + 1].isalnum()
    ]
    close = longer or difflib.get_close_matches(asked, there, n=10 * MAX_NAMED, cutoff=_NEAR)
    return sorted(close, key=in_common, reverse=True)[:MAX_NAMED]


def _no_match(package: Package, selection: Selection, there: Mapping[str, State]) -> str:
    if selection.excluding and (found := matches_of(package.format, selection.matching, there)):
        return (
            f"No version in repository {package.repository} matches {selection.text}, apart from "
            f"those that exclude-versions excludes: {_listed(found[:MAX_NAMED], 'and')}"
            + (f" and {len(found) - MAX_NAMED} more" if len(found) > MAX_NAMED else "")
        )
    hints = list(islice(_globs(package, selection, there), MAX_NAMED))
    hint = f"; did you mean {_listed(hints, 'or')}?" if hints else ""
    return f"No version in repository {package.repository} matches {selection.text}{hint}"


_PLAIN = re.compile(r"[\w.+-]+", re.ASCII)
_ANY_PART = re.compile(r"(?<![A-Za-z0-9])[xX](?![A-Za-z0-9])")


def _globs(package: Package, selection: Selection, there: Mapping[str, State]) -> Iterator[str]:
    """The globs for expressions without a wildcard, such as ``0.x``, that match what is there."""
    excluded = any_of(package.format, selection.excluding)(there)
    for expression in filter(_PLAIN.fullmatch, selection.matching):
        glob = _ANY_PART.sub("*", expression)
        glob = f"{expression}.*" if glob == expression else glob
        if matches_of(package.format, (glob,), there, excluded=excluded):
            yield glob


def _in(package: Package) -> str:
    return f"in repository {package.repository} (upstream repositories do not count)"


def _listed(versions: Sequence[str], word: str) -> str:
    """``1``, ``1 or 2``, ``1, 2 or 3``."""
    *others, last = versions
    return f"{', '.join(others)} {word} {last}" if others else last
