"""The layers that Caffe's classical networks are made of, with Caffe's names, parameters and arithmetic."""

from __future__ import annotations

import onnx_ir as ir

from explorer.architectures.weights import RandomWeights
from explorer.network.builder import NetworkBuilder, shape_tuple
from explorer.network.network import BATCH, Network, Source
from explorer.network.preprocessing import find_preprocessing
from explorer.network.shapes import caffe_pool, convolution_size


class CaffeStyle:
    """A network as it grows, layer by layer; each method gives the value that the next one reads.

    ``width`` multiplies every number of channels but a classifier's.
    """

    def __init__(self, name: str, *, width: float = 1.0, seed: int = 0) -> None:
        self.builder = NetworkBuilder(name)
        self._width = width
        self._weights = RandomWeights(seed)

    def data(self, size: int) -> ir.Value:
        """Pictures of N×3×size×size."""
        return self.builder.input("data", (BATCH, 3, size, size))

    def finished(self, source: Source | None) -> Network:
        """The network, for pictures that are prepared in Caffe's customary way."""
        return self.builder.build(source or Source("architecture"), find_preprocessing("caffe"))

    def convolution(
        self,
        x: ir.Value,
        name: str,
        channels: int,
        *,
        relu: str,
        kernel: int = 1,
        stride: int = 1,
        pad: int = 0,
        group: int = 1,
        gain: float = 2.0,
    ) -> ir.Value:
        """A convolution and the ReLU behind it, which Caffe computes in place."""
        read, out = int(shape_tuple(x)[1]), self.channels(channels, group)
        parameters = {"num_output": out, "kernel_size": [kernel], "stride": [stride], "pad": [pad], "group": group}
        layer = self.builder.layer(name, "Convolution", parameters)
        weight = layer.weight("weight", self._weights.kernel((out, read // group, kernel, kernel), gain))
        spatial = [convolution_size(int(size), kernel, stride, (pad, pad)) for size in shape_tuple(x)[2:]]
        y = layer.convolution(
            x,
            weight,
            layer.weight("bias", self._weights.bias(out)),
            strides=[stride] * 2,
            pads=[pad] * 4,
            dilations=[1, 1],
            group=group,
            spatial=spatial,
        )
        return self.relu(layer.top(y, name), relu, name)

    def relu(self, x: ir.Value, name: str, blob: str) -> ir.Value:
        """A ReLU that writes over ``blob``."""
        layer = self.builder.layer(name, "ReLU")
        return layer.top(layer.elementwise("Relu", x), blob)

    def pooling(self, x: ir.Value, name: str, method: str, kernel: int, stride: int, pad: int = 0) -> ir.Value:
        """Caffe's pooling, ``MAX`` or ``AVE``, which rounds up."""
        parameters = {"pool": method, "kernel_size": kernel, "stride": stride, "pad": pad}
        layer = self.builder.layer(name, "Pooling", parameters)
        spatial = [caffe_pool(int(size), kernel, stride, pad).windows for size in shape_tuple(x)[2:]]
        y = layer.pooling(
            x,
            {"MAX": "MaxPool", "AVE": "AveragePool"}[method],
            kernel=[kernel] * 2,
            strides=[stride] * 2,
            pads=[pad] * 4,
            ceil=True,
            count_padding=True,
            spatial=spatial,
        )
        return layer.top(y, name)

    def lrn(self, x: ir.Value, name: str) -> ir.Value:
        """Local response normalisation with the constants of Krizhevsky et al. as Caffe writes them."""
        layer = self.builder.layer(name, "LRN", {"local_size": 5, "alpha": 0.0001, "beta": 0.75})
        return layer.top(layer.lrn(x, size=5, alpha=0.0001, beta=0.75, k=1.0), name)

    def concat(self, branches: list[ir.Value], name: str) -> ir.Value:
        """Joined along the channels."""
        layer = self.builder.layer(name, "Concat")
        return layer.top(layer.concat(branches, axis=1), name)

    def dropout(self, x: ir.Value, name: str, blob: str) -> ir.Value:
        """Nothing at test time."""
        return self.builder.layer(name, "Dropout").top(x, blob)

    def dense(self, x: ir.Value, name: str, out: int) -> ir.Value:
        """An inner product over all that it reads."""
        layer = self.builder.layer(name, "InnerProduct", {"num_output": out})
        flat = layer.flatten(x)
        weight = layer.weight("weight", self._weights.kernel((out, int(shape_tuple(flat)[1]))))
        y = layer.dense(flat, weight, layer.weight("bias", self._weights.bias(out)), transposed=True)
        return layer.top(y, name)

    def softmax(self, x: ir.Value, name: str) -> ir.Value:
        """Probabilities of the classes."""
        layer = self.builder.layer(name, "Softmax")
        return layer.top(layer.elementwise("Softmax", x, axis=1), name)

    def channels(self, channels: int, group: int = 1) -> int:
        """A number of channels at this network's width, a multiple of ``group``."""
        return max(1, round(channels * self._width / group)) * group
