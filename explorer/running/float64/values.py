"""Operators that make values, pass them on or change their type.

Numbers that the graph calls float16 or float32 are float64 here, and a cast between such types changes
nothing: the evaluator answers what exact arithmetic would give, so storage in fewer bits is part of the
rounding that is measured against it. Casts to integers and quantization do round, because they are meant to.
"""

import math

import numpy as np
import onnx_ir as ir

from explorer.running.float64.operators import Array, Attributes, OperatorTable, check_size, widened

VALUES = OperatorTable()

_SHORT_INTEGERS = {"int4": (-8, 7), "uint4": (0, 15), "int2": (-2, 1), "uint2": (0, 3)}


@VALUES.operator("Constant")
def constant(attributes: Attributes) -> Array:
    """Return the value stored in the node."""
    if "value" in attributes:
        return widened(attributes.tensor("value"))
    if "value_float" in attributes:
        return np.asarray(attributes.real("value_float"))
    if "value_floats" in attributes:
        return np.asarray(attributes.reals("value_floats"), np.float64)
    if "value_int" in attributes:
        return np.asarray(attributes.integer("value_int"), np.int64)
    if "value_ints" in attributes:
        return np.asarray(attributes.integers("value_ints"), np.int64)
    raise attributes.unsupported("its value is neither a dense tensor nor numbers")


@VALUES.operator("ConstantOfShape")
def filled(attributes: Attributes, shape: Array) -> Array:
    """Return a tensor of one repeated value, 0.0 where none is given."""
    value = widened(attributes.tensor("value")) if "value" in attributes else np.zeros(1)
    return np.full(check_size([int(size) for size in shape.reshape(-1)]), value.reshape(()), value.dtype)


@VALUES.operator("Range")
def sequence(attributes: Attributes, start: Array, limit: Array, delta: Array) -> Array:
    """Return the numbers from ``start`` in steps of ``delta`` that lie before ``limit``."""
    first, step = start.reshape(()), delta.reshape(())
    count = max(0, math.ceil((float(limit.reshape(())) - float(first)) / float(step)))
    check_size([count])
    return np.asarray(first + np.arange(count) * step).astype(start.dtype)


@VALUES.operator("Identity")
def identity(attributes: Attributes, x: Array) -> Array:
    """Return the input."""
    return x


@VALUES.operator("Dropout")
def dropout(
    attributes: Attributes, x: Array, ratio: Array | None = None, training: Array | None = None
) -> tuple[Array, Array]:
    """Return the input and a mask of what was kept: all at inference, though zeros said so before opset 12."""
    if training is not None and training.reshape(()):
        raise attributes.unsupported("it is random in training mode")
    return x, np.full(x.shape, attributes.opset >= 12, bool if attributes.opset >= 10 else x.dtype)


@VALUES.operator("Shape")
def shape(attributes: Attributes, x: Array) -> Array:
    """Return the sizes of the axes, or of those from ``start`` to ``end``."""
    end = attributes.integer("end") if "end" in attributes else None
    return np.asarray(x.shape[attributes.integer("start", 0) : end], np.int64)


@VALUES.operator("Size")
def size(attributes: Attributes, x: Array) -> Array:
    """Return the number of elements."""
    return np.asarray(x.size, np.int64)


@VALUES.operator("Cast")
def cast(attributes: Attributes, x: Array) -> Array:
    """Change the type; real numbers stay float64 whatever their number of bits."""
    target = ir.DataType(attributes.integer("to"))
    if target.is_floating_point():
        return _converted(x, np.dtype(np.float64))
    if target is ir.DataType.STRING or target in (ir.DataType.COMPLEX64, ir.DataType.COMPLEX128):
        raise attributes.unsupported(f"it casts to {target.name}")
    return _converted(x, target.numpy())


@VALUES.operator("CastLike")
def cast_like(attributes: Attributes, x: Array, like: Array) -> Array:
    """Change the type to that of another tensor."""
    return _converted(x, like.dtype)


def _converted(x: Array, target: np.dtype[np.generic]) -> Array:
    if x.dtype.kind == "f" and target.kind in "iu" and target.itemsize < 8:
        # Through the widest integer, so that a number out of range wraps as it does in onnxruntime.
        return x.astype(np.int64).astype(target)
    return x.astype(target)


@VALUES.operator("QuantizeLinear")
def quantized(attributes: Attributes, x: Array, scale: Array, zero_point: Array | None = None) -> Array:
    """Return ``x / scale``, rounded to the nearest (half to even), plus the zero point, saturated.

    ``scale`` is one number, one an index of ``axis`` or, with ``block_size``, one a block along it. Exact
    arithmetic may round an element that stands close to the middle to the other side than float32 does.
    """
    if zero_point is not None:
        target = zero_point.dtype
    else:
        target = ir.DataType(attributes.integer("output_dtype", 0) or ir.DataType.UINT8).numpy()
    if target.kind == "f" or target.name.startswith("float"):
        raise attributes.unsupported("it quantizes to a floating type")
    steps = np.rint(x / _along_axis(attributes, scale, x))
    if zero_point is not None:
        steps = steps + _along_axis(attributes, zero_point.astype(np.float64), x)
    limits = _SHORT_INTEGERS.get(target.name) or (np.iinfo(target).min, np.iinfo(target).max)
    return np.asarray(np.clip(steps, *limits)).astype(np.int64).astype(target)


@VALUES.operator("DequantizeLinear")
def dequantized(attributes: Attributes, x: Array, scale: Array, zero_point: Array | None = None) -> Array:
    """Return ``(x - zero point) · scale``, the last two laid out as for ``QuantizeLinear``."""
    steps = x.astype(np.float64)
    if zero_point is not None:
        steps = steps - _along_axis(attributes, zero_point.astype(np.float64), x)
    return np.asarray(steps * _along_axis(attributes, scale, x))


def _along_axis(attributes: Attributes, parameter: Array, x: Array) -> Array:
    """Return a parameter of (de)quantization in a shape that broadcasts against ``x``."""
    if parameter.size == 1:
        return parameter.reshape(())
    axis = attributes.integer("axis", 1)
    axis = axis + x.ndim if axis < 0 else axis
    block = attributes.integer("block_size", 0)
    if block:
        if parameter.shape[axis] != -(-x.shape[axis] // block):
            raise ValueError(f"{parameter.shape[axis]} blocks of {block} do not fit {x.shape[axis]} elements")
        repeats = min(block, x.shape[axis])
        return np.repeat(parameter, repeats, axis=axis)[(*(slice(None),) * axis, slice(0, x.shape[axis]))]
    if parameter.size != x.shape[axis]:
        raise ValueError(f"{parameter.size} parameters do not fit {x.shape[axis]} channels")
    return parameter.reshape(-1, *(1,) * (x.ndim - 1 - axis))
