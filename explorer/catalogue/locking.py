"""One fetch at a time for the same file, in whatever process: a lock that the system takes back when that one dies."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from explorer.errors import PortsideError
from explorer.running.cancellation import Cancel, Cancelled

PAUSE = 0.05
"""Seconds between two looks at a lock that another holds."""

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(path: Path, cancelled: Cancel) -> Iterator[None]:
    """Hold the lock file ``path`` while the block runs; it is gone afterwards.

    :raises Cancelled: while another holds it.
    :raises PortsideError: when it can't be written.
    """
    while (descriptor := _try(path)) is None:
        if cancelled():
            raise Cancelled
        time.sleep(PAUSE)
    try:
        yield
    finally:
        # Still held where the system lets a file go that is open; whoever waited for it then finds another, or none.
        with suppress(OSError):
            path.unlink()
        os.close(descriptor)
        if sys.platform == "win32":
            with suppress(OSError):
                path.unlink()


def _try(path: Path) -> int | None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise PortsideError(f"can't be written ({error.strerror or error})", file=path) from None
    try:
        _take(descriptor)
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
    except (BlockingIOError, PermissionError, FileNotFoundError):
        # Held by another, or gone with the one who held it.
        pass
    except OSError as error:
        os.close(descriptor)
        raise PortsideError(f"can't be locked ({error.strerror or error})", file=path) from None
    os.close(descriptor)
    return None
