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
      claims: {repository: acme/widgets, ref: refs/tags/v1.3.0, …}
    roles:
      - name: release                 # or arn: arn:aws:iam::…:role/…
        max-session-duration: 3600
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

import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NoReturn, get_args, get_origin, get_type_hints

import yaml

from .errors import Json
from .faults import NAMED_EFFECTS, Fault
from .identity import Identity
from .issuer import GITHUB, Issuer
from .policies import Policy, PolicyError, parse_policy
from .principals import Key, Principal, Role
from .store import DEFAULT_ACCOUNT, DEFAULT_REGION, Store
from .switches import Switches

#: The access key of AWS's own documentation; it opens nothing.
DEMO_ACCESS_KEY_ID = "AKIAIOSFODNN7EXAMPLE"
DEMO_SECRET_ACCESS_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # noqa: S105 - likewise
DEMO_REQUEST_TOKEN = "demo-request-token"  # noqa: S105 - opens an emulator only

_EVERYTHING: Json = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["codeartifact:*", "sts:*"], "Resource": "*"}],
}


def demo(account: str = DEFAULT_ACCOUNT) -> Json:
    """Give the seed that fills the gaps: one user, one role that the demo run may assume."""
    provider = f"arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com"
    condition = {
        "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
        "StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/widgets:*"},
    }
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": provider},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": condition,
            },
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                "Action": "sts:AssumeRole",
            },
        ],
    }
    return {
        "region": DEFAULT_REGION,
        "oidc": {"request-token": DEMO_REQUEST_TOKEN},
        "roles": [{"name": "release", "trust": trust, "policy": _EVERYTHING}],
        "users": [
            {
                "name": "demo",
                "access-key-id": DEMO_ACCESS_KEY_ID,
                "secret-access-key": DEMO_SECRET_ACCESS_KEY,
                "policy": _EVERYTHING,
            }
        ],
    }


class SeedError(ValueError):
    """A seed that cannot be planted; the message begins with the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A seed, planted."""

    store: Store
    identity: Identity
    user: Key | None
    """The first user, for `Emulator.environment`."""
    faults: tuple[Fault, ...]

    def switched(self, chosen: Mapping[str, Any]) -> Switches:
        """Give the seed's switches with these fields over them."""
        return replace(self.store.switches, **chosen)


class _TextLoader(yaml.SafeLoader):
    """A SafeLoader that knows text, lists and mappings, and refuses a key given twice."""

    # No implicit types: neither 1.10 nor `no` is anything but text.
    yaml_implicit_resolvers = {}  # noqa: RUF012 - the base class has it so

    def construct_mapping(  # the base class wants it so
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002
    ) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise SeedError(
                    f"line {key.start_mark.line + 1}: the key {key.value} is given twice"
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def plant(seed: Path | Mapping[str, Any] | None, switches: Switches | None = None) -> Seed:
    """Read a seed and make what it says. `switches` outrank the seed's.

    Raises SeedError, and OSError for a file that cannot be read.
    """
    if isinstance(seed, Path):
        try:
            text = seed.read_text(encoding="utf-8")
            document = yaml.load(text, _TextLoader)  # noqa: S506 - it is a SafeLoader
        except yaml.YAMLError as error:
            raise SeedError(f"{seed}: {error}") from None
    else:
        document = seed
    given = _mapping(document, "seed")
    known = ["account", "region", "domains", "oidc", "roles", "users", "switches", "faults"]
    _only(given, known, "seed")
    account = _text(given.get("account", DEFAULT_ACCOUNT), "account")
    given = {**demo(account), **given}
    region = _text(given["region"], "region")
    said = _fields(Switches, _mapping(given.get("switches"), "switches"), "switches")
    store = Store(account=account, region=region, switches=switches or Switches(**said))
    for name, domain in _mapping(given.get("domains"), "domains").items():
        _domain(store, name, _mapping(domain, f"domains.{name}"))
    users = [_user(user, f"users[{n}]", account) for n, user in _rows(given["users"], "users")]
    roles = [_role(role, f"roles[{n}]", account) for n, role in _rows(given["roles"], "roles")]
    oidc = _issuer(_mapping(given["oidc"], "oidc"))
    identity = Identity(users=users, roles=roles, issuer=oidc, region=region)
    rows = _rows(given.get("faults"), "faults")
    faults = tuple(_fault(fault, f"faults[{n}]") for n, fault in rows)
    return Seed(store=store, identity=identity, user=users[0] if users else None, faults=faults)


def read_switch(text: str) -> Json:
    """Read `name=value` of the command line. Raises SeedError."""
    name, _, value = text.partition("=")
    return _fields(Switches, {name: value or "true"}, "--switch")


def _domain(store: Store, name: str, domain: Mapping[str, Any]) -> None:
    where = f"domains.{name}"
    _only(domain, ["owner", "repositories"], where)
    owner = _text(domain.get("owner", store.account), f"{where}.owner")
    for repository, contents in _mapping(domain.get("repositories"), where).items():
        place = f"{where}.repositories.{repository}"
        held = _mapping(contents, place)
        _only(held, ["upstreams", "packages"], place)
        upstreams = [_text(u, place) for _, u in _rows(held.get("upstreams"), place)]
        store.add_repository(
            domain=name, repository=repository, upstreams=upstreams, domain_owner=owner
        )
        for number, package in _rows(held.get("packages"), f"{place}.packages"):
            at = {"domain": name, "domain_owner": owner, "repository": repository}
            _package(store, at, _mapping(package, place), f"{place}.packages[{number}]")


def _package(store: Store, at: Json, package: Mapping[str, Any], where: str) -> None:
    _only(package, ["format", "namespace", "package", "versions"], where)
    for name in ("format", "package"):
        if name not in package:
            _fail(where, f"{name} is missing")
    for version, said in _mapping(package.get("versions"), f"{where}.versions").items():
        place = f"{where}.versions.{version}"
        details = said if isinstance(said, Mapping) else {"status": said}
        _only(details, ["status", "revision", "published", "external-connection"], place)
        origin = None
        if "external-connection" in details:
            point = {"externalConnectionName": details["external-connection"]}
            origin = {"domainEntryPoint": point, "originType": "EXTERNAL"}
        try:
            store.put(
                **at,
                format=package["format"],
                namespace=package.get("namespace"),
                package=package["package"],
                version=str(version),
                status=details.get("status", "Published"),
                revision=details.get("revision"),
                published=_moment(details.get("published")),
                origin=origin,
            )
        except ValueError as error:
            _fail(place, str(error))


def _moment(value: object) -> float | None:
    if value is None:
        return None
    try:
        return float(str(value))
    except ValueError:
        return datetime.fromisoformat(str(value)).timestamp()


def _user(user: object, where: str, account: str) -> Key:
    said = _mapping(user, where)
    _only(said, ["name", "access-key-id", "secret-access-key", "policy"], where)
    name, access, secret = (
        _text(said.get(key), f"{where}.{key}")
        for key in ("name", "access-key-id", "secret-access-key")
    )
    principal = Principal(
        arn=f"arn:aws:iam::{account}:user/{name}",
        unique_id=f"AIDA{name.upper()}",
        policies=_policies(said.get("policy"), f"{where}.policy"),
    )
    return Key(principal=principal, access_key_id=access, secret=secret)


def _role(role: object, where: str, account: str) -> Role:
    said = _mapping(role, where)
    _only(said, ["name", "arn", "trust", "policy", "max-session-duration"], where)
    if ("name" in said) is ("arn" in said):
        _fail(where, "a role has either a name or an arn")
    if "trust" not in said:
        _fail(where, "trust is missing")
    try:
        trust = parse_policy(said["trust"], trust=True)
        seconds = int(said.get("max-session-duration", 3600))
    except ValueError as error:
        _fail(f"{where}.trust", str(error))
    return Role(
        arn=said.get("arn") or f"arn:aws:iam::{account}:role/{said['name']}",
        trust=trust,
        policies=_policies(said.get("policy"), f"{where}.policy"),
        max_session_seconds=seconds,
    )


def _policies(document: object, where: str) -> tuple[Policy, ...]:
    documents = document if isinstance(document, list) else [document] if document else []
    try:
        return tuple(parse_policy(each) for each in documents)
    except PolicyError as error:
        _fail(where, str(error))


def _issuer(said: Mapping[str, Any]) -> Issuer:
    _only(said, ["request-token", "issuer", "audiences", "claims"], "oidc")
    audiences = said.get("audiences", ["sts.amazonaws.com"])
    return Issuer(
        request_token=_text(said.get("request-token", DEMO_REQUEST_TOKEN), "oidc.request-token"),
        claims=_mapping(said.get("claims"), "oidc.claims"),
        url=_text(said.get("issuer", GITHUB), "oidc.issuer"),
        audiences=tuple(_text(a, "oidc.audiences") for _, a in _rows(audiences, "oidc.audiences")),
    )


def _fault(fault: object, where: str) -> Fault:
    said = dict(_mapping(fault, where))
    kind = said.pop("effect", None)
    effect = NAMED_EFFECTS.get(str(kind))
    if effect is None:
        _fail(f"{where}.effect", f"one of {', '.join(NAMED_EFFECTS)}, not {kind}")
    own = {field.name for field in fields(Fault)} - {"effect"}
    matcher = {key: said.pop(key) for key in list(said) if key in own}
    if "operation" not in matcher:
        _fail(where, "operation is missing")
    return Fault(effect=effect(**_fields(effect, said, where)), **_fields(Fault, matcher, where))


def _fields(kind: type, said: Mapping[str, Any], where: str) -> Json:
    """Turn a mapping of text into a dataclass's arguments, by its own type hints."""
    hints = get_type_hints(kind)
    names = {name.replace("_", "-"): name for name in hints}
    _only(said, list(names), where)
    return {names[key]: _typed(hints[names[key]], said[key], f"{where}.{key}") for key in said}


def _typed(hint: Any, value: Any, where: str) -> Any:
    if get_origin(hint) is Literal:
        if str(value) not in get_args(hint):
            _fail(where, f"one of {', '.join(get_args(hint))}, not {value}")
        return str(value)
    if isinstance(hint, types.UnionType):
        return _typed(next(h for h in get_args(hint) if h is not type(None)), value, where)
    if hint is bool:
        if str(value).lower() not in {"true", "false"}:
            _fail(where, f"true or false, not {value}")
        return str(value).lower() == "true"
    if hint in {int, float}:
        try:
            return hint(value)
        except ValueError:
            _fail(where, f"a number, not {value}")
    return dict(_mapping(value, where)) if get_origin(hint) is Mapping else _text(value, where)


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if value is None or value == "":  # a key with nothing after it
        return {}
    if not isinstance(value, Mapping):
        _fail(where, "a mapping is expected")
    return value


def _rows(value: object, where: str) -> Iterable[tuple[int, Any]]:
    if value is None or value == "":
        return ()
    if not isinstance(value, list | tuple):
        _fail(where, "a list is expected")
    return enumerate(value)


def _text(value: object, where: str) -> str:
    if value is None or isinstance(value, Mapping | list):
        _fail(where, "text is expected")
    return str(value)


def _only(said: Mapping[str, Any], known: list[str], where: str) -> None:
    unknown = [str(key) for key in said if key not in known]
    if unknown:
        _fail(where, f"unknown: {', '.join(unknown)}; known are {', '.join(known)}")


def _fail(where: str, problem: str) -> NoReturn:
    raise SeedError(f"{where}: {problem}")
