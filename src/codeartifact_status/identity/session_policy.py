"""The session policy of least privilege: just the calls of a step, on just its packages. Pure."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import cast

from codeartifact_status.arns import (
    MAX_POLICY,
    arn_of,
    domain_resource,
    literal,
    package_resource,
    repository_resource,
)
from codeartifact_status.formats.globs import taken_apart
from codeartifact_status.model import ANY_REPOSITORY, Format, Operation, Package, Request

ANY = "*"
_ANY_FORMAT = cast("Format", ANY)  # only ever in a pattern, where it stands for all formats

WIDTHS: tuple[Callable[[Package], Package], ...] = (
    lambda package: package,
    lambda package: replace(package, repository=ANY),
    lambda package: replace(package, name=ANY),
    lambda package: replace(package, repository=ANY, name=ANY),
    lambda package: replace(package, format=_ANY_FORMAT, namespace=ANY, name=ANY),
    lambda package: replace(package, repository=ANY, format=_ANY_FORMAT, namespace=ANY, name=ANY),
)
"""Patterns in place of a package, ever wider: any repository, any name, and so on."""


def least_privilege(requests: Iterable[Request], *, region: str, account: str) -> tuple[str, bool]:
    """A session policy for just these calls on just these packages.

    Where STS's size limit doesn't hold all packages, wider patterns stand for them: those of one
    namespace, of one repository, of the domain.

    Returns:
        The policy as JSON, and whether it was widened.
    """
    requests = list(requests)
    operations = sorted({Operation.to_reach(request.target).value for request in requests})
    by_age = any(r.selection is not None and r.selection.older_than for r in requests)
    reads = ["ListPackageVersions", *(["DescribePackageVersion"] if by_age else [])]
    packages = [package for request in requests for package in _patterns(request)]
    to_list = [request.package for request in requests if request.is_open]
    anywhere = {p.domain_owner: p for p in to_list if p.repository == ANY_REPOSITORY}

    def arn(resource: str, package: Package) -> str:
        return arn_of(resource, region=region, account=package.domain_owner or account)

    for widen in WIDTHS:
        statements = [
            _allow([*reads, *operations], {_resource(widen(p), arn) for p in packages}),
            _allow(["ListPackages"], {arn(_repository(widen(p)), p) for p in to_list}),
            _allow(
                ["ListRepositoriesInDomain"],
                {arn(domain_resource(p.domain), p) for p in anywhere.values()},
            ),
        ]
        document = {
            "Version": "2012-10-17",
            "Statement": [statement for statement in statements if statement["Resource"]],
        }
        policy = json.dumps(document, separators=(",", ":"))
        if len(policy) <= MAX_POLICY:
            return policy, widen is not WIDTHS[0]
    raise AssertionError("one pattern for the domain always fits")


def _allow(operations: Iterable[str], resources: Iterable[str]) -> Mapping[str, object]:
    actions = [f"codeartifact:{name}" for name in operations]
    return {"Effect": "Allow", "Action": actions, "Resource": sorted(resources)}


def _patterns(request: Request) -> Iterator[Package]:
    """Packages with the wildcards that a request's globs have, and no others.

    What ``*`` and ``?`` are in a glob, they are to IAM.
    """
    package, globs = request.package, request.globs
    if globs is None:
        yield _literal(package)
        return
    for glob in globs.matching:
        namespace, name = (
            text.replace("$", "${$}")
            for text in taken_apart(package.format, glob, package.namespace)
        )
        yield replace(package, namespace=namespace, name=name)


def _literal(package: Package) -> Package:
    """The package with no wildcard but those that it is widened by."""
    namespace = package.namespace and literal(package.namespace)
    return replace(package, namespace=namespace, name=literal(package.name))


def _resource(package: Package, arn: Callable[[str, Package], str]) -> str:
    """The package's ARN; in IAM, one wildcard at its end stands for all that follows."""
    return re.sub(r"(/\*)+$", f"/{ANY}", arn(package_resource(package), package))


def _repository(package: Package) -> str:
    return repository_resource(domain=package.domain, repository=package.repository)
