"""Checks of batch normalisation: ε, the vectors, Caffe's factor, γ, the batch's own statistics, the order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import onnx_ir as ir

from explorer.diagnosis.biases import by_channel
from explorer.diagnosis.draft import Draft, fixed, setting
from explorer.diagnosis.edit import Edit, Fitted, change
from explorer.diagnosis.inversion import wanted_of
from explorer.diagnosis.rounding import number_text, plain_number
from explorer.diagnosis.scene import Candidate, Scene
from explorer.diagnosis.weighted import weighted_nodes
from explorer.network.network import value_name
from explorer.running.activations import Array

EPSILONS = (0.0, 1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 1e-3, 2e-3, 1e-2)
"""What frameworks and papers take for ε; Keras 1e-3, slim 1e-3, Caffe 1e-5, PyTorch 1e-5, MXNet 2e-5."""

FACTORS = (999.9823, 1000.0, 1 / 999.9823, 1e-3)
"""Caffe's third blob: the sum of 0.999ⁿ, which is 999.98 after a long training."""

VECTORS = ("γ", "β", "mean", "variance")

MOST_SIBLINGS = 12

EQUAL_STATISTICS = 0.02
"""How near our mean and variance are to the batch's own, relative, to have been taken from a batch."""

ACTIVATIONS = ("Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Sigmoid", "Tanh", "Clip", "HardSigmoid", "Softplus")


@dataclass(frozen=True, eq=False)
class _Normalisation:
    """A BatchNormalization node with fixed vectors, in the order of ``VECTORS``."""

    node: ir.Node
    name: str
    layer: str
    vectors: tuple[Array, Array, Array, Array]
    epsilon: float

    @property
    def deviation(self) -> Array:
        """√(variance + ε)."""
        deviation: Array = np.sqrt(self.vectors[3] + self.epsilon)
        return deviation


def _normalisations(scene: Scene) -> Iterator[_Normalisation]:
    for node in scene.draft.nodes:
        if node.op_type != "BatchNormalization" or node.domain:
            continue
        vectors = [fixed(value) for value in node.inputs[1:5]]
        if all(vector is not None for vector in vectors):
            wide = tuple(np.asarray(vector, np.float64) for vector in vectors)
            epsilon = float(setting(node, "epsilon", 1e-5))
            yield _Normalisation(node, node.name or "", scene.layer(node), wide, epsilon)  # type: ignore[arg-type]


def epsilons(scene: Scene) -> Iterator[Candidate]:
    """Another ε: those that frameworks take, and the one that the reference's spread asks for."""
    for found in _normalisations(scene):
        wanted = [epsilon for epsilon in EPSILONS if abs(epsilon - found.epsilon) > 1e-3 * found.epsilon]
        for epsilon in wanted:
            yield (_epsilon(found, epsilon, Fitted.NOTHING),)
        fit = _affine(scene, found.node)
        if fit is None:
            continue
        factor, _, sure = fit
        with np.errstate(all="ignore"):
            single = (found.vectors[0] / factor) ** 2 - found.vectors[3]
        usable = sure & np.isfinite(single)
        if usable.any():
            middle = float(np.median(single[usable]))
            if middle > 0:
                yield (_epsilon(found, plain_number(middle, 2), Fitted.FEW),)
                yield (_epsilon(found, middle, Fitted.FEW),)


def _epsilon(found: _Normalisation, epsilon: float, fitted: Fitted) -> Edit:
    return Edit(
        "bn-epsilon",
        found.layer,
        f"ε is {number_text(found.epsilon)} and should be {number_text(epsilon)}",
        change(Draft.set_attributes, found.name, epsilon=float(epsilon)),
        fitted,
    )


def scale_factors(scene: Scene) -> Iterator[Candidate]:
    """Mean and variance divided once too often, or not at all, by Caffe's third blob."""
    for found in _normalisations(scene):
        for factor in FACTORS:
            yield (_scaled(found, factor, Fitted.NOTHING),)
        fit = _affine(scene, found.node)
        if fit is None:
            continue
        slope, _, sure = fit
        with np.errstate(all="ignore"):
            single = ((found.vectors[0] / slope) ** 2 - found.epsilon) / found.vectors[3]
        usable = sure & np.isfinite(single) & (single > 0)
        if usable.any():
            middle = float(np.median(single[usable]))
            for factor in dict.fromkeys((plain_number(middle, 4), middle)):
                yield (_scaled(found, 1 / factor, Fitted.FEW),)


def _scaled(found: _Normalisation, factor: float, fitted: Fitted) -> Edit:
    def apply(draft: Draft) -> None:
        for index in (3, 4):
            draft.set_array(found.name, index, found.vectors[index - 1] / factor)

    text = f"÷ {factor:.6g}" if factor > 1 else f"× {1 / factor:.6g}"
    return Edit("bn-scale-factor", found.layer, f"mean and variance should be {text}", apply, fitted)


def exchanged_vectors(scene: Scene) -> Iterator[Candidate]:
    """The four vectors in one another's place, a deviation for a variance, or those of another layer."""
    for found in _normalisations(scene):
        for order in permutations(range(4)):
            moved = [number for number, place in enumerate(order) if number != place]
            if moved:
                names = ", ".join(VECTORS[number] for number in moved)
                vectors = [found.vectors[place] for place in order]
                yield from _replaced(found, vectors, "bn-parameters", f"{names} stand in one another's place")
        gamma, beta, mean, variance = found.vectors
        for text, changed in (
            ("the variance is the standard deviation's numbers", variance**2),
            ("the standard deviation is the variance's numbers", np.sqrt(np.maximum(variance, 0))),
            ("the variance is its own inverse", 1 / np.maximum(variance, 1e-30)),
        ):
            yield from _replaced(found, [gamma, beta, mean, changed], "bn-parameters", text)
        yield from _of_other_layers(scene, found)


def _of_other_layers(scene: Scene, found: _Normalisation) -> Iterator[Candidate]:
    network = scene.suspect.network
    for node in _nearest(scene, found):
        others = [fixed(value) for value in node.inputs[1:5]]
        if any(other is None for other in others):
            continue
        whose = next(layer.name for layer in network.layers if node in layer.nodes)
        for which in ((0, 1, 2, 3), (0, 1), (2, 3), (0,), (1,), (2,), (3,)):
            vectors = list(found.vectors)
            for number in which:
                vectors[number] = np.asarray(others[number], np.float64)
            text = f"{', '.join(VECTORS[number] for number in which)} should be those of '{whose}'"
            yield from _replaced(found, vectors, "bn-parameters", text)


def _nearest(scene: Scene, found: _Normalisation) -> Sequence[ir.Node]:
    network = scene.suspect.network
    nodes = [node for node in network.model.graph if node.op_type == "BatchNormalization" and not node.domain]
    names = network.node_names
    place = next((number for number, node in enumerate(nodes) if names[node] == found.name), 0)
    alike = [
        (abs(number - place), number, node)
        for number, node in enumerate(nodes)
        if number != place and (array := fixed(node.inputs[3])) is not None and array.shape == found.vectors[2].shape
    ]
    return [node for _, _, node in sorted(alike, key=lambda entry: entry[:2])[:MOST_SIBLINGS]]


def _replaced(
    found: _Normalisation, vectors: Sequence[Array], cause: str, detail: str, fitted: Fitted = Fitted.NOTHING
) -> Iterator[Candidate]:
    changed = [index for index in range(4) if not np.array_equal(vectors[index], found.vectors[index])]
    if not changed or (3 in changed and vectors[3].min(initial=0.0) < -found.epsilon):
        return

    def apply(draft: Draft) -> None:
        for index in changed:
            draft.set_array(found.name, index + 1, vectors[index])

    yield (Edit(cause, found.layer, detail, apply, fitted),)


def ignored_gamma(scene: Scene) -> Iterator[Candidate]:
    """γ that the original doesn't have (slim's Inception scales nothing)."""
    for found in _normalisations(scene):
        ones = np.ones_like(found.vectors[0])
        yield from _replaced(found, [ones, *found.vectors[1:]], "bn-gamma", "γ is used and should be 1 everywhere")


def fitted_gamma(scene: Scene) -> Iterator[Candidate]:
    """γ that the port doesn't have: one factor for each channel, where ours are all one."""
    for found in _normalisations(scene):
        fit = _affine(scene, found.node) if np.all(found.vectors[0] == 1) else None
        if fit is not None:
            slope, _, sure = fit
            gamma = np.where(sure, slope * found.deviation, 1.0)
            yield from _replaced(
                found, [gamma, *found.vectors[1:]], "bn-gamma", "γ is missing: it is 1 everywhere", Fitted.PER_CHANNEL
            )


def batch_statistics(scene: Scene) -> Iterator[Candidate]:
    """Mean and variance of the batch itself, as in training."""
    for found in _normalisations(scene):
        x = _input_of(scene, found.node)
        if x is None:
            continue
        flat = by_channel(np.asarray(x, np.float64))
        vectors = [*found.vectors[:2], flat.mean(1), flat.var(1)]
        text = "the original normalises with the batch's own mean and variance, as in training"
        yield from _replaced(found, vectors, "bn-batch-statistics", text)


def missing_normalisation(scene: Scene) -> Iterator[Candidate]:
    """No normalisation at all: a factor and an offset for each channel make ours the reference's."""
    for weighted in weighted_nodes(scene):
        behind = [node.op_type for node in scene.draft.following(weighted.node)]
        fit = None if "BatchNormalization" in behind else _affine(scene, weighted.node, behind=True)
        if fit is None:
            continue
        slope, offset, sure = fit
        if not sure.any() or np.allclose(slope[sure], 1, atol=1e-5):
            continue
        arrays = [np.where(sure, slope, 1.0), np.where(sure, offset, 0.0), np.zeros_like(slope), np.ones_like(slope)]
        yield (
            Edit(
                "bn-missing",
                weighted.layer,
                f"there is no normalisation behind it: factors from {slope[sure].min():.3g} to {slope[sure].max():.3g}",
                change(_insert_normalisation, weighted.name, arrays),
                Fitted.PER_CHANNEL,
                None if sure.all() else f"{int((~sure).sum())} of {sure.size} channels show too little",
            ),
        )


def _insert_normalisation(draft: Draft, name: str, arrays: Sequence[Array]) -> None:
    draft.insert_after(name, "BatchNormalization", [array.astype(np.float32) for array in arrays], epsilon=0.0)


def exchanged_order(scene: Scene) -> Iterator[Candidate]:
    """Normalisation before the activation for after it, or the reverse."""
    for node in scene.draft.nodes:
        behind = next(scene.draft.following(node), None)
        if behind is None or len(node.outputs) != 1:
            continue
        kinds = (node.op_type, behind.op_type)
        if "BatchNormalization" in kinds and any(kind in ACTIVATIONS for kind in kinds):
            normalisation = node if node.op_type == "BatchNormalization" else behind
            first = "before" if normalisation is node else "behind"
            yield (
                Edit(
                    "bn-order",
                    scene.layer(normalisation),
                    f"the normalisation stands {first} the activation and should stand on its other side",
                    change(Draft.exchange, node.name or "", behind.name or ""),
                ),
            )


def fitted_vectors(scene: Scene) -> Iterator[Candidate]:
    """Other numbers: the factor and offset of each channel that the reference asks for."""
    for node in scene.draft.nodes:
        own_statistics = node.op_type in ("InstanceNormalization", "MeanVarianceNormalization")
        if node.op_type == "BatchNormalization" and int(setting(node, "training_mode", 0)):
            own_statistics = True
        if own_statistics:
            yield from _fixed_statistics(scene, node)
    for found in _normalisations(scene):
        fit = _affine(scene, found.node)
        if fit is None:
            continue
        slope, offset, sure = fit
        gamma, beta, mean, variance = found.vectors
        factor = np.where(sure, slope, gamma / found.deviation)
        shift = np.where(sure, offset, beta - gamma * mean / found.deviation)
        cause, text = "bn-parameters", "the vectors have other values"
        x = _input_of(scene, found.node)
        usable = np.abs(gamma) > 1e-12
        if x is not None and _is_own(found, x):
            # γ and β are the layer's own, so that mean and variance follow from the factor and the offset.
            cause, text = "bn-batch-statistics", "mean and variance are those of one batch, not of the training set"
            with np.errstate(all="ignore"):
                variance = np.where(usable & sure, (gamma / factor) ** 2 - found.epsilon, variance)
                mean = np.where(usable & sure, (beta - shift) / factor, mean)
            vectors = [gamma, beta, mean, np.maximum(variance, 0.0)]
        else:
            vectors = [factor * found.deviation, shift + factor * mean, mean, variance]
        open_channels = int((~sure).sum())
        for candidate in _replaced(found, vectors, cause, text, Fitted.ALL):
            edit = candidate[0]
            left_open = "which of the four vectors differ: only their effect, a factor and an offset, is known"
            if open_channels:
                left_open += f"; {open_channels} of {sure.size} channels show too little"
            yield (Edit(edit.cause, edit.layer, edit.detail, edit.apply, edit.fitted, left_open),)


def _fixed_statistics(scene: Scene, node: ir.Node) -> Iterator[Candidate]:
    """A node that normalises with the batch's own statistics, with the factor and offset that the reference has."""
    fit = _affine(scene, node)
    if fit is None:
        return
    slope, offset, sure = fit
    arrays = [np.where(sure, slope, 1.0), np.where(sure, offset, 0.0), np.zeros_like(slope), np.ones_like(slope)]

    def apply(draft: Draft) -> None:
        draft.change_operator(
            node.name or "", "BatchNormalization", [array.astype(np.float32) for array in arrays], epsilon=0.0
        )

    yield (
        Edit(
            "bn-batch-statistics",
            scene.layer(node),
            "it normalises with the batch's own mean and variance",
            apply,
            Fitted.PER_CHANNEL,
        ),
    )


def _is_own(found: _Normalisation, x: Array) -> bool:
    """Whether the layer's mean and variance are those of this very batch, or very near."""
    flat = by_channel(np.asarray(x, np.float64))
    mean, variance = flat.mean(1), flat.var(1)
    spread = np.sqrt(np.maximum(variance, 1e-30))
    near_mean = np.abs(found.vectors[2] - mean) <= EQUAL_STATISTICS * np.maximum(spread, np.abs(mean))
    near_variance = np.abs(found.vectors[3] - variance) <= EQUAL_STATISTICS * np.maximum(variance, 1e-30)
    return bool(near_mean.mean() > 0.9 and near_variance.mean() > 0.9)


def _input_of(scene: Scene, node: ir.Node) -> Array | None:
    value = node.inputs[0]
    x = None if value is None else scene.values.get(value_name(value))
    return x if x is not None and x.ndim >= 2 else None


def _affine(scene: Scene, node: ir.Node, *, behind: bool = False) -> tuple[Array, Array, Array] | None:
    """For each channel the factor and offset that make the node's input (``behind``: its result) what is wanted.

    The third array says of which channels enough is known.
    """
    x = scene.values.get(value_name(node.outputs[0])) if behind else _input_of(scene, node)
    wanted = wanted_of(scene, node)
    if x is None or wanted is None or x.shape != wanted.array.shape or x.ndim < 2:
        return None
    a, b = by_channel(np.asarray(x, np.float64)), by_channel(wanted.array)
    known = by_channel(wanted.known) & np.isfinite(a)
    count = known.sum(1)
    divisor = np.maximum(count, 1)
    mean_a, mean_b = np.where(known, a, 0.0).sum(1) / divisor, np.where(known, b, 0.0).sum(1) / divisor
    centred = np.where(known, a - mean_a[:, None], 0.0)
    spread = (centred * centred).sum(1)
    product = (centred * np.where(known, b - mean_b[:, None], 0.0)).sum(1)
    sure = (count >= 3) & (spread > 1e-12 * np.maximum(mean_a**2 * count, 1e-300))
    slope = np.divide(product, spread, out=np.ones_like(product), where=sure)
    return slope, mean_b - slope * mean_a, sure
