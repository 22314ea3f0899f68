"""Who the step is, and what it may do: identity, permissions, endpoints, by the whole action."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codeartifact_emulator import Emulator
from harness.acting import Act
from harness.runs import ROLE, calls_of, put_core, statuses
from harness.tls import make_certificate, tls_server

UPDATE = "UpdatePackageVersionsStatus"
CODEARTIFACT = (
    *(UPDATE, "DisposePackageVersions", "DeletePackageVersions"),
    *("ListPackageVersions", "DescribePackageVersion"),
)
ARN = "arn:aws:codeartifact:eu-west-1:111122223333:package/acme/npm-store/npm/acme/core"
PROVIDER = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"


def trust(**condition: Any) -> dict[str, Any]:
    """A trust of GitHub's provider under this condition, and one that IAM lets nobody leave out."""
    like = {"token.actions.githubusercontent.com:sub": "repo:acme/*"}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": PROVIDER},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringLike": like, **condition},
            }
        ],
    }


def policy(*actions: str) -> dict[str, Any]:
    allowed = [f"codeartifact:{action}" for action in actions]
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": allowed, "Resource": "*"}],
    }


def seed(*actions: str, **condition: Any) -> dict[str, Any]:
    """A seed whose role may do just these actions, under just this condition of trust."""
    role = {"name": "release", "trust": trust(**condition), "policy": policy(*actions)}
    return {"roles": [role]}


# --- Who we are. ---------------------------------------------------------------------------------


def test_without_a_role_the_credentials_at_hand_are_used(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")

    done = act(
        versions="1.0.0", role_to_assume=None, environment=dict(emulator.environment(user=True))
    )

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.0.0": "Published"}
    assert not calls_of(emulator, "AssumeRoleWithWebIdentity")


def test_the_role_is_the_only_identity_whatever_the_job_configures(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.0.0")

    done = act(
        versions="1.0.0",
        files={"config": "[profile x\ngarbage"},
        environment={
            "AWS_PROFILE": "nobody",
            "AWS_DEFAULT_PROFILE": "nobody",
            "AWS_CONFIG_FILE": "config",
            "AWS_SHARED_CREDENTIALS_FILE": "config",
            "AWS_ACCESS_KEY_ID": "AKIAXXXXXXXXXXXXXXXX",
            "AWS_SECRET_ACCESS_KEY": "not-the-one-to-use",
        },
    )

    assert done.exit_code == 0, done.stdout
    assert statuses(emulator) == {"1.0.0": "Published"}
    (call,) = calls_of(emulator, UPDATE)
    assert call.principal == (
        "arn:aws:sts::111122223333:assumed-role/release/acme-widgets-1000000001-1"
    )


def test_without_id_token_write_the_yaml_to_paste_is_shown(emulator: Emulator, act: Act) -> None:
    put_core(emulator, "1.0.0")

    done = act(
        versions="1.0.0",
        environment={"ACTIONS_ID_TOKEN_REQUEST_URL": None, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": None},
    )

    assert done.exit_code == 3
    for text in (done.messages, done.summary):
        assert "permissions:\n  contents: read\n  id-token: write\n" in text
    done.assert_complete()
    assert done.outcomes == {"1.0.0": "failed"}
    assert emulator.calls == []


def test_a_pull_request_from_a_fork_gets_a_text_of_its_own(act: Act, tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    pull = {
        "head": {"repo": {"full_name": "mallory/widgets"}},
        "base": {"repo": {"full_name": "acme/widgets"}},
    }
    event.write_text(json.dumps({"pull_request": pull}))

    done = act(
        versions="1.0.0",
        environment={
            "ACTIONS_ID_TOKEN_REQUEST_URL": None,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": None,
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(event),
        },
    )

    assert done.exit_code == 3
    assert "pull request from a fork" in done.messages
    assert "permissions:\n" not in done.messages


def test_a_refusing_trust_policy_is_shown_with_the_condition_that_would_match(
    emulators: Callable[..., Emulator], act: Act
) -> None:
    wanted = {"token.actions.githubusercontent.com:sub": "repo:acme/widgets:environment:prod"}
    emulator = emulators(seed=seed("*", StringEquals=wanted))

    done = act(on=emulator, versions="1.0.0")

    assert done.exit_code == 3
    for text in (done.messages, done.summary):
        assert '"repository": "acme/widgets"' in text
        assert (
            '"token.actions.githubusercontent.com:sub": [\n'
            '        "repo:acme/widgets:ref:refs/tags/v*",\n'
            '        "repo:acme@123456/widgets@789012:ref:refs/tags/v*"\n' in text
        )
    assert len(calls_of(emulator, "AssumeRoleWithWebIdentity")) == 1
    assert not calls_of(emulator, *CODEARTIFACT)


def test_another_account_is_refused_before_codeartifact_is_called(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.0.0")

    done = act(versions="1.0.0", allowed_account_ids="999999999999")

    assert done.exit_code == 3
    assert "111122223333" in done.messages
    assert not calls_of(emulator, *CODEARTIFACT)


# --- What the session may do. --------------------------------------------------------------------


LEAST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["codeartifact:ListPackageVersions", f"codeartifact:{UPDATE}"],
            "Resource": [ARN],
        }
    ],
}


@pytest.mark.parametrize(
    ("given", "sent"),
    [(None, LEAST), ("none", None), (json.dumps(policy("*"), indent=2), policy("*"))],
    ids=["no more than this step does", "none", "a document"],
)
def test_the_session_has_the_policy_that_was_asked_for(
    emulator: Emulator, act: Act, given: str | None, sent: object
) -> None:
    put_core(emulator, "1.0.0")

    assert act(versions="1.0.0", session_policy=given).exit_code == 0
    (call,) = calls_of(emulator, "AssumeRoleWithWebIdentity")
    assert json.loads(call.params.get("Policy", "null")) == sent
    assert call.params["RoleArn"] == ROLE
    assert call.params["DurationSeconds"] == 900


def test_a_session_policy_that_had_to_be_widened_is_said(emulator: Emulator, act: Act) -> None:
    repositories = [f"repository-{number}" for number in range(30)]
    for repository in repositories:
        put_core(emulator, "1.0.0", repository=repository)

    done = act(repository=",".join(repositories), versions="1.0.0")

    assert done.exit_code == 0
    assert (
        "The session policy allows the packages of this step in any repository, because one for "
        "just these packages would exceed 2048 characters. Nothing needs to be done.\n"
    ) in done.stdout
    assert done.counts == (30, 0, 0, 0)


def test_a_command_line_without_an_identity_is_answered_nothing(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.0.0")
    role = "arn:aws:iam::111122223333:role/nobody"

    done = act(arguments=["--versions", "1.0.0"], versions=None, role_to_assume=role)

    assert done.exit_code == 3
    assert done.stdout == ""
    assert "STS refused the role" in done.stderr


# --- What the role may do. -----------------------------------------------------------------------


def test_reading_denied_goes_on_unpinned_with_one_warning(
    emulators: Callable[..., Emulator], act: Act
) -> None:
    emulator = emulators(seed=seed(UPDATE))
    put_core(emulator, "1.0.0", "1.0.1")

    done = act(on=emulator, versions="1.0.0 1.0.1", expected_status="Unlisted")

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.0.0": "Published", "1.0.1": "Published"}
    (call,) = calls_of(emulator, UPDATE)
    assert "versionRevisions" not in call.params
    assert call.params["expectedStatus"] == "Unlisted"
    (warning,) = done.annotations("warning")
    assert "codeartifact:ListPackageVersions" in warning.message
    assert ARN in warning.message
    (entry,) = done.undo
    assert entry["target-status"] == "Unlisted"
    assert "version-revisions" not in entry


def test_a_dry_run_that_could_not_read_does_not_say_that_it_sent(
    emulators: Callable[..., Emulator], act: Act
) -> None:
    emulator = emulators(seed=seed(UPDATE))
    put_core(emulator, "1.0.0")

    done = act(on=emulator, versions="1.0.0", dry_run="true")

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.0.0": "Unlisted"}
    assert "were sent" not in done.messages + done.summary


def test_what_nobody_read_and_nobody_vouched_for_has_no_undo(
    emulators: Callable[..., Emulator], act: Act
) -> None:
    emulator = emulators(seed=seed(UPDATE))
    put_core(emulator, "1.0.0")

    done = act(on=emulator, versions="1.0.0")

    assert done.exit_code == 0
    assert done.outputs["undo"] == "[]"
    assert "could not be read" in done.summary


def test_writing_denied_shows_the_statement_that_is_missing(
    emulators: Callable[..., Emulator], act: Act
) -> None:
    emulator = emulators(seed=seed("ListPackageVersions"))
    put_core(emulator, "1.0.0")

    done = act(on=emulator, versions="1.0.0")

    assert done.exit_code == 1
    assert done.codes == {"1.0.0": "AccessDeniedException"}
    for text in (done.messages, done.summary):
        assert f'"codeartifact:{UPDATE}"' in text
        assert f'"{ARN}"' in text
    assert len(calls_of(emulator, UPDATE)) == 1


# --- Where CodeArtifact is. ----------------------------------------------------------------------


def test_an_unknown_repository_means_that_codeartifact_could_not_be_asked(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.0.0")

    done = act(repository="npm-stroe", versions="1.0.0")

    assert done.exit_code == 4
    assert "npm-stroe" in done.messages
    assert " domain-owner" in done.messages
    done.assert_complete()
    assert done.codes == {"1.0.0": "SKIPPED"}


def test_a_dead_endpoint_means_that_codeartifact_could_not_be_asked(act: Act) -> None:
    done = act(
        versions="1.0.0 1.0.1",
        endpoint_url="http://127.0.0.1:9",
        environment={"AWS_MAX_ATTEMPTS": "2"},
    )

    assert done.exit_code == 4
    done.assert_complete()
    assert done.codes == {"1.0.0": "SKIPPED", "1.0.1": "SKIPPED"}


@pytest.mark.parametrize(
    ("inputs", "exit_code"),
    [({}, 4), ({"ca_bundle": "ca.pem"}, 0), ({"no_verify_ssl": "true"}, 0)],
    ids=["not trusted", "ca-bundle", "no-verify-ssl"],
)
def test_a_certificate_is_verified_as_the_inputs_say(
    emulator: Emulator,
    act: Act,
    tmp_path: Path,
    inputs: dict[str, str],
    exit_code: int,
) -> None:
    certificate, key = make_certificate(tmp_path)
    with tls_server(certificate, key) as url:
        done = act(
            versions="1.0",
            endpoint_url=url,
            files={"ca.pem": certificate.read_text()},
            role_to_assume=None,
            environment=dict(emulator.environment(user=True)),
            **inputs,
        )

    assert done.exit_code == exit_code, done.stdout
    assert done.outputs["outcome"] == ("failed" if exit_code else "unchanged")
    if exit_code:
        assert "CERTIFICATE_VERIFY_FAILED" in done.messages
