"""An array of any rank → the maps that can be looked at: channels × height × width."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.running.activations import Array


@dataclass(frozen=True, eq=False)
class Maps:
    """The maps of one picture of a batch.

    ``values`` is channels × height × width, real floating point, a view of the layer's array where its type
    allows. ``folded`` are the sizes that were folded into the channels: ``(128,)``, or ``(16, 8)`` for 16
    channels of 8 slices; ``axes`` says what they count.
    """

    values: Array
    folded: tuple[int, ...]
    axes: tuple[str, str] = ("channel", "slice")

    @property
    def count(self) -> int:
        """How many maps there are."""
        return int(self.values.shape[0])

    @property
    def height(self) -> int:
        """Rows of one map."""
        return int(self.values.shape[1])

    @property
    def width(self) -> int:
        """Columns of one map."""
        return int(self.values.shape[2])

    @property
    def is_vector(self) -> bool:
        """Whether each map is a single number, so that bars say more than pictures."""
        return self.height * self.width == 1

    def name(self, index: int) -> str:
        """Say which map that is: ``channel 12``, or ``channel 12, slice 3``."""
        first, further = self.axes
        if len(self.folded) <= 1:
            return f"{first} {index}"
        place = [int(part) for part in np.unravel_index(index, self.folded)]
        return f"{first} {place[0]}, {further} {'·'.join(map(str, place[1:]))}"


def is_drawable(array: Array) -> bool:
    """Whether the entries are numbers or truth values (text is not)."""
    dtype = np.asarray(array).dtype
    # Types of ml_dtypes (bfloat16, float8) are of no kind of their own but turn into float32.
    return dtype.kind in "biufc" or (dtype.kind == "V" and dtype.names is None and np.can_cast(dtype, np.float32))


def real(array: Array) -> Array:
    """The array as floating point: float64 stays (as do wide integers' values), all else becomes float32.

    Complex numbers become their magnitudes.
    """
    array = np.asarray(array)
    if array.dtype.kind == "c":
        array = np.abs(array)
    if array.dtype in (np.float32, np.float64):
        return array
    wide = array.dtype.kind in "iu" and array.dtype.itemsize > 2
    return array.astype(np.float64 if wide else np.float32)


def pictures_in(array: Array) -> int:
    """How many pictures the batch holds: the first axis, where there are two or more."""
    return int(array.shape[0]) if array.ndim > 1 else 1


def feature_maps(array: Array, *, item: int = 0, channel_axis: int = 1) -> Maps:
    """The maps of picture ``item``.

    ``array`` has the batch first and its channels at ``channel_axis`` (negative counts from the end). An axis
    longer than one that stands alone makes a vector, channels × 1 × 1. Without a channel axis beside height
    and width (rank 3) there is one map. Further axes are folded into the channels.

    :raises IndexError: when the batch has no picture ``item``.
    """
    array = np.asarray(array)
    one = array[item] if array.ndim > 1 else array
    if one.size <= max(one.shape, default=1):
        return Maps(real(one).reshape(one.size, 1, 1), (one.size,))
    if one.ndim == 2:
        return Maps(real(one)[np.newaxis], (1,))
    axis = channel_axis % array.ndim - 1
    front = np.moveaxis(one, max(axis, 0), 0)
    folded = front.shape[:-2]
    return Maps(real(front).reshape(-1, *front.shape[-2:]), folded)


def difference(ours: Array, theirs: Array) -> Array:
    """Subtract theirs from ours; places where both hold the same infinity, or both NaN, count as equal.

    :raises ValueError: when the shapes differ.
    """
    if ours.shape != theirs.shape:
        raise ValueError(f"shapes differ: {ours.shape} and {theirs.shape}")
    with np.errstate(invalid="ignore", over="ignore"):
        result = np.subtract(ours, theirs)
    if result.size and not (np.isfinite(result.min()) and np.isfinite(result.max())):
        result[(ours == theirs) | (np.isnan(ours) & np.isnan(theirs))] = 0
    return np.asarray(result)


def values_of(maps: Maps | None) -> Array | None:
    """The values of maps that may be missing, channels × height × width."""
    return None if maps is None else maps.values


def flat_values(maps: Maps | None) -> Array | None:
    """The same in one row."""
    return None if maps is None else maps.values.reshape(-1)
