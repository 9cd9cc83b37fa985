"""What is shown of a layer."""

import numpy as np
import pytest

from explorer.comparison.comparison import LayerComparison
from explorer.ui.layer_view_state import (
    NO_LAYER,
    NO_VALUES,
    LayerView,
    input_text,
    ranges,
    recorded_note,
    resolve,
    shapes_text,
)

ONES = np.ones((1, 4, 3, 2), np.float32)


def row(verdict="match", **how):
    return LayerComparison("conv1", "Convolution", verdict=verdict, **how)


def test_without_a_layer_it_says_what_to_do():
    assert resolve(None).words == NO_LAYER


def test_without_values_it_says_what_to_do_or_the_reason_given():
    assert resolve(LayerView("conv1", "Convolution")).words == NO_VALUES
    assert resolve(LayerView("conv1", "Convolution", notice="Running …")).words == "Running …"


def test_ours_alone():
    shown = resolve(LayerView("conv1", "Convolution", ONES))
    assert (shown.kind, shown.beside, shown.sizes) == ("maps", False, (4, 3, 2))
    assert shown.theirs is None and shown.difference is None


def test_ours_and_theirs_with_their_difference():
    shown = resolve(LayerView("conv1", "Convolution", ONES * 3, ONES, row()))
    assert shown.beside
    assert shown.difference is not None and (shown.difference == 2).all()
    found = ranges(shown, "layer")
    assert found.values.ends() == (1, 3) and found.ramp == "values"
    assert found.difference is not None and found.difference.ends() == (-2, 2)


def test_signed_values_diverge():
    values = ONES.copy()
    values[0, 0] = -1
    assert ranges(resolve(LayerView("x", "t", values)), "layer").ramp == "signed"


def test_a_layer_that_the_reference_does_not_hold_says_so_in_its_place():
    shown = resolve(LayerView("conv1", "Convolution", ONES, None, row("not compared")))
    assert shown.beside
    assert shown.theirs_words == "The reference does not hold this layer."
    assert shown.difference_words == "No difference without both."


def test_unlike_sizes_are_shown_without_a_difference():
    theirs = np.ones((1, 4, 3, 3), np.float32)
    shown = resolve(LayerView("pool1", "Pooling", ONES, theirs, row("shape")))
    assert shown.sizes == (4, 3, 3)
    assert shown.theirs is not None
    assert shown.difference_words == "No difference: the shapes are not the same."


def test_a_vector_is_not_laid_beside_maps():
    shown = resolve(LayerView("fc", "InnerProduct", ONES, np.ones((1, 24), np.float32), row("shape")))
    assert shown.theirs is None
    assert shown.theirs_words == "The reference's 24 cannot be laid beside 4×3×2."


def test_another_picture_of_the_batch():
    values = np.arange(2 * 4 * 3 * 2, dtype=np.float32).reshape(2, 4, 3, 2)
    shown = resolve(LayerView("conv1", "Convolution", values), 1)
    assert shown.pictures == 2
    assert shown.ours is not None and np.array_equal(shown.ours.values, values[1])


def test_a_reference_of_one_picture_stands_beside_each_of_the_batch():
    shown = resolve(LayerView("conv1", "Convolution", np.concatenate([ONES, ONES * 2]), ONES, row()), 1)
    assert shown.difference is not None and (shown.difference == 1).all()


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((1, 0, 4), np.float32), "This layer's value is empty: 1×0×4."),
        (np.array([["cat"]]), "This layer's value holds text, which cannot be drawn."),
    ],
)
def test_what_cannot_be_drawn_is_said(array, words):
    shown = resolve(LayerView("x", "t", array))
    assert (shown.kind, shown.words) == ("nothing", words)


@pytest.mark.parametrize("kind", [np.float16, np.int64, np.bool_, np.uint8])
@pytest.mark.parametrize("shape", [(), (3,), (1, 3), (1, 3, 4), (1, 3, 4, 5), (1, 2, 3, 4, 5)])
def test_every_rank_and_type_has_a_picture(kind, shape):
    shown = resolve(LayerView("x", "t", np.ones(shape, kind), np.zeros(shape, kind)))
    assert shown.kind in ("maps", "vector")
    assert shown.difference is not None and (shown.difference == 1).all()


def test_shapes_side_by_side():
    assert shapes_text(LayerView("x", "t", ONES, ONES)) == ("4×3×2", "4×3×2", True)
    assert shapes_text(LayerView("x", "t", ONES)) == ("4×3×2", None, True)
    unlike = row("shape", shape=(1, 4, 3, 2), reference_shape=(1, 4, 3, 3))
    assert shapes_text(LayerView("x", "t", ONES, None, unlike)) == ("4×3×2", "4×3×3", False)


def test_a_batch_that_differs_is_part_of_both_shapes():
    found = shapes_text(LayerView("x", "t", np.ones((2, 3)), np.ones((1, 3))))
    assert found == ("2×3", "1×3", False)


def test_the_shape_is_known_before_there_are_values():
    assert shapes_text(LayerView("x", "t", shape=(1, 64, 112, 112))) == ("64×112×112", None, True)
    assert shapes_text(LayerView("x", "t")) == ("", None, True)


def test_a_value_after_in_place_layers_says_where_it_was_recorded():
    note = recorded_note(LayerView("conv1", "Convolution", row=row(reference_key="conv1", stretch=("conv1", "relu1"))))
    assert note == "recorded after relu1, in place"


def test_a_layer_compared_with_those_before_it_says_so():
    note = recorded_note(LayerView("pool2", "Pooling", row=row(reference_key="pool2", stretch=("norm2", "pool2"))))
    assert note == "compared together with norm2"


def test_axes_in_another_order_are_told():
    turned = row(reference_key="conv1", reference_shape=(1, 3, 2, 4), axes=(0, 3, 1, 2))
    assert recorded_note(LayerView("conv1", "Convolution", ONES, ONES, turned)) == "recorded as 3×2×4"


def test_which_input_was_used():
    assert input_text("picture") == "input: the picture"
    assert input_text("tensor") == "input: the reference's tensor"
    assert input_text(None) == ""


def test_a_difference_that_is_nothing_to_worry_about_says_so():
    def note(ours, verdict):
        return resolve(LayerView("conv1", "Convolution", ours, ONES, row(verdict))).difference_note

    assert note(ONES, "match") == "none"
    assert note(ONES * np.float32(1 + 1e-6), "match") == "rounding"
    assert note(ONES * 2, "culprit") == ""
