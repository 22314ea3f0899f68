"""The edge to what leaks in: variables of the job that were meant for another place than this.

A container action gets the whole environment of its job. A proxy, a certificate bundle or a profile
that exists on the runner need not exist in the container; what can't work here is set aside, and
said. What is left counts as it does for botocore, whose rules these are.
"""

import errno
import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies_environment

from codeartifact_status.errors import BadSetting
from codeartifact_status.runner import bounded, secret_variables

SCHEMES = ("https", "http")
"""What has a proxy of its own; botocore has no use for ``ALL_PROXY``."""

BUNDLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
"""The first that is set counts; a configuration file's ``ca_bundle`` stands between them."""

PROFILES = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")
"""The first that is set counts, as in botocore's ``configprovider``."""

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")

NEAR = ("127.0.0.1", "localhost", "[::1]", "169.254.169.254", "[fd00:ec2::254]")
"""Hosts that a proxy can only get wrong: this machine, and the metadata service of its instance,
which botocore would ask by the proxy for the proxy's own role. As URLs have them, which is how
they are compared."""


def isolate() -> list[str]:
    """Set aside what would break this step; return a sentence for each thing that was."""
    # botocore would try to renew what can't be, and fail with no word on which credentials it was;
    # AWS says it when they have ended.
    os.environ.pop("AWS_CREDENTIAL_EXPIRATION", None)
    for name in (*BUNDLES, *PROFILES):
        if os.environ.get(name) == "":
            # An expression that came out empty; botocore would take it for a name.
            del os.environ[name]
    notes = [*secret_variables.trim(), *_dead_proxies(), *_missing_bundles(), *_unknown_profiles()]
    _exempt_what_is_near()
    return notes


def proxy_variable(scheme: str) -> str | None:
    """The variable whose proxy is in effect for a scheme; a lower-case one goes first."""
    proxy = getproxies_environment().get(scheme)
    named = (name for name, value in os.environ.items() if value == proxy)
    # The greatest is the one in lower case, where both spellings say the same.
    return max((name for name in named if name.lower() == f"{scheme}_proxy"), default=None)


def flaw_of_bundle(path: str) -> str | None:
    """What keeps a file from being one of certificates; None if nothing does."""
    try:
        content = bounded.read(str(Path(path).expanduser()), stop=None)
    except OSError as error:
        return f"it can't be read: {error.strerror or error}"
    return None if b"-----BEGIN" in content else "it holds no PEM certificate"


def _exempt_what_is_near() -> None:
    """Add to what is exempt from proxies by either spelling, of which urllib takes the lower one.

    Where there is no proxy nothing is added: urllib would take it for all there is to know of
    proxies, and not ask the system's settings any more.
    """
    proxies = getproxies_environment()
    exempt = proxies.get("no", "")
    # An asterisk means everything only where it stands alone.
    if exempt != "*" and any(scheme in proxies for scheme in SCHEMES):
        os.environ["no_proxy"] = ",".join(filter(None, (exempt, *NEAR)))


def _dead_proxies() -> Iterator[str]:
    if getproxies_environment().get("no") == "*":
        return
    for scheme in SCHEMES:
        # Behind one spelling of the name another may come to light.
        while (name := proxy_variable(scheme)) is not None and _is_dead(os.environ[name]):
            del os.environ[name]
            yield (
                f"{name} of the job names a proxy on localhost, and nothing listens there (in a "
                "container, localhost is the container itself); it was ignored."
            )


def _is_dead(proxy: str) -> bool:
    """Whether a proxy is on this machine and not there; others get the benefit of the doubt."""
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        is_here = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
    if not is_here:
        return False
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return True
    return False


def _missing_bundles() -> Iterator[str]:
    for name in BUNDLES:
        bundle = os.environ.get(name)
        if bundle is not None and not _exists(bundle):
            del os.environ[name]
            yield f"{name} of the job names a file that does not exist here; it was ignored."


def _exists(path: str) -> bool:
    try:
        return Path(path).expanduser().exists()
    except (OSError, RuntimeError):
        return False


def _unknown_profiles() -> Iterator[str]:
    """A profile of the runner's host is none in a container, where keys are all there is."""
    if not all(os.environ.get(name) for name in KEYS):
        return
    import botocore.session
    from botocore.exceptions import BotoCoreError, ProfileNotFound

    for name in PROFILES:
        if name not in os.environ:
            continue
        try:
            botocore.session.Session().get_scoped_config()
        except ProfileNotFound:
            profile = os.environ.pop(name)
            yield (
                f"{name} of the job names the profile {profile}, which no AWS configuration file "
                "here has; there are keys in the environment, so it was ignored."
            )
        except BotoCoreError:
            # What is wrong with the files is told when credentials are looked for in them.
            return


_READ_BY_THE_SDK = {
    "AWS_CONFIG_FILE": "~/.aws/config",
    "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "",
}
"""What botocore reads whole, by the variable that names it, and where it is otherwise."""


def refuse_endless_files() -> None:
    """Raise BadSetting if a file that the AWS SDK is going to read has no end, or too much in it.

    A pipe is left to the SDK: what comes out of it can't be read twice.
    """
    for name, usual in _READ_BY_THE_SDK.items():
        path = Path(os.environ.get(name) or usual).expanduser()
        if path.is_file() or path.is_char_device():
            try:
                bounded.read(str(path), stop=None)
            except OSError as error:
                if error.errno == errno.EFBIG:
                    raise BadSetting(f"{name}: {path}: {error.strerror}") from None
