"""How boxes go back through convolutions, transposed ones, and poolings."""

from __future__ import annotations

from explorer.network.field_operator import Boxes, Operator, Rule, first_alone
from explorer.network.field_sizes import Box, Shape, Span, spread_span, windows_span
from explorer.network.shapes import extent, same_padding


def windows_rule(operator: Operator) -> Rule | None:
    """Convolutions and poolings."""
    shape = operator.read[0]
    if shape is None or len(shape) < 3:
        return None
    rank = len(shape) - 2
    is_convolution = operator.node.op_type in ("Conv", "ConvTranspose")
    weight = operator.read[1] if is_convolution and len(operator.read) > 1 else None
    kernel = operator.integers("kernel_shape") or (weight[2:] if weight is not None else ())
    strides, dilations = (operator.integers(name) or (1,) * rank for name in ("strides", "dilations"))
    if not len(kernel) == len(strides) == len(dilations) == rank:
        return None
    transposed = operator.node.op_type == "ConvTranspose"
    lows = _low_pads(operator, kernel, strides, dilations, transposed=transposed)
    back = spread_span if transposed else windows_span
    given = operator.given[0]
    groups = operator.integer("group", 1)

    def rule(output: int, box: Box) -> Boxes:
        spans = [
            back(span, *axis) for span, *axis in zip(box[2:], kernel, strides, lows, dilations, shape[2:], strict=True)
        ]
        channels = _group_channels(box[1], given[1], shape[1], groups) if is_convolution else box[1]
        return first_alone(operator, (box[0], channels, *spans))

    return rule


def _low_pads(
    operator: Operator, kernel: Shape, strides: Shape, dilations: Shape, *, transposed: bool
) -> tuple[int, ...]:
    shape = operator.read[0]
    assert shape is not None
    rank = len(kernel)
    auto = operator.text("auto_pad", "NOTSET")
    if not transposed:
        if auto.startswith("SAME"):
            sizes = zip(shape[2:], kernel, strides, dilations, strict=True)
            return tuple(same_padding(*one, upper=auto == "SAME_UPPER")[0] for one in sizes)
        return (operator.integers("pads") or (0,) * 2 * rank)[:rank] if auto != "VALID" else (0,) * rank
    if not operator.integers("output_shape") and not auto.startswith("SAME"):
        return (operator.integers("pads") or (0,) * 2 * rank)[:rank]
    added = operator.integers("output_padding") or (0,) * rank
    found = []
    for axis in range(rank):
        reach = strides[axis] * (shape[axis + 2] - 1) + added[axis] + extent(kernel[axis], dilations[axis])
        total = max(0, reach - operator.given[0][axis + 2])
        # ONNX's ConvTranspose: SAME_UPPER has the smaller half in front, everything else the larger one.
        found.append(total // 2 if auto == "SAME_UPPER" else total - total // 2)
    return tuple(found)


def _group_channels(span: Span, given: int, read: int, groups: int) -> Span:
    each, reads = max(given // groups, 1), max(read // groups, 1)
    return span[0] // each * reads, ((span[1] - 1) // each + 1) * reads
