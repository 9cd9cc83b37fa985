"""From what the reference has where a stretch ends back to what one of its nodes must have given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from explorer.diagnosis.draft import fixed, setting
from explorer.diagnosis.scene import Scene
from explorer.network.network import value_name
from explorer.running.activations import Array

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Wanted:
    """What a node's result should be, where ``known``.

    Elsewhere the nodes behind it cut it off: it lies on the ``side`` (−1 below, 1 above, 0 anywhere) of ``array``.
    """

    array: Array
    known: Mask
    side: NDArray[np.int8]

    def cut(self, lost: Mask, side: int) -> Wanted:
        """The same with places that are only known to lie on one side of the numbers there."""
        return Wanted(self.array, self.known & ~lost, np.where(lost & self.known, side, self.side).astype(np.int8))

    def with_array(self, array: Array, known: Mask | bool = True, turns: Mask | bool = False) -> Wanted:
        """Other numbers at the same places; where the arithmetic ``turns`` them round, so do the sides."""
        kept = self.known & known
        side = np.where(turns, -self.side, self.side) * (kept == self.known)
        return Wanted(array, kept, side.astype(np.int8))


def wanted_of(scene: Scene, node: ir.Node) -> Wanted | None:
    """What ``node`` should give for the stretch to give the reference's values.

    None where a node behind it can't be inverted, or more than one reads what it gives.
    """
    chain = [node, *scene.draft.following(node)]
    if value_name(chain[-1].outputs[0]) != scene.suspect.stretch.value:
        return None
    array = np.asarray(scene.target, np.float64)
    wanted = Wanted(array, np.isfinite(array), np.zeros(array.shape, np.int8))
    for reader, source in zip(chain[:0:-1], chain[-2::-1], strict=True):
        before = scene.values.get(value_name(source.outputs[0]))
        after = scene.values.get(value_name(reader.outputs[0]))
        inverse = _INVERSES.get(reader.op_type)
        if inverse is None or reader.domain or before is None or after is None:
            return None
        if after.shape != wanted.array.shape:
            return None
        position = next(index for index, value in enumerate(reader.inputs) if value is source.outputs[0])
        with np.errstate(all="ignore"):
            found = inverse(reader, wanted, np.asarray(before, np.float64), position)
        if found is None:
            return None
        wanted = found.with_array(found.array, np.isfinite(found.array))
    return wanted


Inverse = Callable[[ir.Node, Wanted, Array, int], Wanted | None]


def _same(_: ir.Node, wanted: Wanted, __: Array, ___: int) -> Wanted:
    return wanted


def _relu(_: ir.Node, wanted: Wanted, __: Array, ___: int) -> Wanted:
    return wanted.cut(wanted.array <= 0, -1)


def _leaky(node: ir.Node, wanted: Wanted, _: Array, __: int) -> Wanted | None:
    slope = np.float64(setting(node, "alpha", 0.01))
    if slope <= 0:
        return _relu(node, wanted, _, __)
    return wanted.with_array(np.where(wanted.array < 0, wanted.array / slope, wanted.array))


def _prelu(node: ir.Node, wanted: Wanted, _: Array, __: int) -> Wanted | None:
    slope = fixed(node.inputs[1])
    if slope is None:
        return None
    steep = np.broadcast_to(np.asarray(slope, np.float64), wanted.array.shape)
    below = wanted.array < 0
    flat = wanted.cut(below & (steep <= 0), 0)
    return flat.with_array(np.where(below & (steep > 0), wanted.array / steep, wanted.array))


def _clip(node: ir.Node, wanted: Wanted, _: Array, __: int) -> Wanted | None:
    bounds = [fixed(value) if value is not None else None for value in node.inputs[1:]]
    if len(bounds) > 0 and bounds[0] is not None:
        wanted = wanted.cut(wanted.array <= bounds[0], -1)
    if len(bounds) > 1 and bounds[1] is not None:
        wanted = wanted.cut(wanted.array >= bounds[1], 1)
    return wanted


def _elu(node: ir.Node, wanted: Wanted, _: Array, __: int) -> Wanted:
    alpha = np.float64(setting(node, "alpha", 1.0))
    return wanted.with_array(np.where(wanted.array < 0, np.log1p(wanted.array / alpha), wanted.array))


def _sigmoid(_: ir.Node, wanted: Wanted, __: Array, ___: int) -> Wanted:
    inside = (wanted.array > 1e-4) & (wanted.array < 1 - 1e-4)
    return wanted.with_array(np.log(wanted.array / (1 - wanted.array)), inside)


def _tanh(_: ir.Node, wanted: Wanted, __: Array, ___: int) -> Wanted:
    return wanted.with_array(np.arctanh(wanted.array), np.abs(wanted.array) < 1 - 1e-4)


def _softmax(node: ir.Node, wanted: Wanted, before: Array, _: int) -> Wanted:
    """Up to a number for each softmax, which changes nothing: the one that fits ours best."""
    axis = int(setting(node, "axis", -1))
    logits = np.log(wanted.array)
    known = wanted.known & (wanted.array > 1e-30)
    count = np.maximum(known.sum(axis, keepdims=True), 1)
    shift = np.where(known, before - logits, 0.0).sum(axis, keepdims=True) / count
    return wanted.with_array(logits + shift, known)


def _normalised(node: ir.Node, wanted: Wanted, _: Array, __: int) -> Wanted | None:
    arrays = [fixed(value) for value in node.inputs[1:5]]
    if any(array is None for array in arrays) or int(setting(node, "training_mode", 0)):
        return None
    sides = (-1, *[1] * (wanted.array.ndim - 2))
    scale, offset, mean, variance = (np.asarray(array, np.float64).reshape(sides) for array in arrays)
    factor = scale / np.sqrt(variance + setting(node, "epsilon", 1e-5))
    return wanted.with_array((wanted.array - offset) / factor + mean, factor != 0, factor < 0)


def _arithmetic(undo: Callable[[Array, Array, int], Array], turns: Callable[[Array, int], Mask | bool]) -> Inverse:
    def inverse(node: ir.Node, wanted: Wanted, before: Array, position: int) -> Wanted | None:
        other = fixed(node.inputs[1 - position]) if len(node.inputs) == 2 else None
        if other is None:
            return None
        array = undo(wanted.array, np.asarray(other, np.float64), position)
        if array.shape != before.shape:
            return None
        return wanted.with_array(array, True, turns(np.asarray(other), position))

    return inverse


def _reshape(_: ir.Node, wanted: Wanted, before: Array, __: int) -> Wanted:
    shape = before.shape
    return Wanted(wanted.array.reshape(shape), wanted.known.reshape(shape), wanted.side.reshape(shape))


def _transpose(node: ir.Node, wanted: Wanted, before: Array, _: int) -> Wanted:
    order = np.argsort(setting(node, "perm", tuple(reversed(range(before.ndim)))))
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
    "Reshape": _reshape,
    "Flatten": _reshape,
    "Squeeze": _reshape,
    "Unsqueeze": _reshape,
    "Transpose": _transpose,
}
