from dataclasses import replace

import numpy as np
import pytest

from explorer.network.preprocessing import Preprocessing, find_preprocessing
from explorer.running.activations import Activations
from explorer.session.input_pairs import InputPairs
from explorer.session.inputs import ROUNDING, input_errors, pair_inputs
from explorer.session.jobs import Jobs
from explorer.session.session import Session
from tests.small_network import picture_pixels, small_network


def _run(tensor):
    return Activations({}, {"data": np.asarray(tensor, np.float32)}, "cpu", 1.0)


def test_the_same_tensor_has_no_error():
    errors = input_errors(_run([[1, 2]]), _run([[1, 2]]))
    assert errors is not None
    assert errors.relative_l2 <= ROUNDING


def test_another_tensor_has_its_relative_error():
    errors = input_errors(_run([[3, 0]]), _run([[0, 4]]))
    assert errors is not None
    assert errors.relative_l2 == 5 / 4


def test_there_is_nothing_to_say_without_both_or_with_other_shapes():
    assert input_errors(None, _run([[1]])) is None
    assert input_errors(_run([[1]]), None) is None
    assert input_errors(_run([[1, 2]]), _run([[1]])) is None


CAFFE = find_preprocessing("caffe")
PIXELS = picture_pixels(12)


def _tensor(recipe, side=8):
    return Activations({}, {"data": recipe.apply(PIXELS, (side, side))}, "cpu", 1.0)


def _pair(ours, theirs, recipe=CAFFE):
    return pair_inputs(ours, theirs, recipe, lambda *_: None, lambda: False)


def test_the_same_input_is_the_same_to_the_last_bit():
    pair = _pair(_tensor(CAFFE), _tensor(CAFFE))
    assert pair.is_same
    assert pair.seen.most == pair.raw.most == 0
    np.testing.assert_array_equal(pair.seen.ours, CAFFE.resized(PIXELS, (8, 8)))
    np.testing.assert_array_equal(pair.seen.theirs, pair.seen.ours)
    assert not pair.seen.difference.any()


def test_another_order_of_channels_is_seen_as_other_colours():
    rgb = replace(CAFFE, order="RGB", mean=(123.0, 117.0, 104.0))
    pair = _pair(_tensor(CAFFE), _tensor(rgb))
    seen = CAFFE.resized(PIXELS, (8, 8)).astype(int)
    ours = pair.seen.ours.astype(int)
    np.testing.assert_array_equal(ours, seen)
    moved = seen[..., ::-1] + (19, 0, -19)
    np.testing.assert_array_equal(pair.seen.theirs, np.clip(moved, 0, 255))
    assert not pair.is_same
    assert pair.errors.max_abs == pair.raw.most == np.abs(moved - seen).max()
    assert pair.raw.difference.max() == 255


def test_raw_values_share_one_range():
    pair = _pair(_tensor(CAFFE), _tensor(replace(CAFFE, mean=(0.0,))))
    values = np.concatenate([_tensor(CAFFE).inputs["data"], _tensor(replace(CAFFE, mean=(0.0,))).inputs["data"]])
    assert (pair.raw.low, pair.raw.high) == (values.min(), values.max())
    assert pair.raw.ours.min() == 0
    assert pair.raw.theirs.max() == 255
    assert pair.raw.theirs.min() > 0


def test_inputs_of_other_shapes_have_no_difference():
    pair = _pair(_tensor(CAFFE), _tensor(CAFFE, 9))
    assert pair.shapes == ((3, 8, 8), (3, 9, 9))
    assert pair.errors is None
    assert pair.seen.difference is None
    assert pair.seen.ours.shape == (8, 8, 3)


def test_the_references_input_is_shown_alone_without_a_picture():
    pair = _pair(None, _tensor(CAFFE))
    assert pair.shapes == (None, (3, 8, 8))
    assert pair.seen.ours is None
    assert pair.seen.theirs.shape == (8, 8, 3)


def test_numbers_that_are_none_are_shown_all_the_same():
    theirs = _tensor(CAFFE)
    theirs.inputs["data"][0, 0, 0, 0] = np.nan
    theirs.inputs["data"][0, 1, 0, 0] = np.inf
    pair = _pair(_tensor(CAFFE), theirs)
    assert pair.errors.max_abs == np.inf
    assert np.isfinite((pair.raw.low, pair.raw.high, pair.raw.most)).all()
    assert tuple(pair.seen.difference[0, 0]) == (255, 255, 255)


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("order", ["RGB", "GRAY"])
def test_every_layout_and_grey_are_shown_in_no_more_than_is_seen(layout, order):
    recipe = Preprocessing(order=order, layout=layout)
    run = _tensor(recipe, 600)
    pair = _pair(run, run, recipe)
    assert pair.seen.theirs.shape == pair.raw.ours.shape == (200, 200, 3)


def test_an_input_that_is_no_picture_is_not_shown():
    assert _pair(None, _run([[1, 2]])) is None
    assert _pair(None, _tensor(CAFFE), None) is None
    assert _pair(None, _tensor(CAFFE), replace(CAFFE, order="GRAY")) is None


def test_the_pair_follows_the_runs(qapp):
    session, jobs = Session(), Jobs(serial=True)
    pairs = InputPairs(session, jobs)
    session.put(network=small_network(), preprocessing=CAFFE)
    session.put(picture_run=_tensor(CAFFE))
    assert not session.input_pair
    session.put(reference_run=_tensor(CAFFE))
    first = session.input_pair
    assert first is not None
    assert first.is_same
    session.put(picture_run=None)
    second = session.input_pair
    assert second is not None
    assert second.shapes[0] is None
    session.put(reference_run=None)
    assert session.input_pair is None
    assert pairs.parent() is None
