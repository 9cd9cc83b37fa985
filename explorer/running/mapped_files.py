"""Weights that lie in mapped files: pages that were read and copied need not stay in memory."""

from __future__ import annotations

import mmap
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import onnx_ir as ir

MOST_STEPS = 16
"""Views of views of a file; more is no file."""


def release_pages(tensors: Iterable[ir.TensorProtocol | None]) -> None:
    """Let the system forget the pages of the files that ``tensors`` lie in, as their values were copied.

    Whoever reads them again gets them from the file.
    """
    if not hasattr(mmap, "MADV_DONTNEED"):
        return
    found = (_file_of(getattr(tensor, "raw", None)) for tensor in tensors)
    for file in {id(file): file for file in found if file is not None}.values():
        file.madvise(mmap.MADV_DONTNEED)


def _file_of(array: Any) -> mmap.mmap | None:
    """The mapped file, opened to be read, that an array is a view of."""
    held = array
    for _ in range(MOST_STEPS):
        if isinstance(held, mmap.mmap):
            with memoryview(held) as view:
                return held if view.readonly else None
        held = held.obj if isinstance(held, memoryview) else getattr(held, "base", None)
        if held is None:
            return None
    return None
