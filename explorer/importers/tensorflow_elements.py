"""TensorFlow's operations that work element by element, and those that normalise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import onnx_ir as ir

from explorer.importers.tensorflow_constants import Constant
from explorer.importers.tensorflow_quantising import quantising_steps
from explorer.importers.tensorflow_values import (
    Convert,
    Live,
    Order,
    Step,
    Value,
    channels_first,
    plain,
    sizes,
)
from explorer.network.builder import NamedSizeError
from explorer.network.network import Shape


def _keeps_zero(operator: str) -> bool:
    return operator in ("Relu", "Abs", "Neg", "Sqrt", "Tanh", "Softsign", "Elu", "Selu", "LeakyRelu", "Erf")


def unary(operator: str) -> Convert:
    """An operation that ONNX has under the name ``operator``."""

    def convert(step: Step) -> list[Value]:
        x = step.live(spread=True)
        check_spread(step, x, keeps_zero=_keeps_zero(operator))
        return [like(x, step.build.elementwise(operator, x.value))]

    return convert


def like(x: Live, value: ir.Value) -> Live:
    """A value that has the shape of ``x`` and lies as it does."""
    return Live(value, x.shape, x.order, x.spread)


def check_spread(step: Step, x: Live, *, keeps_zero: bool = False) -> None:
    """Between SpaceToBatchND and its convolution the pads are zeros, and have to stay so.

    :raises PortsideError: when they don't.
    """
    if x.spread is not None and any(map(any, x.spread.pads)) and not keeps_zero:
        raise step.error(f"{step.operation.kind} between SpaceToBatchND and its convolution is not read")


def relu6(step: Step) -> list[Value]:
    """The value held between 0 and 6."""
    x = step.live(spread=True)
    bounds = [step.build.constant(0.0), step.build.constant(6.0)]
    return [like(x, step.build.elementwise("Clip", x.value, *bounds))]


def leaky_relu(step: Step) -> list[Value]:
    """LeakyRelu; its slope is 0.2 where the file leaves it out."""
    x = step.live(spread=True)
    slope = step.operation.real("alpha", 0.2)
    return [like(x, step.build.elementwise("LeakyRelu", x.value, alpha=slope))]


def square(step: Step) -> list[Value]:
    """The value times itself."""
    x = step.live()
    return [like(x, step.build.elementwise("Mul", x.value, x.value))]


def rsqrt(step: Step) -> list[Value]:
    """1 ÷ √x."""
    x = step.live()
    root = step.build.elementwise("Sqrt", x.value)
    return [like(x, step.build.elementwise("Reciprocal", root))]


def clip(step: Step) -> list[Value]:
    """ClipByValue: between two numbers."""
    x = step.live()
    bounds = []
    for index in (1, 2):
        array = step.constant(index).array
        if array.size != 1:
            raise step.error("ClipByValue with more than one bound is not read")
        bounds.append(step.build.constant(float(array.reshape(())[()])))
    return [like(x, step.build.elementwise("Clip", x.value, *bounds))]


def fake_quantisation(step: Step) -> list[Value]:
    """FakeQuantWithMinMaxArgs and -Vars: rounded to the steps of whole numbers, which hold zero."""
    x = step.live()
    try:
        steps = quantising_steps(step.operation, [step.constant(index).array for index in range(1, len(step.inputs))])
    except ValueError as error:
        raise step.error(f"it is to quantise {error}") from None
    if steps is None or steps.step.size != 1:
        raise step.error("it has a range for each channel, or an empty one")
    low, high, length = (step.build.constant(end.reshape(())) for end in (steps.low, steps.high, steps.step))
    shifted = step.build.elementwise("Sub", step.build.elementwise("Clip", x.value, low, high), low)
    halves = step.build.elementwise("Add", step.build.elementwise("Div", shifted, length), step.build.constant(0.5))
    places = step.build.elementwise("Mul", step.build.elementwise("Floor", halves), length)
    return [like(x, step.build.elementwise("Add", places, low))]


def identity(step: Step) -> list[Value]:
    """The same value; it is a layer of its own, as dropout is at test time."""
    x = step.live(spread=True)
    return [like(x, step.build.elementwise("Identity", x.value))]


def passed_on(step: Step) -> list[Value]:
    """Nothing at test time, and no layer."""
    return [step.live(spread=True)]


def cast(step: Step) -> list[Value]:
    """Between types of real numbers, or from a picture's bytes: all of them are single precision here."""
    if step.operation.type("DstT") not in (1, 2, 14, 19):
        raise step.error("a cast of the input's values to whole numbers can't be carried over")
    return [step.live()]


def bias_add(step: Step) -> list[Value]:
    """BiasAdd: a number for each channel, which is the last axis unless ``data_format`` says otherwise."""
    x = step.live(spread=True)
    check_spread(step, x)
    bias = step.constant(1)
    axis = 1 if step.operation.text("data_format") == "NCHW" and x.rank > 2 else x.rank - 1
    if bias.array.shape != (x.shape[axis],):
        raise step.error(f"its bias {sizes(bias.array.shape)} doesn't fit a tensor {sizes(x.shape)}")
    position = x.order.index(axis)
    shape = (-1, *[1] * (x.rank - 1 - position))
    weight = step.weight("bias", bias, bias.array.reshape(shape), f"reshape to {shape}")
    return [like(x, step.build.elementwise("Add", x.value, weight))]


def binary(operator: str) -> Convert:
    """An operation of two tensors that are spread over one another, as numpy does."""

    def convert(step: Step) -> list[Value]:
        return [combined(step, operator, [_input(step, 0), _input(step, 1)])]

    return convert


def squared_difference(step: Step) -> list[Value]:
    """(a − b)²."""
    difference = combined(step, "Sub", [_input(step, 0), _input(step, 1)])
    return [like(difference, step.build.elementwise("Mul", difference.value, difference.value))]


def add_n(step: Step) -> list[Value]:
    """The sum of all inputs."""
    total = _input(step, 0)
    for index in range(1, len(step.inputs)):
        total = combined(step, "Add", [total, _input(step, index)])
    return [total]


def _input(step: Step, index: int) -> Value:
    given = step.input(index)
    if isinstance(given, Live):
        given = step.live(index, spread=True)
        check_spread(step, given)
    return given


def combined(step: Step, operator: str, operands: Sequence[Value]) -> Live:
    """One ONNX node over operands of any ranks, turned to one order; learned ones become initializers."""
    live = [operand for operand in operands if isinstance(operand, Live)]
    if not live:
        raise step.error("both its inputs are constants")
    rank = max(len(_shape(operand)) for operand in operands)
    shape = broadcast(step, [_shape(operand) for operand in operands])
    full = [operand.order for operand in live if operand.rank == rank]
    order = channels_first(rank) if channels_first(rank) in full else full[0] if full else plain(rank)
    spread = next((operand.spread for operand in live if operand.spread is not None), None)
    values = [_spread_out(step, operand, rank, order, f"operand{i}") for i, operand in enumerate(operands)]
    made = step.node(operator, values, shape, order)
    return Live(made.value, made.shape, made.order, spread)


def _shape(operand: Value) -> Shape:
    return operand.shape if isinstance(operand, Live) else operand.array.shape


def _spread_out(step: Step, operand: Value, rank: int, order: Order, name: str) -> ir.Value:
    """The operand with axes of size one in front, in ``order``."""
    missing = rank - len(_shape(operand))
    if isinstance(operand, Constant):
        if operand.array.dtype.kind == "O":
            raise NamedSizeError
        if operand.array.size == 1 and operand.origin is None:
            return step.build.constant(float(operand.array.reshape(())[()]))
        whole = (1,) * missing + operand.array.shape
        turned = operand.array.reshape(whole).transpose(order)
        steps = [] if turned.shape == operand.array.shape else [f"reshape to {whole}", f"transpose {order}"]
        return step.weight(name, operand, turned, *steps)
    if not missing:
        return step.arranged(operand, order)
    value = step.arranged(operand, plain(operand.rank))
    shape = (1,) * missing + tuple(operand.shape)
    value = step.build.node("Unsqueeze", [value, step.integers(range(missing))], shape)
    return step.arranged(Live(value, shape, plain(rank)), order)


def broadcast(step: Step, shapes: Sequence[Shape]) -> Shape:
    """The shape that all of them spread to.

    :raises PortsideError: when they don't.
    """
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes]
    made: list[int | str] = []
    for axis in zip(*padded, strict=True):
        others = {size for size in axis if size != 1} or {1}
        if len(others) > 1:
            if any(isinstance(size, str) for size in others):
                raise NamedSizeError
            raise step.error(f"its inputs {' and '.join(map(sizes, shapes))} don't go together")
        made.append(others.pop())
    return tuple(made)


_UNARY: Mapping[str, str] = {
    "Relu": "Relu",
    "Elu": "Elu",
    "Selu": "Selu",
    "Sigmoid": "Sigmoid",
    "Tanh": "Tanh",
    "Softplus": "Softplus",
    "Softsign": "Softsign",
    "Exp": "Exp",
    "Log": "Log",
    "Sqrt": "Sqrt",
    "Abs": "Abs",
    "Neg": "Neg",
    "Erf": "Erf",
    "Floor": "Floor",
    "Ceil": "Ceil",
    "Sign": "Sign",
    "Round": "Round",
    "Reciprocal": "Reciprocal",
    "Inv": "Reciprocal",
}

_BINARY: Mapping[str, str] = {
    "Add": "Add",
    "AddV2": "Add",
    "Sub": "Sub",
    "Mul": "Mul",
    "RealDiv": "Div",
    "Div": "Div",
    "Maximum": "Max",
    "Minimum": "Min",
    "Pow": "Pow",
}

PASSED_ON = frozenset(
    ("StopGradient", "PreventGradient", "CheckNumerics", "Snapshot", "PlaceholderWithDefault", "EnsureShape")
)
"""What changes nothing at test time, and is no layer."""

ELEMENTS: Mapping[str, Convert] = {
    **{kind: unary(operator) for kind, operator in _UNARY.items()},
    **{kind: binary(operator) for kind, operator in _BINARY.items()},
    "Relu6": relu6,
    "LeakyRelu": leaky_relu,
    "Square": square,
    "Rsqrt": rsqrt,
    "SquaredDifference": squared_difference,
    "ClipByValue": clip,
    **dict.fromkeys(("FakeQuantWithMinMaxArgs", "FakeQuantWithMinMaxVars"), fake_quantisation),
    "Identity": identity,
    **dict.fromkeys(PASSED_ON, passed_on),
    "Cast": cast,
    **dict.fromkeys(("BiasAdd", "BiasAddV1"), bias_add),
    "AddN": add_n,
}
