"""Checks that fit a batch normalisation to the reference: γ, other vectors, and one that is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import onnx_ir as ir

from explorer.diagnosis.biases import by_channel
from explorer.diagnosis.channel_fit import ChannelFit, fit_channels, fit_node, input_of
from explorer.diagnosis.draft import Draft, setting
from explorer.diagnosis.edit import Edit, Fitted, change
from explorer.diagnosis.inversion import wanted_of
from explorer.diagnosis.normalisation import Normalisation, normalisations, with_vectors
from explorer.diagnosis.patches import output_places, patches
from explorer.diagnosis.scene import Candidate, Scene
from explorer.diagnosis.weighted import Weighted, as_weighted, bias_of, weighted_nodes
from explorer.network.network import value_name
from explorer.running.activations import Array

MOST_OUTPUTS = 8
"""Outputs of a group that are looked at, to find what its inputs should have been."""

EQUAL_STATISTICS = 0.02
"""How near our mean and variance are to the batch's own, relative, to have been taken from a batch."""

AVERAGING = ("ReduceMean", "GlobalAveragePool", "ReduceSum", "ReduceSumSquare", "ReduceL2")


def fitted_gamma(scene: Scene) -> Iterator[Candidate]:
    """γ that the port doesn't have: one factor for each channel, where ours are all one."""
    for found in normalisations(scene):
        x = input_of(scene, found.node)
        wanted = wanted_of(scene, found.node)
        if np.all(found.vectors[0] == 1) and x is not None and wanted is not None and wanted.array.shape == x.shape:
            _, beta, mean, _ = (vector[:, None] for vector in found.vectors)
            known = by_channel(wanted.known)
            plain = (by_channel(np.asarray(x, np.float64)) - mean) / found.deviation[:, None]
            power = np.where(known, plain**2, 0.0).sum(1)
            product = np.where(known, plain * (by_channel(wanted.array) - beta), 0.0).sum(1)
            gamma = np.divide(product, power, out=np.ones_like(power), where=power > 0)
            yield from with_vectors(
                found, [gamma, *found.vectors[1:]], "bn-gamma", "γ is missing: it is 1 everywhere", Fitted.PER_CHANNEL
            )


def missing_normalisation(scene: Scene) -> Iterator[Candidate]:
    """No normalisation at all: a factor and an offset for each channel make ours the reference's."""
    if any(node.op_type == "BatchNormalization" for node in scene.draft.nodes):
        return
    for node in scene.draft.nodes:
        fit = fit_node(scene, node) if node.op_type == "Identity" else None
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
        fit = None if "BatchNormalization" in behind else fit_node(scene, weighted.node, behind=True)
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
    fit = fit_node(sub, inserted) if weighted is None else _through(scene, weighted)
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
        fit = fit_channels(x, wanted)
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


def fitted_vectors(scene: Scene) -> Iterator[Candidate]:
    """Other numbers: the factor and offset of each channel that the reference asks for."""
    for node in scene.draft.nodes:
        own_statistics = node.op_type in ("InstanceNormalization", "MeanVarianceNormalization")
        if node.op_type == "BatchNormalization" and int(setting(node, "training_mode", 0)):
            own_statistics = True
        if own_statistics:
            yield from _fixed_statistics(scene, node)
    for found in normalisations(scene):
        fit = fit_node(scene, found.node)
        if fit is None:
            continue
        slope, offset, sure = fit
        gamma, beta, mean, variance = found.vectors
        factor, shift = slope, offset
        cause, text = "bn-parameters", "the vectors have other values"
        x = input_of(scene, found.node)
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
        for candidate in with_vectors(found, vectors, cause, text, Fitted.ALL):
            edit = candidate[0]
            left_open = "which of the four vectors differ: only their effect, a factor and an offset, is known"
            if open_channels:
                left_open += f"; {open_channels} of {sure.size} channels show too little"
            yield (Edit(edit.cause, edit.layer, edit.detail, edit.apply, edit.fitted, left_open),)


def _fixed_statistics(scene: Scene, node: ir.Node) -> Iterator[Candidate]:
    """A node that normalises with the batch's own statistics, with the factor and offset that the reference has."""
    fit = fit_node(scene, node)
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


def _is_own(found: Normalisation, x: Array) -> bool:
    """Whether the layer's mean and variance are those of this very batch, or very near."""
    flat = by_channel(np.asarray(x, np.float64))
    mean, variance = flat.mean(1), flat.var(1)
    spread = np.sqrt(np.maximum(variance, 1e-30))
    near_mean = np.abs(found.vectors[2] - mean) <= EQUAL_STATISTICS * np.maximum(spread, np.abs(mean))
    near_variance = np.abs(found.vectors[3] - variance) <= EQUAL_STATISTICS * np.maximum(variance, 1e-30)
    return bool(near_mean.mean() > 0.9 and near_variance.mean() > 0.9)
