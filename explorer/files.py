"""Output files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from explorer.errors import PortsideError


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """A temporary path beside ``path``, which takes its place when the block ends well and vanishes when it doesn't.

    :raises PortsideError: when the folder doesn't exist or can't be written.
    """
    path = Path(path)
    if path.is_dir():
        raise PortsideError("is a folder, not a file to write", file=path)
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
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
