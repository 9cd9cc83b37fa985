from dataclasses import replace

import pytest

from explorer.network.chain import CUSTOM, FIELDS, is_same, moved, named, with_step, without
from explorer.network.preprocessing import Preprocessing, find_preprocessing
from explorer.network.preprocessing_fields import USUAL

CAFFE = find_preprocessing("caffe")
EVERYTHING = replace(find_preprocessing("torchvision"), transposed=True, central_fraction=0.5, order="BGR")


@pytest.mark.parametrize("step", USUAL)
def test_a_step_that_is_left_out_does_nothing_and_comes_back_with_its_numbers(step):
    left = without(EVERYTHING, step)
    assert not left.does(step)
    back = with_step(left, step, EVERYTHING)
    assert back.does(step)
    assert [getattr(back, name) for name in FIELDS[step]] == [getattr(EVERYTHING, name) for name in FIELDS[step]]


@pytest.mark.parametrize("step", USUAL)
def test_a_new_step_gets_numbers_that_do_something(step):
    assert with_step(without(EVERYTHING, step), step).does(step)


def test_a_new_mean_is_half_of_white_as_it_is_scaled():
    assert with_step(Preprocessing(), "mean").mean == (127.5,)
    assert with_step(Preprocessing(scale=1 / 255), "mean").mean == (0.5,)


def test_a_step_is_moved_past_its_neighbour_among_those_that_are_done():
    assert CAFFE.done == ("resize", "crop", "channels", "mean")
    earlier = moved(CAFFE, "mean", -1)
    assert earlier.done == ("resize", "crop", "mean", "channels")
    assert moved(earlier, "mean", 1).done == CAFFE.done
    assert moved(CAFFE, "mean", -3).done == ("mean", "resize", "crop", "channels")
    assert moved(CAFFE, "mean", 1) is CAFFE
    assert moved(CAFFE, "resize", -1) is CAFFE
    assert moved(CAFFE, "turn", 1) is CAFFE


def test_what_does_the_same_has_the_same_name():
    own = replace(CAFFE, name="mine", mean=(1.0, 2.0, 3.0))
    assert named(replace(CAFFE, name="x", layout="NHWC"), own).name == "caffe"
    assert named(replace(own, name="x"), own).name == "mine"
    assert named(replace(CAFFE, shorter_side=300), own).name == CUSTOM
    assert named(replace(CAFFE, mean=(1.0,)), None).name == CUSTOM


def test_what_is_not_done_makes_no_difference():
    raw = find_preprocessing("raw")
    assert is_same(raw, replace(raw, shorter_side=9, crop="top-left", sequence=USUAL[::-1]))
    assert is_same(replace(raw, mean=(5.0,)), replace(raw, mean=(5.0, 5.0, 5.0)))
    assert is_same(raw, replace(raw, coordinates="asymmetric"))
    assert not is_same(replace(raw, antialias=False), replace(raw, antialias=False, coordinates="asymmetric"))
    assert not is_same(CAFFE, replace(CAFFE, crop="top-left"))
    assert not is_same(CAFFE, moved(CAFFE, "mean", -1))
