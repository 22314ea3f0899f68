"""What every client is asked, and what each has to report: the rows of the table.

An expectation is whole: every member of the answer, every text, every version that the repository
holds afterward, every HTTP status that was served. So two clients that pass have reported the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from codeartifact_emulator import Fault, Reply
from codeartifact_emulator.seed import demo
from four_clients import Json

Caller: TypeAlias = Literal["user", "reader", "role", "expired role", "wrong secret", "nobody"]

ROLE = "arn:aws:iam::111122223333:role/release"
SESSION = "arn:aws:sts::111122223333:assumed-role/release/run-1"
CORE = {
    "domain": "acme",
    "repository": "npm-store",
    "format": "npm",
    "namespace": "acme",
    "package": "core",
}
ODD = "1.3.0+build.7~1!*'(ä)"
"""A version key that the model allows and that every way of quoting has its own idea of."""
HELD = {
    "0.9.0": "Disposed",
    "1.0.0": "Published",
    "1.1.0": "Unlisted",
    "1.2.0": "Archived",
    ODD: "Published",
}
MANY = {f"1.{n}.0": "Published" if n % 2 else "Unlisted" for n in range(120)}
WRONG = "25/UjBleHs1DZewk+zozoeqH/R80Rc9gL1P8vbzVMJ="

LIST = "ListPackageVersions"
PACKAGES = "ListPackages"
REPOSITORIES = "ListRepositoriesInDomain"
DESCRIBE = "DescribePackageVersion"
UPDATE = "UpdatePackageVersionsStatus"
DISPOSE = "DisposePackageVersions"
DELETE = "DeletePackageVersions"
ASSUME = "AssumeRoleWithWebIdentity"


def _allowing(*actions: str) -> Json:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


_READING = (f"codeartifact:{LIST}", f"codeartifact:{DESCRIBE}")
READER = {"AWS_ACCESS_KEY_ID": "AKIAI44QH8DHBEXAMPLE", "AWS_SECRET_ACCESS_KEY": "reads-only"}
SEED: Mapping[str, Any] = {
    "roles": [
        {**demo()["roles"][0], "policy": _allowing(*_READING, f"codeartifact:{UPDATE}")},
    ],
    "users": [
        *demo()["users"],
        {
            "name": "reader",
            "access-key-id": READER["AWS_ACCESS_KEY_ID"],
            "secret-access-key": READER["AWS_SECRET_ACCESS_KEY"],
            "policy": _allowing(*_READING),
        },
    ],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One row: a call, and what comes of it."""

    name: str
    operation: str
    params: Json
    output: Json | None = None
    code: str | None = None
    message: str = ""
    details: Json = field(default_factory=dict)
    """An error's other members, for the clients that show them."""
    held: Mapping[str, str] = field(default_factory=lambda: HELD)
    changed: Mapping[str, str] = field(default_factory=dict)
    """What is otherwise afterward; `Deleted` is no longer there."""
    served: tuple[int, ...] = (200,)
    tired: bool = False
    """`served` over and over, as often as the client asks when left to its own settings."""
    caller: Caller = "user"
    fault: Fault | None = None
    page_size: int | None = None
    continued: bool = False
    """With the `nextToken` that the same call gave before."""
    token: Mapping[str, object] | None = None
    """The claims of a token that the call has with it, over what the issuer says; `aud` too."""


def revision(version: str) -> str:
    """Give a version's revision; it has all that base64 has."""
    return f"+/{version}="


def row(version: str, status: str) -> Json:
    """Give a version as a list has it."""
    return {
        "version": version,
        "revision": revision(version),
        "status": status,
        "origin": {"domainEntryPoint": {"repositoryName": "npm-store"}, "originType": "INTERNAL"},
    }


def rows(held: Mapping[str, str], status: str | None = None) -> list[Json]:
    """Give a whole list, in the emulator's order."""
    return [row(v, held[v]) for v in sorted(held, reverse=True) if status in {None, held[v]}]


def done(**statuses: str) -> Json:
    """Give the output when all went well: `v1_0_0="Archived"`."""
    return outcome({_version(name): status for name, status in statuses.items()}, {})


def outcome(succeeded: Mapping[str, str], failed: Mapping[str, tuple[str, str]]) -> Json:
    return {
        "successfulVersions": {
            version: {"revision": revision(version), "status": status}
            for version, status in succeeded.items()
        },
        "failedVersions": {
            version: {"errorCode": code, "errorMessage": message}
            for version, (code, message) in failed.items()
        },
    }


def _version(name: str) -> str:
    return name.removeprefix("v").replace("_", ".")


def absent(version: str) -> tuple[str, str]:
    return "NOT_FOUND", f"Could not find version {version}"


def skipped(version: str) -> tuple[str, str]:
    return "SKIPPED", f"version {version} is skipped"


def mismatched_status(current: str, expected: str) -> tuple[str, str]:
    return "MISMATCHED_STATUS", f"current status: {current}, expected status: {expected}"


def mismatched_revision(version: str) -> tuple[str, str]:
    text = f"current revision: {revision(version)}, expected revision: {WRONG}"
    return "MISMATCHED_REVISION", text


def disposed(version: str) -> tuple[str, str]:
    return "NOT_ALLOWED", f"version {version} is Disposed and cannot be set to Published"


def change(target: str, *versions: str, **more: Any) -> Json:
    return {**CORE, "versions": list(versions), "targetStatus": target, **more}


def versions(*wanted: str, **more: Any) -> Json:
    return {**CORE, "versions": list(wanted), **more}


def not_authorized(arn: str, operation: str) -> str:
    action = f"codeartifact:{operation}"
    return (
        f"User: {arn} is not authorized to perform: {action} on resource: "
        "arn:aws:codeartifact:eu-west-1:111122223333:package/acme/npm-store/npm/acme/core "
        f"because no identity-based policy allows the {action} action"
    )


_THROTTLED = Reply(
    status=429, code="ThrottlingException", message="Rate exceeded", headers={"Retry-After": "1"}
)
_BROKEN = Reply(status=500, code="InternalServerException", message="Internal error")
_FIELD = {"reason": "FIELD_VALIDATION_FAILED"}
_TOO_MANY = [f"1.{n}.0" for n in range(101)]

LISTING = (
    Scenario(
        name="all 5, 2 a page",
        operation=LIST,
        params=CORE,
        page_size=2,
        output={"versions": rows(HELD)},
        served=(200, 200, 200),
    ),
    Scenario(
        name="all 120, 50 a page by the service",
        operation=LIST,
        params=CORE,
        page_size=0,
        held=MANY,
        output={"versions": rows(MANY)},
        served=(200, 200, 200),
    ),
    Scenario(
        name="only Published, 25 a page",
        operation=LIST,
        params={**CORE, "status": "Published"},
        page_size=25,
        held=MANY,
        output={"versions": rows(MANY, "Published")},
        served=(200, 200, 200),
    ),
    Scenario(
        name="by hand, the second page of 2",
        operation=LIST,
        params={**CORE, "maxResults": 3},
        continued=True,
        output={
            "versions": rows(HELD)[3:],
            "format": "npm",
            "namespace": "acme",
            "package": "core",
            "defaultDisplayVersion": ODD,
        },
    ),
    Scenario(
        name="a page token of somewhere else",
        operation=LIST,
        params={**CORE, "nextToken": "elsewhere"},
        code="ValidationException",
        message="The pagination token is not valid for this request",
        details=_FIELD,
        served=(400,),
    ),
)

STORE = {"domain": "acme", "repository": "npm-store"}
LISTED = {
    "format": "npm",
    "namespace": "acme",
    "package": "core",
    "originConfiguration": {"restrictions": {"publish": "ALLOW", "upstream": "BLOCK"}},
}

FINDING = (
    Scenario(
        name="the packages of a repository, by prefix",
        operation=PACKAGES,
        params={**STORE, "format": "npm", "namespace": "ac", "packagePrefix": "co"},
        output={"packages": [LISTED]},
    ),
    Scenario(
        name="the packages of a repository, 1 a page",
        operation=PACKAGES,
        params=STORE,
        page_size=1,
        output={"packages": [LISTED]},
    ),
    Scenario(
        name="the packages of an unknown repository",
        operation=PACKAGES,
        params={**STORE, "repository": "npm-stor"},
        code="ResourceNotFoundException",
        message="Repository not found. Repository 'npm-stor' in domain 'acme' owned by account "
        "'111122223333' does not exist.",
        details={"resourceId": "npm-stor", "resourceType": "repository"},
        served=(404,),
    ),
    Scenario(
        name="the packages of a repository, without a policy for it",
        operation=PACKAGES,
        params=STORE,
        caller="reader",
        code="AccessDeniedException",
        message="User: arn:aws:iam::111122223333:user/reader is not authorized to perform: "
        "codeartifact:ListPackages on resource: "
        "arn:aws:codeartifact:eu-west-1:111122223333:repository/acme/npm-store "
        "because no identity-based policy allows the codeartifact:ListPackages action",
        served=(403,),
    ),
    Scenario(
        name="the repositories of a domain",
        operation=REPOSITORIES,
        params={"domain": "acme"},
        page_size=0,
        output={
            "repositories": [
                {
                    "name": "npm-store",
                    "administratorAccount": "111122223333",
                    "domainName": "acme",
                    "domainOwner": "111122223333",
                    "arn": "arn:aws:codeartifact:eu-west-1:111122223333:repository/acme/npm-store",
                }
            ]
        },
    ),
)

DESCRIBING = (
    Scenario(
        name="a version whose key needs quoting",
        operation=DESCRIBE,
        params={**CORE, "packageVersion": ODD},
        output={
            "packageVersion": {
                **row(ODD, "Published"),
                "format": "npm",
                "namespace": "acme",
                "packageName": "core",
                "displayName": "core",
                "licenses": [],
                "publishedTime": 1769860800.0,
            }
        },
    ),
    Scenario(
        name="an absent version",
        operation=DESCRIBE,
        params={**CORE, "packageVersion": "9.9.9"},
        code="ResourceNotFoundException",
        message="Version '9.9.9' of the npm package 'core' does not exist in repository "
        "'npm-store'.",
        details={"resourceId": "9.9.9", "resourceType": "package-version"},
        served=(404,),
    ),
)

UPDATING = (
    Scenario(
        name="success",
        operation=UPDATE,
        params=change("Archived", "1.0.0", "1.1.0"),
        output=done(v1_0_0="Archived", v1_1_0="Archived"),
        changed={"1.0.0": "Archived", "1.1.0": "Archived"},
    ),
    Scenario(
        name="success, revision and status as expected, a key that needs quoting",
        operation=UPDATE,
        params=change(
            "Unlisted", ODD, versionRevisions={ODD: revision(ODD)}, expectedStatus="Published"
        ),
        output=outcome({ODD: "Unlisted"}, {}),
        changed={ODD: "Unlisted"},
    ),
    Scenario(
        name="NOT_FOUND, and a bystander SKIPPED",
        operation=UPDATE,
        params=change("Archived", "1.0.0", "9.9.9"),
        output=outcome({}, {"1.0.0": skipped("1.0.0"), "9.9.9": absent("9.9.9")}),
    ),
    Scenario(
        name="MISMATCHED_STATUS",
        operation=UPDATE,
        params=change("Archived", "1.0.0", "1.1.0", expectedStatus="Disposed"),
        output=outcome(
            {},
            {
                "1.0.0": mismatched_status("Published", "Disposed"),
                "1.1.0": mismatched_status("Unlisted", "Disposed"),
            },
        ),
    ),
    Scenario(
        name="MISMATCHED_REVISION, and a bystander SKIPPED",
        operation=UPDATE,
        params=change(
            "Archived",
            "1.0.0",
            "1.1.0",
            versionRevisions={"1.0.0": WRONG, "1.1.0": revision("1.1.0")},
        ),
        output=outcome({}, {"1.0.0": mismatched_revision("1.0.0"), "1.1.0": skipped("1.1.0")}),
    ),
    Scenario(
        name="NOT_ALLOWED from Disposed, and a bystander SKIPPED",
        operation=UPDATE,
        params=change("Published", "0.9.0", "1.2.0"),
        output=outcome({}, {"0.9.0": disposed("0.9.0"), "1.2.0": skipped("1.2.0")}),
    ),
    Scenario(
        name="all four failures in one answer",
        operation=UPDATE,
        params=change(
            "Published",
            "0.9.0",
            "1.0.0",
            "1.1.0",
            "9.9.9",
            versionRevisions={
                "0.9.0": revision("0.9.0"),
                "1.0.0": WRONG,
                "1.1.0": revision("1.1.0"),
                "9.9.9": revision("9.9.9"),
            },
            expectedStatus="Disposed",
        ),
        output=outcome(
            {},
            {
                "0.9.0": disposed("0.9.0"),
                "1.0.0": mismatched_revision("1.0.0"),
                "1.1.0": mismatched_status("Unlisted", "Disposed"),
                "9.9.9": absent("9.9.9"),
            },
        ),
    ),
    Scenario(
        name="a target that an update cannot have",
        operation=UPDATE,
        params=change("Disposed", "1.0.0"),
        code="ValidationException",
        message="targetStatus Disposed is not permitted: "
        "a status can be set to Published, Unlisted or Archived",
        details=_FIELD,
        served=(400,),
    ),
    Scenario(
        name="a target that there is not",
        operation=UPDATE,
        params=change("Retired", "1.0.0"),
        code="ValidationException",
        message="1 validation error detected: Value 'Retired' at 'targetStatus' failed to satisfy "
        "constraint: Member must satisfy enum value set: "
        "[Published, Unfinished, Unlisted, Archived, Disposed, Deleted]",
        details=_FIELD,
        served=(400,),
    ),
    Scenario(
        name="101 versions, which no client counts",
        operation=UPDATE,
        params=change("Archived", *_TOO_MANY),
        code="ValidationException",
        message=f"1 validation error detected: Value '[{', '.join(_TOO_MANY)}]' at 'versions' "
        "failed to satisfy constraint: Member must have length less than or equal to 100",
        details=_FIELD,
        served=(400,),
    ),
    Scenario(
        name="an unknown package",
        operation=UPDATE,
        params={**change("Archived", "1.0.0"), "package": "cor"},
        code="ResourceNotFoundException",
        message="The npm package 'acme/cor' does not exist in repository 'npm-store'.",
        details={"resourceId": "acme/cor", "resourceType": "package"},
        served=(404,),
    ),
    Scenario(
        name="an unknown repository",
        operation=UPDATE,
        params={**change("Archived", "1.0.0"), "repository": "npm-stor"},
        code="ResourceNotFoundException",
        message="Repository not found. Repository 'npm-stor' in domain 'acme' owned by account "
        "'111122223333' does not exist.",
        details={"resourceId": "npm-stor", "resourceType": "repository"},
        served=(404,),
    ),
    Scenario(
        name="an unknown domain",
        operation=UPDATE,
        params={**change("Archived", "1.0.0"), "domain": "acne"},
        code="ResourceNotFoundException",
        message="Domain not found. Domain 'acne' owned by account '111122223333' does not exist.",
        details={"resourceId": "acne", "resourceType": "domain"},
        served=(404,),
    ),
    Scenario(
        name="a policy without it",
        operation=UPDATE,
        params=change("Archived", "1.0.0"),
        caller="reader",
        code="AccessDeniedException",
        message=not_authorized("arn:aws:iam::111122223333:user/reader", UPDATE),
        served=(403,),
    ),
    Scenario(
        name="a wrong secret",
        operation=UPDATE,
        params=change("Archived", "1.0.0"),
        caller="wrong secret",
        code="InvalidSignatureException",
        message="The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method. "
        "Consult the service documentation for details.",
        served=(403,),
    ),
    Scenario(
        name="throttled twice",
        operation=UPDATE,
        params=change("Archived", "1.0.0"),
        fault=Fault(UPDATE, _THROTTLED, times=2),
        output=done(v1_0_0="Archived"),
        changed={"1.0.0": "Archived"},
        served=(429, 429, 200),
    ),
    Scenario(
        name="throttled without end",
        operation=UPDATE,
        params=change("Archived", "1.0.0"),
        fault=Fault(UPDATE, _THROTTLED),
        code="ThrottlingException",
        message="Rate exceeded",
        details={"retryAfterSeconds": 1},
        served=(429,),
        tired=True,
    ),
    Scenario(
        name="an internal error, once",
        operation=UPDATE,
        params=change("Archived", "1.0.0"),
        fault=Fault(UPDATE, _BROKEN, times=1),
        output=done(v1_0_0="Archived"),
        changed={"1.0.0": "Archived"},
        served=(500, 200),
    ),
    Scenario(
        name="a conflict",
        operation=UPDATE,
        params=change("Archived", "1.0.0"),
        fault=Fault(UPDATE, Reply(status=409, code="ConflictException", message="Try later")),
        code="ConflictException",
        message="Try later",
        served=(409,),
    ),
)

REMOVING = (
    Scenario(
        name="success",
        operation=DISPOSE,
        params=versions("1.0.0", "1.1.0"),
        output=done(v1_0_0="Disposed", v1_1_0="Disposed"),
        changed={"1.0.0": "Disposed", "1.1.0": "Disposed"},
    ),
    Scenario(
        name="MISMATCHED_STATUS, and a bystander SKIPPED",
        operation=DISPOSE,
        params=versions("1.0.0", "1.1.0", expectedStatus="Unlisted"),
        output=outcome(
            {},
            {"1.0.0": mismatched_status("Published", "Unlisted"), "1.1.0": skipped("1.1.0")},
        ),
    ),
    Scenario(
        name="success, a disposed one among them",
        operation=DELETE,
        params=versions("0.9.0", "1.0.0"),
        output=outcome({"0.9.0": "Deleted", "1.0.0": "Deleted"}, {}),
        changed={"0.9.0": "Deleted", "1.0.0": "Deleted"},
    ),
    Scenario(
        name="NOT_FOUND, and a bystander SKIPPED",
        operation=DELETE,
        params=versions("1.0.0", "9.9.9"),
        output=outcome({}, {"1.0.0": skipped("1.0.0"), "9.9.9": absent("9.9.9")}),
    ),
)

_ASSUME = {"RoleArn": ROLE, "RoleSessionName": "run-1"}

ASSUMING = (
    Scenario(
        name="a token of the issuer",
        operation=ASSUME,
        params=_ASSUME,
        caller="nobody",
        token={},
        output={
            "AssumedRoleUser": {"AssumedRoleId": "AROAU236QVPO7EZKT24CV:run-1", "Arn": SESSION},
            "Provider": "arn:aws:iam::111122223333:oidc-provider/"
            "token.actions.githubusercontent.com",
            "Audience": "sts.amazonaws.com",
            "SubjectFromWebIdentityToken": "repo:acme/widgets:ref:refs/tags/v1.3.0",
        },
    ),
    Scenario(
        name="a token for another audience",
        operation=ASSUME,
        params=_ASSUME,
        caller="nobody",
        token={"aud": "https://github.com/acme"},
        code="InvalidIdentityToken",
        message="Incorrect token audience",
        served=(400,),
    ),
    Scenario(
        name="a token of another repository's run",
        operation=ASSUME,
        params=_ASSUME,
        caller="nobody",
        token={"repository": "mallory/widgets"},
        code="AccessDenied",
        message="Not authorized to perform sts:AssumeRoleWithWebIdentity",
        served=(403,),
    ),
    Scenario(
        name="who the session is",
        operation="GetCallerIdentity",
        params={},
        caller="role",
        output={
            "UserId": "AROAU236QVPO7EZKT24CV:run-1",
            "Account": "111122223333",
            "Arn": SESSION,
        },
    ),
    Scenario(
        name="with the session's keys",
        operation=UPDATE,
        params=change("Published", "1.1.0", expectedStatus="Unlisted"),
        caller="role",
        output=done(v1_1_0="Published"),
        changed={"1.1.0": "Published"},
    ),
    Scenario(
        name="with the session's keys, which the role's policy does not allow",
        operation=DELETE,
        params=versions("1.0.0"),
        caller="role",
        code="AccessDeniedException",
        message=not_authorized(SESSION, DELETE),
        served=(403,),
    ),
    Scenario(
        name="with the session's keys, expired",
        operation=UPDATE,
        params=change("Archived", "1.0.0"),
        caller="expired role",
        code="ExpiredTokenException",
        message="The security token included in the request is expired",
        served=(403,),
    ),
)

SCENARIOS = (*LISTING, *FINDING, *DESCRIBING, *UPDATING, *REMOVING, *ASSUMING)
