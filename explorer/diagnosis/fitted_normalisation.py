"""Checks that fit a batch normalisation to the reference: γ, other vectors, and one that is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import onnx_ir as ir

from explorer.diagnosis.biases import by_channel
from explorer.diagnosis.channel_fit import ChannelFit, fit_channels, fit_node, input_of
from explorer.diagnosis.draft import Draft, fixed, setting
from explorer.diagnosis.edit import Edit, Fitted, change
from explorer.diagnosis.inversion import wanted_of
from explorer.diagnosis.normalisation import Normalisation, normalisations, with_vectors
from explorer.diagnosis.patches import output_places, patches
from explorer.diagnosis.scene import Candidate, Scene, place_text
from explorer.diagnosis.weighted import Weighted, as_weighted, bias_of, weighted_nodes
from explorer.network.network import value_name
from explorer.running.activations import Array

FEWEST_OUTPUTS = 8
"""Outputs of a group that are looked at, to find what its inputs should have been; as many as inputs, if it has them.

Behind kernels of one number each output gives one equation for all offsets together.
"""

PLACES = 32
"""Equations for each input channel of a group, which has two unknowns."""

EQUAL_STATISTICS = 0.02
"""How near our mean and variance are to the batch's own, relative, to have been taken from a batch."""

AVERAGING = ("ReduceMean", "GlobalAveragePool", "ReduceSum", "ReduceSumSquare", "ReduceL2")


def fitted_gamma(scene: Scene) -> Iterator[Candidate]:
    """γ that the port doesn't have: one factor for each channel, where ours are all one."""
    yield from _ignored_factors(scene)
    for found in normalisations(scene):
        x = input_of(scene, found.node)
        wanted = wanted_of(scene, found.node)
        if np.all(found.vectors[0] == 1) and x is not None and wanted is not None and wanted.array.shape == x.shape:
            _, beta, mean, _ = (vector[:, None] for vector in found.vectors)
            known = by_channel(wanted.known)
            if not (known.sum(1) > 1).any():
                continue  # one number of each channel is explained by any γ
            plain = (by_channel(np.asarray(x, np.float64)) - mean) / found.deviation[:, None]
            power = np.where(known, plain**2, 0.0).sum(1)
            product = np.where(known, plain * (by_channel(wanted.array) - beta), 0.0).sum(1)
            gamma = np.divide(product, power, out=np.ones_like(power), where=power > 0)
            yield from with_vectors(
                found, [gamma, *found.vectors[1:]], "bn-gamma", "γ is missing: it is 1 everywhere", Fitted.PER_CHANNEL
            )


def _ignored_factors(scene: Scene) -> Iterator[Candidate]:
    """The same in a layer of its own behind the normalisation, as Caffe has it."""
    for node in scene.draft.nodes:
        ones = [index for index, value in enumerate(node.inputs) if value is not None and _is_ones(fixed(value))]
        if node.op_type != "Mul" or len(ones) != 1:
            continue
        read, array, wanted = node.inputs[1 - ones[0]], scene.draft.array(node, ones[0]), wanted_of(scene, node)
        x = None if read is None else scene.values.get(value_name(read))
        if array is None or x is None or wanted is None or wanted.array.shape != x.shape or array.size != x.shape[1]:
            continue
        plain, known = by_channel(np.asarray(x, np.float64)), by_channel(wanted.known)
        if not (known.sum(1) > 1).any():
            continue
        power = np.where(known, plain**2, 0.0).sum(1)
        product = np.where(known, plain * by_channel(wanted.array), 0.0).sum(1)
        factors = np.divide(product, power, out=np.ones_like(power), where=power > 0)
        yield (
            Edit(
                "bn-gamma",
                scene.layer(node),
                "its factors are missing: they are 1 everywhere",
                change(Draft.set_array, node.name or "", ones[0], factors.reshape(array.shape).astype(np.float32)),
                Fitted.PER_CHANNEL,
            ),
        )


def _is_ones(array: Array | None) -> bool:
    return array is not None and array.size > 1 and bool((array == 1).all())


def missing_normalisation(scene: Scene) -> Iterator[Candidate]:
    """No normalisation at all: a factor and an offset for each channel make ours the reference's."""
    if any(node.op_type == "BatchNormalization" for node in scene.draft.nodes):
        return
    for node in scene.draft.nodes:
        fit = fit_node(scene, node) if node.op_type == "Identity" else None
        if fit is not None and fit.scales and fit.spare:
            yield _missing(scene.layer(node), "nothing is normalised here", fit, change(_make, node.name or "", fit))
    for weighted in weighted_nodes(scene):
        fit = fit_node(scene, weighted.node, behind=True)
        if fit is not None and fit.scales and fit.spare:
            method = change(Draft.insert_after, weighted.name, "BatchNormalization", fit.vectors, epsilon=0.0)
            yield _missing(weighted.layer, "there is no normalisation behind it", fit, method)


def missing_before(scene: Scene) -> Iterator[Candidate]:
    """The same where the layer before is recorded by itself, and the next one reads it as it stands."""
    own = ("BatchNormalization", "ConvTranspose", "Gemm", "MatMul")
    if any(node.op_type in own for node in scene.draft.nodes):
        return
    for node, index, read in scene.entrances():
        name, layer = node.name or "", scene.layer(node)
        weighted = as_weighted(node, layer)
        fit = _fit_before(scene, name, index, layer) if weighted is None else _through(scene, weighted, read)
        if fit is not None and fit.scales and fit.spare:
            method = change(Draft.insert_before, name, index, "BatchNormalization", fit.vectors, epsilon=0.0)
            yield _missing(layer, f"there is no normalisation {place_text(node, index)} it", fit, method)


def _missing(layer: str, where: str, fit: ChannelFit, apply: Callable[[Draft], None]) -> Candidate:
    return (Edit("bn-missing", layer, f"{where}: {fit.text}", apply, Fitted.PER_CHANNEL, fit.left_open),)


def _make(draft: Draft, name: str, fit: ChannelFit) -> None:
    draft.change_operator(name, "BatchNormalization", fit.vectors, epsilon=0.0)


def _fit_before(scene: Scene, name: str, index: int, layer: str) -> ChannelFit | None:
    """The factor and offset of each channel of an input of the node ``name``, for it to give what is wanted."""
    asked = Edit("bn-missing", layer, "", change(Draft.insert_before, name, index, "Identity"))
    sub = scene.with_edits([asked])
    return fit_node(sub, next(node for node in sub.draft.nodes if (node.name or "") not in scene.draft))


def _through(scene: Scene, weighted: Weighted, entrance: str) -> ChannelFit | None:
    """The same for a convolution.

    Its result is a sum over the channels of (factor · x + offset) with the kernels as they are: linear in both.
    """
    wanted = wanted_of(scene, weighted.node)
    x = scene.values[entrance]
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
        outputs = min(per, max(FEWEST_OUTPUTS, channels))
        most = -(-PLACES * channels // outputs)
        for output in range(group * per, group * per + outputs):
            seen = np.flatnonzero(known[output])
            places = np.sort(random.choice(seen, min(len(seen), most), replace=False))
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
    return ChannelFit(slope, offset, sure)


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
            yield (
                Edit(
                    "bn-batch-statistics",
                    scene.layer(node),
                    "it normalises with the batch's own mean and variance",
                    change(_fix_statistics, node.name or "", source, fit),
                    Fitted.PER_CHANNEL,
                    "which mean, variance, γ and β: only their effect, a factor and an offset, is known",
                ),
            )


def _fix_statistics(draft: Draft, name: str, source: str, fit: ChannelFit) -> None:
    draft.node(name).replace_input_with(0, draft.value(source))
    _make(draft, name, fit)


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
        factor, shift, sure = fit.slope, fit.offset, fit.sure
        gamma, beta, mean, variance = found.vectors
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
        for candidate in with_vectors(found, vectors, cause, text, Fitted.ALL):
            edit = candidate[0]
            left_open = "which of the four vectors differ: only their effect, a factor and an offset, is known"
            if fit.left_open is not None:
                left_open += f"; {fit.left_open}"
            yield (replace(edit, left_open=left_open),)


def _fixed_statistics(scene: Scene, node: ir.Node) -> Iterator[Candidate]:
    """A node that normalises with the batch's own statistics, with the factor and offset that the reference has."""
    fit = fit_node(scene, node)
    if fit is None:
        return
    yield (
        Edit(
            "bn-batch-statistics",
            scene.layer(node),
            "it normalises with the batch's own mean and variance",
            change(_make, node.name or "", fit),
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
