import numpy as np
import pytest

from explorer.comparison.comparison import Comparison, LayerComparison
from explorer.network.builder import NetworkBuilder
from explorer.network.network import Source
from explorer.running.activations import Activations
from explorer.running.reference import Reference
from explorer.session.classes import (
    ClassRow,
    agreement,
    class_count,
    class_rows,
    classifying_output,
    classifying_outputs,
)
from tests.small_network import small_network

OURS = np.array([[0.5, 0.2, 0.1, 0.1, 0.07, 0.03]], np.float32)
THEIRS = np.array([[0.4, 0.1, 0.1, 0.1, 0.1, 0.2]], np.float32)


def _run(values):
    return Activations({"prob": values}, {}, "cpu", 1.0)


def _reference(values):
    return Reference("reference.npz", {"prob": values}, {"prob": values.shape})


def _compared(key="prob", axes=(0, 1)):
    row = LayerComparison("prob", "Softmax", value="prob", reference_key=key, axes=axes)
    return Comparison("model", "reference.npz", (row,))


def test_the_last_vector_among_the_outputs_classifies():
    network = small_network()
    assert classifying_output(network) == "prob"
    assert class_count(network) == 6


def test_our_best_classes_come_first_with_their_labels():
    labels = tuple("abcdef")
    rows = class_rows(small_network(), _run(OURS), labels, count=2)
    assert rows == (ClassRow(0, "a", 0.5, None), ClassRow(1, "b", OURS[0, 1].item(), None))


def test_labels_of_another_length_are_not_used():
    rows = class_rows(small_network(), _run(OURS), ("a", "b"), count=1)
    assert rows == (ClassRow(0, None, 0.5, None),)


def test_the_references_best_classes_follow_those_that_ours_has_not():
    rows = class_rows(small_network(), _run(OURS), (), _compared(), _reference(THEIRS.reshape(1, 6, 1, 1)), 2)
    assert [row.index for row in rows] == [0, 1, 5]
    assert rows[2].ours == OURS[0, 5].item()
    assert rows[2].reference == THEIRS[0, 5].item()


def test_without_our_run_the_reference_stands_alone():
    rows = class_rows(small_network(), None, (), _compared(), _reference(THEIRS), 1)
    assert rows == (ClassRow(0, None, None, THEIRS[0, 0].item()),)


def test_a_reference_with_another_number_of_classes_is_left_out():
    rows = class_rows(small_network(), _run(OURS), (), _compared(), _reference(THEIRS[:, :4]), 1)
    assert rows == (ClassRow(0, None, 0.5, None),)


def test_nothing_is_shown_before_anything_was_run():
    assert class_rows(small_network(), None, ()) == ()


def test_of_a_batch_the_first_picture_counts():
    twice = np.concatenate([OURS, THEIRS])
    rows = class_rows(small_network(), _run(twice), (), _compared(), _reference(twice), 1)
    assert rows == (ClassRow(0, None, 0.5, 0.5),)


def test_what_can_not_be_laid_beside_ours_is_left_out():
    rows = class_rows(small_network(), _run(OURS), (), _compared(axes=None), _reference(THEIRS), 1)
    assert rows == (ClassRow(0, None, 0.5, None),)


def _rows(ours, theirs):
    return tuple(ClassRow(index, None, *pair) for index, pair in enumerate(zip(ours, theirs, strict=True)))


@pytest.mark.parametrize(
    ("ours", "theirs", "words"),
    [
        ((0.5, 0.3, 0.2), (0.6, 0.3, 0.1), "same order"),
        ((0.5, 0.3, 0.2), (0.6, 0.1, 0.3), "same classes, another order"),
        ((0.5, 0.3, 0.2), (0.3, 0.6, 0.1), "another first class"),
        ((0.9, 0.5, 0.4, 0.3, 0.2, 0.1), (0.9, 0.1, 0.2, 0.3, 0.4, 0.5), "same first class"),
        ((float("nan"), 0.3), (0.6, 0.3), "not all are numbers"),
        ((0.5, 0.3), (None, None), ""),
        ((), (), ""),
    ],
)
def test_it_is_said_how_far_the_best_classes_are_the_same(ours, theirs, words):
    assert agreement(_rows(ours, theirs)) == words


def _two_heads():
    builder = NetworkBuilder("heads")
    x = builder.input("data", ("N", 3))
    for name, count in (("aux", 4), ("main", 10_000)):
        layer = builder.layer(name, "InnerProduct")
        weight = layer.weight("weight", np.zeros((count, 3), np.float32))
        bias = layer.weight("bias", np.zeros(count, np.float32))
        layer.top(layer.dense(x, weight, bias, transposed=True), name)
    return builder.build(Source("onnx", (), ()))


def test_each_head_has_its_own_classes_and_the_last_is_the_networks():
    network = _two_heads()
    assert classifying_outputs(network) == ("aux", "main")
    scores = np.arange(10_000, dtype=np.float32)[None]
    run = Activations({"aux": np.eye(1, 4, 2, dtype=np.float32), "main": scores}, {}, "cpu", 1.0)
    assert [row.index for row in class_rows(network, run, ())] == [9999, 9998, 9997, 9996, 9995]
    assert class_rows(network, run, (), output="aux")[0] == ClassRow(2, None, 1.0, None)


def test_a_single_number_for_each_picture_is_a_class():
    builder = NetworkBuilder("one")
    x = builder.input("data", ("N", 3))
    layer = builder.layer("score", "InnerProduct")
    weight, bias = layer.weight("w", np.ones((1, 3), np.float32)), layer.weight("b", np.zeros(1, np.float32))
    layer.top(layer.dense(x, weight, bias, transposed=True), "score")
    network = builder.build(Source("onnx", (), ()))
    run = Activations({"score": np.array([[0.75]], np.float32)}, {}, "cpu", 1.0)
    assert class_rows(network, run, ()) == (ClassRow(0, None, 0.75, None),)


def test_what_is_no_number_comes_last():
    scores = np.array([[np.nan, 0.2, 0.1, np.nan, 0.3, -np.inf]], np.float32)
    rows = class_rows(small_network(), _run(scores), (), count=4)
    assert [row.index for row in rows[:3]] == [4, 1, 2]
