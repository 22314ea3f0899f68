"""The session policy of least privilege: just the calls of a step, on just its packages. Pure."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import cast

from codeartifact_status.arns import MAX_POLICY, literal, package_arn
from codeartifact_status.model import Format, Operation, Package, Request

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
    actions = [f"codeartifact:{name}" for name in (*reads, *operations)]
    packages = [_literal(request.package) for request in requests]
    for widen in WIDTHS:
        resources = sorted(
            {_resource(widen(package), region=region, account=account) for package in packages}
        )
        statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        policy = json.dumps(document, separators=(",", ":"))
        if len(policy) <= MAX_POLICY:
            return policy, widen is not WIDTHS[0]
    raise AssertionError("one pattern for the domain always fits")


def _literal(package: Package) -> Package:
    """The package with no wildcard but those that it is widened by."""
    namespace = package.namespace and literal(package.namespace)
    return replace(package, namespace=namespace, name=literal(package.name))


def _resource(package: Package, *, region: str, account: str) -> str:
    """The package's ARN; in IAM, one wildcard at its end stands for all that follows."""
    arn = package_arn(package, region=region, account=package.domain_owner or account)
    return re.sub(r"(/\*)+$", f"/{ANY}", arn)
