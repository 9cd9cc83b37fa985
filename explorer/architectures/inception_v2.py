"""Slim's Inception-v2 (Ioffe and Szegedy 2015): two 3×3 for a 5×5 kernel, and a separable first convolution."""

from __future__ import annotations

from explorer.architectures.slim import SlimNetwork
from explorer.architectures.slim_layers import Size
from explorer.architectures.slim_modules import Branch, average, conv, halved, maximum, module
from explorer.architectures.slim_variables import Variables
from explorer.network.network import Network, Source

SIDE = 224

_MODULES = {
    "Mixed_3b": (64, 64, 64, 64, 96, 32),
    "Mixed_3c": (64, 64, 96, 64, 96, 64),
    "Mixed_4a": (128, 160, 64, 96),
    "Mixed_4b": (224, 64, 96, 96, 128, 128),
    "Mixed_4c": (192, 96, 128, 96, 128, 128),
    "Mixed_4d": (160, 128, 160, 128, 160, 96),
    "Mixed_4e": (96, 128, 192, 160, 192, 96),
    "Mixed_5a": (128, 192, 192, 256),
    "Mixed_5b": (352, 192, 320, 160, 224, 128),
    "Mixed_5c": (352, 192, 320, 192, 224, 128),
}
"""The channels of a module's convolutions; those of four numbers halve the maps."""

_POOLED_BY_MAXIMUM = "Mixed_5c"


def inception_v2(
    variables: Variables | None = None,
    *,
    size: Size = (SIDE, SIDE),
    width: float = 1.0,
    classes: int = 1001,
    seed: int = 0,
    source: Source | None = None,
) -> Network:
    """Build Inception-v2 for pictures of N×3×size, with random weights or a file's ``variables``.

    :raises PortsideError: when the variables don't fit, or the pictures are too small.
    """
    net = SlimNetwork("InceptionV2", variables, width=width, least=16, seed=seed)
    x = net.picture(size)
    if net.has("Conv2d_1a_7x7/depthwise_weights"):
        times = min(net.depth(64) // 3, 8)
        x = net.separable(x, "Conv2d_1a_7x7", 64, 7, times, stride=2)
    else:
        x = net.convolution(x, "Conv2d_1a_7x7", 64, 7, stride=2)
    x = net.pooling(x, "MaxPool_2a_3x3", "MaxPool", 3, stride=2)
    x = net.convolution(x, "Conv2d_2b_1x1", 64, 1)
    x = net.convolution(x, "Conv2d_2c_3x3", 192, 3)
    x = net.pooling(x, "MaxPool_3a_3x3", "MaxPool", 3, stride=2)
    for name, channels in _MODULES.items():
        x = module(net, x, name, _branches(name, channels))
    x = net.whole_pooling(x, "Logits/AvgPool_1a_{}", 7)
    x = net.dropout(x, "Logits/Dropout_1b")
    x = net.convolution(x, "Logits/Conv2d_1c_1x1", classes, 1, normalised=False, activation=None, classes=True)
    x = net.squeezed(x, "Logits/SpatialSqueeze")
    net.softmax(x, "Predictions")
    return net.finished(source)


def _branches(name: str, channels: tuple[int, ...]) -> tuple[Branch, ...]:
    if len(channels) == 4:
        one_in, one, two_in, two = channels
        return (
            (conv("0a_1x1", one_in), conv("1a_3x3", one, stride=2)),
            (conv("0a_1x1", two_in), conv("0b_3x3", two), conv("1a_3x3", two, stride=2)),
            (halved(padding="SAME"),),
        )
    one, two_in, two, three_in, three, pooled = channels
    return (
        (conv("0a_1x1", one),),
        (conv("0a_1x1", two_in), conv("0b_3x3", two)),
        (conv("0a_1x1", three_in), conv("0b_3x3", three), conv("0c_3x3", three)),
        (maximum() if name == _POOLED_BY_MAXIMUM else average(), conv("0b_1x1", pooled)),
    )
