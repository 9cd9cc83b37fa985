"""The arithmetic of each framework, held against windows that are laid out and counted one by one."""

from __future__ import annotations

from itertools import count, takewhile

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from explorer.network.shapes import (
    adaptive_window,
    caffe_pool,
    convolution_size,
    deconvolution_size,
    keras_deconvolution_size,
    rounded_up_pool_size,
    same_padding,
    theano_pool_padding,
    theano_same_padding,
)
from tests import naive_caffe

SIZES, KERNELS, STRIDES, DILATIONS = st.integers(1, 60), st.integers(1, 9), st.integers(1, 6), st.integers(1, 4)


def seen(start: int, kernel: int, dilation: int = 1) -> list[int]:
    """The positions that one window reads."""
    return [start + dilation * tap for tap in range(kernel)]


def fitting(first: int, end: int, kernel: int, stride: int, dilation: int = 1) -> list[int]:
    """Where the windows start that lie wholly from ``first`` on and before ``end``."""
    return list(takewhile(lambda start: seen(start, kernel, dilation)[-1] < end, count(first, stride)))


def written(positions: int, kernel: int, stride: int, dilation: int = 1) -> set[int]:
    """The positions that a transposed convolution writes to, nothing cut off."""
    return {place for start in range(positions) for place in seen(start * stride, kernel, dilation)}


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


@given(SIZES, KERNELS, STRIDES, st.integers(0, 6), st.integers(0, 6), DILATIONS)
def test_a_convolution_has_the_windows_that_fit_into_the_padded_input(
    size: int, kernel: int, stride: int, low: int, high: int, dilation: int
) -> None:
    starts = fitting(-low, size + high, kernel, stride, dilation)
    if starts:
        assert convolution_size(size, kernel, stride, (low, high), dilation) == len(starts)
    else:
        assert convolution_size(size, kernel, stride, (low, high), dilation) <= 0


@given(SIZES, KERNELS, STRIDES, DILATIONS)
def test_tensorflows_valid_has_the_windows_that_lie_in_the_input(
    size: int, kernel: int, stride: int, dilation: int
) -> None:
    inside = [start for start in range(0, size, stride) if max(seen(start, kernel, dilation)) < size]
    assert max(0, convolution_size(size, kernel, stride, (0, 0), dilation)) == len(inside)


@given(SIZES, KERNELS, STRIDES, DILATIONS)
def test_same_is_the_least_padding_that_has_a_window_for_every_stride_shared_out_from_the_end(
    size: int, kernel: int, stride: int, dilation: int
) -> None:
    wanted = len(range(0, size, stride))
    low = high = 0
    while len(fitting(-low, size + high, kernel, stride, dilation)) < wanted:
        low, high = (low, high + 1) if low == high else (low + 1, high)
    assert same_padding(size, kernel, stride, dilation) == (low, high)
    assert same_padding(size, kernel, stride, dilation, upper=False) == (high, low)
    assert convolution_size(size, kernel, stride, (low, high), dilation) == wanted


def test_sames_odd_position_lies_at_the_end_but_in_same_lower() -> None:
    # ResNet's and MobileNet's first convolution: 224 positions, kernel 3, stride 2.
    assert same_padding(224, 3, 2) == (0, 1)
    assert same_padding(224, 3, 2, upper=False) == (1, 0)
    assert same_padding(5, 2, 1) == (0, 1)


@given(SIZES, KERNELS, STRIDES, st.integers(0, 8), st.integers(0, 8), DILATIONS)
def test_a_pooling_that_rounds_up_adds_a_window_for_what_is_left_if_it_starts_before_the_end(
    size: int, kernel: int, stride: int, low: int, high: int, dilation: int
) -> None:
    # Onnxruntime and PyTorch refuse a padding as wide as the kernel.
    low, high = min(low, kernel - 1), min(high, kernel - 1)
    end = size + high
    if not fitting(-low, end, kernel, stride, dilation):
        return
    starts = [-low]
    while seen(starts[-1], kernel, dilation)[-1] < end - 1 and starts[-1] + stride < size:
        starts.append(starts[-1] + stride)
    assert rounded_up_pool_size(size, kernel, stride, (low, high), dilation) == len(starts)


@given(SIZES, KERNELS, STRIDES, st.integers(0, 4))
def test_caffe_and_pytorch_round_up_alike_but_for_a_window_behind_the_input(
    size: int, kernel: int, stride: int, pad: int
) -> None:
    if pad >= kernel or kernel > size + 2 * pad:
        return
    assert caffe_pool(size, kernel, stride, pad).full_windows == rounded_up_pool_size(size, kernel, stride, (pad, pad))


@given(SIZES, KERNELS, STRIDES, st.integers(0, 3), st.integers(0, 3), DILATIONS)
def test_a_transposed_convolution_reaches_as_far_as_its_last_kernel_less_what_is_cut_off(
    size: int, kernel: int, stride: int, low: int, high: int, dilation: int
) -> None:
    reached = max(written(size, kernel, stride, dilation)) + 1
    assert deconvolution_size(size, kernel, stride, (low, high), dilation) == reached - low - high


@given(SIZES, KERNELS, STRIDES, DILATIONS, st.booleans())
def test_keras_transposed_convolution_is_as_large_as_what_its_convolution_would_come_from(
    size: int, kernel: int, stride: int, dilation: int, same: bool
) -> None:
    large = keras_deconvolution_size(size, kernel, stride, dilation, same=same)
    low, high = same_padding(large, kernel, stride, dilation) if same else (0, 0)
    assert len(fitting(-low, large + high, kernel, stride, dilation)) == size
    if same:
        assert large == len(range(size)) * stride
    else:
        # Every position has its stride, and every kernel its room.
        ends = {start * stride + taken for start in range(size) for taken in range(stride)}
        assert large == max(written(size, kernel, stride, dilation) | ends) + 1


@given(SIZES, KERNELS, STRIDES, DILATIONS, st.integers(0, 5))
def test_keras_output_padding_is_added_behind_what_the_kernels_reach_less_half_a_kernel_on_both_sides(
    size: int, kernel: int, stride: int, dilation: int, added: int
) -> None:
    reached = max(written(size, kernel, stride, dilation)) + 1
    middle = len(seen(0, kernel, dilation)[1:]) * dilation + 1
    cut = {True: 2 * (middle // 2), False: 0}
    for same in (True, False):
        large = keras_deconvolution_size(size, kernel, stride, dilation, same=same, added=added)
        assert large == reached - cut[same] + added


@given(SIZES, KERNELS, STRIDES, DILATIONS)
def test_theanos_half_padding_is_cropped_for_even_kernels_alone(
    size: int, kernel: int, stride: int, dilation: int
) -> None:
    pad = (max(seen(0, kernel, dilation)) + 1) // 2
    half = fitting(-pad, size + pad, kernel, stride, dilation)
    for cropped in (True, False):
        low, high = theano_same_padding(size, kernel, stride, dilation, cropped=cropped)
        expected = half[: len(range(0, size, stride))] if cropped and kernel % 2 == 0 else half
        assert fitting(-low, size + high, kernel, stride, dilation) == expected


@given(SIZES, KERNELS, STRIDES)
def test_keras_crops_theanos_poolings_which_it_pads_alike_on_both_sides(size: int, pool: int, stride: int) -> None:
    pad = {1: 0, 2: 1, 3: 1, 4: 3, 5: 3, 6: 5, 7: 5, 8: 7, 9: 7}[pool]
    expected = fitting(-pad, size + pad, pool, stride)[: len(range(0, size, stride))]
    low, high = theano_pool_padding(size, pool, stride)
    assert fitting(-low, size + high, pool, stride) == expected
    assert convolution_size(size, pool, stride, (low, high)) == len(expected)


@given(st.integers(1, 60), st.integers(1, 60))
def test_adaptive_windows_hold_every_position_whose_share_they_touch(size: int, windows: int) -> None:
    # Position p is the stretch from p·windows to (p+1)·windows, window i that from i·size to (i+1)·size.
    for index in range(windows):
        touched = [p for p in range(size) if p * windows < (index + 1) * size and (p + 1) * windows > index * size]
        start, stop = adaptive_window(index, windows, size)
        assert list(range(start, stop)) == touched
