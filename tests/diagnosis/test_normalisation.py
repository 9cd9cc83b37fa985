"""Batch normalisation: ε, Caffe's factor, vectors in other places, and the order of layers."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.network.network import Network
from explorer.running.activations import Array
from tests.diagnosis.ports import (
    batch_norm,
    chain,
    diagnosed,
    drawn,
    finding_of,
    named,
    positive,
    recorded,
    unary,
)

X = 1 + 2 * drawn(2, 6, 5, 7, seed=7)
GAMMA, BETA, MEAN, VARIANCE = positive(6, seed=1), drawn(6, seed=2), drawn(6, seed=3), positive(6, seed=4)
VECTORS = (GAMMA, BETA, MEAN, VARIANCE)
ONES = np.ones(6, np.float32)


def _normalised(*vectors: Array, epsilon: float = 1e-3) -> Network:
    return chain((6, 5, 7), batch_norm("bn1", *vectors, epsilon=epsilon))


@pytest.mark.parametrize(("right", "wrong"), [(1e-3, 1e-5), (1e-5, 1e-3), (0.02, 1e-3)])
def test_another_epsilon_is_found_with_its_number(right: float, wrong: float):
    finding = finding_of(_normalised(*VECTORS, epsilon=right), _normalised(*VECTORS, epsilon=wrong), X)
    assert (finding.layer, finding.cause) == ("bn1", "bn-epsilon")
    assert finding.detail == f"ε is {wrong:.6g} and should be {right:.6g}"


def test_statistics_not_divided_by_caffes_third_blob_are_found_with_the_factor():
    wrong = (GAMMA, BETA, MEAN * np.float32(999.9823), VARIANCE * np.float32(999.9823))
    finding = finding_of(_normalised(*VECTORS), _normalised(*wrong), X)
    assert (finding.layer, finding.cause) == ("bn1", "bn-scale-factor")
    assert finding.detail == "mean and variance should be ÷ 999.982"


def test_another_factor_of_the_statistics_is_read_off_the_reference():
    wrong = (GAMMA, BETA, MEAN / np.float32(37), VARIANCE / np.float32(37))
    finding = finding_of(_normalised(*VECTORS), _normalised(*wrong), X)
    assert (finding.layer, finding.cause) == ("bn1", "bn-scale-factor")
    assert finding.detail == "mean and variance should be × 37"


def test_gamma_and_beta_exchanged_are_found():
    finding = finding_of(_normalised(*VECTORS), _normalised(BETA, GAMMA, MEAN, VARIANCE), X)
    assert (finding.layer, finding.cause) == ("bn1", "bn-parameters")
    assert finding.detail == "γ, β stand in one another's place"


def test_a_deviation_for_the_variance_is_found():
    finding = finding_of(_normalised(*VECTORS), _normalised(GAMMA, BETA, MEAN, np.sqrt(VARIANCE)), X)
    assert (finding.layer, finding.cause) == ("bn1", "bn-parameters")
    assert finding.detail == "the variance is the standard deviation's numbers"


def test_the_vectors_of_another_layer_are_found_with_its_name():
    other = (positive(6, seed=11), drawn(6, seed=12), drawn(6, seed=13), positive(6, seed=14))
    clean = chain((6, 5, 7), batch_norm("bn1", *VECTORS), batch_norm("bn2", *other))
    port = chain((6, 5, 7), batch_norm("bn1", *other), batch_norm("bn2", *VECTORS))
    diagnosis = diagnosed(port, recorded(clean, X))
    assert named(diagnosis) == [("bn1", "bn-parameters"), ("bn2", "bn-parameters")]
    assert "should be those of 'bn2'" in diagnosis.findings[0].detail
    assert diagnosis.after is not None and diagnosis.after.agrees


def test_gamma_that_the_original_has_not_is_found():
    finding = finding_of(_normalised(ONES, BETA, MEAN, VARIANCE), _normalised(*VECTORS), X)
    assert (finding.layer, finding.cause) == ("bn1", "bn-gamma")
    assert finding.detail == "γ is used and should be 1 everywhere"


def test_the_batchs_own_statistics_in_the_original_are_found():
    flat = X.transpose(1, 0, 2, 3).reshape(6, -1)
    clean = _normalised(GAMMA, BETA, flat.mean(1), flat.var(1))
    finding = finding_of(clean, _normalised(*VECTORS), X)
    assert (finding.layer, finding.cause) == ("bn1", "bn-batch-statistics")
    assert finding.detail.startswith("the original normalises with the batch's own mean and variance")


def test_normalisation_before_for_behind_the_activation_is_found_where_both_are_one_blob():
    bn, relu = batch_norm("bn1", *VECTORS, top="out"), unary("relu1", "Relu", top="out")
    finding = finding_of(chain((6, 5, 7), bn, relu), chain((6, 5, 7), relu, bn), X)
    assert (finding.layer, finding.cause) == ("bn1", "bn-order")
    assert finding.detail == "the normalisation stands behind the activation and should stand on its other side"
