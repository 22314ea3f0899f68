"""A forward proxy like a company's: CONNECT and absolute-form, on loopback.

It knows the hosts that it leads to and no others: names that nobody resolves, so that what doesn't
go by the proxy arrives nowhere.
"""

import base64
import contextlib
import http.client
import select
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

Address = tuple[str, int]


class Proxy(ThreadingHTTPServer):
    """A running proxy; ``asked`` has what it was asked for, as it stands in the first line."""

    daemon_threads = True
    block_on_close = False

    def __init__(
        self, hosts: Mapping[str, Address], *, password: str | None, refusal: int | None
    ) -> None:
        """Bind; ``hosts`` are those that can be reached, all others with a 502."""
        self.hosts, self.refusal = hosts, refusal
        self.asked: list[str] = []
        self.wanted = None
        if password is not None:
            self.wanted = "Basic " + base64.b64encode(f"release:{password}".encode()).decode()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def place(self) -> str:
        """Its host and port."""
        return f"127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        """Its address, for who needs no password."""
        return f"http://{self.place}"

    def handle_error(self, *_: object) -> None:
        """A client that doesn't trust what it is led to hangs up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def _may(self, host: str) -> Address | None:
        """Where a host is, unless there is a reason to refuse, which is told."""
        self.server.asked.append(f"{self.command} {self.path}")
        status = self.server.refusal
        if self.server.wanted not in {None, self.headers.get("Proxy-Authorization")}:
            status = 407
        elif status is None and host not in self.server.hosts:
            status = 502
        if status is None:
            return self.server.hosts[host]
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def do_CONNECT(self) -> None:
        address = self._may(self.path.rpartition(":")[0])
        if address is None:
            return
        with socket.create_connection(address) as there:
            self.send_response(200)
            self.end_headers()
            self.close_connection = True
            ends = {self.connection: there, there: self.connection}
            with contextlib.suppress(OSError):
                while True:
                    for end in select.select(list(ends), [], [])[0]:
                        if not (data := end.recv(65536)):
                            return
                        ends[end].sendall(data)

    def _forward(self) -> None:
        parts = urlsplit(self.path)
        address = self._may(parts.hostname or "")
        if address is None:
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in self.headers.items() if "proxy" not in name}
        there = http.client.HTTPConnection(*address)
        there.request(self.command, f"{parts.path}?{parts.query}", body, headers)
        answer = there.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        there.close()

    do_GET = do_POST = do_PUT = do_DELETE = _forward  # noqa: N815 - the base's names

    def log_message(self, *_: object) -> None:
        """Stay quiet: ``Proxy.asked`` has it all."""


@contextlib.contextmanager
def proxy_to(
    hosts: Mapping[str, Address],
    *,
    password: str | None = None,
    refusal: int | None = None,
    certificate: tuple[str, str] | None = None,
) -> Iterator[Proxy]:
    """A proxy to these hosts; with a ``certificate`` and its key, one that is asked by TLS.

    It wants a ``password`` of the user ``release``, or answers all with a ``refusal``, a status.
    """
    server = Proxy(hosts, password=password, refusal=refusal)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    )
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
