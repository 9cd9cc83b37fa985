"""Why a port differs, from the comparison to the corrected network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from explorer.diagnosis.diagnose import diagnose, given_picture, validated
from explorer.diagnosis.scene import Suspect
from explorer.diagnosis.search import Explanation, explain
from explorer.diagnosis.unexplained import NOT_FINITE
from explorer.errors import PortsideError
from explorer.network.builder import NetworkBuilder
from explorer.network.network import Network
from explorer.network.preprocessing import Preprocessing
from explorer.running.activations import Array
from explorer.running.cancellation import Cancelled
from explorer.running.reference import Reference
from explorer.running.runner import Runner
from tests.diagnosis.ports import (
    as_reference,
    chain,
    conv,
    diagnosed,
    drawn,
    finding_of,
    finished,
    lrn,
    named,
    only_finding,
    pool,
    recorded,
    scene_of,
    unary,
)

X = drawn(1, 3, 9, 8, seed=7)
W, V, B = drawn(4, 3, 3, 3), drawn(4, 4, 3, 3, seed=3), drawn(4, seed=2)
CAFFE = Preprocessing(order="BGR", mean=(104.0, 117.0, 123.0))


def _network(
    first: Array = W, bias: Array = B, alpha: float = 0.5, second: Array = V, preprocessing: Preprocessing | None = None
) -> Network:
    return chain(
        (3, 9, 8),
        conv("conv1", first, bias, pads=1, top="conv1"),
        unary("relu1", "Relu", top="conv1"),
        lrn("norm1", size=3, alpha=alpha),
        pool("pool1", "MaxPool", 2, 2),
        conv("conv2", second, pads=1),
        preprocessing=preprocessing,
    )


CLEAN = _network()
ROTATED = W[:, :, ::-1, ::-1].copy()


def _changed(reference: Reference, **arrays: Array) -> Reference:
    return as_reference({**reference.arrays, **arrays})


def test_a_clean_port_has_no_findings_and_nothing_to_repair():
    diagnosis = diagnosed(CLEAN, recorded(CLEAN, X))
    assert diagnosis.agrees
    assert (diagnosis.findings, diagnosis.unexplained) == ((), {})
    assert diagnosis.repaired is None
    assert diagnosis.after is None


def test_one_mistake_is_told_with_its_layer_its_proof_and_the_network_without_it():
    reference = recorded(CLEAN, X)
    diagnosis = diagnosed(_network(alpha=1.5), reference)
    finding = only_finding(diagnosis)
    assert not diagnosis.agrees
    assert (finding.layer, finding.cause, finding.value, finding.key) == ("norm1", "lrn-alpha", "norm1", "norm1")
    before = diagnosis.comparison.layer["norm1"].isolated
    assert before is not None
    assert finding.residual_before == pytest.approx(before.relative_l2)
    np.testing.assert_array_equal(finding.evidence.reference, reference.arrays["norm1"])
    np.testing.assert_allclose(finding.evidence.after, reference.arrays["norm1"], rtol=1e-5)
    assert diagnosis.repaired is not None
    again = diagnosed(diagnosis.repaired, reference)
    assert again.agrees


def test_a_layer_that_only_inherits_is_no_finding():
    diagnosis = diagnosed(_network(alpha=1.5), recorded(CLEAN, X))
    assert diagnosis.comparison.layer["conv2"].verdict == "inherited"
    assert named(diagnosis) == [("norm1", "lrn-alpha")]


def test_mistakes_of_several_layers_stand_in_the_order_of_the_data():
    port = _network(ROTATED, alpha=1.5, second=V[:, :, ::-1, ::-1].copy())
    diagnosis = diagnosed(port, recorded(CLEAN, X))
    assert named(diagnosis) == [("conv1", "kernel-rotated"), ("norm1", "lrn-alpha"), ("conv2", "kernel-rotated")]
    assert diagnosis.after is not None
    assert diagnosis.after.agrees


def test_of_two_mistakes_in_one_layer_each_says_what_is_left_without_it():
    clean, port = (chain((3, 9, 8), lrn("norm1", size=3, alpha=a, bias=k)) for a, k in ((0.9, 2.0), (0.3, 1.0)))
    diagnosis = diagnosed(port, recorded(clean, X))
    assert sorted(finding.cause for finding in diagnosis.findings) == ["lrn-alpha", "lrn-bias"]
    whole = diagnosis.comparison.layer["norm1"].isolated
    assert whole is not None
    for finding in diagnosis.findings:
        assert 0.01 < finding.residual_before <= whole.relative_l2
        assert finding.residual_after < 1e-6


def test_gaps_of_the_reference_are_bridged_and_the_mistake_is_still_named():
    reference = recorded(CLEAN, X, only=("data", "pool1", "conv2"))
    finding = only_finding(diagnosed(_network(alpha=1.5), reference))
    assert (finding.layer, finding.cause, finding.key) == ("norm1", "lrn-alpha", "pool1")


def test_a_reference_with_one_layer_and_no_input_can_not_tell():
    reference = recorded(CLEAN, X, only=("conv2",))
    diagnosis = diagnosed(_network(alpha=1.5), reference)
    assert (diagnosis.findings, diagnosis.unexplained) == ((), {})
    assert not diagnosis.agrees
    assert {row.verdict for row in diagnosis.comparison.layers} == {"not compared"}


def test_what_is_not_explained_is_listed_with_a_reason_beside_what_is():
    odd = chain((3, 9, 8), unary("odd1", "Sin"), lrn("norm1", size=3, alpha=0.5))
    port = chain((3, 9, 8), unary("odd1", "Abs"), lrn("norm1", size=3, alpha=1.5))
    diagnosis = diagnosed(port, recorded(odd, X))
    assert named(diagnosis) == [("norm1", "lrn-alpha")]
    assert list(diagnosis.unexplained) == ["odd1"]
    assert diagnosis.unexplained["odd1"].startswith("no single known mistake")
    assert diagnosis.after is not None
    assert diagnosis.after.layer["norm1"].verdict == "inherited"
    assert not diagnosis.after.agrees


def test_nan_in_the_reference_is_told_and_hides_nothing_else():
    reference = recorded(CLEAN, X)
    broken = reference.arrays["norm1"].copy()
    broken[0, 0, 0, 0] = np.nan
    diagnosis = diagnosed(_network(second=V[:, :, ::-1, ::-1].copy()), _changed(reference, norm1=broken))
    assert diagnosis.unexplained == {"norm1": NOT_FINITE}
    assert named(diagnosis) == [("conv2", "kernel-rotated")]


@pytest.mark.parametrize("number", [0.0, 0.5])
def test_a_reference_of_one_number_everywhere_names_no_cause(number: float):
    port = chain((3, 9, 8), conv("conv1", W, B, pads=1), lrn("norm1", size=3, alpha=0.5))
    reference = recorded(port, X)
    constant = np.full_like(reference.arrays["norm1"], number)
    diagnosis = diagnosed(port, _changed(reference, norm1=constant))
    assert diagnosis.findings == ()
    assert diagnosis.unexplained == {
        "norm1": "the reference is the same number everywhere here, from which no cause can be told"
    }
    assert diagnosis.repaired is None


KERNEL = drawn(1, 1, 3, 3)
TURNED = KERNEL[:, :, ::-1, ::-1].copy()


def _forked(right: Array) -> Network:
    """Two outputs behind one layer."""
    builder = NetworkBuilder("forked")
    shared = conv("shared", KERNEL)(builder, builder.input("data", ("N", 1, 12, 11)))
    for name, weight in (("left", drawn(2, 1, 3, 3, seed=5)), ("right", right)):
        builder.give(conv(name, weight)(builder, shared))
    return finished(builder)


def test_what_would_break_a_right_output_that_shares_an_unrecorded_layer_is_not_taken():
    # Both layers turned would give what one of them turned gives: either of them explains the output on the right.
    x = drawn(1, 1, 12, 11, seed=7)
    reference = recorded(_forked(TURNED), x, without={"shared"})
    alone = explain(scene_of(_forked(KERNEL), reference, "right").suspect)
    assert alone is not None
    assert [(edit.layer, edit.cause) for edit in alone.edits] == [("shared", "kernel-rotated")]
    finding = finding_of(_forked(TURNED), _forked(KERNEL), x, without={"shared"})
    assert (finding.layer, finding.cause) == ("right", "kernel-rotated")
    assert finding.detail == "every 3×3 kernel turned by 180°"
    assert finding.indistinguishable == ()


def _spread(shared: Array) -> Network:
    """Two convolutions of the same unrecorded one."""
    builder = NetworkBuilder("spread")
    before = conv("shared", shared)(builder, builder.input("data", ("N", 3, 9, 8)))
    for name, seed in (("left", 5), ("right", 6)):
        builder.give(conv(name, drawn(2, 4, 3, 3, seed=seed))(builder, before))
    return finished(builder)


def test_an_unrecorded_layer_that_two_recorded_ones_read_is_put_right_once():
    finding = finding_of(_spread(W), _spread(ROTATED), X, without={"shared"})
    assert (finding.layer, finding.cause) == ("shared", "kernel-rotated")


def test_what_was_not_explained_is_judged_again_once_a_layer_of_it_is_put_right(monkeypatch: pytest.MonkeyPatch):
    judged: list[str] = []

    def first_fails(suspect: Suspect) -> Explanation | None:
        judged.append(suspect.stretch.value)
        return explain(suspect) if len(judged) > 1 else None

    monkeypatch.setattr("explorer.diagnosis.diagnose.explain", first_fails)
    finding = finding_of(_spread(W), _spread(ROTATED), X, without={"shared"})
    assert (finding.layer, finding.cause) == ("shared", "kernel-rotated")
    assert judged == ["left", "right"]


def test_nan_in_the_references_input_is_told_of_the_input():
    reference = recorded(CLEAN, X)
    broken = X.copy()
    broken[0, 0, 0, 0] = np.inf
    diagnosis = diagnosed(_network(alpha=1.5), _changed(reference, data=broken))
    assert diagnosis.unexplained == {"data": NOT_FINITE}
    assert named(diagnosis) == [("norm1", "lrn-alpha")]


@pytest.mark.parametrize(
    "change",
    [
        lambda array: np.concatenate([array, array * np.float32(0.5)]) if array.ndim else array,
        lambda array: array.transpose(0, 2, 3, 1),
        lambda array: array.astype(np.float64),
    ],
)
def test_other_batches_layouts_and_precisions_make_no_difference(change: Any):
    x = change(X) if change(X).shape[1:] == X.shape[1:] else X
    whole = recorded(CLEAN, x)
    arrays = whole.arrays if x.shape != X.shape else {name: change(array) for name, array in whole.arrays.items()}
    finding = only_finding(diagnosed(_network(alpha=1.5), as_reference(dict(arrays))))
    assert (finding.layer, finding.cause) == ("norm1", "lrn-alpha")


def test_a_reference_in_half_precision_is_explained_down_to_its_floor():
    halves = {name: array.astype(np.float16) for name, array in recorded(CLEAN, X).arrays.items()}
    finding = only_finding(diagnosed(_network(ROTATED), as_reference(halves)))
    assert (finding.layer, finding.cause) == ("conv1", "kernel-rotated")
    assert 1e-5 < finding.noise_floor < 1e-3


def test_a_reference_of_none_of_the_layers_is_an_error():
    with pytest.raises(PortsideError, match="holds none of this network's layers"):
        diagnosed(CLEAN, as_reference({"elsewhere": X}))


def test_a_diagnosis_tells_how_far_it_is_and_stops_when_it_is_cancelled():
    told: list[tuple[int, int]] = []
    port, reference = _network(ROTATED, alpha=1.5), recorded(CLEAN, X)
    diagnosed(port, reference, progress=lambda done, known: told.append((done, known)))
    assert told[:2] == [(1, 2), (2, 2)]
    with pytest.raises(Cancelled):
        diagnosed(port, reference, cancelled=lambda: True)


def _pixels() -> Any:
    return np.random.default_rng(5).integers(0, 256, (20, 18, 3), np.uint8)


def test_the_picture_is_a_layer_like_any_other():
    wrong = replace(CAFFE, order="RGB")
    fed = recorded(_network(), CAFFE.apply(_pixels(), (9, 8)))
    diagnosis = diagnosed(_network(alpha=1.5, preprocessing=wrong), fed, picture=_pixels())
    assert named(diagnosis) == [("data", "input-channel-order"), ("norm1", "lrn-alpha")]
    finding = diagnosis.findings[0]
    np.testing.assert_array_equal(finding.evidence.before, wrong.apply(_pixels(), (9, 8)))
    np.testing.assert_array_equal(finding.evidence.reference, fed.arrays["data"])
    assert diagnosis.repaired is not None
    assert diagnosis.repaired.preprocessing == CAFFE
    assert diagnosis.after is not None
    assert diagnosis.after.agrees


def test_a_preprocessing_that_is_given_is_what_is_judged():
    fed = recorded(_network(), CAFFE.apply(_pixels(), (9, 8)))
    right = diagnosed(_network(), fed, picture=_pixels(), preprocessing=CAFFE)
    assert right.agrees
    wrong = diagnosed(_network(), fed, picture=_pixels(), preprocessing=replace(CAFFE, mean=(0.0,)))
    assert named(wrong) == [("data", "input-mean")]


def test_an_input_that_comes_from_no_picture_is_not_named():
    diagnosis = diagnosed(_network(), recorded(_network(), X), picture=_pixels(), preprocessing=CAFFE)
    assert diagnosis.findings == ()
    assert diagnosis.unexplained == {
        "data": "no way of preparing the picture that is known leads to the reference's input"
    }


def test_without_a_picture_no_input_is_judged():
    assert given_picture(CLEAN, None, CAFFE) is None
    assert diagnosed(_network(preprocessing=CAFFE), recorded(CLEAN, X)).agrees


def test_a_picture_is_laid_out_as_the_network_wants_it():
    given = given_picture(_network(), _pixels(), replace(CAFFE, layout="NHWC"))
    assert given is not None
    assert (given.preprocessing.layout, given.size) == ("NCHW", (9, 8))
    assert given.tensor().shape == (1, 3, 9, 8)


def test_a_network_that_takes_no_pictures_refuses_one():
    vectors = chain((5,), unary("relu1", "Relu"))
    with pytest.raises(PortsideError, match="no input that takes pictures"):
        given_picture(vectors, _pixels(), None)


def test_a_rule_holds_on_a_second_reference_and_a_wrong_network_does_not():
    runner = Runner(_network(alpha=1.5), "cpu", 1)
    second = recorded(CLEAN, drawn(1, 3, 9, 8, seed=11))
    diagnosis = diagnose(runner, recorded(CLEAN, X))
    assert diagnosis.repaired is not None
    assert validated(diagnosis.repaired, second, runner).agrees
    assert not validated(runner.network, second, runner).agrees
