"""The header of a NumPy array file, and which arrays are read at all."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np

from explorer.errors import PortsideError


def read_header(stream: IO[bytes], name: str, path: Path) -> tuple[tuple[int, ...], np.dtype[Any], bool]:
    """Shape, type and whether the order is Fortran's, of the array ``name`` in the file ``path``.

    :raises PortsideError: when it is no array, or holds Python objects.
    """
    try:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(stream)
    except (
        ValueError,
        EOFError,
        OSError,
        RuntimeError,
        zipfile.BadZipFile,
        zlib.error,
        SyntaxError,
    ) as error:
        raise PortsideError(f"'{name}' is not an array ({error})", file=path) from None
    if dtype.hasobject:
        raise PortsideError(f"'{name}' holds Python objects, which are never read", file=path)
    return shape, dtype, fortran


def check_numbers(dtype: np.dtype[Any], name: str, path: Path) -> None:
    """Check that an array holds numbers.

    :raises PortsideError: naming what it holds.
    """
    if dtype.kind not in "fiub":
        raise PortsideError(f"'{name}' holds {dtype}, not numbers", file=path)
