"""What differs by package format: one row a format, in a module of its own, and a table of them.

Pure. ``rules`` says what a row holds, ``table`` has them all, and ``names`` answers for any format.
What follows here is about AWS, and is to leave.
"""

import re
from urllib.parse import quote, urlsplit

from codeartifact_status.model import Package

ACCOUNT = re.compile(r"[0-9]{12}")
ROLE = re.compile(r"arn:aws[a-z\-]*:iam::[0-9]{12}:role/[\x21-\x7e]{1,512}")

MAX_POLICY = 2048
"""Characters of a session policy (STS API Reference, AssumeRoleWithWebIdentity, ``Policy``)."""


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


def package_arn(package: Package, *, region: str, account: str) -> str:
    """The ARN that IAM compares; ``account`` is the domain owner's.

    An empty namespace keeps its slash (CodeArtifact User Guide, "Package ARN").
    """
    return (
        f"arn:{partition_of(region)}:codeartifact:{region}:{account}:package/{package.domain}/"
        f"{package.repository}/{package.format}/{package.namespace or ''}/{package.name}"
    )


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


def is_http_url(text: str) -> bool:
    """Whether ``text`` is an absolute HTTP or HTTPS URL with a host that botocore takes."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        _ = parts.port  # raises for what is no port
    except ValueError:
        return False
    labels = host.removesuffix(".").split(".")
    is_host = ":" in host or all(re.fullmatch(r"(?!-)[a-z0-9-]{1,63}(?<!-)", one) for one in labels)
    return parts.scheme in {"http", "https"} and is_host and not re.search(r"\s", text)


def literal(arn: str) -> str:
    """An ARN in which IAM finds no wildcard: names may hold ``*`` and ``?``.

    IAM User Guide, "IAM policy elements: Variables and tags", special characters.
    """
    return "".join(f"${{{char}}}" if char in "*?$" else char for char in arn)
