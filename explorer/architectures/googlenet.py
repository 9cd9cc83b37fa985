"""GoogLeNet (Szegedy et al. 2015, table 1) with the layer names and the arithmetic of its Caffe original."""

from __future__ import annotations

from dataclasses import dataclass

import onnx_ir as ir

from explorer.architectures.weights import RandomWeights
from explorer.network.builder import NetworkBuilder, shape_tuple
from explorer.network.network import BATCH, Network, Source
from explorer.network.preprocessing import find_preprocessing
from explorer.network.shapes import caffe_pool, convolution_size


@dataclass(frozen=True)
class Inception:
    """One row of the paper's table: the channels of an inception module's six convolutions, in the paper's order."""

    name: str
    one: int
    three_reduce: int
    three: int
    five_reduce: int
    five: int
    pool_proj: int


INCEPTIONS = (
    Inception("inception_3a", 64, 96, 128, 16, 32, 32),
    Inception("inception_3b", 128, 128, 192, 32, 96, 64),
    Inception("inception_4a", 192, 96, 208, 16, 48, 64),
    Inception("inception_4b", 160, 112, 224, 24, 64, 64),
    Inception("inception_4c", 128, 128, 256, 24, 64, 64),
    Inception("inception_4d", 112, 144, 288, 32, 64, 64),
    Inception("inception_4e", 256, 160, 320, 32, 128, 128),
    Inception("inception_5a", 256, 160, 320, 32, 128, 128),
    Inception("inception_5b", 384, 192, 384, 48, 128, 128),
)

POOLED_AFTER = {"inception_3b": "pool3/3x3_s2", "inception_4e": "pool4/3x3_s2"}

AUXILIARY_AFTER = {"inception_4a": "loss1", "inception_4d": "loss2"}


def googlenet(
    *,
    width: float = 1.0,
    classes: int = 1000,
    size: int = 224,
    auxiliary: bool = False,
    seed: int = 0,
    source: Source | None = None,
) -> Network:
    """Build GoogLeNet with random weights for pictures of N×3×size×size.

    ``width`` multiplies every number of channels; ``auxiliary`` adds the two classifiers that the original has in
    training.
    """
    drawing = _Drawing(width, seed)
    x = drawing.builder.input("data", (BATCH, 3, size, size))
    # A picture minus its mean is ±128: the first kernels bring that down to the scale of one.
    x = drawing.convolution(x, "conv1/7x7_s2", 64, kernel=7, stride=2, pad=3, relu="conv1/relu_7x7", gain=2 / 60**2)
    x = drawing.pooling(x, "pool1/3x3_s2", "MaxPool", 3, 2)
    x = drawing.lrn(x, "pool1/norm1")
    x = drawing.convolution(x, "conv2/3x3_reduce", 64, relu="conv2/relu_3x3_reduce")
    x = drawing.convolution(x, "conv2/3x3", 192, kernel=3, pad=1, relu="conv2/relu_3x3")
    x = drawing.lrn(x, "conv2/norm2")
    x = drawing.pooling(x, "pool2/3x3_s2", "MaxPool", 3, 2)
    for row in INCEPTIONS:
        x = drawing.inception(x, row)
        if auxiliary and row.name in AUXILIARY_AFTER:
            drawing.auxiliary(x, AUXILIARY_AFTER[row.name], classes)
        if row.name in POOLED_AFTER:
            x = drawing.pooling(x, POOLED_AFTER[row.name], "MaxPool", 3, 2)
    side = int(shape_tuple(x)[2])
    x = drawing.pooling(x, f"pool5/{side}x{side}_s1", "AveragePool", side, 1)
    x = drawing.dropout(x, f"pool5/drop_{side}x{side}_s1", f"pool5/{side}x{side}_s1")
    x = drawing.dense(x, "loss3/classifier", classes)
    drawing.softmax(x, "prob")
    return drawing.builder.build(source or Source("architecture"), find_preprocessing("caffe"))


class _Drawing:
    """The layers of the network as they are added; each gives the value that the next one reads."""

    def __init__(self, width: float, seed: int) -> None:
        self.builder = NetworkBuilder("GoogLeNet")
        self._width = width
        self._weights = RandomWeights(seed)

    def inception(self, x: ir.Value, row: Inception) -> ir.Value:
        """Four branches over the same maps, joined along the channels (figure 2b)."""
        at = row.name
        one = self.convolution(x, f"{at}/1x1", row.one, relu=f"{at}/relu_1x1")
        three = self.convolution(x, f"{at}/3x3_reduce", row.three_reduce, relu=f"{at}/relu_3x3_reduce")
        three = self.convolution(three, f"{at}/3x3", row.three, kernel=3, pad=1, relu=f"{at}/relu_3x3")
        five = self.convolution(x, f"{at}/5x5_reduce", row.five_reduce, relu=f"{at}/relu_5x5_reduce")
        five = self.convolution(five, f"{at}/5x5", row.five, kernel=5, pad=2, relu=f"{at}/relu_5x5")
        pool = self.pooling(x, f"{at}/pool", "MaxPool", 3, 1, pad=1)
        pool = self.convolution(pool, f"{at}/pool_proj", row.pool_proj, relu=f"{at}/relu_pool_proj")
        layer = self.builder.layer(f"{at}/output", "Concat")
        return layer.top(layer.concat([one, three, five, pool], axis=1), f"{at}/output")

    def auxiliary(self, x: ir.Value, at: str, classes: int) -> None:
        """A classifier on the side (§5): it keeps gradients alive in training, and is cut off afterwards."""
        x = self.pooling(x, f"{at}/ave_pool", "AveragePool", 5, 3)
        x = self.convolution(x, f"{at}/conv", 128, relu=f"{at}/relu_conv")
        x = self.dense(x, f"{at}/fc", self._channels(1024))
        layer = self.builder.layer(f"{at}/relu_fc", "ReLU")
        x = layer.top(layer.elementwise("Relu", x), f"{at}/fc")
        x = self.dropout(x, f"{at}/drop_fc", f"{at}/fc")
        self.softmax(self.dense(x, f"{at}/classifier", classes), f"{at}/prob")

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
        gain: float = 2.0,
    ) -> ir.Value:
        """A convolution and the ReLU behind it, which Caffe computes in place."""
        read, out = int(shape_tuple(x)[1]), self._channels(channels)
        parameters = {"num_output": out, "kernel_size": [kernel], "stride": [stride], "pad": [pad]}
        layer = self.builder.layer(name, "Convolution", parameters)
        weight = layer.weight("weight", self._weights.kernel((out, read, kernel, kernel), gain))
        spatial = [convolution_size(int(size), kernel, stride, (pad, pad)) for size in shape_tuple(x)[2:]]
        y = layer.convolution(
            x,
            weight,
            layer.weight("bias", self._weights.bias(out)),
            strides=[stride] * 2,
            pads=[pad] * 4,
            dilations=[1, 1],
            spatial=spatial,
        )
        y = layer.top(y, name)
        activation = self.builder.layer(relu, "ReLU")
        return activation.top(activation.elementwise("Relu", y), name)

    def pooling(self, x: ir.Value, name: str, kind: str, kernel: int, stride: int, pad: int = 0) -> ir.Value:
        """Caffe's pooling, which rounds up."""
        method = "MAX" if kind == "MaxPool" else "AVE"
        parameters = {"pool": method, "kernel_size": kernel, "stride": stride, "pad": pad}
        layer = self.builder.layer(name, "Pooling", parameters)
        spatial = [caffe_pool(int(size), kernel, stride, pad).windows for size in shape_tuple(x)[2:]]
        y = layer.pooling(
            x,
            kind,
            kernel=[kernel] * 2,
            strides=[stride] * 2,
            pads=[pad] * 4,
            ceil=True,
            count_padding=True,
            spatial=spatial,
        )
        return layer.top(y, name)

    def lrn(self, x: ir.Value, name: str) -> ir.Value:
        """Local response normalisation with the original's constants."""
        layer = self.builder.layer(name, "LRN", {"local_size": 5, "alpha": 0.0001, "beta": 0.75})
        return layer.top(layer.lrn(x, size=5, alpha=0.0001, beta=0.75, k=1.0), name)

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

    def _channels(self, channels: int) -> int:
        return max(1, round(channels * self._width))
