"""Secrets of every kind, the slips with which they are given, and what must not come out of a run.

A kind says how a run is given a secret, with a slip in it. A world holds what all kinds take from
the emulator: keys and a session of its own, and a token.
"""

import hashlib
import html
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus

import boto3
import botocore
from botocore.config import Config

from codeartifact_emulator import Emulator, Fault, Replace, Reply
from harness.runs import ROLE, Finished

WINDOW = 12
"""Characters of a key or token that must not be found anywhere."""

ASSUME = "AssumeRoleWithWebIdentity"
INPUTS = {"versions": "1.0.0", "undo_file": "undo.json", "result_file": "result.json"}


@dataclass(frozen=True, slots=True)
class World:
    """An emulator, and the secrets that it knows."""

    emulator: Emulator
    keys: Mapping[str, str]
    token: str

    @classmethod
    def of(cls, emulator: Emulator) -> "World":
        token = emulator.identity_token()
        sts = boto3.client(
            "sts",
            endpoint_url=emulator.url,
            region_name=emulator.store.region,
            config=Config(signature_version=botocore.UNSIGNED),
        )
        answer = sts.assume_role_with_web_identity(
            RoleArn=ROLE, RoleSessionName="ci", WebIdentityToken=token
        )
        keys = answer["Credentials"]
        return cls(
            emulator,
            {
                "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
                "AWS_SESSION_TOKEN": keys["SessionToken"],
            },
            token,
        )


Given = dict[str, Any]
Slip = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of secret: what it is, and what a run is given with ``slip`` in it.

    ``named`` is what the error calls it. Not every one is ``served`` by the emulator.
    """

    secret: Callable[[World], str]
    given: Callable[[World, Slip], Given]
    named: str
    served: bool = True


# --- The kinds. ----------------------------------------------------------------------------------


def _variable(name: str) -> Kind:
    def given(world: World, slip: Slip) -> Given:
        environment = {**world.keys, name: slip(world.keys[name])}
        return {"role_to_assume": None, "environment": environment}

    return Kind(lambda world: world.keys[name], given, name)


_CHAINING = {"role_chaining": "true"}


def _chained(world: World, slip: Slip) -> Given:
    environment = {**world.keys, "AWS_SESSION_TOKEN": slip(world.keys["AWS_SESSION_TOKEN"])}
    return {**_CHAINING, "environment": environment}


def _by_process(world: World, slip: Slip) -> Given:
    answer = {
        "Version": 1,
        "AccessKeyId": world.keys["AWS_ACCESS_KEY_ID"],
        "SecretAccessKey": world.keys["AWS_SECRET_ACCESS_KEY"],
        "SessionToken": slip(world.keys["AWS_SESSION_TOKEN"]),
    }
    return {
        "role_to_assume": None,
        "profile": "ci",
        "files": {
            "config": "[profile ci]\ncredential_process = cat answer.json\n",
            "answer.json": json.dumps(answer),
        },
        "environment": {"AWS_CONFIG_FILE": "config"},
    }


def _in_file(world: World, slip: Slip) -> Given:
    keys = {**world.keys, "AWS_SESSION_TOKEN": slip(world.keys["AWS_SESSION_TOKEN"])}
    # An indented line goes on with the value before it.
    lines = [f"{name.lower()} = " + "\n  ".join(v.split("\n")) for name, v in keys.items()]
    return {
        "role_to_assume": None,
        "profile": "ci",
        "files": {"credentials": "\n".join(["[ci]", *lines, ""])},
        "environment": {"AWS_SHARED_CREDENTIALS_FILE": "credentials"},
    }


def _source_profile(world: World, slip: Slip) -> Given:
    given = _in_file(world, slip)
    config = f"[profile two]\nrole_arn = {ROLE}\nsource_profile = ci\n"
    files = {**given["files"], "config": config}
    environment = {**given["environment"], "AWS_CONFIG_FILE": "config"}
    return {**given, "profile": "two", "files": files, "environment": environment}


def _sso(world: World, slip: Slip) -> Given:
    url = "https://acme.example/start"
    cached = {
        "startUrl": url,
        "region": "eu-west-1",
        "accessToken": slip(world.token),
        "expiresAt": "2100-01-01T00:00:00Z",
    }
    config = (
        f"[profile ci]\nsso_start_url = {url}\nsso_region = eu-west-1\n"
        "sso_account_id = 111122223333\nsso_role_name = release\n"
    )
    name = hashlib.sha1(url.encode(), usedforsecurity=False).hexdigest()
    return {
        "role_to_assume": None,
        "profile": "ci",
        "files": {"config": config, f"cache/{name}.json": json.dumps(cached)},
        "environment": {"AWS_CONFIG_FILE": "config", "AWS_ENDPOINT_URL_SSO": world.emulator.url},
    }


def _container(world: World, slip: Slip) -> Given:
    environment = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{world.emulator.url}/container",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": slip(world.token),
    }
    return {"role_to_assume": None, "environment": environment}


def _request_token(world: World, slip: Slip) -> Given:
    token = world.emulator.environment(claims={"ref": "refs/tags/v2"})[_REQUEST]
    return {"environment": {_REQUEST: slip(token)}}


_REQUEST = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"


def _token_file(world: World, slip: Slip) -> Given:
    return {"web_identity_token_file": "token", "files": {"token": slip(world.token)}}


def _token_of_the_chain(world: World, slip: Slip) -> Given:
    return {
        "role_to_assume": None,
        "files": {"token": slip(world.token)},
        "environment": {
            "AWS_ROLE_ARN": ROLE,
            "AWS_WEB_IDENTITY_TOKEN_FILE": "token",
            "AWS_ROLE_SESSION_NAME": "ci",
        },
    }


def _gitlab(world: World, slip: Slip) -> Given:
    elsewhere: dict[str, str | None] = dict.fromkeys(
        ("GITHUB_ACTIONS", "ACTIONS_ID_TOKEN_REQUEST_URL", _REQUEST)
    )
    token = {"STS_AMAZONAWS_COM_ID_TOKEN": slip(world.token)}
    return {"environment": {**elsewhere, "GITLAB_CI": "true", **token}}


def _issuer(world: World, slip: Slip) -> Given:
    body = json.dumps({"value": slip(world.token)})
    world.emulator.inject(Fault("oidc", Reply(status=200, body=body)))
    return {}


def _sts(world: World, slip: Slip) -> Given:
    parts = {
        "AccessKeyId": world.keys["AWS_ACCESS_KEY_ID"],
        "SecretAccessKey": world.keys["AWS_SECRET_ACCESS_KEY"],
        "SessionToken": slip(world.keys["AWS_SESSION_TOKEN"]),
        "Expiration": "2100-01-01T00:00:00Z",
    }
    inner = "".join(f"<{name}>{html.escape(text)}</{name}>" for name, text in parts.items())
    body = (
        f'<{ASSUME}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{ASSUME}Result>'
        f"<Credentials>{inner}</Credentials></{ASSUME}Result></{ASSUME}Response>"
    )
    world.emulator.inject(Fault(ASSUME, Replace(body=body)))
    return {}


def _session_token(world: World) -> str:
    return world.keys["AWS_SESSION_TOKEN"]


def _token(world: World) -> str:
    return world.token


KINDS: Mapping[str, Kind] = {
    "access key id": _variable("AWS_ACCESS_KEY_ID"),
    "secret access key": _variable("AWS_SECRET_ACCESS_KEY"),
    "session token": _variable("AWS_SESSION_TOKEN"),
    "session token, chained": Kind(_session_token, _chained, "AWS_SESSION_TOKEN"),
    "credential process": Kind(_session_token, _by_process, "aws_session_token"),
    "shared credentials file": Kind(_session_token, _in_file, "aws_session_token"),
    "source profile": Kind(_session_token, _source_profile, "session token of the AWS profile"),
    "cache of SSO": Kind(_token, _sso, "aws sso login", served=False),
    "container": Kind(_token, _container, "AWS_CONTAINER_AUTHORIZATION_TOKEN", served=False),
    "request token": Kind(
        lambda world: world.emulator.environment()[_REQUEST], _request_token, _REQUEST
    ),
    "token file": Kind(_token, _token_file, "web-identity-token-file"),
    "token file of the chain": Kind(_token, _token_of_the_chain, "AWS_WEB_IDENTITY_TOKEN_FILE"),
    "token of GitLab": Kind(_token, _gitlab, "STS_AMAZONAWS_COM_ID_TOKEN"),
    "token of the issuer": Kind(_token, _issuer, "OIDC token"),
    "answer of STS": Kind(_session_token, _sts, "SessionToken"),
}


# --- The slips. ----------------------------------------------------------------------------------


def _within(text: str) -> Slip:
    return lambda secret: secret[:15] + text + secret[15:]


AROUND: Mapping[str, Slip] = {
    "none": lambda secret: secret,
    "line feed at the end": lambda secret: secret + "\n",
    "carriage return and line feed": lambda secret: secret + "\r\n",
    "blank before": lambda secret: " " + secret,
    "tab behind": lambda secret: secret + "\t",
}
"""What is left out, so that the secret counts."""

WITHIN: Mapping[str, Slip] = {
    "line break within": _within("\n"),
    "carriage return within": _within("\r\n"),
    "blank within": _within(" "),
    "zero-width within": _within("\u200b"),
    "byte order mark within": _within("\ufeff"),
    "quotes": lambda secret: f'"{secret}"',
    "apostrophes": lambda secret: f"'{secret}'",
    "twice": lambda secret: f"{secret}\n{secret}",
    "JSON": lambda secret: json.dumps({"value": secret}, indent=2),
    "200 KB": lambda secret: (secret * 5000)[:100_000] * 2,
}
"""What is refused."""

SLIPS = {**AROUND, **WITHIN}


# --- What must not come out. ---------------------------------------------------------------------


def quoted(text: str) -> str:
    """A message that quotes a secret in every way that a service or a library might."""
    bare = text.strip()
    return " | ".join(
        (
            f"not valid: {bare}",
            repr(text),
            json.dumps(text),
            json.dumps(bare).replace("/", "\\/"),
            quote(bare, safe=""),
            quote_plus(bare),
            html.escape(bare),
            "x" * 350 + bare,
            f"{bare[:40]}…",
            f"…{bare[-40:]}",
        )
    )


def echoes(text: str) -> Iterator[Fault]:
    """Every service refuses every call, and quotes what it was given."""
    message = quoted("".join(char for char in text if char.isprintable() or char in "\r\n\t"))[
        :60_000
    ]
    for operation in ("*", "oidc", ASSUME, "AssumeRole"):
        yield Fault(operation, Reply(status=403, code="AccessDenied", message=message))


def places(done: Finished) -> dict[str, str]:
    """All that comes out of a run, but for the lines with which GitHub's runner is told to mask."""
    log = [line for line in done.stdout.splitlines() if not line.startswith("::add-mask::")]
    home = done.workspace.parent
    files = [
        *(home / name for name in ("env", "path", "state")),
        *(done.workspace / name for name in ("undo.json", "result.json", "out.env", "out.md")),
    ]
    return {
        "stdout": "\n".join(log),
        "stderr": done.stderr,
        "outputs": done.output_file,
        "summary": done.summary,
        **{path.name: path.read_text() for path in files if path.exists()},
    }


def parts_of(secret: str) -> set[str]:
    """The parts of a key or token that can't be anywhere by chance."""
    return {secret[at : at + WINDOW] for at in range(len(secret) - WINDOW + 1)}


def leaks(done: Finished, parts: set[str]) -> list[str]:
    """The places in which one of these is found."""
    return [name for name, text in places(done).items() if any(part in text for part in parts)]
