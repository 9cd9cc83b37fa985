"""Which edits explain one wrong stretch, and what else came near."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.comparison.noise import TOLERANCE
from explorer.diagnosis.edit import Fitted
from explorer.diagnosis.scene import Scene, Suspect
from explorer.diagnosis.search import Explanation, explain
from explorer.network.network import Network
from explorer.running.activations import Array
from explorer.running.cancellation import Cancelled
from tests.diagnosis.ports import chain, conv, drawn, lrn, recorded, scene_of, unary

X = drawn(1, 4, 7, 6, seed=7)
W = drawn(5, 4, 3, 3)


def _suspect(clean: Network, port: Network, layer: str, x: Array = X) -> Suspect:
    return scene_of(port, recorded(clean, x), layer).suspect


def _found(clean: Network, port: Network, layer: str, x: Array = X) -> Explanation:
    explanation = explain(_suspect(clean, port, layer, x))
    assert explanation is not None
    return explanation


def _causes(explanation: Explanation) -> list[str]:
    return [edit.cause for edit in explanation.edits]


def test_one_mistake_is_explained_by_one_edit_that_leaves_only_rounding():
    clean, port = (chain((4, 7, 6), conv("conv1", weight)) for weight in (W, W[:, :, ::-1, ::-1].copy()))
    found = _found(clean, port, "conv1")
    assert _causes(found) == ["kernel-rotated"]
    assert found.before.residual > 0.1
    assert found.after.residual <= TOLERANCE * found.after.floor
    assert found.equals == ()


def test_the_runner_up_is_the_nearest_of_the_other_causes():
    clean, port = (chain((4, 7, 6), conv("conv1", weight)) for weight in (W, W[:, :, ::-1, ::-1].copy()))
    found = _found(clean, port, "conv1")
    assert found.runner_up is not None
    cause, residual = found.runner_up
    assert cause != "kernel-rotated"
    assert 10 * found.after.residual < residual < 2 * found.before.residual


def test_a_rule_is_preferred_to_what_was_fitted():
    weight = np.arange(1, 37, dtype=np.float32).reshape(1, 4, 3, 3) / 10
    clean, port = (chain((4, 7, 6), conv("conv1", array)) for array in (weight, weight[:, :, ::-1, ::-1].copy()))
    found = _found(clean, port, "conv1")
    assert _causes(found) == ["kernel-rotated"]
    assert found.edits[0].fitted == Fitted.NOTHING


def test_explanations_that_are_as_plain_and_as_good_are_told_with_the_first_of_the_table():
    weight = W + W[:, :, ::-1, ::-1].swapaxes(2, 3)  # turned by 180° it is what it is with its axes exchanged
    clean, port = (chain((4, 7, 6), conv("conv1", array)) for array in (weight, weight[:, :, ::-1, ::-1].copy()))
    found = _found(clean, port, "conv1")
    assert _causes(found) == ["kernel-rotated"]
    assert {edit.cause for candidate in found.equals for edit in candidate} == {"kernel-axes"}


def test_two_mistakes_in_one_layer_are_explained_by_two_edits_that_are_both_missed():
    clean, port = (
        chain((4, 7, 6), lrn("norm1", size=3, alpha=alpha, bias=bias)) for alpha, bias in ((0.9, 2.0), (0.3, 1.0))
    )
    found = _found(clean, port, "norm1")
    assert sorted(_causes(found)) == ["lrn-alpha", "lrn-bias"]
    for edit in found.edits:
        others = [other for other in found.edits if other is not edit]
        assert found.before.with_edits(others).residual > 100 * found.after.residual


def test_what_no_known_mistake_explains_is_not_named():
    clean = chain((4, 7, 6), unary("act1", "Sin"))
    assert explain(_suspect(clean, chain((4, 7, 6), unary("act1", "Abs")), "act1")) is None


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_reference_that_holds_no_numbers_is_not_explained(number: float):
    clean, port = (chain((4, 7, 6), unary("act1", operator)) for operator in ("Relu", "Abs"))
    suspect = _suspect(clean, port, "act1")
    broken = suspect.target.copy()
    broken[0, 0, 0, 0] = number
    values = {**suspect.recorded, suspect.stretch.value: broken}
    assert explain(Suspect(suspect.runner, suspect.stretch, values)) is None


def test_a_search_can_be_cancelled():
    clean, port = (chain((4, 7, 6), unary("act1", operator)) for operator in ("Relu", "Abs"))
    suspect = _suspect(clean, port, "act1")
    with pytest.raises(Cancelled):
        explain(Suspect(suspect.runner, suspect.stretch, suspect.recorded, lambda: True))


def test_infinities_of_the_port_are_results_like_others():
    clean, port = (chain((4, 7, 6), unary("act1", operator)) for operator in ("Relu", "Exp"))
    found = _found(clean, port, "act1", X * 1000)
    assert not np.isfinite(Scene(_suspect(clean, port, "act1", X * 1000)).residual)
    assert _causes(found) == ["activation-kind"]
