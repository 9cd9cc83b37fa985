"""Tiny networks whose mistakes are made while they are built, and what a diagnosis says of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
import onnx_ir as ir

from explorer.comparison.alignment import pair_layers
from explorer.comparison.stretches import find_stretch, with_unread
from explorer.diagnosis.diagnose import diagnose
from explorer.diagnosis.finding import Diagnosis, Finding
from explorer.diagnosis.scene import Scene, Suspect
from explorer.network.builder import LayerBuilder, NetworkBuilder, shape_tuple
from explorer.network.network import Network, Source, value_name
from explorer.network.preprocessing import Preprocessing
from explorer.running.activations import Array
from explorer.running.reference import Reference
from explorer.running.runner import Runner

Step = Callable[[NetworkBuilder, ir.Value], ir.Value]
"""A layer that is put behind a value."""


def drawn(*shape: int, seed: int = 1) -> Array:
    """Normally distributed numbers, the same each time."""
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def positive(*shape: int, seed: int = 1) -> Array:
    """Numbers from 0.5 to 1.5, the same each time."""
    return np.random.default_rng(seed).uniform(0.5, 1.5, shape).astype(np.float32)


def finished(builder: NetworkBuilder, preprocessing: Preprocessing | None = None) -> Network:
    """The network of what was built."""
    return builder.build(Source("onnx", (), ("made for a test",)), preprocessing)


def chain(shape: Sequence[int], *steps: Step, preprocessing: Preprocessing | None = None) -> Network:
    """One layer after the other behind an input ``data`` of ``shape`` (without the batch)."""
    builder = NetworkBuilder("tiny")
    value = builder.input("data", ("N", *shape))
    for step in steps:
        value = step(builder, value)
    return finished(builder, preprocessing)


def conv(
    name: str,
    weight: Array,
    bias: Array | None = None,
    *,
    pads: int | Sequence[int] = 0,
    stride: int = 1,
    dilation: int = 1,
    group: int = 1,
    top: str | None = None,
) -> Step:
    """A convolution; ``pads`` on every side, or top, left, bottom, right."""
    sides = [pads] * 4 if isinstance(pads, int) else list(pads)

    def step(builder: NetworkBuilder, x: ir.Value) -> ir.Value:
        layer = builder.layer(name, "Convolution")
        lengths = [
            (int(size) + sides[axis] + sides[axis + 2] - (weight.shape[2 + axis] - 1) * dilation - 1) // stride + 1
            for axis, size in enumerate(shape_tuple(x)[2:])
        ]
        made = layer.convolution(
            x,
            layer.weight("weight", weight),
            None if bias is None else layer.weight("bias", bias),
            strides=[stride] * 2,
            pads=sides,
            dilations=[dilation] * 2,
            group=group,
            spatial=lengths,
        )
        return layer.top(made, top or name)

    return step


def deconv(name: str, weight: Array, *, pads: Sequence[int], stride: int, extra: int = 0) -> Step:
    """A transposed convolution without bias; ``extra`` rows and columns at the end."""

    def step(builder: NetworkBuilder, x: ir.Value) -> ir.Value:
        layer = builder.layer(name, "Deconvolution")
        batch, _, *spatial = shape_tuple(x)
        lengths = [
            (int(size) - 1) * stride + weight.shape[2 + axis] - pads[axis] - pads[axis + 2] + extra
            for axis, size in enumerate(spatial)
        ]
        made = layer.node(
            "ConvTranspose",
            [x, layer.weight("weight", weight)],
            (batch, weight.shape[1], *lengths),
            {"strides": [stride] * 2, "pads": list(pads), "output_padding": [extra] * 2},
        )
        return layer.top(made, name)

    return step


def dense(name: str, weight: Array, bias: Array | None = None, *, perm: Sequence[int] | None = None) -> Step:
    """A matrix product with O×I weights of the flattened input, whose axes are put in the order ``perm`` before."""

    def step(builder: NetworkBuilder, x: ir.Value) -> ir.Value:
        layer = builder.layer(name, "InnerProduct")
        if perm is not None:
            shape = shape_tuple(x)
            x = layer.node("Transpose", [x], tuple(shape[axis] for axis in perm), {"perm": list(perm)})
        flat = x if len(shape_tuple(x)) == 2 else layer.reshape(x, ("N", weight.shape[1]))
        given = None if bias is None else layer.weight("bias", bias)
        return layer.top(layer.dense(flat, layer.weight("weight", weight), given, transposed=True), name)

    return step


def pool(
    name: str,
    operator: str,
    kernel: int,
    stride: int,
    *,
    pads: int | Sequence[int] = 0,
    ceil: bool = False,
    count: bool = False,
) -> Step:
    """A pooling; ``count``: padded places count in the divisor."""
    sides = [pads] * 4 if isinstance(pads, int) else list(pads)

    def length(size: int, axis: int) -> int:
        whole = size + sides[axis] + sides[axis + 2] - kernel
        windows = (-(-whole // stride) if ceil else whole // stride) + 1
        return windows - 1 if (windows - 1) * stride >= size + sides[axis] else windows

    def step(builder: NetworkBuilder, x: ir.Value) -> ir.Value:
        layer = builder.layer(name, "Pooling")
        made = layer.pooling(
            x,
            operator,
            kernel=[kernel] * 2,
            strides=[stride] * 2,
            pads=sides,
            ceil=ceil,
            count_padding=count,
            spatial=[length(int(size), axis) for axis, size in enumerate(shape_tuple(x)[2:])],
        )
        return layer.top(made, name)

    return step


def unary(name: str, operator: str, *arrays: Array, top: str | None = None, kind: str = "", **attributes: Any) -> Step:
    """A layer of one operator that keeps the shape; ``arrays`` are its weights."""

    def step(builder: NetworkBuilder, x: ir.Value) -> ir.Value:
        layer = builder.layer(name, kind or operator)
        given = [layer.weight(f"weight{number}", array) for number, array in enumerate(arrays)]
        return layer.top(layer.elementwise(operator, x, *given, **attributes), top or name)

    return step


def batch_norm(name: str, *vectors: Array, epsilon: float = 1e-3, top: str | None = None) -> Step:
    """γ, β, mean and variance."""
    return unary(name, "BatchNormalization", *vectors, top=top, epsilon=epsilon)


def lrn(name: str, **attributes: Any) -> Step:
    """Across channels; size, alpha as ONNX counts it, beta, bias."""
    return unary(name, "LRN", **attributes)


def resize(name: str, times: int, **attributes: str) -> Step:
    """Maps made larger by a whole number."""

    def step(builder: NetworkBuilder, x: ir.Value) -> ir.Value:
        layer = builder.layer(name, "UpSampling2D")
        scales = layer.constant(np.array([1, 1, times, times], np.float32))
        batch, channels, height, width = shape_tuple(x)
        shape = (batch, channels, int(height) * times, int(width) * times)
        return layer.top(layer.node("Resize", [x, None, scales], shape, attributes), name)

    return step


def crop(name: str, begin: int, length: int) -> Step:
    """A square of the maps, from row and column ``begin``."""

    def step(builder: NetworkBuilder, x: ir.Value) -> ir.Value:
        layer = builder.layer(name, "Crop")
        cut = [layer.constant(np.array([number] * 2, np.int64)) for number in (begin, begin + length)]
        axes = layer.constant(np.array([2, 3], np.int64))
        return layer.top(layer.node("Slice", [x, *cut, axes], (*shape_tuple(x)[:2], length, length)), name)

    return step


def joined(layer: LayerBuilder, values: Sequence[ir.Value], axis: int = 1) -> ir.Value:
    """Branches joined by ``layer``, recorded under its name."""
    return layer.top(layer.concat(values, axis), layer.name)


def recorded(
    network: Network, *inputs: Array, only: Collection[str] | None = None, without: Collection[str] = ()
) -> Reference:
    """What a framework would record of ``network``: every blob, or ``only`` some, or all ``without`` some."""
    feeds = dict(zip(map(value_name, network.inputs), inputs, strict=True))
    run = Runner(network, "cpu", 1).run(feeds)
    blobs = {name: np.array(run[value_name(value)]) for name, value in network.blobs.items()}
    return as_reference(
        {name: array for name, array in blobs.items() if name not in without and (only is None or name in only)}
    )


def as_reference(arrays: dict[str, Array]) -> Reference:
    """Arrays as a reference file would give them."""
    return Reference("reference.npz", arrays, {name: array.shape for name, array in arrays.items()})


def diagnosed(port: Network, reference: Reference, **options: Any) -> Diagnosis:
    """The diagnosis of a port on one core."""
    return diagnose(Runner(port, "cpu", 1), reference, **options)


def named(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    """Layer and cause of every finding."""
    return [(finding.layer, finding.cause) for finding in diagnosis.findings]


def only_finding(diagnosis: Diagnosis) -> Finding:
    """The one finding of a port that it puts right, down to the floor."""
    assert len(diagnosis.findings) == 1, named(diagnosis)
    assert diagnosis.unexplained == {}
    assert diagnosis.after is not None and diagnosis.after.agrees
    finding = diagnosis.findings[0]
    assert finding.residual_after <= 10 * finding.noise_floor < finding.residual_before
    return finding


def finding_of(clean: Network, port: Network, *inputs: Array, **recording: Collection[str]) -> Finding:
    """The one mistake in ``port``, which is mended; of ``clean`` itself there must be no finding."""
    reference = recorded(clean, *inputs, **recording)
    right = diagnosed(clean, reference)
    assert right.agrees and right.findings == () and right.unexplained == {}
    return only_finding(diagnosed(port, reference))


def scene_of(port: Network, reference: Reference, layer: str) -> Scene:
    """The stretch that ends at a layer, which reads what the reference recorded."""
    runner = Runner(port, "cpu", 1)
    pairs = pair_layers(port, reference)
    values = {pair.value: reference.arrays[pair.key] for pair, *_ in pairs.values()}
    stretch = find_stretch(port, pairs[layer][0].value, values)
    assert stretch is not None
    return Scene(Suspect(runner, with_unread(port, stretch, values), values))
