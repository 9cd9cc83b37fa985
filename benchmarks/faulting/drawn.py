"""Layers with drawn weights, of which the catalogue's networks are made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir
from numpy.random import Generator

from explorer.network.builder import LayerBuilder, NetworkBuilder, shape_tuple
from explorer.network.network import BATCH, Network, Source
from explorer.network.preprocessing import find_preprocessing
from explorer.network.shapes import caffe_pool, convolution_size, same_padding


class DrawnNetwork:
    """A network as it grows with drawn weights. ``in_place``: activations write over the blob that is named."""

    def __init__(self, name: str, random: Generator, *, in_place: bool) -> None:
        self.net = NetworkBuilder(name)
        self.random = random
        self.in_place = in_place

    def input(self, name: str, size: int) -> ir.Value:
        return self.net.input(name, (BATCH, 3, size, size))

    def finished(self, preprocessing: str) -> Network:
        return self.net.build(Source("architecture"), find_preprocessing(preprocessing))

    def _drawn(self, layer: LayerBuilder, name: str, shape: Sequence[int]) -> ir.Value:
        return layer.weight(name, self.random.standard_normal(tuple(shape)).astype(np.float32))

    def _top(self, layer: LayerBuilder, value: ir.Value, blob: str) -> ir.Value:
        return layer.top(value, blob if self.in_place and blob else layer.name)

    def conv(
        self,
        x: ir.Value,
        name: str,
        out: int,
        kernel: int | tuple[int, int],
        *,
        pad: int = 0,
        stride: int = 1,
        dilation: int = 1,
        group: int = 1,
        bias: bool = True,
        same: bool = False,
        kind: str = "Convolution",
    ) -> ir.Value:
        window = (kernel, kernel) if isinstance(kernel, int) else kernel
        read, *spatial = (int(side) for side in shape_tuple(x)[1:])
        pairs = [
            same_padding(side, k, stride, dilation) if same else (pad, pad)
            for side, k in zip(spatial, window, strict=True)
        ]
        layer = self.net.layer(name, kind, {"kernel": list(window)})
        weight = self._drawn(layer, "weight", (out, read // group, *window))
        y = layer.convolution(
            x,
            weight,
            self._drawn(layer, "bias", (out,)) if bias else None,
            strides=[stride] * 2,
            pads=[low for low, _ in pairs] + [high for _, high in pairs],
            dilations=[dilation] * 2,
            group=group,
            spatial=[
                convolution_size(side, k, stride, pair, dilation)
                for side, k, pair in zip(spatial, window, pairs, strict=True)
            ],
        )
        return layer.top(y, name)

    def depthwise(self, x: ir.Value, name: str, kernel: int, *, times: int, stride: int) -> ir.Value:
        channels = int(shape_tuple(x)[1])
        return self.conv(
            x, name, channels * times, kernel, same=True, stride=stride, group=channels, kind="DepthwiseConv2D"
        )

    def deconv(
        self, x: ir.Value, name: str, out: int, kernel: int, *, stride: int, pad: int = 0, same: bool = False
    ) -> ir.Value:
        batch, read, *spatial = shape_tuple(x)
        total = max(0, kernel - stride) if same else 2 * pad
        pads = [total // 2] * 2 + [total - total // 2] * 2
        sides = [(int(side) - 1) * stride + kernel - total for side in spatial]
        layer = self.net.layer(name, "Deconvolution", {"kernel": [kernel]})
        weight, bias = (
            self._drawn(layer, "weight", (int(read), out, kernel, kernel)),
            self._drawn(layer, "bias", (out,)),
        )
        attributes = {"strides": [stride] * 2, "pads": pads, "kernel_shape": [kernel] * 2}
        return layer.top(layer.node("ConvTranspose", [x, weight, bias], (batch, out, *sides), attributes), name)

    def relu(self, x: ir.Value, name: str, blob: str) -> ir.Value:
        layer = self.net.layer(name, "ReLU")
        return self._top(layer, layer.elementwise("Relu", x), blob)

    def relu6(self, x: ir.Value, name: str) -> ir.Value:
        layer = self.net.layer(name, "ReLU")
        return layer.top(layer.elementwise("Clip", x, layer.constant(0.0), layer.constant(2.0)), name)

    def leaky(self, x: ir.Value, name: str, slope: float) -> ir.Value:
        layer = self.net.layer(name, "LeakyReLU")
        return layer.top(layer.elementwise("LeakyRelu", x, alpha=slope), name)

    def elu(self, x: ir.Value, name: str) -> ir.Value:
        layer = self.net.layer(name, "ELU")
        return layer.top(layer.elementwise("Elu", x, alpha=1.0), name)

    def activation(self, x: ir.Value, name: str, operator: str) -> ir.Value:
        layer = self.net.layer(name, "Activation")
        return layer.top(layer.elementwise(operator, x), name)

    def prelu(self, x: ir.Value, name: str, blob: str) -> ir.Value:
        layer = self.net.layer(name, "PReLU")
        slopes = self.random.uniform(0.05, 0.5, (int(shape_tuple(x)[1]), 1, 1)).astype(np.float32)
        return self._top(layer, layer.elementwise("PRelu", x, layer.weight("slope", slopes)), blob)

    def pool(self, x: ir.Value, name: str, kind: str, kernel: int, stride: int, pad: int) -> ir.Value:
        spatial = [caffe_pool(int(side), kernel, stride, pad).windows for side in shape_tuple(x)[2:]]
        layer = self.net.layer(name, "Pooling")
        window = {"kernel": [kernel] * 2, "strides": [stride] * 2, "pads": [pad] * 4}
        return layer.top(layer.pooling(x, kind, **window, ceil=True, count_padding=True, spatial=spatial), name)

    def pool_floor(self, x: ir.Value, name: str, kernel: int, stride: int) -> ir.Value:
        spatial = [(int(side) - kernel) // stride + 1 for side in shape_tuple(x)[2:]]
        layer = self.net.layer(name, "MaxPooling2D")
        window = {"kernel": [kernel] * 2, "strides": [stride] * 2, "pads": [0] * 4}
        return layer.top(layer.pooling(x, "MaxPool", **window, ceil=False, count_padding=False, spatial=spatial), name)

    def global_average(self, x: ir.Value, name: str) -> ir.Value:
        layer = self.net.layer(name, "AdaptiveAvgPool2d")
        return layer.top(layer.global_pooling(x, "AveragePool"), name)

    def average_same(self, x: ir.Value, name: str, kernel: int, stride: int) -> ir.Value:
        pairs = [same_padding(int(side), kernel, stride) for side in shape_tuple(x)[2:]]
        spatial = [-(-int(side) // stride) for side in shape_tuple(x)[2:]]
        layer = self.net.layer(name, "AveragePooling2D")
        pads = [low for low, _ in pairs] + [high for _, high in pairs]
        window = {"kernel": [kernel] * 2, "strides": [stride] * 2, "pads": pads}
        return layer.top(
            layer.pooling(x, "AveragePool", **window, ceil=False, count_padding=False, spatial=spatial), name
        )

    def lrn(self, x: ir.Value, name: str, size: int, alpha: float, beta: float, k: float) -> ir.Value:
        layer = self.net.layer(name, "LRN")
        return layer.top(layer.lrn(x, size=size, alpha=alpha, beta=beta, k=k), name)

    def lrn_within(self, x: ir.Value, name: str, size: int, alpha: float, beta: float) -> ir.Value:
        layer = self.net.layer(name, "LRN")
        half = size // 2
        window = {"kernel": [size] * 2, "strides": [1, 1], "pads": [half] * 4}
        spatial = [int(side) for side in shape_tuple(x)[2:]]
        squared = layer.elementwise("Mul", x, x)
        mean = layer.pooling(squared, "AveragePool", **window, ceil=False, count_padding=True, spatial=spatial)
        base = layer.elementwise("Add", layer.elementwise("Mul", mean, layer.constant(alpha)), layer.constant(1.0))
        return layer.top(layer.elementwise("Mul", x, layer.elementwise("Pow", base, layer.constant(-beta))), name)

    def batch_norm(self, x: ir.Value, name: str, blob: str, *, affine: bool = True) -> ir.Value:
        count = int(shape_tuple(x)[1])
        layer = self.net.layer(name, "BatchNorm")
        ones, zeros = np.ones(count, np.float32), np.zeros(count, np.float32)
        vectors = [
            layer.weight("scale", ones) if affine else layer.constant(ones),
            layer.weight("offset", zeros) if affine else layer.constant(zeros),
            layer.weight("mean", zeros.copy()),
            layer.weight("variance", ones.copy()),
        ]
        epsilon = 1e-3 if affine else 1e-5
        y = layer.node("BatchNormalization", [x, *vectors], shape_tuple(x), {"epsilon": epsilon})
        return self._top(layer, y, blob)

    def scale(self, x: ir.Value, name: str, blob: str) -> ir.Value:
        count = int(shape_tuple(x)[1])
        layer = self.net.layer(name, "Scale")
        gamma = layer.weight("scale", np.exp(0.3 * self.random.standard_normal((count, 1, 1))).astype(np.float32))
        beta = layer.weight("bias", (0.3 * self.random.standard_normal((count, 1, 1))).astype(np.float32))
        return self._top(layer, layer.elementwise("Add", layer.elementwise("Mul", x, gamma), beta), blob)

    def weighted_sum(self, terms: Sequence[ir.Value], name: str, factors: Sequence[float]) -> ir.Value:
        layer = self.net.layer(name, "Eltwise", {"coeff": list(factors)})
        scaled = [
            term if factor == 1 else layer.elementwise("Mul", term, layer.constant(factor))
            for term, factor in zip(terms, factors, strict=True)
        ]
        return layer.top(layer.elementwise("Add", *scaled), name)

    def add(self, terms: Sequence[ir.Value], name: str) -> ir.Value:
        layer = self.net.layer(name, "Add")
        return layer.top(layer.elementwise("Add", *terms), name)

    def concat(self, branches: Sequence[ir.Value], name: str) -> ir.Value:
        layer = self.net.layer(name, "Concat")
        return layer.top(layer.concat(branches, 1), name)

    def crop(self, x: ir.Value, name: str, offset: int, side: int) -> ir.Value:
        layer = self.net.layer(name, "Crop")
        cut = [layer.constant(np.array([number] * 2, np.int64)) for number in (offset, offset + side)]
        axes = layer.constant(np.array([2, 3], np.int64))
        return layer.top(layer.node("Slice", [x, *cut, axes], (*shape_tuple(x)[:2], side, side)), name)

    def resize(self, x: ir.Value, name: str, times: int, mode: str, rule: str) -> ir.Value:
        layer = self.net.layer(name, "UpSampling2D")
        scales = layer.constant(np.array([1, 1, times, times], np.float32))
        spatial = [int(side) * times for side in shape_tuple(x)[2:]]
        attributes = {"mode": mode, "coordinate_transformation_mode": rule}
        if mode == "nearest":
            attributes["nearest_mode"] = "floor"
        return layer.top(layer.node("Resize", [x, None, scales], (*shape_tuple(x)[:2], *spatial), attributes), name)

    def dropout(self, x: ir.Value, name: str, blob: str) -> ir.Value:
        layer = self.net.layer(name, "Dropout")
        return layer.top(x, blob if self.in_place and blob else name)

    def flatten_hwc(self, x: ir.Value, name: str) -> ir.Value:
        batch, channels, height, width = shape_tuple(x)
        layer = self.net.layer(name, "Flatten")
        turned = layer.node("Transpose", [x], (batch, height, width, channels), {"perm": [0, 2, 3, 1]})
        return layer.top(layer.reshape(turned, (batch, int(channels) * int(height) * int(width))), name)

    def dense(self, x: ir.Value, name: str, out: int) -> ir.Value:
        layer = self.net.layer(name, "InnerProduct", {"num_output": out})
        flat = layer.flatten(x)
        weight = self._drawn(layer, "weight", (out, int(shape_tuple(flat)[1])))
        return layer.top(layer.dense(flat, weight, self._drawn(layer, "bias", (out,)), transposed=True), name)

    def softmax(self, x: ir.Value, name: str) -> ir.Value:
        layer = self.net.layer(name, "Softmax")
        return layer.top(layer.elementwise("Softmax", x, axis=1), name)
