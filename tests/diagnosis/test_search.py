"""Which edits explain one wrong stretch, and what else came near."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from explorer.comparison.noise import TOLERANCE
from explorer.diagnosis import search
from explorer.diagnosis.edit import Fitted
from explorer.diagnosis.scene import Scene, Suspect
from explorer.diagnosis.search import Explanation, explain
from explorer.diagnosis.weighted import weighted_nodes
from explorer.network.builder import NetworkBuilder
from explorer.network.network import Network
from explorer.running.activations import Array
from explorer.running.cancellation import Cancelled
from tests.diagnosis.ports import (
    batch_norm,
    chain,
    conv,
    dense,
    diagnosed,
    drawn,
    finding_of,
    finished,
    joined,
    lrn,
    positive,
    recorded,
    scene_of,
    unary,
)

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


def test_an_order_is_looked_for_behind_each_rule():
    pictures, weight, tail = drawn(1, 4, 12, 11, seed=3), drawn(6, 4, 3, 3), conv("conv2", drawn(3, 6, 1, 1))
    clean = chain((4, 12, 11), conv("conv1", weight, dilation=2, pads=2), tail)
    port = chain((4, 12, 11), conv("conv1", np.roll(weight, 2, 0), pads=1), tail)
    reference = recorded(clean, pictures)
    diagnosis = diagnosed(port, reference)
    assert [(finding.layer, finding.cause, finding.detail) for finding in diagnosis.findings] == [
        ("conv1", "stride-dilation", "dilation 1×1 where 2×2 is meant, with padding 2"),
        ("conv1", "channels-permuted", "all 6 channels are shifted by 2"),
    ]
    assert all(finding.residual_before > 1 for finding in diagnosis.findings)
    assert diagnosis.after is not None and diagnosis.after.agrees


@pytest.mark.parametrize("pictures", [1, 2])
def test_an_order_behind_another_flattening_is_found_on_few_pictures(pictures: int):
    weight, tail = drawn(10, 4 * 3 * 2), dense("fc2", drawn(3, 10, seed=9))
    wrong = weight.reshape(10, 4, 3, 2).transpose(0, 2, 3, 1).reshape(weight.shape)
    clean = chain((4, 3, 2), dense("fc", weight), tail)
    port = chain((4, 3, 2), dense("fc", np.roll(wrong, 3, 0)), tail)
    diagnosis = diagnosed(port, recorded(clean, drawn(pictures, 4, 3, 2, seed=3)))
    assert [(finding.layer, finding.cause, finding.detail) for finding in diagnosis.findings] == [
        ("fc", "fc-flatten-order", "the rows are in the order HWC of 4×3×2 maps where CHW is meant"),
        ("fc", "channels-permuted", "all 10 channels are shifted by 3"),
    ]
    assert diagnosis.after is not None and diagnosis.after.agrees


@pytest.fixture
def no_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two plain mistakes, which take their time, are not looked for."""
    monkeypatch.setattr(search, "_combinations", lambda *_: [])


@pytest.mark.usefixtures("no_pairs")
def test_other_weights_of_a_dense_layer_are_no_missing_normalisation_on_two_pictures():
    right, wrong = (chain((9,), dense("fc", drawn(5, 9, seed=seed))) for seed in (1, 2))
    found = _found(right, wrong, "fc", drawn(2, 9, seed=4))
    assert _causes(found) == ["weights-other"]
    assert found.edits[0].left_open is not None


OTHER = drawn(5, 4, 3, 3, seed=3)
LARGE = drawn(1, 4, 14, 13, seed=7)


def _padded(weight: Array, pads: Sequence[int]) -> Network:
    return chain((4, 14, 13), conv("conv1", weight, pads=pads), conv("conv2", drawn(3, 5, 1, 1)))


@pytest.mark.usefixtures("no_pairs")
@pytest.mark.parametrize(
    ("right", "wrong", "detail"),
    [
        ((1, 1, 1, 1), (0, 0, 0, 0), "padding 0 where 1 is meant"),
        ((0, 0, 2, 2), (1, 1, 1, 1), "padding 1 where 0, 0, 2, 2 (top, left, bottom, right) is meant"),
    ],
)
def test_other_weights_behind_another_padding_are_proven_by_numbers_to_spare(
    right: tuple[int, ...], wrong: tuple[int, ...], detail: str
):
    found = _found(_padded(W, right), _padded(OTHER, wrong), "conv1", LARGE)
    assert _causes(found) == ["padding", "weights-other"]
    share = np.linalg.norm(OTHER - W) / np.linalg.norm(OTHER)
    assert [edit.detail for edit in found.edits] == [detail, f"the weights differ by {share:.2g} of their length"]
    assert found.after.residual <= TOLERANCE * found.after.floor
    np.testing.assert_allclose(next(weighted_nodes(found.after)).array, W, atol=1e-4)


@pytest.mark.usefixtures("no_pairs")
def test_other_weights_are_not_taken_behind_another_padding_where_nothing_is_to_spare():
    few = drawn(1, 4, 5, 5, seed=7)
    clean, port = (
        chain((4, 5, 5), conv("conv1", weight, pads=pads)) for weight, pads in ((W, [0, 0, 2, 2]), (OTHER, 1))
    )
    found = explain(_suspect(clean, port, "conv1", few))
    assert found is None or any(edit.left_open is not None for edit in found.edits)


def _wired(source: str, weight: Array) -> Network:
    """``conv3`` reads ``conv1`` or ``conv2``."""
    builder = NetworkBuilder("tiny")
    x = builder.input("data", ("N", 4, 14, 13))
    one = conv("conv1", drawn(4, 4, 3, 3, seed=11), pads=1)(builder, x)
    two = conv("conv2", drawn(4, 4, 3, 3, seed=12), pads=1)(builder, one)
    three = conv("conv3", weight)(builder, {"conv1": one, "conv2": two}[source])
    joined(builder.layer("join", "Concat"), [conv("conv4", drawn(3, 4, 3, 3, seed=13))(builder, two), three])
    return finished(builder)


@pytest.mark.usefixtures("no_pairs")
def test_other_weights_behind_another_source_are_proven_by_numbers_to_spare():
    diagnosis = diagnosed(_wired("conv2", OTHER), recorded(_wired("conv1", W), LARGE))
    assert [(finding.layer, finding.cause) for finding in diagnosis.findings] == [
        ("conv3", "wiring"),
        ("conv3", "weights-other"),
    ]
    assert diagnosis.findings[0].detail == "it reads 'conv2' where the original reads 'conv1'"
    assert diagnosis.unexplained == {}
    assert diagnosis.after is not None and diagnosis.after.agrees


def test_what_one_edit_takes_away_no_further_one_puts_back():
    # Behind InstanceNormalization a ReLU that is taken away and put back would leave a place to fit a normalisation at.
    scale, shift = positive(4, seed=5), drawn(4, seed=6)
    vectors = positive(4, seed=1), drawn(4, seed=2), drawn(4, seed=3), positive(4, seed=4)
    clean = chain((4, 9, 8), batch_norm("bn1", *vectors, top="bn1"), unary("relu1", "Relu"))
    port = chain((4, 9, 8), unary("bn1", "InstanceNormalization", scale, shift, top="bn1"), unary("relu1", "Relu"))
    finding = finding_of(clean, port, drawn(1, 4, 9, 8, seed=7), without=("bn1",))
    assert (finding.layer, finding.cause) == ("bn1", "bn-batch-statistics")
