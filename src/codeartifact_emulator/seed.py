"""A seed: what an emulator holds at its start, as YAML or as a dictionary of the same shape.

Every scalar is text, so that version `1.10` stays `1.10`. Top-level keys, all optional; what is
left out of `account`, `region`, `oidc`, `roles` and `users` comes from the demo seed below::

    account: "111122223333"           # owns the domains that name no owner
    region: eu-west-1                 # the region for which requests must be signed
    domains:
      acme:
        owner: "111122223333"
        repositories:
          npm-store:
            upstreams: [npm-mirror]   # in search order
            packages:
              - format: npm
                namespace: acme       # where the format has one; an npm scope without @
                package: core
                versions:             # a status, or a mapping
                  1.2.3: Published
                  1.2.4:
                    status: Unlisted
                    revision: 25/UjBleHs1DZewk+zozoeqH/R80Rc9gL1P8vbzVMJ4=
                    published: 2026-01-31T12:00:00Z      # or seconds since 1970
                    external-connection: public:npmjs    # came from there, not published here
    oidc:
      request-token: …                # ACTIONS_ID_TOKEN_REQUEST_TOKEN
      issuer: https://token.actions.githubusercontent.com
      audiences: [sts.amazonaws.com]  # the client ids of the provider in IAM
      immutable: true                 # sub with ids: repo:acme@123456/widgets@789012:…
      claims: {repository: acme/widgets, ref: refs/tags/v1.3.0, …}
    roles:
      - name: release                 # or arn: arn:aws:iam::…:role/…
        max-session-duration: 3600
        session-duration: 30          # sessions end after so long, whatever was asked for
        trust: {…}                    # policy documents, as in IAM
        policy: {…}
    users:
      - {name: demo, access-key-id: …, secret-access-key: …, policy: {…}}
    switches: {partial-success: true}          # see `switches.Switches`
    faults:                                    # see `faults.Fault`
      - {operation: UpdatePackageVersionsStatus, times: 2, effect: reply, status: 429,
         code: ThrottlingException, headers: {Retry-After: 1}}

A mistake is a `SeedError` that says where it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from . import documents
from .documents import SeedError, fail, mapping, rows, text
from .errors import Json
from .faults import NAMED_EFFECTS, Fault
from .identity import Identity
from .issuer import GITHUB, Issuer
from .policies import Policy, PolicyError, parse_policy
from .principals import Key, Principal, Role
from .store import DEFAULT_ACCOUNT, Store
from .switches import Switches

#: One user, and one role that the demo run may assume. The key is the one of AWS's own
#: documentation; nothing in here opens anything but an emulator.
_DEMO = """
region: eu-west-1
oidc: {request-token: demo-request-token}
users:
  - name: demo
    access-key-id: AKIAIOSFODNN7EXAMPLE
    secret-access-key: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
    policy: &everything
      Version: "2012-10-17"
      Statement: [{Effect: Allow, Action: ["codeartifact:*", "sts:*"], Resource: "*"}]
roles:
  - name: release
    policy: *everything
    trust:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal:
            Federated: arn:aws:iam::ACCOUNT:oidc-provider/token.actions.githubusercontent.com
          Action: sts:AssumeRoleWithWebIdentity
          Condition:
            StringEquals: {"token.actions.githubusercontent.com:aud": sts.amazonaws.com}
            StringLike:
              "token.actions.githubusercontent.com:sub":
                - repo:acme/widgets:*
                - repo:acme@123456/widgets@789012:*
        - Effect: Allow
          Principal: {AWS: "arn:aws:iam::ACCOUNT:root"}
          Action: sts:AssumeRole
"""


@cache
def demo(account: str = DEFAULT_ACCOUNT) -> Json:
    """Give the seed that fills the gaps."""
    seed: Json = documents.parse(_DEMO.replace("ACCOUNT", account))
    return seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A seed, planted."""

    store: Store
    identity: Identity
    user: Key | None
    """The first user, for `Emulator.environment`."""
    faults: tuple[Fault, ...]


def plant(seed: Path | Mapping[str, Any] | None, switches: Switches | None = None) -> Seed:
    """Read a seed and make what it says. `switches` outrank the seed's.

    Raises SeedError, and OSError for a file that cannot be read.
    """
    document: object = seed
    if isinstance(seed, Path):
        try:
            document = documents.parse(seed.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            raise SeedError(f"{seed}: {error}") from None
    known = ["account", "region", "domains", "oidc", "roles", "users", "switches", "faults"]
    said = mapping(document, "seed", known)
    account = text(said.get("account", DEFAULT_ACCOUNT), "account")
    said = {**demo(account), **said}
    region = text(said["region"], "region")
    chosen = documents.fields(Switches, mapping(said.get("switches"), "switches"), "switches")
    store = Store(account=account, region=region, switches=switches or Switches(**chosen))
    for name, domain in mapping(said.get("domains"), "domains").items():
        _domain(store, name, domain)
    users = [_user(user, where, account) for where, user in rows(said["users"], "users")]
    identity = Identity(
        users=users,
        roles=[_role(role, where, account) for where, role in rows(said["roles"], "roles")],
        issuer=_issuer(said["oidc"]),
        region=region,
    )
    faults = tuple(_fault(fault, where) for where, fault in rows(said.get("faults"), "faults"))
    return Seed(store=store, identity=identity, user=users[0] if users else None, faults=faults)


def read_switch(argument: str) -> Json:
    """Read `name=value` of the command line. Raises SeedError."""
    name, _, value = argument.partition("=")
    return documents.fields(Switches, {name: value or "true"}, "--switch")


def _domain(store: Store, name: str, document: object) -> None:
    where = f"domains.{name}"
    domain = mapping(document, where, ["owner", "repositories"])
    owner = text(domain.get("owner", store.account), f"{where}.owner")
    for repository, contents in mapping(domain.get("repositories"), where).items():
        place = f"{where}.repositories.{repository}"
        held = mapping(contents, place, ["upstreams", "packages"])
        at = {"domain": name, "domain_owner": owner, "repository": repository}
        upstreams = [text(each, place) for _, each in rows(held.get("upstreams"), place)]
        store.add_repository(**at, upstreams=upstreams)
        for spot, package in rows(held.get("packages"), f"{place}.packages"):
            _package(store, at, package, spot)


def _package(store: Store, at: Mapping[str, str], document: object, where: str) -> None:
    package = mapping(document, where, ["format", "namespace", "package", "versions"])
    for name in ("format", "package"):
        if name not in package:
            fail(where, f"{name} is missing")
    named = {name: value for name, value in package.items() if name != "versions"}
    for version, said in mapping(package.get("versions"), f"{where}.versions").items():
        place = f"{where}.versions.{version}"
        known = ["status", "revision", "published", "external-connection"]
        details = mapping(said if isinstance(said, Mapping) else {"status": said}, place, known)
        origin = None
        if "external-connection" in details:
            point = {"externalConnectionName": details["external-connection"]}
            origin = {"domainEntryPoint": point, "originType": "EXTERNAL"}
        try:
            store.put(
                **at,
                **named,
                version=str(version),
                status=details.get("status", "Published"),
                revision=details.get("revision"),
                published=_moment(details.get("published")),
                origin=origin,
            )
        except ValueError as error:
            fail(place, str(error))


def _moment(value: object) -> float | None:
    if value is None:
        return None
    try:
        return float(str(value))
    except ValueError:
        return datetime.fromisoformat(str(value)).timestamp()


def _user(user: object, where: str, account: str) -> Key:
    keys = ["name", "access-key-id", "secret-access-key"]
    said = mapping(user, where, [*keys, "policy"])
    name, access, secret = (text(said.get(key), f"{where}.{key}") for key in keys)
    principal = Principal(
        arn=f"arn:aws:iam::{account}:user/{name}",
        unique_id=f"AIDA{name.upper()}",
        policies=_policies(said.get("policy"), f"{where}.policy"),
    )
    return Key(principal=principal, access_key_id=access, secret=secret)


def _role(role: object, where: str, account: str) -> Role:
    known = ["name", "arn", "trust", "policy", "max-session-duration", "session-duration"]
    said = mapping(role, where, known)
    if ("name" in said) is ("arn" in said):
        fail(where, "a role has either a name or an arn")
    if "trust" not in said:
        fail(where, "trust is missing")
    try:
        trust = parse_policy(said["trust"], trust=True)
        longest = int(said.get("max-session-duration", 3600))
        fixed = int(said["session-duration"]) if "session-duration" in said else None
    except ValueError as error:
        fail(f"{where}.trust", str(error))
    return Role(
        arn=said.get("arn") or f"arn:aws:iam::{account}:role/{said['name']}",
        trust=trust,
        policies=_policies(said.get("policy"), f"{where}.policy"),
        max_session_seconds=longest,
        session_seconds=fixed,
    )


def _policies(document: object, where: str) -> tuple[Policy, ...]:
    documents = document if isinstance(document, list) else [document] if document else []
    try:
        return tuple(parse_policy(each) for each in documents)
    except PolicyError as error:
        fail(where, str(error))


def _issuer(document: object) -> Issuer:
    known = ["request-token", "issuer", "audiences", "immutable", "claims"]
    said = {**demo()["oidc"], **mapping(document, "oidc", known)}
    audiences = said.get("audiences", ["sts.amazonaws.com"])
    return Issuer(
        request_token=text(said["request-token"], "oidc.request-token"),
        claims=mapping(said.get("claims"), "oidc.claims"),
        url=text(said.get("issuer", GITHUB), "oidc.issuer"),
        audiences=tuple(text(a, "oidc.audiences") for _, a in rows(audiences, "oidc.audiences")),
        immutable=documents.boolean(said.get("immutable", False), "oidc.immutable"),
    )


def _fault(fault: object, where: str) -> Fault:
    said = dict(mapping(fault, where))
    kind = said.pop("effect", None)
    effect = NAMED_EFFECTS.get(str(kind))
    if effect is None:
        fail(f"{where}.effect", f"one of {', '.join(NAMED_EFFECTS)}, not {kind}")
    own = {*Fault.__slots__} - {"effect"}
    matcher = {key: said.pop(key) for key in list(said) if key in own}
    if "operation" not in matcher:
        fail(where, "operation is missing")
    return Fault(
        effect=effect(**documents.fields(effect, said, where)),
        **documents.fields(Fault, matcher, where),
    )
