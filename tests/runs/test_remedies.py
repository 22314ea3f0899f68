"""What a whole run says of what keeps it from its work: for the cause, the system and the way."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from codeartifact_emulator import Emulator, Fault, Reply
from harness.acting import Act
from harness.runs import DEFAULT_INPUTS, Finished, calls_of, put_core, statuses

ASSUME = "AssumeRoleWithWebIdentity"
LIST, UPDATE = "ListPackageVersions", "UpdatePackageVersionsStatus"
CODEARTIFACT = (LIST, UPDATE)
NO_TOKEN = {"ACTIONS_ID_TOKEN_REQUEST_URL": None, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": None}
DENIED = (
    "User: arn:aws:sts::111122223333:assumed-role/release/run-7 is not authorized to perform: "
    "codeartifact:{0} on resource: arn:aws:codeartifact:eu-west-1:111122223333:package/acme/"
    "npm-store/npm/acme/core "
)


def refuse(emulator: Emulator, operation: str, code: str, message: str, status: int = 400) -> None:
    emulator.inject(Fault(operation, Reply(status=status, code=code, message=message)))


def said(done: Finished, *texts: str) -> None:
    """The annotations and the summary both say it."""
    for text in texts:
        assert text.replace("`", "") in done.messages
        assert text in done.summary


# --- STS. ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "message", "text"),
    [
        ("InvalidIdentityToken", "Incorrect token audience", "add-client-id"),
        (
            "InvalidIdentityToken",
            (
                "No OpenIDConnect provider found in your account for "
                "https://token.actions.githubusercontent.com"
            ),
            "create-open-id-connect-provider",
        ),
        (
            "InvalidIdentityToken",
            "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
            "ignores thumbprints",
        ),
        (
            "PackedPolicyTooLarge",
            "Packed size of session tags consumes 112% of allotted space.",
            "The session policy is not the cause",
        ),
        (
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            "`role-duration-seconds` out, or set",
        ),
    ],
)
def test_a_refusal_of_sts_is_told_by_its_cause(
    emulator: Emulator, act: Act, code: str, message: str, text: str
) -> None:
    refuse(emulator, ASSUME, code, message)

    done = act(versions="1.0.0")

    assert done.exit_code == 3
    said(done, text)
    assert "A statement for the role's trust policy" not in done.messages
    assert not calls_of(emulator, *CODEARTIFACT)


def test_an_issuer_that_aws_can_not_reach_is_told_after_every_try(
    emulator: Emulator, act: Act
) -> None:
    message = "The identity provider could not be reached."
    refuse(emulator, ASSUME, "IDPCommunicationError", message)

    done = act(versions="1.0.0")

    assert done.exit_code == 3
    said(done, "could not fetch the keys that verify the token")
    assert len(calls_of(emulator, ASSUME)) == 5


def test_an_immutable_token_is_refused_with_its_own_form(act: Act, emulators: Any) -> None:
    trusted = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {
                    "Federated": "arn:aws:iam::111122223333:oidc-provider/"
                    "token.actions.githubusercontent.com"
                },
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/widgets:*"}
                },
            }
        ],
    }
    seed = {"oidc": {"immutable": "true"}, "roles": [{"name": "release", "trust": trusted}]}

    done = act(on=emulators(seed=seed), versions="1.0.0")

    assert done.exit_code == 3
    said(
        done,
        '"token.actions.githubusercontent.com:sub": '
        '"repo:acme@123456/widgets@789012:ref:refs/tags/v*"',
        '"repository_owner_id": "123456"',
    )


# --- No identity, by system. ---------------------------------------------------------------------


def test_dependabots_empty_role_is_told_as_that(act: Act) -> None:
    done = act(
        versions="1.0.0",
        role_to_assume="",
        environment={**NO_TOKEN, "GITHUB_ACTOR": "dependabot[bot]"},
    )

    assert done.exit_code == 3
    said(done, "only Dependabot's secrets", "if: github.actor != 'dependabot[bot]'")


GITLAB = {"GITHUB_ACTIONS": None, "GITLAB_CI": "true", **NO_TOKEN}


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        ({**NO_TOKEN, "FORGEJO_ACTIONS": "true"}, "enable-openid-connect: true"),
        (GITLAB, "id_tokens:"),
        ({**GITLAB, "GITLAB_CI": None, "CIRCLECI": "true"}, "circleci run oidc get"),
        ({**GITLAB, "GITLAB_CI": None, "BUILDKITE": "true"}, "mount-buildkite-agent: true"),
        ({**GITLAB, "GITLAB_CI": None, "JENKINS_URL": "https://ci/"}, "ID_TOKEN_FILE"),
        ({**GITLAB, "GITLAB_CI": None, "CODEBUILD_BUILD_ID": "x:1"}, "`role-chaining: true`"),
        ({**GITLAB, "GITLAB_CI": None}, "`web-identity-token-file`"),
    ],
)
def test_without_a_token_each_system_is_told_its_own_way(
    act: Act, variables: Mapping[str, str | None], text: str
) -> None:
    done = act(versions="1.0.0", environment={"PATH": "/nonexistent", **variables})

    assert done.exit_code == 3
    everything = done.stdout + done.stderr + done.summary
    assert text in everything
    assert "id-token: write" not in everything


def test_where_flags_were_typed_flags_are_named(emulator: Emulator, act: Act) -> None:
    message = "Packed policy consumes 157% of allotted space, please use smaller policy."
    refuse(emulator, ASSUME, "PackedPolicyTooLarge", message)
    line = "--role-to-assume arn:aws:iam::111122223333:role/release --region eu-west-1"
    line += " --domain acme --repository npm-store --format npm --package @acme/core"
    line += " --versions 1.0.0 --target-status Published"
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})

    inputs: dict[str, Any] = dict.fromkeys(DEFAULT_INPUTS)
    done = act(arguments=[*line.split(), "--session-policy", policy], **inputs)

    assert done.exit_code == 3
    assert "Shorten --session-policy" in done.stderr


# --- What is denied. -----------------------------------------------------------------------------


@pytest.mark.parametrize("operation", [LIST, UPDATE])
@pytest.mark.parametrize(
    ("reason", "text", "helps"),
    [
        ("with an explicit deny in a service control policy", "manages the organization", False),
        ("because no VPC endpoint policy allows the X action", "manages the VPC", False),
        ("because no permissions boundary allows the X action", "to the boundary", True),
        ("because no identity-based policy allows the X action", "Add this statement", True),
    ],
)
def test_the_policy_that_denies_is_named_whatever_it_denies(
    emulator: Emulator,
    act: Act,
    operation: str,
    reason: str,
    text: str,
    helps: bool,  # noqa: FBT001
) -> None:
    put_core(emulator, "1.0.0")
    refuse(
        emulator, operation, "AccessDeniedException", DENIED.format(operation) + reason, status=403
    )

    done = act(versions="1.0.0")

    assert done.exit_code == (0 if operation == LIST else 1)
    said(done, text)
    assert ('"Effect": "Allow"' in done.messages) is helps
    assert statuses(emulator) == {"1.0.0": "Published" if operation == LIST else "Unlisted"}


# --- What isn't reached. -------------------------------------------------------------------------

DEAD = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("inputs", "variables", "exit_code", "text"),
    [
        ({"endpoint_url": DEAD}, {}, 4, "set by `endpoint-url`"),
        ({}, {"AWS_ENDPOINT_URL_CODEARTIFACT": DEAD}, 4, "set by `AWS_ENDPOINT_URL_CODEARTIFACT`"),
        ({}, {"AWS_ENDPOINT_URL_STS": DEAD}, 3, "set by `AWS_ENDPOINT_URL_STS`"),
        (
            {},
            {"AWS_ENDPOINT_URL_STS": None, "AWS_ENDPOINT_URL": DEAD},
            3,
            "`AWS_ENDPOINT_URL`",
        ),
    ],
)
def test_what_chose_an_endpoint_where_nothing_answers_is_named(
    act: Act,
    inputs: Mapping[str, str],
    variables: Mapping[str, str | None],
    exit_code: int,
    text: str,
) -> None:
    environment = {"AWS_MAX_ATTEMPTS": "2", **variables}
    done = act(versions="1.0.0", environment=environment, **inputs)

    assert done.exit_code == exit_code
    said(done, "The host called was `127.0.0.1:9`", text)


@pytest.mark.parametrize("operation", [LIST, ASSUME])
@pytest.mark.parametrize("status", [200, 403])
def test_a_page_that_answers_in_the_services_place_is_told_as_that(
    emulator: Emulator, act: Act, operation: str, status: int
) -> None:
    page = {"Content-Type": "text/html"}
    effect = Reply(status=status, body="<html>Please log in</html>", headers=page)
    emulator.inject(Fault(operation, effect))

    done = act(versions="1.0.0")

    assert done.exit_code == (4 if operation == LIST else 3)
    said(done, "The answer didn't come from the service")
    assert "trust policy" not in done.messages


def test_a_wrong_clock_is_told_from_wrong_keys(emulator: Emulator, act: Act) -> None:
    message = "Signature expired: 20260709T101500Z is now earlier than 20260709T102000Z"
    refuse(emulator, LIST, "InvalidSignatureException", message, status=403)

    done = act(versions="1.0.0")

    assert done.exit_code == 4
    said(done, "The clock of the machine", "Nothing is wrong with the credentials")


# --- What can't be. ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "region"),
    [
        ("arn:aws-us-gov:iam::111122223333:role/release", "eu-west-1"),
        ("arn:aws:iam::111122223333:role/release", "cn-north-1"),
    ],
)
def test_a_role_and_a_region_of_different_partitions_are_a_wrong_input(
    emulator: Emulator, act: Act, role: str, region: str
) -> None:
    done = act(versions="1.0.0", role_to_assume=role, aws_region=region)

    assert done.exit_code == 2
    said(done, "role-to-assume", "no role is known in another partition")
    assert emulator.calls == []
