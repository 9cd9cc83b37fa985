"""How large the values of a network are for given inputs, before it runs."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from explorer.network.network import shape_of, value_name
from explorer.running.fitting import Sizes, inferred_shapes

if TYPE_CHECKING:
    import onnx_ir as ir

    from explorer.network.network import Network

FLOAT_BYTES = 4
"""What an entry takes whose type is not known."""


def value_sizes(network: Network, fed: Mapping[str, Sizes]) -> dict[str, int]:
    """The bytes of every value of a layer, by name, for inputs of the shapes ``fed``.

    Shapes that the network leaves open are inferred; a value whose size can't be known counts as much as the largest
    that is known. Values inside layers are there too, where their sizes are known.
    """
    batch = next((shape[0] for shape in fed.values() if shape), 1)
    shapes: dict[str, tuple[int, ...] | None] = {
        name: fed.get(name) or shape_of(value, batch) for name, value in network.values.items()
    }
    if None in shapes.values():
        for name, shape in inferred_shapes(network.model, fed).items():
            if name in shapes and shapes[name] is None and None not in shape:
                shapes[name] = tuple(size for size in shape if size is not None)
    known = {name: _bytes(network.values[name], shape) for name, shape in shapes.items() if shape is not None}
    largest = max(known.values(), default=0)
    inner = {value.name: value for node in network.model.graph for value in node.outputs if value.name}
    inside = {name: shape_of(value, batch) for name, value in inner.items() if name not in shapes}
    known |= {name: _bytes(inner[name], shape) for name, shape in inside.items() if shape is not None}
    return {**known, **{name: known.get(name, largest) for name in shapes}}


def is_batch_first(value: ir.Value) -> bool:
    """Whether the value's first size is the batch's, which the network leaves open."""
    return value.shape is not None and len(value.shape) > 0 and not isinstance(value.shape[0], int)


def ordered(network: Network, names: Collection[str]) -> tuple[str, ...]:
    """The names in the order of the data."""
    wanted = set(names)
    values = (value_name(value) for layer in network.layers for value in layer.outputs)
    return tuple(name for name in values if name in wanted)


def _bytes(value: ir.Value, shape: tuple[int, ...]) -> int:
    itemsize = FLOAT_BYTES if value.dtype is None else value.dtype.itemsize
    return math.ceil(math.prod(shape) * itemsize)
