"""Why CodeArtifact could not be asked what is there. Pure."""

import re

from codeartifact_status.remedies.cause import Cause
from codeartifact_status.remedies.keys import KEYS
from codeartifact_status.remedies.network import NETWORK, Reach

NOT_THERE: Cause[Reach] = Cause(
    name="The domain or the repository isn't there",
    says=(
        (
            "ResourceNotFoundException: Domain not found. Domain 'acme' owned by account "
            "'111122223333' does not exist."
        ),
        (
            "ResourceNotFoundException: Repository not found. Repository 'npm-stroe' in domain "
            "'acme' owned by account '111122223333' does not exist."
        ),
    ),
    pattern=re.compile(r"^ResourceNotFoundException: (Domain|Repository) not found"),
    means="There is no such domain, or repository, in this region and account.",
    remedy=lambda _, __: (
        "Look at `domain`, `repository` and `aws-region`, and at `domain-owner`: without it, the "
        "domain is looked for in the account of the credentials."
    ),
)

ASKING: tuple[Cause[Reach], ...] = (NOT_THERE, *KEYS, *NETWORK)
"""What keeps a repository from being read, but for AccessDenied, without which the step goes on."""
