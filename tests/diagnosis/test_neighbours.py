"""Two layers that changed places."""

from __future__ import annotations

import numpy as np

from explorer.diagnosis.neighbours import exchanged_neighbours
from tests.diagnosis.ports import (
    batch_norm,
    chain,
    diagnosed,
    drawn,
    finding_of,
    only_finding,
    positive,
    recorded,
    scene_of,
    unary,
)

X = drawn(1, 6, 5, 7, seed=7)
BN = batch_norm("bn1", positive(6, seed=1), drawn(6, seed=2), drawn(6, seed=3), positive(6, seed=4))
RELU = unary("relu1", "Relu")
FIRST, LAST = chain((6, 5, 7), BN, RELU), chain((6, 5, 7), RELU, BN)


def test_normalisation_behind_the_activation_that_belongs_before_it_is_found_where_both_are_recorded():
    finding = finding_of(FIRST, LAST, X)
    assert (finding.layer, finding.cause) == ("bn1", "bn-order")
    assert finding.detail == "the normalisation stands behind the activation and should stand on its other side"


def test_normalisation_before_the_activation_that_belongs_behind_it_is_found_where_both_are_recorded():
    finding = finding_of(LAST, FIRST, X)
    assert (finding.layer, finding.cause) == ("bn1", "bn-order")
    assert finding.detail == "the normalisation stands before the activation and should stand on its other side"


def test_repaired_layers_keep_their_names():
    diagnosis = diagnosed(LAST, recorded(FIRST, X))
    only_finding(diagnosis)
    assert diagnosis.repaired is not None
    operators = [node.op_type for node in diagnosis.repaired.model.graph if node.op_type != "Constant"]
    assert operators == ["BatchNormalization", "Relu"]
    assert [layer.name for layer in diagnosis.repaired.layers] == ["data", "bn1", "relu1"]


def test_one_suspect_alone_is_no_exchange():
    wrong = chain((6, 5, 7), batch_norm("bn1", *[np.ones(6, np.float32)] * 4), RELU)
    scene = scene_of(wrong, recorded(FIRST, X), "bn1")
    assert exchanged_neighbours([scene.suspect]) == []
