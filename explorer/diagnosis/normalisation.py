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
from explorer.diagnosis.inversion import Mask, Wanted, wanted_of
from explorer.diagnosis.patches import output_places, patches
from explorer.diagnosis.rounding import number_text, plain_number
from explorer.diagnosis.scene import Candidate, Scene
from explorer.diagnosis.weighted import Weighted, as_weighted, bias_of, weighted_nodes
from explorer.network.network import value_name
from explorer.running.activations import Array

EPSILONS = (1e-5, 1e-3, 2e-5, 1e-4, 1e-6, 1e-7, 1e-8, 5e-5, 2e-3, 1e-2, 5e-6, 2e-6, 1e-9, 1e-10, 1e-12, 0.0)
"""What frameworks and papers take for ε; Keras 1e-3, slim 1e-3, Caffe 1e-5, PyTorch 1e-5, MXNet 2e-5."""

FACTORS = (999.9823, 1000.0, 1 / 999.9823, 1e-3)
"""Caffe's third blob: the sum of 0.999ⁿ, which is 999.98 after a long training."""

VECTORS = ("γ", "β", "mean", "variance")

MOST_SIBLINGS = 12

MOST_OUTPUTS = 8
"""Outputs of a group that are looked at, to find what its inputs should have been."""

EQUAL_STATISTICS = 0.02
"""How near our mean and variance are to the batch's own, relative, to have been taken from a batch."""

AVERAGING = ("ReduceMean", "GlobalAveragePool", "ReduceSum", "ReduceSumSquare", "ReduceL2")

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
        x = _input_of(scene, found.node)
        wanted = wanted_of(scene, found.node)
        if np.all(found.vectors[0] == 1) and x is not None and wanted is not None and wanted.array.shape == x.shape:
            _, beta, mean, _ = (vector[:, None] for vector in found.vectors)
            known = by_channel(wanted.known)
            plain = (by_channel(np.asarray(x, np.float64)) - mean) / found.deviation[:, None]
            power = np.where(known, plain**2, 0.0).sum(1)
            product = np.where(known, plain * (by_channel(wanted.array) - beta), 0.0).sum(1)
            gamma = np.divide(product, power, out=np.ones_like(power), where=power > 0)
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
    if any(node.op_type == "BatchNormalization" for node in scene.draft.nodes):
        return
    for node in scene.draft.nodes:
        fit = _affine(scene, node) if node.op_type == "Identity" else None
        if fit is not None and fit[2].any() and not np.allclose(fit[0][fit[2]], 1, atol=1e-5):
            slope, offset, sure = fit
            arrays = [slope, offset, np.zeros_like(slope), np.ones_like(slope)]
            yield (
                Edit(
                    "bn-missing",
                    scene.layer(node),
                    f"nothing is normalised here: factors from {slope[sure].min():.3g} to {slope[sure].max():.3g}",
                    change(_make_normalisation, node.name or "", arrays),
                    Fitted.PER_CHANNEL,
                    _too_little(sure),
                ),
            )
    for weighted in weighted_nodes(scene):
        behind = [node.op_type for node in scene.draft.following(weighted.node)]
        fit = None if "BatchNormalization" in behind else _affine(scene, weighted.node, behind=True)
        if fit is None:
            continue
        slope, offset, sure = fit
        if not sure.any() or np.allclose(slope[sure], 1, atol=1e-5):
            continue
        arrays = [slope, offset, np.zeros_like(slope), np.ones_like(slope)]
        yield (
            Edit(
                "bn-missing",
                weighted.layer,
                f"there is no normalisation behind it: factors from {slope[sure].min():.3g} to {slope[sure].max():.3g}",
                change(_insert_normalisation, weighted.name, arrays),
                Fitted.PER_CHANNEL,
                _too_little(sure),
            ),
        )


def _too_little(sure: Mask) -> str | None:
    return None if sure.all() else f"{int((~sure).sum())} of {sure.size} channels show too little"


def _make_normalisation(draft: Draft, name: str, arrays: Sequence[Array]) -> None:
    draft.change_operator(name, "BatchNormalization", [array.astype(np.float32) for array in arrays], epsilon=0.0)


def missing_before(scene: Scene) -> Iterator[Candidate]:
    """The same where the layer before is recorded by itself, and the next one reads it as it stands."""
    own = ("BatchNormalization", "ConvTranspose", "Gemm", "MatMul")
    computing = [node for node in scene.draft.nodes if node.op_type != "Constant"]
    if any(node.op_type in own for node in computing) or len(scene.suspect.stretch.inputs) != 1 or not computing:
        return
    first = computing[0]
    if not first.inputs or first.inputs[0] is None or value_name(first.inputs[0]) not in scene.suspect.stretch.inputs:
        return
    name = first.name or ""
    asked = Edit("bn-missing", scene.layer(first), "", change(Draft.insert_before, name, 0, "Identity"))
    sub = scene.with_edits([asked])
    inserted = next(node for node in sub.draft.nodes if (node.name or "") not in scene.draft)
    weighted = as_weighted(first, scene.layer(first))
    fit = _affine(sub, inserted) if weighted is None else _through(scene, weighted)
    if fit is None:
        return
    slope, offset, sure = fit
    if not sure.any() or np.allclose(slope[sure], 1, atol=1e-5):
        return
    arrays = [slope, offset, np.zeros_like(slope), np.ones_like(slope)]
    yield (
        Edit(
            "bn-missing",
            scene.layer(first),
            f"there is no normalisation before it: factors from {slope[sure].min():.3g} to {slope[sure].max():.3g}",
            change(_insert_normalisation_before, name, arrays),
            Fitted.PER_CHANNEL,
            _too_little(sure),
        ),
    )


def _insert_normalisation_before(draft: Draft, name: str, arrays: Sequence[Array]) -> None:
    draft.insert_before(name, 0, "BatchNormalization", [array.astype(np.float32) for array in arrays], epsilon=0.0)


def _through(scene: Scene, weighted: Weighted) -> tuple[Array, Array, Mask] | None:
    """The factor and offset of each channel that a convolution reads, for it to give what is wanted.

    Its result is a sum over the channels of (factor · x + offset) with the kernels as they are: linear in both.
    """
    wanted = wanted_of(scene, weighted.node)
    x = scene.values[scene.suspect.stretch.inputs[0]]
    count = output_places(weighted, x)
    if wanted is None or count is None or weighted.kind != "convolution":
        return None
    values, known = by_channel(wanted.array), by_channel(wanted.known)
    if values.shape[1] != count:
        return None
    bias = bias_of(weighted).array
    channels, taps = weighted.array.shape[1], int(np.prod(weighted.spatial))
    per = weighted.outputs // weighted.group
    slope, offset = np.ones(x.shape[1]), np.zeros(x.shape[1])
    sure = np.zeros(x.shape[1], bool)
    random = np.random.default_rng(0)
    for group in range(weighted.group):
        rows, goals = [], []
        for output in range(group * per, group * per + min(per, MOST_OUTPUTS)):
            seen = np.flatnonzero(known[output])
            places = np.sort(random.choice(seen, min(len(seen), 4 * channels), replace=False))
            if not len(places):
                continue
            read, ones = (patches(weighted, array, places, group) for array in (x, np.ones_like(x)))
            if read is None or ones is None:
                continue
            kernel = np.asarray(weighted.array[output], np.float64).reshape(channels, taps)
            parts = [(array.reshape(-1, channels, taps) * kernel).sum(2) for array in (read, ones)]
            rows.append(np.concatenate(parts, axis=1))
            goals.append(values[output, places] - (0.0 if bias is None else float(bias[output])))
        if not rows:
            continue
        found = np.linalg.lstsq(np.concatenate(rows), np.concatenate(goals), rcond=1e-12)[0]
        own = slice(group * channels, (group + 1) * channels)
        slope[own], offset[own] = found[:channels], found[channels:]
        sure[own] = sum(map(len, goals)) > 2 * channels
    return slope, offset, sure


def written_statistics(scene: Scene) -> Iterator[Candidate]:
    """A normalisation written out in steps that takes the batch's own mean, where the original's numbers are fixed."""
    if len(scene.suspect.stretch.inputs) != 1 or not any(node.op_type in AVERAGING for node in scene.draft.nodes):
        return
    source = scene.suspect.stretch.inputs[0]
    x = scene.values[source]
    for node in reversed(scene.draft.nodes):
        wanted = wanted_of(scene, node)
        if wanted is None:
            return
        fit = _affine_between(x, wanted)
        if fit is not None:
            slope, offset, _ = fit
            arrays = [slope, offset, np.zeros_like(slope), np.ones_like(slope)]
            yield (
                Edit(
                    "bn-batch-statistics",
                    scene.layer(node),
                    "it normalises with the batch's own mean and variance",
                    change(_fix_statistics, node.name or "", source, arrays),
                    Fitted.PER_CHANNEL,
                    "which mean, variance, γ and β: only their effect, a factor and an offset, is known",
                ),
            )


def _fix_statistics(draft: Draft, name: str, source: str, arrays: Sequence[Array]) -> None:
    draft.node(name).replace_input_with(0, draft.value(source))
    draft.change_operator(name, "BatchNormalization", [array.astype(np.float32) for array in arrays], epsilon=0.0)


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
        factor, shift = slope, offset
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
    slope, offset, _ = fit
    arrays = [slope, offset, np.zeros_like(slope), np.ones_like(slope)]

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
    return None if x is None or wanted is None else _affine_between(x, wanted)


def _affine_between(x: Array, wanted: Wanted) -> tuple[Array, Array, Array] | None:
    if x.shape != wanted.array.shape or x.ndim < 2:
        return None
    a, b = by_channel(np.asarray(x, np.float64)), by_channel(wanted.array)
    known, side = by_channel(wanted.known) & np.isfinite(a), by_channel(wanted.side)
    count = known.sum(1)
    divisor = np.maximum(count, 1)
    mean_a, mean_b = np.where(known, a, 0.0).sum(1) / divisor, np.where(known, b, 0.0).sum(1) / divisor
    centred = np.where(known, a - mean_a[:, None], 0.0)
    spread = (centred * centred).sum(1)
    product = (centred * np.where(known, b - mean_b[:, None], 0.0)).sum(1)
    sure = (count >= 2) & (spread > 1e-12 * np.maximum(mean_a**2 * count, 1e-300))
    slope = np.divide(product, spread, out=np.ones_like(product), where=sure)
    offset = mean_b - slope * mean_a
    for channel in np.flatnonzero(~sure & (side < 0).any(1)):
        slope[channel], offset[channel] = _kept_below(a[channel], b[channel], known[channel], side[channel] < 0)
    return slope, offset, sure


def _kept_below(a: Array, b: Array, known: Mask, below: Mask) -> tuple[float, float]:
    """Some factor and offset for a channel that shows one place, or none: all else stays where it is cut off."""
    if not known.any():
        return 1.0, float((b[below] - a[below]).min())
    here, wanted = float(a[known][0]), float(b[known][0])
    gaps = here - a[below]
    if gaps.min() > 0 or gaps.max() < 0:
        # A line through this place and the nearest of the others, which then lies on the edge.
        nearest = int(np.argmin(np.abs(gaps)))
        slope = (wanted - float(b[below][nearest])) / float(gaps[nearest])
        return slope, wanted - slope * here
    return 1.0, wanted - here
