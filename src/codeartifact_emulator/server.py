"""One HTTP server for CodeArtifact, STS and the OIDC issuer, in threads, on loopback.

`Emulator` ties the other modules together: what arrives is read (`wire`), may be hit by a fault
(`faults`), is signed by someone (`identity`) who may do it (`policies`), fits the model (`wire`)
and the rules (`rules`). That is also the order in which refusals win; AWS documents none.

This is not AWS and not a sandbox: it is for tests, demonstrations and trying out a workflow.
"""

import contextlib
import json
import socket
import struct
import threading
import time
import traceback
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from botocore.model import OperationModel

from . import wire
from .errors import Json, ServiceError
from .faults import (
    Delay,
    Drop,
    Effect,
    Expire,
    Fault,
    Faults,
    Meanwhile,
    Misreport,
    Omit,
    Replace,
    Reply,
    Reset,
    Truncate,
    distort,
)
from .identity import Identity, Principal, caller_identity
from .names import Place
from .rules import OPERATIONS
from .seed import plant
from .switches import Switches
from .wire import Answer, Request

Service: TypeAlias = Literal["codeartifact", "sts", "oidc"]

ANONYMOUS = "anonymous"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that was served."""

    operation: str
    """As in the model; `oidc` for the issuer; the method and path where no operation is there."""
    params: Json
    status: int
    """HTTP status, or 0 if the connection was cut without an answer."""
    principal: str
    """The caller's ARN, or `anonymous`."""
    at: float
    """When it arrived, in seconds of `time.monotonic`."""


@dataclass(frozen=True, slots=True)
class Cut:
    """No answer at all: the connection is closed, or reset."""

    reset: bool


@dataclass(frozen=True, slots=True)
class Short:
    """An answer that ends before its Content-Length."""

    answer: Answer
    keep: int


Sending: TypeAlias = Answer | Cut | Short


class Emulator:
    """A running emulator. Start it with `Emulator.start`, as a context manager or not."""

    def __init__(
        self,
        *,
        seed: Path | Mapping[str, Any] | None,
        switches: Switches | None,
        faults: Iterable[Fault],
        host: str,
        port: int,
    ) -> None:
        """Plant the seed and bind the port; `start` begins to serve."""
        planted = plant(seed, switches)
        self.store = planted.store
        self.identity: Identity = planted.identity
        self.calls: list[Call] = []
        self._user = planted.user
        self._faults = Faults([*planted.faults, *faults])
        self._server = _Server((host, port), self)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

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
        emulator = cls(seed=seed, switches=switches, faults=faults, host=host, port=port)
        emulator._thread.start()
        return emulator

    def stop(self) -> None:
        """Stop serving and cut the connections that are still open."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.cut_all()

    def __enter__(self) -> Self:
        """Serve until the block ends."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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

    def respond(self, request: Request) -> Sending:
        """Serve one request."""
        exchange = _Exchange(request, at=time.monotonic())
        try:
            sending = self._serve(exchange)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told
            traceback.print_exc()
            bug = f"a bug of codeartifact_emulator: {error!r}"
            sending = exchange.error(ServiceError("InternalServerException", 500, bug))
        match sending:
            case Cut():
                status = 0
            case Short(answer=answer):
                status = answer.status
            case Answer():
                status = sending.status
        call = Call(
            operation=exchange.name,
            params=exchange.params,
            status=status,
            principal=exchange.principal,
            at=exchange.at,
        )
        self.calls.append(call)
        return sending

    def _serve(self, exchange: "_Exchange") -> Sending:
        try:
            exchange.read()
        except ServiceError as error:
            return exchange.error(error)
        effects = self._faults.strike(exchange.name, exchange.params)
        decided = self._before(effects, exchange)
        if decided is not None:
            return decided
        try:
            answer = self._run(exchange, effects)
        except ServiceError as error:
            answer = exchange.error(error)
        return self._after(effects, answer)

    def _before(self, effects: Iterable[Effect], exchange: "_Exchange") -> Sending | None:
        """Let happen what happens before the operation; give what is sent in its place, if so."""
        decided: Sending | None = None
        for effect in effects:
            match effect:
                case Delay():
                    time.sleep(effect.seconds)
                case Expire():
                    self.expire_sessions()
                case Meanwhile(before=before) if before is not None:
                    before(self.store)
                case Reset() if decided is None:
                    decided = Cut(reset=True)
                case Reply() if decided is None:
                    decided = exchange.reply(effect)
                case _:
                    pass
        return decided

    def _after(self, effects: Iterable[Effect], answer: Answer) -> Sending:
        for effect in effects:
            match effect:
                case Meanwhile(after=after) if after is not None:
                    after(self.store)
                case _:
                    pass
        for effect in effects:
            match effect:
                case Drop():
                    return Cut(reset=False)
                case Truncate(announced=True):
                    return Short(answer, effect.keep)
                case Truncate():
                    return replace(answer, body=answer.body[: effect.keep])
                case Replace():
                    return replace(answer, body=effect.body.encode())
                case _:
                    pass
        return answer

    def _run(self, exchange: "_Exchange", effects: Iterable[Effect]) -> Answer:
        if exchange.operation is None:
            return self.identity.issuer.answer(exchange.request, f"{self.url}/_oidc")
        if exchange.service == "sts":
            return exchange.answer(self._sts(exchange, exchange.operation))
        result = self._codeartifact(exchange, exchange.operation)
        for effect in effects:
            if isinstance(effect, Omit | Misreport):
                result = distort(result, effect)
        return exchange.answer(result)

    def _codeartifact(self, exchange: "_Exchange", operation: OperationModel) -> Json:
        principal = self.identity.authenticate(exchange.request, "codeartifact")
        exchange.principal = principal.arn
        params = {"domainOwner": principal.account, **exchange.params}
        place, others = wire.arguments(params)
        self._authorize(principal, operation.name, place, others.get("source_repository"))
        wire.check(operation, params)
        return OPERATIONS[operation.name](self.store, place, **others)

    def _authorize(
        self, principal: Principal, operation: str, place: Place, source: str | None
    ) -> None:
        """Check the action on the package, and for a copy the right to read its source.

        UG copy-package; Service Authorization Reference, AWS CodeArtifact.
        """
        account = f"{self.store.region}:{place.domain_owner}"
        prefix = f"arn:{principal.partition}:codeartifact:{account}"
        self.identity.authorize(
            principal, f"codeartifact:{operation}", f"{prefix}:package/{place.path}"
        )
        if operation == "CopyPackageVersions":
            repository = f"{prefix}:repository/{place.domain}/{source or ''}"
            self.identity.authorize(principal, "codeartifact:ReadFromRepository", repository)

    def _sts(self, exchange: "_Exchange", operation: OperationModel) -> Json:
        principal = None
        if operation.name != "AssumeRoleWithWebIdentity":
            principal = self.identity.authenticate(exchange.request, "sts")
            exchange.principal = principal.arn
        wire.check(operation, exchange.params)
        if principal is None:
            return self.identity.assume_role_with_web_identity(exchange.params)
        if operation.name == "AssumeRole":
            return self.identity.assume_role(principal, exchange.params)
        return caller_identity(principal)


class _Exchange:
    """A request on its way to an answer, in the protocol of the service it is for."""

    def __init__(self, request: Request, *, at: float) -> None:
        self.request = request
        self.at = at
        self.name = f"{request.method} {request.path}"
        self.params: Json = {}
        self.principal = ANONYMOUS
        self.operation: OperationModel | None = None
        self.request_id = str(uuid.uuid4())
        self.service: Service = "codeartifact"
        if request.path.startswith("/_oidc/"):
            self.service = "oidc"
        elif request.path == "/":
            self.service = "sts"

    def read(self) -> None:
        """Find the operation and its parameters. Raises ServiceError."""
        match self.service:
            case "oidc":
                self.name = "oidc"
                self.params = dict(parse_qsl(self.request.query, keep_blank_values=True))
            case "sts":
                form = wire.read_form(self.request)
                self.operation = wire.sts_operation(form)
                self.name = self.operation.name
                self.params = wire.read_query_protocol(self.operation, form)
            case "codeartifact":
                self.operation = wire.codeartifact_operation(
                    self.request.method, self.request.path, OPERATIONS
                )
                self.name = self.operation.name
                self.params = wire.read_rest(self.operation, self.request)

    def answer(self, result: Json) -> Answer:
        """Write a result."""
        if self.service == "sts" and self.operation is not None:
            return wire.xml_answer(self.operation, result, self.request_id)
        return wire.json_answer(result, self.request_id)

    def error(self, error: ServiceError) -> Answer:
        """Write a refusal. STS has a name of its own for what the model does not allow."""
        if self.service != "sts":
            return wire.json_error(error, self.request_id)
        if error.code == "ValidationException":
            error = ServiceError("ValidationError", error.http_status, error.message)
        return wire.xml_error(error, self.request_id)

    def reply(self, effect: Reply) -> Answer:
        """Write the answer that a fault gives in the service's place."""
        headers = dict(effect.headers)
        if effect.code is not None:
            answer = self.error(ServiceError(effect.code, effect.status, effect.message))
            return replace(answer, headers={**answer.headers, **headers})
        body = effect.body
        if body is None:
            body = json.dumps({"message": effect.message}) if effect.message else ""
        headers.setdefault("Content-Type", "text/html" if "<" in body else "application/json")
        return Answer(status=effect.status, body=body.encode(), headers=headers)


class _Server(ThreadingHTTPServer):
    """Threads that do not outlive the process, and connections that do not outlive the server."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], emulator: Emulator) -> None:
        self.emulator = emulator
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Bind without looking up the host's name, which can take seconds."""
        if self.allow_reuse_address:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def keep(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)

    def forget(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def cut_all(self) -> None:
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that hung up; a test may have killed it."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.keep(self.connection)

    def finish(self) -> None:
        self.server.forget(self.connection)
        super().finish()

    def _serve(self) -> None:
        if self.headers.get("Transfer-Encoding"):
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
            return
        length = int(self.headers.get("Content-Length") or 0)
        split = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=split.path,
            query=split.query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length) if length else b"",
        )
        match self.server.emulator.respond(request):
            case Cut(reset=reset):
                if reset:
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                self.close_connection = True
            case Short(answer=answer, keep=keep):
                self._send(answer, answer.body[:keep])
                self.close_connection = True
            case Answer() as answer:
                self._send(answer, answer.body)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve  # noqa: N815 - the base's names

    def _send(self, answer: Answer, body: bytes) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def version_string(self) -> str:
        return "codeartifact_emulator"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Stay quiet: `Emulator.calls` has it all."""
