"""From a role or the credentials at hand to a session of boto3, and whose account it is.

boto3 is loaded by the functions that need it, and not with this module: that takes as long as a
token is on its way, which is asked for first.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError

from codeartifact_status.identity import secrets
from codeartifact_status.identity.refusals import CallerRefused, NoCredentials, WrongAccount
from codeartifact_status.identity.sts import ask
from codeartifact_status.runner import secret_variables
from codeartifact_status.runner.isolation import refuse_endless_files
from codeartifact_status.service.connection import Connection
from codeartifact_status.service.crew import in_time
from codeartifact_status.service.library_errors import text_of
from codeartifact_status.service.retries import Tries, Unanswered

if TYPE_CHECKING:
    import boto3
    import botocore.session
    from types_boto3_sts.client import STSClient

    from codeartifact_status.identity.credentials import Lasting
    from codeartifact_status.identity.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A session of boto3 with credentials, and the account that they belong to, if it is known.

    ``proven`` says that STS vouched for the account; else it is what the configuration says of
    itself (``AWS_ACCOUNT_ID``, for one), which is good enough for a link and not for a check.
    """

    session: "boto3.Session"
    account: str | None
    proven: bool


def assume(
    role: "Role",
    connection: Connection,
    *,
    mask: Callable[[str], None],
    tell: Callable[[str], None],
) -> Identity:
    """Assume a role, with an OIDC token or with the credentials at hand, and again before it ends.

    ``AWS_PROFILE`` and the AWS configuration files of the job count only if ``profile`` names one
    of them for role chaining. ``mask`` is told of every secret before it is used, ``tell`` of every
    session.

    Raises:
        IdentityError: there is no token, or STS refused.
        Interrupted: the step was stopped meanwhile.
    """
    from codeartifact_status.identity.roles import Chaining, Sessions
    from codeartifact_status.identity.tokens import Tokens

    source = role.proof
    proof = source if isinstance(source, Chaining) else Tokens(source, connection, mask=mask)
    # From here on there is a token on its way, and boto3 is loaded.
    from codeartifact_status.identity.credentials import Lasting, renewable

    core = _core(isolated=True)
    session = _session(core, connection)
    if isinstance(source, Chaining):
        refuse_endless_files()
        base = _core(isolated=not connection.profile)
        asker = _session(base, connection, profile=connection.profile)
        _found(base, connection, mask).serve(base)
        sts: STSClient = connection.client(asker, "sts")
    else:
        sts = replace(connection, sign=False).client(session, "sts")
    sessions = Sessions(role=role, proof=proof, sts=sts, connection=connection, tell=tell)
    credentials = Lasting(
        renewable(sessions, method="assume-role").get_frozen_credentials,
        whose=f"The session of {role.arn}",
        renewed=True,
        mask=mask,
        named="The {} that STS gave".format,
    )
    credentials.serve(core)
    return Identity(session=session, account=role.arn.account, proven=True)


def ambient(connection: Connection, *, mask: Callable[[str], None]) -> Identity:
    """The credentials that boto3's own chain finds; none where requests aren't signed.

    Raises:
        NoCredentials: it finds none, or its configuration is broken.
        Interrupted: the step was stopped meanwhile.
    """
    refuse_endless_files()
    core = _core(isolated=False)
    session = _session(core, connection, profile=connection.profile)
    account = None
    if connection.sign:
        credentials = _found(core, connection, mask)
        credentials.serve(core)
        account = credentials.account
    return Identity(session=session, account=account, proven=False)


def check_account(identity: Identity, allowed: Sequence[str], connection: Connection) -> Identity:
    """The same identity, its account known, if ``allowed`` names it or names none.

    Raises:
        WrongAccount: the account is another.
        IdentityError: STS didn't say which account it is.
    """
    if not allowed:
        return identity
    account = identity.account
    if account is None or not identity.proven:
        sts: STSClient = connection.client(identity.session, "sts")
        call = partial(
            in_time, sts.get_caller_identity, seconds=connection.patience, stop=connection.stop
        )
        account = ask(
            lambda: str(call()["Account"]),
            connection,
            refusal=lambda failure: CallerRefused(code=failure.code, message=failure.message),
        )
    if account not in allowed:
        raise WrongAccount(account=account, allowed=allowed)
    return Identity(session=identity.session, account=account, proven=True)


def region_of(profile: str | None) -> str | None:
    """The region that a profile of the AWS configuration files names, or the one in effect.

    Raises:
        NoCredentials: there is no such profile, or the files are broken.
    """
    import boto3

    refuse_endless_files()
    try:
        return boto3.Session(profile_name=profile).region_name or None
    except BotoCoreError as error:
        raise NoCredentials(str(error)) from error


def output_of(profile: str | None) -> str | None:
    """The AWS CLI's output format, by ``AWS_DEFAULT_OUTPUT`` or its configuration files."""
    if chosen := os.environ.get("AWS_DEFAULT_OUTPUT"):
        return chosen
    import botocore.session

    refuse_endless_files()
    try:
        configured: str | None = (
            botocore.session.Session(profile=profile).get_scoped_config().get("output")
        )
    except BotoCoreError:
        # What is wrong with the files is told when credentials are looked for in them.
        return None
    return configured


def _core(*, isolated: bool) -> "botocore.session.Session":
    """A session of botocore; an isolated one for which the job's profile and files don't count."""
    from codeartifact_status.service import library_data

    nowhere: Any = (None, None, os.devnull, None)
    return library_data.new_session(
        {
            "profile": (None, None, None, None),
            "config_file": nowhere,
            "credentials_file": nowhere,
        }
        if isolated
        else None
    )


def _session(
    core: "botocore.session.Session", connection: Connection, *, profile: str | None = None
) -> "boto3.Session":
    """boto3's session over one of botocore, for a profile or the one in effect."""
    import boto3

    try:
        return boto3.Session(
            region_name=connection.region, botocore_session=core, profile_name=profile
        )
    except BotoCoreError as error:
        raise NoCredentials(str(error)) from error


def _found(
    core: "botocore.session.Session", connection: Connection, mask: Callable[[str], None]
) -> "Lasting":
    """What the credential chain of a session finds, renewed by whatever it comes from.

    Raises:
        NoCredentials: it finds none, or not in time.
        Interrupted: the step was stopped meanwhile.
    """
    from botocore.credentials import RefreshableCredentials

    from codeartifact_status.identity.credentials import Lasting

    # The chain may ask STS or the machine, and tries again by itself.
    seconds = connection.patience * connection.attempts
    in_bounds = partial(in_time, seconds=seconds, stop=connection.stop)

    def find() -> Lasting | None:
        found = core.get_component("credential_provider").load_credentials()
        if found is None:
            return None
        # Variables may say when they end; that doesn't make them renew themselves.
        renewed = isinstance(found, RefreshableCredentials) and found.method != "env"
        keys = found.get_frozen_credentials
        name = _NAMES.get(found.method, "The session of the AWS credentials")
        return Lasting(
            partial(in_bounds, keys) if renewed else keys,
            whose=name.format(profile=core.profile or "default"),
            renewed=renewed,
            mask=mask,
            named=partial(_key_of, found.method),
        )

    secrets.watch(core, mask)
    try:
        credentials: Lasting | None = Tries(attempts=1, stop=connection.stop).answer(
            partial(in_bounds, find)
        )
    except Unanswered as end:
        secrets.check_all(secret_variables.of_aws())
        raise NoCredentials(text_of(end.__cause__)) from None
    if credentials is None or not credentials.access_key or not credentials.secret_key:
        raise NoCredentials("boto3's credential chain found none.")
    return credentials


_VARIABLES: Mapping[str, str] = {
    "AccessKeyId": "AWS_ACCESS_KEY_ID",
    "SecretAccessKey": "AWS_SECRET_ACCESS_KEY",
    "SessionToken": "AWS_SESSION_TOKEN",
}


def _key_of(method: str, name: str) -> str:
    """What the user calls one of the keys, by the method of botocore that found them."""
    variable = _VARIABLES[name]
    return variable if method == "env" else f"{variable.lower()} of the AWS credentials ({method})"


_NAMES: Mapping[str, str] = {
    "env": "AWS_SESSION_TOKEN of the environment",
    "shared-credentials-file": "The session token of profile {profile}",
    "config-file": "The session token of profile {profile}",
    "custom-process": "The session of profile {profile}, by its credential_process,",
    "assume-role": "The role session of profile {profile}",
    "assume-role-with-web-identity": "The role session of the web identity token",
    "sso": "The SSO session of profile {profile}",
    "login": "The login session of profile {profile}",
    "container-role": "The session of the container's role",
    "iam-role": "The session of the machine's role",
}
"""What credentials are called, by the ``METHOD`` of the provider of botocore that found them."""
