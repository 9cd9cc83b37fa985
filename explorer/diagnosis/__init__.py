"""A comparison → what is wrong with the port, by name; and the port put right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from explorer.diagnosis import activations, biases, geometry, joints, lrn, normalisation, pooling, solving, weights
from explorer.diagnosis.edit import Fitted
from explorer.diagnosis.scene import Candidate, Scene


@dataclass(frozen=True)
class Check:
    """``candidates`` yields the edits to try on a scene; ``fitted`` says how much of them comes from the reference."""

    candidates: Callable[[Scene], Iterator[Candidate]]
    fitted: Fitted


CHECKS = (
    Check(weights.turned_kernels, Fitted.NOTHING),
    Check(weights.reversed_colours, Fitted.NOTHING),
    Check(weights.exchanged_multiplier, Fitted.NOTHING),
    Check(weights.transposed_matrix, Fitted.NOTHING),
    Check(weights.flattened_otherwise, Fitted.NOTHING),
    Check(weights.flattening, Fitted.NOTHING),
    Check(weights.reordered_axes, Fitted.NOTHING),
    Check(weights.exchanged_layers, Fitted.NOTHING),
    Check(pooling.poolings, Fitted.NOTHING),
    Check(pooling.offsets, Fitted.NOTHING),
    Check(geometry.paddings, Fitted.NOTHING),
    Check(geometry.strides, Fitted.NOTHING),
    Check(geometry.resizings, Fitted.NOTHING),
    Check(geometry.transposed_crops, Fitted.NOTHING),
    Check(geometry.slices, Fitted.NOTHING),
    Check(lrn.response_normalisations, Fitted.NOTHING),
    Check(lrn.regions, Fitted.NOTHING),
    Check(normalisation.epsilons, Fitted.NOTHING),
    Check(normalisation.scale_factors, Fitted.NOTHING),
    Check(normalisation.ignored_gamma, Fitted.NOTHING),
    Check(normalisation.batch_statistics, Fitted.NOTHING),
    Check(normalisation.exchanged_order, Fitted.NOTHING),
    Check(normalisation.exchanged_vectors, Fitted.NOTHING),
    Check(activations.missing_activations, Fitted.NOTHING),
    Check(activations.extra_activations, Fitted.NOTHING),
    Check(activations.other_activations, Fitted.NOTHING),
    Check(activations.softmax_axes, Fitted.NOTHING),
    Check(activations.missing_softmax, Fitted.NOTHING),
    Check(joints.branch_orders, Fitted.NOTHING),
    Check(joints.branch_axes, Fitted.NOTHING),
    Check(joints.single_factors, Fitted.NOTHING),
    Check(joints.other_sources, Fitted.NOTHING),
    Check(weights.shuffled_groups, Fitted.FEW),
    Check(lrn.fitted_response, Fitted.FEW),
    Check(activations.slopes, Fitted.FEW),
    Check(joints.sum_factors, Fitted.FEW),
    Check(joints.inserted_factors, Fitted.FEW),
    Check(biases.fitted_biases, Fitted.PER_CHANNEL),
    Check(biases.permuted_channels, Fitted.PER_CHANNEL),
    Check(joints.selected_classes, Fitted.PER_CHANNEL),
    Check(normalisation.fitted_gamma, Fitted.PER_CHANNEL),
    Check(normalisation.missing_normalisation, Fitted.PER_CHANNEL),
    Check(activations.slopes_by_channel, Fitted.PER_CHANNEL),
    Check(biases.unproven_biases, Fitted.ALL),
    Check(solving.solved_weights, Fitted.ALL),
    Check(normalisation.fitted_vectors, Fitted.ALL),
)
"""What may be wrong with a port, the likeliest first. A new check is entered here and nowhere else."""
