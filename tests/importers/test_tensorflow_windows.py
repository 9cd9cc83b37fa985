"""TensorFlow's convolutions and poolings against loops in double precision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from tests.keras_files import last
from tests.naive_keras import convolve, deconvolve, depthwise, pool
from tests.tensorflow_files import const, conv, node, placeholder
from tests.tensorflow_forward import Array, computed, dimensions, noise, opened, picture_nodes, values_of

X = noise(2, 7, 8, 6)
CLOSE: Any = {"rtol": 1e-4, "atol": 1e-5}


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize(("strides", "dilations"), [((1, 1), (1, 1)), ((2, 3), (1, 1)), ((1, 1), (2, 1))])
@pytest.mark.parametrize("kernel", [(3, 3), (2, 4), (1, 5)])
def test_convolution(
    tmp_path: Path, kernel: tuple[int, int], strides: tuple[int, int], dilations: tuple[int, int], padding: Any
) -> None:
    weights = noise(*kernel, 6, 5, seed=1)
    given = {"strides": [1, *strides, 1], "dilations": [1, *dilations, 1], "padding": padding}
    found = computed(tmp_path, X, const("w", weights), conv("out", "x", "w", **given))
    wanted = convolve(X, weights, strides=strides, dilations=dilations, padding=padding.lower())
    np.testing.assert_allclose(found, wanted, **CLOSE)


def test_the_odd_one_of_same_padding_is_below_and_to_the_right(tmp_path: Path) -> None:
    x = np.arange(1, 17, dtype=np.float32).reshape(1, 4, 4, 1)
    weights = np.ones((3, 3, 1, 1), np.float32)
    found = computed(tmp_path, x, const("w", weights), conv("out", "x", "w", strides=[1, 2, 2, 1]))
    # The first window begins at the first position, the second's last row and column lie outside.
    assert found[0, :, :, 0].tolist() == [[54.0, 45.0], [72.0, 54.0]]


def test_paddings_that_are_written_out(tmp_path: Path) -> None:
    weights = noise(3, 3, 6, 2)
    given = {"padding": "EXPLICIT", "explicit_paddings": [0, 0, 2, 0, 1, 3, 0, 0], "strides": [1, 2, 1, 1]}
    found = computed(tmp_path, X, const("w", weights), conv("out", "x", "w", **given))
    padded = np.pad(X, [(0, 0), (2, 0), (1, 3), (0, 0)])
    np.testing.assert_allclose(found, convolve(padded, weights, strides=(2, 1)), **CLOSE)


def test_fewer_channels_in_the_kernels_make_groups(tmp_path: Path) -> None:
    weights = noise(3, 3, 2, 9)
    found = computed(tmp_path, X, const("w", weights), conv("out", "x", "w"))
    wanted = convolve(X, weights, strides=(1, 1), padding="same", groups=3)
    np.testing.assert_allclose(found, wanted, **CLOSE)


def test_channels_first(tmp_path: Path) -> None:
    x, weights = noise(2, 6, 7, 8), noise(3, 2, 6, 5)
    nodes = [
        *picture_nodes(x.shape, "NCHW"),
        const("w", weights),
        conv("c", "x", "w", data_format="NCHW", strides=[1, 1, 2, 3]),
        const("b", noise(5)),
        node("biased", "BiasAdd", ["c", "b"], data_format="NCHW"),
        node(
            "out", "MaxPool", ["biased"], ksize=[1, 1, 2, 1], strides=[1, 1, 1, 1], padding="SAME", data_format="NCHW"
        ),
    ]
    found = values_of(opened(tmp_path, *nodes), x)["out"]
    made = convolve(last(x), weights, strides=(2, 3), padding="same") + noise(5)
    np.testing.assert_allclose(last(found), pool(made, (2, 1), (1, 1), "same", "max"), **CLOSE)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_convolution_of_volumes(tmp_path: Path, padding: Any) -> None:
    x, weights = noise(1, 4, 5, 6, 2), noise(3, 2, 3, 2, 3)
    given: dict[str, Any] = {"strides": [1, 2, 1, 2, 1], "padding": padding}
    found = computed(tmp_path, x, const("w", weights), node("out", "Conv3D", ["x", "w"], **given))
    np.testing.assert_allclose(found, convolve(x, weights, strides=(2, 1, 2), padding=padding.lower()), **CLOSE)


@pytest.mark.parametrize("strides", [(1, 1), (2, 2)])
def test_depthwise_kernels_give_their_maps_channel_by_channel(tmp_path: Path, strides: tuple[int, int]) -> None:
    weights = noise(3, 2, 6, 4)
    given: dict[str, Any] = {"strides": [1, *strides, 1], "padding": "SAME"}
    found = computed(tmp_path, X, const("w", weights), node("out", "DepthwiseConv2dNative", ["x", "w"], **given))
    wanted = depthwise(X, weights, strides=strides, padding="same")
    np.testing.assert_allclose(found, wanted, **CLOSE)
    # Channel c gives the maps 4·c to 4·c + 3.
    alone = convolve(X[..., 1:2], weights[:, :, 1:2, 2:3], strides=strides, padding="same")
    np.testing.assert_allclose(found[..., 6:7], alone, **CLOSE)


@pytest.mark.parametrize(
    ("padding", "strides", "kernel", "made"),
    [
        ("SAME", (2, 2), (3, 3), (14, 16)),
        ("SAME", (2, 3), (4, 2), (13, 22)),
        ("SAME", (1, 1), (2, 3), (7, 8)),
        ("VALID", (2, 2), (3, 3), (15, 17)),
        ("VALID", (2, 3), (2, 4), (15, 26)),
        ("VALID", (3, 2), (1, 1), (19, 16)),
    ],
)
def test_transposed_convolution_makes_the_size_it_is_given(
    tmp_path: Path, padding: str, strides: tuple[int, int], kernel: tuple[int, int], made: tuple[int, int]
) -> None:
    weights = noise(*kernel, 5, 6)
    given: dict[str, Any] = {"strides": [1, *strides, 1], "padding": padding}
    nodes = [
        const("w", weights),
        const("s", [2, *made, 5]),
        node("out", "Conv2DBackpropInput", ["s", "w", "x"], **given),
    ]
    lows = [0, 0]
    if padding == "SAME":
        totals = [max((a - 1) * s + k - b, 0) for a, s, k, b in zip(X.shape[1:3], strides, kernel, made, strict=True)]
        lows = [total // 2 for total in totals]
    wanted = deconvolve(X, weights, made, strides=strides, lows=lows)
    np.testing.assert_allclose(computed(tmp_path, X, *nodes), wanted, **CLOSE)


def test_a_transposed_convolution_whose_size_is_computed_from_its_input(tmp_path: Path) -> None:
    weights = noise(2, 2, 3, 6)
    nodes = [
        const("w", weights),
        node("shape", "Shape", ["x"]),
        *(const(name, value) for name, value in (("zero", [0]), ("one", [1]), ("two", [2]), ("three", [3]))),
        *(
            node(name, "StridedSlice", ["shape", begin, end, "one"], shrink_axis_mask=1)
            for name, begin, end in (("n", "zero", "one"), ("h", "one", "two"), ("w_", "two", "three"))
        ),
        const("twice", 2),
        const("channels", 3),
        node("h2", "Mul", ["h", "twice"]),
        node("w2", "Mul", ["w_", "twice"]),
        node("size", "Pack", ["n", "h2", "w2", "channels"]),
        node("out", "Conv2DBackpropInput", ["size", "w", "x"], strides=[1, 2, 2, 1], padding="SAME"),
    ]
    network = opened(tmp_path, *picture_nodes(X.shape), *nodes)
    assert dimensions(network.inputs[0]) == ("N", 6, 7, 8)
    found = computed(tmp_path, X, *nodes)
    np.testing.assert_allclose(found, deconvolve(X, weights, (14, 16), strides=(2, 2), lows=(0, 0)), **CLOSE)


def test_a_size_that_a_transposed_convolution_cannot_make_is_refused(tmp_path: Path) -> None:
    given: dict[str, Any] = {"strides": [1, 2, 2, 1], "padding": "SAME"}
    nodes = [const("w", noise(3, 3, 5, 6)), const("s", [2, 20, 16, 5])]
    with pytest.raises(PortsideError, match=r"'out'.*it is to make 20×16 of 7×8, which it can't"):
        computed(tmp_path, X, *nodes, node("out", "Conv2DBackpropInput", ["s", "w", "x"], **given))
    nodes[1] = const("s", [2.0, 14.0, 16.0, 5.0], "float32")
    with pytest.raises(PortsideError, match="the size that it is to make is no list of whole numbers"):
        computed(tmp_path, X, *nodes, node("out", "Conv2DBackpropInput", ["s", "w", "x"], **given))


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize(("kind", "numpys"), [("MaxPool", "max"), ("MaxPoolWithArgmax", "max"), ("AvgPool", "mean")])
@pytest.mark.parametrize(("size", "strides"), [((3, 3), (2, 2)), ((2, 5), (2, 1)), ((1, 1), (2, 3))])
def test_pooling_counts_only_what_lies_inside(
    tmp_path: Path, size: tuple[int, int], strides: tuple[int, int], kind: str, numpys: str, padding: str
) -> None:
    given: dict[str, Any] = {"ksize": [1, *size, 1], "strides": [1, *strides, 1], "padding": padding}
    found = computed(tmp_path, X - 3, node("out", kind, ["x"], **given))
    np.testing.assert_allclose(found, pool(X - 3, size, strides, padding.lower(), numpys), **CLOSE)


def test_pooling_whose_window_is_an_input(tmp_path: Path) -> None:
    nodes = [const("k", [1, 2, 2, 1]), const("s", [1, 2, 1, 1])]
    found = computed(tmp_path, X, *nodes, node("out", "MaxPoolV2", ["x", "k", "s"], padding="VALID"))
    np.testing.assert_allclose(found, pool(X, (2, 2), (2, 1), "valid", "max"), **CLOSE)


def test_pooling_of_volumes(tmp_path: Path) -> None:
    x = noise(1, 5, 4, 6, 2)
    given: dict[str, Any] = {"ksize": [1, 2, 3, 2, 1], "strides": [1, 2, 2, 2, 1], "padding": "SAME"}
    found = computed(tmp_path, x, node("out", "AvgPool3D", ["x"], **given))
    np.testing.assert_allclose(found, pool(x, (2, 3, 2), (2, 2, 2), "same", "mean"), **CLOSE)


def _dealt(weights: Array, block: list[int], pads: list[list[int]], crops: list[list[int]]) -> list[bytes]:
    """A convolution with holes as the first versions write it."""
    return [
        const("w", weights),
        const("block", block),
        const("pads", pads),
        const("crops", crops),
        node("dealt", "SpaceToBatchND", ["x", "block", "pads"]),
        conv("c", "dealt", "w", padding="VALID"),
        node("out", "BatchToSpaceND", ["c", "block", "crops"]),
    ]


@pytest.mark.parametrize(
    ("pads", "crops"),
    [
        # SAME: the kernel's own pads, and what fills the last block, which is cut off again.
        ([[2, 3], [2, 2]], [[0, 1], [0, 0]]),
        # VALID: what fills the last block.
        ([[0, 1], [0, 0]], [[0, 1], [0, 0]]),
        # Pads that are not all cut off.
        ([[4, 1], [2, 2]], [[1, 0], [0, 1]]),
    ],
)
def test_a_convolution_between_dealing_out_and_gathering_in_has_holes(
    tmp_path: Path, pads: list[list[int]], crops: list[list[int]]
) -> None:
    weights = noise(3, 3, 6, 4)
    found = computed(tmp_path, X, *_dealt(weights, [2, 2], pads, crops))
    padded = np.pad(X, [(0, 0), *pads, (0, 0)])
    made = convolve(padded, weights, strides=(1, 1), dilations=(2, 2))
    (top, bottom), (left, right) = crops
    wanted = made[:, top : made.shape[1] - bottom, left : made.shape[2] - right]
    np.testing.assert_allclose(found, wanted, **CLOSE)


def test_dealing_out_without_a_convolution_is_refused(tmp_path: Path) -> None:
    nodes = [const("block", [2, 2]), const("pads", [[0, 1], [0, 0]])]
    nodes += [node("dealt", "SpaceToBatchND", ["x", "block", "pads"]), node("out", "Sigmoid", ["dealt"])]
    with pytest.raises(PortsideError, match="Sigmoid between SpaceToBatchND and its convolution is not read"):
        computed(tmp_path, X, *nodes)


@pytest.mark.parametrize(
    ("nodes", "reason"),
    [
        ([const("w", noise(3, 3, 4, 5)), conv("out", "x", "w")], "its kernels 3×3×4×5 don't fit 6 channels"),
        ([const("w", noise(3, 3, 6)), conv("out", "x", "w")], "its kernels 3×3×6 don't fit a tensor of 4 axes"),
        (
            [const("w", noise(9, 3, 6, 5)), conv("out", "x", "w", padding="VALID")],
            "its window 9×3 is larger than its padded input 7×8",
        ),
        (
            [const("w", noise(1, 1, 6, 5)), conv("out", "x", "w", strides=[1, 1, 1, 2])],
            r"its strides \(1, 1, 1, 2\) reach across images or channels",
        ),
        (
            [node("out", "MaxPool", ["x"], ksize=[1, 2**31 - 1, 2, 1], strides=[1] * 4, padding="SAME")],
            r"its ksize \(1, 2147483647, 2, 1\) don't fit a tensor of 4 axes",
        ),
        (
            [const("w", noise(1, 1, 6, 5)), conv("out", "x", "w", padding="ROUND")],
            "its padding 'ROUND' is not known",
        ),
        (
            [const("w", noise(3, 3, 5, 1)), node("out", "DepthwiseConv2dNative", ["x", "w"], padding="SAME")],
            "its kernels 3×3×5×1 don't fit 6 channels",
        ),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, nodes: list[bytes], reason: str) -> None:
    with pytest.raises(PortsideError, match=f"'out'.*{reason}"):
        computed(tmp_path, X, *nodes)


def test_an_input_that_nothing_reads_by_weights_is_no_network(tmp_path: Path) -> None:
    with pytest.raises(PortsideError, match="no operation with weights reads an input: it is no network"):
        opened(tmp_path, placeholder("input", 1, 4, 4, 3), node("out", "Relu", ["input"]))
