"""Which versions are meant: globs, ranges, keep-latest. Pure.

Version order and ranges are those of the format's own tools, by libraries: ``univers`` for the
order of all and the ranges of Maven, NuGet and Ruby; npm's and PyPI's by ``nodesemver``, a port of
npm's own, and ``packaging``, which is pip's own, because univers takes pre-releases into them that
the tools leave out. Generic packages have no order, and Swift and Cargo no ranges: only globs.
"""

import fnmatch
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from codeartifact_status.formats import RULES
from codeartifact_status.model import Denied, Format, Reading, Request, State, Status

# --- Globs and ranges. -----------------------------------------------------------------------

_BRACKETED = {Format.MAVEN, Format.NUGET}
_GLOB_ONLY = {Format.GENERIC, Format.SWIFT, Format.CARGO}

# A build of a Maven SNAPSHOT, which CodeArtifact keeps Unlisted by design (User Guide,
# "Using Maven snapshots").
_SNAPSHOT_BUILD = re.compile(r".*-\d{8}\.\d{6}-\d+")


def matcher(format_: Format, expression: str) -> Callable[[str], bool]:
    """A test whether a version matches a glob, or a range in the format's own syntax.

    Raises:
        ValueError: it is neither.
    """
    if _is_glob(format_, expression):
        pattern = re.compile(fnmatch.translate(expression))
        return lambda version: pattern.match(version) is not None
    if format_ in _GLOB_ONLY:
        raise ValueError(f"{expression!r}: for {format_} only globs work, such as 1.4.*")
    try:
        match format_:
            case Format.NPM:
                return _npm(expression)
            case Format.PYPI:
                return _pypi(expression)
            case Format.RUBY:
                return _ruby(expression)
            case _:
                return _intervals(format_, expression)
    except ImportError:
        raise
    except Exception as error:
        # univers and its parsers raise many kinds of exceptions, InvalidVersionRange among them.
        raise ValueError(
            f"{expression!r} is neither a glob nor a range of {format_} versions"
        ) from error


def _is_glob(format_: Format, expression: str) -> bool:
    """Globs hold no operators; a plain version is a glob without wildcards, but a range for npm."""
    if format_ in _BRACKETED and expression[:1] in {"[", "("}:
        return False
    if re.search(r"[<>=^~|,\s]", expression):
        return False
    return format_ is not Format.NPM or bool(re.search(r"[*?]", expression))


def _npm(expression: str) -> Callable[[str], bool]:
    # Pre-releases match only beside one of the same major.minor.patch in the range, as in npm.
    import nodesemver  # noqa: PLC0415 - most steps have no ranges

    if nodesemver.valid_range(expression, loose=False) is None:
        raise ValueError("it is no range")

    def matches(version: str) -> bool:
        try:
            return bool(nodesemver.satisfies(version, expression, loose=False))
        except ValueError:
            return False

    return matches


def _pypi(expression: str) -> Callable[[str], bool]:
    # Pre-releases match only if the range names one, as in pip.
    from packaging.specifiers import SpecifierSet  # noqa: PLC0415 - most steps have no ranges
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415

    spec = SpecifierSet(expression)
    takes_any = bool(spec.prereleases)

    def matches(version: str) -> bool:
        try:
            return spec.contains(Version(version), prereleases=takes_any)
        except InvalidVersion:
            return False

    return matches


def _ruby(expression: str) -> Callable[[str], bool]:
    # univers has a port of RubyGems' own requirements; its ranges take ~> 1.4.rc1 for ~> 1.4.
    from univers.gem import GemRequirement, GemVersion  # noqa: PLC0415 - most steps have no ranges

    requirement = GemRequirement.from_string(expression)
    takes_any = bool(re.search("[A-Za-z]", expression))

    def matches(version: str) -> bool:
        if not takes_any and re.search("[A-Za-z]", version):
            return False
        try:
            return bool(requirement.satisfied_by(GemVersion(version)))
        except Exception:  # noqa: BLE001 - what can't be parsed as a version is in no range
            return False

    return matches


_INTERVALS = re.compile(r"[\[(][^\[\]()]+[\])](\s*,\s*[\[(][^\[\]()]+[\])])*")


def _intervals(format_: Format, expression: str) -> Callable[[str], bool]:
    from univers.version_range import RANGE_CLASS_BY_SCHEMES  # noqa: PLC0415 - likewise

    # univers reads what it doesn't know as a range without bounds, which nothing matches.
    if not _INTERVALS.fullmatch(expression):
        raise ValueError("it is no interval such as [1.4,2)")
    if re.fullmatch(r"\(\s*,\s*\)", expression):
        return lambda _: True
    kind: Any = RANGE_CLASS_BY_SCHEMES[RULES[format_].purl_type]
    versions = kind.from_native(expression)
    bounds = [str(constraint.version.string) for constraint in versions.constraints]
    if not bounds:
        raise ValueError("it has no bounds")
    # NuGet leaves pre-releases out unless a bound is one; Maven goes by order alone.
    takes_any = format_ is Format.MAVEN or any("-" in bound for bound in bounds)

    def matches(version: str) -> bool:
        if not takes_any and "-" in version.partition("+")[0]:
            return False
        try:
            return kind.version_class(version) in versions
        except Exception:  # noqa: BLE001 - what can't be parsed as a version is in no range
            return False

    return matches


def order_of(format_: Format) -> Callable[[str], Any]:
    """A key that sorts versions as the format does; ValueError for what is no version to it.

    Raises:
        ValueError: the format has no order of its own.
    """
    if format_ is Format.GENERIC:
        raise ValueError("generic packages have no version order")
    from univers import versions  # noqa: PLC0415 - most steps need no order

    kind = {
        Format.PYPI: versions.PypiVersion,
        Format.MAVEN: versions.MavenVersion,
        Format.NUGET: versions.NugetVersion,
        Format.RUBY: versions.RubygemsVersion,
    }.get(format_, versions.SemverVersion)

    def key(version: str) -> Any:
        try:
            return kind(version)
        except Exception as error:
            raise ValueError(f"{version} is not a {format_} version, so it has no order") from error

    return key


# --- Selecting. ------------------------------------------------------------------------------


def select(request: Request, reading: Reading) -> Request:
    """The request with its selection carried out on what was read; unchanged without one.

    What matches comes after the versions that were asked for by name. Builds of Maven snapshots
    never match. With a selection the expected status is a filter; without an expected status, all
    versions are taken from which the target can be reached. Where nothing matches, or nothing could
    be read, the selection stands among the versions as text, and the plan fails it.

    Raises:
        ValueError: ``keep_latest`` has to order something that is no version to the format.
    """
    selection = request.selection
    if selection is None:
        return request
    format_ = request.package.format
    excluded = any_of(format_, selection.excluding)
    named = [version for version in request.versions if not excluded(version)]
    if not selection.matching:
        return request.with_versions(named)
    there = {} if isinstance(reading, Denied) else reading
    wanted = any_of(format_, selection.matching)
    matched = [
        version
        for version in there
        if wanted(version)
        and not excluded(version)
        and not (format_ is Format.MAVEN and _SNAPSHOT_BUILD.fullmatch(version))
    ]
    if not matched:
        return request.with_versions([*named, selection.text])
    kept = _latest(format_, matched, selection.keep_latest)
    left_alone = {
        version: f"one of the newest {selection.keep_latest}"
        if version in kept
        else f"its status is {there[version].status}"
        for version in matched
        if version in kept or not _is_taken(request, there[version])
    }
    chosen = [version for version in matched if version not in left_alone]
    return request.with_versions([*named, *chosen], left_alone=left_alone)


def _is_taken(request: Request, state: State) -> bool:
    if state.status == request.target:
        return True
    if request.expected_status is not None:
        return state.status == request.expected_status
    return state.status != Status.DISPOSED or request.target is Status.DELETED


def _latest(format_: Format, versions: Sequence[str], count: int) -> frozenset[str]:
    if count == 0:
        return frozenset()
    return frozenset(sorted(versions, key=order_of(format_), reverse=True)[:count])


@cache
def any_of(format_: Format, expressions: tuple[str, ...]) -> Callable[[str], bool]:
    """A test whether a version matches any of ``expressions``."""
    matchers = [matcher(format_, expression) for expression in expressions]
    return lambda version: any(matches(version) for matches in matchers)
