"""Operators that reduce, search or accumulate along axes."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from explorer.running.float64.operators import Array, Attributes, OperatorTable

REDUCTIONS = OperatorTable()

_Reduction = Callable[[Array, tuple[int, ...], bool], Any]


def _log_sum_exp(x: Array, axes: tuple[int, ...], keep: bool) -> Any:
    largest = x.max(axis=axes, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0.0)
    result = np.log(np.exp(x - largest).sum(axis=axes, keepdims=True)) + largest
    return result if keep else result.squeeze(axes)


_REDUCTIONS: dict[str, _Reduction] = {
    "ReduceSum": lambda x, axes, keep: x.sum(axis=axes, keepdims=keep),
    "ReduceMean": lambda x, axes, keep: x.mean(axis=axes, keepdims=keep),
    "ReduceMax": lambda x, axes, keep: x.max(axis=axes, keepdims=keep),
    "ReduceMin": lambda x, axes, keep: x.min(axis=axes, keepdims=keep),
    "ReduceProd": lambda x, axes, keep: x.prod(axis=axes, keepdims=keep),
    "ReduceL1": lambda x, axes, keep: np.abs(x).sum(axis=axes, keepdims=keep),
    "ReduceL2": lambda x, axes, keep: np.sqrt((x * x).sum(axis=axes, keepdims=keep)),
    "ReduceSumSquare": lambda x, axes, keep: (x * x).sum(axis=axes, keepdims=keep),
    "ReduceLogSum": lambda x, axes, keep: np.log(x.sum(axis=axes, keepdims=keep)),
    "ReduceLogSumExp": _log_sum_exp,
}


def _reduce(reduction: _Reduction, as_input: int, attributes: Attributes, x: Array, axes: Array | None = None) -> Array:
    """Reduce over axes: an attribute before opset ``as_input``, an input since; none means all."""
    if attributes.opset >= as_input:
        chosen = () if axes is None else tuple(axes.reshape(-1).tolist())
    else:
        chosen = attributes.integers("axes", ())
    if not chosen and not attributes.flag("noop_with_empty_axes"):
        chosen = tuple(range(x.ndim))
    return np.asarray(reduction(x, chosen, attributes.flag("keepdims", True))).astype(x.dtype, copy=False)


for _name, _reduction in _REDUCTIONS.items():
    REDUCTIONS.operator(_name)(functools.partial(_reduce, _reduction, 13 if _name == "ReduceSum" else 18))


@REDUCTIONS.operator("ArgMax")
def index_of_largest(attributes: Attributes, x: Array) -> Array:
    """Return the index of the first (or last) largest element along ``axis``."""
    return _index_of_extreme(attributes, x, np.argmax)


@REDUCTIONS.operator("ArgMin")
def index_of_smallest(attributes: Attributes, x: Array) -> Array:
    """Return the index of the first (or last) smallest element along ``axis``."""
    return _index_of_extreme(attributes, x, np.argmin)


def _index_of_extreme(attributes: Attributes, x: Array, search: Callable[..., Any]) -> Array:
    axis = attributes.integer("axis", 0)
    keep = attributes.flag("keepdims", True)
    if not attributes.flag("select_last_index"):
        return np.asarray(search(x, axis=axis, keepdims=keep), np.int64)
    return np.asarray(x.shape[axis] - 1 - search(np.flip(x, axis), axis=axis, keepdims=keep), np.int64)


@REDUCTIONS.operator("TopK")
def largest(attributes: Attributes, x: Array, count: Array | None = None) -> tuple[Array, Array]:
    """Return the ``k`` largest (or smallest) elements along ``axis`` in order, and their indices.

    Of equal elements the one with the lower index comes first. Results that may be unsorted are sorted too.
    """
    k = attributes.integer("k") if count is None else int(count.reshape(()))
    axis = attributes.integer("axis", -1)
    if not 0 <= k <= x.shape[axis]:
        raise ValueError(f"{k} elements were asked for of {x.shape[axis]}")
    if attributes.flag("largest", True):
        order = np.flip(x.shape[axis] - 1 - np.argsort(np.flip(x, axis), axis=axis, kind="stable"), axis)
    else:
        order = np.argsort(x, axis=axis, kind="stable")
    order = np.take(order, range(k), axis=axis)
    return np.take_along_axis(x, order, axis=axis), order.astype(np.int64)


@REDUCTIONS.operator("CumSum")
def running_sum(attributes: Attributes, x: Array, axis: Array) -> Array:
    """Return the sum of all elements up to each one along an axis, itself included unless ``exclusive``."""
    along = int(axis.reshape(()))
    ahead = np.flip(x, along) if attributes.flag("reverse") else x
    result = np.cumsum(ahead, axis=along, dtype=x.dtype)
    if attributes.flag("exclusive"):
        result = np.roll(result, 1, axis=along)
        np.moveaxis(result, along, 0)[0] = 0
    return np.flip(result, along) if attributes.flag("reverse") else result
