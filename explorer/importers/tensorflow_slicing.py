"""TensorFlow's strided slices: which positions of each axis are taken, and which axes come and go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.importers.tensorflow_graph import Operation


@dataclass(frozen=True)
class Slicing:
    """A slicing as numpy's: for each axis of the result or of the input a slice, a position, or None for a new axis."""

    index: tuple[slice | int | None, ...]

    @property
    def axes(self) -> tuple[slice | int, ...]:
        """One entry for each axis of the input."""
        return tuple(part for part in self.index if part is not None)


def read_slicing(
    operation: Operation, begin: Sequence[int], end: Sequence[int], strides: Sequence[int], *, rank: int
) -> Slicing:
    """What a ``StridedSlice`` takes of a tensor of ``rank`` axes (strided_slice_op.cc).

    :raises ValueError: when it names more axes than there are, or a stride is zero.
    """
    masks = {
        name: operation.integer(f"{name}_mask") for name in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
    }
    if not len(begin) == len(end) == len(strides):
        raise ValueError(f"{len(begin)} starts, {len(end)} ends and {len(strides)} strides")
    parts: list[slice | int | None] = []
    named = sum(1 for i in range(len(begin)) if not (masks["ellipsis"] | masks["new_axis"]) >> i & 1)
    if named > rank:
        raise ValueError(f"a slice of {named} axes, there are {rank}")
    seen_ellipsis = False
    for i, (first, last, step) in enumerate(zip(begin, end, strides, strict=True)):
        if masks["ellipsis"] >> i & 1:
            if seen_ellipsis:
                raise ValueError("two ellipses in a slice")
            seen_ellipsis = True
            parts.extend([slice(None)] * (rank - named))
        elif masks["new_axis"] >> i & 1:
            parts.append(None)
        elif masks["shrink_axis"] >> i & 1:
            parts.append(first)
        elif step == 0:
            raise ValueError("a slice with a stride of zero")
        else:
            start = None if masks["begin"] >> i & 1 else first
            stop = None if masks["end"] >> i & 1 else last
            parts.append(slice(start, stop, step))
    if not seen_ellipsis:
        parts.extend([slice(None)] * (rank - named))
    return Slicing(tuple(parts))
