"""What a layer costs and sees: parameters, multiply-adds, memory, receptive field."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import onnx_ir as ir

from explorer.network.network import Layer, Network, shape_of, value_name
from explorer.network.shapes import extent


@dataclass(frozen=True)
class ReceptiveField:
    """The (height, width) of the input that one output position sees, and the input positions between two."""

    size: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)


@dataclass(frozen=True)
class LayerCost:
    """One layer's cost for a batch.

    ``parameters`` are learned numbers; ``macs`` the multiply-adds of convolutions and inner products (a bias adds
    none); ``activation_bytes`` the memory of its outputs. Shapes and costs are None where a size is unknown before a
    run.
    """

    layer: str
    output_shape: tuple[int, ...] | None
    parameters: int
    macs: int | None
    activation_bytes: int | None
    receptive_field: ReceptiveField | None


def costs(network: Network, batch: int = 1) -> tuple[LayerCost, ...]:
    """The costs of every layer, in the order of the data."""
    fields: dict[str, ReceptiveField | None] = {}
    counted: set[str] = set()
    rows = []
    for layer in network.layers:
        for value in layer.outputs if not layer.nodes else ():
            fields[value_name(value)] = ReceptiveField()
        for node in layer.nodes:
            seen = _receptive_field(node, fields)
            fields.update({value_name(value): seen for value in node.outputs if value.name})
        shapes = [shape_of(value, batch) for value in layer.outputs]
        rows.append(
            LayerCost(
                layer.name,
                shapes[0] if shapes else None,
                _parameters(layer, counted),
                _sum(_macs(node, batch) for node in layer.nodes),
                _sum(
                    None if shape is None else _bytes(value, shape)
                    for value, shape in zip(layer.outputs, shapes, strict=True)
                ),
                fields.get(value_name(layer.outputs[0])) if layer.outputs else None,
            )
        )
    return tuple(rows)


def _parameters(layer: Layer, counted: set[str]) -> int:
    """Floating-point weights, those shared with an earlier layer not again."""
    total = 0
    for value in layer.weights:
        shape = shape_of(value)
        if value.dtype is not None and value.dtype.is_floating_point() and shape is not None:
            total += 0 if value_name(value) in counted else math.prod(shape)
            counted.add(value_name(value))
    return total


def _macs(node: ir.Node, batch: int) -> int | None:
    if node.op_type not in ("Conv", "ConvTranspose", "Gemm", "MatMul"):
        return 0
    if len(node.inputs) < 2 or not node.outputs:
        return None
    weight, output, read = node.inputs[1], node.outputs[0], node.inputs[0]
    shapes = [None if value is None else shape_of(value, batch) for value in (weight, output, read)]
    kernel, given, taken = shapes
    if not kernel or not given or not taken:
        return None
    if node.op_type == "Conv":
        return math.prod(given) * math.prod(kernel[1:])
    if node.op_type == "ConvTranspose":
        return math.prod(taken) * math.prod(kernel[1:])
    return math.prod(given) * taken[-1]


def _bytes(value: ir.Value, shape: tuple[int, ...]) -> int | None:
    kind = ir.DataType.FLOAT if value.dtype is None else value.dtype
    if kind in (ir.DataType.UNDEFINED, ir.DataType.STRING):
        return None
    return math.ceil(math.prod(shape) * kind.itemsize)


def _receptive_field(node: ir.Node, fields: Mapping[str, ReceptiveField | None]) -> ReceptiveField | None:
    """Araujo et al. 2019, "Computing receptive fields of convolutional neural networks", eq. 1 and 2, forwards."""
    read = [value for value in node.inputs if value is not None and value_name(value) in fields]
    known = [field for field in (fields[value_name(value)] for value in read) if field is not None]
    if not read or len(known) < len(read):
        return None if read else ReceptiveField()
    seen = ReceptiveField(
        (max(field.size[0] for field in known), max(field.size[1] for field in known)),
        (max(field.stride[0] for field in known), max(field.stride[1] for field in known)),
    )
    window = _window(node, read[0])
    if window is None:
        return seen
    kernel, strides = window
    grown = [size + (k - 1) * step for size, k, step in zip(seen.size, kernel, seen.stride, strict=True)]
    steps = [step * s for step, s in zip(seen.stride, strides, strict=True)]
    return replace(seen, size=(grown[0], grown[1]), stride=(steps[0], steps[1]))


def _window(node: ir.Node, read: ir.Value) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """The extent and stride of the node's window on the maps it reads, or None where it works position by position."""
    shape = shape_of(_as_maps(read))
    whole = ((shape[2], shape[3]), (1, 1)) if shape is not None and len(shape) == 4 else None
    if node.op_type in ("GlobalAveragePool", "GlobalMaxPool", "Flatten", "Gemm"):
        return whole
    if node.op_type not in ("Conv", "MaxPool", "AveragePool"):
        return None
    filters = node.inputs[1] if node.op_type == "Conv" and len(node.inputs) > 1 else None
    weight = None if filters is None else shape_of(filters)
    kernel = _integers(node, "kernel_shape") or (weight[2:] if weight else ())
    if len(kernel) != 2:
        return None
    dilations = _integers(node, "dilations") or (1, 1)
    strides = _integers(node, "strides") or (1, 1)
    if len(dilations) != 2 or len(strides) != 2:
        return None
    return (extent(kernel[0], dilations[0]), extent(kernel[1], dilations[1])), (strides[0], strides[1])


def _as_maps(value: ir.Value) -> ir.Value:
    """The value as N×C×H×W, where a layer turned it to have its channels last."""
    producer = value.producer()
    if producer is None or producer.op_type != "Transpose" or _integers(producer, "perm") != (0, 2, 3, 1):
        return value
    return (producer.inputs[0] if producer.inputs else None) or value


def _integers(node: ir.Node, name: str) -> tuple[int, ...]:
    attribute = node.attributes.get(name)
    return () if attribute is None or attribute.type != ir.AttributeType.INTS else tuple(attribute.as_ints())


def _sum(numbers: Iterable[int | None]) -> int | None:
    total = 0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total
