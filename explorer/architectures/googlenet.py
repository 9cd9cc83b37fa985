"""GoogLeNet (Szegedy et al. 2015, table 1) and PoseNet on it, with the layer names of their Caffe originals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import onnx_ir as ir

from explorer.architectures.caffe_style import CaffeStyle
from explorer.network.builder import shape_tuple
from explorer.network.network import Network, Source


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

SIDE_HEADS = {"inception_4a": 1, "inception_4d": 2}

Head = Callable[[CaffeStyle, ir.Value, int], None]
"""What is put on the maps behind an inception module: the network, the maps, and which head it is (1 to 3)."""


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

    def classifier(net: CaffeStyle, x: ir.Value, number: int) -> None:
        if number < 3 and auxiliary:
            features = _side_features(net, x, f"loss{number}", net.channels(1024))
            net.softmax(net.dense(features, f"loss{number}/classifier", classes), f"loss{number}/prob")
        elif number == 3:
            net.softmax(net.dense(_pooled(net, x), "loss3/classifier", classes), "prob")

    return _trunk(CaffeStyle("GoogLeNet", width=width, seed=seed), size, classifier).finished(source)


def posenet(
    *, width: float = 1.0, size: int = 224, auxiliary: bool = False, seed: int = 0, source: Source | None = None
) -> Network:
    """Build PoseNet (Kendall et al. 2015): GoogLeNet whose heads give a position (xyz) and an orientation (wpqr)."""

    def pose(net: CaffeStyle, x: ir.Value, number: int) -> None:
        if number < 3 and not auxiliary:
            return
        if number < 3:
            features = _side_features(net, x, f"cls{number}", net.channels(1024))
        else:
            features = net.dense(_pooled(net, x), "cls3_fc1_pose", net.channels(2048))
            features = net.relu(features, "cls3_relu1_pose", "cls3_fc1_pose")
            features = net.dropout(features, "cls3_drop_pose", "cls3_fc1_pose")
        net.dense(features, f"cls{number}_fc_pose_xyz", 3)
        net.dense(features, f"cls{number}_fc_pose_wpqr", 4)

    return _trunk(CaffeStyle("PoseNet", width=width, seed=seed), size, pose).finished(source)


def _trunk(net: CaffeStyle, size: int, head: Head) -> CaffeStyle:
    x = net.data(size)
    # A picture minus its mean is ±128: the first kernels bring that down to the scale of one.
    x = net.convolution(x, "conv1/7x7_s2", 64, kernel=7, stride=2, pad=3, relu="conv1/relu_7x7", gain=2 / 60**2)
    x = net.pooling(x, "pool1/3x3_s2", "MAX", 3, 2)
    x = net.lrn(x, "pool1/norm1")
    x = net.convolution(x, "conv2/3x3_reduce", 64, relu="conv2/relu_3x3_reduce")
    x = net.convolution(x, "conv2/3x3", 192, kernel=3, pad=1, relu="conv2/relu_3x3")
    x = net.lrn(x, "conv2/norm2")
    x = net.pooling(x, "pool2/3x3_s2", "MAX", 3, 2)
    for row in INCEPTIONS:
        x = _inception(net, x, row)
        if row.name in SIDE_HEADS:
            head(net, x, SIDE_HEADS[row.name])
        if row.name in POOLED_AFTER:
            x = net.pooling(x, POOLED_AFTER[row.name], "MAX", 3, 2)
    head(net, x, 3)
    return net


def _inception(net: CaffeStyle, x: ir.Value, row: Inception) -> ir.Value:
    """Four branches over the same maps, joined along the channels (figure 2b)."""
    at = row.name
    one = net.convolution(x, f"{at}/1x1", row.one, relu=f"{at}/relu_1x1")
    three = net.convolution(x, f"{at}/3x3_reduce", row.three_reduce, relu=f"{at}/relu_3x3_reduce")
    three = net.convolution(three, f"{at}/3x3", row.three, kernel=3, pad=1, relu=f"{at}/relu_3x3")
    five = net.convolution(x, f"{at}/5x5_reduce", row.five_reduce, relu=f"{at}/relu_5x5_reduce")
    five = net.convolution(five, f"{at}/5x5", row.five, kernel=5, pad=2, relu=f"{at}/relu_5x5")
    pool = net.pooling(x, f"{at}/pool", "MAX", 3, 1, pad=1)
    pool = net.convolution(pool, f"{at}/pool_proj", row.pool_proj, relu=f"{at}/relu_pool_proj")
    return net.concat([one, three, five, pool], f"{at}/output")


def _pooled(net: CaffeStyle, x: ir.Value) -> ir.Value:
    side = int(shape_tuple(x)[2])
    blob = f"pool5/{side}x{side}_s1"
    return net.dropout(net.pooling(x, blob, "AVE", side, 1), f"pool5/drop_{side}x{side}_s1", blob)


def _side_features(net: CaffeStyle, x: ir.Value, at: str, features: int) -> ir.Value:
    """The body of a head on the side (§5), which keeps gradients alive in training and is cut off afterwards."""
    x = net.pooling(x, f"{at}/ave_pool", "AVE", 5, 3)
    x = net.convolution(x, f"{at}/conv", 128, relu=f"{at}/relu_conv")
    x = net.relu(net.dense(x, f"{at}/fc", features), f"{at}/relu_fc", f"{at}/fc")
    return net.dropout(x, f"{at}/drop_fc", f"{at}/fc")
