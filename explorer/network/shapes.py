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


def rounded_up_pool_size(size: int, kernel: int, stride: int, pads: tuple[int, int], dilation: int = 1) -> int:
    """Output size of a pooling with ``ceil_mode``, PyTorch's and ONNX's: a last window may hang over the padding.

    It counts only if it starts in the input or in the padding before it (PyTorch's ``pooling_output_shape`` in Pool.h;
    ONNX: "sliding windows that would start in the right padded region are ignored").
    """
    windows = convolution_size(size, kernel, stride, pads, dilation)
    covered = (windows - 1) * stride + extent(kernel, dilation)
    return windows + (covered < size + sum(pads) and windows * stride < size + pads[0])


def same_padding(size: int, kernel: int, stride: int, dilation: int = 1, *, upper: bool = True) -> tuple[int, int]:
    """TensorFlow's SAME: the (low, high) padding for ⌈size ÷ stride⌉ windows; an odd one goes to the high end.

    That is ONNX's ``SAME_UPPER``; ``SAME_LOWER`` (``upper`` is false) has the odd one at the low end.
    """
    windows = -(-size // stride)
    total = max(0, (windows - 1) * stride + extent(kernel, dilation) - size)
    less, more = total // 2, total - total // 2
    return (less, more) if upper else (more, less)


def keras_deconvolution_size(
    size: int, kernel: int, stride: int, dilation: int = 1, *, same: bool, added: int | None = None
) -> int:
    """Output size of Keras' transposed convolution (``deconv_output_length`` in conv_utils.py).

    ``added`` is its ``output_padding``; without one, ``same`` gives stride times the size, and ``valid`` a stride for
    each position, or more where the kernels reach further.
    """
    span = extent(kernel, dilation)
    if added is None:
        return size * stride + (0 if same else max(span - stride, 0))
    half = span // 2 if same else 0
    return deconvolution_size(size, kernel, stride, (half, half), dilation) + added


def adaptive_window(index: int, windows: int, size: int) -> tuple[int, int]:
    """Where window ``index`` of an adaptive pooling starts and stops: ⌊i·size ÷ windows⌋ and ⌈(i+1)·size ÷ windows⌉.

    (Keras 3's and PyTorch's: ``start_index`` and ``end_index`` in AdaptivePooling.h.)
    """
    return index * size // windows, -(-(index + 1) * size // windows)


def theano_same_padding(
    size: int, kernel: int, stride: int, dilation: int = 1, *, cropped: bool = True
) -> tuple[int, int]:
    """Keras on Theano, a convolution's ``same``: half the extent on both sides ("half" in Theano's conv2d).

    An even kernel makes a window too many, which Keras cuts off (``_postprocess_conv2d_output``) but in its separable
    convolution, where it asks for the 1×1 kernel's size (``cropped`` is false).
    """
    span = extent(kernel, dilation)
    low = span // 2
    windows = (size + 2 * low - span) // stride + 1
    if cropped and kernel % 2 == 0:
        windows = min(windows, -(-size // stride))
    return low, max(0, (windows - 1) * stride + span - size - low)


def theano_pool_padding(size: int, pool: int, stride: int) -> tuple[int, int]:
    """Keras on Theano, a pooling's ``same`` (``pool2d``): the pool's size less two if that is odd and above two.

    Less one otherwise, on the low side; on the high side what ⌈size ÷ stride⌉ windows need.
    """
    low = pool - 2 if pool > 2 and pool % 2 else pool - 1
    windows = -(-size // stride)
    return low, max(0, (windows - 1) * stride + pool - size - low)


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
