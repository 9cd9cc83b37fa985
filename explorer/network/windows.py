"""Windows that are larger than what they slide over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import onnx_ir as ir

from explorer.network.shapes import convolution_size

POOLINGS = frozenset(["MaxPool", "AveragePool", "LpPool"])
"""Onnxruntime 1.31 ends the whole process where such a node's window is larger than its padded input."""

WINDOWED = POOLINGS | {"Conv"}
"""The operators that :func:`window_error` has something to say of."""


def window_error(node: ir.Node, sizes: Sequence[int | None] | None) -> str | None:
    """What is wrong with a node's window over an input of these spatial sizes (None: not known); None if nothing is.

    A node without a window has nothing wrong, nor has one that pads as far as its window wants.
    """
    if node.op_type not in WINDOWED or node.domain not in ("", "ai.onnx"):
        return None
    kernel = _kernel(node)
    if kernel is None:
        return None
    rank = len(kernel)
    strides, dilations = (_integers(node, name) or (1,) * rank for name in ("strides", "dilations"))
    pads = _integers(node, "pads") or (0,) * 2 * rank
    if len(strides) != rank or len(dilations) != rank or len(pads) != 2 * rank:
        return f"its strides, dilations or pads don't fit a window of {rank} axes"
    if min((*kernel, *strides, *dilations)) < 1 or min(pads) < 0:
        return "its kernel, strides, dilations or pads are less than they can be"
    auto = node.attributes.get("auto_pad")
    if sizes is None or (auto is not None and auto.type == ir.AttributeType.STRING and "SAME" in auto.as_string()):
        return None
    if len(sizes) != rank:
        return f"its window has {rank} axes, its input {len(sizes)}"
    for axis, size in enumerate(sizes):
        around = (pads[axis], pads[axis + rank])
        if size is None or convolution_size(size, kernel[axis], strides[axis], around, dilations[axis]) > 0:
            continue
        shown = "×".join("?" if known is None else str(known) for known in sizes)
        return f"its window {'×'.join(map(str, kernel))} is larger than its padded input, which is {shown}"
    return None


def spatial_sizes(
    value: ir.Value | None, known: Mapping[str, Sequence[int | None]] | None = None
) -> list[int | None] | None:
    """The sizes behind batch and channels, None for each that isn't known, and None where not even the axes are."""
    if value is None:
        return None
    if known is not None and value.name is not None and value.name in known:
        return list(known[value.name][2:])
    return None if value.shape is None else [size if isinstance(size, int) else None for size in value.shape][2:]


def _kernel(node: ir.Node) -> tuple[int, ...] | None:
    stated = _integers(node, "kernel_shape")
    if stated or node.op_type in POOLINGS or len(node.inputs) < 2:
        return stated or None
    sizes = spatial_sizes(node.inputs[1])
    return tuple(size for size in sizes if size is not None) if sizes and None not in sizes else None


def _integers(node: ir.Node, name: str) -> tuple[int, ...]:
    attribute = node.attributes.get(name)
    return () if attribute is None or attribute.type != ir.AttributeType.INTS else tuple(attribute.as_ints())
