"""HTTP on a socket: a thread for each connection, requests in, answers out, whole or cut short.

Nothing here knows a service, or what a request means.
"""

import contextlib
import ipaddress
import re
import socket
import struct
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from .messages import Answer, Cut, Request, Sending

#: Bytes of a body that are read; nothing is known of who sends it yet.
MAX_BODY = 32 * 1024 * 1024

#: SO_LINGER on, for no seconds: closing resets the connection.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Server(ThreadingHTTPServer):
    """Threads that do not outlive the process, and connections that do not outlive the server."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, host: str, port: int, respond: Callable[[Request], Sending]) -> None:
        """Bind; `start` begins to serve. Raises OSError if the port is taken."""
        self.respond = respond
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), _Handler)
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{self.server_port}"
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    def is_meant(self, host: str) -> bool:
        """Tell whether a Host header may name this server.

        On loopback it must be a loopback name: a web page can have its own name resolved to
        127.0.0.1, and would drive the emulator from a browser (DNS rebinding).
        """
        if not _is_loopback(str(self.server_address[0])):
            return True
        return _is_loopback(urlsplit(f"//{host}").hostname or "")

    def start(self) -> None:
        """Serve, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and cut the connections that are still open."""
        self.shutdown()
        self._thread.join()
        self.server_close()
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def server_bind(self) -> None:
        """Bind without looking up the host's name, which can take seconds."""
        if self.allow_reuse_address:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection to its end."""
        with self._lock:
            self._open.add(request)
        super().process_request_thread(request, client_address)
        with self._lock:
            self._open.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that hung up; a test may have killed it."""


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def _serve(self) -> None:
        if self.headers.get("Transfer-Encoding"):
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
            return
        if not self.server.is_meant(self.headers.get("Host", "")):
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return
        said = self.headers.get("Content-Length") or "0"
        if not re.fullmatch("[0-9]{1,15}", said) or int(said) > MAX_BODY:
            # What is not read would be taken for the next request.
            self.close_connection = True
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        length = int(said)
        split = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=split.path,
            query=split.query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length) if length else b"",
            peer=self.client_address[0],
        )
        match self.server.respond(request):
            case Cut(reset=reset):
                if reset:
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                self.close_connection = True
            case Answer() as answer:
                self._send(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve  # noqa: N815 - the base's names

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[: answer.keep])
        self.wfile.flush()
        if answer.keep is not None:
            self.close_connection = True

    def version_string(self) -> str:
        return "codeartifact_emulator"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Stay quiet: `Emulator.calls` has it all."""
