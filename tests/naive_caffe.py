"""Caffe's forward passes written out as its C++ loops are: slow, plain, and independent of the program."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


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


def pool_places(x: Array, kernel: tuple[int, int], stride: tuple[int, int], pad: tuple[int, int]) -> Array:
    """pooling_layer.cpp, the mask: y·width + x of each window's first maximum, −1 where a window is empty."""
    height, width = x.shape[2:]
    out = np.full(pool(x, "MAX", kernel, stride, pad).shape, -1.0)
    best = np.full(out.shape, -3.4028234663852886e38)
    for n, c, i, j in np.ndindex(*out.shape):
        for h in range(max(i * stride[0] - pad[0], 0), min(i * stride[0] - pad[0] + kernel[0], height)):
            for w in range(max(j * stride[1] - pad[1], 0), min(j * stride[1] - pad[1] + kernel[1], width)):
                if x[n, c, h, w] > best[n, c, i, j]:
                    best[n, c, i, j] = x[n, c, h, w]
                    out[n, c, i, j] = h * width + w
    return out


def spatial_pyramid(x: Array, levels: int, method: str) -> Array:
    """spp_layer.cpp: a pooling into 2ᵢ × 2ᵢ bins for each level, flattened and joined."""
    flat = []
    for level in range(levels):
        bins = 2**level
        kernel_h, kernel_w = math.ceil(x.shape[2] / bins), math.ceil(x.shape[3] / bins)
        pad = ((kernel_h * bins - x.shape[2] + 1) // 2, (kernel_w * bins - x.shape[3] + 1) // 2)
        pooled = pool(x, method, (kernel_h, kernel_w), (kernel_h, kernel_w), pad)
        flat.append(pooled.reshape(x.shape[0], -1))
    return np.concatenate(flat, axis=1)


def convolve_volume(x: Array, weight: Array, bias: Array, stride: int, pad: int) -> Array:
    """base_conv_layer.cpp with three spatial axes, one image at a time."""
    padded = np.pad(x, ((0, 0), (0, 0), *[(pad, pad)] * 3))
    sizes = [(padded.shape[2 + a] - weight.shape[2 + a]) // stride + 1 for a in range(3)]
    out = np.zeros((x.shape[0], weight.shape[0], *sizes))
    for n, o, i, j, k in np.ndindex(*out.shape):
        d, h, w = i * stride, j * stride, k * stride
        window = padded[n, :, d : d + weight.shape[2], h : h + weight.shape[3], w : w + weight.shape[4]]
        out[n, o, i, j, k] = (window * weight[o]).sum() + bias[o]
    return out


def deconvolve(
    x: Array,
    weight: Array,
    bias: Array | None,
    stride: tuple[int, int],
    pad: tuple[int, int],
    dilation: tuple[int, int],
    group: int,
) -> Array:
    """deconv_layer.cpp: every input number spreads its kernel over the output, which is then cut by the padding."""
    images, channels, height, width = x.shape
    per_group, kh, kw = weight.shape[1:]
    rows = stride[0] * (height - 1) + dilation[0] * (kh - 1) + 1
    columns = stride[1] * (width - 1) + dilation[1] * (kw - 1) + 1
    out = np.zeros((images, per_group * group, rows, columns))
    for c in range(channels):
        first = c // (channels // group) * per_group
        for o in range(per_group):
            for u, v in np.ndindex(kh, kw):
                top, left = u * dilation[0], v * dilation[1]
                bottom, right = top + stride[0] * (height - 1) + 1, left + stride[1] * (width - 1) + 1
                out[:, first + o, top : bottom : stride[0], left : right : stride[1]] += weight[c, o, u, v] * x[:, c]
    out = out[:, :, pad[0] : rows - pad[0], pad[1] : columns - pad[1]]
    return out if bias is None else out + bias[:, None, None]


def interpolate(x: Array, height: int, width: int) -> Array:
    """util/interp.cpp of DeepLab: bilinear, the corners of the input on those of the output."""
    out = np.zeros((*x.shape[:2], height, width))
    step_h = (x.shape[2] - 1) / (height - 1) if height > 1 else 0.0
    step_w = (x.shape[3] - 1) / (width - 1) if width > 1 else 0.0
    for i, j in np.ndindex(height, width):
        h, w = int(step_h * i), int(step_w * j)
        below, right = int(h < x.shape[2] - 1), int(w < x.shape[3] - 1)
        dh, dw = step_h * i - h, step_w * j - w
        upper = (1 - dw) * x[:, :, h, w] + dw * x[:, :, h, w + right]
        lower = (1 - dw) * x[:, :, h + below, w] + dw * x[:, :, h + below, w + right]
        out[:, :, i, j] = (1 - dh) * upper + dh * lower
    return out


def prior_boxes(
    cells: tuple[int, int],
    picture: tuple[int, int],
    step: tuple[float, float],
    sizes: list[tuple[int, int]],
    ratios: list[float],
    offset: float,
) -> Array:
    """prior_box_layer.cpp of SSD: xmin, ymin, xmax, ymax of every box; ``ratios`` as they are after flipping."""
    out = []
    for h, w in np.ndindex(*cells):
        centre_x, centre_y = (w + offset) * step[1], (h + offset) * step[0]
        for low, high in sizes:
            boxes = [(float(low), float(low))]
            if high:
                boxes.append((math.sqrt(low * high),) * 2)
            boxes += [(low * math.sqrt(ratio), low / math.sqrt(ratio)) for ratio in ratios]
            for box_w, box_h in boxes:
                out += [(centre_x - box_w / 2) / picture[1], (centre_y - box_h / 2) / picture[0]]
                out += [(centre_x + box_w / 2) / picture[1], (centre_y + box_h / 2) / picture[0]]
    return np.array(out)
