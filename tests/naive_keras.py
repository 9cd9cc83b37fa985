"""What Keras' layers compute, written out as loops in double precision: slow, plain, and nobody's code but the tests'.

Arrays have their channels last, kernels lie as H×W×I×O.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Padding = Literal["valid", "same", "full", "causal", "half", "half uncropped"]


def _at(*parts: Any) -> Any:
    """The index of these positions in every image."""
    return (slice(None), *parts)


def _starts(size: int, kernel: int, stride: int, dilation: int, padding: Padding) -> list[int]:
    """Where each window begins in the input, outside of it included."""
    span = dilation * (kernel - 1) + 1
    if padding == "same":
        count = -(-size // stride)
        missing = max((count - 1) * stride + span - size, 0)
        return [-(missing // 2) + stride * index for index in range(count)]
    low = {"valid": 0, "full": span - 1, "causal": span - 1}.get(padding, span // 2)
    high = 0 if padding == "causal" else low
    count = (size + low + high - span) // stride + 1
    if padding == "half" and kernel % 2 == 0:
        count = min(count, -(-size // stride))
    return [-low + stride * index for index in range(count)]


def convolve(
    x: Array,
    kernel: Array,
    *,
    strides: Sequence[int],
    padding: Padding = "valid",
    dilations: Sequence[int] | None = None,
    groups: int = 1,
    turned: bool = False,
) -> Array:
    """Cross-correlation of N×spatial×C; ``turned`` is true convolution, as Theano has it."""
    spatial = x.ndim - 2
    dilations = dilations or (1,) * spatial
    sizes, shape = x.shape[1:-1], kernel.shape[:spatial]
    starts = [_starts(size, k, s, d, padding) for size, k, s, d in zip(sizes, shape, strides, dilations, strict=True)]
    inner, outer = kernel.shape[-2], kernel.shape[-1] // groups
    result = np.zeros((x.shape[0], *map(len, starts), kernel.shape[-1]))
    for place in itertools.product(*(range(len(axis)) for axis in starts)):
        for tap in itertools.product(*map(range, shape)):
            at = [starts[a][place[a]] + dilations[a] * tap[a] for a in range(spatial)]
            if any(not 0 <= position < size for position, size in zip(at, sizes, strict=True)):
                continue
            used = tuple(k - 1 - t for k, t in zip(shape, tap, strict=True)) if turned else tap
            for group in range(groups):
                numbers = x[_at(*at, slice(group * inner, (group + 1) * inner))]
                out = slice(group * outer, (group + 1) * outer)
                result[_at(*place, out)] += numbers @ kernel[used][:, out]
    return result


def depthwise(x: Array, kernel: Array, **options: Any) -> Array:
    """Each channel with its own kernels; the kernel is spatial×C×multiplier."""
    parts = [convolve(x[..., c : c + 1], kernel[..., c : c + 1, :], **options) for c in range(x.shape[-1])]
    return np.concatenate(parts, axis=-1)


def deconvolve(
    x: Array,
    kernel: Array,
    given: Sequence[int],
    *,
    strides: Sequence[int],
    lows: Sequence[int],
    dilations: Sequence[int] | None = None,
    turned: bool = False,
) -> Array:
    """Each number of N×spatial×I spread over the output by a kernel of spatial×O×I, then cut to the sizes ``given``.

    ``lows`` is how much is cut off at the low ends.
    """
    spatial = x.ndim - 2
    dilations = dilations or (1,) * spatial
    result = np.zeros((x.shape[0], *given, kernel.shape[-2]))
    for place in itertools.product(*map(range, x.shape[1:-1])):
        for tap in itertools.product(*map(range, kernel.shape[:spatial])):
            at = [strides[a] * place[a] + dilations[a] * tap[a] - lows[a] for a in range(spatial)]
            if any(not 0 <= position < size for position, size in zip(at, given, strict=True)):
                continue
            used = tuple(k - 1 - t for k, t in zip(kernel.shape, tap, strict=False)) if turned else tap
            result[_at(*at)] += x[_at(*place)] @ kernel[used].T
    return result


def pool(x: Array, size: Sequence[int], strides: Sequence[int], padding: str, kind: str) -> Array:
    """The largest or the mean of what of each window lies inside; ``theano`` is Keras' ``same`` on Theano."""
    spatial, starts = x.ndim - 2, []
    for length, window, stride in zip(x.shape[1:-1], size, strides, strict=True):
        if padding == "theano":
            low = window - 2 if window > 2 and window % 2 == 1 else window - 1
            starts.append([-low + stride * index for index in range(-(-length // stride))])
        else:
            starts.append(_starts(length, window, stride, 1, "same" if padding == "same" else "valid"))
    result = np.zeros((x.shape[0], *map(len, starts), x.shape[-1]))
    for place in itertools.product(*(range(len(axis)) for axis in starts)):
        parts = [slice(max(starts[a][place[a]], 0), max(starts[a][place[a]] + size[a], 0)) for a in range(spatial)]
        seen = x[_at(*parts)]
        axes = tuple(range(1, spatial + 1))
        result[_at(*place)] = seen.max(axes) if kind == "max" else seen.mean(axes)
    return result


def resize(x: Array, sizes: tuple[int, int], method: str, *, half_pixel: bool = True) -> Array:
    """``tf.image.resize`` of N×H×W×C."""
    for axis, count in enumerate(sizes, start=1):
        length = x.shape[axis]
        matrix = np.zeros((count, length))
        for index in range(count):
            point = (index + 0.5) * length / count - 0.5 if half_pixel else index * length / count
            if method == "nearest":
                matrix[index, min(int(np.floor((index + 0.5) * length / count)), length - 1)] = 1
            elif method == "bilinear":
                point = min(max(point, 0), length - 1)
                low = int(np.floor(point))
                matrix[index, low] += 1 - (point - low)
                matrix[index, min(low + 1, length - 1)] += point - low
            else:
                low = int(np.floor(point))
                inside = [at for at in range(low - 1, low + 3) if 0 <= at < length]
                weights = np.array([_keys(point - at) for at in inside])
                matrix[index, inside] = weights / weights.sum()
        x = np.moveaxis(np.tensordot(matrix, x, (1, axis)), 0, axis)
    return x


def _keys(distance: float) -> float:
    t = abs(distance)
    if t <= 1:
        return 1.5 * t**3 - 2.5 * t**2 + 1
    return -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2 if t < 2 else 0.0
