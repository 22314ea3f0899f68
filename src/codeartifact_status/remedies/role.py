"""What to do about a role that STS gave no session of, cause by cause. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codeartifact_status.arns import RoleArn
from codeartifact_status.errors import Place, System
from codeartifact_status.model import Failure
from codeartifact_status.remedies.cause import cause_of, command, json_block, quotable
from codeartifact_status.remedies.denials import DENIALS, Denial
from codeartifact_status.remedies.trust import (
    GITHUB,
    issuer_of,
    provider_arn,
    shown,
    subjects,
    trusting,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A role that STS gave no session of, and what was sent to it.

    ``claims`` are those of the OIDC token, unverified; none where credentials asked.
    ``token_file`` says that the token came from a file. ``own_policy`` says that the session policy
    is the one that this step makes, and not the user's.
    """

    role: RoleArn
    failure: Failure
    claims: Mapping[str, Any]
    token_file: bool = False
    own_policy: bool = False
    with_external_id: bool = False

    @property
    def said(self) -> str:
        """What STS said, as it is matched and shown."""
        return f"{self.failure.code}: {self.failure.message}"


def audience_of(partition: str) -> str:
    """The audience of STS in a partition (configure-aws-credentials, "audience")."""
    return "sts.amazonaws.com.cn" if partition == "aws-cn" else "sts.amazonaws.com"


def other_audience(refusal: Refusal, _: Place) -> str:
    """The audience that is generally right, or the token's own for the provider."""
    usual, aud = audience_of(refusal.role.partition), refusal.claims.get("aud")
    if aud == usual or not aud:
        return (
            f"The token's `aud` is `{usual}`, as it should be. Add it to the provider in account "
            f"{refusal.role.account}:\n\n{_add_client(refusal, usual)}"
        )
    change = (
        f"request the token for `{usual}`" if refusal.token_file else f"set `audience: {usual}`"
    )
    return (
        f"The token's `aud` is {_names(aud)}; generally it is `{usual}`: {change}. If you meant it "
        f"to be so, add it to the provider:\n\n{_add_client(refusal, aud)}"
    )


def _names(aud: object) -> str:
    return " and ".join(f"`{quotable(one)}`" for one in (aud if isinstance(aud, list) else [aud]))


def _first(aud: object) -> str:
    """The audience, or the first of several, for a command."""
    return quotable(aud[0] if isinstance(aud, list) and aud else aud)


def _add_client(refusal: Refusal, aud: object) -> str:
    return command(
        "aws iam add-client-id-to-open-id-connect-provider",
        f"--client-id {_first(aud)}",
        f"--open-id-connect-provider-arn {provider_arn(refusal.role, refusal.claims)}",
    )


def no_provider(refusal: Refusal, _: Place) -> str:
    """The provider to create."""
    aud = refusal.claims.get("aud") or audience_of(refusal.role.partition)
    create = command(
        "aws iam create-open-id-connect-provider",
        f"--url {issuer_of(refusal.claims)}",
        f"--client-id-list {_first(aud)}",
    )
    return (
        f"The role is in account {refusal.role.account}. If that is right, create the provider "
        f"there, once for the account:\n\n{create}\n\n"
        "If there is one already, compare its URL letter by letter: capitals and a trailing slash "
        "count."
    )


def other_thumbprint(refusal: Refusal, _: Place) -> str:
    """How to renew the thumbprint, where it counts."""
    issuer = issuer_of(refusal.claims)
    if issuer.startswith(GITHUB):
        return (
            "AWS verifies GitHub's certificate itself and ignores thumbprints, so run the job "
            "again. If the error persists, create the provider again without thumbprints."
        )
    host = issuer.partition("://")[2].partition("/")[0]
    port = host if ":" in host else f"{host}:443"
    read = command(
        f"openssl s_client -connect {port} -servername {host.partition(':')[0]} -showcerts "
        "</dev/null"
    )
    update = command(
        "aws iam update-open-id-connect-provider-thumbprint",
        f"--open-id-connect-provider-arn {provider_arn(refusal.role, refusal.claims)}",
        "--thumbprint-list THUMBPRINT",
    )
    return (
        "Check that the last certificate that the issuer presents is the one you expect, and give "
        f"the provider its SHA-1 fingerprint (`openssl x509 -fingerprint -sha1 -noout`), without "
        f"colons:\n\n{read}\n\n{update}"
    )


def no_verification_key(refusal: Refusal, _: Place) -> str:
    """What AWS has to reach."""
    issuer = issuer_of(refusal.claims)
    if issuer.startswith(GITHUB):
        return (
            "This is temporary: run the job again. If it persists, check the status pages of "
            "GitHub and AWS."
        )
    return (
        f"AWS has to reach `{issuer}/.well-known/openid-configuration`, and the `jwks_uri` in it, "
        "over the Internet, with a valid certificate. If the server is on a private network, "
        "publish these two documents under the issuer's name, or do without OIDC: `role-chaining` "
        "assumes the role with the machine's credentials."
    )


def distrusted(refusal: Refusal, _: Place) -> str:
    """The claims, and a statement that matches them."""
    claims = refusal.claims
    statement = trusting(refusal.role, claims)
    parts = [f"The token's claims:\n\n{json_block(shown(claims))}"] if claims else []
    environment, sub = claims.get("environment"), str(claims.get("sub", ""))
    if environment and ":environment:" in sub and claims.get("ref"):
        parts.append(
            "The job has an `environment`, which replaces the ref in `sub`: a condition on "
            f"`ref:{quotable(claims['ref'])}` can't match."
        )
    if sub.endswith(":pull_request"):
        parts.append(
            "Every pull request of the repository has this `sub`, whatever it contains. Don't "
            "trust it: run this step on a push or a tag instead."
        )
    elif statement is not None:
        parts.append(
            "This statement in the role's trust policy would allow it. Add it only if jobs like "
            f"this one should be able to assume the role:\n\n{json_block(statement)}"
        )
        if subjects(claims)[0] != sub:
            parts.append(
                "`*` stands for the part that differs from run to run. For a tag, that means that "
                "everybody who may push such tags may assume the role."
            )
    return "\n\n".join(parts)


def expired(refusal: Refusal, place: Place) -> str:
    """Whose clock, or which file, it is."""
    if refusal.token_file:
        return "The token in `web-identity-token-file` is too old: fetch it right before this step."
    if place.system in {System.GITHUB, System.FORGEJO}:
        return (
            "This step fetched the token a moment ago, so the issuer's clock is wrong. On your own "
            "server, synchronize it by NTP."
        )
    return (
        "If the CI system issues the token when the job starts, as GitLab does, move this step "
        "closer to the start of the job. Otherwise, the issuer's clock is wrong."
    )


def too_large(refusal: Refusal, _: Place) -> str:
    """Whose policy is to become shorter."""
    if not refusal.own_policy:
        return "Shorten `session-policy`: fewer or shorter resources and actions."
    return (
        "This step made the policy itself (`session-policy: least-privilege`). Change fewer "
        "packages in one step, or write a shorter policy in `session-policy`; with "
        "`session-policy: none` the role's own policies are the only limit."
    )


def not_allowed(refusal: Refusal, place: Place) -> str:
    """The policy that AWS names in its refusal of `sts:AssumeRole`, or both that it takes."""
    told = _ACTION.search(refusal.said)
    denial = Denial(
        message=refusal.failure.message,
        actions=[told[1] if told else "sts:AssumeRole"],
        resources=[str(refusal.role)],
        of_caller="the credentials at hand",
    )
    allowing = f"The credentials at hand need this statement:\n\n{denial.statement}"
    if "role trust policy" in refusal.said:
        return _trusting_caller(refusal, denial)
    if "identity-based policy" in refusal.said and not denial.is_explicit:
        return f"{allowing}\n\n{_trusting_caller(refusal, denial)}" if denial.crosses else allowing
    if (named := cause_of(DENIALS, refusal.said)) is not None:
        return named.advice(denial, place)
    trusting_caller = _trusting_caller(refusal, denial)
    return f"{trusting_caller}\n\n{allowing}" if denial.crosses else trusting_caller


_ACTION = re.compile(r"not authorized to perform: (sts:\w+)")


def _trusting_caller(refusal: Refusal, denial: Denial) -> str:
    if denial.is_explicit:
        return (
            "The role's trust policy has a Deny, which overrides every Allow: exempt the caller "
            "from it."
        )
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": denial.caller or "arn:aws:iam::111122223333:role/runner"},
        "Action": list(denial.actions),
    }
    external = (
        "compare `role-external-id` with it"
        if refusal.with_external_id
        else "give it in `role-external-id`"
    )
    return (
        "The role's trust policy needs this (the caller's ARN with its path, if it has one):\n\n"
        f"{json_block(statement)}\n\n"
        f"If the trust policy asks for an external id, {external}."
    )
