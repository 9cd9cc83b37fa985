"""Slim's Inception-ResNet-v2 (Szegedy et al. 2017): inception modules whose scaled results are added to their input."""

from __future__ import annotations

import onnx_ir as ir

from explorer.architectures.slim import SlimNetwork
from explorer.architectures.slim_auxiliary import auxiliary_scope, picture_size
from explorer.architectures.slim_layers import Size
from explorer.architectures.slim_modules import Branch, average, branch, conv, halved, module, reduced
from explorer.architectures.slim_variables import Variables
from explorer.network.builder import shape_tuple
from explorer.network.network import Network, Source

SIDE = 299

_MIXED_5B: tuple[Branch, ...] = (
    (conv("1x1", 96),),
    (conv("0a_1x1", 48), conv("0b_5x5", 64)),
    (conv("0a_1x1", 64), conv("0b_3x3", 96), conv("0c_3x3", 96)),
    (average(), conv("0b_1x1", 64)),
)

_BLOCK_35: tuple[Branch, ...] = (
    (conv("1x1", 32),),
    (conv("0a_1x1", 32), conv("0b_3x3", 32)),
    (conv("0a_1x1", 32), conv("0b_3x3", 48), conv("0c_3x3", 64)),
)

_MIXED_6A: tuple[Branch, ...] = (
    (reduced("1a_3x3", 384),),
    (conv("0a_1x1", 256), conv("0b_3x3", 256), reduced("1a_3x3", 384)),
    (halved(),),
)

_BLOCK_17: tuple[Branch, ...] = (
    (conv("1x1", 192),),
    (conv("0a_1x1", 128), conv("0b_1x7", 160), conv("0c_7x1", 192)),
)

_MIXED_7A: tuple[Branch, ...] = (
    (conv("0a_1x1", 256), reduced("1a_3x3", 384)),
    (conv("0a_1x1", 256), reduced("1a_3x3", 288)),
    (conv("0a_1x1", 256), conv("0b_3x3", 288), reduced("1a_3x3", 320)),
    (halved(),),
)

_BLOCK_8: tuple[Branch, ...] = (
    (conv("1x1", 192),),
    (conv("0a_1x1", 192), conv("0b_1x3", 224), conv("0c_3x1", 256)),
)


def inception_resnet_v2(
    variables: Variables | None = None,
    *,
    size: Size | None = None,
    width: float = 1.0,
    classes: int = 1001,
    auxiliary: bool = True,
    seed: int = 0,
    source: Source | None = None,
) -> Network:
    """Build Inception-ResNet-v2 for pictures of N×3×size, with random weights or a file's ``variables``.

    Without a ``size`` it is 299×299, or what a file's auxiliary classifier was made for.

    :raises PortsideError: when the variables don't fit, or the pictures are too small.
    """
    net = SlimNetwork("InceptionResnetV2", variables, width=width, seed=seed)
    scope = auxiliary_scope(net, "Conv2d_2a_5x5")
    x = net.picture(size or picture_size(net, scope, SIDE))
    x = net.convolution(x, "Conv2d_1a_3x3", 32, 3, stride=2, padding="VALID")
    x = net.convolution(x, "Conv2d_2a_3x3", 32, 3, padding="VALID")
    x = net.convolution(x, "Conv2d_2b_3x3", 64, 3)
    x = net.pooling(x, "MaxPool_3a_3x3", "MaxPool", 3, stride=2, padding="VALID")
    x = net.convolution(x, "Conv2d_3b_1x1", 80, 1, padding="VALID")
    x = net.convolution(x, "Conv2d_4a_3x3", 192, 3, padding="VALID")
    x = net.pooling(x, "MaxPool_5a_3x3", "MaxPool", 3, stride=2, padding="VALID")
    x = module(net, x, "Mixed_5b", _MIXED_5B)
    x = _repeated(net, x, "Repeat", "block35", 10, _BLOCK_35, 0.17)
    x = module(net, x, "Mixed_6a", _MIXED_6A)
    x = _repeated(net, x, "Repeat_1", "block17", 20, _BLOCK_17, 0.10)
    if auxiliary and net.has("AuxLogits/Logits/weights"):
        _auxiliary(net, x, scope, classes)
    x = module(net, x, "Mixed_7a", _MIXED_7A)
    x = _repeated(net, x, "Repeat_2", "block8", 9, _BLOCK_8, 0.20)
    x = _block(net, x, "Block8", _BLOCK_8, 1.0, activated=False)
    x = net.convolution(x, "Conv2d_7b_1x1", 1536, 1)
    x = net.whole_pooling(x, "Logits/AvgPool_1a_8x8")
    x = net.flattened(x, "Logits/Flatten")
    x = net.dropout(x, "Logits/Dropout")
    x = net.dense(x, "Logits/Logits", classes)
    net.softmax(x, "Logits/Predictions", named=True)
    return net.finished(source)


def _repeated(
    net: SlimNetwork, x: ir.Value, scope: str, name: str, times: int, branches: tuple[Branch, ...], scale: float
) -> ir.Value:
    for number in range(1, times + 1):
        x = _block(net, x, f"{scope}/{name}_{number}", branches, scale)
    return x


def _block(
    net: SlimNetwork, x: ir.Value, scope: str, branches: tuple[Branch, ...], scale: float, *, activated: bool = True
) -> ir.Value:
    """What the branches make, brought back to the input's channels and scaled, is added to the input (§3.3)."""
    ends = [branch(net, x, f"{scope}/Branch_{number}", steps) for number, steps in enumerate(branches)]
    mixed = net.concat(ends, scope)
    channels = int(shape_tuple(x)[1])
    up = net.convolution(mixed, f"{scope}/Conv2d_1x1", channels, 1, normalised=False, activation=None, classes=True)
    x = net.added(x, net.scaled(up, scale, scope), scope)
    return net.activated(x, scope) if activated else x


def _auxiliary(net: SlimNetwork, x: ir.Value, scope: str, classes: int) -> None:
    """The classifier on the side; slim's scope calls its pooling a convolution."""
    x = net.pooling(x, "AuxLogits/Conv2d_1a_3x3", "AvgPool", 5, stride=3, padding="VALID")
    x = net.convolution(x, "AuxLogits/Conv2d_1b_1x1", 128, 1)
    x = net.convolution(x, f"AuxLogits/{scope}", 768, None, padding="VALID")
    x = net.flattened(x, "AuxLogits/Flatten")
    net.dense(x, "AuxLogits/Logits", classes)
