"""What is wrong with the AWS credentials that sign a request, or with the clock. Pure.

The codes differ by service (`InvalidClientTokenId` of STS is CodeArtifact's
`UnrecognizedClientException`), the messages don't. Source: IAM User Guide, "Troubleshoot Signature
Version 4 requests", and the messages as public threads quote them.
"""

import re

from codeartifact_status.errors import Place, System
from codeartifact_status.remedies.cause import Cause


def _new_keys(_: object, place: Place) -> str:
    renewed = "Set `role-to-assume`: this step then opens its own session and renews it."
    if place.system in {System.GITHUB, System.FORGEJO}:
        return f"{renewed} Or move `aws-actions/configure-aws-credentials` closer to this step."
    return f"{renewed} Or get new credentials right before this step."


CLOCK: Cause[object] = Cause(
    name="The clock is wrong",
    says=(
        (
            "InvalidSignatureException: Signature expired: 20260709T101500Z is now earlier than "
            "20260709T102000Z (20260709T102500Z - 5 min.)"
        ),
        (
            "SignatureDoesNotMatch: Signature not yet current: 20260709T104500Z is still later "
            "than 20260709T102500Z (20260709T102000Z + 5 min.)"
        ),
        "RequestExpired: Request has expired.",
    ),
    pattern=re.compile(
        r"Signature expired: |Signature not yet current: |^RequestExpired|^RequestTimeTooSkewed"
    ),
    means=(
        "The clock of the machine that runs this step is wrong: signatures contain the time, and "
        "AWS accepts them for a few minutes only. Nothing is wrong with the credentials."
    ),
    remedy=lambda _, __: (
        "Set the clock and keep it synchronized by NTP (`timedatectl status`). A container uses "
        "its host's clock."
    ),
)

KEYS: tuple[Cause[object], ...] = (
    CLOCK,
    Cause(
        name="The credentials have expired",
        says=(
            "ExpiredTokenException: The security token included in the request is expired",
            "ExpiredToken: The security token included in the request is expired",
        ),
        pattern=re.compile(r"The security token included in the request is expired"),
        means="The AWS credentials that the step started with have expired.",
        remedy=_new_keys,
    ),
    Cause(
        name="The credentials are unknown to AWS",
        says=(
            "UnrecognizedClientException: The security token included in the request is invalid.",
            "InvalidClientTokenId: The security token included in the request is invalid.",
        ),
        pattern=re.compile(r"^UnrecognizedClient|^InvalidClientTokenId"),
        means=(
            "AWS doesn't know the access key, or the session token doesn't belong to it: the "
            "credentials were revoked, come from another partition, or were truncated."
        ),
        remedy=lambda _, __: (
            "`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN` belong together: "
            "set all three again from one source (long-term keys have no session token). A region "
            "that isn't enabled for the account gives the same error."
        ),
    ),
    Cause(
        name="The secret key doesn't match",
        says=(
            (
                "InvalidSignatureException: The request signature we calculated does not match "
                "the signature you provided. Check your AWS Secret Access Key and signing "
                "method. Consult the service documentation for details."
            ),
            (
                "SignatureDoesNotMatch: The request signature we calculated does not match the "
                "signature you provided. Check your AWS Secret Access Key and signing method. "
                "Consult the service documentation for details."
            ),
        ),
        pattern=re.compile(r"The request signature we calculated does not match"),
        means=("The secret key doesn't belong to the access key, or a proxy changed the request."),
        remedy=lambda _, __: (
            "Set `AWS_SECRET_ACCESS_KEY` again, complete and without quotes, together with its "
            "access key."
        ),
    ),
    Cause(
        name="The endpoint is of another region or service",
        says=(
            "InvalidSignatureException: Credential should be scoped to a valid region.",
            (
                "SignatureDoesNotMatch: Credential should be scoped to a valid region, not "
                "'eu-west-1'."
            ),
        ),
        pattern=re.compile(r"Credential should be scoped to "),
        means="The request was signed for a different region or service than the endpoint's.",
        remedy=lambda _, __: (
            "Make `aws-region` and the endpoint (`endpoint-url`, `AWS_ENDPOINT_URL_CODEARTIFACT`, "
            "`AWS_ENDPOINT_URL_STS`, `AWS_ENDPOINT_URL`) name the same region, or set no endpoint."
        ),
    ),
    Cause(
        name="The request was not signed",
        says=(
            "MissingAuthenticationTokenException: Missing Authentication Token",
            "IncompleteSignature: Authorization header requires 'Credential' parameter.",
        ),
        pattern=re.compile(r"^MissingAuthenticationToken|^IncompleteSignature"),
        means="The request arrived without a complete signature.",
        remedy=lambda _, __: (
            "Remove `no-sign-request` if it is set. Otherwise, check whether something on the way, "
            "such as a proxy, drops the `Authorization` header."
        ),
    ),
)
"""Told of whoever is asked with the credentials: STS, or CodeArtifact."""
