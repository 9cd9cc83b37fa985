"""Checks of local response normalisation: α, k, β, the window, and the region."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from explorer.diagnosis.draft import Draft, fixed, setting
from explorer.diagnosis.edit import Edit, Fitted, change
from explorer.diagnosis.inversion import wanted_of
from explorer.diagnosis.rounding import number_text, plain_number
from explorer.diagnosis.scene import Candidate, Scene
from explorer.network.network import value_name
from explorer.running.activations import Array

SIZES = (1, 3, 5, 7, 9, 11, 13)
BETAS = (0.25, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 1.0)
BIASES = (0.0, 0.5, 1.0, 2.0, 3.0)
SMALLEST = 1e-3
"""Of the largest input: nearer to zero a quotient of result and input is all rounding."""


@dataclass(frozen=True)
class _Setting:
    """y = x ÷ (k + α/n·Σx²)^β over a window of n channels, as ONNX counts α."""

    size: int
    alpha: float
    beta: float
    k: float

    def attributes(self) -> dict[str, float | int]:
        return {"size": self.size, "alpha": self.alpha, "beta": self.beta, "bias": self.k}


def response_normalisations(scene: Scene) -> Iterator[Candidate]:
    """The usual slips: α divided by the window or not, another window, k, exponent; each alone."""
    for node, own in _normalisations(scene):
        n = own.size
        for factor, text in ((n, "was divided by the window"), (1 / n, "was not divided by the window")):
            text = f"α {text}: {number_text(own.alpha)} → {number_text(own.alpha * factor)}"
            yield (_changed(scene, node, "lrn-alpha", text, Fitted.NOTHING, alpha=own.alpha * factor),)
        for size in SIZES:
            if size != n:
                text = f"the window has {n} channels and should have {size}"
                yield (_changed(scene, node, "lrn-size", text, Fitted.NOTHING, size=size),)
                # Where α is not divided by the window, ONNX's α grows with it.
                alpha = own.alpha * size / n
                yield (_changed(scene, node, "lrn-size", text, Fitted.NOTHING, size=size, alpha=alpha),)
        for k in BIASES:
            if k != own.k:
                text = f"k is {number_text(own.k)} and should be {number_text(k)}"
                yield (_changed(scene, node, "lrn-bias", text, Fitted.NOTHING, bias=k),)
        for beta in BETAS:
            if abs(beta - own.beta) > 1e-6:
                text = f"β is {number_text(own.beta)} and should be {number_text(beta)}"
                yield (_changed(scene, node, "lrn-beta", text, Fitted.NOTHING, beta=beta),)


def fitted_response(scene: Scene) -> Iterator[Candidate]:
    """α, k and β as the reference's own numbers ask for, one at a time and together."""
    for node, own in _normalisations(scene):
        seen = _quotients(scene, node, own.size)
        if seen is None:
            continue
        quotient, mean = seen
        with np.errstate(all="ignore"):
            power = quotient ** (1 / own.beta)
        good = np.isfinite(power) & (mean > 0)
        power, mean, quotient = power[good], mean[good], quotient[good]
        if power.size < 16:
            continue
        alpha = float((mean @ (power - own.k)) / (mean @ mean))
        yield from _fitted(scene, node, "lrn-alpha", own, alpha=alpha)
        yield from _fitted(scene, node, "lrn-bias", own, bias=float(np.median(power - own.alpha * mean)))
        base = np.log(own.k + own.alpha * mean) if own.k + own.alpha * mean.min() > 0 else None
        if base is not None and float(base @ base) > 0:
            beta = float((base @ np.log(np.maximum(quotient, 1e-30))) / (base @ base))
            yield from _fitted(scene, node, "lrn-beta", own, beta=beta)
        slope, offset = np.polyfit(mean, power, 1)
        if slope > 0:
            for digits in (2, 7):
                yield (
                    _one(scene, node, "lrn-alpha", own, digits, alpha=float(slope)),
                    _one(scene, node, "lrn-bias", own, digits, bias=float(offset)),
                )


def regions(scene: Scene) -> Iterator[Candidate]:
    """Across channels for within, or the reverse."""
    for node, own in _normalisations(scene):
        for size in dict.fromkeys((own.size, 3, 5, 7)):
            text = f"across {own.size} channels; the original sums {size}×{size} places within each channel"
            yield (
                Edit(
                    "lrn-region",
                    scene.layer(node),
                    text,
                    change(_make_within, node.name or "", own, size),
                ),
            )
    yield from _across(scene)


def _across(scene: Scene) -> Iterator[Candidate]:
    """For a quotient by a power of a mean over places: the same numbers across channels."""
    kinds = {node.op_type: node for node in scene.draft.nodes}
    if not {"AveragePool", "Pow"} <= kinds.keys() or not kinds.keys() & {"Div", "Mul"}:
        return
    last = [node for node in scene.draft.nodes if node.op_type in ("Div", "Mul")][-1]
    size = int(setting(kinds["AveragePool"], "kernel_shape", (5,))[0])
    exponent = _scalar(kinds["Pow"])
    factors = [
        abs(number) for node in scene.draft.nodes if node.op_type == "Mul" for number in [_scalar(node)] if number
    ]
    if exponent is None or not factors:
        return
    for alpha in dict.fromkeys((factors[0], factors[0] * size, factors[0] / size)):
        yield (
            Edit(
                "lrn-region",
                scene.layer(last),
                f"within each channel; the original goes across {size} channels",
                change(_make_across, last.name or "", size, alpha, abs(exponent)),
            ),
        )


def _scalar(node: ir.Node) -> float | None:
    found = [array for array in map(fixed, node.inputs) if array is not None and array.size == 1]
    return float(found[0].reshape(())) if found else None


def _make_across(draft: Draft, name: str, size: int, alpha: float, beta: float) -> None:
    node = draft.node(name)
    readers: dict[str, int] = {}
    for other in draft.nodes:
        for value in other.inputs:
            if value is not None and fixed(value) is None:
                readers[value.name or ""] = readers.get(value.name or "", 0) + 1
    # Of the two things that the last node takes, x is the one that the mean is made of as well.
    position = max(range(len(node.inputs)), key=lambda index: readers.get(_input_name(node, index), 0))
    node.replace_input_with(0, node.inputs[position])
    draft.change_operator(name, "LRN", size=size, alpha=alpha, beta=beta, bias=1.0)


def _input_name(node: ir.Node, index: int) -> str:
    value = node.inputs[index]
    return "" if value is None or value.name is None else value.name


def _normalisations(scene: Scene) -> Iterator[tuple[ir.Node, _Setting]]:
    for node in scene.draft.nodes:
        if node.op_type == "LRN" and not node.domain:
            yield (
                node,
                _Setting(
                    int(setting(node, "size", 5)),
                    float(setting(node, "alpha", 1e-4)),
                    float(setting(node, "beta", 0.75)),
                    float(setting(node, "bias", 1.0)),
                ),
            )


def _changed(scene: Scene, node: ir.Node, cause: str, text: str, fitted: Fitted, **attributes: float | int) -> Edit:
    return Edit(
        cause,
        scene.layer(node),
        text,
        change(Draft.set_attributes, node.name or "", **attributes),
        fitted,
    )


def _fitted(scene: Scene, node: ir.Node, cause: str, own: _Setting, **attribute: float) -> Iterator[Candidate]:
    for digits in (2, 7):
        yield (_one(scene, node, cause, own, digits, **attribute),)


def _one(scene: Scene, node: ir.Node, cause: str, own: _Setting, digits: int, **attribute: float) -> Edit:
    ((name, number),) = attribute.items()
    old = own.attributes()[name]
    new = plain_number(number, digits)
    sign = {"alpha": "α", "bias": "k", "beta": "β"}[name]
    if name == "alpha" and digits == 2:
        # Frameworks count α before it is divided by the window: that is the number a person wrote.
        new = plain_number(number * own.size, digits) / own.size if abs(new - number) > 1e-4 * number else new
    return _changed(
        scene, node, cause, f"{sign} is {number_text(old)} and should be {number_text(new)}", Fitted.FEW, **{name: new}
    )


def _quotients(scene: Scene, node: ir.Node, size: int) -> tuple[Array, Array] | None:
    """X ÷ y, which is (k + α·mean)^β, and the mean of x² over the window, at places where both say something."""
    wanted = wanted_of(scene, node)
    value = node.inputs[0]
    x = scene.values.get(value_name(value)) if value is not None else None
    if wanted is None or x is None or x.shape != wanted.array.shape or x.ndim < 3:
        return None
    wide = np.asarray(x, np.float64)
    squares = np.pad(wide**2, [(0, 0), ((size - 1) // 2, size // 2)] + [(0, 0)] * (x.ndim - 2))
    total = np.cumsum(np.concatenate([np.zeros_like(squares[:, :1]), squares], axis=1), axis=1)
    mean = (total[:, size:] - total[:, :-size]) / size
    clear = wanted.known & (np.abs(wide) > SMALLEST * np.abs(wide).max(initial=0.0)) & (wanted.array != 0)
    if not clear.any():
        return None
    quotient = wide[clear] / wanted.array[clear]
    positive = quotient > 0
    return quotient[positive], mean[clear][positive]


def _make_within(draft: Draft, name: str, own: _Setting, size: int) -> None:
    """Caffe's WITHIN_CHANNEL: x ÷ (1 + α·mean over size×size of x²)^β, zeros beyond the border counted."""
    pad = (size - 1) // 2
    source = draft.node(name).inputs[0]
    draft.change_operator(name, "Mul", [np.ones((), np.float32)])
    draft.node(name).replace_input_with(1, source)
    pool = draft.insert_after(
        name,
        "AveragePool",
        kernel_shape=[size, size],
        pads=[pad, pad, pad, pad],
        strides=[1, 1],
        count_include_pad=1,
    )
    scaled = draft.insert_after(pool, "Mul", [np.asarray(own.alpha, np.float32)])
    raised = draft.insert_after(scaled, "Add", [np.ones((), np.float32)])
    power = draft.insert_after(raised, "Pow", [np.asarray(-own.beta, np.float32)])
    product = draft.insert_after(power, "Mul", [np.ones((), np.float32)])
    draft.node(product).replace_input_with(1, source)
