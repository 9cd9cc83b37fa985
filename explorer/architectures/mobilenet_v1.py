"""Slim's MobileNet-v1 (Howard et al. 2017, table 1): a depthwise and a pointwise convolution in turn."""

from __future__ import annotations

from explorer.architectures.slim import SlimNetwork
from explorer.architectures.slim_layers import Size
from explorer.architectures.slim_variables import Variables
from explorer.network.network import Network, Source

SIDE = 224

_LAYERS = (
    (1, 64),
    (2, 128),
    (1, 128),
    (2, 256),
    (1, 256),
    (2, 512),
    (1, 512),
    (1, 512),
    (1, 512),
    (1, 512),
    (1, 512),
    (2, 1024),
    (1, 1024),
)
"""Stride of the depthwise and channels of the pointwise convolution."""


def mobilenet_v1(
    variables: Variables | None = None,
    *,
    size: Size = (SIDE, SIDE),
    width: float = 1.0,
    classes: int = 1001,
    seed: int = 0,
    source: Source | None = None,
) -> Network:
    """Build MobileNet-v1 for pictures of N×3×size, with random weights or a file's ``variables``.

    :raises PortsideError: when the variables don't fit, or the pictures are too small.
    """
    net = SlimNetwork("MobilenetV1", variables, scaled=True, activation="Relu6", width=width, least=8, seed=seed)
    x = net.convolution(net.picture(size), "Conv2d_0", 32, 3, stride=2)
    for number, (stride, channels) in enumerate(_LAYERS, 1):
        x = net.depthwise(x, f"Conv2d_{number}_depthwise", 3, stride=stride)
        x = net.convolution(x, f"Conv2d_{number}_pointwise", channels, 1)
    x = net.whole_pooling(x, "Logits/AvgPool_1a", 7)
    x = net.dropout(x, "Logits/Dropout_1b")
    x = net.convolution(x, "Logits/Conv2d_1c_1x1", classes, 1, normalised=False, activation=None, classes=True)
    x = net.squeezed(x, "Logits/SpatialSqueeze")
    net.softmax(x, "Predictions")
    return net.finished(source)
