"""Checks of activations: missing, one too many, another one, another slope or ceiling."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import onnx_ir as ir

from explorer.diagnosis.biases import by_channel
from explorer.diagnosis.draft import Draft, fixed, setting
from explorer.diagnosis.edit import Edit, Fitted, change
from explorer.diagnosis.inversion import wanted_of
from explorer.diagnosis.line_search import least
from explorer.diagnosis.rounding import number_text, plain_number
from explorer.diagnosis.scene import Candidate, Scene, place_text
from explorer.diagnosis.weighted import WEIGHTED
from explorer.network.network import value_name
from explorer.running.activations import Array

LINEAR_PIECES = ("Relu", "LeakyRelu", "PRelu", "Clip")


@dataclass(frozen=True, eq=False)
class Activation:
    """An activation as one ONNX node; ``gated``: its result is multiplied by what it reads."""

    text: str
    operator: str
    attributes: tuple[tuple[str, float], ...] = ()
    bounds: tuple[float, ...] = ()
    gated: bool = False

    @property
    def family(self) -> str:
        """Those of one family differ by a slope or a ceiling alone."""
        return _family(self.operator)


def _family(operator: str) -> str:
    return "linear pieces" if operator in LINEAR_PIECES else operator


def _leaky(slope: float) -> Activation:
    return Activation(f"leaky ReLU of slope {number_text(slope)}", "LeakyRelu", (("alpha", slope),))


def _clip(low: float, high: float) -> Activation:
    return Activation(f"ReLU cut off at {number_text(high)}", "Clip", (), (low, high))


KINDS = (
    Activation("ReLU", "Relu"),
    _leaky(0.01),
    _leaky(0.1),
    _leaky(0.2),
    _leaky(0.3),
    _clip(0.0, 6.0),
    _clip(0.0, 1.0),
    Activation("tanh", "Tanh"),
    Activation("sigmoid", "Sigmoid"),
    Activation("hard sigmoid (x/5 + 1/2)", "HardSigmoid", (("alpha", 0.2), ("beta", 0.5))),
    Activation("hard sigmoid (x/6 + 1/2)", "HardSigmoid", (("alpha", 1 / 6), ("beta", 0.5))),
    Activation("ELU", "Elu", (("alpha", 1.0),)),
    Activation("SELU", "Selu"),
    Activation("softplus", "Softplus"),
    Activation("softsign", "Softsign"),
    Activation("swish", "Sigmoid", gated=True),
    Activation("hard swish", "HardSigmoid", (("alpha", 1 / 6), ("beta", 0.5)), gated=True),
    Activation("GELU", "Gelu"),
    Activation("mish", "Mish"),
    Activation("absolute value", "Abs"),
    Activation("exponential", "Exp"),
)
"""What frameworks put behind a layer; newer operators than the network's opset are refused when they are run."""

OPERATORS = frozenset(kind.operator for kind in KINDS) | {"PRelu", "HardSwish", "Celu", "ThresholdedRelu"}

BEHIND = ("Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "Add", "Sum", "Mul", "Concat")


HELPS = 0.9
"""What a ReLU must bring the error down to before other bends are tried in its place."""


def missing_activations(scene: Scene) -> Iterator[Candidate]:
    """An activation that the original has behind a layer and the port has not."""
    nodes = scene.draft.nodes[::-1]
    # A layer that is called an activation, and is none, comes first: it was left out there.
    named = [node for node in nodes if _should_be_activation(scene, node)]
    for node in [*named, *(node for node in nodes if node not in named)]:
        last = node is nodes[0] and node.op_type not in (*OPERATORS, "Softmax")
        if node not in named and not last and (node.op_type not in BEHIND or not _is_at_end(scene, node)):
            continue
        yield from _every_kind(scene, node)


def missing_before(scene: Scene) -> Iterator[Candidate]:
    """An activation that stood between the recorded layer before and this one, and is left out."""
    for node, index, _ in _entrances(scene):
        yield from _every_kind(scene, node, index)


def _entrances(scene: Scene) -> Iterator[tuple[ir.Node, int, str]]:
    """Where recorded values come in that no activation reads."""
    return (entrance for entrance in scene.entrances() if entrance[0].op_type not in OPERATORS)


def _every_kind(scene: Scene, node: ir.Node, ahead: int | None = None) -> Iterator[Candidate]:
    for kind in KINDS:
        yield (
            Edit(
                "activation-missing",
                scene.layer(node),
                f"there is no {kind.text} {place_text(node, ahead)} it",
                change(_insert, node.name or "", kind, ahead),
            ),
        )


def extra_activations(scene: Scene) -> Iterator[Candidate]:
    """An activation that the original doesn't have."""
    for node in scene.draft.nodes:
        if _is_activation(scene, node):
            yield (
                Edit(
                    "activation-extra",
                    scene.layer(node),
                    f"there is a {text_of(node)} that the original doesn't have",
                    change(Draft.change_operator, node.name or "", "Identity"),
                ),
            )


def other_activations(scene: Scene) -> Iterator[Candidate]:
    """Another activation than the original's."""
    for node in scene.draft.nodes:
        if not _is_activation(scene, node):
            continue
        own = text_of(node)
        for kind in KINDS:
            if kind.text == own:
                continue
            causes = ["activation-kind"]
            if kind.family == _family(node.op_type) and not kind.gated:
                # Within a family the two names say the same of the same edit.
                causes = ["activation-slope", "activation-kind"]
            for cause in causes:
                yield (
                    Edit(
                        cause,
                        scene.layer(node),
                        f"{own} where {kind.text} is meant",
                        change(_change, node.name or "", kind),
                    ),
                )


def slopes(scene: Scene) -> Iterator[Candidate]:
    """Another slope below zero, or another ceiling: read off the reference."""
    for node in scene.draft.nodes:
        if not _is_activation(scene, node):
            continue
        x, wanted = _read(scene, node)
        if x is None or wanted is None:
            continue
        for text, kind in _fitted_kinds(node, x, wanted):
            yield (
                Edit(
                    "activation-slope" if node.op_type in (*LINEAR_PIECES, "Elu") else "activation-kind",
                    scene.layer(node),
                    text,
                    change(_change, node.name or "", kind),
                    Fitted.FEW,
                ),
            )


def slopes_by_channel(scene: Scene) -> Iterator[Candidate]:
    """A slope of its own for each channel, instead of another activation or of other slopes."""
    for node in scene.draft.nodes:
        if not _is_activation(scene, node):
            continue
        x, wanted = _read(scene, node)
        bent = node.op_type in ("Relu", "LeakyRelu", "PRelu")
        if x is None or wanted is None or x.ndim < 2 or x[:, 0].size < 2:
            continue
        slope = _slopes(x, wanted)
        old = fixed(node.inputs[1]) if node.op_type == "PRelu" else None
        if old is not None and old.size == slope.size:
            shown = (by_channel(x) < 0).any(1)
            slope = np.where(shown, slope, np.asarray(old, np.float64).reshape(-1))
        shape = (-1, *[1] * (x.ndim - 2))
        array = slope.astype(np.float32).reshape(shape)
        text = f"slopes by channel, from {slope.min():.3g} to {slope.max():.3g}"
        yield (
            Edit(
                "activation-slope" if bent else "activation-kind",
                scene.layer(node),
                text if bent else f"{text_of(node)} where PReLU is meant ({text})",
                change(Draft.change_operator, node.name or "", "PRelu", [array]),
                Fitted.PER_CHANNEL,
            ),
        )


def missing_bends(scene: Scene) -> Iterator[Candidate]:
    """A ReLU left out whose ceiling, or slope below zero, is not one of the usual: found by trying.

    What stands behind the activation need not let its values through, so they can't be read off.
    """
    for node, index, name in _entrances(scene):
        top = float(np.max(scene.values[name], initial=0.0))
        if not 0 < top < math.inf or _with(scene, node, index, KINDS[0]) > HELPS * scene.residual:
            continue
        bends: tuple[tuple[Callable[[float], Activation], float], ...] = ((partial(_clip, 0.0), top), (_leaky, 1.0))
        for bend, most in bends:
            error = partial(_with_number, scene, node, index, bend)
            number = least(error, 0.0, most)
            for choice in dict.fromkeys((plain_number(number, 2), number)):
                kind = bend(choice)
                yield (
                    Edit(
                        "activation-missing",
                        scene.layer(node),
                        f"there is no {kind.text} {place_text(node, index)} it",
                        change(_insert, node.name or "", kind, index),
                        Fitted.FEW,
                    ),
                )


def _with_number(scene: Scene, node: ir.Node, index: int, bend: Callable[[float], Activation], number: float) -> float:
    return _with(scene, node, index, bend(number))


def _with(scene: Scene, node: ir.Node, index: int, kind: Activation) -> float:
    """What is left when an activation stands before a node."""
    asked = Edit("activation-missing", scene.layer(node), "", change(_insert, node.name or "", kind, index))
    return scene.with_edits([asked]).residual


def missing_slopes(scene: Scene) -> Iterator[Candidate]:
    """PReLU left out: a slope below zero for each channel, behind a layer or before it."""
    entrances = list(_entrances(scene))
    for node in scene.draft.nodes:
        before = [index for entered, index, _ in entrances if entered is node]
        if node.op_type == "Constant" or (not before and node.op_type not in (*BEHIND, "Identity")):
            continue
        for ahead in (None, *before):
            name = node.name or ""
            asked = Edit("activation-missing", scene.layer(node), "", change(_put, name, ahead, "Identity"))
            sub = scene.with_edits([asked])
            inserted = next((each for each in sub.draft.nodes if (each.name or "") not in scene.draft), None)
            x, wanted = (None, None) if inserted is None else _read(sub, inserted)
            if x is None or wanted is None or x.ndim < 2 or x[:, 0].size < 2:
                continue  # one number of each channel is explained by any slope
            slope = _slopes(x, wanted)
            array = slope.astype(np.float32).reshape(-1, *[1] * (x.ndim - 2))
            yield (
                Edit(
                    "activation-missing",
                    scene.layer(node),
                    f"there is no PReLU {place_text(node, ahead)} it ({slope.min():.3g} to {slope.max():.3g})",
                    change(_put, name, ahead, "PRelu", [array]),
                    Fitted.PER_CHANNEL,
                ),
            )


def _slopes(x: Array, wanted: Array) -> Array:
    """For each channel the factor that makes its negative numbers the wanted ones."""
    a, b = by_channel(x), by_channel(wanted)
    below = a < 0
    power = np.where(below, a * a, 0.0).sum(1)
    slopes: Array = np.divide(np.where(below, a * b, 0.0).sum(1), power, out=np.zeros_like(power), where=power > 0)
    return slopes


def text_of(node: ir.Node) -> str:
    """A node's activation in words, those of ``KINDS`` where it is one of them."""
    if node.op_type == "LeakyRelu":
        return _leaky(float(setting(node, "alpha", 0.01))).text
    if node.op_type == "Clip":
        bounds = [fixed(value) for value in node.inputs[1:3]]
        low, high = ((float(bound) if bound is not None else None) for bound in (*bounds, None, None)[:2])
        if low == 0 and high is not None:
            return _clip(0.0, high).text
        return "ReLU" if low == 0 else "clipping"
    if node.op_type == "HardSigmoid":
        return f"hard sigmoid (x/{1 / float(setting(node, 'alpha', 0.2)):.3g} + 1/2)"
    if node.op_type == "Elu" and float(setting(node, "alpha", 1.0)) != 1.0:
        return f"ELU of α {number_text(float(setting(node, 'alpha', 1.0)))}"
    if node.op_type == "PRelu":
        return "PReLU"
    return next((kind.text for kind in KINDS if kind.operator == node.op_type and not kind.gated), node.op_type)


def _is_activation(scene: Scene, node: ir.Node) -> bool:
    """Whether the port has an activation there: one that an edit put in is not taken back by the next."""
    return node.op_type in OPERATORS and not node.domain and scene.is_own(node) and fixed(node.inputs[0]) is None


def _is_at_end(scene: Scene, node: ir.Node) -> bool:
    """Whether no activation stands behind the node already, before the next node with weights."""
    for behind in scene.draft.following(node):
        if behind.op_type in OPERATORS:
            return False
        if behind.op_type in WEIGHTED:
            return True
    return True


def _should_be_activation(scene: Scene, node: ir.Node) -> bool:
    owner = scene.suspect.layer_of.get(node.name or "")
    names = ("relu", "elu", "sigmoid", "tanh", "activation", "swish", "gelu", "softplus")
    return node.op_type == "Identity" and owner is not None and any(name in owner.type.lower() for name in names)


def _read(scene: Scene, node: ir.Node) -> tuple[Array | None, Array | None]:
    value = node.inputs[0]
    x = scene.values.get(value_name(value)) if value is not None else None
    wanted = wanted_of(scene, node)
    if x is None or wanted is None or wanted.array.shape != x.shape or not wanted.known.all():
        return None, None
    return np.asarray(x, np.float64), wanted.array


def _fitted_kinds(node: ir.Node, x: Array, wanted: Array) -> Iterator[tuple[str, Activation]]:
    below = x < 0
    power = float((x[below] ** 2).sum())
    own = text_of(node)
    if node.op_type == "Elu":
        rise = np.expm1(x[below])
        if rise.any():
            alpha = float((rise @ wanted[below]) / (rise @ rise))
            for number in dict.fromkeys((plain_number(alpha, 2), alpha)):
                kind = Activation(f"ELU of α {number_text(number)}", "Elu", (("alpha", number),))
                yield f"{own} where {kind.text} is meant", kind
        return
    if power > 0:
        slope = float((x[below] @ wanted[below]) / power)
        for number in dict.fromkeys((plain_number(slope, 2), slope)):
            yield f"{own} where a slope of {number_text(number)} is meant", _leaky(number)
    ceiling = float(wanted.max(initial=0.0))
    for number in dict.fromkeys((plain_number(ceiling, 2), ceiling)):
        if number > 0 and (x > number).any():
            yield (
                f"{own} where a ceiling of {number_text(number)} is meant",
                _clip(min(0.0, float(wanted.min())), number),
            )


def _change(draft: Draft, name: str, kind: Activation) -> None:
    draft.change_operator(
        name, kind.operator, [np.asarray(b, np.float32) for b in kind.bounds], **dict(kind.attributes)
    )
    _gate(draft, name, kind)


def _insert(draft: Draft, name: str, kind: Activation, ahead: int | None) -> None:
    bounds = [np.asarray(bound, np.float32) for bound in kind.bounds]
    _gate(draft, _put(draft, name, ahead, kind.operator, bounds, **dict(kind.attributes)), kind)


def _put(
    draft: Draft, name: str, ahead: int | None, operator: str, arrays: Sequence[Array] = (), /, **attributes: float
) -> str:
    """A new node before an input of the node ``name`` (counted from 0), or behind its first result; by its name."""
    if ahead is not None:
        return draft.insert_before(name, ahead, operator, arrays, **attributes)
    return draft.insert_after(name, operator, arrays, output=0, **attributes)


def _gate(draft: Draft, name: str, kind: Activation) -> None:
    if kind.gated:
        source = draft.node(name).inputs[0]
        product = draft.insert_after(name, "Mul", [np.ones((), np.float32)])
        draft.node(product).replace_input_with(1, source)
