"""One fetch at a time for the same file, in whatever process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from explorer.errors import PortsideError
from explorer.file_lock import FileLock, hold_file
from explorer.running.cancellation import Cancel, Cancelled

PAUSE = 0.05
"""Seconds between two looks at a lock that another holds."""


@contextmanager
def locked(path: Path, cancelled: Cancel) -> Iterator[None]:
    """Hold the lock file ``path`` while the block runs; it is gone afterwards.

    :raises Cancelled: while another holds it.
    :raises PortsideError: when it can't be written or held.
    """
    while (lock := _hold(path)) is None:
        if cancelled():
            raise Cancelled
        time.sleep(PAUSE)
    try:
        yield
    finally:
        lock.release(remove=True)


def _hold(path: Path) -> FileLock | None:
    try:
        return hold_file(path)
    except OSError as error:
        raise PortsideError(f"can't be written and locked ({error.strerror or error})", file=path) from None
