"""A seed: what an emulator holds at its start, as YAML or as a dictionary of the same shape.

Every scalar is text, so that version `1.10` stays `1.10`. Top-level keys, all optional; what is
left out of `account`, `region`, `oidc`, `roles` and `users` comes from the demo seed below::

    account: "111122223333"           # owns the domains that name no owner
    region: eu-west-1                 # the region for which requests must be signed
    domains:
      acme:
        owner: "111122223333"
        policy: {…}                   # a resource policy, as of PutDomainPermissionsPolicy
        repositories:
          npm-store:
            upstreams: [npm-mirror]   # in search order
            policy: {…}
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
        trust: {…}                    # policy documents, as in IAM; what it refuses is refused
        policy: {…}
    users:
      - {name: demo, access-key-id: …, secret-access-key: …, policy: {…}}
    organizations: {o-exampleorgid: ["111122223333"]}     # their accounts
    switches: {partial-success: true}          # see `switches.Switches`
    faults:                                    # see `faults.Fault`
      - {operation: UpdatePackageVersionsStatus, times: 2, effect: reply, status: 429,
         code: ThrottlingException, headers: {Retry-After: 1}}

A mistake is a `SeedError` that says where it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from . import accounts, documents
from .documents import SeedError, fail, mapping, rows, text
from .errors import Json
from .faults import NAMED_EFFECTS, Fault
from .identity import Identity
from .policies import Kind, Policy
from .principals import Key
from .store import DEFAULT_ACCOUNT, DEFAULT_REGION, Store
from .switches import Switches

_KEYS = ("account", "region", "domains", "switches", "faults")


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
    said = mapping(document, "seed", [*_KEYS, *accounts.KEYS])
    account = text(said.get("account", DEFAULT_ACCOUNT), "account")
    region = text(said.get("region", DEFAULT_REGION), "region")
    chosen = documents.fields(Switches, mapping(said.get("switches"), "switches"), "switches")
    store = Store(account=account, region=region, switches=switches or Switches(**chosen))
    policies: dict[tuple[str, str], Policy] = {}
    for name, domain in mapping(said.get("domains"), "domains").items():
        policies |= _domain(store, name, domain)
    identity, user = accounts.read(said, account=account, region=region, resource_policies=policies)
    faults = tuple(_fault(fault, where) for where, fault in rows(said.get("faults"), "faults"))
    return Seed(store=store, identity=identity, user=user, faults=faults)


def read_switch(argument: str) -> Json:
    """Read `name=value` of the command line. Raises SeedError."""
    name, _, value = argument.partition("=")
    return documents.fields(Switches, {name: value or "true"}, "--switch")


def _domain(store: Store, name: str, document: object) -> dict[tuple[str, str], Policy]:
    """Plant a domain; give the resource policies in it, by owner and end of the ARN."""
    where = f"domains.{name}"
    domain = mapping(document, where, ["owner", "policy", "repositories"])
    owner = text(domain.get("owner", store.account), f"{where}.owner")
    policies = _guarding(domain, where, (owner, f"domain/{name}"))
    for repository, contents in mapping(domain.get("repositories"), where).items():
        place = f"{where}.repositories.{repository}"
        held = mapping(contents, place, ["upstreams", "policy", "packages"])
        at = {"domain": name, "domain_owner": owner, "repository": repository}
        upstreams = [text(each, place) for _, each in rows(held.get("upstreams"), place)]
        store.add_repository(**at, upstreams=upstreams)
        for spot, package in rows(held.get("packages"), f"{place}.packages"):
            _package(store, at, package, spot)
        policies |= _guarding(held, place, (owner, f"repository/{name}/{repository}"))
    return policies


def _guarding(
    said: Mapping[str, object], where: str, at: tuple[str, str]
) -> dict[tuple[str, str], Policy]:
    if not said.get("policy"):
        return {}
    return {at: accounts.policy(said["policy"], f"{where}.policy", Kind.RESOURCE)}


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
