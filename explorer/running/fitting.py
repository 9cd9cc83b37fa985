"""Inputs of open size: whether they are large enough for the poolings that they come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from explorer.errors import PortsideError

if TYPE_CHECKING:
    import onnx_ir as ir

Sizes = tuple[int, ...]


def check_poolings(model: ir.Model, fed: Mapping[str, Sizes]) -> None:
    """Check every pooling whose input has a size that the graph leaves open, for inputs of the shapes ``fed``.

    Sizes that depend on values are not found, and pass.

    :raises PortsideError: when the window of one is larger than what it slides over, naming its layer.
    """
    from explorer.network import marks
    from explorer.network.windows import POOLINGS, spatial_sizes, window_error

    unsure = [
        node
        for node in model.graph
        if node.op_type in POOLINGS and node.inputs and None in (spatial_sizes(node.inputs[0]) or (None,))
    ]
    known = inferred_shapes(model, fed) if unsure else {}
    for node in unsure:
        reason = window_error(node, spatial_sizes(node.inputs[0], known))
        if reason is not None:
            raise PortsideError(reason, layer=node.metadata_props.get(marks.LAYER) or node.name)


def inferred_shapes(model: ir.Model, fed: Mapping[str, Sizes]) -> dict[str, list[int | None]]:
    """The shapes of all values that can be inferred for inputs of the shapes ``fed``; None for a size that can't."""
    from explorer.network.inference import inferred
    from explorer.running.program import without_weights

    proto, _, _ = without_weights(model, [value.name for value in model.graph.outputs if value.name])
    for value in proto.graph.input:
        if value.name in fed:
            shape = value.type.tensor_type.shape
            del shape.dim[:]
            for size in fed[value.name]:
                shape.dim.add(dim_value=size)
    found = inferred(proto)
    values: list[Any] = [] if found is None else [*found.graph.value_info, *found.graph.input]
    return {
        value.name: [dim.dim_value if dim.HasField("dim_value") else None for dim in value.type.tensor_type.shape.dim]
        for value in values
    }
