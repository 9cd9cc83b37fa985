"""A file that one process at a time holds: the system lets go of it when the process ends, however it ends."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path


class FileLock:
    """Held from :func:`hold_file` until :meth:`release`, or the end of the process."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor: int | None = descriptor

    def release(self, *, remove: bool = False) -> None:
        """Let go of the file, and remove it where that is asked for."""
        if self._descriptor is None:
            return
        if remove and sys.platform != "win32":
            # While it is held, so that nobody else holds a file that is gone.
            self._unlink()
        os.close(self._descriptor)
        self._descriptor = None
        if remove and sys.platform == "win32":
            # Windows does not remove what is open.
            self._unlink()

    def _unlink(self) -> None:
        with suppress(OSError):
            self.path.unlink()


def hold_file(path: Path) -> FileLock | None:
    """Hold the file, which is made where it is not there; None while somebody else holds it, or has just removed it.

    :raises OSError: when it can't be made, or can't be held at all.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return FileLock(path, descriptor)
    except (BlockingIOError, PermissionError, FileNotFoundError):
        # Held by another, or gone with the one who held it.
        pass
    except OSError:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None
