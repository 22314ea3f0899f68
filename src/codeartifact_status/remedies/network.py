"""What keeps a request from its service, or lets somebody else answer it. Pure.

The texts are botocore's (`botocore.exceptions`), or those of this program for an answer that isn't
one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from codeartifact_status.errors import Place
from codeartifact_status.remedies.cause import Cause, quotable

_HOST = re.compile(r"https?://(?:[^/@\s\"]*@)?([^/\s\"?]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How a service was called, and what of its address is somebody's choice.

    ``chosen_by`` is the input or the variable that names the endpoint; none where it follows from
    the region. ``regions`` are those that the AWS SDK knows the service to be in; empty if it
    doesn't say. ``proxies`` are the variables that name one, with its host; ``bundle`` is what
    names the file of certificates in effect.
    """

    service: str
    url: str
    region: str
    chosen_by: str | None = None
    regions: tuple[str, ...] = ()
    proxies: Mapping[str, str] = field(default_factory=dict)
    bundle: str | None = None
    message: str = ""

    @property
    def host(self) -> str:
        """The host that was called, and its port if it has one."""
        found = _HOST.search(self.message) or _HOST.search(self.url)
        return quotable(found[1] if found else self.url)


def _proxy(reach: Reach, _: Place) -> str:
    named = [name for name, host in reach.proxies.items() if host == reach.host]
    variables = " and ".join(f"`{name}`" for name in named) or "A variable such as `HTTPS_PROXY`"
    verb = "name" if len(named) > 1 else "names"
    host = _HOST.search(reach.url)
    return (
        f"{variables} {verb} the proxy `{reach.host}`. Correct it, or start the proxy; if AWS can "
        f"be reached without one, add `{quotable(host[1] if host else reach.url)}` to `NO_PROXY`."
    )


def _certificate(reach: Reach, _: Place) -> str:
    given = (
        f"The trusted CAs are those in `{reach.bundle}`: add this one to it."
        if reach.bundle
        else "Name a file with the CA's certificate in `ca-bundle` or the variable "
        "`AWS_CA_BUNDLE`. In a container, the file has to be in the workspace."
    )
    return f"`{reach.host}` presented it. {given}"


def _other_host(reach: Reach, _: Place) -> str:
    return (
        f"The host called was `{reach.host}`{_because(reach)}. Correct the name, or let the proxy "
        "pass the connection through."
    )


def _because(reach: Reach) -> str:
    return f", set by `{reach.chosen_by}`" if reach.chosen_by else ""


_OWN = {"CodeArtifact": "AWS_ENDPOINT_URL_CODEARTIFACT", "STS": "AWS_ENDPOINT_URL_STS"}


def _stranger(reach: Reach, _: Place) -> str:
    if reach.chosen_by == "AWS_ENDPOINT_URL":
        return (
            f"`AWS_ENDPOINT_URL` sends every service to `{reach.host}`. If it is meant for another "
            "service, set that service's own variable instead (such as `AWS_ENDPOINT_URL_S3`), or "
            f"also set {reach.service}'s, `{_OWN[reach.service]}`."
        )
    if reach.chosen_by:
        return f"`{reach.chosen_by}` points to `{reach.host}`: correct or remove it."
    return (
        f"Check what is between this machine and `{reach.host}`: a proxy, or a network that "
        "requires a login first."
    )


def _unreachable(reach: Reach, _: Place) -> str:
    called = f"The host called was `{reach.host}`"
    if reach.chosen_by:
        return (
            f"{called}, set by `{reach.chosen_by}`. Correct it, or start the service that should "
            "answer there."
        )
    if reach.regions and reach.region not in reach.regions:
        return (
            f"As far as the AWS SDK knows, there is no {reach.service} in `{reach.region}`. Check "
            f"`aws-region`: {reach.service} is in {', '.join(reach.regions)}."
        )
    if "-fips." in reach.host:
        return (
            f"{called}, because `AWS_USE_FIPS_ENDPOINT`, or `use_fips_endpoint` of the AWS "
            f"configuration file, is true. {reach.service} has no FIPS endpoint there, or it can't "
            "be reached: set `AWS_USE_FIPS_ENDPOINT=false` for this step, if that is allowed."
        )
    if reach.host.endswith(".api.aws"):
        return (
            f"{called}, because `AWS_USE_DUALSTACK_ENDPOINT`, or `use_dualstack_endpoint` of the "
            "AWS configuration file, is true. Set `AWS_USE_DUALSTACK_ENDPOINT=false` for this "
            "step if the network can't reach that endpoint."
        )
    return (
        f"{called}. A runner without Internet access needs a proxy (`HTTPS_PROXY`) or a VPC "
        "endpoint with private DNS. If it has one, run the job again."
    )


NETWORK: tuple[Cause[Reach], ...] = (
    Cause(
        name="The proxy doesn't answer",
        says=('ProxyConnectionError: Failed to connect to proxy URL: "http://proxy.example:3128"',),
        pattern=re.compile(r"Failed to connect to proxy URL"),
        means="The proxy named by the environment is down, or refuses the connection.",
        remedy=_proxy,
    ),
    Cause(
        name="The certificate is for another host",
        says=(
            (
                "SSLError: SSL validation failed for "
                "https://codeartifact.eu-west-1.amazonaws.com/v1/package/versions [SSL: "
                "CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch, "
                "certificate is not valid for 'codeartifact.eu-west-1.amazonaws.com'. "
                "(_ssl.c:1006)"
            ),
        ),
        pattern=re.compile(r"certificate verify failed: (Hostname|IP address) mismatch"),
        means="A different server answered than the one that was called.",
        remedy=_other_host,
    ),
    Cause(
        name="The certificate has expired, or isn't valid yet",
        says=(
            (
                "SSLError: SSL validation failed for "
                "https://codeartifact.example/v1/package/versions [SSL: "
                "CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired "
                "(_ssl.c:1006)"
            ),
        ),
        pattern=re.compile(r"certificate verify failed: certificate (has expired|is not yet)"),
        means="According to this machine's clock, the certificate isn't valid now.",
        remedy=lambda reach, _: f"Renew the certificate of `{reach.host}`, or set the clock.",
    ),
    Cause(
        name="The certificate isn't trusted",
        says=(
            (
                "SSLError: SSL validation failed for "
                "https://codeartifact.eu-west-1.amazonaws.com/v1/package/versions [SSL: "
                "CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate "
                "in certificate chain (_ssl.c:1006)"
            ),
        ),
        pattern=re.compile(r"CERTIFICATE_VERIFY_FAILED"),
        means=(
            "The certificate is signed by a CA that isn't trusted here, generally that of a "
            "company's proxy or of your own server."
        ),
        remedy=_certificate,
    ),
    Cause(
        name="Another server answered",
        says=(
            "the answer is text/html, not JSON",
            "an answer that could not be read",
            "403: <html><body>Please log in</body></html>",
            '400: <?xml version="1.0"?><Error><Code>NoSuchBucket</Code></Error>',
            "UnknownOperationException: the service gave no message",
        ),
        pattern=re.compile(
            r"^the answer is |^an answer that could not be read|^[1-4]\d\d: |^UnknownOperation"
        ),
        means=(
            "The answer didn't come from the service, but from a proxy, a login page of the "
            "network, or an endpoint for something else."
        ),
        remedy=_stranger,
    ),
    Cause(
        name="The endpoint can't be reached",
        says=(
            (
                "EndpointConnectionError: Could not connect to the endpoint URL: "
                '"https://codeartifact.us-west-1.amazonaws.com/v1/package/versions"'
            ),
            (
                "ConnectTimeoutError: Connect timeout on endpoint URL: "
                '"https://codeartifact.eu-west-1.amazonaws.com/v1/package/versions"'
            ),
            "SSLError: SSL validation failed for http://127.0.0.1:9/ [SSL: WRONG_VERSION_NUMBER]",
        ),
        pattern=re.compile(
            r"^(EndpointConnectionError|ConnectTimeoutError|SSLError|ConnectionClosedError): "
        ),
        means="Every attempt to connect to the service failed.",
        remedy=_unreachable,
    ),
)
"""Of any service that is called over HTTP."""
