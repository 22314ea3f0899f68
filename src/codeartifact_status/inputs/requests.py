"""What the step asks for, by itself or by the entries of ``packages``, becomes requests.

With any problem there are no requests. Touches nothing outside.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from codeartifact_status.errors import Problem
from codeartifact_status.formats import names
from codeartifact_status.formats.globs import normal_glob
from codeartifact_status.inputs.asked import Asked
from codeartifact_status.inputs.misfits import misfits
from codeartifact_status.model import ANY_REPOSITORY, Globs, Package, Request
from codeartifact_status.planning.merging import merged


def to_requests(all_asked: Sequence[Asked]) -> tuple[tuple[Request, ...], list[Problem]]:
    """The requests, one for each package in each repository, and the problems that forbid them."""
    problems = [problem for asked in all_asked for problem in misfits(asked)]
    if problems or any(asked.broken for asked in all_asked):
        return (), problems
    requests = [(asked, request) for asked in all_asked for request in _requests(asked)]
    problems = list(_contradictions(requests))
    return ((), problems) if problems else (merged(request for _, request in requests), [])


def _requests(asked: Asked) -> list[Request]:
    """What is asked for in each repository: one package by its name, or many by globs, or both."""
    entry, step = asked.entry, asked.step
    if not (entry.format and entry.target_status):
        raise AssertionError("misfits saw to it that they are there")
    wanted: list[tuple[str | None, str, Globs | None]] = []
    if entry.package:
        wanted.append((*names.split_name(entry.format, entry.package), None))
    if step.packages_matching:
        globs = Globs(
            matching=tuple(normal_glob(entry.format, glob) for glob in step.packages_matching),
            excluding=tuple(normal_glob(entry.format, glob) for glob in step.exclude_packages),
        )
        wanted.append((None, globs.text, globs))
    template = _versions_of(asked)
    return [
        Request(
            package=Package(
                domain=step.domain or "",
                domain_owner=step.domain_owner,
                repository=repository,
                format=entry.format,
                namespace=namespace and names.normal_namespace(entry.format, namespace),
                name=name if globs is not None else names.normal_name(entry.format, name),
            ),
            globs=globs,
            target=entry.target_status,
            expected_status=entry.expected_status,
            selection=asked.selection,
            **template,
        )
        for repository in entry.repository
        for scope, name, globs in wanted
        for namespace in [entry.namespace or scope]
    ]


def _versions_of(asked: Asked) -> dict[str, Any]:
    """The parts of a request that say which versions are asked for by name."""
    entry = asked.entry
    if entry.format is None:
        raise AssertionError("misfits saw to it that it is there")
    pins = {
        names.normal_version(entry.format, version): pin
        for version, pin in entry.version_revisions.items()
    }
    versions = [names.normal_version(entry.format, version) for version in entry.versions]
    return {
        "versions": tuple(dict.fromkeys(versions or pins)),
        "revisions": pins,
        "spellings": {
            normal: (version,)
            for version in (*entry.versions, *entry.version_revisions)
            if (normal := names.normal_version(entry.format, version)) != version
        },
        "entries": dict.fromkeys(versions or pins, asked.number) if asked.number else {},
        "number": _yaml_number(versions) if asked.from_yaml else None,
    }


_NUMBER = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")
"""A number as the runner writes it: without zeros that it could have lost."""


def _yaml_number(versions: Sequence[str]) -> str | None:
    """The only version, if YAML may have taken it for a number: several are a text to YAML."""
    match versions:
        case [version] if _NUMBER.fullmatch(version):
            return version
        case _:
            return None


def _contradictions(requests: Sequence[tuple[Asked, Request]]) -> Iterator[Problem]:
    """Versions that are asked for twice, and not for the same."""
    yield from _everywhere(requests)
    seen: dict[tuple[Package, str], tuple[Asked, Request]] = {}
    packages: dict[Package, Asked] = {}
    for asked, request in requests:
        former = packages.setdefault(request.package, asked)
        if former is not asked and (asked.selects or former.selects):
            title = names.package_title(request.package)
            text = (
                f"{title} is also in entry {former.number}; with versions-matching, a package may "
                "only be listed once"
            )
            yield asked.problem("package", text)
            continue
        for version in request.versions:
            first_asked, first = seen.setdefault((request.package, version), (asked, request))
            if (first.target, first.expected_status, first.revisions.get(version)) != (
                request.target,
                request.expected_status,
                request.revisions.get(version),
            ):
                title = names.package_title(request.package)
                text = (
                    f"{version} of {title} is also in entry {first_asked.number}, with another "
                    "status or revision"
                )
                yield asked.problem("versions", text)


def _everywhere(requests: Sequence[tuple[Asked, Request]]) -> Iterator[Problem]:
    """What is asked of a package in any repository, and otherwise of the same one in one."""
    anywhere = {
        request.package: (asked, request)
        for asked, request in requests
        if request.package.repository == ANY_REPOSITORY
    }
    for asked, request in requests if anywhere else ():
        place = replace(request.package, repository=ANY_REPOSITORY)
        if place not in anywhere:
            continue
        first_asked, first = anywhere[place]
        same = set(request.versions) & set(first.versions)
        if request.package != place and (same or request.selects or first.selects):
            title = names.package_title(request.package)
            text = f"entry {first_asked.number} asks for {title} in every repository already"
            yield asked.problem("repository", text)
