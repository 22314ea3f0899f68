"""What keeps a run from an identity, and what is said to mend it."""

from dataclasses import replace

import pytest

from codeartifact_status.arns import RoleArn
from codeartifact_status.errors import System
from codeartifact_status.identity.refusals import (
    CallerRefused,
    NoCredentials,
    NotAssumed,
    NoTokenHere,
    NoTokenPermission,
    NoTokenTool,
    PolicyTooLarge,
    not_assumed,
)
from codeartifact_status.model import Failure
from codeartifact_status.remedies.role import Refusal
from codeartifact_status.reporting.run import ACTION
from harness.runs import PLACE, ROLE

NONE = NoCredentials("boto3's credential chain found none.")
ELSEWHERE = [system for system in System if system not in {System.GITHUB, System.FORGEJO}]


@pytest.mark.parametrize("action", ["acme/codeartifact-status@v1", ACTION])
def test_the_step_to_paste_names_the_action_as_the_workflow_does(action: str) -> None:
    remedy = NONE.remedy(replace(PLACE, action=action))

    assert f"  - uses: {action}\n" in remedy
    assert remedy.count("uses:") == 1


def test_an_empty_role_may_be_a_secret_that_is_not_there() -> None:
    remedy = NONE.remedy(PLACE)

    assert "missing or empty" in remedy
    assert "${{ secrets.… }}" in remedy
    assert "`environment:`" in remedy


def test_dependabot_and_forks_are_named_where_they_started_the_run() -> None:
    dependabot = NONE.remedy(replace(PLACE, by_dependabot=True))
    fork = NONE.remedy(replace(PLACE, from_fork=True))

    assert "only Dependabot's secrets" in dependabot
    assert "if: github.actor != 'dependabot[bot]'" in dependabot
    assert "pull request from a fork" in fork
    assert "role/release" not in fork
    assert "Dependabot" not in NONE.remedy(PLACE) + fork


@pytest.mark.parametrize("system", ELSEWHERE)
@pytest.mark.parametrize(
    "error", [NONE, NoTokenHere(half_github=False), NoTokenTool("no"), NoTokenPermission()]
)
def test_elsewhere_nobody_is_shown_githubs_yaml(system: System, error: NotAssumed) -> None:
    remedy = error.remedy(replace(PLACE, system=system))

    assert "permissions" not in remedy
    assert "uses:" not in remedy


@pytest.mark.parametrize(
    ("system", "way"),
    [
        (System.GITHUB, "id-token: write"),
        (System.FORGEJO, "enable-openid-connect: true"),
        (System.GITLAB, "id_tokens:\n  STS_AMAZONAWS_COM_ID_TOKEN:\n    aud: sts.amazonaws.com"),
        (System.CIRCLECI, "circleci run oidc get"),
        (System.BUILDKITE, "mount-buildkite-agent: true"),
        (System.CODEBUILD, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
        (System.JENKINS, "OpenID Connect id token as file"),
        (System.SHELL, "`web-identity-token-file`"),
    ],
)
def test_each_system_is_shown_its_own_way_to_a_token(system: System, way: str) -> None:
    assert way in NoTokenHere(half_github=False).remedy(replace(PLACE, system=system))


def test_every_system_is_shown_a_way_to_credentials() -> None:
    remedies = {NONE.remedy(replace(PLACE, system=system)) for system in System}

    assert len(remedies) == len(System)


@pytest.mark.parametrize("system", System)
def test_a_role_that_is_named_is_not_asked_for(system: System) -> None:
    remedy = NONE.remedy(replace(PLACE, system=system, names_role=True))

    assert remedy.startswith("`role-chaining: true` assumes the role with existing credentials")
    assert "missing or empty" not in remedy


def test_a_profile_of_another_machine_is_told_as_that() -> None:
    remedy = NoCredentials("The config profile (runner) could not be found").remedy(PLACE)

    assert "A container doesn't see its host's files" in remedy
    assert "`AWS_PROFILE`" not in NONE.remedy(PLACE)


def test_a_command_on_github_is_shown_as_one() -> None:
    remedy = NONE.remedy(replace(PLACE, by_flags=True))

    assert "codeartifact-status --role-to-assume" in remedy
    assert "uses:" not in remedy


def test_forgejo_is_shown_its_own_permission() -> None:
    remedy = NONE.remedy(replace(PLACE, system=System.FORGEJO))

    assert "enable-openid-connect: true" in remedy
    assert "id-token: write" not in remedy


@pytest.mark.parametrize(
    ("message", "of_tags"),
    [
        ("Packed size of session tags consumes 112% of allotted space.", True),
        ("Packed policy consumes 157% of allotted space, please use smaller policy.", False),
    ],
)
def test_a_policy_that_is_too_large_is_told_from_tags_that_are(
    message: str,
    of_tags: bool,  # noqa: FBT001
) -> None:
    refusal = Refusal(
        role=RoleArn.parse(ROLE), failure=Failure("PackedPolicyTooLarge", message), claims={}
    )

    error = not_assumed(refusal)

    assert isinstance(error, PolicyTooLarge)
    assert error.of_tags is of_tags


def test_what_nobody_knows_gets_no_advice() -> None:
    refusal = Refusal(role=RoleArn.parse(ROLE), failure=Failure("New", "unheard of"), claims={})

    assert not_assumed(refusal).remedy(PLACE) == ""
    assert CallerRefused(code="New", message="unheard of").remedy(PLACE) == ""
