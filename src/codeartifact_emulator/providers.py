"""OIDC providers as IAM and STS know them: what a trust policy must name, and which claims count.

Sources: IAM User Guide, "Identity-provider controls for shared OIDC providers", "Configuring a
role for GitHub OIDC identity provider", and "Available keys for AWS OIDC federation".
"""

from collections.abc import Iterable, Mapping

from .conditions import Condition
from .patterns import Context

GITHUB = "token.actions.githubusercontent.com"

#: By provider that many tenants share: the claims of which a trust policy must name one.
_CONTROLS: Mapping[str, tuple[str, ...]] = {
    GITHUB: ("sub", "job_workflow_ref"),
    **dict.fromkeys(
        [
            "agent.buildkite.com",
            "app.terraform.io",
            "gitlab.com",
            "oidc-configuration.audit-log.githubusercontent.com",
            "oidc.codefresh.io",
            "proidc.upbound.io",
            "scalr.io",
            "studio.datachain.ai/api",
            "tokens.cloud.shisho.dev",
            "vstoken.actions.githubusercontent.com",
        ],
        ("sub",),
    ),
    **dict.fromkeys(
        ["api.pulumi.com/oidc", "cognito-identity.amazonaws.com", "oidc.vercel.com"], ("aud",)
    ),
}
#: The claims of every provider that STS makes condition keys of: `aud` is `azp` where a token has
#: it, `oaud` always `aud`.
_CLAIMS = ("amr", "aud", "email", "oaud", "sub")
#: And those of GitHub's tokens, since early 2026.
_GITHUB_CLAIMS = (
    *("actor", "actor_id", "job_workflow_ref", "repository", "repository_id"),
    *("workflow", "ref", "environment", "enterprise_id"),
)
#: Those that a session has, too, for its own policies to name.
_SESSION_CLAIMS = ("amr", "aud", "sub")


def missing_control(federated: Iterable[str], conditions: Iterable[Condition]) -> str | None:
    """Say why IAM would not save a statement that trusts these providers; None if it would.

    A control is named by a string operator, and by a value that is more than wildcards.
    """
    named = {
        condition.key.lower()
        for condition in conditions
        if condition.operator.startswith("String")
        and all(value.strip("*?") for value in condition.values)
    }
    for principal in federated:
        provider = principal.rpartition(":oidc-provider/")[2]
        wanted = [f"{provider}:{claim}" for claim in _CONTROLS.get(provider, ())]
        if wanted and named.isdisjoint(wanted):
            return (
                f"The trust policy of {provider} must evaluate the condition key "
                f"{' or '.join(wanted)}, and not by a wildcard alone"
            )
    return None


def claim_keys(provider: str, claims: Mapping[str, object]) -> Context:
    """Give the condition keys that STS makes of a token's claims."""
    told = {**claims, "oaud": claims.get("aud"), "aud": claims.get("azp") or claims.get("aud")}
    names = (*_CLAIMS, *(_GITHUB_CLAIMS if provider == GITHUB else ()))
    return {
        f"{provider}:{name}".lower(): _values(told[name])
        for name in names
        if told.get(name) is not None
    }


def session_keys(provider: str, claims: Mapping[str, object]) -> Context:
    """Give those of them that the requests of the session have."""
    kept = {f"{provider}:{name}".lower() for name in _SESSION_CLAIMS}
    return {key: value for key, value in claim_keys(provider, claims).items() if key in kept}


def _values(claim: object) -> tuple[str, ...]:
    listed = claim if isinstance(claim, list) else [claim]
    return tuple(str(v).lower() if isinstance(v, bool) else str(v) for v in listed)
