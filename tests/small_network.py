"""A network that is small enough for a window's test and has all that one shows: modules, in-place layers, classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx_ir as ir
from PIL import Image

from explorer.network.builder import NetworkBuilder
from explorer.network.network import Network, Source, value_name
from explorer.network.preprocessing import Preprocessing, find_preprocessing
from explorer.network.saving import save_network
from explorer.running.activations import Array
from explorer.running.recording import save_arrays
from explorer.running.runner import Runner, feed_picture

SIDE = 8
CLASSES = 6
LAYERS = ("data", "conv1", "relu1", "pool1", "fork/left", "fork/right", "fork/join", "fc", "prob")


def small_network(
    *, shifted: str | None = None, name: str = "small", preprocessing: Preprocessing | None = None
) -> Network:
    """conv1, relu1 in its place, pool1, a fork with two convolutions that are joined, fc, prob.

    The layer ``shifted`` gets a bias of 1, the mistake of a port.
    """
    builder = NetworkBuilder(name)
    x = builder.input("data", ("N", 3, SIDE, SIDE))
    draw = np.random.default_rng(3)

    def weight(*shape: int) -> Array:
        return draw.standard_normal(shape).astype(np.float32) * np.float32(0.3)

    def convolution(layer_name: str, source: ir.Value, channels: int, inputs: int, kernel: int, side: int) -> ir.Value:
        layer = builder.layer(layer_name, "Convolution", {"num_output": channels})
        values = layer.weight("weight", weight(channels, inputs, kernel, kernel))
        bias = layer.weight("bias", np.full(channels, layer_name == shifted, np.float32))
        pad = kernel // 2
        made = layer.convolution(
            source,
            values,
            bias,
            strides=(1, 1),
            pads=(pad,) * 4,
            dilations=(1, 1),
            spatial=(side, side),
        )
        return layer.top(made, layer_name)

    conv1 = convolution("conv1", x, 4, 3, 3, SIDE)
    relu = builder.layer("relu1", "ReLU")
    relu1 = relu.top(relu.elementwise("Relu", conv1), "conv1")
    pool = builder.layer("pool1", "Pooling")
    half = SIDE // 2
    pool1 = pool.top(
        pool.pooling(
            relu1,
            "MaxPool",
            kernel=(2, 2),
            strides=(2, 2),
            pads=(0,) * 4,
            ceil=False,
            count_padding=False,
            spatial=(half, half),
        ),
        "pool1",
    )
    left = convolution("fork/left", pool1, 3, 4, 1, half)
    right = convolution("fork/right", pool1, 3, 4, 3, half)
    join = builder.layer("fork/join", "Concat")
    joined = join.top(join.concat([left, right], 1), "fork/join")
    dense = builder.layer("fc", "InnerProduct")
    flat = dense.flatten(joined)
    fc = dense.top(
        dense.dense(
            flat,
            dense.weight("weight", weight(CLASSES, 6 * half * half)),
            dense.weight("bias", np.zeros(CLASSES, np.float32)),
            transposed=True,
        ),
        "fc",
    )
    softmax = builder.layer("prob", "Softmax")
    softmax.top(softmax.elementwise("Softmax", fc, axis=1), "prob")
    source = Source("onnx", (), ("made for a test",))
    return builder.build(source, preprocessing or find_preprocessing("raw"))


@dataclass(frozen=True)
class SmallFiles:
    """What a person would drop: paths of a network, a picture, and a reference that agrees with it."""

    network: Path
    picture: Path
    reference: Path

    @property
    def all(self) -> list[Path]:
        return [self.network, self.picture, self.reference]


def picture_pixels(side: int = 12, seed: int = 5) -> Array:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)


def blobs(network: Network, pixels: Array) -> Mapping[str, Array]:
    """Every blob as the source framework would record it."""
    run = Runner(network, threads=1).run(feed_picture(network, pixels))
    return {blob: run[value_name(value)] for blob, value in network.blobs.items()}


def write_small_files(folder: Path, *, shifted: str | None = None) -> SmallFiles:
    """The files in ``folder``; with ``shifted`` the network has a mistake in that layer, and the reference has none."""
    files = SmallFiles(folder / "small.onnx", folder / "noise.png", folder / "reference.npz")
    pixels = picture_pixels()
    save_network(small_network(shifted=shifted), files.network)
    Image.fromarray(pixels).save(files.picture)
    save_arrays(blobs(small_network(), pixels), files.reference)
    return files
