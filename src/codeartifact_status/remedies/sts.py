"""What STS's refusals of a role mean, by its codes and messages. Pure.

The codes are those of the STS API Reference, with and without `Exception` at their end; the
messages are as public threads quote them (aws-actions/configure-aws-credentials among them).
"""

import re

from codeartifact_status.remedies import role
from codeartifact_status.remedies.cause import Cause
from codeartifact_status.remedies.keys import KEYS
from codeartifact_status.remedies.role import Refusal

TRUST = Cause(
    name="The role's trust policy doesn't let the token in",
    says=("AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity",),
    pattern=re.compile(r"Not authorized to perform sts:AssumeRoleWithWebIdentity"),
    means=(
        "The trust policy of the role doesn't match the token, or the role doesn't exist: STS "
        "gives the same answer in both cases."
    ),
    remedy=role.distrusted,
)

PACKED = re.compile(r"^PackedPolicyTooLarge")

ROLE: tuple[Cause[Refusal], ...] = (
    Cause(
        name="The audience doesn't match",
        says=("InvalidIdentityToken: Incorrect token audience",),
        pattern=re.compile(r"Incorrect token audience"),
        means="The OIDC provider in IAM doesn't list the token's audience.",
        remedy=role.other_audience,
    ),
    Cause(
        name="The account has no OIDC provider",
        says=(
            (
                "InvalidIdentityToken: No OpenIDConnect provider found in your account for "
                "https://token.actions.githubusercontent.com"
            ),
        ),
        pattern=re.compile(r"No OpenIDConnect provider found"),
        means="IAM doesn't know the token's issuer: the role's account has no provider for it.",
        remedy=role.no_provider,
    ),
    Cause(
        name="The thumbprint doesn't match",
        says=(
            (
                "InvalidIdentityToken: OpenIDConnect provider's HTTPS certificate doesn't match "
                "configured thumbprint"
            ),
        ),
        pattern=re.compile(r"match(es)? configured thumbprint"),
        means="The issuer's certificate doesn't match the thumbprint of the OIDC provider in IAM.",
        remedy=role.other_thumbprint,
    ),
    Cause(
        name="AWS can't reach the issuer",
        says=(
            (
                "InvalidIdentityToken: Couldn't retrieve verification key from your identity "
                "provider,  please reference AssumeRoleWithWebIdentity documentation for "
                "requirements"
            ),
            (
                "IDPCommunicationError: The request could not be fulfilled because the identity "
                "provider (IDP) that was asked to verify the incoming identity token could not be "
                "reached."
            ),
        ),
        pattern=re.compile(r"Couldn't retrieve verification key|^IDPCommunicationError"),
        means="AWS could not fetch the keys that verify the token from its issuer.",
        remedy=role.no_verification_key,
    ),
    Cause(
        name="The token is not an OIDC token",
        says=(
            (
                "InvalidIdentityToken: The ID Token provided is not a valid JWT. (You may see this "
                "error if you sent an Access Token)"
            ),
        ),
        pattern=re.compile(r"^InvalidIdentityToken"),
        means="STS can't read the token.",
        remedy=lambda refusal, _: (
            "Check what writes the file of `web-identity-token-file`: it contains something else, "
            "such as an access token or a truncated token."
            if refusal.token_file
            else "Check what issues tokens here, and the variables that point to it."
        ),
    ),
    *KEYS,
    Cause(
        name="The token has expired",
        says=(
            (
                "ExpiredTokenException: Token expired: current date/time 1731098245 must be "
                "before the expiration date/time 1731095240"
            ),
            "ExpiredTokenException: Token too old: 441398",
        ),
        pattern=re.compile(r"^ExpiredToken"),
        means="The OIDC token had expired when it reached AWS.",
        remedy=role.expired,
    ),
    TRUST,
    Cause(
        name="The session tags are too large",
        says=(
            "PackedPolicyTooLarge: Packed size of session tags consumes 112% of allotted space.",
        ),
        pattern=re.compile(rf"{PACKED.pattern}.*session tags"),
        means=(
            "The session tags of the credentials at hand are passed on to the role's session, and "
            "they alone exceed its size limit. The session policy is not the cause."
        ),
        remedy=lambda _, __: (
            "Remove tags where those credentials come from. EKS Pod Identity sets its own, which "
            "can be turned off (`disableSessionTags` of the association)."
        ),
    ),
    Cause(
        name="The session policy is too large",
        says=(
            (
                "PackedPolicyTooLarge: Packed policy consumes 157% of allotted space, please use "
                "smaller policy."
            ),
        ),
        pattern=PACKED,
        means="The session policy and the session tags together exceed STS's size limit.",
        remedy=role.too_large,
    ),
    Cause(
        name="The session policy is malformed",
        says=("MalformedPolicyDocument: Syntax errors in policy.",),
        pattern=re.compile(r"^MalformedPolicyDocument"),
        means="IAM doesn't understand the session policy.",
        remedy=lambda refusal, _: (
            "This step made the policy itself, so this is a bug in this action: please report it. "
            "Until it is fixed, set your own policy in `session-policy`."
            if refusal.own_policy
            else "Check `session-policy`: it isn't a valid IAM policy document."
        ),
    ),
    Cause(
        name="The session's duration is too long",
        says=(
            (
                "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration "
                "set for this role."
            ),
            (
                "ValidationError: The requested DurationSeconds exceeds the 1 hour session limit "
                "for roles assumed by role chaining."
            ),
        ),
        pattern=re.compile(r"requested DurationSeconds exceeds"),
        means=(
            "`role-duration-seconds` exceeds the role's maximum session duration, or the one hour "
            "that role chaining allows."
        ),
        remedy=lambda _, __: (
            "Leave `role-duration-seconds` out, or set at most 3600: every role allows an hour."
        ),
    ),
    Cause(
        name="The role's ARN is wrong",
        says=("ValidationError: Request ARN is invalid",),
        pattern=re.compile(r"Request ARN is invalid"),
        means="No role can have this ARN in the partition that was asked.",
        remedy=lambda _, __: (
            "Copy the ARN from the role's page in IAM, and check that its partition is the one of "
            "`aws-region`."
        ),
    ),
    Cause(
        name="STS isn't active in the region",
        says=(
            (
                "RegionDisabledException: STS is not activated in this region for "
                "account:111122223333. Your account administrator can activate STS in this region "
                "using the IAM Console."
            ),
        ),
        pattern=re.compile(r"^RegionDisabled"),
        means="STS isn't activated for the account in this region.",
        remedy=lambda _, __: (
            "Activate it (IAM, Account settings, Security Token Service), or set "
            "`AWS_ENDPOINT_URL_STS` to STS in another region."
        ),
    ),
    Cause(
        name="The credentials at hand may not assume the role",
        says=(
            (
                "AccessDenied: User: arn:aws:sts::111122223333:assumed-role/runner/i-1 is not "
                "authorized to perform: sts:AssumeRole on resource: "
                "arn:aws:iam::111122223333:role/release"
            ),
            (
                "AccessDenied: User: arn:aws:sts::111122223333:assumed-role/runner/i-1 is not "
                "authorized to perform: sts:AssumeRole on resource: "
                "arn:aws:iam::111122223333:role/release because no role trust policy allows the "
                "sts:AssumeRole action"
            ),
            (
                "AccessDenied: User: arn:aws:sts::111122223333:assumed-role/runner/i-1 is not "
                "authorized to perform: sts:TagSession on resource: "
                "arn:aws:iam::111122223333:role/release"
            ),
        ),
        pattern=re.compile(r"^AccessDenied"),
        means=(
            "With `role-chaining: true`, the role's trust policy has to name the credentials at "
            "hand or their account. If it names the account, or across accounts, the credentials "
            "need a policy that allows it as well."
        ),
        remedy=role.not_allowed,
    ),
)
"""Those of AssumeRole and AssumeRoleWithWebIdentity, what is more particular first."""
