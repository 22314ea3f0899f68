"""What goes wrong: one kind of fault a row, and somebody else who changes things meanwhile."""

import contextlib
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from codeartifact_emulator import (
    Drop,
    Expire,
    Fault,
    Late,
    Meanwhile,
    Omit,
    Replace,
    Reply,
    Reset,
    Store,
    Truncate,
)
from harness.chaos.scripts import HELD, LIST, OPERATION, UPDATE, Script, at

HTML = "<html><body>Bad Gateway</body></html>"
ON_ANY: dict[str, Callable[[], Any]] = {
    "throttled": lambda: Reply(status=429, code="ThrottlingException"),
    "throttled, Retry-After": lambda: Reply(
        status=429, code="ThrottlingException", headers={"Retry-After": "0"}
    ),
    "500": lambda: Reply(status=500, code="InternalServerException", message="oops"),
    "502 of HTML": lambda: Reply(status=502, body=HTML),
    "503 of HTML": lambda: Reply(status=503, body=HTML),
    "reset": Reset,
    "dropped after the change": Drop,
    "truncated": lambda: Truncate(keep=12),
    "truncated, announced": lambda: Truncate(keep=12, announced=True),
    "malformed": lambda: Replace(body='{"successfulVersions": {<'),
    "conflict": lambda: Reply(status=409, code="ConflictException", message="busy"),
    "unknown code": lambda: Reply(status=418, code="TeapotException", message="short and stout"),
    "expired": lambda: Reply(status=403, code="ExpiredTokenException", message="expired"),
}
ON_CHANGES: dict[str, Callable[[], Any]] = {
    "denied": lambda: Reply(status=403, code="AccessDeniedException", message="not authorized"),
    "says nothing": lambda: Replace(body='{"successfulVersions": {}, "failedVersions": {}}'),
    "late, after the next call": lambda: Late(calls=1),
    "late, after a few calls": lambda: Late(calls=3),
    "late, after the end": Late,
}
ON_IDENTITY: dict[str, Callable[[], Any]] = {
    "throttled": ON_ANY["throttled"],
    "500": lambda: Reply(status=500, code="InternalFailure", message="oops"),
    "reset": Reset,
    "dropped": Drop,
    "truncated": lambda: Truncate(keep=12),
    "HTML": lambda: Reply(status=503, body=HTML),
    "provider unreachable": lambda: Reply(status=400, code="IDPCommunicationError"),
    "refused": lambda: Reply(status=403, code="AccessDenied", message="not authorized"),
}
IN_SERIES = {
    kind: effect
    for kind, effect in {**ON_ANY, **ON_CHANGES}.items()
    if kind.startswith(("late", "dropped", "reset", "500", "conflict", "says", "denied"))
    or kind in {"throttled", "truncated"}
}
"""What may be forgotten after the next answer, and what lets it be forgotten."""
ELSE = ("somebody else", "a series", "left out", "unreadable", "unreadable later")
WEIGHTS = {"denied": 0.5, "expired": 0.5, "unknown code": 0.5, "somebody else": 3.0}
WEIGHTS |= {"a series": 6.0, "unreadable": 1.5, "unreadable later": 1.5}


def fault_of_a_package(
    pick: random.Random, script: Script, entry: dict[str, Any]
) -> Iterator[tuple[str, Fault]]:
    """One thing that goes wrong with the calls for a package, or one after the other."""
    where = {"package": entry["package"], "repository": entry["repository"]}
    changing = OPERATION.get(entry["target-status"], UPDATE)
    skip, times = pick.choice([0, 0, 1, 2]), pick.choice([1, 1, 1, 2, 3, None])
    kinds = [*ON_ANY, *ON_CHANGES, *ELSE]
    kind = pick.choices(kinds, [WEIGHTS.get(kind, 1.0) for kind in kinds])[0]
    denied = ON_CHANGES["denied"]()
    match kind:
        case "a series":
            for place in range(pick.randint(2, 4)):
                kind = pick.choice(list(IN_SERIES))
                yield kind, Fault(changing, IN_SERIES[kind](), **where, skip=skip + place, times=1)
        case "left out":
            effect = Omit(version=pick.choice(_names(script, entry)))
            yield kind, Fault(changing, effect, **where, skip=skip, times=times)
        case "somebody else":
            moved = somebody(pick, script, entry)
            yield kind, Fault(changing, moved, **where, skip=skip, times=1)
        case "unreadable":
            # What nobody has read, only an expected status can vouch for, be it right or wrong.
            if pick.random() < 0.6:
                entry.setdefault("expected-status", pick.choice(HELD))
            yield kind, Fault(LIST, denied, **where)
        case "unreadable later":
            # Whatever is in doubt then stays so.
            effect = pick.choice([denied, ON_ANY["500"](), Reset()])
            yield kind, Fault(LIST, effect, **where, skip=1)
        case _:
            effect = {**ON_ANY, **ON_CHANGES}[kind]()
            operation = changing if kind in ON_CHANGES or pick.random() < 0.75 else LIST
            yield kind, Fault(operation, effect, **where, skip=skip, times=times)


def fault_of_identity(pick: random.Random) -> tuple[str, Fault]:
    """One thing that goes wrong with the credentials: at first, or in the middle."""
    if pick.random() < 0.4:
        operation = pick.choice([LIST, UPDATE, UPDATE])
        return "session expires", Fault(operation, Expire(), skip=pick.randint(0, 3), times=1)
    operation = pick.choice(["oidc", "AssumeRoleWithWebIdentity"])
    kind = pick.choice(list(ON_IDENTITY))
    times = pick.choice([1, 1, 2, None])
    skip = pick.choice([0, 0, 1])
    return f"identity: {kind}", Fault(operation, ON_IDENTITY[kind](), skip=skip, times=times)


def somebody(pick: random.Random, script: Script, entry: Mapping[str, Any]) -> Meanwhile:
    """Somebody else changes a version of a package, just before."""
    version = pick.choice(_names(script, entry))
    status = pick.choice(
        [entry["target-status"], "Published", "Unlisted", "Archived", "Disposed", "Deleted"]
    )
    revision = pick.choice([None, None, "another-content"])
    place = {name: entry[name] for name in ("repository", "format", "namespace", "package")}

    def move(store: Store) -> None:
        key = at(entry, version)
        script.touched[key] += 1
        if revision is not None or status == "Deleted":
            script.replaced.add(key)
        with contextlib.suppress(KeyError):
            store.set_status(
                domain="acme", **place, version=version, status=status, revision=revision
            )

    return Meanwhile(before=move)


def _names(script: Script, entry: Mapping[str, Any]) -> list[str]:
    """The versions that are asked for, or all that are there where a pattern asks."""
    there = [key[5] for key in script.store.snapshot() if key[:5] == at(entry, "")[:5]]
    return entry.get("versions") or there
