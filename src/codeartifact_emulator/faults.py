"""What can go wrong between a client and the service: declared, and made to happen.

A `Fault` is one matcher and one effect. The matcher says which calls; the effects are a closed set.
Several faults may meet in one call: delays, callables and expiries all happen, then the first
effect that decides the answer does.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, get_args

from .errors import Json
from .messages import Answer, Cut, Sending
from .store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Answer in the service's place; the operation is not run.

    With `code`, an error in the protocol's own shape (JSON or XML); with `body`, just that (a load
    balancer's HTML page, say).
    """

    status: int
    code: str | None = None
    message: str = ""
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reset:
    """Reset the connection before the operation is run."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Run the operation, then close the connection without an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """Close the connection without an answer, and run the operation only later.

    It is run as soon as so many further `calls`, of whatever kind, were served; and at the latest
    by `Emulator.catch_up`. A call may be carried out that late after its client has given it up.
    """

    calls: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """Wait before the operation is run."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncate:
    """Run the operation, then send only the first `keep` bytes of the body.

    With `announced`, Content-Length still says the whole length and the connection is closed; else
    the short body looks complete.
    """

    keep: int = 10
    announced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """Run the operation, then send another body with its status."""

    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Omit:
    """Run the operation, then leave a version out of the lists and maps of the answer."""

    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Misreport:
    """Run the operation, then answer something else about one version.

    With `error_code`, the version moves to `failedVersions`; with `status` or `revision`, these are
    what the answer says of it. The store is as the operation left it.
    """

    version: str
    error_code: str | None = None
    error_message: str = ""
    status: str | None = None
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Expire:
    """Let every session's credentials expire before the operation is run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanwhile:
    """Do something to the store before or after the operation: what another client would do."""

    before: Callable[[Store], object] | None = None
    after: Callable[[Store], object] | None = None


Effect: TypeAlias = (
    Reply | Reset | Drop | Late | Delay | Truncate | Replace | Omit | Misreport | Expire | Meanwhile
)

#: The effects that a seed can name; `Meanwhile` takes Python.
NAMED_EFFECTS: Mapping[str, type[Any]] = {
    effect.__name__.lower(): effect for effect in get_args(Effect) if effect is not Meanwhile
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Which calls, and what happens to them.

    `operation` is an operation's name, of CodeArtifact or STS, or `oidc`, or `*`; `package` and
    `repository` narrow it to calls with that parameter. The first `skip` matching calls go
    unharmed, then `times` are hit, by default all. With `per_second`, so many calls a second go
    unharmed, and only those beyond are hit: with a Reply of 429, a quota.
    """

    operation: str
    effect: Effect
    package: str | None = None
    repository: str | None = None
    skip: int = 0
    times: int | None = None
    per_second: float | None = None

    def matches(self, operation: str, params: Mapping[str, Any]) -> bool:
        """Tell whether a call is meant, not counting."""
        return (
            self.operation in {"*", operation}
            and self.package in {None, params.get("package")}
            and self.repository in {None, params.get("repository")}
        )

    def hits(self, number: int) -> bool:
        """Tell whether the nth matching call is hit; the first is 1."""
        return self.skip < number and (self.times is None or number <= self.skip + self.times)


class _Counted:
    """A fault, with how often it has matched, and what is left of its rate."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._matched = 0
        self._tokens = fault.per_second or 0.0
        self._at = time.monotonic()

    def hits(self) -> bool:
        """Count one more call; tell whether it is hit."""
        self._matched += 1
        if not self.fault.hits(self._matched):
            return False
        rate = self.fault.per_second
        if rate is None:
            return True
        now = time.monotonic()
        self._tokens = min(rate, self._tokens + (now - self._at) * rate)
        self._at = now
        if self._tokens < 1:
            return True
        self._tokens -= 1
        return False


class Faults:
    """The faults in force, with how often each has matched. Thread-safe."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        """Start with these."""
        self._lock = threading.Lock()
        self._counted = [_Counted(fault) for fault in faults]

    def add(self, fault: Fault) -> None:
        """Put one more in force, after the others."""
        with self._lock:
            self._counted.append(_Counted(fault))

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        with self._lock:
            self._counted.clear()

    def strike(self, operation: str, params: Mapping[str, Any]) -> list[Effect]:
        """Count a call, and give the effects that hit it."""
        with self._lock:
            return [
                counted.fault.effect
                for counted in self._counted
                if counted.fault.matches(operation, params) and counted.hits()
            ]


def happen_before(
    effects: Iterable[Effect],
    *,
    store: Store,
    expire: Callable[[], object],
    reply: Callable[[Reply], Answer],
) -> Sending | None:
    """Let happen what happens before the operation; give what is sent in its place, if so.

    `reply` writes a Reply as the service would.
    """
    decided: Sending | None = None
    for effect in effects:
        match effect:
            case Delay():
                time.sleep(effect.seconds)
            case Expire():
                expire()
            case Meanwhile(before=before) if before is not None:
                before(store)
            case Reset() if decided is None:
                decided = Cut(reset=True)
            case Reply() if decided is None:
                decided = reply(effect)
    return decided


def happen_after(effects: Iterable[Effect], answer: Answer, *, store: Store) -> Sending:
    """Let happen what happens after the operation; give what is sent of its answer."""
    for effect in effects:
        if isinstance(effect, Meanwhile) and effect.after is not None:
            effect.after(store)
    for effect in effects:
        match effect:
            case Drop():
                return Cut(reset=False)
            case Truncate(announced=True):
                return replace(answer, keep=effect.keep)
            case Truncate():
                return replace(answer, body=answer.body[: effect.keep])
            case Replace():
                return replace(answer, body=effect.body.encode())
    return answer


def distorted(result: Json, effects: Iterable[Effect]) -> Json:
    """Give a result with the versions left out of it, or misreported, that effects say."""
    for effect in effects:
        if isinstance(effect, Omit | Misreport):
            result = _distorted(result, effect)
    return result


def _distorted(result: Json, effect: Omit | Misreport) -> Json:
    version, result = effect.version, deepcopy(result)
    done, failed = (result.get(name, {}) for name in ("successfulVersions", "failedVersions"))
    rows, described = result.get("versions", []), result.get("packageVersion", {})
    match effect:
        case Omit():
            done.pop(version, None)
            failed.pop(version, None)
            rows[:] = [row for row in rows if row["version"] != version]
        case Misreport(error_code=str(code)):
            done.pop(version, None)
            failed[version] = {"errorCode": code, "errorMessage": effect.error_message}
        case Misreport():
            said = {"status": effect.status, "revision": effect.revision}
            told = [row for row in [*rows, described] if row.get("version") == version]
            for each in [*told, *([done[version]] if version in done else [])]:
                each.update({name: value for name, value in said.items() if value is not None})
    return result
