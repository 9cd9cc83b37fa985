"""Networks made node by node: what importers and architectures say, as ONNX nodes marked with their layer."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from explorer.network import marks
from explorer.network.network import BATCH, Network, Shape, Source, mark_nodes
from explorer.network.preprocessing import Preprocessing
from explorer.network.provenance import Provenance

OPSET = 20
"""The first opset whose poolings drop windows that start in the right padding, which ``ceil_mode`` needs."""

IR_VERSION = 10
"""The first ONNX version whose nodes and tensors have ``metadata_props``."""


class NetworkBuilder:
    """Collects layers in the order of the data; :meth:`build` gives the network.

    Layers' names are made different by a number where the source repeats one.
    """

    def __init__(self, name: str) -> None:
        self.graph = ir.Graph([], [], nodes=[], opset_imports={"": OPSET}, name=name)
        self._layers: set[str] = set()
        self._tops: dict[str, ir.Value] = {}
        self._given: list[ir.Value] = []
        self._asides: set[ir.Value] = set()
        self._views: set[ir.Node] = set()

    def input(self, name: str, shape: Shape, *, layer: str | None = None, kind: str = "Input") -> ir.Value:
        """An input of the network, recorded under ``name``; ``layer`` is the source's layer that declares it."""
        value = ir.Value(name=name, shape=ir.Shape(shape), type=ir.TensorType(ir.DataType.FLOAT))
        value.metadata_props[marks.LAYER] = self.unique_layer(layer or name)
        value.metadata_props[marks.TYPE] = kind
        value.metadata_props[marks.TOPS] = json.dumps([name])
        self.graph.inputs.append(value)
        self._tops[name] = value
        return value

    def layer(self, name: str, kind: str, parameters: Mapping[str, Any] | None = None) -> LayerBuilder:
        """Begin the layer ``name`` of the source's type ``kind`` with the source's own parameters (JSON values)."""
        return LayerBuilder(self, self.unique_layer(name), kind, parameters or {})

    def unique_layer(self, name: str) -> str:
        """``name``, or with a number behind it where a layer of that name is there already."""
        unique, number = name, 2
        while unique in self._layers:
            unique, number = f"{name}_{number}", number + 1
        self._layers.add(unique)
        return unique

    def record(self, value: ir.Value, blob: str) -> None:
        """Note that the framework records ``value`` under ``blob``; a later value takes the name over."""
        self._tops[blob] = value

    def record_view(self, value: ir.Value, blob: str, *, read: bool) -> None:
        """Note that ``blob`` shows ``value`` now, as it shares storage with another blob that was written.

        A blob that was ``read`` is no output, though nothing may read what it shows now; and making the view is no
        reading of what it is a view of.
        """
        self.record(value, blob)
        producer = value.producer()
        assert producer is not None
        self._views.add(producer)
        if read:
            self._asides.add(value)

    def give(self, value: ir.Value) -> None:
        """Make ``value`` an output of the network."""
        self._given.append(value)

    def build(self, source: Source, preprocessing: Preprocessing | None = None) -> Network:
        """The network; every recorded value that nothing reads is an output too.

        A value takes the blob's name that it stands under in the end, so that the ONNX file's names are the
        framework's.
        """
        inputs = {value.name for value in self.graph.inputs}
        for blob, value in self._tops.items():
            if blob not in inputs:
                value.name = blob
        unread = [value for value in self._tops.values() if self._is_unread(value)]
        self.graph.outputs.extend(dict.fromkeys([*self._given, *unread]))
        model = ir.Model(self.graph, ir_version=IR_VERSION, producer_name="portside")
        model.metadata_props[marks.SOURCE] = source.to_json()
        if preprocessing is not None:
            model.metadata_props[marks.PREPROCESSING] = json.dumps(preprocessing.to_json())
        return Network(model)

    def _is_unread(self, value: ir.Value) -> bool:
        read = any(use.node not in self._views for use in value.uses())
        return not read and value not in self._asides and value.producer() is not None


class LayerBuilder:
    """One layer's nodes. Methods take and give values whose shapes are known; a batch may be the name ``N``.

    Spatial arguments are one number for each spatial axis; ``pads`` are all lows, then all highs, as in ONNX.
    """

    def __init__(self, network: NetworkBuilder, name: str, kind: str, parameters: Mapping[str, Any]) -> None:
        self.name = name
        self._network = network
        self._kind = kind
        self._parameters = parameters
        self._nodes: list[ir.Node] = []
        self._blobs: dict[str, str] = {}

    def node(
        self,
        operator: str,
        inputs: Sequence[ir.Value | None],
        shape: Shape,
        attributes: Mapping[str, Any] | None = None,
        dtype: ir.DataType = ir.DataType.FLOAT,
    ) -> ir.Value:
        """Add one ONNX node with one output of ``shape``."""
        return self.nodes(operator, inputs, [shape], attributes, [dtype])[0]

    def nodes(
        self,
        operator: str,
        inputs: Sequence[ir.Value | None],
        shapes: Sequence[Shape | None],
        attributes: Mapping[str, Any] | None = None,
        dtypes: Sequence[ir.DataType] | None = None,
        *,
        domain: str = "",
    ) -> tuple[ir.Value, ...]:
        """Add one ONNX node with an output for each of ``shapes`` (None: unknown), floats but for ``dtypes``."""
        name = f"{self.name}:{operator}{len(self._nodes) or ''}"
        described = [_attribute(key, value) for key, value in (attributes or {}).items()]
        node = ir.Node(domain, operator, inputs, described, num_outputs=len(shapes), name=name)
        types = dtypes or [ir.DataType.FLOAT] * len(shapes)
        for index, (value, shape, dtype) in enumerate(zip(node.outputs, shapes, types, strict=True)):
            value.name, value.type = f"{name}.{index}" if index else name, ir.TensorType(dtype)
            value.shape = None if shape is None else ir.Shape(shape)
        self._network.graph.append(node)
        self._nodes.append(node)
        return tuple(node.outputs)

    def opaque(self, operator: str, inputs: Sequence[ir.Value], tops: int) -> tuple[ir.Value, ...]:
        """One node for a layer that no ONNX operator expresses; its outputs' shapes are unknown, and it can't run."""
        self._network.graph.opset_imports.setdefault(marks.OPAQUE, 1)
        return self.nodes(operator, inputs, [None] * tops, domain=marks.OPAQUE)

    def weight(self, name: str, array: NDArray[Any] | ir.LazyTensor, provenance: Provenance | None = None) -> ir.Value:
        """An initializer ``layer:name``; an array is kept as it is, not copied, and a lazy one not made yet."""
        tensor = array if isinstance(array, ir.LazyTensor) else ir.Tensor(array)
        tensor.name = f"{self.name}:{name}"
        if provenance is not None:
            tensor.metadata_props[marks.PROVENANCE] = provenance.to_json()
        value = ir.Value(name=tensor.name, shape=tensor.shape, type=ir.TensorType(tensor.dtype), const_value=tensor)
        self._network.graph.register_initializer(value)
        return value

    def constant(self, value: float | Sequence[int] | NDArray[Any]) -> ir.Value:
        """A constant that belongs to the layer's formula and is no weight: a float, or whole numbers."""
        array = np.asarray(value, np.float32 if isinstance(value, float) else None)
        dtype = ir.DataType.from_numpy(array.dtype)
        return self.node("Constant", [], array.shape, {"value": ir.Tensor(array)}, dtype)

    def top(self, value: ir.Value, blob: str | None) -> ir.Value:
        """Say that ``value`` is an output of this layer, recorded under ``blob`` (None: not recorded)."""
        if value.producer() not in self._nodes:
            value = self.node("Identity", [value], shape_tuple(value))
        if blob is None:
            self._network.give(value)
        else:
            value.name = f"{self.name}:{blob}"
            self._blobs[value.name] = blob
            self._network.record(value, blob)
        self._mark()
        return value

    def overwrite(self, value: ir.Value, blob: str, *, read: bool) -> ir.Value:
        """Say that this layer changes another layer's ``blob`` to ``value``, as the two share storage.

        ``read`` says whether a layer has read the blob: if none has, it is an output of the network.
        """
        value.name = f"{self.name}:{blob}"
        self._blobs[value.name] = blob
        self._network.record_view(value, blob, read=read)
        self._mark()
        return value

    def reshape(self, x: ir.Value, shape: Shape) -> ir.Value:
        """The same numbers in C order as ``shape``, in which one size may be named."""
        before = dict(enumerate(shape_tuple(x)))
        sizes = [
            size if isinstance(size, int) else 0 if before.get(axis) == size else -1 for axis, size in enumerate(shape)
        ]
        return self.node("Reshape", [x, self.constant(np.array(sizes, np.int64))], shape)

    def convolution(
        self,
        x: ir.Value,
        weight: ir.Value,
        bias: ir.Value | None,
        *,
        strides: Sequence[int],
        pads: Sequence[int],
        dilations: Sequence[int],
        group: int = 1,
        spatial: Sequence[int],
    ) -> ir.Value:
        """Cross-correlation of N×C×spatial with a weight of O×C/group×kernel; ``spatial`` is the output's size."""
        out = shape_tuple(weight)[0]
        attributes = {
            "kernel_shape": list(shape_tuple(weight)[2:]),
            "strides": list(strides),
            "pads": list(pads),
            "dilations": list(dilations),
            "group": group,
        }
        inputs = [x, weight] if bias is None else [x, weight, bias]
        return self.node("Conv", inputs, (shape_tuple(x)[0], out, *spatial), attributes)

    def pooling(
        self,
        x: ir.Value,
        kind: str,
        *,
        kernel: Sequence[int],
        strides: Sequence[int],
        pads: Sequence[int],
        ceil: bool,
        count_padding: bool,
        spatial: Sequence[int],
    ) -> ir.Value:
        """``MaxPool`` or ``AveragePool``, whose divisor counts padded positions if ``count_padding``."""
        attributes = {
            "kernel_shape": list(kernel),
            "strides": list(strides),
            "pads": list(pads),
            "ceil_mode": int(ceil),
        }
        if kind == "AveragePool":
            attributes["count_include_pad"] = int(count_padding)
        return self.node(kind, [x], (*shape_tuple(x)[:2], *spatial), attributes)

    def global_pooling(self, x: ir.Value, kind: str) -> ir.Value:
        """``MaxPool`` or ``AveragePool`` over the whole map: N×C×1×1 for maps of two axes."""
        shape = shape_tuple(x)
        return self.node(f"Global{kind}", [x], (*shape[:2], *[1] * (len(shape) - 2)))

    def lrn(self, x: ir.Value, *, size: int, alpha: float, beta: float, k: float) -> ir.Value:
        """X ÷ (k + α/size · Σ x²)^β, the sum over ``size`` neighbouring channels (Krizhevsky et al. 2012, §3.3)."""
        attributes = {"size": size, "alpha": float(alpha), "beta": float(beta), "bias": float(k)}
        return self.node("LRN", [x], shape_tuple(x), attributes)

    def dense(self, x: ir.Value, weight: ir.Value, bias: ir.Value | None, *, transposed: bool) -> ir.Value:
        """N×I · I×O; ``transposed`` says that the weight lies as O×I."""
        out = shape_tuple(weight)[0 if transposed else 1]
        inputs = [x, weight] if bias is None else [x, weight, bias]
        return self.node("Gemm", inputs, (shape_tuple(x)[0], out), {"transB": int(transposed)})

    def flatten(self, x: ir.Value, axis: int = 1) -> ir.Value:
        """To a matrix: the axes before ``axis`` and those from it on."""
        shape = shape_tuple(x)
        if len(shape) == 2 and axis == 1:
            return x
        return self.node("Flatten", [x], (product(shape[:axis]), product(shape[axis:])), {"axis": axis})

    def concat(self, inputs: Sequence[ir.Value], axis: int) -> ir.Value:
        """Joined along ``axis``."""
        shapes = [shape_tuple(value) for value in inputs]
        joined = tuple(add(sizes) if i == axis else sizes[0] for i, sizes in enumerate(zip(*shapes, strict=True)))
        return self.node("Concat", inputs, joined, {"axis": axis})

    def elementwise(self, operator: str, *inputs: ir.Value, **attributes: Any) -> ir.Value:
        """An operator whose output has the shape of its first input."""
        return self.node(operator, list(inputs), shape_tuple(inputs[0]), attributes)

    def _mark(self) -> None:
        mark_nodes(self._nodes, layer=self.name, kind=self._kind, blobs=self._blobs, parameters=self._parameters)


def _attribute(name: str, value: Any) -> ir.Attr:
    """An attribute of the type that Python's is; ``onnx_ir.node`` looks through its protocols for it, which is slow."""
    if isinstance(value, int):
        return ir.AttrInt64(name, value)
    if isinstance(value, float):
        return ir.AttrFloat32(name, value)
    if isinstance(value, str):
        return ir.AttrString(name, value)
    if isinstance(value, ir.Tensor):
        return ir.AttrTensor(name, value)
    numbers = list(value)
    return (ir.AttrFloat32s if any(isinstance(number, float) for number in numbers) else ir.AttrInt64s)(name, numbers)


def shape_tuple(value: ir.Value) -> Shape:
    """The value's shape with names for sizes that are known only in a run."""
    assert value.shape is not None
    return tuple(dim if isinstance(dim, int) else (dim.value or BATCH) for dim in value.shape)


def product(sizes: Sequence[int | str]) -> int | str:
    """The product of sizes; with a named size among them the others must be 1."""
    numbers = [size for size in sizes if isinstance(size, int)]
    names = [size for size in sizes if isinstance(size, str)]
    if not names:
        return math.prod(numbers)
    if len(names) > 1 or math.prod(numbers) != 1:
        raise NamedSizeError
    return names[0]


def add(sizes: Sequence[int | str]) -> int | str:
    """The sum of sizes, none of them named."""
    if any(isinstance(size, str) for size in sizes):
        raise NamedSizeError
    return sum(size for size in sizes if isinstance(size, int))


class NamedSizeError(Exception):
    """Arithmetic on the batch: the network can only be built for a batch of a fixed size."""
