"""Slim's Inception-v4 (Szegedy et al. 2017, figures 3 to 9) with its auxiliary classifier."""

from __future__ import annotations

import onnx_ir as ir

from explorer.architectures.slim import SlimNetwork
from explorer.architectures.slim_auxiliary import auxiliary_scope, picture_size
from explorer.architectures.slim_layers import Size
from explorer.architectures.slim_modules import Branch, Fork, average, conv, halved, module, reduced
from explorer.architectures.slim_variables import Variables
from explorer.network.network import Network, Source

SIDE = 299

_STEM: dict[str, tuple[Branch, ...]] = {
    "Mixed_3a": ((halved("MaxPool_0a_3x3"),), (reduced("0a_3x3", 96),)),
    "Mixed_4a": (
        (conv("0a_1x1", 64), conv("1a_3x3", 96, padding="VALID")),
        (conv("0a_1x1", 64), conv("0b_1x7", 64), conv("0c_7x1", 64), conv("1a_3x3", 96, padding="VALID")),
    ),
    "Mixed_5a": ((reduced("1a_3x3", 192),), (halved(),)),
}

_A: tuple[Branch, ...] = (
    (conv("0a_1x1", 96),),
    (conv("0a_1x1", 64), conv("0b_3x3", 96)),
    (conv("0a_1x1", 64), conv("0b_3x3", 96), conv("0c_3x3", 96)),
    (average(), conv("0b_1x1", 96)),
)

_REDUCTION_A: tuple[Branch, ...] = (
    (reduced("1a_3x3", 384),),
    (conv("0a_1x1", 192), conv("0b_3x3", 224), reduced("1a_3x3", 256)),
    (halved(),),
)

_B: tuple[Branch, ...] = (
    (conv("0a_1x1", 384),),
    (conv("0a_1x1", 192), conv("0b_1x7", 224), conv("0c_7x1", 256)),
    (conv("0a_1x1", 192), conv("0b_7x1", 192), conv("0c_1x7", 224), conv("0d_7x1", 224), conv("0e_1x7", 256)),
    (average(), conv("0b_1x1", 128)),
)

_REDUCTION_B: tuple[Branch, ...] = (
    (conv("0a_1x1", 192), reduced("1a_3x3", 192)),
    (conv("0a_1x1", 256), conv("0b_1x7", 256), conv("0c_7x1", 320), reduced("1a_3x3", 320)),
    (halved(),),
)

_C: tuple[Branch, ...] = (
    (conv("0a_1x1", 256),),
    (conv("0a_1x1", 384), Fork((conv("0b_1x3", 256), conv("0c_3x1", 256)))),
    (
        conv("0a_1x1", 384),
        conv("0b_3x1", 448),
        conv("0c_1x3", 512),
        Fork((conv("0d_1x3", 256), conv("0e_3x1", 256))),
    ),
    (average(), conv("0b_1x1", 256)),
)

_MODULES: dict[str, tuple[Branch, ...]] = {
    **_STEM,
    **{f"Mixed_5{letter}": _A for letter in "bcde"},
    "Mixed_6a": _REDUCTION_A,
    **{f"Mixed_6{letter}": _B for letter in "bcdefgh"},
    "Mixed_7a": _REDUCTION_B,
    **{f"Mixed_7{letter}": _C for letter in "bcd"},
}

_AUXILIARY_AFTER = "Mixed_6h"


def inception_v4(
    variables: Variables | None = None,
    *,
    size: Size | None = None,
    width: float = 1.0,
    classes: int = 1001,
    auxiliary: bool = True,
    seed: int = 0,
    source: Source | None = None,
) -> Network:
    """Build Inception-v4 for pictures of N×3×size, with random weights or a file's ``variables``.

    Without a ``size`` it is 299×299, or what a file's auxiliary classifier was made for.

    :raises PortsideError: when the variables don't fit, or the pictures are too small.
    """
    net = SlimNetwork("InceptionV4", variables, width=width, seed=seed)
    scope = auxiliary_scope(net, "Conv2d_2a")
    x = net.picture(size or picture_size(net, scope, SIDE))
    x = net.convolution(x, "Conv2d_1a_3x3", 32, 3, stride=2, padding="VALID")
    x = net.convolution(x, "Conv2d_2a_3x3", 32, 3, padding="VALID")
    x = net.convolution(x, "Conv2d_2b_3x3", 64, 3)
    for name, branches in _MODULES.items():
        x = module(net, x, name, branches)
        if name == _AUXILIARY_AFTER and auxiliary and net.has("AuxLogits/Aux_logits/weights"):
            _auxiliary(net, x, scope, classes)
    x = net.whole_pooling(x, "Logits/AvgPool_1a")
    x = net.dropout(x, "Logits/Dropout_1b")
    x = net.flattened(x, "Logits/PreLogitsFlatten")
    x = net.dense(x, "Logits/Logits", classes)
    net.softmax(x, "Logits/Predictions", named=True)
    return net.finished(source)


def _auxiliary(net: SlimNetwork, x: ir.Value, scope: str, classes: int) -> None:
    """The classifier on the side: a kernel over the whole of a pooled map."""
    x = net.pooling(x, "AuxLogits/AvgPool_1a_5x5", "AvgPool", 5, stride=3, padding="VALID")
    x = net.convolution(x, "AuxLogits/Conv2d_1b_1x1", 128, 1)
    x = net.convolution(x, f"AuxLogits/{scope}", 768, None, padding="VALID")
    x = net.flattened(x, "AuxLogits/Flatten")
    net.dense(x, "AuxLogits/Aux_logits", classes)
