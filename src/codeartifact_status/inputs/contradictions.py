"""What is missing from a step's inputs, or contradicts another of them, whatever its packages are.

What doesn't fit within a package is the matter of ``requests``.
"""

from collections.abc import Iterator
from pathlib import Path

from codeartifact_status.arns import mismatch
from codeartifact_status.errors import Problem
from codeartifact_status.inputs.fields import Inputs
from codeartifact_status.inputs.paths import is_device
from codeartifact_status.inputs.sources import kebab


def contradictions(inputs: Inputs, *, by_flags: bool) -> Iterator[Problem]:
    """The problems; ``by_flags`` says that a command line asks."""
    yield from _missing(inputs, by_flags=by_flags)
    yield from _of_packages(inputs)
    yield from _of_patterns(inputs)
    yield from _of_files(inputs)
    yield from _of_identity(inputs)


def _missing(inputs: Inputs, *, by_flags: bool) -> Iterator[Problem]:
    if inputs.domain is None:
        yield Problem("domain", "it is required", missing=True)
    # The AWS configuration files may name the region, as they do for the AWS CLI.
    configured = inputs.profile is not None or (by_flags and inputs.role_to_assume is None)
    if inputs.aws_region is None and not configured:
        text = "it is required; the variables AWS_REGION and AWS_DEFAULT_REGION count, too"
        yield Problem("aws_region", text, missing=True)


def _of_packages(inputs: Inputs) -> Iterator[Problem]:
    manifest, tag = inputs.packages, inputs.version_from_tag
    in_vain = "has no effect, because every entry of packages names its own versions; remove it"
    has_all = manifest is not None and manifest.names_all_versions
    if manifest is not None and inputs.package:
        yield Problem("package", "can't be combined with packages; name the package in an entry")
    for name in ("versions", "version_revisions", "versions_matching"):
        if has_all and getattr(inputs, name):
            yield Problem(name, in_vain)
    if tag and "{package}" in tag and (inputs.package or manifest is not None):
        yield Problem("version_from_tag", "{package} can't be combined with package or packages")
    elif tag and has_all:
        yield Problem("version_from_tag", in_vain)
    elif tag and (inputs.versions or inputs.version_revisions):
        yield Problem("version_from_tag", "can't be combined with versions; give only one of them")


def _of_patterns(inputs: Inputs) -> Iterator[Problem]:
    if inputs.packages_matching and inputs.packages is not None:
        yield Problem("packages_matching", "can't be combined with packages; give only one of them")
    for needed, names in (
        ("versions_matching", ("keep_latest", "older_than")),
        ("packages_matching", ("exclude_packages",)),
    ):
        for name in names:
            if getattr(inputs, name) and not getattr(inputs, needed):
                yield Problem(name, f"needs {kebab(needed)}")


def _of_files(inputs: Inputs) -> Iterator[Problem]:
    """Files that are the same: the last would be all that is left, of one that was read, too."""
    manifest = inputs.packages
    read = manifest.path if manifest is not None else None
    seen = {Path(read).resolve(): "packages"} if read is not None else {}
    for name in ("undo_file", "result_file", "output_file", "summary_file"):
        path = getattr(inputs, name)
        if path is not None:
            first = seen.setdefault(Path(path).resolve(), name)
            if first != name and not is_device(path):
                yield Problem(name, f"the same file as {kebab(first)}")


def _of_identity(inputs: Inputs) -> Iterator[Problem]:
    role, chained = inputs.role_to_assume is not None, inputs.role_chaining
    if chained and not role:
        yield Problem("role_chaining", "needs role-to-assume")
    if inputs.web_identity_token_file and not role:
        yield Problem("web_identity_token_file", "needs role-to-assume")
    if inputs.web_identity_token_file and role and chained:
        text = "can't be combined with role-chaining: true"
        yield Problem("web_identity_token_file", text)
    if inputs.role_external_id and not (role and chained):
        text = "needs role-to-assume and role-chaining: true; OIDC has no external id"
        yield Problem("role_external_id", text)
    if inputs.profile and role and not chained:
        text = "ignored when role-to-assume is set without role-chaining: true; remove it"
        yield Problem("profile", text)
    arn, region = inputs.role_to_assume, inputs.aws_region
    if arn and region and (difference := mismatch(arn, region)) is not None:
        yield Problem("role_to_assume", difference)
    for name in ("role_to_assume", "allowed_account_ids"):
        if getattr(inputs, name) and inputs.no_sign_request:
            yield Problem(name, "can't be combined with no-sign-request: true")
