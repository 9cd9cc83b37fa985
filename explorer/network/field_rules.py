"""How a box of what an operator gives goes back to what it reads: one rule for each kind of operator.

What an operator of no known kind gives is taken to depend on all that it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import onnx_ir as ir

from explorer.network.field_operator import Boxes, Operator, Rule, first_alone
from explorer.network.field_resizing import resized_rule
from explorer.network.field_sizes import Box, Shape, mirrored_span, reshaped_box, whole
from explorer.network.field_windows import windows_rule


def field_rule(node: ir.Node, read: tuple[Shape | None, ...], given: tuple[Shape, ...]) -> Rule:
    """The rule of a node, for these sizes."""
    operator = Operator(node, read, given)
    make = _RULES.get(node.op_type) if node.domain in ("", "ai.onnx") else None
    rule = None if make is None else make(operator)
    return rule or (lambda output, box: operator.everything())


def _pointwise(operator: Operator) -> Rule:
    def rule(output: int, box: Box) -> Boxes:
        return [None if shape is None else _broadcast(box, shape) for shape in operator.read]

    return rule


def _broadcast(box: Box, shape: Shape) -> Box:
    if len(shape) > len(box):
        return whole(shape)
    tail = box[len(box) - len(shape) :]
    return tuple((0, 1) if size == 1 else span for span, size in zip(tail, shape, strict=True))


def _over_places(operator: Operator) -> Rule | None:
    """What looks at the whole of each channel."""
    shape = operator.read[0]
    if shape is None:
        return None
    return lambda output, box: first_alone(operator, (*box[:2], *whole(shape)[2:]))


def _over_axes(axes: Callable[[Operator, int], Sequence[int]]) -> Callable[[Operator], Rule | None]:
    """What looks at the whole of some axes, which stay."""

    def make(operator: Operator) -> Rule | None:
        shape = operator.read[0]
        if shape is None:
            return None
        taken = {axis % len(shape) for axis in axes(operator, len(shape))} if shape else set()

        def rule(output: int, box: Box) -> Boxes:
            spans = tuple((0, size) if axis in taken else box[axis] for axis, size in enumerate(shape))
            return first_alone(operator, spans)

        return rule

    return make


def _softmax_axes(operator: Operator, rank: int) -> Sequence[int]:
    graph = operator.node.graph
    opset = None if graph is None else graph.opset_imports.get("")
    if opset is not None and opset < 13:
        return range(operator.integer("axis", 1) % rank, rank)
    return [operator.integer("axis", -1)]


def _neighbours(operator: Operator) -> Rule:
    """LRN across channels: ⌊(size − 1) ÷ 2⌋ channels before, ⌈(size − 1) ÷ 2⌉ behind."""
    size = operator.integer("size", 1)
    before, behind = (size - 1) // 2, size // 2
    return lambda output, box: [(box[0], (box[1][0] - before, box[1][1] + behind), *box[2:])]


def _transposed(operator: Operator) -> Rule | None:
    shape = operator.read[0]
    if shape is None:
        return None
    order = operator.integers("perm") or tuple(reversed(range(len(shape))))

    def rule(output: int, box: Box) -> Boxes:
        spans = dict(zip(order, box, strict=True))
        return [tuple(spans[axis] for axis in range(len(shape)))]

    return rule


def _joined(operator: Operator) -> Rule | None:
    shapes = operator.read
    if not shapes or any(shape is None for shape in shapes):
        return None
    axis = operator.integer("axis", 1) % len(operator.given[0])

    def rule(output: int, box: Box) -> Boxes:
        found: list[Box] = []
        offset = 0
        for shape in shapes:
            assert shape is not None
            # What lies in another part is outside of this one, and clipped.
            found.append((*box[:axis], (box[axis][0] - offset, box[axis][1] - offset), *box[axis + 1 :]))
            offset += shape[axis]
        return found

    return rule


def _split(operator: Operator) -> Rule | None:
    shape = operator.read[0]
    if shape is None:
        return None
    axis = operator.integer("axis", 0) % len(shape)
    starts = np.cumsum([0, *(given[axis] if given else 0 for given in operator.given)])

    def rule(output: int, box: Box) -> Boxes:
        start, stop = box[axis]
        offset = int(starts[output])
        return first_alone(operator, (*box[:axis], (start + offset, stop + offset), *box[axis + 1 :]))

    return rule


def _sliced(operator: Operator) -> Rule | None:
    shape = operator.read[0]
    starts = operator.integers("starts") or operator.constant(1)
    if shape is None or not starts:
        return None
    axes = operator.integers("axes") or operator.constant(3) or range(len(starts))
    steps = operator.constant(4) or [1] * len(starts)
    cuts = {int(axis) % len(shape): (int(s), int(step)) for axis, s, step in zip(axes, starts, steps, strict=True)}

    def rule(output: int, box: Box) -> Boxes:
        found = list(box)
        for axis, (start, step) in cuts.items():
            size = shape[axis]
            first = min(max(start + size if start < 0 else start, 0), size if step > 0 else size - 1)
            ends = (first + box[axis][0] * step, first + (box[axis][1] - 1) * step)
            found[axis] = (min(ends), max(ends) + 1)
        return first_alone(operator, tuple(found))

    return rule


def _padded(operator: Operator) -> Rule | None:
    shape = operator.read[0]
    pads = operator.integers("pads") or operator.constant(1)
    if shape is None or not pads:
        return None
    axes = operator.constant(3) or list(range(len(shape)))
    lows = {int(axis) % len(shape): int(low) for axis, low in zip(axes, pads[: len(axes)], strict=True)}
    mode = operator.text("mode", "constant")

    def rule(output: int, box: Box) -> Boxes:
        found = []
        for axis, (start, stop) in enumerate(box):
            span, size = (start - lows.get(axis, 0), stop - lows.get(axis, 0)), shape[axis]
            found.append(span if mode == "constant" else mirrored_span(span, size, mode))
        return first_alone(operator, tuple(found))

    return rule


def _reshaped(operator: Operator) -> Rule | None:
    shape = operator.read[0]
    if shape is None:
        return None
    given = operator.given[0]
    if int(np.prod(shape)) != int(np.prod(given)):
        return None
    return lambda output, box: first_alone(operator, reshaped_box(box, given, shape))


def _reduced(operator: Operator) -> Rule | None:
    shape = operator.read[0]
    if shape is None:
        return None
    named = "axis" if operator.node.op_type.startswith("Arg") else "axes"
    stated = [operator.integer("axis", 0)] if named == "axis" else operator.integers("axes") or operator.constant(1)
    axes = {int(axis) % len(shape) for axis in (stated or range(len(shape)))}
    keeps = bool(operator.integer("keepdims", 1))

    def rule(output: int, box: Box) -> Boxes:
        rest = iter(box)
        found = []
        for axis, size in enumerate(shape):
            if axis in axes:
                found.append((0, size))
                if keeps:
                    next(rest)
            else:
                found.append(next(rest))
        return first_alone(operator, tuple(found))

    return rule


def _product(operator: Operator) -> Rule | None:
    first, second = operator.read[:2]
    if first is None or second is None or len(first) < 2 or len(second) < 2:
        return None

    def rule(output: int, box: Box) -> Boxes:
        left = (*_broadcast(box[:-2], first[:-2]), box[-2], (0, first[-1]))
        right = (*_broadcast(box[:-2], second[:-2]), (0, second[-2]), box[-1])
        return [left, right]

    return rule


def _general_product(operator: Operator) -> Rule | None:
    first = operator.read[0]
    if first is None or len(first) != 2:
        return None
    turned = operator.integer("transA", 0)

    def rule(output: int, box: Box) -> Boxes:
        rows: Box = ((0, first[0]), box[0]) if turned else (box[0], (0, first[1]))
        return [rows, *(None if shape is None else whole(shape) for shape in operator.read[1:])]

    return rule


def _to_space(operator: Operator) -> Rule | None:
    shape, block = operator.read[0], operator.integer("blocksize", 1)
    if shape is None:
        return None
    return lambda output, box: [
        (box[0], (0, shape[1]), *((start // block, -(-stop // block)) for start, stop in box[2:]))
    ]


def _to_depth(operator: Operator) -> Rule | None:
    shape, block = operator.read[0], operator.integer("blocksize", 1)
    if shape is None:
        return None
    return lambda output, box: [(box[0], (0, shape[1]), *((start * block, stop * block) for start, stop in box[2:]))]


def _resized(operator: Operator) -> Rule | None:
    node, shape = operator.node, operator.read[0]
    if shape is None:
        return None
    place = 1 if node.op_type == "Upsample" else 2
    back = resized_rule(
        shape,
        operator.given[0],
        operator.constant(place) if len(operator.read) > place else None,
        mode=operator.text("mode", "nearest"),
        coordinates="asymmetric"
        if node.op_type == "Upsample"
        else operator.text("coordinate_transformation_mode", "half_pixel"),
        nearest="floor" if node.op_type == "Upsample" else operator.text("nearest_mode", "round_prefer_floor"),
        antialias=bool(operator.integer("antialias", 0)),
    )
    return None if back is None else lambda output, box: first_alone(operator, back(box))


_ELEMENTWISE = (
    *("Abs", "Add", "And", "BatchNormalization", "BitShift", "Cast", "CastLike", "Ceil", "Celu", "Clip", "Cos"),
    *("DequantizeLinear", "Div", "Dropout", "Elu", "Equal", "Erf", "Exp", "Expand", "Floor", "Gelu", "Greater"),
    *("GreaterOrEqual", "HardSigmoid", "HardSwish", "Identity", "IsInf", "IsNaN", "LeakyRelu", "Less"),
    *("LessOrEqual", "Log", "Max", "Mean", "Min", "Mish", "Mod", "Mul", "Neg", "Not", "Or", "PRelu", "Pow"),
    *("QuantizeLinear", "Reciprocal", "Relu", "Round", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Softplus"),
    *("Softsign", "Sqrt", "Sub", "Sum", "Swish", "Tanh", "ThresholdedRelu", "Where", "Xor"),
)
_REDUCTIONS = (
    *("ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin"),
    *("ReduceProd", "ReduceSum", "ReduceSumSquare", "ArgMax", "ArgMin"),
)

_RULES: Mapping[str, Callable[[Operator], Rule | None]] = {
    **dict.fromkeys(_ELEMENTWISE, _pointwise),
    **dict.fromkeys(_REDUCTIONS, _reduced),
    **dict.fromkeys(("Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool"), windows_rule),
    **dict.fromkeys(
        ("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool", "InstanceNormalization"),
        _over_places,
    ),
    **dict.fromkeys(("Softmax", "LogSoftmax", "Hardmax"), _over_axes(_softmax_axes)),
    "LpNormalization": _over_axes(lambda operator, rank: [operator.integer("axis", -1)]),
    "LayerNormalization": _over_axes(lambda operator, rank: range(operator.integer("axis", -1) % rank, rank)),
    "GroupNormalization": _over_axes(lambda operator, rank: range(1, rank)),
    "MeanVarianceNormalization": _over_axes(lambda operator, rank: operator.integers("axes") or (0, 2, 3)),
    "LRN": _neighbours,
    "Transpose": _transposed,
    "Concat": _joined,
    "Split": _split,
    "Slice": _sliced,
    "Pad": _padded,
    **dict.fromkeys(("Reshape", "Flatten", "Squeeze", "Unsqueeze"), _reshaped),
    "MatMul": _product,
    "Gemm": _general_product,
    "DepthToSpace": _to_space,
    "SpaceToDepth": _to_depth,
    "Resize": _resized,
    "Upsample": _resized,
}
