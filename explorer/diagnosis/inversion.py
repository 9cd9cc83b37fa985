"""From what the reference has where a stretch ends back to what one of its nodes must have given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from explorer.diagnosis.draft import fixed, setting
from explorer.diagnosis.pooling import pool_of
from explorer.diagnosis.scene import Scene
from explorer.network.network import value_name
from explorer.running.activations import Array

Mask = NDArray[np.bool_]

REPEATED_AT = {"half_pixel": 0.5, "pytorch_half_pixel": 0.5, "asymmetric": 0.0, "tf_half_pixel_for_nn": 0.0}
"""By a rule of coordinates, which of the places that repeat a value every way to round gives to it."""

EDGE = 1e-6
"""Of the largest value: what rounding moves a value by that an activation had cut off."""


@dataclass(frozen=True, eq=False)
class Wanted:
    """What a node's result should be, where ``known``.

    Elsewhere the nodes behind it cut it off: it lies on the ``side`` (−1 below, 1 above, 0 anywhere) of ``array``.
    """

    array: Array
    known: Mask
    side: NDArray[np.int8]

    def cut(self, lost: Mask, side: int) -> Wanted:
        """The same with ``lost`` places that are only known to lie on one side of the numbers there.

        Of those that were known to lie on the other side, beyond what is cut off, nothing is known any more.
        """
        cut = np.where(self.known, side, np.where(self.side == side, self.side, 0))
        return Wanted(self.array, self.known & ~lost, np.where(lost, cut, self.side).astype(np.int8))

    def with_array(self, array: Array, known: Mask | bool = True, turns: Mask | bool = False) -> Wanted:
        """Other numbers at the same places; where the arithmetic ``turns`` them round, so do the sides."""
        kept = self.known & known
        side = np.where(turns, -self.side, self.side) * (kept == self.known)
        return Wanted(array, kept, side.astype(np.int8))

    def at(self, part: tuple[slice, ...]) -> Wanted:
        """A part of it."""
        return Wanted(self.array[part], self.known[part], self.side[part])

    def finite(self) -> Wanted:
        """The same where there are numbers; elsewhere nothing is known, and zeros stand there."""
        there = np.isfinite(self.array)
        return Wanted(
            np.where(there, self.array, 0.0), self.known & there, np.where(there, self.side, 0).astype(np.int8)
        )


def wanted_of(scene: Scene, node: ir.Node) -> Wanted | None:
    """What ``node`` should give for the stretch to give the reference's values.

    None where a node behind it can't be inverted, or more than one reads what it gives.
    """
    chain = [node, *scene.draft.following(node)]
    if value_name(chain[-1].outputs[0]) != scene.suspect.stretch.value:
        return None
    array = np.asarray(scene.target, np.float64)
    wanted = Wanted(array, np.ones(array.shape, bool), np.zeros(array.shape, np.int8)).finite()
    for reader, source in zip(chain[:0:-1], chain[-2::-1], strict=True):
        after = scene.values.get(value_name(reader.outputs[0]))
        inverse = _INVERSES.get(reader.op_type)
        places = [index for index, value in enumerate(reader.inputs) if value is source.outputs[0]]
        inputs = [_number(scene, value) for value in reader.inputs]
        if inverse is None or reader.domain or len(places) != 1 or inputs[places[0]] is None:
            return None
        if after is None or after.shape != wanted.array.shape:
            return None
        with np.errstate(all="ignore"):
            found = inverse(reader, wanted, inputs, places[0])
        if found is None:
            return None
        wanted = found.finite()
    return wanted


def _number(scene: Scene, value: ir.Value | None) -> Array | None:
    """What a node reads, fixed or computed: numbers with a point in float64."""
    array = None if value is None else fixed(value)
    if array is None and value is not None:
        array = scene.values.get(value_name(value))
    return np.asarray(array, np.float64) if array is not None and array.dtype.kind == "f" else array


Inputs = Sequence[Array | None]
"""What a node reads, as far as it is known; that at the position asked for is."""

Inverse = Callable[[ir.Node, Wanted, Inputs, int], Wanted | None]


def _same(_: ir.Node, wanted: Wanted, __: Inputs, ___: int) -> Wanted:
    return wanted


def _relu(_: ir.Node, wanted: Wanted, __: Inputs, ___: int) -> Wanted:
    return wanted.cut(wanted.array <= _edge(wanted), -1)


def _edge(wanted: Wanted) -> float:
    """How far from a bound a value may lie that was cut off there: arithmetic behind it was undone, and rounded."""
    return EDGE * float(np.abs(wanted.array[wanted.known]).max(initial=0.0))


def _leaky(node: ir.Node, wanted: Wanted, _: Inputs, __: int) -> Wanted | None:
    slope = np.float64(setting(node, "alpha", 0.01))
    if slope < 0:
        return None
    if slope == 0:
        return _relu(node, wanted, _, __)
    return wanted.with_array(np.where(wanted.array < 0, wanted.array / slope, wanted.array))


def _prelu(node: ir.Node, wanted: Wanted, _: Inputs, __: int) -> Wanted | None:
    slope = fixed(node.inputs[1])
    if slope is None:
        return None
    steep = np.broadcast_to(np.asarray(slope, np.float64), wanted.array.shape)
    flat = wanted.cut((wanted.array <= _edge(wanted)) & (steep == 0), -1).cut(steep < 0, 0)
    return flat.with_array(np.where((wanted.array < 0) & (steep > 0), wanted.array / steep, wanted.array))


def _clip(node: ir.Node, wanted: Wanted, _: Inputs, __: int) -> Wanted | None:
    bounds = [fixed(value) if value is not None else None for value in node.inputs[1:]]
    if len(bounds) > 0 and bounds[0] is not None:
        wanted = wanted.cut(wanted.array <= bounds[0] + _edge(wanted), -1)
    if len(bounds) > 1 and bounds[1] is not None:
        wanted = wanted.cut(wanted.array >= bounds[1] - _edge(wanted), 1)
    return wanted


def _elu(node: ir.Node, wanted: Wanted, _: Inputs, __: int) -> Wanted:
    alpha = np.float64(setting(node, "alpha", 1.0))
    return wanted.with_array(np.where(wanted.array < 0, np.log1p(wanted.array / alpha), wanted.array))


def _sigmoid(_: ir.Node, wanted: Wanted, __: Inputs, ___: int) -> Wanted:
    inside = (wanted.array > 1e-4) & (wanted.array < 1 - 1e-4)
    return wanted.with_array(np.log(wanted.array / (1 - wanted.array)), inside)


def _tanh(_: ir.Node, wanted: Wanted, __: Inputs, ___: int) -> Wanted:
    return wanted.with_array(np.arctanh(wanted.array), np.abs(wanted.array) < 1 - 1e-4)


def _softmax(node: ir.Node, wanted: Wanted, inputs: Inputs, position: int) -> Wanted:
    """Up to a number for each softmax, which changes nothing: the one that fits ours best."""
    axis = int(setting(node, "axis", -1))
    logits = np.log(wanted.array)
    known = wanted.known & (wanted.array > 1e-30)
    count = np.maximum(known.sum(axis, keepdims=True), 1)
    shift = np.where(known, inputs[position] - logits, 0.0).sum(axis, keepdims=True) / count
    return wanted.with_array(logits + shift, known)


def _normalised(node: ir.Node, wanted: Wanted, _: Inputs, __: int) -> Wanted | None:
    arrays = [fixed(value) for value in node.inputs[1:5]]
    if any(array is None for array in arrays) or int(setting(node, "training_mode", 0)):
        return None
    sides = (-1, *[1] * (wanted.array.ndim - 2))
    scale, offset, mean, variance = (np.asarray(array, np.float64).reshape(sides) for array in arrays)
    factor = scale / np.sqrt(variance + setting(node, "epsilon", 1e-5))
    return wanted.with_array((wanted.array - offset) / factor + mean, factor != 0, factor < 0)


def _arithmetic(undo: Callable[[Array, Array, int], Array], turns: Callable[[Array, int], Mask | bool]) -> Inverse:
    def inverse(_: ir.Node, wanted: Wanted, inputs: Inputs, position: int) -> Wanted | None:
        other, before = (inputs[1 - position] if len(inputs) == 2 else None), inputs[position]
        if other is None or before is None:
            return None
        array = undo(wanted.array, np.asarray(other, np.float64), position)
        if array.shape != before.shape:
            return None
        return wanted.with_array(array, True, turns(np.asarray(other), position))

    return inverse


def _sum(_: ir.Node, wanted: Wanted, inputs: Inputs, position: int) -> Wanted | None:
    others = [array for index, array in enumerate(inputs) if index != position]
    if any(array is None or array.shape != wanted.array.shape for array in others):
        return None
    return wanted.with_array(wanted.array - sum(array for array in others if array is not None))


def _concat(node: ir.Node, wanted: Wanted, inputs: Inputs, position: int) -> Wanted | None:
    """The branch's own part."""
    axis = int(setting(node, "axis", 0))
    sizes = [array.shape[axis] if array is not None else None for array in inputs[: position + 1]]
    if None in sizes:
        return None
    ends = np.cumsum(np.asarray(sizes, np.int64))
    part = [slice(None)] * wanted.array.ndim
    part[axis] = slice(int(ends[-1] - (sizes[-1] or 0)), int(ends[-1]))
    return wanted.at(tuple(part))


def _slice(_: ir.Node, wanted: Wanted, inputs: Inputs, __: int) -> Wanted | None:
    """What was cut away is not known."""
    before, *settings = inputs
    if before is None or len(settings) < 2 or any(array is None for array in settings):
        return None
    starts, ends, *rest = (np.asarray(array).reshape(-1).tolist() for array in settings)
    axes = rest[0] if rest else list(range(len(starts)))
    steps = rest[1] if len(rest) > 1 else [1] * len(starts)
    part = [slice(None)] * before.ndim
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        if step < 1:
            return None
        part[axis] = slice(start, end, step)
    array, known = np.zeros(before.shape), np.zeros(before.shape, bool)
    side = np.zeros(before.shape, np.int8)
    if array[tuple(part)].shape != wanted.array.shape:
        return None
    array[tuple(part)], known[tuple(part)], side[tuple(part)] = wanted.array, wanted.known, wanted.side
    return Wanted(array, known, side)


def _pad(_: ir.Node, wanted: Wanted, inputs: Inputs, __: int) -> Wanted | None:
    before, pads = inputs[0], inputs[1] if len(inputs) > 1 else None
    if before is None or pads is None or pads.size != 2 * before.ndim or len(inputs) > 3:
        return None
    begins = np.asarray(pads).reshape(-1).tolist()[: before.ndim]
    if min(begins) < 0:
        return None
    return wanted.at(tuple(slice(begin, begin + size) for begin, size in zip(begins, before.shape, strict=True)))


def _max_pool(node: ir.Node, wanted: Wanted, inputs: Inputs, _: int) -> Wanted | None:
    """At the places of our own maxima the wanted ones, if those are the same places; all others lie below.

    Offsets and factors that are the same for a whole channel leave the places of maxima where they are.
    """
    pool, before = pool_of(node), inputs[0]
    if pool is None or pool.whole or pool.dilations != (1, 1) or before is None or before.ndim != 4:
        return None
    rows, columns = wanted.array.shape[2:]
    ends = [
        (count - 1) * stride + side
        for count, stride, side in zip((rows, columns), pool.strides, pool.kernel, strict=True)
    ]
    room = [max(end, size + begin) for end, size, begin in zip(ends, before.shape[2:], pool.pads, strict=False)]
    wide = np.full((*before.shape[:2], *room), -np.inf)
    inner = (
        slice(None),
        slice(None),
        slice(pool.pads[0], pool.pads[0] + before.shape[2]),
        slice(pool.pads[1], pool.pads[1] + before.shape[3]),
    )
    wide[inner] = before
    parts = [
        (
            slice(None),
            slice(None),
            slice(top, top + (rows - 1) * pool.strides[0] + 1, pool.strides[0]),
            slice(left, left + (columns - 1) * pool.strides[1] + 1, pool.strides[1]),
        )
        for top in range(pool.kernel[0])
        for left in range(pool.kernel[1])
    ]
    most = np.maximum.reduce([wide[part] for part in parts])
    array, known = np.full(wide.shape, np.inf), np.zeros(wide.shape, bool)
    sure = wanted.known & (np.sum([wide[part] == most for part in parts], axis=0) == 1)
    for part in parts:
        known[part] |= (wide[part] == most) & sure
        array[part] = np.minimum(array[part], wanted.array)
    seen = np.isfinite(array)
    return Wanted(np.where(seen, array, 0.0), known & seen, np.where(seen & ~known, -1, 0).astype(np.int8)).at(inner)


def _resize(node: ir.Node, wanted: Wanted, inputs: Inputs, _: int) -> Wanted | None:
    """Of values that are repeated, one of the places at which each surely stands."""
    before, coordinates = inputs[0], setting(node, "coordinate_transformation_mode", "half_pixel")
    nearest = setting(node, "mode", "nearest") == "nearest" and setting(node, "nearest_mode", "") != "ceil"
    if before is None or before.ndim != wanted.array.ndim or not nearest or coordinates not in REPEATED_AT:
        return None
    part = []
    for size, given in zip(before.shape, wanted.array.shape, strict=True):
        times, rest = divmod(given, max(size, 1))
        if rest or not times:
            return None
        part.append(slice(int(times * REPEATED_AT[coordinates]), None, times))
    return wanted.at(tuple(part))


def _reshape(_: ir.Node, wanted: Wanted, inputs: Inputs, position: int) -> Wanted | None:
    before = inputs[position]
    if before is None:
        return None
    shape = before.shape
    return Wanted(wanted.array.reshape(shape), wanted.known.reshape(shape), wanted.side.reshape(shape))


def _transpose(node: ir.Node, wanted: Wanted, _: Inputs, __: int) -> Wanted:
    order = np.argsort(setting(node, "perm", tuple(reversed(range(wanted.array.ndim)))))
    return Wanted(wanted.array.transpose(order), wanted.known.transpose(order), wanted.side.transpose(order))


_INVERSES: dict[str, Inverse] = {
    "Identity": _same,
    "Dropout": _same,
    "Cast": _same,
    "Relu": _relu,
    "LeakyRelu": _leaky,
    "PRelu": _prelu,
    "Clip": _clip,
    "Elu": _elu,
    "Sigmoid": _sigmoid,
    "Tanh": _tanh,
    "Softmax": _softmax,
    "BatchNormalization": _normalised,
    "Add": _arithmetic(lambda wanted, other, _: wanted - other, lambda _, __: False),
    "Sub": _arithmetic(
        lambda wanted, other, position: other - wanted if position else wanted + other,
        lambda _, position: position == 1,
    ),
    "Mul": _arithmetic(lambda wanted, other, _: wanted / other, lambda other, _: other < 0),
    "Div": _arithmetic(
        lambda wanted, other, position: other / wanted if position else wanted * other,
        lambda other, position: (other > 0) if position else (other < 0),
    ),
    "MaxPool": _max_pool,
    "Sum": _sum,
    "Concat": _concat,
    "Slice": _slice,
    "Pad": _pad,
    "Resize": _resize,
    "Reshape": _reshape,
    "Flatten": _reshape,
    "Squeeze": _reshape,
    "Unsqueeze": _reshape,
    "Transpose": _transpose,
}
