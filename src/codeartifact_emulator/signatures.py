"""Whose a request is: SigV4 signatures, always verified.

botocore's own signer is run once more over what arrived. Errors are those of the service that is
asked: CodeArtifact and STS name the same refusals differently.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from .errors import ServiceError
from .messages import Request
from .principals import Key

Service: TypeAlias = Literal["codeartifact", "sts"]

#: A credential scope: access key, day, region, service, `aws4_request`.
_SCOPE_PARTS = 5
#: How far a request's time may be from the server's, in seconds.
CLOCK_SKEW = 300

#: How each service names a refusal; each is a 403, but for what is no whole signature: a 400.
_CODES: Mapping[Service, Mapping[str, str]] = {
    "codeartifact": {
        "missing": "MissingAuthenticationTokenException",
        "incomplete": "IncompleteSignatureException",
        "unknown": "UnrecognizedClientException",
        "signature": "InvalidSignatureException",
        "expired": "ExpiredTokenException",
    },
    "sts": {
        "missing": "MissingAuthenticationToken",
        "incomplete": "IncompleteSignature",
        "unknown": "InvalidClientTokenId",
        "signature": "SignatureDoesNotMatch",
        "expired": "ExpiredToken",
    },
}


def verify(
    request: Request, service: Service, *, region: str, find: Callable[[str], Key | None]
) -> Key:
    """Give the key that signed a request. `find` gives the key of an access key id.

    Raises ServiceError.
    """

    def refusal(kind: str, message: str) -> ServiceError:
        return ServiceError(_CODES[service][kind], 400 if kind == "incomplete" else 403, message)

    header = request.headers.get("authorization", "")
    if not header:
        raise refusal("missing", "Missing Authentication Token")
    algorithm, _, rest = header.partition(" ")
    fields = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    scope = fields.get("Credential", "").split("/")
    incomplete = _incomplete(algorithm, fields, scope)
    if incomplete:
        # AWS shows no header as it is: one that is malformed may hold anything.
        digest = base64.b64encode(hashlib.sha256(header.encode()).digest()).decode()
        shown = f"(Hashed with SHA-256 and encoded with Base64) Authorization={digest}"
        raise refusal("incomplete", f"{incomplete} {shown}")
    access_key_id, day, signed_region, signed_service, _ = scope
    key = find(access_key_id)
    if key is None or key.token != request.headers.get("x-amz-security-token"):
        raise refusal("unknown", "The security token included in the request is invalid.")
    if signed_service != service:
        raise refusal("signature", f"Credential should be scoped to correct service: '{service}'.")
    if service == "codeartifact" and signed_region != region:
        raise refusal(
            "signature",
            f"Credential should be scoped to a valid region, not '{signed_region}'. "
            f"(The emulator is in {region}.)",
        )
    wrong = _mistake_in_time(request.headers.get("x-amz-date", ""), day)
    if wrong:
        raise refusal("signature", wrong)
    signed = fields.get("SignedHeaders", "").split(";")
    signer = _Signer(key, service, signed_region, signed)
    if not _is_signed(request, signer, signed, fields.get("Signature", "")):
        raise refusal(
            "signature",
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method. "
            "Consult the service documentation for details.",
        )
    if key.expires is not None and key.expires <= time.time():
        raise refusal("expired", "The security token included in the request is expired")
    return key


def _incomplete(algorithm: str, fields: Mapping[str, str], scope: Sequence[str]) -> str:
    """Say what an Authorization header lacks, in AWS's words where they are known."""
    if algorithm != "AWS4-HMAC-SHA256":
        return "Authorization header requires a complete AWS4-HMAC-SHA256 credential"
    missing = [name for name in ("Credential", "Signature", "SignedHeaders") if name not in fields]
    if missing:
        return " ".join(f"Authorization header requires '{name}' parameter." for name in missing)
    if len(scope) != _SCOPE_PARTS:
        return f"Credential must have exactly {_SCOPE_PARTS} slash-delimited elements"
    return ""


class _Signer(SigV4Auth):
    """botocore's signer, over exactly the headers that the client says it signed."""

    def __init__(self, key: Key, service: str, region: str, signed: Iterable[str]) -> None:
        super().__init__(Credentials(key.access_key_id, key.secret), service, region)
        self._signed = list(signed)

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        headers = HTTPHeaders()
        for name in self._signed:
            headers[name] = request.headers.get(name, "")
        return headers


def _mistake_in_time(stamp: str, day: str) -> str | None:
    try:
        moment = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return "The request needs an X-Amz-Date such as 20260101T000000Z"
    now, skew = datetime.fromtimestamp(time.time(), UTC), timedelta(seconds=CLOCK_SKEW)
    # In the service's own words, by which a client may tell a wrong clock from a wrong key.
    if moment < now - skew:
        said = f"is now earlier than {_stamp(now - skew)} ({_stamp(now)} - {CLOCK_SKEW // 60} min.)"
        return f"Signature expired: {stamp} {said}"
    if moment > now + skew:
        said = f"is still later than {_stamp(now + skew)} ({_stamp(now)} + {CLOCK_SKEW // 60} min.)"
        return f"Signature not yet current: {stamp} {said}"
    return None if stamp.startswith(day) else "Date in Credential scope does not match YYYYMMDD"


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%SZ")


def _is_signed(request: Request, signer: _Signer, signed: list[str], signature: str) -> bool:
    said = request.headers.get("x-amz-content-sha256")
    body_hash = hashlib.sha256(request.body).hexdigest()
    if "host" not in signed or said not in {None, body_hash, "UNSIGNED-PAYLOAD"}:
        return False
    url = f"http://{request.headers.get('host', '')}{request.path}?{request.query}"
    again = AWSRequest(method=request.method, url=url, data=request.body)
    for name in {*signed, "x-amz-content-sha256"} & request.headers.keys():
        again.headers[name] = request.headers[name]
    again.context["timestamp"] = request.headers["x-amz-date"]
    text = signer.string_to_sign(again, signer.canonical_request(again))
    return hmac.compare_digest(signer.signature(text, again).encode(), signature.encode())
