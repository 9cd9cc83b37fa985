import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import PortsideError
from tests.running.float64.judge import assert_agrees, in_double, random

sizes = st.integers(1, 9)


@st.composite
def geometry(draw: st.DrawFn, rank: int | None = None) -> dict[str, Any]:
    rank = rank or draw(st.integers(1, 3))
    groups = draw(st.integers(1, 3))
    kernel = [draw(st.integers(1, 4)) for _ in range(rank)]
    return {
        "batch": draw(st.integers(1, 2)),
        "groups": groups,
        "inputs": groups * draw(st.integers(1, 3)),
        "outputs": groups * draw(st.integers(1, 3)),
        "size": [draw(sizes) for _ in range(rank)],
        "kernel": kernel,
        "strides": [draw(st.integers(1, 3)) for _ in range(rank)],
        "dilations": [draw(st.integers(1, 3)) for _ in range(rank)],
        "pads": [draw(st.integers(0, 3)) for _ in range(2 * rank)],
        "bias": draw(st.booleans()),
        "seed": draw(st.integers(0, 2**16)),
    }


def fits(g: dict[str, Any]) -> bool:
    rank = len(g["size"])
    return all(
        g["size"][a] + g["pads"][a] + g["pads"][a + rank] > g["dilations"][a] * (g["kernel"][a] - 1)
        for a in range(rank)
    )


@settings(max_examples=60)
@given(geometry().filter(fits))
def test_convolution_agrees_with_onnxruntime(g: dict[str, Any]) -> None:
    x = random(g["batch"], g["inputs"], *g["size"], seed=g["seed"])
    weight = random(g["outputs"], g["inputs"] // g["groups"], *g["kernel"], seed=g["seed"] + 1)
    inputs = [x, weight] + ([random(g["outputs"], seed=g["seed"] + 2)] if g["bias"] else [])
    names = ("strides", "dilations", "pads")
    assert_agrees("Conv", inputs, {name: g[name] for name in names} | {"group": g["groups"]})


@settings(max_examples=30)
@given(geometry(), st.sampled_from(["SAME_UPPER", "SAME_LOWER", "VALID"]))
def test_padding_chosen_by_the_operator_agrees_with_onnxruntime(g: dict[str, Any], auto_pad: str) -> None:
    size = [s + k for s, k in zip(g["size"], g["kernel"], strict=True)]
    x = random(1, g["inputs"], *size, seed=g["seed"])
    weight = random(g["outputs"], g["inputs"] // g["groups"], *g["kernel"], seed=g["seed"] + 1)
    attributes = {"auto_pad": auto_pad, "strides": g["strides"], "group": g["groups"]}
    assert_agrees("Conv", [x, weight], attributes)


def test_same_padding_counts_the_dilated_kernel() -> None:
    # onnxruntime refuses SAME with dilation. Four positions of stride 2 over 7 elements need 3 padded ones,
    # the odd one at the end: the windows begin at -1, 1, 3 and 5 and see a second element 3 further on.
    x = np.arange(1, 8, dtype=np.float32)[None, None]
    attributes = {"auto_pad": "SAME_UPPER", "strides": [2], "dilations": [3]}
    result = in_double("Conv", [x, np.ones((1, 1, 2), np.float32)], attributes)
    assert result.tolist() == [[[0 + 3, 2 + 5, 4 + 7, 6 + 0]]]


def test_kernels_are_not_turned() -> None:
    x = np.zeros((1, 1, 3, 3), np.float32)
    x[0, 0, 1, 1] = 1
    weight = np.arange(1, 10, dtype=np.float32).reshape(1, 1, 3, 3)
    result = in_double("Conv", [x, weight], {"pads": [1, 1, 1, 1]})
    assert result[0, 0].tolist() == [[9, 8, 7], [6, 5, 4], [3, 2, 1]]


def test_depthwise_convolution_of_many_channels_agrees() -> None:
    x, weight = random(1, 96, 17, 13), random(96, 1, 3, 3, seed=1)
    assert_agrees("Conv", [x, weight], {"group": 96, "strides": [2, 2], "pads": [0, 0, 1, 1]})


def test_one_row_kernels_agree() -> None:
    assert_agrees("Conv", [random(1, 8, 17, 17), random(6, 8, 1, 7, seed=1)], {"pads": [0, 3, 0, 3]})
    assert_agrees("Conv", [random(1, 8, 17, 17), random(6, 8, 7, 1, seed=1)], {"pads": [3, 0, 3, 0]})


def test_blocks_of_positions_join_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    x, weight = random(2, 4, 11, 13), random(6, 2, 3, 5, seed=1)
    whole = in_double("Conv", [x, weight], {"group": 2, "pads": [1, 2, 1, 2]})
    spread = in_double("ConvTranspose", [x, weight[:4]], {"group": 2, "strides": [2, 3]})
    for limit in (1, 3000, 20000):
        monkeypatch.setattr("explorer.running.float64.convolution.MOST_POSITIONS_BYTES", limit)
        np.testing.assert_allclose(
            in_double("Conv", [x, weight], {"group": 2, "pads": [1, 2, 1, 2]}), whole, rtol=1e-12, atol=1e-14
        )
        np.testing.assert_allclose(
            in_double("ConvTranspose", [x, weight[:4]], {"group": 2, "strides": [2, 3]}),
            spread,
            rtol=1e-12,
            atol=1e-14,
        )


@settings(max_examples=60)
@given(geometry(), st.data())
def test_transposed_convolution_agrees_with_onnxruntime(g: dict[str, Any], data: st.DataObject) -> None:
    rank = len(g["size"])
    added = [data.draw(st.integers(0, g["strides"][a] - 1)) for a in range(rank)]
    length = [
        (g["size"][a] - 1) * g["strides"][a] + g["dilations"][a] * (g["kernel"][a] - 1) + 1 + added[a]
        for a in range(rank)
    ]
    pads = [min(g["pads"][a], (length[a % rank] - 1) // 2) for a in range(2 * rank)]
    weight = random(g["inputs"], g["outputs"] // g["groups"], *g["kernel"], seed=g["seed"] + 1)
    inputs = [random(g["batch"], g["inputs"], *g["size"], seed=g["seed"]), weight]
    inputs += [random(g["outputs"], seed=g["seed"] + 2)] if g["bias"] else []
    attributes = {"strides": g["strides"], "dilations": g["dilations"], "group": g["groups"]}
    assert_agrees("ConvTranspose", inputs, attributes | {"pads": pads, "output_padding": added})


@pytest.mark.parametrize("auto_pad", ["SAME_UPPER", "SAME_LOWER", "VALID"])
@pytest.mark.parametrize(("stride", "kernel", "added"), [(1, 3, 0), (2, 3, 0), (2, 4, 1), (3, 2, 0), (3, 3, 2)])
def test_transposed_padding_chosen_by_the_operator_agrees(auto_pad: str, stride: int, kernel: int, added: int) -> None:
    attributes = {"auto_pad": auto_pad, "strides": [stride] * 2, "output_padding": [added] * 2}
    assert_agrees("ConvTranspose", [random(1, 2, 5, 4), random(2, 3, kernel, kernel, seed=1)], attributes)


@pytest.mark.parametrize("auto_pad", ["NOTSET", "SAME_UPPER", "SAME_LOWER"])
def test_transposed_output_shape_agrees(auto_pad: str) -> None:
    attributes = {"auto_pad": auto_pad, "strides": [2, 3], "output_shape": [10, 12]}
    assert_agrees("ConvTranspose", [random(1, 2, 5, 4), random(2, 3, 3, 4, seed=1)], attributes)


def test_transposed_convolution_spreads_each_element_over_the_kernel() -> None:
    x = np.array([[[1, 2, 3]]], np.float32)
    weight = np.array([[[1, 10, 100]]], np.float32)
    assert in_double("ConvTranspose", [x, weight], {"strides": [2]}).tolist() == [[[1, 10, 102, 20, 203, 30, 300]]]
    cut = in_double("ConvTranspose", [x, weight], {"strides": [2], "pads": [1, 1], "output_padding": [1]})
    assert cut.tolist() == [[[10, 102, 20, 203, 30, 300]]]


@pytest.mark.parametrize(
    ("operator", "shape", "weight", "attributes", "reason"),
    [
        ("Conv", (1, 4, 5, 5), (2, 3, 3, 3), {}, "do not fit"),
        ("Conv", (1, 4, 5, 5), (3, 2, 3, 3), {"group": 2}, "do not fit"),
        ("Conv", (1, 4, 2, 2), (2, 4, 3, 3), {}, "larger than its padded input"),
        ("Conv", (1, 4, 5, 5), (2, 4, 3, 3), {"kernel_shape": [5, 5]}, "is not that of the kernels"),
        ("Conv", (1, 4, 5, 5), (2, 4, 3, 3), {"pads": [0, 2**40, 0, 0]}, "too large"),
        ("Conv", (1, 4, 5, 5), (2, 4, 3, 3), {"strides": [0, 1]}, "does not fit 2 spatial axes"),
        ("ConvTranspose", (1, 4, 5, 5), (4, 2, 3, 3), {"strides": [2**20, 2**20]}, "too large"),
        ("ConvTranspose", (1, 4, 5, 5), (4, 2, 3, 3), {"output_shape": [20, 20]}, "out of reach"),
        ("ConvTranspose", (1, 4, 5, 5), (4, 2, 3, 3), {"pads": [4, 4, 4, 4]}, "leave nothing"),
    ],
)
def test_impossible_geometry_is_named(
    operator: str, shape: tuple[int, ...], weight: tuple[int, ...], attributes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(PortsideError, match=rf"layer 'node': {operator} cannot be computed: .*{reason}"):
        in_double(operator, [random(*shape), random(*weight)], attributes)


def test_double_precision_is_closer_than_single() -> None:
    x, weight = random(1, 512, 4, 4), random(3, 512, 3, 3, seed=1)
    exact = [
        math.fsum((x[0, :, i : i + 3, j : j + 3].astype(np.float64) * weight[m]).ravel())
        for m in range(3)
        for i in range(2)
        for j in range(2)
    ]
    result = in_double("Conv", [x, weight]).reshape(-1)
    np.testing.assert_allclose(result, exact, rtol=0, atol=1e-12)
