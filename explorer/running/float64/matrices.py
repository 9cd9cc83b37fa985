"""Products of matrices and other contractions."""

import numpy as np

from explorer.running.float64.operators import (
    MOST_ELEMENTS,
    Array,
    Attributes,
    OperatorTable,
    check_size,
    is_floating,
    widened,
)

MATRICES = OperatorTable()

_BLOCK_ELEMENTS = 2**23
"""How many weights are widened at once: 64 MiB of doubles."""


@MATRICES.operator("Gemm", widens=True)
def general_product(attributes: Attributes, a: Array, b: Array, c: Array | None = None) -> Array:
    """Return alpha·A·B + beta·C, A and B transposed where asked for."""
    if a.ndim != 2 or b.ndim != 2:
        raise ValueError(f"tensors of shapes {list(a.shape)} and {list(b.shape)} are no matrices")
    a = a.T if attributes.flag("transA") else a
    b = b.T if attributes.flag("transB") else b
    result = attributes.real("alpha", 1.0) * _product(a, b)
    if c is None:
        return result
    if np.broadcast_shapes(result.shape, c.shape) != result.shape:
        raise ValueError(f"a summand of shape {list(c.shape)} does not fit {list(result.shape)}")
    return np.asarray(result + attributes.real("beta", 1.0) * widened(c))


@MATRICES.operator("MatMul", widens=True)
def product(attributes: Attributes, a: Array, b: Array) -> Array:
    """Multiply stacks of matrices as ``numpy.matmul`` does."""
    if b.ndim == 2 and a.ndim >= 2:
        return _product(a.reshape(-1, a.shape[-1]), b).reshape(*a.shape[:-1], b.shape[1])
    check_size(np.broadcast_shapes(a.shape[:-2], b.shape[:-2]) + a.shape[-2:-1] + b.shape[-1:])
    return np.asarray(widened(a) @ widened(b))


def _product(a: Array, b: Array) -> Array:
    """Multiply two matrices, widening the second one, the weights as a rule, block by block."""
    if a.shape[1] != b.shape[0]:
        raise ValueError(f"matrices of {list(a.shape)} and {list(b.shape)} cannot be multiplied")
    check_size([a.shape[0], b.shape[1]])
    a = widened(a)
    if b.dtype == np.float64 or b.size <= _BLOCK_ELEMENTS or not is_floating(b):
        return np.asarray(a @ widened(b))
    result = np.zeros((a.shape[0], b.shape[1]))
    if b.strides[0] >= b.strides[1]:
        rows = max(1, _BLOCK_ELEMENTS // b.shape[1])
        for start in range(0, b.shape[0], rows):
            result += a[:, start : start + rows] @ widened(b[start : start + rows])
    else:
        columns = max(1, _BLOCK_ELEMENTS // b.shape[0])
        for start in range(0, b.shape[1], columns):
            result[:, start : start + columns] = a @ widened(b[:, start : start + columns])
    return result


@MATRICES.operator("Einsum")
def contraction(attributes: Attributes, *inputs: Array) -> Array:
    """Sum products of elements as the equation says."""
    equation = attributes.text("equation").replace(" ", "")
    given, _, asked = equation.partition("->")
    if asked and "." not in equation:
        terms = given.split(",")
        sizes = {
            label: n for term, x in zip(terms, inputs, strict=True) for label, n in zip(term, x.shape, strict=True)
        }
        check_size([sizes[label] for label in asked])
    return np.asarray(np.einsum(equation, *inputs, optimize=("greedy", MOST_ELEMENTS)))
