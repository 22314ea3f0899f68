"""ARNs and what goes with them: partitions, IAM's literals and limits, links to the console. Pure.

An account, a partition or a path is taken out of an ARN here and nowhere else.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

from codeartifact_status.model import Package

ACCOUNT = re.compile(r"[0-9]{12}")
ROLE = re.compile(r"arn:(aws[a-z\-]*):iam::([0-9]{12}):(role/[\x21-\x7e]{1,512})")

MAX_POLICY = 2048
"""Characters of a session policy (STS API Reference, AssumeRoleWithWebIdentity, ``Policy``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleArn:
    """The ARN of an IAM role; ``resource`` is ``role/``, its path and its name."""

    partition: str
    account: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> "RoleArn":
        """The parts of an ARN.

        Raises:
            ValueError: it isn't the ARN of a role.
        """
        found = ROLE.fullmatch(text)
        if found is None:
            raise ValueError("it is not a role ARN")
        partition, account, resource = found.groups()
        return cls(partition=partition, account=account, resource=resource)

    def __str__(self) -> str:
        """The ARN."""
        return f"arn:{self.partition}:iam::{self.account}:{self.resource}"


def partition_of(region: str) -> str:
    """The AWS partition that a region belongs to, by its prefix (AWS General Reference)."""
    for prefix, partition in (
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ):
        if region.startswith(prefix):
            return partition
    return "aws"


def mismatch(role: RoleArn, region: str) -> str | None:
    """What is wrong with a role that is of another partition than the region; None if nothing is.

    Credentials of one partition are unknown in the others (IAM User Guide, "Partitions").
    """
    partition = partition_of(region)
    if role.partition == partition:
        return None
    return (
        f"it is a role of the partition {role.partition}, and the region {region} is in "
        f"{partition}: no role is known in another partition"
    )


def package_arn(package: Package, *, region: str, account: str) -> str:
    """The ARN that IAM compares; ``account`` is the domain owner's."""
    return arn_of(package_resource(package), region=region, account=account)


def arn_of(resource: str, *, region: str, account: str) -> str:
    """The ARN of a ``resource`` of CodeArtifact, which is how it ends."""
    return f"arn:{partition_of(region)}:codeartifact:{region}:{account}:{resource}"


def package_resource(package: Package) -> str:
    """How a package's ARN ends.

    An empty namespace keeps its slash (CodeArtifact User Guide, "Package ARN").
    """
    return (
        f"package/{package.domain}/{package.repository}/{package.format}/"
        f"{package.namespace or ''}/{package.name}"
    )


def repository_resource(*, domain: str, repository: str) -> str:
    """How a repository's ARN ends (Service Authorization Reference, AWS CodeArtifact)."""
    return f"repository/{domain}/{repository}"


def domain_resource(domain: str) -> str:
    """How a domain's ARN ends (Service Authorization Reference, AWS CodeArtifact)."""
    return f"domain/{domain}"


_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


def console_url(package: Package, *, region: str, account: str | None) -> str | None:
    """The package's page in the AWS console, or the list of domains where the account isn't known.

    None in a partition whose console isn't public.
    """
    host = _CONSOLES.get(partition_of(region))
    if host is None:
        return None
    start = f"https://{region}.{host}/codesuite/codeartifact"
    if account is None:
        return f"{start}/domains?region={region}"
    parts = ["d", account, package.domain, "r", package.repository, "p", package.format]
    parts += [package.namespace] if package.namespace else []
    path = "/".join(quote(part, safe="") for part in [*parts, package.name, "versions"])
    return f"{start}/{path}?region={region}"


def literal(arn: str) -> str:
    """An ARN in which IAM finds no wildcard: names may hold ``*`` and ``?``.

    IAM User Guide, "IAM policy elements: Variables and tags", special characters.
    """
    return "".join(f"${{{char}}}" if char in "*?$" else char for char in arn)
