"""Checks of batch normalisation by rules: ε, Caffe's factor, vectors and layers that changed places, the order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import onnx_ir as ir

from explorer.diagnosis.biases import by_channel
from explorer.diagnosis.channel_fit import fit_node, input_of
from explorer.diagnosis.draft import Draft, fixed, setting
from explorer.diagnosis.edit import Edit, Fitted, change
from explorer.diagnosis.rounding import number_text, plain_number
from explorer.diagnosis.scene import Candidate, Scene
from explorer.running.activations import Array

EPSILONS = (1e-5, 1e-3, 2e-5, 1e-4, 1e-6, 1e-7, 1e-8, 5e-5, 2e-3, 1e-2, 5e-6, 2e-6, 1e-9, 1e-10, 1e-12, 0.0)
"""What frameworks and papers take for ε; Keras 1e-3, slim 1e-3, Caffe 1e-5, PyTorch 1e-5, MXNet 2e-5."""

FACTORS = (999.9823, 1000.0, 1 / 999.9823, 1e-3)
"""Caffe's third blob: the sum of 0.999ⁿ, which is 999.98 after a long training."""

VECTORS = ("γ", "β", "mean", "variance")

MOST_SIBLINGS = 12

ACTIVATIONS = ("Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Sigmoid", "Tanh", "Clip", "HardSigmoid", "Softplus")


@dataclass(frozen=True, eq=False)
class Normalisation:
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


def normalisations(scene: Scene) -> Iterator[Normalisation]:
    """The scene's batch normalisations whose vectors are fixed, in the order of the data."""
    for node in scene.draft.nodes:
        if node.op_type != "BatchNormalization" or node.domain:
            continue
        vectors = [fixed(value) for value in node.inputs[1:5]]
        if all(vector is not None for vector in vectors):
            wide = tuple(np.asarray(vector, np.float64) for vector in vectors)
            epsilon = float(setting(node, "epsilon", 1e-5))
            yield Normalisation(node, node.name or "", scene.layer(node), wide, epsilon)  # type: ignore[arg-type]


def epsilons(scene: Scene) -> Iterator[Candidate]:
    """Another ε: those that frameworks take, and the one that the reference's spread asks for."""
    for found in normalisations(scene):
        wanted = [epsilon for epsilon in EPSILONS if abs(epsilon - found.epsilon) > 1e-3 * found.epsilon]
        for epsilon in wanted:
            yield (_epsilon(found, epsilon, Fitted.NOTHING),)
        fit = fit_node(scene, found.node)
        if fit is None:
            continue
        with np.errstate(all="ignore"):
            single = (found.vectors[0] / fit.slope) ** 2 - found.vectors[3]
        usable = fit.sure & np.isfinite(single)
        if usable.any():
            middle = float(np.median(single[usable]))
            if middle > 0:
                yield (_epsilon(found, plain_number(middle, 2), Fitted.FEW),)
                yield (_epsilon(found, middle, Fitted.FEW),)


def _epsilon(found: Normalisation, epsilon: float, fitted: Fitted) -> Edit:
    return Edit(
        "bn-epsilon",
        found.layer,
        f"ε is {number_text(found.epsilon)} and should be {number_text(epsilon)}",
        change(Draft.set_attributes, found.name, epsilon=float(epsilon)),
        fitted,
    )


def scale_factors(scene: Scene) -> Iterator[Candidate]:
    """Mean and variance divided once too often, or not at all, by Caffe's third blob."""
    for found in normalisations(scene):
        for factor in FACTORS:
            yield (_scaled(found, factor, Fitted.NOTHING),)
        fit = fit_node(scene, found.node)
        if fit is None:
            continue
        with np.errstate(all="ignore"):
            single = ((found.vectors[0] / fit.slope) ** 2 - found.epsilon) / found.vectors[3]
        usable = fit.sure & np.isfinite(single) & (single > 0)
        if usable.any():
            middle = float(np.median(single[usable]))
            for factor in dict.fromkeys((plain_number(middle, 4), middle)):
                yield (_scaled(found, 1 / factor, Fitted.FEW),)


def _scaled(found: Normalisation, factor: float, fitted: Fitted) -> Edit:
    def apply(draft: Draft) -> None:
        for index in (3, 4):
            draft.set_array(found.name, index, found.vectors[index - 1] / factor)

    text = f"÷ {factor:.6g}" if factor > 1 else f"× {1 / factor:.6g}"
    return Edit("bn-scale-factor", found.layer, f"mean and variance should be {text}", apply, fitted)


def exchanged_vectors(scene: Scene) -> Iterator[Candidate]:
    """The four vectors in one another's place, a deviation for a variance, or those of another layer."""
    for found in normalisations(scene):
        for order in permutations(range(4)):
            moved = [number for number, place in enumerate(order) if number != place]
            if moved:
                names = ", ".join(VECTORS[number] for number in moved)
                vectors = [found.vectors[place] for place in order]
                yield from with_vectors(found, vectors, "bn-parameters", f"{names} stand in one another's place")
        gamma, beta, mean, variance = found.vectors
        for text, changed in (
            ("the variance is the standard deviation's numbers", variance**2),
            ("the standard deviation is the variance's numbers", np.sqrt(np.maximum(variance, 0))),
            ("the variance is its own inverse", 1 / np.maximum(variance, 1e-30)),
        ):
            yield from with_vectors(found, [gamma, beta, mean, changed], "bn-parameters", text)
        yield from _of_other_layers(scene, found)


def _of_other_layers(scene: Scene, found: Normalisation) -> Iterator[Candidate]:
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
            yield from with_vectors(found, vectors, "bn-parameters", text)


def _nearest(scene: Scene, found: Normalisation) -> Sequence[ir.Node]:
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


def with_vectors(
    found: Normalisation, vectors: Sequence[Array], cause: str, detail: str, fitted: Fitted = Fitted.NOTHING
) -> Iterator[Candidate]:
    """The edit that gives a normalisation other vectors; none where they are its own, or the variance is negative."""
    changed = [index for index in range(4) if not np.array_equal(vectors[index], found.vectors[index])]
    if not changed or (3 in changed and vectors[3].min(initial=0.0) < -found.epsilon):
        return

    def apply(draft: Draft) -> None:
        for index in changed:
            draft.set_array(found.name, index + 1, vectors[index])

    yield (Edit(cause, found.layer, detail, apply, fitted),)


def ignored_gamma(scene: Scene) -> Iterator[Candidate]:
    """γ that the original doesn't have (slim's Inception scales nothing)."""
    for found in normalisations(scene):
        ones = np.ones_like(found.vectors[0])
        yield from with_vectors(found, [ones, *found.vectors[1:]], "bn-gamma", "γ is used and should be 1 everywhere")


def batch_statistics(scene: Scene) -> Iterator[Candidate]:
    """Mean and variance of the batch itself, as in training."""
    for found in normalisations(scene):
        x = input_of(scene, found.node)
        if x is None:
            continue
        flat = by_channel(np.asarray(x, np.float64))
        vectors = [*found.vectors[:2], flat.mean(1), flat.var(1)]
        text = "the original normalises with the batch's own mean and variance, as in training"
        yield from with_vectors(found, vectors, "bn-batch-statistics", text)


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
