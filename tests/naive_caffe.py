"""Caffe's forward passes written out as its C++ loops are: slow, plain, and independent of the program."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def pool(x: Array, method: str, kernel: tuple[int, int], stride: tuple[int, int], pad: tuple[int, int]) -> Array:
    """pooling_layer.cpp: sizes rounded up, the last window clipped if padded, averages over the padded window."""
    height, width = x.shape[2:]
    rows, columns = (
        math.ceil((size + 2 * p - k) / s) + 1 for size, p, k, s in zip(x.shape[2:], pad, kernel, stride, strict=True)
    )
    if any(pad):
        rows -= (rows - 1) * stride[0] >= height + pad[0]
        columns -= (columns - 1) * stride[1] >= width + pad[1]
    out = np.zeros((*x.shape[:2], rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride[0] - pad[0], j * stride[1] - pad[1]
            bottom, right = min(top + kernel[0], height + pad[0]), min(left + kernel[1], width + pad[1])
            area = (bottom - top) * (right - left)
            window = x[:, :, max(top, 0) : min(bottom, height), max(left, 0) : min(right, width)]
            if method == "MAX":
                out[:, :, i, j] = window.max(axis=(2, 3), initial=-3.4028234663852886e38)
            else:
                with np.errstate(invalid="ignore", divide="ignore"):
                    out[:, :, i, j] = window.sum(axis=(2, 3)) / np.float64(area)
    return out


def convolve(
    x: Array,
    weight: Array,
    bias: Array | None,
    stride: tuple[int, int],
    pad: tuple[int, int],
    dilation: tuple[int, int],
    group: int,
) -> Array:
    """conv_layer.cpp: each output is a sum over the kernel, nothing flipped."""
    padded = np.pad(x, ((0, 0), (0, 0), (pad[0], pad[0]), (pad[1], pad[1])))
    out_channels, in_channels, kh, kw = weight.shape
    rows = (padded.shape[2] - dilation[0] * (kh - 1) - 1) // stride[0] + 1
    columns = (padded.shape[3] - dilation[1] * (kw - 1) - 1) // stride[1] + 1
    out = np.zeros((x.shape[0], out_channels, rows, columns))
    for o in range(out_channels):
        first = o // (out_channels // group) * in_channels
        for c in range(in_channels):
            for u in range(kh):
                for v in range(kw):
                    top, left = u * dilation[0], v * dilation[1]
                    part = padded[
                        :,
                        first + c,
                        top : top + rows * stride[0] : stride[0],
                        left : left + columns * stride[1] : stride[1],
                    ]
                    out[:, o] += weight[o, c, u, v] * part[:, :rows, :columns]
        if bias is not None:
            out[:, o] += bias[o]
    return out


def lrn_across(x: Array, size: int, alpha: float, beta: float, k: float) -> Array:
    """lrn_layer.cpp, ``CrossChannelForward_cpu``: α is divided by the window's size."""
    out = np.empty_like(x)
    half = (size - 1) // 2
    for c in range(x.shape[1]):
        window = x[:, max(0, c - half) : c + half + 1]
        out[:, c] = x[:, c] / (k + alpha / size * (window**2).sum(axis=1)) ** beta
    return out


def lrn_within(x: Array, size: int, alpha: float, beta: float) -> Array:
    """lrn_layer.cpp, ``WithinChannelForward``: the mean square over the window, padding counted; k is not used."""
    half = (size - 1) // 2
    mean = pool(x**2, "AVE", (size, size), (1, 1), (half, half))
    return x * (1 + alpha * mean) ** -beta
