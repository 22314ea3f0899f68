"""Which packages a request may mean that names none, or not in which repository. Pure.

What of them is meant, once their versions are known, is the matter of ``settling``.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile
from typing import TypeAlias

from codeartifact_status.formats.globs import any_glob, literal_start, taken_apart
from codeartifact_status.model import ANY_REPOSITORY, Format, Globs, Package, Request, Shelf

Name: TypeAlias = tuple[Format, str | None, str]
"""A package wherever it is: its format, namespace and name."""


def shelves(requests: Iterable[Request], repositories: Sequence[str]) -> tuple[Shelf, ...]:
    """What to list: of each repository each format once, by what all that is meant begins with.

    ``repositories`` are those of the domain, where a request is for any of them.
    """
    wanted: dict[Shelf, list[tuple[str, str]]] = {}
    for request in requests:
        package = request.package
        beginnings = list(_beginnings(request))
        places = repositories if package.repository == ANY_REPOSITORY else [package.repository]
        for repository in places:
            shelf = Shelf(
                domain=package.domain,
                domain_owner=package.domain_owner,
                repository=repository,
                format=package.format,
            )
            wanted.setdefault(shelf, []).extend(beginnings)
    return tuple(
        replace(
            shelf,
            namespace=_in_common([namespace for namespace, _ in beginnings]),
            name=_in_common([name for _, name in beginnings]),
        )
        for shelf, beginnings in wanted.items()
    )


def _beginnings(request: Request) -> Iterator[tuple[str, str]]:
    """With what the namespaces and the names of the packages begin that a request may mean."""
    package = request.package
    if request.globs is None:
        yield package.namespace or "", package.name
        return
    for glob in request.globs.matching:
        namespace, name = taken_apart(package.format, glob, package.namespace)
        yield literal_start(namespace), literal_start(name)


def _in_common(texts: Collection[str]) -> str:
    """What all of the texts begin with."""
    pairs = zip(min(texts), max(texts), strict=False)
    return "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """The packages that were listed, and the domain's repositories where those were asked for.

    Without slots, so that the index is kept.
    """

    packages: tuple[Package, ...] = ()
    repositories: tuple[str, ...] = ()

    def of(self, request: Request) -> tuple[Package, ...]:
        """The packages that a request means, each copy of them."""
        package, globs = request.package, request.globs
        if globs is None:
            found = self._by_name.get(name_of(package), ())
        else:
            matches = any_glob(globs.matching, package.namespace)
            is_out = any_glob(globs.excluding, package.namespace)
            found = [one for one in self.packages if matches(one) and not is_out(one)]
        return tuple(
            one
            for one in found
            if package.repository in {ANY_REPOSITORY, one.repository}
            and one.format is package.format
        )

    def idle_globs(self, request: Request) -> tuple[str, ...]:
        """The globs of ``exclude-packages`` that hold back nothing."""
        globs = request.globs or Globs()
        matching = self.of(replace(request, globs=replace(globs, excluding=())))
        return tuple(
            glob
            for glob in globs.excluding
            if not any(map(any_glob((glob,), request.package.namespace), matching))
        )

    @cached_property
    def _by_name(self) -> Mapping[Name, Sequence[Package]]:
        found: dict[Name, list[Package]] = {}
        for package in self.packages:
            found.setdefault(name_of(package), []).append(package)
        return found


def name_of(package: Package) -> Name:
    """The package, wherever it is."""
    return package.format, package.namespace, package.name
