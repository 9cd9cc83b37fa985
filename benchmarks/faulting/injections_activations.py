"""Activations that are missing, too many, of another kind or slope; softmax and dropout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.random import Generator

from benchmarks.faulting.fault import Done, has, injection, leave_out
from benchmarks.faulting.port import NotEligibleError, Port, node_of, numbers, real, sizes, weight_of
from explorer.network.network import Layer, Network

KINDS = ("Relu", "Clip", "LeakyRelu", "PRelu", "Elu", "Sigmoid", "Tanh")
active = has(*KINDS)

OTHERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "tanh": ("Tanh", {}),
    "sigmoid": ("Sigmoid", {}),
    "elu": ("Elu", {"alpha": 1.0}),
    "softplus": ("Softplus", {}),
    "softsign": ("Softsign", {}),
    "absolute value": ("Abs", {}),
    "hard sigmoid": ("HardSigmoid", {"alpha": 0.2, "beta": 0.5}),
    "hard swish": ("HardSwish", {}),
    "selu": ("Selu", {}),
    "gelu": ("Gelu", {}),
    "mish": ("Mish", {}),
}


@injection("activation-missing", "passed by", active)
def pass_activation(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, *KINDS)
    port.swap(node, "Identity", [node.inputs[0]])
    return f"no {node.op_type}"


@injection("activation-missing", "layer left out", active)
def leave_activation_out(port: Port, layer: Layer, random: Generator) -> Done:
    if len(layer.nodes) > 3:
        raise NotEligibleError("the layer does more than this")
    return leave_out(port, layer, "no activation layer")


def _linear(layer: Layer, network: Network) -> bool:
    """Whether the layer's result goes on as it is, negative numbers and all."""
    if not layer.nodes or len(layer.outputs) != 1:
        return False
    last = layer.outputs[0].producer()
    following = [use.node.op_type for use in layer.outputs[0].uses()]
    kinds = ("Conv", "Gemm", "BatchNormalization", "Add", "ConvTranspose")
    return last is not None and last.op_type in kinds and not any(kind in KINDS for kind in following)


def _one_too_many(name: str, operator: str, others: tuple[float, ...] = ()) -> None:
    def append(port: Port, layer: Layer, random: Generator) -> str:
        port.append(layer.outputs[0], operator, others)
        return f"a {operator} too many at its end"

    injection("activation-extra", name, _linear)(append)


_one_too_many("relu", "Relu")
_one_too_many("tanh", "Tanh")
_one_too_many("sigmoid", "Sigmoid")


@injection("activation-extra", "a layer of its own", _linear)
def insert_activation_layer(port: Port, layer: Layer, random: Generator) -> Done:
    value = layer.outputs[0]
    node = value.producer()
    uses = list(value.uses())
    if node is None or not uses:
        raise NotEligibleError("nothing follows it")
    made = port.make(node, "Relu", [value], after=True)
    own = f"{layer.name}_relu"
    made.metadata_props.update({"portside.layer": own, "portside.type": "ReLU"})
    made.outputs[0].name, made.outputs[0].type, made.outputs[0].shape = own, value.type, value.shape
    readers = {use.node.metadata_props.get("portside.layer", "") for use in uses}
    for use in uses:
        use.node.replace_input_with(use.idx, made.outputs[0])
    return Done("an activation layer that the original has not", (frozenset({own, layer.name, *readers}) - {""},))


def _another_kind(name: str) -> None:
    operator, attributes = OTHERS[name]

    def change(port: Port, layer: Layer, random: Generator) -> str:
        node = node_of(layer, *KINDS)
        if node.op_type == operator:
            raise NotEligibleError("it is of this kind")
        port.swap(node, operator, [node.inputs[0]], attributes)
        return f"{name} for {node.op_type}"

    injection("activation-kind", name, active)(change)


for _kind in OTHERS:
    _another_kind(_kind)

EITHER = frozenset(["activation-kind", "activation-slope"])
"""A ReLU is a leaky one of slope 0, and one without a ceiling: the contract's words fit twice."""


@injection("activation-kind", "leaky for plain", has("Relu"))
def leak(port: Port, layer: Layer, random: Generator) -> Done:
    node = node_of(layer, "Relu")
    slope = float(random.choice([0.01, 0.1, 0.2, 0.3]))
    port.swap(node, "LeakyRelu", [node.inputs[0]], {"alpha": slope})
    return Done(f"leaky by {slope:g}", causes=EITHER)


@injection("activation-kind", "ceiling of 6", has("Relu"))
def limit(port: Port, layer: Layer, random: Generator) -> Done:
    node = node_of(layer, "Relu")
    port.swap(node, "Clip", [node.inputs[0], 0.0, 6.0])
    return Done("ReLU6 for ReLU", causes=EITHER)


@injection("activation-kind", "plain for another", has("LeakyRelu", "PRelu", "Clip", "Elu"))
def make_plain(port: Port, layer: Layer, random: Generator) -> Done:
    node = node_of(layer, "LeakyRelu", "PRelu", "Clip", "Elu")
    port.swap(node, "Relu", [node.inputs[0]])
    return Done(f"ReLU for {node.op_type}", causes=EITHER)


@injection("activation-slope", "another leak", has("LeakyRelu"))
def another_leak(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "LeakyRelu")
    before = real(node, "alpha", 0.01)
    other = float(random.choice([slope for slope in (0.01, 0.1, 0.2, 0.3) if not np.isclose(slope, before)]))
    port.attribute(node, alpha=other)
    return f"slope {other:g} for {before:g}"


@injection("activation-slope", "another slope of the exponential", has("Elu"))
def another_alpha(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "Elu")
    before = real(node, "alpha", 1.0)
    port.attribute(node, alpha=0.5 if np.isclose(before, 1) else 1.0)
    return f"α {real(node, 'alpha', 0):g} for {before:g}"


@injection("activation-slope", "learned slopes in another order", has("PRelu"))
def permute_slopes(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "PRelu")
    slopes = weight_of(node)
    if slopes.size < 2:
        raise NotEligibleError("it has one slope for all")
    port.put(node, 1, random.permutation(slopes.reshape(-1)).reshape(slopes.shape))
    return "slopes permuted"


@injection("activation-slope", "one slope for all channels", has("PRelu"))
def shared_slope(port: Port, layer: Layer, random: Generator) -> Done:
    node = node_of(layer, "PRelu")
    slopes = weight_of(node)
    port.put(node, 1, np.full_like(slopes, 0.25))
    return Done("every slope 0.25", causes=EITHER)


@injection("activation-slope", "another ceiling", has("Clip"))
def another_ceiling(port: Port, layer: Layer, random: Generator) -> Done:
    node = node_of(layer, "Clip")
    low, high = numbers(node.inputs[1]), numbers(node.inputs[2])
    if low is None or high is None:
        raise NotEligibleError("its limits are computed")
    ceiling = np.float32(random.choice([1.0, 3.0, 8.0, np.inf]))
    if not np.isfinite(ceiling):
        port.swap(node, "Relu", [node.inputs[0]])
        return Done(f"no ceiling for {float(high):g}", causes=EITHER)
    port.swap(node, "Clip", [node.inputs[0], float(low), float(ceiling)])
    return Done(f"ceiling {ceiling:g} for {float(high):g}")


def _is_dropout(layer: Layer, network: Network) -> bool:
    return "dropout" in layer.type.lower() and len(layer.outputs) == 1


@injection("dropout-scale", "scaled down at test time", _is_dropout)
def scale_down(port: Port, layer: Layer, random: Generator) -> str:
    keep = float(random.choice([0.5, 0.6, 0.8, 0.3]))
    port.append(layer.outputs[0], "Mul", [keep])
    return f"× {keep:g} at test time"


@injection("dropout-scale", "scaled up at test time", _is_dropout)
def scale_up(port: Port, layer: Layer, random: Generator) -> str:
    keep = float(random.choice([0.5, 0.6, 0.8, 0.3]))
    port.append(layer.outputs[0], "Mul", [1 / keep])
    return f"÷ {keep:g} at test time"


@injection("softmax-axis", "another axis", has("Softmax"))
def another_axis(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "Softmax")
    rank = len(sizes(node.inputs[0]))
    before = node.attributes["axis"].as_int() % rank if "axis" in node.attributes else rank - 1
    others = [axis for axis in range(rank) if axis != before]
    port.attribute(node, axis=int(random.choice(others)))
    return f"axis {node.attributes['axis'].as_int()} for {before}"


@injection("softmax-axis", "over everything flattened", has("Softmax"))
def softmax_of_all(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "Softmax")
    shape = sizes(node.inputs[0])
    if len(shape) < 3 or np.prod(shape[2:]) == 1:
        raise NotEligibleError("it works on vectors")
    flat = port.make(node, "Flatten", [node.inputs[0]], {"axis": 1})
    soft = port.make(node, "Softmax", [flat.outputs[0]], {"axis": 1})
    port.swap(node, "Reshape", [soft.outputs[0], np.array([0, *shape[1:]], np.int64)])
    return "over classes and positions at once"


@injection("softmax-missing", "passed by", has("Softmax"))
def pass_softmax(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "Softmax")
    port.swap(node, "Identity", [node.inputs[0]])
    return "logits for probabilities"


@injection("softmax-missing", "logarithm of the softmax", has("Softmax"))
def log_softmax(port: Port, layer: Layer, random: Generator) -> Done:
    node: ir.Node = node_of(layer, "Softmax")
    axis = node.attributes["axis"].as_int() if "axis" in node.attributes else -1
    port.swap(node, "LogSoftmax", [node.inputs[0]], {"axis": axis})
    return Done("log-probabilities", causes=frozenset(["softmax-missing", "activation-kind"]))
