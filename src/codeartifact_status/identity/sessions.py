"""From a role or the credentials at hand to a session of boto3, and whose account it is.

A key is masked before anything else happens to it.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.exceptions import BotoCoreError

from codeartifact_status.identity import roles, secrets
from codeartifact_status.identity.refusals import CallerRefused, NoCredentials, WrongAccount
from codeartifact_status.identity.roles import Chaining, Role
from codeartifact_status.identity.sts import ask
from codeartifact_status.runner import secret_variables
from codeartifact_status.service.connection import Connection
from codeartifact_status.service.crew import in_time
from codeartifact_status.service.library_errors import text_of
from codeartifact_status.service.retries import Tries, Unanswered

if TYPE_CHECKING:
    from types_boto3_sts.client import STSClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A session of boto3 with credentials, and the account that they belong to, if it is known.

    ``proven`` says that STS vouched for the account; else it is what the configuration says of
    itself (``AWS_ACCOUNT_ID``, for one), which is good enough for a link and not for a check.
    """

    session: boto3.Session
    account: str | None
    proven: bool


def assume(role: Role, connection: Connection, *, mask: Callable[[str], None]) -> Identity:
    """Assume a role, with an OIDC token or with the credentials at hand.

    ``AWS_PROFILE`` and the AWS configuration files of the job count only if ``profile`` names one
    of them for role chaining. ``mask`` is told of every secret before it is used.

    Raises:
        IdentityError: there is no token, or STS refused.
        Interrupted: the step was stopped meanwhile.
    """
    if isinstance(role.proof, Chaining):
        base = _ambient_session(connection) if connection.profile else _isolated(connection)
        _settle_credentials(base, connection, mask)
        sts: STSClient = connection.client(base, "sts")
    else:
        sts = replace(connection, sign=False).client(_isolated(connection), "sts")
    keys = roles.assume(role, sts, connection, mask=mask)
    session = _isolated(
        connection,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    return Identity(session=session, account=role.arn.account, proven=True)


def ambient(connection: Connection, *, mask: Callable[[str], None]) -> Identity:
    """The credentials that boto3's own chain finds; none where requests aren't signed.

    Raises:
        NoCredentials: it finds none, or its configuration is broken.
        Interrupted: the step was stopped meanwhile.
    """
    session = _ambient_session(connection)
    account = _settle_credentials(session, connection, mask) if connection.sign else None
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
    try:
        return boto3.Session(profile_name=profile).region_name or None
    except BotoCoreError as error:
        raise NoCredentials(str(error)) from error


def output_of(profile: str | None) -> str | None:
    """The AWS CLI's output format, by ``AWS_DEFAULT_OUTPUT`` or its configuration files."""
    if chosen := os.environ.get("AWS_DEFAULT_OUTPUT"):
        return chosen
    try:
        configured: str | None = (
            botocore.session.Session(profile=profile).get_scoped_config().get("output")
        )
    except BotoCoreError:
        # What is wrong with the files is told when credentials are looked for in them.
        return None
    return configured


def _isolated(connection: Connection, **keys: str) -> boto3.Session:
    """A session for which the job's AWS configuration files and profile don't count."""
    nowhere: Any = (None, None, os.devnull, None)
    isolated = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": nowhere,
            "credentials_file": nowhere,
        }
    )
    return boto3.Session(region_name=connection.region, botocore_session=isolated, **keys)


def _ambient_session(connection: Connection) -> boto3.Session:
    try:
        return boto3.Session(profile_name=connection.profile, region_name=connection.region)
    except BotoCoreError as error:
        raise NoCredentials(str(error)) from error


def _settle_credentials(
    session: boto3.Session, connection: Connection, mask: Callable[[str], None]
) -> str | None:
    """Mask what the credential chain found and hold on to it; return its account, if it says.

    Held, because credentials that renew themselves would bring secrets that nobody has masked.
    """

    def find() -> tuple[Any, str]:
        credentials = session.get_credentials()
        if credentials is None:
            return None, ""
        return credentials.get_frozen_credentials(), credentials.method or ""

    secrets.watch(session, mask)

    # The chain may ask STS or the machine, and tries again by itself.
    seconds = connection.patience * connection.attempts
    try:
        frozen, method = Tries(attempts=1, stop=connection.stop).answer(
            partial(in_time, find, seconds=seconds, stop=connection.stop)
        )
    except Unanswered as end:
        secrets.check_all(secret_variables.of_aws())
        raise NoCredentials(text_of(end.__cause__)) from None
    if frozen is None or not frozen.access_key or not frozen.secret_key:
        raise NoCredentials("boto3's credential chain found none.")

    def usable(secret: str, variable: str) -> str:
        return secrets.usable(secret, named=_name(method, variable), mask=mask)

    access_key = usable(frozen.access_key, "AWS_ACCESS_KEY_ID")
    secret_key = usable(frozen.secret_key, "AWS_SECRET_ACCESS_KEY")
    token = usable(frozen.token, "AWS_SESSION_TOKEN") if frozen.token else None
    session._session.set_credentials(access_key, secret_key, token)  # noqa: SLF001 - boto3 has no other way to its botocore session
    return getattr(frozen, "account_id", None)


def _name(method: str, variable: str) -> str:
    """What the user calls one of the keys, by the method of botocore that found them."""
    if method == "env":
        return variable
    return f"{variable.lower()} of the AWS credentials ({method})"
