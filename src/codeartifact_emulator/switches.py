"""What AWS does not document or may change, as switches. Nothing else lives here.

UG is the CodeArtifact User Guide.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """The defaults are what is documented or likely.

    In a seed and on the command line the names have hyphens: `partial-success`.
    """

    partial_success: bool = False
    """UpdatePackageVersionsStatus changes the versions that pass though others fail; "in the
    future, some versions might succeed while other versions fail" (UG
    update-package-version-status)."""
    partial_dispose: bool = False
    """Likewise DisposePackageVersions, of which the guide shows a call that failed as a whole, and
    promises nothing."""
    partial_delete: bool = False
    """Likewise DeletePackageVersions, of which nothing is documented."""
    partial_copy: bool = False
    """Likewise CopyPackageVersions, which skips the others today (UG copy-package)."""
    same_status: Literal["success", "NOT_ALLOWED"] = "success"
    """A version that has the target status already."""
    upstream_only: Literal["NOT_FOUND", "404"] = "NOT_FOUND"
    """A version that only an upstream repository holds: its own failure, or the whole call's."""
    absent_version: Literal["NOT_FOUND", "404"] = "NOT_FOUND"
    """A version that is nowhere, of a package that is there."""
    illegal_target: Literal["400", "NOT_ALLOWED"] = "400"
    """`targetStatus` of Unfinished, Disposed or Deleted."""
    unfinished_to_hidden: Literal["success", "NOT_ALLOWED"] = "success"
    """Unfinished → Unlisted or Archived. Unfinished → Published is documented."""
    first_mismatch: Literal["revision", "status"] = "revision"
    """Which is reported when neither the revision nor the status is as expected."""
    partial_revisions: Literal["400", "accepted"] = "400"
    """`versionRevisions` whose keys are not exactly `versions`."""
    foreign_namespace: Literal["400", "404"] = "400"
    """A namespace on a format that has none."""
    nuget_keys: Literal["normalized", "as-sent"] = "normalized"
    """How an answer names a NuGet version that was sent in another spelling."""
    unfiltered_list: Literal["all", "without-archived"] = "all"
    """What ListPackageVersions returns with no status given. The model's text for
    DeletePackageVersions still says that Archived is left out; the newer UG says all statuses."""
    emptied_package: Literal["kept", "absent"] = "kept"
    """A package whose last version was deleted: there with no versions, which "can happen when all
    versions are deleted" (UG delete-package), or 404."""
