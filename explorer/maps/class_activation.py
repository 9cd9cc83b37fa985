"""Class activation maps: exact, where a network ends in global average pooling and linear layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.maps.class_maps import Method
from explorer.network.network import Network, value_name
from explorer.running.activations import Activations, Array

if TYPE_CHECKING:
    import onnx_ir as ir

LONGEST_HEAD = 64
"""Nodes between an output and the pooling that are looked at."""

MOST_HEAD_ENTRIES = 16 << 20
"""Weights of a head beyond which no map is made of it: several matrices are multiplied into one."""

KEPT = ("Identity", "Dropout")
"""Operations that change no value while a network is used."""

RANKED = ("Softmax", "LogSoftmax", "Sigmoid")
"""What turns scores into probabilities: the map is of the scores, before it."""

RESHAPED = ("Flatten", "Reshape", "Squeeze", "Unsqueeze", "Transpose")
"""Of a vector these change the shape alone."""


@dataclass(frozen=True, eq=False)
class Head:
    """The end of a network from its feature maps on: x, the mean of each map, then scores = ``weights`` · x + ``bias``.

    ``features`` names the value that is averaged, ``layer`` the layer that gives it, and ``channel_axis`` where its
    channels lie. ``weights`` is classes × channels, or None where the maps are the classes' own, as in SqueezeNet:
    then ``bias`` is zero.
    """

    output: str
    features: str
    layer: str
    channel_axis: int
    weights: Array | None
    bias: Array


@dataclass(frozen=True, eq=False)
class ActivationMaps:
    """Class activation maps of one picture: ``features`` is channels × rows × columns.

    The mean of a class's map and its ``bias`` add up to its score.
    """

    head: Head
    features: Array
    size: tuple[int, int]
    method: Method = "activation"
    share: float = 1.0

    @property
    def output(self) -> str:
        """The name of the network's output."""
        return self.head.output

    @property
    def count(self) -> int:
        """The number of classes."""
        return int(self.head.bias.size)

    def of_class(self, index: int) -> Array:
        """The sum of the feature maps, each weighted as the class's score weights its mean; rows × columns."""
        if self.head.weights is None:
            return np.asarray(self.features[index], np.float64)
        return np.tensordot(self.head.weights[index], self.features.astype(np.float64), axes=1)


def find_head(network: Network, output: str) -> Head | None:
    """The end of the network that ``output`` comes from; None where it is no global average and linear layers.

    A softmax at the end is passed over. What is between the pooling and the output may be fully connected layers,
    1×1 convolutions, a constant added or multiplied, and changes of shape, with nothing in between that bends.
    """
    producers = {value_name(value): node for node in network.model.graph for value in node.outputs if value.name}
    steps: list[_Step] = []
    name = output
    for _ in range(LONGEST_HEAD):
        node = producers.get(name)
        if node is None or not node.inputs or node.inputs[0] is None:
            return None
        axis = _pooled_axis(node)
        if axis is not None:
            return _head(network, output, node, axis, steps[::-1])
        step = _step(node, is_last=not any(part.changes for part in steps))
        if step is None:
            return None
        steps.append(step)
        name = step.source
    return None


def activation_maps(head: Head, activations: Activations, size: tuple[int, int], picture: int = 0) -> ActivationMaps:
    """The maps of one picture of a run that kept the value ``head.features``; ``size`` is the input's."""
    features = activations[head.features][picture]
    return ActivationMaps(head, np.moveaxis(features, head.channel_axis - 1, 0), size)


@dataclass(frozen=True, eq=False)
class _Step:
    """One operation of a head: y = ``matrix`` · x (None: unchanged), times ``factor``, plus ``offset``."""

    source: str
    matrix: Array | None = None
    factor: Array | None = None
    offset: Array | None = None

    @property
    def changes(self) -> bool:
        """Whether values come out other than they went in."""
        return any(part is not None for part in (self.matrix, self.factor, self.offset))


def _head(network: Network, output: str, pooling: ir.Node, axis: int, steps: list[_Step]) -> Head | None:
    features = pooling.inputs[0]
    assert features is not None and features.shape is not None
    channels = features.shape[axis]
    if not isinstance(channels, int):
        return None
    composed = _composed(steps, channels)
    name = value_name(features)
    if composed is None or name not in network.producer:
        return None
    weights, bias = composed
    return Head(output, name, network.producer[name].name, axis, weights, bias)


def _composed(steps: list[_Step], channels: int) -> tuple[Array | None, Array] | None:
    """All steps as one matrix, None for the unit matrix, and one offset; None where the sizes don't fit."""
    weights: Array | None = None
    bias = np.zeros(channels)
    for step in steps:
        if step.matrix is not None:
            if step.matrix.shape[1] != bias.size:
                return None
            weights = step.matrix if weights is None else step.matrix @ weights
            bias = step.matrix @ bias
        if step.factor is not None:
            if step.factor.size not in (1, bias.size):
                return None
            unit = np.eye(channels) if weights is None else weights
            weights, bias = unit * step.factor.reshape(-1, 1), bias * step.factor
        if step.offset is not None:
            if step.offset.size not in (1, bias.size):
                return None
            bias = bias + step.offset
    return weights, bias


def _step(node: ir.Node, *, is_last: bool) -> _Step | None:
    """What a node of a head does; None where it is not linear, or not known."""
    kind, source = node.op_type, _live(node)
    if source is None:
        return None
    if kind in KEPT or (kind in RANKED and is_last):
        return _Step(source)
    if kind in RESHAPED:
        return _Step(source) if _is_vector(node.inputs[0]) else None
    if kind == "Gemm":
        return _gemm(node, source)
    if kind == "MatMul":
        matrix = _constant(node, 1)
        return None if matrix is None or matrix.ndim != 2 else _Step(source, matrix.T)
    if kind == "Conv":
        return _point_convolution(node, source)
    if kind in ("Add", "Mul"):
        other = next((found for place in (0, 1) if (found := _constant(node, place)) is not None), None)
        if other is None or other.size != max(other.shape, default=1):
            return None
        flat = other.reshape(-1)
        return _Step(source, offset=flat) if kind == "Add" else _Step(source, factor=flat)
    return None


def _gemm(node: ir.Node, source: str) -> _Step | None:
    matrix = _constant(node, 1)
    offset = _constant(node, 2) if len(node.inputs) > 2 and node.inputs[2] is not None else np.zeros(1)
    if matrix is None or offset is None or _number(node, "transA", 0):
        return None
    turned = matrix if _number(node, "transB", 0) else matrix.T
    return _Step(source, turned * _number(node, "alpha", 1.0), offset=offset.reshape(-1) * _number(node, "beta", 1.0))


def _point_convolution(node: ir.Node, source: str) -> _Step | None:
    """A convolution of a vector, rows and columns 1: its kernel is a matrix."""
    kernel = _constant(node, 1)
    offset = _constant(node, 2) if len(node.inputs) > 2 and node.inputs[2] is not None else np.zeros(1)
    pads = node.attributes.get("pads")
    padded = pads is not None and any(pads.as_ints())
    if kernel is None or offset is None or padded or _number(node, "group", 1) != 1:
        return None
    if kernel.size != kernel.shape[0] * kernel.shape[1] or not _is_vector(node.inputs[0]):
        return None
    return _Step(source, kernel.reshape(kernel.shape[:2]), offset=offset.reshape(-1))


def _pooled_axis(node: ir.Node) -> int | None:
    """Where the channels lie of what a node averages over height and width; None where it doesn't do that."""
    features = node.inputs[0]
    sizes = None if features is None or features.shape is None else list(features.shape)
    if sizes is None or len(sizes) != 4:
        return None
    if node.op_type == "GlobalAveragePool":
        return 1
    if node.op_type == "AveragePool":
        window = node.attributes.get("kernel_shape")
        pads = node.attributes.get("pads")
        whole = window is not None and list(window.as_ints()) == sizes[2:]
        return 1 if whole and not (pads is not None and any(pads.as_ints())) else None
    if node.op_type == "ReduceMean":
        axes = {axis % 4 for axis in _axes(node)}
        return {frozenset({2, 3}): 1, frozenset({1, 2}): 3}.get(frozenset(axes))
    return None


def _axes(node: ir.Node) -> list[int]:
    stated = node.attributes.get("axes")
    if stated is not None:
        return [int(axis) for axis in stated.as_ints()]
    given = _constant(node, 1) if len(node.inputs) > 1 else None
    return [] if given is None else [int(axis) for axis in given.reshape(-1)]


def _live(node: ir.Node) -> str | None:
    """The one input that is no constant."""
    live = [place for place, value in enumerate(node.inputs) if value is not None and _constant(node, place) is None]
    value = node.inputs[live[0]] if len(live) == 1 else None
    return None if value is None else value.name


def _constant(node: ir.Node, place: int) -> Array | None:
    """The values of an input that is a weight or a constant, in double precision."""
    import onnx_ir as ir

    value = node.inputs[place] if place < len(node.inputs) else None
    if value is None or value.is_graph_input():
        return None
    try:
        tensor = ir.convenience.get_const_tensor(value)
    except ValueError:
        return None
    if tensor is None or tensor.size > MOST_HEAD_ENTRIES:
        return None
    return np.asarray(tensor.numpy(), np.float64)


def _number(node: ir.Node, name: str, default: float) -> float:
    attribute: Any = node.attributes.get(name)
    return default if attribute is None else float(attribute.value)


def _is_vector(value: ir.Value | None) -> bool:
    """Whether every size but the batch's and one other is 1: then no change of shape moves an entry."""
    if value is None or value.shape is None:
        return False
    sizes = list(value.shape)[1:]
    return all(isinstance(size, int) for size in sizes) and sum(size != 1 for size in sizes) <= 1
