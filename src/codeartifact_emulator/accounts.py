"""A seed's accounts: users, roles and their policies, organizations, and the OIDC issuer.

The shape is that of `seed`, and so is what a mistake is. A policy that IAM would not save is one.
"""

from collections.abc import Mapping
from functools import cache

from . import documents
from .documents import fail, mapping, rows, text
from .errors import Json
from .identity import Identity
from .issuer import GITHUB, Issuer
from .names import partition_of
from .patterns import PolicyError
from .policies import Kind, Policy, parse_policy
from .principals import Key, Principal, Role, is_role_arn
from .store import DEFAULT_ACCOUNT, DEFAULT_REGION

KEYS = ("oidc", "organizations", "roles", "users")

#: One user, and one role that the demo run may assume. The key is the one of AWS's own
#: documentation; nothing in here opens anything but an emulator.
_DEMO = """
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
            Federated: arn:PARTITION:iam::ACCOUNT:oidc-provider/token.actions.githubusercontent.com
          Action: sts:AssumeRoleWithWebIdentity
          Condition:
            StringEquals: {"token.actions.githubusercontent.com:aud": sts.amazonaws.com}
            StringLike:
              "token.actions.githubusercontent.com:sub":
                - repo:acme/widgets:*
                - repo:acme@123456/widgets@789012:*
        - Effect: Allow
          Principal: {AWS: "arn:PARTITION:iam::ACCOUNT:root"}
          Action: sts:AssumeRole
"""


@cache
def demo(account: str = DEFAULT_ACCOUNT, region: str = DEFAULT_REGION) -> Json:
    """Give the seed that fills the gaps."""
    told = _DEMO.replace("ACCOUNT", account).replace("PARTITION", partition_of(region))
    seed: Json = documents.parse(told)
    return seed


def read(
    said: Mapping[str, object],
    *,
    account: str,
    region: str,
    resource_policies: Mapping[tuple[str, str], Policy],
) -> tuple[Identity, Key | None]:
    """Read who there is, and the first user. What is not said is the demo seed's."""
    told = {**demo(account, region), **said}
    prefix = f"arn:{partition_of(region)}:iam::{account}"
    users = [_user(user, where, prefix) for where, user in rows(told["users"], "users")]
    organizations = mapping(told.get("organizations"), "organizations")
    identity = Identity(
        users=users,
        roles=[_role(role, where, prefix) for where, role in rows(told["roles"], "roles")],
        issuer=_issuer(told.get("oidc")),
        region=region,
        resource_policies=resource_policies,
        organizations={
            text(member, where): name
            for name, members in organizations.items()
            for where, member in rows(members, f"organizations.{name}")
        },
    )
    return identity, users[0] if users else None


def policy(document: object, where: str, kind: Kind) -> Policy:
    """Read a policy document that IAM, or CodeArtifact, would save. Raises SeedError."""
    try:
        return parse_policy(document, kind)
    except PolicyError as error:
        fail(where, f"MalformedPolicyDocument: {error}")


def _user(user: object, where: str, prefix: str) -> Key:
    keys = ["name", "access-key-id", "secret-access-key"]
    said = mapping(user, where, [*keys, "policy"])
    name, access, secret = (text(said.get(key), f"{where}.{key}") for key in keys)
    principal = Principal(
        arn=f"{prefix}:user/{name}",
        unique_id=f"AIDA{name.upper()}",
        policies=_policies(said.get("policy"), f"{where}.policy"),
    )
    return Key(principal=principal, access_key_id=access, secret=secret)


def _role(role: object, where: str, prefix: str) -> Role:
    known = ["name", "arn", "trust", "policy", "max-session-duration", "session-duration"]
    said = mapping(role, where, known)
    if ("name" in said) is ("arn" in said):
        fail(where, "a role has either a name or an arn")
    if "trust" not in said:
        fail(where, "trust is missing")
    arn = text(said.get("arn") or f"{prefix}:role/{said['name']}", where)
    if not is_role_arn(arn):
        fail(where, f"{arn} is no role's ARN")
    trust = policy(said["trust"], f"{where}.trust", Kind.TRUST)
    try:
        longest = int(said.get("max-session-duration", 3600))
        fixed = int(said["session-duration"]) if "session-duration" in said else None
    except ValueError as error:
        fail(where, str(error))
    return Role(
        arn=arn,
        trust=trust,
        policies=_policies(said.get("policy"), f"{where}.policy"),
        max_session_seconds=longest,
        session_seconds=fixed,
    )


def _policies(document: object, where: str) -> tuple[Policy, ...]:
    listed = document if isinstance(document, list) else [document] if document else []
    return tuple(policy(each, where, Kind.IDENTITY) for each in listed)


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
