"""The padding and rounding arithmetic of each framework, one axis at a time."""

from __future__ import annotations

from dataclasses import dataclass


def extent(kernel: int, dilation: int = 1) -> int:
    """How many positions a dilated kernel spans."""
    return dilation * (kernel - 1) + 1


def convolution_size(size: int, kernel: int, stride: int, pads: tuple[int, int], dilation: int = 1) -> int:
    """Output size of a convolution, or of a pooling that rounds down: ⌊(size + pads − extent) ÷ stride⌋ + 1."""
    return (size + sum(pads) - extent(kernel, dilation)) // stride + 1


def deconvolution_size(size: int, kernel: int, stride: int, pads: tuple[int, int], dilation: int = 1) -> int:
    """Output size of a transposed convolution: stride·(size − 1) + extent − pads."""
    return stride * (size - 1) + extent(kernel, dilation) - sum(pads)


@dataclass(frozen=True)
class CaffePool:
    """Caffe's pooling along one axis (pooling_layer.cpp, ``Reshape`` and ``Forward_cpu``).

    ``windows`` is the output size. ``empty_gap`` is None, or, where the last window lies wholly outside the input, the
    distance from the input's end to that window's start: Caffe keeps such a window when there is no padding, every
    other framework drops it.
    """

    windows: int
    empty_gap: int | None = None

    @property
    def full_windows(self) -> int:
        """How many windows hold at least one position of the padded input."""
        return self.windows - (self.empty_gap is not None)


def caffe_pool(
    size: int, kernel: int, stride: int, pad: int, *, ceil: bool = True, padded: bool | None = None
) -> CaffePool:
    """Caffe rounds up; with padding it drops a last window that would start behind input and left padding.

    ``padded`` says whether any axis of the pooling has padding, which is what Caffe asks (None: whether this one has).
    """
    span = size + 2 * pad - kernel
    windows = (-(-span // stride) if ceil else span // stride) + 1
    if (pad > 0 if padded is None else padded) and (windows - 1) * stride >= size + pad:
        windows -= 1
    gap = (windows - 1) * stride - pad - size
    return CaffePool(windows, gap if windows > 0 and gap >= 0 else None)
