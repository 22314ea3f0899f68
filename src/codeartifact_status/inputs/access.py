"""What the inputs say of how to reach AWS, and as whom, in the words of the rooms that do it.

Where they say nothing, the AWS configuration files may. What only a role needs is loaded for one.
"""

from collections.abc import Iterable
from threading import Event
from typing import TYPE_CHECKING

from codeartifact_status.arns import RoleArn, mismatch
from codeartifact_status.identity import sessions
from codeartifact_status.inputs.fields import Inputs
from codeartifact_status.inputs.reading import Step
from codeartifact_status.model import Output, Request
from codeartifact_status.runner.surroundings import Surroundings
from codeartifact_status.service.connection import Connection

if TYPE_CHECKING:
    from codeartifact_status.identity.roles import Role
    from codeartifact_status.identity.session_policy import Policy


def connection_of(inputs: Inputs, *, region: str, stop: Event) -> Connection:
    """How to reach CodeArtifact and STS; ``stop`` ends every pause between two tries."""
    return Connection(
        region=region,
        profile=inputs.profile,
        endpoint_url=inputs.endpoint_url,
        verify=False if inputs.no_verify_ssl else inputs.ca_bundle,
        sign=not inputs.no_sign_request,
        # As in the AWS CLI, 0 is no limit.
        connect_timeout=inputs.cli_connect_timeout or None,
        read_timeout=inputs.cli_read_timeout or None,
        concurrency=inputs.concurrency,
        attempts=inputs.aws_max_attempts,
        stop=stop,
    )


def role_of(
    inputs: Inputs, arn: RoleArn, *, region: str, requests: Iterable[Request], run: Surroundings
) -> "Role":
    """The role to assume, its session named after the ``run`` unless it has a name.

    ``requests`` are what the session has to be allowed.
    """
    from codeartifact_status.identity.roles import Chaining, Role, session_name, session_name_of
    from codeartifact_status.identity.tokens import WebIdentity

    name = inputs.role_session_name or session_name_of(repository=run.repository, run=run.run)
    proof = (
        Chaining(external_id=inputs.role_external_id)
        if inputs.role_chaining
        else WebIdentity(
            audience=inputs.audience,
            file=inputs.web_identity_token_file,
            from_fork=run.from_fork,
        )
    )
    return Role(
        arn=arn,
        session_name=session_name(name),
        duration=inputs.role_duration_seconds or _duration(inputs.timeout_seconds),
        policies=_policies(inputs.session_policy, arn, region=region, requests=requests),
        proof=proof,
    )


def region_of(step: Step) -> str:
    """The region that was named, or that of the AWS configuration files.

    Raises:
        InputError: there is none, or it is of another partition than the role.
        NoCredentials: the files are broken.
    """
    region = step.inputs.aws_region or sessions.region_of(step.inputs.profile)
    if region is None:
        text = "it is required, because the AWS configuration files name none"
        raise step.wrong("aws_region", text)
    role = step.inputs.role_to_assume
    if role is not None and (difference := mismatch(role, region)) is not None:
        # Of a region that the files name; one of the inputs was compared with them.
        raise step.wrong("role_to_assume", difference)
    return region


def output_of(inputs: Inputs, *, by_flags: bool) -> Output:
    """How the result is shown: as was asked for, or as the AWS CLI would by its configuration."""
    if not by_flags or "output" in inputs.model_fields_set:
        return inputs.output
    configured = None if inputs.role_to_assume else sessions.output_of(inputs.profile)
    return next((output for output in Output if output == configured), Output.JSON)


def _duration(timeout: int) -> int:
    """As long as the step takes at most, within what STS gives and every role allows.

    STS API Reference, AssumeRole, ``DurationSeconds``: at least 900 seconds. A role's own limit is
    one hour or more, and that of role chaining is one hour.
    """
    return min(max(timeout, 900), 3600)


def _policies(
    wanted: str, role: RoleArn, *, region: str, requests: Iterable[Request]
) -> "tuple[Policy, ...]":
    from codeartifact_status.identity.session_policy import Policy, least_privilege

    match wanted:
        case "none":
            return ()
        case "least-privilege":
            return tuple(least_privilege(requests, region=region, account=role.account))
        case document:
            return (Policy(document),)
