"""Credentials that last: masked whenever they are new, renewed before they end where they can be.

Nothing here knows where they come from, or what they are good for.
"""

from collections.abc import Callable
from typing import Any

from botocore.credentials import Credentials, ReadOnlyCredentials, RefreshableCredentials
from botocore.session import Session

from codeartifact_status.errors import StepError
from codeartifact_status.identity.refusals import CredentialsEnded, IdentityError, NotRenewed
from codeartifact_status.identity.secrets import usable
from codeartifact_status.runner.workflow import unlogged
from codeartifact_status.service.library_errors import text_of

EARLY = 300
"""Seconds before its end from which a session is renewed; where that fails, it is used on.

botocore's own 900 would renew a session of 900 seconds with each request.
"""

LATE = 60
"""Seconds before its end from which a session isn't used any more, unless it is renewed."""

_ENDED = {"ExpiredToken", "RequestExpired"}
"""What AWS answers to credentials that have expired, for all SDKs; ``Exception`` may follow."""


class Lasting(Credentials):
    """Credentials of botocore as this step uses them.

    Whoever signs asks ``get_frozen_credentials`` each time. So what it gives is masked there:
    nobody else knows when credentials have renewed themselves. ``account`` is the one that they say
    they belong to, if they do.
    """

    def __init__(
        self,
        find: Callable[[], ReadOnlyCredentials],
        *,
        whose: str,
        renewed: bool,
        mask: Callable[[str], None],
        named: Callable[[str], str],
    ) -> None:
        """``find`` gives the keys of now; it is called once here, and raises what it may.

        ``whose`` names them in a message, ``named`` one of them by its name in STS's answers, and
        ``renewed`` says whether ``find`` renews them.
        """
        self._find, self._whose, self._renewed, self._mask = find, whose, renewed, mask
        self._named = named
        keys = self._masked()
        self.account = keys.account_id
        super().__init__(
            keys.access_key or "", keys.secret_key or "", keys.token, account_id=keys.account_id
        )

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """The keys of now, masked.

        Raises:
            NotRenewed: they are about to end, and were not renewed.
            StepError: the step was stopped meanwhile, or a setting makes no sense any more.
        """
        try:
            return self._masked()
        except IdentityError as refused:
            raise NotRenewed(whose=self._whose, cause=refused) from None
        except StepError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a provider of botocore raises
            raise NotRenewed(whose=self._whose, cause=text_of(error)) from None

    def serve(self, session: Session) -> None:
        """Be the credentials of a session of botocore, for every client that is made of it."""
        session.register_component("credential_provider", _Provider(self))
        session.register("after-call", self._check)

    def _masked(self) -> ReadOnlyCredentials:
        with unlogged():
            keys = self._find()
        return ReadOnlyCredentials(
            self._usable(keys.access_key, "AccessKeyId"),
            self._usable(keys.secret_key, "SecretAccessKey"),
            self._usable(keys.token, "SessionToken") or None,
            account_id=keys.account_id,
        )

    def _usable(self, secret: str | None, name: str) -> str:
        return usable(secret, named=self._named(name), mask=self._mask) if secret else ""

    def _check(self, **event: Any) -> None:
        """Raise CredentialsEnded if that is what AWS answered, to whatever it was asked."""
        error = event["parsed"].get("Error", {})
        code = str(error.get("Code"))
        if code.removesuffix("Exception") in _ENDED:
            reason = f"{code}: {error.get('Message')}"
            raise CredentialsEnded(whose=self._whose, reason=reason, renewed=self._renewed)


class _Provider:
    """The place in a session of botocore where its chain of providers was."""

    def __init__(self, credentials: Lasting) -> None:
        self._credentials = credentials

    def load_credentials(self) -> Lasting:
        return self._credentials


def renewable(renew: Callable[[], dict[str, str]], *, method: str) -> RefreshableCredentials:
    """Credentials of botocore that ``renew`` gets: now, and again a few minutes before they end.

    ``renew`` gives ``access_key``, ``secret_key``, ``token`` and ``expiry_time`` in ISO 8601.
    """
    return RefreshableCredentials.create_from_metadata(
        renew(),
        refresh_using=renew,
        method=method,
        advisory_timeout=EARLY,
        mandatory_timeout=LATE,
    )
