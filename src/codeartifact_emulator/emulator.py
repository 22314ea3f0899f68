"""A running emulator: CodeArtifact, STS and the OIDC issuer behind one HTTP server, on loopback.

It ties the other modules together: a request that arrives (`server`) is read (`exchange`), may be
hit by a fault (`faults`), and is answered. What it does to the store is in `rules`.
"""

import contextlib
import threading
import traceback
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from .errors import Json, ServiceError
from .exchange import Exchange, service_of
from .faults import Fault, Faults, Late, distorted, happen_after, happen_before
from .messages import Answer, Cut, Request, Sending
from .seed import Seed, plant
from .server import Server
from .switches import Switches

MOST_CALLS = 10_000
"""Calls that are remembered; the oldest are forgotten, because a server may run for days."""

MOST_OF_A_CALL = 64 * 1024
"""Bytes of a request, and of an answer, of which a call keeps what was in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that was served."""

    operation: str
    """As in the model; `oidc` for the issuer; the method and path where no operation is there."""
    params: Json
    """Empty if they were too long to be kept."""
    status: int
    """HTTP status, or 0 if the connection was cut without an answer."""
    principal: str
    """The caller's ARN, or `anonymous`."""
    at: float
    """When it arrived, in seconds of `time.monotonic`."""
    told: Json | None = None
    """The result, if the client was told it whole, and it wasn't too long to be kept."""


@dataclass(slots=True)
class _Backlog:
    """The calls to be carried out late, each with how many are served before. Thread-safe."""

    _waiting: list[tuple[Exchange, int | None]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, exchange: Exchange, late: Late) -> None:
        """Let a call wait. The one that is being served at the moment is itself."""
        with self._lock:
            self._waiting.append((exchange, None if late.calls is None else late.calls + 1))

    def after_one(self) -> None:
        """A call was served: carry out what has waited for it."""
        with self._lock:
            left = [(each, None if n is None else n - 1) for each, n in self._waiting]
            self._waiting = [(each, n) for each, n in left if n != 0]
        self._carry_out(each for each, n in left if n == 0)

    def empty(self) -> None:
        """Carry out all of them."""
        with self._lock:
            due, self._waiting = self._waiting, []
        self._carry_out(each for each, _ in due)

    def _carry_out(self, due: Iterable[Exchange]) -> None:
        for exchange in due:
            # Nobody is there any more to be told of a refusal.
            with contextlib.suppress(ServiceError):
                exchange.run(lambda result: result)


class Emulator(AbstractContextManager["Emulator"]):
    """A running emulator. Start it with `Emulator.start`, as a context manager or not."""

    def __init__(self, seed: Seed, faults: Iterable[Fault], *, host: str, port: int) -> None:
        """Bind the port; `start` begins to serve."""
        self.store = seed.store
        self.identity = seed.identity
        self.calls: list[Call] = []
        """The last ones that were served."""
        self._user = seed.user
        self._faults = Faults([*seed.faults, *faults])
        self._backlog = _Backlog()
        self._server = Server(host, port, self.respond)
        self.url = self._server.url

    @classmethod
    def start(
        cls,
        *,
        seed: Path | Mapping[str, Any] | None = None,
        switches: Switches | None = None,
        faults: Iterable[Fault] = (),
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> Self:
        """Start serving; port 0 takes a free one. `switches` outrank the seed's.

        Raises SeedError, and OSError if the port is taken.
        """
        emulator = cls(plant(seed, switches), faults, host=host, port=port)
        emulator._server.start()
        return emulator

    def stop(self) -> None:
        """Stop serving and cut the connections that are still open."""
        self._server.stop()

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    @property
    def has_user(self) -> bool:
        """Tell whether the seed has a user, whose keys `environment` can give."""
        return self._user is not None

    def environment(
        self, *, user: bool = False, claims: Mapping[str, Any] | None = None
    ) -> dict[str, str]:
        """Give the environment variables with which AWS SDKs and CLIs, and a workflow run, find it.

        With `user`, the first user's keys as well; with `claims`, the run is another one, whose
        tokens say this over what the seed's say.
        """
        run = self.identity.issuer.request_token
        variables = {
            "AWS_ENDPOINT_URL_CODEARTIFACT": self.url,
            "AWS_ENDPOINT_URL_STS": self.url,
            "AWS_REGION": self.store.region,
            # botocore, and with it the AWS CLI v1, reads only this one.
            "AWS_DEFAULT_REGION": self.store.region,
            # GitHub's address has a query too, to which clients append `&audience=`.
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/_oidc/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": (
                run if claims is None else self.identity.issuer.add_run(claims)
            ),
        }
        if user:
            if self._user is None:
                raise ValueError("the seed has no user")
            variables["AWS_ACCESS_KEY_ID"] = self._user.access_key_id
            variables["AWS_SECRET_ACCESS_KEY"] = self._user.secret
        return variables

    def identity_token(self, audience: str = "sts.amazonaws.com", **claims: object) -> str:
        """Give a token as the issuer would, `claims` over everything: `exp` for an expired one."""
        return self.identity.issuer.token(audience, claims)

    def expire_sessions(self) -> None:
        """Let the credentials that STS gave out so far expire now."""
        self.identity.expire_sessions()

    def inject(self, fault: Fault) -> None:
        """Put a fault in force."""
        self._faults.add(fault)

    def clear_faults(self) -> None:
        """Take every fault out of force."""
        self._faults.clear()

    def catch_up(self) -> None:
        """Carry out now what a fault has put off (`Late`), in the order in which it arrived."""
        self._backlog.empty()

    def respond(self, request: Request) -> Sending:
        """Serve one request."""
        service = service_of(request)
        exchange = service(request, store=self.store, identity=self.identity, url=self.url)
        told: Json | None = None
        try:
            sending, told = self._serve(exchange)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told
            traceback.print_exc()
            bug = f"a bug of codeartifact_emulator: {error!r}"
            sending = exchange.error(ServiceError("InternalServerException", 500, bug))
        is_long = isinstance(sending, Answer) and len(sending.body) > MOST_OF_A_CALL
        call = Call(
            operation=exchange.name,
            params={} if len(request.body) > MOST_OF_A_CALL else exchange.params,
            status=sending.status,
            principal=exchange.principal,
            at=exchange.at,
            told=None if is_long else told,
        )
        self.calls.append(call)
        del self.calls[:-MOST_CALLS]
        self._backlog.after_one()
        return sending

    def _serve(self, exchange: Exchange) -> tuple[Sending, Json | None]:
        """Answer one request; give what is sent, and the result if it is told whole."""
        try:
            exchange.read()
        except ServiceError as error:
            return exchange.error(error), None
        effects = self._faults.strike(exchange.name, exchange.params)
        decided = happen_before(
            effects, store=self.store, expire=self.expire_sessions, reply=exchange.reply
        )
        if decided is not None:
            return decided, None
        for effect in effects:
            if isinstance(effect, Late):
                self._backlog.add(exchange, effect)
                return Cut(reset=False), None
        result: Json | None = None

        def distort(whole: Json) -> Json:
            nonlocal result
            result = distorted(whole, effects)
            return result

        try:
            answer = exchange.run(distort)
        except ServiceError as error:
            answer = exchange.error(error)
        sending = happen_after(effects, answer, store=self.store)
        return sending, result if sending is answer else None
