"""One file from one address into a ``.part`` file, going on from where an earlier transfer broke off."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, BinaryIO, Literal
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from explorer.catalogue.entry import CatalogueFile
from explorer.catalogue.stream import Answer, StalledError, Stream
from explorer.errors import PortsideError
from explorer.running.cancellation import Cancel

PARTIAL, NOT_SATISFIABLE = 206, 416


class TransferError(Exception):
    """Why an address gave nothing, in a few words that follow its host's name.

    ``offline``: nobody was reached at all. ``broke_off``: asking the same address again may bring the rest.
    """

    def __init__(self, reason: str, *, offline: bool = False, broke_off: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.offline, self.broke_off = reason, offline, broke_off


@dataclass(frozen=True)
class Part:
    """What has come of a file: ``path``, and beside it which version of which address that is."""

    path: Path

    @property
    def have(self) -> int:
        """Bytes that are here."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def version(self, address: str) -> str | None:
        """The server's own name (a strong ETag) of what came from that address."""
        noted = read_note(self._note)
        if noted.get("address") == address and isinstance(noted.get("etag"), str):
            return str(noted["etag"])
        return None

    def note(self, address: str, answer: Answer) -> None:
        """Keep the server's name of what comes now."""
        etag = answer.headers.get("etag", "")
        self._note.unlink(missing_ok=True)
        if etag.startswith('"') and etag.isascii() and etag.isprintable():
            self._note.write_text(json.dumps({"address": address, "etag": etag}), "utf-8")

    def drop(self) -> None:
        """Begin again from nothing."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    @property
    def _note(self) -> Path:
        return self.path.with_suffix(".json")


def read_note(path: Path) -> Mapping[str, Any]:
    """What was noted beside a file; nothing where that is damaged or not there."""
    with suppress(OSError, ValueError, RecursionError):
        noted = json.loads(path.read_text("utf-8"))
        return noted if isinstance(noted, dict) else {}
    return {}


def transfer(
    file: CatalogueFile,
    address: str,
    part: Part,
    *,
    stall: float,
    progress: Callable[[int], None],
    cancelled: Cancel,
) -> None:
    """Bring ``part`` to the whole size of ``file``; ``progress`` is told how many bytes are here.

    Nothing stays of a transfer that can't be gone on with: where the server takes no ranges, or sends something else.

    :raises TransferError: when the address does not give bytes of that size.
    :raises Cancelled: at once, also while the server is silent.
    """
    if part.have > file.size:
        part.drop()
    if part.have == file.size:
        return
    reading = _Reading(resumable=part.have > 0)
    try:
        with Stream(address, _asked(part, address), stall, cancelled) as stream:
            answer = stream.answer()
            start = _start(file, part, answer)
            reading.began = True
            reading.resumable = answer.status == PARTIAL or answer.headers.get("accept-ranges", "").lower() == "bytes"
            if start == 0:
                part.note(address, answer)
            _write(file, part, stream, start, progress)
        if part.have < file.size:
            raise TransferError(f"broke off after {part.have} of {file.size} bytes", broke_off=reading.resumable)
    except (StalledError, OSError, HTTPException, ValueError) as error:
        if isinstance(error, HTTPError) and error.code == NOT_SATISFIABLE and part.have:
            part.drop()
            raise TransferError("has no such part of the file", broke_off=True) from None
        raise _told(error, stall, reading) from None
    finally:
        if part.have < file.size and not reading.resumable:
            part.drop()


@dataclass
class _Reading:
    """How far a request is: whether its bytes have begun, and whether what is here can be gone on with."""

    resumable: bool
    began: bool = False


def host(address: str) -> str:
    """The name that a person knows an address by."""
    return urlsplit(address).netloc


def _asked(part: Part, address: str) -> dict[str, str]:
    if not part.have:
        return {}
    version = part.version(address)
    asked = {"Range": f"bytes={part.have}-"}
    # Without the server's word that it is the same version the sizes, and in the end the hash, must tell.
    return asked if version is None else {**asked, "If-Range": version}


def _start(file: CatalogueFile, part: Part, answer: Answer) -> int:
    """Where in the file the bytes begin that come now.

    :raises TransferError: when they are not of a file of that size.
    """
    headers = answer.headers
    if headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise TransferError(f"sends it as {headers['content-encoding']}, which was not asked for")
    if "text/html" in headers.get("content-type", "").lower():
        raise TransferError("sends a web page in its place")
    start = 0
    if answer.status == PARTIAL:
        start = part.have
        wanted = f"bytes {start}-{file.size - 1}/"
        given = headers.get("content-range", "")
        if start == 0 or given not in (f"{wanted}{file.size}", f"{wanted}*"):
            part.drop()
            raise TransferError("sends another part than was asked for, or of another file", broke_off=start > 0)
    elif answer.status != 200:
        raise TransferError(f"answers {answer.status} instead of the file")
    length = headers.get("content-length")
    if length is not None and length != str(file.size - start):
        raise TransferError(f"has {length} bytes, the catalogue says {file.size - start}")
    return start


def _write(file: CatalogueFile, part: Part, stream: Stream, start: int, progress: Callable[[int], None]) -> None:
    with _opened(part.path, "ab" if start else "wb") as out:
        have = start
        progress(have)
        try:
            for chunk in stream.chunks():
                have += len(chunk)
                if have > file.size:
                    part.drop()
                    raise TransferError(f"sends more than the {file.size} bytes of the catalogue")
                _put(out, chunk, part.path)
                progress(have)
        except StalledError:
            # A connection that stays open after the last byte keeps nobody from it.
            if have < file.size:
                raise


def _opened(path: Path, mode: Literal["ab", "wb"]) -> BinaryIO:
    try:
        return path.open(mode)
    except OSError as error:
        raise PortsideError(f"can't be written ({error.strerror or error})", file=path) from None


def _put(out: BinaryIO, chunk: bytes, path: Path) -> None:
    # Flushed, so that a full disk is not taken for the server's fault, and a resumed transfer counts what is there.
    try:
        out.write(chunk)
        out.flush()
    except OSError as error:
        raise PortsideError(f"can't be written ({error.strerror or error})", file=path) from None


def _told(error: Exception, stall: float, reading: _Reading) -> TransferError:
    if isinstance(error, HTTPError):
        if "infinite loop" in str(error.reason):
            return TransferError("redirects in a circle")
        return TransferError(f"answers {error.code} {error.reason}".strip())
    cause = error.reason if isinstance(error, URLError) else error
    broke_off = reading.began and reading.resumable
    if isinstance(cause, StalledError | TimeoutError):
        return TransferError(f"sent nothing for {stall:g} s", offline=not reading.began, broke_off=broke_off)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return TransferError(f"can't prove who it is ({cause.verify_message})")
    if isinstance(cause, socket.gaierror):
        return TransferError("is not known here", offline=True)
    text = (cause.strerror if isinstance(cause, OSError) else None) or str(cause) or type(cause).__name__
    if isinstance(cause, OSError) and isinstance(error, URLError):
        return TransferError(f"can't be reached ({text})", offline=True)
    return TransferError(f"broke off ({text})", broke_off=broke_off)
