"""Slim's Inception-v3 (Szegedy et al. 2016): kernels taken apart into 1×7 and 7×1, and an auxiliary classifier."""

from __future__ import annotations

import onnx_ir as ir

from explorer.architectures.slim import SlimNetwork
from explorer.architectures.slim_auxiliary import auxiliary_scope, picture_size
from explorer.architectures.slim_layers import Size
from explorer.architectures.slim_modules import Branch, Fork, average, conv, halved, module, reduced
from explorer.architectures.slim_variables import Variables
from explorer.network.builder import shape_tuple
from explorer.network.network import Network, Source

SIDE = 299

LARGEST_KERNEL = 5
"""The side of the auxiliary classifier's kernel; smaller maps make it smaller."""

_A = {"Mixed_5b": 32, "Mixed_5c": 64, "Mixed_5d": 64}
"""The channels behind the pooling."""

_B = {"Mixed_6b": 128, "Mixed_6c": 160, "Mixed_6d": 160, "Mixed_6e": 192}
"""The channels within the branches of 7×1."""

_REDUCTION_A: tuple[Branch, ...] = (
    # slim's scopes say 1x1 here.
    (reduced("1a_1x1", 384, (3, 3)),),
    (conv("0a_1x1", 64), conv("0b_3x3", 96), reduced("1a_1x1", 96, (3, 3))),
    (halved(),),
)

_REDUCTION_B: tuple[Branch, ...] = (
    (conv("0a_1x1", 192), reduced("1a_3x3", 320)),
    (conv("0a_1x1", 192), conv("0b_1x7", 192), conv("0c_7x1", 192), reduced("1a_3x3", 192)),
    (halved(),),
)


def inception_v3(
    variables: Variables | None = None,
    *,
    size: Size | None = None,
    width: float = 1.0,
    classes: int = 1001,
    auxiliary: bool = True,
    seed: int = 0,
    source: Source | None = None,
) -> Network:
    """Build Inception-v3 for pictures of N×3×size, with random weights or a file's ``variables``.

    Without a ``size`` it is 299×299, or what a file's auxiliary classifier was made for.

    :raises PortsideError: when the variables don't fit, or the pictures are too small.
    """
    net = SlimNetwork("InceptionV3", variables, width=width, least=16, seed=seed)
    scope = auxiliary_scope(net, "Conv2d_2a_5x5")
    x = net.picture(size or picture_size(net, scope, SIDE, LARGEST_KERNEL))
    x = net.convolution(x, "Conv2d_1a_3x3", 32, 3, stride=2, padding="VALID")
    x = net.convolution(x, "Conv2d_2a_3x3", 32, 3, padding="VALID")
    x = net.convolution(x, "Conv2d_2b_3x3", 64, 3)
    x = net.pooling(x, "MaxPool_3a_3x3", "MaxPool", 3, stride=2, padding="VALID")
    x = net.convolution(x, "Conv2d_3b_1x1", 80, 1, padding="VALID")
    x = net.convolution(x, "Conv2d_4a_3x3", 192, 3, padding="VALID")
    x = net.pooling(x, "MaxPool_5a_3x3", "MaxPool", 3, stride=2, padding="VALID")
    for name, pooled in _A.items():
        x = module(net, x, name, _module_a(name, pooled))
    x = module(net, x, "Mixed_6a", _REDUCTION_A)
    for name, inner in _B.items():
        x = module(net, x, name, _module_b(inner))
    if auxiliary and net.has("AuxLogits/Conv2d_1b_1x1/weights"):
        _auxiliary(net, x, scope, classes)
    x = module(net, x, "Mixed_7a", _REDUCTION_B)
    for name in ("Mixed_7b", "Mixed_7c"):
        x = module(net, x, name, _module_c(name))
    x = net.whole_pooling(x, "Logits/AvgPool_1a_{}", 8)
    x = net.dropout(x, "Logits/Dropout_1b")
    x = net.convolution(x, "Logits/Conv2d_1c_1x1", classes, 1, normalised=False, activation=None, classes=True)
    x = net.squeezed(x, "Logits/SpatialSqueeze")
    net.softmax(x, "Predictions")
    return net.finished(source)


def _module_a(name: str, pooled: int) -> tuple[Branch, ...]:
    # In one module slim's scopes are named otherwise.
    five = ("0b_1x1", "Conv_1_0c_5x5") if name == "Mixed_5c" else ("0a_1x1", "0b_5x5")
    return (
        (conv("0a_1x1", 64),),
        (conv(five[0], 48), conv(five[1], 64)),
        (conv("0a_1x1", 64), conv("0b_3x3", 96), conv("0c_3x3", 96)),
        (average(), conv("0b_1x1", pooled)),
    )


def _module_b(inner: int) -> tuple[Branch, ...]:
    return (
        (conv("0a_1x1", 192),),
        (conv("0a_1x1", inner), conv("0b_1x7", inner), conv("0c_7x1", 192)),
        (
            conv("0a_1x1", inner),
            conv("0b_7x1", inner),
            conv("0c_1x7", inner),
            conv("0d_7x1", inner),
            conv("0e_1x7", 192),
        ),
        (average(), conv("0b_1x1", 192)),
    )


def _module_c(name: str) -> tuple[Branch, ...]:
    second = "0b_3x1" if name == "Mixed_7b" else "0c_3x1"
    return (
        (conv("0a_1x1", 320),),
        (conv("0a_1x1", 384), Fork((conv("0b_1x3", 384), conv(second, 384)))),
        (conv("0a_1x1", 448), conv("0b_3x3", 384), Fork((conv("0c_1x3", 384), conv("0d_3x1", 384)))),
        (average(), conv("0b_1x1", 192)),
    )


def _auxiliary(net: SlimNetwork, x: ir.Value, scope: str, classes: int) -> None:
    """The classifier on the side, over what a pooling and two convolutions make of ``Mixed_6e``."""
    x = net.pooling(x, "AuxLogits/AvgPool_1a_5x5", "AvgPool", 5, stride=3, padding="VALID")
    x = net.convolution(x, "AuxLogits/Conv2d_1b_1x1", 128, 1)
    height, width = (min(int(size), LARGEST_KERNEL) for size in shape_tuple(x)[2:])
    kernel = None if net.variables.names else (height, width)
    x = net.convolution(x, f"AuxLogits/{scope}", 768, kernel, padding="VALID")
    x = net.convolution(x, "AuxLogits/Conv2d_2b_1x1", classes, 1, normalised=False, activation=None, classes=True)
    net.squeezed(x, "AuxLogits/SpatialSqueeze")
