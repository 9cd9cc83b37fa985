"""Functions in a Keras graph: keras.ops in Keras 3, TensorFlow's own functions and operators in Keras 2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from explorer.importers.keras_activations import FUNCTIONS, Activation, binary, clipped
from explorer.importers.keras_arranging import ARRANGING
from explorer.importers.keras_calls import Reference
from explorer.importers.keras_json import Config
from explorer.importers.keras_layers import KerasLayer, Tensor
from explorer.importers.keras_merges import aligned, broadcast, normalised
from explorer.importers.keras_operands import Function, Operands, named
from explorer.importers.keras_weights import snake_case
from explorer.network.builder import shape_tuple


def _binary(operator: str) -> Function:
    """An operator of two operands that stretch to one another as in numpy."""

    def function(operands: Operands) -> Tensor:
        layer, values = operands.layer, operands.values
        if len(values) != 2:
            raise layer.error(f"its function takes two arguments, here are {len(values)}")
        if isinstance(values[0], Tensor) and _is_number(values[1]):
            return binary(layer, operator, values[0], values[1])
        if isinstance(values[1], Tensor) and _is_number(values[0]):
            number, other = layer.build.constant(float(values[0])), values[1]
            return layer.like(layer.build.node(operator, [number, other.value], shape_tuple(other.value)), other)
        first, second = aligned(layer, [operands.tensor_at(0), operands.tensor_at(1)], behind_batch=False)
        shape = broadcast(layer, shape_tuple(first.value), shape_tuple(second.value))
        return layer.like(layer.build.node(operator, [first.value, second.value], shape), first)

    return function


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unary(operator: str) -> Function:
    return lambda operands: operands.layer.each(operator, operands.tensor)


def _after(first: str, second: str) -> Function:
    return lambda operands: operands.layer.each(second, operands.layer.each(first, operands.tensor))


def _activation(function: Activation) -> Function:
    return lambda operands: function(operands.layer, operands.tensor, operands.options)


def _same(operands: Operands) -> Tensor:
    return operands.tensor


def _cast(operands: Operands) -> Tensor:
    wanted = operands.options.get("dtype", "DstT", default="float32")
    if str(wanted).lower().removeprefix("dt_") not in ("float32", "float", "float64", "double", "float16", "half"):
        raise operands.layer.error(f"casts to {wanted}, which can't be carried over")
    return operands.tensor


def _square(operands: Operands) -> Tensor:
    return binary(operands.layer, "Mul", operands.tensor, operands.tensor)


def _squared_difference(operands: Operands) -> Tensor:
    difference = _binary("Sub")(operands)
    assert isinstance(difference, Tensor)
    return binary(operands.layer, "Mul", difference, difference)


def _log1p(operands: Operands) -> Tensor:
    return operands.layer.each("Log", binary(operands.layer, "Add", operands.tensor, 1.0))


def _expm1(operands: Operands) -> Tensor:
    return binary(operands.layer, "Sub", operands.layer.each("Exp", operands.tensor), 1.0)


def _clip(operands: Operands) -> Tensor:
    options = operands.options
    low, high = options.number("clip_value_min", "x_min"), options.number("clip_value_max", "x_max")
    return clipped(operands.layer, operands.tensor, low, high)


def _l2_normalize(operands: Operands) -> Tensor:
    """X ÷ √max(Σ x², ε); Keras 3 compares the root with ε and knows other orders."""
    layer, tensor, options = operands.layer, operands.tensor, operands.options
    if options.get("order", default=2) != 2:
        raise layer.error(f"normalises by order {options.get('order')}, which can't be carried over")
    axes = operands.axes("axis", "dim", default=-1)
    if len(axes) != 1:
        raise layer.error("normalises over several axes, which can't be carried over")
    least = options.number("epsilon", default=1e-12)
    return layer.like(normalised(layer, tensor.value, tensor.axis(axes[0]), least), tensor)


def _lrn(operands: Operands) -> Tensor:
    """TensorFlow's LRN: α is not divided by the window, whose size is twice the radius and one."""
    layer, options = operands.layer, operands.options
    tensor = layer.laid(operands.tensor, True)
    size = 2 * options.integer("depth_radius", default=5) + 1
    alpha, beta, k = (
        options.number(*names, default=default)
        for names, default in ((("alpha",), 1.0), (("beta",), 0.5), (("bias",), 1.0))
    )
    return Tensor(layer.build.lrn(tensor.value, size=size, alpha=alpha * size, beta=beta, k=k), tensor.moved)


def _matmul(operands: Operands) -> Tensor:
    layer = operands.layer
    turned = ("transpose_a", "transpose_b", "adjoint_a", "adjoint_b")
    if any(operands.options.flag(name, default=False) for name in turned):
        raise layer.error("multiplies transposed matrices, which can't be carried over")
    first, second = (layer.plain(operands.tensor_at(index)) for index in (0, 1))
    a, b = shape_tuple(first), shape_tuple(second)
    if len(a) < 2 or len(b) < 2 or a[-1] != b[-2] or (len(b) > 2 and b[:-2] != a[:-2]):
        raise layer.error(f"{a} and {b} can't be multiplied as matrices")
    return layer.made(layer.build.node("MatMul", [first, second], (*a[:-1], b[-1])))


_ARITHMETIC: Mapping[str, tuple[Function, Sequence[str]]] = {
    **{
        name: (_binary(operator), ())
        for name, operator in {
            "add": "Add",
            "subtract": "Sub",
            "multiply": "Mul",
            "divide": "Div",
            "maximum": "Max",
            "minimum": "Min",
            "power": "Pow",
        }.items()
    },
    **{
        name: (_unary(operator), ())
        for name, operator in {
            "negative": "Neg",
            "abs": "Abs",
            "exp": "Exp",
            "log": "Log",
            "sqrt": "Sqrt",
            "reciprocal": "Reciprocal",
            "floor": "Floor",
            "ceil": "Ceil",
            "round": "Round",
            "sign": "Sign",
            "sin": "Sin",
            "cos": "Cos",
            "tan": "Tan",
            "erf": "Erf",
        }.items()
    },
    **dict.fromkeys(("identity", "stop_gradient", "copy", "convert_to_tensor"), (_same, ())),
    "rsqrt": (_after("Sqrt", "Reciprocal"), ()),
    "square": (_square, ()),
    "squared_difference": (_squared_difference, ()),
    "log1p": (_log1p, ()),
    "expm1": (_expm1, ()),
    "cast": (_cast, ("dtype",)),
    "clip": (_clip, ("x_min", "x_max")),
    "l2_normalize": (_l2_normalize, ("axis", "order", "epsilon")),
    "local_response_normalization": (_lrn, ("depth_radius", "bias", "alpha", "beta")),
    "matmul": (_matmul, ()),
}

_POSITIONS: Mapping[str, Sequence[str]] = {
    "softmax": ("axis",),
    "log_softmax": ("axis",),
    "leaky_relu": ("negative_slope",),
    "elu": ("alpha",),
    "gelu": ("approximate",),
}
"""The names of activations' positional arguments."""

OPERATIONS: Mapping[str, tuple[Function, Sequence[str]]] = {
    **{name: (_activation(function), _POSITIONS.get(name, ())) for name, function in FUNCTIONS.items()},
    **_ARITHMETIC,
    **ARRANGING,
}
"""The functions by one name each, with the names of their positional arguments after the first."""

_OTHER_NAMES: Mapping[str, str] = {
    "truediv": "divide",
    "true_divide": "divide",
    "real_div": "divide",
    "div": "divide",
    "mul": "multiply",
    "sub": "subtract",
    "add_v2": "add",
    "pow": "power",
    "neg": "negative",
    "absolute": "abs",
    "exponential": "exp",
    "getitem": "get_item",
    "strided_slice": "get_item",
    "concatenate": "concat",
    "concat_v2": "concat",
    "reduce_mean": "mean",
    "reduce_sum": "sum",
    "reduce_max": "max",
    "reduce_min": "min",
    "reduce_prod": "prod",
    "reduce_logsumexp": "logsumexp",
    "amax": "max",
    "amin": "min",
    "clip_by_value": "clip",
    "normalize": "l2_normalize",
    "expand_dims_v2": "expand_dims",
    "pad_v2": "pad",
    "permute_dims": "transpose",
    "matmul_v2": "matmul",
    "lrn": "local_response_normalization",
}

_TWO = frozenset(
    ["add", "subtract", "multiply", "divide", "maximum", "minimum", "power", "squared_difference", "matmul"]
)
"""Functions of two tensors."""

_GRAPH_OPERATORS = """
    Mul Add AddV2 Sub RealDiv Maximum Minimum Pow SquaredDifference Neg Abs Exp Log Sqrt Rsqrt Square Relu Relu6
    LeakyRelu Elu Selu Sigmoid Tanh Softplus Softsign Softmax Mean Sum Max Min Reshape Transpose ConcatV2 ExpandDims
    Identity StopGradient
"""
"""Operations of TensorFlow's graphs that mean what the function of their name means."""

_FIRST = (
    *("x", "x1", "xs", "a", "input", "inputs", "input_tensor", "tensor"),
    *("features", "logits", "value", "values", "images"),
)
_SECOND = ("y", "x2", "b", "other")


def function_layer(
    layer: KerasLayer, arguments: Sequence[Any], keywords: Mapping[str, Any]
) -> Tensor | tuple[Tensor, ...]:
    """A node of a Keras graph that is a function: of keras.ops, or of TensorFlow (``TFOpLambda`` and its like).

    ``arguments`` and ``keywords`` are those of the call, with tensors for references.

    :raises PortsideError: when the function is not known.
    """
    config = layer.config.values
    if layer.kind == "TensorFlowOpLayer":
        return _graph_node(layer, arguments)
    stated = config.get("function")
    name = stated if isinstance(stated, str) else layer.kind
    if name.startswith("compat.v1.image."):
        raise layer.error(f"its function '{name}' places pixels as TensorFlow 1 did, which can't be carried over")
    options = {**config, **keywords}
    options.pop("name", None)
    return _applied(layer, name, arguments, options)


def _graph_node(layer: KerasLayer, arguments: Sequence[Any]) -> Tensor | tuple[Tensor, ...]:
    """A ``TensorFlowOpLayer`` (TensorFlow 2.0 to 2.3): an operation of a graph, its constant inputs beside it."""
    node, constants = layer.config.get("node_def"), layer.config.get("constants", default={})
    operator = node.get("op") if isinstance(node, Mapping) else None
    if not isinstance(node, Mapping) or operator not in _GRAPH_OPERATORS.split() or not isinstance(constants, Mapping):
        raise layer.error(f"its operation '{operator or 'unknown'}' can't be carried over")
    values = list(arguments[0]) if len(arguments) == 1 and isinstance(arguments[0], tuple) else list(arguments)
    for index in sorted(int(key) for key in constants if str(key).isdecimal()):
        values.insert(index, constants[str(index)])
    if operator == "ConcatV2":
        values = [tuple(values[:-1]), values[-1]]
    attributes = node.get("attr")
    options = {
        key: next(iter(value.values()))
        for key, value in (attributes.items() if isinstance(attributes, Mapping) else ())
        if isinstance(value, Mapping) and set(value) & {"b", "f"}
    }
    return _applied(layer, str(operator), values, options)


def _applied(
    layer: KerasLayer, name: str, arguments: Sequence[Any], options: Mapping[str, Any]
) -> Tensor | tuple[Tensor, ...]:
    known = canonical_name(name)
    if known not in OPERATIONS:
        raise layer.error(f"its function '{name}' can't be carried over")
    function, positions = OPERATIONS[known]
    values = list(arguments) or [options[key] for key in _FIRST if key in options][:1]
    if known in _TWO and len(values) == 1:
        values += [options[key] for key in _SECOND if key in options][:1]
    if not values:
        raise layer.error(f"its function '{name}' has no argument")
    config = Config(named(options, values, positions), layer.config.layer, layer.config.file)
    return function(Operands(layer, values if known in _TWO else values[:1], config))


def canonical_name(name: str) -> str:
    """``math.multiply``, ``Multiply`` and ``compat.v1.nn.relu6`` as :data:`OPERATIONS` has them."""
    last = name.rpartition(".")[2]
    last = last if last.islower() else snake_case(last)
    return _OTHER_NAMES.get(last, last)


def resolved(value: Any, tensors: Mapping[Reference, Tensor]) -> Any:
    """A call's argument with tensors for references."""
    if isinstance(value, Reference):
        return tensors[value]
    if isinstance(value, tuple):
        return tuple(resolved(item, tensors) for item in value)
    return value


def is_function(kind: str, module: str) -> bool:
    """Whether a node of a graph is a function and no layer."""
    return kind in ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer") or ".ops." in module
