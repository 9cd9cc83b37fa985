import numpy as np

from explorer.comparison.comparison import Comparison, LayerComparison
from explorer.running.activations import Activations
from explorer.running.reference import Reference
from explorer.session.classes import ClassRow, class_count, class_rows, classifying_output
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
