"""One named member out of an archive, and nothing else of it."""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path

from explorer.errors import PortsideError
from explorer.running.cancellation import Cancel, Cancelled

CHUNK = 1 << 20

LARGEST = 8
"""A member may be as many times larger than its archive: weights hardly shrink, bombs do."""

MOST_MEMBERS = 1000


def unpack_member(
    archive: Path,
    member: str,
    target: Path,
    *,
    free: Callable[[Path], int],
    cancelled: Cancel,
) -> None:
    """Write what the ``.tar.gz`` file holds under that path into ``target``.

    Links, devices and every other member stay packed, and no path of the archive is ever used on this machine.

    :raises PortsideError: when it is no such archive, holds no such file, one that is far larger than the archive, or
        more than there is room for.
    :raises Cancelled: between two pieces.
    """
    limit = LARGEST * archive.stat().st_size
    try:
        with _Watched(archive, cancelled) as raw, tarfile.open(fileobj=raw, mode="r|gz") as tar:
            for number, info in enumerate(tar):
                if _plain(info.name) != _plain(member):
                    if number == MOST_MEMBERS or info.offset_data + info.size > limit:
                        break
                    continue
                if not info.isreg() or info.issparse():
                    raise PortsideError(f"'{member}' in the archive is no plain file")
                if info.size > limit:
                    raise PortsideError(f"'{member}' would unpack to {info.size} bytes, more than weights ever do")
                if info.size > free(target.parent):
                    raise PortsideError(f"'{member}' unpacks to {info.size} bytes, for which there is no room")
                _copy(tar, info, target, cancelled)
                return
    except (tarfile.TarError, zlib.error, EOFError) as error:
        raise PortsideError(f"not an archive that can be unpacked ({error})") from None
    raise PortsideError(f"the archive holds no '{member}'")


def _copy(tar: tarfile.TarFile, info: tarfile.TarInfo, target: Path, cancelled: Cancel) -> None:
    source = tar.extractfile(info)
    assert source is not None, "a plain file has content"
    left = info.size
    with target.open("wb") as out:
        while left:
            if cancelled():
                raise Cancelled
            piece = source.read(min(CHUNK, left))
            if not piece:
                raise EOFError("it ends in the middle of a file")
            out.write(piece)
            left -= len(piece)


def _plain(name: str) -> str:
    return name.removeprefix("./")


class _Watched(io.BufferedReader):
    """The archive's bytes as tarfile asks for them, so that skipping a large member can be cancelled too."""

    def __init__(self, path: Path, cancelled: Cancel) -> None:
        super().__init__(io.FileIO(path))
        self._cancelled = cancelled

    def read(self, size: int | None = -1, /) -> bytes:
        if self._cancelled():
            raise Cancelled
        return super().read(size)
