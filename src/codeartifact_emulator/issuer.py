"""An OIDC issuer like GitHub's: it gives a workflow run tokens, and STS its keys.

The claims are those that GitHub documents ("OpenID Connect reference"). The signing key is made
once a process, when the first token is asked for, and never written anywhere.
"""

import json
import threading
import time
import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from .errors import Json, ServiceError
from .messages import Answer, Request

GITHUB = "https://token.actions.githubusercontent.com"
KEY_ID = "codeartifact-emulator"
#: GitHub's tokens live about five minutes.
TOKEN_SECONDS = 300

#: A run on the tag of a release; a seed overrides what it names.
DEFAULT_CLAIMS: Mapping[str, str] = {
    "repository": "acme/widgets",
    "repository_id": "789012",
    "repository_owner": "acme",
    "repository_owner_id": "123456",
    "repository_visibility": "private",
    "ref": "refs/tags/v1.3.0",
    "ref_type": "tag",
    "sha": "0123456789abcdef0123456789abcdef01234567",
    "event_name": "push",
    "workflow": "release",
    "workflow_ref": "acme/widgets/.github/workflows/release.yml@refs/tags/v1.3.0",
    "workflow_sha": "0123456789abcdef0123456789abcdef01234567",
    "job_workflow_ref": "acme/widgets/.github/workflows/release.yml@refs/tags/v1.3.0",
    "job_workflow_sha": "0123456789abcdef0123456789abcdef01234567",
    "check_run_id": "30000000001",
    "run_id": "1000000001",
    "run_number": "7",
    "run_attempt": "1",
    "actor": "octocat",
    "actor_id": "583231",
    "head_ref": "",
    "base_ref": "",
    "runner_environment": "github-hosted",
}
#: Those of every token, beside the run's.
_REGISTERED_CLAIMS = ("sub", "aud", "exp", "iat", "iss", "jti", "nbf")

_making_key = threading.Lock()


def _signing_key() -> rsa.RSAPrivateKey:
    """Give the process's one key; the lock keeps two first callers from making one each."""
    with _making_key:
        return _made_key()


@cache
def _made_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def subject(claims: Mapping[str, Any], *, immutable: bool = False) -> str:
    """Give the `sub` that GitHub would: an environment wins, then a pull request, then the ref.

    An immutable one has the ids of owner and repository in it, as those of every repository have
    that was created, renamed or moved since 2026-07-15.
    """
    repository = f"repo:{claims['repository']}"
    if immutable:
        owner, _, name = claims["repository"].partition("/")
        owner, name = (
            f"{owner}@{claims['repository_owner_id']}",
            f"{name}@{claims['repository_id']}",
        )
        repository = f"repo:{owner}/{name}"
    if claims.get("environment"):
        return f"{repository}:environment:{claims['environment']}"
    if claims.get("event_name") == "pull_request":
        return f"{repository}:pull_request"
    return f"{repository}:ref:{claims['ref']}"


class Issuer:
    """Issues and verifies tokens. A request token stands for one run and its claims."""

    def __init__(
        self,
        *,
        request_token: str,
        claims: Mapping[str, Any] | None = None,
        url: str = GITHUB,
        audiences: tuple[str, ...] = ("sts.amazonaws.com",),
        immutable: bool = False,
    ) -> None:
        """`audiences` is the provider's list of client ids, in IAM; `immutable` is `sub`'s form."""
        self.immutable = immutable
        self.url = url
        self.audiences = audiences
        self.request_token = request_token
        self._claims = {**DEFAULT_CLAIMS, **(claims or {})}
        self._runs: dict[str, Mapping[str, Any]] = {request_token: {}}
        self._lock = threading.Lock()

    def add_run(self, claims: Mapping[str, Any]) -> str:
        """Give the request token of another run, with these claims in place of the usual ones."""
        request_token = f"run-{uuid.uuid4().hex}"
        with self._lock:
            self._runs[request_token] = dict(claims)
        return request_token

    def token(self, audience: str, claims: Mapping[str, Any] | None = None) -> str:
        """Issue a token: fresh `jti` and times, `claims` over everything."""
        now = int(time.time())
        told = {**self._claims, **(claims or {})}
        payload = {
            "iss": self.url,
            "aud": audience,
            "sub": subject(told, immutable=self.immutable),
            "jti": str(uuid.uuid4()),
            "iat": now,
            "nbf": now - TOKEN_SECONDS,
            "exp": now + TOKEN_SECONDS,
            **told,
        }
        return jwt.encode(payload, _signing_key(), algorithm="RS256", headers={"kid": KEY_ID})

    def verify(self, token: str) -> Json:
        """Give a token's claims, as STS reads them.

        Raises ServiceError: InvalidIdentityToken, ExpiredTokenException.
        """
        try:
            header = jwt.get_unverified_header(token)
            claims: Json = jwt.decode(token, options={"verify_signature": False})
        except jwt.InvalidTokenError:
            raise _refused(
                "The ID Token provided is not a valid JWT. "
                "(You may see this error if you sent an Access Token)"
            ) from None
        if claims.get("iss") != self.url:
            raise _refused(
                f"No OpenIDConnect provider found in your account for {claims.get('iss')}"
            )
        if header.get("kid") != KEY_ID or header.get("alg") != "RS256":
            raise _refused(
                "Couldn't retrieve verification key from your identity provider, please reference "
                "AssumeRoleWithWebIdentity documentation for requirements"
            )
        try:
            claims = jwt.decode(
                token,
                _signing_key().public_key(),
                algorithms=["RS256"],
                audience=self.audiences,
                options={"require": ["sub", "aud", "exp", "iat"]},
            )
        except jwt.ExpiredSignatureError:
            raise ServiceError(
                "ExpiredTokenException",
                400,
                f"Token expired: current date/time {int(time.time())} must be before the "
                f"expiration date/time {claims.get('exp')}",
            ) from None
        except jwt.InvalidAudienceError:
            raise _refused("Incorrect token audience") from None
        except jwt.InvalidTokenError as error:
            raise _refused(f"The ID Token provided is not valid: {error}") from None
        return claims

    def answer(self, request: Request, base: str) -> Answer:
        """Serve the issuer's own addresses, which start at `base`."""
        match request.method, request.path:
            case "GET", "/_oidc/token":
                return self._token_answer(request)
            case "GET", "/_oidc/.well-known/openid-configuration":
                document = {
                    "issuer": self.url,
                    "jwks_uri": f"{base}/.well-known/jwks",
                    "subject_types_supported": ["public", "pairwise"],
                    "response_types_supported": ["id_token"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                    "scopes_supported": ["openid"],
                    "claims_supported": [*_REGISTERED_CLAIMS, *self._claims],
                }
                return _json(200, document)
            case "GET", "/_oidc/.well-known/jwks":
                key = json.loads(RSAAlgorithm.to_jwk(_signing_key().public_key()))
                return _json(200, {"keys": [{**key, "kid": KEY_ID, "alg": "RS256", "use": "sig"}]})
            case _:
                return _json(404, {"message": f"The issuer has nothing at {request.path}"})

    def _token_answer(self, request: Request) -> Answer:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        with self._lock:
            claims = self._runs.get(given.strip())
        if scheme.lower() != "bearer" or claims is None:
            return _json(401, {"message": "The request token is not one of this run's"})
        query = dict(parse_qsl(request.query))
        owner = {**self._claims, **claims}["repository_owner"]
        audience = query.get("audience") or f"https://github.com/{owner}"
        return _json(200, {"value": self.token(audience, claims)})


def _refused(message: str) -> ServiceError:
    return ServiceError("InvalidIdentityToken", 400, message)


def _json(status: int, document: Mapping[str, Any]) -> Answer:
    body = json.dumps(document).encode()
    return Answer(status=status, body=body, headers={"Content-Type": "application/json"})
