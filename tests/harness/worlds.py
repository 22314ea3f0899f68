"""Random stores and requests, and one whole cycle over them: list, plan, send.

The service is the emulator's rules, without HTTP: a ``RulesService`` is all that ``sending`` wants.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from hypothesis import strategies as st

from codeartifact_emulator import ServiceError, Store, Switches
from codeartifact_status.model import (
    DENIED,
    REVERSIBLE,
    Allowed,
    Batch,
    Code,
    Doubt,
    Failure,
    Format,
    OnFailure,
    Operation,
    Package,
    Plan,
    Reading,
    Reply,
    Request,
    State,
    Status,
)
from codeartifact_status.planning.plan import make_plan, rehearse
from codeartifact_status.reporting.run import Run
from codeartifact_status.service.listing import read_all
from codeartifact_status.service.sending import Sender
from harness.asking import ask

ACCOUNT = "111122223333"
NOTHING_ALLOWED = Allowed()


# --- The service, as far as the action needs it, over the emulator's rules. ----------------------


@dataclass(slots=True)
class RulesService:
    """A ``Service`` over a store; it notes what it was sent, and what it refused.

    The answers of the calls whose numbers are in ``lost`` never arrive.
    """

    store: Store
    readable: bool = True
    before_change: Callable[[Store, int], None] = lambda *_: None
    lost: frozenset[int] = frozenset()
    sent: list[Batch] = field(default_factory=list)
    refused: list[tuple[Batch, object]] = field(default_factory=list)

    def read(self, package: Package, named: Sequence[str] = ()) -> Reading:
        if not self.readable:
            return DENIED
        try:
            found = self._listed(package)
        except ServiceError:
            return {}
        missing = not found.keys() >= set(named)
        return {**found, **(self._listed(package, status="Archived") if missing else {})}

    def _listed(self, package: Package, **filtered: str) -> dict[str, State]:
        asked = {**_place(package), **filtered, "max_results": 1000}
        answer = ask(self.store, "ListPackageVersions", **asked)
        return {v["version"]: State(v["status"], v["revision"]) for v in answer["versions"]}

    def change(
        self,
        batch: Batch,
        *,
        attempts: int,
        halted: Callable[[], bool],  # noqa: ARG002 - nothing here takes so long that it matters
    ) -> Reply:
        assert attempts >= 1
        number = len(self.sent)
        reply = self._change(batch)
        if number in self.lost:
            return Reply(error=Failure(Code.UNREPORTED, "the answer was lost"), doubt=Doubt.OUT)
        return reply

    def _change(self, batch: Batch) -> Reply:
        self.before_change(self.store, len(self.sent))
        self.sent.append(batch)
        given: dict[str, Any] = {
            **_place(batch.package),
            "versions": batch.versions,
            "expected_status": batch.expected_status,
        }
        try:
            match batch.operation:
                case Operation.UPDATE:
                    answer = ask(
                        self.store,
                        "UpdatePackageVersionsStatus",
                        **given,
                        target_status=batch.target,
                        version_revisions=batch.revisions,
                    )
                case Operation.DISPOSE:
                    answer = ask(
                        self.store,
                        "DisposePackageVersions",
                        **given,
                        version_revisions=batch.revisions,
                    )
                case Operation.DELETE:
                    answer = ask(self.store, "DeletePackageVersions", **given)
        except ServiceError as error:
            self.refused.append((batch, error))
            return Reply(error=Failure(error.code, error.message))
        failed = answer["failedVersions"]
        if failed:
            self.refused.append((batch, failed))
        return Reply(
            successful={
                v: State(entry["status"], entry["revision"])
                for v, entry in answer["successfulVersions"].items()
            },
            failed={v: Failure(f["errorCode"], f["errorMessage"]) for v, f in failed.items()},
        )


def _place(package: Package) -> dict[str, Any]:
    return {
        "domain": package.domain,
        "repository": package.repository,
        "format": package.format.value,
        "namespace": package.namespace,
        "package": package.name,
    }


def run_once(
    service: RulesService,
    requests: Sequence[Request],
    *,
    allowed: Allowed = NOTHING_ALLOWED,
    dry_run: bool = False,
    concurrency: int = 1,
) -> tuple[Plan, Run]:
    """The cycle of one step: read, plan, send."""
    packages = [request.package for request in requests]
    named = {
        package: tuple(v for one in requests if one.package == package for v in one.versions)
        for package in packages
    }
    readings = read_all(
        service, packages, named=named, concurrency=concurrency, stop=threading.Event()
    )
    plan = make_plan(requests, readings, allowed=allowed, on_failure=OnFailure.STOP)
    carried = rehearse(plan) if dry_run else plan
    sent = Sender(
        service=service,
        allowed=allowed,
        on_failure=OnFailure.STOP,
        concurrency=concurrency,
        attempts=3,
        stop=threading.Event(),
    ).carry_out(carried)
    assert not sent.bugs
    unread = {p: "" for p, reading in readings.items() if reading is DENIED}
    run = Run(
        requests=tuple(requests),
        outcomes=sent.outcomes,
        allowed=allowed,
        dry_run=dry_run,
        region="eu-west-1",
        account=ACCOUNT,
        unread=unread,
    )
    return carried, run


# --- What there may be, and what may be asked. ---------------------------------------------------

HELD = [status.value for status in Status if status is not Status.DELETED]
PACKAGES = [
    Package(domain="acme", repository=repository, format=kind, namespace=namespace, name=name)
    for repository in ("npm-store", "npm-prod")
    for kind, namespace, name in (
        (Format.NPM, "acme", "core"),
        (Format.PYPI, None, "client"),
        (Format.MAVEN, "com.acme", "core"),
    )
]
SMALL = [f"1.{number}.0" for number in range(8)]
LARGE = [f"2.0.{number}" for number in range(260)]


@dataclass(frozen=True, slots=True)
class World:
    """A store to begin with, and what is asked of it."""

    held: Mapping[tuple[Package, str], str]
    requests: tuple[Request, ...]
    switches: Switches
    allowed: Allowed

    def store(self) -> Store:
        store = Store(switches=self.switches)
        for repository in ("npm-store", "npm-prod"):
            store.add_repository(domain="acme", repository=repository)
        for (package, version), status in self.held.items():
            store.put(**_place(package), version=version, status=status)
        return store


@cache
def revision_of(package: Package, version: str) -> str:
    store = Store()
    store.put(**_place(package), version=version)
    return next(iter(store.snapshot().values()))[1]


@st.composite
def worlds(draw: st.DrawFn, *, targets: Sequence[Status] = tuple(REVERSIBLE)) -> World:
    """Random stores and requests: a few versions of several packages, or very many of one."""
    held: dict[tuple[Package, str], str] = {}
    requests: list[Request] = []
    chosen = draw(st.lists(st.sampled_from(PACKAGES), min_size=1, max_size=4, unique=True))
    for place, package in enumerate(chosen):
        many = place == 0 and draw(st.integers(0, 5)) == 0
        names = LARGE[: draw(st.sampled_from([99, 100, 101, 260]))] if many else SMALL
        if many:
            cycle = draw(st.lists(st.sampled_from(HELD[:4]), min_size=1, max_size=4))
            held |= {(package, name): cycle[n % len(cycle)] for n, name in enumerate(names)}
        else:
            there = draw(st.dictionaries(st.sampled_from(names), st.sampled_from(HELD)))
            held |= {(package, name): status for name, status in there.items()}
        # Mostly what is there, so that not every plan is withheld; sometimes what isn't.
        present = [name for name in names if (package, name) in held]
        pool = names if not present or draw(st.integers(0, 3)) == 0 else present
        if many:
            asked = list(pool)
        else:
            asked = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=8, unique=True))
        pins: dict[str, str] = {}
        if draw(st.integers(0, 4)) == 0 and not many:
            wrong = draw(st.booleans())
            pins = {name: revision_of(package, name) for name in asked}
            if wrong:
                pins[asked[0]] = "not-the-one"
        requests.append(
            Request(
                package=package,
                versions=tuple(asked),
                target=draw(st.sampled_from(list(targets))),
                revisions=pins,
                expected_status=draw(
                    st.one_of(st.none(), st.none(), st.none(), st.sampled_from(HELD))
                ),
            )
        )
    allowed = draw(
        st.sampled_from(
            [
                Allowed(),
                Allowed(codes="all"),
                Allowed(codes=frozenset({"NOT_FOUND"})),
                Allowed(codes=frozenset({"MISMATCHED_STATUS", "NOT_ALLOWED"})),
            ]
        )
    )
    switches = Switches(partial_success=draw(st.booleans()))
    return World(held, tuple(requests), switches, allowed)


ALL_TARGETS = [status for status in Status if status is not Status.UNFINISHED]


def interference(
    moves: Sequence[tuple[int, int, str]], world: World
) -> Callable[[Store, int], None]:
    """Somebody else, who changes statuses, revisions and presence before the nth call."""
    keys = list(world.held)

    def interfere(store: Store, call: int) -> None:
        for when, which, status in moves:
            if when == call and keys:
                package, version = keys[which % len(keys)]
                try:
                    store.set_status(
                        **_place(package),
                        version=version,
                        status="Archived" if status == "rewritten" else status,
                        revision="another-content" if status == "rewritten" else None,
                    )
                except KeyError:
                    store.put(**_place(package), version=version, status="Unlisted")

    return interfere


MOVES = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(0, 300), st.sampled_from([*HELD, "Deleted", "rewritten"])
    ),
    max_size=4,
)


def now(store: Store, package: Package, version: str) -> tuple[str, str] | None:
    key = ("acme", package.repository, package.format.value, package.namespace, package.name)
    return store.snapshot().get((*key, version))


def as_requests(entries: Sequence[Mapping[str, Any]]) -> list[Request]:
    """What the entries of an undo ask for."""
    return [
        Request(
            package=Package(
                domain="acme",
                repository=entry["repository"],
                format=Format(entry["format"]),
                namespace=entry.get("namespace"),
                name=entry["package"],
            ),
            versions=tuple(entry["versions"]),
            target=Status(entry["target-status"]),
            revisions=entry.get("version-revisions", {}),
            expected_status=entry["expected-status"],
        )
        for entry in entries
    ]
