"""The session policy of least privilege: just the calls of a step, on just its packages. Pure."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class Policy:
    """A session policy as JSON; ``allows`` says on what, in words, if it is one of this module."""

    document: str
    allows: str | None = None

    @property
    def is_widened(self) -> bool:
        """Whether it allows more than the step needs."""
        return self.allows not in {None, _WIDTHS[0].allows}


@dataclass(frozen=True, slots=True)
class _Width:
    """What stands in a policy for each package of a step, and what that comes to in words."""

    allows: str
    widen: Callable[[Package], Package]


_WIDTHS = (
    _Width("just the packages of this step", lambda package: package),
    _Width(
        "the packages of this step in any repository",
        lambda package: replace(package, repository=ANY),
    ),
    _Width(
        "any package of the same format and namespace in the same repository",
        lambda package: replace(package, name=ANY),
    ),
    _Width(
        "any package of the same format and namespace in any repository",
        lambda package: replace(package, repository=ANY, name=ANY),
    ),
    _Width(
        "any package in the same repository",
        lambda package: replace(package, format=_ANY_FORMAT, namespace=ANY, name=ANY),
    ),
    _Width(
        "any package of the domain",
        lambda package: replace(
            package, repository=ANY, format=_ANY_FORMAT, namespace=ANY, name=ANY
        ),
    ),
)
"""Ever wider. The last is one pattern for a domain, and always fits."""


def least_privilege(requests: Iterable[Request], *, region: str, account: str) -> Iterator[Policy]:
    """Session policies for just these calls on just these packages, ever wider.

    The first is the narrowest that is no longer than STS takes. STS has a limit on the size of
    what it makes of a policy, too, which nobody can know before (``PackedPolicyTooLarge``). So each
    of the others is shorter than the one before: a wider one that isn't would be so for nothing.
    """
    requests = list(requests)
    shortest = MAX_POLICY + 1
    for width in _WIDTHS:
        grants = _grants(requests, width.widen, region=region, account=account)
        document = _document(grants)
        if len(document) < shortest:
            shortest = len(document)
            yield Policy(document, width.allows)


def _grants(
    requests: Iterable[Request],
    widen: Callable[[Package], Package],
    *,
    region: str,
    account: str,
) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Which actions of CodeArtifact a step needs, and on which resources."""
    requests = list(requests)
    operations = sorted({Operation.to_reach(request.target).value for request in requests})
    packages = {widen(package) for request in requests for package in _patterns(request)}
    to_list = [request.package for request in requests if request.is_open]
    anywhere = [package for package in to_list if package.repository == ANY_REPOSITORY]
    by_age = any(r.selection is not None and r.selection.older_than for r in requests)
    reads = ["ListPackageVersions", *(["DescribePackageVersion"] if by_age else [])]

    def arns(resources: Iterable[tuple[Package, str]]) -> Sequence[str]:
        return sorted(
            {
                arn_of(resource, region=region, account=package.domain_owner or account)
                for package, resource in resources
            }
        )

    yield [*reads, *operations], arns((p, _resource(p)) for p in packages)
    if to_list:
        yield ["ListPackages"], arns((p, _repository(widen(p))) for p in to_list)
    if anywhere:
        yield ["ListRepositoriesInDomain"], arns((p, domain_resource(p.domain)) for p in anywhere)


def _document(grants: Iterable[tuple[Sequence[str], Sequence[str]]]) -> str:
    statements = [
        {
            "Effect": "Allow",
            "Action": [f"codeartifact:{action}" for action in actions],
            "Resource": resources,
        }
        for actions, resources in grants
    ]
    policy = {"Version": "2012-10-17", "Statement": statements}
    return json.dumps(policy, separators=(",", ":"))


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


def _resource(package: Package) -> str:
    """How the package's ARN ends; in IAM, one wildcard there stands for all that follows."""
    return re.sub(r"(/\*)+$", f"/{ANY}", package_resource(package))


def _repository(package: Package) -> str:
    return repository_resource(domain=package.domain, repository=package.repository)
