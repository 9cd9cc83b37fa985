"""AlexNet (Krizhevsky et al. 2012) and CaffeNet, its sibling with pooling before normalisation."""

from __future__ import annotations

import onnx_ir as ir

from explorer.architectures.caffe_style import CaffeStyle
from explorer.network.network import Network, Source

SIZE = 227
"""The paper says 224, but only 227 gives its first layer's 55×55 maps."""


def alexnet(*, width: float = 1.0, classes: int = 1000, seed: int = 0, source: Source | None = None) -> Network:
    """Build AlexNet with random weights for pictures of N×3×227×227: normalised, then pooled."""
    return _build("AlexNet", width, classes, seed, source, normalised_first=True)


def caffenet(*, width: float = 1.0, classes: int = 1000, seed: int = 0, source: Source | None = None) -> Network:
    """Build CaffeNet with random weights for pictures of N×3×227×227: pooled, then normalised."""
    return _build("CaffeNet", width, classes, seed, source, normalised_first=False)


def _build(
    name: str, width: float, classes: int, seed: int, source: Source | None, *, normalised_first: bool
) -> Network:
    net = CaffeStyle(name, width=width, seed=seed)

    def reduced(x: ir.Value, number: int) -> ir.Value:
        if normalised_first:
            return net.pooling(net.lrn(x, f"norm{number}"), f"pool{number}", "MAX", 3, 2)
        return net.lrn(net.pooling(x, f"pool{number}", "MAX", 3, 2), f"norm{number}")

    x = net.data(SIZE)
    # A picture minus its mean is ±128: the first kernels bring that down to the scale of one.
    x = reduced(net.convolution(x, "conv1", 96, kernel=11, stride=4, relu="relu1", gain=2 / 60**2), 1)
    x = reduced(net.convolution(x, "conv2", 256, kernel=5, pad=2, group=2, relu="relu2"), 2)
    x = net.convolution(x, "conv3", 384, kernel=3, pad=1, relu="relu3")
    x = net.convolution(x, "conv4", 384, kernel=3, pad=1, group=2, relu="relu4")
    x = net.convolution(x, "conv5", 256, kernel=3, pad=1, group=2, relu="relu5")
    x = net.pooling(x, "pool5", "MAX", 3, 2)
    for number in (6, 7):
        x = net.relu(net.dense(x, f"fc{number}", net.channels(4096)), f"relu{number}", f"fc{number}")
        x = net.dropout(x, f"drop{number}", f"fc{number}")
    net.softmax(net.dense(x, "fc8", classes), "prob")
    return net.finished(source)
