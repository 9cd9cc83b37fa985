"""Files that are there to be read, and files that appear whole or not at all."""

from __future__ import annotations

import errno
import mmap
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import IO

from explorer.errors import PortsideError

CHUNK = 1 << 22


def check_file(path: Path) -> None:
    """Check that a file to read is one.

    :raises PortsideError: when there is none, or it is a folder, a device or a pipe, or empty, or may not be looked at.
    """
    try:
        mode = path.stat().st_mode
        empty = path.stat().st_size == 0
    except (FileNotFoundError, NotADirectoryError):
        raise PortsideError("there is no such file", file=path) from None
    except (OSError, ValueError) as error:
        raise PortsideError(f"can't be read ({getattr(error, 'strerror', None) or error})", file=path) from None
    if stat.S_ISDIR(mode):
        raise PortsideError("is a folder, wanted is a file", file=path)
    if not stat.S_ISREG(mode):
        kind = "a pipe" if stat.S_ISFIFO(mode) else "a socket" if stat.S_ISSOCK(mode) else "a device"
        raise PortsideError(f"is {kind}, wanted is a file", file=path)
    if empty:
        raise PortsideError("the file is empty", file=path)


_HOLDING: ContextVar[bool] = ContextVar("holding", default=False)


@contextmanager
def holding_files() -> Iterator[None]:
    """Within it, in this thread, what :func:`map_held` maps stays as it is: for a program that stays open.

    A command is over before anybody writes its files anew, and copying would take longer than reading does.
    """
    before = _HOLDING.set(True)
    try:
        yield
    finally:
        _HOLDING.reset(before)


def map_held(file: IO[bytes]) -> mmap.mmap:
    """Map the content that an open file has now, read-only; within :func:`holding_files` it stays as it is.

    Who writes a network anew mostly cuts its file to nothing first. Of a file that is mapped itself the pages are gone
    then, and whoever looks at them ends by a bus error; or they hold half of another network. So what is mapped is a
    copy that has no name. It is in no memory either, but where the folder for temporary files is; without room there,
    the file itself is mapped.

    :raises OSError, ValueError: when the file can't be read, or is empty.
    """
    if sys.platform == "win32" or not _HOLDING.get():
        # On Windows what is mapped can't be cut.
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        with tempfile.TemporaryFile(prefix="portside-") as copy:
            shutil.copyfileobj(file, copy, CHUNK)
            copy.flush()
            return mmap.mmap(copy.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """A temporary path beside ``path``, which takes its place when the block ends well and vanishes when it doesn't.

    :raises PortsideError: when the folder doesn't exist or can't be written.
    """
    path = Path(path)
    if path.is_dir():
        raise PortsideError("is a folder, not a file to write", file=path)
    try:
        descriptor, name = tempfile.mkstemp(prefix=".portside-", suffix=path.suffix, dir=path.parent)
    except OSError as error:
        raise PortsideError(f"can't be written ({error.strerror})", file=path) from None
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp's files are private; the result is an ordinary one.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except OSError as error:
        raise PortsideError(f"can't be written ({error.strerror or error})", file=path) from None
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
