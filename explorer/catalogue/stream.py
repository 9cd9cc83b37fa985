"""An address of the web → its answer and its bytes, read in a thread so that a person need never wait to stop it."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from explorer import __version__
from explorer.catalogue.reading import SCHEMES
from explorer.running.cancellation import Cancel, Cancelled

CHUNK = 1 << 16
QUEUED = 16
"""Chunks that wait to be written: a disk that is slow must not fill the memory."""

LOOK = 0.05
"""Seconds between two looks at whether the person has cancelled."""


class StalledError(Exception):
    """Nothing has come for as long as one waits."""


@dataclass(frozen=True)
class Answer:
    """What a server said before the bytes: the status and the headers, whose names are in small letters."""

    status: int
    headers: Mapping[str, str]


class Stream:
    """One request; ``answer`` and ``chunks`` give what has come of it, and closing it leaves the rest.

    Both raise :class:`Cancelled`, :class:`StalledError`, and whatever the request itself came to grief with
    (``OSError``, among them urllib's own errors, ``HTTPException``, ``ValueError``).
    """

    def __init__(self, address: str, headers: Mapping[str, str], stall: float, cancelled: Cancel) -> None:
        self._stall, self._cancelled = stall, cancelled
        self._events: queue.Queue[Answer | bytes | Exception] = queue.Queue(QUEUED)
        self._left = threading.Event()
        usual = {"User-Agent": f"portside/{__version__}", "Accept-Encoding": "identity"}
        request = Request(address, headers={**usual, **headers})
        # A daemon: where a server is deaf, the program may end before the system gives the connection up.
        threading.Thread(target=self._work, args=(request,), name=f"fetch {address}", daemon=True).start()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()

    def answer(self) -> Answer:
        """The server's answer, after any redirections."""
        event = self._next()
        assert isinstance(event, Answer), "the answer stands before the bytes"
        return event

    def chunks(self) -> Iterator[bytes]:
        """The bytes as they come, until the server ends them."""
        while True:
            event = self._next()
            assert isinstance(event, bytes), "there is one answer"
            if not event:
                return
            yield event

    def _next(self) -> Answer | bytes:
        waited_since = time.monotonic()
        while True:
            if self._cancelled():
                raise Cancelled
            try:
                event = self._events.get(timeout=min(LOOK, self._stall))
            except queue.Empty:
                if time.monotonic() - waited_since >= self._stall:
                    raise StalledError from None
                continue
            if isinstance(event, TimeoutError):
                raise StalledError from None
            if isinstance(event, Exception):
                raise event
            return event

    def _work(self, request: Request) -> None:
        try:
            with _opener().open(request, timeout=self._stall) as response:
                assert isinstance(response, HTTPResponse)
                headers = {name.lower(): value for name, value in response.getheaders()}
                going_on = self._put(Answer(response.status, headers))
                while going_on:
                    # read() would wait for the whole chunk, and a server that drips would not be heard till then.
                    chunk = response.read1(CHUNK)
                    going_on = self._put(chunk) and bool(chunk)
        except HTTPError as error:
            error.close()
            self._put(error)
        except (OSError, HTTPException, ValueError) as error:
            self._put(error)

    def _put(self, event: Answer | bytes | Exception) -> bool:
        while not self._left.is_set():
            with suppress(queue.Full):
                self._events.put(event, timeout=LOOK)
                return True
        return False


class _Redirects(HTTPRedirectHandler):
    """Follows to other pages of the web, and nowhere else: urllib would go to ftp as well."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if urlsplit(newurl).scheme not in SCHEMES:
            fp.close()
            raise URLError(f"it leads to '{newurl}', which is no address of the web")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> OpenerDirector:
    # Not urllib's usual one, which opens files of this machine and ftp too.
    opener = OpenerDirector()
    for handler in (
        ProxyHandler(),
        HTTPHandler(),
        HTTPSHandler(),
        HTTPDefaultErrorHandler(),
        _Redirects(),
        HTTPErrorProcessor(),
        UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener
