"""Two layers that changed places."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.diagnosis.neighbours import exchanged_neighbours
from tests.diagnosis.ports import (
    Step,
    batch_norm,
    chain,
    diagnosed,
    drawn,
    finding_of,
    named,
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


def _normalised(epsilon: float) -> Step:
    vectors = positive(6, seed=1), drawn(6, seed=2), drawn(6, seed=3), positive(6, seed=4) / 100
    return batch_norm("bn1", *vectors, epsilon=epsilon)


@pytest.mark.parametrize(("first", "side"), [(True, "before"), (False, "behind")])
def test_another_epsilon_besides_is_found_once_the_two_have_changed_places(first: bool, side: str):
    one, other = (chain((6, 5, 7), *steps) for steps in ((_normalised(1e-5), RELU), (RELU, _normalised(1e-5))))
    right = (RELU, _normalised(1e-3)) if first else (_normalised(1e-3), RELU)
    diagnosis = diagnosed(one if first else other, recorded(chain((6, 5, 7), *right), X))
    assert named(diagnosis) == [("bn1", "bn-order"), ("bn1", "bn-epsilon")]
    assert [finding.detail for finding in diagnosis.findings] == [
        f"the normalisation stands {side} the activation and should stand on its other side",
        "ε is 1e-05 and should be 0.001",
    ]
    assert diagnosis.unexplained == {}
    assert diagnosis.after is not None and diagnosis.after.agrees


def test_another_slope_of_the_activation_besides_is_found_too():
    right = chain((6, 5, 7), BN, unary("relu1", "LeakyRelu", alpha=0.1))
    diagnosis = diagnosed(LAST, recorded(right, X))
    assert named(diagnosis) == [("bn1", "bn-order"), ("relu1", "activation-slope")]
    assert diagnosis.after is not None and diagnosis.after.agrees
