"""The arithmetic of each framework, held against its own loops."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from explorer.network.shapes import (
    caffe_pool,
    convolution_size,
    deconvolution_size,
    extent,
    same_padding,
    theano_pool_padding,
    theano_same_padding,
)
from tests import naive_caffe


@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 5), st.integers(0, 8))
def test_caffe_pooling_gives_as_many_windows_as_its_own_loops(size: int, kernel: int, stride: int, pad: int) -> None:
    if pad >= kernel or kernel > size + 2 * pad:
        return
    x = np.ones((1, 1, size, size))
    expected = naive_caffe.pool(x, "MAX", (kernel, kernel), (stride, stride), (pad, pad))
    pool = caffe_pool(size, kernel, stride, pad)
    assert pool.windows == expected.shape[2]
    empty = expected[0, 0, -1, 0] < 0
    assert (pool.empty_gap is not None) == empty
    assert pool.full_windows == pool.windows - empty


def test_googlenets_first_pooling_rounds_112_up_to_56() -> None:
    assert caffe_pool(112, 3, 2, 0).windows == 56
    assert caffe_pool(112, 3, 2, 0, ceil=False).windows == 55


def test_last_window_starting_in_the_padding_is_clipped() -> None:
    # 4 + 2·1 positions, windows at −1, 1, 3 and 5: the last would begin behind input and left padding.
    assert caffe_pool(4, 2, 2, 1).windows == 3


def test_a_stride_over_the_end_leaves_an_empty_window_without_padding() -> None:
    pool = caffe_pool(5, 1, 3, 0)
    assert (pool.windows, pool.empty_gap) == (3, 1)


@given(
    st.integers(1, 40),
    st.integers(1, 7),
    st.integers(1, 4),
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(1, 3),
)
def test_convolution_counts_the_kernels_that_fit(
    size: int, kernel: int, stride: int, low: int, high: int, dilation: int
) -> None:
    span = extent(kernel, dilation)
    starts = [start for start in range(-low, size + high, stride) if start + span <= size + high]
    if starts:
        assert convolution_size(size, kernel, stride, (low, high), dilation) == len(starts)


@given(st.integers(1, 20), st.integers(1, 7), st.integers(1, 4), st.integers(0, 3))
def test_deconvolution_undoes_a_convolutions_size(size: int, kernel: int, stride: int, pad: int) -> None:
    large = deconvolution_size(size, kernel, stride, (pad, pad))
    if large > 0:
        assert convolution_size(large, kernel, stride, (pad, pad)) == size


@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 4), st.integers(1, 3))
def test_same_padding_makes_as_many_windows_as_strides_begin_in_the_input(
    size: int, kernel: int, stride: int, dilation: int
) -> None:
    low, high = same_padding(size, kernel, stride, dilation)
    count = len(range(0, size, stride))
    assert convolution_size(size, kernel, stride, (low, high), dilation) == count
    # TensorFlow's rule: what is missing is shared out, and an odd one goes to the end.
    assert 0 <= high - low <= 1
    if low + high:
        assert (count - 1) * stride + extent(kernel, dilation) == size + low + high


@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 4), st.integers(1, 3))
def test_theanos_half_padding_is_cropped_for_even_kernels_alone(
    size: int, kernel: int, stride: int, dilation: int
) -> None:
    span = extent(kernel, dilation)
    half = [start for start in range(-(span // 2), size + span // 2, stride) if start + span <= size + span // 2]
    for cropped in (True, False):
        low, high = theano_same_padding(size, kernel, stride, dilation, cropped=cropped)
        expected = half[: -(-size // stride)] if cropped and kernel % 2 == 0 else half
        assert (low, convolution_size(size, kernel, stride, (low, high), dilation)) == (-half[0], len(expected))


@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 4))
def test_keras_pads_theanos_poolings_by_a_rule_of_its_own(size: int, pool: int, stride: int) -> None:
    low, high = theano_pool_padding(size, pool, stride)
    assert low == {1: 0, 2: 1, 3: 1, 4: 3, 5: 3, 6: 5, 7: 5}[pool]
    assert convolution_size(size, pool, stride, (low, high)) == len(range(0, size, stride))
