"""The network's layers in the order of the data, as each framework's own names have them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Weights = dict[str, tuple[Array, Array]]
"""Kernels (out×in×h×w) or matrix (out×in), and biases, by layer."""

What = Literal["convolution", "max", "average", "lrn", "concat", "dense", "dropout", "softmax"]

INCEPTIONS = tuple(f"inception_{at}" for at in ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"))
POOLED_AFTER = {"inception_3b": "pool3/3x3_s2", "inception_4e": "pool4/3x3_s2"}
SIDE_HEADS = {"inception_4a": "loss1", "inception_4d": "loss2"}


@dataclass(frozen=True)
class Step:
    """One layer: what it is, what it reads, and what Caffe says of it."""

    what: What
    name: str
    reads: tuple[str, ...]
    kernel: int = 1
    stride: int = 1
    pad: int = 0
    relu: str | None = None
    """What Caffe calls the ReLU that follows in place."""
    ratio: float = 0.0
    """How much a dropout drops while it is trained."""


def steps() -> Iterator[Step]:
    """Every layer behind the input ``data``."""
    yield Step("convolution", "conv1/7x7_s2", ("data",), 7, 2, 3, "conv1/relu_7x7")
    yield Step("max", "pool1/3x3_s2", ("conv1/7x7_s2",), 3, 2)
    yield Step("lrn", "pool1/norm1", ("pool1/3x3_s2",))
    yield Step("convolution", "conv2/3x3_reduce", ("pool1/norm1",), relu="conv2/relu_3x3_reduce")
    yield Step("convolution", "conv2/3x3", ("conv2/3x3_reduce",), 3, 1, 1, "conv2/relu_3x3")
    yield Step("lrn", "conv2/norm2", ("conv2/3x3",))
    yield Step("max", "pool2/3x3_s2", ("conv2/norm2",), 3, 2)
    x = "pool2/3x3_s2"
    for at in INCEPTIONS:
        yield from _inception(at, x)
        x = f"{at}/output"
        if at in SIDE_HEADS:
            yield from _side_head(SIDE_HEADS[at], x)
        if at in POOLED_AFTER:
            yield Step("max", POOLED_AFTER[at], (x,), 3, 2)
            x = POOLED_AFTER[at]
    yield Step("average", "pool5/7x7_s1", (x,), 7, 1)
    yield Step("dropout", "pool5/drop_7x7_s1", ("pool5/7x7_s1",), ratio=0.4)
    yield Step("dense", "loss3/classifier", ("pool5/drop_7x7_s1",))
    yield Step("softmax", "prob", ("loss3/classifier",))


def _inception(at: str, x: str) -> Iterator[Step]:
    yield Step("convolution", f"{at}/1x1", (x,), relu=f"{at}/relu_1x1")
    yield Step("convolution", f"{at}/3x3_reduce", (x,), relu=f"{at}/relu_3x3_reduce")
    yield Step("convolution", f"{at}/3x3", (f"{at}/3x3_reduce",), 3, 1, 1, f"{at}/relu_3x3")
    yield Step("convolution", f"{at}/5x5_reduce", (x,), relu=f"{at}/relu_5x5_reduce")
    yield Step("convolution", f"{at}/5x5", (f"{at}/5x5_reduce",), 5, 1, 2, f"{at}/relu_5x5")
    yield Step("max", f"{at}/pool", (x,), 3, 1, 1)
    yield Step("convolution", f"{at}/pool_proj", (f"{at}/pool",), relu=f"{at}/relu_pool_proj")
    yield Step("concat", f"{at}/output", tuple(f"{at}/{end}" for end in ("1x1", "3x3", "5x5", "pool_proj")))


def _side_head(head: str, x: str) -> Iterator[Step]:
    yield Step("average", f"{head}/ave_pool", (x,), 5, 3)
    yield Step("convolution", f"{head}/conv", (f"{head}/ave_pool",), relu=f"{head}/relu_conv")
    yield Step("dense", f"{head}/fc", (f"{head}/conv",), relu=f"{head}/relu_fc")
    yield Step("dropout", f"{head}/drop_fc", (f"{head}/fc",), ratio=0.7)
    yield Step("dense", f"{head}/classifier", (f"{head}/drop_fc",))
    yield Step("softmax", f"{head}/prob", (f"{head}/classifier",))
