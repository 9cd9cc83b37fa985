"""Windows that are larger than what they slide over."""

from __future__ import annotations

from typing import Any

import onnx_ir as ir
import pytest

from explorer.network.windows import spatial_sizes, window_error


def node(operator: str = "MaxPool", domain: str = "", **attributes: Any) -> ir.Node:
    inputs = [ir.Value(name="x"), ir.Value(name="w", shape=ir.Shape((8, 2, 5, 3)))]
    return ir.node(operator, inputs if operator == "Conv" else inputs[:1], attributes, domain=domain)


@pytest.mark.parametrize(
    ("attributes", "sizes", "fits"),
    [
        ({"kernel_shape": [3, 3]}, [3, 3], True),
        ({"kernel_shape": [3, 4]}, [3, 3], False),
        ({"kernel_shape": [3, 4], "pads": [0, 0, 0, 1]}, [3, 3], True),
        ({"kernel_shape": [2, 2], "dilations": [3, 1]}, [3, 3], False),
        ({"kernel_shape": [9, 9], "auto_pad": "SAME_UPPER"}, [3, 3], True),
        ({"kernel_shape": [9, 9], "auto_pad": "VALID"}, [3, 3], False),
        ({"kernel_shape": [9, 2]}, [None, 3], True),
        ({"kernel_shape": [2, 9]}, [None, 3], False),
        ({"kernel_shape": [9, 9]}, None, True),
        ({"kernel_shape": [2, 2], "strides": [0, 1]}, None, False),
        ({"kernel_shape": [2, 2], "strides": [1]}, None, False),
        ({"kernel_shape": [2, 2], "pads": [-1, 0, 0, 0]}, None, False),
        ({"kernel_shape": [2]}, [3, 3], False),
    ],
)
def test_a_window_fits_if_one_position_of_it_does(
    attributes: dict[str, Any], sizes: list[int | None] | None, fits: bool
) -> None:
    assert (window_error(node(**attributes), sizes) is None) is fits


def test_a_convolution_without_a_stated_kernel_has_that_of_its_weights() -> None:
    assert window_error(node("Conv"), [5, 3]) is None
    assert window_error(node("Conv"), [4, 3]) == "its window 5×3 is larger than its padded input, which is 4×3"


def test_operators_of_others_are_left_alone() -> None:
    assert window_error(node(domain="other", kernel_shape=[9, 9]), [3, 3]) is None
    assert window_error(node("Relu"), [3, 3]) is None


def test_sizes_that_are_open_are_none() -> None:
    value = ir.Value(name="x", shape=ir.Shape(("n", 3, "h", 8)))
    assert spatial_sizes(value) == [None, 8]
    assert spatial_sizes(value, {"x": [1, 3, 4, 8]}) == [4, 8]
    assert spatial_sizes(ir.Value(name="y")) is None
