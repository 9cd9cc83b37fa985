"""Batch normalisation whose numbers are fitted to the reference: γ, other vectors, and one that is missing."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir
import pytest

from explorer.diagnosis.edit import Edit
from explorer.diagnosis.fitted_normalisation import (
    fitted_gamma,
    fitted_vectors,
    missing_before,
    missing_normalisation,
    written_statistics,
)
from explorer.diagnosis.scene import Scene
from explorer.network.builder import NetworkBuilder, shape_tuple
from explorer.network.network import Network
from explorer.running.activations import Array
from tests.diagnosis.ports import (
    Step,
    batch_norm,
    chain,
    conv,
    dense,
    drawn,
    finding_of,
    finished,
    positive,
    recorded,
    scene_of,
    unary,
)

X = 1 + 2 * drawn(2, 6, 5, 7, seed=7)
GAMMA, BETA, MEAN, VARIANCE = positive(6, seed=1), drawn(6, seed=2), drawn(6, seed=3), positive(6, seed=4)
VECTORS = (GAMMA, BETA, MEAN, VARIANCE)
ONES = np.ones(6, np.float32)
FLAT = X.transpose(1, 0, 2, 3).reshape(6, -1)
SLOPE = GAMMA / np.sqrt(VARIANCE + np.float32(1e-3))


def _normalised(*vectors: Array, epsilon: float = 1e-3) -> Network:
    return chain((6, 5, 7), batch_norm("bn1", *vectors, epsilon=epsilon))


def _scene(clean: Network, port: Network, layer: str) -> Scene:
    return scene_of(port, recorded(clean, X), layer)


def _vectors(scene: Scene, edit: Edit) -> list[Array]:
    """The vectors of the only normalisation after the edit, which is proved to be right."""
    after = scene.with_edits([edit])
    assert after.residual < 1e-6
    (node,) = (node for node in after.draft.nodes if node.op_type == "BatchNormalization")
    arrays = [after.draft.array(node, index) for index in range(1, 5)]
    return [array for array in arrays if array is not None]


def test_gamma_that_the_port_has_not_is_fitted():
    clean, port = _normalised(*VECTORS), _normalised(ONES, BETA, MEAN, VARIANCE)
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("bn1", "bn-gamma")
    assert finding.detail == "γ is missing: it is 1 everywhere"


def test_missing_normalisation_behind_a_convolution_is_found():
    weight = drawn(6, 6, 3, 3, seed=9)
    clean = chain((6, 5, 7), conv("conv1", weight, top="bn1"), batch_norm("bn1", *VECTORS))
    port = chain((6, 5, 7), conv("conv1", weight, top="bn1"), unary("bn1", "Identity"))
    finding = finding_of(clean, port, X)
    assert finding.cause == "bn-missing"
    slope = GAMMA / np.sqrt(VARIANCE + 1e-3)
    assert f"factors from {slope.min():.3g} to {slope.max():.3g}" in finding.detail


def test_other_vectors_are_fitted_and_which_of_them_differ_is_left_open():
    port = _normalised(GAMMA, BETA, drawn(6, seed=21), positive(6, seed=22))
    scene = _scene(_normalised(*VECTORS), port, "bn1")
    ((edit,),) = fitted_vectors(scene)
    assert (edit.cause, edit.detail) == ("bn-parameters", "the vectors have other values")
    assert edit.left_open == ("which of the four vectors differ: only their effect, a factor and an offset, is known")
    assert len(_vectors(scene, edit)) == 4


def test_statistics_of_one_batch_in_the_port_give_way_to_the_originals():
    port = _normalised(GAMMA, BETA, FLAT.mean(1), FLAT.var(1))
    scene = _scene(_normalised(*VECTORS), port, "bn1")
    ((edit,),) = fitted_vectors(scene)
    assert (edit.cause, edit.detail) == (
        "bn-batch-statistics",
        "mean and variance are those of one batch, not of the training set",
    )
    gamma, beta, mean, variance = _vectors(scene, edit)
    np.testing.assert_array_equal(gamma, GAMMA)
    np.testing.assert_array_equal(beta, BETA)
    np.testing.assert_allclose(mean, MEAN, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(variance, VARIANCE, rtol=1e-3)


def _training(name: str, *vectors: Array) -> Step:
    """A normalisation by the batch's own statistics."""

    def step(builder: NetworkBuilder, x: ir.Value) -> ir.Value:
        layer = builder.layer(name, "BatchNorm")
        given = [layer.weight(f"weight{number}", array) for number, array in enumerate(vectors)]
        shapes = [shape_tuple(x), (6,), (6,)]
        made = layer.nodes("BatchNormalization", [x, *given], shapes, {"training_mode": 1, "epsilon": 1e-3})
        return layer.top(made[0], name)

    return step


@pytest.mark.parametrize(
    "step",
    [_training("bn1", *VECTORS), unary("bn1", "InstanceNormalization", GAMMA, BETA, epsilon=1e-3)],
)
def test_a_layer_that_normalises_by_the_batch_gets_fixed_numbers(step: Step):
    scene = _scene(_normalised(*VECTORS), chain((6, 5, 7), step), "bn1")
    edits = [candidate[0] for candidate in fitted_vectors(scene) if candidate[0].cause == "bn-batch-statistics"]
    if step.__qualname__.startswith("_training"):
        slope, offset, mean, variance = _vectors(scene, edits[0])
        np.testing.assert_allclose(slope, SLOPE, rtol=1e-4)
        np.testing.assert_allclose(offset, BETA - MEAN * SLOPE, rtol=1e-3, atol=1e-4)
        assert not mean.any()
        assert (variance == 1).all()
    assert edits[0].detail == "it normalises with the batch's own mean and variance"


def _written(name: str) -> Step:
    """A normalisation written out in steps, each picture by its own mean."""

    def step(builder: NetworkBuilder, x: ir.Value) -> ir.Value:
        layer = builder.layer(name, "Lambda")
        axes = layer.constant(np.array([0, 2, 3], np.int64))
        mean = layer.node("ReduceMean", [x, axes], (1, 6, 1, 1))
        centred = layer.elementwise("Sub", x, mean)
        power = layer.node("ReduceMean", [layer.elementwise("Mul", centred, centred), axes], (1, 6, 1, 1))
        return layer.top(layer.elementwise("Div", centred, layer.elementwise("Sqrt", power)), name)

    return step


def test_written_out_statistics_of_the_batch_give_way_to_fixed_numbers():
    scene = _scene(_normalised(*VECTORS), chain((6, 5, 7), _written("bn1")), "bn1")
    edits = [candidate[0] for candidate in written_statistics(scene)]
    assert [edit.cause for edit in edits] == ["bn-batch-statistics"] * len(edits)
    slope, *_ = _vectors(scene, edits[0])
    np.testing.assert_allclose(slope, SLOPE, rtol=1e-4)
    assert edits[0].left_open is not None
    assert edits[0].left_open.startswith("which mean, variance, γ and β")


def test_a_normalisation_in_one_node_is_not_written_out():
    scene = _scene(_normalised(*VECTORS), _normalised(ONES, BETA, MEAN, VARIANCE), "bn1")
    assert list(written_statistics(scene)) == []


@pytest.mark.parametrize("weight", [drawn(4, 6, 3, 3, seed=9), drawn(9, 6, 1, 1, seed=9), drawn(4, 3, 3, 3, seed=9)])
def test_normalisation_that_is_left_out_before_a_convolution_is_fitted_through_its_kernels(weight: Array):
    convolution = conv("conv1", weight, drawn(len(weight), seed=5), pads=1, group=6 // weight.shape[1])
    clean, port = chain((6, 5, 7), batch_norm("bn1", *VECTORS), convolution), chain((6, 5, 7), convolution)
    scene = scene_of(port, recorded(clean, X, without=("bn1",)), "conv1")
    ((edit,),) = missing_before(scene)
    assert (edit.layer, edit.cause, edit.left_open) == ("conv1", "bn-missing", None)
    assert edit.detail == (f"there is no normalisation before it: factors from {SLOPE.min():.3g} to {SLOPE.max():.3g}")
    slope, offset, _, _ = _vectors(scene, edit)
    np.testing.assert_allclose(slope, SLOPE, rtol=1e-3)
    np.testing.assert_allclose(offset, BETA - MEAN * SLOPE, rtol=1e-2, atol=1e-3)


def test_normalisation_of_many_channels_is_fitted_through_kernels_of_one_number_each():
    vectors = positive(24, seed=1), drawn(24, seed=2), drawn(24, seed=3), positive(24, seed=4)
    convolution, x = conv("conv1", drawn(30, 24, 1, 1, seed=9)), drawn(1, 24, 5, 7)
    clean, port = chain((24, 5, 7), batch_norm("bn1", *vectors), convolution), chain((24, 5, 7), convolution)
    scene = scene_of(port, recorded(clean, x, without=("bn1",)), "conv1")
    ((edit,),) = missing_before(scene)
    assert scene.with_edits([edit]).residual < 2e-6


def test_normalisation_that_is_left_out_before_an_activation_is_fitted():
    clean = chain((6, 5, 7), batch_norm("bn1", *VECTORS), unary("act1", "Sigmoid"))
    scene = scene_of(chain((6, 5, 7), unary("act1", "Sigmoid")), recorded(clean, X, without=("bn1",)), "act1")
    ((edit,),) = missing_before(scene)
    assert edit.cause == "bn-missing"
    np.testing.assert_allclose(_vectors(scene, edit)[0], SLOPE, rtol=1e-3)


def _two_branches(*behind: Step) -> Network:
    """Two convolutions, the second with ``behind``, and their sum."""
    builder = NetworkBuilder("tiny")
    x = builder.input("data", ("N", 6, 5, 7))
    left, right = (conv(f"conv{number}", drawn(6, 6, 1, 1, seed=number))(builder, x) for number in (1, 2))
    for step in behind:
        right = step(builder, right)
    layer = builder.layer("sum", "Eltwise")
    layer.top(layer.node("Add", [left, right], shape_tuple(left)), "sum")
    return finished(builder)


def test_normalisation_that_is_left_out_before_one_branch_of_a_sum_is_fitted():
    clean, port = _two_branches(batch_norm("bn1", *VECTORS)), _two_branches()
    finding = finding_of(clean, port, X, without=("bn1",))
    assert (finding.layer, finding.cause) == ("sum", "bn-missing")
    assert finding.detail.startswith("there is no normalisation before input 2 of it: factors from ")


def test_channels_that_show_too_little_of_a_missing_normalisation_are_counted():
    x = X.copy()
    x[:, 2] = 0.5
    clean = _normalised(*VECTORS)
    scene = scene_of(chain((6, 5, 7), unary("bn1", "Identity")), recorded(clean, x), "bn1")
    ((edit,),) = missing_normalisation(scene)
    assert edit.left_open == "1 of 6 channels show too little"
    assert scene.with_edits([edit]).residual < 1e-6


def test_where_nothing_is_scaled_no_normalisation_is_missing():
    clean, port = (chain((6, 5, 7), unary("sum1", "Add", array[:, None, None])) for array in (BETA, MEAN))
    assert list(missing_normalisation(_scene(clean, port, "sum1"))) == []
    assert list(missing_before(_scene(clean, port, "sum1"))) == []


@pytest.mark.parametrize(("pictures", "found"), [(1, 0), (2, 0), (3, 1)])
def test_two_numbers_of_each_channel_do_not_prove_that_a_normalisation_is_missing(pictures: int, found: int):
    right, wrong = (chain((9,), dense("fc", drawn(5, 9, seed=seed))) for seed in (1, 2))
    scene = scene_of(wrong, recorded(right, drawn(pictures, 9, seed=4)), "fc")
    assert len(list(missing_normalisation(scene))) == found


@pytest.mark.parametrize(("pictures", "found"), [(1, 0), (2, 1)])
def test_one_number_of_each_channel_does_not_prove_that_gamma_is_missing(pictures: int, found: int):
    right, wrong = (
        chain((9,), dense("fc", drawn(6, 9)), batch_norm("bn1", gamma, BETA, MEAN, VARIANCE)) for gamma in (GAMMA, ONES)
    )
    scene = scene_of(wrong, recorded(right, drawn(pictures, 9, seed=4)), "bn1")
    assert len(list(fitted_gamma(scene))) == found


def test_another_offset_is_no_missing_gamma_on_one_picture():
    right, wrong = (
        chain((9,), dense("fc", drawn(6, 9)), batch_norm("bn1", ONES, beta, MEAN, VARIANCE))
        for beta in (BETA, BETA + np.float32(1))
    )
    finding = finding_of(right, wrong, drawn(1, 9, seed=4))
    assert (finding.layer, finding.cause) == ("bn1", "bn-parameters")
    assert finding.decides is not None
    assert finding.decides.endswith("6 of 6 channels show too little")
