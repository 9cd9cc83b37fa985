"""Checks of local response normalisation: α, k, β, the window, and the region."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import onnx_ir as ir

from explorer.diagnosis.draft import Draft, fixed, setting
from explorer.diagnosis.edit import Edit, Fitted, change
from explorer.diagnosis.inversion import wanted_of
from explorer.diagnosis.line_search import least
from explorer.diagnosis.rounding import number_text, plain_number
from explorer.diagnosis.scene import Candidate, Scene
from explorer.network.network import value_name
from explorer.running.activations import Array

SIZES = (1, 3, 5, 7, 9, 11, 13)
BETAS = (0.25, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 1.0)
BIASES = (0.0, 0.5, 1.0, 2.0, 3.0)
SMALLEST = 1e-3
"""Of the largest input: nearer to zero a quotient of result and input is all rounding."""


SAME = 1e-3
"""Numbers nearer than this part are one."""

SEARCHED = 100.0
"""By what factor a number that is found by trying may differ from ours."""

FEWEST, MOST = 16, 20_000
"""Places that the numbers of a whole layer are read from."""


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
                yield (Edit("lrn-size", scene.layer(node), text, change(_resize, node.name or "", size)),)
        for k in BIASES:
            if k != own.k:
                text = f"k is {number_text(own.k)} and should be {number_text(k)}"
                yield (_changed(scene, node, "lrn-bias", text, Fitted.NOTHING, bias=k),)
        for beta in BETAS:
            if abs(beta - own.beta) > 1e-6:
                text = f"β is {number_text(own.beta)} and should be {number_text(beta)}"
                yield (_changed(scene, node, "lrn-beta", text, Fitted.NOTHING, beta=beta),)


def _resize(draft: Draft, name: str, size: int) -> None:
    """Another window, in which each square counts as much as before."""
    node = draft.node(name)
    alpha = float(setting(node, "alpha", 1e-4)) * size / int(setting(node, "size", 5))
    draft.set_attributes(name, size=size, alpha=alpha)


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
        if power.size < FEWEST:
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


def whole_response(scene: Scene) -> Iterator[Candidate]:
    """Several of its numbers at once: for each window and exponent the reference's own numbers give α and k."""
    for node, own in _normalisations(scene):
        found = _identified(scene, node, own)
        if found is None:
            continue
        for digits in (2, 7):
            edits = [
                _one(scene, node, cause, replace(own, size=found.size), digits, **{name: number})
                for cause, name, number in (
                    ("lrn-alpha", "alpha", found.alpha),
                    ("lrn-beta", "beta", found.beta),
                    ("lrn-bias", "bias", found.k),
                )
                if abs(number - float(own.attributes()[name])) > SAME * max(abs(number), abs(own.attributes()[name]))
            ]
            if found.size != own.size:
                text = f"the window has {own.size} channels and should have {found.size}"
                edits.insert(0, _changed(scene, node, "lrn-size", text, Fitted.FEW, size=found.size))
            if len(edits) > 1:
                yield tuple(edits)


def searched_response(scene: Scene) -> Iterator[Candidate]:
    """α, k or β that can't be read off, as behind a maximum pooling: found by trying."""
    for node, own in _normalisations(scene):
        if _quotients(scene, node, own.size) is not None and scene.draft.nodes[-1] is node:
            continue
        for cause, name, low, high in (
            ("lrn-alpha", "alpha", own.alpha / SEARCHED, own.alpha * SEARCHED),
            ("lrn-beta", "beta", min(BETAS) / 2, 2 * max(BETAS)),
            ("lrn-bias", "bias", own.k / SEARCHED, own.k * SEARCHED),
        ):
            if low <= 0:
                continue
            number = math.exp(least(partial(_error_with, scene, node, name), math.log(low), math.log(high)))
            yield from _fitted(scene, node, cause, own, **{name: number})


def _error_with(scene: Scene, node: ir.Node, name: str, logarithm: float) -> float:
    return scene.with_edits([_changed(scene, node, "", "", Fitted.FEW, **{name: math.exp(logarithm)})]).residual


def _identified(scene: Scene, node: ir.Node, own: _Setting) -> _Setting | None:
    """The numbers that make the reference's results of the node's inputs; None where they say too little."""
    tried: list[tuple[float, _Setting, tuple[Array, Array]]] = []
    for size in dict.fromkeys((own.size, *SIZES)):
        seen = _quotients(scene, node, size)
        if seen is None or seen[0].size < FEWEST:
            continue
        step = max(1, seen[0].size // MOST)
        seen = (seen[0][::step], seen[1][::step])
        tried += [(*_line(*seen, size, beta), seen) for beta in dict.fromkeys((own.beta, *BETAS))]
    if not tried:
        return None
    error, best, seen = min(tried, key=lambda each: each[0])
    if error > SAME:
        beta = least(lambda beta: _line(*seen, best.size, beta)[0], min(BETAS) / 2, 2 * max(BETAS))
        error, best = min((error, best), _line(*seen, best.size, beta), key=lambda each: each[0])
    return best if error < SAME and best.alpha > 0 else None


def _line(quotient: Array, mean: Array, size: int, beta: float) -> tuple[float, _Setting]:
    """α and k from the straight line that the quotients' roots lie on; and what the line leaves, relative."""
    with np.errstate(all="ignore"):
        power = quotient ** (1 / beta)
        if not np.isfinite(power).all() or np.ptp(mean) == 0:
            return np.inf, _Setting(size, 0.0, beta, 1.0)
        slope, offset = np.polyfit(mean, power, 1)
        left = beta * np.log(offset + slope * mean) - np.log(quotient)
    spread = float(np.std(np.log(quotient)))
    error = float(np.sqrt(np.mean(left**2))) / spread if spread > 0 else np.inf
    return (error if np.isfinite(error) else np.inf), _Setting(size, float(slope), beta, float(offset))


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
