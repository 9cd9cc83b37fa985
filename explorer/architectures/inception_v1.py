"""Slim's Inception-v1: GoogLeNet (Szegedy et al. 2015) with batch normalisation and 3×3 for its 5×5 kernels."""

from __future__ import annotations

from explorer.architectures.slim import SlimNetwork
from explorer.architectures.slim_layers import Size
from explorer.architectures.slim_modules import conv, maximum, module
from explorer.architectures.slim_variables import Variables
from explorer.network.network import Network, Source

SIDE = 224

_MODULES = {
    "Mixed_3b": (64, 96, 128, 16, 32, 32),
    "Mixed_3c": (128, 128, 192, 32, 96, 64),
    "Mixed_4b": (192, 96, 208, 16, 48, 64),
    "Mixed_4c": (160, 112, 224, 24, 64, 64),
    "Mixed_4d": (128, 128, 256, 24, 64, 64),
    "Mixed_4e": (112, 144, 288, 32, 64, 64),
    "Mixed_4f": (256, 160, 320, 32, 128, 128),
    "Mixed_5b": (256, 160, 320, 32, 128, 128),
    "Mixed_5c": (384, 192, 384, 48, 128, 128),
}
"""The channels of a module's six convolutions, in the paper's order (table 1)."""

_POOLED_BEFORE = {"Mixed_4b": ("MaxPool_4a_3x3", 3), "Mixed_5b": ("MaxPool_5a_2x2", 2)}


def inception_v1(
    variables: Variables | None = None,
    *,
    size: Size = (SIDE, SIDE),
    width: float = 1.0,
    classes: int = 1001,
    seed: int = 0,
    source: Source | None = None,
) -> Network:
    """Build Inception-v1 for pictures of N×3×size, with random weights or a file's ``variables``.

    :raises PortsideError: when the variables don't fit, or the pictures are too small.
    """
    net = SlimNetwork("InceptionV1", variables, width=width, seed=seed)
    x = net.picture(size)
    x = net.convolution(x, "Conv2d_1a_7x7", 64, 7, stride=2)
    x = net.pooling(x, "MaxPool_2a_3x3", "MaxPool", 3, stride=2)
    x = net.convolution(x, "Conv2d_2b_1x1", 64, 1)
    x = net.convolution(x, "Conv2d_2c_3x3", 192, 3)
    x = net.pooling(x, "MaxPool_3a_3x3", "MaxPool", 3, stride=2)
    for name, (one, three_in, three, five_in, five, pooled) in _MODULES.items():
        if name in _POOLED_BEFORE:
            pool, kernel = _POOLED_BEFORE[name]
            x = net.pooling(x, pool, "MaxPool", kernel, stride=2)
        # One of slim's scopes is named as the one before it.
        last = "0a_3x3" if name == "Mixed_5b" else "0b_3x3"
        branches = (
            (conv("0a_1x1", one),),
            (conv("0a_1x1", three_in), conv("0b_3x3", three)),
            (conv("0a_1x1", five_in), conv(last, five)),
            (maximum(), conv("0b_1x1", pooled)),
        )
        x = module(net, x, name, branches)
    x = net.whole_pooling(x, "Logits/AvgPool_0a_7x7", 7)
    x = net.dropout(x, "Logits/Dropout_0b")
    x = net.convolution(x, "Logits/Conv2d_0c_1x1", classes, 1, normalised=False, activation=None, classes=True)
    x = net.squeezed(x, "Logits/SpatialSqueeze")
    # slim opens the scope of the predictions within that of the logits.
    net.softmax(x, "Logits/Predictions")
    return net.finished(source)
