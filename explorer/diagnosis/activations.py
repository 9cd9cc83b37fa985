"""Checks of activations: missing, one too many, another one, another slope or ceiling; and of softmax."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from explorer.diagnosis.biases import by_channel
from explorer.diagnosis.draft import Draft, fixed, setting
from explorer.diagnosis.edit import Edit, Fitted, change
from explorer.diagnosis.inversion import wanted_of
from explorer.diagnosis.rounding import number_text, plain_number
from explorer.diagnosis.scene import Candidate, Scene
from explorer.network.network import value_name
from explorer.running.activations import Array


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
        return "linear pieces" if self.operator in ("Relu", "LeakyRelu", "PRelu", "Clip") else self.operator


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


def missing_activations(scene: Scene) -> Iterator[Candidate]:
    """An activation that the original has behind a layer and the port has not."""
    for node in reversed(scene.draft.nodes):
        last = node is scene.draft.nodes[-1] and node.op_type not in (*OPERATORS, "Softmax")
        if not last and (node.op_type not in BEHIND or not _is_at_end(scene, node)):
            continue
        for kind in KINDS:
            yield (
                Edit(
                    "activation-missing",
                    scene.layer(node),
                    f"there is no {kind.text} behind it",
                    change(_insert, node.name or "", kind),
                ),
            )


def missing_before(scene: Scene) -> Iterator[Candidate]:
    """An activation that stood between the recorded layer before and this one, and is left out."""
    for node in scene.draft.nodes:
        value = node.inputs[0] if node.inputs else None
        if value is None or value_name(value) not in scene.suspect.stretch.inputs or node.op_type in OPERATORS:
            continue
        for kind in KINDS:
            yield (
                Edit(
                    "activation-missing",
                    scene.layer(node),
                    f"there is no {kind.text} before it",
                    change(_insert_before, node.name or "", kind),
                ),
            )


def _insert_before(draft: Draft, name: str, kind: Activation) -> None:
    bounds = [np.asarray(bound, np.float32) for bound in kind.bounds]
    _gate(draft, draft.insert_before(name, 0, kind.operator, bounds, **dict(kind.attributes)), kind)


def extra_activations(scene: Scene) -> Iterator[Candidate]:
    """An activation that the original doesn't have."""
    for node in scene.draft.nodes:
        if node.op_type in OPERATORS and _is_activation(node):
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
        if node.op_type not in OPERATORS or not _is_activation(node):
            continue
        own = text_of(node)
        for kind in KINDS:
            if kind.text == own:
                continue
            family = "linear pieces" if node.op_type in ("Relu", "LeakyRelu", "PRelu", "Clip") else node.op_type
            causes = ["activation-kind"]
            if kind.family == family and not kind.gated:
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
        if node.op_type not in OPERATORS or not _is_activation(node):
            continue
        x, wanted = _read(scene, node)
        if x is None or wanted is None:
            continue
        for text, kind in _fitted_kinds(node, x, wanted):
            yield (
                Edit(
                    "activation-slope",
                    scene.layer(node),
                    text,
                    change(_change, node.name or "", kind),
                    Fitted.FEW,
                ),
            )


def slopes_by_channel(scene: Scene) -> Iterator[Candidate]:
    """A slope of its own for each channel."""
    for node in scene.draft.nodes:
        if node.op_type not in ("Relu", "LeakyRelu", "PRelu"):
            continue
        x, wanted = _read(scene, node)
        if x is None or wanted is None or x.ndim < 2:
            continue
        slope = _slopes(x, wanted)
        old = fixed(node.inputs[1]) if node.op_type == "PRelu" else None
        if old is not None and old.size == slope.size:
            shown = (by_channel(x) < 0).any(1)
            slope = np.where(shown, slope, np.asarray(old, np.float64).reshape(-1))
        shape = (-1, *[1] * (x.ndim - 2))
        array = slope.astype(np.float32).reshape(shape)
        yield (
            Edit(
                "activation-slope",
                scene.layer(node),
                f"slopes by channel, from {slope.min():.3g} to {slope.max():.3g}",
                change(Draft.change_operator, node.name or "", "PRelu", [array]),
                Fitted.PER_CHANNEL,
            ),
        )


def missing_slopes(scene: Scene) -> Iterator[Candidate]:
    """PReLU left out: a slope below zero for each channel, behind a layer or before it."""
    for node in scene.draft.nodes:
        value = node.inputs[0] if node.inputs else None
        before = value is not None and value_name(value) in scene.suspect.stretch.inputs
        places = [False, True] if before and node.op_type not in OPERATORS else [False]
        if node.op_type == "Constant" or (not before and node.op_type not in (*BEHIND, "Identity")):
            continue
        for ahead in places:
            name = node.name or ""
            method = (
                change(Draft.insert_before, name, 0, "Identity")
                if ahead
                else change(Draft.insert_after, name, "Identity")
            )
            sub = scene.with_edits([Edit("activation-missing", scene.layer(node), "", method)])
            inserted = next((each for each in sub.draft.nodes if (each.name or "") not in scene.draft), None)
            x, wanted = (None, None) if inserted is None else _read(sub, inserted)
            if x is None or wanted is None or x.ndim < 2:
                continue
            slope = _slopes(x, wanted)
            array = slope.astype(np.float32).reshape(-1, *[1] * (x.ndim - 2))
            yield (
                Edit(
                    "activation-missing",
                    scene.layer(node),
                    f"there is no PReLU {'before' if ahead else 'behind'} it ({slope.min():.3g} to {slope.max():.3g})",
                    change(_insert_slopes, name, ahead, array),
                    Fitted.PER_CHANNEL,
                ),
            )


def _insert_slopes(draft: Draft, name: str, ahead: bool, slopes: Array) -> None:
    if ahead:
        draft.insert_before(name, 0, "PRelu", [slopes])
    else:
        draft.insert_after(name, "PRelu", [slopes])


def _slopes(x: Array, wanted: Array) -> Array:
    """For each channel the factor that makes its negative numbers the wanted ones."""
    a, b = by_channel(x), by_channel(wanted)
    below = a < 0
    power = np.where(below, a * a, 0.0).sum(1)
    slopes: Array = np.divide(np.where(below, a * b, 0.0).sum(1), power, out=np.zeros_like(power), where=power > 0)
    return slopes


def softmax_axes(scene: Scene) -> Iterator[Candidate]:
    """Softmax along another axis."""
    for node in scene.draft.nodes:
        if node.op_type not in ("Softmax", "LogSoftmax") or node.inputs[0] is None:
            continue
        x = scene.values.get(value_name(node.inputs[0]))
        own = int(setting(node, "axis", -1))
        for axis in range(0 if x is None else x.ndim):
            if x is not None and axis != own % x.ndim:
                yield (
                    Edit(
                        "softmax-axis",
                        scene.layer(node),
                        f"softmax is taken along axis {own % x.ndim} and should be along axis {axis}",
                        change(Draft.set_attributes, node.name or "", axis=axis),
                    ),
                )
        yield from _unflattened_softmax(scene, node)


def _unflattened_softmax(scene: Scene, node: ir.Node) -> Iterator[Candidate]:
    """Softmax over everything at once, between a flattening and its undoing; the original's goes along one axis."""
    before = node.inputs[0].producer() if node.inputs[0] is not None else None
    behind = next(scene.draft.following(node), None)
    rearranging = ("Reshape", "Flatten", "Transpose")
    if before is None or behind is None or before.op_type not in rearranging or behind.op_type not in rearranging:
        return
    if before.inputs[0] is None or before not in scene.draft.nodes:
        return
    x = scene.values.get(value_name(before.inputs[0]))
    for axis in range(1, 0 if x is None else x.ndim):
        yield (
            Edit(
                "softmax-axis",
                scene.layer(node),
                f"softmax is taken over everything flattened and should be along axis {axis}",
                change(_along_axis, node.name or "", before.name or "", behind.name or "", axis),
            ),
        )


def _along_axis(draft: Draft, name: str, before: str, behind: str, axis: int) -> None:
    for other in (before, behind):
        draft.change_operator(other, "Identity")
    draft.set_attributes(name, axis=axis)


def missing_softmax(scene: Scene) -> Iterator[Candidate]:
    """Logits where the original gives probabilities, or the reverse."""
    last = scene.draft.nodes[-1]
    target = scene.target
    if any(node.op_type == "Softmax" for node in scene.draft.nodes):
        for node in scene.draft.nodes:
            if node.op_type == "Softmax":
                yield (
                    Edit(
                        "softmax-missing",
                        scene.layer(node),
                        "probabilities where the original gives logits",
                        change(Draft.change_operator, node.name or "", "Identity"),
                    ),
                )
        return
    # Logarithms of probabilities and the like are no softmax: its numbers are positive and add up to one.
    for axis in range(1, target.ndim):
        total = np.asarray(target, np.float64).sum(axis)
        if target.min(initial=0.0) >= 0 and np.allclose(total, 1, atol=1e-3):
            yield (
                Edit(
                    "softmax-missing",
                    scene.layer(last),
                    f"logits where the original gives probabilities (along axis {axis})",
                    change(_add_softmax, last.name or "", axis),
                ),
            )


def _add_softmax(draft: Draft, name: str, axis: int) -> None:
    draft.insert_after(name, "Softmax", axis=axis)


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


def _is_activation(node: ir.Node) -> bool:
    return not node.domain and len(node.inputs) > 0 and fixed(node.inputs[0]) is None


def _is_at_end(scene: Scene, node: ir.Node) -> bool:
    """Whether no activation stands behind the node within the stretch already."""
    return not any(behind.op_type in OPERATORS for behind in scene.draft.following(node))


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
    if node.op_type not in ("Relu", "LeakyRelu", "PRelu", "Clip"):
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


def _insert(draft: Draft, name: str, kind: Activation) -> None:
    bounds = [np.asarray(bound, np.float32) for bound in kind.bounds]
    _gate(draft, draft.insert_after(name, kind.operator, bounds, output=0, **dict(kind.attributes)), kind)


def _gate(draft: Draft, name: str, kind: Activation) -> None:
    if kind.gated:
        source = draft.node(name).inputs[0]
        product = draft.insert_after(name, "Mul", [np.ones((), np.float32)])
        draft.node(product).replace_input_with(1, source)
