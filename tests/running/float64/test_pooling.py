import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import PortsideError
from tests.running.float64.judge import assert_agrees, in_double, in_single, random


@st.composite
def pooling(draw: st.DrawFn) -> tuple[list[int], dict[str, Any]]:
    """A size and the attributes of a pooling that onnxruntime accepts: pads smaller than the kernel.

    An axis no shorter than the dilation has no window that steps over all of it.
    """
    rank = draw(st.integers(1, 3))
    kernel = [draw(st.integers(1, 4)) for _ in range(rank)]
    dilations = [draw(st.integers(1, 2)) for _ in range(rank)]
    pads = [draw(st.integers(0, kernel[axis % rank] - 1)) for axis in range(2 * rank)]
    size = [
        draw(
            st.integers(
                max(dilations[axis], dilations[axis] * (kernel[axis] - 1) + 1 - pads[axis] - pads[axis + rank]), 9
            )
        )
        for axis in range(rank)
    ]
    attributes = {
        "kernel_shape": kernel,
        "strides": [draw(st.integers(1, 4)) for _ in range(rank)],
        "dilations": dilations,
        "pads": pads,
        "ceil_mode": draw(st.integers(0, 1)),
    }
    return size, attributes


def naive(
    x: np.ndarray[Any, Any], attributes: dict[str, Any], *, include: bool
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Maximum and mean over every window, by the definition, element by element."""
    kernel, strides, dilations = (attributes[name] for name in ("kernel_shape", "strides", "dilations"))
    rank, pads = len(kernel), attributes["pads"]
    positions = []
    for axis, size in enumerate(x.shape[2:]):
        before, after = pads[axis], pads[axis + rank]
        starts = range(-before, size + before + after, strides[axis])
        span = dilations[axis] * (kernel[axis] - 1) + 1
        whole = [start for start in starts if start + span <= size + after]
        if attributes["ceil_mode"] and whole[-1] + span < size + after:
            whole += [start for start in starts if start > whole[-1] and start < size][:1]
        positions.append(whole)
    largest = np.full((*x.shape[:2], *map(len, positions)), -np.inf)
    mean = np.zeros_like(largest)
    for place in np.ndindex(*largest.shape[2:]):
        total, count = np.zeros(x.shape[:2]), 0
        for tap in itertools.product(*map(range, kernel)):
            where = [positions[a][place[a]] + tap[a] * dilations[a] for a in range(rank)]
            if all(0 <= w < s for w, s in zip(where, x.shape[2:], strict=True)):
                element = x[(slice(None), slice(None), *where)]
                largest[(..., *place)] = np.maximum(largest[(..., *place)], element)
                total, count = total + element, count + 1
            elif include and all(w < x.shape[2 + a] + pads[a + rank] for a, w in enumerate(where)):
                count += 1
        mean[(..., *place)] = total / count
    return largest, mean


@settings(max_examples=80)
@given(pooling(), st.integers(0, 2**16))
def test_maximum_agrees_with_onnxruntime(case: tuple[list[int], dict[str, Any]], seed: int) -> None:
    size, attributes = case
    assert_agrees("MaxPool", [random(2, 3, *size, seed=seed)], attributes, within=0)


@settings(max_examples=40)
@given(pooling(), st.integers(0, 1))
def test_index_of_the_maximum_agrees_with_onnxruntime(
    case: tuple[list[int], dict[str, Any]], storage_order: int
) -> None:
    size, attributes = case
    attributes = attributes | {"storage_order": storage_order}
    assert_agrees("MaxPool", [random(2, 3, *size)], attributes, outputs=2, within=0)


@settings(max_examples=80)
@given(pooling(), st.integers(0, 1), st.integers(0, 2**16))
def test_average_agrees_with_onnxruntime(case: tuple[list[int], dict[str, Any]], include: int, seed: int) -> None:
    size, attributes = case
    x = random(2, 3, *size, seed=seed)
    assert_agrees("AveragePool", [x], attributes | {"count_include_pad": include})


@settings(max_examples=60)
@given(pooling(), st.booleans())
def test_maximum_and_average_follow_the_definition(case: tuple[list[int], dict[str, Any]], include: bool) -> None:
    size, attributes = case
    x = random(1, 2, *size).astype(np.float64)
    largest, mean = naive(x, attributes, include=include)
    np.testing.assert_array_equal(in_double("MaxPool", [x], attributes), largest)
    average = in_double("AveragePool", [x], attributes | {"count_include_pad": int(include)})
    np.testing.assert_allclose(average, mean, rtol=1e-13, atol=1e-15)


@settings(max_examples=30)
@given(pooling(), st.integers(1, 3))
def test_norm_of_windows_agrees_with_onnxruntime(case: tuple[list[int], dict[str, Any]], p: int) -> None:
    size, attributes = case
    assert_agrees("LpPool", [random(2, 3, *size)], attributes | {"p": p}, opset=18)


@pytest.mark.parametrize("auto_pad", ["SAME_UPPER", "SAME_LOWER", "VALID"])
@pytest.mark.parametrize("ceil_mode", [0, 1])
@pytest.mark.parametrize(("kernel", "stride", "dilation"), [(2, 2, 1), (3, 2, 1), (2, 3, 1), (3, 2, 2), (4, 1, 1)])
@pytest.mark.parametrize("operator", ["MaxPool", "AveragePool"])
def test_padding_chosen_by_the_operator_agrees(
    operator: str, auto_pad: str, ceil_mode: int, kernel: int, stride: int, dilation: int
) -> None:
    attributes: dict[str, Any] = {
        "kernel_shape": [kernel, kernel],
        "strides": [stride, stride],
        "dilations": [dilation, dilation],
        "auto_pad": auto_pad,
        "ceil_mode": ceil_mode,
    }
    assert_agrees(operator, [random(1, 2, 7, 8)], attributes)


def test_stride_beyond_the_kernel_needs_no_padding() -> None:
    # onnxruntime's MaxPool refuses this, its AveragePool does not.
    x = np.arange(1, 9, dtype=np.float32)[None, None]
    attributes = {"kernel_shape": [1], "strides": [3], "auto_pad": "SAME_UPPER"}
    assert in_double("MaxPool", [x], attributes).tolist() == [[[1, 4, 7]]]
    assert_agrees("AveragePool", [x], attributes, within=0)


@pytest.mark.parametrize("opset", [10, 11, 19, 22])
@pytest.mark.parametrize(("include", "last"), [(0, 6.5), (1, 13 / 3)])
def test_divisor_leaves_out_what_hangs_over_the_padding(opset: int, include: int, last: float) -> None:
    # Seven elements between one padded one each: the third window begins at 6 (counted from the padding) and
    # sees the elements 6 and 7 and the padded one after them, as Caffe's divisor has it.
    x = np.arange(1, 8, dtype=np.float32)[None, None]
    attributes = {"kernel_shape": [3], "strides": [3], "pads": [1, 1], "count_include_pad": include}
    result = in_double("AveragePool", [x], attributes | {"ceil_mode": 1}, opset=opset)
    np.testing.assert_allclose(result, [[[1.0 if include else 1.5, 4.0, last]]], rtol=1e-15)
    assert_agrees("AveragePool", [x], attributes | {"ceil_mode": 1}, opset=opset)


def test_divisor_of_a_corner_counts_no_overhang_on_either_axis() -> None:
    x = np.ones((1, 1, 6, 6), np.float32)
    attributes = {"kernel_shape": [3, 3], "strides": [3, 3], "pads": [1, 1, 1, 1], "ceil_mode": 1}
    result = in_double("AveragePool", [x], attributes | {"count_include_pad": 1})
    np.testing.assert_allclose(result[0, 0] * 36, [[16, 24, 12], [24, 36, 18], [12, 18, 9]], rtol=1e-15)


def test_window_that_would_start_in_the_padding_after_the_data_is_dropped() -> None:
    # Rounded up there would be four windows; the fourth would begin at the padded element after the sixth.
    x = np.arange(1, 7, dtype=np.float32)[None, None]
    attributes = {"kernel_shape": [2], "strides": [2], "pads": [0, 1], "ceil_mode": 1}
    assert in_double("MaxPool", [x], attributes).tolist() == [[[2, 4, 6]]]
    attributes["pads"] = [1, 1]
    assert in_double("MaxPool", [x], attributes).tolist() == [[[1, 3, 5, 6]]]


def test_last_partial_window_is_kept_when_rounding_up() -> None:
    x = np.arange(1, 8, dtype=np.float32)[None, None]
    attributes = {"kernel_shape": [3], "strides": [2], "ceil_mode": 0}
    assert in_double("MaxPool", [x], attributes).tolist() == [[[3, 5, 7]]]
    x = np.arange(1, 9, dtype=np.float32)[None, None]
    assert in_double("MaxPool", [x], attributes).tolist() == [[[3, 5, 7]]]
    assert in_double("MaxPool", [x], attributes | {"ceil_mode": 1}).tolist() == [[[3, 5, 7, 8]]]


def test_padding_never_is_the_maximum() -> None:
    x = np.full((1, 1, 3, 3), -5, np.float32)
    result = in_double("MaxPool", [x], {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]})
    assert np.all(result == -5)


def test_window_that_sees_padding_alone_gives_the_number_that_onnxruntime_begins_with() -> None:
    # Two elements two apart, one on either side of the single element there is.
    x = np.ones((1, 1, 1), np.float32)
    attributes = {"kernel_shape": [2], "pads": [1, 1], "dilations": [2]}
    assert in_double("MaxPool", [x], attributes).tolist() == [[[float(np.finfo(np.float32).min)]]]
    assert_agrees("MaxPool", [x], attributes, within=0)
    assert_agrees("AveragePool", [x], attributes, within=0)


@pytest.mark.parametrize("values", [[-np.inf, -np.inf, -np.inf], [1.0, np.nan, 2.0], [np.inf, 0.0, -np.inf]])
def test_infinite_and_missing_numbers_are_compared_as_onnxruntime_does(values: list[float]) -> None:
    x = np.array([[values]], np.float32)
    assert_agrees("MaxPool", [x], {"kernel_shape": [2]}, within=0)
    assert_agrees("GlobalMaxPool", [x], within=0)


@pytest.mark.parametrize("opset", [12, 21])
def test_maximum_of_integers_stays_an_integer(opset: int) -> None:
    x = np.random.default_rng(0).integers(-128, 128, (1, 2, 5, 5)).astype(np.int8)
    result = in_double("MaxPool", [x], {"kernel_shape": [3, 3], "strides": [2, 2]}, opset=opset)
    theirs = in_single("MaxPool", [x], {"kernel_shape": [3, 3], "strides": [2, 2]}, opset=opset)
    assert result.dtype == np.int8
    np.testing.assert_array_equal(result, theirs)


@pytest.mark.parametrize("operator", ["GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"])
@pytest.mark.parametrize("shape", [(2, 3, 7), (2, 3, 4, 5), (1, 2, 3, 4, 5)])
def test_pooling_of_whole_channels_agrees(operator: str, shape: tuple[int, ...]) -> None:
    assert_agrees(operator, [random(*shape)])


def test_input_is_left_as_it_was() -> None:
    x = random(1, 2, 4, 4).astype(np.float64)
    before = x.copy()
    in_double("AveragePool", [x], {"kernel_shape": [1, 1], "pads": [0, 0, 0, 0]})
    np.testing.assert_array_equal(x, before)


def test_kernel_larger_than_its_padded_input_is_named() -> None:
    with pytest.raises(PortsideError, match=r"MaxPool cannot be computed: a kernel of \[5, 5\] is larger"):
        in_double("MaxPool", [random(1, 1, 3, 3)], {"kernel_shape": [5, 5]})
