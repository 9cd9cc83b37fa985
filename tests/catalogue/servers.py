"""A server of the web that does to a file what servers do: whole, in parts, not at all, or wrongly."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Behaviour = Callable[["Visit"], None]


class Visit(BaseHTTPRequestHandler):
    """One request, answered as the server's behaviour has it."""

    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.web.asked.append((self.path, self.headers.get("Range"), self.headers.get("If-Range")))
        self.close_connection = True
        self.server.web.behave(self)

    def log_message(self, format: str, *args: object) -> None:
        pass

    @property
    def offset(self) -> int:
        """Where the request wants the bytes to begin."""
        return int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))

    def head(self, status: int = 200, **headers: object) -> None:
        """Status and headers, of which underscores are hyphens."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def part(self, content: bytes, most: int | None = None, **headers: object) -> None:
        """What a good server sends, from where it was asked for; ``most`` bytes of it, and then the line is cut."""
        rest = content[self.offset :]
        span = {"Content_Range": f"bytes {self.offset}-{len(content) - 1}/{len(content)}"} if self.offset else {}
        self.head(206 if self.offset else 200, Content_Length=len(rest), Accept_Ranges="bytes", **span, **headers)
        self.wfile.write(rest[:most])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    web: Web

    def handle_error(self, request: object, client_address: object) -> None:
        """A person who leaves in the middle is no mistake of the server."""


@dataclass
class Web:
    """A running server: its address, how it behaves, and what it was asked for (path, Range, If-Range)."""

    address: str
    behave: Behaviour
    over: threading.Event
    asked: list[tuple[str, str | None, str | None]] = field(default_factory=list)


@contextmanager
def serving(behave: Behaviour) -> Iterator[Web]:
    """A server on this machine while the block runs; who waits in it for ``over`` is let go at its end."""
    server = _Server(("127.0.0.1", 0), Visit)
    server.web = web = Web(f"http://127.0.0.1:{server.server_port}/file", behave, threading.Event())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield web
    finally:
        web.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def nobody() -> str:
    """An address of this machine where nobody listens."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Visit)
    address = f"http://127.0.0.1:{server.server_port}/file"
    server.server_close()
    return address
